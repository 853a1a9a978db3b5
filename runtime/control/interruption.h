// interruption: how computations of any kind are stopped. One flag a piece of work: compiled loops, kernels
// and the loops of C++ check it, and return early with something that is not finite.
//
//     Watch watch(cancel, 10);            // sets its flag when `cancel` is set, when the work around it is
//                                         // stopped, or after ten seconds
//     const StopScope scope(watch);       // what this thread does from here on checks that flag
//     ...
//     while (.. && !is_past_grace()) ..   // what is there already is put together: a last while from the
//                                         // first such question on, then the flag is set for good
//
// A flag once set stays set until the grace begins, so a loop may check as rarely as its steps are short.
#pragma once

#include <atomic>
#include <memory>

namespace elba::runtime {

// The flag that the work of this thread checks; one that is never set, where there is no watch.
[[nodiscard]] const std::atomic<bool>* stop_flag() noexcept;
[[nodiscard]] bool is_stopped() noexcept;  // not inline: sources for several instruction sets call it

class Watch {
 public:
  // Either of both may be missing: null, infinite. `cancel` outlives it, and so does the watch that this
  // thread works under.
  Watch(const std::atomic<bool>* cancel, double seconds);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  [[nodiscard]] const std::atomic<bool>* flag() const noexcept;
  [[nodiscard]] bool was_cancelled() const noexcept;  // and not out of time
  // Takes the flag back for a last while. Only the first call does anything.
  void begin_grace(double seconds);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// While it lives, the work of this thread checks that flag.
class StopScope {
 public:
  explicit StopScope(const std::atomic<bool>* flag) noexcept;
  explicit StopScope(Watch& watch) noexcept;
  ~StopScope();
  StopScope(const StopScope&) = delete;
  StopScope& operator=(const StopScope&) = delete;

 private:
  const std::atomic<bool>* flag_;
  Watch* watch_;
};

[[nodiscard]] bool is_cancelled() noexcept;  // the watch that this thread works under: not out of time

// Where what is there is put together. True when there is no time even for that: past the grace of the watch
// that this thread works under, which the first call after the flag was set begins.
[[nodiscard]] bool is_past_grace();

}  // namespace elba::runtime
