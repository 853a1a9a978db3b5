// distributions: a declared distribution applied to arguments, and what it is of.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "frontend/check/binders.h"
#include "frontend/check/bounds.h"
#include "frontend/check/calls.h"
#include "frontend/check/inner.h"
#include "frontend/check/concern.h"
#include "frontend/check/scopes.h"

namespace elba::frontend {

class Distributions : Concern {
 public:
  Distributions(Terms& terms, Scopes& scopes, Bounds& bounds, Binders& binders, Calls& calls, Inner& inner)
      : Concern(terms), scopes_(scopes), bounds_(bounds), binders_(binders), calls_(calls), inner_(inner) {}

  // Shapes of parameters, and of what is given for them without the batch.
  struct Matching {
    std::vector<ir::Type> formals, actuals;
  };
  // Makes the arguments what the parameters are, and takes the batch off their shapes; false after a report.
  bool split_batch(DistTerm& dist, Span span, Matching& out);
  std::optional<DistTerm> check_declared(const ast::CallExpr& call, Span span);
  bool check_argument_bounds(const CheckedDist& dist, std::size_t index, TermId arg);
  // Unifies the event with the end of `shape` and checks batch against the rest; false after a report.
  bool fit_value(DistTerm& dist, const ValueType& value, const std::string& name, Span span, Span declared);
  [[nodiscard]] bool is_combinator(const std::string& name);  // and not a distribution of the user's
  [[nodiscard]] bool is_distribution(const ast::Expr& expr);

 private:
  bool fit_element(const DistTerm& dist, const ValueType& value, const std::string& name, Span span,
                   Span declared);
  Diagnostic& site_mismatch(const DistTerm& dist, const ValueType& value, const std::vector<Dim>& wanted,
                            const std::string& name, Span span, Span declared);
  void suggest_batch(const DistTerm& dist, const std::vector<Dim>& rest, const std::string& name,
                     Diagnostic& diagnostic);
  void check_lost_arguments(const ast::CallExpr& call);
  void argument_count_error(const CheckedDist& dist, const ast::CallExpr& call, Span span);
  std::optional<std::size_t> named_slot(const CheckedDist& dist, const ast::Name& name);
  std::optional<std::vector<TermId>> dist_arguments(const CheckedDist& dist, const ast::CallExpr& call,
                                                    Span span);
  DistEntry* find_distribution(const ast::CallExpr& call);

  Scopes& scopes_;
  Bounds& bounds_;
  Binders& binders_;
  Calls& calls_;
  Inner& inner_;
};

}  // namespace elba::frontend
