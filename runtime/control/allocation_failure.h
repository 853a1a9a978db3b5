// allocation_failure: memory that a kernel could not have. Compiled code has no tables by which an exception
// could pass through it, so a kernel that it calls notes the lack, and the caller of the compiled function
// throws in its place (api/model/executable.cpp). The result of the kernel is not used.
#pragma once

namespace elba::runtime {

void note_shortage() noexcept;
[[nodiscard]] bool take_shortage() noexcept;  // of this thread, since the last call

template <class Body>
void within_memory(Body&& body) noexcept {
  try {
    body();
  } catch (...) {  // nothing else is thrown by a kernel
    note_shortage();
  }
}

}  // namespace elba::runtime
