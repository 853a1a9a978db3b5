// data: known quantities from text, by name. JSON as CmdStan reads it, and CSV of which each column is a
// vector.
//
//     {"N": 2, "x": [[1, 2], [3, null]]}   ->   N: [] 2    x: [2, 2] row-major, missing {3}
//
// The text is untrusted: sizes and depth are limited, nothing throws, every error names the field, the
// place in it and the value. What cannot be read (text, ragged rows) does not stop the rest: it is listed,
// for the case that a model has its field. Not here: what a model demands of a field (whole numbers,
// bounds, shapes); objects and complex numbers as values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace elba::runtime {

enum class DataErrorKind {
  syntax,          // the text is not JSON or CSV; `line` and `column` say where
  not_an_object,   // the outermost JSON value is not an object
  interrupted,     // the work was told to end (interruption.h)
  too_large,       // more elements, names or bytes than the limits
  too_deep,        // more axes than the limit
  duplicate_name,  // two fields of one name
  ragged,          // rows of unequal length, or numbers beside arrays
  not_a_number     // text, true or false in arrays of numbers, an object
};

struct DataError {
  DataErrorKind kind = DataErrorKind::syntax;
  std::string field;                 // empty when no field is concerned
  std::string index;                 // 1-based place in the field, "[3, 2]"; empty for the whole field
  std::string value;                 // as written, shortened
  std::string message;               // one sentence, without final stop
  std::string help;                  // what to write instead; perhaps empty
  std::size_t line = 0, column = 0;  // 1-based, bytes; 0 when unknown
};

struct Field {
  std::vector<std::int64_t> shape;   // empty: a scalar
  std::vector<double> values;        // row-major; nan where missing
  bool all_integers = true;          // every value that is not missing is whole and exact in a double
  std::vector<std::size_t> missing;  // positions in `values`, ascending
  // Likewise, of values that are no numbers: nan, each listed in `unreadable`.
  std::vector<std::size_t> unread;
};

struct DataSet {
  std::map<std::string, Field, std::less<>> fields;
  std::vector<std::string> order;  // the names as the text gives them
  // Elements that are no numbers, fields that were left out (ragged, or nothing but text), rows of a table
  // that do not fit (no field).
  std::vector<DataError> unreadable;

  [[nodiscard]] const Field* find(std::string_view name) const;
};

struct DataLimits {
  std::size_t unread = 5;  // elements of a field that are no numbers; with more it is left out
  std::size_t bytes = std::size_t{1} << 31;
  std::size_t elements = 100'000'000;  // over all fields
  std::size_t names = 100'000;
  int axes = 16;
};

struct DataResult {
  DataSet data;
  std::optional<DataError> error;  // set: the text could not be read at all
};

[[nodiscard]] DataResult read_json_data(std::string_view text, const DataLimits& limits = {});
[[nodiscard]] DataResult read_csv_data(std::string_view text, const DataLimits& limits = {});

// Row-major position -> "[3, 2]", 1-based; "" for a scalar.
[[nodiscard]] std::string index_text(const std::vector<std::int64_t>& shape, std::size_t position);

// The number that a token stands for: JSON numbers, also NaN, Inf, Infinity with a sign. `is_missing` is set
// for null, NA, NaN and "".
[[nodiscard]] std::optional<double> read_number(std::string_view token, bool& is_missing);

}  // namespace elba::runtime
