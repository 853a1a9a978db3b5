#include "api/model/observed_support.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "ir/interpret.h"
#include "passes/density/outside_support.h"
#include "passes/passes.h"

namespace elba {

namespace {

std::string support_text(const passes::ObservedDistribution& distribution) {
  const auto text = [](const ir::Bound& bound) {
    const auto* number = std::get_if<double>(&bound);
    return number ? fmt::format("{}", *number) : std::get<std::string>(bound);
  };
  std::string bounds;
  if (!std::holds_alternative<std::monostate>(distribution.lower))
    bounds = "lower=" + text(distribution.lower);
  if (!std::holds_alternative<std::monostate>(distribution.upper))
    bounds += (bounds.empty() ? "" : ", ") + ("upper=" + text(distribution.upper));
  return fmt::format("`{}<{}>`", distribution.is_whole ? "int" : "real", bounds);
}

ir::Tensor tensor_of(const ir::Param& param, const ir::Func& func, const BoundData& data) {
  const ir::Type& type = func.type(param.value);
  ir::Tensor tensor{type.scalar, {}, {}, 0};
  const auto field = data.arrays.find(param.name);
  if (field == data.arrays.end()) {  // the coordinates, which are not read
    std::int64_t count = 1;
    for (const ir::Dim& dim : type.shape)
      tensor.shape.push_back(dim.evaluate(data.sizes).value_or(0)), count *= tensor.shape.back();
    tensor.values.assign(static_cast<std::size_t>(std::max<std::int64_t>(count, 0)), 0.0);
    return tensor;
  }
  tensor.shape = field->second.shape;
  tensor.values = field->second.reals;
  if (type.scalar == ir::Scalar::i64)
    tensor.values.assign(field->second.integers.begin(), field->second.integers.end());
  return tensor;
}

// The number of a bound at a position of a field.
std::optional<double> bound_at(const ir::Bound& bound, const HostArray& field, const BoundData& data,
                               std::size_t position) {
  if (const auto* number = std::get_if<double>(&bound)) return *number;
  const auto* name = std::get_if<std::string>(&bound);
  const auto other = name == nullptr ? data.arrays.end() : data.arrays.find(*name);
  if (other == data.arrays.end() || (!other->second.shape.empty() && other->second.shape != field.shape))
    return std::nullopt;
  const std::size_t at = other->second.shape.empty() ? 0 : position;
  return other->second.type.scalar == ir::Scalar::i64 ? static_cast<double>(other->second.integers[at])
                                                      : other->second.reals[at];
}

// Positions of the values beyond the ends: how many, and the first.
struct Outside {
  std::size_t count = 0, first = 0;
};
Outside values_outside(const passes::ObservedDistribution& distribution, const BoundData& data) {
  Outside found;
  const auto given = data.arrays.find(distribution.site);
  if (given == data.arrays.end()) return found;
  const HostArray& field = given->second;
  const bool is_whole = field.type.scalar == ir::Scalar::i64;
  const std::size_t size = is_whole ? field.integers.size() : field.reals.size();
  for (std::size_t k = 0; k < size; ++k) {
    const double value = is_whole ? static_cast<double>(field.integers[k]) : field.reals[k];
    const auto lower = bound_at(distribution.lower, field, data, k),
               upper = bound_at(distribution.upper, field, data, k);
    if ((!lower || value >= *lower) && (!upper || value <= *upper)) continue;
    if (found.count++ == 0) found.first = k;
  }
  return found;
}

class Reports {
 public:
  explicit Reports(const BoundData& data) : data_(data) {}

  void add(const passes::ObservedDistribution& distribution, const std::string& value,
           const std::string& support, std::size_t count) {
    auto& diagnostic = sink_.report(Code::observed_outside_support, distribution.place,
                                    {value, distribution.name, support});
    if (count > 1) diagnostic.note(count == 2 ? "so is 1 more" : fmt::format("so are {} more", count - 1));
    diagnostic.suggest((distribution.is_of_data
                            ? "correct the data"
                            : "look at the data that `" + distribution.site + "` is computed from") +
                       ", or choose a distribution that holds all of its values");
  }

  void add_field(const passes::ObservedField& observed) {
    const auto found = data_.arrays.find(observed.distribution.site);
    if (found == data_.arrays.end()) return;
    const HostArray& field = found->second;
    if (observed.support != nullptr && observed.support->event_rank > 0) {
      const auto broken = violations(observed.distribution.site, *observed.support, field.reals, field.shape);
      if (!broken.empty())
        add(observed.distribution, broken.front().first,
            fmt::format("`{}`: it {}", observed.support->name, broken.front().second), broken.size());
    } else if (const Outside outside = values_outside(observed.distribution, data_); outside.count > 0) {
      add(observed.distribution, indexed_name(observed.distribution.site, field.shape, outside.first),
          support_text(observed.distribution), outside.count);
    }
  }

  Status status() const { return sink_.has_errors() ? Status(sink_.sorted()) : Status(Done{}); }

 private:
  const BoundData& data_;
  Sink sink_;
};

// Observations under loops and conditions, and of what is computed.
void interpret_others(const ir::Module& density, const BoundData& data, Reports& reports) {
  const auto is_inside = [&](const passes::ObservedDistribution& distribution) {
    return distribution.is_of_data && values_outside(distribution, data).count == 0;
  };
  const auto found_first = passes::bounded_distributions(density);
  // A field whose values all lie within the ends needs no look at which of them are observed.
  if (std::all_of(found_first.begin(), found_first.end(), is_inside)) return;
  const ir::Module inlined = passes::inline_calls(density);
  const auto distributions = passes::bounded_distributions(inlined);
  const ir::Module module = passes::outside_support(inlined);
  const ir::Func* func = module.find("outside_support");
  if (func == nullptr) return;
  std::vector<ir::Tensor> arguments;
  for (const ir::Param& param : func->params) {
    // Where data are left out on purpose, as for a simulation, there is nothing to look at yet.
    if (param.role == ir::Role::data && !data.arrays.contains(param.name)) return;
    arguments.push_back(tensor_of(param, *func, data));
  }
  Sizes sizes = data.sizes;
  ir::complete_sizes(module, sizes);
  const auto flags = ir::interpret(module, "outside_support", arguments, sizes);
  if (!flags) return;  // what it cannot compute the model will say
  for (std::size_t k = 0; k < distributions.size(); ++k) {
    const auto& found = (*flags)[k].values;
    const auto first = std::find_if(found.begin(), found.end(), [](double flag) { return flag != 0; });
    if (first == found.end()) continue;
    const auto count = static_cast<std::size_t>(
        std::count_if(first, found.end(), [](double flag) { return flag != 0; }));
    std::string value = indexed_name(distributions[k].site, (*flags)[k].shape,
                                     static_cast<std::size_t>(first - found.begin()));
    if (distributions[k].is_of_data) {  // the place in the loop need not be that in the field
      const Outside outside = values_outside(distributions[k], data);
      value = outside.count == count
                  ? indexed_name(distributions[k].site, data.arrays.at(distributions[k].site).shape,
                                 outside.first)
                  : distributions[k].site;
    }
    reports.add(distributions[k], value, support_text(distributions[k]), count);
  }
}

}  // namespace

Status check_observed_support(const ir::Module& density, const BoundData& data) {
  Reports reports(data);
  for (const auto& field : passes::observed_fields(density))
    reports.add_field(field);
  interpret_others(density, data, reports);
  return reports.status();
}

}  // namespace elba
