// json: JSON data in one pass over the text, without a tree: numbers go straight into the fields.
//
// Beyond JSON the words NaN, Infinity, Inf and NA are read bare as CmdStan does, and quoted as numbers.
// Arrays are checked to be rectangular while they are read; what is ragged is passed over to the end of its
// field.
#include "runtime/control/interruption.h"
#include "runtime/data/fields.h"

namespace elba::runtime {

namespace {

constexpr int deepest_skip = 200;  // brackets that are passed over inside of an unreadable field
constexpr std::size_t elements_between_looks = 65536;  // at whether the work is to end

bool ends_word(char c) {
  return static_cast<unsigned char>(c) <= ' ' || c == ',' || c == ']' || c == '}' || c == ':' || c == '[' ||
         c == '{' || c == '"';
}

class Reader {
 public:
  Reader(std::string_view text, const DataLimits& limits) : text_(text), limits_(limits) {}

  DataResult read() {
    if (text_.size() > limits_.bytes) {
      fail(DataErrorKind::too_large, "the data are " + std::to_string(text_.size()) +
                                         " bytes long; the limit is " + std::to_string(limits_.bytes));
    } else if (read_object()) {
      skip_blanks();
      if (at_ < text_.size()) fail(DataErrorKind::syntax, "there is text after the end of the data");
    }
    if (result_.error) result_.data = {};
    return std::move(result_);
  }

 private:
  // A failure ends the reading; `leave_out` only gives the present field up, and `note` one of its elements.
  bool fail(DataErrorKind kind, std::string message, std::string help = {}) {
    if (result_.error) return false;
    DataError error{kind, name_, {}, {}, std::move(message), std::move(help)};
    place(error);
    result_.error = std::move(error);
    return false;
  }

  void leave_out(std::string value, std::string message) {
    note(DataErrorKind::ragged, std::move(value), std::move(message));
    is_unreadable_ = true;
  }

  bool skip_element(Field& field, std::string value, std::string message) {
    note(DataErrorKind::not_a_number, std::move(value), std::move(message));
    if (counts_.empty() || field.unread.size() >= limits_.unread) is_unreadable_ = true;
    if (is_unreadable_) return true;
    if (++elements_ > limits_.elements) return too_many_elements();
    if (elements_ % elements_between_looks == 0 && is_stopped())
      return fail(DataErrorKind::interrupted, "reading was interrupted");
    append_unread(field);
    return true;
  }

  void note(DataErrorKind kind, std::string value, std::string message) {
    if (is_unreadable_) return;
    DataError error{kind, name_, {}, shorten(value), std::move(message), {}};
    for (std::size_t axis = 0; axis < counts_.size(); ++axis)
      error.index += (axis ? ", " : "[") + std::to_string(counts_[axis] + 1);
    if (!counts_.empty()) error.index += "]";
    place(error);
    result_.data.unreadable.push_back(std::move(error));
  }

  // Continues from the last requested position, so that many notes cost one pass over the text.
  void place(DataError& error) {
    for (; place_at_ < std::min(at_, text_.size()); ++place_at_)
      if (text_[place_at_] == '\n') ++place_line_, place_start_ = place_at_ + 1;
    error.line = place_line_;
    error.column = at_ - std::min(at_, place_start_) + 1;
  }

  void skip_blanks() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t'))
      ++at_;
  }

  [[nodiscard]] char peek() {
    skip_blanks();
    return at_ < text_.size() ? text_[at_] : '\0';
  }

  bool expect(char wanted, const char* what, const char* help = "") {
    if (peek() == wanted) return ++at_, true;
    return fail(DataErrorKind::syntax,
                std::string("expected ") + what +
                    (at_ < text_.size() ? ", found `" + shorten(text_.substr(at_, 12)) + "`"
                                        : ", found the end of the text"),
                help);
  }

  bool read_object() {
    if (peek() != '{')
      return fail(at_ < text_.size() ? DataErrorKind::not_an_object : DataErrorKind::syntax,
                  "the data must be a JSON object of named values",
                  "write `{\"N\": 2, \"x\": [0.5, 1.5]}`; a table of columns is a file `.csv`");
    ++at_;
    if (peek() == '}') return ++at_, true;
    while (true) {
      name_.clear();
      if (peek() != '"')
        return expect('"', "a name in quotes",
                      peek() == '}'    ? "leave out the comma before it"
                      : peek() == '\'' ? "JSON has double quotes: `\"name\"`"
                                       : "a name has quotes: `\"x\": 1`");
      if (!read_string(name_) || !expect(':', "`:`") || !read_field()) return false;
      name_.clear();
      if (peek() == ',') {
        ++at_;
        continue;
      }
      return expect('}', "`,` or `}`");
    }
  }

  bool read_field() {
    if (result_.data.order.size() + result_.data.unreadable.size() >= limits_.names)
      return fail(DataErrorKind::too_large,
                  "the data have more than " + std::to_string(limits_.names) + " names");
    Field field;
    is_unreadable_ = false;
    is_closed_ = false;
    counts_.clear();
    if (!read_value(field)) return false;
    if (is_unreadable_) return true;
    const auto [place, is_new] = result_.data.fields.emplace(name_, std::move(field));
    if (!is_new) return fail(DataErrorKind::duplicate_name, "`" + shorten(name_) + "` is given twice");
    result_.data.order.push_back(place->first);
    return true;
  }

  // counts_: the place in every open array. The first way down fixes the number of axes, the first end of an
  // axis its length.
  bool read_value(Field& field) {
    const char first = peek();
    if (first == '[') return read_array(field);
    if (is_closed_ && counts_.size() != field.shape.size())
      leave_out({}, "is a number where the elements before are arrays");
    is_closed_ = true;
    if (first == '"') {
      token_.clear();
      const std::size_t start = at_;
      if (!read_string(token_)) return false;
      bool is_missing = false;
      const auto value = read_number(token_, is_missing);
      if (!value) {
        const std::size_t end = at_;
        at_ = start;
        const bool fine = skip_element(field, "\"" + token_ + "\"", "text stands where a number is expected");
        at_ = end;
        return fine;
      }
      return append(field, *value, is_missing);
    }
    if (first == '{') {
      return skip_element(field, "{...}", "an object stands where a number is expected") && skip_object(0);
    }
    const std::size_t start = at_;
    while (at_ < text_.size() && !ends_word(text_[at_]))
      ++at_;
    const std::string_view token = text_.substr(start, at_ - start);
    bool is_missing = false;
    if (token.empty()) {
      const bool trailing = at_ < text_.size() && (text_[at_] == ']' || text_[at_] == ',');
      return fail(DataErrorKind::syntax,
                  at_ < text_.size() ? "expected a value, found `" + shorten(text_.substr(at_, 1)) + "`"
                                     : "expected a value, found the end of the text",
                  trailing ? "leave out the comma before it, or write `null` for a missing value" : "");
    }
    if (token == "true" || token == "false") return append(field, token == "true" ? 1 : 0, false);
    if (const auto value = read_number(token, is_missing)) return append(field, *value, is_missing);
    at_ = start;
    const char* help = token.front() == ']' || token.front() == '}'        ? ""
                       : token == "None" || token == "nil" || token == "." ? "a missing value is `null`"
                       : token == "True" || token == "False"               ? "JSON has `true` and `false`"
                                                                           : "";
    return fail(DataErrorKind::syntax, "`" + shorten(token) + "` is not a value", help);
  }

  bool append(Field& field, double value, bool is_missing) {
    if (is_unreadable_) return true;
    if (++elements_ > limits_.elements) return too_many_elements();
    if (elements_ % elements_between_looks == 0 && is_stopped())
      return fail(DataErrorKind::interrupted, "reading was interrupted");
    append_value(field, value, is_missing);
    return true;
  }

  bool too_many_elements() {
    return fail(DataErrorKind::too_large,
                "the data have more than " + std::to_string(limits_.elements) + " elements");
  }

  bool read_array(Field& field) {
    const std::size_t axis = counts_.size();
    if (static_cast<int>(axis) >= limits_.axes)
      return fail(DataErrorKind::too_deep,
                  "an array has more than " + std::to_string(limits_.axes) + " axes");
    if (axis == field.shape.size()) {
      if (is_closed_) leave_out({}, "is an array where the elements before are numbers");
      field.shape.push_back(-1);
    }
    ++at_;
    counts_.push_back(0);
    if (peek() == ']') {
      ++at_;
    } else {
      while (true) {
        if (!read_value(field)) return false;
        ++counts_.back();
        if (peek() == ',') {
          ++at_;
          continue;
        }
        if (!expect(']', "`,` or `]`")) return false;
        break;
      }
    }
    const std::int64_t count = counts_.back();
    counts_.pop_back();
    is_closed_ = true;
    if (field.shape[axis] < 0)
      field.shape[axis] = count;
    else if (field.shape[axis] != count)
      leave_out({}, "has " + std::to_string(count) + (count == 1 ? " element" : " elements") +
                        ", the rows before have " + std::to_string(field.shape[axis]));
    return true;
  }

  bool skip_object(int depth) {
    if (depth > deepest_skip)
      return fail(DataErrorKind::too_deep,
                  "objects are nested more than " + std::to_string(deepest_skip) + " deep");
    const char close = text_[at_++] == '{' ? '}' : ']';
    while (true) {
      const char next = peek();
      if (next == '\0') return fail(DataErrorKind::syntax, "a bracket is never closed");
      if (next == close) return ++at_, true;
      if (next == '{' || next == '[') {
        if (!skip_object(depth + 1)) return false;
      } else if (next == '"') {
        token_.clear();
        if (!read_string(token_)) return false;
      } else if (next == '}' || next == ']') {
        return fail(DataErrorKind::syntax, "brackets do not match");
      } else {
        ++at_;
      }
    }
  }

  bool read_string(std::string& out) {
    ++at_;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '"') return true;
      if (static_cast<unsigned char>(c) < 0x20) break;
      if (c != '\\') {
        out += c;
      } else if (!read_escape(out)) {
        return false;
      }
    }
    return fail(DataErrorKind::syntax, "this string is never closed");
  }

  bool read_escape(std::string& out) {
    const char c = at_ < text_.size() ? text_[at_++] : '\0';
    static constexpr std::string_view names = "\"\\/bfnrt", meanings = "\"\\/\b\f\n\r\t";
    if (const auto k = names.find(c); c != '\0' && k != std::string_view::npos)
      return out += meanings[k], true;
    std::uint32_t point = 0;
    if (c != 'u' || !read_hex(point))
      return fail(DataErrorKind::syntax, "this escape in a string is not valid");
    if (point >= 0xD800 && point < 0xDC00) {
      std::uint32_t rest = 0;
      if (text_.substr(at_, 2) != "\\u" || (at_ += 2, !read_hex(rest)) || rest < 0xDC00 || rest > 0xDFFF)
        return fail(DataErrorKind::syntax, "half of a surrogate pair stands alone");
      point = 0x10000 + ((point - 0xD800) << 10) + (rest - 0xDC00);
    } else if (point >= 0xDC00 && point <= 0xDFFF) {
      return fail(DataErrorKind::syntax, "half of a surrogate pair stands alone");
    }
    append_utf8(out, point);
    return true;
  }

  bool read_hex(std::uint32_t& out) {
    if (text_.size() - at_ < 4) return false;
    for (int k = 0; k < 4; ++k) {
      const char c = text_[at_++];
      const int digit = c >= '0' && c <= '9'   ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : -1;
      if (digit < 0) return false;
      out = out * 16 + static_cast<std::uint32_t>(digit);
    }
    return true;
  }

  static void append_utf8(std::string& out, std::uint32_t point) {
    if (point < 0x80) return void(out += static_cast<char>(point));
    const int extra = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    static constexpr std::uint32_t lead[] = {0, 0xC0, 0xE0, 0xF0};
    out += static_cast<char>(lead[extra] | point >> (6 * extra));
    for (int k = extra - 1; k >= 0; --k)
      out += static_cast<char>(0x80 | (point >> (6 * k) & 0x3F));
  }

  std::string_view text_;
  const DataLimits& limits_;
  std::size_t at_ = 0, elements_ = 0;
  std::size_t place_at_ = 0, place_line_ = 1, place_start_ = 0;
  DataResult result_;
  std::string name_, token_;
  std::vector<std::int64_t> counts_;
  bool is_unreadable_ = false;
  bool is_closed_ = false;  // the number of axes is known
};

}  // namespace

DataResult read_json_data(std::string_view text, const DataLimits& limits) {
  return Reader(without_byte_order_mark(text), limits).read();
}

}  // namespace elba::runtime
