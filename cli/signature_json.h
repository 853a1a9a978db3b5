// signature_json: the signature of a model as the object of cli.md, in the answer of `check` and beside
// reports about data.
#pragma once

#include <nlohmann/json.hpp>

#include "api/elba.hpp"

namespace elba::cli {

[[nodiscard]] nlohmann::ordered_json signature_json(const ProgramSignature& signature);

}  // namespace elba::cli
