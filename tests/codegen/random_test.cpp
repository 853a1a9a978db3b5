// Random well-typed modules: bufferised and compiled, they agree with the interpreter.
#include <catch2/catch.hpp>

#include <cmath>

#include "ir/text.h"
#include "tests/codegen/harness.h"
#include "tests/support/random_module.h"

namespace elba::test {

TEST_CASE("random modules agree with the interpreter", "[codegen]") {
  const auto jit = codegen::Jit::create();
  REQUIRE(jit);
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const ir::Module module = random_module(
        seed, {.statements = 4 + static_cast<int>(seed % 12), .has_key = seed % 4 == 0});
    INFO("seed " << seed << "\n" << ir::print(module));
    const ir::Module loops = bufferise_checked(module);
    INFO(ir::print(loops));
    const auto compiled = (*jit)->compile(loops);
    REQUIRE(compiled);
    for (std::uint64_t k = 0; k < 3; ++k) {
      const RandomCase random = random_case(module, seed * 10 + k);
      const auto expected = ir::interpret(module, "f", random.arguments, random.dims);
      REQUIRE(expected);
      const auto interpreted = ir::interpret(loops, "f", random.arguments, random.dims);
      REQUIRE(interpreted);
      check_equal(*expected, *interpreted, 1e-12);
      check_equal(*expected, run_compiled(*compiled, "f", random.arguments, random.dims), 1e-12);
    }
  }
}

}  // namespace elba::test
