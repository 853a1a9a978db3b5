// statements: blocks, loops, branches and definitions.
#pragma once

#include <string>
#include <vector>

#include "frontend/check/binders.h"
#include "frontend/check/bounds.h"
#include "frontend/check/coverage.h"
#include "frontend/check/indices.h"
#include "frontend/check/inner.h"
#include "frontend/check/loop_arrays.h"
#include "frontend/check/names.h"
#include "frontend/check/concern.h"
#include "frontend/check/scopes.h"
#include "frontend/check/sites.h"
#include "frontend/check/sizes.h"
#include "frontend/check/types.h"

namespace elba::frontend {

class Statements : Concern {
 public:
  Statements(Terms& terms, Scopes& scopes, Names& names, Bounds& bounds, Coverage& coverage, Types& types,
             Indices& indices, Binders& binders, Sizes& sizes, LoopArrays& loop_arrays, Sites& sites,
             Inner& inner)
      : Concern(terms),
        scopes_(scopes),
        names_(names),
        bounds_(bounds),
        coverage_(coverage),
        types_(types),
        indices_(indices),
        binders_(binders),
        sizes_(sizes),
        loop_arrays_(loop_arrays),
        sites_(sites),
        inner_(inner) {}

  void check_block(const std::vector<ast::Stmt>& stmts, std::vector<Stmt>& out);
  void check_statement(const ast::Stmt& stmt, std::vector<Stmt>& out);

 private:
  std::string check_attributes(const ast::Stmt& stmt);
  void check_let(const ast::LetStmt& stmt, const ast::Stmt& whole, std::vector<Stmt>& out);
  void check_assign(const ast::AssignStmt& stmt, const ast::Stmt& whole, std::vector<Stmt>& out);
  bool is_of_model(const char* what, Span span);
  bool is_at_top(const char* what, Span span);
  void misplaced_return(Span span);
  void unknown_target(const ast::AssignStmt& stmt, Span whole);
  void refuse_assignment(const ast::AssignStmt& stmt, const Symbol& symbol, Span whole);
  void check_assigned_range(TermId value, const Symbol& symbol);
  void check_factor(const ast::FactorStmt& stmt, const ast::Stmt& whole, std::vector<Stmt>& out);
  void check_for(const ast::ForStmt& stmt, const ast::Stmt& whole, std::size_t binder,
                 std::vector<Stmt>& out);
  void check_if(const ast::IfStmt& stmt, const ast::Stmt& whole, std::vector<Stmt>& out);

  std::size_t weighed_ = 0;  // arrays that branches have been compared with
  Scopes& scopes_;
  Names& names_;
  Bounds& bounds_;
  Coverage& coverage_;
  Types& types_;
  Indices& indices_;
  Binders& binders_;
  Sizes& sizes_;
  LoopArrays& loop_arrays_;
  Sites& sites_;
  Inner& inner_;
};

}  // namespace elba::frontend
