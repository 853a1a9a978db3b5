// operators: spellings that people bring from Stan, R, Python and BUGS. Each is reported once, with what to
// write instead, and then rewritten (operators, parentheses, braces) or left out (statements, blocks), so
// that nothing else is said about it.
//
// Only what is no legal Elba anywhere is touched: `a < -1` stays a comparison, `x <- 1` at the start of a
// statement does not. Here: operators, assignments, loops and branches of every language; Stan's statements
// in stan.cpp, Python's in python.cpp.
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
      if (start && depth < max_nesting) blocks(i);
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
           stan_target(walk_, i) || python_statement(walk_, i) || assignment(i) || stan_statement(walk_, i) ||
           dotted(i) || foreign_statement(i) || (!in_distribution_ && called(i));
  }

  // ---- `while (..) { .. }`, `break;`, `-- a comment`: statements that there are not ----

  bool foreign_statement(std::size_t i) {
    if (at(i).is("-") && at(next(i)).is("-") && adjacent(at(i), at(next(i)))) {
      auto end = i;
      while (next(end) < tokens_.size() && !at(next(end)).first_on_line)
        end = next(end);
      walk_.report(Code::foreign_operator, walk_.span(i, next(i)), {"--"})
          .suggest("a comment begins with `//`")
          .fix(walk_.span(i, next(i)), "//");
      walk_.remove(i, end);
      return true;
    }
    static constexpr std::string_view loops[] = {"while", "until", "foreach", "repeat", "do"},
                                      jumps[] = {"break", "continue", "next", "pass"};
    const auto second = next(i);
    const bool loops_on = one_of(at(i), loops) && (at(second).is("(") || at(second).is("{"));
    if (!loops_on && !(one_of(at(i), jumps) && at(second).is(";"))) return false;
    walk_.report(Code::foreign_statement, at(i).span, {std::string(at(i).text)})
        .suggest(loops_on ? "a loop runs over a range, `for i in 1:N { ... }`, or is a recurrence such as "
                            "`s[t] = f(s[t-1]);`"
                          : "a loop runs through its range; choose inside with `c ? a : b`");
    auto body = at(second).is("(") ? next(walk_.closing(second)) : second;
    walk_.remove(i, loops_on && at(body).is("{") ? walk_.closing(body) : walk_.statement_end(i));
    return true;
  }

  // ---- `log(s) ~ normal(0, 1);` and `print(x);`: a call at the start of a statement ----

  bool called(std::size_t i) {
    const auto open = next(i);
    if (at(i).kind != TokenKind::name || !at(open).is("(")) return false;
    const auto close = walk_.closing(open), after = next(close);
    if (close >= tokens_.size()) return false;
    const auto end = walk_.statement_end(i);
    const std::string name(at(i).text),
        inside = close > next(open) ? walk_.text(next(open), walk_.before(close)) : "";
    if (at(after).is("~")) {
      walk_.report(Code::tilde_on_expression, walk_.span(i, close), {walk_.text(i, close)})
          .note("the density of a transformed unknown has a Jacobian")
          .suggest("give `" + inside +
                   "` the distribution that this implies, or write the log density: `factor normal_logpdf(" +
                   walk_.text(i, close) + ", ..);`");
    } else if (at(after).is(";") || at(after).first_on_line || at(after).is("}")) {
      if (name == "increment_log_prob") {
        walk_.report(Code::stan_target, at(i).span).suggest("write `factor " + inside + ";`");
      } else {
        auto& report = walk_.report(Code::call_statement, walk_.span(i, close), {name});
        if (name == "print" || name == "cat" || name == "println")
          report.suggest("models do no output; `predict name = ..;` gives a value for each draw");
        else if (name == "reject" || name == "stop" || name == "fatal_error")
          report.suggest("a model cannot reject; give the unknown its bounds");
        else
          report.suggest("use its value: `let z = " + walk_.text(i, close) +
                         ";`, or `factor ..;` to add it to the log density");
      }
    } else {
      return false;
    }
    walk_.remove(i, end);
    return true;
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

  // ---- `x <- e;` `x += e;` `x++;` `x := e;` `x == e;` `var x = e;` at the start of a statement ----

  bool assignment(std::size_t i) {
    static constexpr std::string_view declarators[] = {"var", "const", "val", "define", "set", "def"};
    if (at(i).kind != TokenKind::name) return false;
    if (one_of(at(i), declarators) && at(next(i)).kind == TokenKind::name && at(next(next(i))).is("=")) {
      const auto end = walk_.statement_end(i);
      walk_.report(Code::foreign_assignment, at(i).span, {std::string(at(i).text)})
          .suggest("write `let " + statement(next(i), end) + ";`")
          .fix(at(i).span, "let");
      walk_.remove(i, end);
      return true;
    }
    auto k = next(i);
    while (at(k).is("["))
      k = next(walk_.closing(k));
    const auto second = next(k);
    if (second >= tokens_.size() || !adjacent(at(k), at(second))) return false;
    const auto left = walk_.text(i, walk_.before(k));
    const auto end = walk_.statement_end(i);
    const auto value = statement(next(second), end);
    const bool indexed = k != next(i);
    const auto definition = indexed ? left + " = " + value + ";`, after `let " + std::string(at(i).text) +
                                          ": real[N];`"
                                    : "let " + left + " = " + value + ";`";
    if (at(k).is("<") && at(second).is("-")) {
      walk_.report(Code::arrow_assignment, walk_.span(k, second)).suggest("write `" + definition);
    } else if (at(k).is(":") && at(second).is("=")) {
      walk_.report(Code::foreign_assignment, walk_.span(k, second), {":="}).suggest("write `" + definition);
    } else if (at(k).is("-") && at(second).is("-")) {
      walk_.report(Code::foreign_operator, walk_.span(k, second), {"--"})
          .suggest("a name has one value; write a recurrence over an array: `s[t] = s[t-1] - 1;`");
    } else if (at(k).is("+") && at(second).is("+")) {
      walk_.report(Code::foreign_operator, walk_.span(k, second), {"++"})
          .suggest(
              "a name has one value; count with a loop, `for i in 1:N { ... }`, or write a recurrence `s[t] "
              "= s[t-1] + 1;`");
    } else if ((at(k).is("+") || at(k).is("-") || at(k).is("*") || at(k).is("/")) && at(second).is("=")) {
      static constexpr std::string_view log_densities[] = {"lp__",   "lp",      "logp", "log_prob", "lpost",
                                                           "loglik", "log_lik", "ll",   "Target"};
      const bool adds = at(k).is("+") && !indexed && one_of(at(i), log_densities);
      walk_.report(Code::foreign_operator, walk_.span(k, second), {walk_.text(k, second)})
          .suggest(adds ? "a term of the log density is `factor " + value + ";`"
                        : "each element is defined once: collect terms with `sum(e for i in 1:N)`, or write "
                          "a recurrence `s[t] = s[t-1] + e;`");
    } else {
      return false;
    }
    walk_.remove(i, end);
    return true;
  }

  std::string statement(std::size_t first, std::size_t end) const {
    return walk_.text(first, at(end).is(";") ? walk_.before(end) : end);
  }

  // ---- `sigma.y ~ ...`: dots in names, as R has them ----

  bool dotted(std::size_t i) {
    const std::size_t end = walk_.statement_end(i);
    for (std::size_t k = i; k < end; k = next(k)) {
      const auto dot = next(k), name = next(dot);
      if (at(k).kind != TokenKind::name || !at(dot).is(".") || at(name).kind != TokenKind::name ||
          !adjacent(at(k), at(dot)) || !adjacent(at(dot), at(name)))
        continue;
      std::string joined = walk_.text(k, name);
      std::replace(joined.begin(), joined.end(), '.', '_');
      walk_.report(Code::dotted_name, walk_.span(k, name), {walk_.text(k, name)})
          .suggest("write `" + joined + "`")
          .fix(walk_.span(k, name), joined);
      walk_.remove(i, end);
      return true;
    }
    return false;
  }

  // ---- Loops and branches: parentheses, braces, `else if` ----

  void blocks(std::size_t i) {
    if (at(i).is("for")) return loop(i);
    if (at(i).is("if") && at(next(i)).is("(")) {
      const auto close = walk_.closing(next(i));
      if (close >= tokens_.size()) return;
      braces(i, close);
      auto body = walk_.closing(next(close));
      while (at(next(body)).is("else")) {
        const auto word = next(body);
        if (at(next(word)).is("if")) return else_if(word);
        braces(word, word);
        body = walk_.closing(next(word));
        break;
      }
      const auto word = next(body);
      if (at(word).kind == TokenKind::name &&
          (at(word).is("elif") || at(word).is("elseif") || at(word).is("elsif")))
        foreign_else(word);
    }
  }

  // `for (n in 1:N) ...`, `for i = 1:N`, and a body without braces.
  void loop(std::size_t i) {
    const auto open = next(i);
    if (at(open).is("(")) {
      const auto close = walk_.closing(open), name = next(open), in = next(name);
      if (close >= tokens_.size()) return;
      const auto inside = close > next(open) ? walk_.text(next(open), walk_.before(close)) : "i in 1:N";
      const bool counts = inside.find(';') != std::string::npos;
      const std::string binder = counts || !at(in).is("in")
                                     ? std::string(at(name).kind == TokenKind::name ? at(name).text : "i") +
                                           " in 1:N"
                                     : inside;
      const auto first = next(close);
      const bool bare = first < tokens_.size() && !at(first).is("{");
      const auto last = bare ? walk_.extent(first) : close;
      const std::string body = bare && !at(first).is("for") && !at(first).is("if") ? walk_.text(first, last)
                                                                                   : "...";
      auto& report = walk_.report(Code::stan_for, walk_.span(open, close))
                         .suggest("write `for " + binder + " { " + body + " }`");
      if (counts || !at(in).is("in")) {
        walk_.remove(i, last);
        return;
      }
      report.fix(at(open).span, "").fix(at(close).span, bare ? " {" : "");
      if (bare) report.fix({at(last).span.end, at(last).span.end}, " }");
      walk_.remove(open, open);
      walk_.remove(close, close);
      if (bare) enclose(first, last);
      return;
    }
    // `for i in (1:N)`
    const auto in = next(open);
    if (const auto left = next(in); at(in).is("in") && at(left).is("(")) {
      const auto right = walk_.closing(left);
      bool is_range = right < tokens_.size() && at(next(right)).is("{");
      int depth = 0, colons = 0;
      for (auto k = left; k < right && is_range; k = next(k)) {
        depth += at(k).is("(") || at(k).is("[") ? 1 : at(k).is(")") || at(k).is("]") ? -1 : 0;
        colons += depth == 1 && at(k).is(":") ? 1 : 0;
      }
      if (is_range && colons == 1) {
        walk_.report(Code::stan_for, walk_.span(left, right))
            .suggest("write `" + walk_.text(i, in) + " " + walk_.text(next(left), walk_.before(right)) +
                     " { ... }`")
            .fix(at(left).span, "")
            .fix(at(right).span, "");
        walk_.remove(left, left);
        walk_.remove(right, right);
      }
    }
    // `for i = 1:N` of Julia and MATLAB.
    if (at(open).kind == TokenKind::name && at(in).is("=")) {
      walk_.report(Code::foreign_operator, at(in).span, {"="})
          .note("a loop variable runs `in` a range")
          .fix(at(in).span, "in")
          .suggest("write `for " + std::string(at(open).text) + " in 1:N { ... }`");
      tokens_[in].text = "in";
      tokens_[in].kind = TokenKind::keyword;
      tokens_[in].type = -1;
    }
    // A name right behind an operand begins the body.
    for (std::size_t k = in; k < tokens_.size() && !at(k).is("{") && !at(k).is(";") && !at(k).is("}");
         k = next(k)) {
      const auto body = next(k);
      if (at(k).is("(") || at(k).is("[")) {
        k = walk_.before(next(walk_.closing(k)));
        continue;
      }
      const bool operand = at(k).kind == TokenKind::name || at(k).kind == TokenKind::integer || at(k).is(")");
      const bool begins = at(body).kind == TokenKind::name ||
                          (at(body).kind == TokenKind::keyword && !at(body).is("in"));
      if (k == in || !operand || !begins || body >= tokens_.size()) continue;
      braces(i, k);
      return;
    }
  }

  // Puts braces around the statement behind token `head`, with a report, unless they are there.
  void braces(std::size_t word, std::size_t head) {
    const auto first = next(head);
    if (first >= tokens_.size() || at(first).is("{") || at(first).is("}") || at(first).is(";") ||
        at(first).is("else"))
      return;
    if (at(word).is("else") && at(first).is("if")) return;
    const auto last = walk_.extent(first);
    const std::string body = at(first).is("for") || at(first).is("if") ? "..." : walk_.text(first, last);
    walk_.report(Code::missing_braces, at(first).span, {std::string(at(word).text)})
        .suggest("write `" + walk_.text(word, head) + " { " + body + " }`")
        .fix({at(first).span.begin, at(first).span.begin}, "{ ")
        .fix({at(last).span.end, at(last).span.end}, " }");
    enclose(first, last);
  }
  void enclose(std::size_t first, std::size_t last) {
    walk_.insert(std::min(last + 1, tokens_.size()), "}");
    walk_.insert(first, "{");
  }

  void else_if(std::size_t word) {
    const auto second = next(word), open = next(second);
    const auto last = walk_.extent(second);
    const std::string condition = at(open).is("(") ? walk_.text(open, walk_.closing(open)) : "(condition)";
    walk_.report(Code::else_if, walk_.span(word, second), {"else if"})
        .suggest("write `else { if " + condition + " { ... } }`")
        .fix({at(second).span.begin, at(second).span.begin}, "{ ")
        .fix({at(last).span.end, at(last).span.end}, " }");
    enclose(second, last);
  }

  void foreign_else(std::size_t word) {
    const auto open = next(word);
    const bool round = at(open).is("(");
    const std::string condition = round ? walk_.text(open, walk_.closing(open)) : "(condition)";
    walk_.report(Code::else_if, at(word).span, {std::string(at(word).text)})
        .suggest("write `else { if " + condition + " { ... } }`");
    const auto body = round ? next(walk_.closing(open)) : open;
    auto last = walk_.extent(body);
    if (at(next(last)).is("else")) last = walk_.extent(next(next(last)));
    walk_.remove(word, last);
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
