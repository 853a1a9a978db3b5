// source: a named text and the spans that point into it. Lines and columns are 1-based; columns count bytes.
// A byte order mark before the text is no part of its first line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace elba {

// A half-open range of bytes [begin, end) of a source text.
struct Span {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;

  friend bool operator==(Span, Span) = default;
};

struct Position {
  int line = 1;
  int column = 1;
};

class Source {
 public:
  Source() = default;
  Source(std::string name, std::string text);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] std::string_view text(Span span) const;
  [[nodiscard]] Position position(std::uint32_t offset) const;
  [[nodiscard]] std::string_view line(int number) const;  // without its line end; empty when out of range
  [[nodiscard]] int line_count() const { return static_cast<int>(line_starts_.size()); }

 private:
  std::string name_;
  std::string text_;
  std::vector<std::uint32_t> line_starts_{0};
};

}  // namespace elba
