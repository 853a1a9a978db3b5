#include "runtime/control/allocation_failure.h"

#include <utility>

namespace elba::runtime {

namespace {

thread_local bool is_short = false;

}  // namespace

void note_shortage() noexcept { is_short = true; }
bool take_shortage() noexcept { return is_short && std::exchange(is_short, false); }

}  // namespace elba::runtime
