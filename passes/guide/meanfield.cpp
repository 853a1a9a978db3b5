// meanfield: independent Gaussians over the unconstrained coordinates; and delta, a point, which is the
// same without width.
//
//     s = softplus(w),  u = m + s eps,  eps ~ N(0, I)
//     H(q) = sum ln s + U'/2 (1 + ln 2 pi),   log q(u) = -sum eps^2 / 2 - sum ln s - U'/2 ln 2 pi
//
// softplus and not exp: its slope stays bounded, which keeps the optimisation well conditioned (Kim et al.
// 2023). delta: u = m, and no density of its own: maximised, m is the mode of the density of the
// unconstrained coordinates.
#include "passes/guide/guide.h"
#include "passes/passes.h"

namespace elba::passes {

using namespace ir;

namespace {

std::vector<GuideBlock> blocks(const GuideGroup& group) {
  return {{"m", BlockKind::mean, {group.size}, Dim(0), group.size},
          {"w", BlockKind::scale, {group.size}, Dim(0), group.size}};
}

Dim noise(const GuideGroup& group) { return group.size; }

GuideDraw draw(Builder& b, const GuideGroup& group, std::span<const ValueId> phi, ValueId eps) {
  const ValueId m = phi[0], w = phi[1];
  const ValueId s = b.emit(Opcode::softplus, {w});
  const ValueId log_scale = sum_elements(b, b.emit(Opcode::log, {s}));
  GuideDraw out;
  out.u = b.add(m, b.mul(s, eps));
  out.mean = m;
  out.variance = b.emit(Opcode::square, {s});
  return triangular_draw(b, group.size, eps, log_scale, out);
}

std::vector<GuideBlock> point_blocks(const GuideGroup& group) {
  return {{"m", BlockKind::mean, {group.size}, Dim(0), group.size}};
}

Dim no_noise(const GuideGroup&) { return Dim(0); }

GuideDraw point_draw(Builder& b, const GuideGroup& group, std::span<const ValueId> phi, ValueId) {
  GuideDraw out;
  out.u = out.mean = phi[0];
  out.variance = filled(b, {group.size}, b.constant(0.0));
  return out;
}

}  // namespace

const GuideFamily& meanfield_family() {
  static const GuideFamily family{"meanfield", nullptr, &blocks, &noise, &draw};
  return family;
}

const GuideFamily& delta_family() {
  static const GuideFamily family{"delta", nullptr, &point_blocks, &no_noise, &point_draw};
  return family;
}

Module guide_meanfield(Module module) { return guide(assign_guide(std::move(module), "meanfield")); }

}  // namespace elba::passes
