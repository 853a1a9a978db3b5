// functions_scalar: rows that work on each element. What is one op of the IR names it; what is more is
// built from ops, in the form that keeps its digits (log1m(x) = log1p(-x), logit(p) = ln p - log1p(-p), ...).
#include <cmath>

#include "frontend/typed_tree/functions.h"

namespace elba::frontend {

namespace {

using ir::Opcode;
using ir::ValueId;

constexpr double ln_2 = 0.693147180559945309417232121458, ln_10 = 2.30258509299404568401799145468;

constexpr Function one_op(std::string_view name, std::string_view usage, Opcode opcode, int args = 1,
                          Rule rule = Rule::elementwise_real) {
  return {.name = name, .min_args = args, .max_args = args, .usage = usage, .rule = rule, .opcode = opcode};
}

constexpr Function built(std::string_view name, std::string_view usage, std::string_view doc, int args,
                         ValueId (*emit)(const EmitInput&)) {
  return {.name = name,
          .min_args = args,
          .max_args = args,
          .usage = usage,
          .rule = Rule::elementwise_real,
          .emit = emit,
          .doc = doc};
}

template <Opcode code>
ValueId exp_of(const EmitInput& in) {
  return in.b.emit(Opcode::exp, {in.b.emit(code, {in.args.begin(), in.args.end()})});
}
// The scaled logarithm with its factor exp(+-x) put back.
template <Opcode code, int sign>
ValueId bessel(const EmitInput& in) {
  const ValueId scaled = in.b.emit(code, {in.args[0], in.args[1]});
  return sign > 0 ? in.b.add(scaled, in.args[1]) : in.b.sub(scaled, in.args[1]);
}

constexpr Function rows[] = {
    one_op("exp", "exp(x)", Opcode::exp),
    one_op("log", "log(x)", Opcode::log),
    one_op("log1p", "log1p(x)", Opcode::log1p),
    one_op("expm1", "expm1(x)", Opcode::expm1),
    one_op("sqrt", "sqrt(x)", Opcode::sqrt),
    one_op("square", "square(x)", Opcode::square),
    one_op("abs", "abs(x)", Opcode::abs, 1, Rule::elementwise_numeric),
    one_op("sign", "sign(x)", Opcode::sign),
    one_op("inv_logit", "inv_logit(x)", Opcode::sigmoid),
    one_op("sigmoid", "sigmoid(x)", Opcode::sigmoid),
    one_op("tanh", "tanh(x)", Opcode::tanh),
    one_op("sin", "sin(x)", Opcode::sin),
    one_op("cos", "cos(x)", Opcode::cos),
    one_op("tan", "tan(x)", Opcode::tan),
    one_op("asin", "asin(x)", Opcode::asin),
    one_op("acos", "acos(x)", Opcode::acos),
    one_op("atan", "atan(x)", Opcode::atan),
    one_op("sinh", "sinh(x)", Opcode::sinh),
    one_op("cosh", "cosh(x)", Opcode::cosh),
    one_op("erf", "erf(x)", Opcode::erf),
    one_op("erfc", "erfc(x)", Opcode::erfc),
    one_op("Phi", "Phi(x)", Opcode::phi),
    one_op("inv_Phi", "inv_Phi(p)", Opcode::phi_inv),
    one_op("lgamma", "lgamma(x)", Opcode::lgamma),
    one_op("digamma", "digamma(x)", Opcode::digamma),
    one_op("stop_gradient", "stop_gradient(x)", Opcode::stop_grad),
    one_op("floor", "floor(x)", Opcode::floor),
    one_op("ceil", "ceil(x)", Opcode::ceil),
    one_op("round", "round(x)", Opcode::round),
    one_op("softplus", "softplus(x)", Opcode::softplus),
    one_op("log1p_exp", "log1p_exp(x)", Opcode::softplus),
    one_op("log1m_exp", "log1m_exp(x)", Opcode::log1mexp),
    one_op("lbeta", "lbeta(a, b)", Opcode::lbeta, 2),
    one_op("log_Phi", "log_Phi(x)", Opcode::log_phi),
    one_op("log_gamma_p", "log_gamma_p(a, x)", Opcode::log_gamma_p, 2),
    one_op("log_gamma_q", "log_gamma_q(a, x)", Opcode::log_gamma_q, 2),
    one_op("gamma_p_inv", "gamma_p_inv(a, p)", Opcode::gamma_p_inv, 2),
    one_op("log_inc_beta", "log_inc_beta(a, b, x)", Opcode::log_beta_p, 3),
    one_op("log1m_inc_beta", "log1m_inc_beta(a, b, x)", Opcode::log_beta_q, 3),
    one_op("inc_beta_inv", "inc_beta_inv(a, b, p)", Opcode::beta_p_inv, 3),
    one_op("owens_t", "owens_t(x, a)", Opcode::owens_t, 2),
    one_op("log_ive", "log_ive(a, x)", Opcode::log_ive, 2),
    one_op("log_kve", "log_kve(a, x)", Opcode::log_kve, 2),
    one_op("bessel_first_kind", "bessel_first_kind(k, x)", Opcode::bessel_j, 2),
    one_op("bessel_second_kind", "bessel_second_kind(k, x)", Opcode::bessel_y, 2),
    one_op("pow", "pow(x, y)", Opcode::pow, 2),
    one_op("fmax", "fmax(x, y)", Opcode::max, 2),
    one_op("fmin", "fmin(x, y)", Opcode::min, 2),
    one_op("fma", "fma(x, y, v)", Opcode::fma, 3),
    one_op("log1p_square", "log1p_square(x)", Opcode::log1p_square),
    one_op("log_quotient", "log_quotient(a, b, x)", Opcode::log_quotient, 3),
    one_op("rate_gap", "rate_gap(a, b, x)", Opcode::rate_gap, 3),
    one_op("exp_gap", "exp_gap(a, x)", Opcode::exp_gap, 2),
    one_op("logit_gap", "logit_gap(a, b, x)", Opcode::logit_gap, 3),
    one_op("log_ive_rest", "log_ive_rest(a, x)", Opcode::log_ive_rest, 2),
    one_op("log_minus", "log_minus(x, y)", Opcode::log_minus, 2),
    one_op("lgamma_rest", "lgamma_rest(a)", Opcode::lgamma_rest),
    one_op("log_mills", "log_mills(x)", Opcode::log_mills),
    one_op("log_Phi_between", "log_Phi_between(x, v)", Opcode::log_phi_between, 2),
    one_op("log_Phi_exp", "log_Phi_exp(x, a)", Opcode::log_phi_exp, 2),
    one_op("log_skew_Phi", "log_skew_Phi(x, a)", Opcode::log_skew_phi, 2),
    built("trigamma", "trigamma(x)", "derivative of digamma, x > 0", 1,
          [](const EmitInput& in) { return in.b.emit(Opcode::polygamma, {in.b.constant(1.0), in.args[0]}); }),
    built("logit", "logit(p)", "ln p - ln(1 - p), 0 < p < 1", 1,
          [](const EmitInput& in) {
            const ValueId p = in.args[0];
            return in.b.sub(in.b.emit(Opcode::log, {p}), in.b.emit(Opcode::log1p, {in.b.neg(p)}));
          }),
    built("log1m", "log1m(x)", "ln(1 - x), x < 1", 1,
          [](const EmitInput& in) { return in.b.emit(Opcode::log1p, {in.b.neg(in.args[0])}); }),
    built("log_inv_logit", "log_inv_logit(x)", "ln(1 / (1 + exp(-x)))", 1,
          [](const EmitInput& in) { return in.b.neg(in.b.emit(Opcode::softplus, {in.b.neg(in.args[0])})); }),
    built("log1m_inv_logit", "log1m_inv_logit(x)", "ln(1 / (1 + exp(x)))", 1,
          [](const EmitInput& in) { return in.b.neg(in.b.emit(Opcode::softplus, {in.args[0]})); }),
    built("inv_cloglog", "inv_cloglog(x)", "1 - exp(-exp(x))", 1,
          [](const EmitInput& in) {
            return in.b.neg(in.b.emit(Opcode::expm1, {in.b.neg(in.b.emit(Opcode::exp, {in.args[0]}))}));
          }),
    built("relu", "relu(x)", "max(x, 0)", 1,
          [](const EmitInput& in) { return in.b.emit(Opcode::max, {in.args[0], in.b.constant(0.0)}); }),
    built("step", "step(x)", "1 where x >= 0, else 0", 1,
          [](const EmitInput& in) {
            return in.b.select(in.b.emit(Opcode::ge, {in.args[0], in.b.constant(0.0)}), in.b.constant(1.0),
                               in.b.constant(0.0));
          }),
    built("log2", "log2(x)", "ln x / ln 2, x > 0", 1,
          [](const EmitInput& in) {
            return in.b.div(in.b.emit(Opcode::log, {in.args[0]}), in.b.constant(ln_2));
          }),
    built("log10", "log10(x)", "ln x / ln 10, x > 0", 1,
          [](const EmitInput& in) {
            return in.b.div(in.b.emit(Opcode::log, {in.args[0]}), in.b.constant(ln_10));
          }),
    built("exp2", "exp2(x)", "2^x", 1,
          [](const EmitInput& in) {
            return in.b.emit(Opcode::exp, {in.b.mul(in.args[0], in.b.constant(ln_2))});
          }),
    built("lchoose", "lchoose(n, k)", "ln of the binomial coefficient, -ln(n + 1) - ln B(n - k + 1, k + 1)",
          2,
          [](const EmitInput& in) {  // -ln(n + 1) - ln B(n - k + 1, k + 1)
            const ValueId one = in.b.constant(1.0), n = in.b.add(in.args[0], one), k = in.args[1];
            return in.b.neg(in.b.add(in.b.emit(Opcode::log, {n}),
                                     in.b.emit(Opcode::lbeta, {in.b.sub(n, k), in.b.add(k, one)})));
          }),
    built("gamma_p", "gamma_p(a, x)", "lower regularised incomplete gamma function, a > 0, x >= 0", 2,
          exp_of<Opcode::log_gamma_p>),
    built("gamma_q", "gamma_q(a, x)", "upper regularised incomplete gamma function, 1 - gamma_p(a, x)", 2,
          exp_of<Opcode::log_gamma_q>),
    built("inc_beta", "inc_beta(a, b, x)", "regularised incomplete beta function, 0 <= x <= 1", 3,
          exp_of<Opcode::log_beta_p>),
    built("log_modified_bessel_first_kind", "log_modified_bessel_first_kind(a, x)", "ln I_a(x), x > 0", 2,
          bessel<Opcode::log_ive, 1>),
    built("log_modified_bessel_second_kind", "log_modified_bessel_second_kind(a, x)", "ln K_a(x), x > 0", 2,
          bessel<Opcode::log_kve, -1>),
    built("modified_bessel_first_kind", "modified_bessel_first_kind(a, x)", "I_a(x), x > 0", 2,
          [](const EmitInput& in) { return in.b.emit(Opcode::exp, {bessel<Opcode::log_ive, 1>(in)}); }),
    built("modified_bessel_second_kind", "modified_bessel_second_kind(a, x)", "K_a(x), x > 0", 2,
          [](const EmitInput& in) { return in.b.emit(Opcode::exp, {bessel<Opcode::log_kve, -1>(in)}); }),
    built("log_diff_exp", "log_diff_exp(a, b)", "ln(exp(a) - exp(b)), a > b", 2,
          [](const EmitInput& in) {
            return in.b.add(in.args[0], in.b.emit(Opcode::log1mexp, {in.b.sub(in.args[1], in.args[0])}));
          }),
};

}  // namespace

std::span<const Function> scalar_functions() { return rows; }

}  // namespace elba::frontend
