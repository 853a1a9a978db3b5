// data: the host's data, from text or arrays.
#include <algorithm>
#include <cmath>

#include "api/internal.h"
#include "runtime/interruption.h"

namespace elba {

namespace {

// The byte of a line and column that count from 1.
std::uint32_t offset_of(std::string_view text, std::size_t line, std::size_t column) {
  std::size_t at = line == 1 && text.starts_with("\xEF\xBB\xBF") ? 3 : 0;  // a byte order mark is no part of line 1
  for (; line > 1; --line) at = std::min(text.find('\n', at), text.size() - 1) + 1;
  return static_cast<std::uint32_t>(std::min(at + column - 1, text.size()));
}

using Words = DataWords (*)(std::string_view, const runtime::DataSet&);

Result<Data> from(runtime::DataResult read, std::string_view text, Words words, const std::string& name, const std::shared_ptr<Data::Impl>& impl, Data data) {
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
  impl->words = words(text, read.data);
  impl->set = std::move(read.data);
  return data;
}

}  // namespace

Data::Data() : impl_(std::make_shared<Impl>()) {}

Result<Data> Data::from_json(std::string_view text, std::string name) {
  Data data;
  return from(runtime::read_json_data(text), text, json_words, name, data.impl_, data);
}

Result<Data> Data::from_csv(std::string_view text, std::string name) {
  Data data;
  return from(runtime::read_csv_data(text), text, csv_words, name, data.impl_, data);
}

void Data::set(std::string name, std::vector<std::int64_t> shape, std::vector<double> values) {
  // Copies share their fields until one of them changes.
  if (impl_.use_count() > 1) impl_ = std::make_shared<Impl>(*impl_);
  runtime::Field field;
  field.shape = std::move(shape);
  field.values = std::move(values);
  for (std::size_t k = 0; k < field.values.size(); ++k) {
    if (std::isnan(field.values[k])) field.missing.push_back(k);
    field.all_integers = field.all_integers && field.values[k] == std::floor(field.values[k]);
  }
  if (impl_->set.find(name) == nullptr) impl_->set.order.push_back(name);
  impl_->words.erase(name);
  impl_->set.fields[std::move(name)] = std::move(field);
}

}  // namespace elba
