// banded: Gaussian chains: each coordinate of an array given the few before it, and the scalars beside
// it with full covariance.
//
//     x_i = softplus(w_i) e_i + sum_{j=1..b} A_ij x_{i-j} + sum_g B_ig e_g,   u = m + x,   scalars: u_g = m_g + L e_g
//     ln det of the factor = sum ln softplus(w_i) + sum ln L_gg
//
// Given the scalars, the precision of an array is banded with bandwidth b: the exact posterior's structure
// for a state-space model of order b whose parameters are the scalars. An array of several dims is one chain,
// row-major. Sources: Tan and Nott, "Gaussian variational approximation with sparse precision matrices",
// 2018; design/inference.md 6.3. Not there: marginal variances (priors are not integrated by themselves).
#include "passes/guide/guide.h"

namespace elba::passes {

using namespace ir;

namespace {

bool is_scalar(const GuideGroup::Member& member) { return member.shape.empty(); }

void arrange(GuideGroup& group) { arrange_shared_first(group, &is_scalar); }

std::vector<GuideBlock> blocks(const GuideGroup& group) {
  const Dim shared = shared_size(group, &is_scalar), band(group.argument);
  const bool has_shared = !(shared == Dim(0));
  std::vector<GuideBlock> out{{"m", BlockKind::mean, {group.size}, Dim(0), group.size}};
  if (has_shared) out.push_back({"L", BlockKind::factor, {shared, shared}, Dim(0), shared});
  Dim first = shared;
  for (const auto& member : group.members) {
    if (is_scalar(member)) continue;
    out.push_back({"w", BlockKind::scale, {member.size}, first, member.size});
    out.push_back({"A", BlockKind::lag, {member.size, band}, first, member.size});
    if (has_shared) out.push_back({"B", BlockKind::slope, {member.size, shared}, first, member.size});
    first = first + member.size;
  }
  return out;
}

Dim noise(const GuideGroup& group) { return group.size; }

GuideDraw draw(Builder& b, const GuideGroup& group, std::span<const ValueId> phi, ValueId eps) {
  const Dim shared = shared_size(group, &is_scalar);
  const bool has_shared = !(shared == Dim(0));
  std::vector<Type> types;
  if (has_shared) types.push_back(Type::real({shared}));
  for (const auto& member : group.members)
    if (!is_scalar(member)) types.push_back(Type::real({member.size}));
  const auto noises = b.unpack(eps, std::move(types));

  std::vector<ValueId> parts, log_diagonals;
  std::size_t block = 1, noise_of = 0;
  if (has_shared) {
    const FullPart full = full_part(b, shared, phi[block++], noises[noise_of++]);
    parts.push_back(full.u);
    log_diagonals.push_back(full.log_diagonal);
  }
  for (const auto& member : group.members) {
    if (is_scalar(member)) continue;
    const ValueId w = phi[block++], lags = phi[block++], own = noises[noise_of++];
    const ValueId slopes = has_shared ? phi[block++] : ValueId{};
    const std::vector<ValueId> none(static_cast<std::size_t>(group.argument), b.constant(0.0));
    const auto head = b.open_scan(member.size, none);
    const ValueId s = b.emit(Opcode::softplus, {b.read(w, {head.iterator})});
    ValueId x = b.mul(s, b.read(own, {head.iterator}));
    for (std::size_t j = 0; j < none.size(); ++j)
      x = b.add(x, b.mul(b.read(lags, {head.iterator, b.constant_int(static_cast<std::int64_t>(j))}),
                         head.carries[j]));
    if (has_shared) {
      const auto from = b.open_nest({shared});
      const ValueId pulled = b.mul(b.read(slopes, {head.iterator, from[0]}), b.read(noises[0], {from[0]}));
      x = b.add(x, b.close_nest({{Combiner::sum, {pulled}}})[0]);
    }
    std::vector<ValueId> nexts{x};
    nexts.insert(nexts.end(), head.carries.begin(), head.carries.end() - 1);
    const auto results = b.close_scan(nexts,
                                      {{Combiner::stack, {x}}, {Combiner::sum, {b.emit(Opcode::log, {s})}}});
    parts.push_back(results[none.size()]);
    log_diagonals.push_back(results[none.size() + 1]);
  }
  GuideDraw out;
  out.u = b.add(phi[0], parts.size() == 1 ? parts[0] : pack_all(b, parts, group.size));
  out.mean = phi[0];
  return triangular_draw(b, group.size, eps, sum_terms(b, log_diagonals), out);
}

}  // namespace

const GuideFamily& banded_family() {
  static const GuideFamily family{"banded", &arrange, &blocks, &noise, &draw};
  return family;
}

}  // namespace elba::passes
