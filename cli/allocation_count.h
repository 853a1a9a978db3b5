// allocation_count: how often this process has allocated from the heap, so that `bench` can show that a step
// does not.
#pragma once

namespace elba::cli {

[[nodiscard]] long allocation_count();

}  // namespace elba::cli
