// text: the canonical text of a module, and its reader. parse(print(m)) prints as m does. The grammar is in
// docs/ir.md.
#pragma once

#include <string>

#include "ir/module.h"
#include "support/result.h"

namespace elba::ir {

[[nodiscard]] std::string print(const Module& module);
[[nodiscard]] std::string print(const Func& func);
// Untrusted text: every error is a diagnostic (E08xx), nesting is bounded. The result is verified before it
// is returned.
[[nodiscard]] Result<Module> parse_module(const Source& source);

}  // namespace elba::ir
