// proofs: that an index lies within its axis, for all sizes and data that keep what is declared.
#pragma once

#include <string>

#include "frontend/check/concern.h"

namespace elba::frontend {

class Proofs : Concern {
 public:
  explicit Proofs(Terms& terms) : Concern(terms) {}

  bool prove_inside(TermId index, const Dim& extent, const std::string& name, Span span);
  bool prove_range(const Dim& low, const Dim& high, const Dim& extent, const std::string& what,
                   const std::string& name, Span span, const Dim& start = Dim(1));

 private:
  // What to declare for it to hold; empty when it is not so simple.
  [[nodiscard]] std::string relation_advice(const Dim& slack) const;
};

}  // namespace elba::frontend
