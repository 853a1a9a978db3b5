// terms: the small steps that every other concern takes, and the shape error with the fix that is most likely
// meant.
#include "frontend/check/terms.h"

#include <algorithm>
#include <cctype>

namespace elba::frontend {

namespace {

// What is missing may have stood in a statement that could not be read.
bool says_missing(Code code) {
  constexpr Code codes[] = {
      Code::unknown_name,          Code::unknown_function,     Code::unknown_distribution,
      Code::distribution_expected, Code::element_not_covered,  Code::coverage_unclear,
      Code::branch_coverage,       Code::read_before_assigned, Code::first_values_missing};
  return std::find(std::begin(codes), std::end(codes), code) != std::end(codes);
}

}  // namespace

std::string_view leading_name(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) || text[end] == '_'))
    ++end;
  return text.substr(0, end);
}

Diagnostic& Terms::report(Code code, Span span, std::vector<std::string> arguments) {
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

std::string Terms::text(Span span) const {
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

TermId Terms::add(Term term) {
  body_.terms.push_back(std::move(term));
  return {static_cast<std::uint32_t>(body_.terms.size() - 1)};
}

TermId Terms::error_term(Span span) {
  Term term;
  term.span = span;
  return add(std::move(term));
}

TermId Terms::real_literal(double value, Span span) {
  Term term;
  term.kind = TermKind::literal;
  term.type.element = Element::real;
  term.number = value;
  term.span = span;
  return add(std::move(term));
}

TermId Terms::exact_term(Dim value, Span span) {
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

TermId Terms::apply(ir::Opcode opcode, std::vector<TermId> args, ValueType type, Span span) {
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

TermId Terms::symbol_term(SymbolId id, Span span) {
  Symbol& symbol = body_.symbols[id.index];
  symbol.used = true;
  chain_ = std::max(chain_, symbol.chain);
  if (symbol.exact) return exact_term(*symbol.exact, span);
  Term result;
  result.kind = TermKind::symbol;
  result.symbol = id;
  result.type = symbol.type;
  result.known = symbol.known;
  result.levels = symbol.levels;
  result.lower = symbol.lower;
  result.upper = symbol.upper;
  result.span = span;
  return add(std::move(result));
}

TermId Terms::to_real(TermId id) {
  const Term& from = term(id);
  if (from.type.element != Element::integer) return id;
  if (from.exact && from.exact->is_constant())
    return real_literal(static_cast<double>(from.exact->constant()), from.span);
  return apply(ir::Opcode::to_real, {id}, {Element::real, from.type.shape}, from.span);
}

TermId Terms::fit_type(TermId value, const ValueType& wanted, const std::string& what, Span declared) {
  const Term& found = term(value);
  if (found.type.is_error() || wanted.is_error()) return error_term(found.span);
  const bool promotes = wanted.element == Element::real && found.type.element == Element::integer;
  if (found.type.element != wanted.element && !promotes) {
    report(Code::type_mismatch, found.span, {"`" + what + ": " + wanted.text() + "`", found.type.text()})
        .label(declared, "declared here");
    return error_term(found.span);
  }
  if (found.type.shape != wanted.shape) {
    auto& diagnostic = report(Code::shape_mismatch, found.span,
                              {shape_text(wanted.shape), shape_text(found.type.shape), text(found.span)})
                           .label(declared, "declared here with shape " + shape_text(wanted.shape));
    if (found.type.is_scalar()) diagnostic.suggest("fill an array with `rep(value, n)`");
    return error_term(found.span);
  }
  return promotes ? to_real(value) : value;
}

std::optional<Dim> Terms::as_exact(TermId id) {
  const Term found = term(id);
  if (found.exact) return found.exact;
  if (!found.type.is_scalar() || found.type.element != Element::integer || found.known > Knowledge::data ||
      !found.lower || !found.upper)
    return std::nullopt;
  std::string key;
  if (found.symbol.valid()) {
    key = std::to_string(found.symbol.index);
    for (const IndexTerm& index : found.indices) {
      if (index.kind == IndexTerm::Kind::element && term(index.value).exact)
        key += "," + term(index.value).exact->text();
      else
        key += ",?" + std::to_string(index.value.index);
    }
    if (const auto at = interned_.find(key); at != interned_.end()) return at->second;
  }
  const std::string unique = binder_symbol(text(found.span), ++next_binder_);
  body_.ranges[unique] = {*found.lower, *found.upper};
  body_.unnamed[unique] = id;
  binder_levels_[unique] = found.levels;
  const Dim exact = Dim::symbol(unique);
  if (!key.empty()) interned_[key] = exact;
  return exact;
}

std::string Terms::new_binder(const std::string& name, std::uint64_t levels) {
  std::string unique = binder_symbol(name, ++next_binder_);
  binder_levels_[unique] = levels;
  return unique;
}

bool Terms::need_number(TermId id, bool integer) {
  const Term& found = term(id);
  if (found.type.is_error()) return false;
  if (integer ? found.type.element == Element::integer : found.type.is_number()) return true;
  auto& diagnostic = report(Code::type_mismatch, found.span,
                            {integer ? "an integer" : "a number", found.type.text()});
  if (found.type.element == Element::boolean)
    diagnostic.suggest("write `" + text(found.span) + " ? 1 : 0` to count a condition");
  return false;
}

bool Terms::need_data(CallSite& site, std::size_t arg) {
  return need_data(site.args[arg], std::string(site.function.name), std::string(site.function.name));
}

bool Terms::need_data(TermId arg, const std::string& callee, const std::string& operation) {
  const Term& found = term(arg);
  if (found.type.is_error()) return false;
  if (found.known >= Knowledge::unknown) {
    auto& diagnostic = report(Code::data_only, found.span, {text(found.span), callee});
    diagnostic.suggest("apply `" + callee + "` to data alone, and let the unknown enter what it gives");
    if (callee != operation)
      diagnostic.note("`" + callee + "` uses `" + operation + "`, which has no derivative");
    return false;
  }
  if (context_.kind == BodyKind::function && found.known == Knowledge::data) data_only_ = operation;
  return true;
}

bool Terms::need_rank(CallSite& site, std::size_t arg, int rank) {
  const ValueType& found = type(site.args[arg]);
  if (found.is_error()) return false;
  if (found.rank() == rank) return true;
  constexpr std::string_view words[] = {"a scalar", "a vector", "a matrix"};
  report(Code::type_mismatch, term(site.args[arg]).span, {std::string(words[rank]), found.text()})
      .note("it is called as `" + std::string(site.function.usage) + "`");
  return false;
}

std::optional<Dim> Terms::need_extent(CallSite& site, std::size_t arg) {
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

std::optional<std::vector<Dim>> Terms::need_extents(CallSite& site, std::size_t from) {
  std::vector<Dim> out;
  for (std::size_t i = from; i < site.args.size(); ++i) {
    const auto extent = need_extent(site, i);
    if (!extent) return std::nullopt;
    out.push_back(*extent);
  }
  site.args.resize(from);
  return out;
}

bool Terms::common_shape(const std::vector<TermId>& args, Span span, std::vector<Dim>& shape) {
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

void Terms::shape_error(TermId left, TermId right, Span span, ast::BinaryOp op) {
  const Term &a = term(left), &b = term(right);
  auto& diagnostic = report(Code::shape_mismatch, span,
                            {shape_text(a.type.shape), shape_text(b.type.shape), text(span)});
  diagnostic.label(a.span, "has shape " + shape_text(a.type.shape))
      .label(b.span, "has shape " + shape_text(b.type.shape));
  const bool product = op == ast::BinaryOp::multiply || op == ast::BinaryOp::elementwise_multiply;
  if (product && a.type.rank() == 2 && a.type.shape[1] == b.type.shape[0]) {
    diagnostic.suggest("did you mean `" + text(a.span) + " @ " + text(b.span) + "`?");
    return;
  }
  if (product && b.type.rank() == 2 && a.type.rank() == 1 && b.type.shape[1] == a.type.shape[0]) {
    diagnostic.suggest("did you mean `" + text(b.span) + " @ " + text(a.span) + "`?");
    return;
  }
  // A group's value for each observation: an index of the data that leads from the one shape to the other.
  for (const Symbol& symbol : body_.symbols) {
    if (symbol.kind != Symbol::Kind::data || symbol.type.element != Element::integer ||
        symbol.type.rank() != 1 || !symbol.upper)
      continue;
    for (const auto& [grouped, other] : {std::pair(&a, &b), std::pair(&b, &a)}) {
      if (grouped->type.rank() == 1 && grouped->type.shape[0] == *symbol.upper &&
          other->type.shape == symbol.type.shape && grouped->kind == TermKind::symbol) {
        diagnostic.suggest("did you mean `" + text(grouped->span) + "[" + symbol.name + "]`?");
        return;
      }
    }
  }
  diagnostic.note("shapes are equal, or one side is a scalar");
}

void Terms::require(const Dim& value, Span span, const std::string& reason) {
  if (at_least_zero(value) == Truth::yes || muted_ > 0) return;
  for (const auto& known : requirements_)
    if (known.value == value) return;
  requirements_.push_back({value, reason + ", so " + condition_text(value), span});
}

}  // namespace elba::frontend
