// csv: a header of names, then rows; each column becomes a vector. RFC 4180 with either line end, and NA
// or nothing for missing.
//
// Text in a column is listed, and a column of text left out; a row that is too short or too long is listed,
// and read as far as it goes. Not here: other separators, types in the header, comments.
#include <set>

#include "runtime/control/interruption.h"
#include "runtime/data/fields.h"

namespace elba::runtime {

namespace {

constexpr std::size_t rows_between_looks = 4096;  // at whether the work is to end

class Reader {
 public:
  Reader(std::string_view text, const DataLimits& limits) : text_(text), limits_(limits) {}

  DataResult read() {
    if (text_.size() > limits_.bytes)
      fail(DataErrorKind::too_large, "the data are " + std::to_string(text_.size()) +
                                         " bytes long; the limit is " + std::to_string(limits_.bytes));
    else if (read_header())
      while (!result_.error && at_ < text_.size()) {
        if (row_ % rows_between_looks == 0 && is_stopped())
          fail(DataErrorKind::interrupted, "reading was interrupted");
        else
          read_row();
      }
    if (result_.error) {
      result_.data = {};
      return std::move(result_);
    }
    for (Column& column : columns_) {
      if (column.is_unreadable) continue;
      column.field.shape = {static_cast<std::int64_t>(column.field.values.size())};
      result_.data.order.push_back(column.name);
      result_.data.fields.emplace(column.name, std::move(column.field));
    }
    return std::move(result_);
  }

 private:
  struct Column {
    std::string name;
    Field field;
    bool is_unreadable = false;
    std::size_t unread = 0;  // cells that are no numbers
  };

  bool fail(DataErrorKind kind, std::string message, std::string field = {}) {
    DataError error{kind, std::move(field), {}, {}, std::move(message), {}};
    error.line = line_;
    error.column = 1;
    result_.error = std::move(error);
    return false;
  }

  // One cell into cell_; `is_last` when the row ends behind it.
  bool read_cell(bool& is_last) {
    cell_.clear();
    bool was_quoted = false;
    if (at_ < text_.size() && text_[at_] == '"') {
      was_quoted = true;
      ++at_;
      while (true) {
        if (at_ >= text_.size()) return fail(DataErrorKind::syntax, "a quoted cell is never closed");
        const char c = text_[at_++];
        if (c == '\n') ++line_;
        if (c != '"') {
          cell_ += c;
        } else if (at_ < text_.size() && text_[at_] == '"') {
          cell_ += '"';
          ++at_;
        } else {
          break;
        }
      }
    }
    while (at_ < text_.size() && text_[at_] != ',' && text_[at_] != '\n' && text_[at_] != '\r') {
      if (was_quoted && text_[at_] != ' ')
        return fail(DataErrorKind::syntax, "there is text after a closing quote");
      if (!was_quoted) cell_ += text_[at_];
      ++at_;
    }
    if (!was_quoted) trim();
    is_last = at_ >= text_.size() || text_[at_] != ',';
    if (at_ < text_.size() && text_[at_] == '\r') ++at_;
    if (at_ < text_.size() && (text_[at_] == '\n' || text_[at_] == ',')) ++at_;
    return true;
  }

  void trim() {
    while (!cell_.empty() && (cell_.back() == ' ' || cell_.back() == '\t'))
      cell_.pop_back();
    cell_.erase(0, std::min(cell_.size(), cell_.find_first_not_of(" \t")));
  }

  bool read_header() {
    if (text_.empty())
      return fail(DataErrorKind::syntax, "the file is empty: the first line must name the columns");
    for (bool is_last = false; !is_last;) {
      if (!read_cell(is_last)) return false;
      // R writes its row names under an empty name.
      Column column{
          cell_.empty() ? "column " + std::to_string(columns_.size() + 1) : cell_, {}, cell_.empty(), 0};
      if (!names_.insert(column.name).second)
        return fail(DataErrorKind::duplicate_name, "the column `" + shorten(cell_) + "` is given twice",
                    cell_);
      columns_.push_back(std::move(column));
      if (columns_.size() > limits_.names)
        return fail(DataErrorKind::too_large,
                    "there are more than " + std::to_string(limits_.names) + " columns");
    }
    ++line_;
    return true;
  }

  void read_row() {
    // An empty line is no row.
    if (text_[at_] == '\n' || text_[at_] == '\r') {
      if (text_[at_] == '\r') ++at_;
      if (at_ < text_.size() && text_[at_] == '\n') ++at_;
      ++line_;
      return;
    }
    std::size_t count = 0;
    const std::size_t row_line = line_;
    for (bool is_last = false; !is_last; ++count) {
      if (!read_cell(is_last)) return;
      if (count < columns_.size()) take(columns_[count], row_line);
      if (++elements_ > limits_.elements)
        return void(fail(DataErrorKind::too_large,
                         "the data have more than " + std::to_string(limits_.elements) + " elements"));
    }
    if (count != columns_.size() && ++misfits_ <= limits_.unread)
      result_.data.unreadable.push_back(
          {DataErrorKind::ragged,
           {},
           {},
           {},
           "line " + std::to_string(row_line) + " has " + std::to_string(count) +
               (count == 1 ? " cell" : " cells") + ", the header has " + std::to_string(columns_.size()),
           "give every line one cell for each column; a cell with a comma in it stands in quotes",
           row_line,
           1});
    // The cells that are not there have been spoken about.
    for (std::size_t k = count; k < columns_.size(); ++k)
      if (!columns_[k].is_unreadable) append_unread(columns_[k].field);
    ++line_;
    ++row_;
  }

  void take(Column& column, std::size_t line) {
    if (column.is_unreadable) return;
    bool is_missing = false;
    if (cell_ == "TRUE" || cell_ == "true") return append_value(column.field, 1, false);
    if (cell_ == "FALSE" || cell_ == "false") return append_value(column.field, 0, false);
    if (const auto value = read_number(cell_, is_missing))
      return append_value(column.field, *value, is_missing);
    if (column.unread == limits_.unread) {
      column.is_unreadable = true;
      column.field = {};
      return;
    }
    ++column.unread;
    append_unread(column.field);
    result_.data.unreadable.push_back({DataErrorKind::not_a_number,
                                       column.name,
                                       "[" + std::to_string(row_ + 1) + "]",
                                       "\"" + shorten(cell_) + "\"",
                                       "text stands where a number is expected",
                                       {},
                                       line,
                                       1});
  }

  std::string_view text_;
  const DataLimits& limits_;
  std::size_t at_ = 0, line_ = 1, row_ = 0, elements_ = 0, misfits_ = 0;
  std::string cell_;
  std::vector<Column> columns_;
  std::set<std::string> names_;
  DataResult result_;
};

}  // namespace

DataResult read_csv_data(std::string_view text, const DataLimits& limits) {
  return Reader(without_byte_order_mark(text), limits).read();
}

}  // namespace elba::runtime
