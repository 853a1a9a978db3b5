#include "passes/derivative/dense_rules.h"

#include <functional>

#include "ir/ops.h"
#include "passes/rewrite/defect.h"
#include "passes/rewrite/matrices.h"

namespace elba::passes {

using namespace ir;

namespace {

// The n by n product of left and right.
ValueId product(Builder& b, const Dim& n, const Element& left, const Element& right) {
  return matrix(b, n, n, [&](ValueId i, ValueId j) {
    return dot(b, n, [&](ValueId k) { return b.mul(left(i, k), right(k, j)); });
  });
}

ValueId solve(Builder& b, ValueId A, ValueId B, bool transposed) {
  Op op;
  op.code = Opcode::solve;
  op.operands = {A, B};
  op.set_attr("trans", std::int64_t{transposed ? 1 : 0});
  return b.append(std::move(op)).at(0);
}

ValueId inverse_transposed(Builder& b, ValueId A) {
  const Dim n = b.type(A).shape[0];
  const ValueId unit = matrix(b, n, n, [&](ValueId i, ValueId j) {
    return b.select(b.emit(Opcode::eq, {i, j}), b.constant(1.0), b.constant(0.0));
  });
  return solve(b, A, unit, true);
}

// -left right', of vectors or of matrices with a column for each right side.
ValueId negative_outer(Builder& b, ValueId left, ValueId right, const Dim& n) {
  const bool is_vector = b.type(left).rank() == 1;
  const Dim columns = is_vector ? Dim(1) : b.type(left).shape[1];
  return matrix(b, n, n, [&](ValueId i, ValueId j) {
    if (is_vector) return b.neg(b.mul(b.read(left, {i}), b.read(right, {j})));
    return b.neg(
        dot(b, columns, [&](ValueId k) { return b.mul(b.read(left, {i, k}), b.read(right, {j, k})); }));
  });
}

// The upper right block of exp [[A, E], [0, A]]; A and E by element.
ValueId exp_block(Builder& b, const Dim& n, const Element& A, const Element& E) {
  const Dim twice = n + n;
  const ValueId whole = matrix(b, twice, twice, [&](ValueId i, ValueId j) {
    const ValueId extent = b.dim(n);
    const ValueId low_row = b.emit(Opcode::ge, {i, extent}), low_column = b.emit(Opcode::ge, {j, extent});
    const ValueId row = b.select(low_row, b.sub(i, extent), i),
                  column = b.select(low_column, b.sub(j, extent), j);
    const ValueId diagonal = A(row, column);
    const ValueId right = b.select(low_column, E(row, column), diagonal),
                  below = b.select(low_column, diagonal, b.constant(0.0));
    return b.select(low_row, below, right);
  });
  const ValueId exponential = b.emit(Opcode::matrix_exp, {whole});
  return matrix(b, n, n, [&](ValueId i, ValueId j) { return b.read(exponential, {i, b.add(j, b.dim(n))}); });
}

// y: eigenvalues in row 0, eigenvectors below.
struct Eigen {
  Builder& b;
  ValueId y;
  Dim n;
  ValueId nearest;  // eigenvalues that are no further apart count as equal

  ValueId vector(ValueId i, ValueId j) const { return b.read(y, {b.add(i, b.constant_int(1)), j}); }
  ValueId value(ValueId j) const { return b.read(y, {b.constant_int(0), j}); }
  ValueId is_close(ValueId i, ValueId j) const {
    return b.emit(Opcode::le, {b.emit(Opcode::abs, {b.sub(value(j), value(i))}), nearest});
  }
  ValueId gap(ValueId i, ValueId j) const {  // F
    const ValueId equal = is_close(i, j);
    return b.select(equal, b.constant(0.0),
                    b.div(b.constant(1.0), b.select(equal, b.constant(1.0), b.sub(value(j), value(i)))));
  }
};

// M_ij - M_ji, M = V' V_adj, is divided by the gap of the eigenvalues and is known to about 1e-16: of close
// ones the quotient is rounding. But for a function of the matrix, as V f(l) V', y' V (f(l) .* (V' y)) or sum
// h((V' y)_i^2, l_i), M is symmetric within eigenvalues that are equal, M = 2 f(l) B for some B, and l_adj =
// f'(l) B_ii + h'(l). So the line l_adj_i = k M_ii + c through what is close to i gives k = f' / 2 f, and
// what the quotient converges to is k (M_ij + M_ji) / 2. Where there is no such line, or M is not symmetric,
// nothing is taken.
ValueId shared_slopes(const Eigen& eigen, const Eigen& adjoint, ValueId M) {
  Builder& b = eigen.b;
  const auto at = b.open_nest({eigen.n});
  const auto sum = [&](const std::function<ValueId(ValueId, ValueId)>& term) {
    return dot(b, eigen.n, [&](ValueId j) {
      return b.select(eigen.is_close(at[0], j), term(b.read(M, {j, j}), adjoint.value(j)), b.constant(0.0));
    });
  };
  const ValueId count = sum([&](ValueId, ValueId) { return b.constant(1.0); }),
                of_x = sum([&](ValueId x, ValueId) { return x; }),
                of_y = sum([&](ValueId, ValueId y) { return y; });
  const ValueId of_xx = sum([&](ValueId x, ValueId) { return b.mul(x, x); }),
                of_xy = sum([&](ValueId x, ValueId y) { return b.mul(x, y); }),
                of_yy = sum([&](ValueId, ValueId y) { return b.mul(y, y); });
  const ValueId x_spread = b.sub(b.mul(count, of_xx), b.mul(of_x, of_x)),
                y_spread = b.sub(b.mul(count, of_yy), b.mul(of_y, of_y)),
                both = b.sub(b.mul(count, of_xy), b.mul(of_x, of_y));
  // More than rounding.
  const ValueId is_told = b.emit(Opcode::gt, {x_spread, b.mul(b.constant(1e-10), b.mul(count, of_xx))});
  const ValueId is_line = b.emit(Opcode::ge,
                                 {b.mul(both, both), b.mul(b.constant(0.98), b.mul(x_spread, y_spread))});
  const ValueId slope = b.select(is_told, b.div(both, b.select(is_told, x_spread, b.constant(1.0))),
                                 b.constant(0.0));
  return b.close_nest({{Combiner::stack, {b.select(is_line, slope, b.constant(0.0))}}})[0];
}

ValueId eigh_adjoint(Builder& b, ValueId y, ValueId y_adj, const Dim& n) {
  const Eigen eigen{b, y, n, b.emit(Opcode::eigh_gap, {y, y_adj})};
  const Eigen adjoint{b, y_adj, n, {}};
  const auto transposed = [&](ValueId i, ValueId k) { return eigen.vector(k, i); };
  const ValueId M = product(b, n, transposed, [&](ValueId k, ValueId j) { return adjoint.vector(k, j); });
  const ValueId slopes = shared_slopes(eigen, adjoint, M);
  const ValueId inner = matrix(b, n, n, [&](ValueId i, ValueId j) {
    const ValueId own = b.read(M, {i, j}), other = b.read(M, {j, i}), sum = b.add(own, other);
    const ValueId noise = b.mul(b.constant(1e-3),
                                b.add(b.emit(Opcode::abs, {own}), b.emit(Opcode::abs, {other})));
    const ValueId is_symmetric = b.emit(Opcode::le, {b.emit(Opcode::abs, {b.sub(own, other)}), noise});
    const ValueId shared = b.mul(b.constant(0.25),
                                 b.mul(b.add(b.read(slopes, {i}), b.read(slopes, {j})), sum));
    const ValueId apart = b.mul(eigen.gap(i, j), own),
                  close = b.select(is_symmetric, shared, b.constant(0.0));
    return b.select(b.emit(Opcode::eq, {i, j}), adjoint.value(j),
                    b.select(eigen.is_close(i, j), close, apart));
  });
  const ValueId left = product(
      b, n, [&](ValueId i, ValueId k) { return eigen.vector(i, k); },
      [&](ValueId k, ValueId j) { return b.read(inner, {k, j}); });
  const ValueId whole = product(
      b, n, [&](ValueId i, ValueId k) { return b.read(left, {i, k}); },
      [&](ValueId k, ValueId j) { return transposed(k, j); });
  // Of the lower triangle alone, which stands for both.
  return matrix(b, n, n, [&](ValueId i, ValueId j) {
    const ValueId both = b.add(b.read(whole, {i, j}), b.read(whole, {j, i}));
    const ValueId below = b.select(b.emit(Opcode::gt, {i, j}), both, b.constant(0.0));
    return b.select(b.emit(Opcode::eq, {i, j}), b.read(whole, {i, i}), below);
  });
}

ValueId eigh_tangent(Builder& b, ValueId y, ValueId A_tan, const Dim& n) {
  const Eigen eigen{b, y, n, b.emit(Opcode::eigh_gap, {y, y})};
  const auto symmetric = [&](ValueId i, ValueId j) {
    return b.select(b.emit(Opcode::ge, {i, j}), b.read(A_tan, {i, j}), b.read(A_tan, {j, i}));
  };
  const ValueId right = product(b, n, symmetric, [&](ValueId k, ValueId j) { return eigen.vector(k, j); });
  const ValueId M = product(
      b, n, [&](ValueId i, ValueId k) { return eigen.vector(k, i); },
      [&](ValueId k, ValueId j) { return b.read(right, {k, j}); });
  const ValueId turns = product(
      b, n, [&](ValueId i, ValueId k) { return eigen.vector(i, k); },
      [&](ValueId k, ValueId j) { return b.mul(eigen.gap(k, j), b.read(M, {k, j})); });
  const auto at = b.open_nest({n});
  const ValueId diagonal = b.close_nest({{Combiner::stack, {b.read(M, {at[0], at[0]})}}})[0];
  return b.pack(std::vector<ValueId>{diagonal, turns}, {n + Dim(1), n});
}

}  // namespace

std::vector<ValueId> dense_adjoints(Builder& b, const Op& op, std::span<const ValueId> x, ValueId y,
                                    ValueId y_adj, const std::vector<bool>& wanted) {
  const Dim n = b.type(x[0]).shape[0];
  std::vector<ValueId> out(x.size());
  if (op.code == Opcode::solve) {
    const bool transposed = op.attr_int("trans") != 0;
    const ValueId B_adj = solve(b, x[0], y_adj, !transposed);
    out[1] = B_adj;
    if (wanted[0]) out[0] = transposed ? negative_outer(b, y, B_adj, n) : negative_outer(b, B_adj, y, n);
  } else if (op.code == Opcode::logabsdet) {
    const ValueId inverse = inverse_transposed(b, x[0]);
    out[0] = matrix(b, n, n, [&](ValueId i, ValueId j) { return b.mul(y_adj, b.read(inverse, {i, j})); });
  } else if (op.code == Opcode::eigh) {
    out[0] = eigh_adjoint(b, y, y_adj, n);
  } else if (op.code == Opcode::matrix_exp) {
    out[0] = exp_block(
        b, n, [&](ValueId i, ValueId j) { return b.read(x[0], {j, i}); },
        [&](ValueId i, ValueId j) { return b.read(y_adj, {i, j}); });
  } else {
    pass_defect("no derivative of `" + std::string(op_info(op.code).name) + "`");
  }
  return out;
}

ValueId dense_tangent(Builder& b, const Op& op, std::span<const ValueId> x, ValueId y,
                      std::span<const ValueId> x_tan) {
  const Dim n = b.type(x[0]).shape[0];
  if (op.code == Opcode::solve) {
    const bool transposed = op.attr_int("trans") != 0;
    if (!x_tan[0].valid()) return solve(b, x[0], x_tan[1], transposed);
    const Type type = b.type(y);
    const auto it = b.open_nest(type.shape);
    const ValueId moved = dot(b, n, [&](ValueId k) {
      const ValueId factor = transposed ? b.read(x_tan[0], {k, it[0]}) : b.read(x_tan[0], {it[0], k});
      return b.mul(factor, type.rank() == 1 ? b.read(y, {k}) : b.read(y, {k, it[1]}));
    });
    const ValueId rest = x_tan[1].valid() ? b.sub(b.read(x_tan[1], it), moved) : b.neg(moved);
    return solve(b, x[0], b.close_nest({{Combiner::stack, {rest}}})[0], transposed);
  }
  if (op.code == Opcode::logabsdet) {
    const ValueId inverse = inverse_transposed(b, x[0]);
    const auto it = b.open_nest({n, n});
    const ValueId term = b.mul(b.read(inverse, it), b.read(x_tan[0], it));
    return b.close_nest({{Combiner::sum, {term}}})[0];
  }
  if (op.code == Opcode::eigh) return eigh_tangent(b, y, x_tan[0], n);
  if (op.code == Opcode::matrix_exp)
    return exp_block(
        b, n, [&](ValueId i, ValueId j) { return b.read(x[0], {i, j}); },
        [&](ValueId i, ValueId j) { return b.read(x_tan[0], {i, j}); });
  pass_defect("no derivative of `" + std::string(op_info(op.code).name) + "`");
}

}  // namespace elba::passes
