// distribution_properties: what the members of one distribution must have in common: its density integrates
// to 1, and the other members agree with it.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "api/distribution_check.h"
#include "api/validate/distribution.h"
#include "ir/random.h"

namespace elba {

class Properties {
 public:
  Properties(std::string name, const BatteryOptions& options) : name_(std::move(name)), options_(options) {}
  std::vector<BatteryRow> rows;

  // `found` against `expected`, within `allowed`.
  void compare(const std::string& property, double found, double expected, double allowed,
               const std::string& where);
  void note(const std::string& property, double error, const std::string& where, const std::string& what);
  // Of a distribution of numbers; `draws`: of its sampler too.
  void scalar(const Law& law, bool draws) {
    if (law.discrete())
      counts(law, draws);
    else
      reals(law, draws);
  }

 private:
  // Of a density on the line: where its mass is, and integrals cut there and at atoms.
  struct Region {
    double low = 0, high = 0, first = 0, mode = 0, last = 0;
    std::vector<double> cuts;
  };
  using Function = std::function<double(double)>;

  [[nodiscard]] Region region_of(const Law& law) const;
  [[nodiscard]] static double integral(const Region& region, double a, double b, const Function& f);
  // Of the atoms up to `below`.
  [[nodiscard]] double sum_at_atoms(const Law& law, double below, const Function& weight) const;
  void reals(const Law& law, bool draws);
  void real_sampler(const Law& law, const Region& region, const Function& density);
  void counts(const Law& law, bool draws);
  void count_sampler(const Law& law, double low, const std::vector<double>& masses);
  void tails(const Law& law, double x, double below, double allowed, const std::string& here);
  void chi_squared(const std::vector<double>& counts, const std::vector<double>& probabilities,
                   const std::string& where);

  [[nodiscard]] bool is_atom(double x) const {
    return std::find(options_.atoms.begin(), options_.atoms.end(), x) != options_.atoms.end();
  }
  [[nodiscard]] std::uint64_t key(int k) const { return ir::random::key_fold(options_.seed * 7919 + 17, k); }

  std::string name_;
  const BatteryOptions& options_;
};

}  // namespace elba
