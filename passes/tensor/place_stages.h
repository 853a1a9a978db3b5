// place_stages: the memory rule, and the step that makes bind-stage nests out of parts of step-stage ones.
#pragma once

#include <string>
#include <vector>

#include "passes/rewrite/rewrite.h"

namespace elba::passes {

// Cheaper than this is recomputed: about one transcendental.
inline constexpr long worth_caching = 10;

// How much a bind function may keep: arrays of at most twice the elements of the function's data, as
// polynomials: each monomial must divide one of the data's, and where it equals one, its coefficient must be
// at most twice that one's.
class Budget {
 public:
  explicit Budget(const ir::Func& func);
  [[nodiscard]] bool fits(const ir::Type& type) const;

 private:
  std::vector<ir::Dim::Term> data_;
};

// Adds, before each nest and scan of the function's own level, nests for its bind-stage terms and parts;
// these then are at the function's level and of stage bind.
void extract_bind_terms(ir::Func& func);

}  // namespace elba::passes
