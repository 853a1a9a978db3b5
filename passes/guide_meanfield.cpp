// guide_meanfield: @model -> @elbo and @draw with independent Gaussians over the unconstrained coordinates.
//
//     s = softplus(w),  u = m + s eps,  eps ~ N(0, I)
//     H(q) = sum ln s + U'/2 (1 + ln 2 pi),   log q(u) = -sum eps^2 / 2 - sum ln s - U'/2 ln 2 pi
//
// softplus and not exp: its slope stays bounded, which keeps the optimisation well conditioned (Kim et al. 2023).
#include <cmath>
#include <numbers>

#include "passes/guide.h"
#include "passes/passes.h"

namespace elba::passes {

using namespace ir;

namespace {

const double log_two_pi = std::log(2 * std::numbers::pi);

std::vector<GuideBlock> blocks(const Dim& size) { return {{"m", BlockKind::mean, {}, size}, {"w", BlockKind::scale, {}, size}}; }

GuideDraw draw(Builder& b, const Dim& size, std::span<const ValueId> phi, ValueId eps) {
  const ValueId m = phi[0], w = phi[1];
  const ValueId s = b.emit(Opcode::softplus, {w});
  const ValueId log_scale = sum_elements(b, b.emit(Opcode::log, {s}));
  const ValueId count = real_of(b, size);
  GuideDraw out;
  out.u = b.add(m, b.mul(s, eps));
  out.mean = m;
  out.variance = b.emit(Opcode::square, {s});
  out.entropy = b.add(log_scale, b.mul(b.constant(0.5 * (1 + log_two_pi)), count));
  const ValueId squares = sum_elements(b, b.emit(Opcode::square, {eps}));
  const ValueId density = b.add(b.mul(b.constant(0.5), squares), b.mul(b.constant(0.5 * log_two_pi), count));
  out.log_q = b.neg(b.add(density, log_scale));
  return out;
}

}  // namespace

const GuideFamily& meanfield_family() {
  static const GuideFamily family{"meanfield", &blocks, &draw};
  return family;
}

Module guide_meanfield(Module module) { return build_guide(std::move(module), meanfield_family()); }

}  // namespace elba::passes
