// functions_array: rows whose result has a shape of its own: vectors, matrices, linear algebra and sizes.
#include "frontend/check/terms.h"

namespace elba::frontend {

namespace {

using ir::Builder;
using ir::Combiner;
using ir::Opcode;
using ir::ValueId;

const ValueType none;
ValueType real(std::vector<Dim> shape = {}) { return {Element::real, std::move(shape)}; }

// All arguments are numbers; they become real.
bool make_real(CallSite& site) {
  bool fine = true;
  for (TermId& arg : site.args) {
    fine = site.check.need_number(arg) && fine;
    if (fine) arg = site.check.to_real(arg);
  }
  return fine;
}

template <int... ranks>
bool real_of_ranks(CallSite& site) {
  if (!make_real(site)) return false;
  std::size_t arg = 0;
  return ((site.check.need_rank(site, arg++, ranks)) && ...);
}

const std::vector<Dim>& shape(CallSite& site, std::size_t arg) {
  return site.check.type(site.args[arg]).shape;
}

bool square(CallSite& site, std::size_t arg) {
  const auto& found = shape(site, arg);
  if (found[0] == found[1]) return true;
  site.check.report(Code::type_mismatch, site.check.term(site.args[arg]).span,
                    {"a square matrix", site.check.type(site.args[arg]).text()});
  return false;
}

bool same_extent(CallSite& site, const Dim& a, const Dim& b) {
  if (a == b) return true;
  site.check.report(Code::shape_mismatch, site.span,
                    {shape_text(shape(site, 0)), shape_text(shape(site, 1)), site.check.text(site.span)});
  return false;
}

ValueType filled(CallSite& site) {
  auto shape = site.check.need_extents(site, 0);
  return shape ? real(std::move(*shape)) : none;
}

ValueId fill(Builder& b, ValueId value, const std::vector<Dim>& shape) {
  b.open_nest(shape);
  return b.close_nest({{Combiner::stack, {value}}})[0];
}

ValueType vector_to_vector(CallSite& site) { return real_of_ranks<1>(site) ? real(shape(site, 0)) : none; }

ValueId softmax(const EmitInput& in, bool log) {
  const ValueId shifted = in.b.sub(in.args[0], reduce(in.b, in.args[0], Combiner::lse));
  return log ? shifted : in.b.emit(Opcode::exp, {shifted});
}

ValueId trisolve(const EmitInput& in, std::int64_t trans) {
  ir::Op op;
  op.code = Opcode::trisolve;
  op.operands.assign(in.args.begin(), in.args.end());
  op.set_attr("trans", trans);
  return in.b.append(std::move(op))[0];
}

ValueType solve(CallSite& site) {
  if (!make_real(site) || !site.check.need_rank(site, 0, 2) || !square(site, 0)) return none;
  if (shape(site, 1).size() != 2 && !site.check.need_rank(site, 1, 1)) return none;
  return same_extent(site, shape(site, 0)[1], shape(site, 1)[0]) ? real(shape(site, 1)) : none;
}

ValueId argmax(const EmitInput& in, bool least) {
  const auto at = in.b.open_nest(in.b.type(in.args[0]).shape);
  ValueId element = in.b.read(in.args[0], at);
  if (least) element = in.b.neg(element);
  return in.b.add(in.b.close_nest({{Combiner::argmax, {element}}})[0], in.b.constant_int(1));
}

void position(Terms& check, Term& result) {
  result.lower = Dim(1);
  result.upper = check.type(result.args[0]).shape[0];
}

ValueType check_size(CallSite& site) {
  const ValueType& found = site.check.type(site.args[0]);
  if (found.is_error()) return none;
  if (site.args.size() == 2) {
    const Term& axis = site.check.term(site.args[1]);
    if (axis.type.is_error()) return none;
    const bool constant = axis.exact && axis.exact->is_constant();
    if (!constant || axis.exact->constant() < 1 || axis.exact->constant() > found.rank()) {
      site.check
          .report(Code::index_out_of_range, axis.span,
                  {site.check.text(axis.span), "size", "1:" + std::to_string(found.rank())})
          .note("it names an axis");
      return none;
    }
  }
  return {Element::integer, {}};
}

void size_value(Terms& check, Term& result) {
  const auto& shape = check.type(result.args[0]).shape;
  Dim total(1);
  for (const Dim& extent : shape)
    total = total * extent;
  if (result.args.size() == 2)
    total = shape[static_cast<std::size_t>(check.term(result.args[1]).exact->constant() - 1)];
  result.kind = TermKind::integer;
  result.exact = total;
  result.args.clear();
  result.known = Knowledge::fixed;
  result.levels = 0;
}

ValueType check_rep(CallSite& site) {
  const ValueType value = site.check.type(site.args[0]);
  if (value.is_error()) return none;
  auto shape = site.check.need_extents(site, 1);
  if (!shape) return none;
  shape->insert(shape->end(), value.shape.begin(), value.shape.end());
  return {value.element, std::move(*shape)};
}

void keep_bounds(Terms& check, Term& result) {
  const Term& value = check.term(result.args[0]);
  result.lower = value.exact ? extreme(*value.exact, check.ranges(), false) : value.lower;
  result.upper = value.exact ? extreme(*value.exact, check.ranges(), true) : value.upper;
}

ValueType check_concat(CallSite& site) {
  if (!make_real(site)) return none;
  Dim total(0);
  for (std::size_t i = 0; i < site.args.size(); ++i) {
    if (!site.check.type(site.args[i]).is_scalar() && !site.check.need_rank(site, i, 1)) return none;
    total = total + (shape(site, i).empty() ? Dim(1) : shape(site, i)[0]);
  }
  return real({total});
}

const Function rows[] = {
    {.name = "dot",
     .min_args = 2,
     .max_args = 2,
     .usage = "dot(a, b)",
     .rule = Rule::custom,
     .emit = [](const EmitInput& in) { return in.b.contract(in.args, "i,i->"); },
     .check =
         [](CallSite& site) {
           return real_of_ranks<1, 1>(site) && same_extent(site, shape(site, 0)[0], shape(site, 1)[0])
                      ? real()
                      : none;
         },
     .doc = "sum_i a_i b_i"},
    {.name = "outer",
     .min_args = 2,
     .max_args = 2,
     .usage = "outer(a, b)",
     .rule = Rule::custom,
     .emit = [](const EmitInput& in) { return in.b.contract(in.args, "i,j->ij"); },
     .check =
         [](CallSite& site) {
           return real_of_ranks<1, 1>(site) ? real({shape(site, 0)[0], shape(site, 1)[0]}) : none;
         },
     .doc = "a_i b_j"},
    {.name = "transpose",
     .usage = "X'",
     .rule = Rule::custom,
     .emit =
         [](const EmitInput& in) {
           const auto at = in.b.open_nest(in.type.shape);
           return in.b.close_nest({{Combiner::stack, {in.b.read(in.args[0], {at[1], at[0]})}}})[0];
         },
     .check =
         [](CallSite& site) {
           return real_of_ranks<2>(site) ? real({shape(site, 0)[1], shape(site, 0)[0]}) : none;
         },
     .doc = "rows become columns"},
    {.name = "rep",
     .min_args = 2,
     .max_args = 4,
     .usage = "rep(value, n)",
     .rule = Rule::custom,
     .emit =
         [](const EmitInput& in) {
           const std::size_t front = in.type.shape.size() - in.b.type(in.args[0]).shape.size();
           return fill(in.b, in.args[0],
                       {in.type.shape.begin(), in.type.shape.begin() + static_cast<std::ptrdiff_t>(front)});
         },
     .check = check_rep,
     .refine = keep_bounds,
     .doc = "the value n times; of an array, n copies in front",
     .sizes_from = 1},
    {.name = "zeros",
     .min_args = 1,
     .max_args = 3,
     .usage = "zeros(n)",
     .rule = Rule::custom,
     .emit = [](const EmitInput& in) { return fill(in.b, in.b.constant(0.0), in.type.shape); },
     .check = filled,
     .doc = "n zeros; `zeros(n, m)` is a matrix",
     .sizes_from = 0},
    {.name = "ones",
     .min_args = 1,
     .max_args = 3,
     .usage = "ones(n)",
     .rule = Rule::custom,
     .emit = [](const EmitInput& in) { return fill(in.b, in.b.constant(1.0), in.type.shape); },
     .check = filled,
     .doc = "n ones; `ones(n, m)` is a matrix",
     .sizes_from = 0},
    {.name = "eye",
     .usage = "eye(n)",
     .rule = Rule::custom,
     .emit =
         [](const EmitInput& in) {
           const auto at = in.b.open_nest(in.type.shape);
           const ValueId element = in.b.select(in.b.emit(Opcode::eq, {at[0], at[1]}), in.b.constant(1.0),
                                               in.b.constant(0.0));
           return in.b.close_nest({{Combiner::stack, {element}}})[0];
         },
     .check =
         [](CallSite& site) {
           auto extent = site.check.need_extents(site, 0);
           return extent ? real({(*extent)[0], (*extent)[0]}) : none;
         },
     .doc = "the unit matrix of n rows",
     .sizes_from = 0},
    {.name = "diag",
     .usage = "diag(v)",
     .rule = Rule::custom,
     .emit =
         [](const EmitInput& in) {
           const auto at = in.b.open_nest(in.type.shape);
           const ValueId element = in.b.select(in.b.emit(Opcode::eq, {at[0], at[1]}),
                                               in.b.read(in.args[0], {at[0]}), in.b.constant(0.0));
           return in.b.close_nest({{Combiner::stack, {element}}})[0];
         },
     .check =
         [](CallSite& site) {
           return real_of_ranks<1>(site) ? real({shape(site, 0)[0], shape(site, 0)[0]}) : none;
         },
     .doc = "the matrix with v on its diagonal"},
    {.name = "diagonal",
     .usage = "diagonal(M)",
     .rule = Rule::custom,
     .emit =
         [](const EmitInput& in) {
           const auto at = in.b.open_nest(in.type.shape);
           return in.b.close_nest({{Combiner::stack, {in.b.read(in.args[0], {at[0], at[0]})}}})[0];
         },
     .check =
         [](CallSite& site) {
           return real_of_ranks<2>(site) && square(site, 0) ? real({shape(site, 0)[0]}) : none;
         },
     .doc = "the diagonal of a square matrix"},
    {.name = "chol",
     .usage = "chol(A)",
     .rule = Rule::custom,
     .emit = [](const EmitInput& in) { return in.b.emit(Opcode::chol, in.args); },
     .check =
         [](CallSite& site) {
           return real_of_ranks<2>(site) && square(site, 0) ? real(shape(site, 0)) : none;
         },
     .doc = "lower L with L L' = A, of a symmetric positive definite matrix; its lower triangle is read"},
    {.name = "solve_lower",
     .min_args = 2,
     .max_args = 2,
     .usage = "solve_lower(L, b)",
     .rule = Rule::custom,
     .emit = [](const EmitInput& in) { return trisolve(in, 0); },
     .check = solve,
     .doc = "L^-1 b of a lower triangular L, for a vector or matrix b"},
    {.name = "solve_lower_t",
     .min_args = 2,
     .max_args = 2,
     .usage = "solve_lower_t(L, b)",
     .rule = Rule::custom,
     .emit = [](const EmitInput& in) { return trisolve(in, 1); },
     .check = solve,
     .doc = "L'^-1 b of a lower triangular L, for a vector or matrix b"},
    {.name = "softmax",
     .usage = "softmax(x)",
     .rule = Rule::custom,
     .emit = [](const EmitInput& in) { return softmax(in, false); },
     .check = vector_to_vector,
     .doc = "exp(x_i) / sum_j exp(x_j)"},
    {.name = "log_softmax",
     .usage = "log_softmax(x)",
     .rule = Rule::custom,
     .emit = [](const EmitInput& in) { return softmax(in, true); },
     .check = vector_to_vector,
     .doc = "x_i - ln sum_j exp(x_j)"},
    {.name = "cumsum",
     .usage = "cumsum(x)",
     .rule = Rule::custom,
     .emit =
         [](const EmitInput& in) {
           const ValueId zero = in.b.constant(0.0);
           const auto head = in.b.open_scan(in.type.shape[0], std::span(&zero, 1));
           const ValueId next = in.b.add(head.carries[0], in.b.read(in.args[0], {head.iterator}));
           return in.b.close_scan(std::span(&next, 1), {{Combiner::stack, {next}}})[1];
         },
     .check = vector_to_vector,
     .doc = "running sums"},
    {.name = "concat",
     .min_args = 1,
     .max_args = -1,
     .usage = "concat(a, b)",
     .rule = Rule::custom,
     .emit = [](const EmitInput& in) { return in.b.pack(in.args, in.type.shape); },
     .check = check_concat,
     .doc = "the elements of all arguments in one vector"},
    {.name = "argmax",
     .usage = "argmax(x)",
     .rule = Rule::custom,
     .emit = [](const EmitInput& in) { return argmax(in, false); },
     .check = [](CallSite& site) { return real_of_ranks<1>(site) ? ValueType{Element::integer, {}} : none; },
     .refine = position,
     .doc = "position of the largest element, from 1"},
    {.name = "argmin",
     .usage = "argmin(x)",
     .rule = Rule::custom,
     .emit = [](const EmitInput& in) { return argmax(in, true); },
     .check = [](CallSite& site) { return real_of_ranks<1>(site) ? ValueType{Element::integer, {}} : none; },
     .refine = position,
     .doc = "position of the smallest element, from 1"},
    {.name = "size",
     .min_args = 1,
     .max_args = 2,
     .usage = "size(x), size(x, axis)",
     .rule = Rule::custom,
     .check = check_size,
     .refine = size_value,
     .doc = "number of elements, or the extent of one axis"},
    {.name = "idiv",
     .min_args = 2,
     .max_args = 2,
     .usage = "idiv(i, j)",
     .rule = Rule::custom,
     .emit = [](const EmitInput& in) { return in.b.emit(Opcode::idiv, in.args); },
     .check =
         [](CallSite& site) {
           std::vector<Dim> common;
           if (!site.check.need_number(site.args[0], true) || !site.check.need_number(site.args[1], true) ||
               !site.check.common_shape(site.args, site.span, common))
             return none;
           return ValueType{Element::integer, common};
         },
     .doc = "i / j towards zero, of integers"},
    {.name = "to_real",
     .usage = "to_real(x)",
     .rule = Rule::custom,
     .emit = [](const EmitInput& in) { return in.args[0]; },
     .check = [](CallSite& site) { return make_real(site) ? real(shape(site, 0)) : none; },
     .doc = "the same numbers as reals"},
    {.name = "to_int",
     .usage = "to_int(x)",
     .rule = Rule::custom,
     .emit = [](const EmitInput& in) { return in.b.emit(Opcode::to_int, in.args); },
     .check =
         [](CallSite& site) { return make_real(site) ? ValueType{Element::integer, shape(site, 0)} : none; },
     .doc = "the whole part as an integer"},
};

}  // namespace

std::span<const Function> array_functions() { return rows; }

}  // namespace elba::frontend
