#include "runtime/control/threads.h"

#include <condition_variable>
#include <exception>
#include <limits>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "runtime/control/interruption.h"

namespace elba::runtime {

namespace {

// What the threads leave: how many have ended, and the first thing that was thrown.
struct Group {
  std::atomic<bool> has_failed{false};
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t ended = 0;
  std::exception_ptr thrown;
  std::vector<std::thread> threads;

  ~Group() { join(); }

  void join() {
    for (auto& thread : threads)
      if (thread.joinable()) thread.join();
  }
  void fail() noexcept {
    const std::lock_guard lock(mutex);
    if (thrown == nullptr) thrown = std::current_exception();
    has_failed = true;
  }
  void end() noexcept {
    {
      const std::lock_guard lock(mutex);
      ++ended;
    }
    changed.notify_all();
  }
};

}  // namespace

void run_threads(std::size_t count, const std::function<void(std::size_t, Watch&)>& work,
                 const std::function<void()>& tell, std::chrono::milliseconds every) {
  Group group;
  Watch watch(&group.has_failed, std::numeric_limits<double>::infinity());
  const auto guarded_work = [&](std::size_t k) {
    try {
      work(k, watch);
    } catch (...) {
      group.fail();
    }
    group.end();
  };
  try {
    group.threads.reserve(count);
    for (std::size_t k = 0; k < count; ++k)
      group.threads.emplace_back([&guarded_work, k] { guarded_work(k); });
  } catch (const std::system_error&) {
    if (group.threads.empty()) work(0, watch);
  } catch (...) {
    group.fail();
  }
  try {
    std::unique_lock lock(group.mutex);
    while (group.ended < group.threads.size()) {
      if (!tell || group.has_failed) {
        group.changed.wait(lock, [&] { return group.ended == group.threads.size(); });
        continue;
      }
      if (group.changed.wait_for(lock, every, [&] { return group.ended == group.threads.size(); })) break;
      lock.unlock();
      tell();
      lock.lock();
    }
  } catch (...) {
    group.fail();
  }
  group.join();
  if (group.thrown != nullptr) std::rethrow_exception(group.thrown);
}

}  // namespace elba::runtime
