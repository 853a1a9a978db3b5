#include "frontend/foreign/stan_lex.h"

#include <algorithm>
#include <cctype>

namespace elba::stan {

std::vector<Token> lex(std::string_view text) {
  static constexpr std::string_view signs[] = {"%/%", ".*=", "./=", "+=", "-=", "*=", "/=", "==", "!=",
                                               "<=",  ">=",  "<-",  "&&", "||", ".*", "./", ".^"};
  std::vector<Token> out;
  int line = 1;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    const auto starts = [&](std::string_view word) { return text.substr(at, word.size()) == word; };
    if (c == '\n') ++line;
    if (std::isspace(static_cast<unsigned char>(c))) {
      ++at;
    } else if (starts("//") || (c == '#' && !starts("#include"))) {
      while (at < text.size() && text[at] != '\n')
        ++at;
    } else if (starts("#include")) {
      throw Problem{"line " + std::to_string(line) + ": `#include` names a text that is not here"};
    } else if (starts("/*")) {
      const std::size_t end = std::min(text.find("*/", at + 2), text.size());
      for (; at < std::min(end + 2, text.size()); ++at)
        line += text[at] == '\n';
    } else if (std::isalpha(static_cast<unsigned char>(c)) || c == '_') {
      const std::size_t from = at;
      while (at < text.size() && (std::isalnum(static_cast<unsigned char>(text[at])) || text[at] == '_'))
        ++at;
      out.push_back({Token::Kind::name, std::string(text.substr(from, at - from)), line});
    } else if (std::isdigit(static_cast<unsigned char>(c)) ||
               (c == '.' && at + 1 < text.size() && std::isdigit(static_cast<unsigned char>(text[at + 1])))) {
      const std::size_t from = at;
      const auto digits = [&] {
        while (at < text.size() && std::isdigit(static_cast<unsigned char>(text[at])))
          ++at;
      };
      digits();
      if (at < text.size() && text[at] == '.' && !starts(".*") && !starts("./") && !starts(".^"))
        ++at, digits();
      if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
        digits();
      }
      out.push_back({Token::Kind::number, std::string(text.substr(from, at - from)), line});
    } else if (c == '"') {
      const std::size_t end = std::min(text.find('"', at + 1), text.size() - 1);
      out.push_back({Token::Kind::string, std::string(text.substr(at, end + 1 - at)), line});
      at = end + 1;
    } else {
      std::string sign(1, c);
      for (const auto word : signs)
        if (starts(word)) {
          sign = word;
          break;
        }
      at += sign.size();
      out.push_back({Token::Kind::sign, sign, line});
    }
  }
  out.push_back({Token::Kind::end, "the end", line});
  return out;
}

}  // namespace elba::stan
