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
#include "passes/guide/writer.h"

namespace elba::passes {

using namespace ir;

namespace {

bool is_scalar(const GuideGroup::Member& member) { return member.shape.empty(); }

void order_banded(GuideGroup& group) { order_shared_first(group, &is_scalar); }

void expand_banded(GuideWriter& writer) {
  Builder& b = writer.b;
  const GuideGroup& group = writer.group();
  const Dim shared = shared_size(group, &is_scalar), band(group.argument);
  const bool has_shared = !(shared == Dim(0));
  const ValueId m = writer.parameter("m", ParameterKind::mean, {group.size});
  const ValueId eps = writer.noise(group.size);
  std::vector<Type> types;
  if (has_shared) types.push_back(Type::real({shared}));
  for (const auto& member : group.members)
    if (!is_scalar(member)) types.push_back(Type::real({member.size}));
  const auto noises = b.unpack(eps, std::move(types));

  std::vector<ValueId> parts, log_diagonals;
  std::size_t noise_of = 0;
  if (has_shared) {
    const ValueId factor = writer.parameter("L", ParameterKind::factor, {shared, shared}, Dim(0), shared);
    const FullPart full = full_part(b, shared, factor, noises[noise_of++]);
    parts.push_back(full.u);
    log_diagonals.push_back(full.log_diagonal);
  }
  Dim first = shared;
  for (const auto& member : group.members) {
    if (is_scalar(member)) continue;
    const auto parameter = [&](const char* name, ParameterKind kind, std::vector<Dim> shape) {
      return writer.parameter(name, kind, std::move(shape), first, member.size);
    };
    const ValueId w = parameter("w", ParameterKind::scale, {member.size});
    const ValueId lags = parameter("A", ParameterKind::lag, {member.size, band});
    const ValueId slopes = has_shared ? parameter("B", ParameterKind::slope, {member.size, shared})
                                      : ValueId{};
    const ValueId own = noises[noise_of++];
    first = first + member.size;
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
  Drawn out;
  out.u = b.add(m, parts.size() == 1 ? parts[0] : pack_all(b, parts, group.size));
  out.mean = m;
  writer.draw(triangular_draw(b, group.size, eps, sum_terms(b, log_diagonals), out));
}

}  // namespace

const GuideFamily& banded_family() {
  static const GuideFamily family{"banded", &order_banded, &expand_banded};
  return family;
}

}  // namespace elba::passes
