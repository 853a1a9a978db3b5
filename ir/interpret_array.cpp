// interpret_array: reads, packs and contractions of the interpreter, each by its plainest loops.
#include <algorithm>
#include <cmath>
#include <limits>

#include "ir/contraction.h"
#include "ir/interpreter.h"
#include "support/elementary.h"

namespace elba::ir {

void Interpreter::run_read(const Op& op) {
  const Tensor& source = tensor(op.operands[0]);
  std::size_t begin = 0, count = source.values.size();
  for (std::size_t axis = 0; axis + 1 < op.operands.size(); ++axis) {
    const std::int64_t position = integer(op.operands[axis + 1]), bound = source.shape[axis];
    if (position < 0 || position >= bound)
      fail("read at index " + std::to_string(position) + " of extent " + std::to_string(bound));
    count /= static_cast<std::size_t>(bound);
    begin += static_cast<std::size_t>(position) * count;
  }
  if (op.operands.size() - 1 == source.shape.size())
    return set_number(op.results[0], source.scalar, source.values[begin]);
  Tensor part{
      source.scalar,
      {source.shape.begin() + static_cast<std::ptrdiff_t>(op.operands.size() - 1), source.shape.end()},
      {},
      0};
  const auto first = source.values.begin() + static_cast<std::ptrdiff_t>(begin);
  part.values.assign(first, first + static_cast<std::ptrdiff_t>(count));
  cell(op.results[0]).tensor = std::move(part);
}

void Interpreter::run_pack(const Op& op) {
  const Type& type = func_.type(op.results[0]);
  Tensor whole{type.scalar, shape_of(type.shape), {}, 0};
  for (ValueId operand : op.operands)
    whole.values.insert(whole.values.end(), tensor(operand).values.begin(), tensor(operand).values.end());
  if (count_of(whole.shape) != static_cast<std::int64_t>(whole.values.size()))
    fail("pack of " + std::to_string(whole.values.size()) + " elements into " + type.text());
  cell(op.results[0]).tensor = std::move(whole);
}

void Interpreter::run_unpack(const Op& op) {
  const std::vector<double>& whole = tensor(op.operands[0]).values;
  std::size_t at = 0;
  for (ValueId result : op.results) {
    const Type& type = func_.type(result);
    Tensor part = make(type.scalar, shape_of(type.shape));
    if (part.values.size() > whole.size() - at)
      fail("unpack of " + std::to_string(whole.size()) + " elements is too short");
    std::copy_n(whole.begin() + static_cast<std::ptrdiff_t>(at), part.values.size(), part.values.begin());
    at += part.values.size();
    cell(result).tensor = std::move(part);
  }
  if (at != whole.size()) fail("unpack leaves " + std::to_string(whole.size() - at) + " elements");
}

// For every index of the output, all terms over the reduced letters, in order.
void Interpreter::run_contract(const Op& op) {
  const auto contraction = parse_contraction(op.attr_string("maps"));
  const std::string semiring = op.attr_string("semiring");
  const std::string letters = contraction->output + contraction->reduced;
  std::vector<std::int64_t> extents(letters.size(), 0);
  for (std::size_t i = 0; i < op.operands.size(); ++i)
    for (std::size_t axis = 0; axis < contraction->inputs[i].size(); ++axis)
      extents[letters.find(contraction->inputs[i][axis])] = tensor(op.operands[i]).shape[axis];
  const auto split = extents.begin() + static_cast<std::ptrdiff_t>(contraction->output.size());
  const std::vector<std::int64_t> outer(extents.begin(), split), inner(split, extents.end());
  Tensor result = make(Scalar::f64, outer);
  const auto term = [&](const std::vector<std::int64_t>& index) {
    double value = semiring == "sum_mul" ? 1 : 0;
    for (std::size_t i = 0; i < op.operands.size(); ++i) {
      const Tensor& given = tensor(op.operands[i]);
      std::size_t element = 0;
      for (std::size_t axis = 0; axis < given.shape.size(); ++axis)
        element = element * static_cast<std::size_t>(given.shape[axis]) +
                  static_cast<std::size_t>(index[letters.find(contraction->inputs[i][axis])]);
      value = semiring == "sum_mul" ? value * given.values[element] : value + given.values[element];
    }
    return value;
  };
  std::vector<std::int64_t> index(letters.size(), 0);
  for (std::size_t element = 0; element < result.values.size(); ++element) {
    std::vector<double> terms;
    std::vector<std::int64_t> reduced(inner.size(), 0);
    bool more = std::find(inner.begin(), inner.end(), 0) == inner.end();
    for (; more; more = advance(reduced, inner)) {
      std::copy(reduced.begin(), reduced.end(), index.begin() + static_cast<std::ptrdiff_t>(outer.size()));
      terms.push_back(term(index));
    }
    double top = -std::numeric_limits<double>::infinity(), sum = 0;
    for (double value : terms)
      top = value > top || std::isnan(value) ? value : top;
    for (double value : terms)
      sum += semiring == "sum_mul" ? value : math::exp(value - top);
    result.values[element] = semiring == "sum_mul"                          ? sum
                             : semiring == "max_add" || !std::isfinite(top) ? top
                                                                            : top + math::log(sum);
    std::vector<std::int64_t> place(index.begin(), index.begin() + static_cast<std::ptrdiff_t>(outer.size()));
    if (advance(place, outer)) std::copy(place.begin(), place.end(), index.begin());
  }
  cell(op.results[0]).tensor = std::move(result);
}

}  // namespace elba::ir
