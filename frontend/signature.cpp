#include "frontend/signature.h"

namespace elba {

std::optional<std::vector<std::int64_t>> Signature::Unknown::unconstrained_sizes(
    const std::map<std::string, std::int64_t>& sizes) const {
  std::vector<std::int64_t> extents;
  for (const ir::Dim& dim : unconstrained_shape) {
    const auto extent = dim.evaluate(sizes);
    if (!extent) return std::nullopt;
    extents.push_back(*extent);
  }
  if (pairs_of) {
    const auto n = pairs_of->evaluate(sizes);
    std::int64_t pairs = 0;
    if (!n || __builtin_mul_overflow(*n, *n - 1, &pairs) ||
        __builtin_add_overflow(extents.back(), pairs / 2, &extents.back()))
      return std::nullopt;
  }
  return extents;
}

std::optional<std::int64_t> Signature::Unknown::unconstrained_size(
    const std::map<std::string, std::int64_t>& sizes) const {
  const auto extents = unconstrained_sizes(sizes);
  if (!extents) return std::nullopt;
  std::int64_t total = 1;
  for (const std::int64_t extent : *extents)
    if (__builtin_mul_overflow(total, extent, &total)) return std::nullopt;
  return total;
}

std::string Signature::Unknown::unconstrained_text() const {
  auto extents = unconstrained_shape;
  std::string pairs;
  if (pairs_of && pairs_of->is_constant())
    extents.back() = extents.back() + ir::Dim(pairs_of->constant() * (pairs_of->constant() - 1) / 2);
  else if (pairs_of)
    pairs = "(" + pairs_of->text() + " choose 2)";
  if (!pairs.empty() && !(extents.back() == ir::Dim(0)))
    pairs = "(" + extents.back().text() + " + " + pairs + ")";
  if (!pairs.empty()) extents.pop_back();
  ir::Dim total(1);
  for (const auto& extent : extents)
    total = total * extent;
  if (pairs.empty()) return total.text();
  return total == ir::Dim(1) ? pairs : "(" + total.text() + ")*" + pairs;
}

}  // namespace elba
