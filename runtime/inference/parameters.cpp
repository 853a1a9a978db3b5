#include "runtime/inference/parameters.h"

#include <algorithm>
#include <cmath>

#include "runtime/kernels/softplus.h"
#include "support/elementary.h"

namespace elba::runtime {

namespace {

// Of starts: other last digits than softplus.h has.
double start_softplus(double w) { return std::max(w, 0.0) + math::log1p(math::exp(-std::fabs(w))); }
double start_softplus_inverse(double sd) { return sd > 30 ? sd : math::log(math::expm1(sd)); }

bool is_of_site(ParameterKind kind) {
  return kind == ParameterKind::centering || kind == ParameterKind::point;
}

}  // namespace

NormalForm ParameterTable::form() const { return groups.size() == 1 ? groups[0].form : NormalForm::none; }

bool ParameterTable::is_normal() const {
  return std::all_of(groups.begin(), groups.end(), [](const auto& group) { return group.is_normal; });
}

bool ParameterTable::takes_fixed_draws() const {
  return std::all_of(groups.begin(), groups.end(), [](const auto& group) { return group.takes_fixed_draws; });
}

std::string ParameterTable::starts_from() const {
  if (form() != NormalForm::none) return {};
  return groups.size() == 1 ? groups[0].starts_from : "meanfield";
}

std::vector<std::size_t> ParameterTable::means() const {
  std::vector<std::size_t> out;
  for (const SharedCoordinates& run : shared)
    for (std::size_t k = 0; k < run.size && !run.is_param; ++k)
      out.push_back(run.phi_offset + k);
  return out;
}

std::vector<double> ParameterTable::initial(std::span<const double> u, double sd) const {
  std::vector<double> phi(size, 0.0);
  const double w = softplus_inverse(sd);
  for (const ParameterBlock& block : blocks) {
    const std::size_t at = block.offset, n = block.rows;
    if (block.kind == ParameterKind::scale)
      std::fill_n(phi.begin() + static_cast<std::ptrdiff_t>(at), block.size, w);
    if (block.kind == ParameterKind::factor)
      for (std::size_t i = 0; i < n; ++i)
        phi[at + i * n + i] = w;
    // At zero the gradient by loadings and by weights is zero, by symmetry; an irregular pattern leaves no
    // direction out.
    const double small = block.kind == ParameterKind::slope    ? 0.1 * sd
                         : block.kind == ParameterKind::weight ? 0.1
                                                               : 0;
    for (std::size_t i = 0; i < block.size && small > 0; ++i)
      phi[at + i] = small * math::sin(12.9898 * static_cast<double>(i + 1));
  }
  for (const SharedCoordinates& run : shared)
    for (std::size_t i = 0; i < run.size; ++i)
      if (run.u_offset + i < u.size()) phi[run.phi_offset + i] = u[run.u_offset + i];
  return phi;
}

std::vector<double> ParameterTable::units(std::span<const double> sd) const {
  std::vector<double> units(size, 1.0);
  for (const ParameterBlock& block : blocks) {
    // Networks of that size are visibly not linear.
    if (block.kind == ParameterKind::weight || block.kind == ParameterKind::readout)
      std::fill_n(units.begin() + static_cast<std::ptrdiff_t>(block.offset), block.size,
                  block.kind == ParameterKind::weight ? 0.3 : 0.1);
    if (is_of_site(block.kind) || block.kind == ParameterKind::lag) continue;
    const std::size_t each = block.rows == 0 ? 0 : block.size / block.rows;
    for (std::size_t i = 0; i < block.rows; ++i) {
      const std::size_t place = groups[block.group].places[block.first + i];
      const double s = place < sd.size() ? sd[place] : 1;
      const double width = s / -math::expm1(-s);  // s over the slope of softplus where it is s
      for (std::size_t j = 0; j < each; ++j)
        units[block.offset + i * each + j] =
            block.kind == ParameterKind::scale || (block.kind == ParameterKind::factor && i == j) ? width : s;
    }
  }
  return units;
}

GuideStart start_of(const ParameterTable& table, const std::vector<double>& phi) {
  GuideStart start;
  const std::size_t n = table.latent_size;
  if (phi.size() != table.size) return start;
  for (const ParameterBlock& block : table.blocks) {
    const auto at = phi.begin() + static_cast<std::ptrdiff_t>(block.offset);
    const std::vector<double> values(at, at + static_cast<std::ptrdiff_t>(block.size));
    if (is_of_site(block.kind)) start.points[block.name] = values;
    if (table.form() == NormalForm::none) continue;
    if (block.kind == ParameterKind::mean) start.mean = values;
    if (block.kind == ParameterKind::scale)
      for (const double w : values)
        start.spread.push_back(start_softplus(w));
    if (block.kind != ParameterKind::factor) continue;
    start.factor.assign(n * n, 0.0);
    for (std::size_t i = 0; i < n; ++i) {
      double square = 0;
      for (std::size_t j = 0; j <= i; ++j) {
        start.factor[i * n + j] = i == j ? start_softplus(values[i * n + i]) : values[i * n + j];
        square += start.factor[i * n + j] * start.factor[i * n + j];
      }
      start.spread.push_back(std::sqrt(square));
    }
  }
  return start;
}

std::vector<double> phi_from(const ParameterTable& table, const GuideStart& start) {
  const std::size_t n = table.latent_size;
  if (start.mean.size() != n || start.spread.size() != n) return {};
  std::vector<double> phi = table.initial({}, 1.0);
  for (const ParameterBlock& block : table.blocks) {
    const std::size_t at = block.offset, rows = block.rows, each = rows == 0 ? 0 : block.size / rows;
    // All coordinates, in their own order.
    if (block.kind == ParameterKind::factor && rows == n && start.factor.size() == n * n) {
      for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j <= i; ++j)
          phi[at + i * n + j] = i == j ? start_softplus_inverse(start.factor[i * n + i])
                                       : start.factor[i * n + j];
      continue;
    }
    if (is_of_site(block.kind)) {
      const auto known = start.points.find(block.name);
      if (known == start.points.end() || known->second.size() != block.size) return {};
      std::copy(known->second.begin(), known->second.end(), phi.begin() + static_cast<std::ptrdiff_t>(at));
      continue;
    }
    for (std::size_t i = 0; i < rows; ++i) {
      const std::size_t k = table.groups[block.group].places[block.first + i];
      if (block.kind == ParameterKind::mean) phi[at + i] = start.mean[k];
      if (block.kind == ParameterKind::scale) phi[at + i] = start_softplus_inverse(start.spread[k]);
      if (block.kind == ParameterKind::factor)
        phi[at + i * each + i] = start_softplus_inverse(start.spread[k]);
      for (std::size_t j = 0; j < each && block.kind == ParameterKind::slope; ++j)
        phi[at + i * each + j] *= start.spread[k];  // `initial` made it for a standard deviation of 1
    }
  }
  return phi;
}

}  // namespace elba::runtime
