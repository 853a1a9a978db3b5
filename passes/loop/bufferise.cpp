// bufferise: values to memory. Every tensor gets a buffer, every nest and scan becomes loops that write into
// it.
//
//     func @f(%x: f64[N] data, %u: f64[U] input) -> (f64, f64[U]) {
//       %s, %g = nest (%i < N) -> (sum f64, sum f64[U]) {
//         ... %h = nest (%d < U) -> (stack f64[U]) { ... yield %p } yield %v, %h }
//       return %s, %g
//   ->
//     func @f(%x: buffer<f64[N]> data, %u: buffer<f64[U]> input,
//             %out0: buffer<f64> output, %out1: buffer<f64[U]> output) -> () {
//       %s = alloc {place="register"} ; store %s, 0.0 ; fill %out1, 0.0
//       loop (%i < N) { ... accumulate %s, %v ; loop (%d < U) { ... accumulate %out1, %d, %p } }
//       store %out0, (load %s)
//
// Destination passing: a tensor whose destination is known before it is computed (a result of the function,
// one row of a `stack`, a term of a `sum`, a part of a `pack`) is computed there, so no iteration allocates,
// zeroes or copies a tensor. `unpack` and partial reads are views. Scalars stay SSA values; a scalar
// reduction is a register cell. Arena slots are shared by liveness (bufferise_slots.cpp). Why legal: the
// functions are pure, so a value may be written anywhere that is not otherwise read or written before its
// last use; a value that is combined into its destination has exactly one use, the combination. Sums may
// associate differently, nothing else changes. Source: Shaikhha, Fitzgibbon, Vytiniotis, Peyton Jones,
// "Destination-passing style for efficient memory management", 2017. Leaves out: keys as carries of a scan,
// dists (gone since `expand`).
#include <set>

#include "ir/contraction.h"
#include "ir/dense.h"
#include "ir/ops.h"
#include "passes/loop/bufferise_internal.h"
#include "passes/passes.h"
#include "support/defect.h"

namespace elba::passes {

namespace loops {

Bufferiser::Bufferiser(const ir::Func& from, ir::Func& to) : from_(from), to_(to), writer_(to) {
  uses_.resize(from.values.size());
  maker_.resize(from.values.size());
  made_in_.resize(from.values.size());
  held_.resize(from.values.size());
}

void Bufferiser::defect(const Op& op, const std::string& what) const {
  throw Defect{"bufferise, @" + from_.name + ": " + std::string(ir::op_info(op.code).name) + ": " + what};
}

ValueId Bufferiser::held(ValueId value) {
  ValueId& loop_value = held_[value.index];
  if (!loop_value.valid() && from_.constant(value))
    loop_value = writer_.constant(ir::Constant(*from_.constant(value)));
  return loop_value;
}

Indices Bufferiser::held_all(const std::vector<ValueId>& values, std::size_t first, std::size_t count) {
  Indices out;
  for (std::size_t i = first; i < first + count; ++i)
    out.push_back(held(values[i]));
  return out;
}

void Bufferiser::count_uses(const ir::Region& region) {
  for (const Op& op : region.ops) {
    for (std::size_t i = 0; i < op.operands.size(); ++i)
      uses_[op.operands[i].index].push_back({&op, i, &region});
    for (ValueId result : op.results) {
      maker_[result.index] = &op;
      made_in_[result.index] = &region;
    }
    for (const ir::Region& inner : op.regions)
      count_uses(inner);
  }
}

void Bufferiser::emit_params() {
  for (const ir::Param& param : from_.params) {
    ir::Param copy = param;
    const Type& of = type(param.value);
    copy.value = to_.add_value(of.is_tensor() ? Type::buffer(of.scalar, of.shape) : of);
    to_.params.push_back(copy);
    hold(param.value, copy.value);
  }
  for (const ir::Param& param : from_.params)
    if (type(param.value).is_scalar() && !uses(param.value).empty())
      hold(param.value, writer_.load(held(param.value), {}));
}

void Bufferiser::run() {
  count_uses(from_.body);
  emit_params();
  const Op& end = from_.body.ops.back();
  std::vector<Sink> sinks;
  std::set<std::string> names;  // of parameters
  for (const ir::Param& param : to_.params)
    names.insert(param.name);
  for (std::size_t i = 0; i < end.operands.size(); ++i) {
    const Type& of = type(end.operands[i]);
    if (!of.is_tensor()) defect(end, "a result of type " + of.text());
    ir::Param output;
    output.value = to_.add_value(Type::buffer(of.scalar, of.shape));
    output.name = i < from_.result_names.size() ? from_.result_names[i] : "out" + std::to_string(i);
    while (!names.insert(output.name).second)
      output.name += "_out";
    output.role = ir::Role::output;
    to_.params.push_back(output);
    sinks.push_back({output.value, {}, std::nullopt});
    plan(from_.body, end, i, sinks.back());
  }
  emit_body(from_.body);
  for (std::size_t i = 0; i < end.operands.size(); ++i)
    deliver(end, i, sinks[i]);
  writer_.finish();
  assign_slots(to_);
}

void Bufferiser::emit_body(const ir::Region& region) {
  for (std::size_t i = 0; i + 1 < region.ops.size(); ++i)
    emit_op(region.ops[i]);
}

void Bufferiser::emit_op(const Op& op) {
  writer_.set_origin(op.origin);
  switch (op.code) {
    case Opcode::nest:
    case Opcode::scan:
      return emit_nest(op);
    case Opcode::read:
      return emit_read(op);
    case Opcode::pack:
      return emit_pack(op);
    case Opcode::unpack:
      return emit_unpack(op);
    case Opcode::chol:
    case Opcode::chol_jitter:
    case Opcode::chol_adjoint:
    case Opcode::trisolve:
      return emit_linalg(op);
    case Opcode::contract:
      return emit_product(op);
    case Opcode::rng_normal:
    case Opcode::rng_uniform:
      return emit_random_array(op);
    default:
      break;
  }
  if (ir::dense::is_dense(op.code)) return emit_dense(op);
  const bool is_scalar_op = ir::op_info(op.code).group == ir::Group::scalar || op.code == Opcode::dim ||
                            ir::op_info(op.code).group == ir::Group::random;
  if (!is_scalar_op || op.results.size() != 1) defect(op, "not an operation of the tensor level");
  return type(op.results[0]).rank() == 0 ? emit_scalar(op) : emit_elementwise(op);
}

void Bufferiser::emit_scalar(const Op& op) {
  Op copy = op;
  for (ValueId& operand : copy.operands)
    operand = held(operand);
  hold(op.results[0], writer_.append(std::move(copy), type(op.results[0])));
}

void Bufferiser::emit_elementwise(const Op& op) {
  const Destination destination = destination_of(op.results[0]);
  const Indices at = writer_.open_loop(type(op.results[0]).shape);
  std::vector<ValueId> operands;
  for (ValueId operand : op.operands)
    operands.push_back(type(operand).rank() == 0 ? held(operand) : writer_.load(held(operand), at));
  const ValueId element = writer_.scalar(op.code, std::move(operands),
                                         Type{ir::Kind::tensor, type(op.results[0]).scalar, {}, 0});
  if (destination.combine)
    writer_.accumulate(destination.buffer, at, element, *destination.combine);
  else
    writer_.store(destination.buffer, at, element);
  writer_.close_loop();
}

void Bufferiser::emit_read(const Op& op) {
  const ValueId source = held(op.operands[0]);
  const Indices indices = held_all(op.operands, 1, op.operands.size() - 1);
  const Type& result = type(op.results[0]);
  hold(op.results[0], result.rank() == 0 ? writer_.load(source, indices)
                                         : writer_.view(source, indices, Dim(0), result.shape));
}

void Bufferiser::emit_pack(const Op& op) {
  const Destination destination = destination_of(op.results[0]);
  Dim offset;
  for (std::size_t i = 0; i < op.operands.size(); ++i) {
    const Type& part = type(op.operands[i]);
    if (!settled_.contains({&op, i}))
      deliver(op, i, {writer_.view(destination.buffer, {}, offset, part.shape), {}, destination.combine});
    offset = offset + part.element_count();
  }
}

void Bufferiser::emit_unpack(const Op& op) {
  Dim offset;
  for (ValueId result : op.results) {
    if (!uses(result).empty()) {
      const ValueId part = writer_.view(held(op.operands[0]), {}, offset, type(result).shape);
      hold(result, type(result).rank() == 0 ? writer_.load(part, {}) : part);
    }
    offset = offset + type(result).element_count();
  }
}

// What ir/dense.h lists: sizes, operands, and the result; a scalar result through a cell.
void Bufferiser::emit_dense(const Op& op) {
  const ValueId result = op.results[0];
  const bool scalar = type(result).rank() == 0;
  const Type& first = type(op.operands[0]);
  std::vector<ValueId> operands = {writer_.dim(first.shape[0])};
  if (op.code == Opcode::solve) {
    operands.push_back(type(result).rank() == 2 ? writer_.dim(type(result).shape[1])
                                                : writer_.constant(std::int64_t{1}));
    operands.push_back(writer_.constant(op.attr_int("trans")));
  } else if (op.code == Opcode::search_sorted) {
    operands.push_back(writer_.dim(type(op.operands[1]).element_count()));
  } else {
    operands.push_back(first.rank() == 2 ? writer_.dim(first.shape[1]) : writer_.constant(std::int64_t{1}));
  }
  for (ValueId operand : op.operands)
    operands.push_back(held(operand));
  const ValueId out = scalar ? writer_.alloc(Scalar::f64, {}, Memory::register_cell)
                             : destination_of(result).buffer;
  operands.push_back(out);
  writer_.kernel("elba_" + std::string(ir::op_info(op.code).name), std::move(operands));
  if (scalar) hold(result, writer_.load(out, {}));
}

void Bufferiser::emit_linalg(const Op& op) {
  const Type& result = type(op.results[0]);
  const bool is_scalar = result.rank() == 0;
  const ValueId out = is_scalar ? writer_.alloc(Scalar::f64, {}, Memory::register_cell)
                                : destination_of(op.results[0]).buffer;
  std::vector<ValueId> operands = {writer_.dim(type(op.operands[0]).shape[0])};
  if (op.code == Opcode::trisolve) {
    operands.push_back(result.rank() == 2 ? writer_.dim(result.shape[1]) : writer_.constant(std::int64_t{1}));
    operands.push_back(writer_.constant(op.attr_int("trans")));
  }
  for (ValueId operand : op.operands)
    operands.push_back(held(operand));
  operands.push_back(out);
  writer_.kernel("elba_" + std::string(ir::op_info(op.code).name), std::move(operands));
  if (is_scalar) hold(op.results[0], writer_.load(out, {}));
}

void Bufferiser::emit_product(const Op& op) {
  const auto product = ir::matrix_product(*ir::parse_contraction(op.attr_string("maps")));
  if (!product) defect(op, "not a product of matrices");
  const Destination destination = destination_of(op.results[0]);
  const ValueId a = op.operands[product->is_swapped ? 1 : 0], b = op.operands[product->is_swapped ? 0 : 1];
  const Type& result = type(op.results[0]);
  const auto flag = [&](bool is_set) { return writer_.constant(std::int64_t{is_set ? 1 : 0}); };
  writer_.kernel("elba_matmul", {writer_.dim(result.shape[0]), writer_.dim(result.shape[1]),
                                 writer_.dim(type(a).shape[product->trans_a ? 0 : 1]), flag(product->trans_a),
                                 flag(product->trans_b), held(a), held(b), destination.buffer});
}

void Bufferiser::emit_random_array(const Op& op) {
  const ValueId result = op.results[0];
  const bool scalar = type(result).rank() == 0;
  const ValueId out = scalar ? writer_.alloc(Scalar::f64, {}, Memory::register_cell)
                             : destination_of(result).buffer;
  writer_.kernel(op.code == Opcode::rng_normal ? "elba_rng_normal" : "elba_rng_uniform",
                 {held(op.operands[0]), writer_.dim(type(result).element_count()), out});
  if (scalar) hold(result, writer_.load(out, {}));
}

}  // namespace loops

Module bufferise(Module module) {
  Module out;
  out.name = std::move(module.name);
  out.level = ir::Level::loop;
  out.dims = std::move(module.dims);
  for (const ir::Func& func : module.funcs) {
    if (!func.dims.empty()) continue;  // a library function: everything that called it holds its body by now
    ir::Func made;
    made.name = func.name;
    loops::Bufferiser(func, made).run();
    out.funcs.push_back(std::move(made));
  }
  return out;
}

}  // namespace elba::passes
