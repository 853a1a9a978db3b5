// systems: what the tests of published methods share.
#pragma once

#include <string>
#include <vector>

#include "tests/examples/examples.h"

namespace elba::test::systems {

// A model file of tests/systems with a data file (or none: ""), and which model of the file.
[[nodiscard]] Loaded system_model(const std::string& model, const std::string& data,
                                  const std::string& name = {});
// A model's text bound to data as JSON.
[[nodiscard]] Bound bound_of(const std::string& text, const std::string& json = "{}");
[[nodiscard]] std::string system_text(const std::string& file);
[[nodiscard]] double log_density(Loaded& loaded, const std::vector<double>& u, bool jacobian = true);
[[nodiscard]] Posterior fit(const Loaded& loaded, const std::string& method);
[[nodiscard]] double mean_of(const Posterior& posterior, const std::string& name);
[[nodiscard]] double sd_of(const Posterior& posterior, const std::string& name);
// The means of name[1], name[2], ...
[[nodiscard]] std::vector<double> values_of(const Posterior& posterior, const std::string& name);

// Square matrices, row-major, by the textbook.
using Matrix = std::vector<std::vector<double>>;
[[nodiscard]] Matrix negative_hessian(Loaded& loaded, const std::vector<double>& u);
[[nodiscard]] Matrix factor(const Matrix& a);   // lower, of a positive definite one
[[nodiscard]] Matrix inverse(const Matrix& a);  // of a positive definite one
[[nodiscard]] double log_determinant(const Matrix& a);

}  // namespace elba::test::systems
