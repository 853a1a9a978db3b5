// methods: the name of a method of `fit`, from the text that a user gave to its row, and what is said of all.
//
//     "nuts" -> {the row of nuts, ""}     "lowrank:3" -> {the row of families of guides, "lowrank(3)"}
//
// The rows are those of runtime/inference/methods.def and of ir/guide_families.cpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/inference/method.h"

namespace elba {

struct MethodChoice {
  const runtime::Method* method = nullptr;
  std::string family;  // of a guide, with its number; else empty
  [[nodiscard]] std::string name() const { return family.empty() ? std::string(method->name) : family; }
};
[[nodiscard]] MethodChoice choice_of(runtime::MethodId id, std::string family = {});
[[nodiscard]] std::optional<MethodChoice> parse_method(std::string_view text);

// What is wrong with such a name, in words, for messages; empty where nothing is. With `gives`
// (runtime::MethodGives), also where the method does not give it.
[[nodiscard]] std::string fit_method_problem(const std::string& name);
[[nodiscard]] std::string method_problem(const std::string& name, unsigned gives);

// Of a fit that is given none; 2000 for what is no method.
[[nodiscard]] int standard_draws(const std::string& name);

// For a line of help: "auto, linear_response, .., or a guide: meanfield, .., lowrank(rank), .."
[[nodiscard]] std::string method_names(unsigned gives = 0);
// The table of docs/inference.md.
[[nodiscard]] std::string method_table();

}  // namespace elba
