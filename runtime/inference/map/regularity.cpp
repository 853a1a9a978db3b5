#include "runtime/inference/map/regularity.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "runtime/inference/vectors.h"

namespace elba::runtime {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double lengths[] = {1, 1e2, 1e4, 1e6};       // times a direction's unit
constexpr double same = 1e-3;                          // nats along a line that is flat
constexpr double grown = 100;                          // of an unknown that runs off
constexpr double moved_much = 1e-3, not_moved = 1e-6;  // of an unknown, times its size
constexpr double still_changing = 0.05;  // nats, of a factor e by which a scale comes nearer to its bound
constexpr double far_transformed = 12, far_bound = 6, far_real = 1e6, beyond_units = 1e12;
constexpr std::size_t most_profiles = 3, most_curves = 3, most_bounds = 200;
constexpr int profile_steps = 200, collapse_steps = 60;

std::string number(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

}  // namespace

std::string base_name(const std::string& quantity) { return quantity.substr(0, quantity.find('[')); }

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t k = 0; k < names.size(); ++k)
    text += (k == 0 ? "`" : k + 1 == names.size() ? " and `" : ", `") + names[k] + "`";
  return text;
}

Explorer::Explorer(const MapProblem& problem, const Budget& budget)
    : problem_(problem),
      budget_(budget),
      is_real_(problem.log_density.size, true),
      gradient_(problem.log_density.size) {
  budget_.progress = nullptr;
  for (const auto& block : problem.blocks)
    for (std::size_t k = block.first; k < block.first + block.count; ++k)
      is_real_[k] = block.is_real;
}

std::vector<double> Explorer::values_at(const std::vector<double>& u) {
  std::vector<double> values;
  if (!problem_.unknowns) return u;
  if (!problem_.unknowns(u.data(), values)) values.clear();
  return values;
}

// Infinite where it overflows; -infinity where there is none.
double Explorer::value_at(const std::vector<double>& u) {
  ++evaluations_;
  double value = 0;
  const bool is_finite = problem_.log_density.evaluate(u.data(), 0, value, gradient_.data());
  if (value == infinity) return value;
  return is_finite && std::isfinite(value) ? value : -infinity;
}

double Explorer::moved(const std::vector<double>& here, const std::vector<double>& there) const {
  double most = 0;
  for (std::size_t k = 0; k < std::min(here.size(), there.size()); ++k)
    most = std::max(most, std::fabs(there[k] - here[k]) / (1 + std::fabs(here[k])));
  return most;
}

// By their own sizes: where a product is known one factor grows and the other vanishes.
std::vector<std::string> Explorer::moved_names(const std::vector<double>& here,
                                               const std::vector<double>& there) const {
  const std::size_t count = std::min({here.size(), there.size(), problem_.quantity_names.size()});
  const auto share = [&](std::size_t k) {
    return std::fabs(there[k] - here[k]) / (std::fabs(here[k]) + std::fabs(there[k]) + moved_much);
  };
  double most = 0;
  for (std::size_t k = 0; k < count; ++k)
    most = std::max(most, share(k));
  std::vector<std::string> names;
  for (std::size_t k = 0; k < count; ++k) {
    if (!(share(k) > 0.1 * most)) continue;
    const std::string name = base_name(problem_.quantity_names[k]);
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  return names;
}

// The unknown that changed most by its own size, and where to.
std::string Explorer::way_words(const std::vector<double>& here, const std::vector<double>& there) const {
  std::size_t most = 0;
  double share = -1;
  for (std::size_t k = 0; k < std::min({here.size(), there.size(), problem_.quantity_names.size()}); ++k) {
    const double size = std::max(std::fabs(here[k]), std::fabs(there[k]));
    const double change = std::isfinite(there[k]) ? (size > 0 ? std::fabs(there[k] - here[k]) / size : 0) : 2;
    if (change > share) share = change, most = k;
  }
  if (share < 0) return "an unknown runs off";
  // Of several that grow by many times their size, as where a direction has a small part along another one,
  // the one that goes furthest; their shares differ by rounding only.
  constexpr double whole = 0.99;
  const auto grows = [&](std::size_t k) { return std::fabs(there[k]) > std::fabs(here[k]); };
  for (std::size_t k = 0; k < there.size() && k < problem_.quantity_names.size() && grows(most); ++k)
    if (grows(k) && std::fabs(there[k] - here[k]) > whole * std::fabs(there[k]) &&
        std::fabs(there[k]) > std::fabs(there[most]))
      most = k;
  const std::string name = "`" + problem_.quantity_names[most] + "`";
  if (!(std::fabs(there[most]) < std::fabs(here[most])) && std::fabs(there[most]) > grown)
    return name + (there[most] > 0 ? " grows without end" : " falls without end");
  return name + " goes to " + (std::fabs(there[most]) < 1e-4 ? "0" : number(there[most]));
}

Explorer::Ray Explorer::look_out(const Ascent& ascent, const std::vector<double>& v, double unit) {
  Ray ray;
  const std::vector<double> here = values_at(ascent.end.x);
  std::vector<double> place(v.size());
  const double value = ascent.end.value, tolerance = same + 1e-10 * std::fabs(value);
  for (const double length : lengths) {
    for (std::size_t k = 0; k < v.size(); ++k)
      place[k] = ascent.end.x[k] + length * unit * v[k];
    const double there = value_at(place);
    if (there == -infinity && ray.has_last) break;  // beyond what numbers hold
    if (there < value - tolerance) ray.falls = true;
    if (there > value + value_noise(value)) ray.rises = true;
    if (ray.falls) break;
    std::vector<double> values = values_at(place);
    if (values.empty()) break;
    for (std::size_t k = 0; k < values.size(); ++k)
      ray.growth = std::max(ray.growth, std::fabs(values[k] - here[k]) / (1 + std::fabs(here[k])));
    ray.last = std::move(values);
    ray.has_last = true;
    if (there == infinity) break;
  }
  if (!ray.has_last) ray.falls = true;
  return ray;
}

// The density with coordinate k where it is: steps along the gradient never move it.
Objective Explorer::hold(std::size_t k) const {
  return {problem_.log_density.size,
          [this, k](const double* u, std::uint64_t key, double& value, double* gradient) {
            const bool is_finite = problem_.log_density.evaluate(u, key, value, gradient);
            gradient[k] = 0;
            return is_finite;
          }};
}

// Along coordinate k, and then over the rest as well: four units apart. At a bound that is approached
// smoothly each step brings exp(-4) of the one before.
bool Explorer::rises_like_log(const Ascent& ascent, std::size_t k) {
  constexpr double least = 0.2;  // nats in four units
  const double inward = ascent.end.x[k] > 0 ? -4 : 4;
  const auto rises = [&](const double(&profile)[3]) {
    const double last = profile[0] - profile[1], before = profile[1] - profile[2];
    return last > least && before > least && last > 0.5 * before &&
           ascent.end.value > profile[0] - value_noise(profile[0]);
  };
  double profile[3];
  std::vector<double> x = ascent.end.x;
  for (double& value : profile) {
    x[k] += inward;
    value = value_at(x);
  }
  if (rises(profile)) return true;
  const Objective held = hold(k);
  OptimiseOptions settings;
  settings.max_iterations = profile_steps;
  settings.budget = budget_;
  x = ascent.end.x;
  for (double& value : profile) {
    x[k] += inward;
    OptimiseResult found = maximise(held, x, settings);
    evaluations_ += found.evaluations;
    if (found.stop == Stop::diverged || found.stop == Stop::cancelled || found.stop == Stop::seconds)
      return false;
    value = found.value;
    x = std::move(found.x);
  }
  return rises(profile);
}

bool Explorer::is_far_out(const std::vector<double>& u, const std::vector<double>& gradient,
                          const std::vector<double>& start) {
  std::vector<double> inner = u;
  for (std::size_t k = 0; k < u.size(); ++k) {
    if (is_real_[k] && std::fabs(u[k]) > beyond_units * (1 + std::fabs(start[k]))) return true;
    if (is_real_[k] || std::fabs(u[k]) < far_transformed ||
        !(gradient[k] * (u[k] > 0 ? 1 : -1) > still_changing))
      continue;
    // A scale of data in the millions, not reached yet, has another slope a factor of 50 away.
    inner[k] -= u[k] > 0 ? 4 : -4;
    const bool is_same_slope = value_at(inner) > -infinity && gradient_[k] * gradient[k] > 0 &&
                               std::fabs(gradient_[k]) < 2 * std::fabs(gradient[k]);
    if (is_same_slope) return true;
    inner[k] = u[k];
  }
  return false;
}

std::string Explorer::way_off(const Ascent& ascent, const std::vector<double>& start) {
  const std::size_t n = problem_.log_density.size;
  const std::vector<double>& u = ascent.end.x;
  if (ascent.end.stop == Stop::diverged || u.size() != n) return {};
  const std::vector<double> here = values_at(u), there = values_at(start);
  // As far as it came, and further.
  std::vector<double> direction(n);
  for (std::size_t k = 0; k < n; ++k)
    direction[k] = u[k] - start[k];
  const double length = std::sqrt(dot(direction, direction));
  bool is_far = false;
  for (std::size_t k = 0; k < n; ++k)
    is_far = is_far || (is_real_[k] && std::fabs(u[k]) > far_real * (1 + std::fabs(start[k])));
  if (length > 0 && (is_far || (ascent.end.stop != Stop::converged && length > 1e3))) {
    for (double& x : direction)
      x /= length;
    const Ray ray = look_out(ascent, direction, length);
    if (!ray.falls && ray.growth > 0.5) return way_words(there, here);
  }
  for (std::size_t k = 0; k < n; ++k) {
    if (!is_real_[k] || !(std::fabs(u[k]) > far_real * (1 + std::fabs(start[k])))) continue;
    std::vector<double> alone(n, 0.0);
    alone[k] = u[k] > 0 ? 1 : -1;
    const Ray ray = look_out(ascent, alone, std::fabs(u[k]));
    if (!ray.falls && ray.growth > grown) return way_words(here, ray.last);
  }

  std::vector<std::size_t> outer;
  for (std::size_t k = 0; k < n; ++k)
    if (!is_real_[k] && std::fabs(u[k]) > far_transformed) outer.push_back(k);
  std::sort(outer.begin(), outer.end(),
            [&](std::size_t a, std::size_t b) { return std::fabs(u[a]) > std::fabs(u[b]); });
  if (outer.size() > most_profiles) outer.resize(most_profiles);
  for (const std::size_t k : outer) {
    // Where the climb arrived and the slope has vanished, a scale is small and no more.
    (void)value_at(u);
    const bool is_changing = ascent.end.stop != Stop::converged || std::fabs(gradient_[k]) > still_changing;
    if (is_changing && rises_like_log(ascent, k)) {
      std::vector<double> inner = u;
      inner[k] += u[k] > 0 ? -2 : 2;
      return way_words(values_at(inner), here);
    }
    std::vector<double> outward(n, 0.0), inward(n, 0.0);
    outward[k] = u[k] > 0 ? 1 : -1;
    inward[k] = -outward[k];
    const Ray off = look_out(ascent, outward, 8);
    if (!off.falls && off.growth > grown && look_out(ascent, inward, std::fabs(u[k])).falls)
      return way_words(here, off.last);
  }

  for (const OpenDirection& open : ascent.terrain.open) {
    std::vector<double> back = open.v;
    for (double& x : back)
      x = -x;
    const Ray one = look_out(ascent, open.v, open.unit), other = look_out(ascent, back, open.unit);
    if (one.falls == other.falls) continue;
    const Ray& off = one.falls ? other : one;
    if (off.growth > grown) return way_words(here, off.last);
  }
  return {};
}

std::string Explorer::collapse(const Ascent& ascent) {
  constexpr std::size_t most_scales = 12;
  constexpr int steps = 12;
  constexpr double least = 0.1;  // nats in one unit
  std::size_t scales = 0;
  for (std::size_t k = 0; k < is_real_.size(); ++k) {
    if (is_real_[k] || std::fabs(ascent.end.x[k]) > far_transformed || ++scales > most_scales) continue;
    OptimiseOptions settings;
    settings.max_iterations = collapse_steps;
    settings.budget = budget_;
    const Objective held = hold(k);
    std::vector<double> x = ascent.end.x, before = x;
    double value = ascent.end.value, rise = 0, last_rise = 0;
    for (int step = 0; step < steps; ++step) {
      before = x;
      x[k] -= 1;
      OptimiseResult found = maximise(held, x, settings);
      evaluations_ += found.evaluations;
      if (found.stop == Stop::diverged || found.stop == Stop::cancelled || found.stop == Stop::seconds) {
        rise = 0;
        break;
      }
      last_rise = rise;
      rise = found.value - value;
      value = found.value;
      x = std::move(found.x);
    }
    if (rise > least && last_rise > least && rise > 0.5 * last_rise)
      return way_words(values_at(before), values_at(x));
  }
  return {};
}

std::vector<std::string> Explorer::flat_names(const Ascent& ascent) {
  const std::vector<double> here = values_at(ascent.end.x);
  std::vector<std::string> names;
  const auto note = [&](const std::vector<double>& there) {
    for (std::string& name : moved_names(here, there))
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
  };
  std::size_t curves = 0;
  for (const OpenDirection& open : ascent.terrain.open) {
    std::vector<double> back = open.v, place(open.v.size());
    for (double& x : back)
      x = -x;
    const Ray one = look_out(ascent, open.v, open.unit), other = look_out(ascent, back, open.unit);
    if (!one.falls && !other.falls) {
      if (one.growth > moved_much || other.growth > moved_much)
        note(one.growth > other.growth ? one.last : other.last);
      continue;
    }
    if (curves == most_curves) continue;
    ++curves;
    constexpr double part = 0.3, kept = 0.3, seen_loss = 1e-2, longest = 1e6;
    for (const double sign : {-1.0, 1.0}) {
      // So far that the line itself loses something, which a maximum that is only broad would win back.
      for (double t = part; t < longest; t *= 3) {
        for (std::size_t k = 0; k < place.size(); ++k)
          place[k] = ascent.end.x[k] + sign * t * open.unit * open.v[k];
        if (!(value_at(place) > ascent.end.value - seen_loss)) break;
      }
      const double before = moved(here, values_at(place));
      if (!(before > moved_much) || value_at(place) == -infinity) continue;
      Ascent again = ascend(problem_.log_density, problem_.hessian_product, place,
                            {.has_kinks = false, .look = Look::none, .budget = budget_});
      evaluations_ += again.evaluations + 4 * again.products;
      const std::vector<double> there = values_at(again.end.x);
      const double after = moved(here, there);
      if (!(again.end.value > ascent.end.value - value_noise(ascent.end.value)) || !(after > kept * before))
        continue;
      // Another maximum that happens to be as high is no ridge: half way it must be as high too.
      for (std::size_t k = 0; k < place.size(); ++k)
        place[k] = 0.5 * (ascent.end.x[k] + again.end.x[k]);
      Ascent middle = ascend(problem_.log_density, problem_.hessian_product, place,
                             {.has_kinks = false, .look = Look::none, .budget = budget_});
      evaluations_ += middle.evaluations + 4 * middle.products;
      const std::vector<double> between = values_at(middle.end.x);
      if (middle.end.value > ascent.end.value - value_noise(ascent.end.value) &&
          moved(here, between) > 0.2 * after && moved(there, between) > 0.2 * moved(there, here)) {
        note(there);
        break;
      }
    }
  }
  return names;
}

std::vector<std::size_t> Explorer::at_bounds(const Ascent& ascent) {
  std::vector<std::size_t> found;
  std::size_t looked = 0;
  const std::vector<double>& u = ascent.end.x;
  const std::vector<double> here = values_at(u);
  const double tolerance = 1e-6 + 1e-11 * std::fabs(ascent.end.value);
  for (std::size_t k = 0; k < u.size(); ++k) {
    if (is_real_[k] || std::fabs(u[k]) < far_bound || ++looked > most_bounds) continue;
    std::vector<double> place = u;
    place[k] += u[k] > 0 ? 4 : -4;
    if (std::fabs(value_at(place) - ascent.end.value) > tolerance || moved(here, values_at(place)) > 1e-4)
      continue;
    place[k] = 0;
    if (moved(here, values_at(place)) > not_moved) found.push_back(k);
  }
  return found;
}

std::vector<std::string> Explorer::bound_words(const Ascent& ascent,
                                               const std::vector<std::size_t>& coordinates) {
  std::vector<std::string> words;
  const std::vector<double> here = values_at(ascent.end.x);
  for (const std::size_t k : coordinates) {
    std::vector<double> place = ascent.end.x;
    place[k] = 0;
    const std::vector<double> there = values_at(place);
    std::size_t most = 0;
    double change = -1;
    for (std::size_t j = 0; j < std::min({here.size(), there.size(), problem_.quantity_names.size()}); ++j)
      if (std::fabs(there[j] - here[j]) > change) change = std::fabs(there[j] - here[j]), most = j;
    if (change < 0) continue;
    const double value = std::fabs(here[most]) < 1e-4 * change ? 0 : here[most];
    const std::string word = "`" + problem_.quantity_names[most] + "` = " + number(value);
    if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(word);
  }
  return words;
}

}  // namespace elba::runtime
