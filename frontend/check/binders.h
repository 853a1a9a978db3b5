// binders: loop variables, what is known about their ranges, and terms over them.
#pragma once

#include <optional>
#include <vector>

#include "frontend/check/indices.h"
#include "frontend/check/inner.h"
#include "frontend/check/names.h"
#include "frontend/check/concern.h"
#include "frontend/check/proofs.h"
#include "frontend/check/scopes.h"

namespace elba::frontend {

class Binders : Concern {
 public:
  Binders(Terms& terms, Scopes& scopes, Names& names, Proofs& proofs, Indices& indices, Inner& inner)
      : Concern(terms), scopes_(scopes), names_(names), proofs_(proofs), indices_(indices), inner_(inner) {}

  // Declares it in the innermost scope; invalid after a report.
  SymbolId open_binder(const ast::Binder& binder);
  std::optional<std::vector<SymbolId>> open_binders(const std::vector<ast::Binder>& binders,
                                                    std::size_t from = 0);
  std::optional<Symbol> make_binder(const ast::Binder& binder, Dim low, Dim high, Span range);
  TermId nest(std::vector<SymbolId> binders, TermId element, ir::Combiner combiner, Span span);
  TermId count_of(const std::vector<SymbolId>& binders, Span span);
  TermId check_comprehension(const ast::Comprehension& node, Span span);
  std::optional<TermId> reduce_slice(const Function& function, const ast::Expr& argument, Span span);

 private:
  SymbolId open_values(const ast::Binder& binder);
  SymbolId open_rows_of(const ast::Binder& binder, const ast::CallExpr& call);
  TermId position(const Symbol& binder, Span span);

  Scopes& scopes_;
  Names& names_;
  Proofs& proofs_;
  Indices& indices_;
  Inner& inner_;
};

}  // namespace elba::frontend
