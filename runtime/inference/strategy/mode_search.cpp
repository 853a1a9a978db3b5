#include "runtime/inference/strategy/mode_search.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "runtime/inference/deadline.h"
#include "runtime/inference/diagnostics/summaries.h"
#include "runtime/inference/vectors.h"
#include "runtime/kernels/rng.h"
#include "support/elementary.h"

namespace elba::runtime {

namespace {

constexpr std::uint64_t start_stream = 71, mass_stream = 72, probe_stream = 73;
// Scales of the starts: as Stan's inits, and beyond.
constexpr double near = 2, wide = 5, far = 20, first_jump = 4;
constexpr double uneven = 0.05;        // of a share of the draws on one side of a mirror
constexpr double arrived = 1e-2;       // nats that a Newton step still promises
constexpr double least_effective = 8;  // draws of a law, for the mass of its region
constexpr double enough_drawn = 0.5;   // of the draws that a mode should have
constexpr std::size_t steps = 10, mass_draws = 200;
constexpr std::size_t low = 10, seen_climbs = 5, most_probed = 12;
constexpr double box = 8, seen_by = 3;  // of probes: half a side; sd from a draw, root mean square
constexpr double unforetold = 3;        // nats above the laws that are known
constexpr std::size_t most_blocks = 6, mirror_trials = 3;
constexpr std::size_t largest_law = 200;  // coordinates
constexpr double infinity = std::numeric_limits<double>::infinity();

class Search {
 public:
  Search(const Objective& objective, const HessianProduct& product, const std::vector<double>& places,
         const ModeOptions& options)
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

  ModeSearch go() {
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

 private:
  [[nodiscard]] int scattered() const { return n_ <= low ? options_.low_searches : options_.searches; }
  [[nodiscard]] bool is_over(Stop& stop) const {
    return deadline_.is_over(stop) || out_.evaluations > options_.most_evaluations;
  }

  // Where the draws themselves lead.
  void climb_from_draws() {
    const std::size_t count = places_.size() / n_;
    Stop stop = Stop::converged;
    for (std::size_t k = 0; k < std::min(seen_climbs, count) && !is_over(stop); ++k) {
      const auto from = places_.begin() +
                        static_cast<std::ptrdiff_t>(k * (count / std::min(seen_climbs, count)) * n_);
      climb_and_note({from, from + static_cast<std::ptrdiff_t>(n_)});
    }
  }

  void climb_and_note(std::vector<double> from) {
    const OptimiseResult end = climb(std::move(from));
    if (end.stop != Stop::diverged && std::isfinite(end.value) && all_finite(end.x.data(), n_))
      note(end.x, end.value);
  }

  // In few dimensions the density itself says where to climb: from the highest of many scattered places that
  // are far from every draw, or far higher than the normal laws of the modes that are known foretell (a
  // narrow mode in the tail of a wide one has draws nearby).
  void probe() {
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

  OptimiseResult climb(std::vector<double> from) {
    OptimiseOptions settings;
    settings.max_iterations = options_.max_iterations;
    settings.tolerance = 1e-4;
    settings.budget = options_.budget;
    OptimiseResult end = maximise(objective_, std::move(from), settings);
    out_.evaluations += end.evaluations;
    return end;
  }

  // Mirrored, as a fit to a sum or a product may be; near 0, wide, far, and as far in units of the draws;
  // then along one coordinate after the other, by ever longer jumps both ways, which narrow modes beside a
  // wide one need.
  std::vector<double> start(int k) {
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

  void look_in_mirrors() {
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
    for (std::size_t j = 0; j < n_; ++j)
      sum += (a[j] - b[j]) * (a[j] - b[j]) / (sd_[j] * sd_[j]);
    return sum;
  }

  // Of a density with a mirror each coordinate that changes sign is positive in half of the draws.
  [[nodiscard]] bool are_on_both_sides(std::size_t choice, std::size_t blocks) const {
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

  // Whether the straight way from a to b stays above the lower of its ends, but for a valley.
  bool is_joined(const double* a, double at_a, const double* b, double at_b, double valley) {
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

  // The mode that this end belongs to, or a new one.
  void note(std::vector<double> u, double value) {
    if (count_if_known(u, value)) return;
    NormalPart law;
    // Told to end: what lies between was not seen.
    if (!settle(u, value, law) || count_if_known(u, value) || is_stopped()) return;
    modes_.push_back({.u = std::move(u), .log_density = value, .law = std::move(law)});
  }

  bool count_if_known(const std::vector<double>& u, double value) {
    for (Mode& mode : modes_) {
      if (!mode.mirrored.empty() ||
          !is_joined(u.data(), value, mode.u.data(), mode.log_density, options_.valley))
        continue;
      ++mode.found;
      return true;
    }
    return false;
  }

  // To where the gradient vanishes in units of the curvature. False: it does not, or -H is not positive
  // definite, and this is no mode.
  bool settle(std::vector<double>& u, double& value, NormalPart& law) {
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

  // Which mode a place belongs to.
  [[nodiscard]] std::size_t region_of(const double* u) const {
    std::size_t best = 0;
    double most = -infinity;
    for (std::size_t k = 0; k < laws_.size(); ++k)
      if (const double here = height_[k] + laws_[k].log_density(u); here > most) most = here, best = k;
    return best;
  }

  // Masses of the regions, draws in them, and which of the modes the draws have not seen.
  void share_out() {
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
        out_.seen_log_mass = both + math::log(math::exp(mode.log_mass - both) +
                                              math::exp(out_.seen_log_mass - both));
      }
      (is_seen ? out_.seen : out_.modes).push_back(std::move(mode));
    }
  }

  // ln Z = E ln p + H <= E ln p + H of the normal law with the same covariance, which has the largest.
  double mass_of_draws() {
    NormalPart law;
    if (!law_of_places(places_, n_, law)) return -infinity;
    double sum = 0, count = 0;
    for (std::size_t k = 0; k < mass_draws && k < places_.size() / n_; ++k) {
      double value = 0;
      if (value_at(&places_[k * (places_.size() / n_ / std::min(mass_draws, places_.size() / n_)) * n_],
                   value))
        sum += value, ++count;
    }
    const NormalMixture normal({law});
    return count > 0 ? sum / count - normal.log_density(law.mean.data()) + 0.5 * static_cast<double>(n_)
                     : -infinity;
  }

  double mass_of_region(std::size_t k) {
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

  const Objective& objective_;
  const HessianProduct& product_;
  const std::vector<double>& places_;
  const ModeOptions& options_;
  std::size_t n_;
  std::vector<double> mean_, sd_, gradient_;
  Deadline deadline_;
  std::vector<Mode> modes_;
  std::vector<NormalMixture> laws_;  // of the modes that have one
  std::vector<double> height_;       // the logarithms of their masses, as the regions are divided
  ModeSearch out_;
};

}  // namespace

ModeSearch find_modes(const Objective& log_density, const HessianProduct& product,
                      const std::vector<double>& places, const ModeOptions& options) {
  if (log_density.size == 0 || (!places.empty() && places.size() < 3 * log_density.size)) return {};
  return Search(log_density, product, places, options).go();
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
