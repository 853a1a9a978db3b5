// members: members of distributions as functions: `normal_logpdf(x, mu, sigma)`, `log_cdf(x, poisson(rate))`.
#pragma once

#include <optional>
#include <string>

#include "frontend/check/calls.h"
#include "frontend/check/distributions.h"
#include "frontend/check/inner.h"
#include "frontend/check/concern.h"

namespace elba::frontend {

class Members : Concern {
 public:
  Members(Terms& terms, Calls& calls, Distributions& distributions, Inner& inner)
      : Concern(terms), calls_(calls), distributions_(distributions), inner_(inner) {}

  std::optional<TermId> call_member_of(const ast::CallExpr& call, Span span);
  // Nothing: the name holds no distribution.
  std::optional<TermId> call_member_named(const ast::CallExpr& call, Span span);
  void distribution_called(const ast::CallExpr& call, Span span);
  bool suggest_member(const ast::CallExpr& call, Diagnostic& diagnostic);

 private:
  TermId call_member(const std::string& dist, const std::string& member, const ast::CallExpr& call,
                     Span span);

  Calls& calls_;
  Distributions& distributions_;
  Inner& inner_;
};

}  // namespace elba::frontend
