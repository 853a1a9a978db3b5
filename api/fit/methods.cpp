#include "api/fit/methods.h"

#include <algorithm>

#include "api/elba.hpp"
#include "api/model/guarded.h"
#include "ir/guide_families.h"
#include "support/diagnostics.h"

namespace elba {

namespace {

// Those that are no guide family.
const std::vector<std::string>& other_methods() {
  static const std::vector<std::string> names{"auto",    "map",  "laplace",        "pathfinder",
                                              "mixture", "nuts", "linear_response"};
  return names;
}

bool is_known(const std::string& name) {
  const auto& others = other_methods();
  return std::find(others.begin(), others.end(), name) != others.end() ||
         ir::parse_guide_choice(name).has_value();
}

std::string all_in_words() {
  std::string out;
  for (const std::string& name : other_methods())
    out += "`" + name + "`, ";
  return out + "and the guides " + ir::list_guide_families();
}

std::string problem_of(const std::string& name) {
  if (is_known(name)) return {};
  const std::size_t open = name.find_first_of("(:");
  const ir::GuideFamilyName* family = ir::find_guide_family(name.substr(0, open));
  if (family == nullptr || open == std::string::npos) {
    std::vector<std::string> known = other_methods();
    for (const auto& one : ir::guide_family_names())
      known.emplace_back(one.name);
    const std::string near = nearest_name(name.substr(0, open), known);
    return "there is no method `" + name + "`; " +
           (near.empty() ? "the methods are " + all_in_words() : "did you mean `" + near + "`?");
  }
  const std::string title = "`" + std::string(family->name) + "`", found = ", found `" + name + "`";
  if (family->argument.empty()) return title + " takes no number" + found;
  return "the number of " + title + ", its " + std::string(family->argument) +
         ", is whole, at least 1 and at most " + std::to_string(ir::most_guide_argument) + found;
}

}  // namespace

bool is_fit_method(const std::string& name) {
  return guarded_or(false, [&] { return is_known(name); });
}

std::string list_fit_methods() {
  return guarded_or(std::string(), [] { return all_in_words(); });
}

std::string fit_method_problem(const std::string& name) {
  return guarded_or(std::string(), [&] { return problem_of(name); });
}

}  // namespace elba
