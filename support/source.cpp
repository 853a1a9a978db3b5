#include "support/source.h"

#include <algorithm>

namespace elba {

Source::Source(std::string name, std::string text) : name_(std::move(name)), text_(std::move(text)) {
  if (text_.starts_with("\xEF\xBB\xBF")) line_starts_.front() = 3;
  for (std::uint32_t i = 0; i < text_.size(); ++i)
    if (text_[i] == '\n') line_starts_.push_back(i + 1);
}

std::string_view Source::text(Span span) const {
  const auto size = static_cast<std::uint32_t>(text_.size());
  const auto begin = std::min(span.begin, size);
  return std::string_view(text_).substr(begin, std::min(span.end, size) - begin);
}

Position Source::position(std::uint32_t offset) const {
  const auto it = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  const auto line = std::max(static_cast<int>(it - line_starts_.begin()), 1);
  return {line, static_cast<int>(std::max(offset, line_starts_[line - 1]) - line_starts_[line - 1]) + 1};
}

std::string_view Source::line(int number) const {
  if (number < 1 || number > line_count()) return {};
  const auto begin = line_starts_[number - 1];
  auto end = number < line_count() ? line_starts_[number] - 1 : static_cast<std::uint32_t>(text_.size());
  if (end > begin && text_[end - 1] == '\r') --end;
  return std::string_view(text_).substr(begin, end - begin);
}

}  // namespace elba
