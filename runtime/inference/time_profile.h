// time_profile: where the seconds of a fit went: a stack of named phases, each with the time that it spent
// itself, so that all of them add up to the whole.
//
//     enter("a")  ..  enter("b")  ..  leave()  ..  leave()      a has what b has not
//
// Phases of one name are one. What the host's `compile_seconds` grew by during a phase is its own phase,
// "compile".
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace elba::runtime {

class Profile {
 public:
  struct Phase {
    std::string name;
    double seconds = 0;
  };

  std::function<double()> compile_seconds;  // in all so far; may be empty

  void enter(const std::string& name) {
    mark();
    std::size_t k = 0;
    while (k < phases_.size() && phases_[k].name != name)
      ++k;
    if (k == phases_.size()) phases_.push_back({name});
    open_.push_back(k);
  }
  void leave() {
    mark();
    open_.pop_back();
  }
  [[nodiscard]] std::vector<Phase> phases() const {
    std::vector<Phase> out = phases_;
    if (compiled_ > 0) out.push_back({"compile", compiled_});
    return out;
  }

 private:
  using Clock = std::chrono::steady_clock;

  void mark() {
    const auto now = Clock::now();
    const double compiled = compile_seconds ? compile_seconds() : 0;
    if (!open_.empty()) {
      phases_[open_.back()].seconds += std::chrono::duration<double>(now - marked_).count() -
                                       (compiled - compiled_before_);
      compiled_ += compiled - compiled_before_;
    }
    marked_ = now;
    compiled_before_ = compiled;
  }

  std::vector<Phase> phases_;
  std::vector<std::size_t> open_;
  Clock::time_point marked_ = Clock::now();
  double compiled_ = 0, compiled_before_ = 0;
};

// A phase while it lives; nothing where nobody wants a profile.
class ProfileScope {
 public:
  ProfileScope(Profile* profile, const std::string& name) : profile_(profile) {
    if (profile_ != nullptr) profile_->enter(name);
  }
  ~ProfileScope() {
    if (profile_ != nullptr) profile_->leave();
  }
  ProfileScope(const ProfileScope&) = delete;
  ProfileScope& operator=(const ProfileScope&) = delete;

 private:
  Profile* profile_;
};

}  // namespace elba::runtime
