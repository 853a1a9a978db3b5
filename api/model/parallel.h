// parallel: work that falls into independent parts, on the cores that there are.
#pragma once

#include <cstddef>
#include <functional>

namespace elba {

[[nodiscard]] std::size_t core_count();  // at least 1, at most 16

// Calls work(worker, item) once for each item below `count`, whoever is free next; worker < `workers`, and
// this thread is one of them. All look at this thread's flag to stop (runtime/control/interruption.h). What
// any of them throws is thrown here, once all have ended; where no thread can be made, this one does it all.
void in_parallel(std::size_t count, std::size_t workers,
                 const std::function<void(std::size_t worker, std::size_t item)>& work);
// The same, for work that is done again where it was cut short and there is a last while. False when not all
// of it is done.
[[nodiscard]] bool all_in_parallel(std::size_t count, std::size_t workers,
                                   const std::function<void(std::size_t worker, std::size_t item)>& work);

}  // namespace elba
