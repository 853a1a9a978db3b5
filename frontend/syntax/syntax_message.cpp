// syntax_message: from the rule and the two tokens around an error to a code, a sentence and a help line.
//
// The order of the cases is the order of preference: a known mistake first, then "expected X, found Y".
// Not here: mistakes that repairs find before the parser runs (text_check.cpp, repair.cpp,
// frontend/foreign/operators.cpp).
#include "frontend/syntax/syntax_message.h"

#include <algorithm>
#include <optional>

namespace elba {
namespace {

std::string quoted(std::string_view text) { return "`" + std::string(text) + "`"; }

bool expects(const SyntaxErrorSite& site, std::string_view spelling) {
  return std::find(site.expected.begin(), site.expected.end(), spelling) != site.expected.end();
}
bool expects_only(const SyntaxErrorSite& site, std::string_view spelling) {
  return site.expected.size() == 1 && site.expected.front() == spelling;
}

std::string found_words(const Token& found) {
  if (found.kind == TokenKind::end) return "the end of the file";
  const auto text = found.text.size() <= 40 ? std::string(found.text)
                                            : std::string(found.text.substr(0, 37)) + "...";
  return found.kind == TokenKind::keyword ? "the keyword " + quoted(text) : quoted(text);
}

// What would have done, in the words of a reader and not as a list of thirty tokens.
std::string expected_words(const SyntaxErrorSite& site) {
  const auto is = [&](std::string_view rule) { return site.rule == rule; };
  if (is("program")) return "a declaration (`model`, `guide`, `fun`, `dist` or `import`)";
  if (is("block") && !expects_only(site, "{")) return "a statement";
  if (is("members") && !expects_only(site, "{")) return "a member such as `logpdf(x) = ...;`";
  if (is("action")) return expects(site, "latent") ? "a statement" : expects_only(site, "ID") ? "a name" : "";
  if (is("statement")) return "a statement";
  if (is("primary") && !expects(site, "]") && !expects(site, ")")) return "an expression";
  if (is("prefix") || is("index")) return "an expression";
  if (is("functionBody")) return "`=` or `{`";
  if (is("memberBody")) return "`=`, `{` or `;`";
  if (is("type") && expects_only(site, "ID")) return "a type";
  return {};
}

std::string spelled(const std::string& expected) {
  if (expected == "ID") return "a name";
  if (expected == "STRING") return "a path in double quotes";
  return quoted(expected);
}

// The tokens that would do, a list element's comma before its bracket.
std::string expected_list(const SyntaxErrorSite& site) {
  auto words = expected_words(site);
  if (!words.empty()) return words;
  if (site.rule == "call") return "`,` or `)`";
  if (expects(site, ")")) return site.rule == "primary" ? "an operator or `)`" : "`,` or `)`";
  if (expects(site, "]")) return "`,` or `]`";
  if (expects(site, ">")) return "`,` or `>`";
  if (expects(site, ";") && site.statement == "latent" && site.previous.text == site.name)
    return "`~`, `:`, `[` or `;`";
  if (expects_only(site, ";") && site.statement != "import")
    return site.statement == "dim" ? "`,` or `;`" : "an operator or `;`";
  if (site.expected.empty() || site.expected.size() > 4) return "something else";
  for (std::size_t i = 0; i < site.expected.size(); ++i)
    words += (i == 0 ? "" : i + 1 == site.expected.size() ? " or " : ", ") + spelled(site.expected[i]);
  return words;
}

std::string rest_of(const SyntaxErrorSite& site);

std::uint32_t found_begin(const SyntaxErrorSite& site) { return site.found.span.begin; }

// `1_000`, `1f`, `2x`: a number with letters behind it.
std::string help_for_number(const SyntaxErrorSite& site) {
  const auto glued = [&] { return site.previous.span.end == found_begin(site); };
  const bool number = site.previous.kind == TokenKind::integer || site.previous.kind == TokenKind::real;
  if (number && site.found.kind == TokenKind::name && glued()) {
    const std::string whole = std::string(site.previous.text) + std::string(site.found.text);
    if (site.found.text.starts_with("_")) return "digits are not grouped: write `1000`, not `1_000`";
    if (site.found.is("e") || site.found.is("E")) return "an exponent has digits: `1e3`";
    if (site.found.is("f") || site.found.is("L") || site.found.is("d"))
      return "write `" + std::string(site.previous.text) + "`: a number has no letter behind it";
    return "`" + whole + "` is no name and no number: write `" + std::string(site.previous.text) + " * " +
           std::string(site.found.text) + "` for the product";
  }
  return {};
}

// A declaration that has begun: its name, its type, what is given it.
std::string help_for_declaration(const SyntaxErrorSite& site) {
  if (site.found.kind == TokenKind::string && expects_only(site, "ID"))
    return "a name has no quotes: `" + std::string(site.found.text.substr(1, site.found.text.size() - 2)) +
           "`";
  if (site.statement == "dim" && site.found.kind == TokenKind::name)
    return "write a comma between them: `" + std::string(site.previous.text) + ", " +
           std::string(site.found.text) + "`";
  if (site.statement == "data" && site.found.is("="))
    return "data come from the data file; a constant is `let " + std::string(site.name) + " = " +
           rest_of(site) + ";`";
  static constexpr std::string_view types[] = {"real",   "int",     "bool",   "vector",
                                               "matrix", "simplex", "ordered"};
  if (site.previous.text == site.name &&
      (site.statement == "let" || site.statement == "latent" || site.statement == "param" ||
       site.statement == "predict") &&
      std::find(std::begin(types), std::end(types), site.found.text) != std::end(types))
    return "a type follows a colon: `" + std::string(site.statement) + " " + std::string(site.name) + ": " +
           std::string(site.found.text) + " ..`";
  return {};
}

std::string help_for_place(const SyntaxErrorSite& site) {
  if (site.rule == "program" && site.found.is("{"))
    return "this looks like data; a model file is given first: `elba check model.elba --data data.json`";
  if (site.previous.is("%") && !site.found.is("%"))
    return "`%` is the remainder; a percentage is written as a number, `0.1`";
  if (site.found.is(":") && site.statement == "for" && expects_only(site, "{"))
    return "a range has two ends and the step 1: `for i in 1:N { ... }`";
  return {};
}

std::string help_for_relation(const SyntaxErrorSite& site) {
  if (!site.statement.empty() || !expects(site, "~") || !expects(site, "=")) return {};
  if (site.found.kind == TokenKind::name && site.rest.starts_with("("))
    return "write `" + std::string(site.previous.text) + " ~ " + std::string(site.found.text) +
           rest_of(site) + ";`";
  return "a statement is `name = value;` or `name ~ distribution;`, or begins with a keyword such as "
         "`latent`";
}

// The braces and the parentheses of loops and branches.
std::string help_for_block(const SyntaxErrorSite& site) {
  if (expects_only(site, "{")) {
    if (site.found.is("if") && site.previous.is("else")) return "write `else { if (condition) { ... } }`";
    if (site.statement == "for") return "a loop has braces: `for i in 1:N { ... }`";
    if (site.statement == "if") return "the branches have braces: `if (condition) { ... } else { ... }`";
  }
  if (expects_only(site, "(") && site.statement == "if") {
    const auto brace = site.rest.find('{');
    const bool whole = brace != std::string_view::npos &&
                       site.rest.substr(0, brace).find_first_of(";\n") == std::string_view::npos;
    std::string condition = whole ? std::string(site.found.text) + std::string(site.rest.substr(0, brace))
                                  : "condition";
    while (!condition.empty() && condition.back() == ' ')
      condition.pop_back();
    return "the condition stands in parentheses: `if (" + condition + ") { ... }`";
  }
  return {};
}

std::string help_for_separator(const SyntaxErrorSite& site) {
  if (site.statement == "model" && expects_only(site, "ID"))
    return "a model has a name: `model eight_schools { ... }`";
  if (expects(site, ";") && site.statement == "latent" && site.previous.text == site.name &&
      site.found.kind == TokenKind::name)
    return "write `latent " + std::string(site.name) + " ~ " + std::string(site.found.text) +
           (rest_of(site) == "distribution" ? "(...)" : rest_of(site)) + ";`";
  if (site.rule == "type" && site.found.is("]")) return "leave the brackets out for a scalar";
  if (site.rule == "block" && site.found.is("{"))
    return "braces stand only after `model`, `guide`, `fun`, `for`, `if` and `else`";
  if (site.found.is("else")) return "`else` follows the closing brace of an `if`";
  if (site.found.is(";") && (site.rule == "block" || site.rule == "program") && site.previous.is("}"))
    return "leave the `;` out: a block ends with its brace";
  if (site.found.is(";") && site.rule == "block") return "leave one `;` out";
  if (site.found.is("=") && site.statement == "if") return "write `==` to compare";
  if (site.found.is("==") && (expects(site, "=") || expects(site, ";")) && !site.name.empty())
    return "write `=` to define: `" + std::string(site.statement) + " " + std::string(site.name) + " = " +
           rest_of(site) + ";`";
  return {};
}

std::string help_for_rest(const SyntaxErrorSite& site) {
  if (site.found.is("<") && site.statement == "latent" && site.previous.text == site.name)
    return "the bounds belong to the type: `latent " + std::string(site.name) + ": real<lower=0> ~ ..;`";
  if (site.found.is("(") && site.rule == "type")
    return "bounds stand in angle brackets, sizes in square ones: `real<lower=0>[N]`";
  if (site.found.is(",") &&
      (site.statement == "latent" || site.statement == "data" || site.statement == "param" ||
       site.statement == "let" || site.statement == "predict"))
    return "each name has a declaration of its own";
  if (site.statement == "import") return "only Elba files can be imported: `import \"functions.elba\";`";
  if (site.found.is("(") && site.statement == "model")
    return "a model has no arguments; what it is given is declared with `data`";
  if (site.found.is(":") && site.statement == "dim")
    return "a dim has no type: `dim " + std::string(site.name) + ";`";
  const auto operand = [](const Token& t) {
    return t.kind == TokenKind::name || t.kind == TokenKind::integer || t.kind == TokenKind::real;
  };
  if (operand(site.previous) && operand(site.found) && (expects(site, ")") || expects(site, "]")))
    return "write a comma or an operator between `" + std::string(site.previous.text) + "` and `" +
           std::string(site.found.text) + "`";
  return {};
}

// In the order of preference.
std::string help_for(const SyntaxErrorSite& site) {
  for (const auto part : {help_for_number, help_for_declaration, help_for_place, help_for_relation,
                          help_for_block, help_for_separator, help_for_rest})
    if (std::string help = part(site); !help.empty()) return help;
  return {};
}

bool opens_statement(const Token& t) {
  static constexpr std::string_view words[] = {"dim",    "data", "param", "latent", "let",   "predict",
                                               "factor", "auto", "for",   "if",     "return"};
  return t.kind == TokenKind::keyword &&
         std::find(std::begin(words), std::end(words), t.text) != std::end(words);
}
bool opens_declaration(const Token& t) {
  return t.kind == TokenKind::keyword &&
         (t.is("model") || t.is("guide") || t.is("fun") || t.is("dist") || t.is("import"));
}

bool is_declaring(std::string_view keyword) { return keyword == "data" || keyword == "param"; }

// What follows the wrong sign, up to the end of its statement.
std::string rest_of(const SyntaxErrorSite& site) {
  const auto end = site.rest.find(';');
  std::string text;
  for (const char c : site.rest.substr(0, end)) {
    if (c == '\n' || c == '\r') break;
    text += c;
  }
  while (!text.empty() && text.front() == ' ')
    text.erase(text.begin());
  while (!text.empty() && text.back() == ' ')
    text.pop_back();
  return text.empty() || text.size() > 80 ? "distribution" : text;
}

// `=` for `~`, `~` for `=`, a prior of a param.
std::optional<Diagnostic> wrong_relation(const SyntaxErrorSite& site) {
  const Token& found = site.found;
  const std::string statement(site.statement), name(site.name);
  if (found.is("=") && expects(site, ";") && statement == "latent")
    return make_diagnostic(Code::equals_for_tilde, found.span, {statement, name})
        .suggest("write `latent " + name + " ~ " + rest_of(site) + ";`, or `let " + name +
                 " = ..;` for a definition")
        .fix(found.span, "~");
  if (found.is("~") && expects(site, ";") && statement == "let")
    return make_diagnostic(Code::tilde_for_equals, found.span, {statement, name})
        .suggest("write `let " + name + " = ..;` for a value, `latent " + name + " ~ " + rest_of(site) +
                 ";` for an unknown");
  if (found.is("~") && expects(site, ";") && statement == "param")
    return make_diagnostic(Code::unexpected_token, found.span, {"`init` or `;`", "`~`"})
        .note("a `param` has no prior: a point is estimated for it")
        .suggest("write `latent " + name + " ~ " + rest_of(site) + ";` to give it one");
  return std::nullopt;
}

// `x[, 1]`, `let a = 1:3`, `data x[N];`
std::optional<Diagnostic> wrong_index_or_type(const SyntaxErrorSite& site) {
  const Token& found = site.found;
  const std::string statement(site.statement), name(site.name);
  if (site.rule == "index" && (found.is(",") || found.is("]")))
    return make_diagnostic(Code::empty_index, found.span, {std::string(site.base)})
        .suggest("a whole axis is `:`, as in `" + std::string(site.base) +
                 (found.is("]") ? "[1, :]`" : "[:, 1]`"))
        .fix({found.span.begin, found.span.begin}, ":");
  if (found.is(":") && !site.previous.is(":") && (expects(site, ";") || expects(site, ")")) &&
      (statement == "let" || statement == "predict" || statement.empty() || statement == "latent" ||
       statement == "factor"))
    return make_diagnostic(Code::range_as_value, found.span,
                           {std::string(site.previous.text) + ":" +
                            (rest_of(site) == "distribution" ? ".." : rest_of(site))})
        .suggest("an array of whole numbers is `[i for i in 1:N]`; a loop is `for i in 1:N { ... }`");
  if (expects_only(site, ":") && is_declaring(site.statement) && site.previous.text == site.name) {
    const std::string shape = found.is("[") ? "real[...]" : "real";
    return make_diagnostic(Code::missing_type, site.previous.span, {statement, name})
        .suggest("write `" + statement + " " + name + ": " + shape + ";`");
  }
  return std::nullopt;
}

std::optional<Diagnostic> wrong_place(const SyntaxErrorSite& site) {
  const Token& found = site.found;
  if (site.rule == "program" && (opens_statement(found) || found.kind == TokenKind::name || found.is("@")))
    return make_diagnostic(Code::statement_outside, found.span, {std::string(found.text)})
        .suggest("put it inside of `model name { ... }`");
  if (site.rule == "block" && opens_declaration(found))
    return make_diagnostic(Code::declaration_inside, found.span, {std::string(found.text)})
        .suggest(
            "declarations stand one after the other: move it out of the block, or close the block before it "
            "with `}`");
  return std::nullopt;
}

}  // namespace

bool is_missing_semicolon(const SyntaxErrorSite& site) {
  if (!expects(site, ";") || site.previous.kind == TokenKind::end) return false;
  // `latent x` and the next line begins with `[` or `:` is an unfinished declaration, not a finished
  // statement.
  if (site.found.is("=") || site.found.is("~")) return false;
  return site.found.first_on_line || site.found.is("}") || opens_statement(site.found) ||
         opens_declaration(site.found);
}

Diagnostic syntax_message(const SyntaxErrorSite& site) {
  const Token& found = site.found;
  if (is_missing_semicolon(site)) {
    const auto end = site.previous.span.end;
    return make_diagnostic(Code::missing_semicolon, {end, end}, {quoted(site.previous.text)})
        .suggest("every statement ends in `;`")
        .fix({end, end}, ";");
  }
  for (const auto known : {wrong_relation, wrong_index_or_type, wrong_place})
    if (auto message = known(site)) return *std::move(message);
  const bool wants_name = expects_only(site, "ID") || site.rule == "primary" || site.rule == "prefix";
  if (wants_name && found.kind == TokenKind::keyword && !found.first_on_line &&
      !(site.previous.is("for") && found.is("in")))
    return make_diagnostic(Code::reserved_word, found.span, {std::string(found.text)})
        .suggest("choose another name, such as `" + std::string(found.text) + "_`");
  // What is missing at the end of a line is marked there, and not at the start of the next statement.
  const bool ended = found.first_on_line && wants_name && site.previous.kind != TokenKind::end;
  const auto after = site.previous.span.end;
  auto out = make_diagnostic(
      Code::unexpected_token, ended ? Span{after, after} : found.span,
      {expected_list(site) + (ended ? " after " + quoted(site.previous.text) : ""), found_words(found)});
  const auto help = help_for(site);
  if (!help.empty()) out.suggest(help);
  return out;
}

}  // namespace elba
