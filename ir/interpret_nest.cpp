// interpret_nest: nests and scans. A nest is a scan without carries over any number of iterators.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "ir/builder.h"
#include "ir/interpreter.h"
#include "support/elementary.h"

namespace elba::ir {

// One result of a nest or scan while its iterations run.
struct Accumulator {
  Combiner combiner;
  Tensor result;
  std::vector<std::vector<double>> terms = {};  // lse: per element, all that was yielded
  std::size_t element_count = 0;                // stack: of one yielded value
  double best = 0;                              // argmax
  bool is_empty = true;
};

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

double start_of(Combiner combiner) {
  switch (combiner) {
    case Combiner::prod:
      return 1;
    case Combiner::max:
      return -infinity;
    case Combiner::min:
      return infinity;
    default:
      return 0;
  }
}

double log_sum_exp(const std::vector<double>& terms) {
  double top = -infinity;
  for (double term : terms)
    top = std::isnan(term) ? term : std::max(top, term);
  if (!std::isfinite(top)) return top;
  double sum = 0;
  for (double term : terms)
    sum += math::exp(term - top);
  return top + math::log(sum);
}

double combine(Combiner combiner, double so_far, double value) {
  const std::array<double, 2> operands = {so_far, value};
  switch (combiner) {
    case Combiner::prod:
      return so_far * value;
    case Combiner::max:
      return op_info(Opcode::max).eval(operands);
    case Combiner::min:
      return op_info(Opcode::min).eval(operands);
    default:
      return so_far + value;
  }
}

// What one iteration yields for all combiners but scatter; `flat` is the number of the iteration.
void add_yielded(Accumulator& accumulator, const std::vector<double>& yielded, std::size_t flat) {
  auto& values = accumulator.result.values;
  if (accumulator.combiner == Combiner::stack) {
    std::copy(yielded.begin(), yielded.end(),
              values.begin() + static_cast<std::ptrdiff_t>(flat * accumulator.element_count));
  } else if (accumulator.combiner == Combiner::argmax) {
    if (accumulator.is_empty || yielded[0] > accumulator.best) {
      accumulator.best = yielded[0];
      values[0] = static_cast<double>(flat);
    }
  } else if (accumulator.combiner == Combiner::lse) {
    for (std::size_t i = 0; i < yielded.size(); ++i)
      accumulator.terms[i].push_back(yielded[i]);
  } else {
    for (std::size_t i = 0; i < yielded.size(); ++i)
      values[i] = combine(accumulator.combiner, values[i], yielded[i]);
  }
  accumulator.is_empty = false;
}

}  // namespace

std::vector<Accumulator> Interpreter::accumulators(const Op& op, std::size_t iterations) const {
  const std::size_t carries = carries_of(op);
  std::vector<Accumulator> results;
  for (std::size_t i = 0; i < op.combiners.size(); ++i) {
    const Type& type = func_.type(op.results[carries + i]);
    Accumulator accumulator{op.combiners[i],
                            make(type.scalar, shape_of(type.shape), start_of(op.combiners[i]))};
    accumulator.terms.resize(op.combiners[i] == Combiner::lse ? accumulator.result.values.size() : 0);
    accumulator.element_count = iterations == 0 ? 0 : accumulator.result.values.size() / iterations;
    results.push_back(std::move(accumulator));
  }
  return results;
}

// The yields from `at` on are the indices of an element, then what is added to it.
void Interpreter::scatter(Accumulator& accumulator, std::span<const ValueId> yields, std::size_t& at) {
  const Tensor& target = accumulator.result;
  std::size_t element = 0;
  for (const std::int64_t extent : target.shape) {
    const std::int64_t position = integer(yields[at++]);
    if (position < 0 || position >= extent)
      fail("scatter to index " + std::to_string(position) + " of extent " + std::to_string(extent));
    element = element * static_cast<std::size_t>(extent) + static_cast<std::size_t>(position);
  }
  accumulator.result.values[element] += number(yields[at++]);
}

void Interpreter::run_nest(const Op& op) { run_scan(op); }

void Interpreter::run_scan(const Op& op) {
  const Region& body = op.regions[0];
  const auto extents = shape_of(op.dims);
  const std::size_t carries = carries_of(op);
  const bool reverse = op.attr_int("reverse") == 1, lower = op.attr_int("lower") == 1,
             bounded = is_bounded(op);
  const auto& yields = body.ops.back().operands;
  std::vector<Accumulator> results = accumulators(op, static_cast<std::size_t>(count_of(extents)));
  std::vector<Tensor> state;
  for (std::size_t i = 0; i < carries; ++i)
    state.push_back(tensor(op.operands[i]));

  std::vector<std::int64_t> index(extents.size(), 0);
  if (reverse)
    for (std::size_t axis = 0; axis < index.size(); ++axis)
      index[axis] = extents[axis] - 1;
  bool more = std::find(extents.begin(), extents.end(), 0) == extents.end();
  const std::int64_t from = bounded ? integer(op.operands[op.operands.size() - 2]) : 0,
                     to = bounded ? integer(op.operands.back()) : 0;
  for (; more; more = advance(index, extents, reverse)) {
    if (bounded && (index[0] < from || index[0] >= to)) continue;
    if (lower && index[1] > index[0]) continue;
    std::size_t flat = 0;
    for (std::size_t axis = 0; axis < index.size(); ++axis) {
      flat = flat * static_cast<std::size_t>(extents[axis]) + static_cast<std::size_t>(index[axis]);
      set_number(body.params[axis], Scalar::i64, static_cast<double>(index[axis]));
    }
    for (std::size_t i = 0; i < carries; ++i)
      cell(body.params[index.size() + i]).tensor = state[i];
    run_region(body);
    for (std::size_t i = 0; i < carries; ++i)
      state[i] = tensor(yields[i]);
    std::size_t at = carries;
    for (Accumulator& accumulator : results)
      if (accumulator.combiner == Combiner::scatter)
        scatter(accumulator, yields, at);
      else
        add_yielded(accumulator, tensor(yields[at++]).values, flat);
  }
  for (std::size_t i = 0; i < carries; ++i)
    cell(op.results[i]).tensor = std::move(state[i]);
  for (std::size_t i = 0; i < results.size(); ++i) {
    Accumulator& accumulator = results[i];
    if (accumulator.combiner == Combiner::argmax && accumulator.is_empty && !bounded)
      fail("argmax over nothing");
    for (std::size_t k = 0; k < accumulator.terms.size(); ++k)
      accumulator.result.values[k] = log_sum_exp(accumulator.terms[k]);
    cell(op.results[carries + i]).tensor = std::move(accumulator.result);
  }
}

}  // namespace elba::ir
