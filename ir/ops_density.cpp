// ops_density: the rows of functions that densities are written with, so that they keep their digits where a
// textbook formula cancels or overflows: differences of large gamma functions, squares, differences of normal
// cdfs, cdfs far out.
//
// A rate that is a product is passed in two parts, r and a small e (`fma(x, y, -x y)`): where it lies
// next to a count of 1e15 the rounding of the product alone would be seen in the third digit of the log
// density.
//   ln of the Poisson probability of a at rate z:   rate_gap(a, z, 0) - lgamma_rest(a)
//   ln of the gamma density of shape a at z:        rate_gap(a, z, 0) - lgamma_rest(a) + ln a - ln z
// Source: Loader, "Fast and accurate computation of binomial probabilities", 2000, for the split into a
// deviance and Stirling remainders.
#include <cmath>
#include <numbers>

#include "ir/ops_table.h"
#include "ir/special.h"

namespace elba::ir {

namespace {

using V = ValueId;
constexpr auto real = Signature::real;
constexpr double half_log_two_pi = 0.91893853320467274178;

V zero(const At& at) { return at.b.constant(0); }
V is_zero(const At& at, V x) { return at.b.emit(Opcode::eq, {x, zero(at)}); }
V exp_of(const At& at, V x) { return at.b.emit(Opcode::exp, {x}); }
V square(const At& at, V x) { return at.b.emit(Opcode::square, {x}); }

// (r - a) + e and r + e
V excess(const At& at) { return at.b.add(at.b.sub(at.x[1], at.x[0]), at.x[2]); }
V rate(const At& at) { return at.b.add(at.x[1], at.x[2]); }

// -(r + e - a) / (r + e); -1 at count 0, where the rate may be 0 too
V gap_slope(const At& at, V v) {
  const V ratio = at.b.div(excess(at), rate(at));
  return at.b.neg(at.b.mul(v, at.b.select(is_zero(at, at.x[0]), at.b.constant(1), ratio)));
}

V next_order(const At& at, Opcode code, V v, double more) {
  std::vector<V> x(at.x.begin(), at.x.end());
  x[0] = at.b.add(x[0], at.b.constant(more));
  return at.b.mul(v, at.b.emit(code, x));
}
V partial(const At& at, Opcode code, V v, double order) {
  std::vector<V> x{at.b.constant(order)};
  x.insert(x.end(), at.x.begin(), at.x.end());
  return at.b.mul(v, at.b.emit(code, x));
}

// ln of the standard normal density
V log_normal(const At& at, V z) {
  return at.b.sub(at.b.mul(at.b.constant(-0.5), square(at, z)), at.b.constant(half_log_two_pi));
}
V log_phi(const At& at, V z) { return at.b.emit(Opcode::log_phi, {z}); }

constexpr OpInfo rows[] = {
    smooth(
        {.code = Opcode::fma,
         .name = "fma",
         .arity = 3,
         .doc = "x y + v, rounded once",
         .eval = [](Reals x) { return std::fma(x[0], x[1], x[2]); },
         .lower = "fma",
         .domain = {{-3, 3}, {-3, 3}, {-3, 3}},
         .cost = 2,
         .signature = real},
        [](const At& at, V v) { return at.b.mul(v, at.x[1]); },
        [](const At& at, V v) { return at.b.mul(v, at.x[0]); }, [](const At&, V v) { return v; }),
    smooth({.code = Opcode::log1p_square,
            .name = "log1p_square",
            .arity = 1,
            .doc = "ln(1 + x^2), also where x^2 overflows",
            .eval = [](Reals x) { return special::log1p_square(x[0]); },
            .lower = "log1p_square",
            .domain = {{-3, 3}},
            .cost = 16,
            .signature = real},
           [](const At& at, V v) {
             const V x = at.x[0], two = at.b.constant(2);
             const V far = at.b.emit(Opcode::gt, {at.b.emit(Opcode::abs, {x}), at.b.constant(1e150)});
             const V top = at.b.select(far, two, at.b.mul(two, x)),
                     bottom = at.b.select(far, x, at.b.add(at.b.constant(1), square(at, x)));
             return at.b.mul(v, at.b.div(top, bottom));
           }),
    smooth(
        {.code = Opcode::log_quotient,
         .name = "log_quotient",
         .arity = 3,
         .doc = "ln((b + x) / a), x small beside b; a, b > 0; without overflow and with its digits near 0",
         .eval = [](Reals x) { return special::log_quotient(x[0], x[1], x[2]); },
         .lower = "log_quotient",
         .domain = {{0.3, 5}, {0.3, 5}, {-0.01, 0.01}},
         .cost = 25,
         .signature = real},
        [](const At& at, V v) { return at.b.neg(at.b.div(v, at.x[0])); },
        [](const At& at, V v) { return at.b.div(v, rate(at)); },
        [](const At& at, V v) { return at.b.div(v, rate(at)); }),
    smooth(
        {.code = Opcode::rate_gap,
         .name = "rate_gap",
         .arity = 3,
         .doc = "a ln((b + x) / a) - (b + x - a), x small beside b; a, b >= 0, -(b + x) at a = 0",
         .eval = [](Reals x) { return special::rate_gap(x[0], x[1], x[2]); },
         .lower = "rate_gap",
         .domain = {{0.3, 5}, {0.3, 5}, {-0.01, 0.01}},
         .cost = 30,
         .signature = real},
        [](const At& at, V v) {
          return at.b.mul(v, at.b.emit(Opcode::log_quotient, {at.x[0], at.x[1], at.x[2]}));
        },
        [](const At& at, V v) { return gap_slope(at, v); },
        [](const At& at, V v) { return gap_slope(at, v); }),
    // At t = eta - ln a this is rate_gap(a, exp(eta), 0), and needs no logarithm of its own; at a = 0, where
    // t is eta, too. The derivative is a - e^eta.
    smooth(
        {.code = Opcode::exp_gap,
         .name = "exp_gap",
         .arity = 2,
         .doc = "a (x - expm1(x)); -exp(x) at a = 0",
         .eval = [](Reals x) { return special::exp_gap(x[0], x[1]); },
         .lower = "exp_gap",
         .domain = {{0.3, 5}, {-2, 2}},
         .cost = 20,
         .signature = real},
        [](const At& at, V v) {
          const V t = at.x[1];
          return at.b.select(is_zero(at, at.x[0]), zero(at),
                             at.b.mul(v, at.b.sub(t, at.b.emit(Opcode::expm1, {t}))));
        },
        [](const At& at, V v) {
          const V e = at.b.emit(Opcode::expm1, {at.x[1]});
          return at.b.neg(at.b.mul(
              v, at.b.select(is_zero(at, at.x[0]), at.b.add(e, at.b.constant(1)), at.b.mul(at.x[0], e))));
        }),
    // At t = eta - ln(x / (n - x)), or eta where x is 0 or n, this is x ln(n p / x) + (n - x) ln(n (1 - p) /
    // (n - x)), p = inv_logit(eta).
    smooth({.code = Opcode::logit_gap,
            .name = "logit_gap",
            .arity = 3,
            .doc = "a x - b ln(1 + a / b expm1(x)); at a = 0 and b -b ln(1 + exp(+-x)): ln of the binomial "
                   "probability over its largest at x of n; no "
                   "derivative in x, n",
            .eval = [](Reals x) { return special::logit_gap(x[0], x[1], x[2]); },
            .lower = "logit_gap",
            .domain = {{3, 3}, {7, 7}, {-3, 3}},
            .cost = 40,
            .signature = real},
           no_partial, no_partial,
           [](const At& at, V v) {  // x - n p: -x (1 - x / n) expm1(u) / (1 + w), w = x / n expm1(u), of the
                                    // rarer outcome; -n p where it was not seen
             const V x = at.x[0], n = at.x[1], rest = at.b.sub(n, x);
             const V flip = at.b.emit(Opcode::gt, {x, rest}), few = at.b.select(flip, rest, x);
             const V u = at.b.select(flip, at.b.neg(at.x[2]), at.x[2]), none = is_zero(at, few);
             const V e = at.b.emit(Opcode::expm1, {at.b.emit(Opcode::min, {u, at.b.constant(500)})}),
                     share = at.b.div(few, n);
             const V steep = at.b.div(at.b.mul(at.b.mul(few, at.b.sub(at.b.constant(1), share)), e),
                                      at.b.add(at.b.constant(1), at.b.mul(share, e)));
             const V fall = at.b.select(none, at.b.mul(n, at.b.emit(Opcode::sigmoid, {u})), steep);
             return at.b.mul(v, at.b.select(flip, fall, at.b.neg(fall)));
           }),
    smooth(
        {.code = Opcode::log_minus,
         .name = "log_minus",
         .arity = 2,
         .doc = "ln x - y, rounded once: log_minus(x, log(x)) is what log(x) lost; x > 0",
         .eval = [](Reals x) { return special::log_minus(x[0], x[1]); },
         .lower = "call:elba_log_minus",
         .domain = {{0.1, 5}, {-3, 3}},
         .cost = 60,
         .signature = real},
        [](const At& at, V v) { return at.b.div(v, at.x[0]); },
        [](const At& at, V v) { return at.b.neg(v); }),
    smooth(
        {.code = Opcode::lgamma_rest,
         .name = "lgamma_rest",
         .arity = 1,
         .doc =
             "ln gamma(a + 1) - a ln a + a, a >= 0: Stirling's remainder of ln a!, without its cancellation",
         .eval = [](Reals x) { return special::lgamma_rest_partial(0, x[0]); },
         .lower = "call:elba_lgamma_rest",
         .domain = {{0.2, 12}},
         .cost = 40,
         .signature = real},
        [](const At& at, V v) { return partial(at, Opcode::lgamma_rest_partial, v, 1); }),
    smooth({.code = Opcode::lgamma_rest_partial,
            .name = "lgamma_rest_partial",
            .arity = 2,
            .doc = "n-th derivative of lgamma_rest, n = 0..4; a > 0",
            .eval = [](Reals x) { return special::lgamma_rest_partial(std::round(x[0]), x[1]); },
            .lower = "call:elba_lgamma_rest_partial",
            .domain = {{1, 1}, {0.2, 12}},
            .cost = 60,
            .signature = real},
           no_partial, [](const At& at, V v) { return next_order(at, Opcode::lgamma_rest_partial, v, 1); }),
    smooth({.code = Opcode::log_mills,
            .name = "log_mills",
            .arity = 1,
            .doc = "ln(Phi(x) / phi(x)), the cdf over the density of the standard normal",
            .eval = [](Reals x) { return special::log_mills_partial(0, x[0]); },
            .lower = "call:elba_log_mills",
            .domain = {{-5, 3}},
            .cost = 60,
            .signature = real},
           [](const At& at, V v) { return partial(at, Opcode::log_mills_partial, v, 1); }),
    smooth({.code = Opcode::log_mills_partial,
            .name = "log_mills_partial",
            .arity = 2,
            .doc = "n-th derivative of log_mills, n = 0..4",
            .eval = [](Reals x) { return special::log_mills_partial(std::round(x[0]), x[1]); },
            .lower = "call:elba_log_mills_partial",
            .domain = {{1, 1}, {-5, 3}},
            .cost = 200,
            .signature = real},
           no_partial, [](const At& at, V v) { return next_order(at, Opcode::log_mills_partial, v, 1); }),
    smooth(
        {.code = Opcode::log_phi_between,
         .name = "log_phi_between",
         .arity = 2,
         .doc = "ln(Phi(x + v) - Phi(x)), v > 0, of the standard normal cdf",
         .eval = [](Reals x) { return special::log_phi_between_partial(0, x[0], x[1]); },
         .lower = "call:elba_log_phi_between",
         .domain = {{-5, 3}, {0.1, 3}},
         .cost = 400,
         .signature = real},
        [](const At& at, V v) { return partial(at, Opcode::log_phi_between_partial, v, 1); },
        [](const At& at, V v) { return partial(at, Opcode::log_phi_between_partial, v, 8); }),
    smooth(
        {.code = Opcode::log_phi_between_partial,
         .name = "log_phi_between_partial",
         .arity = 3,
         .doc = "derivative of log_phi_between (order i + 8 j): i times in x, j in w; i + j <= 4",
         .eval = [](Reals x) { return special::log_phi_between_partial(std::round(x[0]), x[1], x[2]); },
         .lower = "call:elba_log_phi_between_partial",
         .domain = {{1, 1}, {-5, 3}, {0.1, 3}},
         .cost = 800,
         .signature = real},
        no_partial, [](const At& at, V v) { return next_order(at, Opcode::log_phi_between_partial, v, 1); },
        [](const At& at, V v) { return next_order(at, Opcode::log_phi_between_partial, v, 8); }),
    // The density in z is k phi(z) M(z - k), M = Phi / phi.
    smooth(
        {.code = Opcode::log_phi_exp,
         .name = "log_phi_exp",
         .arity = 2,
         .doc = "ln P(Z + E / a < x) of Z standard normal, E exponential of rate 1, a > 0",
         .eval = [](Reals x) { return special::log_phi_exp(x[0], x[1]); },
         .lower = "call:elba_log_phi_exp",
         .domain = {{-5, 3}, {0.2, 3}},
         .cost = 3000,
         .signature = real},
        [](const At& at, V v) {
          const V inner = at.b.emit(Opcode::log_mills, {at.b.sub(at.x[0], at.x[1])});
          return at.b.mul(
              v, at.b.mul(at.x[1], exp_of(at, at.b.sub(at.b.add(log_normal(at, at.x[0]), inner), at.y))));
        },
        [](const At& at, V v) {  // phi(z) M'(z - k), M' = 1 + w M
          const V w = at.b.sub(at.x[0], at.x[1]), m = at.b.emit(Opcode::log_mills, {w});
          const V slope = at.b.emit(Opcode::log_mills_partial, {at.b.constant(1), w});
          return at.b.mul(v,
                          at.b.mul(slope, exp_of(at, at.b.sub(at.b.add(log_normal(at, at.x[0]), m), at.y))));
        }),
    smooth(
        {.code = Opcode::log_skew_phi,
         .name = "log_skew_phi",
         .arity = 2,
         .doc = "ln int_-inf^x 2 phi(t) Phi(a t) dt, the cdf of the skew normal, Phi(x) - 2 owens_t(x, a)",
         .eval = [](Reals x) { return special::log_skew_phi(x[0], x[1]); },
         .lower = "call:elba_log_skew_phi",
         .domain = {{-4, 3}, {-2, 3}},
         .cost = 5000,
         .signature = real},
        [](const At& at, V v) {
          const V log_density = at.b.add(log_normal(at, at.x[0]), log_phi(at, at.b.mul(at.x[1], at.x[0])));
          return at.b.mul(v, at.b.mul(at.b.constant(2), exp_of(at, at.b.sub(log_density, at.y))));
        },
        [](const At& at, V v) {  // -exp(-z^2 (1 + a^2) / 2) / (pi (1 + a^2))
          const V z = at.x[0], spread = at.b.add(at.b.constant(1), square(at, at.x[1])),
                  az = at.b.mul(at.x[1], z);
          const V exponent = at.b.mul(at.b.constant(-0.5), at.b.add(square(at, z), square(at, az)));
          return at.b.neg(at.b.mul(v, at.b.div(exp_of(at, at.b.sub(exponent, at.y)),
                                               at.b.mul(at.b.constant(std::numbers::pi), spread))));
        }),
    smooth({.code = Opcode::log_ive_rest,
            .name = "log_ive_rest",
            .arity = 2,
            .doc = "ln(exp(-x) I_nu(x)) less its leading part R - x - nu asinh(nu / x) - ln(2 pi R) / 2, R^2 "
                   "= nu^2 + x^2; x > 0; no derivative in nu",
            .eval = [](Reals x) { return special::log_ive_rest(x[0], x[1]); },
            .lower = "call:elba_log_ive_rest",
            .domain = {{1, 1}, {0.3, 8}},
            .cost = 100,
            .signature = real},
           no_partial,
           // I' / I - R / x + x / (2 R^2), where I' / I = I_(nu+1) / I + nu / x; from R = 500 on, where that
           // cancels, the derivative of u_1 / R + (u_2 - u_1^2 / 2) / R^2 of Debye's expansion.
           [](const At& at, V v) {
             const V nu = at.x[0], x = at.x[1], one = at.b.constant(1);
             const V ratio = at.b.emit(Opcode::exp,
                                       {at.b.sub(at.b.emit(Opcode::log_ive, {at.b.add(nu, one), x}),
                                                 at.b.emit(Opcode::log_ive, {nu, x}))});
             const V square_r = at.b.add(square(at, nu), square(at, x)),
                     leading = at.b.div(x, at.b.add(nu, at.b.emit(Opcode::sqrt, {square_r})));
             const V near = at.b.add(at.b.sub(ratio, leading),
                                     at.b.div(at.b.mul(at.b.constant(0.5), x), square_r));
             const auto times = [&](double c, V y) { return at.b.mul(at.b.constant(c), y); };
             const V w = at.b.div(square(at, nu), square_r), root = at.b.emit(Opcode::sqrt, {square_r});
             const V first = at.b.div(at.b.add(at.b.constant(-3), times(15, w)), times(24, square_r));
             const V second = at.b.div(
                 at.b.add(at.b.constant(-6), at.b.mul(w, at.b.sub(at.b.constant(72), times(90, w)))),
                 times(48, at.b.mul(square_r, root)));
             const V far = at.b.mul(at.b.div(x, root), at.b.add(first, second));
             return at.b.mul(
                 v, at.b.select(at.b.emit(Opcode::gt, {square_r, at.b.constant(250000)}), far, near));
           }),
};
static_assert(rows_in_order(rows, Opcode::fma, Opcode::log_ive_rest),
              "rows must be complete and follow ops.def");

}  // namespace

std::span<const OpInfo> density_rows() { return rows; }

}  // namespace elba::ir
