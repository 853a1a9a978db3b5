#include "ir/guide_families.h"

#include <charconv>

namespace elba::ir {

namespace {

constexpr unsigned is_normal = 1, takes_fixed_draws = 2, is_point = 4;

constexpr GuideFamilyName families[] = {
#define FAMILY(name, argument, standard, form, properties, starts_from, sentence, good_for) \
  {#name,                                                                                   \
   argument,                                                                                \
   standard,                                                                                \
   NormalForm::form,                                                                        \
   ((properties) & is_normal) != 0,                                                         \
   ((properties) & is_point) != 0,                                                          \
   ((properties) & takes_fixed_draws) != 0,                                                 \
   starts_from,                                                                             \
   sentence,                                                                                \
   good_for},
#include "ir/guide_families.def"
#undef FAMILY
};

}  // namespace

std::span<const GuideFamilyName> guide_family_names() { return families; }

const GuideFamilyName* find_guide_family(std::string_view name) {
  for (const GuideFamilyName& family : families)
    if (family.name == name) return &family;
  return nullptr;
}

std::string list_guide_families() {
  std::string list;
  const std::size_t count = std::size(families);
  for (std::size_t k = 0; k < count; ++k) {
    list += k == 0 ? "" : k + 1 == count ? " and " : ", ";
    list += "`" + std::string(families[k].name) +
            (families[k].argument.empty() ? "`" : "(" + std::string(families[k].argument) + ")`");
  }
  return list;
}

std::string GuideChoice::text() const {
  return argument == 0 ? family : family + "(" + std::to_string(argument) + ")";
}

std::optional<GuideChoice> parse_guide_choice(std::string_view text) {
  const std::size_t open = text.find_first_of("(:");
  const GuideFamilyName* family = find_guide_family(text.substr(0, open));
  if (family == nullptr) return std::nullopt;
  GuideChoice choice{std::string(family->name), family->standard};
  if (open == std::string_view::npos) return choice;
  const bool is_bracketed = text[open] == '(';
  if (family->argument.empty() || (is_bracketed && text.back() != ')')) return std::nullopt;
  const std::string_view digits = text.substr(open + 1, text.size() - open - (is_bracketed ? 2 : 1));
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), choice.argument);
  if (error != std::errc() || end != digits.data() + digits.size() || choice.argument < 1 ||
      choice.argument > most_guide_argument)
    return std::nullopt;
  return choice;
}

}  // namespace elba::ir
