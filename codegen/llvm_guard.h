// llvm_guard: LLVM is built without exceptions, and ends the process where it has no memory or meets what it
// cannot do. While one of these scopes lives, it throws instead: std::bad_alloc, or a Defect with its
// message. Its frames are passed without being unwound, so that what it was working on is left as it is,
// never freed (Kept), and a session whose link was cut short is used no more (jit.cpp).
#pragma once

#include <cstddef>
#include <exception>
#include <utility>

namespace elba::codegen {

class LlvmScope {
 public:
  LlvmScope();  // for every call from outside: throws std::bad_alloc where less than `room` bytes can be had,
                // since in LLVM that is better not met at all
  explicit LlvmScope(std::size_t room);
  ~LlvmScope();
  LlvmScope(const LlvmScope&) = delete;
  LlvmScope& operator=(const LlvmScope&) = delete;
  [[nodiscard]] static bool is_inside() noexcept;  // this thread

 private:
  bool was_inside_;
};

// Owned, and left alone when an exception passes.
template <class T>
class Kept {
 public:
  template <class... Arguments>
  explicit Kept(Arguments&&... arguments) : value_(new T(std::forward<Arguments>(arguments)...)) {}
  ~Kept() {
    if (std::uncaught_exceptions() == thrown_) delete value_;
  }
  Kept(const Kept&) = delete;
  Kept& operator=(const Kept&) = delete;
  T& operator*() { return *value_; }
  T* operator->() { return value_; }

 private:
  T* value_;
  int thrown_ = std::uncaught_exceptions();
};

}  // namespace elba::codegen
