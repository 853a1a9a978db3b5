#include "tests/shortage/failing_memory.h"

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <new>

#include "api/model/guarded.h"
#include "codegen/llvm_guard.h"

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && defined(__GLIBC__)
#define ELBA_OWN_MALLOC 1
#endif

namespace elba::shortage {

namespace {

std::atomic<bool> is_armed{false}, is_for_good{false}, are_llvm_spared{true}, failed{false};
std::atomic<std::size_t> asked{0}, limit{0};
std::atomic<long> live{0};
// The thread that armed it, whose own allocations are none of the library's.
thread_local bool is_host = false;

bool fails() noexcept {
  if (!is_armed.load(std::memory_order_relaxed)) return false;
  if (is_host && !Boundary::is_inside()) return false;
  if (are_llvm_spared.load(std::memory_order_relaxed) && codegen::LlvmScope::is_inside()) return false;
  const std::size_t count = ++asked;
  const bool does = is_for_good ? count >= limit : count == limit;
  if (does) failed = true;
  return does;
}

}  // namespace

void arm(std::size_t fails_at, bool for_good, bool spares_llvm) {
  asked = 0;
  limit = fails_at;
  is_for_good = for_good;
  are_llvm_spared = spares_llvm;
  failed = false;
  is_host = true;
  is_armed = true;
}

std::size_t disarm() {
  is_armed = false;
  return asked;
}

bool has_failed() { return failed; }
long live_blocks() { return live; }

#ifdef ELBA_OWN_MALLOC

namespace {

template <class Take>
void* given(Take&& take) {
  void* const found = fails() ? nullptr : take();
  if (found == nullptr) return errno = ENOMEM, nullptr;
  ++live;
  return found;
}

}  // namespace

#else

// Under a sanitizer its own malloc stays; what is asked of `new` fails.
void* taken(std::size_t bytes, std::size_t alignment) {
  if (fails()) return nullptr;
  return alignment == 0 ? std::malloc(bytes == 0 ? 1 : bytes)
                        : std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
}

#endif

}  // namespace elba::shortage

#ifdef ELBA_OWN_MALLOC

// The `new` of the C++ library asks malloc, as do Eigen and LLVM.
extern "C" {

void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);

void __libc_free(void*);

void* malloc(std::size_t bytes) {
  return elba::shortage::given([&] { return __libc_malloc(bytes); });
}
void* calloc(std::size_t count, std::size_t bytes) {
  return elba::shortage::given([&] { return __libc_calloc(count, bytes); });
}
void* aligned_alloc(std::size_t alignment, std::size_t bytes) {
  return elba::shortage::given([&] { return __libc_memalign(alignment, bytes); });
}
void* memalign(std::size_t alignment, std::size_t bytes) { return aligned_alloc(alignment, bytes); }
int posix_memalign(void** out, std::size_t alignment, std::size_t bytes) {
  void* const found = aligned_alloc(alignment, bytes);
  if (found == nullptr) return ENOMEM;
  *out = found;
  return 0;
}
void free(void* memory) {
  if (memory != nullptr) --elba::shortage::live;
  __libc_free(memory);
}
void* realloc(void* old, std::size_t bytes) {
  if (old == nullptr) return malloc(bytes);
  if (elba::shortage::fails()) return errno = ENOMEM, nullptr;
  void* const found = __libc_realloc(old, bytes);
  if (bytes == 0) --elba::shortage::live;
  return found;
}

}  // extern "C"

#else

void* operator new(std::size_t bytes) {
  if (void* const found = elba::shortage::taken(bytes, 0)) return found;
  throw std::bad_alloc();
}
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  if (void* const found = elba::shortage::taken(bytes, static_cast<std::size_t>(alignment))) return found;
  throw std::bad_alloc();
}
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  return elba::shortage::taken(bytes, 0);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

#endif
