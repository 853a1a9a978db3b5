// data: the host's data, from text or arrays.
#include <cmath>

#include "api/internal.h"

namespace elba {

namespace {

Result<Data> from(runtime::DataResult read, const std::string& name, const std::shared_ptr<Data::Impl>& impl, Data data) {
  if (read.error) {
    std::string message = read.error->message;
    if (read.error->line > 0) message += " (line " + std::to_string(read.error->line) + ", column " + std::to_string(read.error->column) + ")";
    auto diagnostic = make_diagnostic(Code::data_syntax, {}, {message});
    diagnostic.file = name;
    return diagnostic;
  }
  impl->set = std::move(read.data);
  return data;
}

}  // namespace

Data::Data() : impl_(std::make_shared<Impl>()) {}

Result<Data> Data::from_json(std::string_view text, std::string name) {
  Data data;
  return from(runtime::read_json_data(text), name, data.impl_, data);
}

Result<Data> Data::from_csv(std::string_view text, std::string name) {
  Data data;
  return from(runtime::read_csv_data(text), name, data.impl_, data);
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
  impl_->set.fields[std::move(name)] = std::move(field);
}

}  // namespace elba
