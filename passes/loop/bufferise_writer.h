// bufferise_writer: writes loop-level functions op by op. Allocations are collected and stand at the top of
// the finished function. Internal to bufferise.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ir/module.h"

namespace elba::passes::loops {

using ir::Combiner;
using ir::Dim;
using ir::Op;
using ir::Opcode;
using ir::Scalar;
using ir::Type;
using ir::ValueId;
using Indices = std::vector<ValueId>;

enum class Memory : std::uint8_t { arena, stack, register_cell };

class LoopWriter {
 public:
  explicit LoopWriter(ir::Func& func) : func_(func) {}

  [[nodiscard]] ir::Func& func() { return func_; }
  [[nodiscard]] const Type& type(ValueId value) const { return func_.type(value); }
  void set_origin(Span origin) { origin_ = origin; }

  ValueId constant(ir::Constant value);
  ValueId dim(const Dim& dim);  // i64

  ValueId alloc(Scalar scalar, std::vector<Dim> shape, Memory memory);
  // The elements from `offset` plus the place of the leading indices, in the given shape.
  ValueId view(ValueId buffer, const Indices& indices, const Dim& offset, std::vector<Dim> shape);
  ValueId load(ValueId buffer, const Indices& indices);
  void store(ValueId buffer, const Indices& indices, ValueId value);
  void accumulate(ValueId buffer, const Indices& indices, ValueId value, Combiner combiner);
  void fill(ValueId buffer, ValueId value);
  void copy(ValueId destination, ValueId source);
  void kernel(std::string symbol, std::vector<ValueId> operands);
  ValueId scalar(Opcode code, std::vector<ValueId> operands, Type type);
  ValueId append(Op op, std::optional<Type> type);

  Indices open_loop(std::vector<Dim> extents, bool reverse = false, Indices bounds = {}, bool lower = false);
  void close_loop();
  void finish();

 private:
  Op make(Opcode code, std::vector<ValueId> operands) const;
  void push(Op op);

  struct Frame {
    Op op;
    ir::Region region;
  };
  ir::Func& func_;
  std::vector<Op> allocs_;
  std::vector<Frame> frames_;
  Span origin_;
};

// Numbers the arena allocations: those of equal size whose uses do not interleave share a slot.
void assign_slots(ir::Func& func);

}  // namespace elba::passes::loops
