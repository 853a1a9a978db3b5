#include "runtime/inference/checkpoint_log.h"

namespace elba::runtime {

std::optional<std::string> Journal::find(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto it = entries_.find(name);
  return it == entries_.end() ? std::nullopt : std::optional(it->second);
}

void Journal::keep(const std::string& name, std::string bytes) {
  const std::lock_guard lock(mutex_);
  entries_.insert_or_assign(name, std::move(bytes));
  if (!save_ || std::chrono::duration<double>(Clock::now() - saved_).count() < seconds_) return;
  save_(entries_);
  saved_ = Clock::now();
}

void Journal::drop(const std::string& name) {
  const std::lock_guard lock(mutex_);
  entries_.erase(name);
}

void Journal::save_now() {
  const std::lock_guard lock(mutex_);
  if (save_) save_(entries_);
  saved_ = Clock::now();
}

}  // namespace elba::runtime
