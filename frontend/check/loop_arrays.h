// loop_arrays: which arrays a `for` fills, along which axis, and in which order its statements are lowered.
#pragma once

#include <vector>

#include "frontend/check/coverage.h"
#include "frontend/check/concern.h"
#include "frontend/check/scopes.h"
#include "frontend/check/types.h"

namespace elba::frontend {

class LoopArrays : Concern {
 public:
  LoopArrays(Terms& terms, Scopes& scopes, Coverage& coverage, Types& types)
      : Concern(terms), scopes_(scopes), coverage_(coverage), types_(types) {}

  std::vector<LoopArray> open_loop_arrays(const ast::ForStmt& stmt, SymbolId binder, Span span);
  bool order_loop(ForStmt& loop, Span span);

 private:
  Scopes& scopes_;
  Coverage& coverage_;
  Types& types_;
};

}  // namespace elba::frontend
