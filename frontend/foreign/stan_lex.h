// stan_lex: the tokens of a program of Stan, without its comments.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace elba::stan {

// What stands in the way of a translation, in words; thrown and caught within stan::read and stan::translate.
struct Problem {
  std::string text;
};

struct Token {
  enum class Kind { name, number, string, sign, end } kind = Kind::end;
  std::string text;
  int line = 0;
};

[[nodiscard]] std::vector<Token> lex(std::string_view text);  // ends in a token of kind `end`

}  // namespace elba::stan
