#include "runtime/inference/variational/gaussian_parameters.h"
#include "runtime/kernels/eigen_solvers.h"
#include "runtime/kernels/softplus.h"

#include <Eigen/Dense>
#include <cmath>

#include "support/elementary.h"

namespace elba::runtime {

namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;
using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// A jump changes no width by more than a factor of about three: the model is local.
constexpr double least_curvature = 0.1, most_curvature = 10;
constexpr double least_rest = 0.01;

}  // namespace

void guide_units(NormalForm form, std::size_t noise_size, std::size_t guide_size, const double* phi,
                 double* units) {
  std::fill_n(units, guide_size, 1.0);
  const std::size_t n = noise_size;
  for (std::size_t i = 0; i < n && form != NormalForm::none; ++i) {
    const bool is_full = form == NormalForm::full;
    const std::size_t width = is_full ? n + i * n + i : n + i;
    double square = softplus(phi[width]) * softplus(phi[width]);
    for (std::size_t j = 0; is_full && j < i; ++j)
      square += phi[n + i * n + j] * phi[n + i * n + j];
    const double sd = std::sqrt(square);
    units[i] = sd;
    for (std::size_t j = 0; is_full && j < i; ++j)
      units[n + i * n + j] = sd;
    units[width] = softplus(phi[width]) / softplus_slope(phi[width]);
  }
}

std::size_t gaussian_size(NormalForm form, std::size_t noise_size) {
  return form == NormalForm::none
             ? 0
             : noise_size + (form == NormalForm::full ? noise_size * noise_size : noise_size);
}

struct GaussianModel::Parts {
  NormalForm form;
  std::size_t size, gaussian;
  Eigen::Index rest_size;
  Matrix coupling;  // [n, R]: K = -d g_m / d rest; empty when not measured
  // Eigenvalues of the rest's curvature given the means (Schur complement), made positive.
  Vector rest_values;
  Matrix rest_vectors;  // their vectors; empty: the coordinates themselves
  Eigen::Index n;
  std::vector<double> phi;
  Vector gradient;  // of the means
  bool is_diagonal;
  Vector scale;        // s, or the diagonal of L
  Matrix factor;       // L of the full-rank family
  Vector eigenvalues;  // of S, made positive
  Matrix eigenvectors;
  Vector curvature;  // diagonal of S, made positive

  // L x and L' x
  [[nodiscard]] Vector widen(const Vector& x) const {
    return form == NormalForm::full ? Vector(factor.triangularView<Eigen::Lower>() * x)
                                    : Vector(scale.cwiseProduct(x));
  }
  [[nodiscard]] Vector narrow(const Vector& x) const {
    return form == NormalForm::full ? Vector(factor.triangularView<Eigen::Lower>().transpose() * x)
                                    : Vector(scale.cwiseProduct(x));
  }
  [[nodiscard]] Vector solve(const Vector& x) const {
    if (is_diagonal) return x.cwiseQuotient(curvature);
    return eigenvectors * (eigenvectors.transpose() * x).cwiseQuotient(eigenvalues);
  }
  // (-H)^-1 g = L S^-1 L' g
  [[nodiscard]] Vector newton(const Vector& g) const { return widen(solve(narrow(g))); }

  // No first step is longer than about 1 in any direction: a centering weight that is thrown far out never
  // comes back.
  void set_rest(const RestSlopes& rest) {
    if (rest_size == 0) return;
    const Eigen::Map<const Vector> at(rest.gradient.data(), rest_size);
    if (rest.by_mean.empty()) {
      rest_values = Eigen::Map<const Vector>(rest.by_rest.data(), rest_size)
                        .cwiseAbs()
                        .cwiseMax(at.cwiseAbs())
                        .cwiseMax(least_rest);
      return;
    }
    coupling = -Eigen::Map<const Rows>(rest.by_mean.data(), rest_size, n).transpose();
    const Eigen::Map<const Rows> own(rest.by_rest.data(), rest_size, rest_size);
    Matrix solved(n, rest_size);
    for (Eigen::Index k = 0; k < rest_size; ++k)
      solved.col(k) = newton(coupling.col(k));
    const Matrix schur = -0.5 * (own + own.transpose()) - coupling.transpose() * solved;
    const SymmetricEigen solver(schur);
    rest_vectors = solver.eigenvectors();
    const Vector pull = rest_vectors.transpose() * (at - coupling.transpose() * newton(gradient));
    rest_values = solver.eigenvalues().cwiseAbs().cwiseMax(pull.cwiseAbs()).cwiseMax(least_rest);
  }

  [[nodiscard]] double width_slope(Eigen::Index i) const {
    const auto k = static_cast<std::size_t>(form == NormalForm::full ? n + i * n + i : n + i);
    return softplus_slope(phi[k]);
  }
};

GaussianModel::GaussianModel(NormalForm form, std::size_t noise_size, const std::vector<double>& phi,
                             const Slopes& slopes, const RestSlopes& rest)
    : parts_(std::make_unique<Parts>()) {
  Parts& p = *parts_;
  p.form = form;
  p.phi = phi;
  p.size = phi.size();
  p.n = static_cast<Eigen::Index>(noise_size);
  p.is_diagonal = slopes.is_diagonal;
  p.gaussian = gaussian_size(form, noise_size);
  p.rest_size = static_cast<Eigen::Index>(rest.gradient.size());
  p.gradient = Eigen::Map<const Vector>(slopes.mean.data(), p.n);
  p.scale.resize(p.n);
  if (form == NormalForm::full) {
    p.factor = Eigen::Map<const Rows>(phi.data() + p.n, p.n, p.n).triangularView<Eigen::StrictlyLower>();
    for (Eigen::Index i = 0; i < p.n; ++i)
      p.factor(i, i) = p.scale(i) = softplus(phi[static_cast<std::size_t>(p.n + i * p.n + i)]);
  } else {
    for (Eigen::Index i = 0; i < p.n; ++i)
      p.scale(i) = softplus(phi[static_cast<std::size_t>(p.n + i)]);
  }
  if (p.is_diagonal) {
    p.curvature = -p.scale.cwiseProduct(Eigen::Map<const Vector>(slopes.cross.data(), p.n));
  } else {
    const Eigen::Map<const Rows> cross(slopes.cross.data(), p.n, p.n);
    Matrix s = form == NormalForm::full ? Matrix(p.factor.triangularView<Eigen::Lower>().transpose() * cross)
                                        : Matrix(p.scale.asDiagonal() * cross);
    s = -0.5 * (s + s.transpose()).eval();
    p.curvature = s.diagonal();
    const SymmetricEigen solver(s);
    p.eigenvectors = solver.eigenvectors();
    // Negative curvature counts by its size: the step still goes up.
    const double floor = std::max(1e-10, 1e-9 * solver.eigenvalues().cwiseAbs().maxCoeff());
    p.eigenvalues = solver.eigenvalues().cwiseAbs().cwiseMax(floor);
  }
  p.curvature = p.curvature.cwiseAbs().cwiseMax(1e-10);
  p.set_rest(rest);
}

GaussianModel::~GaussianModel() = default;

std::vector<double> GaussianModel::jump(double share) const {
  const Parts& p = *parts_;
  std::vector<double> out = p.phi;
  Eigen::Map<Vector>(out.data(), p.n) += share * p.newton(p.gradient);
  const auto shrink = [&](double s) {
    return 1 / std::sqrt(1 + share * (std::clamp(s, least_curvature, most_curvature) - 1));
  };
  if (p.form == NormalForm::full && !p.is_diagonal) {
    // L S^-1 L' = (L V D)(L V D)'; its factor is R' of the QR of (L V D)'.
    const Matrix root = p.factor.triangularView<Eigen::Lower>() *
                        (p.eigenvectors * p.eigenvalues.unaryExpr(shrink).asDiagonal());
    Matrix upper = root.transpose().householderQr().matrixQR().triangularView<Eigen::Upper>();
    for (Eigen::Index i = 0; i < p.n; ++i) {
      const double sign = upper(i, i) < 0 ? -1 : 1;
      for (Eigen::Index j = 0; j < i; ++j)
        out[static_cast<std::size_t>(p.n + i * p.n + j)] = (upper(j, j) < 0 ? -1 : 1) * upper(j, i);
      out[static_cast<std::size_t>(p.n + i * p.n + i)] = softplus_inverse(
          std::max(sign * upper(i, i), 1e-300));
    }
  } else {
    for (Eigen::Index i = 0; i < p.n; ++i) {
      const auto k = static_cast<std::size_t>(p.form == NormalForm::full ? p.n + i * p.n + i : p.n + i);
      out[k] = softplus_inverse(std::max(p.scale(i) * shrink(p.curvature(i)), 1e-300));
    }
  }
  return out;
}

double GaussianModel::mean_move() const {
  const Parts& p = *parts_;
  const Vector move = p.newton(p.gradient);
  Vector sd(p.n);
  if (p.is_diagonal) {
    sd = p.scale.cwiseQuotient(p.curvature.cwiseSqrt());
  } else {
    const Matrix root = (p.form == NormalForm::full ? p.factor : Matrix(p.scale.asDiagonal())) *
                        p.eigenvectors * p.eigenvalues.cwiseSqrt().cwiseInverse().asDiagonal();
    sd = root.rowwise().norm();
  }
  return p.n > 0 ? move.cwiseAbs().cwiseQuotient(sd).maxCoeff() : 0;
}

std::vector<double> GaussianModel::move_rest(const std::vector<double>& phi,
                                             const std::vector<double>& move) const {
  const Parts& p = *parts_;
  std::vector<double> out = phi;
  const Eigen::Map<const Vector> by(move.data(), p.rest_size);
  Eigen::Map<Vector>(out.data() + p.gaussian, p.rest_size) += by;
  if (p.coupling.size() > 0) Eigen::Map<Vector>(out.data(), p.n) -= p.newton(p.coupling * by);
  return out;
}

void GaussianModel::precondition_rest(const double* g, double* out) const {
  const Parts& p = *parts_;
  const Eigen::Map<const Vector> in(g, p.rest_size);
  Eigen::Map<Vector> to(out, p.rest_size);
  if (p.coupling.size() > 0)
    to = p.rest_vectors * (p.rest_vectors.transpose() * in).cwiseQuotient(p.rest_values);
  else
    to = in.cwiseQuotient(p.rest_values);
}

void GaussianModel::precondition(const double* g, double* out) const {
  const Parts& p = *parts_;
  Eigen::Map<Vector> mean_out(out, p.n), rest_out(out + p.gaussian, p.rest_size);
  const Eigen::Map<const Vector> mean_in(g, p.n), rest_in(g + p.gaussian, p.rest_size);
  const Vector alone = p.newton(mean_in);
  if (p.coupling.size() > 0) {
    // (-H) dm + K dr = g_m,  K' dm + A dr = g_r, by elimination of dm.
    const Vector left = rest_in - p.coupling.transpose() * alone;
    rest_out = p.rest_vectors * (p.rest_vectors.transpose() * left).cwiseQuotient(p.rest_values);
    mean_out = alone - p.newton(p.coupling * rest_out);
  } else {
    mean_out = alone;
    if (p.rest_size > 0) rest_out = rest_in.cwiseQuotient(p.rest_values);
  }
  if (p.form == NormalForm::diagonal) {
    // F by ln s has curvature 2 S_ii at the optimum; d ln s / d w = slope / s.
    for (Eigen::Index i = 0; i < p.n; ++i) {
      const double rate = p.width_slope(i) / p.scale(i);
      out[p.n + i] = g[p.n + i] /
                     (2 * std::clamp(p.curvature(i), least_curvature, most_curvature) * rate * rate);
    }
    return;
  }
  // L = L0 (I + K): F by K has curvature 1 off the diagonal and 2 on it where S = I.
  Matrix gradient = Eigen::Map<const Rows>(g + p.n, p.n, p.n).triangularView<Eigen::Lower>();
  for (Eigen::Index i = 0; i < p.n; ++i)
    gradient(i, i) /= p.width_slope(i);
  Matrix inner =
      (p.factor.triangularView<Eigen::Lower>().transpose() * gradient).triangularView<Eigen::Lower>();
  inner.diagonal() *= 0.5;
  const Matrix move = p.factor.triangularView<Eigen::Lower>() * inner;
  for (Eigen::Index i = 0; i < p.n; ++i) {
    for (Eigen::Index j = 0; j < i; ++j)
      out[p.n + i * p.n + j] = move(i, j);
    out[p.n + i * p.n + i] = move(i, i) / p.width_slope(i);
    for (Eigen::Index j = i + 1; j < p.n; ++j)
      out[p.n + i * p.n + j] = 0;
  }
}

}  // namespace elba::runtime
