// sizes: dims, what is stated of them, and sizes that are computed from data.
//
//     dim n, S >= n, T >= 2*S + 1;     facts for every proof about indices, checked when data are bound
//     dim K = 3;                       a default
//     dim J = max(g);                  a default that is computed from data; no g[i] is above it, so that
//                                      a[g[i]] of real[J] exists
#include <algorithm>

#include "frontend/check/checker.h"

namespace elba::frontend {

void Checker::check_dim(const ast::DimStmt& stmt) {
  for (const auto& def : stmt.dims) {
    std::optional<Dim> value;
    std::optional<TermId> computed;
    if (def.default_value) computed = size_of_data(*def.default_value);
    if (def.default_value && !computed) value = dim_of(*def.default_value);
    if (value && at_least_zero(*value) == Truth::no)
      report(Code::negative_extent, def.default_value->span, {text(def.default_value->span)})
          .note("it is " + user_text(*value) + "; a size is zero or more");
    Symbol symbol;
    symbol.kind = Symbol::Kind::dim;
    symbol.name = def.name.text;
    symbol.span = def.name.span;
    symbol.type.element = Element::integer;
    symbol.exact = Dim::symbol(def.name.text);
    const bool fresh = !lookup(symbol.name).valid();
    // A default over other dims is the signature's alone: the module's are numbers.
    if (fresh && model_)
      model_->dims.push_back(
          {def.name.text, value && value->is_constant() ? value : std::nullopt, std::nullopt, {}});
    if (fresh && signature_) signature_->dims.push_back({def.name.text, value, {}, {}, def.name.span});
    const SymbolId id = declare(std::move(symbol));
    if (!fresh) continue;
    for (const auto& relation : def.relations)
      check_relation(body_.symbol(id), relation);
    if (computed) compute_size(def, *computed);
  }
}

void Checker::check_relation(const Symbol& dim, const ast::DimRelation& relation) {
  const auto other = dim_of(*relation.value);
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
  requirements_.push_back({slack, "the model states " + shown, {dim.span.begin, relation.span.end}});
}

// Names that a size may have where the text has it.
std::string Checker::free_name(std::initializer_list<const char*> names) const {
  for (const char* name : names)
    if (!lookup(name).valid() && !declared_below_.contains(name)) return name;
  return *(names.end() - 1);
}

std::optional<TermId> Checker::size_of_data(const ast::Expr& expr) {
  ++muted_;
  const Term found = term(check(expr));
  --muted_;
  if (found.exact || found.type.element != Element::integer || !found.type.is_scalar() ||
      found.known > Knowledge::data)
    return std::nullopt;
  const TermId id = check(expr);
  if (!reads_array(id)) return id;
  report(Code::not_an_extent, expr.span, {text(expr.span)})
      .note("a size is computed before arrays that statements fill")
      .suggest(
          "give it as one expression over data, such as `max(g)` or `sum(x[i] > 0 ? 1 : 0 for i in 1:N)`");
  return error_term(expr.span);
}

bool Checker::reads_array(TermId id) const {
  if (!id.valid()) return false;
  const Term& found = term(id);
  if (found.symbol.valid()) {
    const Symbol& symbol = body_.symbol(found.symbol);
    if (symbol.kind == Symbol::Kind::let_array ||
        (symbol.kind == Symbol::Kind::let_value && reads_array(symbol.value)))
      return true;
  }
  return std::any_of(found.args.begin(), found.args.end(), [&](TermId arg) { return reads_array(arg); }) ||
         std::any_of(found.indices.begin(), found.indices.end(),
                     [&](const IndexTerm& index) { return reads_array(index.value); });
}

void Checker::compute_size(const ast::DimDef& def, TermId value) {
  if (type(value).is_error() || !model_ || !signature_) return;
  const std::string shown = text(def.default_value->span);
  model_->dims.back().computed_by = "size." + def.name.text;
  model_->sizes.push_back({def.name.text, value});
  signature_->dims.back().computed_by = model_->dims.back().computed_by;
  signature_->dims.back().computed_text = shown;
  const Dim size = Dim::symbol(def.name.text);
  if (const auto low = term(value).lower;
      low && !has_binder(*low) && at_least_zero(size - *low) == Truth::depends) {
    body_.ranges.facts.push_back(size - *low);
    requirements_.push_back({size - *low,
                             "`dim " + def.name.text + " = " + shown + "` is at least " + user_text(*low),
                             def.name.span});
  }
  bound_by_maximum(*def.default_value, size, "dim " + def.name.text + " = " + shown);
}

// Of K = max(g): no element of g is above K. The same through max(a, b) and a constant added.
void Checker::bound_by_maximum(const ast::Expr& expr, const Dim& size, const std::string& shown) {
  if (const auto* paren = std::get_if<ast::ParenExpr>(&expr.node))
    return bound_by_maximum(*paren->inner, size, shown);
  if (const auto* binary = std::get_if<ast::BinaryExpr>(&expr.node)) {
    if (binary->op != ast::BinaryOp::add && binary->op != ast::BinaryOp::subtract) return;
    const auto by = quiet_exact(*binary->right);
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
  const SymbolId id = name ? lookup(name->name) : SymbolId{};
  if (!id.valid() || body_.symbol(id).kind != Symbol::Kind::data || body_.symbol(id).upper ||
      body_.symbol(id).type.element != Element::integer)
    return;
  body_.symbols[id.index].upper = size;
  for (auto& field : signature_->data)
    if (field.name == name->name && std::holds_alternative<std::monostate>(field.upper)) {
      field.upper = size;
      field.upper_reason = shown;
    }
}

std::string Checker::relation_advice(const Dim& slack) const {
  if (!model_) return {};
  std::vector<std::string> order;
  for (const auto& dim : model_->dims)
    order.push_back(dim.name);
  const auto relation = as_relation(slack, order);
  if (!relation) return {};
  const auto own = std::find_if(model_->dims.begin(), model_->dims.end(),
                                [&](const auto& dim) { return dim.name == relation->dim; });
  const std::string start = own->default_value ? " = " + user_text(*own->default_value) : "";
  std::string above;  // the dims that must be declared before it
  const auto at = std::find(order.begin(), order.end(), relation->dim);
  for (const auto& symbol : slack.symbols())
    if (std::find(at, order.end(), symbol) != order.end() && symbol != relation->dim)
      above += (above.empty() ? "`" : ", `") + symbol + "`";
  return "if it is so, state it in the declaration" + (above.empty() ? "" : ", below " + above) + ": `dim " +
         relation->text + start + ";`";
}

}  // namespace elba::frontend
