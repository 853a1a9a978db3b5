// bufferise_nest: nest and scan to loops.
//
// Each combined result is opened before the loop (its destination, set to the neutral element unless every
// element is stored), fed at the end of each iteration, and closed after it. A scalar reduction is a register
// cell; a reduction over a small tensor of constant size is kept in a buffer of its own, which code
// generation turns into registers. The carries of a scan are cells, or buffers that are overwritten once the
// iteration has read them.
#include <algorithm>
#include <limits>

#include "passes/loop/bufferise_internal.h"

namespace elba::passes::loops {

ValueId Bufferiser::neutral(Combiner combiner, Scalar scalar) {
  const bool real = scalar == Scalar::f64;
  switch (combiner) {
    case Combiner::prod:
      return real ? writer_.constant(1.0) : writer_.constant(std::int64_t{1});
    case Combiner::max:
    case Combiner::argmax:
      return real ? writer_.constant(-std::numeric_limits<double>::infinity())
                  : writer_.constant(std::numeric_limits<std::int64_t>::min());
    case Combiner::min:
      return real ? writer_.constant(std::numeric_limits<double>::infinity())
                  : writer_.constant(std::numeric_limits<std::int64_t>::max());
    default:
      return real ? writer_.constant(0.0) : writer_.constant(std::int64_t{0});
  }
}

void Bufferiser::open_scalar(Reduction& reduction, const Op& end) {
  if (plans_.contains(reduction.value)) {
    reduction.destination = destination_of(reduction.value);
    return;
  }
  const Scalar scalar = type(reduction.value).scalar;
  reduction.destination.buffer = writer_.alloc(scalar, {}, Memory::register_cell);
  if (reduction.combiner != Combiner::argmax) {
    writer_.store(reduction.destination.buffer, {}, neutral(reduction.combiner, scalar));
    return;
  }
  const Scalar compared = type(end.operands[reduction.yield]).scalar;
  reduction.best = writer_.alloc(compared, {}, Memory::register_cell);
  writer_.store(reduction.destination.buffer, {}, writer_.constant(std::int64_t{0}));
  writer_.store(reduction.best, {}, neutral(Combiner::argmax, compared));
  reduction.started = writer_.alloc(Scalar::i1, {}, Memory::register_cell);
  writer_.store(reduction.started, {}, writer_.constant(false));
}

void Bufferiser::open_tensor(Reduction& reduction, bool bounded) {
  const Type& of = type(reduction.value);
  reduction.destination = destination_of(reduction.value);
  if (reduction.combiner == Combiner::stack) {
    if (bounded && !reduction.destination.combine)
      writer_.fill(reduction.destination.buffer, neutral(Combiner::sum, of.scalar));
    // What a triangle leaves out is 0, which is written only where it is read.
    const auto& readers = uses(reduction.value);
    const bool is_read = !std::all_of(readers.begin(), readers.end(), [](const Use& use) {
      return use.op->code == Opcode::chol || use.op->code == Opcode::chol_jitter ||
             use.op->code == Opcode::chol_adjoint;
    });
    if (maker_[reduction.value.index]->attr_int("lower") != 0 && !reduction.destination.combine && is_read)
      writer_.fill(reduction.destination.buffer, writer_.constant(0.0));
    return;
  }
  if (reduction.combiner != Combiner::scatter && is_small(of) &&
      !is_small_buffer(reduction.destination.buffer)) {
    reduction.final_destination = reduction.destination;
    reduction.destination = {small_buffer(of), std::nullopt};
  }
  if (!reduction.destination.combine)
    writer_.fill(reduction.destination.buffer, neutral(reduction.combiner, of.scalar));
}

std::vector<Bufferiser::Reduction> Bufferiser::open_reductions(const Op& op, std::size_t carry_count) {
  std::vector<Reduction> reductions;
  std::size_t yield = carry_count;
  for (std::size_t i = carry_count; i < op.results.size(); ++i) {
    Reduction reduction;
    reduction.value = op.results[i];
    reduction.combiner = op.combiners[i - carry_count];
    reduction.yield = yield;
    yield += ir::yields_of(reduction.combiner, type(reduction.value));
    if (uses(reduction.value).empty()) continue;
    if (type(reduction.value).rank() == 0)
      open_scalar(reduction, op.regions[0].ops.back());
    else
      open_tensor(reduction, is_bounded(op));
    reductions.push_back(std::move(reduction));
  }
  return reductions;
}

Sink Bufferiser::sink_of(const Reduction& reduction, const Indices& iterators) const {
  if (reduction.combiner == Combiner::stack)
    return {reduction.destination.buffer, iterators, reduction.destination.combine};
  return {reduction.destination.buffer, {}, reduction.combiner};
}

void Bufferiser::yield_argmax(const Reduction& reduction, const Op& op, ValueId value,
                              const Indices& iterators) {
  ValueId flat = iterators[0];
  for (std::size_t i = 1; i < iterators.size(); ++i) {
    flat = writer_.scalar(Opcode::mul, {flat, writer_.dim(op.dims[i])}, Type::integer());
    flat = writer_.scalar(Opcode::add, {flat, iterators[i]}, Type::integer());
  }
  const ValueId best = writer_.load(reduction.best, {});
  const ValueId index = writer_.load(reduction.destination.buffer, {});
  // The first value counts whatever it is (-inf, nan), later ones where they are greater.
  const ValueId greater = writer_.scalar(Opcode::gt, {value, best}, Type::boolean());
  const ValueId is_first = writer_.scalar(Opcode::logical_not, {writer_.load(reduction.started, {})},
                                          Type::boolean());
  const ValueId better = writer_.scalar(Opcode::logical_or, {is_first, greater}, Type::boolean());
  writer_.store(reduction.started, {}, writer_.constant(true));
  writer_.store(reduction.best, {},
                writer_.scalar(Opcode::select, {better, value, best}, Type(writer_.type(value))));
  writer_.store(reduction.destination.buffer, {},
                writer_.scalar(Opcode::select, {better, flat, index}, Type::integer()));
}

void Bufferiser::close_reduction(const Reduction& reduction) {
  if (type(reduction.value).rank() == 0) {
    if (!reduction.destination.combine) hold(reduction.value, writer_.load(reduction.destination.buffer, {}));
    return;
  }
  if (!reduction.final_destination) return;
  if (reduction.final_destination->combine)
    combine_into(reduction.final_destination->buffer, reduction.destination.buffer,
                 *reduction.final_destination->combine);
  else
    writer_.copy(reduction.final_destination->buffer, reduction.destination.buffer);
}

std::vector<Bufferiser::Carry> Bufferiser::open_carries(const Op& op) {
  std::vector<Carry> carries;
  const ir::Region& region = op.regions[0];
  for (std::size_t i = 0; i < carries_of(op); ++i) {
    Carry carry{region.params[i + 1], region.ops.back().operands[i], op.results[i], {}, {}};
    const Type& of = type(carry.param);
    if (!of.is_tensor()) defect(op, "a carry of type " + of.text());
    if (of.rank() == 0) {
      carry.buffer = writer_.alloc(of.scalar, {}, Memory::register_cell);
      writer_.store(carry.buffer, {}, held(op.operands[i]));
    } else {
      carry.buffer = destination_of(carry.result).buffer;
      if (is_small(of) && !is_small_buffer(carry.buffer)) {
        carry.final_buffer = carry.buffer;
        carry.buffer = small_buffer(of);
      }
      writer_.copy(carry.buffer, held(op.operands[i]));
    }
    carries.push_back(carry);
  }
  return carries;
}

void Bufferiser::update_carries(const std::vector<Carry>& carries) {
  std::vector<std::pair<ValueId, ValueId>> moves;
  for (const Carry& carry : carries) {
    if (type(carry.param).rank() == 0) {
      writer_.store(carry.buffer, {}, held(carry.next));
      continue;
    }
    if (carry.next == carry.param) continue;
    // A next value that lies in the memory of a carry is copied aside first: the update is simultaneous.
    ValueId root = carry.next;
    while (maker_[root.index] &&
           (maker_[root.index]->code == Opcode::read || maker_[root.index]->code == Opcode::unpack))
      root = maker_[root.index]->operands[0];
    bool in_carry = false;
    for (const Carry& other : carries)
      in_carry = in_carry || root == other.param;
    ValueId source = held(carry.next);
    if (in_carry) {
      source = writer_.alloc(type(carry.next).scalar, type(carry.next).shape,
                             is_small(type(carry.next)) ? Memory::stack : Memory::arena);
      writer_.copy(source, held(carry.next));
    }
    moves.emplace_back(carry.buffer, source);
  }
  for (const auto& [destination, source] : moves)
    writer_.copy(destination, source);
}

void Bufferiser::close_carries(const std::vector<Carry>& carries) {
  for (const Carry& carry : carries) {
    if (type(carry.param).rank() == 0)
      hold(carry.result, writer_.load(carry.buffer, {}));
    else if (carry.final_buffer.valid())
      writer_.copy(carry.final_buffer, carry.buffer);
  }
}

void Bufferiser::emit_nest(const Op& op) {
  const ir::Region& region = op.regions[0];
  const Op& end = region.ops.back();
  const std::vector<Carry> carries = open_carries(op);
  const std::vector<Reduction> reductions = open_reductions(op, carries.size());

  const Indices iterators = writer_.open_loop(
      op.dims, op.attr_int("reverse") != 0,
      is_bounded(op) ? held_all(op.operands, op.operands.size() - 2, 2) : Indices{},
      op.attr_int("lower") != 0);
  for (std::size_t i = 0; i < iterators.size(); ++i)
    hold(region.params[i], iterators[i]);
  for (const Carry& carry : carries)
    hold(carry.param, type(carry.param).rank() == 0 ? writer_.load(carry.buffer, {}) : carry.buffer);
  for (const Reduction& reduction : reductions)
    if (reduction.combiner != Combiner::scatter && reduction.combiner != Combiner::argmax)
      plan(region, end, reduction.yield, sink_of(reduction, iterators));
  emit_body(region);
  for (const Reduction& reduction : reductions) {
    if (reduction.combiner == Combiner::argmax) {
      yield_argmax(reduction, op, held(end.operands[reduction.yield]), iterators);
    } else if (reduction.combiner == Combiner::scatter) {
      const std::size_t rank = static_cast<std::size_t>(type(reduction.value).rank());
      writer_.accumulate(reduction.destination.buffer, held_all(end.operands, reduction.yield, rank),
                         held(end.operands[reduction.yield + rank]), Combiner::sum);
    } else {
      deliver(end, reduction.yield, sink_of(reduction, iterators));
    }
  }
  update_carries(carries);
  writer_.close_loop();

  for (const Reduction& reduction : reductions)
    close_reduction(reduction);
  close_carries(carries);
}

}  // namespace elba::passes::loops
