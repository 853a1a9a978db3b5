// Loops whose ranges follow from data or from outer loops, values and groups of rows: each model against
// direct sums. Several hold traps: what an iteration that does not exist would compute is nan or infinite, or
// reads out of range.
#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "api/elba.hpp"
#include "support/render.h"
#include "tests/check/direct_sums.h"

namespace elba::test::direct {

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

}  // namespace elba::test::direct
