// bind: data meet the signature of a model. Sizes follow from the shapes of the arrays; every field is
// checked against its declaration (shape, whole numbers, bounds, missing values) and laid out as compiled
// code reads it. All mistakes are reported in one run, each naming field, index, value and the declaration
// that it violates.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "api/model/number_text.h"
#include "frontend/frontend.h"
#include "runtime/data/data.h"
#include "support/result.h"

namespace elba {

using Sizes = std::map<std::string, std::int64_t>;

// One data parameter in memory: reals or integers, row-major. A scalar is one element.
struct HostArray {
  ir::Type type;
  std::vector<std::int64_t> shape;
  std::vector<double> reals;
  std::vector<std::int64_t> integers;

  [[nodiscard]] const void* address() const {
    return type.scalar == ir::Scalar::i64 ? static_cast<const void*>(integers.data()) : reals.data();
  }
};

struct BoundData {
  Sizes sizes;                              // of the model's dims
  std::map<std::string, HostArray> arrays;  // by data name
};

// `words`: numbers as they were written. `density`: says which data may be infinite.
[[nodiscard]] Result<BoundData> bind_data(const Signature& signature, const ir::Module& density,
                                          const runtime::DataSet& data, const DataWords& words);

// "theta[2, 3]": 1-based place of a row-major position.
[[nodiscard]] std::string indexed_name(const std::string& name, const std::vector<std::int64_t>& shape,
                                       std::size_t position);

// What the values of a constrained type break: the element, row or value by name, and what was found there
// ("sums to 0.9, not to 1").
[[nodiscard]] std::vector<std::pair<std::string, std::string>> violations(
    const std::string& name, const ir::SupportInfo& support, std::span<const double> values,
    const std::vector<std::int64_t>& shape);

}  // namespace elba
