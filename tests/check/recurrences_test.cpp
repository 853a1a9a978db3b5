// Recurrences in either direction, filters and occasions: each model against direct sums. Several hold traps:
// what an iteration that does not exist would compute is nan or infinite, or reads out of range.
#include <catch2/catch.hpp>
#include <cmath>

#include "tests/check/direct_sums.h"

namespace elba::test::direct {

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

}  // namespace elba::test::direct
