#include "ir/library.h"

#include <algorithm>

#include "ir/library_data.h"

namespace elba::ir {

namespace {

std::string_view find(std::span<const LibraryText> texts, std::string_view name) {
  const auto it = std::find_if(texts.begin(), texts.end(), [&](const LibraryText& entry) { return entry.name == name; });
  return it == texts.end() ? std::string_view{} : it->text;
}

std::vector<std::string> names(std::span<const LibraryText> texts) {
  std::vector<std::string> out;
  for (const LibraryText& entry : texts) out.emplace_back(entry.name);
  return out;
}

}  // namespace

std::string_view distribution_source(std::string_view name) { return find(distribution_texts(), name); }
std::vector<std::string> distribution_names() { return names(distribution_texts()); }
std::string_view combinator_source(std::string_view name) { return find(combinator_texts(), name); }
std::string_view transform_source(std::string_view support) { return find(transform_texts(), support); }
std::vector<std::string> transform_names() { return names(transform_texts()); }

}  // namespace elba::ir
