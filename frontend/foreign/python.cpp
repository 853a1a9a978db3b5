// python: what people bring from PyMC, NumPyro and Pyro, and blocks that begin with a colon.
//
//     mu = pm.Normal("mu", 0, 1)                         ->  write `latent mu ~ normal(0, 1);`
//     numpyro.sample("y", dist.Normal(mu, 1), obs=y)     ->  write `y ~ normal(mu, 1);`
//     for i in range(N):                                 ->  write `for i in 1:N { ... }`
#include <algorithm>
#include <cctype>
#include <optional>

#include "frontend/tokens/token_walk.h"

namespace elba {
namespace {

constexpr std::string_view modules[] = {"pm",  "pymc", "pymc3",         "dist",  "numpyro", "pyro",
                                        "tfd", "tfp",  "distributions", "stats", "torch"};

// PyMC's and NumPyro's names that are not ours in another case.
constexpr std::pair<std::string_view, std::string_view> renamed[] = {{"MvNormal", "mvn"},
                                                                     {"MultivariateNormal", "mvn"},
                                                                     {"InverseGamma", "inv_gamma"},
                                                                     {"LogNormal", "lognormal"},
                                                                     {"Flat", "flat"},
                                                                     {"LKJCholesky", "lkj_chol"},
                                                                     {"LKJCholeskyCov", "lkj_chol"},
                                                                     {"Lognormal", "lognormal"},
                                                                     {"ImproperUniform", "flat"},
                                                                     {"HalfFlat", "flat"}};

std::string law_name(std::string_view theirs) {
  for (const auto& [name, ours] : renamed)
    if (name == theirs) return std::string(ours);
  std::string out;
  for (const char c : theirs) {
    const bool upper = std::isupper(static_cast<unsigned char>(c)) != 0;
    if (upper && !out.empty()) out += '_';
    out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return out;
}

std::string unquoted(std::string_view text) {
  return text.size() >= 2 ? std::string(text.substr(1, text.size() - 2)) : std::string(text);
}

// `pm.Normal` and `numpyro.sample`: the index of the name behind the last dot, when a call follows it.
std::optional<std::size_t> dotted_call(const TokenWalk& walk, std::size_t i) {
  if (!one_of(walk.at(i), modules)) return std::nullopt;
  std::size_t name = i;
  while (walk.at(walk.next(name)).is(".") && walk.at(walk.next(walk.next(name))).kind == TokenKind::name)
    name = walk.next(walk.next(name));
  if (name == i || !walk.at(walk.next(name)).is("(")) return std::nullopt;
  return name;
}

// The call at `name`, as ours: `normal(0, 1)`; keyword arguments keep their names where ours has the same.
std::string law_text(const TokenWalk& walk, std::size_t name, std::size_t skip, std::string& observed,
                     std::string& shape) {
  std::string arguments;
  for (const auto& [first, last] : walk.arguments(walk.next(name))) {
    if (skip > 0) {
      --skip;
      continue;
    }
    const bool named = walk.at(first).kind == TokenKind::name && walk.at(walk.next(first)).is("=");
    const std::size_t value = named ? walk.next(walk.next(first)) : first;
    const std::string_view keyword = named ? walk.at(first).text : std::string_view();
    if (keyword == "observed" || keyword == "obs")
      observed = walk.text(value, last);
    else if (keyword == "shape" || keyword == "dims" || keyword == "sample_shape")
      shape = walk.text(value, last);
    else
      arguments += (arguments.empty() ? "" : ", ") + walk.text(value, last);
  }
  return law_name(walk.at(name).text) + "(" + arguments + ")";
}

std::string declared_text(const std::string& name, const std::string& law, const std::string& observed,
                          std::string shape) {
  if (!observed.empty() && observed != "None") return observed + " ~ " + law + ";";
  std::erase_if(shape, [](char c) { return c == '(' || c == ')' || c == '"' || c == '\''; });
  if (shape.ends_with(",")) shape.pop_back();
  return "latent " + name + (shape.empty() ? "" : "[" + shape + "]") + " ~ " + law + ";";
}

// The last token of the line that begins at i.
std::size_t line_end(const TokenWalk& walk, std::size_t i) {
  std::size_t k = i;
  while (walk.next(k) < walk.tokens.size() && !walk.at(walk.next(k)).first_on_line)
    k = walk.next(k);
  return k;
}

// A line that ends in a colon.
bool colon_block(TokenWalk& walk, std::size_t i) {
  static constexpr std::string_view heads[] = {"for", "if", "elif", "else", "while", "with", "def", "class"};
  if (!one_of(walk.at(i), heads) || !walk.at(i).first_on_line) return false;
  const std::size_t k = line_end(walk, i);
  if (!walk.at(k).is(":") || walk.next(k) >= walk.tokens.size()) return false;
  const std::string line = walk.text(i, k);
  std::string help =
      "a block stands in braces: `for i in 1:N { ... }`, `if (condition) { ... } else { ... }`";
  const std::size_t name = walk.next(i), range = walk.next(walk.next(name));
  if (walk.at(i).is("for") && walk.at(range).is("range") && walk.at(walk.next(range)).is("(")) {
    const auto ends = walk.arguments(walk.next(range));
    if (ends.size() == 1)
      help = "write `for " + std::string(walk.at(name).text) +
             " in 1:" + walk.text(ends[0].first, ends[0].second) + " { ... }`; indices count from 1";
  } else if (walk.at(i).is("if")) {
    help = "write `if (" + walk.text(name, walk.before(k)) + ") { ... }`";
  } else if (walk.at(i).is("else")) {
    help = "write `else { ... }`";
  }
  walk.report(Code::colon_block, walk.at(k).span, {line}).suggest(help);
  walk.remove(i, k);
  return true;
}

// `import pymc as pm`, `from jax import numpy`
bool python_import(TokenWalk& walk, std::size_t i) {
  if ((!walk.at(i).is("import") && !walk.at(i).is("from")) || !walk.at(i).first_on_line ||
      walk.at(walk.next(i)).kind != TokenKind::name || walk.at(walk.next(i)).first_on_line)
    return false;
  const std::size_t k = line_end(walk, i);
  static constexpr std::string_view relations[] = {"=", "~", "["};
  if (one_of(walk.at(walk.next(i)), relations) || one_of(walk.at(walk.next(walk.next(i))), relations))
    return false;
  walk.report(Code::python_call, walk.span(i, k), {walk.text(i, k)})
      .suggest(
          "distributions and functions are there without an import; files of Elba are imported by their "
          "path, `import \"functions.elba\";`");
  walk.remove(i, k);
  return true;
}

// What to write for a call of PyMC's or NumPyro's: `name` is what it declares.
std::string call_help(const TokenWalk& walk, std::size_t call, const std::string& name, bool titled) {
  const auto arguments = walk.arguments(walk.next(call));
  const Token& what = walk.at(call);
  std::string observed, shape, help;
  if (what.is("sample") || what.is("param")) {
    const auto inner = arguments.size() > 1 ? dotted_call(walk, arguments[1].first) : std::nullopt;
    law_text(walk, call, 2, observed, shape);  // for obs=
    std::string ignored;
    if (inner)
      help = "write `" + declared_text(name, law_text(walk, *inner, 0, ignored, shape), observed, shape) +
             "`";
  } else if (what.is("Deterministic") || what.is("deterministic")) {
    if (arguments.size() > 1)
      help = "write `predict " + name + " = " + walk.text(arguments[1].first, arguments[1].second) +
             ";`, or `let` for a step on the way";
  } else if (what.is("Data") || what.is("MutableData") || what.is("ConstantData")) {
    help = "write `data " + name + ": real[N];`";
  } else if (!what.text.empty() && std::isupper(static_cast<unsigned char>(what.text.front())) != 0) {
    // Empty: the walk has used up its steps.
    const std::string law = law_text(walk, call, titled ? 1 : 0, observed, shape);
    help = "write `" + declared_text(name, law, observed, shape) + "`";
  }
  if (help.empty())
    help = "an unknown is declared with `latent x ~ normal(0, 1);`, data with `data y: real[N];`";
  return help;
}

// `mu = pm.Normal("mu", 0, 1)` and the call alone.
bool python_call(TokenWalk& walk, std::size_t i) {
  const bool assigned = walk.at(i).kind == TokenKind::name && walk.at(walk.next(i)).is("=");
  const std::size_t from = assigned ? walk.next(walk.next(i)) : i;
  const auto call = dotted_call(walk, from);
  if (!call) return false;
  const std::size_t open = walk.next(*call), close = walk.closing(open);
  const auto arguments = walk.arguments(open);
  // Python has single quotes too.
  const bool titled = !arguments.empty() && (walk.at(arguments[0].first).kind == TokenKind::string ||
                                             walk.at(arguments[0].first).is("'"));
  const std::string name = titled     ? unquoted(walk.text(arguments[0].first, arguments[0].second))
                           : assigned ? std::string(walk.at(i).text)
                                      : "x";
  walk.report(Code::python_call, walk.span(from, *call), {walk.text(from, *call)})
      .suggest(call_help(walk, *call, name, titled));
  const std::size_t semicolon = walk.next(close);
  walk.remove(i, walk.at(semicolon).is(";") ? semicolon : close);
  return true;
}

}  // namespace

bool python_statement(TokenWalk& walk, std::size_t i) {
  return colon_block(walk, i) || python_import(walk, i) || python_call(walk, i);
}

void remove_counting_loops(Tokens& tokens, const Source& source, Sink& sink) {
  std::vector<Diagnostic> reports;
  const TokenWalk walk{tokens, source, reports};
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].removed || !tokens[i].is("for")) continue;
    const std::size_t open = walk.next(i), name = walk.next(open);
    if (!walk.at(open).is("(")) continue;
    std::size_t close = open;
    int semicolons = 0, depth = 0;
    for (std::size_t k = open;
         k < tokens.size() && !walk.at(k).is("{") && !walk.at(k).is("}") && close == open; k = walk.next(k)) {
      semicolons += walk.at(k).is(";") ? 1 : 0;
      depth += walk.at(k).is("(") ? 1 : walk.at(k).is(")") ? -1 : 0;
      if (depth == 0) close = k;
    }
    if (semicolons != 2 || close == open) continue;
    const std::string variable = walk.at(name).kind == TokenKind::name ? std::string(walk.at(name).text)
                                                                       : "i";
    sink.report(Code::stan_for, walk.span(open, close))
        .note("a loop runs over a range, without a counter")
        .suggest("write `for " + variable + " in 1:N { ... }`");
    std::size_t end = walk.next(close);
    end = walk.at(end).is("{") ? walk.closing(end) : walk.statement_end(end);
    for (std::size_t k = i; k <= end && k < tokens.size(); ++k)
      tokens[k].removed = true;
  }
}

void remove_hash_comments(Tokens& tokens, const Source& source, Sink& sink) {
  std::size_t count = 0;
  Span first;
  std::string line;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].kind != TokenKind::unexpected || tokens[i].text != "#" || tokens[i].removed) continue;
    std::size_t end = i;
    for (; end < tokens.size() && (end == i || !tokens[end].first_on_line); ++end)
      tokens[end].removed = true;
    if (++count == 1) {
      first = tokens[i].span;
      line = std::string(source.text({tokens[i].span.end, tokens[end - 1].span.end}));
    }
    i = end - 1;
  }
  if (count == 0) return;
  while (!line.empty() && (line.front() == ' ' || line.front() == '#'))
    line.erase(line.begin());
  auto& report = sink.report(Code::invalid_character, first, {"`#`"})
                     .suggest("a comment begins with `//`: `// " + line.substr(0, 40) + "`")
                     .fix(first, "//");
  if (count > 1)
    report.note("and " + std::to_string(count - 1) + (count == 2 ? " more comment" : " more comments") +
                " of this kind in the file");
}

}  // namespace elba
