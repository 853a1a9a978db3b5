// sizes: dims, what is stated of them, and sizes that are computed from data.
//
//     dim n, S >= n, T >= 2*S + 1;     facts for every proof about indices, checked when data are bound
//     dim K = 3;                       a default
//     dim J = max(g);                  a default that is computed from data; no g[i] is above it, so that
//                                      a[g[i]] of real[J] exists
#include "frontend/check/sizes.h"

#include <algorithm>

#include "frontend/check/term_reads.h"

namespace elba::frontend {

void Sizes::check_dim(const ast::DimStmt& stmt) {
  for (const auto& def : stmt.dims) {
    std::optional<Dim> value;
    std::optional<TermId> computed;
    if (def.default_value) computed = size_of_data(*def.default_value);
    if (def.default_value && !computed) value = types_.dim_of(*def.default_value);
    if (value && at_least_zero(*value) == Truth::no)
      report(Code::negative_extent, def.default_value->span, {text(def.default_value->span)})
          .note("it is " + user_text(*value) + "; a size is zero or more");
    Symbol symbol;
    symbol.kind = Symbol::Kind::dim;
    symbol.name = def.name.text;
    symbol.span = def.name.span;
    symbol.type.element = Element::integer;
    symbol.exact = Dim::symbol(def.name.text);
    const bool fresh = !scopes_.lookup(symbol.name).valid();
    // A default over other dims is the signature's alone: the module's are numbers.
    if (fresh && context_.model)
      context_.model->dims.push_back(
          {def.name.text, value && value->is_constant() ? value : std::nullopt, std::nullopt, {}});
    if (fresh && context_.signature)
      context_.signature->dims.push_back({def.name.text, value, {}, {}, def.name.span});
    const SymbolId id = scopes_.declare(std::move(symbol));
    if (!fresh) continue;
    for (const auto& relation : def.relations)
      check_relation(body_.symbol(id), relation);
    if (computed) compute_size(def, *computed);
  }
}

void Sizes::check_relation(const Symbol& dim, const ast::DimRelation& relation) {
  const auto other = types_.dim_of(*relation.value);
  if (!other) return;
  const bool least = relation.op == ast::BinaryOp::greater || relation.op == ast::BinaryOp::greater_equal;
  const bool strict = relation.op == ast::BinaryOp::greater || relation.op == ast::BinaryOp::less;
  const Dim slack = (least ? *dim.exact - *other : *other - *dim.exact) - Dim(strict ? 1 : 0);
  const std::string shown = "`" + dim.name + " " + text(relation.span) + "`";
  const Truth truth = at_least_zero(slack);
  if (truth == Truth::yes) return;
  if (truth == Truth::no) {
    report(Code::impossible_sizes, {dim.span.begin, relation.span.end},
           {dim.name + " " + text(relation.span)})
        .note("no sizes are as the relations before it and this one say");
    return;
  }
  body_.ranges.facts.push_back(slack);
  terms_.add_requirement({slack, "the model states " + shown, {dim.span.begin, relation.span.end}});
}

std::optional<TermId> Sizes::size_of_data(const ast::Expr& expr) {
  Term found;
  {
    const Terms::Muted muted(terms_);
    found = term(inner_.check(expr));
  }
  if (found.exact || found.type.element != Element::integer || !found.type.is_scalar() ||
      found.known > Knowledge::data)
    return std::nullopt;
  const TermId id = inner_.check(expr);
  if (!reads_array(body_, id)) return id;
  report(Code::not_an_extent, expr.span, {text(expr.span)})
      .note("a size is computed before arrays that statements fill")
      .suggest(
          "give it as one expression over data, such as `max(g)` or `sum(x[i] > 0 ? 1 : 0 for i in 1:N)`");
  return error_term(expr.span);
}

void Sizes::compute_size(const ast::DimDef& def, TermId value) {
  if (type(value).is_error() || !context_.model || !context_.signature) return;
  const std::string shown = text(def.default_value->span);
  context_.model->dims.back().computed_by = "size." + def.name.text;
  context_.model->sizes.push_back({def.name.text, value});
  context_.signature->dims.back().computed_by = context_.model->dims.back().computed_by;
  context_.signature->dims.back().computed_text = shown;
  const Dim size = Dim::symbol(def.name.text);
  if (const auto low = term(value).lower;
      low && !has_binder(*low) && at_least_zero(size - *low) == Truth::depends) {
    body_.ranges.facts.push_back(size - *low);
    terms_.add_requirement({size - *low,
                            "`dim " + def.name.text + " = " + shown + "` is at least " + user_text(*low),
                            def.name.span});
  }
  bound_by_maximum(*def.default_value, size, "dim " + def.name.text + " = " + shown);
}

// Of K = max(g): no element of g is above K. The same through max(a, b) and a constant added.
void Sizes::bound_by_maximum(const ast::Expr& expr, const Dim& size, const std::string& shown) {
  if (const auto* paren = std::get_if<ast::ParenExpr>(&expr.node))
    return bound_by_maximum(*paren->inner, size, shown);
  if (const auto* binary = std::get_if<ast::BinaryExpr>(&expr.node)) {
    if (binary->op != ast::BinaryOp::add && binary->op != ast::BinaryOp::subtract) return;
    const auto by = types_.quiet_exact(*binary->right);
    if (by && !has_binder(*by))
      bound_by_maximum(*binary->left, binary->op == ast::BinaryOp::add ? size - *by : size + *by, shown);
    return;
  }
  if (const auto* call = std::get_if<ast::CallExpr>(&expr.node)) {
    if (call->callee.text != "max" || env_.function(file_, "max")) return;
    for (const auto& argument : call->arguments)
      if (!argument.name && argument.binders.empty()) bound_by_maximum(*argument.value, size, shown);
    return;
  }
  const auto* name = std::get_if<ast::NameExpr>(&expr.node);
  const SymbolId id = name ? scopes_.lookup(name->name) : SymbolId{};
  if (!id.valid() || body_.symbol(id).kind != Symbol::Kind::data || body_.symbol(id).upper ||
      body_.symbol(id).type.element != Element::integer)
    return;
  body_.symbols[id.index].upper = size;
  for (auto& field : context_.signature->data)
    if (field.name == name->name && std::holds_alternative<std::monostate>(field.upper)) {
      field.upper = size;
      field.upper_reason = shown;
    }
}

}  // namespace elba::frontend
