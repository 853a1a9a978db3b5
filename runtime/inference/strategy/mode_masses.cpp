// mode_masses: how much mass each mode holds, and how much of the draws.
#include <algorithm>
#include <cmath>
#include <limits>

#include "runtime/inference/strategy/mode_searcher.h"
#include "runtime/inference/vectors.h"
#include "runtime/kernels/rng.h"
#include "support/elementary.h"

namespace elba::runtime {

namespace {

constexpr std::uint64_t mass_stream = 72;
constexpr double least_effective = 8;  // draws of a law, for the mass of its region
constexpr double enough_drawn = 0.5;   // of the draws that a mode should have
constexpr std::size_t mass_draws = 200;
constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

std::size_t ModeSearcher::region_of(const double* u) const {
  std::size_t best = 0;
  double most = -infinity;
  for (std::size_t k = 0; k < laws_.size(); ++k)
    if (const double here = height_[k] + laws_[k].log_density(u); here > most) most = here, best = k;
  return best;
}

void ModeSearcher::share_out() {
  std::vector<std::size_t> with_law;
  for (std::size_t k = 0; k < modes_.size(); ++k) {
    Mode& mode = modes_[k];
    mode.log_mass = -infinity;
    for (std::size_t j = 0; j < n_; ++j)
      mode.distance = std::max(mode.distance, std::fabs(mode.u[j] - mean_[j]) / sd_[j]);
    if (!mode.mirrored.empty() || mode.law.mean.empty()) continue;
    with_law.push_back(k);
    laws_.emplace_back(std::vector<NormalPart>{mode.law});
    height_.push_back(mode.log_density - laws_.back().log_density(mode.u.data()));  // Laplace's mass
  }
  for (std::size_t k = 0; k < with_law.size(); ++k)
    modes_[with_law[k]].log_mass = mass_of_region(k);
  const double count = static_cast<double>(places_.size() / n_);
  for (std::size_t d = 0; d < places_.size() && !laws_.empty(); d += n_)
    modes_[with_law[region_of(&places_[d])]].drawn += 1 / count;
  double top = -infinity, sum = 0;
  for (const Mode& mode : modes_)
    top = std::max(top, mode.log_mass);
  for (const Mode& mode : modes_)
    sum += std::isfinite(top) ? math::exp(mode.log_mass - top) : 0;
  out_.drawn_log_mass = mass_of_draws();
  out_.seen_log_mass = -infinity;
  for (Mode& mode : modes_) {
    const double share = sum > 0 ? math::exp(mode.log_mass - top) / sum : 0;
    const bool is_seen = mode.mirrored.empty() && !places_.empty() && mode.drawn >= enough_drawn * share;
    if (is_seen && std::isfinite(mode.log_mass)) {
      const double both = std::max(mode.log_mass, out_.seen_log_mass);
      out_.seen_log_mass = both +
                           math::log(math::exp(mode.log_mass - both) + math::exp(out_.seen_log_mass - both));
    }
    (is_seen ? out_.seen : out_.modes).push_back(std::move(mode));
  }
}

double ModeSearcher::mass_of_draws() {
  NormalPart law;
  if (!law_of_places(places_, n_, law)) return -infinity;
  double sum = 0, count = 0;
  for (std::size_t k = 0; k < mass_draws && k < places_.size() / n_; ++k) {
    double value = 0;
    if (value_at(&places_[k * (places_.size() / n_ / std::min(mass_draws, places_.size() / n_)) * n_], value))
      sum += value, ++count;
  }
  const NormalMixture normal({law});
  return count > 0 ? sum / count - normal.log_density(law.mean.data()) + 0.5 * static_cast<double>(n_)
                   : -infinity;
}

double ModeSearcher::mass_of_region(std::size_t k) {
  std::vector<double> u(n_), ratios;
  double largest = -infinity;
  for (std::size_t draw = 0; draw < mass_draws; ++draw) {
    double value = 0;
    laws_[k].draw(0, fold_key(fold_key(options_.seed, mass_stream), draw), u.data());
    if (region_of(u.data()) != k || !value_at(u.data(), value)) continue;
    ratios.push_back(value - laws_[k].log_density(u.data()));
    largest = std::max(largest, ratios.back());
  }
  double sum = 0, squares = 0;
  for (const double ratio : ratios)
    sum += math::exp(ratio - largest), squares += math::exp(2 * (ratio - largest));
  if (!(sum * sum >= least_effective * squares)) return -infinity;  // one draw's weight is no mass
  return sum > 0 ? largest + math::log(sum / mass_draws) : -infinity;
}

bool law_of_places(const std::vector<double>& places, std::size_t n, NormalPart& law) {
  const std::size_t count = n == 0 ? 0 : places.size() / n;
  if (count < 4 * n || count < 20) return false;
  std::vector<double> mean(n), covariance(n * n);
  for (std::size_t k = 0; k < count; ++k)
    for (std::size_t j = 0; j < n; ++j)
      mean[j] += places[k * n + j] / static_cast<double>(count);
  for (std::size_t k = 0; k < count; ++k)
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j)
        covariance[i * n + j] += (places[k * n + i] - mean[i]) * (places[k * n + j] - mean[j]) /
                                 static_cast<double>(count - 1);
  return covariance_part(mean, covariance, law);
}

NormalPart widened(const NormalPart& law, double scale) {
  NormalPart out = law;
  for (double& variance : out.diagonal)
    variance *= scale * scale;
  return out;
}

}  // namespace elba::runtime
