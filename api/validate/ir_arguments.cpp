#include "api/validate/ir_arguments.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include "ir/random.h"
#include "support/elementary.h"

namespace elba {

namespace {

std::string axes_text(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (std::size_t k = 0; k < shape.size(); ++k)
    text += (k ? ", " : "") + std::to_string(shape[k]);
  return text + "]";
}

Diagnostic usage(std::string message, const std::string& help = "") {
  auto diagnostic = make_diagnostic(Code::usage_error, {}, {std::move(message)});
  return help.empty() ? diagnostic : diagnostic.suggest(help);
}

std::optional<Diagnostic> claim(IrSizes& sizes, const std::string& dim, std::int64_t size,
                                const std::string& source) {
  if (size < 0) return usage("`" + dim + "` is no size: " + std::to_string(size));
  const auto [at, is_new] = sizes.try_emplace(dim, size);
  if (is_new || at->second == size) return std::nullopt;
  return usage("`" + dim + "` is " + std::to_string(at->second) + ", but " + std::to_string(size) + " by " +
               source);
}

// The bound at one element; nothing where there is none, or it is known only with what is not given.
std::optional<double> bound_at(const ir::Bound& bound, const IrSizes& sizes, const IrArguments& known,
                               std::size_t element) {
  if (const auto* number = std::get_if<double>(&bound)) return *number;
  if (const auto* dim = std::get_if<ir::Dim>(&bound)) {
    const auto size = dim->evaluate(sizes);
    return size ? std::optional<double>(static_cast<double>(*size)) : std::nullopt;
  }
  if (const auto* name = std::get_if<std::string>(&bound)) {
    const auto field = known.find(*name);
    if (field == known.end() || field->second.values.empty()) return std::nullopt;
    const auto& values = field->second.values;
    return values[values.size() == 1 ? 0 : std::min(element, values.size() - 1)];
  }
  return std::nullopt;
}

double real_between(std::optional<double> low, std::optional<double> high, UniformNumbers& numbers) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const double from = low.value_or(-infinity), to = high.value_or(infinity);
  if (std::isfinite(from) && std::isfinite(to)) return numbers.between(from, to);
  if (std::isfinite(from)) return from + math::exp(numbers.between(-1.0, 1.0));
  if (std::isfinite(to)) return to - math::exp(numbers.between(-1.0, 1.0));
  return numbers.between(-1.5, 1.5);
}

double whole_between(std::optional<double> low, std::optional<double> high, UniformNumbers& numbers) {
  const double first = low ? std::ceil(*low) : high ? std::floor(*high) - 3 : 0.0;
  const double last = high ? std::floor(*high) : first + 3;
  return first + std::floor(numbers.next() * std::max(1.0, last - first + 1));
}

std::vector<std::int64_t> shape_at(const ir::Type& type, const IrSizes& sizes, std::size_t& count) {
  std::vector<std::int64_t> shape;
  count = 1;
  for (const ir::Dim& dim : type.shape) {
    shape.push_back(std::max<std::int64_t>(dim.evaluate(sizes).value_or(0), 0));
    count *= static_cast<std::size_t>(shape.back());
  }
  return shape;
}

ir::Tensor drawn(const ir::Param& param, const ir::Type& type, const IrSizes& sizes, const IrArguments& known,
                 UniformNumbers& numbers) {
  ir::Tensor tensor;
  tensor.scalar = type.scalar;
  std::size_t count = 0;
  tensor.shape = shape_at(type, sizes, count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto low = bound_at(param.lower, sizes, known, i), high = bound_at(param.upper, sizes, known, i);
    if (type.scalar == ir::Scalar::f64)
      tensor.values.push_back(real_between(low, high, numbers));
    else if (type.scalar == ir::Scalar::i64)
      tensor.values.push_back(whole_between(low, high, numbers));
    else
      tensor.values.push_back(numbers.next() < 0.5 ? 0 : 1);
  }
  return tensor;
}

}  // namespace

double UniformNumbers::next() { return ir::random::uniform(seed_, next_++); }

Result<IrSizes> sizes_of_module(const ir::Module& module, const ir::Func& func, const IrSizes& given,
                                const runtime::DataSet& data) {
  IrSizes sizes;
  std::vector<std::string> names;
  for (const ir::DimDecl& dim : module.dims)
    names.push_back(dim.name);
  for (const auto& [name, size] : given) {
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      const std::string near = nearest_name(name, names);
      return usage("the module has no dim `" + name + "`",
                   near.empty() ? "" : "did you mean `" + near + "`?");
    }
    if (auto problem = claim(sizes, name, size, "what is given")) return *problem;
  }
  for (const std::string& name : names)
    if (const auto* field = data.find(name); field != nullptr && field->values.size() == 1)
      if (auto problem = claim(sizes, name, static_cast<std::int64_t>(field->values[0]), "the data"))
        return *problem;
  for (const ir::Param& param : func.params) {
    const auto* field = data.find(param.name);
    const ir::Type& type = func.type(param.value);
    if (field == nullptr || field->shape.size() != type.shape.size()) continue;
    for (std::size_t axis = 0; axis < type.shape.size(); ++axis)
      if (const auto symbol = type.shape[axis].as_symbol())
        if (auto problem = claim(sizes, *symbol, field->shape[axis], "`" + param.name + "`")) return *problem;
  }
  // Neither 1 nor equal for the first few, so that a transposed read is seen.
  const std::int64_t small[] = {3, 4, 2, 5};
  std::size_t next = 0;
  for (const ir::DimDecl& dim : module.dims) {
    if (sizes.contains(dim.name) || dim.pairs_of) continue;
    const auto usual = dim.default_value ? dim.default_value->evaluate(sizes) : std::nullopt;
    sizes[dim.name] = usual ? *usual : small[next++ % std::size(small)];
  }
  complete_sizes(module, sizes);
  return sizes;
}

Result<IrArguments> arguments_of(const ir::Func& func, const IrSizes& sizes, const runtime::DataSet& data,
                                 UniformNumbers& numbers) {
  IrArguments arguments;
  for (const ir::Param& param : func.params) {
    const ir::Type& type = func.type(param.value);
    if (param.role == ir::Role::input || param.role == ir::Role::cache || param.role == ir::Role::output)
      continue;
    if (type.kind == ir::Kind::key) {
      ir::Tensor key;
      key.values = {0};
      key.key = static_cast<std::uint64_t>(numbers.next() * 0x1p52);
      arguments[param.name] = key;
      continue;
    }
    const auto* field = data.find(param.name);
    if (field == nullptr) {
      arguments[param.name] = drawn(param, type, sizes, arguments, numbers);
      continue;
    }
    ir::Tensor tensor;
    tensor.scalar = type.scalar;
    std::size_t count = 0;
    tensor.shape = shape_at(type, sizes, count);
    if (field->shape != tensor.shape)
      return usage("`" + param.name + "` has the shape " + axes_text(field->shape) + ", but %" + param.name +
                   " is " + type.text() + ", " + axes_text(tensor.shape) + " here");
    tensor.values = field->values;
    arguments[param.name] = std::move(tensor);
  }
  return arguments;
}

ir::Tensor random_tensor(const ir::Type& type, const IrSizes& sizes, double low, double high,
                         UniformNumbers& numbers) {
  ir::Tensor tensor;
  std::size_t count = 0;
  tensor.shape = shape_at(type, sizes, count);
  for (std::size_t i = 0; i < count; ++i)
    tensor.values.push_back(numbers.between(low, high));
  return tensor;
}

}  // namespace elba
