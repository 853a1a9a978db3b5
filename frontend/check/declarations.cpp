// declarations: whole bodies: models and functions.
#include "frontend/check/checker.h"

#include <algorithm>
#include <tuple>

namespace elba::frontend {

namespace {

constexpr int deepest_calls = 100;

const ast::ReturnStmt* as_return(const ast::Stmt& stmt) {
  const ast::ReturnStmt* none = nullptr;
  return ast::match(
      stmt.node, [](const ast::ReturnStmt& found) { return &found; },
      ast::always<ast::DimStmt, ast::DataStmt, ast::ParamStmt, ast::LatentStmt, ast::LetStmt,
                  ast::PredictStmt, ast::FactorStmt, ast::AutoStmt, ast::ForStmt, ast::IfStmt,
                  ast::AssignStmt, ast::SampleStmt>(none));
}

}  // namespace

Checker::Checker(Environment& env, File& file, Body& body, BodyKind kind)
    : BodyTerms{{env, file, body, kind}}, Concern(own_terms) {
  inner_.bind(expressions_);
}

void Checker::check_model(const ast::ModelDecl& model, CheckedModel& out, Signature& signature) {
  out.name = model.name.text;
  signature.model = model.name.text;
  context_.model = &out;
  context_.signature = &signature;
  for (const ast::Stmt& stmt : model.body)
    names_.note_declared(stmt);
  statements_.check_block(model.body, body_.statements);
  coverage_.close_covered();
  supports_.finish_elements(body_.statements);
  sites_.check_observed_lets(out);
  scopes_.warn_unused();
  for (const auto& requirement : terms_.requirements())
    signature.requirements.push_back({requirement.value, requirement.reason, requirement.span});
}

SymbolId Checker::declare_formal(const TypedFormal& formal) {
  Symbol symbol;
  symbol.kind = Symbol::Kind::formal;
  symbol.name = formal.name;
  symbol.span = formal.span;
  symbol.type = formal.type;
  symbol.known = Knowledge::data;
  symbol.lower = formal.lower;
  symbol.upper = formal.upper;
  symbol.used = true;
  return scopes_.declare(std::move(symbol));
}

void Checker::finish_function(const std::vector<ast::Stmt>& stmts, const ast::Expr* value,
                              const ValueType* declared, Span declared_span, CheckedFunc& out) {
  TermId result;
  if (value) {
    result = inner_.check(*value);
  } else {
    std::size_t count = stmts.size();
    const ast::ReturnStmt* end = stmts.empty() ? nullptr : as_return(stmts.back());
    if (end) --count;
    for (std::size_t i = 0; i < count; ++i)
      statements_.check_statement(stmts[i], body_.statements);
    if (end) {
      result = inner_.check(*end->value);
    } else {
      report(Code::return_missing, declared_span, {out.name})
          .suggest("its last statement is `return value;`");
      result = error_term(declared_span);
    }
  }
  coverage_.close_covered();
  if (declared && !declared->is_error() && !type(result).is_error())
    result = terms_.fit_type(result, *declared, out.name, declared_span);
  out.result = result;
  out.type = type(result);
  out.data_only = terms_.data_only();
  if (!out.type.is_error() && out.type.element == Element::integer) {
    const Term& found = term(result);
    out.lower = found.exact ? extreme(*found.exact, body_.ranges, false) : found.lower;
    out.upper = found.exact ? extreme(*found.exact, body_.ranges, true) : found.upper;
  }
  out.requirements = terms_.take_requirements();
  out.depth = calls_.depth() + 1;
  if (out.depth > deepest_calls) {
    report(Code::nesting_too_deep, declared_span, {std::to_string(deepest_calls)});
    out.ok = false;
  }
  out.ok = out.ok && !out.type.is_error();
}

// A size is a dim of the function that a call states: fun linspace(a: real, b: real, n: int): real[n].
SymbolId Checker::declare_size(const ast::Formal& formal) {
  const TypeInfo info = types_.check_type(formal.type);
  const Dim value = Dim::symbol(formal.name.text);
  for (const auto& [bound, slack, word] :
       {std::tuple(info.lower, 1, " at least "), std::tuple(info.upper, -1, " at most ")})
    if (bound.valid() && term(bound).exact)
      require(Dim(slack) * (value - *term(bound).exact), formal.type.span,
              "`" + formal.name.text + "` is" + word + user_text(*term(bound).exact));
  Symbol symbol;
  symbol.kind = Symbol::Kind::dim;
  symbol.name = formal.name.text;
  symbol.span = formal.name.span;
  symbol.type.element = Element::integer;
  symbol.exact = value;
  symbol.used = true;
  return scopes_.declare(std::move(symbol));
}

void Checker::check_function(const ast::FunDecl& fun, const std::set<std::string>& size_names,
                             CheckedFunc& out) {
  out.name = fun.name.text;
  out.ok = true;
  std::map<const ast::Formal*, SymbolId> sizes;
  for (const auto& formal : fun.formals)
    if (size_names.contains(formal.name.text)) sizes[&formal] = declare_size(formal);
  for (const auto& formal : fun.formals) {
    if (const auto size = sizes.find(&formal); size != sizes.end()) {
      out.formals.push_back(size->second);
      continue;
    }
    const TypeInfo info = types_.check_type(formal.type, true);
    if (info.optional)
      report(Code::bounds_not_allowed, formal.type.span, {"an argument with `?`"})
          .note("`?` belongs to data: values have been filled in when a function sees them");
    TypedFormal typed{formal.name.text, info.type, std::nullopt, std::nullopt, formal.name.span};
    if (info.type.element == Element::integer && info.lower.valid()) typed.lower = term(info.lower).exact;
    if (info.type.element == Element::integer && info.upper.valid()) typed.upper = term(info.upper).exact;
    out.ok = out.ok && info.ok;
    out.formals.push_back(declare_formal(typed));
  }
  // A dim inside of a polynomial must stand alone somewhere, or matching could not find it.
  out.dims = types_.own_dims();
  for (const auto& [formal, size] : sizes)
    out.dims.push_back(formal->name.text);
  for (const auto& dim : types_.own_dims()) {
    const bool alone = std::any_of(out.formals.begin(), out.formals.end(), [&](SymbolId formal) {
      const auto& shape = body_.symbol(formal).type.shape;
      return std::any_of(shape.begin(), shape.end(), [&](const Dim& extent) {
        const auto terms = extent.terms();
        return terms.size() == 1 && terms[0].coefficient == 1 &&
               terms[0].symbols == std::vector<std::string>{dim};
      });
    });
    if (alone) continue;
    Span where = fun.name.span;
    for (std::size_t i = fun.formals.size(); i-- > 0;)
      for (const Dim& extent : body_.symbol(out.formals[i]).type.shape)
        if (const auto symbols = extent.symbols();
            std::find(symbols.begin(), symbols.end(), dim) != symbols.end())
          where = fun.formals[i].type.span;
    report(Code::dim_not_determined, where, {dim, out.name})
        .note("a dim is read off an argument that has it as a size of its own")
        .suggest("declare an argument with the size `" + dim + "` alone, such as `x: real[" + dim + "]`");
    out.ok = false;
  }
  std::optional<TypeInfo> declared;
  if (fun.result) declared = types_.check_type(*fun.result);
  const bool had_type = declared.has_value();
  if (had_type) out.ok = out.ok && declared->ok;
  finish_function(fun.body, fun.value.get(), had_type ? &declared->type : nullptr,
                  had_type ? fun.result->span : fun.name.span, out);
}

}  // namespace elba::frontend
