// data: the host's data, from text or arrays.
#include <algorithm>
#include <cmath>
#include <utility>

#include "api/model/guarded.h"
#include "api/model/handles.h"
#include "api/model/sizes.h"
#include "runtime/control/interruption.h"

namespace elba {

namespace {

// The byte of a line and column that count from 1.
std::uint32_t offset_of(std::string_view text, std::size_t line, std::size_t column) {
  // A byte order mark is no part of line 1.
  std::size_t at = line == 1 && text.starts_with("\xEF\xBB\xBF") ? 3 : 0;
  for (; line > 1; --line)
    at = std::min(text.find('\n', at), text.size() - 1) + 1;
  return static_cast<std::uint32_t>(std::min(at + column - 1, text.size()));
}

using Words = DataWords (*)(std::string_view, const runtime::DataSet&);

Result<std::shared_ptr<Data::Impl>> from(runtime::DataResult read, std::string_view text, Words words,
                                         const std::string& name) {
  if (runtime::is_stopped()) return interrupted();
  if (read.error) {
    Span span;
    if (read.error->line > 0) span.begin = offset_of(text, read.error->line, read.error->column);
    span.end = span.begin + 1;
    auto diagnostic = make_diagnostic(Code::data_syntax, span, {read.error->message});
    diagnostic.file = name;
    diagnostic.suggest(read.error->help);
    return diagnostic;
  }
  auto impl = std::make_shared<Data::Impl>();
  impl->words = words(text, read.data);
  impl->set = std::move(read.data);
  return impl;
}

std::string counted(std::size_t count) { return std::to_string(count) + (count == 1 ? " value" : " values"); }

// Whether as many values were given as the shape holds.
Status check_length(const std::string& name, const std::vector<std::int64_t>& shape, std::size_t given) {
  std::int64_t count = 1;
  bool is_counted = true;
  for (const std::int64_t size : shape) {
    if (size < 0)
      return make_diagnostic(Code::data_extent, {},
                             {name, shape_text(shape), "in which an extent is negative"})
          .suggest("give the length of each axis, 0 or more");
    is_counted = is_counted && !__builtin_mul_overflow(count, size, &count);
  }
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) count = 0, is_counted = true;
  if (!is_counted)
    return make_diagnostic(Code::data_extent, {},
                           {name, shape_text(shape), "which holds more values than can be counted"})
        .suggest("give the length of each axis; " + counted(given) + " were given");
  if (static_cast<std::size_t>(count) == given) return Done{};
  auto diagnostic = make_diagnostic(Code::data_length, {},
                                    {name, std::to_string(given), given == 1 ? "value" : "values",
                                     shape.empty() ? "[]" : shape_text(shape), std::to_string(count)});
  const std::string wanted = shape.empty() ? "give one value"
                                           : "give " + counted(static_cast<std::size_t>(count)) +
                                                 (shape.size() > 1 ? ", row by row" : "");
  return diagnostic.suggest(wanted + (shape.size() <= 1 ? ", or the shape [" + std::to_string(given) + "]"
                                                        : ", or the shape that they have"));
}

void store(Data::Impl& impl, std::string name, std::vector<std::int64_t> shape, std::vector<double> values) {
  runtime::Field field;
  field.shape = std::move(shape);
  field.values = std::move(values);
  for (std::size_t k = 0; k < field.values.size(); ++k) {
    if (std::isnan(field.values[k])) field.missing.push_back(k);
    field.all_integers = field.all_integers && field.values[k] == std::floor(field.values[k]);
  }
  if (impl.set.find(name) == nullptr) impl.set.order.push_back(name);
  impl.words.erase(name);
  impl.set.fields[std::move(name)] = std::move(field);
}

}  // namespace

const Data::Impl& Data::impl() const {
  static const Impl none;
  return impl_ ? *impl_ : none;
}

Status check_set(const Data& data) {
  if (data.is_short()) return out_of_memory();
  std::vector<Diagnostic> all;
  for (const auto& [name, diagnostic] : data.impl().refused)
    all.push_back(diagnostic);
  if (!all.empty()) return all;
  return Done{};
}

Result<Data> Data::from_json(std::string_view text, std::string name) {
  return guarded([&]() -> Result<Data> {
    auto impl = from(runtime::read_json_data(text), text, json_words, name);
    if (!impl) return impl.diagnostics();
    Data data;
    data.impl_ = std::move(*impl);
    return data;
  });
}

Result<Data> Data::from_csv(std::string_view text, std::string name) {
  return guarded([&]() -> Result<Data> {
    auto impl = from(runtime::read_csv_data(text), text, csv_words, name);
    if (!impl) return impl.diagnostics();
    Data data;
    data.impl_ = std::move(*impl);
    return data;
  });
}

Status Data::set(std::string name, std::vector<std::int64_t> shape, std::vector<double> values) {
  // Whatever cannot be kept makes these data, and their copies, unfit to be bound: what was there before must
  // not stand in its place.
  const bool was_short = std::exchange(is_short_, true);
  return guarded([&]() -> Status {
    // Copies share their fields until one of them changes.
    if (impl_ == nullptr)
      impl_ = std::make_shared<Impl>();
    else if (impl_.use_count() > 1)
      impl_ = std::make_shared<Impl>(*impl_);
    impl_->refused.erase(name);
    if (auto fits = check_length(name, shape, values.size()); !fits) {
      impl_->refused.emplace(name, fits.diagnostics()[0]);
      is_short_ = was_short;
      return fits;
    }
    store(*impl_, std::move(name), std::move(shape), std::move(values));
    is_short_ = was_short;
    return Done{};
  });
}

}  // namespace elba
