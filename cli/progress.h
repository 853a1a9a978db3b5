// progress: one line on the terminal that is written over, with the time that is left; nothing where standard
// error is no terminal. And Ctrl-C: the first requests that the computation ends with what it has, the second
// ends at once.
#pragma once

#include <atomic>
#include <chrono>
#include <string>

namespace elba::cli {

class ProgressLine {
 public:
  ProgressLine();
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  [[nodiscard]] bool is_shown() const { return is_shown_; }
  // "sample 42 %  1680 of 4000 draws  12 s left". The time left is that of the phase, by how long its part
  // took so far.
  void show(const std::string& phase, double fraction, const std::string& figures);
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  bool is_shown_, is_dirty_ = false;
  std::string phase_;
  double fraction_ = 0;
  Clock::time_point begun_, drawn_;
};

// While it lives, Ctrl-C sets the flag.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;
  [[nodiscard]] static const std::atomic<bool>* flag();
};

}  // namespace elba::cli
