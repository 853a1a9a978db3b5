#include "api/validate/distribution_properties.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "api/validate/adaptive_quadrature.h"
#include "support/elementary.h"

namespace elba {

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();

}  // namespace

void Properties::compare(const std::string& property, double found, double expected, double allowed,
                         const std::string& where) {
  const double error = found == expected ? 0 : std::abs(found - expected) / allowed;
  note(property, std::isfinite(error) ? error : infinite, where,
       fmt::format("{:.10g} for {:.10g}", found, expected));
}

void Properties::note(const std::string& property, double error, const std::string& where,
                      const std::string& what) {
  auto row = std::find_if(rows.begin(), rows.end(),
                          [&](const BatteryRow& r) { return r.property == property; });
  if (row == rows.end()) {
    rows.push_back({name_, property, 0, 0, {}});
    row = rows.end() - 1;
  }
  ++row->points;
  if (error > row->worst || row->detail.empty()) row->detail = what + (where.empty() ? "" : " at " + where);
  row->worst = std::max(row->worst, error);
}

Properties::Region Properties::region_of(const Law& law) const {
  Region region{.low = law.low(), .high = law.high()};
  const double low = region.low, high = region.high;
  // Where the mass is: places on grids from the ends (or around 0), and those within e^-3 of the highest
  // density.
  std::vector<double> grid;
  for (int k = -60; k <= 60; ++k) {
    const double step = math::exp(0.2 * k);
    if (std::isfinite(low)) grid.push_back(low + step);
    if (std::isfinite(high)) grid.push_back(high - step);
    if (std::isfinite(low) && std::isfinite(high)) grid.push_back(low + (high - low) / (1 + step));
    if (!std::isfinite(low) && !std::isfinite(high)) grid.insert(grid.end(), {step, -step});
  }
  for (int k = -40; k <= 40; ++k)
    grid.push_back(0.25 * k);
  std::sort(grid.begin(), grid.end());
  double best = -infinite, mode = 0;
  std::vector<std::pair<double, double>> seen;
  for (const double x : grid) {
    if (!(x > low && x < high) || is_atom(x)) continue;
    const double value = law.at("logpdf", x);
    if (!std::isfinite(value)) continue;
    seen.emplace_back(x, value);
    if (value > best) best = value, mode = x;
  }
  double first = mode, last = mode;
  for (const auto& [x, value] : seen) {
    if (value < best - 3) continue;
    first = std::min(first, x);
    last = std::max(last, x);
  }
  region.first = first;
  region.mode = mode;
  region.last = last;
  region.cuts = {low, first, mode, last, high};
  for (double atom : options_.atoms)
    region.cuts.push_back(atom);
  std::sort(region.cuts.begin(), region.cuts.end());
  return region;
}

double Properties::integral(const Region& region, double a, double b, const Function& f) {
  std::vector<double> own{a};
  for (double cut : region.cuts)
    if (cut > own.back() && cut < b) own.push_back(cut);
  own.push_back(b);
  return integrate(f, own);
}

double Properties::sum_at_atoms(const Law& law, double below, const Function& weight) const {
  double sum = 0;
  for (double atom : options_.atoms)
    if (atom <= below) sum += law.density(atom) * weight(atom);
  return sum;
}

void Properties::reals(const Law& law, bool draws) {
  const Region region = region_of(law);
  const auto density = [&](double x) { return is_atom(x) ? 0 : law.density(x); };
  const auto one = [](double) { return 1.0; };
  const std::string where = law.shown;
  compare("integrates to 1",
          integral(region, region.low, region.high, density) + sum_at_atoms(law, infinite, one), 1, 1e-6,
          where);
  // A mean that does not exist is stated as inf(): a quadrature cannot tell.
  if (law.has("mean") && std::isfinite(law.call("mean").at(0))) {
    const double mean = integral(region, region.low, region.high, [&](double x) { return x * density(x); }) +
                        sum_at_atoms(law, infinite, [](double x) { return x; });
    compare("mean", law.call("mean").at(0), mean, 1e-6 * (1 + std::abs(mean)), where);
  }
  if (law.has("entropy")) {
    const double entropy = integral(region, region.low, region.high, [&](double x) {
      const double value = law.at("logpdf", x);
      return std::isfinite(value) ? -value * math::exp(value) : 0;
    });
    compare("entropy", law.call("entropy").at(0), entropy, 1e-6 * (1 + std::abs(entropy)), where);
  }
  for (const double x : {0.7 * region.first + 0.3 * region.mode, region.mode,
                         0.6 * region.mode + 0.4 * region.last, region.last}) {
    if (!(x > region.low && x < region.high) || is_atom(x)) continue;
    const std::string here = fmt::format("x = {:.6g}, {}", x, where);
    const double below = integral(region, region.low, x, density) + sum_at_atoms(law, x, one);
    tails(law, x, below, 1e-7, here);
    if (law.has("quantile") && options_.atoms.empty() && below > 1e-6 && below < 1 - 1e-6)
      compare("quantile inverts the cdf", law.at("quantile", below), x,
              1e-5 * (1 + std::abs(x)) + 1e-6 / std::max(law.density(x), 1e-3), here);
  }
  if (draws && law.has("sample")) real_sampler(law, region, density);
}

void Properties::real_sampler(const Law& law, const Region& region, const Function& density) {
  std::vector<double> pilot, edges, probabilities(10), seen_counts(10);
  for (int k = 0; k < 300; ++k) {
    const double x = law.draw(key(k)).at(0);
    if (!is_atom(x)) pilot.push_back(x);
  }
  if (pilot.size() < 20) return;
  std::sort(pilot.begin(), pilot.end());
  for (std::size_t i = 1; i < 10; ++i)
    edges.push_back(pilot[pilot.size() * i / 10]);
  for (std::size_t i = 0; i < 10; ++i)
    probabilities[i] = integral(region, i == 0 ? region.low : edges[i - 1], i == 9 ? region.high : edges[i],
                                density);
  for (double atom : options_.atoms) {
    probabilities.push_back(law.density(atom));
    seen_counts.push_back(0);
  }
  for (int k = 0; k < options_.draws; ++k) {
    const double x = law.draw(key(1000 + k)).at(0);
    const auto atom = std::find(options_.atoms.begin(), options_.atoms.end(), x);
    const auto bin = atom != options_.atoms.end()
                         ? 10 + (atom - options_.atoms.begin())
                         : std::upper_bound(edges.begin(), edges.end(), x) - edges.begin();
    seen_counts[static_cast<std::size_t>(bin)] += 1;
  }
  chi_squared(seen_counts, probabilities, law.shown);
}

void Properties::counts(const Law& law, bool draws) {
  const double low = std::isfinite(law.low()) ? law.low() : -300,
               high = std::isfinite(law.high()) ? law.high() : low + 4000;
  double total = 0, mean = 0, entropy = 0;
  std::vector<double> masses;
  for (double x = low; x <= high; x += 1) {
    const double p = law.density(x);
    masses.push_back(p);
    total += p;
    mean += x * p;
    if (p > 0) entropy -= p * math::log(p);
    const std::string here = fmt::format("x = {:.0f}, {}", x, law.shown);
    if (masses.size() <= 12) {
      tails(law, x, total, 1e-9, here);
      if (law.has("quantile") && p > 1e-9 && total < 1) {
        compare("quantile inverts the cdf", law.at("quantile", total - 0.5 * p), x, 1e-9, here);
      }
    }
    if (total > 1 - 1e-11 && p < 1e-13) break;
  }
  compare("sums to 1", total, 1, 1e-8, law.shown);
  if (law.has("mean")) compare("mean", law.call("mean").at(0), mean, 1e-6 * (1 + std::abs(mean)), law.shown);
  if (law.has("entropy"))
    compare("entropy", law.call("entropy").at(0), entropy, 1e-6 * (1 + entropy), law.shown);
  if (draws && law.has("sample")) count_sampler(law, low, masses);
}

void Properties::count_sampler(const Law& law, double low, const std::vector<double>& masses) {
  std::vector<double> seen(masses.size() + 1), expected, found;
  for (int k = 0; k < options_.draws; ++k) {
    const double place = law.draw(key(1000 + k)).at(0) - low;
    seen[place >= 0 && place < static_cast<double>(masses.size()) ? static_cast<std::size_t>(place)
                                                                  : masses.size()] += 1;
  }
  // Values are joined until a bin expects at least 10.
  double p = 0, count = 0;
  for (std::size_t k = 0; k < masses.size(); ++k) {
    p += masses[k];
    count += seen[k];
    if (p * options_.draws < 10) continue;
    expected.push_back(p);
    found.push_back(count);
    p = count = 0;
  }
  if (expected.empty()) return;
  expected.back() += p;
  found.back() += count + seen.back();
  chi_squared(found, expected, law.shown);
}

void Properties::tails(const Law& law, double x, double below, double allowed, const std::string& here) {
  if (law.has("cdf")) compare("cdf", law.at("cdf", x), below, allowed, here);
  if (law.has("log_cdf") && below > 1e-3)
    compare("log_cdf", law.at("log_cdf", x), math::log(below), allowed / below, here);
  if (law.has("log_ccdf") && below < 1 - 1e-3)
    compare("log_ccdf", law.at("log_ccdf", x), math::log1p(-below), allowed / (1 - below), here);
}

// Against the quantile that a true law exceeds once in a million seeds (Wilson-Hilferty).
void Properties::chi_squared(const std::vector<double>& counts, const std::vector<double>& probabilities,
                             const std::string& where) {
  double total = 0, statistic = 0;
  for (double count : counts)
    total += count;
  double freedom = -1;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (!(probabilities[i] * total > 0.5)) {
      if (counts[i] > 10) statistic = infinite;
      continue;
    }
    freedom += 1;
    statistic += math::pow(counts[i] - total * probabilities[i], 2) / (total * probabilities[i]);
  }
  if (freedom < 1) return;
  const double c = 2 / (9 * freedom), limit = freedom * math::pow(1 - c + 4.753 * std::sqrt(c), 3);
  note("sampler", statistic / limit, where,
       fmt::format("chi squared {:.1f}, limit {:.1f}, of {:.0f} draws", statistic, limit, total));
}

}  // namespace elba
