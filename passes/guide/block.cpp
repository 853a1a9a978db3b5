// block: the Gaussian of a hierarchy: unknowns that all groups share with full covariance, and for
// every group member a block of its own, regressed on what is shared.
//
//     shared   u_g = m_g + L e_g
//     member j of arrays s with the same leading dim J, of d_s coordinates each:
//              u_sj = m_sj + diag(softplus(w_sj)) e_sj + S_sj e_sj + sum_{s' before s} C_ss'j e_s'j
//                     + B_sj e_g      S strictly lower
//     ln det of the factor = sum of the logs of its diagonal
//
// Members are independent of each other given what is shared: the structure of the exact posterior of a
// hierarchical model, at a cost that is linear in J. An array is a member when its prior depends on other
// latents; everything else is shared. Source: Tan, Bhaskaran, Nott, "Conditionally structured variational
// Gaussian approximation", 2020 (an arrow-shaped factor).
#include "passes/guide/writer.h"

namespace elba::passes {

using namespace ir;

namespace {

bool is_shared(const GuideGroup::Member& member) { return member.shape.empty() || !member.has_parents; }

void order_block(GuideGroup& group) { order_shared_first(group, &is_shared); }

// An array of members: J, and the coordinates of each.
struct Plate {
  Dim count, each;
  bool is_single = false;  // each is 1
};
Plate plate_of(const GuideGroup::Member& member) {
  Dim each(1);
  for (std::size_t k = 1; k < member.shape.size(); ++k)
    each = each * member.shape[k];
  return {member.shape[0], each, each == Dim(1)};
}

// The arrays before `at` that have the same members.
std::vector<std::size_t> siblings(const GuideGroup& group, std::size_t at) {
  std::vector<std::size_t> out;
  for (std::size_t k = 0; k < at; ++k)
    if (!is_shared(group.members[k]) && group.members[k].shape[0] == group.members[at].shape[0])
      out.push_back(k);
  return out;
}

// sum_c slopes[j, r, c] noise(c) and the sum of the squares of the slopes, over c < extent; with `below`:
// over c < r.
struct Pull {
  ValueId u, variance;
};
Pull pull(Builder& b, ValueId slopes, ValueId j, ValueId r, const Dim& extent,
          const std::function<ValueId(ValueId)>& noise_at, bool is_below) {
  const auto c = b.open_nest({extent});
  ValueId slope = b.read(slopes, {j, r, c[0]});
  if (is_below) slope = b.select(b.emit(Opcode::lt, {c[0], r}), slope, b.constant(0.0));
  const auto sums = b.close_nest(
      {{Combiner::sum, {b.mul(slope, noise_at(c[0]))}}, {Combiner::sum, {b.emit(Opcode::square, {slope})}}});
  return {sums[0], sums[1]};
}

void expand_block(GuideWriter& writer) {
  Builder& b = writer.b;
  const GuideGroup& group = writer.group();
  const Dim shared = shared_size(group, &is_shared);
  const bool has_shared = !(shared == Dim(0));
  const ValueId m = writer.parameter("m", ParameterKind::mean, {group.size});
  const ValueId eps = writer.noise(group.size);
  std::vector<Type> types;
  if (has_shared) types.push_back(Type::real({shared}));
  for (const auto& member : group.members)
    if (!is_shared(member)) types.push_back(Type::real({plate_of(member).count, plate_of(member).each}));
  const auto noises = b.unpack(eps, std::move(types));

  std::vector<ValueId> parts, variances, log_diagonals;
  std::map<std::size_t, ValueId> noise_of;  // of each member array
  std::size_t taken = 0;
  if (has_shared) {
    const ValueId factor = writer.parameter("L", ParameterKind::factor, {shared, shared}, Dim(0), shared);
    const FullPart full = full_part(b, shared, factor, noises[taken++]);
    parts.push_back(full.u);
    variances.push_back(full.variance);
    log_diagonals.push_back(full.log_diagonal);
  }
  Dim first = shared;
  for (std::size_t k = 0; k < group.members.size(); ++k) {
    const auto& member = group.members[k];
    if (is_shared(member)) continue;
    const Plate plate = plate_of(member);
    const ValueId own = noise_of[k] = noises[taken++];
    const auto slopes = [&](const char* name, const Dim& extent) {
      return writer.parameter(name, ParameterKind::slope, {plate.count, plate.each, extent}, first,
                              member.size);
    };
    const ValueId w = writer.parameter("w", ParameterKind::scale, {plate.count, plate.each}, first,
                                       member.size);
    const auto place = b.open_nest({plate.count, plate.each});
    const ValueId j = place[0], r = place[1];
    const ValueId s = b.emit(Opcode::softplus, {b.read(w, {j, r})});
    ValueId u = b.mul(s, b.read(own, {j, r})), variance = b.emit(Opcode::square, {s});
    const auto add = [&](const Pull& part) {
      u = b.add(u, part.u);
      variance = b.add(variance, part.variance);
    };
    if (!plate.is_single)
      add(pull(
          b, slopes("S", plate.each), j, r, plate.each, [&](ValueId c) { return b.read(own, {j, c}); },
          true));
    for (const std::size_t other : siblings(group, k)) {
      const Dim each = plate_of(group.members[other]).each;
      add(pull(
          b, slopes("C", each), j, r, each, [&](ValueId c) { return b.read(noise_of.at(other), {j, c}); },
          false));
    }
    if (has_shared)
      add(pull(
          b, slopes("B", shared), j, r, shared, [&](ValueId c) { return b.read(noises[0], {c}); }, false));
    const auto results = b.close_nest(
        {{Combiner::stack, {u}}, {Combiner::stack, {variance}}, {Combiner::sum, {b.emit(Opcode::log, {s})}}});
    parts.push_back(results[0]);
    variances.push_back(results[1]);
    log_diagonals.push_back(results[2]);
    first = first + member.size;
  }
  Drawn out;
  out.u = b.add(m, pack_all(b, parts, group.size));
  out.mean = m;
  out.variance = pack_all(b, variances, group.size);
  writer.draw(triangular_draw(b, group.size, eps, sum_terms(b, log_diagonals), out));
}

}  // namespace

const GuideFamily& block_family() {
  static const GuideFamily family{"block", &order_block, &expand_block};
  return family;
}

}  // namespace elba::passes
