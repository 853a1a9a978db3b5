// flow: a normal law bent by n affine coupling layers.
//
//     x = e ~ N(0, I);   in layer l half of the coordinates (i + l even) stay and move the others:
//         h = tanh(b + W x_stay),   a_i = 2 tanh(S_i h / 2),   x_i <- x_i exp(a_i) + T_i h
//     u = m + L x,    log q(u) = log N(e; 0, I) - sum of all a - ln det L,   L as in fullrank
//
// Its entropy has no closed form: -log q at the draw stands for it. 16 hidden units a layer; the log-scales
// are bounded, so that no layer can throw a draw away. With S, T = 0 it is the full-rank guide: layers bend
// what a normal law leaves, and need not learn correlations. Source: Dinh, Sohl-Dickstein, Bengio, "Density
// estimation using Real NVP", 2017. Not there: permutations other than even and odd places.
#include <cmath>
#include <numbers>

#include "passes/guide/writer.h"
#include "support/elementary.h"

namespace elba::passes {

using namespace ir;

namespace {

const double log_two_pi = math::log(2 * std::numbers::pi);
constexpr std::int64_t hidden_units = 16;
constexpr double largest_log_scale = 2;

struct Layer {
  ValueId w, b, s, t;
};

// The moved coordinates and the sum of their log-scales.
std::pair<ValueId, ValueId> couple(Builder& b, const Dim& n, const Layer& weights, std::int64_t layer,
                                   ValueId x) {
  const Dim h(hidden_units);
  const auto stays = [&](ValueId i) {
    return b.emit(Opcode::eq, {b.emit(Opcode::imod, {b.add(i, b.constant_int(layer)), b.constant_int(2)}),
                               b.constant_int(0)});
  };
  const auto unit = b.open_nest({h});
  const auto from = b.open_nest({n});
  const ValueId seen = b.select(
      stays(from[0]), b.mul(b.read(weights.w, {unit[0], from[0]}), b.read(x, {from[0]})), b.constant(0.0));
  const ValueId sum = b.close_nest({{Combiner::sum, {seen}}})[0];
  const ValueId hidden = b.close_nest(
      {{Combiner::stack, {b.emit(Opcode::tanh, {b.add(b.read(weights.b, {unit[0]}), sum)})}}})[0];

  const auto place = b.open_nest({n});
  const auto k = b.open_nest({h});
  const ValueId active = b.read(hidden, {k[0]});
  const auto sums = b.close_nest({{Combiner::sum, {b.mul(b.read(weights.s, {place[0], k[0]}), active)}},
                                  {Combiner::sum, {b.mul(b.read(weights.t, {place[0], k[0]}), active)}}});
  const ValueId scale = b.mul(b.constant(largest_log_scale),
                              b.emit(Opcode::tanh, {b.mul(b.constant(1 / largest_log_scale), sums[0])}));
  const ValueId old = b.read(x, {place[0]}), is_kept = stays(place[0]);
  const ValueId moved = b.select(is_kept, old, b.add(b.mul(old, b.emit(Opcode::exp, {scale})), sums[1]));
  const auto out = b.close_nest(
      {{Combiner::stack, {moved}}, {Combiner::sum, {b.select(is_kept, b.constant(0.0), scale)}}});
  return {out[0], out[1]};
}

Layer next_layer(GuideWriter& writer) {
  const Dim n = writer.group().size, h(hidden_units), none(0);
  Layer layer;
  layer.w = writer.parameter("W", ParameterKind::weight, {h, n}, none, none);
  layer.b = writer.parameter("b", ParameterKind::weight, {h}, none, none);
  layer.s = writer.parameter("S", ParameterKind::readout, {n, h}, none, none);
  layer.t = writer.parameter("T", ParameterKind::readout, {n, h}, none, none);
  return layer;
}

void expand_flow(GuideWriter& writer) {
  Builder& b = writer.b;
  const GuideGroup& group = writer.group();
  const ValueId m = writer.parameter("m", ParameterKind::mean, {group.size});
  const ValueId factor = writer.parameter("L", ParameterKind::factor, {group.size, group.size});
  const ValueId eps = writer.noise(group.size);
  ValueId x = eps;
  std::vector<ValueId> log_dets;
  for (std::int64_t layer = 0; layer < group.argument; ++layer) {
    const auto [moved, log_det] = couple(b, group.size, next_layer(writer), layer, x);
    x = moved;
    log_dets.push_back(log_det);
  }
  const ValueId squares = sum_elements(b, b.emit(Opcode::square, {eps}));
  const ValueId density = b.add(b.mul(b.constant(0.5), squares),
                                b.mul(b.constant(0.5 * log_two_pi), real_of(b, group.size)));
  Drawn out;
  const FullPart part = full_part(b, group.size, factor, x);
  log_dets.push_back(part.log_diagonal);
  out.u = b.add(m, part.u);
  out.entropy = b.add(density, sum_terms(b, log_dets));
  out.log_q = b.neg(out.entropy);
  writer.draw(out);
}

}  // namespace

const GuideFamily& flow_family() {
  static const GuideFamily family{"flow", nullptr, &expand_flow};
  return family;
}

}  // namespace elba::passes
