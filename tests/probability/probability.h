// probability: what the tests of transforms, distributions and guides share: modules from text, running them,
// quadrature.
#pragma once

#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <map>
#include <numbers>
#include <random>
#include <string>
#include <vector>

#include "ir/interpret.h"
#include "ir/text.h"
#include "ir/verify.h"

namespace elba::probability {

using Sizes = std::map<std::string, std::int64_t>;

// The module, verified.
ir::Module module_from(const std::string& text);
void require_sound(const ir::Module& module);

std::vector<ir::Tensor> run(const ir::Module& module, const std::string& func,
                            const std::vector<ir::Tensor>& arguments, const Sizes& sizes = {});
double run_real(const ir::Module& module, const std::string& func, const std::vector<ir::Tensor>& arguments,
                const Sizes& sizes = {});

ir::Tensor key_of(std::uint64_t key);
ir::Tensor tensor(std::vector<std::int64_t> shape, std::vector<double> values);
ir::Tensor integer(std::int64_t value);

// The normals that a key gives, as many as @draw (or @elbo, where it is alone) takes.
ir::Tensor noise_of(const ir::Module& module, std::uint64_t key, const Sizes& sizes);

struct Node {
  double x, weight;
};
// Gauss-Hermite for the standard normal: sum of weight * f(x) is E f(z), exact for polynomials of degree 2 n
// - 1.
std::vector<Node> gauss_hermite(int n);
// E f(z) over `dim` independent standard normals, by the product rule.
double normal_expectation(int dim, int nodes, const std::function<double(const std::vector<double>&)>& f);

double log_abs_det(std::vector<std::vector<double>> matrix);
double softplus_inverse(double value);

// The normal distribution as IR text, for modules written by hand.
const std::string& normal_text();

}  // namespace elba::probability
