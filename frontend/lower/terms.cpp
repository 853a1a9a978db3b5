// terms: expressions. An exact integer becomes the polynomial of its dims plus what its loop variables
// add; indices lose their 1.
#include <algorithm>

#include "frontend/lower/lowerer.h"

namespace elba::frontend {

using ir::Combiner;
using ir::Opcode;
using ir::ValueId;

namespace {

// Marks the symbol of an iterator, which counts from 0. No name begins so, nor does the text of an
// expression, which may begin with a 0.
constexpr char iterator_mark = '\'';

bool is_iterator(const std::string& symbol) { return symbol.front() == iterator_mark; }

}  // namespace

Dim Lowerer::extent_of(SymbolId binder) const {
  const Symbol& symbol = body_.symbol(binder);
  return symbol.last - symbol.first + Dim(1);
}

const ValueId* Lowerer::find_value(SymbolId id) const {
  for (auto frame = frames_.rbegin(); frame != frames_.rend(); ++frame)
    if (const auto at = frame->values.find(id); at != frame->values.end()) return &at->second;
  return nullptr;
}

ValueId Lowerer::symbol_value(SymbolId id) {
  if (const ValueId* known = find_value(id)) return *known;
  const Symbol& symbol = body_.symbol(id);
  if (symbol.kind == Symbol::Kind::let_array) return array_read(id, {});
  ValueId value;
  if (symbol.kind == Symbol::Kind::let_value) {
    value = term(symbol.value);
  } else if (const auto whole = whole_.find(id); whole != whole_.end()) {
    std::vector<ValueId> at;
    for (SymbolId loop : symbol.loops)
      at.push_back(symbol_value(loop));
    value = b_.read(whole->second, at);
  } else {
    throw LoweringDefect{"`" + symbol.name + "` has no value", symbol.span};
  }
  frames_.back().values[id] = value;
  return value;
}

// Loop variables become first + iterator, from the innermost outwards, since an inner range may start at an
// outer variable.
ValueId Lowerer::integer(Dim value) {
  if (has_binder(value)) {
    for (;;) {
      std::string inner;
      for (const auto& name : value.symbols())
        if (is_binder(name) && !is_iterator(name) &&
            (inner.empty() || binder_number(name) > binder_number(inner)))
          inner = name;
      if (inner.empty()) break;
      const bool unnamed = body_.unnamed.count(inner) > 0;
      value = value.substitute({{inner, (unnamed ? Dim(0) : body_.symbol(binders_.at(inner)).first) +
                                            Dim::symbol(iterator_mark + inner)}});
    }
  }
  Dim rest(value.constant());
  ValueId total;
  for (const auto& part : value.terms()) {
    ValueId product;
    Dim factor(part.coefficient);
    for (const auto& name : part.symbols) {
      if (!is_iterator(name)) {
        factor = factor * Dim::symbol(name);
        continue;
      }
      const auto unnamed = body_.unnamed.find(name.substr(1));
      const ValueId iterator = unnamed != body_.unnamed.end() ? term(unnamed->second)
                                                              : symbol_value(binders_.at(name.substr(1)));
      product = product.valid() ? b_.mul(product, iterator) : iterator;
    }
    if (!product.valid()) {
      rest = rest + factor;
      continue;
    }
    const bool subtract = factor == Dim(-1) && total.valid();
    if (factor == Dim(-1) && !subtract) product = b_.neg(product);
    if (!(factor == Dim(1)) && !(factor == Dim(-1))) product = b_.mul(product, b_.dim(factor));
    total = !total.valid() ? product : subtract ? b_.sub(total, product) : b_.add(total, product);
  }
  if (!total.valid()) return b_.dim(rest);
  if (rest == Dim(0)) return total;
  if (rest.is_constant() && rest.constant() < 0) return b_.sub(total, b_.constant_int(-rest.constant()));
  return b_.add(total, b_.dim(rest));
}

ValueId Lowerer::term(TermId id) {
  const Term& found = body_.term(id);
  if (inlined_size() > most_values) throw TooLarge{keep_spans_ ? found.span : Span{}};
  if (keep_spans_) b_.set_origin(found.span);
  std::vector<ValueId> args;
  const auto lower_args = [&] {
    for (TermId arg : found.args)
      args.push_back(term(arg));
    if (keep_spans_) b_.set_origin(found.span);
  };
  switch (found.kind) {
    case TermKind::literal:
      return found.type.element == Element::boolean ? b_.constant_bool(found.truth)
                                                    : b_.constant(found.number);
    case TermKind::integer:
      return integer(*found.exact);
    case TermKind::symbol:
      return symbol_value(found.symbol);
    case TermKind::apply:
      lower_args();
      return b_.emit(found.opcode, args);
    case TermKind::builtin:
      lower_args();
      return found.function->emit({b_, args, found.type.ir_type()});
    case TermKind::call: {
      lower_args();
      const ir::Func& callee = module_.function(*found.callee);
      calls_ += module_.inlined_size(*found.callee);
      std::vector<Dim> stated;
      for (const std::string& dim : ir::stated_dims(callee))
        for (const auto& [name, size] : found.sizes)
          if (name == dim) stated.push_back(size);
      return b_.call(callee, args, std::move(stated));
    }
    case TermKind::contract:
      lower_args();
      return b_.contract(args, found.maps);
    case TermKind::index:
      return lower_index(found);
    case TermKind::nest: {
      const auto sums = group_sums_.find(id);
      return sums == group_sums_.end() ? lower_nest(found)
                                       : b_.read(sums->second.first, {symbol_value(sums->second.second)});
    }
    case TermKind::stack:
      lower_args();
      return b_.pack(args, found.type.shape);
    case TermKind::error:
      break;
  }
  throw LoweringDefect{"an expression that was not checked", found.span};
}

ValueId Lowerer::lower_nest(const Term& found) {
  prepare(found.args[0]);
  std::vector<TermId> made;
  scatter_groups(found.binders, found.args[0], made);
  if (std::any_of(found.binders.begin(), found.binders.end(),
                  [this](SymbolId binder) { return is_ragged(binder); })) {
    if (keep_spans_) b_.set_origin(found.span);
    const ValueId value = nested(found.binders, {}, [&]() -> std::vector<ir::YieldSpec> {
      return {{found.combiner, {term(found.args[0])}}};
    })[0];
    forget_groups(made);
    return value;
  }
  std::vector<Dim> shape;
  for (SymbolId binder : found.binders)
    shape.push_back(extent_of(binder));
  if (keep_spans_) b_.set_origin(found.span);
  const auto iterators = b_.open_nest(std::move(shape));
  ValueId value;
  {
    FrameGuard frame(*this);
    for (std::size_t i = 0; i < iterators.size(); ++i)
      frames_.back().values[found.binders[i]] = iterators[i];
    value = term(found.args[0]);
  }
  forget_groups(made);
  return b_.close_nest({{found.combiner, {value}}})[0];
}

// Computes in this region what the terms of a nest read of names that a loop defines: they do not vary with
// the nest.
void Lowerer::prepare(TermId id) {
  if (!id.valid()) return;
  const Term& found = body_.term(id);
  if (found.symbol.valid() && !find_value(found.symbol)) {
    const Symbol& symbol = body_.symbol(found.symbol);
    if (symbol.kind == Symbol::Kind::let_array) {
      if (!find_array(found.symbol)) define_local(found.symbol);
    } else if (symbol.kind == Symbol::Kind::let_value || symbol.kind == Symbol::Kind::latent ||
               symbol.kind == Symbol::Kind::predict) {
      symbol_value(found.symbol);
    }
  }
  for (TermId arg : found.args)
    prepare(arg);
  for (const IndexTerm& index : found.indices)
    prepare(index.value);
}

Lowerer::At Lowerer::element(const Dim& one_based) {
  At at;
  at.kind = At::Kind::element;
  at.value = integer(one_based - Dim(1));
  return at;
}

std::vector<Lowerer::At> Lowerer::at_of(const std::vector<IndexTerm>& indices,
                                        const std::vector<Dim>& shape) {
  std::vector<At> out;
  for (std::size_t axis = 0; axis < indices.size(); ++axis) {
    const IndexTerm& index = indices[axis];
    At at;
    switch (index.kind) {
      case IndexTerm::Kind::element: {
        const Term& value = body_.term(index.value);
        at = value.exact
                 ? element(*value.exact)
                 : At{At::Kind::element, b_.sub(term(index.value), b_.constant_int(1)), std::nullopt, {}};
        break;
      }
      case IndexTerm::Kind::gather:
        at = {At::Kind::gather, term(index.value), std::nullopt, {}};
        break;
      case IndexTerm::Kind::slice:
        at = {At::Kind::range, {}, index.first - Dim(1), index.extent};
        break;
      case IndexTerm::Kind::all:
        at = {At::Kind::all, {}, std::nullopt, shape[axis]};
        break;
    }
    out.push_back(std::move(at));
  }
  return out;
}

ValueId Lowerer::lower_index(const Term& found) {
  if (found.symbol.valid()) {
    const Symbol& symbol = body_.symbol(found.symbol);
    if (symbol.kind == Symbol::Kind::let_array) return array_read(found.symbol, found.indices);
    const ValueId base = symbol_value(found.symbol);
    return indexed(base, at_of(found.indices, symbol.type.shape));
  }
  const ValueId base = term(found.args[0]);
  return indexed(base, at_of(found.indices, body_.term(found.args[0]).type.shape));
}

ValueId Lowerer::indexed(ValueId base, std::vector<At> indices) {
  while (!indices.empty() && indices.back().kind == At::Kind::all)
    indices.pop_back();
  std::vector<Dim> shape;
  for (const At& at : indices) {
    if (at.kind == At::Kind::gather) {
      const auto& gathered = b_.type(at.value).shape;
      shape.insert(shape.end(), gathered.begin(), gathered.end());
    } else if (at.kind != At::Kind::element) {
      shape.push_back(at.extent);
    }
  }
  std::vector<ValueId> positions(indices.size());
  // Starts of ranges are computed outside of the nest.
  for (std::size_t axis = 0; axis < indices.size(); ++axis) {
    if (indices[axis].kind == At::Kind::element) positions[axis] = indices[axis].value;
    if (indices[axis].kind == At::Kind::range && !(*indices[axis].first == Dim(0)))
      positions[axis] = integer(*indices[axis].first);
  }
  if (shape.empty()) return b_.read(base, positions);
  const auto iterators = b_.open_nest(std::move(shape));
  std::size_t next = 0;
  for (std::size_t axis = 0; axis < indices.size(); ++axis) {
    const At& at = indices[axis];
    switch (at.kind) {
      case At::Kind::element:
        break;
      case At::Kind::gather: {
        const std::size_t rank = b_.type(at.value).shape.size();
        const ValueId position = b_.read(at.value, std::span(iterators).subspan(next, rank));
        next += rank;
        positions[axis] = b_.sub(position, b_.constant_int(1));
        break;
      }
      default: {
        const ValueId iterator = iterators[next++];
        positions[axis] = positions[axis].valid() ? b_.add(iterator, positions[axis]) : iterator;
      }
    }
  }
  const ValueId value = b_.read(base, positions);
  return b_.close_nest({{Combiner::stack, {value}}})[0];
}

}  // namespace elba::frontend
