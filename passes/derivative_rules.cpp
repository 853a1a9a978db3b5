#include "passes/derivative_rules.h"


namespace elba::passes {

using namespace ir;

namespace {

using Element = std::function<ValueId(ValueId i, ValueId j)>;

// The n x m matrix of element(i, j).
ValueId matrix(Builder& b, const Dim& rows, const Dim& columns, const Element& element) {
  const auto it = b.open_nest({rows, columns});
  const ValueId value = element(it[0], it[1]);
  return b.close_nest({{Combiner::stack, {value}}})[0];
}

ValueId dot(Builder& b, const Dim& extent, const std::function<ValueId(ValueId k)>& term) {
  const auto it = b.open_nest({extent});
  const ValueId value = term(it[0]);
  return b.close_nest({{Combiner::sum, {value}}})[0];
}

ValueId transpose(Builder& b, ValueId a) {
  const Type type = b.type(a);
  return matrix(b, type.shape[1], type.shape[0], [&](ValueId i, ValueId j) { return b.read(a, {j, i}); });
}

// Lower triangle with a halved diagonal.
ValueId phi_lower(Builder& b, const Dim& n, const Element& element) {
  return matrix(b, n, n, [&](ValueId i, ValueId j) {
    const ValueId value = element(i, j);
    const ValueId half = b.mul(value, b.constant(0.5));
    const ValueId below = b.select(b.emit(Opcode::gt, {i, j}), value, b.constant(0.0));
    return b.select(b.emit(Opcode::eq, {i, j}), half, below);
  });
}

}  // namespace

ValueId zeros(Builder& b, const Type& type) {
  if (type.shape.empty()) return b.constant(0.0);
  b.open_nest(type.shape);
  return b.close_nest({{Combiner::stack, {b.constant(0.0)}}})[0];
}

ValueId flat_index(Builder& b, const std::vector<ValueId>& iterators, const std::vector<Dim>& extents) {
  ValueId flat = iterators.empty() ? b.constant_int(0) : iterators[0];
  for (std::size_t k = 1; k < iterators.size(); ++k) flat = b.add(b.mul(flat, b.dim(extents[k])), iterators[k]);
  return flat;
}

std::vector<ValueId> unflatten(Builder& b, ValueId flat, const std::vector<Dim>& extents) {
  std::vector<ValueId> iterators(extents.size());
  ValueId rest = flat;
  for (std::size_t k = extents.size(); k-- > 1;) {
    const ValueId extent = b.dim(extents[k]);
    iterators[k] = b.emit(Opcode::imod, {rest, extent});
    rest = b.emit(Opcode::idiv, {rest, extent});
  }
  if (!iterators.empty()) iterators[0] = rest;
  return iterators;
}

OtherFactors other_factors(Builder& b, const std::vector<Dim>& extents, const std::function<ValueId(const std::vector<ValueId>&)>& element) {
  Dim total(1);
  for (const Dim& extent : extents) total = total * extent;
  const auto running = [&](bool reverse) {
    const std::vector<ValueId> one{b.constant(1.0)};
    const auto head = b.open_scan(total, one, reverse);
    const ValueId v = element(unflatten(b, head.iterator, extents));
    const std::vector<ValueId> next{b.mul(head.carries[0], v)};
    return b.close_scan(next, {{Combiner::stack, {head.carries[0]}}})[1];
  };
  return {running(false), running(true)};
}

ValueId chol_adjoint(Builder& b, ValueId L, ValueId L_adj) {
  const Dim n = b.type(L).shape[0];
  const ValueId product = phi_lower(b, n, [&](ValueId i, ValueId j) {
    return dot(b, n, [&](ValueId k) {
      // Only the lower triangle of L_adj counts: above it L is zero by construction.
      const ValueId lower = b.select(b.emit(Opcode::ge, {k, j}), b.read(L_adj, {k, j}), b.constant(0.0));
      return b.mul(b.read(L, {k, i}), lower);
    });
  });
  const ValueId left = trisolve(b, L, product, true);
  const ValueId S = transpose(b, trisolve(b, L, transpose(b, left), true));
  return matrix(b, n, n, [&](ValueId i, ValueId j) {
    const ValueId both = b.add(b.read(S, {i, j}), b.read(S, {j, i}));
    const ValueId below = b.select(b.emit(Opcode::gt, {i, j}), both, b.constant(0.0));
    return b.select(b.emit(Opcode::eq, {i, j}), b.read(S, {i, i}), below);
  });
}

ValueId chol_tangent(Builder& b, ValueId L, ValueId A_tan) {
  const Dim n = b.type(L).shape[0];
  const ValueId full = matrix(b, n, n, [&](ValueId i, ValueId j) {
    return b.select(b.emit(Opcode::ge, {i, j}), b.read(A_tan, {i, j}), b.read(A_tan, {j, i}));
  });
  const ValueId left = trisolve(b, L, full, false);                             // L^-1 A_tan
  const ValueId inner = trisolve(b, L, transpose(b, left), false);              // symmetric, so its transpose is itself
  const ValueId P = phi_lower(b, n, [&](ValueId i, ValueId j) { return b.read(inner, {j, i}); });
  return matrix(b, n, n, [&](ValueId i, ValueId j) {
    return dot(b, n, [&](ValueId k) { return b.mul(b.read(L, {i, k}), b.read(P, {k, j})); });
  });
}

ValueId trisolve(Builder& b, ValueId L, ValueId B, bool transposed) {
  Op op;
  op.code = Opcode::trisolve;
  op.operands = {L, B};
  op.set_attr("trans", std::int64_t{transposed ? 1 : 0});
  return b.append(std::move(op)).at(0);
}

ValueId trisolve_factor_adjoint(Builder& b, ValueId B_adj, ValueId X, bool transposed, const Type& type) {
  const ValueId left = transposed ? X : B_adj, right = transposed ? B_adj : X;
  const bool is_vector = b.type(X).rank() == 1;
  const Dim columns = is_vector ? Dim(1) : b.type(X).shape[1];
  return matrix(b, type.shape[0], type.shape[1], [&](ValueId i, ValueId j) {
    const ValueId product = is_vector ? b.mul(b.read(left, {i}), b.read(right, {j}))
                                      : dot(b, columns, [&](ValueId k) { return b.mul(b.read(left, {i, k}), b.read(right, {j, k})); });
    return b.select(b.emit(Opcode::ge, {i, j}), b.neg(product), b.constant(0.0));
  });
}

ValueId trisolve_tangent(Builder& b, ValueId L, ValueId X, ValueId L_tan, ValueId B_tan, bool transposed) {
  if (!L_tan.valid()) return trisolve(b, L, B_tan, transposed);
  const Type type = b.type(X);
  const Dim n = type.shape[0];
  const auto it = b.open_nest(type.shape);
  const ValueId product = dot(b, n, [&](ValueId k) {
    const ValueId row = transposed ? k : it[0], column = transposed ? it[0] : k;
    const ValueId factor = b.select(b.emit(Opcode::ge, {row, column}), b.read(L_tan, {row, column}), b.constant(0.0));
    return b.mul(factor, type.rank() == 1 ? b.read(X, {k}) : b.read(X, {k, it[1]}));
  });
  const ValueId rhs = B_tan.valid() ? b.sub(b.read(B_tan, it), product) : b.neg(product);
  return trisolve(b, L, b.close_nest({{Combiner::stack, {rhs}}})[0], transposed);
}

}  // namespace elba::passes
