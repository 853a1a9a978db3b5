// stan_read_expressions: the tokens of a program of Stan, taken one after the other, and its expressions.
#pragma once

#include <string>
#include <vector>

#include "frontend/foreign/stan_lex.h"
#include "frontend/foreign/stan_program.h"

namespace elba::stan {

class ExpressionReader {
 protected:
  explicit ExpressionReader(std::string_view text) : tokens_(lex(text)) {}

  [[nodiscard]] const Token& now(std::size_t ahead = 0) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  [[nodiscard]] bool is(std::string_view text, std::size_t ahead = 0) const {
    return now(ahead).text == text && now(ahead).kind != Token::Kind::string;
  }
  bool take(std::string_view text) {
    if (!is(text)) return false;
    ++at_;
    return true;
  }
  [[noreturn]] void fail() const {
    throw Problem{"line " + std::to_string(now().line) + ": `" + now().text + "` is not understood here"};
  }
  void expect(std::string_view text) {
    if (!take(text)) fail();
  }
  std::string name() {
    if (now().kind != Token::Kind::name) fail();
    return tokens_[at_++].text;
  }
  struct Level {
    explicit Level(ExpressionReader& reader) : reader_(reader) {
      if (++reader_.depth_ > deepest_program)
        throw Problem{"line " + std::to_string(reader_.now().line) + ": nested too deep"};
    }
    ~Level() { --reader_.depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;
    ExpressionReader& reader_;
  };

  ExprPtr expression();
  ExprPtr sum();  // stands in bounds, where `>` is no operator
  ExprPtr postfix();

  static constexpr int deepest_program = 200;

  std::vector<Token> tokens_;
  std::size_t at_ = 0;

 private:
  ExprPtr make(Expr::Kind kind, std::string text, std::vector<ExprPtr> args = {}) const;
  ExprPtr binary(std::size_t level);
  ExprPtr unary();
  std::vector<ExprPtr> list(std::string_view close);
  ExprPtr primary();

  int depth_ = 0;
};

}  // namespace elba::stan
