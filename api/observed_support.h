// observed_support: observations of what data give (`let r = y / n; r ~ beta(2, 2);`) lie in the support of their law.
#pragma once

#include "api/bind.h"
#include "support/result.h"

namespace elba {

// A data field's bounds are declared and checked; what is computed from data has no declaration, so that its values are looked at.
[[nodiscard]] Status check_observed_support(const ir::Module& density, const BoundData& data);

}  // namespace elba
