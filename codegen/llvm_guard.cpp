#include "codegen/llvm_guard.h"

#include <cstdlib>
#include <mutex>
#include <new>

#include <llvm/Support/ErrorHandling.h>

#include "support/defect.h"

namespace elba::codegen {

namespace {

// What the module of a small model takes is a tenth of it.
constexpr std::size_t usual_room = std::size_t{64} << 20;

thread_local bool inside = false;

// For other users of a shared LLVM there is nothing better than what it does by itself.
void on_no_memory(void*, const char*, bool) {
  if (inside) throw std::bad_alloc();
}

void on_failure(void*, const char* what, bool) {
  if (inside) throw Defect{std::string("LLVM: ") + what};
}

void install_handlers() {
  static std::once_flag once;
  std::call_once(once, [] {
    llvm::install_bad_alloc_error_handler(on_no_memory);
    llvm::install_fatal_error_handler(on_failure);
  });
}

}  // namespace

bool LlvmScope::is_inside() noexcept { return inside; }

LlvmScope::LlvmScope() : LlvmScope(usual_room) {}

LlvmScope::LlvmScope(std::size_t room) : was_inside_(inside) {
  if (was_inside_) return;
  install_handlers();
  void* const probe = std::malloc(room < usual_room ? usual_room : room);
  if (probe == nullptr) throw std::bad_alloc();
  std::free(probe);
  inside = true;
}

LlvmScope::~LlvmScope() { inside = was_inside_; }

}  // namespace elba::codegen
