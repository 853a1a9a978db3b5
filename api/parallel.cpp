#include "api/parallel.h"

#include <algorithm>
#include <exception>
#include <system_error>
#include <thread>
#include <vector>

#include "runtime/interruption.h"

namespace elba {

std::size_t core_count() { return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, 16); }

void in_parallel(std::size_t count, std::size_t workers, const std::function<void(std::size_t worker, std::size_t first, std::size_t last)>& work) {
  workers = std::clamp<std::size_t>(workers, 1, std::max<std::size_t>(count, 1));
  const auto part = [&](std::size_t worker) { return count * worker / workers; };
  if (workers == 1) return work(0, 0, count);
  std::vector<std::exception_ptr> thrown(workers);
  const std::atomic<bool>* flag = runtime::stop_flag();
  const auto guarded = [&](std::size_t worker) {
    try {
      work(worker, part(worker), part(worker + 1));
    } catch (...) {
      thrown[worker] = std::current_exception();
    }
  };
  std::vector<std::thread> threads;
  threads.reserve(workers - 1);
  std::size_t started = 1;
  for (; started < workers; ++started) {
    try {
      threads.emplace_back([&, started] {
        const runtime::StopScope scope(flag);
        guarded(started);
      });
    } catch (const std::system_error&) {
      break;
    }
  }
  guarded(0);
  for (std::size_t worker = started; worker < workers; ++worker) guarded(worker);
  for (auto& thread : threads) thread.join();
  for (const auto& exception : thrown)
    if (exception) std::rethrow_exception(exception);
}

}  // namespace elba
