// sites: the declarations of a model (dims are in sizes.h) and its `~` statements.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "frontend/check/bounds.h"
#include "frontend/check/coverage.h"
#include "frontend/check/distributions.h"
#include "frontend/check/indices.h"
#include "frontend/check/inner.h"
#include "frontend/check/names.h"
#include "frontend/check/concern.h"
#include "frontend/check/scopes.h"
#include "frontend/check/supports.h"
#include "frontend/check/types.h"

namespace elba::frontend {

class Sites : Concern {
 public:
  Sites(Terms& terms, Scopes& scopes, Names& names, Bounds& bounds, Coverage& coverage, Types& types,
        Indices& indices, Distributions& distributions, Supports& supports, Inner& inner)
      : Concern(terms),
        scopes_(scopes),
        names_(names),
        bounds_(bounds),
        coverage_(coverage),
        types_(types),
        indices_(indices),
        distributions_(distributions),
        supports_(supports),
        inner_(inner) {}

  void check_data(const ast::DataStmt& stmt);
  void check_latent(const ast::LatentStmt& stmt, const ast::Stmt& whole, const std::string& centering,
                    std::vector<Stmt>& out);
  void check_param(const ast::ParamStmt& stmt, const ast::Stmt& whole, std::vector<Stmt>& out);
  void check_predict(const ast::PredictStmt& stmt, const ast::Stmt& whole, std::vector<Stmt>& out);
  void check_site(const ast::SampleStmt& stmt, const ast::Stmt& whole, std::vector<Stmt>& out);
  void check_observed_lets(const CheckedModel& model);

 private:
  std::optional<ValueType> latent_shape(DistTerm& dist, const std::vector<Dim>& prefix, bool has_prefix,
                                        const std::string& name, Span span);
  // What a latent is declared with.
  struct LatentParts {
    std::optional<TypeInfo> declared;
    std::optional<DistTerm> dist;
    std::vector<Dim> prefix;  // the shape without a type
    bool prefix_fine = false;
  };
  void check_latent_place(const std::string& name, Span span);
  bool type_latent(const ast::LatentStmt& stmt, LatentParts& parts, bool fine, Symbol& symbol);
  void refuse_discrete(const ast::LatentStmt& stmt, const LatentParts& parts, Symbol& symbol);
  bool bound_latent(const ast::LatentStmt& stmt, const LatentParts& parts, LatentStmt& latent);
  bool predict_draw(const ast::PredictStmt& stmt, const std::optional<TypeInfo>& declared,
                    const std::vector<Dim>& prefix, bool fine, Symbol& symbol, PredictStmt& predict);
  bool predict_value(const ast::PredictStmt& stmt, const std::optional<TypeInfo>& declared,
                     const std::vector<Dim>& prefix, bool fine, Symbol& symbol, PredictStmt& predict);
  bool need_sampler(const DistTerm& dist);
  void check_observation(SymbolId symbol, const std::vector<IndexTerm>& target, const DistTerm& dist,
                         Span span);
  [[nodiscard]] std::optional<Dim> law_bound(const ir::Bound& bound, const DistTerm& dist) const;
  void check_observed_range(const Symbol& symbol, const DistTerm& dist, Span span);
  [[nodiscard]] bool is_observable(const Symbol& symbol) const;
  void refuse_site(const Symbol& symbol, Span span);

  std::map<SymbolId, Span> priors_;  // of latents that were declared with one
  struct Observed {
    SymbolId symbol;
    Box box;
    Span span;
  };
  std::vector<Observed> observed_;
  std::vector<std::pair<SymbolId, Span>> observed_lets_;
  Scopes& scopes_;
  Names& names_;
  Bounds& bounds_;
  Coverage& coverage_;
  Types& types_;
  Indices& indices_;
  Distributions& distributions_;
  Supports& supports_;
  Inner& inner_;
};

}  // namespace elba::frontend
