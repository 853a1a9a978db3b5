// expand: densities and draws mean at tensor level what they mean at density level; log-sum-exp and masks at
// their edges.
#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

#include "tests/passes/harness.h"

namespace {

using namespace elba::test;
using elba::ir::Module;
using elba::ir::Scalar;
using elba::ir::Tensor;

constexpr double inf = std::numeric_limits<double>::infinity();
const double nan_value = std::numeric_limits<double>::quiet_NaN();

const char* const dists = R"(
  dist @normal(mu: f64, sigma: f64) scalar(f64) support(real) noise(normal) location_scale members(logpdf, sample)
  dist @bounded(a: f64, b: f64) scalar(f64) support(interval) lower(@a) upper(@b) noise(uniform) members(logpdf, sample)
  dist @rate(r: f64) scalar(f64) support(lower) lower(0) noise(key) members(logpdf, sample)
  dist @weighted(w: f64[K]) scalar(f64[K]) support(real) noise(normal) members(logpdf, sample)
  func @normal.logpdf(%x: f64, %mu: f64, %sigma: f64) -> (f64) {
    %0 = sub %x, %mu : f64
    %1 = div %0, %sigma : f64
    %2 = square %1 : f64
    %3 = mul -0.5, %2 : f64
    %4 = log %sigma : f64
    %5 = sub %3, %4 : f64
    return %5
  }
  func @normal.sample(%z: f64, %mu: f64, %sigma: f64) -> (f64) {
    %0 = mul %sigma, %z : f64
    %1 = add %mu, %0 : f64
    return %1
  }
  func @bounded.logpdf(%x: f64, %a: f64, %b: f64) -> (f64) {
    %0 = sub %x, %a : f64
    %1 = sub %b, %x : f64
    %2 = log %0 : f64
    %3 = log %1 : f64
    %4 = add %2, %3 : f64
    return %4
  }
  func @bounded.sample(%u: f64, %a: f64, %b: f64) -> (f64) {
    %0 = sub %b, %a : f64
    %1 = mul %u, %0 : f64
    %2 = add %a, %1 : f64
    return %2
  }
  func @rate.logpdf(%x: f64, %r: f64) -> (f64) {
    %0 = log %x : f64
    %1 = mul %r, %0 : f64
    return %1
  }
  func @rate.sample(%k: key, %r: f64) -> (f64) {
    %0 = rng_gamma %k, %r : f64
    return %0
  }
  func @weighted.logpdf<M>(%x: f64[M], %w: f64[M]) -> (f64) {
    %0 = nest (%i0 < M) -> (sum f64) {
      %1 = read %x, %i0 : f64
      %2 = read %w, %i0 : f64
      %3 = mul %1, %2 : f64
      yield %3
    }
    return %0
  }
  func @weighted.sample<M>(%z: f64[M], %w: f64[M]) -> (f64[M]) {
    %0 = mul %z, %w : f64[M]
    return %0
  }
)";

void check(const std::string& body, const std::vector<Tensor>& arguments, const Sizes& sizes) {
  const Module density = module_of(dists + body, "density");
  const Module tensor = run_passes(density, "inline_calls expand");
  CHECK(tensor.dists.empty());
  CHECK(tensor.funcs.size() == 1);
  const auto expected = evaluate(density, "f", arguments, sizes);
  CHECK(difference(expected, evaluate(tensor, "f", arguments, sizes), 1e-13) == "");
  CHECK(difference(expected, evaluate(run_passes(tensor, "optimise"), "f", arguments, sizes), 1e-12) == "");
}

Tensor matrix(std::int64_t rows, std::int64_t columns, double start) {
  Tensor out{Scalar::f64, {rows, columns}, {}, 0};
  for (std::int64_t k = 0; k < rows * columns; ++k)
    out.values.push_back(start + 0.17 * static_cast<double>(k));
  return out;
}
Tensor flags(std::vector<double> values) {
  const auto n = static_cast<std::int64_t>(values.size());
  return {Scalar::i1, {n}, std::move(values), 0};
}
Tensor key(std::uint64_t bits) { return {Scalar::i64, {}, {0}, bits}; }

}  // namespace

TEST_CASE("log densities keep their meaning", "[passes]") {
  const Tensor x = Tensor::vector({0.3, 0.5, 0.9}), mu = Tensor::vector({0.1, -0.4, 2});
  const Sizes sizes{{"N", 3}, {"D", 2}};
  SECTION("batch under a batched argument and a scalar one") {
    check(
        "func @f(%x: f64[N], %m: f64[N], %s: f64) -> (f64) {\n%d = dist %m, %s {name=\"normal\"} : "
        "dist<f64[N], 0>\n%l = logpdf %d, %x : f64\nreturn %l\n}\n",
        {x, mu, Tensor::real(1.5)}, sizes);
  }
  SECTION("batch under scalar arguments") {
    check(
        "func @f(%x: f64[N], %m: f64, %s: f64) -> (f64) {\n%d = dist %m, %s {name=\"normal\"} : dist<f64, "
        "0>\n%l = logpdf %d, %x : f64\nreturn %l\n}\n",
        {x, Tensor::real(0.2), Tensor::real(1.5)}, sizes);
  }
  SECTION("a scalar") {
    check(
        "func @f(%x: f64, %r: f64) -> (f64) {\n%d = dist %r {name=\"rate\"} : dist<f64, 0>\n%l = logpdf %d, "
        "%x : f64\nreturn %l\n}\n",
        {Tensor::real(0.7), Tensor::real(1.5)}, sizes);
  }
  SECTION("rows under one row of arguments, and under a row each") {
    check(
        "func @f(%x: f64[N, D], %w: f64[D]) -> (f64) {\n%d = dist %w {name=\"weighted\"} : dist<f64[D], "
        "1>\n%l = logpdf %d, %x : f64\nreturn %l\n}\n",
        {matrix(3, 2, 0.1), Tensor::vector({1.0, -2.0})}, sizes);
    check(
        "func @f(%x: f64[N, D], %w: f64[N, D]) -> (f64) {\n%d = dist %w {name=\"weighted\"} : dist<f64[N, "
        "D], 1>\n%l = logpdf %d, %x : f64\nreturn %l\n}\n",
        {matrix(3, 2, 0.1), matrix(3, 2, -1)}, sizes);
  }
  SECTION("inside a nest") {
    check(R"(func @f(%x: f64[N, D], %m: f64[N]) -> (f64) {
      %0 = nest (%i < N) -> (sum f64) {
        %a = read %m, %i : f64
        %d = dist %a, 2.0 {name="normal"} : dist<f64, 0>
        %r = read %x, %i : f64[D]
        %l = logpdf %d, %r : f64
        yield %l
      }
      return %0
    }
)",
          {matrix(3, 2, 0.1), mu}, sizes);
  }
}

TEST_CASE("draws keep their bits", "[passes]") {
  const Sizes sizes{{"N", 3}, {"D", 2}};
  const Tensor mu = Tensor::vector({0.1, -0.4, 2});
  check(
      "func @f(%m: f64[N], %k: key key) -> (f64[D, N]) {\n%d = dist %m, 2.0 {name=\"normal\"} : dist<f64[N], "
      "0>\n%l = sample %d, %k (D) : f64[D, N]\nreturn %l\n}\n",
      {mu, key(99)}, sizes);
  check(
      "func @f(%m: f64, %k: key key) -> (f64) {\n%d = dist %m, 2.0 {name=\"bounded\"} : dist<f64, 0>\n%l = "
      "sample %d, %k : f64\nreturn %l\n}\n",
      {Tensor::real(1), key(7)}, sizes);
  check(
      "func @f(%m: f64, %k: key key) -> (f64) {\n%d = dist %m {name=\"rate\"} : dist<f64, 0>\n%l = sample "
      "%d, %k : f64\nreturn %l\n}\n",
      {Tensor::real(1), key(7)}, sizes);
  check(
      "func @f(%m: f64[N], %k: key key) -> (f64[D, N]) {\n%e = exp %m : f64[N]\n%d = dist %e {name=\"rate\"} "
      ": dist<f64[N], 0>\n%l = sample %d, %k (D) : f64[D, N]\nreturn %l\n}\n",
      {mu, key(8)}, sizes);
  check(
      "func @f(%w: f64[D], %k: key key) -> (f64[N, D]) {\n%d = dist %w {name=\"weighted\"} : dist<f64[D], "
      "1>\n%l = sample %d, %k (N) : f64[N, D]\nreturn %l\n}\n",
      {Tensor::vector({1, 3}), key(8)}, sizes);
}

TEST_CASE("masked elements leave no trace in value and gradient", "[passes]") {
  // The second datum is missing (nan); the distribution's support is open at both ends.
  const Module density = module_of(std::string(dists) + R"(
  func @f(%y: f64[N] data, %m: i1[N] data, %u: f64[U] input) -> (f64) {
    %a = read %u, 0 : f64
    %b = exp %a : f64
    %d = dist 0.0, %b {name="bounded"} : dist<f64, 0>
    %l = logpdf %d, %y, %m : f64
    return %l
  }
)",
                                   "density");
  const Module module = run_passes(density,
                                   "expand optimise differentiate optimise place_stages simplify cse dce");
  const auto results = evaluate_staged(
      module, "f.grad",
      {Tensor::vector({0.5, nan_value, 1.5}), flags({1, 0, 1}), Tensor::vector({std::log(2.0)})},
      {{"N", 3}, {"U", 1}});
  CHECK(results[0].values[0] == Approx(2 * std::log(0.5) + 2 * std::log(1.5)));
  CHECK(results[1].values[0] == Approx(2.0 * (1 / 1.5 + 1 / 0.5)));
}

TEST_CASE("log-sum-exp at its edges", "[passes]") {
  const Module density = module_of(R"(
  func @f(%u: f64[U] input) -> (f64) {
    %0 = nest (%i < U) -> (lse f64) {
      %1 = read %u, %i : f64
      yield %1
    }
    return %0
  }
)",
                                   "density");
  const Module module = run_passes(density, "expand optimise differentiate optimise");
  const auto at = [&](std::vector<double> u) {
    const auto size = static_cast<std::int64_t>(u.size());
    return evaluate(module, "f.grad", {Tensor::vector(std::move(u))}, {{"U", size}});
  };
  auto results = at({1000, 1000 + std::log(3.0)});
  CHECK(results[0].values[0] == Approx(1000 + std::log(4.0)).epsilon(1e-15));
  CHECK(results[1].values[1] == Approx(0.75));
  results = at({-inf, -inf});
  CHECK(results[0].values[0] == -inf);
  CHECK(results[1].values == std::vector<double>{0, 0});
  results = at({-inf, 2});
  CHECK(results[0].values[0] == 2);
  CHECK(results[1].values == std::vector<double>{0, 1});
  CHECK(at({})[0].values[0] == -inf);
  CHECK(at({inf, 1})[0].values[0] == inf);
  CHECK(std::isnan(at({nan_value, 1})[0].values[0]));
}

TEST_CASE("contractions of every semiring", "[passes]") {
  for (const std::string semiring : {"sum_mul", "lse_add", "max_add"}) {
    const Module density = module_of(
        "  func @f(%X: f64[N, D], %v: f64[D]) -> (f64[N], f64, f64[D, D]) {\n    %0 = contract %X, %v "
        "{maps=\"nd,d->n\", semiring=\"" +
            semiring + "\"} : f64[N]\n    %1 = contract %X {maps=\"nd->\", semiring=\"" + semiring +
            "\"} : f64\n    %2 = contract %X, %X {maps=\"nd,ne->de\", semiring=\"" + semiring +
            "\"} : f64[D, D]\n    return %0, %1, %2\n  }\n",
        "density");
    const std::vector<Tensor> arguments{matrix(4, 3, -0.8), Tensor::vector({0.3, -1, 2})};
    const Sizes sizes{{"N", 4}, {"D", 3}};
    CHECK(difference(evaluate(density, "f", arguments, sizes),
                     evaluate(run_passes(density, "expand optimise"), "f", arguments, sizes), 1e-13) == "");
  }
}
