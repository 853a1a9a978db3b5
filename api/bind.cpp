#include "api/bind.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

namespace elba {

namespace {

using DataField = runtime::Field;

std::string shape_text(const std::vector<std::int64_t>& shape) {
  if (shape.empty()) return "a single number";
  std::string text = "[";
  for (std::size_t k = 0; k < shape.size(); ++k) text += (k ? ", " : "") + std::to_string(shape[k]);
  return text + "]";
}

std::string declared_shape(const ir::Type& type) {
  if (type.shape.empty()) return "a single number";
  std::string text = "[";
  for (std::size_t k = 0; k < type.shape.size(); ++k) text += (k ? ", " : "") + type.shape[k].text();
  return text + "]";
}

std::string bound_text(const ir::Bound& bound) {
  if (const auto* number = std::get_if<double>(&bound)) return fmt::format("{}", *number);
  if (const auto* dim = std::get_if<ir::Dim>(&bound)) return dim->text();
  if (const auto* name = std::get_if<std::string>(&bound)) return *name;
  return {};
}

std::string declaration(const Signature::DataField& field) {
  const auto& support = ir::support_info(field.support);
  if (support.event_rank > 0) {
    ir::Type written = field.type;
    written.shape.resize(written.shape.size() - static_cast<std::size_t>(support.event_rank - support.sizes));
    return std::string(support.name) + declared_shape(written);
  }
  std::string text = field.type.scalar == ir::Scalar::i64 ? "int" : "real";
  const std::string lower = bound_text(field.lower), upper = bound_text(field.upper);
  if (!lower.empty() && !upper.empty()) text += "<lower=" + lower + ", upper=" + upper + ">";
  else if (!lower.empty()) text += "<lower=" + lower + ">";
  else if (!upper.empty()) text += "<upper=" + upper + ">";
  if (!field.type.shape.empty()) text += declared_shape(field.type);
  return text;
}

class Binder {
 public:
  Binder(const Signature& signature, const runtime::DataSet& data) : signature_(signature), given_(data) {}

  Result<BoundData> run() {
    // All mistakes of a data file in one run: what is wrong with one field leaves the others to be looked at.
    report_missing();
    infer_sizes();
    for (const auto& field : signature_.data)
      if (const DataField* given = find(field.name); given != nullptr && !broken_.contains(field.name)) lay_out(field, *given);
    for (const auto& field : signature_.data)
      if (bound_.arrays.contains(field.name)) {
        check_bounds(field);
        check_support(field);
      }
    check_requirements();
    warn_unused();
    if (sink_.has_errors()) return sink_.sorted();
    return {std::move(bound_), sink_.sorted()};
  }

 private:
  const DataField* find(const std::string& name) const { return given_.find(name); }

  // A field that the reader had to leave out; reported only where the model asks for it.
  bool report_unreadable(const std::string& name, Span span) {
    for (const auto& error : given_.unreadable) {
      if (error.field != name) continue;
      report(Code::data_not_numeric, span, {name + error.index, error.value.empty() ? "not rectangular" : "`" + error.value + "`"}).note(error.message);
      return true;
    }
    return false;
  }

  Diagnostic& report(Code code, Span span, std::vector<std::string> arguments) {
    failed_ = failed_ || code_info(code).severity == Severity::error;
    return sink_.report(code, span, std::move(arguments));
  }

  void report_missing() {
    for (const auto& field : signature_.data) {
      if (find(field.name) != nullptr) continue;
      if (report_unreadable(field.name, field.span)) {
        broken_.insert(field.name);
        continue;
      }
      std::vector<std::string> given;
      for (const auto& [name, value] : given_.fields) given.push_back(name);
      broken_.insert(field.name);
      auto& diagnostic = report(Code::data_missing, field.span, {field.name});
      if (const auto near = nearest_name(field.name, given); !near.empty())
        diagnostic.suggest("the data hold `" + near + "`; give it the name `" + field.name + "`");
      else
        diagnostic.suggest("add `" + field.name + "` to the data, as `" + declaration(field) + "`");
    }
  }

  // A size and the field that fixed it, for messages about two that disagree.
  struct Known {
    std::int64_t size;
    std::string source;
  };

  bool fix(std::map<std::string, Known>& known, const std::string& dim, std::int64_t size, const std::string& source, Span span) {
    const auto [it, fresh] = known.try_emplace(dim, Known{size, source});
    if (fresh || it->second.size == size) return true;
    report(Code::data_size_conflict, span, {dim, std::to_string(size), source, std::to_string(it->second.size), it->second.source})
        .suggest("make the two agree");
    return false;
  }

  void infer_sizes() {
    std::map<std::string, Known> known;
    for (const auto& field : signature_.data) {
      const DataField* given = find(field.name);
      if (given == nullptr) continue;
      // A lone number stands for a vector of length one, as CmdStan writes it.
      const bool lone = given->shape.empty() && field.type.rank() == 1;
      // An empty array has no inner shape to show: [] is the right value of real[0, D].
      const bool empty = given->values.empty() && !given->shape.empty();
      if (static_cast<int>(given->shape.size()) != field.type.rank() && !lone && !empty) {
        report(Code::data_shape, field.span, {field.name, shape_text(given->shape), declared_shape(field.type)})
            .suggest(field.type.rank() == 0 ? fmt::format("give `{}` one number, or declare it with a shape", field.name)
                                            : fmt::format("give `{}` {} nested level{} of arrays", field.name, field.type.rank(), field.type.rank() == 1 ? "" : "s"));
        broken_.insert(field.name);
        continue;
      }
      for (std::size_t axis = 0; axis < std::min(field.type.shape.size(), std::max<std::size_t>(given->shape.size(), lone ? 1 : 0)); ++axis)
        if (const auto symbol = field.type.shape[axis].as_symbol(); symbol && !fix(known, *symbol, lone ? 1 : given->shape[axis], "`" + field.name + "`", field.span)) broken_.insert(field.name);
    }
    for (const auto& dim : signature_.dims) {
      const DataField* given = find(dim.name);
      if (given == nullptr) continue;
      if (!given->shape.empty() || given->values.size() != 1) {
        report(Code::data_shape, dim.span, {dim.name, shape_text(given->shape), "a dim, which is one whole number"});
        broken_.insert(dim.name);
      } else if (given->values[0] < 0 || given->values[0] != std::floor(given->values[0]) || given->values[0] > 1e15) {
        report(Code::data_not_whole, dim.span, {dim.name, fmt::format("{}", given->values[0]), dim.name, "a dim, which is a whole number from 0"});
        broken_.insert(dim.name);
      } else
        fix(known, dim.name, static_cast<std::int64_t>(given->values[0]), "the data's `" + dim.name + "`", dim.span);
    }
    for (const auto& dim : signature_.dims) {
      if (known.contains(dim.name)) continue;
      Sizes so_far;
      for (const auto& [name, size] : known) so_far[name] = size.size;
      const auto size = dim.default_value ? dim.default_value->evaluate(so_far) : std::nullopt;
      if (size)
        known[dim.name] = {*size, "its default"};
      else if (!waits_for(dim.name) && !broken_.contains(dim.name))
        report(Code::data_size_unknown, dim.span, {dim.name}).suggest("add `\"" + dim.name + "\": ..` to the data, a whole number");
    }
    for (const auto& [name, size] : known) bound_.sizes[name] = size.size;
  }

  // A size that a missing or misshapen field would have given has been spoken about.
  bool waits_for(const std::string& dim) const {
    for (const auto& field : signature_.data)
      for (const ir::Dim& extent : field.type.shape)
        if (const auto names = extent.symbols(); broken_.contains(field.name) && std::find(names.begin(), names.end(), dim) != names.end()) return true;
    return false;
  }

  void lay_out(const Signature::DataField& field, const DataField& given) {
    HostArray array;
    array.type = field.type;
    std::size_t count = 1;
    for (const ir::Dim& dim : field.type.shape) {
      const auto size = dim.evaluate(bound_.sizes);
      if (!size) return;  // of a size that could not be found
      array.shape.push_back(*size);
      count *= static_cast<std::size_t>(std::max<std::int64_t>(array.shape.back(), 0));
    }
    const bool lone = given.shape.empty() && field.type.rank() == 1;
    const bool empty = given.values.empty() && count == 0;
    if (!empty && (lone ? array.shape != std::vector<std::int64_t>{1} : array.shape != given.shape)) {
      std::vector<std::string> sizes;
      report(Code::data_shape, field.span, {field.name, shape_text(given.shape), declared_shape(field.type) + " = " + shape_text(array.shape)});
      return;
    }
    constexpr int most = 5;  // of one kind a field; the first few say enough
    int reported = 0;
    for (std::size_t position : given.missing) {
      if (++reported > most) break;
      report(Code::data_value_missing, field.span, {indexed_name(field.name, given.shape, position)})
          .suggest("drop the rows with missing values, or fill them in");
    }
    if (!given.missing.empty()) return;
    if (field.type.scalar == ir::Scalar::i64) {
      for (std::size_t k = 0; k < given.values.size(); ++k) {
        const double value = given.values[k];
        if (value == std::floor(value) && std::fabs(value) < 9e15) continue;
        if (++reported > most) break;
        report(Code::data_not_whole, field.span, {indexed_name(field.name, given.shape, k), fmt::format("{}", value), field.name, declaration(field)})
            .suggest("declare `" + field.name + "` real, or correct the value");
      }
      if (reported > 0) return;
      array.integers.assign(given.values.begin(), given.values.end());
      if (array.integers.empty()) array.integers.reserve(1);
    } else {
      for (std::size_t k = 0; k < given.values.size(); ++k) {
        if (!std::isnan(given.values[k])) continue;
        if (++reported > most) break;
        report(Code::data_value_missing, field.span, {indexed_name(field.name, given.shape, k)}).suggest("drop the rows with NaN, or fill them in");
      }
      if (reported > 0) return;
      array.reals = given.values;
      if (array.reals.empty()) array.reals.reserve(1);
    }
    bound_.arrays[field.name] = std::move(array);
  }

  // The value of a bound at a position; a bound by another field may be a scalar or an array of the same shape.
  std::optional<double> bound_value(const ir::Bound& bound, std::size_t position) const {
    if (const auto* number = std::get_if<double>(&bound)) return *number;
    if (const auto* dim = std::get_if<ir::Dim>(&bound)) {
      const auto size = dim->evaluate(bound_.sizes);
      return size ? std::optional<double>(static_cast<double>(*size)) : std::nullopt;
    }
    if (const auto* name = std::get_if<std::string>(&bound)) {
      const auto it = bound_.arrays.find(*name);
      if (it == bound_.arrays.end()) return std::nullopt;
      const HostArray& array = it->second;
      const std::size_t size = array.type.scalar == ir::Scalar::i64 ? array.integers.size() : array.reals.size();
      const std::size_t at = size == 1 ? 0 : position;
      if (at >= size) return std::nullopt;
      return array.type.scalar == ir::Scalar::i64 ? static_cast<double>(array.integers[at]) : array.reals[at];
    }
    return std::nullopt;
  }

  // "`J` is 2": the sizes and data that the bounds name.
  std::string sizes_text(const ir::Bound& lower, const ir::Bound& upper) const {
    std::string out;
    for (const ir::Bound* bound : {&lower, &upper}) {
      if (const auto* dim = std::get_if<ir::Dim>(bound))
        for (const std::string& symbol : dim->symbols())
          if (bound_.sizes.contains(symbol)) out += fmt::format("{}`{}` is {}", out.empty() ? "" : " and ", symbol, bound_.sizes.at(symbol));
      if (const auto* name = std::get_if<std::string>(bound))
        if (const auto value = bound_value(*bound, 0)) out += fmt::format("{}`{}` is {}", out.empty() ? "" : " and ", *name, *value);
    }
    return out;
  }

  void check_bounds(const Signature::DataField& field) {
    const HostArray& array = bound_.arrays[field.name];
    const bool whole = field.type.scalar == ir::Scalar::i64;
    const std::size_t count = whole ? array.integers.size() : array.reals.size();
    int reported = 0;
    for (std::size_t k = 0; k < count; ++k) {
      const double value = whole ? static_cast<double>(array.integers[k]) : array.reals[k];
      const auto low = bound_value(field.lower, k), high = bound_value(field.upper, k);
      const bool fits = (!low || value >= *low) && (!high || value <= *high);
      if (fits) continue;
      if (++reported > 5) return;
      auto& diagnostic = report(Code::data_out_of_bounds, field.span, {indexed_name(field.name, array.shape, k), fmt::format("is {}", value), field.name, declaration(field)});
      if (const std::string sizes = sizes_text(field.lower, field.upper); !sizes.empty()) diagnostic.note("here " + sizes);
      if (whole && value == 0 && low && *low == 1) diagnostic.suggest("indices are 1-based: add 1 to every element of `" + field.name + "`");
    }
  }

  void check_support(const Signature::DataField& field) {
    int reported = 0;
    const HostArray& array = bound_.arrays[field.name];
    for (const auto& [element, found] : violations(field.name, ir::support_info(field.support), array.reals, array.shape)) {
      if (++reported > 5) return;
      report(Code::data_out_of_bounds, field.span, {element, found, field.name, declaration(field)});
    }
  }

  void check_requirements() {
    for (const auto& requirement : signature_.requirements) {
      const auto value = requirement.value.evaluate(bound_.sizes);
      if (!value || *value >= 0) continue;  // also of a size that could not be found
      std::string sizes;
      for (const std::string& symbol : requirement.value.symbols())
        sizes += fmt::format("{}`{}` is {}", sizes.empty() ? "" : ", ", symbol, bound_.sizes.contains(symbol) ? bound_.sizes.at(symbol) : -1);
      report(Code::data_size_too_small, requirement.span, {requirement.reason, sizes});
    }
  }

  void warn_unused() {
    std::set<std::string> known;
    for (const auto& field : signature_.data) known.insert(field.name);
    for (const auto& dim : signature_.dims) known.insert(dim.name);
    for (const auto& [name, value] : given_.fields)
      if (!known.contains(name)) {
        auto& diagnostic = report(Code::data_not_used, {}, {name});
        std::vector<std::string> names(known.begin(), known.end());
        if (const auto near = nearest_name(name, names); !near.empty() && find(near) == nullptr) diagnostic.suggest("did you mean `" + near + "`?");
      }
  }

  const Signature& signature_;
  const runtime::DataSet& given_;
  BoundData bound_;
  Sink sink_;
  bool failed_ = false;
  std::set<std::string> broken_;  // fields that have been reported as missing, misshapen or at odds with a size
};

}  // namespace

std::string indexed_name(const std::string& name, const std::vector<std::int64_t>& shape, std::size_t position) {
  if (shape.empty()) return name;
  std::vector<std::int64_t> index(shape.size());
  auto rest = static_cast<std::int64_t>(position);
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    index[axis] = rest % std::max<std::int64_t>(shape[axis], 1) + 1;
    rest /= std::max<std::int64_t>(shape[axis], 1);
  }
  std::string text = name + "[";
  for (std::size_t axis = 0; axis < index.size(); ++axis) text += (axis ? "," : "") + std::to_string(index[axis]);
  return text + "]";
}

std::vector<std::pair<std::string, std::string>> violations(const std::string& name, const ir::SupportInfo& support, std::span<const double> values,
                                                            const std::vector<std::int64_t>& shape) {
  std::vector<std::pair<std::string, std::string>> found;
  if (support.event_rank == 0) return found;
  const std::span<const std::int64_t> event(shape.end() - support.event_rank, shape.end());
  std::size_t count = 1;
  for (std::int64_t size : event) count *= static_cast<std::size_t>(std::max<std::int64_t>(size, 0));
  for (std::size_t at = 0; count > 0 && at < values.size(); at += count) {
    const auto broken = ir::violation(support, values.subspan(at, count), event);
    if (!broken) continue;
    // The name as far as the violation goes: an element, a row or the whole value.
    std::vector<std::int64_t> axes(shape.begin(), shape.end() - support.event_rank);
    std::size_t position = at / count;
    for (std::size_t k = 0; k < broken->index.size(); ++k) {
      axes.push_back(event[k]);
      position = position * static_cast<std::size_t>(event[k]) + static_cast<std::size_t>(broken->index[k]);
    }
    found.emplace_back(indexed_name(name, axes, position), broken->found);
  }
  return found;
}

Result<BoundData> bind_data(const Signature& signature, const runtime::DataSet& data) { return Binder(signature, data).run(); }

}  // namespace elba
