// template: the text of ir/library/combinators with its gaps filled: a declaration in Elba for one
// combination of distributions.
//
//     log_below(x${args})   with args = ", mu_1, sigma_1"   ->   log_below(x, mu_1, sigma_1)
//     #if lower !upper .. #else .. #end   lines that stand when all of these flags (do not) hold
//     #each .. #end                       lines once for each part, with the words and flags of the part
//     #include tails                      the text of another template
//
//     ${hold}x${held}                     x, seen to lie between the ends of the part where they must be
//
// Outside of `#each` the words of the first part hold. Elba itself has no `#`.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace elba::frontend {

struct TemplateWords {
  std::map<std::string, std::string, std::less<>> words;
  std::set<std::string, std::less<>> flags;
};

struct Template {
  TemplateWords whole;
  std::vector<TemplateWords> parts;
};

[[nodiscard]] std::string fill_template(std::string_view name, const Template& values);

}  // namespace elba::frontend
