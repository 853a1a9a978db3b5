// functions_reduce: rows that make one number of an array, or of a generator: sum(x), sum(x[i] for i in
// 1:N).
//
// min, max and log_sum_exp also take two numbers. variance and sd divide by n - 1.
#include <limits>

#include "frontend/typed_tree/functions.h"

namespace elba::frontend {

using ir::Builder;
using ir::Combiner;
using ir::Opcode;
using ir::ValueId;

ValueId reduce(Builder& b, ValueId x, Combiner combiner) {
  const auto shape = b.type(x).shape;
  if (shape.empty()) return x;
  const auto at = b.open_nest(shape);
  const ValueId element = b.read(x, at);
  return b.close_nest({{combiner, {element}}})[0];
}

ValueId count(Builder& b, ValueId x) {
  const Dim n = b.type(x).element_count();
  return n.is_constant() ? b.constant(static_cast<double>(n.constant()))
                         : b.emit(Opcode::to_real, {b.dim(n)});
}

namespace {

ValueId mean(Builder& b, ValueId x) { return b.div(reduce(b, x, Combiner::sum), count(b, x)); }

ValueId variance(Builder& b, ValueId x) {
  const ValueId centred = b.sub(x, mean(b, x));
  return b.div(reduce(b, b.emit(Opcode::square, {centred}), Combiner::sum),
               b.sub(count(b, x), b.constant(1.0)));
}

ValueId log_sum_exp(const EmitInput& in) {
  if (in.args.size() == 1) return reduce(in.b, in.args[0], Combiner::lse);
  // a + softplus(b - a), with the larger one in front so that -inf on one side stays exact; both -inf give
  // -inf.
  Builder& b = in.b;
  const ValueId x = in.args[0], y = in.args[1];
  const ValueId both = b.emit(Opcode::eq, {y, b.constant(-std::numeric_limits<double>::infinity())});
  const ValueId gap = b.select(both, b.constant(0.0), b.sub(x, y));
  const ValueId from_x = b.add(x, b.emit(Opcode::softplus, {b.sub(y, x)})),
                from_y = b.add(y, b.emit(Opcode::softplus, {gap}));
  return b.select(b.emit(Opcode::gt, {x, y}), from_x, from_y);
}

template <Combiner combiner>
ValueId plain(const EmitInput& in) {
  return reduce(in.b, in.args[0], combiner);
}

const Function rows[] = {
    {.name = "sum",
     .usage = "sum(x)",
     .rule = Rule::reduction,
     .emit = plain<Combiner::sum>,
     .combiner = Combiner::sum,
     .keeps_integers = true,
     .doc = "sum of the elements"},
    {.name = "prod",
     .usage = "prod(x)",
     .rule = Rule::reduction,
     .emit = plain<Combiner::prod>,
     .combiner = Combiner::prod,
     .keeps_integers = true,
     .doc = "product of the elements"},
    {.name = "max",
     .max_args = 2,
     .usage = "max(x), max(a, b)",
     .rule = Rule::reduction,
     .opcode = Opcode::max,
     .emit = plain<Combiner::max>,
     .combiner = Combiner::max,
     .keeps_integers = true,
     .doc = "largest element, or of each pair"},
    {.name = "min",
     .max_args = 2,
     .usage = "min(x), min(a, b)",
     .rule = Rule::reduction,
     .opcode = Opcode::min,
     .emit = plain<Combiner::min>,
     .combiner = Combiner::min,
     .keeps_integers = true,
     .doc = "smallest element, or of each pair"},
    {.name = "log_sum_exp",
     .max_args = 2,
     .usage = "log_sum_exp(x), log_sum_exp(a, b)",
     .rule = Rule::reduction,
     .emit = log_sum_exp,
     .combiner = Combiner::lse,
     .doc = "ln of the sum of exponentials, or of each pair"},
    {.name = "mean",
     .usage = "mean(x)",
     .rule = Rule::reduction,
     .emit = [](const EmitInput& in) { return mean(in.b, in.args[0]); },
     .combiner = Combiner::sum,
     .divides = true,
     .doc = "sum over count"},
    {.name = "variance",
     .usage = "variance(x)",
     .rule = Rule::reduction,
     .emit = [](const EmitInput& in) { return variance(in.b, in.args[0]); },
     .doc = "sum of squares about the mean over n - 1"},
    {.name = "sd",
     .usage = "sd(x)",
     .rule = Rule::reduction,
     .emit = [](const EmitInput& in) { return in.b.emit(Opcode::sqrt, {variance(in.b, in.args[0])}); },
     .doc = "root of the variance"},
};

}  // namespace

std::span<const Function> reduction_functions() { return rows; }

}  // namespace elba::frontend
