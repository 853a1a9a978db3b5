#include "tests/systems/systems.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "tests/support/paths.h"

namespace elba::test::systems {

namespace fs = std::filesystem;

namespace {

const fs::path folder = fs::path(source_dir) / "tests/systems";

const Quantity& quantity_of(const Posterior& posterior, const std::string& name) {
  for (const Quantity& quantity : posterior.quantities)
    if (quantity.name == name) return quantity;
  FAIL("no quantity " << name);
  return posterior.quantities.front();
}

}  // namespace

Loaded system_model(const std::string& model, const std::string& data, const std::string& name) {
  return load(folder / model, data.empty() ? fs::path() : folder / data, name);
}

Bound bound_of(const std::string& text, const std::string& json) {
  auto program = Program::compile(text);
  if (!program) FAIL(program.diagnostics().front().message);
  auto data = Data::from_json(json);
  REQUIRE(data);
  auto bound = program->bind(*data);
  REQUIRE(bound);
  return *bound;
}

std::string system_text(const std::string& file) { return read_text(folder / file); }

double log_density(Loaded& loaded, const std::vector<double>& u, bool jacobian) {
  double value = 0;
  REQUIRE(loaded.bound.log_density(*loaded.workspace, u, jacobian, value, {}));
  return value;
}

Posterior fit(const Loaded& loaded, const std::string& method) {
  FitOptions options;
  options.method = method;
  auto posterior = loaded.bound.fit(options);
  for (const auto& diagnostic : posterior.diagnostics())
    UNSCOPED_INFO(diagnostic.message);
  REQUIRE(posterior);
  return *posterior;
}

double mean_of(const Posterior& posterior, const std::string& name) {
  return quantity_of(posterior, name).mean;
}
double sd_of(const Posterior& posterior, const std::string& name) { return quantity_of(posterior, name).sd; }

std::vector<double> values_of(const Posterior& posterior, const std::string& name) {
  std::vector<double> values;
  for (const Quantity& quantity : posterior.quantities)
    if (quantity.name.starts_with(name + "[")) values.push_back(quantity.mean);
  return values;
}

Matrix negative_hessian(Loaded& loaded, const std::vector<double>& u) {
  Matrix hessian(u.size(), std::vector<double>(u.size()));
  for (std::size_t k = 0; k < u.size(); ++k) {
    std::vector<double> direction(u.size());
    direction[k] = -1;
    REQUIRE(loaded.bound.hessian_product(*loaded.workspace, u, direction, hessian[k]));
  }
  return hessian;
}

Matrix factor(const Matrix& a) {
  Matrix l(a.size(), std::vector<double>(a.size()));
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = 0; j <= i; ++j) {
      double rest = a[i][j];
      for (std::size_t k = 0; k < j; ++k)
        rest -= l[i][k] * l[j][k];
      l[i][j] = i == j ? std::sqrt(rest) : rest / l[j][j];
    }
  return l;
}

Matrix inverse(const Matrix& a) {
  const Matrix l = factor(a);
  const std::size_t n = a.size();
  Matrix out(n, std::vector<double>(n));
  for (std::size_t column = 0; column < n; ++column) {
    std::vector<double> x(n);
    for (std::size_t i = 0; i < n; ++i) {
      x[i] = i == column ? 1 : 0;
      for (std::size_t k = 0; k < i; ++k)
        x[i] -= l[i][k] * x[k];
      x[i] /= l[i][i];
    }
    for (std::size_t i = n; i-- > 0;) {
      for (std::size_t k = i + 1; k < n; ++k)
        x[i] -= l[k][i] * x[k];
      x[i] /= l[i][i];
      out[i][column] = x[i];
    }
  }
  return out;
}

double log_determinant(const Matrix& a) {
  const Matrix l = factor(a);
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    sum += 2 * std::log(l[i][i]);
  return sum;
}

}  // namespace elba::test::systems
