#include "ir/library.h"

#include <algorithm>

#include "ir/library_data.h"

namespace elba::ir {

namespace {

std::string_view find(std::span<const LibraryText> texts, std::string_view name) {
  const auto it = std::find_if(texts.begin(), texts.end(),
                               [&](const LibraryText& entry) { return entry.name == name; });
  return it == texts.end() ? std::string_view{} : it->text;
}

std::vector<std::string> names(std::span<const LibraryText> texts) {
  std::vector<std::string> out;
  for (const LibraryText& entry : texts)
    out.emplace_back(entry.name);
  return out;
}

constexpr std::string_view declaration = "\nfun ";

// The name of the declaration whose line begins at `at`.
std::string_view declared_name(std::string_view text, std::size_t at) {
  const std::size_t begin = at + declaration.size();
  return text.substr(begin, text.find('(', begin) - begin);
}

}  // namespace

std::string_view distribution_source(std::string_view name) { return find(distribution_texts(), name); }
std::vector<std::string> distribution_names() { return names(distribution_texts()); }
std::string_view combinator_source(std::string_view name) { return find(combinator_texts(), name); }
std::string_view transform_source(std::string_view support) { return find(transform_texts(), support); }
std::vector<std::string> transform_names() { return names(transform_texts()); }

std::vector<FunctionFamily> function_families() {
  std::vector<FunctionFamily> families;
  for (const LibraryText& file : function_texts())
    families.push_back({file.name, file.text});
  return families;
}

// A few tens of kilobytes are looked through in microseconds, and only for a name that is neither the user's
// nor a row of the table.
std::string_view function_source(std::string_view name) {
  for (const LibraryText& file : function_texts()) {
    const std::string_view text = file.text;
    for (std::size_t at = text.find(declaration); at != std::string_view::npos;
         at = text.find(declaration, at + 1)) {
      if (declared_name(text, at) != name) continue;
      const std::size_t before = text.rfind("\n\n", at), after = text.find("\n\n", at);
      const std::size_t begin = before == std::string_view::npos ? 0 : before + 2;
      return text.substr(begin, after == std::string_view::npos ? after : after + 1 - begin);
    }
  }
  return {};
}

bool is_private(std::string_view name) { return name.starts_with('_'); }

std::vector<std::string> function_names(const FunctionFamily& family) {
  std::vector<std::string> out;
  for (std::size_t at = family.text.find(declaration); at != std::string_view::npos;
       at = family.text.find(declaration, at + 1)) {
    std::string name(declared_name(family.text, at));
    if (!is_private(name) && std::find(out.begin(), out.end(), name) == out.end())
      out.push_back(std::move(name));
  }
  return out;
}

std::vector<std::string> library_function_names() {
  std::vector<std::string> out;
  for (const FunctionFamily& family : function_families())
    for (auto& name : function_names(family))
      out.push_back(std::move(name));
  return out;
}

}  // namespace elba::ir
