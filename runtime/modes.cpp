#include "runtime/modes.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "runtime/deadline.h"
#include "runtime/diagnostics.h"
#include "runtime/rng.h"
#include "runtime/vectors.h"

namespace elba::runtime {

namespace {

constexpr std::uint64_t start_stream = 71, mass_stream = 72, probe_stream = 73;
constexpr double near = 2, wide = 5, far = 20, first_jump = 4;   // scales of the starts: as Stan's inits, and beyond
constexpr double unseen = 8;                     // sd, root mean square over coordinates
constexpr std::size_t nearest = 20, steps = 10, mass_draws = 200;
constexpr std::size_t low = 10, seen_climbs = 5, most_probed = 8;
constexpr double box = 8, seen_by = 3;           // of probes: half a side; sd from a draw, root mean square
constexpr std::size_t most_blocks = 6, mirror_trials = 3;
constexpr std::size_t largest_law = 200;         // coordinates
constexpr double infinity = std::numeric_limits<double>::infinity();

class Search {
 public:
  Search(const Objective& objective, const HessianProduct& product, const std::vector<double>& places, const ModeOptions& options)
      : objective_(objective), product_(product), places_(places), options_(options), n_(objective.size), mean_(n_), sd_(n_), gradient_(n_), deadline_(options.budget) {
    const std::size_t count = places.size() / n_;
    for (std::size_t j = 0; j < n_; ++j) {
      std::vector<double> column(count);
      for (std::size_t k = 0; k < count; ++k) column[k] = places[k * n_ + j];
      const Moments m = count > 0 ? moments(column) : Moments{};
      mean_[j] = m.mean;
      sd_[j] = m.sd > 0 ? m.sd : 1;
    }
  }

  ModeSearch go() {
    Stop stop = Stop::converged;
    if (!places_.empty()) look_in_mirrors();
    weigh_seen();
    probe();
    // Once another mode is known, there may be more of them.
    const auto planned = [&] { return scattered() + std::min(out_.modes.empty() ? options_.jumps : options_.more_jumps, 6 * static_cast<int>(n_)); };
    for (int k = 0; k < planned() && !deadline_.is_over(stop); ++k) {
      ++out_.searches;
      std::vector<double> u = start(k);
      if (!is_finite(u)) continue;
      const OptimiseResult end = climb(std::move(u));
      if (end.stop == Stop::diverged || !std::isfinite(end.value) || !all_finite(end.x.data(), n_)) continue;
      note(end.x, end.value);
    }
    for (Mode& mode : out_.modes)
      if (mode.mirrored.empty()) weigh(mode);
    return std::move(out_);
  }

 private:
  [[nodiscard]] int scattered() const { return n_ <= low ? options_.low_searches : options_.searches; }

  // Climbs from a few draws. What a guide with a bad tail says of its own mass is far too little.
  void weigh_seen() {
    out_.seen_log_mass = -infinity;
    std::vector<Mode> seen;
    const std::size_t count = places_.size() / n_;
    for (std::size_t k = 0; k < std::min(seen_climbs, count); ++k) {
      const auto from = places_.begin() + static_cast<std::ptrdiff_t>(k * (count / std::min(seen_climbs, count)) * n_);
      const OptimiseResult end = climb({from, from + static_cast<std::ptrdiff_t>(n_)});
      if (!std::isfinite(end.value) || end.stop == Stop::diverged || !all_finite(end.x.data(), n_)) continue;
      if (std::any_of(seen.begin(), seen.end(), [&](const Mode& mode) { return is_joined(end.x.data(), end.value, mode.u.data(), mode.log_density); })) continue;
      seen.push_back({.u = end.x, .log_density = end.value});
      weigh(seen.back());
      const double one = seen.back().log_mass, top = std::max(one, out_.seen_log_mass);
      if (std::isfinite(one)) out_.seen_log_mass = top + std::log(std::exp(one - top) + std::exp(out_.seen_log_mass - top));
    }
  }

  // In few dimensions the density itself says where to climb: from the highest of many scattered places that are far from every draw.
  void probe() {
    if (n_ > low) return;
    Stop stop = Stop::converged;
    std::vector<std::pair<double, std::vector<double>>> probes;
    for (std::size_t k = 0; k < static_cast<std::size_t>(options_.probes) && !deadline_.is_over(stop); ++k) {
      const std::uint64_t key = fold_key(fold_key(options_.seed, probe_stream), k);
      std::vector<double> u(n_);
      for (std::size_t j = 0; j < n_; ++j) u[j] = k % 2 == 0 ? box * (2 * uniform(key, j) - 1) : wide * normal(key, j);
      double value = 0;
      if (value_at(u.data(), value)) probes.emplace_back(value, std::move(u));
    }
    std::sort(probes.begin(), probes.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    std::vector<const std::vector<double>*> climbed;
    for (const auto& [value, u] : probes) {
      if (climbed.size() == most_probed || deadline_.is_over(stop)) return;
      bool is_near = false;
      for (std::size_t k = 0; k < places_.size() && !is_near; k += n_) is_near = apart(u.data(), &places_[k]) < seen_by * seen_by * static_cast<double>(n_);
      for (const auto* other : climbed) {
        double square = 0;
        for (std::size_t j = 0; j < n_; ++j) square += (u[j] - (*other)[j]) * (u[j] - (*other)[j]);
        is_near = is_near || square < static_cast<double>(n_);
      }
      if (is_near) continue;
      climbed.push_back(&u);
      ++out_.searches;
      const OptimiseResult end = climb(u);
      if (end.stop != Stop::diverged && std::isfinite(end.value) && all_finite(end.x.data(), n_)) note(end.x, end.value);
    }
  }

  OptimiseResult climb(std::vector<double> from) {
    OptimiseOptions settings;
    settings.max_iterations = options_.max_iterations;
    settings.tolerance = 1e-4;
    settings.budget = options_.budget;
    OptimiseResult end = maximise(objective_, std::move(from), settings);
    out_.evaluations += end.evaluations;
    return end;
  }

  // Mirrored, as a fit to a sum or a product may be; near 0, wide, far; then along one coordinate after the other, by ever longer jumps both ways, which narrow modes
  // beside a wide one need.
  std::vector<double> start(int k) {
    std::vector<double> u(n_);
    const std::uint64_t key = fold_key(fold_key(options_.seed, start_stream), static_cast<std::uint64_t>(k));
    const int jump = k - scattered();
    for (std::size_t j = 0; j < n_; ++j) {
      const double z = normal(key, j);
      u[j] = jump >= 0 ? mean_[j] + 0.5 * sd_[j] * z : k == 0 ? -mean_[j] : k % 6 < 3 ? near * (2 * uniform(key, j) - 1) : k % 6 < 5 ? wide * z : far * z;
    }
    if (jump >= 0) {
      const auto moved = static_cast<std::size_t>(jump) % n_, round = static_cast<std::size_t>(jump) / n_;
      u[moved] += (round % 2 == 0 ? 1 : -1) * first_jump * std::pow(2, static_cast<double>(round / 2)) * std::max(1.0, sd_[moved]);
    }
    return u;
  }

  void look_in_mirrors() {
    const std::size_t blocks = std::min<std::size_t>(options_.signed_blocks.size(), most_blocks);
    std::vector<std::size_t> used;   // blocks of mirrors that are known: what contains one is no news
    for (std::size_t choice = 1; choice < (std::size_t{1} << blocks); ++choice) {
      if (std::any_of(used.begin(), used.end(), [&](std::size_t known) { return (choice & known) == known; })) continue;
      const auto image = [&](const double* place) {
        std::vector<double> u(place, place + n_);
        for (std::size_t b = 0; b < blocks; ++b)
          for (std::size_t j = 0; ((choice >> b) & 1) != 0 && j < options_.signed_blocks[b].second; ++j) u[options_.signed_blocks[b].first + j] *= -1;
        return u;
      };
      bool is_mirror = true;
      for (std::size_t k = 0; k < mirror_trials && is_mirror; ++k) {
        const double* place = &places_[k * (places_.size() / n_ / mirror_trials) * n_];
        double here = 0, there = 0;
        is_mirror = value_at(place, here) && value_at(image(place).data(), there) && std::fabs(here - there) <= 1e-9 * (1 + std::fabs(here));
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
      const std::size_t before = out_.modes.size();
      note(u, value);
      if (out_.modes.size() == before) continue;   // the draws are on both sides
      Mode& mode = out_.modes.back();
      std::vector<double> images;
      for (std::size_t k = 0; k < places_.size(); k += n_) {
        const auto one = image(&places_[k]);
        images.insert(images.end(), one.begin(), one.end());
      }
      (void)law_of_places(images, n_, mode.law);
      mode.mirrored = mirrored;
      for (const std::size_t b : mirrored) {
        const auto [first, count] = options_.signed_blocks[b];
        for (std::size_t j = first; j < first + count; ++j) mode.distance = std::max(mode.distance, 2 * std::fabs(mean_[j]) / sd_[j]);
      }
    }
  }

  bool is_finite(const std::vector<double>& u) {
    double value = 0;
    return value_at(u.data(), value) && all_finite(gradient_.data(), n_);
  }
  bool value_at(const double* u, double& value) {
    ++out_.evaluations;
    return objective_.evaluate(u, 0, value, gradient_.data()) && std::isfinite(value);
  }

  [[nodiscard]] double apart(const double* a, const double* b) const {
    double sum = 0;
    for (std::size_t j = 0; j < n_; ++j) sum += (a[j] - b[j]) * (a[j] - b[j]) / (sd_[j] * sd_[j]);
    return sum;
  }

  // Whether the straight way from a to b stays above the lower of its ends, but for a valley that draws cross.
  bool is_joined(const double* a, double at_a, const double* b, double at_b) {
    std::vector<double> between(n_);
    for (std::size_t s = 1; s < steps; ++s) {
      const double share = static_cast<double>(s) / steps;
      for (std::size_t j = 0; j < n_; ++j) between[j] = (1 - share) * a[j] + share * b[j];
      double value = 0;
      if (!value_at(between.data(), value) || value < std::min(at_a, at_b) - options_.valley) return false;
    }
    return true;
  }

  void note(const std::vector<double>& u, double value) {
    std::vector<std::pair<double, const double*>> by_distance;
    for (std::size_t k = 0; k < places_.size(); k += n_) by_distance.emplace_back(apart(u.data(), &places_[k]), &places_[k]);
    const std::size_t looked = std::min(nearest, by_distance.size());
    std::partial_sort(by_distance.begin(), by_distance.begin() + static_cast<std::ptrdiff_t>(looked), by_distance.end());
    // What is far from every draw is not seen, whatever lies between: a spike on the side of a hill has no valley.
    for (std::size_t k = 0; k < looked && by_distance[0].first < unseen * unseen * static_cast<double>(n_); ++k) {
      double there = 0;
      if (value_at(by_distance[k].second, there) && is_joined(u.data(), value, by_distance[k].second, there)) return;
    }
    for (Mode& mode : out_.modes)
      if (is_joined(u.data(), value, mode.u.data(), mode.log_density)) {
        ++mode.found;
        if (value > mode.log_density) mode.u = u, mode.log_density = value;
        return;
      }
    Mode mode{.u = u, .log_density = value};
    out_.modes.push_back(std::move(mode));
  }

  void weigh(Mode& mode) {
    mode.log_mass = -infinity;
    for (std::size_t j = 0; j < n_; ++j) mode.distance = std::max(mode.distance, std::fabs(mode.u[j] - mean_[j]) / sd_[j]);
    if (n_ > largest_law || !product_) return;
    std::vector<double> precision(n_ * n_), unit(n_, 0.0), column(n_);
    for (std::size_t j = 0; j < n_; ++j) {
      unit[j] = 1;
      ++out_.evaluations;
      if (!product_(mode.u.data(), unit.data(), column.data())) return;
      unit[j] = 0;
      for (std::size_t i = 0; i < n_; ++i) precision[i * n_ + j] = -column[i];
    }
    if (!precision_part(mode.u, precision, mode.law)) return;
    const NormalMixture law({mode.law});
    std::vector<double> u(n_), ratios;
    double largest = -infinity;
    for (std::size_t k = 0; k < mass_draws; ++k) {
      double value = 0;
      law.draw(0, fold_key(fold_key(options_.seed, mass_stream), k), u.data());
      if (!value_at(u.data(), value)) continue;
      ratios.push_back(value - law.log_density(u.data()));
      largest = std::max(largest, ratios.back());
    }
    double sum = 0;
    for (const double ratio : ratios) sum += std::exp(ratio - largest);
    if (sum > 0) mode.log_mass = largest + std::log(sum / mass_draws);
  }

  const Objective& objective_;
  const HessianProduct& product_;
  const std::vector<double>& places_;
  const ModeOptions& options_;
  std::size_t n_;
  std::vector<double> mean_, sd_, gradient_;
  Deadline deadline_;
  ModeSearch out_;
};

}  // namespace

ModeSearch find_modes(const Objective& log_density, const HessianProduct& product, const std::vector<double>& places, const ModeOptions& options) {
  if (log_density.size == 0 || (!places.empty() && places.size() < 3 * log_density.size)) return {};
  return Search(log_density, product, places, options).go();
}

bool law_of_places(const std::vector<double>& places, std::size_t n, NormalPart& law) {
  const std::size_t count = n == 0 ? 0 : places.size() / n;
  if (count < 4 * n || count < 20) return false;
  std::vector<double> mean(n), covariance(n * n);
  for (std::size_t k = 0; k < count; ++k)
    for (std::size_t j = 0; j < n; ++j) mean[j] += places[k * n + j] / static_cast<double>(count);
  for (std::size_t k = 0; k < count; ++k)
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j) covariance[i * n + j] += (places[k * n + i] - mean[i]) * (places[k * n + j] - mean[j]) / static_cast<double>(count - 1);
  return covariance_part(mean, covariance, law);
}

NormalPart widened(const NormalPart& law, double scale) {
  NormalPart out = law;
  for (double& variance : out.diagonal) variance *= scale * scale;
  return out;
}

}  // namespace elba::runtime
