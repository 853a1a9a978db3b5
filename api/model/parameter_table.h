// parameter_table: the parameters of a guide of a bound model, as inference has them.
#pragma once

#include <memory>
#include <string>

#include "api/model/handles.h"
#include "passes/guide/writer.h"
#include "runtime/inference/parameters.h"

namespace elba {

// "declared": the guide of the model file, in the attributes of the latents.
[[nodiscard]] bool is_guide_family(const std::string& name);

// At given sizes, of all dims that the table has.
[[nodiscard]] runtime::ParameterTable evaluated(const passes::GuideTable& table, const Sizes& sizes);

// Of a family, or of the declared guide, at the sizes of the data.
[[nodiscard]] Result<std::shared_ptr<const runtime::ParameterTable>> parameter_table(
    const Bound::Impl& bound, const std::string& family);

}  // namespace elba
