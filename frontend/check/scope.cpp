// scope: names to symbols, did-you-mean, and the small steps that every other concern takes.
//
// Scopes nest with blocks; an inner scope may not hide an outer name, for a model that does so is misread
// more often than meant.
#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "frontend/check/checker.h"

namespace elba::frontend {

namespace {

std::string_view kind_word(Symbol::Kind kind) {
  constexpr std::string_view words[] = {"dim", "data",          "param",    "latent", "let",
                                        "let", "loop variable", "argument", "predict"};
  return words[static_cast<std::size_t>(kind)];
}

// What is missing may have stood in a statement that could not be read.
bool says_missing(Code code) {
  constexpr Code codes[] = {
      Code::unknown_name,          Code::unknown_function,     Code::unknown_distribution,
      Code::distribution_expected, Code::element_not_covered,  Code::coverage_unclear,
      Code::branch_coverage,       Code::read_before_assigned, Code::first_values_missing};
  return std::find(std::begin(codes), std::end(codes), code) != std::end(codes);
}

std::string_view leading_name(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) || text[end] == '_'))
    ++end;
  return text.substr(0, end);
}

// The identifiers of the statement that declares a name, behind that name.
std::vector<std::string_view> read_by(std::string_view source, Span declared) {
  const std::string_view rest = source.substr(declared.end);
  const std::string_view statement = rest.substr(0, rest.find(';'));
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < statement.size();) {
    const std::string_view name = leading_name(statement.substr(i));
    if (!name.empty()) names.push_back(name);
    i += std::max<std::size_t>(name.size(), 1);
  }
  return names;
}

// The name whose statement reads `name` at `place`, when the declaration of `name` below needs it in turn,
// perhaps through others.
std::string declared_in_circle(std::string_view source,
                               const std::map<std::string, Span, std::less<>>& declared,
                               const std::string& name, Span place) {
  const auto* reader = static_cast<const std::pair<const std::string, Span>*>(nullptr);
  for (const auto& entry : declared)
    if (entry.second.begin < place.begin && (reader == nullptr || entry.second.begin > reader->second.begin))
      reader = &entry;
  if (reader == nullptr ||
      source.substr(reader->second.end, place.begin - reader->second.end).find(';') != std::string_view::npos)
    return {};
  std::set<std::string_view> seen{name};
  std::vector<std::string_view> left{name};
  while (!left.empty()) {
    const auto at = declared.find(left.back());
    left.pop_back();
    if (at == declared.end()) continue;
    for (const std::string_view read : read_by(source, at->second)) {
      if (read == reader->first) return reader->first;
      if (seen.insert(read).second) left.push_back(read);
    }
  }
  return {};
}

}  // namespace

Checker::Checker(Environment& env, File& file, Body& body, BodyKind kind)
    : env_(env), file_(file), body_(body), kind_(kind) {
  scopes_.emplace_back();
}

Diagnostic& Checker::report(Code code, Span span, std::vector<std::string> arguments) {
  const bool imported = (code == Code::unknown_function || code == Code::unknown_distribution) &&
                        env_.is_lost("");  // by a file that cannot be read
  const bool lost = !arguments.empty() && says_missing(code) &&
                    (imported || env_.is_lost(leading_name(arguments.front())));
  muted_diagnostic_ = make_diagnostic(code, span, std::move(arguments));
  if (muted_ > 0 || lost) return muted_diagnostic_;
  Diagnostic& diagnostic = env_.sink().report(code, span);
  diagnostic = muted_diagnostic_;
  if (!file_.is_model) place_in(file_, diagnostic);
  return diagnostic;
}

std::string Checker::text(Span span) const {
  std::string out;
  for (char c : file_.source.text(span)) {
    const bool space = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    if (!space)
      out += c;
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
  }
  if (out.size() <= 60) return out;
  std::size_t cut = 57;
  // Never inside a UTF-8 sequence.
  while (cut > 0 && (static_cast<unsigned char>(out[cut]) & 0xC0) == 0x80)
    --cut;
  return out.substr(0, cut) + "...";
}

TermId Checker::add(Term term) {
  body_.terms.push_back(std::move(term));
  return {static_cast<std::uint32_t>(body_.terms.size() - 1)};
}

TermId Checker::error_term(Span span) {
  Term term;
  term.span = span;
  return add(std::move(term));
}

TermId Checker::real_literal(double value, Span span) {
  Term term;
  term.kind = TermKind::literal;
  term.type.element = Element::real;
  term.number = value;
  term.span = span;
  return add(std::move(term));
}

TermId Checker::exact_term(Dim value, Span span) {
  Term term;
  term.kind = TermKind::integer;
  term.type.element = Element::integer;
  term.span = span;
  if (!value.is_constant()) {
    for (const auto& name : value.symbols()) {
      if (const auto at = binder_levels_.find(name); at != binder_levels_.end()) term.levels |= at->second;
      if (body_.unnamed.count(name)) term.known = Knowledge::data;
    }
  }
  term.exact = std::move(value);
  return add(std::move(term));
}

TermId Checker::apply(ir::Opcode opcode, std::vector<TermId> args, ValueType type, Span span) {
  Term result;
  result.kind = TermKind::apply;
  result.opcode = opcode;
  result.type = std::move(type);
  result.span = span;
  for (TermId arg : args) {
    result.known = std::max(result.known, term(arg).known);
    result.levels |= term(arg).levels;
  }
  result.args = std::move(args);
  return add(std::move(result));
}

TermId Checker::to_real(TermId id) {
  const Term& from = term(id);
  if (from.type.element != Element::integer) return id;
  if (from.exact && from.exact->is_constant())
    return real_literal(static_cast<double>(from.exact->constant()), from.span);
  return apply(ir::Opcode::to_real, {id}, {Element::real, from.type.shape}, from.span);
}

bool Checker::need_number(TermId id, bool integer) {
  const Term& found = term(id);
  if (found.type.is_error()) return false;
  if (integer ? found.type.element == Element::integer : found.type.is_number()) return true;
  auto& diagnostic = report(Code::type_mismatch, found.span,
                            {integer ? "an integer" : "a number", found.type.text()});
  if (found.type.element == Element::boolean)
    diagnostic.suggest("write `" + text(found.span) + " ? 1 : 0` to count a condition");
  return false;
}

bool Checker::need_data(CallSite& site, std::size_t arg) {
  return need_data(site.args[arg], std::string(site.function.name), std::string(site.function.name));
}

bool Checker::need_data(TermId arg, const std::string& callee, const std::string& operation) {
  const Term& found = term(arg);
  if (found.type.is_error()) return false;
  if (found.known >= Knowledge::unknown) {
    auto& diagnostic = report(Code::data_only, found.span, {text(found.span), callee});
    diagnostic.suggest("apply `" + callee + "` to data alone, and let the unknown enter what it gives");
    if (callee != operation)
      diagnostic.note("`" + callee + "` uses `" + operation + "`, which has no derivative");
    return false;
  }
  if (kind_ == BodyKind::function && found.known == Knowledge::data) data_only_ = operation;
  return true;
}

bool Checker::need_rank(CallSite& site, std::size_t arg, int rank) {
  const ValueType& found = type(site.args[arg]);
  if (found.is_error()) return false;
  if (found.rank() == rank) return true;
  constexpr std::string_view words[] = {"a scalar", "a vector", "a matrix"};
  report(Code::type_mismatch, term(site.args[arg]).span, {std::string(words[rank]), found.text()})
      .note("it is called as `" + std::string(site.function.usage) + "`");
  return false;
}

std::optional<Dim> Checker::need_extent(CallSite& site, std::size_t arg) {
  const Term& found = term(site.args[arg]);
  if (found.type.is_error()) return std::nullopt;
  if (!found.exact || !found.type.is_scalar() || has_binder(*found.exact)) {
    report(Code::not_an_extent, found.span, {text(found.span)})
        .note("it is called as `" + std::string(site.function.usage) + "`");
    return std::nullopt;
  }
  require(*found.exact, found.span, "`" + text(found.span) + "` is a length");
  return found.exact;
}

bool Checker::common_shape(const std::vector<TermId>& args, Span span, std::vector<Dim>& shape) {
  TermId from;
  for (TermId arg : args) {
    if (type(arg).is_scalar()) continue;
    if (!from.valid()) {
      from = arg;
      shape = type(arg).shape;
    } else if (shape != type(arg).shape) {
      shape_error(from, arg, span, ast::BinaryOp::add);
      return false;
    }
  }
  return true;
}

void Checker::require(const Dim& value, Span span, const std::string& reason) {
  if (at_least_zero(value) == Truth::yes || muted_ > 0) return;
  for (const auto& known : requirements_)
    if (known.value == value) return;
  requirements_.push_back({value, reason + ", so " + condition_text(value), span});
}

SymbolId Checker::declare(Symbol symbol) {
  if (const SymbolId before = lookup(symbol.name); before.valid()) {
    const Symbol& other = body_.symbol(before);
    report(Code::redeclared_name, symbol.span, {symbol.name})
        .label(other.span, "first declared here, as a " + std::string(kind_word(other.kind)))
        .suggest("give one of them another name");
  }
  symbol.used = symbol.used || symbol.name.empty();
  body_.symbols.push_back(std::move(symbol));
  const SymbolId id{static_cast<std::uint32_t>(body_.symbols.size() - 1)};
  scopes_.back().names.insert_or_assign(body_.symbols.back().name, id);
  return id;
}

SymbolId Checker::lookup(std::string_view name) const {
  for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope)
    if (const auto at = scope->names.find(name); at != scope->names.end()) return at->second;
  return {};
}

std::vector<std::string> Checker::visible_names() const {
  std::vector<std::string> names;
  for (const Scope& scope : scopes_)
    for (const auto& [name, id] : scope.names)
      names.push_back(name);
  return names;
}

// Comparing every unknown name with every known one would take time with the product of both; a text with
// that many mistakes has had advice enough.
constexpr std::size_t most_comparisons = 500'000;

std::string Checker::near_name(const std::string& name) {
  if (compared_names_ > most_comparisons) return {};
  const auto names = visible_names();
  compared_names_ += names.size();
  return nearest_name(name, names);
}

void Checker::unknown_name(const std::string& name, Span span) {
  if (muted_ == 0 && !unknown_names_.insert(name).second) return;
  auto& diagnostic = report(Code::unknown_name, span, {name});
  if (std::find(absent_dims_.begin(), absent_dims_.end(), name) != absent_dims_.end()) {
    diagnostic
        .note("`" + name + "` is the size of the value, which this member does not take and no parameter has")
        .suggest("give a parameter this size: `alpha: real[" + name + "]`");
    return;
  }
  if (name == declaring_) {
    diagnostic.note("it is declared by this statement, and a prior does not read what it is the prior of")
        .suggest("use a number or another latent, such as `normal(0, 1)`");
    return;
  }
  if (const auto below = declared_below_.find(name);
      below != declared_below_.end() && below->second.begin > span.begin) {
    if (const std::string circle = declared_in_circle(file_.source.text(), declared_below_, name, span);
        !circle.empty()) {
      diagnostic.message = "`" + name + "` is defined by `" + circle + "`, and `" + circle + "` by `" + name +
                           "`";
      diagnostic.label(below->second, "`" + name + "` is declared here, below")
          .note("a name is declared before it is read, which neither can be")
          .suggest("define one of the two without the other");
      return;
    }
    diagnostic.label(below->second, "`" + name + "` is declared here, below")
        .suggest("a name is declared before it is read: move its declaration up");
    return;
  }
  static constexpr std::pair<std::string_view, std::string_view> foreign[] = {
      {"TRUE", "`true`"}, {"True", "`true`"},      {"FALSE", "`false`"}, {"False", "`false`"},
      {"Inf", "`inf()`"}, {"INFINITY", "`inf()`"}, {"M_PI", "`pi()`"},   {"PI", "`pi()`"}};
  for (const auto& [theirs, ours] : foreign)
    if (name == theirs)
      return void(diagnostic.suggest("write " + std::string(ours))
                      .fix(span, std::string(ours.substr(1, ours.size() - 2))));
  if (name == "NULL" || name == "None" || name == "NA" || name == "nan" || name == "NaN")
    return void(diagnostic.note("a model has no word for a missing value"));
  if (compared_names_ > most_comparisons) return;
  const auto functions = env_.function_names(file_);
  compared_names_ += functions.size();
  if (std::find(functions.begin(), functions.end(), name) != functions.end() || find_function(name)) {
    diagnostic.suggest("`" + name + "` is a function: write `" + name + "(..)`");
    return;
  }
  const std::string near = near_name(name);
  if (near.empty()) {
    if (sizes_wanted_ > 0 && kind_ == BodyKind::model)
      diagnostic.suggest("declare it above: `dim " + name + ";`");
    else if (kind_ == BodyKind::function)
      diagnostic.note("a function reads its parameters only").suggest("add it to them: `" + name + ": real`");
    else if (kind_ == BodyKind::model)
      diagnostic.suggest("declare it above: `data " + name + ": real;` when it is known, `latent " + name +
                         " ~ ..;` when it is not");
    return;
  }
  diagnostic.label(body_.symbol(lookup(near)).span, "`" + near + "` is declared here")
      .suggest("did you mean `" + near + "`?")
      .fix(span, near);
}

void Checker::warn_unused() {
  if (env_.sink().has_errors()) return;  // what failed may have been the use
  for (const Symbol& symbol : body_.symbols) {
    const bool counts = symbol.kind == Symbol::Kind::dim || symbol.kind == Symbol::Kind::data ||
                        symbol.kind == Symbol::Kind::let_value || symbol.kind == Symbol::Kind::let_array;
    if (counts && !symbol.used && !symbol.type.is_error())
      report(Code::unused_name, symbol.span, {symbol.name});
  }
}

}  // namespace elba::frontend
