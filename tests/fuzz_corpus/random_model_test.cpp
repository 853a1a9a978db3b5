// Random well-formed models: the front end, every pipeline, compiled code against the interpreter. ELBA_RANDOM_MODELS=n runs n of them.
#include <catch2/catch.hpp>

#include <cstdlib>

#include "tests/fuzz_corpus/program_entry.h"

using namespace elba::test;

TEST_CASE("random models compile to what they mean", "[fuzz_corpus]") {
  const char* wanted = std::getenv("ELBA_RANDOM_MODELS");
  const std::uint64_t last = wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 40;
  int proposed = 0, refused = 0;
  for (std::uint64_t seed = 1; seed <= last; ++seed) {
    Choices choices(seed);
    const RandomModel model = random_model(choices, checks);
    proposed += model.proposed;
    refused += model.refused;
    const std::string broken = run_random_model(model);
    INFO("seed " << seed << "\n" << broken);
    CHECK(broken.empty());
  }
  // The generator proposes what mostly checks; otherwise it would try little.
  CAPTURE(proposed, refused);
  CHECK(refused * 2 < proposed);
}
