#include "passes/tensor/sum_tree.h"

#include <algorithm>

#include "passes/tensor/rules.h"

namespace elba::passes {

using namespace ir;

void Definitions::note(const Op& op) {
  if (op_info(op.code).group != Group::scalar && !is_loop(op)) return;
  for (ValueId result : op.results) {
    if (entries_.size() <= result.index) entries_.resize(result.index + 1);
    entries_[result.index] = {op.code, op.operands, true};
  }
}

namespace {

void collect(const Definitions& definitions, Leaf at, bool is_root,
             const std::function<bool(ValueId)>& may_open, std::vector<Leaf>& leaves) {
  const auto* made = definitions.find(at.value);
  const bool is_sum = made != nullptr &&
                      (made->code == Opcode::add || made->code == Opcode::sub || made->code == Opcode::neg);
  if (!is_sum || !(is_root || may_open(at.value))) {
    leaves.push_back(at);
    return;
  }
  collect(definitions, {made->operands[0], at.negative != (made->code == Opcode::neg)}, false, may_open,
          leaves);
  if (made->operands.size() == 2)
    collect(definitions, {made->operands[1], at.negative != (made->code == Opcode::sub)}, false, may_open,
            leaves);
}

}  // namespace

std::vector<Leaf> sum_leaves(const Definitions& definitions, ValueId value,
                             const std::function<bool(ValueId)>& may_open) {
  std::vector<Leaf> leaves;
  collect(definitions, {value, false}, true, may_open, leaves);
  return leaves;
}

bool carries_rounding(const Func& func, const Definitions& definitions, ValueId value) {
  if (func.constant(value)) return true;
  const auto* made = definitions.find(value);
  if (made == nullptr) return false;
  if (op_info(made->code).group != Group::scalar || !is_exact(made->code)) return true;
  return std::all_of(made->operands.begin(), made->operands.end(), [&](ValueId operand) {
    return func.type(operand).scalar == Scalar::i1 || carries_rounding(func, definitions, operand);
  });
}

ValueId add_leaves(std::vector<Leaf> leaves,
                   const std::function<ValueId(Opcode, std::vector<ValueId>)>& emit) {
  std::stable_partition(leaves.begin(), leaves.end(), [](const Leaf& leaf) { return !leaf.negative; });
  ValueId total = leaves[0].negative ? emit(Opcode::neg, {leaves[0].value}) : leaves[0].value;
  for (std::size_t k = 1; k < leaves.size(); ++k)
    total = emit(leaves[k].negative ? Opcode::sub : Opcode::add, {total, leaves[k].value});
  return total;
}

}  // namespace elba::passes
