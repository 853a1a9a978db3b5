// What the optimisation makes of whole models: how often the data is read, what is stored, what moves to
// bind.
#include <catch2/catch.hpp>

#include "passes/rewrite/data_traffic.h"
#include "tests/passes/harness.h"

namespace {

using namespace elba::test;
using elba::ir::Func;
using elba::ir::Module;
using elba::ir::Opcode;
using elba::ir::Tensor;
using elba::passes::data_passes;

const std::string pipeline = "expand optimise differentiate optimise place_stages simplify cse dce";

// Largest rank-1 result over the rows that is not a parameter: what would have to be stored per row.
bool stores_rows(const Func& func) {
  for (const auto& op : func.body.ops)
    for (const auto result : op.results)
      for (const auto& dim : func.type(result).shape)
        if (dim.text().find('N') != std::string::npos) return true;
  return false;
}

Module logistic() {
  return module_of(R"(
  func @f(%X: f64[N, D] data, %y: i64[N] data, %u: f64[D + 1] input) -> (f64) {
    %a, %b = unpack %u : f64, f64[D]
    %xb = contract %X, %b {maps="nd,d->n", semiring="sum_mul"} : f64[N]
    %eta = add %a, %xb : f64[N]
    %yr = to_real %y : f64[N]
    %t = mul %yr, %eta : f64[N]
    %s = softplus %eta : f64[N]
    %l = sub %t, %s : f64[N]
    %0 = nest (%i < N) -> (sum f64) {
      %1 = read %l, %i : f64
      yield %1
    }
    return %0
  }
)",
                   "density");
}

}  // namespace

TEST_CASE("a generalised linear model and its gradient are one pass over the rows", "[passes]") {
  const Module module = run_passes(logistic(), pipeline);
  const Func& grad = *module.find("f.grad");
  CHECK(data_passes(grad) == 1);
  CHECK(data_passes(*module.find("f")) == 1);
  CHECK(elba::passes::data_bytes(grad) ==
        elba::ir::Dim(8) * elba::ir::Dim::symbol("N") * elba::ir::Dim::symbol("D") +
            elba::ir::Dim(8) * elba::ir::Dim::symbol("N"));
  CHECK_FALSE(stores_rows(grad));
  CHECK(count_top_ops(grad, Opcode::nest) == 1);
  CHECK(count_ops(grad, Opcode::nest) == 3);  // the rows; inside them X b and its transpose
}

TEST_CASE("the Hessian-vector product is one pass too", "[passes]") {
  const Module module = run_passes(logistic(), "expand optimise differentiate optimise forward optimise");
  CHECK(data_passes(*module.find("f.hvp")) == 1);
  CHECK_FALSE(stores_rows(*module.find("f.hvp")));
}

TEST_CASE("optimising first or last gives the same one pass", "[passes]") {
  const Module module = run_passes(logistic(), "expand simplify cse dce differentiate optimise optimise");
  CHECK(data_passes(*module.find("f.grad")) == 1);
  CHECK_FALSE(stores_rows(*module.find("f.grad")));
}

TEST_CASE("group effects: one pass over the observations, one scatter each", "[passes]") {
  const Module module = run_passes(module_of(R"(
  func @f(%g: i64[N] data lower(1) upper(J), %y: f64[N] data, %u: f64[J + 2] input) -> (f64) {
    %mu, %lt, %z = unpack %u : f64, f64, f64[J]
    %tau = exp %lt : f64
    %zt = mul %tau, %z : f64[J]
    %theta = add %mu, %zt : f64[J]
    %0 = nest (%i < N) -> (sum f64) {
      %1 = read %g, %i : i64
      %2 = sub %1, 1 : i64
      %3 = read %theta, %2 : f64
      %4 = read %y, %i : f64
      %5 = sub %4, %3 : f64
      %6 = square %5 : f64
      yield %6
    }
    return %0
  }
)",
                                             "density"),
                                   pipeline);
  const Func& grad = *module.find("f.grad");
  CHECK(data_passes(grad) == 1);
  CHECK_FALSE(stores_rows(grad));
  int scatters = 0;
  for (const auto& op : grad.body.ops)
    for (const auto combiner : op.combiners)
      scatters += combiner == elba::ir::Combiner::scatter;
  CHECK(scatters == 1);
}

TEST_CASE("two row phases where the second needs the sum of the first", "[passes]") {
  const Module module = run_passes(module_of(R"(
  func @f(%x: f64[N] data, %u: f64[U] input) -> (f64) {
    %a = read %u, 0 : f64
    %0 = nest (%i < N) -> (lse f64) {
      %1 = read %x, %i : f64
      %2 = mul %1, %a : f64
      yield %2
    }
    return %0
  }
)",
                                             "density"),
                                   pipeline);
  CHECK(data_passes(*module.find("f")) == 2);  // the maximum, then the sum
}

TEST_CASE("softmax regression: rows of logits are not stored for all rows", "[passes]") {
  const Module module = run_passes(module_of(R"(
  func @f(%X: f64[N, D] data, %y: i64[N] data lower(1) upper(K), %B: f64[D, K] input) -> (f64) {
    %eta = contract %X, %B {maps="nd,dk->nk", semiring="sum_mul"} : f64[N, K]
    %0 = nest (%i < N) -> (sum f64) {
      %1 = read %eta, %i : f64[K]
      %2 = read %y, %i : i64
      %3 = sub %2, 1 : i64
      %4 = read %1, %3 : f64
      %5 = nest (%k < K) -> (lse f64) {
        %6 = read %1, %k : f64
        yield %6
      }
      %7 = sub %4, %5 : f64
      yield %7
    }
    return %0
  }
)",
                                             "density"),
                                   pipeline);
  const Func& grad = *module.find("f.grad");
  CHECK(data_passes(grad) == 1);
  CHECK_FALSE(stores_rows(grad));
}

TEST_CASE("what depends on data only is computed at bind", "[passes]") {
  const Module before = module_of(R"(
  func @f(%y: i64[N] data, %x: f64[N] data, %u: f64[U] input) -> (f64) {
    %a = read %u, 0 : f64
    %b = read %u, 1 : f64
    %0 = nest (%i < N) -> (sum f64) {
      %1 = read %y, %i : i64
      %2 = to_real %1 : f64
      %3 = read %x, %i : f64
      %4 = log %3 : f64
      %5 = mul %4, %b : f64
      %6 = add %a, %5 : f64
      %7 = mul %2, %6 : f64
      %8 = exp %6 : f64
      %9 = add %2, 1.0 : f64
      %10 = lgamma %9 : f64
      %11 = sub %7, %8 : f64
      %12 = sub %11, %10 : f64
      yield %12
    }
    return %0
  }
)");
  const Module after = run_passes(before, "optimise differentiate optimise place_stages simplify cse dce");
  for (const char* name : {"f", "f.grad"}) {
    const Func& step = *after.find(name);
    CHECK(count_ops(step, Opcode::lgamma) == 0);
    CHECK(count_ops(step, Opcode::log) == 0);
    CHECK(step.params.back().role == elba::ir::Role::cache);
    CHECK(step.params[0].name == "y");  // data stays in the signature
    const Func& bind = *after.find(std::string(name) + ".bind");
    CHECK(count_top_ops(bind, Opcode::nest) == 1);  // merged
    CHECK(bind.params.size() == 2);
    CHECK(bind.result_names.size() == bind.body.ops.back().operands.size());
  }
  const std::vector<Tensor> arguments{
      {elba::ir::Scalar::i64, {3}, {0, 4, 2}, 0}, Tensor::vector({0.5, 2, 3}), Tensor::vector({0.3, -0.2})};
  const Sizes sizes{{"N", 3}, {"U", 2}};
  CHECK(difference(evaluate(before, "f", arguments, sizes), evaluate_staged(after, "f", arguments, sizes),
                   1e-13) == "");
}

TEST_CASE("sizes 0 and 1 survive the whole pipeline", "[passes]") {
  const Module before = logistic();
  const Module after = run_passes(before, pipeline);
  for (const std::int64_t n : {0, 1}) {
    const std::vector<Tensor> arguments{
        {elba::ir::Scalar::f64, {n, 2}, std::vector<double>(static_cast<std::size_t>(2 * n), 0.7), 0},
        {elba::ir::Scalar::i64, {n}, std::vector<double>(static_cast<std::size_t>(n), 1), 0},
        Tensor::vector({0.1, 0.2, 0.3})};
    const Sizes sizes{{"N", n}, {"D", 2}};
    CHECK(difference(evaluate(before, "f", arguments, sizes), evaluate_staged(after, "f", arguments, sizes),
                     1e-14) == "");
  }
}
