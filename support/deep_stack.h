// deep_stack: work that recurses with the text of a model runs where there is room for it, whatever stack the
// host's thread has.
//
//     Result<ir::Module> run_pipeline(..) { return deeply([&] { return run_passes(..); }); }
//
// What is left of the stack is measured, not counted in levels: threads of 512 KiB are common in hosts, and
// the limits of the language (docs/errors/E0111.md) need several MiB. Where less than `enough_stack` is left,
// the work runs on a thread of its own, while the caller waits. Thread-local state of the caller is not seen
// there; what must happen on the caller's thread, such as a callback of the host, goes through run_outside.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <utility>

#include "support/result.h"

namespace elba {

// Bytes between here and the end of this thread's stack; 0 where that is not known (on a stack that a host
// has made itself).
[[nodiscard]] std::size_t remaining_stack() noexcept;

// Runs `work` to its end; what it throws is thrown here. False, without having run it, when there is no
// memory for a stack.
[[nodiscard]] bool run_deep(const std::function<void()>& work);

// From inside of such work: runs `work` on the thread that called run_deep; what it throws is thrown here.
void run_outside(const std::function<void()>& work);

// What `work` gives, a Result, run in that way.
template <class Work>
[[nodiscard]] auto deeply(Work&& work) -> decltype(work()) {
  std::optional<decltype(work())> result;
  if (!run_deep([&] { result.emplace(work()); }))
    return make_diagnostic(Code::no_stack, {})
        .suggest("give the process more memory, or call from a thread with a larger stack");
  return std::move(*result);
}

// The sizes: a quarter of the stack that is made must be left for work to stay where it is.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr std::size_t deep_stack = std::size_t{256} << 20;  // frames are several times as large
#else
inline constexpr std::size_t deep_stack = std::size_t{64} << 20;
#endif
inline constexpr std::size_t enough_stack = deep_stack / 4;

}  // namespace elba
