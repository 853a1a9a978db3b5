// Bytes that choose a well-formed model, from text to compiled numbers (tests/support/random_model.h).
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "tests/fuzz_corpus/entries.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string broken = elba::test::program_entry({reinterpret_cast<const char*>(bytes), size});
  if (broken.empty()) return 0;
  std::fprintf(stderr, "%s\n", broken.c_str());
  std::abort();
}
