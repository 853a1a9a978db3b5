// data: what both readers share, and the look-ups on a data set.
#include "runtime/data/data.h"

#include <charconv>
#include <cmath>
#include <limits>

#include "runtime/data/fields.h"

namespace elba::runtime {

namespace {

constexpr double exact_integers = 9007199254740992.0;  // 2^53: from here on neighbours share a double

bool is_missing_word(std::string_view token) {
  return token.empty() || token == "null" || token == "NA" || token == "NaN" || token == "nan" ||
         token == "NAN" || token == "N/A";
}

}  // namespace

const Field* DataSet::find(std::string_view name) const {
  const auto found = fields.find(name);
  return found == fields.end() ? nullptr : &found->second;
}

void append_value(Field& field, double value, bool is_missing) {
  if (is_missing) {
    field.missing.push_back(field.values.size());
    value = std::numeric_limits<double>::quiet_NaN();
  } else if (!(std::abs(value) < exact_integers) || value != std::floor(value)) {
    field.all_integers = false;
  }
  field.values.push_back(value);
}

void append_unread(Field& field) {
  field.unread.push_back(field.values.size());
  field.all_integers = false;
  field.values.push_back(std::numeric_limits<double>::quiet_NaN());
}

std::string shorten(std::string_view text) {
  constexpr std::size_t most = 40;
  std::size_t end = std::min(text.size(), most);
  if (end < text.size())
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
      --end;
  std::string out(text.substr(0, end));
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  if (end < text.size()) return out + "...";
  while (!out.empty() && out.back() == ' ')
    out.pop_back();
  return out;
}

std::string_view without_byte_order_mark(std::string_view text) {
  return text.starts_with("\xEF\xBB\xBF") ? text.substr(3) : text;
}

std::string index_text(const std::vector<std::int64_t>& shape, std::size_t position) {
  if (shape.empty()) return "";
  std::string out = "]";
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    const auto size = static_cast<std::size_t>(std::max<std::int64_t>(shape[axis], 1));
    out = (axis > 0 ? ", " : "[") + std::to_string(position % size + 1) + out;
    position /= size;
  }
  return out;
}

std::optional<double> read_number(std::string_view token, bool& is_missing) {
  is_missing = is_missing_word(token);
  if (is_missing) return std::numeric_limits<double>::quiet_NaN();
  double sign = 1;
  std::string_view digits = token;
  if (digits.front() == '+' || digits.front() == '-') {
    sign = digits.front() == '-' ? -1 : 1;
    digits.remove_prefix(1);
  }
  if (digits == "Inf" || digits == "inf" || digits == "Infinity" || digits == "infinity")
    return sign * std::numeric_limits<double>::infinity();
  if (digits.empty() || !((digits.front() >= '0' && digits.front() <= '9') || digits.front() == '.'))
    return std::nullopt;
  double value = 0;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (end != digits.data() + digits.size()) return std::nullopt;
  if (code == std::errc::result_out_of_range) {
    // Too large or too small for a double; the library does not say which, the sign of the exponent does.
    const std::size_t exponent = digits.find_first_of("eE");
    const bool is_tiny = exponent != std::string_view::npos
                             ? digits.find('-', exponent) != std::string_view::npos
                             : digits.front() == '0' || digits.front() == '.';
    value = is_tiny ? 0 : std::numeric_limits<double>::infinity();
  } else if (code != std::errc()) {
    return std::nullopt;
  }
  return sign * value;
}

}  // namespace elba::runtime
