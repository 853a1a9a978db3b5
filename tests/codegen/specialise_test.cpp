// Constants for small inner dims change the code and nothing else.
#include <catch2/catch.hpp>

#include <sstream>

#include "ir/text.h"
#include "ir/verify.h"
#include "passes/passes.h"
#include "tests/codegen/modules.h"
#include "tests/support/random_module.h"

namespace elba::test {

TEST_CASE("specialised modules agree with the general ones", "[codegen]") {
  for (const Example& example : examples()) {
    const ir::Module module = parse(example.text());
    for (const Sizes& sizes : example.sizes) {
      INFO(example.name);
      const ir::Module special = passes::specialise(ir::with_sizes(module, sizes));
      for (const std::string& broken : ir::verify(special))
        FAIL(broken);
      REQUIRE(special.dims.size() == module.dims.size());
      const auto arguments = random_arguments(module, "f", sizes, 5);
      const auto expected = ir::interpret(module, "f", arguments, sizes);
      REQUIRE(expected);
      check_equal(*expected, run_compiled(compile(bufferise_checked(special)), "f", arguments, sizes));
    }
  }
  for (std::uint64_t seed = 200; seed < 220; ++seed) {
    const ir::Module module = random_module(seed);
    const RandomCase random = random_case(module, seed);
    INFO(ir::print(module));
    const auto expected = ir::interpret(module, "f", random.arguments, random.dims);
    REQUIRE(expected);
    const ir::Module special = passes::specialise(ir::with_sizes(module, random.dims));
    check_equal(*expected,
                run_compiled(compile(bufferise_checked(special)), "f", random.arguments, random.dims));
  }
}

TEST_CASE("inner dims become constants, outer and large ones do not", "[codegen]") {
  const ir::Module wells = parse(example("wells").text());
  const std::string small = ir::print(passes::specialise(ir::with_sizes(wells, {{"N", 4}, {"D", 3}})));
  CHECK(small.find("< 3)") != std::string::npos);
  CHECK(small.find("< D)") == std::string::npos);
  CHECK(small.find("< N)") != std::string::npos);
  const ir::Module wide = ir::with_sizes(wells, {{"N", 4}, {"D", 30}});
  CHECK(ir::print(passes::specialise(wide)) == ir::print(wide));
}

TEST_CASE("loops over rows work on several rows at once", "[codegen]") {
  const ir::Module loops = bufferise_checked(
      passes::specialise(ir::with_sizes(parse(example("wells").text()), {{"N", 3020}, {"D", 3}})));
  const auto text = codegen::llvm_text(loops);
  REQUIRE(text);
  // Where the processor and the C library have vector functions, the loop calls them.
  const bool has_vectors = text->find("declare <4 x double> @elba_v4_exp") != std::string::npos;
  bool calls_them = false;
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);)
    calls_them = calls_them ||
                 (line.find(" call ") != std::string::npos && line.find("@elba_v") != std::string::npos);
  CHECK(has_vectors == calls_them);
}

}  // namespace elba::test
