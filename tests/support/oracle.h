// oracle: a bound model evaluated by the interpreter, before any optimisation: what compiled code is held
// against.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "api/model/handles.h"
#include "ir/interpret.h"

namespace elba::test {

// The arguments of @log_joint as the interpreter takes them, in parameter order.
// A nudge other than 0 moves each real number by a few units in its last place, differently for each nudge:
// what then changes much has no digits.
[[nodiscard]] std::vector<ir::Tensor> interpreter_arguments(const Bound& bound, const ir::Func& func,
                                                            const std::vector<double>& u,
                                                            std::uint64_t nudge = 0);

// Results of a function of the module with the bound data, at u, the log Jacobian counted.
[[nodiscard]] Result<std::vector<ir::Tensor>> interpret_bound(const Bound& bound, const ir::Module& module,
                                                              const std::string& function,
                                                              const std::vector<double>& u,
                                                              std::uint64_t nudge = 0);

struct OracleValue {
  double value = 0;              // of the densities themselves
  std::vector<double> gradient;  // of the expanded density, differentiated and not optimised
};
[[nodiscard]] Result<OracleValue> oracle_log_joint(const Bound& bound, const std::vector<double>& u,
                                                   std::uint64_t nudge = 0);

}  // namespace elba::test
