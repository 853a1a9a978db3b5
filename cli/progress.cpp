#include "cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

namespace elba::cli {

namespace {

constexpr double redraw_seconds = 0.05, settled_seconds = 0.5;  // of a phase, before its rate is believed

std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "the flag is set from a signal handler");

void on_interrupt(int) {
  interrupted = true;
  std::signal(SIGINT, SIG_DFL);
}

std::string duration_text(double seconds) {
  if (seconds < 100) return fmt::format("{:.0f} s", seconds);
  if (seconds < 6000) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.1f} h", seconds / 3600);
}

}  // namespace

ProgressLine::ProgressLine() : is_shown_(isatty(STDERR_FILENO) != 0) {}

void ProgressLine::show(const std::string& phase, double fraction, const std::string& figures) {
  if (!is_shown_) return;
  const auto now = Clock::now();
  if (phase != phase_ || fraction < fraction_) phase_ = phase, begun_ = now, drawn_ = {};
  fraction_ = fraction;
  if (std::chrono::duration<double>(now - drawn_).count() < redraw_seconds) return;
  drawn_ = now;
  const double spent = std::chrono::duration<double>(now - begun_).count();
  const std::string left = spent > settled_seconds && fraction > 0 && fraction < 1
                               ? "  at most " + duration_text(spent * (1 - fraction) / fraction) + " left"
                               : "";
  fmt::print(stderr, "\r\033[K{} {:3.0f} %  {}{}", phase, 100 * fraction, figures, left);
  std::fflush(stderr);
  is_dirty_ = true;
}

void ProgressLine::clear() {
  if (is_dirty_) fmt::print(stderr, "\r\033[K");
  std::fflush(stderr);
  is_dirty_ = false;
}

InterruptGuard::InterruptGuard() {
  interrupted = false;
  std::signal(SIGINT, on_interrupt);
}
InterruptGuard::~InterruptGuard() { std::signal(SIGINT, SIG_DFL); }
const std::atomic<bool>* InterruptGuard::flag() { return &interrupted; }

}  // namespace elba::cli
