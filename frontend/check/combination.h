// combination: a distribution as a part of another, in words of the templates: its formals renamed apart, its
// ends, its sampler.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "frontend/check/environment.h"
#include "frontend/check/template.h"

namespace elba::frontend {

// The names of all combinators, and how each is written: "mixture(w, d1, d2, ..)".
[[nodiscard]] std::span<const std::string_view> combinator_names();
[[nodiscard]] std::string combinator_usage(const std::string& name);

// "reals", "indices": what a distribution is of, in messages.
[[nodiscard]] std::string kind_text(const DistTerm& part);
// Two lists as one, either of which may be empty.
[[nodiscard]] std::string join(const std::string& a, const std::string& b);

// An end of a support in the text of a template.
struct End {
  std::optional<std::string> text;  // a number or a formal; nothing: open
  std::optional<double> number;
  bool is_dim = false;  // the values are indices: int<1, K>
};

struct PartText {
  std::string formals, names;  // "mu_1: real, sigma_1: real<lower=0>", "mu_1, sigma_1"
  std::string arguments;       // of one call: "mu_1[c], sigma_1" where mu is a vector over components
  std::string support;         // "real<lower=0>"
  std::string value;           // "real", "int": the type of one value
  // What its sampler is called with, in a sampler with the key k; the type of that.
  std::string noise, noise_type;
  End low, high;
  bool is_integer = false;
};

// `number` tells the names of the parts apart; `over_components` holds, per parameter, whether it is a vector
// over C_0 components; `shared` names the dims that parts have in common.
[[nodiscard]] PartText part_text(const DistEntry& entry, std::size_t number,
                                 const std::vector<bool>& over_components = {},
                                 const std::map<std::string, std::string>& shared = {});

// The condition that x lies on this side of the end: "x >= a"; "true" where there is no end.
[[nodiscard]] std::string not_below(const End& end, const std::string& x = "x");
[[nodiscard]] std::string not_above(const End& end, const std::string& x = "x");
// A point inside of the support.
[[nodiscard]] std::string inner_point(const PartText& part);
[[nodiscard]] std::string support_type(bool is_integer, const End& low, const End& high);
// Shortest digits that read back, in parentheses when negative; a whole number where `integer`.
[[nodiscard]] std::string exact_text(double value, bool integer);

// The words of one part that every template may use.
[[nodiscard]] TemplateWords part_words(const DistEntry& entry, const PartText& part, std::size_t number);

}  // namespace elba::frontend
