// sizes: the sizes of a model's dims, from the shapes of the arrays that are given.
//
//     data X: real[N, D]; data y: real[N];   {"X": 3 rows of 2, "y": 4 numbers}
//       ->  N is 4 by `y`, but 3 by the rows of `X`
//
// Where arrays differ about a size, the size that most of them have is taken to be right, and the others are
// reported.
#pragma once

#include <set>
#include <string>

#include "api/model/bind.h"

namespace elba {

struct FoundSizes {
  Sizes sizes;
  std::set<std::string> misfits;   // fields whose shape has been reported
  std::set<std::string> misspelt;  // names of the data that a report offers for one that is missing
};

// `broken` are fields that are missing or cannot be read; `undeclared` the names of the data that the model
// does not have.
[[nodiscard]] FoundSizes find_sizes(const Signature& signature, const ir::Module& density,
                                    const runtime::DataSet& data, const DataWords& words,
                                    const std::set<std::string>& broken,
                                    const std::vector<std::string>& undeclared, Sink& sink);

// Whether a size has no value only because it is more than a number of 64 bits holds.
[[nodiscard]] bool exceeds_numbers(const ir::Dim& dim, const Sizes& sizes);

// "[3, 2]" of an array, "a single number" of none.
[[nodiscard]] std::string shape_text(const std::vector<std::int64_t>& shape);

}  // namespace elba
