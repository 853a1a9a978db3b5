// ir_passes: passes over a module that was read from IR text, by name, or as the pipeline of a function.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "api/elba.hpp"
#include "ir/module.h"
#include "support/result.h"

namespace elba {

[[nodiscard]] Result<ir::Module> read_ir(std::string_view text, std::string name);
// `after` sees the module after every pass of a list; not inside of a pipeline.
[[nodiscard]] Result<ir::Module> run_ir_passes(ir::Module module, const IrPasses& passes,
                                               const std::function<void(const ir::Module&)>& after = {});

}  // namespace elba
