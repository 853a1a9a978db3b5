// mixtures: the weights, parts and supports of `mixture(w, d1, d2, ..)` and `mixture(w, d)`.
#pragma once

#include <optional>
#include <vector>

#include "frontend/check/bounds.h"
#include "frontend/check/combination.h"
#include "frontend/check/combinators.h"
#include "frontend/check/distributions.h"
#include "frontend/check/inner.h"
#include "frontend/check/concern.h"
#include "frontend/check/template.h"

namespace elba::frontend {

class Mixtures : Concern {
 public:
  Mixtures(Terms& terms, Bounds& bounds, Distributions& distributions, Combinators& combinators, Inner& inner)
      : Concern(terms),
        bounds_(bounds),
        distributions_(distributions),
        combinators_(combinators),
        inner_(inner) {}

  std::optional<DistTerm> check_mixture(const ast::CallExpr& call, Span span);

 private:
  // The hull of supports.
  struct Joined {
    End low, high;
    bool guarded = false, open_ended = false;
  };
  bool check_weights(TermId weights, const ast::Expr& written);
  std::optional<DistTerm> mixture_of_components(DistTerm part, TermId weights, Template values, Span span);
  std::optional<DistTerm> mixture_of_parts(std::vector<DistTerm> parts, TermId weights, Template values,
                                           Span span);
  void supports_differ(const DistTerm& front, const DistTerm& part);
  bool same_kind(const std::vector<DistTerm>& parts);
  bool join_ends(const std::vector<DistTerm>& parts, std::vector<PartText>& texts, bool is_low,
                 Joined& joined);
  std::optional<Joined> join_supports(const std::vector<DistTerm>& parts, std::vector<PartText>& texts);

  Bounds& bounds_;
  Distributions& distributions_;
  Combinators& combinators_;
  Inner& inner_;
};

}  // namespace elba::frontend
