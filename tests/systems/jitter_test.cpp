// Covariances that are singular: every method says what was added, and none is trusted where the answer hangs
// on it.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

#include "systems.h"

using namespace elba;
using namespace elba::test::systems;

namespace {

bool says(const Posterior& posterior, const std::string& words) {
  return std::any_of(posterior.reasons.begin(), posterior.reasons.end(),
                     [&](const Reason& reason) { return reason.text.find(words) != std::string::npos; });
}

const char* const methods[] = {"map", "meanfield", "laplace", "nuts", "mixture", "auto"};

}  // namespace

TEST_CASE("a singular covariance is never trusted, by any method", "[systems]") {
  // Eight points, of which each stands twice, without noise: the density goes with the log of what is added,
  // as it goes to 0.
  const Bound unknown = bound_of(
      R"(model m { dim N; data x: real[N]; data y: real[N]; latent mu ~ normal(0, 1); latent s ~ half_normal(1);
    y ~ mvn([mu for i in 1:N], [s^2 * (exp(-square(x[i] - x[j])) - (i == j ? 2e-10 : 0)) for i in 1:N, j in 1:N]); })",
      R"({"x": [0, 0, 1, 1, 2, 2, 3, 3], "y": [0.3, 0.3, -0.2, -0.2, 0.5, 0.5, 0.1, 0.1]})");
  // Of data alone: factored once, before the fit. The residuals leave the range of the matrix, so that they
  // go with 1 over what is added.
  const Bound data = bound_of(R"(model m { dim N; data x: real[N]; data y: real[N]; latent mu ~ normal(0, 1);
    y ~ mvn([mu for i in 1:N], [exp(-square(x[i] - x[j])) - (i == j ? 2e-10 : 0) for i in 1:N, j in 1:N]); })",
                              R"({"x": [0, 0, 1, 1, 2, 2], "y": [0.3, 0.301, -0.2, -0.2, 0.5, 0.5]})");
  for (const Bound* bound : {&unknown, &data})
    for (const char* method : methods) {
      const auto found = bound->fit({.method = method});
      REQUIRE(found);
      INFO(method << (bound == &data ? ", of data" : ""));
      CHECK(found->jitter == Approx(1e-9));
      CHECK(found->verdict == Verdict::do_not_trust);
      CHECK(says(*found, "in `y ~ mvn("));
      CHECK(says(*found, "was not quite positive definite: 1e-09"));
      CHECK(says(*found, "it has no limit as that goes to 0"));
    }
}

TEST_CASE("what was added is said and forgiven where the density does not depend on it", "[systems]") {
  // Ten functions of one normal number, to rounding.
  const Bound bound = bound_of(R"(model m { data y: real; latent z[10] ~ normal(0, 1); )"
                               R"(let L = chol([1 - (i == j ? 2e-10 : 0) for i in 1:10, j in 1:10]); )"
                               R"(let f = L @ z; y ~ normal(f[1], 0.5); })",
                               R"({"y": 0.4})");
  for (const char* method : methods) {
    const auto found = bound.fit({.method = method});
    REQUIRE(found);
    INFO(method);
    CHECK(found->jitter == Approx(1e-9));
    CHECK(says(*found, "was not quite positive definite: 1e-09"));
    CHECK_FALSE(says(*found, "The answer depends on that"));
    // Chains have an R-hat of their own.
    CHECK(found->verdict <= (found->sampler() != nullptr ? Verdict::caution : Verdict::trust));
  }
}

TEST_CASE("a fit without need of jitter says nothing of it", "[systems]") {
  const Bound bound = bound_of(
      R"(model m { dim N; data x: real[N]; data y: real[N]; latent s ~ half_normal(1); )"
      R"(y ~ mvn(zeros(N), [exp(-square(x[i] - x[j])) + (i == j ? s^2 : 0) for i in 1:N, j in 1:N]); })",
      R"({"x": [0, 0, 1, 2], "y": [0.3, 0.1, -0.2, 0.5]})");
  for (const char* method : {"nuts", "laplace", "auto"}) {
    const auto found = bound.fit({.method = method});
    REQUIRE(found);
    CHECK(found->jitter == 0);
    CHECK_FALSE(says(*found, "positive definite"));
  }
}

TEST_CASE("close eigenvalues: the gradient is that of the same density without eigenvectors", "[systems]") {
  struct Twin {
    std::string eigen, plain;
  };
  const std::string head =
      "model m { dim N; data y: real[N]; latent v ~ normal(0, 1); latent r ~ normal(0, 1); ";
  const std::string
      forms =
          "let Q = eigenvectors_sym(S); let w = eigenvalues_sym(S); factor -0.5 * dot(y, Q @ ((Q' @ y) ./ (w "
          "+ 1))); }",
      without = "factor -0.5 * dot(y, solve_spd([S[i, j] + (i == j ? 1 : 0) for i in 1:N, j in 1:N], y)); }";
  const std::string matrices[] = {
      // A smooth kernel and a little noise: most eigenvalues are the noise.
      "let S = [exp(v) * exp(-0.5 * square((i - j) / 15)) + (i == j ? 1e-5 : 0) for i in 1:N, j in 1:N]; ",
      // Its length, and a noise that is unknown.
      "let S = [exp(-0.5 * square((i - j) / (15 * exp(0.2 * v)))) + (i == j ? exp(r - 8) : 0) for i in 1:N, "
      "j in 1:N]; ",
      // Exactly equal ones: compound symmetry, and a matrix that is a scale alone.
      "let S = [(i == j ? exp(v) : 0) + exp(r) for i in 1:N, j in 1:N]; ",
      "let S = [i == j ? exp(v + r) : 0 for i in 1:N, j in 1:N]; ",
  };
  std::string y = "[";
  for (int k = 0; k < 30; ++k)
    y += (k == 0 ? "" : ", ") + std::to_string(std::sin(7.3 * k + 1));
  const std::string json = "{\"y\": " + y + "]}";
  for (const std::string& matrix : matrices) {
    INFO(matrix);
    const Bound eigen = bound_of(head + matrix + forms, json),
                plain = bound_of(head + matrix + without, json);
    auto one = eigen.workspace(), two = plain.workspace();
    REQUIRE(one);
    REQUIRE(two);
    for (const double v : {0.0, 0.7, -1.0, 2.0}) {
      const std::vector<double> u{v, 0.3}, direction{0.8, -0.4};
      std::vector<double> ours(2), theirs(2), our_product(2), their_product(2);
      double value = 0, expected = 0;
      REQUIRE(eigen.log_density(**one, u, true, value, ours));
      REQUIRE(plain.log_density(**two, u, true, expected, theirs));
      CHECK(value == Approx(expected).epsilon(1e-9));
      REQUIRE(eigen.hessian_product(**one, u, direction, our_product));
      REQUIRE(plain.hessian_product(**two, u, direction, their_product));
      for (std::size_t k = 0; k < 2; ++k) {
        CHECK(ours[k] == Approx(theirs[k]).epsilon(1e-6).margin(1e-6));
        CHECK(our_product[k] == Approx(their_product[k]).epsilon(1e-4).margin(1e-4));
      }
    }
  }
}

TEST_CASE("equal eigenvalues that part: functions of the matrix have a derivative there", "[systems]") {
  const std::string head =
      "model m { data y: real[3]; latent r[3] ~ normal(0, 1); let S = [[2 + 0.5 * r[1], 0.3 * r[1], 0.3 * "
      "r[2]], [0.3 * r[1], 2 + 0.5 * r[2], 0.3 * r[3]], [0.3 * r[2], 0.3 * r[3], 2 - 0.5 * r[3]]]; let Q = "
      "eigenvectors_sym(S); let w = eigenvalues_sym(S); let z = Q' @ y; ";
  struct Twin {
    std::string eigen, plain;
  };
  // All three eigenvalues are 2 at r = 0, and go their ways with r.
  const Twin twins[] = {
      {"factor -0.5 * sum(square(z) ./ (w + 0.5)) - 0.5 * sum(log(w + 0.5)); }",
       "y ~ mvn(zeros(3), S + 0.5 * eye(3)); }"},
      {"let R = Q @ diag(sqrt(w)) @ Q'; factor dot(y, R @ y); }", ""},
      {"let R = Q @ diag(w .* w) @ Q'; factor dot(y, R @ y); }", "factor dot(S @ y, S @ y); }"},
  };
  for (const Twin& twin : twins) {
    INFO(twin.eigen);
    const Bound bound = bound_of(head + twin.eigen, R"({"y": [1, 0.5, -0.7]})");
    auto workspace = bound.workspace();
    REQUIRE(workspace);
    std::vector<double> gradient(3), none;
    double value = 0;
    REQUIRE(bound.log_density(**workspace, std::vector<double>(3, 0.0), true, value, gradient));
    for (std::size_t k = 0; k < 3; ++k) {
      constexpr double h = 1e-4;
      std::vector<double> u(3, 0.0);
      double up = 0, down = 0;
      u[k] = h;
      REQUIRE(bound.log_density(**workspace, u, true, up, none));
      u[k] = -h;
      REQUIRE(bound.log_density(**workspace, u, true, down, none));
      CHECK(gradient[k] == Approx((up - down) / (2 * h)).epsilon(1e-6).margin(1e-7));
    }
    if (twin.plain.empty()) continue;
    const Bound plain = bound_of(head + twin.plain, R"({"y": [1, 0.5, -0.7]})");
    auto other = plain.workspace();
    REQUIRE(other);
    std::vector<double> expected(3);
    REQUIRE(plain.log_density(**other, std::vector<double>(3, 0.0), true, value, expected));
    for (std::size_t k = 0; k < 3; ++k)
      CHECK(gradient[k] == Approx(expected[k]).epsilon(1e-12).margin(1e-12));
  }
}

TEST_CASE("close eigenvalues are told, and are a caution where the gradient is wrong", "[systems]") {
  const auto fine =
      bound_of(R"(model m { data y: real[3]; latent v ~ normal(0, 1); )"
               R"(let S = [i == j ? exp(v) : 0 for i in 1:3, j in 1:3]; let Q = eigenvectors_sym(S); )"
               R"(let w = eigenvalues_sym(S); factor -0.5 * dot(y, Q @ ((Q' @ y) ./ (w + 1))); })",
               R"({"y": [1, 0.3, -0.8]})")
          .fit({.method = "laplace"});
  REQUIRE(fine);
  CHECK(
      says(*fine,
           "in `eigenvectors_sym(S)` or `eigenvalues_sym(S)`, eigenvalues are equal to 1e-8 of the largest"));
  CHECK(says(*fine, "the gradient agrees with differences"));
  CHECK(fine->verdict == Verdict::trust);
  // An eigenvector turns with r although its eigenvalues are 2e-9 apart: its element is no function of the
  // matrix that could be told without them.
  const auto turning =
      bound_of(
          "model m { param r: real; let S = [[1 + 1e-9 * sin(r), 1e-9 * cos(r)], [1e-9 * cos(r), 1 - 1e-9 * "
          "sin(r)]]; let Q = eigenvectors_sym(S); factor 3 * square(Q[1, 1]) - square(r); }")
          .fit({.method = "map"});
  REQUIRE(turning);
  CHECK(says(*turning, "The gradient is wrong there"));
  CHECK(turning->verdict != Verdict::trust);
  // Eigenvalues alone have derivatives wherever they are.
  const auto values = bound_of(
                          "model m { latent v ~ normal(0, 1); factor -sum(eigenvalues_sym([i == j ? exp(v) : "
                          "0 for i in 1:3, j in 1:3])); }")
                          .fit({.method = "laplace"});
  REQUIRE(values);
  CHECK_FALSE(says(*values, "eigenvalues are equal"));
}
