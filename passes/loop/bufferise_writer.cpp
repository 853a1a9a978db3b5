#include "passes/loop/bufferise_writer.h"

#include <utility>

namespace elba::passes::loops {

Op LoopWriter::make(Opcode code, std::vector<ValueId> operands) const {
  Op op;
  op.code = code;
  op.operands = std::move(operands);
  op.origin = origin_;
  return op;
}

void LoopWriter::push(Op op) {
  (frames_.empty() ? func_.body.ops : frames_.back().region.ops).push_back(std::move(op));
}

ValueId LoopWriter::append(Op op, std::optional<Type> type) {
  op.results.clear();
  ValueId result;
  if (type) {
    result = func_.add_value(std::move(*type));
    op.results.push_back(result);
  }
  push(std::move(op));
  return result;
}

ValueId LoopWriter::constant(ir::Constant value) { return func_.add_constant(value); }

ValueId LoopWriter::dim(const Dim& dim) {
  if (dim.is_constant()) return constant(dim.constant());
  Op op = make(Opcode::dim, {});
  op.dims = {dim};
  return append(std::move(op), Type::integer());
}

ValueId LoopWriter::alloc(Scalar scalar, std::vector<Dim> shape, Memory memory) {
  Op op = make(Opcode::alloc, {});
  op.set_attr("place", std::string(memory == Memory::arena   ? "arena"
                                   : memory == Memory::stack ? "stack"
                                                             : "register"));
  const ValueId result = func_.add_value(Type::buffer(scalar, std::move(shape)));
  op.results = {result};
  allocs_.push_back(std::move(op));
  return result;
}

ValueId LoopWriter::view(ValueId buffer, const Indices& indices, const Dim& offset, std::vector<Dim> shape) {
  if (indices.empty() && offset == Dim(0) && type(buffer).shape == shape) return buffer;
  Op op = make(Opcode::view, {buffer});
  op.operands.insert(op.operands.end(), indices.begin(), indices.end());
  if (!(offset == Dim(0))) op.dims = {offset};
  return append(std::move(op), Type::buffer(type(buffer).scalar, std::move(shape)));
}

ValueId LoopWriter::load(ValueId buffer, const Indices& indices) {
  Op op = make(Opcode::load, {buffer});
  op.operands.insert(op.operands.end(), indices.begin(), indices.end());
  return append(std::move(op), Type{ir::Kind::tensor, type(buffer).scalar, {}, 0});
}

void LoopWriter::store(ValueId buffer, const Indices& indices, ValueId value) {
  Op op = make(Opcode::store, {buffer});
  op.operands.insert(op.operands.end(), indices.begin(), indices.end());
  op.operands.push_back(value);
  push(std::move(op));
}

void LoopWriter::accumulate(ValueId buffer, const Indices& indices, ValueId value, Combiner combiner) {
  Op op = make(Opcode::accumulate, {buffer});
  op.operands.insert(op.operands.end(), indices.begin(), indices.end());
  op.operands.push_back(value);
  op.set_attr("combiner", std::string(ir::combiner_name(combiner)));
  push(std::move(op));
}

void LoopWriter::fill(ValueId buffer, ValueId value) { push(make(Opcode::fill, {buffer, value})); }
void LoopWriter::copy(ValueId destination, ValueId source) {
  push(make(Opcode::copy, {destination, source}));
}

void LoopWriter::kernel(std::string symbol, std::vector<ValueId> operands) {
  Op op = make(Opcode::kernel, std::move(operands));
  op.set_attr("symbol", std::move(symbol));
  push(std::move(op));
}

ValueId LoopWriter::scalar(Opcode code, std::vector<ValueId> operands, Type type) {
  return append(make(code, std::move(operands)), std::move(type));
}

Indices LoopWriter::open_loop(std::vector<Dim> extents, bool reverse, Indices bounds, bool lower) {
  Frame frame;
  frame.op = make(Opcode::loop, std::move(bounds));
  if (!frame.op.operands.empty()) frame.op.set_attr("bounded", std::int64_t{1});
  if (lower) frame.op.set_attr("lower", std::int64_t{1});
  if (reverse) frame.op.set_attr("reverse", std::int64_t{1});
  for (std::size_t i = 0; i < extents.size(); ++i)
    frame.region.params.push_back(func_.add_value(Type::integer()));
  frame.op.dims = std::move(extents);
  Indices iterators = frame.region.params;
  frames_.push_back(std::move(frame));
  return iterators;
}

void LoopWriter::close_loop() {
  push(make(Opcode::yield, {}));
  Frame frame = std::move(frames_.back());
  frames_.pop_back();
  frame.op.regions.push_back(std::move(frame.region));
  push(std::move(frame.op));
}

void LoopWriter::finish() {
  push(make(Opcode::return_values, {}));
  std::vector<Op> ops = std::move(allocs_);
  for (Op& op : func_.body.ops)
    ops.push_back(std::move(op));
  func_.body.ops = std::move(ops);
}

}  // namespace elba::passes::loops
