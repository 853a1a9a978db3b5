// Random well-formed models: the front end, every pipeline, compiled code against the interpreter.
// ELBA_RANDOM_MODELS=n runs the seeds 1 to n, ELBA_RANDOM_MODELS=m-n those from m on.
#include <catch2/catch.hpp>

#include <cstdlib>

#include "tests/fuzz_corpus/program_entry.h"

using namespace elba::test;

TEST_CASE("random models compile to what they mean", "[fuzz_corpus]") {
  const char* wanted = std::getenv("ELBA_RANDOM_MODELS");
  std::uint64_t first = 1, last = 40;
  if (wanted != nullptr) {
    char* rest = nullptr;
    last = std::strtoull(wanted, &rest, 10);
    if (*rest == '-') {
      first = last;
      last = std::strtoull(rest + 1, nullptr, 10);
    }
  }
  int proposed = 0, refused = 0;
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    CAPTURE(seed);
    Choices choices(seed);
    const RandomModel model = random_model(choices, checks);
    proposed += model.proposed;
    refused += model.refused;
    const std::string broken = run_random_model(model);
    INFO((broken.empty() ? model.text : broken));
    CHECK(broken.empty());
  }
  // The generator proposes what mostly checks; otherwise it would try little.
  CAPTURE(proposed, refused);
  CHECK(refused * 2 < proposed);
}
