// Reverse and forward accumulation against central differences, by the interpreter: one module per rule of
// passes/differentiate.
#include <catch2/catch.hpp>

#include <cmath>

#include "ir/interpret.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "passes/passes.h"

namespace {

using elba::ir::Module;
using elba::ir::Tensor;
using Sizes = std::map<std::string, std::int64_t>;

Module parse(const std::string& body) {
  auto module = elba::ir::parse_module(
      elba::Source("test.ir", "module @t level tensor {\n  dim N\n  dim K\n  dim U\n" + body + "}\n"));
  for (const auto& diagnostic : module.diagnostics())
    UNSCOPED_INFO(diagnostic.message);
  REQUIRE(module);
  return *module;
}

std::vector<Tensor> run(const Module& module, const std::string& name, const std::vector<Tensor>& arguments,
                        const Sizes& sizes) {
  auto results = elba::ir::interpret(module, name, arguments, sizes);
  for (const auto& diagnostic : results.diagnostics())
    UNSCOPED_INFO(diagnostic.message);
  REQUIRE(results);
  return *results;
}

// @f's parameters: data tensors, then %u. Checks gradient and Hessian-vector product at u along a fixed
// direction.
void check(const std::string& body, std::vector<double> u, const Sizes& sizes,
           std::vector<Tensor> data = {}) {
  Module module = elba::passes::forward(elba::passes::differentiate(parse(body)));
  const auto problems = elba::ir::verify(module);
  for (const auto& problem : problems)
    UNSCOPED_INFO(problem);
  REQUIRE(problems.empty());

  const auto arguments = [&](const std::vector<double>& at) {
    auto all = data;
    all.push_back(Tensor::vector(at));
    return all;
  };
  const auto gradient_at = [&](const std::vector<double>& at) {
    return run(module, "f.grad", arguments(at), sizes)[1].values;
  };
  const double value = run(module, "f", arguments(u), sizes)[0].values[0];
  const auto both = run(module, "f.grad", arguments(u), sizes);
  CHECK(both[0].values[0] == Approx(value).epsilon(1e-14));
  std::vector<double> direction(u.size());
  for (std::size_t k = 0; k < u.size(); ++k)
    direction[k] = std::sin(1.0 + 2.0 * static_cast<double>(k));
  for (std::size_t k = 0; k < u.size(); ++k) {
    const double h = 6e-6 * std::max(1.0, std::fabs(u[k]));
    auto up = u, down = u;
    up[k] += h;
    down[k] -= h;
    const double slope = (run(module, "f", arguments(up), sizes)[0].values[0] -
                          run(module, "f", arguments(down), sizes)[0].values[0]) /
                         (2 * h);
    CAPTURE(k, slope, both[1].values[k]);
    CHECK(std::fabs(both[1].values[k] - slope) <= 1e-7 * (1 + std::fabs(slope)));
  }
  auto with_direction = arguments(u);
  with_direction.push_back(Tensor::vector(direction));
  const auto product = run(module, "f.hvp", with_direction, sizes)[0].values;
  auto up = u, down = u;
  for (std::size_t k = 0; k < u.size(); ++k) {
    up[k] += 6e-6 * direction[k];
    down[k] -= 6e-6 * direction[k];
  }
  const auto high = gradient_at(up), low = gradient_at(down);
  for (std::size_t k = 0; k < u.size(); ++k) {
    const double slope = (high[k] - low[k]) / 1.2e-5;
    CAPTURE(k, slope, product[k]);
    CHECK(std::fabs(product[k] - slope) <= 1e-6 * (1 + std::fabs(slope)));
  }
}

Tensor integers(std::vector<double> values) {
  Tensor tensor = Tensor::vector(std::move(values));
  tensor.scalar = elba::ir::Scalar::i64;
  return tensor;
}

Tensor matrix(std::int64_t rows, std::int64_t columns, std::vector<double> values) {
  Tensor tensor = Tensor::vector(std::move(values));
  tensor.shape = {rows, columns};
  return tensor;
}

}  // namespace

TEST_CASE("a read at the iterators stacks, an invariant read sums, a gather scatters", "[passes]") {
  check(R"(
  func @f(%g: i64[N] data, %x: f64[N] data, %u: f64[K + 2] input) -> (f64) {
    %a, %b, %s = unpack %u : f64[K], f64, f64
    %t = nest (%i < N) -> (sum f64) {
      %j = read %g, %i : i64
      %aj = read %a, %j : f64
      %xi = read %x, %i : f64
      %bx = mul %b, %xi : f64
      %m = add %aj, %bx : f64
      %e = exp %m : f64
      %c = mul %e, %s : f64
      yield %c
    }
    %p = nest (%k < K) -> (sum f64) {
      %ak = read %a, %k : f64
      %sq = mul %ak, %ak : f64
      %q = mul %sq, %ak : f64
      yield %q
    }
    %r = sub %t, %p : f64
    return %r
  })",
        {0.2, -0.4, 0.5, 0.3, 1.2}, {{"N", 5}, {"K", 3}, {"U", 5}},
        {integers({0, 2, 1, 2, 2}), Tensor::vector({0.1, -0.7, 0.4, 1.1, 0.2})});
}

TEST_CASE("the adjoint of a matrix-vector product is an outer product, in one nest each", "[passes]") {
  check(R"(
  func @f(%x: f64[N, K] data, %u: f64[2*K] input) -> (f64) {
    %w, %v = unpack %u : f64[K], f64[K]
    %eta = nest (%i < N) -> (stack f64[N]) {
      %d = nest (%k < K) -> (sum f64) {
        %xk = read %x, %i, %k : f64
        %wk = read %w, %k : f64
        %m = mul %xk, %wk : f64
        yield %m
      }
      yield %d
    }
    %t = nest (%i < N) -> (sum f64) {
      %e = read %eta, %i : f64
      %y = tanh %e : f64
      %row = read %x, %i : f64[K]
      %d = nest (%k < K) -> (sum f64) {
        %xk = read %row, %k : f64
        %vk = read %v, %k : f64
        %s = sin %vk : f64
        %m = mul %xk, %s : f64
        yield %m
      }
      %m2 = mul %y, %d : f64
      yield %m2
    }
    return %t
  })",
        {0.2, -0.4, 0.5, 0.3}, {{"N", 3}, {"K", 2}, {"U", 4}}, {matrix(3, 2, {1, 2, -1, 0.5, 0.3, 0.7})});
}

TEST_CASE("matrix parameters: rows, shifted reads, transposed reads, two-level nests", "[passes]") {
  check(R"(
  func @f(%u: f64[K*K] input) -> (f64) {
    %a = unpack %u : f64[K, K]
    %t = nest (%i < K - 1) -> (sum f64) {
      %i1 = add %i, 1 : i64
      %row = read %a, %i1 : f64[K]
      %r = nest (%j < K) -> (sum f64) {
        %x = read %row, %j : f64
        %y = read %a, %j, %i : f64
        %z = read %a, %i, %j : f64
        %m = mul %x, %y : f64
        %m2 = mul %m, %z : f64
        yield %m2
      }
      %e = exp %r : f64
      yield %e
    }
    %c = read %a, 0, 1 : f64
    %first = read %a, 0 : f64[K]
    %f1 = read %first, 2 : f64
    %p = mul %c, %f1 : f64
    %s = add %t, %p : f64
    return %s
  })",
        {0.2, -0.4, 0.5, 0.3, 0.7, -0.2, 0.1, 0.9, -0.6}, {{"N", 1}, {"K", 3}, {"U", 9}});
}

TEST_CASE("products, also with zeros, extrema and scatters", "[passes]") {
  const char* body = R"(
  func @f(%u: f64[K] input) -> (f64) {
    %p, %m, %n = nest (%k < K) -> (prod f64, max f64, min f64) {
      %x = read %u, %k : f64
      %y = sin %x : f64
      yield %x, %y, %y
    }
    %h = nest (%k < K) -> (scatter f64[2]) {
      %x = read %u, %k : f64
      %j = imod %k, 2 : i64
      %q = mul %x, %x : f64
      yield %j, %q
    }
    %h0 = read %h, 0 : f64
    %h1 = read %h, 1 : f64
    %a = mul %h0, %h1 : f64
    %b = mul %m, %n : f64
    %c = add %a, %b : f64
    %d = add %c, %p : f64
    return %d
  })";
  check(body, {0.7, -0.4, 0.5}, {{"N", 1}, {"K", 3}, {"U", 3}});
  check(body, {0.7, 0.0, 0.5}, {{"N", 1}, {"K", 3}, {"U", 3}});
}

TEST_CASE("scans: scalar and vector carries, forwards and backwards, stacked and summed results",
          "[passes]") {
  check(R"(
  func @f(%y: f64[N] data, %u: f64[K + 2] input) -> (f64) {
    %v, %a, %b = unpack %u : f64[K], f64, f64
    %init = tanh %a : f64
    %last, %all, %total = scan (%t < N) carry (%s = %init : f64) -> (stack f64[N], sum f64) {
      %yt = read %y, %t : f64
      %as = mul %a, %s : f64
      %q = mul %as, %s : f64
      %w = mul %b, %yt : f64
      %n = add %q, %w : f64
      %e = exp %n : f64
      next %n yield %s, %e
    }
    %vec, %norms = scan (%t < N) carry (%c = %v : f64[K]) -> (sum f64) {reverse=1} {
      %st = read %all, %t : f64
      %n = nest (%k < K) -> (stack f64[K]) {
        %ck = read %c, %k : f64
        %m = mul %ck, %st : f64
        %r = sin %m : f64
        %z = add %r, %b : f64
        yield %z
      }
      %sq = nest (%k < K) -> (sum f64) {
        %nk = read %n, %k : f64
        %n2 = mul %nk, %nk : f64
        yield %n2
      }
      next %n yield %sq
    }
    %v0 = read %vec, 1 : f64
    %r1 = add %last, %total : f64
    %r2 = add %r1, %norms : f64
    %r3 = mul %r2, %v0 : f64
    return %r3
  })",
        {0.3, 0.6, 0.4, -0.7}, {{"N", 4}, {"K", 2}, {"U", 4}}, {Tensor::vector({0.3, -0.2, 0.8, 0.5})});
}

TEST_CASE("Cholesky factors and triangular solves", "[passes]") {
  for (const char* trans : {"0", "1"}) {
    check(std::string(R"(
  func @f(%u: f64[K*K + K] input) -> (f64) {
    %a, %b = unpack %u : f64[K, K], f64[K]
    %m = nest (%i < K, %j < K) -> (stack f64[K, K]) {
      %d = nest (%k < K) -> (sum f64) {
        %x = read %a, %i, %k : f64
        %y = read %a, %j, %k : f64
        %p = mul %x, %y : f64
        yield %p
      }
      %same = eq %i, %j : i1
      %one = select %same, 1.5, 0.0 : f64
      %s = add %d, %one : f64
      yield %s
    }
    %l = chol %m : f64[K, K]
    %x = trisolve %l, %b {trans=)") +
              trans + R"(} : f64[K]
    %z = trisolve %l, %a {trans=)" +
              trans + R"(} : f64[K, K]
    %t = nest (%i < K) -> (sum f64) {
      %xi = read %x, %i : f64
      %li = read %l, %i, %i : f64
      %g = log %li : f64
      %q = mul %xi, %xi : f64
      %zi = read %z, %i, 0 : f64
      %w = mul %q, %zi : f64
      %s = add %w, %g : f64
      yield %s
    }
    return %t
  })",
          {0.5, -0.3, 0.2, 0.8, 0.1, 0.4, -0.6, 0.3, 0.9, 0.7, -0.5, 0.2}, {{"N", 1}, {"K", 3}, {"U", 12}});
  }
}

TEST_CASE("general systems, determinants, eigenvalues and exponentials of matrices", "[passes]") {
  for (const char* trans : {"0", "1"}) {
    check(std::string(R"(
  func @f(%u: f64[K*K + K] input) -> (f64) {
    %a, %b = unpack %u : f64[K, K], f64[K]
    %m = nest (%i < K, %j < K) -> (stack f64[K, K]) {
      %x = read %a, %i, %j : f64
      %same = eq %i, %j : i1
      %ir = to_real %i : f64
      %big = add %ir, 2.0 : f64
      %one = select %same, %big, 0.0 : f64
      %s = add %x, %one : f64
      yield %s
    }
    %x = solve %m, %b {trans=)") +
              trans + R"(} : f64[K]
    %z = solve %m, %a {trans=)" +
              trans + R"(} : f64[K, K]
    %d = logabsdet %m : f64
    %e = eigh %m : f64[K + 1, K]
    %p = matrix_exp %a : f64[K, K]
    %t = nest (%i < K, %j < K) -> (sum f64) {
      %xi = read %x, %i : f64
      %zi = read %z, %i, %j : f64
      %ei = read %e, %i, %j : f64
      %pi = read %p, %i, %j : f64
      %q = mul %xi, %zi : f64
      %r = mul %ei, %pi : f64
      %w = mul %ei, %zi : f64
      %s = add %q, %r : f64
      %v = add %s, %w : f64
      yield %v
    }
    %f = mul %t, %d : f64
    return %f
  })",
          {0.5, -0.3, 0.2, 0.8, 0.1, 0.4, -0.6, 0.3, 0.9, 0.7, -0.5, 0.2}, {{"N", 1}, {"K", 3}, {"U", 12}});
  }
}
