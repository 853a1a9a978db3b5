// render: diagnostics to text with carets, and to JSON for editors.
#pragma once

#include <string>
#include <vector>

#include "support/diagnostics.h"

namespace elba {

// `model` is the source of every diagnostic that names no other file.
// The text form of style.md practice 12: code, message, excerpt with carets on every span, notes, help.
[[nodiscard]] std::string render_text(const std::vector<Diagnostic>& diagnostics, const Source& model);
// The `diagnostics` array of `elba check --format=json` (cli.md).
[[nodiscard]] std::string render_json(const std::vector<Diagnostic>& diagnostics, const Source& model);

}  // namespace elba
