// explain: what the compiler found in a model and what it decided, as data; the driver renders it (JSON,
// text).
#pragma once

#include <string>
#include <vector>

#include "passes/objective/expectations.h"

namespace elba::passes {

struct SiteExplanation {
  std::string name;
  std::string role;  // "latent", "param"
  std::string type;  // "f64[J]"
  std::string support;
  std::string dist;    // of its prior; empty when it has none or several
  std::string offset;  // of its first coordinate in u, a polynomial over the dims
  std::string size;
  std::vector<std::string> coordinates;  // index patterns in its unconstrained shape: "theta[1..J]"
  std::string centering;                 // "centered", "noncentered", "vip"
  std::string centering_reason;
  bool analytic = false;  // the expectation of its prior under a Gaussian guide is exact
  std::string analytic_reason;
};

struct FactorExplanation {
  std::string site;
  std::string role;  // "prior", "likelihood", "factor"
  std::string dist;
  std::vector<std::string> parents;
  std::vector<std::string> plates;  // extents over which it is a product
};

struct Explanation {
  std::string model;
  std::string unconstrained_size;
  std::vector<SiteExplanation> sites;
  std::vector<FactorExplanation> factors;
};

// Of a module that still has @model, before reparameterise.
[[nodiscard]] Explanation explain(const ir::Module& module);

}  // namespace elba::passes
