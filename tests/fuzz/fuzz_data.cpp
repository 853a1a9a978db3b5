// Data files: JSON or CSV, chosen by the first byte.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "tests/fuzz_corpus/entries.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string broken = elba::test::data_entry({reinterpret_cast<const char*>(bytes), size});
  if (broken.empty()) return 0;
  std::fprintf(stderr, "%s\n", broken.c_str());
  std::abort();
}
