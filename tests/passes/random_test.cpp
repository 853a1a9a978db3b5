// Every pass keeps the meaning of random modules: the interpreter gives the same before and after, up to
// rounding.
#include <catch2/catch.hpp>

#include <cstdlib>

#include "ir/text.h"
#include "passes/passes.h"
#include "tests/passes/harness.h"
#include "tests/support/random_module.h"

namespace {

using namespace elba;
using namespace elba::test;
using ir::Level;
using ir::Module;

// More with ELBA_SEEDS=1000; a failure prints its seed.
std::uint64_t seed_count() {
  const char* count = std::getenv("ELBA_SEEDS");
  return count != nullptr ? std::strtoull(count, nullptr, 10) : 40;
}

// Rounding is amplified by what the module computes from it, so the tolerance is far above one rounding, and
// far below one wrong term.
constexpr double tolerance = 1e-8;

void check(const std::string& names, const RandomOptions& options, std::uint64_t seed) {
  const Module before = random_module(seed, options);
  const RandomCase made = random_case(before, seed);
  const Module after = run_passes(before, names);
  CAPTURE(seed, names);
  const auto expected = evaluate(before, "f", made.arguments, made.dims);
  const auto actual = evaluate_staged(after, "f", made.arguments, made.dims);
  const std::string differs = difference(expected, actual, tolerance);
  if (!differs.empty()) {
    INFO(ir::print(before) << "->\n" << ir::print(after));
    FAIL(differs);
  }
}

}  // namespace

TEST_CASE("tensor passes keep the meaning of random modules", "[passes]") {
  const std::string names = GENERATE(as<std::string>{}, "simplify", "cse", "dce", "hoist", "fuse",
                                     "place_stages", "triangle", "optimise triangle", "fuse cse dce",
                                     "optimise", "optimise optimise place_stages simplify cse dce");
  for (std::uint64_t seed = 1; seed <= seed_count(); ++seed)
    check(names, {.level = Level::tensor, .has_key = seed % 3 == 0}, seed);
}

TEST_CASE("expand keeps the meaning of random modules", "[passes]") {
  const std::string names = GENERATE(as<std::string>{}, "expand", "inline_calls expand optimise",
                                     "expand optimise optimise place_stages simplify cse dce");
  for (std::uint64_t seed = 1; seed <= seed_count(); ++seed)
    check(names, {.level = Level::density, .has_key = seed % 3 == 0}, seed + 5000);
}

TEST_CASE("optimisation keeps gradients of random modules", "[passes]") {
  for (std::uint64_t seed = 1; seed <= seed_count(); ++seed) {
    Module module = random_module(seed + 9000, {.level = Level::density});
    module.funcs[0].body.ops.back().operands.resize(1);
    module.funcs[0].result_names.resize(1);
    const RandomCase made = random_case(module, seed);
    const Module tensor = run_passes(module, "expand");
    const Module plain = run_passes(tensor, "differentiate");
    const Module optimised = run_passes(run_passes(tensor, "optimise differentiate optimise"),
                                        "place_stages simplify cse dce triangle");
    CAPTURE(seed);
    const auto expected = evaluate(plain, "f.grad", made.arguments, made.dims);
    const auto actual = evaluate_staged(optimised, "f.grad", made.arguments, made.dims);
    CHECK(difference(expected, actual, 1e-7) == "");
  }
}

TEST_CASE("clean-up passes are idempotent on random modules", "[passes]") {
  const std::string name = GENERATE(as<std::string>{}, "cse", "dce", "fuse", "place_stages");
  for (std::uint64_t seed = 1; seed <= seed_count() / 2; ++seed) {
    const Module once = run_passes(random_module(seed), name);
    CAPTURE(seed, name);
    CHECK(ir::print(run_passes(once, name)) == ir::print(once));
  }
}
