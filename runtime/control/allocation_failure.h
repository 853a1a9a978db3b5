// allocation_failure: memory that a kernel could not have. Compiled code has no tables by which an exception
// could pass through it, so a kernel that it calls notes the lack, and whoever called the compiled function
// throws in its place (api/model/executable.cpp). What the kernel leaves behind is nobody's.
#pragma once

namespace elba::runtime {

void note_shortage() noexcept;
[[nodiscard]] bool take_shortage() noexcept;  // of this thread, since it was last asked

template <class Body>
void within_memory(Body&& body) noexcept {
  try {
    body();
  } catch (...) {  // nothing else is thrown by a kernel
    note_shortage();
  }
}

}  // namespace elba::runtime
