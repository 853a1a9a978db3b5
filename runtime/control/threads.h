// threads: work on several threads, all of which have ended when the call returns, whatever is thrown by them
// or by the host that receives their progress.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>

namespace elba::runtime {

class Watch;

// work(k) for k = 0 .. count - 1, each on a thread of its own; on fewer where no more can be had, so that
// `work` takes what is left from a shared counter. Meanwhile `tell` is called on this thread at intervals.
// The first exception of any of them sets the flag of the watch that `work` receives, and is thrown from
// here.
void run_threads(std::size_t count, const std::function<void(std::size_t, Watch&)>& work,
                 const std::function<void()>& tell = {},
                 std::chrono::milliseconds every = std::chrono::milliseconds(50));

}  // namespace elba::runtime
