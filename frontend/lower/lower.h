// lower: checked model -> density-level IR (docs/ir.md): @model, and the functions and distributions that it
// uses.
//
//     for i in 1:N { let h = f(x[i]);  y[i] ~ normal(dot(w, h), s); }
//   ->
//     %m = nest (%i0 < N) { .. yield %dot }      one nest stacks what varies with the loop; density ops never
//                                                stand in a nest
//     %d = dist %m, %s {name="normal"}
//     observe %d, %y
//
// Latents of a loop are made for all iterations at once. Recurrences become scans (arrays.cpp). A branch
// becomes a mask of its observations and a select of its assignments. Indices become 0-based.
#pragma once

#include "frontend/signature.h"
#include "frontend/typed_tree/tree.h"
#include "ir/module.h"
#include "support/result.h"

namespace elba::frontend {

// A failure is a defect of the front end: everything a user can do wrong was found by the checks.
[[nodiscard]] Result<ir::Module> lower(const CheckedModel& model, const Signature& signature);

}  // namespace elba::frontend
