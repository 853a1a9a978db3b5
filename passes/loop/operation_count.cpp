#include "passes/loop/operation_count.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "ir/ops.h"
#include "support/elementary.h"

namespace elba::passes {

using namespace ir;

namespace {

constexpr double iteration = 5;  // counting, a place in memory, what is loaded
constexpr int most_looks = 33, fewest_looks = 5;

double extent_value(const Dim& dim, const Sizes& sizes) {
  return static_cast<double>(std::max<std::int64_t>(dim.evaluate(sizes).value_or(0), 0));
}

double elements_of(const Type& type, const Sizes& sizes) {
  double count = 1;
  for (const Dim& dim : type.shape)
    count *= extent_value(dim, sizes);
  return count;
}

bool has_limits(const Op& op) {
  if (is_bounded(op) || op.attr_int("lower") != 0) return true;
  for (const Region& region : op.regions)
    for (const Op& inner : region.ops)
      if (has_limits(inner)) return true;
  return false;
}

class Counter {
 public:
  Counter(const Func& func, const Sizes& sizes, const DataElement& data)
      : func_(func), sizes_(sizes), data_(data), known_(func.values.size()) {
    for (const Param& param : func.params)
      names_[param.value] = &param;
  }

  LoopWork run() {
    LoopWork work;
    for (const Op& op : func_.body.ops) {
      const double one = of(op, 1, most_looks);
      work.operations += one;
      if (one > work.heaviest) {
        work.heaviest = one;
        const Op* loop = &op;
        while (loop->origin.end <= loop->origin.begin && heaviest_inside(*loop) != nullptr)
          loop = heaviest_inside(*loop);
        work.place = loop->origin;
        work.iterations = iterations_of(op);
      }
    }
    return work;
  }

 private:
  double of(const Region& region, double around, int looks) {
    double total = 0;
    for (const Op& op : region.ops)
      total += of(op, around, looks);
    return total;
  }

  // `around`: how often the loop around runs.
  double of(const Op& op, double around, int looks) {
    if (op.regions.empty()) {
      note(op);
      return operation_cost(op, func_, sizes_);
    }
    double count = 1;
    for (const Dim& dim : op.dims)
      count *= extent_value(dim, sizes_);
    if (op.attr_int("lower") != 0) count = 0.5 * (count + std::sqrt(count));
    double first = 0;
    if (is_bounded(op)) {
      const auto from = value(op.operands[0]), to = value(op.operands[1]);
      if (from && to) {
        first = std::max(*from, 0.0);
        count = std::clamp(*to - first, 0.0, count);
      } else {
        count = std::min(count, std::max(1.0, count / around));
      }
    }
    if (count <= 0) return 0;
    const Region& body = op.regions[0];
    for (const ValueId iterator : body.params)
      known_[iterator.index].reset();
    if (op.dims.size() != 1 || !has_limits(body)) return count * (iteration + of(body, count, looks));
    // The length of what is inside depends on where this one is.
    const int planned = static_cast<int>(std::min<double>(looks, count));
    double inside = 0;
    for (int k = 0; k < planned; ++k) {
      known_[body.params[0].index] = first + std::floor((static_cast<double>(k) + 0.5) * count / planned);
      inside += of(body, count, fewest_looks);
    }
    known_[body.params[0].index].reset();
    return count * (iteration + inside / planned);
  }

  static bool has_limits(const Region& region) {
    return std::any_of(region.ops.begin(), region.ops.end(),
                       [](const Op& op) { return passes::has_limits(op); });
  }

  [[nodiscard]] std::optional<double> value(ValueId id) const {
    if (const auto& constant = func_.constant(id)) {
      if (const auto* real = std::get_if<double>(&*constant)) return *real;
      if (const auto* integer = std::get_if<std::int64_t>(&*constant)) return static_cast<double>(*integer);
      return std::get<bool>(*constant) ? 1.0 : 0.0;
    }
    return known_[id.index];
  }

  // The value of a scalar op of known ones.
  void note(const Op& op) {
    if (op.results.size() != 1) return;
    std::optional<double>& result = known_[op.results[0].index];
    result.reset();
    if (op.code == Opcode::dim) {
      result = extent_value(op.dims.at(0), sizes_);
    } else if (op.code == Opcode::load) {
      const auto param = names_.find(op.operands[0]);
      if (param == names_.end() || param->second->role != Role::data) return;
      double at = 0;
      const Type& type = func_.type(op.operands[0]);
      for (std::size_t axis = 0; axis + 1 < op.operands.size(); ++axis) {
        const auto index = value(op.operands[axis + 1]);
        if (!index) return;
        at = at * extent_value(type.shape[axis], sizes_) + *index;
      }
      result = data_(param->second->name, static_cast<std::int64_t>(at));
    } else if (const OpInfo& info = op_info(op.code); info.group == Group::scalar && info.eval != nullptr) {
      std::vector<double> arguments;
      for (const ValueId operand : op.operands) {
        const auto argument = value(operand);
        if (!argument) return;
        arguments.push_back(*argument);
      }
      result = info.eval(arguments);
    }
  }

  static const Op* heaviest_inside(const Op& op) {
    const Op* found = nullptr;
    for (const Region& region : op.regions)
      for (const Op& inner : region.ops)
        if (!inner.regions.empty() &&
            (found == nullptr || inner.regions[0].ops.size() > found->regions[0].ops.size()))
          found = &inner;
    return found;
  }

  // Of the innermost loop in it that runs most often.
  [[nodiscard]] double iterations_of(const Op& op) const {
    double count = op.regions.empty() ? 0 : 1, inside = 1;
    for (const Dim& dim : op.dims)
      count *= extent_value(dim, sizes_);
    for (const Region& region : op.regions)
      for (const Op& inner : region.ops)
        inside = std::max(inside, iterations_of(inner));
    return count * inside;
  }

  const Func& func_;
  const Sizes& sizes_;
  const DataElement& data_;
  std::vector<std::optional<double>> known_;
  std::map<ValueId, const Param*> names_;
};

double kernel_cost(const Op& op, const Func& func, const Sizes& sizes) {
  // Multiplications and additions of blocked products in the time of one addition.
  constexpr double at_once = 10;
  const std::string symbol = op.attr_string("symbol");
  // The sizes of a matrix come from its buffer: m by n, in this order.
  double m = 1, n = 1, most = 1;
  for (const ValueId operand : op.operands) {
    const Type& type = func.type(operand);
    const double count = elements_of(type, sizes);
    if (count <= most) continue;
    most = count;
    n = type.shape.empty() ? 1 : extent_value(type.shape.back(), sizes);
    m = n > 0 ? count / n : 0;
  }
  const double small = std::min(m, n), cube = most * small;
  if (symbol == "elba_chol") return cube / 3 / at_once;
  if (symbol == "elba_chol_adjoint") return 2 * cube / 3 / at_once;
  if (symbol == "elba_trisolve") {  // l[n, n], b[n, k]
    const double square = elements_of(func.type(op.operands[3]), sizes);
    return square * elements_of(func.type(op.operands.back()), sizes) / std::max(std::sqrt(square), 1.0) /
           at_once;
  }
  if (symbol == "elba_matmul") {  // c[m, n] of k products
    const Type& left = func.type(op.operands[5]);
    const Type& out = func.type(op.operands.back());
    const double rows = out.shape.empty() ? 1 : extent_value(out.shape[0], sizes);
    return 2 * elements_of(out, sizes) * elements_of(left, sizes) / std::max(rows, 1.0) / at_once;
  }
  if (symbol == "elba_solve" || symbol == "elba_logabsdet") return cube / at_once;
  if (symbol == "elba_eigh") return 10 * cube;
  if (symbol == "elba_qr") return 4 * cube;
  if (symbol == "elba_svd") return 40 * cube;
  if (symbol == "elba_matrix_exp") return 30 * cube / at_once;
  if (symbol == "elba_sort_order" || symbol == "elba_search_sorted") return 4 * most * math::log2(most + 1);
  if (symbol == "elba_rng_normal" || symbol == "elba_rng_uniform") return 10 * most;
  return 20 * most;
}

}  // namespace

double operation_cost(const Op& op, const Func& func, const Sizes& sizes) {
  if (op.code == Opcode::kernel) return kernel_cost(op, func, sizes);
  if (op.code == Opcode::fill || op.code == Opcode::copy)
    return 0.25 * elements_of(func.type(op.operands[0]), sizes);
  if (op.code == Opcode::alloc || op.code == Opcode::view) return 0;
  return op_info(op.code).cost;
}

LoopWork loop_work(const Func& func, const Sizes& sizes, const DataElement& data) {
  return Counter(func, sizes, data).run();
}

}  // namespace elba::passes
