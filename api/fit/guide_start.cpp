// guide_start: the parameters phi of a guide <-> mean, covariance and centering weights.
#include "api/fit/guide_start.h"

#include <algorithm>
#include <cmath>

#include "runtime/inference/variational/linear_response.h"
#include "runtime/inference/vectors.h"
#include "runtime/kernels/rng.h"
#include "support/elementary.h"

namespace elba {

namespace {

double softplus_inverse(double sd) { return sd > 30 ? sd : math::log(math::expm1(sd)); }
double softplus(double w) { return std::max(w, 0.0) + math::log1p(math::exp(-std::fabs(w))); }

}  // namespace

const ir::GuideFamilyName& family_of(const passes::GuideGroup& group) {
  return *ir::find_guide_family(group.family->name);
}

runtime::GuideFamily runtime_family(const Layout& layout) {
  if (layout.guide.groups.size() != 1) return runtime::GuideFamily::structured;
  switch (family_of(layout.guide.groups[0]).form) {
    case ir::NormalForm::diagonal:
      return runtime::GuideFamily::meanfield;
    case ir::NormalForm::full:
      return runtime::GuideFamily::fullrank;
    case ir::NormalForm::none:
      break;
  }
  return runtime::GuideFamily::structured;
}

bool is_normal(const Layout& layout) {
  return std::all_of(layout.guide.groups.begin(), layout.guide.groups.end(),
                     [](const auto& group) { return family_of(group).is_normal; });
}

NutsStart start_of(const Layout& layout, const std::vector<double>& phi) {
  NutsStart start;
  const std::size_t n = layout.latent_size;
  if (phi.size() != layout.size) return start;
  const bool is_structured = runtime_family(layout) == runtime::GuideFamily::structured;
  for (const auto& block : layout.guide.blocks) {
    const auto at = phi.begin() + block.offset.evaluate(layout.sizes).value_or(0);
    const std::vector<double> values(at, at + block.size.evaluate(layout.sizes).value_or(0));
    if (block.kind == passes::BlockKind::centering || block.kind == passes::BlockKind::point)
      start.points[block.name] = values;
    if (is_structured) continue;
    if (block.kind == passes::BlockKind::mean) start.mean = values;
    if (block.kind == passes::BlockKind::scale)
      for (const double w : values)
        start.spread.push_back(softplus(w));
    if (block.kind != passes::BlockKind::factor) continue;
    start.factor.assign(n * n, 0.0);
    for (std::size_t i = 0; i < n; ++i) {
      double square = 0;
      for (std::size_t j = 0; j <= i; ++j) {
        start.factor[i * n + j] = i == j ? softplus(values[i * n + i]) : values[i * n + j];
        square += start.factor[i * n + j] * start.factor[i * n + j];
      }
      start.spread.push_back(std::sqrt(square));
    }
  }
  return start;
}

void add_geometry(NutsStart& start, const Layout& layout, const DrawCoordinates& draw,
                  const std::vector<double>& phi) {
  const std::size_t n = layout.latent_size;
  std::vector<double> noise(layout.noise_size), mean(n), moved(n), covariance(n * n);
  if (!draw(phi.data(), noise.data(), mean.data())) return;
  for (std::size_t k = 0; k < noise.size(); ++k) {
    noise[k] = 1;
    if (!draw(phi.data(), noise.data(), moved.data())) return;
    noise[k] = 0;
    for (std::size_t i = 0; i < n; ++i)
      moved[i] -= mean[i];
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j <= i && moved[i] != 0; ++j)
        covariance[i * n + j] += moved[i] * moved[j];
  }
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < i; ++j)
      covariance[j * n + i] = covariance[i * n + j];
  std::vector<double> factor;
  if (!runtime::all_finite(covariance) || !runtime::lower_factor(covariance, n, factor)) return;
  start.mean = std::move(mean);
  start.factor = std::move(factor);
  for (std::size_t i = 0; i < n; ++i)
    start.spread.push_back(std::sqrt(covariance[i * n + i]));
}

std::vector<double> phi_from(const Layout& layout, const NutsStart& start) {
  const std::size_t n = layout.latent_size;
  if (start.mean.size() != n || start.spread.size() != n) return {};
  std::vector<double> phi = passes::initial_phi(layout.guide, layout.sizes, {}, 1.0);
  const auto places = passes::group_coordinates(layout.guide, layout.sizes);
  const auto width = [&](std::size_t k) { return softplus_inverse(start.spread[k]); };
  for (const auto& block : layout.guide.blocks) {
    const auto number = [&](const ir::Dim& dim) {
      return static_cast<std::size_t>(dim.evaluate(layout.sizes).value_or(0));
    };
    const std::size_t at = number(block.offset), size = number(block.size), rows = number(block.rows),
                      each = rows == 0 ? 0 : size / rows;
    // All coordinates, in their own order.
    if (block.kind == passes::BlockKind::factor && rows == n && start.factor.size() == n * n) {
      for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j <= i; ++j)
          phi[at + i * n + j] = i == j ? softplus_inverse(start.factor[i * n + i]) : start.factor[i * n + j];
      continue;
    }
    if (block.kind == passes::BlockKind::centering || block.kind == passes::BlockKind::point) {
      const auto known = start.points.find(block.name);
      if (known == start.points.end() || known->second.size() != size) return {};
      std::copy(known->second.begin(), known->second.end(), phi.begin() + static_cast<std::ptrdiff_t>(at));
      continue;
    }
    for (std::size_t i = 0; i < rows; ++i) {
      const std::size_t k = places[block.group][number(block.first) + i];
      if (block.kind == passes::BlockKind::mean) phi[at + i] = start.mean[k];
      if (block.kind == passes::BlockKind::scale) phi[at + i] = width(k);
      if (block.kind == passes::BlockKind::factor) phi[at + i * each + i] = width(k);
      for (std::size_t j = 0; j < each && block.kind == passes::BlockKind::slope; ++j)
        phi[at + i * each + j] *= start.spread[k];  // initial_phi made it for a width of 1
    }
  }
  return phi;
}

}  // namespace elba
