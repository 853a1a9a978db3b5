// interpret: frames, regions, scalar ops and random numbers. Nests and scans: interpret_nest.cpp; arrays:
// interpret_array.cpp; linear algebra: interpret_linalg.cpp; densities and calls: interpret_density.cpp;
// memory: interpret_loop.cpp.
//
// Integers are held in doubles, so they are exact up to 2^53; what is larger is cut to 64 bits before it is
// computed with.
#include "ir/dense.h"
#include "ir/interpret.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "ir/builder.h"
#include "ir/interpreter.h"
#include "ir/random.h"
#include "support/elementary.h"

namespace elba::ir {

namespace {

constexpr int max_calls = 200;
constexpr std::int64_t max_elements = std::int64_t{1} << 31;

std::int64_t whole(double value) {
  if (!(value > -0x1p63)) return std::numeric_limits<std::int64_t>::min();
  return value < 0x1p63 ? static_cast<std::int64_t>(value) : std::numeric_limits<std::int64_t>::max();
}

}  // namespace

std::int64_t count_of(const std::vector<std::int64_t>& shape) {
  std::int64_t count = 1;
  for (std::int64_t extent : shape)
    count *= extent;
  return count;
}

bool advance(std::vector<std::int64_t>& index, const std::vector<std::int64_t>& extents, bool reverse) {
  for (std::size_t axis = extents.size(); axis-- > 0;) {
    if (reverse) {
      if (index[axis]-- > 0) return true;
      index[axis] = extents[axis] - 1;
    } else {
      if (++index[axis] < extents[axis]) return true;
      index[axis] = 0;
    }
  }
  return false;
}

std::int64_t Interpreter::integer(ValueId value) { return whole(number(value)); }

void Interpreter::set_number(ValueId value, Scalar scalar, double number) {
  Tensor& target = cell(value).tensor;
  target.scalar = scalar;
  target.shape.clear();
  target.values.assign(1, number);
}

std::int64_t Interpreter::extent(const Dim& dim) const {
  const auto value = dim.evaluate(sizes_);
  if (!value) fail("the dim " + dim.text() + " has no value");
  return *value;
}

std::vector<std::int64_t> Interpreter::shape_of(const std::vector<Dim>& dims) const {
  std::vector<std::int64_t> shape;
  std::int64_t count = 1;
  for (const Dim& dim : dims) {
    shape.push_back(extent(dim));
    if (shape.back() < 0) fail("the extent " + dim.text() + " is " + std::to_string(shape.back()));
    if (__builtin_mul_overflow(count, std::max<std::int64_t>(shape.back(), 1), &count) ||
        count > max_elements)
      fail("an index space is too large");
  }
  return shape;
}

Tensor Interpreter::make(Scalar scalar, std::vector<std::int64_t> shape, double fill) const {
  const auto count = static_cast<std::size_t>(count_of(shape));
  return {scalar, std::move(shape), std::vector<double>(count, fill), 0};
}

std::vector<Tensor> Interpreter::call(const Func& callee, const std::vector<Tensor>& arguments,
                                      const Sizes& own) {
  if (depth_ >= max_calls) fail("calls nest too deep");
  Sizes sizes = sizes_;
  // Bound by the arguments, not by what the caller calls so.
  for (const std::string& dim : callee.dims)
    sizes.erase(dim);
  for (const auto& [dim, size] : own)
    sizes[dim] = size;
  return Interpreter(module_, callee, std::move(sizes), depth_ + 1).run(arguments);
}

void Interpreter::check_argument(const Param& param, const Type& type, const Tensor& argument) const {
  if (type.kind == Kind::dist) fail("a distribution cannot be passed");
  if (type.kind == Kind::key) return;
  if (argument.scalar != type.scalar || argument.shape.size() != type.shape.size())
    fail("argument %" + param.name + " is not " + type.text());
  if (std::any_of(argument.shape.begin(), argument.shape.end(),
                  [](std::int64_t extent) { return extent < 0; }))
    fail("a negative extent");
  if (count_of(argument.shape) != static_cast<std::int64_t>(argument.values.size()))
    fail("argument %" + param.name + " has values that do not fit its shape");
}

void Interpreter::bind(const std::vector<Tensor>& arguments) {
  std::vector<Type> formals, actuals;
  std::vector<std::string> free = func_.dims;
  for (const DimDecl& dim : module_.dims)
    if (!sizes_.contains(dim.name)) free.push_back(dim.name);
  std::map<std::string, Dim> known;
  for (const auto& [name, size] : sizes_)
    if (std::find(func_.dims.begin(), func_.dims.end(), name) == func_.dims.end())
      known.emplace(name, Dim(size));
  std::size_t at = 0;
  for (const Param& param : func_.params) {
    const Type& type = func_.type(param.value);
    if (param.role == Role::output) continue;
    if (at == arguments.size()) fail("too few arguments");
    const Tensor& argument = arguments[at++];
    check_argument(param, type, argument);
    Type actual = type;
    for (std::size_t axis = 0; axis < type.shape.size(); ++axis)
      actual.shape[axis] = Dim(argument.shape[axis]);
    formals.push_back(type.substitute(known));
    actuals.push_back(std::move(actual));
  }
  if (at != arguments.size())
    fail("takes " + std::to_string(at) + " arguments, found " + std::to_string(arguments.size()));
  std::map<std::string, Dim> bound;
  for (const std::string& own : func_.dims)
    if (const auto at_own = sizes_.find(own); at_own != sizes_.end()) bound.emplace(own, Dim(at_own->second));
  if (!match_dims(free, formals, actuals, bound)) bind_open_dims(formals, actuals, bound);
  for (const auto& [name, dim] : bound)
    sizes_[name] = dim.constant();
  for (const DimDecl& dim : module_.dims)
    if (dim.default_value) sizes_.try_emplace(dim.name, dim.default_value->constant());
  complete_sizes(module_, sizes_);
}

// What the shapes leave open may have been given, or have a default.
void Interpreter::bind_open_dims(const std::vector<Type>& formals, const std::vector<Type>& actuals,
                                 std::map<std::string, Dim>& bound) const {
  for (const auto& [name, size] : sizes_)
    bound.try_emplace(name, Dim(size));
  for (const DimDecl& dim : module_.dims)
    if (dim.default_value) bound.try_emplace(dim.name, *dim.default_value);
  Sizes sizes;
  for (const auto& [name, dim] : bound)
    sizes[name] = dim.constant();
  complete_sizes(module_, sizes);
  for (std::size_t i = 0; i < formals.size(); ++i)
    for (std::size_t axis = 0; axis < formals[i].shape.size(); ++axis)
      if (formals[i].shape[axis].evaluate(sizes) != actuals[i].shape[axis].constant())
        fail("an argument of shape " + actuals[i].text() + " is not " + formals[i].text());
}

std::vector<Tensor> Interpreter::run(const std::vector<Tensor>& arguments) {
  std::vector<Tensor> inputs;  // without outputs, which a caller may or may not pass
  const auto outputs = static_cast<std::size_t>(
      std::count_if(func_.params.begin(), func_.params.end(),
                    [](const Param& param) { return param.role == Role::output; }));
  const bool all_given = outputs > 0 && arguments.size() == func_.params.size();
  for (std::size_t i = 0; i < arguments.size(); ++i)
    if (!(all_given && func_.params[i].role == Role::output)) inputs.push_back(arguments[i]);
  bind(inputs);
  for (std::size_t i = 0; i < func_.values.size(); ++i) {
    const ValueInfo& info = func_.values[i];
    if (!info.constant) continue;
    set_number({static_cast<std::uint32_t>(i)}, info.type.scalar,
               std::visit([](auto held) { return static_cast<double>(held); }, *info.constant));
  }
  std::size_t at = 0;
  for (const Param& param : func_.params) {
    const Type& type = func_.type(param.value);
    Cell& target = cell(param.value);
    if (param.role == Role::output)
      target.tensor = make(type.scalar, shape_of(type.shape), std::numeric_limits<double>::quiet_NaN());
    else
      target.tensor = inputs[at++];
    if (type.kind == Kind::buffer)
      target.memory = std::make_shared<std::vector<double>>(std::move(target.tensor.values));
  }
  run_region(func_.body);
  std::vector<Tensor> results;
  for (const Param& param : func_.params) {
    if (param.role != Role::output) continue;
    Cell& output = cell(param.value);
    if (output.memory) output.tensor.values = std::move(*output.memory);
    results.push_back(std::move(output.tensor));
  }
  for (ValueId value : func_.body.ops.back().operands)
    results.push_back(tensor(value));
  return results;
}

void Interpreter::run_region(const Region& region) {
  for (std::size_t i = 0; i + 1 < region.ops.size(); ++i)
    run_op(region.ops[i]);
}

void Interpreter::run_op(const Op& op) {
  switch (op_info(op.code).group) {
    case Group::scalar:
      return run_scalar(op);
    case Group::random:
      return run_random(op);
    case Group::loop:
      return op.code == Opcode::loop     ? run_loop(op)
             : op.code == Opcode::kernel ? run_kernel(op)
                                         : run_memory(op);
    case Group::control:
      return;
    default:
      break;
  }
  switch (op.code) {
    case Opcode::dim:
      return set_number(op.results[0], Scalar::i64, static_cast<double>(extent(op.dims[0])));
    case Opcode::read:
      return run_read(op);
    case Opcode::pack:
      return run_pack(op);
    case Opcode::unpack:
      return run_unpack(op);
    case Opcode::contract:
      return run_contract(op);
    case Opcode::nest:
      return run_nest(op);
    case Opcode::scan:
      return run_scan(op);
    case Opcode::chol:
    case Opcode::chol_jitter:
    case Opcode::chol_adjoint:
    case Opcode::trisolve:
      return run_linalg(op);
    case Opcode::dist:
      return run_dist(op);
    case Opcode::logpdf:
      return run_logpdf(op);
    case Opcode::sample:
      return run_sample(op);
    case Opcode::call:
      return run_call(op);
    default:
      if (dense::is_dense(op.code)) return run_dense(op);
      fail("`" + std::string(op_info(op.code).name) +
           "` has no value here: run @log_joint, which `constrain` makes");
  }
}

void Interpreter::run_scalar(const Op& op) {
  const OpInfo& row = op_info(op.code);
  const std::size_t arity = op.operands.size();
  std::array<double, Domain::most> x{};
  std::array<std::int64_t, Domain::most> n{};
  bool is_integer = row.eval_int != nullptr;
  const Tensor* shaped = nullptr;
  for (ValueId operand : op.operands) {
    const Tensor& given = tensor(operand);
    is_integer = is_integer && given.scalar == Scalar::i64;
    if (!given.shape.empty()) shaped = &given;
  }
  const auto at = [&](std::size_t element) {
    for (std::size_t i = 0; i < arity; ++i) {
      const Tensor& given = tensor(op.operands[i]);
      x[i] = given.values[given.shape.empty() ? 0 : element];
      if (is_integer) n[i] = whole(x[i]);
    }
    return is_integer ? static_cast<double>(row.eval_int(std::span(n).first(arity)))
                      : row.eval(std::span(x).first(arity));
  };
  const Scalar scalar = func_.type(op.results[0]).scalar;
  if (!shaped) return set_number(op.results[0], scalar, at(0));
  Tensor result = make(scalar, shaped->shape);
  for (std::size_t element = 0; element < result.values.size(); ++element)
    result.values[element] = at(element);
  cell(op.results[0]).tensor = std::move(result);
}

void Interpreter::run_random(const Op& op) {
  const std::uint64_t key = tensor(op.operands[0]).key;
  const ValueId result = op.results[0];
  switch (op.code) {
    case Opcode::key_fold:
      cell(result).tensor.key = random::key_fold(key, integer(op.operands[1]));
      return;
    case Opcode::rng_gamma:
      return set_number(result, Scalar::f64, random::gamma(key, number(op.operands[1])));
    case Opcode::rng_poisson:
      return set_number(result, Scalar::i64,
                        static_cast<double>(random::poisson(key, number(op.operands[1]))));
    case Opcode::rng_binomial:
      return set_number(
          result, Scalar::i64,
          static_cast<double>(random::binomial(key, integer(op.operands[1]), number(op.operands[2]))));
    default:
      break;
  }
  Tensor draws = make(Scalar::f64, shape_of(op.dims));
  for (std::size_t k = 0; k < draws.values.size(); ++k)
    draws.values[k] = op.code == Opcode::rng_normal ? random::normal(key, k) : random::uniform(key, k);
  cell(result).tensor = std::move(draws);
}

Result<std::vector<Tensor>> interpret(const Module& module, const std::string& func,
                                      const std::vector<Tensor>& arguments,
                                      const std::map<std::string, std::int64_t>& dims) {
  const Func* found = module.find(func);
  if (!found) return make_diagnostic(Code::ir_not_run, {}, {func, "there is no such function"});
  try {
    return Interpreter(module, *found, dims, 0).run(arguments);
  } catch (const Failure& failure) {
    return make_diagnostic(Code::ir_not_run, {}, {failure.func, failure.what});
  }
}

}  // namespace elba::ir
