// fullrank: one Gaussian of full covariance over the unconstrained coordinates.
//
//     L lower triangular, L_ii = softplus(.),  u = m + L eps,  eps ~ N(0, I),  var(u_i) = sum_{j <= i} L_ij^2
//     H(q) = sum ln L_ii + U'/2 (1 + ln 2 pi),   log q(u) = -sum eps^2 / 2 - sum ln L_ii - U'/2 ln 2 pi
//
// L is stored square, row by row; what stands above the diagonal is never read, and its gradient is zero.
#include <cmath>
#include <numbers>

#include "passes/guide/writer.h"
#include "support/elementary.h"

namespace elba::passes {

using namespace ir;

namespace {

const double log_two_pi = math::log(2 * std::numbers::pi);

void expand_fullrank(GuideWriter& writer) {
  const Dim& n = writer.group().size;
  const ValueId m = writer.parameter("m", ParameterKind::mean, {n});
  const ValueId factor = writer.parameter("L", ParameterKind::factor, {n, n});
  const ValueId eps = writer.noise(n);
  const FullPart part = full_part(writer.b, n, factor, eps);
  Drawn out;
  out.u = writer.b.add(m, part.u);
  out.mean = m;
  out.variance = part.variance;
  writer.draw(triangular_draw(writer.b, n, eps, part.log_diagonal, out));
}

}  // namespace

FullPart full_part(Builder& b, const Dim& size, ValueId factor, ValueId eps) {
  const ValueId zero = b.constant(0.0);
  const auto row = b.open_nest({size});
  const ValueId diagonal = b.emit(Opcode::softplus, {b.read(factor, {row[0], row[0]})});
  const auto column = b.open_nest({size});
  const ValueId entry = b.select(b.emit(Opcode::lt, {column[0], row[0]}), b.read(factor, {row[0], column[0]}),
                                 zero);
  const ValueId moved = b.mul(entry, b.read(eps, {column[0]}));
  const ValueId squared = b.emit(Opcode::square, {entry});
  const auto sums = b.close_nest({{Combiner::sum, {moved}}, {Combiner::sum, {squared}}});
  const ValueId u = b.add(sums[0], b.mul(diagonal, b.read(eps, {row[0]})));
  const ValueId variance = b.add(sums[1], b.emit(Opcode::square, {diagonal}));
  const ValueId log_diagonal = b.emit(Opcode::log, {diagonal});
  const auto results = b.close_nest(
      {{Combiner::stack, {u}}, {Combiner::stack, {variance}}, {Combiner::sum, {log_diagonal}}});
  return {results[0], results[1], results[2]};
}

Drawn triangular_draw(Builder& b, const Dim& size, ValueId eps, ValueId log_diagonal, Drawn draw) {
  const ValueId count = real_of(b, size);
  draw.entropy = b.add(log_diagonal, b.mul(b.constant(0.5 * (1 + log_two_pi)), count));
  const ValueId squares = sum_elements(b, b.emit(Opcode::square, {eps}));
  const ValueId density = b.add(b.mul(b.constant(0.5), squares), b.mul(b.constant(0.5 * log_two_pi), count));
  draw.log_q = b.neg(b.add(density, log_diagonal));
  return draw;
}

const GuideFamily& fullrank_family() {
  static const GuideFamily family{"fullrank", nullptr, &expand_fullrank};
  return family;
}

ValueId real_of(Builder& b, const Dim& dim) {
  if (dim.is_constant()) return b.constant(static_cast<double>(dim.constant()));
  return b.emit(Opcode::to_real, {b.dim(dim)});
}

}  // namespace elba::passes
