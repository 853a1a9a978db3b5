// sizes: dims, what is stated of them, and sizes that are computed from data.
#pragma once

#include <optional>
#include <string>

#include "frontend/check/inner.h"
#include "frontend/check/concern.h"
#include "frontend/check/scopes.h"
#include "frontend/check/types.h"

namespace elba::frontend {

class Sizes : Concern {
 public:
  Sizes(Terms& terms, Scopes& scopes, Types& types, Inner& inner)
      : Concern(terms), scopes_(scopes), types_(types), inner_(inner) {}

  void check_dim(const ast::DimStmt& stmt);

 private:
  void check_relation(const Symbol& dim, const ast::DimRelation& relation);
  // An integer of the data; nothing when it is made of dims, or no size.
  std::optional<TermId> size_of_data(const ast::Expr& expr);
  void compute_size(const ast::DimDef& def, TermId value);
  void bound_by_maximum(const ast::Expr& expr, const Dim& size, const std::string& shown);

  Scopes& scopes_;
  Types& types_;
  Inner& inner_;
};

}  // namespace elba::frontend
