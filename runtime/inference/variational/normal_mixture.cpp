#include "runtime/inference/variational/normal_mixture.h"
#include "runtime/kernels/eigen_solvers.h"

#include <Eigen/Dense>
#include <cmath>
#include <limits>
#include <numbers>

#include "runtime/kernels/rng.h"
#include "support/elementary.h"

namespace elba::runtime {

namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;
using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

Eigen::Map<const Vector> vector_of(const std::vector<double>& values) {
  return {values.data(), static_cast<Eigen::Index>(values.size())};
}

std::vector<double> rows_of(const Matrix& matrix) {
  std::vector<double> out(static_cast<std::size_t>(matrix.size()));
  Eigen::Map<Rows>(out.data(), matrix.rows(), matrix.cols()) = matrix;
  return out;
}

}  // namespace

bool quasi_newton_part(const std::vector<double>& x, const std::vector<double>& gradient,
                       const std::vector<double>& diagonal, const std::vector<double>& steps,
                       const std::vector<double>& falls, std::size_t count, NormalPart& part) {
  const auto n = static_cast<Eigen::Index>(x.size()), m = static_cast<Eigen::Index>(count);
  const auto d = vector_of(diagonal), g = vector_of(gradient);
  part.diagonal = diagonal;
  part.basis.clear();
  part.factor.clear();
  part.rank = 0;
  part.mean = x;
  Eigen::Map<Vector> mean(part.mean.data(), n);
  if (m == 0) {
    mean += d.cwiseProduct(g);
    return true;
  }
  const Matrix s = Eigen::Map<const Rows>(steps.data(), m, n).transpose(),
               y = Eigen::Map<const Rows>(falls.data(), m, n).transpose();
  const Matrix products = s.transpose() * y;
  const Matrix upper = products.triangularView<Eigen::Upper>();
  const Matrix inverse = upper.triangularView<Eigen::Upper>().solve(Matrix::Identity(m, m));
  Matrix beta(n, 2 * m), gamma = Matrix::Zero(2 * m, 2 * m);
  beta << d.asDiagonal() * y, s;
  gamma.topRightCorner(m, m) = -inverse;
  gamma.bottomLeftCorner(m, m) = -inverse.transpose();
  gamma.bottomRightCorner(
      m, m) = inverse.transpose() *
              (Matrix(products.diagonal().asDiagonal()) + y.transpose() * d.asDiagonal() * y) * inverse;
  mean += d.cwiseProduct(g) + beta * (gamma * (beta.transpose() * g));
  // A^-1/2 beta = Q R
  const Eigen::Index rank = std::min(n, 2 * m);
  const Matrix scaled = d.cwiseSqrt().cwiseInverse().asDiagonal() * beta;
  const HouseholderQr qr(scaled);
  const Matrix r = Matrix(qr.matrixQR().topRows(rank).triangularView<Eigen::Upper>());
  const Matrix inner = Matrix::Identity(rank, rank) + r * gamma * r.transpose();
  const Cholesky llt(Matrix(0.5 * (inner + inner.transpose())));
  if (llt.info() != Eigen::Success || !inner.allFinite()) return false;
  part.basis = rows_of(qr.householderQ() * Matrix::Identity(n, rank));
  part.factor = rows_of(llt.matrixL());
  part.rank = static_cast<std::size_t>(rank);
  return mean.allFinite();
}

bool precision_part(const std::vector<double>& mean, const std::vector<double>& precision, NormalPart& part) {
  const auto n = static_cast<Eigen::Index>(mean.size());
  const Matrix p = Eigen::Map<const Rows>(precision.data(), n, n);
  const Cholesky llt(Matrix(0.5 * (p + p.transpose())));
  if (llt.info() != Eigen::Success || !p.allFinite()) return false;
  const Rows covariance = llt.solve(Matrix::Identity(n, n));
  return covariance_part(mean, std::vector<double>(covariance.data(), covariance.data() + covariance.size()),
                         part);
}

bool covariance_part(const std::vector<double>& mean, const std::vector<double>& covariance,
                     NormalPart& part) {
  const auto n = static_cast<Eigen::Index>(mean.size());
  const Matrix c = Eigen::Map<const Rows>(covariance.data(), n, n);
  const Cholesky root(Matrix(0.5 * (c + c.transpose())));
  if (root.info() != Eigen::Success || !c.allFinite()) return false;
  part = {mean, std::vector<double>(mean.size(), 1.0), {}, rows_of(root.matrixL()), mean.size()};
  return true;
}

NormalMixture::NormalMixture(std::vector<NormalPart> parts) : parts_(std::move(parts)) {}

void NormalMixture::draw(std::size_t which, std::uint64_t key, double* u) const {
  const NormalPart& part = parts_[which];
  const auto n = static_cast<Eigen::Index>(part.mean.size()), r = static_cast<Eigen::Index>(part.rank);
  Vector z(n);
  fill_normal(key, 0, part.mean.size(), z.data());
  const Eigen::Map<const Rows> l(part.factor.data(), r, r);
  if (r > 0 && part.basis.empty()) {
    z = (l.triangularView<Eigen::Lower>() * z).eval();
  } else if (r > 0) {
    const Eigen::Map<const Rows> q(part.basis.data(), n, r);
    const Vector inside = q.transpose() * z;
    z += q * (l.triangularView<Eigen::Lower>() * inside - inside);
  }
  Eigen::Map<Vector>(u, n) = vector_of(part.mean) + vector_of(part.diagonal).cwiseSqrt().cwiseProduct(z);
}

double NormalMixture::log_density(const NormalPart& part, const double* u) const {
  const auto n = static_cast<Eigen::Index>(part.mean.size()), r = static_cast<Eigen::Index>(part.rank);
  const auto d = vector_of(part.diagonal);
  const Vector z = (Eigen::Map<const Vector>(u, n) - vector_of(part.mean)).cwiseQuotient(d.cwiseSqrt());
  double square = z.squaredNorm(), log_det = d.array().log().sum();
  if (r > 0) {
    const Eigen::Map<const Rows> l(part.factor.data(), r, r);
    const Vector inside = part.basis.empty()
                              ? z
                              : Vector(Eigen::Map<const Rows>(part.basis.data(), n, r).transpose() * z);
    square += l.triangularView<Eigen::Lower>().solve(inside).squaredNorm() - inside.squaredNorm();
    log_det += 2 * l.diagonal().array().log().sum();
  }
  return -0.5 * (square + log_det + static_cast<double>(n) * math::log(2 * std::numbers::pi));
}

double NormalMixture::log_density(const double* u) const {
  double top = -std::numeric_limits<double>::infinity();
  std::vector<double> each;
  for (const NormalPart& part : parts_) {
    each.push_back(log_density(part, u));
    top = std::max(top, each.back());
  }
  if (!std::isfinite(top)) return top;
  double sum = 0;
  for (const double value : each)
    sum += math::exp(value - top);
  return top + math::log(sum / static_cast<double>(parts_.size()));
}

}  // namespace elba::runtime
