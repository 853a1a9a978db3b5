#include "runtime/inference/optimise/optimality.h"

#include <Eigen/Dense>
#include <cmath>
#include <limits>

#include "runtime/inference/vectors.h"
#include "runtime/kernels/eigen_solvers.h"
#include "runtime/kernels/rng.h"

namespace elba::runtime {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double null_share = 1e-7;  // of the largest curvature
// Nats; what a direction's own length costs where all curvature has faded away.
constexpr double level = 1e-3;
constexpr std::size_t most_open = 12;  // of either kind
constexpr std::size_t lanczos_steps = 40, norm_trials = 8;
constexpr std::size_t most_far_out = 100;  // coordinates that are looked along towards 0
constexpr double far_out = 6;              // on the real line; exp(-6) of a bound's scale
constexpr double infinity = std::numeric_limits<double>::infinity();

class Survey {
 public:
  Survey(const Objective& objective, const HessianProduct& product, const std::vector<double>& x)
      : objective_(objective), product_(product), n_(x.size()), x_(x), g_(n_), there_(n_), gradient_(n_) {}

  Terrain run(Look look) {
    if (!objective_.evaluate(x_.data(), 0, value_, g_.data()) || !std::isfinite(value_))
      return std::move(out_);
    ++out_.evaluations;
    best_ = value_ + value_noise(value_);
    if (look != Look::outer && (n_ <= largest_surveyed ? dense() : iterated())) {
      out_.is_known = true;
      for (const OpenDirection& open : out_.open)
        look_along(open);
    }
    if (look == Look::whole && n_ <= largest_probed) look_along_coordinates();
    if (look != Look::smooth) look_inward();
    return std::move(out_);
  }

 private:
  bool times(const double* v, double* out) {
    ++out_.products;
    if (product_) return product_(x_.data(), v, out) && all_finite(out, n_);
    double size = 0, reach = 1;
    for (std::size_t k = 0; k < n_; ++k)
      size = std::max(size, std::fabs(v[k])), reach = std::max(reach, v[k] != 0 ? std::fabs(x_[k]) : 0.0);
    if (!(size > 0)) return std::fill(out, out + n_, 0.0), true;
    const double h = 1e-5 * reach / size;
    std::vector<double> low(n_);
    double value = 0;
    for (const double sign : {-1.0, 1.0}) {
      for (std::size_t k = 0; k < n_; ++k)
        there_[k] = x_[k] + sign * h * v[k];
      ++out_.evaluations;
      if (!objective_.evaluate(there_.data(), 0, value, sign < 0 ? low.data() : out)) return false;
    }
    for (std::size_t k = 0; k < n_; ++k)
      out[k] = (out[k] - low[k]) / (2 * h);
    return all_finite(out, n_);
  }

  bool dense() {
    const auto n = static_cast<Index>(n_);
    MatrixXd H(n, n);
    std::vector<double> unit(n_, 0.0);
    for (std::size_t j = 0; j < n_; ++j) {
      unit[j] = 1;
      if (!times(unit.data(), H.col(static_cast<Index>(j)).data())) return false;
      unit[j] = 0;
    }
    H = 0.5 * (H + H.transpose()).eval();
    diagonal_ = H.diagonal();
    const SymmetricEigen plain(H);
    const double largest = plain.eigenvalues().cwiseAbs().maxCoeff();
    const Eigen::Map<const VectorXd> g(g_.data(), n);
    for (Index j = n; j-- > 0 && out_.open.size() < most_open;) {
      const double length = length_along(plain.eigenvectors().col(j)), c = plain.eigenvalues()(j);
      if (c >= -std::max(null_share * largest, level / (length * length)))
        add(plain.eigenvectors().col(j), H, 0);
    }
    VectorXd D(n);
    for (Index j = 0; j < n; ++j) {
      const double size = std::max(std::fabs(H(j, j)), 1e-8 * H.col(j).cwiseAbs().maxCoeff());
      D(j) = size > 0 ? 1 / std::sqrt(size) : largest > 0 ? 1 / std::sqrt(largest) : 1;
    }
    const SymmetricEigen scaled(MatrixXd(D.asDiagonal() * H * D.asDiagonal()));
    const double steepest = std::max(1.0, scaled.eigenvalues().cwiseAbs().maxCoeff());
    const VectorXd slopes = scaled.eigenvectors().transpose() * D.cwiseProduct(g);
    for (Index j = n; j-- > 0;) {
      const double c = scaled.eigenvalues()(j);
      if (c < -null_share * steepest) {
        out_.gain += -0.5 * slopes(j) * slopes(j) / c;
      } else if (out_.open.size() < 2 * most_open) {
        const VectorXd v = D.cwiseProduct(scaled.eigenvectors().col(j));
        add(v / v.norm(), H, v.norm());
      }
    }
    return true;
  }

  void add(const VectorXd& v, const MatrixXd& H, double unit) {
    for (const OpenDirection& known : out_.open)
      if (std::fabs(Eigen::Map<const VectorXd>(known.v.data(), v.size()).dot(v)) > 0.9999) return;
    out_.open.push_back({{v.begin(), v.end()},
                         v.dot(H * v),
                         v.dot(Eigen::Map<const VectorXd>(g_.data(), v.size())),
                         unit > 0 ? unit : length_along(v)});
  }

  // The coordinates that v moves, and 1 at least.
  [[nodiscard]] double length_along(const VectorXd& v) const {
    double length = 1;
    for (std::size_t k = 0; k < n_; ++k)
      if (std::fabs(v(static_cast<Index>(k))) > 0.1 * v.cwiseAbs().maxCoeff())
        length = std::max(length, std::fabs(x_[k]));
    return length;
  }

  // The highest eigenvalues of D H D only, which lie above all the rest where H bends down.
  bool iterated() {
    constexpr std::uint64_t stream = 91;
    const auto n = static_cast<Index>(n_);
    VectorXd squares = VectorXd::Zero(n), v(n), w(n);
    for (std::size_t trial = 0; trial < norm_trials; ++trial) {
      for (std::size_t k = 0; k < n_; ++k)
        v(static_cast<Index>(k)) = uniform(fold_key(stream, trial), k) < 0.5 ? -1 : 1;
      if (!times(v.data(), w.data())) return false;
      squares += w.cwiseAbs2() / static_cast<double>(norm_trials);
    }
    const double largest = std::sqrt(squares.maxCoeff());
    if (!(largest > 0)) return false;
    const VectorXd D = (squares.cwiseSqrt().array() + 1e-12 * largest).rsqrt();
    std::vector<VectorXd> basis;
    std::vector<double> alpha, beta;
    for (std::size_t k = 0; k < n_; ++k)
      v(static_cast<Index>(k)) = 2 * uniform(fold_key(stream, norm_trials), k) - 1;
    v /= v.norm();
    for (std::size_t step = 0; step < lanczos_steps; ++step) {
      basis.push_back(v);
      const VectorXd moved = D.cwiseProduct(v);
      if (!times(moved.data(), w.data())) return false;
      w = D.cwiseProduct(w);
      alpha.push_back(v.dot(w));
      for (int twice = 0; twice < 2; ++twice)
        for (const VectorXd& b : basis)
          w -= b.dot(w) * b;
      const double norm = w.norm();
      if (!(norm > 1e-10)) break;
      beta.push_back(norm);
      v = w / norm;
    }
    const auto m = static_cast<Index>(alpha.size());
    MatrixXd T = MatrixXd::Zero(m, m);
    for (Index j = 0; j < m; ++j) {
      T(j, j) = alpha[static_cast<std::size_t>(j)];
      if (j + 1 < m) T(j, j + 1) = T(j + 1, j) = beta[static_cast<std::size_t>(j)];
    }
    const SymmetricEigen ritz(T);
    out_.gain = std::numeric_limits<double>::quiet_NaN();  // not known from so few of them
    for (Index j = m; j-- > 0 && m - j <= 3 &&
                      ritz.eigenvalues()(j) >= -null_share * ritz.eigenvalues().cwiseAbs().maxCoeff();) {
      VectorXd u = VectorXd::Zero(n);
      for (Index i = 0; i < m; ++i)
        u += ritz.eigenvectors()(i, j) * basis[static_cast<std::size_t>(i)];
      const VectorXd direction = D.cwiseProduct(u);
      const double unit = direction.norm();
      out_.open.push_back({{direction.begin(), direction.end()},
                           ritz.eigenvalues()(j) / (unit * unit),
                           direction.dot(Eigen::Map<const VectorXd>(g_.data(), n)) / unit,
                           unit});
      for (double& x : out_.open.back().v)
        x /= unit;
    }
    return true;
  }

  void look_there(const std::vector<double>& place) {
    double value = 0;
    ++out_.evaluations;
    if (!objective_.evaluate(place.data(), 0, value, gradient_.data()) || !std::isfinite(value) ||
        !all_finite(gradient_.data(), n_) || !(value > best_))
      return;
    best_ = out_.higher_value = value;
    out_.higher = place;
  }

  void look_at(const std::vector<double>& v, double t) {
    for (const double sign : {-1.0, 1.0}) {
      for (std::size_t k = 0; k < n_; ++k)
        there_[k] = x_[k] + sign * t * v[k];
      look_there(there_);
    }
  }

  void look_along(const OpenDirection& open) {
    for (const double length : {1e-4, 1e-2, 0.1, 1.0, 10.0})
      look_at(open.v, length * open.unit);
    if (open.curvature > 0)
      for (const double nats : {1e-4, 1e-2, 1.0, 100.0})
        look_at(open.v, std::sqrt(2 * nats / open.curvature));
  }

  void look_along_coordinates() {
    std::vector<double> unit(n_, 0.0);
    for (std::size_t k = 0; k < n_; ++k) {
      const double bend = out_.is_known ? std::fabs(diagonal_(static_cast<Index>(k))) : 1;
      if (!(bend > 0)) continue;
      unit[k] = 1;
      for (const double length : {0.1, 3.0})
        look_at(unit, length / std::sqrt(bend));
      unit[k] = 0;
    }
  }

  // From where a transform has faded away.
  void look_inward() {
    std::vector<double> all = x_;
    std::size_t count = 0;
    for (std::size_t k = 0; k < n_; ++k) {
      if (std::fabs(x_[k]) < far_out) continue;
      all[k] = 0;
      if (++count > most_far_out) continue;
      for (const double part : {0.75, 0.5, 0.25, 0.0}) {
        there_ = x_;
        there_[k] *= part;
        look_there(there_);
      }
    }
    if (count > 1) look_there(all);
  }

  const Objective& objective_;
  const HessianProduct& product_;
  std::size_t n_;
  const std::vector<double>& x_;
  std::vector<double> g_, there_, gradient_;
  VectorXd diagonal_;
  double value_ = 0, best_ = infinity;
  Terrain out_;
};

}  // namespace

double value_noise(double value) { return std::max(1e-9, 1e-12 * std::fabs(value)); }

Terrain survey(const Objective& objective, const HessianProduct& product, const std::vector<double>& x,
               Look look) {
  return Survey(objective, product, x).run(look);
}

}  // namespace elba::runtime
