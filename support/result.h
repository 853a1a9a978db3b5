// result: a value or the diagnostics that say why there is none. No exception crosses the library's boundary.
//
// No value and no diagnostic stand for a shortage of memory, which has none left for words: `diagnostics`
// then gives those that were made at the start.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "support/diagnostics.h"

namespace elba {

template <class T>
class Result {
 public:
  Result(T value) : value_(std::move(value)) {}
  Result(Diagnostic error) { diagnostics_.push_back(std::move(error)); }
  Result(std::vector<Diagnostic> errors) : diagnostics_(std::move(errors)) {}
  Result(T value, std::vector<Diagnostic> warnings)
      : value_(std::move(value)), diagnostics_(std::move(warnings)) {}

  [[nodiscard]] explicit operator bool() const { return value_.has_value(); }
  [[nodiscard]] T& operator*() { return *value_; }
  [[nodiscard]] const T& operator*() const { return *value_; }
  [[nodiscard]] T* operator->() { return &*value_; }
  [[nodiscard]] const T* operator->() const { return &*value_; }
  [[nodiscard]] const std::vector<Diagnostic>& diagnostics() const {
    return value_ || !diagnostics_.empty() ? diagnostics_ : out_of_memory();
  }

 private:
  std::optional<T> value_;
  std::vector<Diagnostic> diagnostics_;
};

struct Done {};
using Status = Result<Done>;

}  // namespace elba
