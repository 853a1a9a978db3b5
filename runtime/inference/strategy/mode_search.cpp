#include "runtime/inference/strategy/mode_search.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "runtime/inference/diagnostics/summaries.h"
#include "runtime/inference/strategy/mode_searcher.h"
#include "runtime/inference/vectors.h"
#include "runtime/kernels/rng.h"
#include "support/elementary.h"

namespace elba::runtime {

namespace {

constexpr std::uint64_t start_stream = 71, probe_stream = 73;
// Scales of the starts: as Stan's inits, and beyond.
constexpr double near = 2, wide = 5, far = 20, first_jump = 4;
constexpr double uneven = 0.05;   // of a share of the draws on one side of a mirror
constexpr double arrived = 1e-2;  // nats that a Newton step still promises
constexpr std::size_t steps = 10;
constexpr std::size_t low = 10, seen_climbs = 5, most_probed = 12;
constexpr double box = 8, seen_by = 3;  // of probes: half a side; sd from a draw, root mean square
constexpr double unforetold = 3;        // nats above the laws that are known
constexpr std::size_t most_blocks = 6, mirror_trials = 3;
constexpr std::size_t largest_law = 200;  // coordinates
constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

ModeSearcher::ModeSearcher(const Objective& objective, const HessianProduct& product,
                           const std::vector<double>& places, const ModeOptions& options)
    : objective_(objective),
      product_(product),
      places_(places),
      options_(options),
      n_(objective.size),
      mean_(n_),
      sd_(n_),
      gradient_(n_),
      deadline_(options.budget) {
  const std::size_t count = places.size() / n_;
  for (std::size_t j = 0; j < n_; ++j) {
    std::vector<double> column(count);
    for (std::size_t k = 0; k < count; ++k)
      column[k] = places[k * n_ + j];
    const Moments m = count > 0 ? moments(column) : Moments{};
    mean_[j] = m.mean;
    sd_[j] = m.sd > 0 ? m.sd : 1;
  }
}

ModeSearch ModeSearcher::go() {
  Stop stop = Stop::converged;
  if (!places_.empty()) look_in_mirrors();
  if (n_ > largest_law || !product_) {  // what has no law cannot be weighed
    share_out();
    return std::move(out_);
  }
  climb_from_draws();
  probe();
  // Once another mode is known, there may be more of them.
  const std::size_t expected = places_.empty() ? 0 : 1;
  const auto planned = [&] {
    return scattered() + std::min(modes_.size() <= expected ? options_.jumps : options_.more_jumps,
                                  6 * static_cast<int>(n_));
  };
  for (int k = 0; k < planned() && !is_over(stop); ++k) {
    ++out_.searches;
    std::vector<double> u = start(k);
    if (is_finite(u)) climb_and_note(std::move(u));
  }
  share_out();
  return std::move(out_);
}

int ModeSearcher::scattered() const { return n_ <= low ? options_.low_searches : options_.searches; }

bool ModeSearcher::is_over(Stop& stop) const {
  return deadline_.is_over(stop) || out_.evaluations > options_.most_evaluations;
}

void ModeSearcher::climb_from_draws() {
  const std::size_t count = places_.size() / n_;
  Stop stop = Stop::converged;
  for (std::size_t k = 0; k < std::min(seen_climbs, count) && !is_over(stop); ++k) {
    const auto from = places_.begin() +
                      static_cast<std::ptrdiff_t>(k * (count / std::min(seen_climbs, count)) * n_);
    climb_and_note({from, from + static_cast<std::ptrdiff_t>(n_)});
  }
}

void ModeSearcher::climb_and_note(std::vector<double> from) {
  const OptimiseResult end = climb(std::move(from));
  if (end.stop != Stop::diverged && std::isfinite(end.value) && all_finite(end.x.data(), n_))
    note(end.x, end.value);
}

void ModeSearcher::probe() {
  if (n_ > low) return;
  Stop stop = Stop::converged;
  std::vector<std::pair<double, std::vector<double>>> probes;
  for (std::size_t k = 0; k < static_cast<std::size_t>(options_.probes) && !is_over(stop); ++k) {
    const std::uint64_t key = fold_key(fold_key(options_.seed, probe_stream), k);
    std::vector<double> u(n_);
    for (std::size_t j = 0; j < n_; ++j)
      u[j] = k % 3 == 0   ? box * (2 * uniform(key, j) - 1)
             : k % 3 == 1 ? wide * normal(key, j)
                          : mean_[j] + far * std::max(1.0, sd_[j]) * normal(key, j);
    double value = 0;
    if (value_at(u.data(), value)) probes.emplace_back(value, std::move(u));
  }
  std::sort(probes.begin(), probes.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<const std::vector<double>*> climbed;
  std::vector<NormalMixture> laws;
  std::vector<double> heights;
  for (const Mode& mode : modes_) {
    if (mode.law.mean.empty()) continue;
    laws.emplace_back(std::vector<NormalPart>{mode.law});
    heights.push_back(mode.log_density - laws.back().log_density(mode.u.data()));
  }
  for (const auto& [value, u] : probes) {
    if (climbed.size() == most_probed || is_over(stop)) return;
    double foretold = -infinity;
    for (std::size_t k = 0; k < laws.size(); ++k)
      foretold = std::max(foretold, heights[k] + laws[k].log_density(u.data()));
    bool is_near = false;
    for (std::size_t k = 0; k < places_.size() && !is_near && value - foretold < unforetold; k += n_)
      is_near = apart(u.data(), &places_[k]) < seen_by * seen_by * static_cast<double>(n_);
    for (const auto* other : climbed) {
      double square = 0;
      for (std::size_t j = 0; j < n_; ++j)
        square += (u[j] - (*other)[j]) * (u[j] - (*other)[j]);
      is_near = is_near || square < static_cast<double>(n_);
    }
    if (is_near) continue;
    climbed.push_back(&u);
    ++out_.searches;
    climb_and_note(u);
  }
}

OptimiseResult ModeSearcher::climb(std::vector<double> from) {
  OptimiseOptions settings;
  settings.max_iterations = options_.max_iterations;
  settings.tolerance = 1e-4;
  settings.budget = options_.budget;
  OptimiseResult end = maximise(objective_, std::move(from), settings);
  out_.evaluations += end.evaluations;
  return end;
}

std::vector<double> ModeSearcher::start(int k) {
  std::vector<double> u(n_);
  const std::uint64_t key = fold_key(fold_key(options_.seed, start_stream), static_cast<std::uint64_t>(k));
  const int jump = k - scattered();
  for (std::size_t j = 0; j < n_; ++j) {
    const double z = normal(key, j);
    u[j] = jump >= 0   ? mean_[j] + 0.5 * sd_[j] * z
           : k == 0    ? -mean_[j]
           : k % 9 < 3 ? near * (2 * uniform(key, j) - 1)
           : k % 9 < 5 ? wide * z
           : k % 9 < 6 ? far * z
                       : mean_[j] + (k % 9 < 8 ? wide : far) * sd_[j] * z;
  }
  if (jump >= 0) {
    const auto moved = static_cast<std::size_t>(jump) % n_, round = static_cast<std::size_t>(jump) / n_;
    u[moved] += (round % 2 == 0 ? 1 : -1) * first_jump * math::pow(2, static_cast<double>(round / 2)) *
                std::max(1.0, sd_[moved]);
  }
  return u;
}

void ModeSearcher::look_in_mirrors() {
  const std::size_t blocks = std::min<std::size_t>(options_.signed_blocks.size(), most_blocks);
  std::vector<std::size_t> used;  // blocks of mirrors that are known: what contains one is no news
  for (std::size_t choice = 1; choice < (std::size_t{1} << blocks); ++choice) {
    if (std::any_of(used.begin(), used.end(), [&](std::size_t known) { return (choice & known) == known; }))
      continue;
    const auto image = [&](const double* place) {
      std::vector<double> u(place, place + n_);
      for (std::size_t b = 0; b < blocks; ++b)
        for (std::size_t j = 0; ((choice >> b) & 1) != 0 && j < options_.signed_blocks[b].second; ++j)
          u[options_.signed_blocks[b].first + j] *= -1;
      return u;
    };
    bool is_mirror = true;
    for (std::size_t k = 0; k < mirror_trials && is_mirror; ++k) {
      const double* place = &places_[k * (places_.size() / n_ / mirror_trials) * n_];
      double here = 0, there = 0;
      is_mirror = value_at(place, here) && value_at(image(place).data(), there) &&
                  std::fabs(here - there) <= 1e-9 * (1 + std::fabs(here));
    }
    if (!is_mirror) continue;
    used.push_back(choice);
    std::vector<std::size_t> mirrored;
    for (std::size_t b = 0; b < blocks; ++b)
      if (((choice >> b) & 1) != 0) mirrored.push_back(b);
    out_.mirrors.push_back(mirrored);
    const std::vector<double> u = image(places_.data());
    double value = 0;
    if (!value_at(u.data(), value)) continue;
    if (are_on_both_sides(choice, blocks)) continue;
    modes_.push_back({.u = u, .log_density = value});
    Mode& mode = modes_.back();
    std::vector<double> images;
    for (std::size_t k = 0; k < places_.size(); k += n_) {
      const auto one = image(&places_[k]);
      images.insert(images.end(), one.begin(), one.end());
    }
    (void)law_of_places(images, n_, mode.law);
    mode.mirrored = mirrored;
    for (const std::size_t b : mirrored) {
      const auto [first, count] = options_.signed_blocks[b];
      for (std::size_t j = first; j < first + count; ++j)
        mode.distance = std::max(mode.distance, 2 * std::fabs(mean_[j]) / sd_[j]);
    }
  }
}

bool ModeSearcher::is_finite(const std::vector<double>& u) {
  double value = 0;
  return value_at(u.data(), value) && all_finite(gradient_.data(), n_);
}

bool ModeSearcher::value_at(const double* u, double& value) {
  ++out_.evaluations;
  return objective_.evaluate(u, 0, value, gradient_.data()) && std::isfinite(value);
}

double ModeSearcher::apart(const double* a, const double* b) const {
  double sum = 0;
  for (std::size_t j = 0; j < n_; ++j)
    sum += (a[j] - b[j]) * (a[j] - b[j]) / (sd_[j] * sd_[j]);
  return sum;
}

bool ModeSearcher::are_on_both_sides(std::size_t choice, std::size_t blocks) const {
  // Three standard errors of a share.
  const double count = static_cast<double>(places_.size() / n_), margin = uneven + 1.5 / std::sqrt(count);
  for (std::size_t b = 0; b < blocks; ++b) {
    if (((choice >> b) & 1) == 0) continue;
    const auto [first, size] = options_.signed_blocks[b];
    for (std::size_t j = first; j < first + size; ++j) {
      std::size_t positive = 0;
      for (std::size_t k = j; k < places_.size(); k += n_)
        positive += places_[k] > 0;
      if (std::fabs(static_cast<double>(positive) / count - 0.5) > margin) return false;
    }
  }
  return true;
}

bool ModeSearcher::is_joined(const double* a, double at_a, const double* b, double at_b, double valley) {
  std::vector<double> between(n_);
  for (std::size_t s = 1; s < steps; ++s) {
    const double share = static_cast<double>(s) / steps;
    for (std::size_t j = 0; j < n_; ++j)
      between[j] = (1 - share) * a[j] + share * b[j];
    double value = 0;
    if (!value_at(between.data(), value) || value < std::min(at_a, at_b) - valley) return false;
  }
  return true;
}

void ModeSearcher::note(std::vector<double> u, double value) {
  if (count_if_known(u, value)) return;
  NormalPart law;
  // Told to end: what lies between was not seen.
  if (!settle(u, value, law) || count_if_known(u, value) || is_stopped()) return;
  modes_.push_back({.u = std::move(u), .log_density = value, .law = std::move(law)});
}

bool ModeSearcher::count_if_known(const std::vector<double>& u, double value) {
  for (Mode& mode : modes_) {
    if (!mode.mirrored.empty() ||
        !is_joined(u.data(), value, mode.u.data(), mode.log_density, options_.valley))
      continue;
    ++mode.found;
    return true;
  }
  return false;
}

bool ModeSearcher::settle(std::vector<double>& u, double& value, NormalPart& law) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    std::vector<double> precision(n_ * n_), unit(n_, 0.0), column(n_);
    for (std::size_t j = 0; j < n_; ++j) {
      unit[j] = 1;
      ++out_.evaluations;
      if (!product_(u.data(), unit.data(), column.data())) return false;
      unit[j] = 0;
      for (std::size_t i = 0; i < n_; ++i)
        precision[i * n_ + j] = -column[i];
    }
    if (precision_part(u, precision, law) && value_at(u.data(), value)) {
      double promised = 0;  // g' C g / 2, C = L L'
      for (std::size_t j = 0; j < n_; ++j) {
        double along = 0;
        for (std::size_t i = j; i < n_; ++i)
          along += law.factor[i * n_ + j] * gradient_[i];
        promised += 0.5 * along * along;
      }
      if (promised < arrived) return true;
    }
    if (attempt == 1) break;
    OptimiseOptions settings;
    settings.max_iterations = options_.max_iterations;
    settings.tolerance = 1e-4;
    settings.budget = options_.budget;
    OptimiseResult end = maximise_newton(objective_, product_, u, settings);
    out_.evaluations += end.evaluations;
    if (end.stop == Stop::diverged || !std::isfinite(end.value) || !all_finite(end.x.data(), n_))
      return false;
    u = std::move(end.x);
    value = end.value;
  }
  return false;
}

ModeSearch find_modes(const Objective& log_density, const HessianProduct& product,
                      const std::vector<double>& places, const ModeOptions& options) {
  if (log_density.size == 0 || (!places.empty() && places.size() < 3 * log_density.size)) return {};
  return ModeSearcher(log_density, product, places, options).go();
}

}  // namespace elba::runtime
