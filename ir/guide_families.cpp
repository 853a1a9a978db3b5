#include "ir/guide_families.h"

#include <charconv>

namespace elba::ir {

namespace {

constexpr GuideFamilyName families[] = {
    {.name = "meanfield",
     .form = NormalForm::diagonal,
     .is = "mean-field normal guide, frozen draws, importance weights",
     .good_for = "large models; a quick look"},
    {.name = "fullrank",
     .form = NormalForm::full,
     .is = "full-covariance normal guide",
     .good_for = "up to some hundred correlated unknowns"},
    {.name = "lowrank",
     .argument = "rank",
     .standard = 5,
     .starts_from = "meanfield",
     .is = "diagonal plus as many common directions as its rank (5)",
     .good_for = "many unknowns that move together in few ways"},
    {.name = "banded",
     .argument = "bandwidth",
     .standard = 1,
     .starts_from = "meanfield",
     .is = "each coordinate of an array given as many before it as its bandwidth (1), and all given the "
           "scalars, which have full covariance",
     .good_for = "time series, random walks"},
    {.name = "block",
     .starts_from = "meanfield",
     .is = "full covariance of what groups share; each group member a block of its own, regressed on what is "
           "shared",
     .good_for = "hierarchies with many groups"},
    {.name = "flow",
     .argument = "layers",
     .standard = 4,
     .is_normal = false,
     .takes_fixed_draws = false,  // it fits itself to whatever draws stay
     .starts_from = "fullrank",
     .is = "the full-rank guide, bent by coupling layers (4); averaged stochastic gradients, seconds",
     .good_for =
         "up to some hundred unknowns with a posterior that no normal distribution fits (bananas, funnels)"},
    {.name = "delta",
     .is_normal = false,
     .is_point = true,
     .starts_from = "meanfield",
     .is = "a point: the mode of the density on the real line",
     .good_for = "only as a part of a guide"},
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
