// guarded: the one way into the library. Every public function does its work in here, so that nothing thrown
// leaves it, and numbers are those of one floating-point environment whatever that of the host is.
//
//     return guarded([&]() -> Result<Bound> { .. });            std::bad_alloc -> E0924,
//                                                               Defect and any other exception -> E0999
//     return guarded_or(std::string(), [&] { .. });             for what answers with no Result
//     own.progress = from_host("progress", options.progress);   what a callback throws is told apart: E0923
//
// Calls from inside of the library pass through: what they throw ends the outermost call. A thread of the
// library's own opens a Boundary to be inside too.
#pragma once

#include <cfenv>
#include <exception>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#if __has_include(<cxxabi.h>)
#include <cxxabi.h>
#endif

#include "support/result.h"

namespace elba {

// While it lives, this thread is inside: round to nearest, subnormal numbers as they are, no traps. What the
// host had comes back with its end, flags included.
class Boundary {
 public:
  Boundary() noexcept;
  ~Boundary();
  Boundary(const Boundary&) = delete;
  Boundary& operator=(const Boundary&) = delete;
  [[nodiscard]] static bool is_inside() noexcept;

 private:
  bool is_outermost_, is_changed_ = false;
  std::fenv_t host_;
  unsigned control_ = 0;
};

// What the exception in flight is in words; nothing where there is no memory for words (result.h).
[[nodiscard]] std::vector<Diagnostic> caught() noexcept;

// The way back, while a callback of the host runs: it may call the library as if it were outside, and leave
// the floating-point environment as it likes.
class Outside {
 public:
  Outside() noexcept;
  ~Outside();
  Outside(const Outside&) = delete;
  Outside& operator=(const Outside&) = delete;

 private:
  std::fenv_t own_;
};

struct HostException {
  std::string function, what;
};
[[noreturn]] void throw_host_exception(const char* function);  // of the exception in flight

template <class Body>
auto guarded(Body&& body) -> std::invoke_result_t<Body> {
  if (Boundary::is_inside()) return body();
  const Boundary boundary;
  try {
    return body();
#ifdef _CXXABI_FORCED_H
  } catch (abi::__forced_unwind&) {  // the host ends this thread
    throw;
#endif
  } catch (...) {
    return caught();
  }
}

template <class T, class Body>
T guarded_or(T otherwise, Body&& body) {
  if (Boundary::is_inside()) return body();
  const Boundary boundary;
  try {
    return body();
#ifdef _CXXABI_FORCED_H
  } catch (abi::__forced_unwind&) {
    throw;
#endif
  } catch (...) {
    return otherwise;
  }
}

// The same function, whose exceptions are known for the host's. Null stays null. `name` outlives it.
template <class R, class... Arguments>
std::function<R(Arguments...)> from_host(const char* name, const std::function<R(Arguments...)>& function) {
  if (!function) return {};
  return [name, &function](Arguments... arguments) -> R {
    const Outside outside;
    try {
      return function(std::forward<Arguments>(arguments)...);
#ifdef _CXXABI_FORCED_H
    } catch (abi::__forced_unwind&) {
      throw;
#endif
    } catch (...) {
      throw_host_exception(name);
    }
  };
}

}  // namespace elba
