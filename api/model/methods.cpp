#include "api/model/methods.h"

#include <algorithm>
#include <vector>

#include "api/elba.hpp"
#include "api/model/guarded.h"
#include "ir/guide_families.h"
#include "support/diagnostics.h"

namespace elba {

namespace {

using runtime::Method;
using runtime::MethodId;

// Of the rows that have one.
std::vector<std::string> own_names(unsigned gives = 0) {
  std::vector<std::string> names;
  for (const Method& row : runtime::methods())
    if (!row.name.empty() && (row.gives & gives) == gives) names.emplace_back(row.name);
  return names;
}

std::string all_in_words(unsigned gives = 0) {
  std::string out;
  for (const std::string& name : own_names(gives))
    out += "`" + name + "`, ";
  return out + "and the guides " + ir::list_guide_families();
}

std::string problem_of(const std::string& name, unsigned gives) {
  if (const auto choice = parse_method(name)) {
    if ((choice->method->gives & gives) == gives) return {};
    return "`" + name + "` gives a point and no draws; the methods are " + all_in_words(gives);
  }
  const std::size_t open = name.find_first_of("(:");
  const ir::GuideFamilyName* family = ir::find_guide_family(name.substr(0, open));
  if (family == nullptr || open == std::string::npos) {
    std::vector<std::string> known = own_names(gives);
    for (const auto& one : ir::guide_family_names())
      known.emplace_back(one.name);
    const std::string near = nearest_name(name.substr(0, open), known);
    return "there is no method `" + name + "`; " +
           (near.empty() ? "the methods are " + all_in_words(gives) : "did you mean `" + near + "`?");
  }
  const std::string title = "`" + std::string(family->name) + "`", found = ", found `" + name + "`";
  if (family->argument.empty()) return title + " takes no number" + found;
  return "the number of " + title + ", its " + std::string(family->argument) +
         ", is whole, at least 1 and at most " + std::to_string(ir::most_guide_argument) + found;
}

std::string table_row(const std::string& name, std::string_view is, std::string_view good_for) {
  return "| `" + name + "` | " + std::string(is) + " | " + std::string(good_for) + " |\n";
}

std::string with_argument(const ir::GuideFamilyName& family) {
  return std::string(family.name) + (family.argument.empty() ? "" : "(" + std::string(family.argument) + ")");
}

}  // namespace

MethodChoice choice_of(MethodId id, std::string family) { return {&runtime::method(id), std::move(family)}; }

std::optional<MethodChoice> parse_method(std::string_view text) {
  if (const Method* row = runtime::find_method(text)) return MethodChoice{row, {}};
  const auto family = ir::parse_guide_choice(text);
  return family ? std::optional(choice_of(MethodId::family, family->text())) : std::nullopt;
}

bool is_fit_method(const std::string& name) {
  return guarded_or(false, [&] { return parse_method(name).has_value(); });
}

std::string list_fit_methods() {
  return guarded_or(std::string(), [] { return all_in_words(); });
}

std::string fit_method_problem(const std::string& name) { return method_problem(name, 0); }

std::string method_problem(const std::string& name, unsigned gives) {
  return guarded_or(std::string(), [&] { return problem_of(name, gives); });
}

int standard_draws(const std::string& name) {
  return parse_method(name).value_or(choice_of(MethodId::automatic)).method->draws;
}

std::string method_names(unsigned gives) {
  std::string out;
  for (const std::string& name : own_names(gives))
    out += name + ", ";
  out += "or a guide: ";
  for (const auto& family : ir::guide_family_names())
    out += (family.name == ir::guide_family_names().front().name ? "" : ", ") + with_argument(family);
  return out;
}

std::string method_table() {
  std::string out = "| `--method` | is | good for |\n| --- | --- | --- |\n";
  for (const Method& row : runtime::methods()) {
    if (row.id == MethodId::family)
      for (const auto& family : ir::guide_family_names())
        out += table_row(with_argument(family), family.is, family.good_for);
    else
      out += table_row(std::string(row.name), row.is, row.good_for);
  }
  return out;
}

}  // namespace elba
