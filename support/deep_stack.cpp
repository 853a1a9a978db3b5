#include "support/deep_stack.h"

#include <pthread.h>

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <utility>

namespace elba {

namespace {

struct Limits {
  bool is_known = false;
  std::uintptr_t low = 0, high = 0;
};

// Asked for once a thread: for the first thread of a process glibc reads a file to answer.
Limits measure() noexcept {
  Limits limits;
  limits.is_known = true;
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return limits;
  void* lowest = nullptr;
  std::size_t size = 0, guard = 0;
  if (pthread_attr_getstack(&attributes, &lowest, &size) == 0) {
    pthread_attr_getguardsize(&attributes, &guard);
    const auto low = reinterpret_cast<std::uintptr_t>(lowest);
    if (size > guard) {
      limits.low = low + guard;
      limits.high = low + size;
    }
  }
  pthread_attr_destroy(&attributes);
  return limits;
}

// Work on a stack of its own, and what it requests of the thread that waits for it.
struct DeepCall {
  const std::function<void()>& work;
  std::mutex mutex;
  std::condition_variable changed;
  const std::function<void()>* request = nullptr;  // to be run by the waiting thread
  bool is_done = false;
  std::exception_ptr thrown, thrown_outside;
};

thread_local Limits limits_here;
thread_local DeepCall* call_here = nullptr;

void* run_call(void* argument) {
  auto& call = *static_cast<DeepCall*>(argument);
  call_here = &call;
  try {
    call.work();
  } catch (...) {
    call.thrown = std::current_exception();
  }
  call_here = nullptr;
  // Notified under the lock: the waiting thread destroys the call as soon as it has seen the end.
  const std::lock_guard lock(call.mutex);
  call.is_done = true;
  call.changed.notify_all();
  return nullptr;
}

}  // namespace

std::size_t remaining_stack() noexcept {
  if (!limits_here.is_known) limits_here = measure();
  const char here = 0;
  const auto at = reinterpret_cast<std::uintptr_t>(&here);
  return at > limits_here.low && at < limits_here.high ? at - limits_here.low : 0;
}

bool run_deep(const std::function<void()>& work) {
  if (remaining_stack() >= enough_stack) {
    work();
    return true;
  }
  DeepCall call{work, {}, {}, nullptr, false, nullptr, nullptr};
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return false;
  pthread_t thread{};
  const bool is_started = pthread_attr_setstacksize(&attributes, deep_stack) == 0 &&
                          pthread_create(&thread, &attributes, run_call, &call) == 0;
  pthread_attr_destroy(&attributes);
  if (!is_started) return false;
  {
    std::unique_lock lock(call.mutex);
    while (!call.is_done) {
      call.changed.wait(lock, [&] { return call.is_done || call.request != nullptr; });
      if (call.request == nullptr) continue;
      const std::function<void()>& request = *call.request;
      lock.unlock();
      std::exception_ptr thrown;
      try {
        request();
      } catch (...) {
        thrown = std::current_exception();
      }
      lock.lock();
      call.thrown_outside = thrown;
      call.request = nullptr;
      call.changed.notify_all();
    }
  }
  pthread_join(thread, nullptr);
  if (call.thrown) std::rethrow_exception(call.thrown);
  return true;
}

void run_outside(const std::function<void()>& work) {
  if (call_here == nullptr) {
    work();
    return;
  }
  DeepCall& call = *call_here;
  std::unique_lock lock(call.mutex);
  call.request = &work;
  call.changed.notify_all();
  call.changed.wait(lock, [&] { return call.request == nullptr; });
  if (const std::exception_ptr thrown = std::exchange(call.thrown_outside, nullptr))
    std::rethrow_exception(thrown);
}

}  // namespace elba
