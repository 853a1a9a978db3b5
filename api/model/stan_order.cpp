// stan_order: unconstrained coordinates in the order of a Stan program.
//
//     latent A: real[2, 3]     here      A[1, 1], A[1, 2], A[1, 3], A[2, 1], ..
//     matrix[2, 3] A           in Stan   A[1, 1], A[2, 1], A[1, 2], A[2, 2], ..
//
// Source: Stan Reference Manual, "Matrix data type" (column-major storage and serialisation); arrays are
// row-major there too.
#include <fmt/format.h>

#include <algorithm>

#include "api/model/handles.h"
#include "api/model/unguarded.h"

namespace elba {

namespace {

bool may_be_matrix(const Signature::Unknown& unknown) {
  return unknown.event_rank == 0 && unknown.type.rank() >= 2;
}

}  // namespace

Result<std::vector<std::size_t>> unguarded::stan_order(const BoundHandle& impl,
                                                       const std::vector<std::string>& matrices) {
  const auto& unknowns = impl->program->signature.unknowns;
  Sink sink;
  for (const std::string& name : matrices) {
    const auto it = std::find_if(unknowns.begin(), unknowns.end(),
                                 [&](const auto& unknown) { return unknown.name == name; });
    if (it == unknowns.end())
      sink.report(Code::usage_error, {}, {fmt::format("`{}` is no latent and no param of this model", name)});
    else if (!may_be_matrix(*it))
      sink.report(Code::usage_error, {},
                  {fmt::format(
                      "`{}` is no matrix of numbers, so that its coordinates have one order here and in Stan",
                      name)})
          .suggest("leave it out");
  }
  if (sink.has_errors()) return sink.sorted();
  std::vector<std::size_t> order;
  order.reserve(impl->coordinates.size);
  for (const auto& unknown : unknowns) {
    const auto sizes = unknown.unconstrained_sizes(impl->data->sizes).value_or(std::vector<std::int64_t>{0});
    const bool is_matrix = may_be_matrix(unknown) &&
                           (matrices.empty() ||
                            std::find(matrices.begin(), matrices.end(), unknown.name) != matrices.end());
    std::size_t count = 1;
    for (const std::int64_t size : sizes)
      count *= static_cast<std::size_t>(std::max<std::int64_t>(size, 0));
    const std::size_t first = order.size();
    const std::size_t columns = is_matrix ? static_cast<std::size_t>(sizes.back()) : 1,
                      rows = is_matrix ? static_cast<std::size_t>(sizes[sizes.size() - 2]) : 1;
    for (std::size_t k = 0; k < count; ++k) {
      const std::size_t matrix = k / (rows * columns), place = k % (rows * columns);
      order.push_back(first +
                      (is_matrix ? matrix * rows * columns + place % rows * columns + place / rows : k));
    }
  }
  return order;
}

}  // namespace elba
