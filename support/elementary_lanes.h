// elementary_lanes: addresses of the versions for four and for eight numbers, each set compiled for its
// instructions (support/CMakeLists.txt). Internal to support/.
#pragma once

namespace elba::elementary::lanes {

#define ELBA_LANE(name, arity) \
  void* four_##name();         \
  void* eight_##name();
#include "support/elementary_lanes.def"
#undef ELBA_LANE

}  // namespace elba::elementary::lanes
