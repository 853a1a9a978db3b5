// methods: what is wrong with the name of a method of `fit`.
#pragma once

#include <string>

namespace elba {

// In words, for messages, also of the number that a guide takes; empty where nothing is.
[[nodiscard]] std::string fit_method_problem(const std::string& name);

}  // namespace elba
