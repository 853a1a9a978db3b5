// combinators: distributions made of distributions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "frontend/check/bounds.h"
#include "frontend/check/combination.h"
#include "frontend/check/distributions.h"
#include "frontend/check/inner.h"
#include "frontend/check/concern.h"
#include "frontend/check/template.h"

namespace elba::frontend {

class Combinators : Concern {
 public:
  Combinators(Terms& terms, Bounds& bounds, Distributions& distributions, Inner& inner)
      : Concern(terms), bounds_(bounds), distributions_(distributions), inner_(inner) {}

  std::optional<DistTerm> check_cut(const ast::CallExpr& call, Span span);
  std::optional<DistTerm> check_with_zero(const ast::CallExpr& call, Span span);
  std::optional<DistTerm> combine(const std::string& name, Template values, std::vector<DistTerm> parts,
                                  std::vector<TermId> own, const std::string& file, Span span);

 private:
  // A bound of truncated or censored: a number in the text, or a term that becomes a parameter.
  struct Cut {
    bool given = false;
    std::optional<double> number;
    TermId term;
    Span span;
  };
  struct CutEnds {
    const Cut &lower, &upper;
    const End &least, &most;  // of the whole: given, or the part's
    bool integer;
  };
  bool check_cut_numbers(const DistTerm& part, const PartText& words, Cut& lower, Cut& upper);
  bool is_empty_cut(const DistTerm& part, const CutEnds& ends, const std::string& name);
  static void add_cut_words(const CutEnds& ends, const PartText& words, const std::string& part_inside,
                            TemplateWords& whole, std::vector<TermId>& own);
  std::optional<DistTerm> cut(DistTerm part, Cut lower, Cut upper, bool censors, Span span);
  std::optional<std::vector<const ast::Expr*>> combinator_arguments(const ast::CallExpr& call, Span span,
                                                                    const std::vector<std::string>& names,
                                                                    std::size_t required);
  bool need_part_member(const DistTerm& part, const std::string& member, const std::string& combinator);
  bool need_scalar_part(const DistTerm& part, const std::string& combinator);

  Bounds& bounds_;
  Distributions& distributions_;
  Inner& inner_;
};

}  // namespace elba::frontend
