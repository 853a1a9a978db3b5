// functions_group: one number for each group of the rows of a vector, given the group of each row:
// group_sum(x, g)[j] is the sum of x[i] over the i with g[i] == j.
//
// Sums and counts are one pass over the rows (a scatter); extremes and products are one pass over the rows in
// the order of their groups, which is found once, when data are bound. Of equal extremes the first has the
// derivative. A group without rows has the value of an empty reduction: 0, 1, -inf, inf, and nan for the
// mean. The number of groups is the upper bound in the declaration of g.
#include <limits>

#include "frontend/check/terms.h"

namespace elba::frontend {

namespace {

using ir::Builder;
using ir::Combiner;
using ir::Opcode;
using ir::Type;
using ir::ValueId;

constexpr double inf = std::numeric_limits<double>::infinity();

ValueType check_grouped(CallSite& site) {
  Terms& check = site.check;
  const std::size_t at = site.args.size() - 1;
  if (!check.need_number(site.args[at], true) || !check.need_rank(site, at, 1)) return {};
  if (at > 0) {
    if (!check.need_number(site.args[0])) return {};
    site.args[0] = check.to_real(site.args[0]);
    if (!check.need_rank(site, 0, 1)) return {};
    const auto &x = check.type(site.args[0]).shape, &g = check.type(site.args[1]).shape;
    if (x != g) {
      check.report(Code::shape_mismatch, site.span, {shape_text(x), shape_text(g), check.text(site.span)})
          .note("each element needs its group");
      return {};
    }
  }
  const Term& groups = check.term(site.args[at]);
  if (!groups.lower || !groups.upper || at_least_zero(*groups.lower - Dim(1)) != Truth::yes ||
      has_binder(*groups.upper)) {
    check.report(Code::group_not_bounded, groups.span, {check.text(groups.span)})
        .suggest("declare `" + check.text(groups.span) + ": int<1, J>" + shape_text(groups.type.shape) +
                 "` with the number of groups");
    return {};
  }
  return {Element::real, {*groups.upper}};
}

// Scatters value(row) to the group of each row.
template <class Value>
ValueId scattered(const EmitInput& in, Value value) {
  Builder& b = in.b;
  const ValueId g = in.args.back();
  const auto row = b.open_nest(b.type(g).shape);
  const ValueId group = b.sub(b.read(g, row), b.constant_int(1));
  const ValueId v = value(row[0], group);
  return b.close_nest({{Combiner::scatter, {group, v}, in.type}})[0];
}

ValueId counted(const EmitInput& in) {
  return scattered(in, [&](ValueId, ValueId) { return in.b.constant(1.0); });
}

ValueId summed(const EmitInput& in) {
  return scattered(in, [&](ValueId row, ValueId) { return in.b.read(in.args[0], {row}); });
}

// The rows by group, in their order within each: `order` holds their places, `start[j]` how many rows are in
// groups before j (from 0).
struct ByGroup {
  ValueId order, start;
};

ByGroup by_group(const EmitInput& in) {
  Builder& b = in.b;
  const ValueId g = b.emit(Opcode::to_real, {in.args[1]});
  const ValueId order = b.emit(Opcode::sort_order, {g});
  const auto place = b.open_nest(b.type(g).shape);
  const ValueId sorted = b.close_nest({{Combiner::stack, {b.read(g, {b.read(order, place)})}}})[0];
  const auto j = b.open_nest({in.type.shape[0] + Dim(1)});
  const ValueId ends = b.close_nest({{Combiner::stack, {b.emit(Opcode::to_real, {j[0]})}}})[0];
  return {order, b.emit(Opcode::search_sorted, {sorted, ends})};
}

// `combine` over the rows of each group, as one recurrence over the rows by group that begins anew where a
// group begins:
//     s_i = x_i at the start of a group, else combine(x_i, s_(i-1));
//     the last s of each group, `neutral` of an empty one
ValueId folded(const EmitInput& in, Opcode combine, double neutral) {
  Builder& b = in.b;
  const auto [order, start] = by_group(in);
  const Dim rows = b.type(in.args[1]).shape[0];
  const ValueId nothing = b.constant(neutral), one = b.constant_int(1);
  const auto head = b.open_scan(rows, std::span(&nothing, 1));
  const ValueId row = b.read(order, {head.iterator});
  const ValueId x = b.read(in.args[0], {row});
  const ValueId group = b.sub(b.read(in.args[1], {row}), one);
  const ValueId first = b.emit(Opcode::eq, {head.iterator, b.read(start, {group})});
  const ValueId next = b.select(first, x, b.emit(combine, {x, head.carries[0]}));
  const ValueId folds = b.close_scan(std::span(&next, 1), {{Combiner::stack, {next}}})[1];
  // One element more for the groups without rows.
  const std::vector<ValueId> parts{folds, nothing};
  const ValueId padded = b.pack(parts, {rows + Dim(1)});
  const ValueId j = b.open_nest(in.type.shape)[0];
  const ValueId from = b.read(start, {j}), to = b.read(start, {b.add(j, one)});
  const ValueId last = b.select(b.emit(Opcode::lt, {from, to}), b.sub(to, one), b.dim(rows));
  return b.close_nest({{Combiner::stack, {b.read(padded, {last})}}})[0];
}

template <class Element>
ValueId each(const EmitInput& in, Element element) {
  const ValueId group = in.b.open_nest(in.type.shape)[0];
  const ValueId v = element(group);
  return in.b.close_nest({{Combiner::stack, {v}}})[0];
}

// m + log sum exp(x - m), where m is the largest of the group, a constant to differentiation; a group of
// -inf, or of nothing, is -inf.
ValueId log_sum_exp(const EmitInput& in) {
  Builder& b = in.b;
  const ValueId largest = folded(in, Opcode::max, -inf);
  const ValueId m = each(in, [&](ValueId j) {
    const ValueId x = b.read(largest, {j});
    const ValueId finite = b.emit(Opcode::lt, {b.emit(Opcode::abs, {x}), b.constant(inf)});
    return b.select(finite, b.emit(Opcode::stop_grad, {x}), b.constant(0.0));
  });
  const ValueId sum = scattered(in, [&](ValueId row, ValueId j) {
    return b.emit(Opcode::exp, {b.sub(b.read(in.args[0], {row}), b.read(m, {j}))});
  });
  return each(in, [&](ValueId j) {
    const ValueId some = b.emit(Opcode::ne, {b.read(largest, {j}), b.constant(-inf)});
    const ValueId log = b.emit(Opcode::log, {b.select(some, b.read(sum, {j}), b.constant(1.0))});
    return b.add(log, b.select(some, b.read(m, {j}), b.constant(-inf)));
  });
}

ValueId mean(const EmitInput& in) {
  const ValueId sum = summed(in), count = counted(in);
  return each(in, [&](ValueId j) { return in.b.div(in.b.read(sum, {j}), in.b.read(count, {j})); });
}

Function grouped(std::string_view name, std::string_view usage, std::string_view doc,
                 ValueId (*emit)(const EmitInput&), int args = 2) {
  return {.name = name,
          .min_args = args,
          .max_args = args,
          .usage = usage,
          .rule = Rule::custom,
          .emit = emit,
          .check = check_grouped,
          .doc = doc};
}

const Function rows[] = {
    grouped("group_sum", "group_sum(x, g)", "the sum of the rows of each group, 0 for an empty one", summed),
    grouped("group_count", "group_count(g)", "how many rows each group has", counted, 1),
    grouped("group_mean", "group_mean(x, g)", "the mean of the rows of each group, nan for an empty one",
            mean),
    grouped("group_max", "group_max(x, g)", "the largest row of each group, -inf for an empty one",
            [](const EmitInput& in) { return folded(in, Opcode::max, -inf); }),
    grouped("group_min", "group_min(x, g)", "the smallest row of each group, inf for an empty one",
            [](const EmitInput& in) { return folded(in, Opcode::min, inf); }),
    grouped("group_prod", "group_prod(x, g)", "the product of the rows of each group, 1 for an empty one",
            [](const EmitInput& in) { return folded(in, Opcode::mul, 1.0); }),
    grouped("group_log_sum_exp", "group_log_sum_exp(x, g)",
            "ln of the sum of exponentials of each group, -inf for an empty one", log_sum_exp),
};

}  // namespace

std::span<const Function> group_functions() { return rows; }

}  // namespace elba::frontend
