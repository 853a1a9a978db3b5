// ops_unary: the rows of the scalar functions of one argument. v stands for the adjoint of y or the tangent of x: both are scaled by
// the same derivative, which is stated in terms of the result y where that is cheaper.
#include <cmath>
#include <numbers>

#include "ir/ops_table.h"
#include "ir/special.h"
#include "support/elementary.h"

namespace elba::ir {

namespace {

using V = ValueId;
constexpr double two_over_sqrt_pi = 2 * std::numbers::inv_sqrtpi;
constexpr double inv_sqrt_two_pi = 0.39894228040143267794;
constexpr double sqrt_two_pi = 2.50662827463100050242;

// v * exp(scale * z^2) * factor
V gaussian(Builder& b, V v, V z, double scale, double factor) {
  const V e = b.emit(Opcode::exp, {b.mul(b.constant(scale), b.emit(Opcode::square, {z}))});
  return b.mul(v, b.mul(b.constant(factor), e));
}

// 1 - x^2
V one_minus_square(const At& at, V x) { return at.b.sub(at.b.constant(1), at.b.emit(Opcode::square, {x})); }

constexpr auto numeric = Signature::numeric;
constexpr auto real = Signature::real;

constexpr OpInfo rows[] = {
    smooth({.code = Opcode::neg, .name = "neg", .arity = 1, .doc = "-x",
            .eval = [](Reals x) { return -x[0]; }, .eval_int = [](Ints x) { return wrap(0 - bits(x[0])); },
            .lower = "fneg", .domain = {{-3, 3}}, .cost = 1, .signature = numeric},
           [](const At& at, V v) { return at.b.neg(v); }),
    smooth({.code = Opcode::abs, .name = "abs", .arity = 1, .doc = "|x|; derivative 0 at 0",
            .eval = [](Reals x) { return std::abs(x[0]); }, .eval_int = [](Ints x) { return x[0] < 0 ? wrap(0 - bits(x[0])) : x[0]; },
            .lower = "intrinsic:llvm.fabs", .domain = {{-3, 3}}, .cost = 1, .signature = numeric},
           [](const At& at, V v) {
             const V zero = at.b.constant(0);
             return at.b.select(at.b.emit(Opcode::lt, {at.x[0], zero}), at.b.neg(v), at.b.select(at.b.emit(Opcode::gt, {at.x[0], zero}), v, zero));
           }),
    {.code = Opcode::sign, .name = "sign", .arity = 1, .doc = "-1, 0 or 1 as x is negative, zero (or nan), positive",
     .eval = [](Reals x) { return static_cast<double>(x[0] > 0) - static_cast<double>(x[0] < 0); },
     .lower = "sign", .domain = {{-3, 3}}, .cost = 3, .signature = real},
    smooth({.code = Opcode::square, .name = "square", .arity = 1, .doc = "x * x",
            .eval = [](Reals x) { return x[0] * x[0]; }, .lower = "square", .domain = {{-3, 3}}, .cost = 1, .signature = real},
           [](const At& at, V v) { return at.b.mul(at.b.mul(at.b.constant(2), v), at.x[0]); }),
    smooth({.code = Opcode::sqrt, .name = "sqrt", .arity = 1, .doc = "square root, x >= 0",
            .eval = [](Reals x) { return std::sqrt(x[0]); }, .lower = "intrinsic:llvm.sqrt", .domain = {{0.1, 5}}, .cost = 5, .signature = real},
           [](const At& at, V v) { return at.b.div(at.b.mul(at.b.constant(0.5), v), at.y); }),
    smooth({.code = Opcode::exp, .name = "exp", .arity = 1, .doc = "exp(x)",
            .eval = [](Reals x) { return math::exp(x[0]); }, .lower = "call:exp", .domain = {{-3, 3}}, .cost = 10, .signature = real},
           [](const At& at, V v) { return at.b.mul(v, at.y); }),
    smooth({.code = Opcode::log, .name = "log", .arity = 1, .doc = "ln x, x > 0",
            .eval = [](Reals x) { return math::log(x[0]); }, .lower = "call:log", .domain = {{0.1, 5}}, .cost = 10, .signature = real},
           [](const At& at, V v) { return at.b.div(v, at.x[0]); }),
    smooth({.code = Opcode::log1p, .name = "log1p", .arity = 1, .doc = "ln(1 + x), x > -1",
            .eval = [](Reals x) { return math::log1p(x[0]); }, .lower = "call:log1p", .domain = {{-0.9, 5}}, .cost = 12, .signature = real},
           [](const At& at, V v) { return at.b.div(v, at.b.add(at.b.constant(1), at.x[0])); }),
    smooth({.code = Opcode::expm1, .name = "expm1", .arity = 1, .doc = "exp(x) - 1",
            .eval = [](Reals x) { return math::expm1(x[0]); }, .lower = "call:expm1", .domain = {{-3, 3}}, .cost = 12, .signature = real},
           [](const At& at, V v) { return at.b.mul(v, at.b.add(at.b.constant(1), at.y)); }),
    smooth({.code = Opcode::log1mexp, .name = "log1mexp", .arity = 1, .doc = "ln(1 - exp(x)), x < 0",
            .eval = [](Reals x) { return special::log1mexp(x[0]); }, .lower = "call:elba_log1mexp", .domain = {{-5, -0.1}}, .cost = 24, .signature = real},
           [](const At& at, V v) { return at.b.neg(at.b.div(v, at.b.emit(Opcode::expm1, {at.b.neg(at.x[0])}))); }),
    smooth({.code = Opcode::softplus, .name = "softplus", .arity = 1, .doc = "ln(1 + exp(x)) = max(x, 0) + log1p(exp(-|x|))",
            .eval = [](Reals x) { return special::softplus(x[0]); }, .lower = "softplus", .domain = {{-5, 5}}, .cost = 24, .signature = real},
           [](const At& at, V v) { return at.b.mul(v, at.b.emit(Opcode::sigmoid, {at.x[0]})); }),
    smooth({.code = Opcode::sigmoid, .name = "sigmoid", .arity = 1, .doc = "1 / (1 + exp(-x)) = (x >= 0 ? 1 : e) / (1 + e), e = exp(-|x|)",
            .eval = [](Reals x) { return special::sigmoid(x[0]); }, .lower = "sigmoid", .domain = {{-5, 5}}, .cost = 16, .signature = real},
           [](const At& at, V v) { return at.b.mul(v, at.b.mul(at.y, at.b.sub(at.b.constant(1), at.y))); }),
    smooth({.code = Opcode::tanh, .name = "tanh", .arity = 1, .doc = "hyperbolic tangent",
            .eval = [](Reals x) { return math::tanh(x[0]); }, .lower = "call:tanh", .domain = {{-3, 3}}, .cost = 15, .signature = real},
           [](const At& at, V v) { return at.b.mul(v, one_minus_square(at, at.y)); }),
    smooth({.code = Opcode::sin, .name = "sin", .arity = 1, .doc = "sine of x in radians",
            .eval = [](Reals x) { return math::sin(x[0]); }, .lower = "call:sin", .domain = {{-3, 3}}, .cost = 12, .signature = real},
           [](const At& at, V v) { return at.b.mul(v, at.b.emit(Opcode::cos, {at.x[0]})); }),
    smooth({.code = Opcode::cos, .name = "cos", .arity = 1, .doc = "cosine of x in radians",
            .eval = [](Reals x) { return math::cos(x[0]); }, .lower = "call:cos", .domain = {{-3, 3}}, .cost = 12, .signature = real},
           [](const At& at, V v) { return at.b.neg(at.b.mul(v, at.b.emit(Opcode::sin, {at.x[0]}))); }),
    smooth({.code = Opcode::tan, .name = "tan", .arity = 1, .doc = "tangent of x in radians",
            .eval = [](Reals x) { return math::tan(x[0]); }, .lower = "call:tan", .domain = {{-1.2, 1.2}}, .cost = 16, .signature = real},
           [](const At& at, V v) { return at.b.mul(v, at.b.add(at.b.constant(1), at.b.emit(Opcode::square, {at.y}))); }),
    smooth({.code = Opcode::asin, .name = "asin", .arity = 1, .doc = "arc sine, |x| <= 1",
            .eval = [](Reals x) { return math::asin(x[0]); }, .lower = "call:asin", .domain = {{-0.9, 0.9}}, .cost = 15, .signature = real},
           [](const At& at, V v) { return at.b.div(v, at.b.emit(Opcode::sqrt, {one_minus_square(at, at.x[0])})); }),
    smooth({.code = Opcode::acos, .name = "acos", .arity = 1, .doc = "arc cosine, |x| <= 1",
            .eval = [](Reals x) { return math::acos(x[0]); }, .lower = "call:acos", .domain = {{-0.9, 0.9}}, .cost = 15, .signature = real},
           [](const At& at, V v) { return at.b.neg(at.b.div(v, at.b.emit(Opcode::sqrt, {one_minus_square(at, at.x[0])}))); }),
    smooth({.code = Opcode::atan, .name = "atan", .arity = 1, .doc = "arc tangent",
            .eval = [](Reals x) { return math::atan(x[0]); }, .lower = "call:atan", .domain = {{-3, 3}}, .cost = 15, .signature = real},
           [](const At& at, V v) { return at.b.div(v, at.b.add(at.b.constant(1), at.b.emit(Opcode::square, {at.x[0]}))); }),
    smooth({.code = Opcode::sinh, .name = "sinh", .arity = 1, .doc = "hyperbolic sine",
            .eval = [](Reals x) { return math::sinh(x[0]); }, .lower = "call:sinh", .domain = {{-3, 3}}, .cost = 15, .signature = real},
           [](const At& at, V v) { return at.b.mul(v, at.b.emit(Opcode::cosh, {at.x[0]})); }),
    smooth({.code = Opcode::cosh, .name = "cosh", .arity = 1, .doc = "hyperbolic cosine",
            .eval = [](Reals x) { return math::cosh(x[0]); }, .lower = "call:cosh", .domain = {{-3, 3}}, .cost = 15, .signature = real},
           [](const At& at, V v) { return at.b.mul(v, at.b.emit(Opcode::sinh, {at.x[0]})); }),
    smooth({.code = Opcode::erf, .name = "erf", .arity = 1, .doc = "error function",
            .eval = [](Reals x) { return math::erf(x[0]); }, .lower = "call:erf", .domain = {{-2, 2}}, .cost = 20, .signature = real},
           [](const At& at, V v) { return gaussian(at.b, v, at.x[0], -1, two_over_sqrt_pi); }),
    smooth({.code = Opcode::erfc, .name = "erfc", .arity = 1, .doc = "1 - erf(x)",
            .eval = [](Reals x) { return math::erfc(x[0]); }, .lower = "call:erfc", .domain = {{-2, 2}}, .cost = 20, .signature = real},
           [](const At& at, V v) { return gaussian(at.b, v, at.x[0], -1, -two_over_sqrt_pi); }),
    smooth({.code = Opcode::phi, .name = "phi", .arity = 1, .doc = "standard normal cdf, erfc(-x / sqrt 2) / 2",
            .eval = [](Reals x) { return special::phi(x[0]); }, .lower = "call:elba_phi", .domain = {{-3, 3}}, .cost = 20, .signature = real},
           [](const At& at, V v) { return gaussian(at.b, v, at.x[0], -0.5, inv_sqrt_two_pi); }),
    smooth({.code = Opcode::phi_inv, .name = "phi_inv", .arity = 1, .doc = "standard normal quantile, 0 < x < 1; -inf at 0, inf at 1",
            .eval = [](Reals x) { return special::phi_inv(x[0]); }, .lower = "call:elba_phi_inv", .domain = {{0.02, 0.98}}, .cost = 25, .signature = real},
           [](const At& at, V v) { return gaussian(at.b, v, at.y, 0.5, sqrt_two_pi); }),
    smooth({.code = Opcode::lgamma, .name = "lgamma", .arity = 1, .doc = "ln |gamma(x)|, x > 0",
            .eval = [](Reals x) { return special::lgamma(x[0]); }, .lower = "call:elba_lgamma", .domain = {{0.2, 8}}, .cost = 40, .signature = real},
           [](const At& at, V v) { return at.b.mul(v, at.b.emit(Opcode::digamma, {at.x[0]})); }),
    smooth({.code = Opcode::digamma, .name = "digamma", .arity = 1, .doc = "derivative of lgamma, x > 0",
            .eval = [](Reals x) { return special::digamma(x[0]); }, .lower = "call:elba_digamma", .domain = {{0.2, 8}}, .cost = 30, .signature = real},
           [](const At& at, V v) { return at.b.mul(v, at.b.emit(Opcode::polygamma, {at.b.constant(1), at.x[0]})); }),
    {.code = Opcode::floor, .name = "floor", .arity = 1, .doc = "largest whole number <= x; derivative 0",
     .eval = [](Reals x) { return std::floor(x[0]); }, .lower = "intrinsic:llvm.floor", .domain = {{-3, 3}}, .cost = 1, .signature = real},
    {.code = Opcode::ceil, .name = "ceil", .arity = 1, .doc = "smallest whole number >= x; derivative 0",
     .eval = [](Reals x) { return std::ceil(x[0]); }, .lower = "intrinsic:llvm.ceil", .domain = {{-3, 3}}, .cost = 1, .signature = real},
    {.code = Opcode::round, .name = "round", .arity = 1, .doc = "nearest whole number, halves to even; derivative 0",
     .eval = [](Reals x) { return std::nearbyint(x[0]); }, .lower = "intrinsic:llvm.rint", .domain = {{-3, 3}}, .cost = 1, .signature = real},
};
static_assert(rows_in_order(rows, Opcode::neg, Opcode::round), "rows must be complete and follow ops.def");

}  // namespace

std::span<const OpInfo> unary_rows() { return rows; }

}  // namespace elba::ir
