// meanfield: independent Gaussians over the unconstrained coordinates; and delta, a point, which is the
// same without width.
//
//     s = softplus(w),  u = m + s eps,  eps ~ N(0, I)
//     H(q) = sum ln s + U'/2 (1 + ln 2 pi),   log q(u) = -sum eps^2 / 2 - sum ln s - U'/2 ln 2 pi
//
// softplus and not exp: its slope stays bounded, which keeps the optimisation well conditioned (Kim et al.
// 2023). delta: u = m, and no density of its own: maximised, m is the mode of the density of the
// unconstrained coordinates.
#include "passes/guide/writer.h"
#include "passes/rewrite/rewrite.h"

namespace elba::passes {

using namespace ir;

namespace {

void expand_meanfield(GuideWriter& writer) {
  Builder& b = writer.b;
  const Dim& n = writer.group().size;
  const ValueId m = writer.parameter("m", ParameterKind::mean, {n});
  const ValueId w = writer.parameter("w", ParameterKind::scale, {n});
  const ValueId eps = writer.noise(n);
  const ValueId s = b.emit(Opcode::softplus, {w});
  const ValueId log_scale = sum_elements(b, b.emit(Opcode::log, {s}));
  Drawn out;
  out.u = b.add(m, b.mul(s, eps));
  out.mean = m;
  out.variance = b.emit(Opcode::square, {s});
  writer.draw(triangular_draw(b, n, eps, log_scale, out));
}

void expand_delta(GuideWriter& writer) {
  const Dim& n = writer.group().size;
  Drawn out;
  out.u = out.mean = writer.parameter("m", ParameterKind::mean, {n});
  out.variance = filled(writer.b, {n}, writer.b.constant(0.0));
  writer.draw(out);
}

}  // namespace

const GuideFamily& meanfield_family() {
  static const GuideFamily family{"meanfield", nullptr, &expand_meanfield};
  return family;
}

const GuideFamily& delta_family() {
  static const GuideFamily family{"delta", nullptr, &expand_delta};
  return family;
}

}  // namespace elba::passes
