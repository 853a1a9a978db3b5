// lowrank: a Gaussian whose covariance is a diagonal plus one of rank k.
//
//     s = softplus(w),  u = m + s e + V f,   e ~ N(0, I_n), f ~ N(0, I_k),   var(u_i) = s_i^2 + sum_j V_ij^2
//     A = V / s by rows,  M = I + A'A = C C',   ln det Sigma / 2 = sum ln s + sum ln C_jj
//     t = e + A f,   (u - m)' Sigma^-1 (u - m) = |t|^2 - |C^-1 A' t|^2          (matrix determinant lemma, Woodbury)
//
// Cost n k and k^3, against n^2 of a full factor. Source: Ong, Nott, Smith, "Gaussian variational
// approximation with a factor covariance structure", 2018.
#include <cmath>
#include <numbers>

#include "passes/guide/writer.h"
#include "support/elementary.h"

namespace elba::passes {

using namespace ir;

namespace {

const double log_two_pi = math::log(2 * std::numbers::pi);

void expand_lowrank(GuideWriter& writer) {
  Builder& b = writer.b;
  const Dim n = writer.group().size, k(writer.group().argument);
  const ValueId m = writer.parameter("m", ParameterKind::mean, {n});
  const ValueId w = writer.parameter("w", ParameterKind::scale, {n});
  const ValueId loadings = writer.parameter("V", ParameterKind::slope, {n, k});
  const ValueId eps = writer.noise(n + k);
  const auto noises = b.unpack(eps, {Type::real({n}), Type::real({k})});
  const ValueId e = noises[0], f = noises[1];

  const auto row = b.open_nest({n});
  const ValueId s = b.emit(Opcode::softplus, {b.read(w, {row[0]})});
  const auto column = b.open_nest({k});
  const ValueId loading = b.read(loadings, {row[0], column[0]});
  const auto sums = b.close_nest({{Combiner::sum, {b.mul(loading, b.read(f, {column[0]}))}},
                                  {Combiner::sum, {b.emit(Opcode::square, {loading})}}});
  const ValueId own = b.read(e, {row[0]});
  const ValueId u = b.add(b.read(m, {row[0]}), b.add(b.mul(s, own), sums[0]));
  const ValueId t = b.add(own, b.div(sums[0], s));
  const ValueId variance = b.add(b.emit(Opcode::square, {s}), sums[1]);
  const auto rows = b.close_nest({{Combiner::stack, {u}},
                                  {Combiner::stack, {variance}},
                                  {Combiner::stack, {t}},
                                  {Combiner::stack, {s}},
                                  {Combiner::sum, {b.emit(Opcode::log, {s})}}});

  const auto place = b.open_nest({n, k});
  const ValueId scaled = b.div(b.read(loadings, {place[0], place[1]}), b.read(rows[3], {place[0]}));
  const ValueId a = b.close_nest({{Combiner::stack, {scaled}}})[0];
  const ValueId gram = b.contract(std::vector<ValueId>{a, a}, "ni,nj->ij");
  const auto cell = b.open_nest({k, k});
  const ValueId unit = b.select(b.emit(Opcode::eq, {cell[0], cell[1]}), b.constant(1.0), b.constant(0.0));
  const ValueId capacitance = b.close_nest(
      {{Combiner::stack, {b.add(b.read(gram, {cell[0], cell[1]}), unit)}}})[0];
  const ValueId factor = b.emit(Opcode::chol, {capacitance});
  const auto diagonal = b.open_nest({k});
  const ValueId log_factor = b.close_nest(
      {{Combiner::sum, {b.emit(Opcode::log, {b.read(factor, {diagonal[0], diagonal[0]})})}}})[0];
  const ValueId half_log_det = b.add(rows[4], log_factor);

  const ValueId projected = b.contract(std::vector<ValueId>{a, rows[2]}, "nk,n->k");
  const ValueId inner = b.emit(Opcode::trisolve, {factor, projected});
  const ValueId square = b.sub(sum_elements(b, b.emit(Opcode::square, {rows[2]})),
                               sum_elements(b, b.emit(Opcode::square, {inner})));

  const ValueId count = real_of(b, n);
  Drawn out;
  out.u = rows[0];
  out.mean = m;
  out.variance = rows[1];
  out.entropy = b.add(half_log_det, b.mul(b.constant(0.5 * (1 + log_two_pi)), count));
  out.log_q = b.neg(
      b.add(b.add(b.mul(b.constant(0.5), square), b.mul(b.constant(0.5 * log_two_pi), count)), half_log_det));
  writer.draw(out);
}

}  // namespace

const GuideFamily& lowrank_family() {
  static const GuideFamily family{"lowrank", nullptr, &expand_lowrank};
  return family;
}

}  // namespace elba::passes
