// triangle: a nest over the elements of a square matrix of which only the lower triangle counts runs over
// that triangle alone.
//
//     %K = nest (%i < N, %j < N) -> (stack f64[N, N]) { ... }     ->   the same with {lower=1}:
//     %L = chol %K                                                     %j stops at %i, above it %K is 0
//     %s = nest (%i < N, %j < N) -> (sum f64) {                   ->   {lower=1}
//       %a = read %S, %i, %j;  %p = mul %a, .. }      %S = chol_adjoint ..
//
// For each result of the nest one of two things is shown:
//     its upper triangle is never looked at     a stack whose every use is an operand that chol and its
//                                               derivatives read below only
//     it is zero there                          what is yielded for j > i is 0 by the rules below: a stack is
//                                               then what it was, a sum or a scatter loses terms of 0
// Zero for j > i: reads at (i, j) of what chol and chol_adjoint make or of a matrix shown zero above;
// products and quotients with such a factor (whose other side is taken to be finite, as `simplify` does);
// sums of such terms; select by a comparison of i and j. A covariance then costs half as many kernel
// evaluations, forwards and in its adjoint. Last of the tensor passes, so that no other one has to keep the
// attribute. Leaves out: nests of more than two dims, extents known to be small (unrolled code has no loop to
// shorten).
#include <optional>
#include <unordered_map>

#include "passes/passes.h"
#include "passes/rewrite/rewrite.h"

namespace elba::passes {

using namespace ir;

namespace {

constexpr std::int64_t small_extent = 8;

// Operand `index` of such an op is read on and below the diagonal only.
bool reads_lower(const Op& op, std::size_t index) {
  return op.code == Opcode::chol || op.code == Opcode::chol_adjoint || op.code == Opcode::chol_jitter ||
         (op.code == Opcode::trisolve && index == 0);
}

class Triangles {
 public:
  explicit Triangles(Func& func)
      : func_(func),
        maker_(func.values.size()),
        only_lower_(func.values.size(), true),
        uses_(func.values.size(), 0) {
    walk(func.body, [&](const Op& op) {
      for (ValueId result : op.results)
        maker_[result.index] = &op;
      for (std::size_t k = 0; k < op.operands.size(); ++k) {
        only_lower_[op.operands[k].index] = only_lower_[op.operands[k].index] && reads_lower(op, k);
        ++uses_[op.operands[k].index];
      }
    });
  }

  void run() {
    // In order, so that what a matrix was found to be is known where it is read.
    walk(func_.body, [&](Op& op) {
      if (may_shorten(op)) op.set_attr("lower", std::int64_t{1});
    });
  }

 private:
  bool may_shorten(const Op& op) {
    if (op.code != Opcode::nest || op.dims.size() != 2 || op.dims[0] != op.dims[1] || !op.attrs.empty())
      return false;
    if (op.dims[0].is_constant() && op.dims[0].constant() <= small_extent) return false;
    i_ = op.regions[0].params[0];
    j_ = op.regions[0].params[1];
    bool all = true, any = false;
    for (std::size_t k = 0; k < op.results.size(); ++k) {
      const ValueId result = op.results[k];
      const bool is_stack = op.combiners[k] == Combiner::stack && func_.type(result).rank() == 2,
                 is_sum = op.combiners[k] == Combiner::sum && func_.type(result).rank() == 0;
      const bool is_scatter = op.combiners[k] == Combiner::scatter;
      if ((!is_stack && !is_sum && !is_scatter) || func_.type(result).scalar != Scalar::f64) return false;
      const bool is_zero = is_zero_above(yielded(func_, op, k).back(), 0);
      if (is_stack && is_zero) zero_above_.emplace(result, true);
      all = all && (is_zero || (is_stack && uses_[result.index] > 0 && only_lower_[result.index]));
      any = true;
    }
    return all && any;
  }

  // The iterator that an index is, with what is added to it.
  struct Affine {
    ValueId iterator;
    std::int64_t offset = 0;
  };
  std::optional<Affine> affine(ValueId index) const {
    if (index == i_ || index == j_) return Affine{index, 0};
    const Op* op = maker_[index.index];
    if (op == nullptr || (op->code != Opcode::add && op->code != Opcode::sub)) return std::nullopt;
    const auto& left = func_.constant(op->operands[0]);
    const auto& right = func_.constant(op->operands[1]);
    if (right && std::holds_alternative<std::int64_t>(*right)) {
      auto base = affine(op->operands[0]);
      if (base)
        base->offset += op->code == Opcode::add ? std::get<std::int64_t>(*right)
                                                : -std::get<std::int64_t>(*right);
      return base;
    }
    if (op->code != Opcode::add || !left || !std::holds_alternative<std::int64_t>(*left)) return std::nullopt;
    auto base = affine(op->operands[1]);
    if (base) base->offset += std::get<std::int64_t>(*left);
    return base;
  }

  // What a comparison is for every j > i, where that is one thing. With d = j - i >= 1:
  //     i + a < j + b  is  a - b < d.
  std::optional<bool> known(ValueId condition) const {
    const Op* op = maker_[condition.index];
    if (op == nullptr || op->operands.size() != 2) return std::nullopt;
    const auto x = affine(op->operands[0]), y = affine(op->operands[1]);
    if (!x || !y || x->iterator == y->iterator) return std::nullopt;
    const bool is_turned = x->iterator == j_;  // j + a < i + b  is  d < b - a
    const std::int64_t k = is_turned ? y->offset - x->offset : x->offset - y->offset;
    const bool least = k < 1, not_greater = k <= 1;  // k below every d; k at most every d
    const bool is_lt = op->code == Opcode::lt, is_le = op->code == Opcode::le, is_gt = op->code == Opcode::gt,
               is_ge = op->code == Opcode::ge;
    if (op->code == Opcode::eq) return least ? std::optional(false) : std::nullopt;
    if (op->code == Opcode::ne) return least ? std::optional(true) : std::nullopt;
    // k < d
    if ((is_lt && !is_turned) || (is_gt && is_turned)) return least ? std::optional(true) : std::nullopt;
    // k <= d
    if ((is_le && !is_turned) || (is_ge && is_turned))
      return not_greater ? std::optional(true) : std::nullopt;
    // k > d
    if ((is_gt && !is_turned) || (is_lt && is_turned))
      return not_greater ? std::optional(false) : std::nullopt;
    // k >= d
    if ((is_ge && !is_turned) || (is_le && is_turned)) return least ? std::optional(false) : std::nullopt;
    return std::nullopt;
  }

  bool is_zero_above(ValueId value, int depth) const {
    if (const auto& constant = func_.constant(value)) return *constant == Constant(0.0);
    const Op* op = maker_[value.index];
    constexpr int deepest = 100;
    if (op == nullptr || depth > deepest) return false;
    const auto zero = [&](std::size_t k) { return is_zero_above(op->operands[k], depth + 1); };
    if (op->code == Opcode::read) {
      if (op->operands.size() != 3 || op->operands[1] != i_ || op->operands[2] != j_) return false;
      const Op* made = maker_[op->operands[0].index];
      return zero_above_.contains(op->operands[0]) ||
             (made != nullptr && (made->code == Opcode::chol || made->code == Opcode::chol_adjoint));
    }
    if (op->code == Opcode::mul) return zero(0) || zero(1);
    if (op->code == Opcode::div || op->code == Opcode::neg) return zero(0);
    if (op->code == Opcode::add || op->code == Opcode::sub) return zero(0) && zero(1);
    if (op->code == Opcode::select) {
      const auto holds = known(op->operands[0]);
      return holds ? zero(*holds ? 1 : 2) : zero(1) && zero(2);
    }
    return false;
  }

  Func& func_;
  std::vector<const Op*> maker_;
  std::vector<bool> only_lower_;
  std::vector<std::uint32_t> uses_;
  std::unordered_map<ValueId, bool> zero_above_;
  ValueId i_, j_;
};

}  // namespace

Module triangle(Module module) {
  for (Func& func : module.funcs)
    Triangles(func).run();
  return module;
}

}  // namespace elba::passes
