#include "runtime/control/interruption.h"

#include <chrono>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>

namespace elba::runtime {

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto look_every = std::chrono::milliseconds(5);  // at flags of others, which give no signal
constexpr double longest_seconds = 1e9;                    // beyond, no deadline
constexpr double grace_seconds = 0.03;                     // an answer, and its files, are due within 100 ms

constinit std::atomic<bool> never{false};
thread_local const std::atomic<bool>* current = &never;
thread_local Watch* current_watch = nullptr;

Clock::time_point after(double seconds) {
  return Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

}  // namespace

const std::atomic<bool>* stop_flag() noexcept { return current; }
bool is_stopped() noexcept { return current->load(std::memory_order_relaxed); }

struct Watch::State {
  std::atomic<bool> flag{false}, cancelled{false};
  const std::atomic<bool>* cancel;
  const std::atomic<bool>* outer;
  const Watch* around;  // whose flag `outer` is; null: not known
  bool has_deadline;
  Clock::time_point deadline;
  bool in_grace = false, is_over = false;  // both under the lock
  std::mutex mutex;
  std::condition_variable changed;
  std::thread thread;

  // Sets the flag where the host or the work around says so.
  void ask_others() {
    const bool by_host = cancel != nullptr && cancel->load(std::memory_order_relaxed);
    if (!by_host && !outer->load(std::memory_order_relaxed)) return;
    cancelled = by_host || (around != nullptr && around->was_cancelled());
    flag = true;
  }

  void watch() {
    std::unique_lock lock(mutex);
    while (!is_over) {
      // In the grace only the clock counts: the request has been received.
      if (!in_grace && !flag) ask_others();
      if (has_deadline && Clock::now() >= deadline) flag = true;
      const bool asks_others = !in_grace && !flag && (cancel != nullptr || outer != &never);
      if (asks_others)
        changed.wait_for(lock, look_every);
      else if (has_deadline && !flag)
        changed.wait_until(lock, deadline);
      else
        changed.wait(lock);
    }
  }
};

Watch::Watch(const std::atomic<bool>* cancel, double seconds) : state_(std::make_unique<State>()) {
  State& s = *state_;
  s.cancel = cancel;
  s.outer = current;
  s.around = current_watch;
  s.has_deadline = seconds < longest_seconds;
  if (s.has_deadline) s.deadline = after(std::fmax(seconds, 0.0));
  s.ask_others();
  if (!s.has_deadline && cancel == nullptr && s.outer == &never) return;
  try {
    s.thread = std::thread([&s] { s.watch(); });
  } catch (const std::system_error&) {
    // Without a thread nothing ends in the middle of a call; what checks the clock between calls still
    // does.
  }
}

Watch::~Watch() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->is_over = true;
  }
  state_->changed.notify_all();
  if (state_->thread.joinable()) state_->thread.join();
}

const std::atomic<bool>* Watch::flag() const noexcept { return &state_->flag; }
bool Watch::was_cancelled() const noexcept { return state_->cancelled; }

void Watch::begin_grace(double seconds) {
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->in_grace) return;
    state_->in_grace = true;
    state_->has_deadline = true;
    state_->deadline = after(seconds);
    state_->flag = false;
  }
  state_->changed.notify_all();
}

StopScope::StopScope(const std::atomic<bool>* flag) noexcept : flag_(current), watch_(current_watch) {
  current = flag;
  current_watch = nullptr;
}
StopScope::StopScope(Watch& watch) noexcept : flag_(current), watch_(current_watch) {
  current = watch.flag();
  current_watch = &watch;
}
StopScope::~StopScope() {
  current = flag_;
  current_watch = watch_;
}

bool is_cancelled() noexcept { return current_watch != nullptr && current_watch->was_cancelled(); }

bool is_past_grace() {
  if (!is_stopped()) return false;
  if (current_watch != nullptr) current_watch->begin_grace(grace_seconds);
  return is_stopped();
}

}  // namespace elba::runtime
