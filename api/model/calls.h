// calls: calls of compiled functions that inference makes in its inner loops, below the public
// interface.
#pragma once

#include <span>

#include "api/model/handles.h"

namespace elba {

// Log joint at u with the log Jacobian weighed by `jacobian`; an empty gradient asks for the value only.
// Allocates nothing after the first call.
Status call_log_joint(Workspace::Impl& workspace, std::span<const double> u, double jacobian, double& value,
                      std::span<double> gradient);
// product = Hessian of the same, times v.
Status call_hessian_product(Workspace::Impl& workspace, std::span<const double> u, std::span<const double> v,
                            double jacobian, std::span<double> product);

}  // namespace elba
