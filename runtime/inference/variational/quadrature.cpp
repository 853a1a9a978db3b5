#include "runtime/inference/variational/quadrature.h"

#include <Eigen/Dense>
#include <cmath>
#include <numbers>

#include "runtime/kernels/eigen_solvers.h"
#include "runtime/kernels/normal_quantile.h"
#include "runtime/kernels/rng.h"

namespace elba::runtime {

namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;

constexpr Eigen::Index folds = 5;
constexpr std::size_t few = 5, two_radii = 128, many = 512, plain_points = 384;

// Exponents of all monomials of total degree <= degree.
std::vector<std::vector<int>> exponents(std::size_t dimension, int degree) {
  std::vector<std::vector<int>> out;
  std::vector<int> present(dimension, 0);
  const auto extend = [&](auto& self, std::size_t axis, int left) -> void {
    if (axis == dimension) {
      out.push_back(present);
      return;
    }
    for (int k = 0; k <= left; ++k) {
      present[axis] = k;
      self(self, axis + 1, left - k);
    }
    present[axis] = 0;
  };
  extend(extend, 0, degree);
  return out;
}

// n over k; counts them without listing them.
double binomial(std::size_t n, int k) {
  double out = 1;
  for (int j = 1; j <= k; ++j)
    out *= static_cast<double>(n - static_cast<std::size_t>(k - j)) / j;
  return out;
}

// Products of orthonormal Hermite polynomials; the constant comes first.
Matrix hermite_features(std::span<const double> points, std::size_t dimension,
                        const std::vector<std::vector<int>>& powers, int degree) {
  const auto rows = static_cast<Eigen::Index>(points.size() / dimension);
  Matrix out(rows, static_cast<Eigen::Index>(powers.size()));
  std::vector<double> table(dimension * static_cast<std::size_t>(degree + 1));
  for (Eigen::Index k = 0; k < rows; ++k) {
    for (std::size_t axis = 0; axis < dimension; ++axis) {
      double* h = &table[axis * static_cast<std::size_t>(degree + 1)];
      const double x = points[static_cast<std::size_t>(k) * dimension + axis];
      h[0] = 1;
      if (degree >= 1) h[1] = x;
      for (int j = 1; j < degree; ++j)
        h[j + 1] = (x * h[j] - std::sqrt(j) * h[j - 1]) / std::sqrt(j + 1);
    }
    for (std::size_t f = 0; f < powers.size(); ++f) {
      double product = 1;
      for (std::size_t axis = 0; axis < dimension; ++axis)
        product *=
            table[axis * static_cast<std::size_t>(degree + 1) + static_cast<std::size_t>(powers[f][axis])];
      out(k, static_cast<Eigen::Index>(f)) = product;
    }
  }
  return out;
}

void add_pair(Design& design, std::span<const double> point, double scale, double weight) {
  for (const double sign : {1.0, -1.0}) {
    for (const double x : point)
      design.points.push_back(sign * scale * x);
    design.weights.push_back(weight);
    ++design.count;
  }
}

Matrix random_rotation(std::size_t dimension, std::uint64_t key) {
  const auto n = static_cast<Eigen::Index>(dimension);
  Matrix normals(n, n);
  fill_normal(key, 0, dimension * dimension, normals.data());
  return normals.householderQr().householderQ();
}

// The eigenvalues of the three-term recurrence are the nodes, the squared first components of its
// eigenvectors the weights.
Design few_dimensions(std::size_t dimension, std::uint64_t key, std::size_t effort) {
  constexpr std::size_t nodes_for[] = {0, 16, 10, 6, 4, 3};
  const std::size_t nodes = nodes_for[dimension] + effort - 1;
  Matrix jacobi = Matrix::Zero(static_cast<Eigen::Index>(nodes), static_cast<Eigen::Index>(nodes));
  for (Eigen::Index k = 1; k < jacobi.rows(); ++k)
    jacobi(k, k - 1) = jacobi(k - 1, k) = std::sqrt(static_cast<double>(k));
  const SymmetricEigen rule(jacobi);

  const Matrix rotation = random_rotation(dimension, key);
  Design design{dimension};
  std::vector<std::size_t> place(dimension, 0);
  Vector point(static_cast<Eigen::Index>(dimension));
  for (bool is_done = false; !is_done;) {
    double weight = 1;
    for (std::size_t axis = 0; axis < dimension; ++axis) {
      const auto k = static_cast<Eigen::Index>(place[axis]);
      point(static_cast<Eigen::Index>(axis)) = rule.eigenvalues()(k);
      weight *= rule.eigenvectors()(0, k) * rule.eigenvectors()(0, k);
    }
    const Vector rotated = rotation * point;
    design.points.insert(design.points.end(), rotated.begin(), rotated.end());
    design.weights.push_back(weight);
    ++design.count;
    is_done = true;
    for (std::size_t axis = 0; axis < dimension && is_done; ++axis) {
      place[axis] = (place[axis] + 1) % nodes;
      is_done = place[axis] == 0;
    }
  }
  return design;
}

Design rotated_axes(std::size_t dimension, std::uint64_t key, std::size_t effort) {
  const double d = static_cast<double>(dimension);
  // In many dimensions the radius hardly varies, and one stands for both.
  const std::vector<double> radii = dimension <= two_radii
                                        ? std::vector<double>{std::sqrt(d + std::sqrt(2 * d)),
                                                              std::sqrt(d - std::sqrt(2 * d))}
                                        : std::vector<double>{std::sqrt(d)};
  const std::size_t rotations = effort * std::max<std::size_t>(1, plain_points / (4 * dimension));
  const double weight = 1 / (2 * d * static_cast<double>(radii.size() * rotations));
  Design design{dimension};
  for (std::size_t r = 0; r < rotations; ++r)
    for (std::size_t k = 0; k < radii.size(); ++k) {
      const Matrix rotation = random_rotation(dimension, fold_key(key, 2 * r + k));
      for (Eigen::Index i = 0; i < rotation.cols(); ++i)
        add_pair(design, {rotation.col(i).data(), dimension}, radii[k], weight);
    }
  return design;
}

Design scaled_normals(std::size_t dimension, std::uint64_t key, std::size_t effort) {
  const std::size_t half = plain_points / 4 * effort;
  std::vector<double> points(dimension * half);
  fill_normal(key, 0, points.size(), points.data());
  for (std::size_t axis = 0; axis < dimension; ++axis) {
    double squares = 0;
    for (std::size_t k = 0; k < half; ++k)
      squares += points[k * dimension + axis] * points[k * dimension + axis];
    const double scale = std::sqrt(static_cast<double>(half) / squares);
    for (std::size_t k = 0; k < half; ++k)
      points[k * dimension + axis] *= scale;
  }
  Design design{dimension};
  for (std::size_t k = 0; k < half; ++k)
    add_pair(design, std::span(points).subspan(k * dimension, dimension), 1, 0.5 / static_cast<double>(half));
  return design;
}

}  // namespace

Design make_design(std::size_t dimension, std::uint64_t key, std::size_t effort) {
  if (dimension == 0) return {0, 1, {}, {1.0}};
  if (dimension <= few) return few_dimensions(dimension, key, effort);
  if (dimension <= many) return rotated_axes(dimension, key, effort);
  return scaled_normals(dimension, key, effort);
}

Expectation regress_mean(std::span<const double> points, std::size_t dimension,
                         std::span<const double> values) {
  const auto n = static_cast<Eigen::Index>(values.size());
  const double count = static_cast<double>(n);
  // Room for features: enough draws for each, and a normal matrix that is made in a fraction of a second.
  const double room = std::min(count / 5, std::sqrt(4e7 / count));
  Matrix features;
  int degree = 0;
  // The square of the Hermite polynomial of degree d has its mass within 2 sqrt(d) sd or so. Where draws do
  // not reach that far, what it explains is extrapolated, and no residual shows it.
  const double reach = normal_quantile(1 - 1 / std::max(count, 2.0));
  const int most_degree = std::max(2, static_cast<int>(reach * reach / 4));
  while (degree < most_degree && dimension > 0 &&
         binomial(dimension + static_cast<std::size_t>(degree) + 1, degree + 1) <= room)
    ++degree;
  if (degree >= 2 || dimension == 0) {
    const auto powers = dimension > 0 ? exponents(dimension, degree) : std::vector<std::vector<int>>{{}};
    features = dimension > 0 ? hermite_features(points, dimension, powers, degree) : Matrix::Ones(n, 1);
  } else {
    // Too many coordinates for all products: the squared radius (which holds most of a log density), then
    // each coordinate and its square as far as there is room.
    const std::size_t kinds = 2 * static_cast<double>(dimension) + 1 <= room ? 2
                              : static_cast<double>(dimension) + 2 <= room   ? 1
                                                                             : 0;
    const std::size_t columns = kinds == 2 ? 1 + 2 * dimension : 2 + kinds * dimension;
    features = Matrix::Ones(n, static_cast<Eigen::Index>(columns));
    for (Eigen::Index k = 0; k < n; ++k) {
      double radius = 0;
      for (std::size_t axis = 0; axis < dimension; ++axis) {
        const double x = points[static_cast<std::size_t>(k) * dimension + axis],
                     square = (x * x - 1) / std::numbers::sqrt2;
        radius += square;
        if (kinds > 0) features(k, static_cast<Eigen::Index>(columns - 1 - axis)) = x;
        if (kinds == 2) features(k, static_cast<Eigen::Index>(1 + axis)) = square;
      }
      if (kinds < 2) features(k, 1) = radius / std::sqrt(static_cast<double>(dimension));
    }
  }
  const Eigen::Map<const Vector> y(values.data(), n);
  const double centre = y.mean();
  const Vector centred = y.array() - centre;
  Expectation best{centre, std::sqrt(centred.squaredNorm() / std::max(1.0, count - 1) / count)};
  if (features.cols() < 2 || n < 2 * folds) return best;
  // The polynomials are orthonormal in expectation: the normal equations are well conditioned.
  const auto first_row = [&](Eigen::Index fold) { return fold * n / folds; };
  std::vector<Matrix> grams;
  std::vector<Vector> products;
  Matrix gram = Matrix::Zero(features.cols(), features.cols());
  Vector product = Vector::Zero(features.cols());
  for (Eigen::Index fold = 0; fold < folds; ++fold) {
    const auto rows = features.middleRows(first_row(fold), first_row(fold + 1) - first_row(fold));
    Matrix part = Matrix::Zero(features.cols(), features.cols());
    part.selfadjointView<Eigen::Lower>().rankUpdate(rows.transpose());
    products.emplace_back(rows.transpose() * centred.segment(first_row(fold), rows.rows()));
    gram += part;
    product += products.back();
    grams.push_back(std::move(part));
  }
  Vector left = centred;
  for (Eigen::Index fold = 0; fold < folds; ++fold) {
    const CholeskyWithDiagonal solver(Matrix(gram - grams[static_cast<std::size_t>(fold)]));
    Vector coefficients = solver.solve(product - products[static_cast<std::size_t>(fold)]);
    coefficients(0) = 0;  // the constant is what is asked for
    const Eigen::Index from = first_row(fold), size = first_row(fold + 1) - from;
    left.segment(from, size) -= features.middleRows(from, size) * coefficients;
  }
  const double mean = left.mean(),
               error = std::sqrt((left.array() - mean).square().sum() / (count - 1) / count);
  if (error < best.error) best = {centre + mean, error};  // not so where few draws are extreme
  return best;
}

}  // namespace elba::runtime
