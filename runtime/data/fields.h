// fields: what the JSON and CSV readers share: one field that grows element by element, and small pieces
// of text.
#pragma once

#include <string>
#include <string_view>

#include "runtime/data/data.h"

namespace elba::runtime {

// Adds one value; keeps `all_integers` and `missing` up to date. Missing values are nan.
void append_value(Field& field, double value, bool is_missing);

// Adds the place of a value that is no number.
void append_unread(Field& field);

// At most 40 bytes of what the user wrote, on one line, cut at a whole UTF-8 character.
[[nodiscard]] std::string shorten(std::string_view text);

// U+FEFF at the start, which some programs write.
[[nodiscard]] std::string_view without_byte_order_mark(std::string_view text);

}  // namespace elba::runtime
