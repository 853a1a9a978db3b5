// student_t: independent Student's t distributions over the unconstrained coordinates: a mean field whose
// tails are heavier than normal ones, so that importance weights stay bounded where those of the posterior
// are.
//
//     s = softplus(w),  t_i = e_i / sqrt(sum_k g_ik^2 / nu),  u = m + s t,   e ~ N(0, I_n),  g ~ N(0, I_{n nu})
//     log q(u) = sum_i [ c - ln s_i - (nu + 1)/2 ln(1 + t_i^2 / nu) ]
//     c = ln Gamma((nu + 1)/2) - ln Gamma(nu/2) - ln(nu pi)/2
//     H(q) = sum ln s + n h,   h = (nu + 1)/2 (psi((nu+1)/2) - psi(nu/2)) - c
//     var(u_i) = s_i^2 nu / (nu - 2),  where nu > 2
//
// nu is the family's argument and a whole number, so that a chi-square variate is a sum of squares of the
// noise and the draw is smooth in it. Source: Domke, Sheldon, "Importance weighting and variational
// inference", 2018 (elliptical guides). Not there: degrees of freedom that are
// learnt.
#include <cmath>
#include <numbers>

#include "ir/special.h"
#include "passes/density/sites.h"
#include "passes/guide/writer.h"
#include "support/elementary.h"

namespace elba::passes {

using namespace ir;

namespace {

void expand_student_t(GuideWriter& writer) {
  Builder& b = writer.b;
  const Dim& n = writer.group().size;
  const auto nu = static_cast<double>(writer.group().argument);
  const Dim degrees(writer.group().argument);
  const double log_constant = special::lgamma(0.5 * (nu + 1)) - special::lgamma(0.5 * nu) -
                              0.5 * math::log(nu * std::numbers::pi);
  const double standard_entropy =
      0.5 * (nu + 1) * (special::digamma(0.5 * (nu + 1)) - special::digamma(0.5 * nu)) - log_constant;
  const ValueId m = writer.parameter("m", ParameterKind::mean, {n});
  const ValueId w = writer.parameter("w", ParameterKind::scale, {n});
  const ValueId e = writer.noise(n);
  const ValueId g = b.unpack(writer.noise(n * degrees), {Type::real({n, degrees})})[0];

  const auto row = b.open_nest({n});
  const auto column = b.open_nest({degrees});
  const ValueId chi_square = b.close_nest(
      {{Combiner::sum, {b.emit(Opcode::square, {b.read(g, {row[0], column[0]})})}}})[0];
  const ValueId s = b.emit(Opcode::softplus, {b.read(w, {row[0]})});
  const ValueId t = b.div(b.read(e, {row[0]}), b.emit(Opcode::sqrt, {b.mul(b.constant(1 / nu), chi_square)}));
  const ValueId u = b.add(b.read(m, {row[0]}), b.mul(s, t));
  const ValueId log_s = b.emit(Opcode::log, {s});
  const ValueId tail = b.emit(Opcode::log1p, {b.mul(b.constant(1 / nu), b.emit(Opcode::square, {t}))});
  const ValueId log_q = b.sub(b.sub(b.constant(log_constant), log_s),
                              b.mul(b.constant(0.5 * (nu + 1)), tail));
  const ValueId variance = b.mul(b.constant(nu / (nu - 2)), b.emit(Opcode::square, {s}));
  const auto rows = b.close_nest({{Combiner::stack, {u}},
                                  {Combiner::stack, {variance}},
                                  {Combiner::sum, {log_s}},
                                  {Combiner::sum, {log_q}}});
  Drawn out;
  out.u = rows[0];
  out.mean = m;
  if (writer.group().argument > 2) out.variance = rows[1];
  out.entropy = b.add(rows[2], b.mul(b.constant(standard_entropy), real_of(b, n)));
  out.log_q = rows[3];
  writer.draw(out);
}

}  // namespace

const GuideFamily& student_t_family() {
  static const GuideFamily family{"student_t", nullptr, &expand_student_t};
  return family;
}

}  // namespace elba::passes
