// The meaning of expressions: each is the prediction of a model without unknowns, run by the reference
// interpreter.
//
// Data: N = 3, D = 2, x = (1, 2, 4), p = (0.2, 0.5, 0.3), b = (3, -1), X = rows (1, 2), (3, 4), (5, 6), g =
// (2, 1, 2), k = 2, c = 0.5.
#include <catch2/catch.hpp>
#include <cmath>

#include "frontend/frontend.h"
#include "ir/interpret.h"
#include "ir/text.h"
#include "ir/verify.h"

namespace {

using elba::ir::Tensor;

std::string errors_of(const elba::FrontendResult& result) {
  std::string out;
  for (const auto& diagnostic : result.diagnostics)
    out += std::string(elba::code_info(diagnostic.code).code) + ": " + diagnostic.message + "\n";
  return out;
}

const char* const header =
    "model m {\n  dim N, D;\n  data x: real[N];\n  data p: real[N];\n  data b: real[D];\n  data X: real[N, "
    "D];\n  data g: int<1, D>[N];\n"
    "  data k: int<1, 2>;\n  data c: real;\n";

std::vector<double> run(const std::string& text) {
  const auto result = elba::compile_frontend(elba::Source("m.elba", text));
  INFO(text);
  INFO(errors_of(result));
  REQUIRE(result.ok());
  const auto broken = elba::ir::verify(*result.module);
  INFO(elba::ir::print(*result.module));
  REQUIRE((broken.empty() ? std::string() : broken.front()) == "");
  const auto ints = [](std::vector<double> values, bool scalar = false) {
    Tensor tensor;
    tensor.scalar = elba::ir::Scalar::i64;
    if (!scalar) tensor.shape = {static_cast<std::int64_t>(values.size())};
    tensor.values = std::move(values);
    return tensor;
  };
  Tensor matrix;
  matrix.shape = {3, 2};
  matrix.values = {1, 2, 3, 4, 5, 6};
  Tensor key;
  key.key = 7;
  const std::vector<Tensor> arguments = {Tensor::vector({1, 2, 4}), Tensor::vector({0.2, 0.5, 0.3}),
                                         Tensor::vector({3, -1}),   matrix,
                                         ints({2, 1, 2}),           ints({2}, true),
                                         Tensor::real(0.5),         key};
  const auto values = elba::ir::interpret(*result.module, "model", arguments, {{"N", 3}, {"D", 2}});
  if (!values) FAIL(values.diagnostics().front().message);
  return (*values)[0].values;
}

void check(const std::string& text, const std::vector<double>& expected) {
  const auto found = run(text);
  INFO(text);
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    INFO("element " << i);
    if (std::isinf(expected[i]))
      CHECK(found[i] == expected[i]);
    else
      CHECK(found[i] == Approx(expected[i]).epsilon(1e-12).margin(1e-12));
  }
}

struct Row {
  const char* expression;
  std::vector<double> expected;
};

}  // namespace

TEST_CASE("operators", "[check]") {
  const Row rows[] = {
      {"1 + 2 * 3 - 4", {3}},
      {"7 / 2", {3.5}},
      {"-x^2", {-1, -4, -16}},
      {"2^3^2", {512}},
      {"x .* x ./ x", {1, 2, 4}},
      {"c^3", {0.125}},
      {"X @ b", {1, 5, 9}},
      {"x @ X", {27, 34}},
      {"X' @ x", {27, 34}},
      {"X' @ X", {35, 44, 44, 56}},
      {"(X @ X')[2, 3]", {39}},
      {"x @ x", {21}},
      {"X'", {1, 3, 5, 2, 4, 6}},
      {"N * D + 1", {7}},
      {"g[1] % 2 + k", {2}},
      {"x > 1 ? x : -x", {-1, 2, 4}},
      {"c < 1 && !(c > 0.7) || c == 3 ? 1 : 0", {1}},
      {"true ? k : 0", {2}},
  };
  for (const Row& row : rows)
    check(std::string(header) + "  predict r = " + row.expression + ";\n}", row.expected);
}

TEST_CASE("indices, slices and gathers", "[check]") {
  const Row rows[] = {
      {"x[1] + x[3]", {5}},
      {"b[g]", {-1, 3, -1}},
      {"b[k]", {-1}},
      {"X[2]", {3, 4}},
      {"X[:, 2]", {2, 4, 6}},
      {"X[2:3, 1]", {3, 5}},
      {"X[2:3]", {3, 4, 5, 6}},
      {"X[2][1]", {3}},
      {"X[2:3][1, 2]", {4}},
      {"X'[g, 2]", {4, 3, 4}},
      {"X'[g]", {2, 4, 6, 1, 3, 5, 2, 4, 6}},
      {"X[:, g]", {2, 1, 2, 4, 3, 4, 6, 5, 6}},
      {"x[N-1:N]", {2, 4}},
      {"[x[N+1-i] for i in 1:N]", {4, 2, 1}},
      {"[x[i] * b[j] for i in 2:N, j in 1:D]", {6, -2, 12, -4}},
      {"[1, 2, 3][2]", {2}},
      {"[x, p][2, 3]", {0.3}},
      {"[g[i] == 1 ? 10 : 20 for i in 1:N]", {20, 10, 20}},
  };
  for (const Row& row : rows)
    check(std::string(header) + "  predict r = " + row.expression + ";\n}", row.expected);
}

TEST_CASE("functions", "[check]") {
  const double inf = std::numeric_limits<double>::infinity();
  const double lse = std::log(std::exp(1) + std::exp(2) + std::exp(4));
  const Row rows[] = {
      {"sum(x)", {7}},
      {"sum(g)", {5}},
      {"sum(x[i]^2 for i in 1:N)", {21}},
      {"sum(X[i] for i in 1:N)", {9, 12}},
      {"prod(x)", {8}},
      {"mean(x)", {7.0 / 3}},
      {"mean(x[i] for i in 2:N)", {3}},
      {"max(x)", {4}},
      {"min(x[i] * b[j] for i in 1:N, j in 1:D)", {-4}},
      {"max(c, 1)", {1}},
      {"min(x, 2)", {1, 2, 2}},
      {"log_sum_exp(x)", {lse}},
      {"log_sum_exp(x[i] for i in 1:N)", {lse}},
      {"log_sum_exp(1, 2)", {std::log(std::exp(1) + std::exp(2))}},
      {"log_sum_exp(-inf(), 2)", {2}},
      {"log_sum_exp(2, -inf())", {2}},
      {"log_sum_exp(-inf(), -inf())", {-inf}},
      {"variance(x)", {7.0 / 3}},
      {"sd(x)", {std::sqrt(7.0 / 3)}},
      {"dot(x, p)", {2.4}},
      {"outer(x, b)", {3, -1, 6, -2, 12, -4}},
      {"rep(c, D)", {0.5, 0.5}},
      {"rep(b, 2)", {3, -1, 3, -1}},
      {"zeros(D)", {0, 0}},
      {"ones(1, D)", {1, 1}},
      {"eye(2)", {1, 0, 0, 1}},
      {"diag(b)", {3, 0, 0, -1}},
      {"diagonal(X' @ X)", {35, 56}},
      {"chol(X' @ X) @ chol(X' @ X)'", {35, 44, 44, 56}},
      {"solve_lower(chol(X' @ X), b) @ solve_lower(chol(X' @ X), b)", {(9 * 56 + 6 * 44 + 35) / 24.0}},
      {"X' @ X @ solve_lower_t(chol(X' @ X), solve_lower(chol(X' @ X), b))", {3, -1}},
      {"softmax(log(p))", {0.2, 0.5, 0.3}},
      {"log_softmax(x)", {1 - lse, 2 - lse, 4 - lse}},
      {"cumsum(x)", {1, 3, 7}},
      {"concat(x, b, c)", {1, 2, 4, 3, -1, 0.5}},
      {"argmax(x)", {3}},
      {"argmin(b)", {2}},
      {"size(X) + size(X, 2)", {8}},
      {"to_int(2.9)", {2}},
      {"to_real(k)", {2}},
      {"idiv(7, k)", {3}},
      {"abs(b)", {3, 1}},
      {"sign(b)", {1, -1}},
      {"logit(0.3)", {std::log(0.3 / 0.7)}},
      {"inv_logit(0.3)", {1 / (1 + std::exp(-0.3))}},
      {"log1m(0.3)", {std::log(0.7)}},
      {"log1p_exp(0.3)", {std::log1p(std::exp(0.3))}},
      {"log1m_exp(-0.3)", {std::log(1 - std::exp(-0.3))}},
      {"log_inv_logit(0.3)", {-std::log1p(std::exp(-0.3))}},
      {"log1m_inv_logit(0.3)", {-std::log1p(std::exp(0.3))}},
      {"log_diff_exp(2, 1)", {std::log(std::exp(2) - std::exp(1))}},
      {"inv_cloglog(0.3)", {1 - std::exp(-std::exp(0.3))}},
      {"relu(b)", {3, 0}},
      {"step(b)", {1, 0}},
      {"lbeta(2, 3)", {std::log(1.0 / 12)}},
      {"lchoose(5, 2)", {std::log(10)}},
      {"trigamma(1)", {std::pow(std::acos(-1.0), 2) / 6}},
      {"pow(2, 0.5)", {std::sqrt(2)}},
      {"fmax(c, 1) + fmin(c, 1)", {1.5}},
      {"log2(8) + log10(100) + exp2(3)", {13}},
      {"pi() - e()", {std::acos(-1.0) - std::exp(1.0)}},
      {"Phi(0) + inv_Phi(0.5) + erf(0) + erfc(0)", {1.5}},
      {"floor(1.7) + ceil(1.2) + round(1.6)", {5}},
      {"normal_logpdf(c, 0, 1)", {-0.125 - 0.5 * std::log(2 * std::acos(-1.0))}},
      {"normal_cdf(0, 0, 1)", {0.5}},
      {"dirichlet_logpdf(p, rep(1.0, N))", {std::log(2)}},
      {"categorical_logpmf(k, [0.25, 0.75])", {std::log(0.75)}},
  };
  for (const Row& row : rows)
    check(std::string(header) + "  predict r = " + row.expression + ";\n}", row.expected);
}

TEST_CASE("arrays that are defined element by element", "[check]") {
  const Row rows[] = {
      // recurrences: one lag, two lags, two arrays, several rows
      {"let r: real[N];\n r[1] = 1;\n for t in 2:N { r[t] = 2 * r[t-1] + x[t]; }", {1, 4, 12}},
      {"let r: real[5];\n r[1] = 1;\n r[2] = 1;\n for t in 3:5 { r[t] = r[t-1] + r[t-2]; }", {1, 1, 2, 3, 5}},
      {"let r: real[5];\n r[1:2] = [1, 1];\n for t in 3:5 { let s = r[t-1]; r[t] = s + r[t-2]; }",
       {1, 1, 2, 3, 5}},
      {"let r: real[N];\n let s: real[N];\n r[1] = 1;\n s[1] = r[1] + 1;\n for t in 2:N { r[t] = s[t-1]; "
       "s[t] = r[t] + r[t-1]; }",
       {1, 2, 3}},
      {"let r: real[N];\n for t in 1:N-1 { r[t+1] = 10 * t; }\n r[1] = 5;", {5, 10, 20}},
      {"let r: real[N, D];\n r[1] = b;\n for t in 2:N { r[t] = 2 * r[t-1] + X[t]; }", {3, -1, 9, 2, 23, 10}},
      {"let r: real[N, 2];\n r[1, 1] = 1;\n r[1, 2] = 2;\n for t in 2:N { r[t, 2] = r[t-1, 1]; r[t, 1] = "
       "r[t-1, 2]; }",
       {1, 2, 2, 1, 1, 2}},
      {"let r: real[D, N];\n for j in 1:D { r[j, 1] = b[j]; for t in 2:N { r[j, t] = r[j, t-1] + j; } }",
       {3, 4, 5, -1, 1, 3}},
      {"let r: real[D, N];\n for j in 1:D { r[j, 1] = b[j]; }\n for t in 2:N { for j in 1:D { r[j, t] = r[j, "
       "t-1] + j; } }",
       {3, 4, 5, -1, 1, 3}},
      {"let r: real[N];\n r[1] = 0;\n for t in 2:N { if (t == 2) { r[t] = r[t-1] + 7; } else { r[t] = r[t-1] "
       "* 2; } }",
       {0, 7, 14}},
      // plain loops, in either order of the axes
      {"let r: real[N, D];\n for i in 1:N, j in 1:D { r[i, j] = X[i, j] - i * j; }", {0, 0, 1, 0, 2, 0}},
      {"let r: real[N, D];\n for j in 1:D, i in 1:N { r[i, j] = X[i, j] - i * j; }", {0, 0, 1, 0, 2, 0}},
      {"let r: real[N, 2];\n for i in 1:N { r[i, 2] = x[i]; }\n for i in 1:N { r[i, 1] = i; }",
       {1, 1, 2, 2, 3, 4}},
      {"let r: real[N, 3];\n r[:, 1] = x;\n r[:, 2:3] = X[:, 1:2];", {1, 1, 2, 2, 3, 4, 4, 5, 6}},
      {"let r: real[N];\n r[N] = 9;\n r[1:N-1] = x[2:N];", {2, 4, 9}},
      {"let r: real;\n r = c + 1;", {1.5}},
      {"let r: real[N];\n for i in 1:N { let v: real[2]; v[1] = x[i]; v[2] = v[1] + 1; r[i] = sum(v); }",
       {3, 5, 9}},
      {"let r: real[N];\n for i in 1:N { let v: real[3]; v[1] = x[i]; for k2 in 2:3 { v[k2] = 2 * v[k2-1]; } "
       "r[i] = v[3]; }",
       {4, 8, 16}},
      // an array of a loop that is filled along with one from outside, read in the statements that fill it
      {"let r: real[N, D];\n for i in 1:N { let v: real[D]; for j in 1:D { v[j] = X[i, j] + 1; r[i, j] = 2 * "
       "v[j]; } }",
       {4, 6, 8, 10, 12, 14}},
      {"let r: real[N];\n for i in 1:N { let v: real[3]; let w: real[3]; v[1] = x[i]; w[1] = 0; for t in 2:3 "
       "{ v[t] = v[t-1] + w[t-1]; w[t] = v[t]; } r[i] = w[3]; }",
       {2, 4, 8}},
      {"let r: real[N];\n r[1] = 1;\n for t in 2:N { let v: real[D]; for j in 1:D { v[j] = r[t-1] * j; } "
       "r[t] = sum(v[j] + b[j] for j in 1:D); }",
       {1, 5, 17}},
  };
  for (const Row& row : rows)
    check(std::string(header) + row.expression + "\n  predict out = r;\n}", row.expected);
}

TEST_CASE("predictions in loops and functions", "[check]") {
  check(std::string(header) + "for i in 1:N { let h = x[i] + 1; predict q = h * c; }\n}", {1, 1.5, 2.5});
  check(std::string(header) +
            "for i in 1:N { let v: real[D]; for j in 1:D { v[j] = X[i, j] * c; predict q = v[j] + 1; } }\n}",
        {1.5, 2, 2.5, 3, 3.5, 4});
  check(std::string(header) + "for i in 1:N, j in 1:D { predict q[2] = [X[i, j], 0]; }\n}",
        {1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0});
  check(
      "fun ema(x: real[T], a: real): real[T] { let s: real[T]; s[1] = x[1]; for t in 2:T { s[t] = a * x[t] + "
      "(1 - a) * s[t-1]; } return s; }\n" +
          std::string(header) + "predict q = ema(x, c);\n}",
      {1, 1.5, 2.75});
  check("fun gap(a: real[N], b: real[N-1]): real = sum(a) - sum(b);\n" + std::string(header) +
            "predict q = gap(x, x[2:N]);\n}",
        {1});
  check("fun at(a: real[N], k: int<1, N>) = a[k];\nfun twice(v: real) = 2 * v;\n" + std::string(header) +
            "predict q = twice(at(b, k));\n}",
        {-2});
  check("dist tri(c: real): real { logpdf(x) { let d = x - c; return -d^2; } mean = c; }\n" +
            std::string(header) + "predict q = tri_logpdf(2, c) + tri_mean(c);\n}",
        {-1.75});
}
