// strategy: what is said of an answer, from its numbers alone and from a target that is no model.
#include <catch2/catch.hpp>

#include <cmath>

#include "runtime/inference/strategy/eigenvector_check.h"
#include "runtime/inference/strategy/identifiability.h"
#include "runtime/inference/strategy/mixture.h"
#include "runtime/inference/strategy/sampler_check.h"
#include "runtime/inference/strategy/withheld_spreads.h"

using namespace elba;
using namespace elba::runtime;

namespace {

Quantity quantity(const std::string& name, double mean, double sd) {
  Quantity out;
  out.name = name;
  out.mean = mean;
  out.sd = sd;
  out.mcse = sd / 100;
  return out;
}

Posterior posterior_of(std::vector<Quantity> quantities, Verdict verdict = Verdict::trust) {
  Posterior out;
  out.verdict = verdict;
  out.quantities = std::move(quantities);
  out.draw_count = 1000;
  return out;
}

// log p = -(a + b)^2 / 2 + c^2 part: constant along a - b.
class Ridge : public Target {
 public:
  Ridge() {
    for (const char* name : {"a", "b", "c"}) {
      Site site{.name = name, .support = "real"};
      site.first = site.value_first = coordinates_.sites.size();
      site.size = 1;
      coordinates_.sites.push_back(site);
    }
    coordinates_.size = coordinates_.value_size = 3;
  }
  [[nodiscard]] const Coordinates& coordinates() const override { return coordinates_; }
  [[nodiscard]] const std::vector<double>& start() const override { return start_; }
  bool log_density(std::span<const double> u, double, double& value, std::span<double> gradient) override {
    const double sum = u[0] + u[1];
    value = -0.5 * sum * sum - 0.5 * u[2] * u[2];
    if (!gradient.empty()) gradient[0] = gradient[1] = -sum, gradient[2] = -u[2];
    return true;
  }
  bool hessian_product(std::span<const double>, std::span<const double> v, double,
                       std::span<double> product) override {
    product[0] = product[1] = -(v[0] + v[1]);
    product[2] = -v[2];
    return true;
  }
  bool constrain(std::span<const double> u, std::span<double> values) override {
    std::copy(u.begin(), u.end(), values.begin());
    return true;
  }

 private:
  Coordinates coordinates_;
  std::vector<double> start_{0.3, -0.1, 0.2};
};

}  // namespace

TEST_CASE("unknowns along a line of constant density are named", "[runtime]") {
  Ridge target;
  Posterior found = posterior_of({quantity("a", 0, 1), quantity("b", 0, 1), quantity("c", 0, 1)},
                                 Verdict::do_not_trust);
  name_unidentified(found, target, true);
  REQUIRE(found.reasons.size() == 1);
  CHECK(code_of(found.reasons[0]) == "F0409");
  CHECK(found.reasons[0].text.starts_with("`a`, `b` can move together"));
  // Without time for the search, and of an answer that is trusted, nothing.
  found.reasons.clear();
  name_unidentified(found, target, false);
  CHECK(found.reasons.empty());
  found.verdict = Verdict::trust;
  name_unidentified(found, target, true);
  CHECK(found.reasons.empty());
  // What runs off is named by its estimate.
  Posterior far = posterior_of({quantity("a", 0, 1), quantity("b", 2e9, 1), quantity("c", 0, 1)},
                               Verdict::do_not_trust);
  CHECK(diverging_unknowns(far, target.coordinates()) == std::vector<std::string>{"b"});
  name_unidentified(far, target, false);
  REQUIRE(far.reasons.size() == 1);
  CHECK(code_of(far.reasons[0]) == "F0410");
}

TEST_CASE("a gradient that was computed without close eigenvectors is not checked", "[runtime]") {
  Ridge target;
  CHECK_FALSE(eigenvector_gradient_error(target, {{0.1, 0.2, 0.3}}, 1).has_value());
}

TEST_CASE("a standard deviation that the draws cannot show is left out", "[runtime]") {
  Posterior found = posterior_of({quantity("x", 1, 5), quantity("y", 1, 2), quantity("z", 1, 1)});
  found.diagnostics = GuideDiagnostics{.khat = 0.1};
  found.quantities[0].sd_khat = 1.4;
  found.quantities[1].sd_khat = 0.8;
  withhold_spreads(found);
  CHECK(std::isnan(found.quantities[0].sd));
  CHECK(found.quantities[0].mean == 1);
  CHECK(found.quantities[1].sd == 2);
  CHECK(found.verdict == Verdict::caution);
  REQUIRE(found.reasons.size() == 2);
  CHECK(code_of(found.reasons[0]) == "F0511");
  CHECK(code_of(found.reasons[1]) == "F0512");
  // Weights that do not hold say nothing of a variance.
  Posterior unweighted = posterior_of({quantity("x", 1, 5)});
  unweighted.quantities[0].sd_khat = 1.4;
  unweighted.diagnostics = GuideDiagnostics{.khat = 0.9, .khat_threshold = 0.7};
  withhold_spreads(unweighted);
  CHECK(unweighted.quantities[0].sd == 5);
  // Of chains with a tail of shape 1 the mean goes too.
  Posterior chains = posterior_of({quantity("x", 1, 5)});
  chains.diagnostics = SamplerDiagnostics{};
  chains.quantities[0].sd_khat = 2.2;
  withhold_spreads(chains);
  CHECK(std::isnan(chains.quantities[0].mean));
}

TEST_CASE("a fit is compared with chains", "[runtime]") {
  const Posterior chains = posterior_of({quantity("a", 0, 1), quantity("b", 0, 1)});
  Posterior same = posterior_of({quantity("a", 0.05, 1), quantity("b", 0, 1.1)});
  compare_with_chains(same, chains);
  CHECK(same.verdict == Verdict::trust);
  CHECK(code_of(same.reasons.back()) == "F0501");
  Posterior off = posterior_of({quantity("a", 0, 1), quantity("b", 1, 0.5)});
  compare_with_chains(off, chains);
  CHECK(off.verdict == Verdict::do_not_trust);
  CHECK(code_of(off.reasons.back()) == "F0502");
  REQUIRE(off.disagreements.size() == 2);
  CHECK(off.disagreements[0].name == "b");
  CHECK(off.disagreements[0].sd_ratio == Approx(0.5));
  const Posterior bad = posterior_of({quantity("a", 0, 1), quantity("b", 0, 1)}, Verdict::do_not_trust);
  Posterior unchecked = posterior_of({quantity("a", 0, 1), quantity("b", 0, 1)});
  compare_with_chains(unchecked, bad);
  CHECK(unchecked.verdict == Verdict::caution);
  CHECK(code_of(unchecked.reasons.back()) == "F0504");
}

TEST_CASE("fits that differ are told by the unknown that differs most", "[runtime]") {
  const Posterior one = posterior_of({quantity("a", 0, 1), quantity("b", 0, 1)}),
                  other = posterior_of({quantity("a", 0, 1), quantity("b", 2, 1)});
  CHECK(disagreement(one, one, 2).empty());
  CHECK(disagreement(one, other, 2).starts_with("`b` has 0"));
  CHECK(disagreement(one, other, 1).empty());  // of the unknowns only
}
