#include "passes/rewrite/operation_count.h"

#include <algorithm>

#include "ir/ops.h"

namespace elba::passes {

using namespace ir;

namespace {

constexpr double blocked = 8;  // n^3 / 3 multiplications, four at a time

class Counter {
 public:
  Counter(const Func& func, const std::map<std::string, std::int64_t>& sizes) : func_(func), sizes_(sizes) {}

  [[nodiscard]] double of(const Region& region) const {
    double total = 0;
    for (const Op& op : region.ops)
      total += of(op);
    return total;
  }

 private:
  [[nodiscard]] double extent(const Dim& dim) const {
    return static_cast<double>(std::max<std::int64_t>(dim.evaluate(sizes_).value_or(0), 0));
  }

  [[nodiscard]] double elements(ValueId value) const {
    double count = 1;
    for (const Dim& dim : func_.type(value).shape)
      count *= extent(dim);
    return count;
  }

  // The most that an operand or a result of the op has of something.
  template <class Measure>
  [[nodiscard]] double most(const Op& op, Measure measure) const {
    double found = 1;
    for (const ValueId value : op.operands)
      found = std::max(found, measure(value));
    for (const ValueId value : op.results)
      found = std::max(found, measure(value));
    return found;
  }

  // Every letter of the maps is a loop.
  [[nodiscard]] double of_contraction(const Op& op) const {
    const std::string maps = op.attr_string("maps");
    std::map<char, double> loops;
    std::size_t operand = 0, axis = 0;
    for (const char letter : maps.substr(0, maps.find("->"))) {
      if (letter == ',')
        ++operand, axis = 0;
      else
        loops[letter] = extent(func_.type(op.operands[operand]).shape[axis++]);
    }
    double count = 1;
    for (const auto& [letter, size] : loops)
      count *= size;
    return count;
  }

  [[nodiscard]] double of(const Op& op) const {
    if (!op.regions.empty()) {
      double count = 1, inside = 0;
      for (const Dim& dim : op.dims)
        count *= extent(dim);
      for (const Region& region : op.regions)
        inside += of(region);
      return count * inside;
    }
    if (op.code == Opcode::contract) return of_contraction(op);
    const double size = most(op, [&](ValueId value) { return elements(value); });
    if (op_info(op.code).group != Group::linalg)
      return op.code == Opcode::read ? elements(op.results[0]) : size;
    const bool is_blocked = op.code == Opcode::chol || op.code == Opcode::chol_adjoint ||
                            op.code == Opcode::trisolve || op.code == Opcode::solve;
    return size *
           most(op,
                [&](ValueId value) {
                  return func_.type(value).is_scalar() ? 1.0 : extent(func_.type(value).shape.back());
                }) /
           (is_blocked ? blocked : 1);
  }

  const Func& func_;
  const std::map<std::string, std::int64_t>& sizes_;
};

}  // namespace

double operations(const Func& func, const std::map<std::string, std::int64_t>& sizes) {
  return Counter(func, sizes).of(func.body);
}

}  // namespace elba::passes
