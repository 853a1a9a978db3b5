// render: diagnostics to text with carets, and to JSON for editors.
#pragma once

#include <string>
#include <vector>

#include "support/diagnostics.h"

namespace elba {

// Marks that turn the direction of text, so that it is shown otherwise than it is read.
[[nodiscard]] constexpr bool is_direction_control(char32_t c) {
  return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069);
}

// `model` is the source of every diagnostic that names no other file.
// The text form of style.md practice 12: code, message, excerpt with carets on every span, notes, help.
[[nodiscard]] std::string render_text(const std::vector<Diagnostic>& diagnostics, const Source& model);
// The `diagnostics` array of `elba check --format=json` (cli.md).
[[nodiscard]] std::string render_json(const std::vector<Diagnostic>& diagnostics, const Source& model);

}  // namespace elba
