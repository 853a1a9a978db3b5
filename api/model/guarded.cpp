#include "api/model/guarded.h"

#include <cstddef>
#include <new>
#include <stdexcept>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "support/defect.h"

namespace elba {

namespace {

thread_local bool inside = false;

#if defined(__x86_64__)
constexpr unsigned control_bits = 0xffc0, usual_control = 0x1f80;  // of the SSE unit: all but the flags
constexpr unsigned x87_bits = 0x0f3f, usual_x87 = 0x033f;

unsigned x87_control() {
  unsigned short word = 0;
  asm volatile("fnstcw %0" : "=m"(word));
  return word;
}
#endif

Diagnostic of_library(const std::string& what) { return make_diagnostic(Code::internal_error, {}, {what}); }

}  // namespace

bool Boundary::is_inside() noexcept { return inside; }

Boundary::Boundary() noexcept : is_outermost_(!inside) {
  if (!is_outermost_) return;
  inside = true;
#if defined(__x86_64__)
  // Twice as fast as the calls of the library, which a gradient of a microsecond would feel.
  control_ = _mm_getcsr();
  is_changed_ = (control_ & control_bits) != usual_control || (x87_control() & x87_bits) != usual_x87;
  if (!is_changed_) return;
  std::fegetenv(&host_);
  std::fesetenv(FE_DFL_ENV);
  _mm_setcsr(usual_control);
#else
  is_changed_ = true;
  std::fegetenv(&host_);
  std::fesetenv(FE_DFL_ENV);
#endif
}

Boundary::~Boundary() {
  if (!is_outermost_) return;
  inside = false;
  if (is_changed_) std::fesetenv(&host_);
#if defined(__x86_64__)
  if (_mm_getcsr() != control_) _mm_setcsr(control_);
#endif
}

Outside::Outside() noexcept {
  inside = false;
  std::fegetenv(&own_);
}

Outside::~Outside() {
  std::fesetenv(&own_);
  inside = true;
}

void throw_host_exception(const char* function) {
  HostException found{function, "of a type that is no std::exception"};
  try {
    throw;
  } catch (const std::exception& error) {
    found.what = error.what();
  } catch (...) {}
  throw found;
}

std::vector<Diagnostic> caught() noexcept {
  try {
    try {
      throw;
    } catch (const HostException& error) {
      return {make_diagnostic(Code::host_exception, {}, {error.function, error.what})};
    } catch (const Defect& defect) {
      return {of_library(defect.what)};
    } catch (const std::bad_alloc&) {
      return {};
    } catch (const std::length_error&) {  // more than any memory holds
      return {};
    } catch (const std::exception& error) {
      return {of_library(error.what())};
    } catch (...) {
      return {of_library("an exception that nobody knows")};
    }
  } catch (...) {
    return {};  // no memory for the words
  }
}

}  // namespace elba
