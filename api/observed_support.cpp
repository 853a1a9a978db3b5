#include "api/observed_support.h"

#include <fmt/format.h>

#include <algorithm>

#include "ir/interpret.h"
#include "passes/outside_support.h"
#include "passes/passes.h"

namespace elba {

namespace {

std::string support_text(const passes::ObservedLaw& law) {
  const auto* lower = std::get_if<double>(&law.lower);
  const auto* upper = std::get_if<double>(&law.upper);
  return fmt::format("`{}<{}{}{}>`", law.is_whole ? "int" : "real", lower ? fmt::format("lower={}", *lower) : "", lower && upper ? ", " : "", upper ? fmt::format("upper={}", *upper) : "");
}

ir::Tensor tensor_of(const ir::Param& param, const ir::Func& func, const BoundData& data) {
  const ir::Type& type = func.type(param.value);
  ir::Tensor tensor{type.scalar, {}, {}, 0};
  const auto field = data.arrays.find(param.name);
  if (field == data.arrays.end()) {  // the coordinates, which are not read
    std::int64_t count = 1;
    for (const ir::Dim& dim : type.shape) tensor.shape.push_back(dim.evaluate(data.sizes).value_or(0)), count *= tensor.shape.back();
    tensor.values.assign(static_cast<std::size_t>(std::max<std::int64_t>(count, 0)), 0.0);
    return tensor;
  }
  tensor.shape = field->second.shape;
  tensor.values = field->second.reals;
  if (type.scalar == ir::Scalar::i64) tensor.values.assign(field->second.integers.begin(), field->second.integers.end());
  return tensor;
}

}  // namespace

Status check_observed_support(const ir::Module& density, const BoundData& data) {
  if (passes::bounded_laws(density).empty()) return Done{};
  const ir::Module inlined = passes::inline_calls(density);
  const auto laws = passes::bounded_laws(inlined);
  const ir::Module module = passes::outside_support(inlined);
  const ir::Func* func = module.find("outside_support");
  if (func == nullptr) return Done{};
  std::vector<ir::Tensor> arguments;
  for (const ir::Param& param : func->params) {
    // Where data are left out on purpose, as for a simulation, there is nothing to look at yet.
    if (param.role == ir::Role::data && !data.arrays.contains(param.name)) return Done{};
    arguments.push_back(tensor_of(param, *func, data));
  }
  Sizes sizes = data.sizes;
  ir::complete_sizes(module, sizes);
  const auto flags = ir::interpret(module, "outside_support", arguments, sizes);
  if (!flags) return Done{};  // what it cannot compute the model will say
  Sink sink;
  for (std::size_t k = 0; k < laws.size(); ++k) {
    const auto& found = (*flags)[k].values;
    const auto first = std::find_if(found.begin(), found.end(), [](double flag) { return flag != 0; });
    if (first == found.end()) continue;
    const auto count = std::count_if(first, found.end(), [](double flag) { return flag != 0; });
    auto& diagnostic = sink.report(Code::observed_outside_support, laws[k].place, {indexed_name(laws[k].site, (*flags)[k].shape, static_cast<std::size_t>(first - found.begin())), laws[k].law, support_text(laws[k])});
    if (count > 1) diagnostic.note(fmt::format("so are {} more", count - 1));
    diagnostic.suggest("look at the data that `" + laws[k].site + "` is computed from, or choose a distribution that holds all of its values");
  }
  if (sink.has_errors()) return sink.sorted();
  return Done{};
}

}  // namespace elba
