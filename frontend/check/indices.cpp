// indices: x[i, :, a:b, group]. Elements drop an axis, slices and `:` keep it, an integer array gathers.
#include "frontend/check/indices.h"

#include <algorithm>

namespace elba::frontend {

TermId Indices::check_index(const ast::IndexExpr& node, Span span) {
  // x[i][j] is x[i, j] as long as the leading indices are elements.
  std::vector<const ast::IndexExpr*> chain{&node};
  while (const auto* inner = std::get_if<ast::IndexExpr>(&chain.back()->base->node))
    chain.push_back(inner);
  const ast::Expr& root = *chain.back()->base;
  SymbolId symbol;
  TermId base;
  ValueType found;
  std::string name = text(root.span);
  if (const auto* root_name = std::get_if<ast::NameExpr>(&root.node)) {
    symbol = scopes_.lookup(root_name->name);
    if (!symbol.valid()) {
      names_.unknown_name(root_name->name, root.span);
      found = {};
    } else {
      body_.symbols[symbol.index].used = true;
      found = body_.symbol(symbol).type;
    }
  } else {
    base = inner_.check(root);
    found = type(base);
  }
  std::vector<IndexTerm> merged;
  for (auto level = chain.rbegin(); level != chain.rend(); ++level) {
    std::vector<const ast::Index*> indices;
    for (const auto& index : (*level)->indices)
      indices.push_back(&index);
    const bool elements_only = std::all_of(
        merged.begin(), merged.end(), [](const IndexTerm& i) { return i.kind == IndexTerm::Kind::element; });
    if (!elements_only) {
      base = index_term(symbol, base, std::move(merged), {root.span.begin, (*level)->base->span.end});
      symbol = {};
      found = type(base);
      merged.clear();
    }
    ValueType rest = found;
    if (!found.is_error())
      rest.shape.erase(rest.shape.begin(), rest.shape.begin() + static_cast<std::ptrdiff_t>(merged.size()));
    auto next = check_indices(rest, name, indices, span);
    if (!next) return error_term(span);
    merged.insert(merged.end(), next->begin(), next->end());
  }
  return index_term(symbol, base, std::move(merged), span);
}

// `a:b` of an axis; its extent is not known when there are too many indices.
std::optional<IndexTerm> Indices::check_slice(const ast::Index& index, TermId first,
                                              const std::optional<Dim>& extent, const std::string& name) {
  IndexTerm item;
  const TermId last = inner_.check(*index.last);
  item.kind = IndexTerm::Kind::slice;
  if (type(first).is_error() || type(last).is_error()) {
    return std::nullopt;
  }
  if (!term(first).exact || !term(last).exact || has_binder(*term(last).exact - *term(first).exact)) {
    report(Code::ragged_array, index.span, {text(index.span)})
        .suggest("feed a reduction: `sum(" + name + "[i] for i in " + text(index.span) + ")`");
    return std::nullopt;
  }
  item.first = *term(first).exact;
  item.extent = *term(last).exact - item.first + Dim(1);
  if (extent) {
    require(item.extent, index.span, "`" + text(index.span) + "` is a range");
    if (!proofs_.prove_range(item.first, *term(last).exact, *extent, text(index.span), name, index.span))
      return std::nullopt;
  }
  return item;
}

// An element, or an array of integers that gathers.
std::optional<IndexTerm> Indices::check_element(const ast::Index& index, TermId first,
                                                const std::optional<Dim>& extent, const std::string& name) {
  IndexTerm item;
  const Term& value = term(first);
  if (value.type.is_error()) {
    return std::nullopt;
  }
  if (value.type.element != Element::integer) {
    auto& diagnostic = report(Code::type_mismatch, index.span, {"an integer index", value.type.text()});
    if (value.type.element == Element::real && value.kind == TermKind::symbol)
      diagnostic
          .label(body_.symbol(value.symbol).span,
                 "`" + body_.symbol(value.symbol).name + "` is declared here")
          .suggest("declare it `int<1, " + user_text(extent.value_or(Dim(1))) + ">`");
    if (value.type.element == Element::boolean)
      diagnostic.note("an array cannot be filtered by a condition; use `if` or a mask of weights");
    return std::nullopt;
  }
  item.kind = value.type.is_scalar() ? IndexTerm::Kind::element : IndexTerm::Kind::gather;
  item.value = first;
  if (extent && !proofs_.prove_inside(first, *extent, name, index.span)) return std::nullopt;
  return item;
}

void Indices::too_many_indices(const ValueType& base, const std::string& name,
                               const std::vector<const ast::Index*>& indices, Span span) {
  const auto counted = [](std::size_t count, const std::string& one, const std::string& more) {
    return std::to_string(count) + " " + (count == 1 ? one : more);
  };
  auto& diagnostic = report(
      Code::index_count, span,
      {name, counted(base.shape.size(), "axis", "axes"), counted(indices.size(), "index is", "indices are")});
  if (base.shape.size() == 1)
    diagnostic.suggest("write one index: `" + name + "[" + text(indices[0]->span) + "]`");
}

std::optional<std::vector<IndexTerm>> Indices::check_indices(const ValueType& base, const std::string& name,
                                                             const std::vector<const ast::Index*>& indices,
                                                             Span span) {
  std::vector<IndexTerm> out;
  bool fine = !base.is_error();
  // Every index is checked even when there are too many, so that all that is wrong in them is said.
  for (std::size_t axis = 0; axis < indices.size(); ++axis) {
    const ast::Index& index = *indices[axis];
    std::optional<Dim> extent;
    if (!base.is_error() && axis < base.shape.size()) extent = base.shape[axis];
    if (index.is_all) {
      IndexTerm whole;
      whole.extent = extent.value_or(Dim(1));
      out.push_back(std::move(whole));
      continue;
    }
    const TermId first = inner_.check(*index.first);
    auto item = index.last ? check_slice(index, first, extent, name)
                           : check_element(index, first, extent, name);
    fine = fine && item.has_value();
    if (item) out.push_back(std::move(*item));
  }
  if (!base.is_error() && indices.size() > base.shape.size()) {
    too_many_indices(base, name, indices, span);
    return std::nullopt;
  }
  if (!fine) return std::nullopt;
  return out;
}

TermId Indices::index_term(SymbolId symbol, TermId base, std::vector<IndexTerm> indices, Span span) {
  Term result;
  result.kind = TermKind::index;
  result.span = span;
  ValueType from;
  if (symbol.valid()) {
    const Symbol& declared = body_.symbol(symbol);
    terms_.read_chain(declared.chain);
    from = declared.type;
    result.symbol = symbol;
    result.known = declared.known;
    result.levels = declared.levels;
    result.lower = declared.lower;
    result.upper = declared.upper;
    if (declared.kind == Symbol::Kind::let_array && !coverage_.check_array_read(symbol, indices, span))
      return error_term(span);
  } else {
    const Term& whole = term(base);
    from = whole.type;
    result.args = {base};
    result.known = whole.known;
    result.levels = whole.levels;
    result.lower = whole.lower;
    result.upper = whole.upper;
  }
  if (from.is_error()) return error_term(span);
  result.type.element = from.element;
  for (std::size_t axis = 0; axis < from.shape.size(); ++axis) {
    if (axis >= indices.size()) {
      result.type.shape.push_back(from.shape[axis]);
      continue;
    }
    const IndexTerm& index = indices[axis];
    switch (index.kind) {
      case IndexTerm::Kind::element:
        break;
      case IndexTerm::Kind::gather: {
        const auto& shape = type(index.value).shape;
        result.type.shape.insert(result.type.shape.end(), shape.begin(), shape.end());
        break;
      }
      default:
        result.type.shape.push_back(index.extent);
    }
    if (index.kind == IndexTerm::Kind::slice) {
      const TermId first = exact_term(index.first, span);
      result.levels |= term(first).levels;
    }
    if (!index.value.valid()) continue;
    result.known = std::max(result.known, term(index.value).known);
    result.levels |= term(index.value).levels;
  }
  result.indices = std::move(indices);
  return add(std::move(result));
}

}  // namespace elba::frontend
