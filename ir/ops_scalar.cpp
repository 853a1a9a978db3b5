// ops_scalar: the rows of scalar arithmetic with two or three operands, comparisons, logic and conversions.
//
// max and min are `a > b ? a : b` and `a < b ? a : b`, one instruction of the machine; at a tie the second
// operand gets the derivative. Integers wrap around. idiv and imod truncate towards zero and give 0 for a
// zero divisor.
#include <cmath>
#include <limits>

#include "ir/ops_table.h"
#include "ir/special.h"
#include "support/elementary.h"

namespace elba::ir {

namespace {

using V = ValueId;

std::int64_t quotient(Ints x) {
  if (x[1] == 0) return 0;
  return x[1] == -1 ? wrap(0 - bits(x[0])) : x[0] / x[1];  // the one quotient that would overflow wraps
}

std::int64_t remainder(Ints x) { return x[1] == 0 || x[1] == -1 ? 0 : x[0] % x[1]; }

double saturate(double x) {
  constexpr double limit = 9223372036854775808.0;
  return std::isnan(x) ? 0 : x >= limit ? limit : x <= -limit ? -limit : std::trunc(x);
}

V zero(const At& at) { return at.b.constant(0); }
V compare(const At& at, Opcode code) { return at.b.emit(code, {at.x[0], at.x[1]}); }
V is_zero(const At& at, V x) { return at.b.emit(Opcode::eq, {x, zero(at)}); }

constexpr auto numeric = Signature::numeric;
constexpr Domain signs = {{-3, 3}, {-3, 3}};
constexpr Domain truths = {{0, 1}, {0, 1}};

constexpr OpInfo comparison(Opcode code, std::string_view name, std::string_view doc, double (*eval)(Reals),
                            std::int64_t (*eval_int)(Ints), std::string_view lower) {
  return {.code = code,
          .name = name,
          .arity = 2,
          .doc = doc,
          .eval = eval,
          .eval_int = eval_int,
          .lower = lower,
          .domain = signs,
          .cost = 1,
          .int_result = true,
          .signature = Signature::compare};
}

constexpr OpInfo rows[] = {
    smooth(
        {.code = Opcode::add,
         .name = "add",
         .arity = 2,
         .doc = "x + y",
         .eval = [](Reals x) { return x[0] + x[1]; },
         .eval_int = [](Ints x) { return wrap(bits(x[0]) + bits(x[1])); },
         .lower = "fadd",
         .domain = signs,
         .cost = 1,
         .signature = numeric},
        [](const At&, V v) { return v; }, [](const At&, V v) { return v; }),
    smooth(
        {.code = Opcode::sub,
         .name = "sub",
         .arity = 2,
         .doc = "x - y",
         .eval = [](Reals x) { return x[0] - x[1]; },
         .eval_int = [](Ints x) { return wrap(bits(x[0]) - bits(x[1])); },
         .lower = "fsub",
         .domain = signs,
         .cost = 1,
         .signature = numeric},
        [](const At&, V v) { return v; }, [](const At& at, V v) { return at.b.neg(v); }),
    smooth(
        {.code = Opcode::mul,
         .name = "mul",
         .arity = 2,
         .doc = "x * y",
         .eval = [](Reals x) { return x[0] * x[1]; },
         .eval_int = [](Ints x) { return wrap(bits(x[0]) * bits(x[1])); },
         .lower = "fmul",
         .domain = signs,
         .cost = 1,
         .signature = numeric},
        [](const At& at, V v) { return at.b.mul(v, at.x[1]); },
        [](const At& at, V v) { return at.b.mul(v, at.x[0]); }),
    smooth(
        {.code = Opcode::div,
         .name = "div",
         .arity = 2,
         .doc = "x / y",
         .eval = [](Reals x) { return x[0] / x[1]; },
         .lower = "fdiv",
         .domain = {{-3, 3}, {0.3, 3}},
         .cost = 4,
         .signature = Signature::real},
        [](const At& at, V v) { return at.b.div(v, at.x[1]); },
        [](const At& at, V v) { return at.b.neg(at.b.div(at.b.mul(v, at.y), at.x[1])); }),
    // At base 0 the derivative in x is that of the power (0 where the exponent is 0), and the one in the
    // exponent is 0, not 0 * -inf.
    smooth(
        {.code = Opcode::pow,
         .name = "pow",
         .arity = 2,
         .doc = "x to the power y; x >= 0, or y whole",
         .eval = [](Reals x) { return math::pow(x[0], x[1]); },
         .lower = "call:pow",
         .domain = {{0.2, 3}, {-2, 2}},
         .cost = 25,
         .signature = Signature::real},
        [](const At& at, V v) {
          const V power = at.b.emit(Opcode::pow, {at.x[0], at.b.sub(at.x[1], at.b.constant(1))});
          return at.b.select(is_zero(at, at.x[1]), zero(at), at.b.mul(v, at.b.mul(at.x[1], power)));
        },
        [](const At& at, V v) {
          return at.b.select(is_zero(at, at.x[0]), zero(at),
                             at.b.mul(v, at.b.mul(at.y, at.b.emit(Opcode::log, {at.x[0]}))));
        }),
    smooth(
        {.code = Opcode::max,
         .name = "max",
         .arity = 2,
         .doc = "x > y ? x : y",
         .eval = [](Reals x) { return x[0] > x[1] ? x[0] : x[1]; },
         .eval_int = [](Ints x) { return x[0] > x[1] ? x[0] : x[1]; },
         .lower = "fmax",
         .domain = signs,
         .cost = 1,
         .signature = numeric},
        [](const At& at, V v) { return at.b.select(compare(at, Opcode::gt), v, zero(at)); },
        [](const At& at, V v) { return at.b.select(compare(at, Opcode::gt), zero(at), v); }),
    smooth(
        {.code = Opcode::min,
         .name = "min",
         .arity = 2,
         .doc = "x < y ? x : y",
         .eval = [](Reals x) { return x[0] < x[1] ? x[0] : x[1]; },
         .eval_int = [](Ints x) { return x[0] < x[1] ? x[0] : x[1]; },
         .lower = "fmin",
         .domain = signs,
         .cost = 1,
         .signature = numeric},
        [](const At& at, V v) { return at.b.select(compare(at, Opcode::lt), v, zero(at)); },
        [](const At& at, V v) { return at.b.select(compare(at, Opcode::lt), zero(at), v); }),
    smooth({.code = Opcode::polygamma,
            .name = "polygamma",
            .arity = 2,
            .doc = "polygamma(n, x): n-th derivative of digamma at x > 0, n = 0, 1, 2, ...",
            .eval = [](Reals x) { return special::polygamma(std::round(x[0]), x[1]); },
            .lower = "call:elba_polygamma",
            .domain = {{1, 1}, {0.3, 6}},
            .cost = 60,
            .signature = Signature::real},
           no_partial,
           [](const At& at, V v) {
             return at.b.mul(v, at.b.emit(Opcode::polygamma, {at.b.add(at.x[0], at.b.constant(1)), at.x[1]}));
           }),
    {.code = Opcode::idiv,
     .name = "idiv",
     .arity = 2,
     .doc = "integer quotient, truncated towards zero; 0 when y = 0",
     .eval = [](Reals x) { return x[1] == 0 ? 0.0 : std::trunc(x[0] / x[1]); },
     .eval_int = quotient,
     .lower = "idiv",
     .domain = {{-20, 20}, {-5, 5}},
     .cost = 12,
     .signature = Signature::integer},
    {.code = Opcode::imod,
     .name = "imod",
     .arity = 2,
     .doc = "x - y * idiv(x, y), with the sign of x; 0 when y = 0",
     .eval = [](Reals x) { return x[1] == 0 ? 0.0 : std::fmod(x[0], x[1]); },
     .eval_int = remainder,
     .lower = "imod",
     .domain = {{-20, 20}, {-5, 5}},
     .cost = 12,
     .signature = Signature::integer},
    comparison(
        Opcode::lt, "lt", "x < y", [](Reals x) -> double { return x[0] < x[1]; },
        [](Ints x) -> std::int64_t { return x[0] < x[1]; }, "cmp:lt"),
    comparison(
        Opcode::le, "le", "x <= y", [](Reals x) -> double { return x[0] <= x[1]; },
        [](Ints x) -> std::int64_t { return x[0] <= x[1]; }, "cmp:le"),
    comparison(
        Opcode::gt, "gt", "x > y", [](Reals x) -> double { return x[0] > x[1]; },
        [](Ints x) -> std::int64_t { return x[0] > x[1]; }, "cmp:gt"),
    comparison(
        Opcode::ge, "ge", "x >= y", [](Reals x) -> double { return x[0] >= x[1]; },
        [](Ints x) -> std::int64_t { return x[0] >= x[1]; }, "cmp:ge"),
    comparison(
        Opcode::eq, "eq", "x = y; false for nan", [](Reals x) -> double { return x[0] == x[1]; },
        [](Ints x) -> std::int64_t { return x[0] == x[1]; }, "cmp:eq"),
    comparison(
        Opcode::ne, "ne", "x != y; true for nan", [](Reals x) -> double { return x[0] != x[1]; },
        [](Ints x) -> std::int64_t { return x[0] != x[1]; }, "cmp:ne"),
    {.code = Opcode::logical_and,
     .name = "logical_and",
     .arity = 2,
     .doc = "both; both sides are evaluated",
     .eval = [](Reals x) -> double { return x[0] != 0 && x[1] != 0; },
     .lower = "and",
     .domain = truths,
     .cost = 1,
     .signature = Signature::logical},
    {.code = Opcode::logical_or,
     .name = "logical_or",
     .arity = 2,
     .doc = "either; both sides are evaluated",
     .eval = [](Reals x) -> double { return x[0] != 0 || x[1] != 0; },
     .lower = "or",
     .domain = truths,
     .cost = 1,
     .signature = Signature::logical},
    {.code = Opcode::logical_not,
     .name = "logical_not",
     .arity = 1,
     .doc = "not x",
     .eval = [](Reals x) -> double { return x[0] == 0; },
     .lower = "not",
     .domain = {{0, 1}},
     .cost = 1,
     .signature = Signature::logical},
    // Adjoints go through a select, not a product; reverse accumulation takes it apart again
    // (passes/derivative/adjoints.h).
    smooth(
        {.code = Opcode::select,
         .name = "select",
         .arity = 3,
         .doc = "c ? x : y; both arms are evaluated",
         .eval = [](Reals x) { return x[0] != 0 ? x[1] : x[2]; },
         .eval_int = [](Ints x) { return x[0] != 0 ? x[1] : x[2]; },
         .lower = "select",
         .domain = {{0, 1}, {-3, 3}, {-3, 3}},
         .cost = 1,
         .signature = Signature::select},
        no_partial, [](const At& at, V v) { return at.b.select(at.x[0], v, zero(at)); },
        [](const At& at, V v) { return at.b.select(at.x[0], zero(at), v); }),
    {.code = Opcode::to_real,
     .name = "to_real",
     .arity = 1,
     .doc = "i64 or i1 -> f64",
     .eval = [](Reals x) { return x[0]; },
     .lower = "to_real",
     .domain = {{-20, 20}},
     .cost = 1,
     .signature = Signature::to_real},
    {.code = Opcode::to_int,
     .name = "to_int",
     .arity = 1,
     .doc = "f64 or i1 -> i64, truncated towards zero; saturates; 0 for nan",
     .eval = [](Reals x) { return saturate(x[0]); },
     .lower = "to_int",
     .domain = {{-20, 20}},
     .cost = 1,
     .signature = Signature::to_int},
    {.code = Opcode::stop_grad,
     .name = "stop_grad",
     .arity = 1,
     .doc = "x, with derivative 0",
     .eval = [](Reals x) { return x[0]; },
     .lower = "identity",
     .domain = {{-3, 3}},
     .cost = 0,
     .signature = Signature::same},
};
static_assert(rows_in_order(rows, Opcode::add, Opcode::stop_grad),
              "rows must be complete and follow ops.def");

}  // namespace

std::span<const OpInfo> binary_rows() { return rows; }

}  // namespace elba::ir
