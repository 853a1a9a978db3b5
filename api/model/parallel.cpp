#include "api/model/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <system_error>
#include <thread>
#include <vector>

#include "runtime/control/interruption.h"

namespace elba {

std::size_t core_count() { return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, 16); }

void in_parallel(std::size_t count, std::size_t workers,
                 const std::function<void(std::size_t worker, std::size_t item)>& work) {
  workers = std::clamp<std::size_t>(workers, 1, std::max<std::size_t>(count, 1));
  std::vector<std::exception_ptr> thrown(workers);
  std::atomic<std::size_t> next{0};
  const std::atomic<bool>* flag = runtime::stop_flag();
  const auto guarded = [&](std::size_t worker) {
    try {
      for (std::size_t item = next++; item < count; item = next++)
        work(worker, item);
    } catch (...) {
      thrown[worker] = std::current_exception();
      next = count;
    }
  };
  std::vector<std::thread> threads;
  threads.reserve(workers - 1);
  for (std::size_t worker = 1; worker < workers; ++worker) {
    try {
      threads.emplace_back([&, worker] {
        const runtime::StopScope scope(flag);
        guarded(worker);
      });
    } catch (const std::system_error&) {
      break;
    }
  }
  guarded(0);
  for (auto& thread : threads)
    thread.join();
  for (const auto& exception : thrown)
    if (exception) std::rethrow_exception(exception);
}

bool all_in_parallel(std::size_t count, std::size_t workers,
                     const std::function<void(std::size_t worker, std::size_t item)>& work) {
  std::vector<char> is_done(count);
  const auto attempt = [&] {
    in_parallel(count, workers, [&](std::size_t worker, std::size_t item) {
      if (is_done[item] || runtime::is_stopped()) return;
      work(worker, item);
      is_done[item] = !runtime::is_stopped();
    });
    return std::find(is_done.begin(), is_done.end(), 0) == is_done.end();
  };
  if (runtime::is_past_grace()) return false;
  return attempt() || (!runtime::is_past_grace() && attempt());
}

}  // namespace elba
