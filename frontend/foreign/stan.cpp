// stan: what people bring from Stan (and BUGS): blocks, declarations, functions, `target +=`,
// truncation, `f(y | mu, s)`.
//
//     data { int N; vector[N] y; }      ->  write `dim N; data y: real[N];`
//     real<lower=0> sigma;              ->  write `latent sigma: real<lower=0> ~ ..;`
//     y ~ normal(mu, 1) T[0, ];         ->  write `y ~ truncated(normal(mu, 1), lower = 0);`
//
// Each is left out after its report, so that nothing else is said about it; the names that it declares count
// as lost.
#include <algorithm>
#include <optional>

#include "frontend/tokens/token_walk.h"

namespace elba {
namespace {

constexpr std::string_view stan_types[] = {"real",
                                           "int",
                                           "bool",
                                           "complex",
                                           "vector",
                                           "row_vector",
                                           "matrix",
                                           "array",
                                           "simplex",
                                           "ordered",
                                           "positive_ordered",
                                           "unit_vector",
                                           "sum_to_zero_vector",
                                           "cholesky_factor_corr",
                                           "cholesky_factor_cov",
                                           "corr_matrix",
                                           "cov_matrix"};
constexpr std::string_view roles[] = {"data", "param", "latent", "let", "predict"};
constexpr std::size_t most_shown = 12;  // declarations of one block in one help line

// A declaration of Stan, read: `array[N] int<lower=0> y = e;` is {name y, type int<lower=0>[N]}.
struct Declared {
  std::size_t name = 0, after = 0, end = 0;
  std::string type;
  bool is_size = false;  // a lone int that other declarations use as a size
  bool is_vector = false;
};

class Reader {
 public:
  explicit Reader(const TokenWalk& walk) : walk_(walk) {}

  std::optional<Declared> declaration(std::size_t i) const {
    if (!one_of(walk_.at(i), stan_types)) return std::nullopt;
    Declared out;
    std::string base(walk_.at(i).text), bounds, dims;
    std::size_t k = walk_.next(i);
    if (!modifiers(k, bounds, dims)) return std::nullopt;
    // `array[N] real<lower=0>[M] x;` holds a type within the type.
    if (base == "array" && one_of(walk_.at(k), stan_types)) {
      base = std::string(walk_.at(k).text);
      k = walk_.next(k);
      if (!modifiers(k, bounds, dims)) return std::nullopt;
    }
    if (walk_.at(k).kind != TokenKind::name) return std::nullopt;
    out.name = k;
    k = walk_.next(k);
    if (walk_.at(k).is("[")) shape(k, dims);
    if (walk_.at(k).is("(")) return std::nullopt;
    out.after = k;
    if (!walk_.at(k).is(";") && !walk_.at(k).is("=") && !walk_.at(k).is("~") && !walk_.at(k).is("}") &&
        !walk_.at(k).first_on_line && k < walk_.tokens.size())
      return std::nullopt;
    out.end = walk_.at(k).is(";") || walk_.at(k).is("=") || walk_.at(k).is("~")
                  ? walk_.statement_end(out.name)
                  : walk_.before(k);
    out.is_vector = !dims.empty();
    out.type = element(base) + bounds + (dims.empty() ? "" : "[" + dims + "]");
    out.is_size = base == "int" && dims.empty() && sizes_something(walk_.at(out.name).text);
    return out;
  }

  // The prior that the text gives a name in a statement of its own; `..` when it is more than one call.
  std::string prior(std::string_view name) const {
    for (std::size_t k = 0; k + 3 < walk_.tokens.size(); ++k) {
      if (!walk_.at(k).is(name) || walk_.at(k).kind != TokenKind::name || !walk_.at(k + 1).is("~") ||
          !walk_.at(k + 3).is("("))
        continue;
      const std::size_t end = walk_.statement_end(k), close = walk_.closing(k + 3);
      return close == (walk_.at(end).is(";") ? walk_.before(end) : end) ? walk_.text(k + 2, close) : "..";
    }
    return {};
  }

 private:
  bool modifiers(std::size_t& k, std::string& bounds, std::string& dims) const {
    if (walk_.at(k).is("<")) {
      const std::size_t open = k;
      while (k < walk_.tokens.size() && !walk_.at(k).is(">") && !walk_.at(k).is(";") && !walk_.at(k).is("{"))
        k = walk_.next(k);
      if (!walk_.at(k).is(">")) return false;
      bounds = walk_.text(open, k);
      k = walk_.next(k);
    }
    if (walk_.at(k).is("[")) shape(k, dims);
    return true;
  }
  void shape(std::size_t& k, std::string& dims) const {
    const std::size_t close = walk_.closing(k);
    const std::string inside = walk_.text(walk_.next(k), walk_.before(close));
    if (close > walk_.next(k)) dims += (dims.empty() ? "" : ", ") + inside;
    k = walk_.next(close);
  }
  static std::string element(const std::string& base) {
    if (base == "vector" || base == "row_vector" || base == "matrix" || base == "array") return "real";
    if (base == "sum_to_zero_vector") return "sum_to_zero";
    if (base == "cholesky_factor_corr") return "cholesky_corr";
    if (base == "cholesky_factor_cov") return "cholesky_cov";
    return base;
  }
  // `N` of `vector[N]`, `1:N`, `array[N, K]`.
  bool sizes_something(std::string_view name) const {
    int square = 0;
    for (std::size_t k = 0; k < walk_.tokens.size(); ++k) {
      if (walk_.at(k).is("[")) ++square;
      if (walk_.at(k).is("]")) --square;
      if (walk_.at(k).kind == TokenKind::name && walk_.at(k).is(name) && k > 0 &&
          (square > 0 || walk_.at(k - 1).is(":")))
        return true;
    }
    return false;
  }

  const TokenWalk& walk_;
};

// A declaration of a block as Elba writes it, by the block's role.
std::string translated(const TokenWalk& walk, const Reader& reader, const Declared& declared,
                       std::string_view role) {
  const std::string name(walk.at(declared.name).text);
  const std::string value = walk.at(declared.after).is("=")
                                ? walk.text(walk.next(declared.after), walk.at(declared.end).is(";")
                                                                           ? walk.before(declared.end)
                                                                           : declared.end)
                                : "";
  if (role == "data")
    return declared.is_size ? "dim " + name + ";" : "data " + name + ": " + declared.type + ";";
  if (role == "parameters") {
    const std::string prior = reader.prior(name);
    return "latent " + name + ": " + declared.type + " ~ " + (prior.empty() ? "flat()" : prior) + ";";
  }
  const std::string_view keyword = role == "generated" ? "predict " : "let ";
  return std::string(keyword) + name +
         (value.empty() ? ": " + declared.type + " = ..;" : " = " + value + ";");
}

std::string block_help(const TokenWalk& walk, std::size_t open, std::string_view role) {
  const Reader reader(walk);
  std::string text;
  std::size_t count = 0;
  const std::size_t close = walk.closing(open);
  for (std::size_t k = walk.next(open); k < close;) {
    const auto declared = reader.declaration(k);
    if (declared && ++count <= most_shown)
      text += (text.empty() ? "" : " ") + translated(walk, reader, *declared, role);
    k = walk.next(declared ? std::max(declared->end, k) : walk.extent(k));
  }
  if (count > most_shown) text += " ..";
  return text;
}

bool is_density(const Token& name) {
  for (const std::string_view suffix : {"_lpdf", "_lpmf", "_lupdf", "_lupmf", "_lcdf", "_lccdf", "_cdf",
                                        "_pdf", "_logpdf", "_logpmf", "_log"})
    if (name.text.size() > suffix.size() && name.text.substr(name.text.size() - suffix.size()) == suffix)
      return true;
  return false;
}

// `normal_lpdf(y | mu, s)` as it is written here.
// The closing brackets that a text lacks at its end; nothing where one closes what is not open.
std::optional<std::string> closers_missing(std::string_view text) {
  std::string open;
  for (const char c : text) {
    if (c == '(') open += ')';
    if (c == '[') open += ']';
    if (c != ')' && c != ']') continue;
    if (open.empty() || open.back() != c) return std::nullopt;
    open.pop_back();
  }
  return std::string(open.rbegin(), open.rend());
}

std::string density_call(const TokenWalk& walk, std::size_t name) {
  std::string text(walk.at(name).text);
  for (const auto& [theirs, ours] : {std::pair<std::string_view, std::string_view>{"_lpdf", "_logpdf"},
                                     {"_lupdf", "_logpdf"},
                                     {"_lpmf", "_logpmf"},
                                     {"_lupmf", "_logpmf"}})
    if (text.ends_with(theirs)) text = text.substr(0, text.size() - theirs.size()) + std::string(ours);
  std::string arguments;
  for (const auto& [first, last] : walk.arguments(walk.next(name)))
    arguments += (arguments.empty() ? "" : ", ") + walk.text(first, last);
  return text + "(" + arguments + ")";
}

}  // namespace

bool is_stan_program(const TokenWalk& walk) {
  int depth = 0;
  bool data_or_parameters = false;
  for (std::size_t k = 0; k < walk.tokens.size(); ++k) {
    const Token& t = walk.at(k);
    if (t.removed) continue;
    if (depth == 0 && walk.at(walk.next(k)).is("{"))
      data_or_parameters = data_or_parameters || t.is("data") || t.is("parameters");
    if (t.is("{")) ++depth;
    if (t.is("}")) --depth;
  }
  return data_or_parameters;
}

bool stan_block(TokenWalk& walk, std::size_t i) {
  static constexpr std::string_view heads[] = {"data",        "parameters", "functions",
                                               "transformed", "generated",  "model"};
  const Token& head = walk.at(i);
  if (!one_of(head, heads)) return false;
  auto open = walk.next(i);
  if (head.is("model")) {
    if (!walk.at(open).is("{")) return false;
    walk.report(Code::model_without_name, head.span)
        .suggest("write `model my_model { ... }`, with the declarations inside of it")
        .fix({head.span.end, head.span.end}, " my_model");
    walk.insert(i + 1, "my_model", TokenKind::name);
    return false;
  }
  const bool two_words = head.is("transformed") ? walk.at(open).is("data") || walk.at(open).is("parameters")
                                                : head.is("generated") && walk.at(open).is("quantities");
  const std::string_view role = head.is("transformed") && walk.at(open).is("parameters") ? "transformed"
                                                                                         : head.text;
  const std::size_t last_word = two_words ? open : i;
  if (two_words) open = walk.next(open);
  if (!walk.at(open).is("{") || ((head.is("transformed") || head.is("generated")) && !two_words))
    return false;
  // What stands in other blocks depends on their order; a whole program is in frontend/stan_translation.cpp.
  const std::string body = head.is("data") ? block_help(walk, open, role) : "";
  std::string help = "inside of `model name { ... }` write `" + body + "`";
  if (head.is("functions"))
    help = "declare functions beside the model: `fun f(x: real): real = x^2;`";
  else if (body.empty())
    help = head.is("data") ? "declare inside of `model name { ... }`: `data y: real[N];`"
           : head.is("parameters")
               ? "declare inside of the model: `latent sigma: real<lower=0> ~ half_normal(1);`"
           : head.is("generated") ? "declare inside of the model: `predict y_new[N] ~ normal(mu, sigma);`"
                                  : "define inside of the model: `let eta = alpha + X @ beta;`";
  walk.report(Code::stan_block, walk.span(i, last_word), {walk.text(i, last_word)}).suggest(help);
  walk.remove(i, walk.closing(open));
  return true;
}

bool stan_declaration(TokenWalk& walk, std::size_t i) {
  const Reader reader(walk);
  // `data vector[N] y;`: the role is there, the name and the type have changed places.
  const bool with_role = one_of(walk.at(i), roles) && walk.at(i).kind == TokenKind::keyword;
  const std::size_t type_at = with_role ? walk.next(i) : i;
  const auto declared = reader.declaration(type_at);
  if (!declared) return false;
  const std::string name(walk.at(declared->name).text), type = declared->type, typed = name + ": " + type;
  const Token& relation = walk.at(declared->after);
  const std::string rest = relation.is("=") || relation.is("~")
                               ? " " + walk.text(declared->after, walk.at(declared->end).is(";")
                                                                      ? walk.before(declared->end)
                                                                      : declared->end)
                               : "";
  std::string help;
  if (with_role)
    help = "write `" + std::string(walk.at(i).text) + " " + typed + rest + ";`";
  else if (declared->is_size)
    help = "write `dim " + name + ";`, since it is a size";
  else if (relation.is("="))
    help = "write `let " + name + rest + ";`";
  else if (relation.is("~"))
    help = "write `latent " + typed + rest + ";`";
  else if (const std::string prior = reader.prior(name); !prior.empty())
    help = "write `data " + typed + ";` when it is known, `latent " + typed + " ~ " + prior +
           ";` when it is not";
  else
    help = "write `data " + typed + ";` when it is known, `latent " + typed + " ~ ..;` when it is not";
  walk.report(Code::stan_declaration, walk.span(i, declared->name), {walk.text(i, declared->name)})
      .suggest(help);
  walk.remove(i, declared->end);
  return true;
}

// `real f(real x, vector y) { ... }`, `def f(x): ...`, `function f(x) { ... }`
bool stan_function(TokenWalk& walk, std::size_t i) {
  const Token& head = walk.at(i);
  const bool typed = one_of(head, stan_types) || head.is("void"),
             worded = head.kind == TokenKind::name && (head.is("def") || head.is("function"));
  if (!typed && !worded) return false;
  std::size_t name = walk.next(i);
  while (typed && (walk.at(name).is("[") || walk.at(name).is("]") || walk.at(name).is(",")))
    name = walk.next(name);
  const std::size_t open = walk.next(name);
  if (walk.at(name).kind != TokenKind::name || !walk.at(open).is("(")) return false;
  const std::size_t close = walk.closing(open), body = walk.next(close);
  if (!walk.at(body).is("{") && !(worded && walk.at(body).is(":"))) return false;
  std::string formals;
  for (const auto& [first, last] : walk.arguments(open)) {
    const bool has_type = first != last;
    const std::string type(walk.at(first).text);
    const std::string ours = !has_type || type == "real" || type == "int" ? (has_type ? type : "real")
                             : type == "matrix"                           ? "real[N, M]"
                                                                          : "real[N]";
    formals += (formals.empty() ? "" : ", ") + std::string(walk.at(last).text) + ": " + ours;
  }
  walk.report(Code::foreign_function_declaration, walk.span(i, name), {walk.text(i, name)})
      .suggest("write `fun " + std::string(walk.at(name).text) + "(" + formals +
               "): real = ..;`, beside the model");
  const bool same_line = walk.next(body) < walk.tokens.size() && !walk.at(walk.next(body)).first_on_line;
  walk.remove(i, walk.at(body).is("{") ? walk.closing(body) : same_line ? walk.statement_end(body) : body);
  return true;
}

bool stan_target(TokenWalk& walk, std::size_t i) {
  const auto plus = walk.next(i), equals = walk.next(plus);
  if (!walk.at(i).is("target") || !walk.at(plus).is("+") || !walk.at(equals).is("=")) return false;
  const auto end = walk.statement_end(i), name = walk.next(equals), open = walk.next(name);
  const auto last = walk.at(end).is(";") ? walk.before(end) : end;
  // What is still open is closed where it is missing: at the end, or nobody knows where.
  const auto missing = closers_missing(walk.text(name, last));
  std::string help = missing ? "write `factor " + walk.text(name, last) + *missing + ";`"
                             : "write `factor ..;`, or `name ~ distribution(..);` for a density";
  // A lone density of a name is a `~`.
  if (missing && missing->empty() && is_density(walk.at(name)) && walk.at(open).is("(") &&
      walk.closing(open) == last) {
    const auto arguments = walk.arguments(open);
    const std::string_view call = walk.at(name).text;
    const std::string law(call.substr(0, call.rfind('_')));
    if (call.find("cdf") != std::string_view::npos || arguments.empty() ||
        walk.at(arguments[0].first).kind != TokenKind::name) {
      help = "write `factor " + density_call(walk, name) + ";`";
    } else {
      std::string rest;
      for (std::size_t k = 1; k < arguments.size(); ++k)
        rest += (k > 1 ? ", " : "") + walk.text(arguments[k].first, arguments[k].second);
      help = "write `" + walk.text(arguments[0].first, arguments[0].second) + " ~ " + law + "(" + rest +
             ");`, or `factor ..;` for a term that is no density";
    }
  }
  walk.report(Code::stan_target, walk.span(i, equals)).suggest(help);
  walk.remove(i, end);
  return true;
}

bool stan_statement(TokenWalk& walk, std::size_t i) {
  const std::size_t end = walk.statement_end(i), last = walk.at(end).is(";") ? walk.before(end) : end;
  std::size_t tilde = 0;
  for (std::size_t k = i; k < end && k < walk.tokens.size(); k = walk.next(k)) {
    if (walk.at(k).is("~")) tilde = k;
    const std::size_t after = walk.next(k);
    // `~ normal(mu, 1) T[0, ]`; BUGS writes `I(0, )` and `T(0, )`.
    if (tilde != 0 && walk.at(k).is(")") && after <= last && walk.at(after).kind == TokenKind::name &&
        (walk.at(after).is("T") || walk.at(after).is("I"))) {
      const std::size_t open = walk.next(after), close = walk.closing(open);
      if (!walk.at(open).is("[") && !walk.at(open).is("(")) continue;
      std::string low, high, *side = &low;
      std::size_t from = walk.next(open);
      for (std::size_t m = from; m <= close; m = walk.next(m)) {
        if (!walk.at(m).is(",") && m != close) continue;
        if (m > from) *side = walk.text(from, walk.before(m));
        side = &high;
        from = walk.next(m);
      }
      walk.report(Code::stan_truncation, walk.span(after, close), {walk.text(after, close)})
          .suggest("write `" + walk.text(i, tilde) + " truncated(" + walk.text(walk.next(tilde), k) +
                   (low.empty() ? "" : ", lower = " + low) + (high.empty() ? "" : ", upper = " + high) +
                   ");`");
      walk.remove(i, end);
      return true;
    }
    if (walk.at(k).kind == TokenKind::name && is_density(walk.at(k)) && walk.at(after).is("(")) {
      const std::size_t close = walk.closing(after);
      for (std::size_t m = after; m < close; m = walk.next(m)) {
        if (!walk.at(m).is("|")) continue;
        walk.report(Code::bar_argument, walk.at(m).span)
            .suggest("write `" + density_call(walk, k) + "`")
            .fix(walk.span(k, close), density_call(walk, k));
        walk.remove(i, end);
        return true;
      }
    }
  }
  return false;
}

}  // namespace elba
