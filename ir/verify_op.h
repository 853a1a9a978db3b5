// verify_op: the checks of one op whose operands are in scope. Internal to ir/; each appends what is broken.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ir/ops.h"

namespace elba::ir {

// The name of a function, parameter, result or dim, as the text form can carry it.
bool is_name(std::string_view name, bool leading_digit);

// Invariant 6. `typed` says that operands and results have valid ids.
void check_legality(const Module& module, const Func& func, const Op& op, bool typed,
                    std::vector<std::string>& errors);
// Invariants 3 and 7.
void check_types(const Module& module, const Func& func, const Op& op, std::vector<std::string>& errors);
// Invariant 8.
void check_attributes(const Op& op, std::vector<std::string>& errors);

}  // namespace elba::ir
