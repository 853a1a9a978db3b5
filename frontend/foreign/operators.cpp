// operators: spellings that people bring from Stan, R, Python and BUGS. Each is reported once, with what to
// write instead, and then rewritten (operators, parentheses, braces) or left out (statements, blocks), so
// that nothing else is said about it.
//
// Only what is no legal Elba anywhere is touched: `a < -1` stays a comparison, `x <- 1` at the start of a
// statement does not. Here: operators, and what separates statements; statements of every language in
// statements.cpp, loops and branches in blocks.cpp, Stan's statements in stan.cpp, Python's in python.cpp.
#include <algorithm>

#include "frontend/tokens/repair.h"
#include "frontend/tokens/token_walk.h"

namespace elba {
namespace {

constexpr std::size_t most_reports = 200;
constexpr std::string_view attribute_hosts[] = {"dim",     "data",   "param", "latent", "let",
                                                "predict", "factor", "for",   "if"};

class Rewriter {
 public:
  Rewriter(Tokens& tokens, const Source& source, Sink& sink)
      : tokens_(tokens), walk_{tokens, source, reports_}, sink_(sink) {}

  void run() {
    const bool whole_program = is_stan_program(walk_);
    end_statements();
    bool start = true;  // of a statement or declaration
    int round = 0, depth = 0;
    // Of one statement, each of which might stand before one of another language.
    constexpr int most_attributes = 16;
    // Reports may insert tokens, so nothing is held across them. A text with very many mistakes has had
    // advice enough.
    int attributes = 0;
    for (std::size_t i = 0; i < tokens_.size() && reports_.size() < most_reports && !walk_.is_spent(); ++i) {
      if (tokens_[i].removed) continue;
      if (start && depth == 0) in_distribution_ = at(i).is("dist");  // whose members look like calls
      attributes = start && at(i).is("@") ? attributes + 1 : 0;
      if (start && round == 0 && attributes < most_attributes && left_out(i)) continue;
      if (start && depth < max_nesting) foreign_blocks(walk_, i);
      operators(i);
      if (!start && round == 0) attribute(i);
      if (at(i).is("(") || at(i).is("[")) ++round;
      if (at(i).is(")") || at(i).is("]")) --round;
      if (at(i).is("{")) ++depth;
      if (at(i).is("}")) --depth;
      // An attribute leaves its statement still to start.
      if (start && at(i).is("@")) {
        i = after_attribute(i) - 1;
        continue;
      }
      start = tokens_[i].is("{") || tokens_[i].is("}") || (tokens_[i].is(";") && round == 0);
    }
    flush(whole_program);
  }

 private:
  const Token& at(std::size_t i) const { return walk_.at(i); }
  std::size_t next(std::size_t i) const { return walk_.next(i); }

  bool left_out(std::size_t i) {
    return stan_block(walk_, i) || stan_function(walk_, i) || stan_declaration(walk_, i) ||
           stan_target(walk_, i) || python_statement(walk_, i) || foreign_assignment(walk_, i) ||
           stan_statement(walk_, i) || foreign_statement(walk_, i, in_distribution_);
  }

  // A whole program of Stan repeats its habits: one report of each kind, and how many more there are.
  void flush(bool whole_program) {
    for (std::size_t k = 0; k < reports_.size(); ++k) {  // at most most_reports
      Diagnostic& report = reports_[k];
      const auto same = [&](const Diagnostic& d) { return d.code == report.code; };
      const bool repeats = whole_program && report.code != Code::stan_block &&
                           report.code != Code::missing_semicolon;
      if (repeats && std::any_of(reports_.begin(), reports_.begin() + static_cast<std::ptrdiff_t>(k), same))
        continue;
      const auto more = std::count_if(reports_.begin() + static_cast<std::ptrdiff_t>(k) + 1, reports_.end(),
                                      same);
      if (repeats && more > 0) report.note("and " + std::to_string(more) + " more of this kind in the file");
      sink_.add(report);
    }
  }

  // ---- Statements that end with their line, as those of R and BUGS do ----

  void end_statements() {
    static constexpr std::string_view openers[] = {"dim",    "data", "param", "latent", "let",   "predict",
                                                   "factor", "auto", "for",   "if",     "return"};
    const bool never = std::none_of(tokens_.begin(), tokens_.end(),
                                    [](const Token& t) { return t.is(";") && !t.removed; });
    std::size_t head = 0, count = 0, first_report = 0;
    int round = 0;
    bool start = true;
    for (std::size_t i = 0; i < tokens_.size() && reports_.size() < most_reports && !walk_.is_spent(); ++i) {
      if (tokens_[i].removed) continue;
      if (at(i).is("@") && (start || (round == 0 && heads_statement(i)))) {
        i = after_attribute(i) - 1;  // its statement is still to start; `attribute` ends the one before
        start = true;
        continue;
      }
      if (start) head = i;
      const std::size_t last = walk_.before(i);
      const bool headed = at(head).is("for") || at(head).is("if") || at(head).is("else");
      const bool opens = (at(i).kind == TokenKind::keyword && one_of(at(i), openers)) || relates(i);
      if (!start && !headed && round == 0 && at(i).first_on_line && last != i && ends_operand(last) &&
          opens) {
        const Span place{at(last).span.end, at(last).span.end};
        if (++count == 1 || !never) {
          first_report = reports_.size();
          walk_.report(Code::missing_semicolon, place, {"`" + std::string(at(last).text) + "`"})
              .suggest("every statement ends in `;`")
              .fix(place, ";");
        }
        walk_.insert(i, ";");
        start = true;
        continue;
      }
      if (at(i).is("(") || at(i).is("[")) ++round;
      if (at(i).is(")") || at(i).is("]")) --round;
      start = at(i).is("{") || at(i).is("}") || (at(i).is(";") && round == 0);
    }
    if (never && count > 1)
      reports_[first_report].note("and " + std::to_string(count - 1) + " more of this kind in the file");
  }
  // `x ~`, `x[i] =`, `x <-`
  bool relates(std::size_t i) const {
    if (at(i).kind != TokenKind::name) return false;
    auto k = next(i);
    while (at(k).is("[") && !at(k).first_on_line)
      k = next(walk_.closing(k));
    return at(k).is("~") || at(k).is("=") ||
           (at(k).is("<") && at(next(k)).is("-") && adjacent(at(k), at(next(k))));
  }

  // ---- Operators of one expression: `%*%` `**` `%%` `%/%` `&` `|` `<>` ----

  void operators(std::size_t i) {
    const auto b = next(i), c = next(b);
    if (one_char(i)) return;
    if (b >= tokens_.size() || !adjacent(at(i), at(b))) return;
    const bool three = c < tokens_.size() && adjacent(at(b), at(c));
    if (at(i).is(":") && at(b).is(":") && i > 0 &&
        (at(walk_.before(i)).kind == TokenKind::name || at(walk_.before(i)).kind == TokenKind::keyword) &&
        at(c).kind == TokenKind::name) {
      const auto module = walk_.before(i);
      walk_.report(Code::foreign_operator, walk_.span(i, b), {"::"})
          .suggest("write `" + std::string(at(c).text) +
                   "` alone: distributions and functions stand in no module")
          .fix({at(module).span.begin, at(b).span.end}, "");
      return walk_.remove(module, b);
    }
    if (at(i).is("%") && at(b).is("*") && three && at(c).is("%"))
      return operator_(i, c, "@", "write `@` for the matrix product");
    if (at(i).is("%") && at(b).is("/") && three && at(c).is("%"))
      return operator_(i, c, "/", "write `floor(a / b)`");
    if (at(i).is("%") && at(b).is("%")) return operator_(i, b, "%", "write `%` for the remainder");
    if (at(i).is("*") && at(b).is("*")) return operator_(i, b, "^", "write `^` for a power");
    if (at(i).is(".*") && at(b).is("*")) return operator_(i, b, ".^", "write `.^` for an elementwise power");
    if (at(i).is("<") && at(b).is(">")) return operator_(i, b, "!=", "write `!=`");
    if (at(i).is("^") && at(b).is("^")) return operator_(i, b, "^", "write `^` for a power");
  }
  // `a & b`, `a | b`: single characters, and the words of Python.
  bool one_char(std::size_t i) {
    if (at(i).kind == TokenKind::unexpected && at(i).is("&") && !at(next(i)).is("&"))
      return operator_(i, i, "&&", "write `&&`"), true;
    if (at(i).kind == TokenKind::unexpected && at(i).is("|"))
      return operator_(i, i, "||",
                       "write `||`; the arguments of a density are separated by commas: `normal_logpdf(y, "
                       "mu, sigma)`"),
             true;
    const bool between = at(i).kind == TokenKind::name && i > 0 && ends_operand(walk_.before(i)) &&
                         begins_operand(next(i)) && !at(i).first_on_line;
    if (between && at(i).is("and")) return operator_(i, i, "&&", "write `&&`"), true;
    if (between && at(i).is("or")) return operator_(i, i, "||", "write `||`"), true;
    return false;
  }
  bool ends_operand(std::size_t i) const {
    const Token& t = at(i);
    return t.kind == TokenKind::name || t.kind == TokenKind::integer || t.kind == TokenKind::real ||
           t.is(")") || t.is("]");
  }
  bool begins_operand(std::size_t i) const {
    const Token& t = at(i);
    return t.kind == TokenKind::name || t.kind == TokenKind::integer || t.kind == TokenKind::real ||
           t.is("(") || t.is("!") || t.is("-");
  }
  void operator_(std::size_t first, std::size_t last, std::string_view instead, const std::string& help) {
    walk_.report(Code::foreign_operator, walk_.span(first, last), {walk_.text(first, last)})
        .suggest(help)
        .fix(walk_.span(first, last), std::string(instead));
    if (last > first) walk_.remove(first + 1, last);
    tokens_[first].text = instead;
    tokens_[first].kind = TokenKind::punctuation;
    tokens_[first].type = -1;
  }

  // ---- A statement without its `;` before an attribute: the `@` would be read as a product ----

  std::size_t after_attribute(std::size_t i) const {
    const auto name = next(i), open = next(name);
    return at(open).is("(") ? next(walk_.closing(open)) : open;
  }
  bool heads_statement(std::size_t i) const {
    const auto name = next(i);
    if (!at(i).is("@") || !at(i).first_on_line || at(name).kind != TokenKind::name ||
        !adjacent(at(i), at(name)))
      return false;
    auto host = after_attribute(i);
    while (at(host).is("@"))
      host = after_attribute(host);
    return one_of(at(host), attribute_hosts);
  }
  void attribute(std::size_t i) {
    if (!heads_statement(i)) return;
    std::size_t before = i;
    while (before > 0 && tokens_[before - 1].removed)
      --before;
    if (before == 0) return;
    const auto& last = tokens_[before - 1];
    const Span place{last.span.end, last.span.end};
    walk_.report(Code::missing_semicolon, place, {"`" + std::string(last.text) + "`"})
        .suggest("every statement ends in `;`")
        .fix(place, ";");
    walk_.insert(i, ";");
  }

  Tokens& tokens_;
  std::vector<Diagnostic> reports_;
  TokenWalk walk_;
  Sink& sink_;
  bool in_distribution_ = false;
};

}  // namespace

void rewrite_foreign_spellings(Tokens& tokens, const Source& source, Sink& sink) {
  Rewriter(tokens, source, sink).run();
}

bool holds_stan_program(Tokens& tokens, const Source& source) {
  std::vector<Diagnostic> none;
  return is_stan_program({tokens, source, none});
}

}  // namespace elba
