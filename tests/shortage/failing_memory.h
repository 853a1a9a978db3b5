// failing_memory: an allocator that gives out after a count of allocations of the library, in this executable
// alone.
//
//     arm(17, false);      // the 17th allocation from here fails, and no other
//     arm(17, true);       // it and all that follow
//     .. disarm()          // how many were asked for
#pragma once

#include <cstddef>

namespace elba::shortage {

void arm(std::size_t fails_at, bool for_good, bool spares_llvm);
std::size_t disarm();
[[nodiscard]] bool has_failed();   // since it was armed
[[nodiscard]] long live_blocks();  // allocated and not yet freed; 0 under a sanitizer, which counts leaks
                                   // itself

}  // namespace elba::shortage
