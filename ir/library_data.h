// library_data: the embedded texts, generated into the build folder by embed.cmake. Internal to ir/.
#pragma once

#include <span>
#include <string_view>

namespace elba::ir {

struct LibraryText {
  std::string_view name;  // stem of the file
  std::string_view text;
};
[[nodiscard]] std::span<const LibraryText> distribution_texts();
[[nodiscard]] std::span<const LibraryText> combinator_texts();
[[nodiscard]] std::span<const LibraryText> transform_texts();
[[nodiscard]] std::span<const LibraryText> function_texts();

}  // namespace elba::ir
