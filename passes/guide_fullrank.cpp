// guide_fullrank: @model -> @elbo and @draw with one Gaussian of full covariance over the unconstrained coordinates.
//
//     L lower triangular, L_ii = softplus(.),  u = m + L eps,  eps ~ N(0, I),  var(u_i) = sum_{j <= i} L_ij^2
//     H(q) = sum ln L_ii + U'/2 (1 + ln 2 pi),   log q(u) = -sum eps^2 / 2 - sum ln L_ii - U'/2 ln 2 pi
//
// L is stored square, row by row; what stands above the diagonal is never read, and its gradient is zero.
#include <cmath>
#include <numbers>

#include "passes/guide.h"
#include "passes/passes.h"

namespace elba::passes {

using namespace ir;

namespace {

const double log_two_pi = std::log(2 * std::numbers::pi);

std::vector<GuideBlock> blocks(const Dim& size) { return {{"m", BlockKind::mean, {}, size}, {"L", BlockKind::factor, {}, size * size}}; }

GuideDraw draw(Builder& b, const Dim& size, std::span<const ValueId> phi, ValueId eps) {
  const ValueId m = phi[0], factor = phi[1];
  const ValueId zero = b.constant(0.0);
  const auto row = b.open_nest({size});
  const ValueId diagonal = b.emit(Opcode::softplus, {b.read(factor, {row[0], row[0]})});
  const auto column = b.open_nest({size});
  const ValueId entry = b.select(b.emit(Opcode::lt, {column[0], row[0]}), b.read(factor, {row[0], column[0]}), zero);
  const ValueId moved = b.mul(entry, b.read(eps, {column[0]}));
  const ValueId squared = b.emit(Opcode::square, {entry});
  const auto sums = b.close_nest({{Combiner::sum, {moved}}, {Combiner::sum, {squared}}});
  const ValueId u = b.add(b.read(m, {row[0]}), b.add(sums[0], b.mul(diagonal, b.read(eps, {row[0]}))));
  const ValueId variance = b.add(sums[1], b.emit(Opcode::square, {diagonal}));
  const ValueId log_diagonal = b.emit(Opcode::log, {diagonal});
  const auto results = b.close_nest({{Combiner::stack, {u}}, {Combiner::stack, {variance}}, {Combiner::sum, {log_diagonal}}});

  GuideDraw out;
  out.u = results[0];
  out.mean = m;
  out.variance = results[1];
  const ValueId count = real_of(b, size);
  out.entropy = b.add(results[2], b.mul(b.constant(0.5 * (1 + log_two_pi)), count));
  const ValueId squares = sum_elements(b, b.emit(Opcode::square, {eps}));
  const ValueId density = b.add(b.mul(b.constant(0.5), squares), b.mul(b.constant(0.5 * log_two_pi), count));
  out.log_q = b.neg(b.add(density, results[2]));
  return out;
}

}  // namespace

const GuideFamily& fullrank_family() {
  static const GuideFamily family{"fullrank", &blocks, &draw};
  return family;
}

Module guide_fullrank(Module module) { return build_guide(std::move(module), fullrank_family()); }

}  // namespace elba::passes
