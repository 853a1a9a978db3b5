// text_check: whether a text can be read at all, before any token is made of it.
#pragma once

#include "frontend/tokens/token.h"

namespace elba {

// Model text is untrusted: bound what a host may be asked to read.
inline constexpr std::size_t max_source_size = 16u << 20;

// The bytes of the UTF-8 byte order marks that the text opens with: 3 for one, which is passed over; more
// than one is reported.
[[nodiscard]] std::uint32_t byte_order_mark_size(std::string_view text);

// Reports a NUL byte, invalid UTF-8 or too long a text; false when it must not be read further. Warns of
// characters that turn the direction of text.
[[nodiscard]] bool check_text(const Source& source, Sink& sink);

// Reports unclosed comments and strings and characters that begin no token, and removes those tokens.
void report_lexical(Tokens& tokens, Sink& sink);

}  // namespace elba
