#include "api/model/bind.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "api/model/handles.h"
#include "api/model/infinite_data.h"
#include "api/model/memory.h"
#include "api/model/sizes.h"
#include "runtime/control/interruption.h"

namespace elba {

namespace {

using DataField = runtime::Field;

constexpr std::size_t values_between_looks = 65536;  // at whether the work is to end
// Reports of one kind about a field; the last of them counts the rest.
constexpr std::size_t most_reports = 5;

class Binder {
 public:
  Binder(const Signature& signature, const ir::Module& density, const runtime::DataSet& data,
         const DataWords& words)
      : signature_(signature), density_(density), given_(data), words_(words) {}

  Result<BoundData> run() {
    // All mistakes of a data file in one run: what is wrong with one field, or one element, leaves the others
    // to be looked at.
    for (const auto& error : given_.unreadable)
      if (error.field.empty()) sink_.report(Code::data_syntax, {}, {error.message}).suggest(error.help);
    find_undeclared();
    report_missing();
    const auto found = find_sizes(signature_, density_, given_, words_, broken_, undeclared_, sink_);
    bound_.sizes = found.sizes;
    misspelt_.insert(found.misspelt.begin(), found.misspelt.end());
    broken_.insert(found.misfits.begin(), found.misfits.end());
    for (const auto& field : signature_.data)
      if (const DataField* given = find(field.name); given != nullptr) {
        const bool is_sound = check_values(field, *given);
        lay_out(field, *given, is_sound);
      }
    if (runtime::is_stopped()) return interrupted();
    check_requirements();
    warn_unused();
    if (sink_.has_errors()) return first_reports(sink_.sorted(), sink_.dropped());
    return {std::move(bound_), first_reports(sink_.sorted(), sink_.dropped())};
  }

 private:
  const DataField* find(const std::string& name) const { return given_.find(name); }

  // Reports of one kind about one field: the first few, and how many more there are.
  struct Kind {
    std::vector<Diagnostic> reports;
    std::size_t count = 0;

    Diagnostic* next(Code code, Span span, std::vector<std::string> arguments) {
      if (++count > most_reports) return nullptr;
      reports.push_back(make_diagnostic(code, span, std::move(arguments)));
      return &reports.back();
    }
    void hand_over(Sink& sink, const std::string& what) {
      if (count > most_reports)
        reports.back().note(fmt::format("and {} more {} like this", count - most_reports,
                                        count - most_reports == 1 ? what : what + "s"));
      for (Diagnostic& report : reports)
        sink.add(std::move(report));
    }
  };

  void find_undeclared() {
    std::set<std::string> declared;
    for (const auto& field : signature_.data)
      declared.insert(field.name);
    for (const auto& dim : signature_.dims)
      declared.insert(dim.name);
    for (const auto& [name, value] : given_.fields)
      if (!declared.contains(name)) undeclared_.push_back(name);
  }

  // What the reader could make no numbers of; reported only where the model asks for it.
  bool report_unreadable(const std::string& name, const std::string& declared, Span span) {
    bool found = false;
    for (const auto& error : given_.unreadable) {
      if (error.field != name) continue;
      found = true;
      if (error.kind == runtime::DataErrorKind::ragged)
        sink_.report(Code::data_ragged, span, {name + error.index, error.message, name, declared})
            .note("all rows of an array have one length");
      else {
        auto& report = sink_.report(Code::data_not_numeric, span,
                                    {name + error.index, error.value, name, declared});
        if (declared.starts_with("int"))
          report.suggest("levels are numbers: code them as 1, 2, ..");
        else
          report.note(error.message);
      }
    }
    return found;
  }

  void report_missing() {
    for (const auto& field : signature_.data) {
      const bool unreadable = report_unreadable(field.name, field.declared, field.span);
      if (find(field.name) != nullptr) continue;
      broken_.insert(field.name);
      if (unreadable) continue;
      auto& diagnostic = sink_.report(Code::data_missing, field.span, {field.name});
      if (const auto near = nearest_name(field.name, undeclared_); !near.empty()) {
        diagnostic.suggest("the data have `" + near + "`; did you mean `" + field.name + "`?");
        misspelt_.insert(near);
      } else {
        diagnostic.suggest("add `" + field.name + "` to the data, as `" + field.declared + "`");
      }
    }
    for (const auto& dim : signature_.dims)
      if (report_unreadable(dim.name, "dim " + dim.name, dim.span)) broken_.insert(dim.name);
  }

  // What is wrong with the values of a field, by kind.
  struct ValueReports {
    Kind missing, infinite, fractions, outside;
    bool has_zeros = false;
  };

  void report_infinite(const Signature::DataField& field, const DataField& given, std::size_t k, Kind& kind) {
    const std::string word = written(words_, field.name, k, given.values[k]);
    const bool is_number = word.find_first_of("0123456789") != std::string::npos;
    auto* report = kind.next(
        Code::data_out_of_bounds, field.span,
        {indexed_name(field.name, given.shape, k),
         "is " + word +
             (is_number ? ", too large for a number of 64 bits" : ", which is no number to compute with"),
         field.name, field.declared});
    if (report != nullptr && kind.count == 1)
      report->suggest(
          "correct the value, or drop the rows with such values; only a limit of `censored` and a "
          "declared bound may be infinite");
  }

  void report_outside(const Signature::DataField& field, const DataField& given, std::size_t k,
                      ValueReports& reports) {
    const double value = given.values[k];
    const auto low = bound_value(field.lower, field, k), high = bound_value(field.upper, field, k);
    if ((!low || value >= *low) && (!high || value <= *high)) return;
    auto* report = reports.outside.next(
        Code::data_out_of_bounds, field.span,
        {indexed_name(field.name, given.shape, k), fmt::format("is {}", value), field.name, field.declared});
    if (report == nullptr) return;
    if (const std::string sizes = bounds_text(field, k); !sizes.empty())
      report->note("here " + sizes +
                   (field.upper_reason.empty()
                        ? ""
                        : ", and `" + field.upper_reason + "` says that no value is above it"));
    if (field.type.scalar == ir::Scalar::i64 && value == 0 && low && *low == 1 && !reports.has_zeros) {
      report->suggest("indices count from 1: add 1 to every element of `" + field.name + "`");
      reports.has_zeros = true;
    } else if (reports.outside.count == 1) {
      report->suggest("correct the value, or declare `" + field.name + "` with bounds that hold it");
    }
  }

  void check_value(const Signature::DataField& field, const DataField& given, std::size_t k,
                   ValueReports& reports) {
    const double value = given.values[k];
    const bool whole = field.type.scalar == ir::Scalar::i64;
    const auto name = [&] { return indexed_name(field.name, given.shape, k); };
    if (std::isnan(value)) {
      if (auto* report = reports.missing.next(Code::data_value_missing, field.span,
                                              {name(), field.name, field.declared});
          report != nullptr && reports.missing.count == 1)
        report->suggest("drop the rows with missing values, or fill them in");
    } else if (std::isinf(value) && (whole || !may_be_infinite(field.name))) {
      report_infinite(field, given, k, reports.infinite);
    } else if (whole && value == std::floor(value) && std::fabs(value) >= exact_integers) {
      if (auto* report = reports.outside.next(
              Code::data_out_of_bounds, field.span,
              {name(), "is " + written(words_, field.name, k, value) + ", too large to be held exactly",
               field.name, field.declared});
          report != nullptr && reports.outside.count == 1)
        report->note("whole numbers reach to 2^53 - 1, which is 9007199254740991")
            .suggest("count in larger units, or declare `" + field.name + "` as `real`");
    } else if (whole && value != std::floor(value)) {
      if (auto* report = reports.fractions.next(
              Code::data_not_whole, field.span,
              {name(), fmt::format("{}", value), field.name, field.declared});
          report != nullptr && reports.fractions.count == 1)
        report->suggest("correct the value, or declare `" + field.name + "` as `real`");
    } else {
      report_outside(field, given, k, reports);
    }
  }

  // Whole numbers, bounds, nothing missing: element by element, also where the shape is wrong.
  bool check_values(const Signature::DataField& field, const DataField& given) {
    ValueReports reports;
    for (std::size_t k = 0, unread = 0; k < given.values.size(); ++k) {
      if (k % values_between_looks == 0 && runtime::is_stopped()) return false;
      if (unread < given.unread.size() && given.unread[unread] == k)
        ++unread;  // reported already
      else
        check_value(field, given, k, reports);
    }
    const bool is_sound = given.unread.empty() && reports.missing.count + reports.infinite.count +
                                                          reports.fractions.count + reports.outside.count ==
                                                      0;
    reports.missing.hand_over(sink_, "missing value");
    reports.infinite.hand_over(sink_, "value");
    reports.fractions.hand_over(sink_, "value");
    reports.outside.hand_over(sink_, "value");
    return is_sound;
  }

  bool may_be_infinite(const std::string& name) {
    if (!infinite_) infinite_ = data_that_may_be_infinite(signature_, density_);
    return infinite_->contains(name);
  }

  void lay_out(const Signature::DataField& field, const DataField& given, bool is_sound) {
    if (broken_.contains(field.name)) return;
    HostArray array;
    array.type = field.type;
    std::size_t count = 1;
    for (const ir::Dim& dim : field.type.shape) {
      const auto size = dim.evaluate(bound_.sizes);
      if (!size && !exceeds_numbers(dim, bound_.sizes)) return;  // of a size that could not be found
      if (size) array.shape.push_back(*size);
      if (size &&
          !__builtin_mul_overflow(count, static_cast<std::size_t>(std::max<std::int64_t>(*size, 0)), &count))
        continue;
      sink_.add(no_machine_holds("`" + field.name + "`", field.span)
                    .note("`" + field.name + "` is declared `" + field.declared + "`"));
      return;
    }
    const bool lone = given.shape.empty() && field.type.rank() == 1;
    const bool empty = given.values.empty() && count == 0;
    if (!empty && (lone ? array.shape != std::vector<std::int64_t>{1} : array.shape != given.shape)) {
      sink_
          .report(Code::data_shape, field.span,
                  {field.name, shape_text(given.shape), "`" + field.declared + "`"})
          .note("that is " + shape_text(array.shape) + " here");
      return;
    }
    if (!is_sound) return;
    Kind broken;
    for (const auto& [element, found] :
         violations(field.name, ir::support_info(field.support), given.values, array.shape))
      if (auto* report = broken.next(Code::data_out_of_bounds, field.span,
                                     {element, found, field.name, field.declared});
          report != nullptr && broken.count == 1)
        report->suggest("correct the data, or declare `" + field.name +
                        ": real[..]` for numbers without this constraint");
    broken.hand_over(sink_, "value");
    if (field.type.scalar == ir::Scalar::i64) {
      array.integers.assign(given.values.begin(), given.values.end());
      if (array.integers.empty()) array.integers.reserve(1);
    } else {
      array.reals = given.values;
      if (array.reals.empty()) array.reals.reserve(1);
    }
    bound_.arrays[field.name] = std::move(array);
  }

  // The value of a bound at a position; a bound by another field may be a scalar or an array of the same
  // shape.
  std::optional<double> bound_value(const ir::Bound& bound, const Signature::DataField& field,
                                    std::size_t position) const {
    if (const auto* number = std::get_if<double>(&bound)) return *number;
    if (const auto* dim = std::get_if<ir::Dim>(&bound)) {
      const auto size = dim->evaluate(bound_.sizes);
      return size ? std::optional<double>(static_cast<double>(*size)) : std::nullopt;
    }
    if (const auto* name = std::get_if<std::string>(&bound)) {
      const DataField* other = find(*name);
      if (other == nullptr || (!other->shape.empty() && other->shape != find(field.name)->shape))
        return std::nullopt;
      const double value = other->values[other->shape.empty() ? 0 : position];
      return std::isnan(value) ? std::nullopt : std::optional(value);
    }
    return std::nullopt;
  }

  // "`J` is 2": the sizes and data that the bounds name.
  std::string bounds_text(const Signature::DataField& field, std::size_t position) const {
    std::vector<std::string> parts;
    for (const ir::Bound* bound : {&field.lower, &field.upper}) {
      if (const auto* dim = std::get_if<ir::Dim>(bound))
        for (const std::string& symbol : dim->symbols())
          if (bound_.sizes.contains(symbol))
            parts.push_back(fmt::format("`{}` is {}", symbol, bound_.sizes.at(symbol)));
      if (const auto* name = std::get_if<std::string>(bound))
        if (const auto value = bound_value(*bound, field, position))
          parts.push_back(
              fmt::format("`{}` is {}", indexed_name(*name, find(*name)->shape, position), *value));
    }
    parts.erase(std::unique(parts.begin(), parts.end()), parts.end());
    return fmt::format("{}", fmt::join(parts, " and "));
  }

  void check_requirements() {
    for (const auto& requirement : signature_.requirements) {
      const auto value = requirement.value.evaluate(bound_.sizes);
      if (!value || *value >= 0) continue;  // also of a size that could not be found
      std::string sizes;
      for (const std::string& symbol : requirement.value.symbols())
        sizes += fmt::format("{}`{}` is {}", sizes.empty() ? "" : " and ", symbol,
                             bound_.sizes.contains(symbol) ? bound_.sizes.at(symbol) : -1);
      sink_.report(Code::data_size_too_small, requirement.span, {requirement.reason, sizes});
    }
  }

  void warn_unused() {
    for (const std::string& name : undeclared_)
      if (!misspelt_.contains(name)) sink_.report(Code::data_not_used, {}, {name});
  }

  const Signature& signature_;
  const ir::Module& density_;
  const runtime::DataSet& given_;
  const DataWords& words_;
  std::optional<std::set<std::string>> infinite_;  // data that may be; known once it is asked for
  BoundData bound_;
  Sink sink_;
  std::vector<std::string> undeclared_;  // names of the data that the model does not have
  std::set<std::string> misspelt_;       // those of them that stand for a name that is missing
  // Fields that have been reported as missing, misshapen or at odds with a size.
  std::set<std::string> broken_;
};

}  // namespace

std::string indexed_name(const std::string& name, const std::vector<std::int64_t>& shape,
                         std::size_t position) {
  if (shape.empty()) return name;
  std::vector<std::int64_t> index(shape.size());
  auto rest = static_cast<std::int64_t>(position);
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    index[axis] = rest % std::max<std::int64_t>(shape[axis], 1) + 1;
    rest /= std::max<std::int64_t>(shape[axis], 1);
  }
  std::string text = name + "[";
  for (std::size_t axis = 0; axis < index.size(); ++axis)
    text += (axis ? "," : "") + std::to_string(index[axis]);
  return text + "]";
}

std::vector<std::pair<std::string, std::string>> violations(const std::string& name,
                                                            const ir::SupportInfo& support,
                                                            std::span<const double> values,
                                                            const std::vector<std::int64_t>& shape) {
  std::vector<std::pair<std::string, std::string>> found;
  if (support.event_rank == 0) return found;
  const std::span<const std::int64_t> event(shape.end() - support.event_rank, shape.end());
  std::size_t count = 1;
  for (std::int64_t size : event)
    count *= static_cast<std::size_t>(std::max<std::int64_t>(size, 0));
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

Result<BoundData> bind_data(const Signature& signature, const ir::Module& density,
                            const runtime::DataSet& data, const DataWords& words) {
  return Binder(signature, density, data, words).run();
}

}  // namespace elba
