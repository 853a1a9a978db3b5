// guide_families: the names by which a latent's `guide` attribute, `auto NAME(k) for ..;` and `--method
// NAME(k)` choose a family.
//
//     "lowrank(3)" <-> {"lowrank", 3};   "lowrank:3", which needs no quotes in a shell, too;
//     "lowrank" -> {"lowrank", 5}, its default
//
// What a family writes stands in passes/guide; here are only names and properties (guide_families.def), so
// that the front end can check them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace elba::ir {

// The covariance of a guide that is one normal distribution and has it as a parameter.
enum class NormalForm { none, diagonal, full };

struct GuideFamilyName {
  std::string_view name;
  std::string_view argument;  // what its number means; empty: it takes none
  std::int64_t standard = 0;  // the number when none is given
  NormalForm form = NormalForm::none;
  bool is_normal = true, is_point = false;
  bool takes_fixed_draws = true;  // its ELBO may be maximised over draws that stay
  std::string_view starts_from;   // the family whose short fit it begins at; empty: it searches by itself
  std::string_view is, good_for;  // for the table of docs/inference.md
};
[[nodiscard]] std::span<const GuideFamilyName> guide_family_names();
[[nodiscard]] const GuideFamilyName* find_guide_family(std::string_view name);
[[nodiscard]] std::string list_guide_families();  // "`meanfield`, `fullrank`, .. and `delta`"

struct GuideChoice {
  std::string family;
  std::int64_t argument = 0;  // 0 for a family that takes none
  [[nodiscard]] std::string text() const;
};
constexpr std::int64_t most_guide_argument = 1000;
// Empty for what is no family, or a number that it does not take.
[[nodiscard]] std::optional<GuideChoice> parse_guide_choice(std::string_view text);

}  // namespace elba::ir
