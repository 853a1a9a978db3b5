// IR text through the passes that take any module of its level.
#include <cstddef>
#include <cstdint>

#include "api/elba.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  (void)elba::run_passes(text, {"simplify", "cse", "dce"});
  return 0;
}
