// indices: x[i, :, a:b, group]: elements, slices and gathers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "frontend/check/coverage.h"
#include "frontend/check/inner.h"
#include "frontend/check/names.h"
#include "frontend/check/concern.h"
#include "frontend/check/proofs.h"
#include "frontend/check/scopes.h"

namespace elba::frontend {

class Indices : Concern {
 public:
  Indices(Terms& terms, Scopes& scopes, Names& names, Coverage& coverage, Proofs& proofs, Inner& inner)
      : Concern(terms), scopes_(scopes), names_(names), coverage_(coverage), proofs_(proofs), inner_(inner) {}

  TermId check_index(const ast::IndexExpr& node, Span span);
  // The indices of a symbol or of a base of that type; nothing after a report.
  std::optional<std::vector<IndexTerm>> check_indices(const ValueType& base, const std::string& name,
                                                      const std::vector<const ast::Index*>& indices,
                                                      Span span);
  TermId index_term(SymbolId symbol, TermId base, std::vector<IndexTerm> indices, Span span);

 private:
  std::optional<IndexTerm> check_slice(const ast::Index& index, TermId first,
                                       const std::optional<Dim>& extent, const std::string& name);
  std::optional<IndexTerm> check_element(const ast::Index& index, TermId first,
                                         const std::optional<Dim>& extent, const std::string& name);
  void too_many_indices(const ValueType& base, const std::string& name,
                        const std::vector<const ast::Index*>& indices, Span span);

  Scopes& scopes_;
  Names& names_;
  Coverage& coverage_;
  Proofs& proofs_;
  Inner& inner_;
};

}  // namespace elba::frontend
