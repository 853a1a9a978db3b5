// number_text: the numbers of a data file as they were written, where a double does not hold them:
// `9007199254740993`, `1e400`.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "runtime/data/data.h"

namespace elba {

// By field and position, row-major; the first few of each field.
using DataWords = std::map<std::string, std::map<std::size_t, std::string>>;

// `set` is what was read from the text. Looks at the text again only where some value is as large.
[[nodiscard]] DataWords json_words(std::string_view text, const runtime::DataSet& set);
[[nodiscard]] DataWords csv_words(std::string_view text, const runtime::DataSet& set);

// The number as it was written, or as it was read where it is not known.
[[nodiscard]] std::string written(const DataWords& words, const std::string& name, std::size_t position,
                                  double value);

// From here on neighbouring whole numbers share a double.
constexpr double exact_integers = 9007199254740992.0;

}  // namespace elba
