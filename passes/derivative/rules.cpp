#include "passes/derivative/rules.h"

#include "ir/contraction.h"
#include "passes/rewrite/contractions.h"
#include "passes/rewrite/matrices.h"

namespace elba::passes {

using namespace ir;

namespace {

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
  for (std::size_t k = 1; k < iterators.size(); ++k)
    flat = b.add(b.mul(flat, b.dim(extents[k])), iterators[k]);
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

OtherFactors other_factors(Builder& b, const std::vector<Dim>& extents,
                           const std::function<ValueId(const std::vector<ValueId>&)>& element) {
  Dim total(1);
  for (const Dim& extent : extents)
    total = total * extent;
  const auto running = [&](bool reverse) {
    const std::vector<ValueId> one{b.constant(1.0)};
    const auto head = b.open_scan(total, one, reverse);
    const ValueId v = element(unflatten(b, head.iterator, extents));
    const std::vector<ValueId> next{b.mul(head.carries[0], v)};
    return b.close_scan(next, {{Combiner::stack, {head.carries[0]}}})[1];
  };
  return {running(false), running(true)};
}

ValueId chol_adjoint(Builder& b, ValueId L, ValueId L_adj, ValueId jitter) {
  const ValueId adjoint = b.emit(Opcode::chol_adjoint, {L, L_adj});
  const Dim n = b.type(L).shape[0];
  const ValueId trace = dot(b, n, [&](ValueId k) { return b.read(adjoint, {k, k}); });
  const ValueId mean = b.div(b.mul(jitter, trace), b.emit(Opcode::to_real, {b.dim(n)}));
  return matrix(b, n, n, [&](ValueId i, ValueId j) {
    return b.add(b.read(adjoint, {i, j}), b.select(b.emit(Opcode::eq, {i, j}), mean, b.constant(0.0)));
  });
}

ValueId chol_tangent(Builder& b, ValueId L, ValueId A_tan, ValueId jitter) {
  const Dim n = b.type(L).shape[0];
  const ValueId trace = dot(b, n, [&](ValueId k) { return b.read(A_tan, {k, k}); });
  const ValueId mean = b.div(b.mul(jitter, trace), b.emit(Opcode::to_real, {b.dim(n)}));
  const ValueId full = matrix(b, n, n, [&](ValueId i, ValueId j) {
    const ValueId element = b.select(b.emit(Opcode::ge, {i, j}), b.read(A_tan, {i, j}),
                                     b.read(A_tan, {j, i}));
    return b.add(element, b.select(b.emit(Opcode::eq, {i, j}), mean, b.constant(0.0)));
  });
  const ValueId left = trisolve(b, L, full, false);                 // L^-1 A_tan
  const ValueId inner = trisolve(b, L, transpose(b, left), false);  // symmetric, so its transpose is itself
  const ValueId P = phi_lower(b, n, [&](ValueId i, ValueId j) { return b.read(inner, {j, i}); });
  const std::vector<ValueId> factors{L, P};
  return contraction(b, factors, "ij,jk->ik");
}

ValueId chol_adjoint_tangent(Builder& b, ValueId L, ValueId L_adj, ValueId A_adj, ValueId L_tan,
                             ValueId L_adj_tan) {
  const Dim n = b.type(L).shape[0];
  const auto lower = [&](ValueId a) {
    return matrix(b, n, n, [&](ValueId i, ValueId j) {
      return b.select(b.emit(Opcode::ge, {i, j}), b.read(a, {i, j}), b.constant(0.0));
    });
  };
  const auto product = [&](ValueId left, ValueId right, const char* maps) {
    const std::vector<ValueId> factors{left, right};
    return contraction(b, factors, maps);
  };
  ValueId M;
  const auto add = [&](ValueId term) {
    M = M.valid()
            ? matrix(b, n, n,
                     [&](ValueId i, ValueId j) { return b.add(b.read(M, {i, j}), b.read(term, {i, j})); })
            : term;
  };
  const auto halved = [&](ValueId a) {
    return phi_lower(b, n, [&](ValueId i, ValueId j) { return b.read(a, {i, j}); });
  };
  if (L_adj_tan.valid()) add(halved(product(L, lower(L_adj_tan), "ki,kj->ij")));
  if (L_tan.valid()) {
    const ValueId moved = lower(L_tan);
    add(halved(product(moved, lower(L_adj), "ki,kj->ij")));
    const ValueId T = matrix(
        b, n, n, [&](ValueId i, ValueId j) { return b.add(b.read(A_adj, {i, j}), b.read(A_adj, {j, i})); });
    const ValueId W = product(product(moved, T, "ki,kj->ij"), L, "ij,jk->ik");
    add(matrix(b, n, n, [&](ValueId i, ValueId j) { return b.neg(b.read(W, {i, j})); }));
  }
  const ValueId symmetric = matrix(
      b, n, n, [&](ValueId i, ValueId j) { return b.add(b.read(M, {i, j}), b.read(M, {j, i})); });
  const ValueId left = trisolve(b, L, symmetric, true);
  const ValueId T_tan = trisolve(b, L, transpose(b, left), true);
  return halved(T_tan);
}

ValueId product_adjoint(Builder& b, const Op& op, std::span<const ValueId> operands, ValueId out_adj,
                        std::size_t k) {
  const auto maps = *parse_contraction(op.attr_string("maps"));
  const std::vector<ValueId> factors{out_adj, operands[1 - k]};
  return contraction(b, factors, maps.output + "," + maps.inputs[1 - k] + "->" + maps.inputs[k]);
}

ValueId product_tangent(Builder& b, const Op& op, std::span<const ValueId> operands,
                        std::span<const ValueId> tangents) {
  ValueId sum;
  for (std::size_t k = 0; k < 2; ++k) {
    if (!tangents[k].valid()) continue;
    std::vector<ValueId> factors(operands.begin(), operands.end());
    factors[k] = tangents[k];
    const ValueId term = contraction(b, factors, op.attr_string("maps")), before = sum;
    const Type& type = b.type(term);
    sum = before.valid() ? matrix(b, type.shape[0], type.shape[1],
                                  [&](ValueId i, ValueId j) {
                                    return b.add(b.read(before, {i, j}), b.read(term, {i, j}));
                                  })
                         : term;
  }
  return sum;
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
  const std::vector<ValueId> factors{left, right};
  const ValueId outer = is_vector ? ValueId{} : contraction(b, factors, "ik,jk->ij");
  return matrix(b, type.shape[0], type.shape[1], [&](ValueId i, ValueId j) {
    const ValueId product = is_vector ? b.mul(b.read(left, {i}), b.read(right, {j})) : b.read(outer, {i, j});
    return b.select(b.emit(Opcode::ge, {i, j}), b.neg(product), b.constant(0.0));
  });
}

ValueId trisolve_tangent(Builder& b, ValueId L, ValueId X, ValueId L_tan, ValueId B_tan, bool transposed) {
  if (!L_tan.valid()) return trisolve(b, L, B_tan, transposed);
  const Type type = b.type(X);
  const Dim n = type.shape[0];
  const ValueId lower = matrix(b, n, n, [&](ValueId i, ValueId j) {
    return b.select(b.emit(Opcode::ge, {i, j}), b.read(L_tan, {i, j}), b.constant(0.0));
  });
  const std::vector<ValueId> factors{lower, X};
  const ValueId moved = contraction(
      b, factors, std::string(transposed ? "ki," : "ik,") + (type.rank() == 1 ? "k->i" : "kj->ij"));
  const auto it = b.open_nest(type.shape);
  const ValueId product = b.read(moved, it);
  const ValueId rhs = B_tan.valid() ? b.sub(b.read(B_tan, it), product) : b.neg(product);
  return trisolve(b, L, b.close_nest({{Combiner::stack, {rhs}}})[0], transposed);
}

}  // namespace elba::passes
