#include "passes/rewrite/contractions.h"

#include <map>

#include "ir/contraction.h"
#include "passes/rewrite/copier.h"
#include "passes/rewrite/rewrite.h"
#include "passes/rewrite/stages.h"

namespace elba::passes {

using namespace ir;

namespace {

// Multiplications up to which unrolled scalar code beats the call.
constexpr std::int64_t small_product = 64;

using Close = std::function<ValueId(Combiner, ValueId)>;

Dim extent_of(Builder& b, std::span<const ValueId> operands, const Contraction& maps, char axis) {
  for (std::size_t k = 0; k < operands.size(); ++k)
    if (const auto at = maps.inputs[k].find(axis); at != std::string::npos)
      return b.type(operands[k]).shape[at];
  return Dim(1);
}

ValueId as_nest(Builder& b, std::span<const ValueId> operands, const Contraction& maps, Combiner combiner,
                const ElementReader& element, const Close& close_reduced) {
  std::map<char, ValueId> iterator_of;
  const auto open = [&](const std::string& axes) {
    std::vector<Dim> extents;
    for (char axis : axes)
      extents.push_back(extent_of(b, operands, maps, axis));
    const auto iterators = b.open_nest(std::move(extents));
    for (std::size_t k = 0; k < axes.size(); ++k)
      iterator_of[axes[k]] = iterators[k];
  };
  if (!maps.output.empty()) open(maps.output);
  if (!maps.reduced.empty()) open(maps.reduced);
  ValueId value;
  for (std::size_t k = 0; k < operands.size(); ++k) {
    std::vector<ValueId> indices;
    for (char axis : maps.inputs[k])
      indices.push_back(iterator_of.at(axis));
    const ValueId factor = element(operands[k], indices);
    value = !value.valid() ? factor : combiner == Combiner::sum ? b.mul(value, factor) : b.add(value, factor);
  }
  if (!maps.reduced.empty()) value = close_reduced(combiner, value);
  if (!maps.output.empty()) value = b.close_nest({{Combiner::stack, {value}}})[0];
  return value;
}

ElementReader read_plainly(Builder& b) {
  return [&b](ValueId tensor, std::span<const ValueId> indices) { return b.read(tensor, indices); };
}
Close close_plainly(Builder& b) {
  return [&b](Combiner combiner, ValueId value) { return b.close_nest({{combiner, {value}}})[0]; };
}

bool is_streamed(const Func& func, const std::vector<Stage>& stages, const Op& op) {
  const auto is_early = [&](ValueId value) { return stages[value.index] <= Stage::bind; };
  if (op.code != Opcode::contract || is_early(op.operands[0]) == is_early(op.operands[1])) return false;
  const Type& data = func.type(op.operands[is_early(op.operands[0]) ? 0 : 1]);
  return data.shape[0] != data.shape[1];
}

class Streamer : public Copier {
 public:
  Streamer(const Module& module, Func& target, const std::vector<Stage>& stages)
      : Copier(module, target), stages_(stages) {}

 private:
  bool replace(Scope& scope, const Op& op) override {
    if (!is_streamed(scope.from, stages_, op)) return false;
    const auto operands = mapped(scope, op.operands);
    scope.map[op.results[0]] = as_nest(b, operands, *parse_contraction(op.attr_string("maps")), Combiner::sum,
                                       read_plainly(b), close_plainly(b));
    return true;
  }

  const std::vector<Stage>& stages_;
};

}  // namespace

ValueId contraction(Builder& b, std::span<const ValueId> operands, const std::string& text,
                    const std::string& semiring, const ElementReader& element,
                    const std::function<ValueId(Combiner, ValueId)>& close_reduced) {
  const auto maps = *parse_contraction(text);
  const bool is_product = semiring == "sum_mul";
  const Combiner combiner = is_product              ? Combiner::sum
                            : semiring == "lse_add" ? Combiner::lse
                                                    : Combiner::max;
  if (is_product && matrix_product(maps)) {
    const Dim count = extent_of(b, operands, maps, maps.output[0]) *
                      extent_of(b, operands, maps, maps.output[1]) *
                      extent_of(b, operands, maps, maps.reduced[0]);
    if (!count.is_constant() || count.constant() > small_product) return b.contract(operands, text, semiring);
  }
  return as_nest(b, operands, maps, combiner, element, close_reduced);
}

ValueId contraction(Builder& b, std::span<const ValueId> operands, const std::string& maps) {
  return contraction(b, operands, maps, "sum_mul", read_plainly(b), close_plainly(b));
}

void lower_streamed_products(const Module& module, Func& func) {
  const std::vector<Stage> stages = value_stages(func);
  bool any = false;
  walk(func.body, [&](const Op& op) { any = any || is_streamed(func, stages, op); });
  if (!any) return;
  Func lowered;
  Streamer(module, lowered, stages).copy_function(func);
  func = std::move(lowered);
}

}  // namespace elba::passes
