#include "api/methods.h"

#include "api/elba.hpp"
#include "ir/guide_families.h"

namespace elba {

std::string fit_method_problem(const std::string& name) {
  if (is_fit_method(name)) return {};
  const std::size_t open = name.find_first_of("(:");
  const ir::GuideFamilyName* family = ir::find_guide_family(name.substr(0, open));
  if (family == nullptr || open == std::string::npos) return "no method: the methods are " + list_fit_methods();
  const std::string title = "`" + std::string(family->name) + "`", found = ", found `" + name + "`";
  if (family->argument.empty()) return title + " takes no number" + found;
  return "the number of " + title + ", its " + std::string(family->argument) + ", is whole, at least 1 and at most " + std::to_string(ir::most_guide_argument) + found;
}

}  // namespace elba
