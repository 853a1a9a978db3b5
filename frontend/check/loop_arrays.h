// loop_arrays: which arrays a `for` fills, along which axis, and in which order its statements are lowered.
#pragma once

#include <optional>
#include <string>
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
  static std::vector<std::size_t> axes_of(const ast::LValue& target, const std::string& variable);
  std::optional<LoopArray> shifted_index(const ast::LValue& target, SymbolId symbol,
                                         const std::vector<std::size_t>& axes, const Symbol& variable);
  std::optional<LoopArray> loop_array(const ast::LValue& target, SymbolId symbol, const Symbol& variable,
                                      Span span, const std::vector<LoopArray>& known);

  Scopes& scopes_;
  Coverage& coverage_;
  Types& types_;
};

}  // namespace elba::frontend
