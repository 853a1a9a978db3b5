// ops_special: the rows of special functions of probability: logarithms of incomplete gamma and beta
// functions, the far normal tail, Owen's T, Bessel functions.
//
// The incomplete functions are kept as logarithms, so that tails keep their digits; their derivatives of
// every order are one op more, `.._partial`, whose first operand is a number that counts derivatives,
// constant in every use: differentiating adds to it.
#include <cmath>
#include <numbers>

#include "ir/ops_table.h"
#include "ir/special.h"

namespace elba::ir {

namespace {

using V = ValueId;
constexpr auto real = Signature::real;

// v times op(x[0] + more, x[1], ..): the next derivative of a `partial` op.
V next_partial(const At& at, Opcode code, V v, double more) {
  std::vector<V> x(at.x.begin(), at.x.end());
  x[0] = at.b.add(x[0], at.b.constant(more));
  return at.b.mul(v, at.b.emit(code, x));
}
// v times partial(order, x...)
V partial(const At& at, Opcode code, V v, double order) {
  std::vector<V> x{at.b.constant(order)};
  x.insert(x.end(), at.x.begin(), at.x.end());
  return at.b.mul(v, at.b.emit(code, x));
}
// The derivative of an inverse y of log F(.., y) = log p: -v F_shape / F_y.
V inverse_partial(const At& at, Opcode code, V v, double shape, double value) {
  std::vector<V> x{at.b.constant(shape)};
  x.insert(x.end(), at.x.begin(), at.x.end() - 1);
  x.push_back(at.y);
  const V up = at.b.emit(code, x);
  x[0] = at.b.constant(value);
  return at.b.neg(at.b.div(at.b.mul(v, up), at.b.emit(code, x)));
}
V inverse_slope(const At& at, Opcode code, V v, double value) {
  std::vector<V> x{at.b.constant(value)};
  x.insert(x.end(), at.x.begin(), at.x.end() - 1);
  x.push_back(at.y);
  return at.b.div(v, at.b.mul(at.x.back(), at.b.emit(code, x)));
}

V shifted(const At& at, Opcode code, double shift) {
  return at.b.emit(code, {at.b.add(at.x[0], at.b.constant(shift)), at.x[1]});
}
// exp of the difference of op at a shifted order and the result
V ratio(const At& at, Opcode code, double shift) {
  return at.b.emit(Opcode::exp, {at.b.sub(shifted(at, code, shift), at.y)});
}
V half_difference(const At& at, Opcode code, V v) {
  return at.b.mul(v, at.b.mul(at.b.constant(0.5), at.b.sub(shifted(at, code, -1), shifted(at, code, 1))));
}

// The codes of derivatives: gamma i + 8 j + 64 upper, beta i + 8 j + 64 k + 512 upper.
constexpr double gamma_upper = 64, beta_upper = 512;

// The formatter gives up on a table of this size.
// clang-format off
constexpr OpInfo rows[] = {
    smooth({.code = Opcode::lbeta, .name = "lbeta", .arity = 2,
            .doc = "ln B(a, b) = lgamma(a) + lgamma(b) - lgamma(a + b), a, b > 0, without its cancellation",
            .eval = [](Reals x) { return special::lbeta(x[0], x[1]); },
            .lower = "call:elba_lbeta", .domain = {{0.2, 12}, {0.2, 12}}, .cost = 60, .signature = real},
           [](const At& at, V v) {
             return at.b.mul(v, at.b.sub(at.b.emit(Opcode::digamma, {at.x[0]}),
                                         at.b.emit(Opcode::digamma, {at.b.add(at.x[0], at.x[1])})));
           },
           [](const At& at, V v) {
             return at.b.mul(v, at.b.sub(at.b.emit(Opcode::digamma, {at.x[1]}),
                                         at.b.emit(Opcode::digamma, {at.b.add(at.x[0], at.x[1])})));
           }),
    smooth({.code = Opcode::log_phi, .name = "log_phi", .arity = 1,
            .doc = "ln of the standard normal cdf",
            .eval = [](Reals x) { return special::log_phi(x[0]); },
            .lower = "call:elba_log_phi", .domain = {{-5, 3}}, .cost = 40, .signature = real},
           [](const At& at, V v) { return partial(at, Opcode::log_phi_partial, v, 1); }),
    smooth({.code = Opcode::log_phi_partial, .name = "log_phi_partial", .arity = 2,
            .doc = "n-th derivative of log_phi, n = 0..4",
            .eval = [](Reals x) { return special::log_phi_partial(std::round(x[0]), x[1]); },
            .lower = "call:elba_log_phi_partial",
            .domain = {{1, 1}, {-5, 3}}, .cost = 200, .signature = real},
           no_partial,
           [](const At& at, V v) { return next_partial(at, Opcode::log_phi_partial, v, 1); }),
    smooth({.code = Opcode::log_gamma_p, .name = "log_gamma_p", .arity = 2,
            .doc = "ln P(a, x), P = int_0^x t^(a-1) e^-t dt / G(a); a > 0, x >= 0",
            .eval = [](Reals x) { return special::log_gamma_p(x[0], x[1]); },
            .lower = "call:elba_log_gamma_p", .domain = {{0.3, 6}, {0.2, 8}}, .cost = 100, .signature = real},
           [](const At& at, V v) { return partial(at, Opcode::log_gamma_partial, v, 1); },
           [](const At& at, V v) { return partial(at, Opcode::log_gamma_partial, v, 8); }),
    smooth({.code = Opcode::log_gamma_q, .name = "log_gamma_q", .arity = 2,
            .doc = "ln Q(a, x), Q = 1 - P; a > 0, x >= 0",
            .eval = [](Reals x) { return special::log_gamma_q(x[0], x[1]); },
            .lower = "call:elba_log_gamma_q", .domain = {{0.3, 6}, {0.2, 8}}, .cost = 100, .signature = real},
           [](const At& at, V v) { return partial(at, Opcode::log_gamma_partial, v, gamma_upper + 1); },
           [](const At& at, V v) { return partial(at, Opcode::log_gamma_partial, v, gamma_upper + 8); }),
    smooth({.code = Opcode::log_gamma_partial, .name = "log_gamma_partial", .arity = 3,
            .doc = "derivative of log_gamma_p (order i + 8 j) or log_gamma_q (64 more): i times in a, "
                   "j times in x; i + j <= 4",
            .eval = [](Reals x) { return special::log_gamma_partial(std::round(x[0]), x[1], x[2]); },
            .lower = "call:elba_log_gamma_partial",
            .domain = {{1, 1}, {0.3, 6}, {0.2, 8}}, .cost = 2000, .signature = real},
           no_partial,
           [](const At& at, V v) { return next_partial(at, Opcode::log_gamma_partial, v, 1); },
           [](const At& at, V v) { return next_partial(at, Opcode::log_gamma_partial, v, 8); }),
    smooth({.code = Opcode::gamma_p_inv, .name = "gamma_p_inv", .arity = 2,
            .doc = "the x with P(a, x) = p; a > 0, 0 <= p <= 1",
            .eval = [](Reals x) { return special::gamma_p_inv(x[0], x[1]); },
            .lower = "call:elba_gamma_p_inv",
            .domain = {{0.5, 6}, {0.05, 0.95}}, .cost = 1000, .signature = real},
           [](const At& at, V v) { return inverse_partial(at, Opcode::log_gamma_partial, v, 1, 8); },
           [](const At& at, V v) { return inverse_slope(at, Opcode::log_gamma_partial, v, 8); }),
    smooth({.code = Opcode::log_beta_p, .name = "log_beta_p", .arity = 3,
            .doc = "ln I, I = int_0^x t^(a-1) (1-t)^(b-1) dt / B(a, b); a, b > 0, 0 <= x <= 1",
            .eval = [](Reals x) { return special::log_beta_p(x[0], x[1], x[2]); },
            .lower = "call:elba_log_beta_p",
            .domain = {{0.4, 5}, {0.4, 5}, {0.05, 0.95}}, .cost = 150, .signature = real},
           [](const At& at, V v) { return partial(at, Opcode::log_beta_partial, v, 1); },
           [](const At& at, V v) { return partial(at, Opcode::log_beta_partial, v, 8); },
           [](const At& at, V v) { return partial(at, Opcode::log_beta_partial, v, 64); }),
    smooth({.code = Opcode::log_beta_q, .name = "log_beta_q", .arity = 3,
            .doc = "ln(1 - I); a, b > 0, 0 <= x <= 1",
            .eval = [](Reals x) { return special::log_beta_q(x[0], x[1], x[2]); },
            .lower = "call:elba_log_beta_q",
            .domain = {{0.4, 5}, {0.4, 5}, {0.05, 0.95}}, .cost = 150, .signature = real},
           [](const At& at, V v) { return partial(at, Opcode::log_beta_partial, v, beta_upper + 1); },
           [](const At& at, V v) { return partial(at, Opcode::log_beta_partial, v, beta_upper + 8); },
           [](const At& at, V v) { return partial(at, Opcode::log_beta_partial, v, beta_upper + 64); }),
    smooth({.code = Opcode::log_beta_partial, .name = "log_beta_partial", .arity = 4,
            .doc = "derivative of log_beta_p (order i + 8 j + 64 k) or log_beta_q (512 more): i times in a, "
                   "j in b, k in x; i + j + k <= 4",
            .eval = [](Reals x) { return special::log_beta_partial(std::round(x[0]), x[1], x[2], x[3]); },
            .lower = "call:elba_log_beta_partial",
            .domain = {{1, 1}, {0.4, 5}, {0.4, 5}, {0.05, 0.95}}, .cost = 4000, .signature = real},
           no_partial,
           [](const At& at, V v) { return next_partial(at, Opcode::log_beta_partial, v, 1); },
           [](const At& at, V v) { return next_partial(at, Opcode::log_beta_partial, v, 8); },
           [](const At& at, V v) { return next_partial(at, Opcode::log_beta_partial, v, 64); }),
    smooth({.code = Opcode::beta_p_inv, .name = "beta_p_inv", .arity = 3,
            .doc = "the x with I = p; a, b > 0, 0 <= p <= 1",
            .eval = [](Reals x) { return special::beta_p_inv(x[0], x[1], x[2]); },
            .lower = "call:elba_beta_p_inv",
            .domain = {{0.5, 5}, {0.5, 5}, {0.05, 0.95}}, .cost = 2000, .signature = real},
           [](const At& at, V v) { return inverse_partial(at, Opcode::log_beta_partial, v, 1, 64); },
           [](const At& at, V v) { return inverse_partial(at, Opcode::log_beta_partial, v, 8, 64); },
           [](const At& at, V v) { return inverse_slope(at, Opcode::log_beta_partial, v, 64); }),
    smooth({.code = Opcode::owens_t, .name = "owens_t", .arity = 2,
            .doc = "Owen's T, 1/2pi int_0^a exp(-h^2 (1 + t^2) / 2) / (1 + t^2) dt",
            .eval = [](Reals x) { return special::owens_t(x[0], x[1]); },
            .lower = "call:elba_owens_t", .domain = {{-3, 3}, {-3, 3}}, .cost = 100, .signature = real},
           [](const At& at, V v) {
             const V h = at.x[0];
             const V density = at.b.emit(
                 Opcode::exp, {at.b.mul(at.b.constant(-0.5), at.b.emit(Opcode::square, {h}))});
             const V odd = at.b.emit(
                 Opcode::erf, {at.b.mul(at.b.constant(std::numbers::sqrt2 / 2), at.b.mul(at.x[1], h))});
             return at.b.mul(v, at.b.mul(at.b.constant(-0.19947114020071633897), at.b.mul(density, odd)));
           },
           [](const At& at, V v) {
             const V spread = at.b.add(at.b.constant(1), at.b.emit(Opcode::square, {at.x[1]}));
             const V density = at.b.emit(
                 Opcode::exp,
                 {at.b.mul(at.b.constant(-0.5), at.b.mul(at.b.emit(Opcode::square, {at.x[0]}), spread))});
             return at.b.mul(v, at.b.div(density, at.b.mul(at.b.constant(2 * std::numbers::pi), spread)));
           }),
    smooth({.code = Opcode::log_ive, .name = "log_ive", .arity = 2,
            .doc = "ln(exp(-x) I_nu(x)), modified Bessel function of the first kind; nu >= 0, x >= 0; "
                   "no derivative in nu",
            .eval = [](Reals x) { return special::log_ive(x[0], x[1]); },
            .lower = "call:elba_log_ive", .domain = {{1, 1}, {0.3, 8}}, .cost = 100, .signature = real},
           no_partial,
           [](const At& at, V v) {
             const V zero = at.b.constant(0),
                     own = at.b.select(at.b.emit(Opcode::eq, {at.x[0], zero}), zero,
                                       at.b.div(at.x[0], at.x[1]));
             return at.b.mul(v, at.b.add(at.b.sub(ratio(at, Opcode::log_ive, 1), at.b.constant(1)), own));
           }),
    smooth({.code = Opcode::log_kve, .name = "log_kve", .arity = 2,
            .doc = "ln(exp(x) K_nu(x)), modified Bessel function of the second kind; x > 0; "
                   "no derivative in nu",
            .eval = [](Reals x) { return special::log_kve(x[0], x[1]); },
            .lower = "call:elba_log_kve", .domain = {{1, 1}, {0.3, 8}}, .cost = 400, .signature = real},
           no_partial,
           [](const At& at, V v) {
             const V both = at.b.mul(at.b.constant(0.5),
                                     at.b.add(ratio(at, Opcode::log_kve, -1), ratio(at, Opcode::log_kve, 1)));
             return at.b.mul(v, at.b.sub(at.b.constant(1), both));
           }),
    smooth({.code = Opcode::bessel_j, .name = "bessel_j", .arity = 2,
            .doc = "Bessel function of the first kind J_n(x), n rounded to a whole number",
            .eval = [](Reals x) { return special::bessel_j(std::round(x[0]), x[1]); },
            .lower = "call:elba_bessel_j", .domain = {{1, 1}, {0.3, 8}}, .cost = 60, .signature = real},
           no_partial,
           [](const At& at, V v) { return half_difference(at, Opcode::bessel_j, v); }),
    smooth({.code = Opcode::bessel_y, .name = "bessel_y", .arity = 2,
            .doc = "Bessel function of the second kind Y_n(x), n rounded to a whole number, x > 0",
            .eval = [](Reals x) { return special::bessel_y(std::round(x[0]), x[1]); },
            .lower = "call:elba_bessel_y", .domain = {{1, 1}, {1, 8}}, .cost = 60, .signature = real},
           no_partial,
           [](const At& at, V v) { return half_difference(at, Opcode::bessel_y, v); }),
};
// clang-format on
static_assert(rows_in_order(rows, Opcode::lbeta, Opcode::bessel_y),
              "rows must be complete and follow ops.def");

}  // namespace

std::span<const OpInfo> special_rows() { return rows; }

}  // namespace elba::ir
