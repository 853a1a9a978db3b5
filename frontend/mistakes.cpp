// mistakes: spellings that people bring from Stan, R, Python and BUGS. Each is reported once, with what to write instead, and then
// rewritten (operators, parentheses) or left out (statements, blocks), so that nothing else is said about it.
//
// Only what is no legal Elba anywhere is touched: `a < -1` stays a comparison, `x <- 1` at the start of a statement does not.
#include <algorithm>

#include "frontend/repair.h"

namespace elba {
namespace {

template <std::size_t N>
bool one_of(const Token& t, const std::string_view (&words)[N]) {
  return t.kind != TokenKind::string && std::find(std::begin(words), std::end(words), t.text) != std::end(words);
}

constexpr std::string_view stan_types[] = {
    "real", "int", "bool", "complex", "vector", "row_vector", "matrix", "array", "simplex", "ordered", "positive_ordered", "unit_vector",
    "sum_to_zero_vector", "cholesky_factor_corr", "cholesky_factor_cov", "corr_matrix", "cov_matrix"};
constexpr std::string_view attribute_hosts[] = {"dim", "data", "param", "latent", "let", "predict", "factor", "for", "if"};

class Rewriter {
 public:
  Rewriter(Tokens& tokens, const Source& source, Sink& sink) : tokens_(tokens), source_(source), sink_(sink) {}

  void run() {
    bool start = true;  // of a statement or declaration
    int round = 0;
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      const Token& t = tokens_[i];
      if (t.removed) continue;
      if (start && round == 0 && (block(i) || declaration(i) || target(i) || assignment(i))) continue;
      if (start && t.is("for")) loop(i);
      operators(i);
      if (!start && round == 0) attribute(i);
      if (t.is("(") || t.is("[")) ++round;
      if (t.is(")") || t.is("]")) --round;
      // An attribute leaves its statement still to start.
      if (start && t.is("@")) {
        i = after_attribute(i) - 1;
        continue;
      }
      start = t.is("{") || t.is("}") || (t.is(";") && round == 0);
    }
  }

 private:
  // ---- Walking ----

  const Token& at(std::size_t i) const {
    static const Token end;
    return i < tokens_.size() ? tokens_[i] : end;
  }
  // The next kept token after i.
  std::size_t next(std::size_t i) const {
    for (++i; i < tokens_.size() && tokens_[i].removed;) ++i;
    return i;
  }
  // The token that closes the bracket at i; brackets are balanced.
  std::size_t closing(std::size_t i) const {
    int depth = 0;
    for (std::size_t k = i; k < tokens_.size(); ++k) {
      if (tokens_[k].removed) continue;
      if (at(k).is("(") || at(k).is("[") || at(k).is("{")) ++depth;
      if (at(k).is(")") || at(k).is("]") || at(k).is("}")) --depth;
      if (depth == 0) return k;
    }
    return tokens_.size();
  }
  // The `;` of the statement at i, or the last token before a `}` or the end.
  std::size_t statement_end(std::size_t i) const {
    std::size_t last = i;
    for (std::size_t k = i; k < tokens_.size(); k = next(k)) {
      if (at(k).is(";")) return k;
      if (at(k).is("{") || at(k).is("}")) return last;
      last = k;
    }
    return last;
  }
  std::size_t after_attribute(std::size_t i) const {
    const auto name = next(i), open = next(name);
    return at(open).is("(") ? next(closing(open)) : open;
  }
  void remove(std::size_t first, std::size_t last) {
    for (std::size_t k = first; k <= last && k < tokens_.size(); ++k) tokens_[k].removed = true;
  }
  std::string text(std::size_t first, std::size_t last) const {
    return first <= last && last < tokens_.size() ? std::string(source_.text({at(first).span.begin, at(last).span.end})) : "";
  }
  Span span(std::size_t first, std::size_t last) const { return {at(first).span.begin, at(last).span.end}; }

  // ---- Stan's blocks: `parameters { ... }`, `transformed data { ... }`, `generated quantities { ... }` ----

  bool block(std::size_t i) {
    static constexpr std::string_view heads[] = {"data", "parameters", "functions", "transformed", "generated"};
    if (!one_of(at(i), heads)) return false;
    auto open = next(i);
    const bool two_words = at(i).is("transformed") ? at(open).is("data") || at(open).is("parameters") : at(i).is("generated") && at(open).is("quantities");
    if (two_words) open = next(open);
    if (!at(open).is("{") || ((at(i).is("transformed") || at(i).is("generated")) && !two_words)) return false;
    std::size_t last_word = i;
    for (std::size_t k = i; k < open; k = next(k)) last_word = k;
    std::string help = "declare where it is used: `latent sigma: real<lower=0> ~ half_normal(1);`";
    if (at(i).is("data")) help = "declare inside of `model name { ... }`: `data y: real[N];`";
    if (at(i).is("functions")) help = "declare functions beside the model: `fun f(x: real): real = x^2;`";
    if (two_words) help = at(i).is("generated") ? "declare inside of the model: `predict y_new[N] ~ normal(mu, sigma);`" : "define inside of the model: `let eta = alpha + X @ beta;`";
    sink_.report(Code::stan_block, span(i, last_word), {text(i, last_word)}).suggest(help);
    remove(i, closing(open));
    return true;
  }

  // ---- Stan's declarations: `real<lower=0> sigma;` `vector[N] x;` `array[N] int y;` `real x[N];` ----

  bool declaration(std::size_t i) {
    const Token& head = at(i);
    if (!one_of(head, stan_types)) return false;
    std::vector<std::size_t> shape_open;
    std::string base = std::string(head.text), bounds;
    std::size_t k = next(i);
    if (at(k).is("<")) {
      const auto open = k;
      while (k < tokens_.size() && !at(k).is(">") && !at(k).is(";") && !at(k).is("{")) k = next(k);
      if (!at(k).is(">")) return false;
      bounds = text(open, k);
      k = next(k);
    }
    if (at(k).is("[")) {
      shape_open.push_back(k);
      k = next(closing(k));
    }
    // `array[N] real<lower=0>[M] x;` holds a type within the type.
    if (head.is("array") && one_of(at(k), stan_types)) {
      base = std::string(at(k).text);
      k = next(k);
      if (at(k).is("<")) {
        const auto open = k;
        while (k < tokens_.size() && !at(k).is(">") && !at(k).is(";")) k = next(k);
        bounds = text(open, k);
        k = next(k);
      }
      if (at(k).is("[")) {
        shape_open.push_back(k);
        k = next(closing(k));
      }
    }
    if (at(k).kind != TokenKind::name) return false;
    const auto name = k;
    k = next(k);
    if (at(k).is("[")) {
      shape_open.push_back(k);
      k = next(closing(k));
    }
    if (!at(k).is(";") && !at(k).is("=") && !at(k).is("~") && !at(k).is("}")) return false;
    report_declaration(i, name, elba_type(base, bounds, shape_open), at(k).is("="));
    remove(i, statement_end(i));
    return true;
  }

  std::string elba_type(const std::string& base, const std::string& bounds, const std::vector<std::size_t>& shapes) const {
    std::string dims;
    for (const auto open : shapes) {
      const auto inside = text(open + 1, closing(open) - 1);
      dims += (dims.empty() || inside.empty() ? "" : ", ") + inside;
    }
    std::string element = base;
    if (base == "vector" || base == "row_vector" || base == "matrix" || base == "array") element = "real";
    if (base == "sum_to_zero_vector") element = "sum_to_zero";
    if (base == "cholesky_factor_corr") element = "cholesky_corr";
    if (base == "cholesky_factor_cov") element = "cholesky_cov";
    return element + bounds + (dims.empty() ? "" : "[" + dims + "]");
  }

  void report_declaration(std::size_t first, std::size_t name, const std::string& type, bool defined) {
    const std::string id(at(name).text), typed = id + ": " + type;
    const std::string help = defined ? "write `let " + typed + " = ...;`"
                                     : "write `data " + typed + ";` when it is known, `latent " + typed + " ~ ...;` when it is not";
    sink_.report(Code::stan_declaration, span(first, name), {std::string(at(first).text), id}).suggest(help);
  }

  // ---- `target += e;` ----

  bool target(std::size_t i) {
    const auto plus = next(i), equals = next(plus);
    if (!at(i).is("target") || !at(plus).is("+") || !at(equals).is("=")) return false;
    const auto end = statement_end(i);
    sink_.report(Code::stan_target, span(i, equals)).suggest("write `y ~ distribution;` for a density, `factor value;` for any other term");
    remove(i, end);
    return true;
  }

  // ---- `x <- e;` `x += e;` at the start of a statement ----

  bool assignment(std::size_t i) {
    if (at(i).kind != TokenKind::name) return false;
    auto k = next(i);
    while (at(k).is("[")) k = next(closing(k));
    const auto second = next(k);
    if (second >= tokens_.size() || !adjacent(at(k), at(second))) return false;
    const auto left = text(i, k - 1);
    if (at(k).is("<") && at(second).is("-")) {
      sink_.report(Code::arrow_assignment, span(k, second)).suggest("write `" + left + " = value;`, or `" + left + " ~ distribution;`");
    } else if ((at(k).is("+") || at(k).is("-") || at(k).is("*") || at(k).is("/")) && at(second).is("=")) {
      sink_.report(Code::foreign_operator, span(k, second), {text(k, second)})
          .suggest("each element is defined once: collect terms with `sum(e for i in 1:N)`, or write a recurrence `s[t] = s[t-1] + e;`");
    } else {
      return false;
    }
    remove(i, statement_end(i));
    return true;
  }

  // ---- `for (n in 1:N) ...` ----

  void loop(std::size_t i) {
    const auto open = next(i);
    if (!at(open).is("(")) return;
    const auto close = closing(open);
    const auto inside = close > open + 1 ? text(open + 1, close - 1) : "i in 1:N";
    sink_.report(Code::stan_for, span(open, close)).suggest("write `for " + inside + " { ... }`");
    remove(open, open);
    remove(close, close);
  }

  // ---- Operators of one expression: `%*%` `**` `%%` `%/%` `->` ----

  void operators(std::size_t i) {
    const auto b = next(i), c = next(b);
    if (b >= tokens_.size() || !adjacent(at(i), at(b))) return;
    const bool three = c < tokens_.size() && adjacent(at(b), at(c));
    if (at(i).is("%") && at(b).is("*") && three && at(c).is("%")) return operator_(i, c, "@", "write `@` for the matrix product");
    if (at(i).is("%") && at(b).is("/") && three && at(c).is("%")) return operator_(i, c, "/", "write `floor(a / b)`");
    if (at(i).is("%") && at(b).is("%")) return operator_(i, b, "%", "write `%` for the remainder");
    if (at(i).is("*") && at(b).is("*")) return operator_(i, b, "^", "write `^` for a power");
    if (at(i).is(".*") && at(b).is("*")) return operator_(i, b, ".^", "write `.^` for an elementwise power");
  }
  void operator_(std::size_t first, std::size_t last, std::string_view instead, const std::string& help) {
    sink_.report(Code::foreign_operator, span(first, last), {text(first, last)}).suggest(help);
    remove(first + 1, last);
    tokens_[first].text = instead;
    tokens_[first].type = -1;
  }

  // ---- A statement without its `;` before an attribute: the `@` would be read as a product ----

  void attribute(std::size_t i) {
    const auto name = next(i);
    if (!at(i).is("@") || !at(i).first_on_line || at(name).kind != TokenKind::name || !adjacent(at(i), at(name))) return;
    auto host = after_attribute(i);
    while (at(host).is("@")) host = after_attribute(host);
    if (!one_of(at(host), attribute_hosts)) return;
    std::size_t before = i;
    while (before > 0 && tokens_[before - 1].removed) --before;
    if (before == 0) return;
    const auto& last = tokens_[before - 1];
    sink_.report(Code::missing_semicolon, {last.span.end, last.span.end}, {"`" + std::string(last.text) + "`"}).suggest("every statement ends in `;`");
    Token semicolon;
    semicolon.kind = TokenKind::punctuation;
    semicolon.span = {last.span.end, last.span.end};
    semicolon.text = ";";
    tokens_.insert(tokens_.begin() + static_cast<std::ptrdiff_t>(i), semicolon);
  }

  Tokens& tokens_;
  const Source& source_;
  Sink& sink_;
};

}  // namespace

void rewrite_foreign_spellings(Tokens& tokens, const Source& source, Sink& sink) { Rewriter(tokens, source, sink).run(); }

}  // namespace elba
