// observed_support: observations, and what is computed from data (`let r = y / n; r ~ beta(2, 2);`), lie in
// the support of their law.
#pragma once

#include "api/model/bind.h"
#include "support/result.h"

namespace elba {

// A data field need not declare the bounds of what it is observed under, and what is computed from data has
// no declaration, so that the values are looked at. Fields are scanned; the rest is interpreted.
[[nodiscard]] Status check_observed_support(const ir::Module& density, const BoundData& data);

}  // namespace elba
