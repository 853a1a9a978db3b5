// checker: one body (of a model, function or member of a distribution) from syntax to checked terms and
// statements. It is made of classes that each take what they need of those before them:
//
//     terms           terms and reports                 calls           built-in and user functions, generators
//     scopes, names   symbols, loops; unknown names     distributions   distributions applied to arguments
//     bounds          numbers and bounds of the text    combinators     distributions of distributions
//     coverage        elements of arrays, and lags      mixtures        mixtures and their supports
//     proofs          indices within their axes         members         members as functions
//     types           types, bounds, dims               expressions     every expression to its class
//     indices         indices, slices, gathers          supports        supports of unknowns and their elements
//     binders         loop variables and their ranges   sizes           dims, their relations, sizes from data
//     operators       arithmetic and shapes             sites           declarations and `~`
//     loop_arrays     arrays that a loop fills          statements      blocks, loops, branches, definitions
//
// An expression within another is reached through inner. The function table is in functions_*.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "frontend/check/expressions.h"
#include "frontend/check/statements.h"

namespace elba::frontend {

// First of all, so that the terms are there for the rest.
struct BodyTerms {
  Context own_context;
  Terms own_terms{own_context};
};

// What a member of a distribution takes, beside the parameters.
enum class Takes { nothing, value, probability, noise, parameters };

class Checker : BodyTerms, Concern {
 public:
  Checker(Environment& env, File& file, Body& body, BodyKind kind);
  Checker(const Checker&) = delete;
  Checker& operator=(const Checker&) = delete;

  void check_model(const ast::ModelDecl& model, CheckedModel& out, Signature& signature);
  void check_function(const ast::FunDecl& fun, const std::set<std::string>& size_names, CheckedFunc& out);
  // A member of a distribution: its own formals (already typed), then the distribution's parameters.
  struct TypedFormal {
    std::string name;
    ValueType type;
    std::optional<Dim> lower, upper;
    Span span;
  };
  void check_member(const ast::DistMember& member, const std::vector<TypedFormal>& formals,
                    const std::vector<std::string>& dims, Element result_element,
                    const std::vector<Dim>& result_shape, CheckedFunc& out);
  void check_dist(const ast::DistDecl& decl, CheckedDist& out,
                  std::vector<std::unique_ptr<CheckedFunc>>& members);

 private:
  void finish_function(const std::vector<ast::Stmt>& stmts, const ast::Expr* value, const ValueType* declared,
                       Span declared_span, CheckedFunc& out);
  SymbolId declare_formal(const TypedFormal& formal);
  SymbolId declare_size(const ast::Formal& formal);
  std::vector<TypedFormal> check_parameters(const ast::DistDecl& decl, CheckedDist& out);
  TypedFormal check_dist_support(const ast::DistDecl& decl, CheckedDist& out);
  bool check_property(const ast::DistMember& member, CheckedDist& out);
  void unknown_member(const ast::Name& name, const CheckedDist& out);
  bool check_noise(const ast::DistMember& member, CheckedDist& out, TypedFormal& first,
                   std::vector<std::string>& dims);
  std::optional<std::vector<TypedFormal>> member_formals(const ast::DistMember& member, Takes takes,
                                                         const std::vector<TypedFormal>& params,
                                                         const TypedFormal& value, CheckedDist& out,
                                                         std::vector<std::string>& dims);
  void check_dist_member(const ast::DistMember& member, const std::vector<TypedFormal>& params,
                         const TypedFormal& value, CheckedDist& out,
                         std::vector<std::unique_ptr<CheckedFunc>>& members);

  Inner inner_;
  Scopes scopes_{terms_};
  Names names_{terms_, scopes_};
  Bounds bounds_{terms_};
  Coverage coverage_{terms_, scopes_};
  Proofs proofs_{terms_};
  Types types_{terms_, scopes_, names_, bounds_, inner_};
  Indices indices_{terms_, scopes_, names_, coverage_, proofs_, inner_};
  Binders binders_{terms_, scopes_, names_, proofs_, indices_, inner_};
  Operators operators_{terms_, inner_};
  Calls calls_{terms_, scopes_, proofs_, indices_, binders_, inner_};
  Distributions distributions_{terms_, scopes_, bounds_, binders_, calls_, inner_};
  Combinators combinators_{terms_, bounds_, distributions_, inner_};
  Mixtures mixtures_{terms_, bounds_, distributions_, combinators_, inner_};
  Members members_{terms_, calls_, distributions_, inner_};
  Expressions expressions_{terms_,     scopes_, names_,         coverage_,    indices_,  binders_,
                           operators_, calls_,  distributions_, combinators_, mixtures_, members_};
  Supports supports_{terms_, scopes_, bounds_, coverage_};
  Sizes sizes_{terms_, scopes_, types_, inner_};
  LoopArrays loop_arrays_{terms_, scopes_, coverage_, types_};
  Sites sites_{terms_, scopes_,  names_,         bounds_,   coverage_,
               types_, indices_, distributions_, supports_, inner_};
  Statements statements_{terms_,   scopes_,  names_, bounds_,      coverage_, types_,
                         indices_, binders_, sizes_, loop_arrays_, sites_,    inner_};
};

}  // namespace elba::frontend
