// functions_draws: constants, and the draws that samplers of distributions are made of.
#include <limits>
#include <numbers>

#include "frontend/check/terms.h"

namespace elba::frontend {

namespace {

using ir::Opcode;
using ir::ValueId;

const ValueType none;
ValueType real(std::vector<Dim> shape = {}) { return {Element::real, std::move(shape)}; }

template <Opcode opcode>
ValueId draw(const EmitInput& in) {
  ir::Op op;
  op.code = opcode;
  op.operands.assign(in.args.begin(), in.args.end());
  if (opcode == Opcode::rng_normal || opcode == Opcode::rng_uniform) op.dims = in.type.shape;
  return in.b.append(std::move(op))[0];
}

bool needs_key(CallSite& site) {
  const Term& key = site.check.term(site.args[0]);
  if (key.type.is_error() || key.type.element == Element::key) return !key.type.is_error();
  site.check.report(Code::type_mismatch, key.span, {"a key", key.type.text()})
      .note("a key is the argument of a `sample(k: key)` member");
  return false;
}

ValueType draws(CallSite& site) {
  if (!needs_key(site)) return none;
  auto shape = site.check.need_extents(site, 1);
  return shape ? real(std::move(*shape)) : none;
}

// key, then scalar arguments: reals, of which the first is an integer when asked.
template <bool integer_first>
bool draw_arguments(CallSite& site) {
  if (!needs_key(site)) return false;
  for (std::size_t i = 1; i < site.args.size(); ++i) {
    const bool integer = integer_first && i == 1;
    if (!site.check.need_number(site.args[i], integer) || !site.check.need_rank(site, i, 0)) return false;
    if (!integer) site.args[i] = site.check.to_real(site.args[i]);
  }
  return true;
}

template <int which>
void constant(Terms&, Term& result) {
  constexpr double values[] = {std::numbers::pi, std::numbers::e, std::numeric_limits<double>::infinity()};
  result.kind = TermKind::literal;
  result.number = values[which];
}

ValueType no_arguments(CallSite&) { return real(); }

ValueType check_posterior(CallSite& site) {
  const Term& found = site.check.term(site.args[0]);
  if (found.type.is_error()) return none;
  // A discrete latent has been answered where it is declared.
  if (found.known == Knowledge::unknown && found.type.element == Element::integer) return none;
  site.check.report(Code::type_mismatch, found.span, {"a discrete latent", found.type.text()});
  return none;
}

const Function rows[] = {
    {.name = "pi",
     .min_args = 0,
     .max_args = 0,
     .usage = "pi()",
     .rule = Rule::custom,
     .check = no_arguments,
     .refine = constant<0>,
     .doc = "3.14159.."},
    {.name = "e",
     .min_args = 0,
     .max_args = 0,
     .usage = "e()",
     .rule = Rule::custom,
     .check = no_arguments,
     .refine = constant<1>,
     .doc = "2.71828.."},
    {.name = "inf",
     .min_args = 0,
     .max_args = 0,
     .usage = "inf()",
     .rule = Rule::custom,
     .check = no_arguments,
     .refine = constant<2>,
     .doc = "infinity"},
    {.name = "posterior",
     .usage = "posterior(z)",
     .rule = Rule::custom,
     .check = check_posterior,
     .doc = "probabilities of a discrete latent"},
    {.name = "key_fold",
     .min_args = 2,
     .max_args = 2,
     .usage = "key_fold(key, i)",
     .rule = Rule::custom,
     .emit = [](const EmitInput& in) { return in.b.emit(Opcode::key_fold, in.args); },
     .check = [](CallSite& site) { return draw_arguments<true>(site) ? ValueType{Element::key, {}} : none; },
     .doc = "an independent key"},
    {.name = "rng_normal",
     .min_args = 1,
     .max_args = 3,
     .usage = "rng_normal(key)",
     .rule = Rule::custom,
     .emit = draw<Opcode::rng_normal>,
     .check = draws,
     .doc = "standard normal draws",
     .sizes_from = 1},
    {.name = "rng_uniform",
     .min_args = 1,
     .max_args = 3,
     .usage = "rng_uniform(key)",
     .rule = Rule::custom,
     .emit = draw<Opcode::rng_uniform>,
     .check = draws,
     .doc = "uniform draws in (0, 1)",
     .sizes_from = 1},
    {.name = "rng_gamma",
     .min_args = 2,
     .max_args = 2,
     .usage = "rng_gamma(key, shape)",
     .rule = Rule::custom,
     .emit = draw<Opcode::rng_gamma>,
     .check = [](CallSite& site) { return draw_arguments<false>(site) ? real() : none; },
     .doc = "a gamma draw of scale 1"},
    {.name = "rng_poisson",
     .min_args = 2,
     .max_args = 2,
     .usage = "rng_poisson(key, rate)",
     .rule = Rule::custom,
     .emit = draw<Opcode::rng_poisson>,
     .check =
         [](CallSite& site) { return draw_arguments<false>(site) ? ValueType{Element::integer, {}} : none; },
     .doc = "a Poisson draw"},
    {.name = "rng_binomial",
     .min_args = 3,
     .max_args = 3,
     .usage = "rng_binomial(key, n, p)",
     .rule = Rule::custom,
     .emit = draw<Opcode::rng_binomial>,
     .check =
         [](CallSite& site) { return draw_arguments<true>(site) ? ValueType{Element::integer, {}} : none; },
     .doc = "a binomial draw"},
};

}  // namespace

std::span<const Function> draw_functions() { return rows; }

}  // namespace elba::frontend
