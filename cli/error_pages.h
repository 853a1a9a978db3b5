// error_pages: the page of each diagnostic (docs/errors), embedded at build time.
#pragma once

#include <string_view>

namespace elba::cli {

// Markdown; empty when there is no such code.
[[nodiscard]] std::string_view error_page(std::string_view code);

}  // namespace elba::cli
