// statements: statements of other languages that are no sentences of Elba: assignments, `while`, calls alone,
// dotted names. Each is reported once and left out.
#include <algorithm>
#include <string>

#include "frontend/tokens/token_walk.h"

namespace elba {
namespace {

std::string statement_text(const TokenWalk& walk, std::size_t first, std::size_t end) {
  return walk.text(first, walk.at(end).is(";") ? walk.before(end) : end);
}

// ---- `while (..) { .. }`, `break;`, `-- a comment`: statements that there are not ----

bool no_statement(TokenWalk& walk, std::size_t i) {
  if (walk.at(i).is("-") && walk.at(walk.next(i)).is("-") && adjacent(walk.at(i), walk.at(walk.next(i)))) {
    auto end = i;
    while (walk.next(end) < walk.tokens.size() && !walk.at(walk.next(end)).first_on_line)
      end = walk.next(end);
    walk.report(Code::foreign_operator, walk.span(i, walk.next(i)), {"--"})
        .suggest("a comment begins with `//`")
        .fix(walk.span(i, walk.next(i)), "//");
    walk.remove(i, end);
    return true;
  }
  static constexpr std::string_view loops[] = {"while", "until", "foreach", "repeat", "do"},
                                    jumps[] = {"break", "continue", "next", "pass"};
  const auto second = walk.next(i);
  const bool loops_on = one_of(walk.at(i), loops) && (walk.at(second).is("(") || walk.at(second).is("{"));
  if (!loops_on && !(one_of(walk.at(i), jumps) && walk.at(second).is(";"))) return false;
  walk.report(Code::foreign_statement, walk.at(i).span, {std::string(walk.at(i).text)})
      .suggest(loops_on ? "a loop runs over a range, `for i in 1:N { ... }`, or is a recurrence such as "
                          "`s[t] = f(s[t-1]);`"
                        : "a loop runs through its range; choose inside with `c ? a : b`");
  auto body = walk.at(second).is("(") ? walk.next(walk.closing(second)) : second;
  walk.remove(i, loops_on && walk.at(body).is("{") ? walk.closing(body) : walk.statement_end(i));
  return true;
}

// ---- `log(s) ~ normal(0, 1);` and `print(x);`: a call at the start of a statement ----

bool called(TokenWalk& walk, std::size_t i) {
  const auto open = walk.next(i);
  if (walk.at(i).kind != TokenKind::name || !walk.at(open).is("(")) return false;
  const auto close = walk.closing(open), after = walk.next(close);
  if (close >= walk.tokens.size()) return false;
  const auto end = walk.statement_end(i);
  const std::string name(walk.at(i).text),
      inside = close > walk.next(open) ? walk.text(walk.next(open), walk.before(close)) : "";
  if (walk.at(after).is("~")) {
    walk.report(Code::tilde_on_expression, walk.span(i, close), {walk.text(i, close)})
        .note("the density of a transformed unknown has a Jacobian")
        .suggest("give `" + inside +
                 "` the distribution that this implies, or write the log density: `factor normal_logpdf(" +
                 walk.text(i, close) + ", ..);`");
  } else if (walk.at(after).is(";") || walk.at(after).first_on_line || walk.at(after).is("}")) {
    if (name == "increment_log_prob") {
      walk.report(Code::stan_target, walk.at(i).span).suggest("write `factor " + inside + ";`");
    } else {
      auto& report = walk.report(Code::call_statement, walk.span(i, close), {name});
      if (name == "print" || name == "cat" || name == "println")
        report.suggest("models do no output; `predict name = ..;` gives a value for each draw");
      else if (name == "reject" || name == "stop" || name == "fatal_error")
        report.suggest("a model cannot reject; give the unknown its bounds");
      else
        report.suggest("use its value: `let z = " + walk.text(i, close) +
                       ";`, or `factor ..;` to add it to the log density");
    }
  } else {
    return false;
  }
  walk.remove(i, end);
  return true;
}

// ---- `x <- e;` `x += e;` `x++;` `x := e;` `x == e;` `var x = e;` at the start of a statement ----

bool assignment(TokenWalk& walk, std::size_t i) {
  static constexpr std::string_view declarators[] = {"var", "const", "val", "define", "set", "def"};
  if (walk.at(i).kind != TokenKind::name) return false;
  if (one_of(walk.at(i), declarators) && walk.at(walk.next(i)).kind == TokenKind::name &&
      walk.at(walk.next(walk.next(i))).is("=")) {
    const auto end = walk.statement_end(i);
    walk.report(Code::foreign_assignment, walk.at(i).span, {std::string(walk.at(i).text)})
        .suggest("write `let " + statement_text(walk, walk.next(i), end) + ";`")
        .fix(walk.at(i).span, "let");
    walk.remove(i, end);
    return true;
  }
  auto k = walk.next(i);
  while (walk.at(k).is("["))
    k = walk.next(walk.closing(k));
  const auto second = walk.next(k);
  if (second >= walk.tokens.size() || !adjacent(walk.at(k), walk.at(second))) return false;
  const auto left = walk.text(i, walk.before(k));
  const auto end = walk.statement_end(i);
  const auto value = statement_text(walk, walk.next(second), end);
  const bool indexed = k != walk.next(i);
  const auto definition = indexed ? left + " = " + value + ";`, after `let " + std::string(walk.at(i).text) +
                                        ": real[N];`"
                                  : "let " + left + " = " + value + ";`";
  if (walk.at(k).is("<") && walk.at(second).is("-")) {
    walk.report(Code::arrow_assignment, walk.span(k, second)).suggest("write `" + definition);
  } else if (walk.at(k).is(":") && walk.at(second).is("=")) {
    walk.report(Code::foreign_assignment, walk.span(k, second), {":="}).suggest("write `" + definition);
  } else if (walk.at(k).is("-") && walk.at(second).is("-")) {
    walk.report(Code::foreign_operator, walk.span(k, second), {"--"})
        .suggest("a name has one value; write a recurrence over an array: `s[t] = s[t-1] - 1;`");
  } else if (walk.at(k).is("+") && walk.at(second).is("+")) {
    walk.report(Code::foreign_operator, walk.span(k, second), {"++"})
        .suggest(
            "a name has one value; count with a loop, `for i in 1:N { ... }`, or write a recurrence `s[t] "
            "= s[t-1] + 1;`");
  } else if ((walk.at(k).is("+") || walk.at(k).is("-") || walk.at(k).is("*") || walk.at(k).is("/")) &&
             walk.at(second).is("=")) {
    static constexpr std::string_view log_densities[] = {"lp__",   "lp",      "logp", "log_prob", "lpost",
                                                         "loglik", "log_lik", "ll",   "Target"};
    const bool adds = walk.at(k).is("+") && !indexed && one_of(walk.at(i), log_densities);
    walk.report(Code::foreign_operator, walk.span(k, second), {walk.text(k, second)})
        .suggest(adds ? "a term of the log density is `factor " + value + ";`"
                      : "each element is defined once: collect terms with `sum(e for i in 1:N)`, or write "
                        "a recurrence `s[t] = s[t-1] + e;`");
  } else {
    return false;
  }
  walk.remove(i, end);
  return true;
}

// ---- `sigma.y ~ ...`: dots in names, as R has them ----

bool dotted(TokenWalk& walk, std::size_t i) {
  const std::size_t end = walk.statement_end(i);
  for (std::size_t k = i; k < end; k = walk.next(k)) {
    const auto dot = walk.next(k), name = walk.next(dot);
    if (walk.at(k).kind != TokenKind::name || !walk.at(dot).is(".") ||
        walk.at(name).kind != TokenKind::name || !adjacent(walk.at(k), walk.at(dot)) ||
        !adjacent(walk.at(dot), walk.at(name)))
      continue;
    std::string joined = walk.text(k, name);
    std::replace(joined.begin(), joined.end(), '.', '_');
    walk.report(Code::dotted_name, walk.span(k, name), {walk.text(k, name)})
        .suggest("write `" + joined + "`")
        .fix(walk.span(k, name), joined);
    walk.remove(i, end);
    return true;
  }
  return false;
}

}  // namespace

bool foreign_assignment(TokenWalk& walk, std::size_t i) { return assignment(walk, i); }

bool foreign_statement(TokenWalk& walk, std::size_t i, bool in_distribution) {
  return dotted(walk, i) || no_statement(walk, i) || (!in_distribution && called(walk, i));
}

}  // namespace elba
