// repair: makes a token sequence fit to parse: reports and undoes what would derail the parser.
//
// After it, brackets are balanced and nesting is bounded, so the parser and every walk over the tree may
// recurse on the stack that run_deep gives them.
#pragma once

#include "frontend/tokens/token.h"

namespace elba {

inline constexpr int max_nesting = 200;  // brackets, prefix operators and conditionals inside one another
inline constexpr int max_expression_depth = 2000;  // the above and chains such as a + b + c + ...

// Reports unclosed and unopened brackets; inserts or removes tokens until all are in pairs.
void balance_brackets(Tokens& tokens, const Source& source, Sink& sink);

void report_nesting(const Token& token, int limit, Sink& sink);

// Reports what is nested too deeply to be walked by recursion; false when the tokens must not be parsed.
[[nodiscard]] bool check_nesting(const Tokens& tokens, Sink& sink);

// Habits of other languages, each with a code of its own: Stan's blocks, declarations, `for (...)`, `target
// +=`; R's `<-` and `%*%`; Python's `**`. Reported once, then rewritten or left out. Brackets must be
// balanced.
void rewrite_foreign_spellings(Tokens& tokens, const Source& source, Sink& sink);
[[nodiscard]] bool holds_stan_program(Tokens& tokens, const Source& source);

}  // namespace elba
