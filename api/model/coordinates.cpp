// coordinates: the table of a bound model's unknowns and predictions, from its signature and the sizes of the
// data.
#include "runtime/inference/coordinates.h"

#include <algorithm>

#include "api/model/handles.h"

namespace elba {

namespace {

void add_values(Site& site, const ir::Type& type, const Sizes& sizes, std::size_t& next) {
  for (const ir::Dim& dim : type.shape) {
    site.shape.push_back(dim.evaluate(sizes).value_or(0));
    site.value_size *= static_cast<std::size_t>(site.shape.back());
  }
  site.value_first = next;
  next += site.value_size;
}

}  // namespace

Coordinates coordinates_of(const Signature& signature, const Sizes& sizes) {
  Coordinates out;
  for (const auto& unknown : signature.unknowns) {
    Site site{unknown.name, unknown.support, unknown.is_param, unknown.is_bounded};
    site.first = out.size;
    site.size = static_cast<std::size_t>(
        std::max<std::int64_t>(unknown.unconstrained_size(sizes).value_or(0), 0));
    out.size += site.size;
    add_values(site, unknown.type, sizes, out.value_size);
    out.sites.push_back(std::move(site));
  }
  std::size_t next = out.value_size;
  for (const auto& prediction : signature.predictions) {
    Site site{.name = prediction.name, .is_bounded = prediction.is_bounded};
    add_values(site, prediction.type, sizes, next);
    out.predictions.push_back(std::move(site));
  }
  return out;
}

}  // namespace elba
