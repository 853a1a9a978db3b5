// Loops whose ranges follow from data or from outer loops, values and groups of rows, recurrences in either
// direction: each model against the same sums in C++, compiled and interpreted, and the gradient against
// differences of them. Several hold traps: what an iteration that does not exist would compute is nan or
// infinite, or reads out of range.
#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>
#include <numbers>
#include <random>

#include "api/elba.hpp"
#include "frontend/frontend.h"
#include "ir/interpret.h"
#include "ir/verify.h"
#include "passes/passes.h"
#include "support/render.h"

namespace {

using elba::ir::Tensor;
using Json = nlohmann::json;
using Vector = std::vector<double>;

void flatten(const Json& json, Tensor& tensor, std::size_t depth) {
  if (!json.is_array()) {
    tensor.values.push_back(json.get<double>());
    return;
  }
  if (tensor.shape.size() == depth) tensor.shape.push_back(static_cast<std::int64_t>(json.size()));
  for (const Json& part : json)
    flatten(part, tensor, depth + 1);
}

double interpreted(const std::string& text, const Json& data,
                   const std::map<std::string, std::int64_t>& sizes, const Vector& u) {
  auto result = elba::compile_frontend(elba::Source("m.elba", text));
  REQUIRE(result.ok());
  auto module = *result.module;
  for (const char* pass : {"inline_calls", "constrain"})
    module = elba::passes::find_pass(pass)->run(std::move(module));
  const auto broken = elba::ir::verify(module);
  REQUIRE((broken.empty() ? std::string() : broken.front()) == "");
  const auto* func = module.find("log_joint");
  std::vector<Tensor> arguments;
  for (const auto& param : func->params) {
    if (data.contains(param.name)) {
      Tensor tensor;
      tensor.scalar = func->type(param.value).scalar;
      flatten(data[param.name], tensor, 0);
      arguments.push_back(std::move(tensor));
    } else {
      arguments.push_back(func->type(param.value).shape.empty() ? Tensor::real(1)
                                                                : Tensor::vector(Vector(u)));
    }
  }
  auto all = sizes;
  elba::ir::complete_sizes(module, all);
  const auto value = elba::ir::interpret(module, "log_joint", arguments, all);
  if (!value) FAIL(value.diagnostics().front().message);
  return (*value)[0].values[0];
}

// `expected` is the log density up to a constant, in unconstrained coordinates with the Jacobian. Unknowns of
// these models are real.
void agree(const std::string& text, const std::string& data_text,
           const std::map<std::string, std::int64_t>& sizes, const Vector& u,
           const std::function<double(const Vector&)>& expected) {
  INFO(text);
  auto program = elba::Program::compile(text, {});
  for (const auto& diagnostic : program.diagnostics())
    UNSCOPED_INFO(diagnostic.message);
  REQUIRE(program);
  auto data = elba::Data::from_json(data_text);
  REQUIRE(data);
  auto bound = program->bind(*data);
  for (const auto& diagnostic : bound.diagnostics())
    UNSCOPED_INFO(diagnostic.message);
  REQUIRE(bound);
  auto workspace = bound->workspace();
  REQUIRE(workspace);
  REQUIRE(bound->dimension() == u.size());
  Vector gradient(u.size());
  double value = 0;
  REQUIRE(bound->log_density(**workspace, u, true, value, gradient));
  CHECK(value == Approx(expected(u)).epsilon(1e-10).margin(1e-10));
  CHECK(interpreted(text, Json::parse(data_text), sizes, u) == Approx(value).epsilon(1e-10).margin(1e-10));
  for (std::size_t k = 0; k < u.size(); ++k) {
    const double h = 1e-5;
    Vector up = u, down = u;
    up[k] += h;
    down[k] -= h;
    INFO("coordinate " << k);
    CHECK(gradient[k] == Approx((expected(up) - expected(down)) / (2 * h)).epsilon(1e-6).margin(1e-6));
  }
}

double normal(double x, double m, double s) {
  return -0.5 * (x - m) * (x - m) / (s * s) - std::log(s) - 0.5 * std::log(2 * std::numbers::pi);
}
double standard(const Vector& u) {
  double total = 0;
  for (double v : u)
    total += normal(v, 0, 1);
  return total;
}
double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double bernoulli(int y, double p) { return y == 1 ? std::log(p) : std::log1p(-p); }
double log_add(double a, double b) {
  return a > b ? a + std::log1p(std::exp(b - a)) : b + std::log1p(std::exp(a - b));
}

}  // namespace

TEST_CASE("ragged loops are loops over the hull under a condition", "[check]") {
  const char* const lows[] = {"1", "i", "max(1, i - 2)", "start[i]", "i + 1"};
  const char* const highs[] = {"N", "i", "min(N, i + 1)", "len[i]", "i - 1"};
  const char* const bodies[] = {"z[j] * x[i]", "sin(z[i] - z[j])", "square(z[j]) / (1 + x[i]^2)",
                                "z[i] * Y[i, j] + a", "exp(a * z[j])"};
  const std::string head =
      "model m {\n  dim N;\n  data x: real[N];\n  data Y: real[N, N];\n  data start: int<1, N>[N];\n  data "
      "len: int<0, N>[N];\n  latent a ~ normal(0, 1);\n  latent z[N] ~ "
      "normal(0, 1);\n";
  auto data = elba::Data::from_json(
      R"({"x": [0.5, -1, 2, 1], "Y": [[1, 2, 3, 4], [4, 5, 6, 7], [7, 8, 9, 1], [2, 2, 1, 0]], )"
      R"("start": [2, 1, 4, 3], "len": [0, 4, 2, 3]})");
  REQUIRE(data);
  const auto evaluate = [&](const std::string& text) {
    INFO(text);
    auto program = elba::Program::compile(text, {});
    for (const auto& diagnostic : program.diagnostics())
      UNSCOPED_INFO(diagnostic.message);
    REQUIRE(program);
    auto bound = program->bind(*data);
    REQUIRE(bound);
    auto workspace = bound->workspace();
    Vector u = {0.3, 0.1, -0.4, 0.9, 1.3}, gradient(5);
    double value = 0;
    REQUIRE(bound->log_density(**workspace, u, true, value, gradient));
    gradient.push_back(value);
    return gradient;
  };
  std::mt19937 random(5);
  const auto pick = [&](const auto& list) { return std::string(list[random() % std::size(list)]); };
  for (int k = 0; k < 24; ++k) {
    const std::string low = pick(lows), body = pick(bodies);
    std::string high = pick(highs);
    if (low == "i + 1" && high == "i - 1") high = "N";  // of a negative length, which is refused
    const std::string inside = "j >= " + low + " && j <= " + high;
    std::string ragged, whole;
    switch (k % 4) {
      case 0:
        ragged = "  factor sum(" + body + " for i in 1:N, j in (" + low + "):(" + high + "));\n";
        whole = "  factor sum(" + inside + " ? " + body + " : 0 for i in 1:N, j in 1:N);\n";
        break;
      case 1:
        ragged = "  for i in 1:N, j in (" + low + "):(" + high + ") { let e = " + body +
                 "; factor e * e; Y[i, j] ~ normal(e, 1); }\n";
        whole = "  for i in 1:N, j in 1:N { let e = " + body + "; factor " + inside +
                " ? e * e + normal_logpdf(Y[i, j], e, 1) : 0; }\n";
        break;
      case 2:
        ragged = "  let s: real[N, N];\n  for i in 1:N { for j in (" + low + "):(" + high +
                 ") { s[i, j] = " + body + "; } }\n  factor sum(square(s));\n";
        // They do not cover all columns.
        if (low == "i + 1" || high == "i - 1")
          ragged = whole = "  factor a;\n";
        else
          whole = "  factor sum(square(" + inside + " ? " + body + " : 0) for i in 1:N, j in 1:N);\n";
        break;
      default:
        ragged = "  for i in 1:N { if (x[i] > 0) { factor prod(" + body + " for j in (" + low + "):(" + high +
                 ")); } }\n";
        whole = "  for i in 1:N { factor x[i] > 0 ? prod(" + inside + " ? " + body +
                " : 1 for j in 1:N) : 0; }\n";
    }
    const Vector one = evaluate(head + ragged + "}"), other = evaluate(head + whole + "}");
    INFO(ragged << whole);
    for (std::size_t c = 0; c < one.size(); ++c)
      CHECK(one[c] == Approx(other[c]).epsilon(1e-10).margin(1e-10));
  }
}

TEST_CASE("triangular ranges", "[check]") {
  agree(R"(model m {
  dim N;
  data x: real[N];
  data y: real[N, N];
  latent a ~ normal(0, 1);
  latent z[N] ~ normal(0, 1);
  for i in 1:N, j in 1:i { y[i, j] ~ normal(a * x[j] + z[i], 1); }
  factor -0.1 * sum(sqrt(square(z[i] - z[j])) for i in 1:N, j in (i+1):N);
  for i in 1:N { factor sum(z[i] * x[i - j] for j in 1:(i-1)); }
})",
        R"({"x": [0.5, -1, 2], "y": [[1, 2, 3], [4, 5, 6], [7, 8, 9]]})", {{"N", 3}}, {0.3, 0.1, -0.4, 0.9},
        [](const Vector& u) {
          const double x[] = {0.5, -1, 2};
          double total = standard(u);
          for (int i = 0; i < 3; ++i) {
            for (int j = 0; j <= i; ++j)
              total += normal(3 * i + j + 1, u[0] * x[j] + u[1 + i], 1);
            for (int j = i + 1; j < 3; ++j)
              total -= 0.1 * std::fabs(u[1 + i] - u[1 + j]);
            for (int j = 1; j <= i; ++j)
              total += u[1 + i] * x[i - j];
          }
          return total;
        });
}

TEST_CASE("ragged panels, observed and filtered", "[check]") {
  agree(R"(model m {
  dim N, T;
  data len: int<1, T>[N];
  data y: real[N, T];
  latent phi ~ normal(0, 1);
  for i in 1:N { for t in 2:len[i] { y[i, t] ~ normal(phi * y[i, t-1], 1); } }
  let m: real[N, T];
  for i in 1:N {
    m[i, 1] = phi;
    for t in 2:len[i] { m[i, t] = 0.5 * m[i, t-1] + sin(phi * y[i, t]); }
  }
  factor sum(square(m[i, t]) for i in 1:N, t in 1:len[i]) + mean(m[i, t] * t for i in 1:N, t in 1:len[i]);
  factor sum(m);
})",
        R"({"len": [3, 1, 2], "y": [[1, 2, 3], [4, 5, 6], [7, 8, 9]]})", {{"N", 3}, {"T", 3}}, {0.3},
        [](const Vector& u) {
          const int length[] = {3, 1, 2};
          double total = standard(u), weighted = 0, count = 0;
          for (int i = 0; i < 3; ++i) {
            double m = u[0];
            for (int t = 0; t < length[i]; ++t) {
              const double y = 3 * i + t + 1;
              if (t > 0) total += normal(y, u[0] * (y - 1), 1);
              if (t > 0) m = 0.5 * m + std::sin(u[0] * y);
              total += m * m + m;
              weighted += m * (t + 1);
              ++count;
            }
          }
          return total + weighted / count;
        });
}

TEST_CASE("what an iteration that does not exist would compute stays out", "[check]") {
  // scale[1] is an empty sum: log(0), 1 / sqrt(0) and their derivatives are infinite there. n = 0 is log(0)
  // under a condition. x[t - lag[i]] would read x[0].
  agree(R"(model m {
  dim N;
  data n: int<0, N>[N];
  data y: real[N];
  data lag: int<0, N>[N];
  latent a ~ normal(0, 1);
  latent z[N] ~ normal(0, 1);
  let scale = [sum(square(z[j]) for j in 1:(i-1)) for i in 1:N];
  for i in 1:N, j in 1:(i-1) { factor z[j] / sqrt(scale[i]) + log(scale[i]); }
  for i in 1:N { if (n[i] > 0) { y[i] ~ normal(a * log(n[i]), 1); factor a / n[i]; } }
  for i in 1:N, t in (lag[i]+1):N { factor 0.1 * z[t - lag[i]] * y[t]; }
  factor -log_sum_exp(z[j] for i in 1:N, j in i:(n[i] + i - n[i]));
  factor max(z[j] for j in 1:n[1]) > -inf() ? 1 : a;
})",
        R"({"n": [0, 3, 1, 2], "y": [1, 2, 0.5, -1], "lag": [2, 0, 4, 1]})", {{"N", 4}},
        {0.3, 0.1, -0.4, 0.9, 1.2}, [](const Vector& u) {
          const int n[] = {0, 3, 1, 2}, lag[] = {2, 0, 4, 1};
          const double y[] = {1, 2, 0.5, -1};
          double total = standard(u) + u[0], all = -INFINITY;
          for (int i = 0; i < 4; ++i) {
            double scale = 0;
            for (int j = 0; j < i; ++j)
              scale += u[1 + j] * u[1 + j];
            for (int j = 0; j < i; ++j)
              total += u[1 + j] / std::sqrt(scale) + std::log(scale);
            if (n[i] > 0) total += normal(y[i], u[0] * std::log(n[i]), 1) + u[0] / n[i];
            for (int t = lag[i]; t < 4; ++t)
              total += 0.1 * u[1 + t - lag[i]] * y[t];
            all = log_add(all, u[1 + i]);
          }
          return total - all;
        });
}

TEST_CASE("values and groups of rows", "[check]") {
  agree(R"(model m {
  dim N, J, M;
  data g: int<1, J>[N];
  data x: real[N];
  data rows: int<1, N>[M];
  latent b[N] ~ normal(0, 1);
  for i in rows { x[i] ~ normal(b[i], 2); }
  let s = [sum(b[i] * x[i] for i in rows_of(g, j)) for j in 1:J];
  let m = group_mean(b, g);
  let l = group_log_sum_exp(b .* x, g);
  let c = group_count(g);
  factor -0.1 * sum(square(s)) + sum(l[g]) + sum(m[g])
    + 0.1 * sum(group_prod(b, g)) + sum(square(group_sum(b, g)) .* c);
  let top = group_max(b, g);
  let bottom = group_min(b, g);
  factor sum(top[g]) - 2 * sum(bottom[g]);
  for j in 1:J { for i in rows_of(g, j) { factor sin(b[i] * j); x[i] ~ normal(b[i], j); } }
  factor mean(b[i] for i in rows) + max(b[i] for i in rows_of(g, 3));
})",
        R"({"J": 4, "g": [1, 3, 1, 4, 3, 3], "x": [1, 2, 3, 4, 5, 0.5], "rows": [2, 4, 5]})",
        {{"N", 6}, {"J", 4}, {"M", 3}}, {0.3, -0.2, 0.7, 1.1, 0.4, -0.9}, [](const Vector& b) {
          const int g[] = {1, 3, 1, 4, 3, 3}, rows[] = {2, 4, 5};
          const double x[] = {1, 2, 3, 4, 5, 0.5};
          double total = standard(b);
          for (int i : rows)
            total += normal(x[i - 1], b[i - 1], 2) + b[i - 1] / 3;
          for (int j = 1; j <= 4; ++j) {
            double weighted = 0, sum = 0, count = 0, lse = -INFINITY, top = -INFINITY, bottom = INFINITY,
                   product = 1;
            for (int i = 0; i < 6; ++i) {
              if (g[i] != j) continue;
              weighted += b[i] * x[i];
              sum += b[i];
              ++count;
              lse = log_add(lse, b[i] * x[i]);
              top = std::max(top, b[i]);
              bottom = std::min(bottom, b[i]);
              product *= b[i];
              total += std::sin(b[i] * j) + normal(x[i], b[i], j);
            }
            total += -0.1 * weighted * weighted + 0.1 * product + sum * sum * count;
            if (count > 0) total += count * (lse + sum / count + top - 2 * bottom);
            if (j == 3) total += top;
          }
          return total;
        });
}

TEST_CASE("windows and slices of data", "[check]") {
  // A nearest-neighbour process with fewer neighbours at the start; sequences by their first and last rows.
  agree(R"(model m {
  dim N, S;
  data x: real[N];
  data start: int<1, N>[S];
  data stop: int<0, N>[S];
  latent f[N];
  latent a ~ normal(0, 1);
  f[1] ~ normal(0, 1);
  for i in 2:N { f[i] ~ normal(mean(f[j] * exp(-abs(x[i] - x[j])) for j in max(1, i-2):(i-1)), 1); }
  for s in 1:S, i in start[s]:stop[s] { x[i] ~ normal(a * s, 1); }
  for s in 1:S { factor sum(f[start[s]:stop[s]]) * mean(x[j] + a for j in start[s]:min(N, start[s] + 1)); }
})",
        R"({"x": [0.1, 0.5, -0.3, 0.8, 1.1], "start": [1, 3, 4], "stop": [2, 5, 3]})", {{"N", 5}, {"S", 3}},
        {0.3, -0.2, 0.7, 1.1, 0.4, -0.9}, [](const Vector& u) {
          const double x[] = {0.1, 0.5, -0.3, 0.8, 1.1}, a = u[5];
          const int start[] = {1, 3, 4}, stop[] = {2, 5, 3};
          double total = normal(a, 0, 1) + normal(u[0], 0, 1);
          for (int i = 1; i < 5; ++i) {
            double sum = 0, count = 0;
            for (int j = std::max(0, i - 2); j < i; ++j, ++count)
              sum += u[j] * std::exp(-std::fabs(x[i] - x[j]));
            total += normal(u[i], sum / count, 1);
          }
          for (int s = 0; s < 3; ++s) {
            double sum = 0, near = 0;
            for (int i = start[s] - 1; i < stop[s]; ++i) {
              total += normal(x[i], a * (s + 1), 1);
              sum += u[i];
            }
            for (int j = start[s] - 1; j <= start[s]; ++j)
              near += (x[j] + a) / 2;
            total += sum * near;
          }
          return total;
        });
}

TEST_CASE("recurrences that run backwards", "[check]") {
  agree(R"(model m {
  dim T;
  data y: real[T];
  latent r ~ normal(0, 1);
  let b: real[T];
  b[T] = y[T];
  for t in 1:(T-1) { b[t] = y[t] + r * b[t+1]; }
  let c: real[T];
  c[T] = y[T];
  for t in 1:(T-1) { c[T - t] = y[T - t] + r * sin(c[T - t + 1]); }
  let d: real[T, 2];
  d[T, 1] = 1;
  d[T-1, 1] = r;
  d[T, 2] = 2;
  d[T-1, 2] = 3;
  for t in 1:(T-2) { for k in 1:2 { d[t, k] = r * d[t+2, k] + y[k] * d[t+1, 3 - k]; } }
  factor sum(square(b)) + sum(c .* y) + sum(d);
})",
        R"({"y": [1, 2, 3, -0.5]})", {{"T", 4}}, {0.4}, [](const Vector& u) {
          const double y[] = {1, 2, 3, -0.5}, r = u[0];
          double b = y[3], c = y[3], total = standard(u) + b * b + c * y[3];
          double d[4][2] = {{0, 0}, {0, 0}, {r, 3}, {1, 2}};
          for (int t = 2; t >= 0; --t) {
            b = y[t] + r * b;
            c = y[t] + r * std::sin(c);
            total += b * b + c * y[t];
          }
          for (int t = 1; t >= 0; --t)
            for (int k = 0; k < 2; ++k)
              d[t][k] = r * d[t + 2][k] + y[k] * d[t + 1][1 - k];
          for (const auto& row : d)
            total += row[0] + row[1];
          return total;
        });
}

TEST_CASE("latents and arrays that read each other in one loop", "[check]") {
  agree(R"(model m {
  dim T;
  data y: real[T];
  latent r ~ normal(0, 1);
  let x: real[T];
  let p: real[T];
  x[1] = 0.2;
  p[1] = 1;
  for t in 2:T {
    latent e ~ normal(x[t-1], sqrt(p[t-1]));
    x[t] = 0.5 * x[t-1] + e * r;
    p[t] = 0.5 + square(x[t]) / (1 + p[t-1]);
  }
  y ~ normal(x, 1);
})",
        R"({"y": [1, 2, 3]})", {{"T", 3}}, {0.4, 0.7, -0.3}, [](const Vector& u) {
          double x = 0.2, p = 1, total = normal(u[0], 0, 1) + normal(1, x, 1);
          for (int t = 1; t < 3; ++t) {
            total += normal(u[static_cast<std::size_t>(t)], x, std::sqrt(p));
            x = 0.5 * x + u[static_cast<std::size_t>(t)] * u[0];
            p = 0.5 + x * x / (1 + p);
            total += normal(t + 1, x, 1);
          }
          return total;
        });
}

TEST_CASE("capture and recapture with first and last occasions", "[check]") {
  // Cormack-Jolly-Seber: chi[t] is the probability not to be seen after t.
  agree(
      R"(model cjs {
  dim I, T;
  data y: int<0, 1>[I, T];
  data first: int<1, T>[I];
  data last: int<0, T>[I];
  latent a ~ normal(0, 1);
  latent b ~ normal(0, 1);
  let phi = inv_logit(a);
  let p = inv_logit(b);
  let chi: real[T];
  chi[T] = 1;
  for t in 1:(T-1) { chi[T - t] = 1 - phi + phi * (1 - p) * chi[T - t + 1]; }
  for i in 1:I {
    for t in (first[i]+1):last[i] {
      factor log(phi);
      y[i, t] ~ bernoulli(p);
    }
    if (last[i] > 0) { factor log(chi[max(1, last[i])]); }
  }
})",
      R"({"y": [[1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 0], [0, 1, 1, 1]], "first": [1, 2, 4, 2], "last": [3, 2, 0, 4]})",
      {{"I", 4}, {"T", 4}}, {0.4, -0.3}, [](const Vector& u) {
        const int y[4][4] = {{1, 0, 1, 0}, {0, 1, 0, 0}, {0, 0, 0, 0}, {0, 1, 1, 1}}, first[] = {1, 2, 4, 2},
                  last[] = {3, 2, 0, 4};
        const double phi = sigmoid(u[0]), p = sigmoid(u[1]);
        double chi[4], total = standard(u);
        chi[3] = 1;
        for (int t = 2; t >= 0; --t)
          chi[t] = 1 - phi + phi * (1 - p) * chi[t + 1];
        for (int i = 0; i < 4; ++i) {
          for (int t = first[i] + 1; t <= last[i]; ++t)
            total += std::log(phi) + bernoulli(y[i][t - 1], p);
          if (last[i] > 0) total += std::log(chi[last[i] - 1]);
        }
        return total;
      });
}

TEST_CASE("Kalman filter, forward algorithm, run lengths", "[check]") {
  agree(R"(model kalman {
  dim T;
  data y: real[T];
  latent a ~ normal(0, 1);
  latent s ~ normal(0, 1);
  let m: real[T];
  let P: real[T];
  let v: real[T];
  let F: real[T];
  v[1] = y[1];
  F[1] = 2;
  m[1] = v[1] / 2;
  P[1] = 0.5;
  for t in 2:T {
    v[t] = y[t] - a * m[t-1];
    F[t] = a^2 * P[t-1] + exp(s) + 1;
    m[t] = a * m[t-1] + (F[t] - 1) / F[t] * v[t];
    P[t] = (F[t] - 1) / F[t];
  }
  for t in 1:T { factor normal_logpdf(v[t], 0, sqrt(F[t])); }
})",
        R"({"y": [1, 0.5, -1, 0.3]})", {{"T", 4}}, {0.6, -0.4}, [](const Vector& u) {
          const double y[] = {1, 0.5, -1, 0.3};
          double v = y[0], F = 2, m = v / 2, P = 0.5, total = standard(u) + normal(v, 0, std::sqrt(F));
          for (int t = 1; t < 4; ++t) {
            v = y[t] - u[0] * m;
            F = u[0] * u[0] * P + std::exp(u[1]) + 1;
            m = u[0] * m + (F - 1) / F * v;
            P = (F - 1) / F;
            total += normal(v, 0, std::sqrt(F));
          }
          return total;
        });
  // A hidden chain in matrix form, and a table whose entries read the entry before in both axes.
  agree(R"(model chain {
  dim T, K;
  data y: real[T];
  data len: int<1, T>;
  latent mu[K] ~ normal(0, 1);
  latent stay ~ normal(0, 1);
  let G = [k == j ? log_inv_logit(stay) : log1m_inv_logit(stay) - log(K - 1) for k in 1:K, j in 1:K];
  let a: real[T, K];
  for k in 1:K { a[1, k] = normal_logpdf(y[1], mu[k], 1); }
  for t in 2:len {
    for k in 1:K { a[t, k] = log_sum_exp(a[t-1, j] + G[j, k] for j in 1:K) + normal_logpdf(y[t], mu[k], 1); }
  }
  factor log_sum_exp(a[len, :]);
  let R: real[T, T];
  for r in 1:T { R[1, r] = r == 1 ? 1 : 0; }
  for t in 2:T {
    R[t, 1] = 0.3;
    for r in 2:T { R[t, r] = 0.5 * R[t-1, r-1] + 0.1 * R[t, r-1] * stay; }
  }
  factor sum(square(R));
})",
        R"({"y": [1, 0.5, -1, 0.3], "len": 3, "K": 3})", {{"T", 4}, {"K", 3}}, {0.6, -0.4, 0.2, 0.5},
        [](const Vector& u) {
          const double y[] = {1, 0.5, -1, 0.3}, stay = sigmoid(u[3]);
          double a[3], R[4][4] = {{1, 0, 0, 0}}, total = standard(u);
          for (int k = 0; k < 3; ++k)
            a[k] = normal(y[0], u[static_cast<std::size_t>(k)], 1);
          for (int t = 1; t < 3; ++t) {
            double next[3];
            for (int k = 0; k < 3; ++k) {
              next[k] = -INFINITY;
              for (int j = 0; j < 3; ++j)
                next[k] = log_add(next[k], a[j] + std::log(j == k ? stay : (1 - stay) / 2));
              next[k] += normal(y[t], u[static_cast<std::size_t>(k)], 1);
            }
            std::copy(next, next + 3, a);
          }
          total += log_add(log_add(a[0], a[1]), a[2]) + 1;
          for (int t = 1; t < 4; ++t) {
            R[t][0] = 0.3;
            for (int r = 1; r < 4; ++r)
              R[t][r] = 0.5 * R[t - 1][r - 1] + 0.1 * R[t][r - 1] * u[3];
            for (double v : R[t])
              total += v * v;
          }
          return total;
        });
}

TEST_CASE("longer lags, first values by condition, recurrences within groups of a long table", "[check]") {
  agree(R"(model m {
  dim N, T;
  data g: int<1, 9>[N];
  data y: real[N];
  data z: real[T];
  latent a ~ normal(0, 1);
  latent th ~ normal(0, 1);
  let s: real[N];
  s[1] = y[1];
  for i in 2:N { s[i] = g[i] == g[i-1] ? a * s[i-1] + y[i] : y[i]; }
  let e: real[T];
  for t in 1:4 { e[t] = z[t]; }
  for t in 5:T { e[t] = z[t] - a * z[t-1] - th * e[t-1] - 0.3 * e[t-4] + 0.2 * a * e[t-3]; }
  factor sum(s) - sum(square(e));
})",
        R"({"g": [1, 1, 2, 2, 2], "y": [1, 2, 3, -1, 0.5], "z": [1, 2, 0, 1, 3, -1, 2]})",
        {{"N", 5}, {"T", 7}}, {0.6, -0.4}, [](const Vector& u) {
          const int g[] = {1, 1, 2, 2, 2};
          const double y[] = {1, 2, 3, -1, 0.5}, z[] = {1, 2, 0, 1, 3, -1, 2};
          double s = 0, e[7], total = standard(u);
          for (int i = 0; i < 5; ++i) {
            s = i > 0 && g[i] == g[i - 1] ? u[0] * s + y[i] : y[i];
            total += s;
          }
          for (int t = 0; t < 7; ++t) {
            e[t] = t < 4 ? z[t]
                         : z[t] - u[0] * z[t - 1] - u[1] * e[t - 1] - 0.3 * e[t - 4] + 0.2 * u[0] * e[t - 3];
            total -= e[t] * e[t];
          }
          return total;
        });
}
