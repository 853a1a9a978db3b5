// simulation: data that a model might have seen: latents from the prior, data from their laws
// (passes/density/simulate.cpp).
//
//     // covariates and sizes; tau held at 0.5
//     auto simulator = Simulator::make(program, given, {{"tau", {0.5}}});
//     // Data that bind, and the values behind them
//     auto drawn = simulator->draw(key);
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "api/elba.hpp"

namespace elba {

using FixedValues = std::map<std::string, std::vector<double>>;  // of latents and params, row-major

struct SimulatedArray {
  std::string name;
  std::vector<std::int64_t> shape;
  std::vector<double> values;  // row-major
};

struct Simulation {
  Data data;  // what was given, with every field that has a law drawn anew
  // The same, in the order of the model; sizes that were given stand first.
  std::vector<SimulatedArray> fields;
  std::vector<SimulatedArray> truth;  // latents and params in declaration order
};

class Simulator {
 public:
  // Fails where the model has a statement that is no law, and where an unknown has none and is not fixed.
  static Result<Simulator> make(const Program& program, const Data& given, const FixedValues& fixed = {},
                                const JitOptions& options = {});

  // Draws outside of declared bounds of latents are rejected as a whole, which leaves exactly the density of
  // the model's priors.
  [[nodiscard]] Result<Simulation> draw(std::uint64_t key);

  struct Impl;

 private:
  static Result<Simulator> make_unguarded(const Program& program, const Data& given, const FixedValues& fixed,
                                          const JitOptions& options);
  Result<Simulation> draw_unguarded(std::uint64_t key);

  std::shared_ptr<Impl> impl_;
};

}  // namespace elba
