// expressions: every kind of expression, and what may stand on the right of `~`, to the class that checks it.
#pragma once

#include <optional>

#include "frontend/check/binders.h"
#include "frontend/check/calls.h"
#include "frontend/check/combinators.h"
#include "frontend/check/coverage.h"
#include "frontend/check/distributions.h"
#include "frontend/check/indices.h"
#include "frontend/check/inner.h"
#include "frontend/check/members.h"
#include "frontend/check/mixtures.h"
#include "frontend/check/names.h"
#include "frontend/check/operators.h"
#include "frontend/check/concern.h"
#include "frontend/check/scopes.h"

namespace elba::frontend {

class Expressions : Concern {
 public:
  Expressions(Terms& terms, Scopes& scopes, Names& names, Coverage& coverage, Indices& indices,
              Binders& binders, Operators& operators, Calls& calls, Distributions& distributions,
              Combinators& combinators, Mixtures& mixtures, Members& members)
      : Concern(terms),
        scopes_(scopes),
        names_(names),
        coverage_(coverage),
        indices_(indices),
        binders_(binders),
        operators_(operators),
        calls_(calls),
        distributions_(distributions),
        combinators_(combinators),
        mixtures_(mixtures),
        members_(members) {}

  TermId check(const ast::Expr& expr);
  std::optional<DistTerm> check_distribution(const ast::Expr& whole);

 private:
  TermId check_name(const ast::NameExpr& name, Span span);
  TermId check_array(const ast::ArrayLiteral& literal, Span span);
  TermId check_conditional(const ast::ConditionalExpr& node, Span span);
  TermId check_call(const ast::CallExpr& call, Span span);
  void unknown_function(const ast::CallExpr& call);
  std::optional<DistTerm> check_combination(const ast::CallExpr& call, Span span);

  Scopes& scopes_;
  Names& names_;
  Coverage& coverage_;
  Indices& indices_;
  Binders& binders_;
  Operators& operators_;
  Calls& calls_;
  Distributions& distributions_;
  Combinators& combinators_;
  Mixtures& mixtures_;
  Members& members_;
};

}  // namespace elba::frontend
