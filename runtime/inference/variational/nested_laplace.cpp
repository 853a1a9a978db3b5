#include "runtime/inference/variational/nested_laplace.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>

#include "runtime/inference/deadline.h"
#include "runtime/inference/vectors.h"
#include "runtime/kernels/eigen_solvers.h"
#include "runtime/kernels/rng.h"

namespace elba::runtime {

namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;

constexpr std::uint64_t verify_stream = 91;
constexpr double product_cost = 2.5;  // gradients
constexpr double verify_distance = 0.3;
constexpr double same = 1e-6;  // of H v, as computed and as assembled
constexpr int most_inner = 40, most_outer = 40, most_halvings = 30;
constexpr double inner_gain = 1e-7, outer_gain = 0.02;  // nats that a further step promises
constexpr double enough_progress = 0.2;                 // of a step with an older factor
constexpr double difference = 0.02, curvature_difference = 0.1, longest_step = 1.0;  // of t
constexpr int tail_begin = 6, tail_end = 9;                                          // strides
constexpr double tail_stride = 2;
constexpr std::size_t full_hyper = 6;     // so many have all of M, more its diagonal
constexpr double least_curvature = 0.05;  // of a direction of t that the marginal law hardly knows

class Nested {
 public:
  Nested(const NestedProblem& problem, const NestedOptions& options)
      : problem_(problem),
        options_(options),
        n_(problem.log_density.size),
        deadline_(options.budget),
        is_hyper_(n_, false) {
    for (const std::size_t k : problem.hyper)
      is_hyper_[k] = true;
    for (std::size_t k = 0; k < n_; ++k)
      if (!is_hyper_[k]) inner_.push_back(k);
    place_.resize(n_);
    for (std::size_t k = 0; k < inner_.size(); ++k)
      place_[inner_[k]] = k;
  }

  NestedResult fit(std::vector<double> start) {
    u_ = std::move(start);
    if (problem_.hyper.size() > options_.most_hyper || !choose_colours()) return failed();
    double value = 0;
    if (!marginal(u_, value) || !climb(value)) return failed();
    if (options_.measures_tails) measure_tails();
    if (!measure_hyper(value)) return failed();
    return finish();
  }

  NestedResult condition(std::vector<double> start, const std::vector<double>& hyper_precision) {
    u_ = std::move(start);
    const auto p = static_cast<Eigen::Index>(problem_.hyper.size());
    hyper_precision_ = Eigen::Map<const Matrix>(hyper_precision.data(), p, p);
    double value = 0;
    if (!choose_colours() || !marginal(u_, value)) return failed();
    return finish();
  }

 private:
  NestedResult failed() {
    result_.law = nullptr;
    return std::move(result_);
  }

  [[nodiscard]] bool is_over() {
    return deadline_.is_over(result_.stop) || result_.evaluations > options_.most_evaluations;
  }

  bool evaluate(const std::vector<double>& u, double& value, std::vector<double>& gradient) {
    ++result_.evaluations;
    gradient.resize(n_);
    return problem_.log_density.evaluate(u.data(), 0, value, gradient.data()) && std::isfinite(value) &&
           all_finite(gradient.data(), n_);
  }
  bool multiply(const std::vector<double>& u, const std::vector<double>& v, std::vector<double>& out) {
    spent_ += product_cost;
    result_.evaluations += static_cast<std::int64_t>(spent_);
    spent_ -= std::floor(spent_);
    out.resize(n_);
    return problem_.product(u.data(), v.data(), out.data()) && all_finite(out.data(), n_);
  }

  // ---- H by few products

  bool choose_colours() {
    colours_.clear();
    std::size_t slots = 0;
    for (std::size_t k = 0; k < n_; ++k)
      if (problem_.member[k] != NestedProblem::shared) slots = std::max(slots, problem_.slot[k] + 1);
    colours_.resize(slots);
    for (std::size_t k = 0; k < n_; ++k) {
      if (problem_.member[k] == NestedProblem::shared)
        colours_.push_back({k});
      else
        colours_[problem_.slot[k]].push_back(k);
    }
    is_plate_ = slots > 0;
    if (is_plate_ && !is_verified()) {
      is_plate_ = false;
      colours_.clear();
      for (std::size_t k = 0; k < n_; ++k)
        colours_.push_back({k});
    }
    result_.has_plate = is_plate_;
    // One Hessian must not take a quarter of what there is.
    return product_cost * static_cast<double>(colours_.size()) <
           0.25 * static_cast<double>(options_.most_evaluations);
  }

  bool is_verified() {
    // Not at the start itself, where a product may vanish that does not elsewhere.
    std::vector<MatrixEntry> lower;
    std::vector<double> v(n_), whole, assembled(n_, 0.0), u(n_);
    fill_normal(fold_key(options_.seed, verify_stream), 0, n_, v.data());
    for (std::size_t k = 0; k < n_; ++k)
      u[k] = u_[k] + verify_distance * uniform(fold_key(options_.seed, verify_stream + 1), k);
    if (!hessian(u, true, lower) || !multiply(u, v, whole)) return false;
    for (const MatrixEntry& entry : lower) {
      assembled[entry.row] += entry.value * v[entry.column];
      if (entry.row != entry.column) assembled[entry.column] += entry.value * v[entry.row];
    }
    double gap = 0, size = 0;
    for (std::size_t k = 0; k < n_; ++k)
      gap += (whole[k] + assembled[k]) * (whole[k] + assembled[k]), size += whole[k] * whole[k];
    return gap <= same * same * size;
  }

  // The lower triangle of H; of u alone, in the order of `inner_`, when not whole.
  bool hessian(const std::vector<double>& u, bool is_whole, std::vector<MatrixEntry>& lower) {
    lower.clear();
    std::vector<double> v(n_, 0.0), column;
    const auto add = [&](std::size_t i, std::size_t j, double value) {
      if (value == 0) return;
      if (!is_whole && (is_hyper_[i] || is_hyper_[j])) return;
      const std::size_t a = is_whole ? i : place_[i], b = is_whole ? j : place_[j];
      lower.push_back({std::max(a, b), std::min(a, b), -value});
    };
    for (const auto& colour : colours_) {
      if (!is_whole && is_hyper_[colour.front()]) continue;
      for (const std::size_t k : colour)
        v[k] = 1;
      const bool is_finite = multiply(u, v, column);
      for (const std::size_t k : colour)
        v[k] = 0;
      if (!is_finite) return false;
      const bool is_slot = is_plate_ && problem_.member[colour.front()] != NestedProblem::shared;
      if (!is_slot) {
        const std::size_t j = colour.front();
        for (std::size_t i = 0; i < n_; ++i)
          if ((is_plate_ && problem_.member[i] != NestedProblem::shared) || i >= j) add(i, j, column[i]);
        continue;
      }
      const std::size_t slot = problem_.slot[colour.front()];
      for (std::size_t i = 0; i < n_; ++i)  // of the same member, each pair once
        if (problem_.member[i] != NestedProblem::shared && problem_.slot[i] >= slot &&
            member_place(problem_.member[i], slot) != NestedProblem::shared)
          add(i, member_place(problem_.member[i], slot), column[i]);
    }
    return true;
  }

  std::size_t member_place(std::size_t member, std::size_t slot) {
    if (member_places_.empty()) {
      for (std::size_t k = 0; k < n_; ++k)
        if (problem_.member[k] != NestedProblem::shared)
          members_ = std::max(members_, problem_.member[k] + 1),
          slots_ = std::max(slots_, problem_.slot[k] + 1);
      member_places_.assign(members_ * slots_, NestedProblem::shared);
      for (std::size_t k = 0; k < n_; ++k)
        if (problem_.member[k] != NestedProblem::shared)
          member_places_[problem_.member[k] * slots_ + problem_.slot[k]] = k;
    }
    return member_places_[member * slots_ + slot];
  }

  // ---- u given t

  // -H_uu at u, made positive definite where it is not by a shift of its diagonal.
  std::shared_ptr<const SparseNormal> inner_law(const std::vector<double>& u, bool& is_shifted) {
    std::vector<MatrixEntry> lower;
    is_shifted = false;
    if (!hessian(u, false, lower)) return nullptr;
    std::vector<double> diagonal(inner_.size(), 0.0);
    for (const MatrixEntry& entry : lower)
      if (entry.row == entry.column) diagonal[entry.row] += std::fabs(entry.value);
    double shift = 0;
    const std::size_t own = lower.size();
    for (int attempt = 0; attempt < 12; ++attempt) {
      if (auto law = SparseNormal::make(std::vector<double>(inner_.size(), 0.0), lower)) return law;
      is_shifted = true;
      lower.resize(own);
      shift = shift == 0 ? 1e-3 : 4 * shift;
      for (std::size_t k = 0; k < inner_.size(); ++k)
        lower.push_back({k, k, shift * (1 + diagonal[k])});
    }
    return nullptr;
  }

  // Moves u to u^(t) and gives L(t). False where it was not reached. Steps use the last factor as long as
  // each brings much; the one at the end, which L needs, is new.
  bool marginal(std::vector<double>& u, double& value) {
    double density = 0;
    std::vector<double> gradient, slope(inner_.size()), step(inner_.size());
    if (!evaluate(u, density, gradient)) return false;
    if (inner_.empty()) return value = density, true;
    bool is_fresh = false, is_shifted = false;
    double last_gain = std::numeric_limits<double>::infinity();
    for (int iteration = 0; iteration < most_inner && !is_over(); ++iteration) {
      if (!last_law_) {
        last_law_ = inner_law(u, is_shifted);
        if (!last_law_) return false;
        is_fresh = true;
      }
      for (std::size_t k = 0; k < inner_.size(); ++k)
        slope[k] = gradient[inner_[k]];
      last_law_->solve(slope.data(), step.data());
      const double gain = 0.5 * dot(slope, step);
      // What the values are accurate to is all that can be gained.
      if (gain <= std::max(inner_gain, 1e-14 * std::fabs(density))) {
        if (!is_fresh) {
          last_law_ = inner_law(u, is_shifted);
          if (!last_law_) return false;
        }
        if (is_shifted) return last_law_ = nullptr, false;
        value = density - 0.5 * last_law_->log_det();
        return std::isfinite(value);
      }
      if (!is_fresh && gain > enough_progress * last_gain) {
        last_law_ = nullptr;  // of another place: of no use here
        last_gain = std::numeric_limits<double>::infinity();
        continue;
      }
      last_gain = gain;
      double length = 1;
      bool is_higher = false;
      for (int halving = 0; halving < most_halvings && !is_higher; ++halving, length *= 0.5) {
        std::vector<double> tried = u, slopes;
        double there = 0;
        for (std::size_t k = 0; k < inner_.size(); ++k)
          tried[inner_[k]] += length * step[k];
        if (!evaluate(tried, there, slopes) ||
            !(there >= density + 0.1 * length * gain - 1e-13 * std::fabs(density)))
          continue;
        u = std::move(tried), density = there, gradient = std::move(slopes);
        is_higher = true;
      }
      if (!is_higher && is_fresh) return last_law_ = nullptr, false;
      if (!is_higher || length < 0.5 || is_shifted) last_law_ = nullptr;
      is_fresh = false;
    }
    return false;
  }

  // ---- t

  // L at t moved by `move`, from the u that is known; not finite where there is none.
  double marginal_at(const Vector& move, std::vector<double>* found = nullptr) {
    std::vector<double> u = u_;
    for (std::size_t k = 0; k < problem_.hyper.size(); ++k)
      u[problem_.hyper[k]] += move(static_cast<Eigen::Index>(k));
    double value = 0;
    if (!marginal(u, value)) return -std::numeric_limits<double>::infinity();
    if (found != nullptr) *found = std::move(u);
    return value;
  }

  // By central differences, which know the curvature too, or by forward ones.
  bool slope_of(double value, bool is_central, Vector& slope, Vector& curvature) {
    const auto p = static_cast<Eigen::Index>(problem_.hyper.size());
    slope.resize(p), curvature.conservativeResize(p);
    for (Eigen::Index k = 0; k < p; ++k) {
      Vector move = Vector::Zero(p);
      move(k) = difference;
      const double up = marginal_at(move);
      if (!std::isfinite(up)) return false;
      if (!is_central) {
        slope(k) = (up - value) / difference;
        continue;
      }
      move(k) = -difference;
      const double down = marginal_at(move);
      if (!std::isfinite(down)) return false;
      slope(k) = (up - down) / (2 * difference);
      curvature(k) = -(up - 2 * value + down) / (difference * difference);
    }
    return true;
  }

  // Quasi-Newton steps; the first metric is the measured diagonal.
  bool climb(double& value) {
    const auto p = static_cast<Eigen::Index>(problem_.hyper.size());
    if (p == 0) return result_.stop = Stop::converged, true;
    Vector slope, curvature, last_slope, last_step;
    Matrix inverse;
    for (int iteration = 0; iteration < most_outer && !is_over(); ++iteration) {
      if (!slope_of(value, iteration == 0 || p <= 2, slope, curvature)) return false;
      const Vector diagonal = curvature.array().abs().max(least_curvature).inverse();
      if (iteration == 0 || p == 1) {
        inverse = diagonal.asDiagonal();
      } else {
        const Vector fall = last_slope - slope;
        const double along = fall.dot(last_step);
        if (along > 1e-10) {
          const Matrix left = Matrix::Identity(p, p) - last_step * fall.transpose() / along;
          inverse = left * inverse * left.transpose() + last_step * last_step.transpose() / along;
        } else {
          inverse = diagonal.asDiagonal();
        }
      }
      Vector step = inverse * slope;
      if (0.5 * slope.dot(step) <= outer_gain) return result_.stop = Stop::converged, true;
      const double size = step.array().abs().maxCoeff();
      if (size > longest_step) step *= longest_step / size;
      bool is_higher = false;
      for (int halving = 0; halving < 12 && !is_higher; ++halving, step *= 0.5) {
        std::vector<double> u;
        const double there = marginal_at(step, &u);
        if (!(there > value)) continue;
        u_ = std::move(u), value = there;
        is_higher = true;
        last_step = step;
        break;
      }
      if (!is_higher) return result_.stop = Stop::stalled, true;
      last_slope = slope;
    }
    return false;
  }

  void measure_tails() {
    for (const std::size_t k : problem_.hyper)
      result_.tails.push_back({k, fall_of_tail(k, -1), fall_of_tail(k, 1)});
  }

  double fall_of_tail(std::size_t k, double direction) {
    std::vector<double> u = u_;
    double near = 0, value = 0;
    for (int stride = 1; stride <= tail_end; ++stride) {
      u[k] += direction * tail_stride;
      if (is_over() || !marginal(u, value)) return std::numeric_limits<double>::quiet_NaN();
      if (stride == tail_begin) near = value;
    }
    return (near - value) / ((tail_end - tail_begin) * tail_stride);
  }

  // M, with directions that it hardly knows held to a width that a sampler can correct.
  bool measure_hyper(double value) {
    const auto p = static_cast<Eigen::Index>(problem_.hyper.size());
    Matrix m = Matrix::Zero(p, p);
    std::vector<double> up(static_cast<std::size_t>(p)), down(static_cast<std::size_t>(p));
    const double h = curvature_difference;
    for (Eigen::Index k = 0; k < p; ++k) {
      const auto place = static_cast<std::size_t>(k);
      up[place] = marginal_at(h * Vector::Unit(p, k));
      down[place] = marginal_at(-h * Vector::Unit(p, k));
      if (!std::isfinite(up[place]) || !std::isfinite(down[place])) return false;
      m(k, k) = -(up[place] - 2 * value + down[place]) / (h * h);
    }
    for (Eigen::Index i = 0; i < p && static_cast<std::size_t>(p) <= full_hyper; ++i)
      for (Eigen::Index j = 0; j < i; ++j) {
        const double both = marginal_at(h * (Vector::Unit(p, i) + Vector::Unit(p, j)));
        if (std::isfinite(both))
          m(i, j) = m(j, i) =
              -(both - up[static_cast<std::size_t>(i)] - up[static_cast<std::size_t>(j)] + value) / (h * h);
      }
    if (p > 0) {
      const SymmetricEigen eigen(m);
      m = eigen.eigenvectors() * eigen.eigenvalues().cwiseAbs().cwiseMax(least_curvature).asDiagonal() *
          eigen.eigenvectors().transpose();
    }
    hyper_precision_ = m;
    return true;
  }

  // ---- the law of both

  NestedResult finish() {
    std::vector<MatrixEntry> lower;
    if (!hessian(u_, true, lower)) return failed();
    const auto p = static_cast<Eigen::Index>(problem_.hyper.size());
    // Of the block of t, H_tu H_uu^-1 H_ut + M stands in place of what H has there.
    std::vector<Vector> mixed(problem_.hyper.size(), Vector::Zero(static_cast<Eigen::Index>(inner_.size())));
    std::vector<std::size_t> number(n_, 0);
    for (std::size_t k = 0; k < problem_.hyper.size(); ++k)
      number[problem_.hyper[k]] = k;
    std::vector<MatrixEntry> whole, inner;
    result_.curvature.assign(n_, 0.0);
    for (const MatrixEntry& entry : lower) {
      if (entry.row == entry.column) result_.curvature[entry.row] += entry.value;
      const bool a = is_hyper_[entry.row], b = is_hyper_[entry.column];
      if (a && b) continue;
      whole.push_back(entry);
      if (a) mixed[number[entry.row]](static_cast<Eigen::Index>(place_[entry.column])) += entry.value;
      if (b) mixed[number[entry.column]](static_cast<Eigen::Index>(place_[entry.row])) += entry.value;
      if (!a && !b) inner.push_back({place_[entry.row], place_[entry.column], entry.value});
    }
    if (!inner_.empty() && p > 0) {
      const auto law = SparseNormal::make(std::vector<double>(inner_.size(), 0.0), inner);
      if (!law) return failed();
      for (Eigen::Index i = 0; i < p; ++i) {
        Vector solved(static_cast<Eigen::Index>(inner_.size()));
        law->solve(mixed[static_cast<std::size_t>(i)].data(), solved.data());
        for (Eigen::Index j = 0; j <= i; ++j)
          hyper_block_.push_back({static_cast<std::size_t>(i), static_cast<std::size_t>(j),
                                  solved.dot(mixed[static_cast<std::size_t>(j)])});
      }
    }
    for (Eigen::Index i = 0; i < p; ++i)
      for (Eigen::Index j = 0; j <= i; ++j)
        hyper_block_.push_back(
            {static_cast<std::size_t>(i), static_cast<std::size_t>(j), hyper_precision_(i, j)});
    for (const MatrixEntry& entry : hyper_block_) {
      const std::size_t a = problem_.hyper[entry.row], b = problem_.hyper[entry.column];
      whole.push_back({std::max(a, b), std::min(a, b), entry.value});
    }
    result_.law = SparseNormal::make(u_, whole);
    result_.u = u_;
    result_.hyper_precision.assign(hyper_precision_.data(),
                                   hyper_precision_.data() + hyper_precision_.size());
    return std::move(result_);
  }

  const NestedProblem& problem_;
  const NestedOptions& options_;
  std::size_t n_, members_ = 0, slots_ = 0;
  Deadline deadline_;
  std::vector<bool> is_hyper_;
  std::vector<std::size_t> inner_, place_, member_places_;
  std::vector<std::vector<std::size_t>> colours_;
  bool is_plate_ = false;
  double spent_ = 0;
  std::vector<double> u_;
  Matrix hyper_precision_;
  std::shared_ptr<const SparseNormal> last_law_;  // of u given t, where it was last needed
  std::vector<MatrixEntry> hyper_block_;
  NestedResult result_;
};

}  // namespace

NestedResult fit_nested_laplace(const NestedProblem& problem, std::vector<double> start,
                                const NestedOptions& options) {
  return Nested(problem, options).fit(std::move(start));
}

NestedResult condition_nested_laplace(const NestedProblem& problem, std::vector<double> start,
                                      const std::vector<double>& hyper_precision,
                                      const NestedOptions& options) {
  return Nested(problem, options).condition(std::move(start), hyper_precision);
}

}  // namespace elba::runtime
