#include "runtime/inference/variational/assess.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "runtime/inference/diagnostics/psis.h"
#include "runtime/inference/diagnostics/summaries.h"
#include "runtime/inference/noise.h"
#include "runtime/inference/variational/quadrature.h"
#include "runtime/inference/vectors.h"
#include "runtime/kernels/rng.h"
#include "support/elementary.h"

namespace elba::runtime {

namespace {

constexpr std::uint64_t elbo_stream = 21, draw_stream = 22, resample_stream = 23;
constexpr std::size_t least_draws = 100;  // however late it is
constexpr double small_error = 3e-5;
constexpr std::size_t most_elbo_draws = 32'000;
constexpr double min_effective = 100;  // fewer cannot tell a guide's moments from the posterior's

// Systematic resampling: which row stands at (k + u) / n of the weights' cumulative sum, in place of row k.
std::vector<std::size_t> resampled(std::span<const double> weights, double offset) {
  const std::size_t n = weights.size();
  std::vector<std::size_t> out;
  out.reserve(n);
  double reached = 0;
  std::size_t source = 0;
  for (std::size_t k = 0; k < n; ++k) {
    const double place = (static_cast<double>(k) + offset) / static_cast<double>(n);
    while (source + 1 < n && reached + weights[source] < place)
      reached += weights[source++];
    out.push_back(source);
  }
  return out;
}

std::vector<double> chosen(const std::vector<double>& rows, std::size_t width,
                           const std::vector<std::size_t>& which) {
  std::vector<double> out;
  out.reserve(which.size() * width);
  for (const std::size_t row : which)
    out.insert(out.end(), rows.begin() + static_cast<std::ptrdiff_t>(row * width),
               rows.begin() + static_cast<std::ptrdiff_t>((row + 1) * width));
  return out;
}

// Of one or two normals of noise the expectation is a sum over a grid (the trapezoid rule, whose error falls
// faster than any power of the step for smooth functions); the sum over every other point has the same, and
// tells the error.
Expectation grid_mean(const FitProblem& problem, const std::vector<double>& phi, std::int64_t& evaluations) {
  constexpr double reach = 9;
  const auto dimension = static_cast<int>(problem.parameters->noise_size);
  const int half = dimension == 1 ? 180 : 32;  // even, so that both grids hold the origin
  const double step = reach / half;
  std::vector<double> gradient(problem.parameters->size), noise(problem.parameters->noise_size);
  double fine = 0, coarse = 0, fine_weight = 0, coarse_weight = 0;
  for (int i = -half; i <= half; ++i)
    for (int j = dimension == 2 ? -half : 0; j <= (dimension == 2 ? half : 0); ++j) {
      noise[0] = i * step;
      if (dimension == 2) noise[1] = j * step;
      const double weight = math::exp(-0.5 * dot(noise.data(), noise.data(), noise.size()));
      double value = 0;
      ++evaluations;
      if (!problem.elbo(phi.data(), noise.data(), value, gradient.data()) || !std::isfinite(value)) {
        if (weight > 1e-12)
          return {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()};
        continue;
      }
      fine += weight * value;
      fine_weight += weight;
      if (i % 2 == 0 && j % 2 == 0) coarse += weight * value, coarse_weight += weight;
    }
  const double mean = fine / fine_weight;
  return {mean, std::fabs(mean - coarse / coarse_weight) + 1e-14 * std::fabs(mean)};
}

}  // namespace

void estimate_elbo(const FitProblem& problem, const FitOptions& options, const Deadline& deadline,
                   FitResult& result, Evidence& evidence) {
  const std::uint64_t key = fold_key(options.seed, elbo_stream);
  const std::size_t dimension = problem.parameters->takes_fixed_draws() ? problem.parameters->noise_size : 0;
  std::vector<double> points, values, gradient(problem.parameters->size);
  Noise noise(problem.parameters->noise_size);
  std::size_t tried = 0;
  Slope slope{std::vector<double>(problem.parameters->size), std::vector<double>(problem.parameters->size)};
  const auto draw_up_to = [&](std::size_t count) {
    for (; tried < count; ++tried) {
      if ((is_past_grace() || tried >= least_draws) && deadline.is_over(result.stop)) return false;
      const double* normals = noise.of(fold_key(key, tried));
      double value = 0;
      if (!problem.elbo(result.phi.data(), normals, value, gradient.data()) || !std::isfinite(value)) {
        tried -= is_stopped();  // cut short: no draw at all
        continue;
      }
      values.push_back(value);
      for (std::size_t k = 0; k < gradient.size(); ++k) {  // Welford
        const double above = gradient[k] - slope.mean[k];
        slope.mean[k] += above / static_cast<double>(values.size());
        slope.sd[k] += above * (gradient[k] - slope.mean[k]);
      }
      points.insert(points.end(), normals, normals + dimension);
    }
    return true;
  };
  Expectation found{std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::quiet_NaN()};
  for (std::size_t count = std::max<std::size_t>(options.elbo_draws, 100);; count *= 2) {
    const bool is_whole = draw_up_to(count);
    if (values.size() < 10) break;
    found = regress_mean(points, dimension, values);
    // Counted and not timed, so that the answer depends on the seed alone.
    if (!is_whole || found.error <= small_error || 2 * count > most_elbo_draws ||
        static_cast<double>(2 * count) > 0.5 * static_cast<double>(result.evaluations))
      break;
  }
  if (dimension == 1 || dimension == 2) {
    const Expectation summed = grid_mean(problem, result.phi, result.evaluations);
    if (summed.error < found.error) found = summed;
  }
  if (values.size() > 1) {
    for (double& sd : slope.sd)
      sd = std::sqrt(sd / static_cast<double>(values.size() - 1));
    slope.draws = values.size();
    result.slope = std::move(slope);
  }
  result.evaluations += static_cast<std::int64_t>(tried);
  result.elbo = found.mean;
  result.elbo_se = found.error;
  evidence.elbo = found.mean;
  evidence.elbo_se = found.error;
  if (tried > 0) evidence.draws_lost = 1 - static_cast<double>(values.size()) / static_cast<double>(tried);
}

void sample_guide(const FitProblem& problem, const FitOptions& options, const Deadline& deadline,
                  FitResult& result, Evidence& evidence) {
  const ProfileScope scope(options.profile, "weighted draws");
  const std::uint64_t key = fold_key(options.seed, draw_stream);
  const std::size_t count = options.draws, width = problem.quantity_names.size();
  std::vector<double> ratios, u(problem.latent_size), row(width);
  result.draws.reserve(count * width);
  std::size_t tried = 0;
  for (; tried < count; ++tried) {
    if ((is_past_grace() || tried >= least_draws) && deadline.is_over(result.stop)) break;
    double log_p = 0, log_q = 0;
    const bool is_finite = problem.draw(result.phi.data(), fold_key(key, tried), u.data(), log_p, log_q) &&
                           all_finite(u.data(), u.size()) && std::isfinite(log_p) && std::isfinite(log_q) &&
                           problem.constrain(u.data(), row.data());
    if (!is_finite) {
      tried -= is_stopped();
      continue;
    }
    result.draws.insert(result.draws.end(), row.begin(), row.end());
    if (problem.keeps_places) result.places.insert(result.places.end(), u.begin(), u.end());
    ratios.push_back(log_p - log_q);
  }
  const std::size_t kept = ratios.size();
  const Smoothed smoothed = smooth_ratios(ratios);
  // Near its threshold k-hat of a few thousand draws may fall on either side: more of them, for it alone.
  Smoothed judged = smoothed;
  if (smoothed.khat > 0.4 && smoothed.khat < 1.1 && kept == count) {
    for (std::size_t k = count;
         k < options.more_draws * count && !is_past_grace() && !deadline.is_over(result.stop); ++k) {
      double log_p = 0, log_q = 0;
      if (problem.draw(result.phi.data(), fold_key(key, k), u.data(), log_p, log_q) && std::isfinite(log_p))
        ratios.push_back(log_p - log_q);
    }
    judged = smooth_ratios(ratios);
  }
  result.khat = evidence.khat = judged.khat;
  result.khat_threshold = evidence.khat_threshold = judged.threshold;
  result.importance_ess = evidence.importance_ess = smoothed.effective_size;
  // Draws without density are weights of zero.
  result.log_evidence = judged.log_mean_ratio +
                        (kept > 0 ? math::log(static_cast<double>(kept) / static_cast<double>(tried)) : 0);
  evidence.draws = static_cast<double>(tried);
  if (tried > 0)
    evidence.draws_lost = std::max(evidence.draws_lost,
                                   1 - static_cast<double>(kept) / static_cast<double>(tried));
  // Beyond the threshold weighted values are not reliable either, but up to 1 they are closer than the
  // guide's.
  result.is_weighted = judged.khat < 1 && smoothed.effective_size >= min_effective;

  std::vector<double> weights(kept), column(kept);
  for (std::size_t k = 0; k < kept; ++k)
    weights[k] = math::exp(smoothed.log_weights[k]);
  double worst_ratio = 0;
  for (std::size_t j = 0; j < width; ++j) {
    for (std::size_t k = 0; k < kept; ++k)
      column[k] = result.draws[k * width + j];
    if (kept == 0 || (j > 0 && is_past_grace())) {  // not even time to sort
      result.quantities.push_back(without_moments(problem.quantity_names[j]));
      continue;
    }
    Quantity summary = summarise(
        problem.quantity_names[j], column,
        result.is_weighted ? std::span<const double>(weights) : std::span<const double>(),
        !problem.is_bounded.empty() && problem.is_bounded[j]);
    const double rounding = 1e-12 * std::abs(summary.guide_mean);  // what a constant may seem to vary by
    if (result.is_weighted && summary.sd > rounding && summary.guide_sd > rounding) {
      // Differences that the weights' own noise explains do not count.
      const double gap = std::max(0.0, std::abs(summary.mean - summary.guide_mean) - 2 * summary.mcse) /
                         summary.sd;
      const double ratio = summary.sd / summary.guide_sd;
      if (gap > evidence.mean_gap) evidence.mean_gap = gap, evidence.mean_gap_name = summary.name;
      if (std::abs(math::log(ratio)) > worst_ratio)
        worst_ratio = std::abs(math::log(ratio)), evidence.sd_ratio = ratio,
        evidence.sd_ratio_name = summary.name;
    }
    result.quantities.push_back(std::move(summary));
  }
  if (!result.is_weighted) return;
  result.rows = resampled(weights, uniform(fold_key(options.seed, resample_stream), 0));
  result.draws = chosen(result.draws, width, result.rows);
  result.weights = std::move(weights);
}

}  // namespace elba::runtime
