// markov_chain: h[3:T] ~ normal(2 * h[2:T-1] - h[1:T-2], s)  ->  element k of the last piece: location 2 c1 -
// c2, scale s, where c1, c2 are carried
//
// An argument of a distribution is taken apart for one element: through nests that stack, through elementwise
// ops, down to reads of the chain itself, whose distance to the element must be a known number, and to values
// that do not read the chain, which are used as they are. The same walk, without a builder, is the check that
// it can be done. Leaves out: arrays of several dims, lags that a loop or data choose (sum(phi[k] * h[t-k]
// for k in ..)), masked statements, matrix products of the chain; these stay centred.
#include "passes/density/markov_chain.h"

#include <algorithm>
#include <set>

#include "ir/ops.h"
#include "passes/rewrite/defect.h"

namespace elba::passes {

using namespace ir;

namespace {

// An element's number: `offset`, or the running number of the last piece plus it.
struct Place {
  bool is_running = false;
  std::int64_t offset = 0;
};

// What elements are made of. Null builder: only whether they can be.
class Elements {
 public:
  Elements(const Func& model, const FactorGraph& graph, const Site& site)
      : model_(model), site_(site), definitions_(model.values.size()), reads_chain_(model.values.size()) {
    std::size_t number = 0;
    for (; number < graph.sites.size() && graph.sites[number].name != site.name;)
      ++number;
    for (std::size_t k = 0; k < model.values.size(); ++k)
      reads_chain_[k] = graph.depends[k].contains(number);
    for (const Op& op : model.body.ops) {
      for (const ValueId result : op.results)
        definitions_[result.index] = &op;
      mark(op);
    }
  }

  Builder* b = nullptr;
  Builder::ValueMap map;
  ValueId running;               // the number of the element within the last piece
  std::vector<ValueId> known;    // elements before the last piece, so far
  std::vector<ValueId> carried;  // in the last piece: one back, two back, ..
  std::int64_t last_first = 0;   // where the last piece begins
  bool is_last = false;
  std::int64_t order = 0;        // found by the check
  std::set<std::size_t> needed;  // values without the chain, found by the check

  // Element `place` of a value, or the value itself when it is a scalar. False: cannot be done.
  bool take(ValueId value, const Place& place, ValueId& out) {
    const Type& type = model_.type(value);
    if (type.shape.size() > 1) return false;
    const bool is_scalar = type.is_scalar();
    if (value == site_.value) return take_chain(place, out);
    if (!reads_chain_[value.index]) {
      if (!is_inner(value)) needed.insert(value.index);
      if (b == nullptr) return true;
      const ValueId whole = b->mapped(model_, value, map);
      out = is_scalar ? whole : b->read(whole, {number(place)});
      return true;
    }
    const Op* op = definitions_[value.index];
    if (op == nullptr) return false;
    if (op->code == Opcode::nest) return take_from_nest(*op, value, place, out);
    if (op->code == Opcode::read) return take_read(*op, out);
    if (op_info(op->code).group != Group::scalar || !op->regions.empty()) return false;
    std::vector<ValueId> operands;
    for (const ValueId operand : op->operands)
      if (!take(operand, place, operands.emplace_back())) return false;
    if (b != nullptr) out = b->emit(op->code, operands);
    return true;
  }

 private:
  void mark(const Op& op) {
    for (const Region& region : op.regions) {
      for (const ValueId param : region.params)
        inner_.insert(param.index);
      for (const Op& inner : region.ops) {
        bool reads = false;
        const auto look = [&](const auto& self, const Op& at) -> void {
          for (const ValueId operand : at.operands)
            reads = reads || reads_chain_[operand.index];
          for (const Region& deeper : at.regions)
            for (const Op& one : deeper.ops)
              self(self, one);
        };
        look(look, inner);
        for (const ValueId result : inner.results) {
          definitions_[result.index] = &inner;
          reads_chain_[result.index] = reads;
          inner_.insert(result.index);
        }
        mark(inner);
      }
    }
  }
  [[nodiscard]] bool is_inner(ValueId value) const { return inner_.contains(value.index); }

  ValueId number(const Place& place) const {
    if (!place.is_running) return b->constant_int(place.offset);
    return place.offset == 0 ? running : b->add(running, b->constant_int(place.offset));
  }

  bool take_chain(const Place& place, ValueId& out) {
    if (!place.is_running) {
      if (place.offset < 0 ||
          (b == nullptr ? place.offset >= (is_last ? last_first : static_cast<std::int64_t>(known.size()))
                        : place.offset >= static_cast<std::int64_t>(known.size())))
        return false;
      if (b != nullptr) out = known[static_cast<std::size_t>(place.offset)];
      return true;
    }
    const std::int64_t back = last_first - place.offset;
    if (back < 1 || back > last_first) return false;
    order = std::max(order, back);
    if (b != nullptr) out = carried[static_cast<std::size_t>(back - 1)];
    return true;
  }

  bool take_from_nest(const Op& op, ValueId value, const Place& place, ValueId& out) {
    if (op.regions.size() != 1 || op.regions[0].params.size() != 1 || !op.operands.empty()) return false;
    const auto result = static_cast<std::size_t>(std::find(op.results.begin(), op.results.end(), value) -
                                                 op.results.begin());
    if (op.combiners.at(result) != Combiner::stack) return false;
    const auto outer = places_;
    places_[op.regions[0].params[0].index] = place;
    if (b != nullptr) map[op.regions[0].params[0]] = number(place);
    const bool is_done = take_body(op.regions[0], result, out);
    places_ = outer;
    return is_done;
  }

  // Everything in the body but what it yields beside; then the element that it yields.
  bool take_body(const Region& body, std::size_t result, ValueId& out) {
    std::size_t at = result;
    for (const Op& op : body.ops) {
      if (&op == &body.ops.back()) {
        if (at >= op.operands.size()) return false;
        const ValueId yielded = op.operands[at];
        if (!model_.type(yielded).is_scalar()) return false;
        return take_inner(yielded, out);
      }
      const bool reads = std::any_of(op.results.begin(), op.results.end(),
                                     [&](ValueId value) { return reads_chain_[value.index]; });
      if (!reads) {
        note_outer(op);
        if (b != nullptr) b->clone_op(model_, op, map);
        continue;
      }
      ValueId made;
      if (op.results.size() != 1) return false;
      if (op.code == Opcode::read) {
        if (!take_read(op, made)) return false;
      } else if (op_info(op.code).group == Group::scalar) {
        std::vector<ValueId> operands;
        for (const ValueId operand : op.operands) {
          if (!model_.type(operand).is_scalar() || !take_inner(operand, operands.emplace_back()))
            return false;
        }
        if (b != nullptr) made = b->emit(op.code, operands);
      } else {
        return false;
      }
      if (b != nullptr) map[op.results[0]] = made;
    }
    return false;
  }

  // A scalar inside a nest: made already, or from outside.
  bool take_inner(ValueId value, ValueId& out) {
    if (is_inner(value)) {
      if (b != nullptr) out = b->mapped(model_, value, map);
      return true;
    }
    return take(value, {}, out);
  }

  void note_outer(const Op& op) {
    for (const ValueId operand : op.operands)
      if (!is_inner(operand)) needed.insert(operand.index);
    for (const Region& region : op.regions)
      for (const Op& inner : region.ops)
        note_outer(inner);
  }

  // tensor[i + c], of the chain or of something made from it.
  bool take_read(const Op& op, ValueId& out) {
    if (op.operands.size() != 2 || model_.type(op.operands[0]).shape.size() != 1) return false;
    const auto place = place_of(op.operands[1]);
    return place && take(op.operands[0], *place, out);
  }

  std::optional<Place> place_of(ValueId index) const {
    if (const auto& constant = model_.constant(index)) {
      if (!std::holds_alternative<std::int64_t>(*constant)) return std::nullopt;
      return Place{false, std::get<std::int64_t>(*constant)};
    }
    if (const auto it = places_.find(index.index); it != places_.end()) return it->second;
    const Op* op = definitions_[index.index];
    if (op == nullptr || (op->code != Opcode::add && op->code != Opcode::sub)) return std::nullopt;
    const auto left = place_of(op->operands[0]), right = place_of(op->operands[1]);
    if (!left || !right || right->is_running)
      return left && right && op->code == Opcode::add && !left->is_running
                 ? std::optional(Place{true, left->offset + right->offset})
                 : std::nullopt;
    return Place{left->is_running, left->offset + (op->code == Opcode::add ? right->offset : -right->offset)};
  }

  const Func& model_;
  const Site& site_;
  std::vector<const Op*> definitions_;
  std::vector<bool> reads_chain_;
  std::set<std::size_t> inner_;          // values of nests' bodies
  std::map<std::size_t, Place> places_;  // of the iterators that are at work
};

// The elements that an observed value consists of; false when they are not consecutive ones of the site.
bool read_piece(const Func& model, const Site& site, ValueId value, ChainPiece& piece) {
  const Op* op = defining_op(model, value);
  if (op == nullptr) return false;
  const auto constant_of = [&](ValueId id) -> std::optional<std::int64_t> {
    const auto& constant = model.constant(id);
    if (!constant || !std::holds_alternative<std::int64_t>(*constant)) return std::nullopt;
    return std::get<std::int64_t>(*constant);
  };
  if (op->code == Opcode::read && op->operands.size() == 2 && op->operands[0] == site.value) {
    const auto index = constant_of(op->operands[1]);
    if (!index) return false;
    piece.first = *index;
    piece.count = Dim(1);
    return true;
  }
  if (op->code != Opcode::nest || op->dims.size() != 1 || op->results.size() != 1 ||
      op->combiners[0] != Combiner::stack || !op->operands.empty())
    return false;
  const Region& body = op->regions[0];
  const Op *read = nullptr, *shift = nullptr;
  for (const Op& inner : body.ops) {
    if (inner.code == Opcode::read && read == nullptr)
      read = &inner;
    else if (inner.code == Opcode::add && shift == nullptr && read == nullptr)
      shift = &inner;
    else if (&inner != &body.ops.back())
      return false;
  }
  if (read == nullptr || read->operands.size() != 2 || !(read->operands[0] == site.value) ||
      !(body.ops.back().operands[0] == read->results[0]))
    return false;
  piece.count = op->dims[0];
  if (read->operands[1] == body.params[0]) return shift == nullptr;
  if (shift == nullptr || !(read->operands[1] == shift->results[0]) ||
      !(shift->operands[0] == body.params[0]))
    return false;
  const auto offset = constant_of(shift->operands[1]);
  if (offset) piece.first = *offset;
  return offset.has_value();
}

bool reads(const Op& op, ValueId value) {
  if (std::find(op.operands.begin(), op.operands.end(), value) != op.operands.end()) return true;
  for (const Region& region : op.regions)
    for (const Op& inner : region.ops)
      if (reads(inner, value)) return true;
  return false;
}

// The ops behind `first_use` that the values need. False when an unknown, or a read of the chain, is among
// them.
bool early_ops(const Func& model, const FactorGraph& graph, std::size_t number, std::size_t first_use,
               const std::set<std::size_t>& values, std::vector<std::size_t>& early) {
  std::set<std::size_t> places;
  std::vector<std::size_t> open(values.begin(), values.end());
  std::vector<std::size_t> place(model.values.size(), model.body.ops.size());
  for (std::size_t i = 0; i < model.body.ops.size(); ++i)
    for (const ValueId result : model.body.ops[i].results)
      place[result.index] = i;
  while (!open.empty()) {
    const std::size_t value = open.back(), at = place[value];
    open.pop_back();
    if (at == model.body.ops.size() || at < first_use || places.contains(at)) continue;
    const Op& op = model.body.ops[at];
    if (op.code == Opcode::latent || op.code == Opcode::param || graph.depends[value].contains(number))
      return false;
    places.insert(at);
    const auto collect = [&](const auto& self, const Op& one) -> void {
      for (const ValueId operand : one.operands)
        open.push_back(operand.index);
      for (const Region& region : one.regions)
        for (const Op& inner : region.ops)
          self(self, inner);
    };
    collect(collect, op);
  }
  early.assign(places.begin(), places.end());
  return true;
}

}  // namespace

std::optional<ChainDistribution> chain_distribution(const Module& module, const Func& model,
                                                    const FactorGraph& graph, const Site& site,
                                                    std::string& why) {
  if (site.is_param || site.support != "real" || site.type.shape.size() != 1) return std::nullopt;
  ChainDistribution chain;
  std::size_t number = 0;
  while (graph.sites[number].name != site.name)
    ++number;
  bool is_chain = false;
  for (std::size_t i = site.op + 1; i < model.body.ops.size(); ++i) {
    const Op& op = model.body.ops[i];
    if (op.code != Opcode::observe || op.attr_string("role") != "latent" ||
        op.attr_string("site") != site.name)
      continue;
    ChainPiece piece{i, 0, {}, op.operands[0], op.operands[1]};
    if (op.operands.size() != 2 || !read_piece(model, site, op.operands[1], piece)) return std::nullopt;
    const Op* dist = defining_op(model, piece.dist);
    const DistDecl* decl = dist != nullptr ? module.find_dist(dist->attr_string("name")) : nullptr;
    if (decl == nullptr || !decl->location_scale || dist->operands.size() != 2) return std::nullopt;
    is_chain = is_chain || graph.depends[piece.dist.index].contains(number);
    chain.pieces.push_back(std::move(piece));
  }
  if (!is_chain) return std::nullopt;
  why = "it is a chain whose distribution cannot be walked element by element";
  std::sort(chain.pieces.begin(), chain.pieces.end(),
            [](const ChainPiece& a, const ChainPiece& b) { return a.first < b.first; });
  Dim reached(0);
  for (const ChainPiece& piece : chain.pieces) {
    if (!(reached == Dim(piece.first)) || (&piece != &chain.pieces.back() && !piece.count.is_constant()))
      return std::nullopt;
    reached = reached + piece.count;
  }
  if (!(reached == site.type.shape[0])) return std::nullopt;

  Elements elements(model, graph, site);
  elements.last_first = chain.pieces.back().first;
  for (const ChainPiece& piece : chain.pieces) {
    elements.is_last = &piece == &chain.pieces.back();
    const Op* dist = defining_op(model, piece.dist);
    const std::int64_t count = elements.is_last ? 1 : piece.count.constant();
    for (std::int64_t k = 0; k < count; ++k) {
      for (const ValueId argument : dist->operands)
        if (ValueId nowhere; !elements.take(argument, {elements.is_last, k}, nowhere)) return std::nullopt;
      if (!elements.is_last) elements.known.emplace_back();
    }
  }
  chain.order = elements.order;
  chain.first_use = model.body.ops.size();
  for (std::size_t i = model.body.ops.size(); i-- > site.op + 1;)
    if (reads(model.body.ops[i], site.value)) chain.first_use = i;
  if (!early_ops(model, graph, number, chain.first_use, elements.needed, chain.early)) return std::nullopt;
  return chain;
}

std::vector<ValueId> walk_chain(const Func& model, const FactorGraph& graph, const Site& site,
                                const ChainDistribution& chain, Builder& b, const Builder::ValueMap& map,
                                ValueId z, const ChainStep& next) {
  Elements elements(model, graph, site);
  elements.b = &b;
  elements.map = map;
  const ChainPiece& last = chain.pieces.back();
  elements.last_first = last.first;
  const auto step = [&](const ChainPiece& piece, const Place& place, ValueId noise) {
    const Op* dist = defining_op(model, piece.dist);
    ValueId location, scale;
    if (!elements.take(dist->operands[0], place, location) || !elements.take(dist->operands[1], place, scale))
      pass_defect("the chain `" + site.name + "` cannot be walked");
    return next(location, scale, noise);
  };
  for (const ChainPiece& piece : chain.pieces)
    for (std::int64_t k = 0; &piece != &last && k < piece.count.constant(); ++k)
      elements.known.push_back(step(piece, {false, k}, b.read(z, {b.constant_int(piece.first + k)})));
  std::vector<ValueId> parts = elements.known, inits;
  for (std::int64_t k = 1; k <= chain.order; ++k)
    inits.push_back(elements.known[static_cast<std::size_t>(last.first - k)]);
  const auto head = b.open_scan(last.count, inits);
  elements.is_last = true;
  elements.running = head.iterator;
  elements.carried = head.carries;
  const ValueId x = step(
      last, {true, 0},
      b.read(z, {last.first == 0 ? head.iterator : b.add(head.iterator, b.constant_int(last.first))}));
  std::vector<ValueId> nexts;
  if (chain.order > 0) {
    nexts.push_back(x);
    nexts.insert(nexts.end(), head.carries.begin(), head.carries.end() - 1);
  }
  parts.push_back(b.close_scan(nexts, {{Combiner::stack, {x}}}).back());
  return parts;
}

}  // namespace elba::passes
