#include "ir/builder.h"

#include <algorithm>

#include "support/defect.h"

namespace elba::ir {

namespace {

[[noreturn]] void defect(const Func& func, const Op& op, const std::string& what) {
  std::string operands;
  for (ValueId value : op.operands)
    operands += " " + func.type(value).text();
  throw Defect{"while building @" + func.name + ": " + std::string(op_info(op.code).name) + " of" + operands +
               ": " + what};
}

}  // namespace

Builder::Builder(Func& func) : func_(func) {}

std::vector<Op>& Builder::current() { return frames_.empty() ? func_.body.ops : frames_.back().region.ops; }

const std::vector<Op>& Builder::current() const {
  return frames_.empty() ? func_.body.ops : frames_.back().region.ops;
}

std::size_t Builder::op_count() const { return current().size(); }

const Op* Builder::find(ValueId result, std::size_t from) const {
  const auto& ops = current();
  for (std::size_t k = ops.size(); k-- > from;)
    if (std::find(ops[k].results.begin(), ops[k].results.end(), result) != ops[k].results.end())
      return &ops[k];
  return nullptr;
}

ValueId Builder::add_param(std::string name, Type type, Role role) {
  const ValueId value = func_.add_value(std::move(type));
  Param param;
  param.value = value;
  param.name = std::move(name);
  param.role = role;
  func_.params.push_back(std::move(param));
  return value;
}

ValueId Builder::constant(double value) { return func_.add_constant(value); }
ValueId Builder::constant_int(std::int64_t value) { return func_.add_constant(value); }
ValueId Builder::constant_bool(bool value) { return func_.add_constant(value); }

ValueId Builder::dim(const Dim& dim) {
  if (dim.is_constant()) return constant_int(dim.constant());
  Op op;
  op.code = Opcode::dim;
  op.dims = {dim};
  return append(std::move(op))[0];
}

std::vector<ValueId> Builder::append(Op op, std::optional<std::vector<Type>> types) {
  if (!types) {
    auto inferred = infer_types(func_, op);
    if (!inferred.error.empty()) defect(func_, op, inferred.error);
    types = std::move(inferred.types);
  }
  op.results.clear();
  for (Type& type : *types)
    op.results.push_back(func_.add_value(std::move(type)));
  if (op.origin == Span{}) op.origin = origin_;
  auto results = op.results;
  current().push_back(std::move(op));
  return results;
}

ValueId Builder::emit(Opcode code, std::span<const ValueId> operands) {
  Op op;
  op.code = code;
  op.operands.assign(operands.begin(), operands.end());
  return append(std::move(op)).at(0);
}

ValueId Builder::read(ValueId tensor, std::span<const ValueId> indices) {
  if (indices.empty()) return tensor;
  Op op;
  op.code = Opcode::read;
  op.operands.push_back(tensor);
  op.operands.insert(op.operands.end(), indices.begin(), indices.end());
  return append(std::move(op)).at(0);
}

ValueId Builder::pack(std::span<const ValueId> parts, std::vector<Dim> shape) {
  Op op;
  op.code = Opcode::pack;
  op.operands.assign(parts.begin(), parts.end());
  Type packed = parts.empty() ? Type::real() : type(parts[0]);
  packed.shape = std::move(shape);
  return append(std::move(op), std::vector<Type>{std::move(packed)}).at(0);
}

std::vector<ValueId> Builder::unpack(ValueId flat, std::vector<Type> types) {
  Op op;
  op.code = Opcode::unpack;
  op.operands = {flat};
  return append(std::move(op), std::move(types));
}

ValueId Builder::contract(std::span<const ValueId> operands, std::string maps, std::string semiring) {
  Op op;
  op.code = Opcode::contract;
  op.operands.assign(operands.begin(), operands.end());
  op.set_attr("maps", std::move(maps));
  op.set_attr("semiring", std::move(semiring));
  return append(std::move(op)).at(0);
}

bool match_dims(const std::vector<std::string>& dims, const std::vector<Type>& formals,
                const std::vector<Type>& actuals, std::map<std::string, Dim>& bound) {
  if (formals.size() != actuals.size()) return false;
  const auto is_own = [&](const std::string& name) {
    return std::find(dims.begin(), dims.end(), name) != dims.end();
  };
  // Plain symbols first, so that K binds before K - 1 is compared.
  for (std::size_t i = 0; i < formals.size(); ++i) {
    if (formals[i].rank() != actuals[i].rank()) return false;
    for (int axis = 0; axis < formals[i].rank(); ++axis) {
      const auto symbol = formals[i].shape[axis].as_symbol();
      if (symbol && is_own(*symbol)) bound.try_emplace(*symbol, actuals[i].shape[axis]);
    }
  }
  // A formal K - 1 or K + 1 with K still unbound determines K too.
  for (std::size_t i = 0; i < formals.size(); ++i) {
    for (int axis = 0; axis < formals[i].rank(); ++axis) {
      const Dim& formal = formals[i].shape[axis];
      const auto terms = formal.terms();
      if (terms.size() == 1 && terms[0].coefficient == 1 && terms[0].symbols.size() == 1 &&
          is_own(terms[0].symbols[0]))
        bound.try_emplace(terms[0].symbols[0], actuals[i].shape[axis] - Dim(formal.constant()));
    }
  }
  for (std::size_t i = 0; i < formals.size(); ++i)
    for (int axis = 0; axis < formals[i].rank(); ++axis)
      if (!(formals[i].shape[axis].substitute(bound) == actuals[i].shape[axis])) return false;
  return true;
}

std::vector<std::string> stated_dims(const Func& func) {
  std::vector<std::string> stated = func.dims;
  for (const Param& param : func.params) {
    for (const Dim& extent : func.type(param.value).shape) {
      const auto terms = extent.terms();
      if (terms.size() == 1 && terms[0].coefficient == 1 && terms[0].symbols.size() == 1)
        std::erase(stated, terms[0].symbols[0]);
    }
  }
  return stated;
}

bool bind_stated_dims(const Func& callee, const std::vector<Dim>& stated, std::map<std::string, Dim>& bound) {
  const auto names = stated_dims(callee);
  if (names.size() != stated.size()) return false;
  for (std::size_t i = 0; i < names.size(); ++i)
    bound.try_emplace(names[i], stated[i]);
  return true;
}

ValueId Builder::call(const Func& callee, std::span<const ValueId> arguments, std::vector<Dim> stated) {
  std::vector<Type> formals, actuals;
  for (const Param& param : callee.params)
    formals.push_back(callee.type(param.value));
  for (ValueId value : arguments)
    actuals.push_back(type(value));
  std::map<std::string, Dim> bound;
  Op op;
  op.code = Opcode::call;
  op.operands.assign(arguments.begin(), arguments.end());
  op.set_attr("callee", callee.name);
  op.dims = std::move(stated);
  if (!bind_stated_dims(callee, op.dims, bound) || !match_dims(callee.dims, formals, actuals, bound))
    defect(func_, op, "arguments do not fit @" + callee.name);
  auto types = callee.result_types();
  for (Type& result : types)
    result = result.substitute(bound);
  return append(std::move(op), std::move(types)).at(0);
}

std::vector<ValueId> Builder::open_nest(std::vector<Dim> extents) {
  Frame frame;
  frame.op.code = Opcode::nest;
  frame.op.origin = origin_;
  for (std::size_t i = 0; i < extents.size(); ++i)
    frame.region.params.push_back(func_.add_value(Type::integer()));
  frame.op.dims = std::move(extents);
  auto iterators = frame.region.params;
  frames_.push_back(std::move(frame));
  return iterators;
}

ValueId Builder::open_bounded_nest(Dim extent, ValueId from, ValueId to) {
  const auto iterators = open_nest({std::move(extent)});
  bound_loop(from, to);
  return iterators[0];
}

void Builder::bound_loop(ValueId from, ValueId to) {
  Op& op = frames_.back().op;
  op.operands.push_back(from);
  op.operands.push_back(to);
  op.set_attr("bounded", std::int64_t{1});
}

std::vector<ValueId> Builder::bounds() const {
  const Op& op = frames_.back().op;
  return is_bounded(op) ? std::vector<ValueId>{op.operands.end()[-2], op.operands.back()}
                        : std::vector<ValueId>{};
}

Builder::ScanHead Builder::open_scan(Dim extent, std::span<const ValueId> inits, bool reverse) {
  Frame frame;
  frame.op.code = Opcode::scan;
  frame.op.origin = origin_;
  frame.op.dims = {std::move(extent)};
  frame.op.operands.assign(inits.begin(), inits.end());
  if (reverse) frame.op.set_attr("reverse", std::int64_t{1});
  ScanHead head;
  head.iterator = func_.add_value(Type::integer());
  frame.region.params.push_back(head.iterator);
  for (ValueId init : inits) {
    head.carries.push_back(func_.add_value(Type(type(init))));
    frame.region.params.push_back(head.carries.back());
  }
  frames_.push_back(std::move(frame));
  return head;
}

std::vector<ValueId> Builder::close_nest(const std::vector<YieldSpec>& results) {
  return close_scan({}, results);
}

std::vector<ValueId> Builder::close_scan(std::span<const ValueId> nexts,
                                         const std::vector<YieldSpec>& results) {
  Op end;
  end.code = Opcode::yield;
  end.operands.assign(nexts.begin(), nexts.end());
  std::vector<Type> types;
  const Op& head = frames_.back().op;
  for (ValueId next : nexts)
    types.push_back(type(next));
  for (const YieldSpec& spec : results) {
    end.operands.insert(end.operands.end(), spec.values.begin(), spec.values.end());
    frames_.back().op.combiners.push_back(spec.combiner);
    Type result = spec.type;
    if (spec.combiner == Combiner::argmax) {
      result = Type::integer();
    } else if (spec.combiner != Combiner::scatter) {
      result = type(spec.values.at(0));
      if (spec.combiner == Combiner::stack)
        result.shape.insert(result.shape.begin(), head.dims.begin(), head.dims.end());
    }
    types.push_back(std::move(result));
  }
  Frame frame = std::move(frames_.back());
  frames_.pop_back();
  frame.region.ops.push_back(std::move(end));
  frame.op.regions.push_back(std::move(frame.region));
  return append(std::move(frame.op), std::move(types));
}

void Builder::finish(std::span<const ValueId> results, std::vector<std::string> names) {
  Op end;
  end.code = Opcode::return_values;
  end.operands.assign(results.begin(), results.end());
  func_.result_names = std::move(names);
  func_.body.ops.push_back(std::move(end));
}

ValueId Builder::mapped(const Func& from, ValueId value, ValueMap& map) {
  const auto it = map.find(value);
  if (it != map.end()) return it->second;
  if (from.constant(value)) {
    const ValueId copy = func_.add_constant(Constant(*from.constant(value)));
    map.emplace(value, copy);
    return copy;
  }
  if (&from == &func_) return value;  // within one function, what is not renamed stands for itself
  throw Defect{"a value of @" + from.name + " is not mapped while copying into @" + func_.name};
}

Region Builder::clone_region(const Func& from, const Region& region, ValueMap& map,
                             const std::map<std::string, Dim>& dims) {
  Frame frame;
  for (ValueId param : region.params) {
    const ValueId copy = func_.add_value(Type(from.type(param)).substitute(dims));
    map[param] = copy;
    frame.region.params.push_back(copy);
  }
  frames_.push_back(std::move(frame));
  for (const Op& op : region.ops)
    clone_op(from, op, map, dims);
  Region copy = std::move(frames_.back().region);
  frames_.pop_back();
  return copy;
}

void Builder::clone_op(const Func& from, const Op& op, ValueMap& map,
                       const std::map<std::string, Dim>& dims) {
  Op copy;
  copy.code = op.code;
  copy.attrs = op.attrs;
  copy.combiners = op.combiners;
  copy.origin = op.origin;
  for (const Dim& dim : op.dims)
    copy.dims.push_back(dim.substitute(dims));
  // By index: cloning from the function being built may grow nothing that `op` lives in, but its operand list
  // stays as it is.
  for (ValueId value : op.operands)
    copy.operands.push_back(mapped(from, value, map));
  for (const Region& region : op.regions)
    copy.regions.push_back(clone_region(from, region, map, dims));
  std::vector<Type> types;
  for (ValueId value : op.results)
    types.push_back(Type(from.type(value)).substitute(dims));
  const auto results = append(std::move(copy), std::move(types));
  for (std::size_t i = 0; i < results.size(); ++i)
    map[op.results[i]] = results[i];
}

std::vector<ValueId> Builder::clone_body(const Func& from, const Region& region, ValueMap& map,
                                         const std::map<std::string, Dim>& dims) {
  for (std::size_t i = 0; i + 1 < region.ops.size(); ++i)
    clone_op(from, region.ops[i], map, dims);
  std::vector<ValueId> ends;
  for (ValueId value : region.ops.back().operands)
    ends.push_back(mapped(from, value, map));
  return ends;
}

std::vector<ValueId> Builder::inline_call(const Func& callee, std::span<const ValueId> arguments) {
  std::vector<Type> formals, actuals;
  ValueMap map;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    formals.push_back(callee.type(callee.params.at(i).value));
    actuals.push_back(type(arguments[i]));
    map[callee.params[i].value] = arguments[i];
  }
  std::map<std::string, Dim> bound;
  if (!match_dims(callee.dims, formals, actuals, bound)) throw Defect{"arguments do not fit @" + callee.name};
  return clone_body(callee, callee.body, map, bound);
}

}  // namespace elba::ir
