#include "api/model/number_text.h"

#include <fmt/format.h>

#include <cmath>
#include <vector>

namespace elba {

namespace {

constexpr std::size_t most_words = 20;  // of a field; reports name fewer
constexpr std::size_t longest = 40;     // characters of one

DataWords wanted_of(const runtime::DataSet& set) {
  DataWords wanted;
  for (const auto& [name, field] : set.fields)
    for (std::size_t k = 0; k < field.values.size(); ++k)
      if (std::fabs(field.values[k]) >= exact_integers) {
        auto& words = wanted[name];
        words.emplace(k, "");
        if (words.size() == most_words) break;
      }
  return wanted;
}

void keep(DataWords& words, const std::string& name, std::size_t position, std::string_view text) {
  const auto field = words.find(name);
  if (field == words.end()) return;
  const auto word = field->second.find(position);
  if (word != field->second.end())
    word->second = text.size() > longest ? std::string(text.substr(0, longest)) + ".." : std::string(text);
}

// Text that the reader has taken already, so that only what it allows need be told apart.
class JsonWords {
 public:
  JsonWords(std::string_view text, DataWords& words) : text_(text), words_(words) {}

  void run() {
    at_ = text_.find('{');
    if (at_ == std::string_view::npos) return;
    ++at_;
    while (at_ < text_.size()) {
      at_ = text_.find_first_of("\"}", at_);
      if (at_ == std::string_view::npos || text_[at_] == '}') return;
      const std::string name(string());
      at_ = text_.find(':', at_);
      if (at_ == std::string_view::npos) return;
      ++at_;
      field(name);
    }
  }

 private:
  // The text between two quotes, escapes as they stand: a name with one is not found, and its numbers are
  // shown as read.
  std::string_view string() {
    const std::size_t begin = ++at_;
    while (at_ < text_.size() && text_[at_] != '"')
      at_ += text_[at_] == '\\' ? 2 : 1;
    const std::string_view inner = text_.substr(begin, std::min(at_, text_.size()) - begin);
    ++at_;
    return inner;
  }

  void skip_object() {
    int depth = 0;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        (void)string();
        continue;
      }
      depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
      ++at_;
      if (depth == 0) return;
    }
  }

  void field(const std::string& name) {
    int depth = 0;
    std::size_t position = 0;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (depth == 0 && (c == ',' || c == '}')) return;
      if (c == '"') {
        keep(words_, name, position++, string());
      } else if (c == '{') {
        skip_object();
        ++position;
      } else if (c == '[' || c == ']') {
        depth += c == '[' ? 1 : -1;
        ++at_;
      } else if (c == ',' || static_cast<unsigned char>(c) <= ' ') {
        ++at_;
      } else {
        const std::size_t end = std::min(text_.find_first_of(",]} \t\r\n", at_), text_.size());
        keep(words_, name, position++, text_.substr(at_, end - at_));
        at_ = end;
      }
    }
  }

  std::string_view text_;
  DataWords& words_;
  std::size_t at_ = 0;
};

// Of one line; quoted cells hold names or text, which may hold commas and line ends.
std::vector<std::string> next_row(std::string_view text, std::size_t& at) {
  std::vector<std::string> cells(1);
  bool is_quoted = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '"')
      is_quoted = !is_quoted;
    else if (is_quoted)
      cells.back() += c;
    else if (c == ',')
      cells.emplace_back();
    else if (c == '\n')
      break;
    else if (c != '\r' && c != ' ' && c != '\t')
      cells.back() += c;
  }
  ++at;
  return cells;
}

}  // namespace

std::string written(const DataWords& words, const std::string& name, std::size_t position, double value) {
  if (const auto field = words.find(name); field != words.end())
    if (const auto word = field->second.find(position); word != field->second.end() && !word->second.empty())
      return word->second;
  return fmt::format("{}", value);
}

DataWords json_words(std::string_view text, const runtime::DataSet& set) {
  DataWords words = wanted_of(set);
  if (!words.empty()) JsonWords(text, words).run();
  return words;
}

DataWords csv_words(std::string_view text, const runtime::DataSet& set) {
  DataWords words = wanted_of(set);
  if (words.empty()) return words;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::size_t at = 0;
  const auto names = next_row(text, at);
  for (std::size_t row = 0; at < text.size();) {
    const auto cells = next_row(text, at);
    if (cells.size() == 1 && cells[0].empty()) continue;  // an empty line is no row
    for (std::size_t k = 0; k < std::min(cells.size(), names.size()); ++k)
      keep(words, names[k], row, cells[k]);
    ++row;
  }
  return words;
}

}  // namespace elba
