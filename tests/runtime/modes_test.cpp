// The search for modes that draws never saw, on densities whose modes and masses are known.
#include "runtime/inference/strategy/mode_search.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <numbers>

#include "guide_models.h"
#include "runtime/kernels/rng.h"

using namespace elba::runtime;
using guide_models::Model;

namespace {

// Normal laws with one sd each, in n dims: shares, centres of the first coordinate, sds.
struct Peaks {
  std::size_t n;
  std::vector<double> share, centre, sd;

  double value(const double* u, double* gradient) const {
    std::vector<double> each;
    double top = -1e300;
    for (std::size_t k = 0; k < share.size(); ++k) {
      double square = 0;
      for (std::size_t j = 0; j < n; ++j)
        square += std::pow((u[j] - (j == 0 ? centre[k] : 0)) / sd[k], 2);
      each.push_back(std::log(share[k]) - 0.5 * square -
                     static_cast<double>(n) * (std::log(sd[k]) + 0.5 * std::log(2 * std::numbers::pi)));
      top = std::max(top, each.back());
    }
    double sum = 0;
    for (const double x : each)
      sum += std::exp(x - top);
    std::fill_n(gradient, n, 0.0);
    for (std::size_t k = 0; k < share.size(); ++k)
      for (std::size_t j = 0; j < n; ++j)
        gradient[j] -= std::exp(each[k] - top) / sum * (u[j] - (j == 0 ? centre[k] : 0)) / (sd[k] * sd[k]);
    return top + std::log(sum);
  }
  [[nodiscard]] Objective objective() const {
    return {n, [self = *this](const double* u, std::uint64_t, double& value, double* gradient) {
              return value = self.value(u, gradient), std::isfinite(value);
            }};
  }
  // By differences of gradients.
  [[nodiscard]] HessianProduct product() const {
    return [self = *this](const double* u, const double* v, double* out) {
      constexpr double step = 1e-5;
      std::vector<double> up(self.n), down(self.n), g(self.n);
      for (std::size_t j = 0; j < self.n; ++j)
        up[j] = u[j] + step * v[j], down[j] = u[j] - step * v[j];
      (void)self.value(up.data(), out);
      (void)self.value(down.data(), g.data());
      for (std::size_t j = 0; j < self.n; ++j)
        out[j] = (out[j] - g[j]) / (2 * step);
      return true;
    };
  }
  // Draws of one of them.
  [[nodiscard]] std::vector<double> places(std::size_t k, std::size_t count) const {
    std::vector<double> out;
    for (std::size_t i = 0; i < count; ++i)
      for (std::size_t j = 0; j < n; ++j)
        out.push_back((j == 0 ? centre[k] : 0) + sd[k] * normal(fold_key(9, i), j));
    return out;
  }
};

}  // namespace

TEST_CASE("modes beside the draws are found, with their masses", "[runtime]") {
  // The two narrow ones draw only what starts near.
  const Peaks peaks{3, {0.5, 0.3, 0.2}, {0, 6, -9}, {1, 0.5, 0.8}};
  const ModeSearch found = find_modes(peaks.objective(), peaks.product(), peaks.places(0, 200), {});
  REQUIRE(found.modes.size() == 2);
  for (const Mode& mode : found.modes) {
    const std::size_t k = mode.u[0] > 0 ? 1 : 2;
    CHECK(mode.u[0] == Approx(peaks.centre[k]).margin(0.05));
    CHECK(mode.log_mass == Approx(std::log(peaks.share[k])).margin(0.02));
  }
}

TEST_CASE("a spike on the side of a hill does not hide the hill", "[runtime]") {
  const Peaks peaks{1, {0.3, 0.7}, {0, 1.5}, {0.01, 1}};  // no valley of two nats between them
  const ModeSearch found = find_modes(peaks.objective(), peaks.product(), peaks.places(0, 200), {});
  REQUIRE(found.modes.size() == 1);
  // Its law reaches over the spike, and counts some of it.
  CHECK(found.modes[0].log_mass > std::log(0.7) - 0.05);
  CHECK(found.modes[0].log_mass < 0.1);
}

TEST_CASE("where draws are, there is no other mode", "[runtime]") {
  const Peaks one{4, {1}, {2}, {0.7}};
  CHECK(find_modes(one.objective(), one.product(), one.places(0, 100), {}).modes.empty());
  const Peaks close{2, {0.5, 0.5}, {-1, 1}, {1, 1}};
  CHECK(find_modes(close.objective(), close.product(), close.places(0, 100), {}).modes.empty());

  // Eight schools: a funnel whose draws come from a wide guide.
  const Model schools = guide_models::eight_schools();
  const Objective objective{schools.size,
                            [&](const double* u, std::uint64_t, double& value, double* gradient) {
                              return value = schools.log_density(u, gradient), std::isfinite(value);
                            }};
  std::vector<double> places;
  for (std::size_t i = 0; i < 200; ++i)
    for (std::size_t j = 0; j < schools.size; ++j)
      places.push_back((j == 8 ? 4.4 : j == 9 ? 1 : 0) + (j == 8 ? 3.3 : 1) * normal(fold_key(4, i), j));
  const HessianProduct product = [&](const double* u, const double* v, double* out) {
    constexpr double step = 1e-5;
    std::vector<double> up(u, u + schools.size), down(up), g(schools.size);
    for (std::size_t j = 0; j < schools.size; ++j)
      up[j] += step * v[j], down[j] -= step * v[j];
    (void)schools.log_density(up.data(), out);
    (void)schools.log_density(down.data(), g.data());
    for (std::size_t j = 0; j < schools.size; ++j)
      out[j] = (out[j] - g[j]) / (2 * step);
    return true;
  };
  for (const Mode& mode : find_modes(objective, product, places, {}).modes)
    CHECK(mode.log_mass < -31.3 - 5);
}

TEST_CASE("a search that is cancelled ends", "[runtime]") {
  const Peaks peaks{2, {0.5, 0.5}, {0, 8}, {1, 1}};
  std::atomic<bool> cancel{true};
  ModeOptions options;
  options.budget.cancel = &cancel;
  CHECK(find_modes(peaks.objective(), peaks.product(), peaks.places(0, 50), options).modes.empty());
}

TEST_CASE("the law of draws has their mean and covariance, and can be widened", "[runtime]") {
  const Peaks one{2, {1}, {3}, {0.5}};
  NormalPart law;
  REQUIRE(law_of_places(one.places(0, 4000), 2, law));
  CHECK(law.mean[0] == Approx(3).margin(0.05));
  const double at[] = {3.2, 0.1};
  std::vector<double> gradient(2);
  CHECK(NormalMixture({law}).log_density(at) == Approx(one.value(at, gradient.data())).margin(0.05));
  const Peaks wide{2, {1}, {3}, {1.5}};
  CHECK(NormalMixture({widened(law, 3)}).log_density(at) ==
        Approx(wide.value(at, gradient.data())).margin(0.05));
  CHECK_FALSE(law_of_places(one.places(0, 5), 2, law));
}

TEST_CASE("a density that does not change with signs has an image of the draws", "[runtime]") {
  // A product of two: only both signs together leave it as it is. The third coordinate has nothing to do with
  // them.
  const Objective objective{3, [](const double* u, std::uint64_t, double& value, double* gradient) {
                              const double gap = (u[0] * u[1] - 4) / 0.5;
                              value = -0.5 * gap * gap - 0.5 * (u[0] * u[0] + u[1] * u[1]) / 4 -
                                      0.5 * (u[2] - 1) * (u[2] - 1);
                              gradient[0] = -gap / 0.5 * u[1] - u[0] / 4;
                              gradient[1] = -gap / 0.5 * u[0] - u[1] / 4;
                              gradient[2] = 1 - u[2];
                              return true;
                            }};
  std::vector<double> places;
  for (std::size_t i = 0; i < 60; ++i) {
    const double a = 2 + 0.2 * normal(fold_key(3, i), 0);
    places.insert(places.end(), {a, 4 / a, 1 + normal(fold_key(3, i), 1)});
  }
  ModeOptions options;
  options.signed_blocks = {{0, 1}, {1, 1}, {2, 1}};
  const ModeSearch found = find_modes(objective, nullptr, places, options);
  REQUIRE(!found.modes.empty());
  CHECK(found.modes[0].mirrored == std::vector<std::size_t>{0, 1});
  CHECK(found.modes[0].u[0] == Approx(-2).margin(0.3));
  CHECK(found.modes[0].u[2] == Approx(1).margin(1.5));
  CHECK(found.modes[0].distance > 5);
  REQUIRE(found.modes[0].law.mean.size() == 3);
  CHECK(found.modes[0].law.mean[0] == Approx(-2).margin(0.1));
  // On both sides already.
  for (std::size_t k = 0; k < 60; k += 2)
    places[3 * k] *= -1, places[3 * k + 1] *= -1;
  CHECK(find_modes(objective, nullptr, places, options).modes.empty());
}
