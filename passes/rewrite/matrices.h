// matrices: nests that the derivative rules of linear algebra are written with.
#pragma once

#include <functional>

#include "ir/builder.h"

namespace elba::passes {

using Element = std::function<ir::ValueId(ir::ValueId i, ir::ValueId j)>;

// The matrix of element(i, j).
inline ir::ValueId matrix(ir::Builder& b, const ir::Dim& rows, const ir::Dim& columns,
                          const Element& element) {
  const auto it = b.open_nest({rows, columns});
  const ir::ValueId value = element(it[0], it[1]);
  return b.close_nest({{ir::Combiner::stack, {value}}})[0];
}

// The sum of term(k).
inline ir::ValueId dot(ir::Builder& b, const ir::Dim& extent,
                       const std::function<ir::ValueId(ir::ValueId k)>& term) {
  const auto it = b.open_nest({extent});
  const ir::ValueId value = term(it[0]);
  return b.close_nest({{ir::Combiner::sum, {value}}})[0];
}

}  // namespace elba::passes
