// Loops that look whether they are to end: the same results, and an early end after a counted number of
// iterations.
#include <catch2/catch.hpp>

#include <atomic>
#include <cmath>

#include "api/elba.hpp"
#include "api/model/pipeline.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "passes/passes.h"
#include "tests/codegen/modules.h"
#include "tests/support/random_module.h"

namespace elba::test {

namespace {

// Every loop looks, after 1, 2 or 4 iterations, on one of its axes.
void poll_everywhere(ir::Region& region, int& count) {
  for (ir::Op& op : region.ops) {
    if (op.code == ir::Opcode::loop) {
      op.set_attr("poll", std::int64_t{1} << (count % 3));
      if (const auto axis = static_cast<std::int64_t>(static_cast<std::size_t>(count / 3) % op.dims.size());
          axis > 0)
        op.set_attr("poll_axis", axis);
      ++count;
    }
    for (ir::Region& inner : op.regions)
      poll_everywhere(inner, count);
  }
}

int poll_everywhere(ir::Module& module) {
  int count = 0;
  for (ir::Func& func : module.funcs)
    poll_everywhere(func.body, count);
  return count;
}

const char* const squares = R"(module @m level tensor {
  dim N
  func @f(%x: f64[N]) -> (f64[N]) {
    %0 = nest (%i < N) -> (stack f64[N]) {
      %1 = read %x, %i : f64
      %2 = square %1 : f64
      yield %2
    }
    return %0
  }
}
)";

}  // namespace

TEST_CASE("loops that look give what loops give that do not", "[codegen]") {
  int polls = 0;
  for (const Example& example : examples()) {
    const ir::Module module = parse(example.text());
    ir::Module loops = bufferise_checked(module);
    polls += poll_everywhere(loops);
    for (const std::string& broken : ir::verify(loops))
      FAIL(broken);
    for (const Sizes& sizes : example.sizes) {
      INFO(example.name);
      const auto arguments = random_arguments(module, "f", sizes, 5);
      const auto expected = ir::interpret(module, "f", arguments, sizes);
      REQUIRE(expected);
      check_equal(*expected, run_compiled(compile(loops), "f", arguments, sizes));
    }
  }
  for (std::uint64_t seed = 300; seed < 330; ++seed) {
    const ir::Module module = random_module(seed);
    const RandomCase random = random_case(module, seed);
    INFO(ir::print(module));
    ir::Module loops = bufferise_checked(module);
    polls += poll_everywhere(loops);
    const auto expected = ir::interpret(module, "f", random.arguments, random.dims);
    REQUIRE(expected);
    check_equal(*expected, run_compiled(compile(loops), "f", random.arguments, random.dims));
  }
  CHECK(polls > 50);
}

TEST_CASE("a loop that is told to end does so at its first look", "[codegen]") {
  constexpr std::int64_t n = 1 << 20;
  ir::Module loops = passes::place_polls(ir::with_sizes(bufferise_checked(parse(squares)), {{"N", n}}));
  const std::string text = ir::print(loops);
  const auto at = text.find("poll=");
  REQUIRE(at != std::string::npos);
  const std::size_t every = std::stoul(text.substr(at + 5));
  CHECK(every <= n / 4);
  const auto compiled = compile(loops);
  const codegen::CompiledFunction* function = compiled.find("f");
  REQUIRE(function);
  std::vector<double> x(n, 3.0), out(n, -1.0);
  void* buffers[] = {x.data(), out.data()};
  REQUIRE(function->buffers.size() == 2);
  const std::int64_t dims[] = {n};
  for (const bool is_told : {true, false}) {
    const std::atomic<bool> stop{is_told};
    std::fill(out.begin(), out.end(), -1.0);
    function->entry(buffers, dims, &stop);
    const auto done = static_cast<std::size_t>(std::count(out.begin(), out.end(), 9.0));
    CHECK(done == (is_told ? every : static_cast<std::size_t>(n)));
  }
}

TEST_CASE("loops look only where they run long", "[codegen]") {
  const auto looks = [](std::int64_t n) {
    return ir::print(passes::place_polls(ir::with_sizes(bufferise_checked(parse(squares)), {{"N", n}})))
               .find("poll") != std::string::npos;
  };
  CHECK_FALSE(looks(30'000));
  CHECK(looks(1'000'000));
  // What models of ordinary size run stays as it is.
  const ir::Module wells = bufferise_checked(
      passes::specialise(ir::with_sizes(parse(example("wells").text()), {{"N", 3020}, {"D", 3}})));
  CHECK(ir::print(passes::place_polls(ir::with_sizes(wells, {{"N", 3020}, {"D", 3}}))) == ir::print(wells));
}

TEST_CASE("a number is what a whole call gives, or nan", "[codegen]") {
  const auto program = Program::compile(
      "model m { dim N; data x: real[N]; latent mu ~ normal(0, 1); x ~ normal(mu, 1); }");
  REQUIRE(program);
  Data data;
  data.set("x", {100000}, std::vector<double>(100000, 0.5));
  const auto bound = program->bind(data);
  REQUIRE(bound);
  const auto workspace = bound->workspace();
  REQUIRE(workspace);
  const std::vector<double> u{0.3};
  std::vector<double> gradient(1), values;
  double value = 0, again = 0;
  REQUIRE(bound->log_density(**workspace, u, true, value, gradient));
  {
    const std::atomic<bool> cancel{true};
    const WorkLimit limit(1e9, &cancel);
    CHECK(limit.is_over());
    const auto status = bound->log_density(**workspace, u, true, again, gradient);
    REQUIRE_FALSE(status);
    CHECK(status.diagnostics().front().code == Code::interrupted);
    CHECK(std::isnan(again));
    CHECK(std::isnan(gradient[0]));
    CHECK_FALSE(bound->constrain(**workspace, u, values));
    CHECK_FALSE(bound->unconstrain(**workspace, {{"mu", {0.3}}}));
  }
  REQUIRE(bound->log_density(**workspace, u, true, again, gradient));
  CHECK(again == value);
}

}  // namespace elba::test
