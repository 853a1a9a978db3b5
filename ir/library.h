// library: the text of the built-in distributions and combinators (Elba language) and support transforms (IR
// text), embedded at build time and read lazily: only what a model names is ever parsed, so breadth costs no
// start-up time.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace elba::ir {

// The `dist` declaration of a built-in distribution; empty when there is none of that name. May use functions
// of the same file.
[[nodiscard]] std::string_view distribution_source(std::string_view name);
[[nodiscard]] std::vector<std::string> distribution_names();

// The template of a distribution made of distributions (frontend/check/template.h says how it is filled in);
// empty when there is none.
[[nodiscard]] std::string_view combinator_source(std::string_view name);

// The functions of the library written in the language: families (files of ir/library/functions) of blocks,
// apart by blank lines. A block is the comment and the `fun` declarations of one name, one for each rank of
// its arguments.
struct FunctionFamily {
  std::string_view name, text;
};
[[nodiscard]] std::vector<FunctionFamily> function_families();
// A name that begins with `_` is for the library's own use: no model can call it, and no page lists it.
[[nodiscard]] bool is_private(std::string_view name);
// Its block; empty when there is none of that name.
[[nodiscard]] std::string_view function_source(std::string_view name);
[[nodiscard]] std::vector<std::string> function_names(const FunctionFamily& family);  // the public ones
[[nodiscard]] std::vector<std::string> library_function_names();                      // likewise

// IR text with functions @<support>.forward(u, bounds...), .inverse(x, bounds...), .log_jacobian(u,
// bounds...) for one support.
[[nodiscard]] std::string_view transform_source(std::string_view support);
[[nodiscard]] std::vector<std::string> transform_names();

}  // namespace elba::ir
