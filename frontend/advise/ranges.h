// ranges: where the values of a term lie, as far as its supports, bounds and operations show.
//
//     exp(a)        [0, inf)         latent a ~ beta(1, 1)      [0, 1]
//     a^2 + b       [low of b, inf)  data s: real<lower=0>      [0, inf)
//
// An operation is evaluated by its row of the op table at the ends of its operands' ranges and at points
// between, so no operation is told apart here. The answer serves warnings; nothing that must be proved rests
// on it.
#pragma once

#include "frontend/advise/advise.h"

namespace elba::frontend {

struct Range {
  double low, high;
};

class Ranges {
 public:
  Ranges(const Advice& advice, const Reads& reads);
  [[nodiscard]] Range of(TermId id);

 private:
  using Formals = std::map<SymbolId, Range>;
  Range of(const Body& body, TermId id, Formals* formals, int depth);
  Range of_symbol(const Body& body, SymbolId id, Formals* formals, int depth);
  Range of_array(SymbolId id, int depth);
  Range of_apply(const Body& body, const Term& term, Formals* formals, int depth);
  Range of_combined(const Body& body, const Term& term, Formals* formals, int depth);
  Range of_index(const Body& body, const Term& term, Formals* formals, int depth);

  const Advice& advice_;
  const Reads& reads_;
  std::size_t steps_ = 0;  // that were taken: functions that call one another twice take exponentially many
  std::map<SymbolId, Range> unknowns_;                               // by their support
  std::map<SymbolId, std::vector<std::pair<Box, Range>>> elements_;  // of unknowns whose elements differ
  std::map<SymbolId, Range> lets_;
  std::map<SymbolId, Range> known_;  // arrays that have been looked at, or are under way
};

}  // namespace elba::frontend
