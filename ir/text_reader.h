// text_reader: the characters, words and literals of IR text; what text_parse.cpp is written over. Internal
// to ir/.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ir/module.h"
#include "support/diagnostics.h"

namespace elba::ir {

// Leaves the reader; caught in parse_module, so it does not cross the library's boundary.
struct Stop {
  Diagnostic diagnostic;
};

constexpr std::size_t max_rank = 16;

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

 protected:
  std::string_view text_;
  std::size_t at_ = 0;

  [[noreturn]] void fail_at(std::size_t begin, std::size_t end, std::string what) const;
  [[noreturn]] void fail(std::string what) const;
  void skip();
  char peek();
  bool take(std::string_view token);
  void expect(std::string_view token);
  static bool in_word(char c, bool dashed);
  std::string_view peek_word();
  bool take_word(std::string_view word);
  void expect_word(std::string_view word);
  std::string word(std::string_view what);
  // @name or %name, without the sign; digits may come first.
  std::string sigil_name(char sigil);
  // The text of a dim: up to a comma or closing bracket outside of parentheses.
  Dim dim();
  std::vector<Dim> dim_list(std::string_view close);
  bool at_number();
  // A whole number without `.` and exponent, else a real.
  Constant number();
  std::string string();
};

}  // namespace elba::ir
