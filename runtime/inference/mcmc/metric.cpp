#include "runtime/inference/mcmc/metric.h"

#include <cmath>

#include "runtime/inference/vectors.h"
#include "runtime/kernels/rng.h"

namespace elba::runtime {

namespace {

// Lower factor of a symmetric matrix; false when it is not positive definite.
bool factorise(const std::vector<double>& s, std::size_t n, std::vector<double>& lower) {
  lower.assign(n * n, 0.0);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j <= i; ++j) {
      const double rest = s[i * n + j] - dot(&lower[i * n], &lower[j * n], j);
      if (i != j) {
        lower[i * n + j] = rest / lower[j * n + j];
      } else {
        if (!(rest > 0) || !std::isfinite(rest)) return false;
        lower[i * n + i] = std::sqrt(rest);
      }
    }
  return true;
}

}  // namespace

Metric::Metric(std::size_t size, bool is_dense, const std::vector<double>& variances)
    : size_(size), is_dense_(is_dense), scale_(variances) {
  scale_.resize(size, 1.0);
  if (!is_dense) return;
  covariance_.assign(size * size, 0.0);
  factor_ = covariance_;
  for (std::size_t k = 0; k < size; ++k) {
    covariance_[k * size + k] = scale_[k];
    factor_[k * size + k] = std::sqrt(scale_[k]);
  }
}

void Metric::draw_momentum(std::uint64_t key, std::vector<double>& p) const {
  p.resize(size_);
  fill_normal(key, 0, size_, p.data());
  if (!is_dense_) {
    for (std::size_t k = 0; k < size_; ++k)
      p[k] /= std::sqrt(scale_[k]);
    return;
  }
  // p = L^-T z has covariance (L L')^-1.
  for (std::size_t i = size_; i-- > 0;) {
    for (std::size_t j = i + 1; j < size_; ++j)
      p[i] -= factor_[j * size_ + i] * p[j];
    p[i] /= factor_[i * size_ + i];
  }
}

void Metric::velocity(const std::vector<double>& p, std::vector<double>& v) const {
  v.resize(size_);
  for (std::size_t k = 0; k < size_; ++k)
    v[k] = is_dense_ ? dot(&covariance_[k * size_], p.data(), size_) : scale_[k] * p[k];
}

bool Metric::adapt(const std::vector<double>& draws, std::size_t count) {
  if (count < 4) return false;
  const double n = static_cast<double>(count), keep = n / (n + 5), floor = 1e-3 * 5 / (n + 5);
  std::vector<double> mean(size_, 0.0);
  for (std::size_t row = 0; row < count; ++row)
    for (std::size_t k = 0; k < size_; ++k)
      mean[k] += draws[row * size_ + k] / n;
  const auto moment = [&](std::size_t a, std::size_t b) {
    double sum = 0;
    for (std::size_t row = 0; row < count; ++row)
      sum += (draws[row * size_ + a] - mean[a]) * (draws[row * size_ + b] - mean[b]);
    return keep * sum / (n - 1);
  };
  if (!is_dense_) {
    std::vector<double> scale(size_);
    for (std::size_t k = 0; k < size_; ++k)
      scale[k] = moment(k, k) + floor;
    if (!all_finite(scale.data(), size_)) return false;
    scale_ = std::move(scale);
    return true;
  }
  std::vector<double> covariance(size_ * size_), factor;
  for (std::size_t i = 0; i < size_; ++i)
    for (std::size_t j = 0; j <= i; ++j)
      covariance[i * size_ + j] = covariance[j * size_ + i] = moment(i, j) + (i == j ? floor : 0);
  if (!factorise(covariance, size_, factor)) return false;
  covariance_ = std::move(covariance);
  factor_ = std::move(factor);
  return true;
}

}  // namespace elba::runtime
