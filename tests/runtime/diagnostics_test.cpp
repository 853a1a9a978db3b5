// Diagnostics and importance sampling on sequences and tails whose truth is known.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "runtime/inference/diagnostics/psis.h"
#include "runtime/inference/diagnostics/summaries.h"
#include "runtime/inference/diagnostics/verdict.h"
#include "runtime/kernels/rng.h"

using namespace elba::runtime;

namespace {

using Vector = std::vector<double>;

Vector autoregression(std::size_t n, double phi, std::uint64_t key) {
  Vector x(n);
  double state = normal(key, n) / std::sqrt(1 - phi * phi);
  for (std::size_t k = 0; k < n; ++k)
    x[k] = state = phi * state + normal(key, k);
  return x;
}

}  // namespace

TEST_CASE("effective size of an autoregression", "[runtime]") {
  for (const double phi : {0.0, 0.5, 0.9, -0.4}) {
    const double truth = 20000 * (1 - phi) / (1 + phi);
    double mean = 0;
    for (std::uint64_t key = 0; key < 5; ++key)
      mean += effective_size(autoregression(20000, phi, key)) / 5;
    INFO(phi);
    CHECK(mean == Approx(truth).epsilon(0.12));
  }
  const Vector x = autoregression(20000, 0.8, 7);
  CHECK(mean_error(x) == Approx(5 / std::sqrt(20000.0)).epsilon(0.15));
  CHECK(effective_size(Vector(100, 3.0)) == 100);
}

TEST_CASE("split R-hat tells drift from rest", "[runtime]") {
  Vector still = autoregression(1000, 0, 1), drifting = still;
  for (std::size_t k = 0; k < drifting.size(); ++k)
    drifting[k] += 0.003 * static_cast<double>(k);
  CHECK(split_rhat(still) < 1.01);
  CHECK(split_rhat(drifting) > 1.3);
  const Vector other = autoregression(1000, 0, 2), far(autoregression(1000, 0, 3));
  Vector shifted = far;
  for (double& v : shifted)
    v += 2;
  CHECK(split_rhat({still, other}) < 1.01);
  CHECK(split_rhat({still, shifted}) > 1.3);
  CHECK(split_rhat(Vector(100, 1.0)) == 1);
  CHECK(std::isnan(split_rhat(Vector{1, 2})));
}

TEST_CASE("selected quantiles are those of the sorted values", "[runtime]") {
  for (const std::size_t n : {1UL, 2UL, 3UL, 20UL, 101UL, 1000UL}) {
    Vector x(n);
    for (std::size_t k = 0; k < n; ++k)
      x[k] = std::floor(40 * std::sin(12.9898 * static_cast<double>(k * k + 1)));  // with ties
    Vector sorted = x;
    std::sort(sorted.begin(), sorted.end());
    const Vector p{0, 0.05, 0.05, 0.25, 0.5, 0.95, 1}, found = quantiles(x, {}, p);
    for (std::size_t j = 0; j < p.size(); ++j) {
      const double at = p[j] * static_cast<double>(n - 1);
      const auto low = static_cast<std::size_t>(at), high = std::min(low + 1, n - 1);
      CHECK(
          found[j] ==
          Approx(sorted[low] + (at - static_cast<double>(low)) * (sorted[high] - sorted[low])).margin(1e-9));
    }
  }
}

TEST_CASE("the error of a mean by batches", "[runtime]") {
  // x' = r x + e: the error of the mean is (1 + r) / (1 - r) times that of independent draws, in variance.
  const double r = 0.5;
  const Vector x = autoregression(40000, r, 11);
  const double plain = moments(x).sd / std::sqrt(static_cast<double>(x.size()));
  CHECK(batch_mean_error(x, 4) == Approx(plain * std::sqrt((1 + r) / (1 - r))).epsilon(0.15));
  CHECK(std::isnan(batch_mean_error(Vector{1}, 1)));
}

TEST_CASE("weighted moments and quantiles", "[runtime]") {
  const Vector x{5, 1, 4, 2, 3}, p{0, 0.25, 0.5, 0.9, 1};
  CHECK(quantiles(x, {}, p) == Vector{1, 2, 3, 4.6, 5});
  CHECK(quantiles(Vector{7}, {}, p) == Vector(5, 7));
  CHECK(moments(x).mean == Approx(3));
  CHECK(moments(x).sd == Approx(std::sqrt(2.5)));
  // A whole weight stands for as many copies, up to the n - 1 of the sd.
  const Vector doubled{5, 5, 1, 4, 4, 2, 3}, weights{2, 1, 2, 1, 1};
  CHECK(moments(x, weights).mean == Approx(moments(doubled).mean));
  CHECK(moments(x, Vector(5, 0.2)).sd == Approx(moments(x).sd));
  // Importance weights turn uniform draws into the law with density 2x: median sqrt(1/2), mean 2/3, sd
  // sqrt(1/18).
  Vector u(40000);
  fill_uniform(3, 0, u.size(), u.data());
  const Vector middle = quantiles(u, u, Vector{0.05, 0.5, 0.95});
  CHECK(middle[0] == Approx(std::sqrt(0.05)).margin(0.01));
  CHECK(middle[1] == Approx(std::sqrt(0.5)).margin(0.01));
  CHECK(middle[2] == Approx(std::sqrt(0.95)).margin(0.01));
  CHECK(moments(u, u).mean == Approx(2.0 / 3).margin(0.005));
  CHECK(moments(u, u).sd == Approx(std::sqrt(1.0 / 18)).margin(0.005));
  CHECK(weighted_mean_error(u, Vector(u.size(), 1), 0.5) ==
        Approx(std::sqrt(1.0 / 12 / 40000)).epsilon(0.02));
}

TEST_CASE("k-hat finds the shape of Pareto tails", "[runtime]") {
  for (const double k : {0.2, 0.5, 0.7, 1.0}) {
    double mean = 0;
    const int repeats = 20;
    for (int r = 0; r < repeats; ++r) {
      Vector ratios(10000);
      for (std::size_t j = 0; j < ratios.size(); ++j)
        ratios[j] = -k * std::log(uniform(static_cast<std::uint64_t>(r), j));  // Pareto of shape k
      mean += smooth_ratios(ratios).khat / repeats;
    }
    INFO(k);
    CHECK(mean == Approx(k).margin(0.06));
  }
  // Exceedances straight from the law, sigma too.
  Vector x(5000);
  for (std::size_t j = 0; j < x.size(); ++j)
    x[j] = 2 * (std::pow(uniform(9, j), -0.4) - 1) / 0.4;
  std::sort(x.begin(), x.end());
  CHECK(fit_pareto(x).k == Approx(0.4).margin(0.05));
  CHECK(fit_pareto(x).sigma == Approx(2).epsilon(0.06));
}

TEST_CASE("smoothed weights estimate a known evidence", "[runtime]") {
  // q = N(0, 1), p = 3 N(0.5, 0.9^2): log evidence log 3, mean 0.5.
  const std::size_t n = 4000;
  Vector u(n), ratios(n);
  fill_normal(4, 0, n, u.data());
  for (std::size_t k = 0; k < n; ++k) {
    const double z = (u[k] - 0.5) / 0.9;
    ratios[k] = std::log(3) - std::log(0.9) - 0.5 * z * z + 0.5 * u[k] * u[k];
  }
  const Smoothed smoothed = smooth_ratios(ratios);
  CHECK(smoothed.khat < 0.5);
  CHECK(smoothed.threshold == Approx(0.7));
  CHECK(smoothed.log_mean_ratio == Approx(std::log(3)).margin(0.05));
  Vector weights(n);
  double total = 0;
  for (std::size_t k = 0; k < n; ++k)
    total += weights[k] = std::exp(smoothed.log_weights[k]);
  CHECK(total == Approx(1));
  CHECK(moments(u, weights).mean == Approx(0.5).margin(0.05));
  CHECK(smoothed.effective_size > 2000);
  // A guide that is far too narrow.
  for (std::size_t k = 0; k < n; ++k)
    ratios[k] = -0.5 * 0.01 * u[k] * u[k] + 0.5 * u[k] * u[k];
  CHECK(smooth_ratios(ratios).khat > 0.7);
}

TEST_CASE("ratios that hardly vary are no heavy tail", "[runtime]") {
  // Cubes of normals have a heavy tail; scaled down to nothing they do not matter.
  Vector ratios(2000);
  for (const double scale : {0.3, 1e-3}) {
    for (std::size_t k = 0; k < ratios.size(); ++k)
      ratios[k] = scale * std::pow(normal(8, k), 3);
    const Smoothed smoothed = smooth_ratios(ratios);
    INFO(scale << " " << smoothed.effective_size);
    CHECK((smoothed.khat > smoothed.threshold) == (scale == 0.3));
  }
}

TEST_CASE("importance ratios at the edges", "[runtime]") {
  const double infinity = std::numeric_limits<double>::infinity();
  const Smoothed equal = smooth_ratios(Vector(500, -3.25));
  CHECK(equal.khat == 0);
  CHECK(equal.effective_size == Approx(500));
  CHECK(equal.log_mean_ratio == Approx(-3.25));
  Vector some(500);
  fill_normal(1, 0, 500, some.data());
  some[3] = -infinity;
  some[7] = std::numeric_limits<double>::quiet_NaN();
  const Smoothed lost = smooth_ratios(some);
  CHECK(std::isfinite(lost.khat));
  CHECK(lost.log_weights[3] == -infinity);
  CHECK(lost.log_weights[7] == -infinity);
  CHECK(std::isinf(smooth_ratios(Vector(500, -infinity)).khat));
  CHECK(std::isinf(smooth_ratios(Vector{1, 2, 3}).khat));
  CHECK(smooth_ratios(some).threshold == Approx(1 - 1 / std::log10(500.0)));
}

TEST_CASE("verdicts say what is wrong and what to try", "[runtime]") {
  Evidence good;
  good.khat = 0.3, good.importance_ess = 1500, good.draws = 2000, good.elbo = -31, good.elbo_se = 0.01;
  CHECK(judge(good).verdict == Verdict::trust);
  CHECK(!judge(good).reasons.empty());

  struct Case {
    const char* word;  // in some reason
    Verdict verdict;
    void (*change)(Evidence&);
  };
  const Case cases[] = {
      {"fullrank", Verdict::do_not_trust, [](Evidence& e) { e.khat = 0.9; }},
      {"centre", Verdict::do_not_trust, [](Evidence& e) { e.khat = 0.9, e.is_fullrank = true; }},
      {"finite", Verdict::do_not_trust, [](Evidence& e) { e.stop = Stop::diverged; }},
      {"interrupted", Verdict::do_not_trust, [](Evidence& e) { e.stop = Stop::cancelled; }},
      {"time", Verdict::caution, [](Evidence& e) { e.stop = Stop::seconds; }},
      {"iterations", Verdict::caution, [](Evidence& e) { e.stop = Stop::iterations; }},
      {"iterations", Verdict::do_not_trust, [](Evidence& e) { e.stop = Stop::iterations, e.khat = 0.9; }},
      {"time", Verdict::do_not_trust, [](Evidence& e) { e.stop = Stop::seconds, e.importance_ess = 20; }},
      {"theta[1]", Verdict::caution, [](Evidence& e) { e.mean_gap = 0.5, e.mean_gap_name = "theta[1]"; }},
      {"tau", Verdict::caution, [](Evidence& e) { e.sd_ratio = 1.6, e.sd_ratio_name = "tau"; }},
      {"draws", Verdict::caution, [](Evidence& e) { e.importance_ess = 40; }},
      {"finite", Verdict::caution, [](Evidence& e) { e.draws_lost = 0.01; }},
      {"ELBO", Verdict::do_not_trust, [](Evidence& e) { e.elbo = std::numeric_limits<double>::quiet_NaN(); }},
      {"frozen", Verdict::caution, [](Evidence& e) { e.frozen_error = 0.4; }},
  };
  for (const Case& c : cases) {
    Evidence evidence = good;
    c.change(evidence);
    const elba::Assessment judgement = judge(evidence);
    INFO(c.word);
    CHECK(judgement.verdict == c.verdict);
    bool found = false;
    for (const elba::Reason& reason : judgement.reasons)
      found = found || reason.text.find(c.word) != std::string::npos;
    CHECK(found);
  }
  CHECK(judge_mode(Stop::converged, 1e-6, 1e-12).verdict == Verdict::trust);
  CHECK(judge_mode(Stop::stalled, 1e-6, 1e-9).verdict == Verdict::trust);
  CHECK(judge_mode(Stop::stalled, 10, 5).verdict == Verdict::caution);
  // What the rounding of a sum of 1e5 terms leaves.
  CHECK(judge_mode(Stop::stalled, 1, 5e-6, -6e4).verdict == Verdict::trust);
  CHECK(judge_mode(Stop::stalled, 1, 5e-6, -6).verdict == Verdict::caution);
  CHECK(judge_mode(Stop::diverged, 10, 5).verdict == Verdict::do_not_trust);
  CHECK(std::string(verdict_name(Verdict::do_not_trust)) == "do_not_trust");
}
