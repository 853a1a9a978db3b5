// data_fields: what Data holds, before it meets a model.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace elba {

struct DataField {
  std::vector<std::int64_t> shape;
  std::vector<double> values;             // row-major; NaN where missing
  std::vector<std::size_t> missing;       // positions, ascending
};
using DataFields = std::map<std::string, DataField>;

}  // namespace elba
