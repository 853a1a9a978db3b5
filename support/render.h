// render: diagnostics to text with carets, and to JSON for editors.
#pragma once

#include <string>
#include <vector>

#include "support/diagnostics.h"

namespace elba {

// The text form of style.md practice 12: code, message, excerpt with carets on every span, notes, help.
[[nodiscard]] std::string render_text(const std::vector<Diagnostic>& diagnostics, const Source& source);
// The `diagnostics` array of `elba check --format=json` (cli.md).
[[nodiscard]] std::string render_json(const std::vector<Diagnostic>& diagnostics, const Source& source);

}  // namespace elba
