// infer_types: operand types -> result types, or what does not fit. Scalar ops by the signature of their row;
// the others here.
//
// Not here: ops whose results need more than their operands (dist, latent, param, unpack, call, nest, scan,
// alloc, view): their maker states the types and verify checks them.
#include <algorithm>

#include "ir/contraction.h"
#include "ir/ops.h"

namespace elba::ir {

namespace {

TypeRuleResult fail(std::string text) { return {{}, std::move(text)}; }
TypeRuleResult none() { return {}; }

// Fills `shape` with the one that is not scalar; false when two differ.
bool common_shape(const std::vector<Type>& types, std::vector<Dim>& shape) {
  for (const Type& type : types) {
    if (type.shape.empty()) continue;
    if (shape.empty())
      shape = type.shape;
    else if (shape != type.shape)
      return false;
  }
  return true;
}

TypeRuleResult scalar_rule(const OpInfo& row, const std::vector<Type>& types) {
  for (const Type& type : types)
    if (!type.is_tensor()) return fail("operands must be tensors");
  std::vector<Dim> shape;
  if (!common_shape(types, shape)) return fail("shapes differ");
  const auto result = [&](Scalar scalar) { return TypeRuleResult{{{Kind::tensor, scalar, shape, 0}}, {}}; };
  const auto all = [&](Scalar scalar) {
    return std::all_of(types.begin(), types.end(), [&](const Type& type) { return type.scalar == scalar; });
  };
  switch (row.signature) {
    case Signature::real:
      return all(Scalar::f64) ? result(Scalar::f64) : fail("operands must be f64");
    case Signature::integer:
      return all(Scalar::i64) ? result(Scalar::i64) : fail("operands must be i64");
    case Signature::logical:
      return all(Scalar::i1) ? result(Scalar::i1) : fail("operands must be i1");
    case Signature::numeric:
      if (all(Scalar::f64)) return result(Scalar::f64);
      if (all(Scalar::i64) && row.eval_int) return result(Scalar::i64);
      return fail("operands must be all f64 or all i64");
    case Signature::compare:
      return all(Scalar::f64) || all(Scalar::i64) ? result(Scalar::i1)
                                                  : fail("operands must be all f64 or all i64");
    case Signature::select:
      if (types[0].scalar != Scalar::i1) return fail("the condition must be i1");
      return types[1].scalar == types[2].scalar ? result(types[1].scalar) : fail("the arms differ in type");
    case Signature::to_real:
      return all(Scalar::i64) || all(Scalar::i1) ? result(Scalar::f64)
                                                 : fail("the operand must be i64 or i1");
    case Signature::to_int:
      return all(Scalar::f64) || all(Scalar::i1) ? result(Scalar::i64)
                                                 : fail("the operand must be f64 or i1");
    case Signature::same:
      return result(types[0].scalar);
    case Signature::none:
      break;
  }
  return fail("not a scalar op");
}

std::string check_indices(const std::vector<Type>& types, std::size_t first, std::size_t count,
                          std::size_t rank) {
  if (count > rank) return "more indices than dims";
  for (std::size_t i = first; i < first + count; ++i)
    if (!(types[i] == Type::integer())) return "an index must be an i64 scalar";
  return {};
}

TypeRuleResult read_rule(const std::vector<Type>& types) {
  if (types.size() < 2 || !types[0].is_tensor()) return fail("read takes a tensor and indices");
  if (auto error = check_indices(types, 1, types.size() - 1, types[0].shape.size()); !error.empty())
    return fail(std::move(error));
  Type type = types[0];
  type.shape.erase(type.shape.begin(), type.shape.begin() + static_cast<std::ptrdiff_t>(types.size() - 1));
  return {{std::move(type)}, {}};
}

TypeRuleResult pack_rule(const std::vector<Type>& types) {
  if (types.empty()) return fail("the type of an empty pack is not determined");
  Dim count(0);
  for (const Type& type : types) {
    if (!type.is_tensor() || type.scalar != types[0].scalar)
      return fail("parts must be tensors of one scalar type");
    count = count + type.element_count();
  }
  return {{{Kind::tensor, types[0].scalar, {count}, 0}}, {}};
}

TypeRuleResult contract_rule(const Op& op, const std::vector<Type>& types) {
  const std::string semiring = op.attr_string("semiring");
  if (semiring != "sum_mul" && semiring != "lse_add" && semiring != "max_add")
    return fail("unknown semiring");
  const auto contraction = parse_contraction(op.attr_string("maps"));
  if (!contraction || contraction->inputs.size() != types.size()) return fail("maps do not fit the operands");
  std::map<char, Dim> extents;
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (!types[i].is_real() || types[i].shape.size() != contraction->inputs[i].size())
      return fail("operand " + std::to_string(i) + " does not fit its map");
    for (std::size_t axis = 0; axis < types[i].shape.size(); ++axis) {
      const auto [at, fresh] = extents.try_emplace(contraction->inputs[i][axis], types[i].shape[axis]);
      if (!fresh && !(at->second == types[i].shape[axis])) return fail("the extents of an axis differ");
    }
  }
  std::vector<Dim> shape;
  for (char axis : contraction->output)
    shape.push_back(extents.at(axis));
  return {{Type::real(std::move(shape))}, {}};
}

TypeRuleResult linalg_rule(Opcode code, const std::vector<Type>& types) {
  if (code == Opcode::sort_order)
    return types[0].is_real() && types[0].rank() == 1
               ? TypeRuleResult{{{Kind::tensor, Scalar::i64, types[0].shape, 0}}, {}}
               : fail("takes f64[n]");
  if (code == Opcode::search_sorted) {
    const bool fits = types[0].is_real() && types[0].rank() == 1 && types[1].is_real() && types[1].rank() > 0;
    return fits ? TypeRuleResult{{{Kind::tensor, Scalar::i64, types[1].shape, 0}}, {}}
                : fail("takes f64[n] and an f64 array");
  }
  if (code == Opcode::eigh_gap) {
    const bool fits = types[0].is_real() && types[0].rank() == 2 &&
                      types[0].shape[0] == types[0].shape[1] + Dim(1) && types[1] == types[0];
    return fits ? TypeRuleResult{{Type::real()}, {}} : fail("takes f64[n + 1, n] twice");
  }
  if (code == Opcode::qr || code == Opcode::svd) {
    if (!types[0].is_real() || types[0].rank() != 2) return fail("takes f64[m, n]");
    const Dim &m = types[0].shape[0], &n = types[0].shape[1];
    return {{Type::real({code == Opcode::qr ? m + n : m + n + Dim(1), n})}, {}};
  }
  const auto is_square = [](const Type& type) {
    return type.is_real() && type.rank() == 2 && type.shape[0] == type.shape[1];
  };
  if (!is_square(types[0])) return fail("the first operand must be a square f64 matrix");
  if (code == Opcode::chol || code == Opcode::matrix_exp) return {{types[0]}, {}};
  if (code == Opcode::chol_jitter || code == Opcode::chol_adjoint) {
    if (!(types[1] == types[0])) return fail("the operands must be matrices of one size");
    return {{code == Opcode::chol_jitter ? Type::real() : types[0]}, {}};
  }
  if (code == Opcode::logabsdet) return {{Type::real()}, {}};
  if (code == Opcode::eigh) return {{Type::real({types[0].shape[0] + Dim(1), types[0].shape[0]})}, {}};
  if (!types[1].is_real() || types[1].rank() < 1 || types[1].rank() > 2 ||
      !(types[1].shape[0] == types[0].shape[0]))
    return fail("the right side must be f64[n] or f64[n, k]");
  return {{types[1]}, {}};
}

TypeRuleResult probability_rule(const Op& op, const std::vector<Type>& types) {
  const auto is_key = [&](std::size_t i) { return types[i].kind == Kind::key; };
  switch (op.code) {
    case Opcode::observe:
    case Opcode::logpdf: {
      if (types.size() < 2 || types.size() > 3 || types[0].kind != Kind::dist || !types[1].is_tensor())
        return fail("takes a distribution, a value and perhaps a mask");
      if (types[1].scalar != types[0].scalar || types[1].rank() < types[0].event_rank)
        return fail("the value does not fit the distribution");
      if (types.size() == 3 && !(types[2].is_tensor() && types[2].scalar == Scalar::i1))
        return fail("the mask must be i1");
      return op.code == Opcode::observe ? none() : TypeRuleResult{{Type::real()}, {}};
    }
    case Opcode::factor:
      return types[0].is_real() ? none() : fail("takes an f64 tensor");
    case Opcode::draw:
      return !types.empty() &&
                     std::all_of(types.begin(), types.end(), [](const Type& type) { return type.is_real(); })
                 ? none()
                 : fail("takes f64 tensors");
    case Opcode::sample: {
      if (types[0].kind != Kind::dist || !is_key(1)) return fail("takes a distribution and a key");
      std::vector<Dim> shape = op.dims;
      shape.insert(shape.end(), types[0].shape.begin(), types[0].shape.end());
      return {{{Kind::tensor, types[0].scalar, std::move(shape), 0}}, {}};
    }
    case Opcode::key_fold:
      return is_key(0) && types[1] == Type::integer() ? TypeRuleResult{{Type::key()}, {}}
                                                      : fail("takes a key and an i64");
    case Opcode::rng_normal:
    case Opcode::rng_uniform:
      return is_key(0) ? TypeRuleResult{{Type::real(op.dims)}, {}} : fail("takes a key");
    case Opcode::rng_gamma:
      return is_key(0) && types[1] == Type::real() ? TypeRuleResult{{Type::real()}, {}}
                                                   : fail("takes a key and a shape");
    case Opcode::rng_poisson:
      return is_key(0) && types[1] == Type::real() ? TypeRuleResult{{Type::integer()}, {}}
                                                   : fail("takes a key and a rate");
    case Opcode::rng_binomial:
      return is_key(0) && types[1] == Type::integer() && types[2] == Type::real()
                 ? TypeRuleResult{{Type::integer()}, {}}
                 : fail("takes a key, n and p");
    default:
      return fail("result types are not determined by the operands");
  }
}

// Buffers: load gives what its indices leave; the writing ops give nothing.
TypeRuleResult loop_rule(Opcode code, const std::vector<Type>& types) {
  if (code == Opcode::load) {
    if (types.empty() || types[0].kind != Kind::buffer) return fail("load takes a buffer and indices");
    if (auto error = check_indices(types, 1, types.size() - 1, types[0].shape.size()); !error.empty())
      return fail(std::move(error));
    Type type = types[0];
    type.kind = Kind::tensor;
    type.shape.erase(type.shape.begin(), type.shape.begin() + static_cast<std::ptrdiff_t>(types.size() - 1));
    return {{std::move(type)}, {}};
  }
  if (code == Opcode::alloc || code == Opcode::view)
    return fail("result types are not determined by the operands");
  return none();
}

}  // namespace

TypeRuleResult infer_types(const Func& func, const Op& op) {
  const OpInfo& row = op_info(op.code);
  std::vector<Type> types;
  for (ValueId value : op.operands)
    types.push_back(func.type(value));
  if (row.arity >= 0 && types.size() != static_cast<std::size_t>(row.arity))
    return fail("takes " + std::to_string(row.arity) + " operands, found " + std::to_string(types.size()));
  switch (row.group) {
    case Group::scalar:
      return scalar_rule(row, types);
    case Group::linalg:
      return linalg_rule(op.code, types);
    case Group::probability:
    case Group::random:
      return probability_rule(op, types);
    case Group::loop:
      return loop_rule(op.code, types);
    case Group::control:
      return none();
    case Group::array:
      break;
  }
  switch (op.code) {
    case Opcode::dim:
      return op.dims.size() == 1 ? TypeRuleResult{{Type::integer()}, {}} : fail("takes one polynomial");
    case Opcode::read:
      return read_rule(types);
    case Opcode::pack:
      return pack_rule(types);
    case Opcode::contract:
      return contract_rule(op, types);
    default:
      return fail("result types are not determined by the operands");
  }
}

}  // namespace elba::ir
