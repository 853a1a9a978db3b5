#include "api/validate/distribution.h"

#include <algorithm>
#include <limits>

#include "ir/random.h"

namespace elba {

using ir::Tensor;

bool Law::has(std::string_view member) const {
  return std::find(decl_.members.begin(), decl_.members.end(), member) != decl_.members.end();
}

std::vector<double> Law::call(const std::string& member, std::optional<Tensor> first) const {
  std::vector<Tensor> all = arguments;
  if (first) all.insert(all.begin(), std::move(*first));
  const auto result = ir::interpret(module_, decl_.name + "." + member, all, sizes_);
  return result ? result->at(0).values : std::vector<double>{std::nan("")};
}

double Law::at(const std::string& member, double x) const {
  return call(member,
              discrete() && member != "quantile" ? Tensor{ir::Scalar::i64, {}, {x}, 0} : Tensor::real(x))
      .at(0);
}

std::vector<double> Law::draw(std::uint64_t key) const {
  if (decl_.noise.empty()) return call("sample");
  Tensor noise;
  if (decl_.noise == "key") {
    noise.key = key;
    return call("sample", noise);
  }
  const ir::Func& sampler = *module_.find(decl_.name + ".sample");
  Sizes sizes = sizes_;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto& shape = sampler.type(sampler.params[i + 1].value).shape;
    for (std::size_t axis = 0; axis < shape.size(); ++axis)
      if (const auto symbol = shape[axis].as_symbol()) sizes[*symbol] = arguments[i].shape[axis];
  }
  std::size_t count = 1;
  for (const auto& extent : sampler.type(sampler.params[0].value).shape) {
    noise.shape.push_back(extent.evaluate(sizes).value_or(1));
    count *= static_cast<std::size_t>(noise.shape.back());
  }
  for (std::size_t k = 0; k < count; ++k)
    noise.values.push_back(decl_.noise == "normal" ? ir::random::normal(key, k)
                                                   : ir::random::uniform(key, k));
  return call("sample", noise);
}

double Law::bound(const ir::Bound& bound, double absent) const {
  if (const auto* number = std::get_if<double>(&bound)) return *number;
  if (const auto* name = std::get_if<std::string>(&bound)) {
    for (std::size_t i = 0; i < arguments.size(); ++i)
      if (decl_.param_names[i] == *name) return arguments[i].values.at(0);
  }
  if (const auto* dim = std::get_if<ir::Dim>(&bound)) {
    Sizes sizes = sizes_;
    for (std::size_t i = 0; i < arguments.size(); ++i)
      for (std::size_t axis = 0; axis < decl_.param_types[i].shape.size(); ++axis)
        if (const auto symbol = decl_.param_types[i].shape[axis].as_symbol())
          sizes[*symbol] = arguments[i].shape[axis];
    if (const auto value = dim->evaluate(sizes)) return static_cast<double>(*value);
  }
  return absent;
}

double Law::low() const { return bound(decl_.lower, -std::numeric_limits<double>::infinity()); }
double Law::high() const { return bound(decl_.upper, std::numeric_limits<double>::infinity()); }

}  // namespace elba
