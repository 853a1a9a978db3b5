#include "runtime/inference/variational/sparse_normal.h"

#include <Eigen/Sparse>
#include <cmath>
#include <numbers>

#include "support/elementary.h"

namespace elba::runtime {

namespace {

using Matrix = Eigen::SparseMatrix<double>;
using Vector = Eigen::VectorXd;

}  // namespace

struct SparseNormal::Impl {
  std::vector<double> mean;
  Matrix precision;  // lower triangle
  Eigen::SimplicialLLT<Matrix> factor;
  double log_det = 0;
};

SparseNormal::SparseNormal(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SparseNormal::~SparseNormal() = default;

std::shared_ptr<const SparseNormal> SparseNormal::make(std::vector<double> mean,
                                                       const std::vector<MatrixEntry>& lower) {
  auto impl = std::make_unique<Impl>();
  const auto n = static_cast<Eigen::Index>(mean.size());
  std::vector<Eigen::Triplet<double>> entries;
  entries.reserve(lower.size());
  for (const MatrixEntry& entry : lower) {
    if (!std::isfinite(entry.value)) return nullptr;
    entries.emplace_back(static_cast<int>(entry.row), static_cast<int>(entry.column), entry.value);
  }
  impl->precision.resize(n, n);
  impl->precision.setFromTriplets(entries.begin(), entries.end());
  impl->factor.compute(impl->precision);
  if (impl->factor.info() != Eigen::Success) return nullptr;
  const Vector diagonal = impl->factor.matrixL().nestedExpression().diagonal();
  impl->log_det = 2 * diagonal.array().log().sum();
  if (!std::isfinite(impl->log_det)) return nullptr;
  impl->mean = std::move(mean);
  return std::shared_ptr<const SparseNormal>(new SparseNormal(std::move(impl)));
}

const std::vector<double>& SparseNormal::mean() const { return impl_->mean; }
double SparseNormal::log_det() const { return impl_->log_det; }
std::size_t SparseNormal::entries() const {
  return static_cast<std::size_t>(impl_->factor.matrixL().nestedExpression().nonZeros());
}

void SparseNormal::place(const double* w, double* x) const {
  const auto n = static_cast<Eigen::Index>(impl_->mean.size());
  const Vector moved = impl_->factor.matrixU().solve(Eigen::Map<const Vector>(w, n));
  Eigen::Map<Vector>(x, n) = Eigen::Map<const Vector>(impl_->mean.data(), n) +
                             impl_->factor.permutationPinv() * moved;
}

void SparseNormal::pull_back(const double* by_x, double* by_w) const {
  const auto n = static_cast<Eigen::Index>(impl_->mean.size());
  const Vector permuted = impl_->factor.permutationP() * Eigen::Map<const Vector>(by_x, n);
  Eigen::Map<Vector>(by_w, n) = impl_->factor.matrixL().solve(permuted);
}

void SparseNormal::solve(const double* g, double* out) const {
  const auto n = static_cast<Eigen::Index>(impl_->mean.size());
  Eigen::Map<Vector>(out, n) = impl_->factor.solve(Eigen::Map<const Vector>(g, n));
}

double SparseNormal::log_density(const double* x) const {
  const auto n = static_cast<Eigen::Index>(impl_->mean.size());
  const Vector from_mean = Eigen::Map<const Vector>(x, n) - Eigen::Map<const Vector>(impl_->mean.data(), n);
  const Vector along = impl_->precision.selfadjointView<Eigen::Lower>() * from_mean;
  return 0.5 *
         (impl_->log_det - from_mean.dot(along) - static_cast<double>(n) * math::log(2 * std::numbers::pi));
}

}  // namespace elba::runtime
