// supports: the support of an unknown, from its declared type or else from its distribution.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "frontend/check/bounds.h"
#include "frontend/check/coverage.h"
#include "frontend/check/concern.h"
#include "frontend/check/scopes.h"

namespace elba::frontend {

class Supports : Concern {
 public:
  Supports(Terms& terms, Scopes& scopes, Bounds& bounds, Coverage& coverage)
      : Concern(terms), scopes_(scopes), bounds_(bounds), coverage_(coverage) {}

  bool fit_support(const TypeInfo* declared, const DistTerm& dist, const std::string& name, Span name_span,
                   Support& support, TermId& lower, TermId& upper);
  // Its line in the signature.
  void add_unknown(const Symbol& symbol, Support support, TermId lower, TermId upper, bool is_param);
  void note_type(SymbolId latent, const TypeInfo& info) { latent_types_[latent] = info; }
  // Of statements for single elements of latents.
  bool fit_elements(SymbolId id, const std::vector<IndexTerm>& target, const DistTerm& dist);
  void finish_elements(std::vector<Stmt>& stmts);

 private:
  // A declared type, and the distribution that it is to fit.
  struct Fit {
    const TypeInfo& declared;
    const DistTerm& dist;
    const std::string& name;
    Span name_span;
    const std::string& law_type;  // of the distribution, as the user would write it
    TermId lower, upper;
  };
  bool refuse_prior(const TypeInfo* declared, const DistTerm& dist, const std::string& name, Span name_span);
  bool support_mismatch(const Fit& fit, const std::string& help);
  void warn_lost(const Fit& fit);
  [[nodiscard]] bool has_unknown_arguments(const DistTerm& dist) const;
  bool fit_vector(const Fit& fit);
  bool fit_interval(const Fit& fit);
  std::optional<double> end_of_law(const ir::Bound& bound, const DistTerm& dist);
  TermId end_of(TermId declared, const ir::Bound& law, const DistTerm& dist);
  void finish_latent(LatentStmt& latent);

  std::map<SymbolId, TypeInfo> latent_types_;
  std::map<SymbolId, std::vector<ElementBounds>> element_bounds_;
  Scopes& scopes_;
  Bounds& bounds_;
  Coverage& coverage_;
};

}  // namespace elba::frontend
