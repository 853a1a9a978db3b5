#include "ir/inverse.h"

#include <limits>
#include <numbers>

namespace elba::ir {

namespace {

using V = ValueId;
using Others = std::span<const V>;

// y where the condition holds, else nan.
V where(Builder& b, V condition, V y) {
  return b.select(condition, y, b.constant(std::numeric_limits<double>::quiet_NaN()));
}
V one_op(Builder& b, Opcode code, V y) { return b.emit(code, {y}); }
V at_least(Builder& b, V y, double least) { return b.emit(Opcode::ge, {y, b.constant(least)}); }
V within(Builder& b, V y, double low, double high) {
  return b.emit(Opcode::logical_and,
                {b.emit(Opcode::gt, {y, b.constant(low)}), b.emit(Opcode::lt, {y, b.constant(high)})});
}
V logit(Builder& b, V y) { return b.sub(one_op(b, Opcode::log, y), one_op(b, Opcode::log1p, b.neg(y))); }

struct Row {
  Opcode code;
  std::size_t operand;
  V (*apply)(Builder&, Others, V);
  bool from_zero = false, keeps_whole = false;
};

constexpr double half_pi = std::numbers::pi / 2;

const Row rows[] = {
    {Opcode::neg, 0, [](Builder& b, Others, V y) { return b.neg(y); }, false, true},
    {Opcode::add, 0, [](Builder& b, Others o, V y) { return b.sub(y, o[0]); }, false, true},
    {Opcode::add, 1, [](Builder& b, Others o, V y) { return b.sub(y, o[0]); }, false, true},
    {Opcode::sub, 0, [](Builder& b, Others o, V y) { return b.add(y, o[0]); }, false, true},
    {Opcode::sub, 1, [](Builder& b, Others o, V y) { return b.sub(o[0], y); }, false, true},
    {Opcode::mul, 0, [](Builder& b, Others o, V y) { return b.div(y, o[0]); }},
    {Opcode::mul, 1, [](Builder& b, Others o, V y) { return b.div(y, o[0]); }},
    {Opcode::div, 0, [](Builder& b, Others o, V y) { return b.mul(y, o[0]); }},
    {Opcode::div, 1, [](Builder& b, Others o, V y) { return b.div(o[0], y); }},
    {Opcode::to_real, 0, [](Builder&, Others, V y) { return y; }},
    {Opcode::exp, 0, [](Builder& b, Others, V y) { return one_op(b, Opcode::log, y); }},
    {Opcode::log, 0, [](Builder& b, Others, V y) { return one_op(b, Opcode::exp, y); }},
    {Opcode::expm1, 0, [](Builder& b, Others, V y) { return one_op(b, Opcode::log1p, y); }},
    {Opcode::log1p, 0, [](Builder& b, Others, V y) { return one_op(b, Opcode::expm1, y); }},
    {Opcode::log1mexp, 0, [](Builder& b, Others, V y) { return one_op(b, Opcode::log1mexp, y); }},
    {Opcode::sqrt, 0,
     [](Builder& b, Others, V y) { return where(b, at_least(b, y, 0), one_op(b, Opcode::square, y)); }},
    {Opcode::square, 0, [](Builder& b, Others, V y) { return one_op(b, Opcode::sqrt, y); }, true},
    {Opcode::pow, 0,
     [](Builder& b, Others o, V y) {
       return where(b, at_least(b, y, 0), b.emit(Opcode::pow, {y, b.div(b.constant(1), o[0])}));
     },
     true},
    {Opcode::pow, 1,
     [](Builder& b, Others o, V y) {
       return b.div(one_op(b, Opcode::log, y), one_op(b, Opcode::log, o[0]));
     }},
    {Opcode::sigmoid, 0, [](Builder& b, Others, V y) { return logit(b, y); }},
    {Opcode::softplus, 0,
     [](Builder& b, Others, V y) { return b.add(y, one_op(b, Opcode::log1mexp, b.neg(y))); }},
    {Opcode::tanh, 0,
     [](Builder& b, Others, V y) {
       return b.mul(b.constant(0.5), b.sub(one_op(b, Opcode::log1p, y), one_op(b, Opcode::log1p, b.neg(y))));
     }},
    {Opcode::sinh, 0,
     [](Builder& b, Others, V y) {
       const V size = one_op(b, Opcode::abs, y);
       const V root = one_op(b, Opcode::sqrt, b.add(one_op(b, Opcode::square, y), b.constant(1)));
       return b.mul(one_op(b, Opcode::sign, y), one_op(b, Opcode::log, b.add(size, root)));
     }},
    {Opcode::atan, 0,
     [](Builder& b, Others, V y) {
       return where(b, within(b, y, -half_pi, half_pi), one_op(b, Opcode::tan, y));
     }},
    {Opcode::asin, 0,
     [](Builder& b, Others, V y) {
       return where(b, within(b, y, -half_pi, half_pi), one_op(b, Opcode::sin, y));
     }},
    {Opcode::phi, 0,
     [](Builder& b, Others, V y) { return where(b, within(b, y, 0, 1), one_op(b, Opcode::phi_inv, y)); }},
    {Opcode::phi_inv, 0, [](Builder& b, Others, V y) { return one_op(b, Opcode::phi, y); }},
};

bool is_one(const Func& func, V value) {
  const auto& constant = func.values[value.index].constant;
  const auto* real = constant ? std::get_if<double>(&*constant) : nullptr;
  const auto* whole = constant ? std::get_if<std::int64_t>(&*constant) : nullptr;
  return (real && *real == 1) || (whole && *whole == 1);
}

const Op* defined(const Definitions& definitions, V value, Opcode code) {
  const auto found = definitions.find(value);
  return found != definitions.end() && found->second->code == code ? found->second : nullptr;
}

}  // namespace

std::optional<Inverse> inverse_of(const Op& op, std::size_t operand) {
  for (const Row& row : rows) {
    if (row.code != op.code || row.operand != operand) continue;
    Inverse inverse{op.operands[operand], {}, row.apply, row.from_zero, row.keeps_whole};
    for (std::size_t k = 0; k < op.operands.size(); ++k)
      if (k != operand) inverse.others.push_back(op.operands[k]);
    return inverse;
  }
  return std::nullopt;
}

std::optional<Inverse> inverse_of_pattern(const Func& func, const Definitions& definitions, const Op& op) {
  if (op.code == Opcode::sub) {
    const Op* log = defined(definitions, op.operands[0], Opcode::log);
    const Op* log1p = defined(definitions, op.operands[1], Opcode::log1p);
    const Op* neg = log1p ? defined(definitions, log1p->operands[0], Opcode::neg) : nullptr;
    if (log && neg && log->operands[0] == neg->operands[0])
      return Inverse{
          log->operands[0], {}, [](Builder& b, Others, V y) { return one_op(b, Opcode::sigmoid, y); }};
  }
  if (op.code == Opcode::div) {
    const Op* rest = defined(definitions, op.operands[1], Opcode::sub);
    const bool from_one = rest && is_one(func, rest->operands[0]);
    if (from_one && rest->operands[1] == op.operands[0])
      return Inverse{op.operands[0], {}, [](Builder& b, Others, V y) {
                       return where(b, at_least(b, y, 0), b.div(y, b.add(b.constant(1), y)));
                     }};
  }
  return std::nullopt;
}

}  // namespace elba::ir
