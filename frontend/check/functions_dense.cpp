// functions_dense: rows of the dense operations (ir/dense.h): general systems, determinants,
// decompositions, the matrix exponential, order and search; and of what has the same elements in another
// shape, or an integer known to be an index.
//
// An op of one result holds what belongs together (eigenvalues above their vectors); two rows on one matrix
// share it.
#include "frontend/check/terms.h"

namespace elba::frontend {

namespace {

using ir::Builder;
using ir::Combiner;
using ir::Opcode;
using ir::ValueId;

const ValueType none;
ValueType real_value(std::vector<Dim> shape = {}) { return {Element::real, std::move(shape)}; }
const std::vector<Dim>& shape(CallSite& site, std::size_t arg) {
  return site.check.type(site.args[arg]).shape;
}

bool real_of_rank(CallSite& site, std::size_t arg, int rank) {
  if (!site.check.need_number(site.args[arg])) return false;
  site.args[arg] = site.check.to_real(site.args[arg]);
  return site.check.need_rank(site, arg, rank);
}

bool square_matrix(CallSite& site) {
  if (!real_of_rank(site, 0, 2)) return false;
  if (shape(site, 0)[0] == shape(site, 0)[1]) return true;
  site.check.report(Code::type_mismatch, site.check.term(site.args[0]).span,
                    {"a square matrix", site.check.type(site.args[0]).text()});
  return false;
}

ValueType matrix_to_scalar(CallSite& site) { return square_matrix(site) ? real_value() : none; }
ValueType matrix_to_vector(CallSite& site) {
  return square_matrix(site) ? real_value({shape(site, 0)[0]}) : none;
}
ValueType matrix_to_matrix(CallSite& site) { return square_matrix(site) ? real_value(shape(site, 0)) : none; }

ValueType check_solve(CallSite& site) {
  if (!square_matrix(site) || !site.check.need_number(site.args[1])) return none;
  site.args[1] = site.check.to_real(site.args[1]);
  if (shape(site, 1).size() != 2 && !site.check.need_rank(site, 1, 1)) return none;
  if (shape(site, 0)[1] == shape(site, 1)[0]) return real_value(shape(site, 1));
  site.check.report(Code::shape_mismatch, site.span,
                    {shape_text(shape(site, 0)), shape_text(shape(site, 1)), site.check.text(site.span)});
  return none;
}

// Data of at least as many rows as columns.
bool tall_data(CallSite& site) {
  if (!real_of_rank(site, 0, 2) || !site.check.need_data(site, 0)) return false;
  const auto& found = shape(site, 0);
  if (at_least_zero(found[0] - found[1]) == Truth::no) {
    site.check.report(Code::type_mismatch, site.check.term(site.args[0]).span,
                      {"a matrix of at least as many rows as columns", site.check.type(site.args[0]).text()});
    return false;
  }
  site.check.require(
      found[0] - found[1], site.span,
      "`" + std::string(site.function.name) + "` takes a matrix of at least as many rows as columns");
  return true;
}

// Rows first, .., first + shape[0] - 1 of a matrix; a vector is one row.
ValueId rows_of(Builder& b, ValueId whole, const Dim& first, const std::vector<Dim>& shape) {
  const auto at = b.open_nest(shape);
  const ValueId start = b.dim(first);
  const ValueId element = shape.size() == 1 ? b.read(whole, {start, at[0]})
                                            : b.read(whole, {b.add(at[0], start), at[1]});
  return b.close_nest({{Combiner::stack, {element}}})[0];
}

template <Opcode opcode>
ValueId one_op(const EmitInput& in) {
  return in.b.emit(opcode, in.args);
}

// The part of the op's result that begins at `first(m, n)`, of an m by n argument.
template <Opcode opcode, Dim (*first)(const Dim&, const Dim&)>
ValueId part(const EmitInput& in) {
  const auto shape = in.b.type(in.args[0]).shape;
  return rows_of(in.b, in.b.emit(opcode, in.args), first(shape[0], shape[1]), in.type.shape);
}

Dim at_top(const Dim&, const Dim&) { return Dim(0); }
Dim below_one(const Dim&, const Dim&) { return Dim(1); }
Dim below_rows(const Dim& m, const Dim&) { return m; }
Dim below_rows_and_one(const Dim& m, const Dim&) { return m + Dim(1); }

void positions(Terms& check, Term& result) {
  result.lower = Dim(1);
  result.upper = check.type(result.args[0]).shape[0];
}

void interval_bounds(Terms& check, Term& result) {
  result.lower = Dim(0);
  result.upper = check.type(result.args[1]).shape[0];
}

// The extents behind the first argument, which are dropped; as many elements as it has.
ValueType check_reshape(CallSite& site) {
  if (!site.check.need_number(site.args[0])) return none;
  const ValueType found = site.check.type(site.args[0]);
  ValueType result{found.element, {}};
  Dim count(1), wanted(1);
  for (const Dim& extent : found.shape)
    count = count * extent;
  for (std::size_t i = 1; i < site.args.size(); ++i) {
    const auto extent = site.check.need_extent(site, i);
    if (!extent) return none;
    wanted = wanted * *extent;
    result.shape.push_back(*extent);
  }
  if (!(count == wanted)) {
    site.check
        .report(Code::shape_mismatch, site.span,
                {shape_text(found.shape), shape_text(result.shape), site.check.text(site.span)})
        .note("they have " + user_text(count) + " and " + user_text(wanted) + " elements");
    return none;
  }
  site.args.resize(1);
  return result;
}

// An integer within bounds that are known: i, low, high.
ValueType check_clamp_int(CallSite& site) {
  for (std::size_t i = 0; i < 3; ++i)
    if (!site.check.need_number(site.args[i], true)) return none;
  for (std::size_t i = 1; i < 3; ++i) {
    const Term& end = site.check.term(site.args[i]);
    if (end.exact && end.type.is_scalar() && !has_binder(*end.exact)) continue;
    site.check.report(Code::not_an_extent, end.span, {site.check.text(end.span)})
        .note("it is called as `" + std::string(site.function.usage) + "`");
    return none;
  }
  const Dim slack = *site.check.term(site.args[2]).exact - *site.check.term(site.args[1]).exact;
  if (at_least_zero(slack) == Truth::no) {
    site.check.report(Code::empty_range, site.span,
                      {user_text(*site.check.term(site.args[1]).exact) + ":" +
                       user_text(*site.check.term(site.args[2]).exact)});
    return none;
  }
  site.check.require(slack, site.span, "the bounds of `clamp_int` hold a number");
  return {Element::integer, shape(site, 0)};
}

void clamped(Terms& check, Term& result) {
  result.lower = check.term(result.args[1]).exact;
  result.upper = check.term(result.args[2]).exact;
}

const Function rows[] = {
    {.name = "reshape",
     .min_args = 2,
     .max_args = 5,
     .usage = "reshape(X, n, n)",
     .rule = Rule::custom,
     .emit = [](const EmitInput& in) { return in.b.pack(in.args, in.type.shape); },
     .check = check_reshape,
     .doc = "the same elements, row by row, in another shape: `reshape(x, n, m)` of n times m elements",
     .sizes_from = 1},
    {.name = "clamp_int",
     .min_args = 3,
     .max_args = 3,
     .usage = "clamp_int(i, 1, n)",
     .rule = Rule::custom,
     .emit =
         [](const EmitInput& in) {
           return in.b.emit(Opcode::min, {in.b.emit(Opcode::max, {in.args[0], in.args[1]}), in.args[2]});
         },
     .check = check_clamp_int,
     .refine = clamped,
     .doc = "the integer in low:high nearest to i, so that it may be an index"},
    {.name = "solve",
     .min_args = 2,
     .max_args = 2,
     .usage = "solve(A, B)",
     .rule = Rule::custom,
     .emit =
         [](const EmitInput& in) {
           ir::Op op;
           op.code = Opcode::solve;
           op.operands.assign(in.args.begin(), in.args.end());
           op.set_attr("trans", std::int64_t{0});
           return in.b.append(std::move(op))[0];
         },
     .check = check_solve,
     .doc = "the X with A X = B, for a vector or matrix B; A is square"},
    {.name = "log_abs_det",
     .usage = "log_abs_det(A)",
     .rule = Rule::custom,
     .emit = one_op<Opcode::logabsdet>,
     .check = matrix_to_scalar,
     .doc = "ln |det A| of a square matrix"},
    {.name = "matrix_exp",
     .usage = "matrix_exp(A)",
     .rule = Rule::custom,
     .emit = one_op<Opcode::matrix_exp>,
     .check = matrix_to_matrix,
     .doc = "sum_k A^k / k! of a square matrix"},
    {.name = "eigenvalues_sym",
     .usage = "eigenvalues_sym(A)",
     .rule = Rule::custom,
     .emit = part<Opcode::eigh, at_top>,
     .check = matrix_to_vector,
     .doc = "eigenvalues of a symmetric matrix in ascending order; its lower triangle is read"},
    {.name = "eigenvectors_sym",
     .usage = "eigenvectors_sym(A)",
     .rule = Rule::custom,
     .emit = part<Opcode::eigh, below_one>,
     .check = matrix_to_matrix,
     .doc = "eigenvectors of a symmetric matrix, in the columns, in the order of eigenvalues_sym; the first "
            "component that is not 0 is positive"},
    {.name = "qr_thin_q",
     .usage = "qr_thin_q(X)",
     .rule = Rule::custom,
     .emit = part<Opcode::qr, at_top>,
     .check = [](CallSite& site) { return tall_data(site) ? real_value(shape(site, 0)) : none; },
     .doc = "Q of X = Q R with orthonormal columns, of data; X is [m, n], m >= n"},
    {.name = "qr_thin_r",
     .usage = "qr_thin_r(X)",
     .rule = Rule::custom,
     .emit = part<Opcode::qr, below_rows>,
     .check =
         [](CallSite& site) {
           return tall_data(site) ? real_value({shape(site, 0)[1], shape(site, 0)[1]}) : none;
         },
     .doc = "R of X = Q R, upper triangular with a positive diagonal, of data; X is [m, n], m >= n"},
    {.name = "singular_values",
     .usage = "singular_values(X)",
     .rule = Rule::custom,
     .emit = part<Opcode::svd, below_rows>,
     .check = [](CallSite& site) { return tall_data(site) ? real_value({shape(site, 0)[1]}) : none; },
     .doc = "s of X = U diag(s) V' in descending order, of data; X is [m, n], m >= n"},
    {.name = "svd_u",
     .usage = "svd_u(X)",
     .rule = Rule::custom,
     .emit = part<Opcode::svd, at_top>,
     .check = [](CallSite& site) { return tall_data(site) ? real_value(shape(site, 0)) : none; },
     .doc = "U of X = U diag(s) V' with orthonormal columns, of data; X is [m, n], m >= n"},
    {.name = "svd_v",
     .usage = "svd_v(X)",
     .rule = Rule::custom,
     .emit = part<Opcode::svd, below_rows_and_one>,
     .check =
         [](CallSite& site) {
           return tall_data(site) ? real_value({shape(site, 0)[1], shape(site, 0)[1]}) : none;
         },
     .doc = "V of X = U diag(s) V', orthogonal; the first component that is not 0 of a column is positive; "
            "of data; X is [m, n], m >= n"},
    {.name = "sort_indices_asc",
     .usage = "sort_indices_asc(x)",
     .rule = Rule::custom,
     .emit =
         [](const EmitInput& in) { return in.b.add(one_op<Opcode::sort_order>(in), in.b.constant_int(1)); },
     .check =
         [](CallSite& site) {
           return real_of_rank(site, 0, 1) ? ValueType{Element::integer, shape(site, 0)} : none;
         },
     .refine = positions,
     .doc = "positions of the elements in ascending order; equal ones stay in order"},
    {.name = "find_interval",
     .min_args = 2,
     .max_args = 2,
     .usage = "find_interval(x, knots)",
     .rule = Rule::custom,
     .emit =
         [](const EmitInput& in) {
           const bool scalar = in.type.shape.empty();
           const ValueId x = scalar ? in.b.pack(in.args.subspan(0, 1), {Dim(1)}) : in.args[0];
           const ValueId found = in.b.emit(Opcode::search_sorted, {in.args[1], x});
           return scalar ? in.b.read(found, {in.b.constant_int(0)}) : found;
         },
     .check =
         [](CallSite& site) {
           if (!site.check.need_number(site.args[0]) || !real_of_rank(site, 1, 1)) return none;
           site.args[0] = site.check.to_real(site.args[0]);
           return ValueType{Element::integer, shape(site, 0)};
         },
     .refine = interval_bounds,
     .doc = "how many of the ascending knots are at most x, of each element: 0 before the first one"},
};

}  // namespace

std::span<const Function> dense_functions() { return rows; }

}  // namespace elba::frontend
