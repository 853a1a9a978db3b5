// distribution_check: properties of distributions, tested at generated arguments within their declared
// bounds.
//
//   the density integrates (sums) to one over the support        mean and entropy are those of the density
//   cdf, log_cdf and log_ccdf are its integral                   the sampler has its law
//   quantile inverts the cdf                                     compiled derivatives agree with differences
//
// Members run in the interpreter; derivatives and the values they are differences of are compiled. Arguments
// are drawn through the transforms of their types, so every declared constraint holds. `elba check
// --distributions` runs it on a file's own declarations, tests/probability on the library's and on
// combinations. Not here: vectors and matrices with more than two free coordinates are not integrated; mass
// at points of a continuous one is told by `atoms`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/elba.hpp"

namespace elba {

struct BatteryRow {
  std::string distribution, property;  // "skewed", "integrates to 1"
  int points = 0;                      // arguments at which it was looked at
  double worst = 0;                    // the largest error, as a fraction of what is allowed
  std::string detail;                  // where that was, and what was found there
  [[nodiscard]] bool ok() const { return worst <= 1; }
};

struct BatteryOptions {
  std::uint64_t seed = 1;
  int points = 3;             // argument sets
  int draws = 1000;           // of the sampler, at the first set
  std::vector<double> atoms;  // single values with a probability, of a continuous distribution
};

// The law of the only site `x` of a model whose arguments are params, data and constants.
[[nodiscard]] Result<std::vector<BatteryRow>> check_site_distribution(std::string_view model_text,
                                                                      const std::string& shown_name,
                                                                      const BatteryOptions& options = {},
                                                                      const CompileOptions& compile = {});

// Each `dist` that the text declares.
[[nodiscard]] Result<std::vector<BatteryRow>> check_distributions(std::string_view text,
                                                                  const CompileOptions& compile = {},
                                                                  const BatteryOptions& options = {});

}  // namespace elba
