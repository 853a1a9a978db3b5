// text_reader: every error stops the reader with a diagnostic at its place. A dim's text is short and flat,
// because products of sums grow with every factor.
#include "ir/text_reader.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace elba::ir {

namespace {

constexpr std::size_t max_dim_text = 256;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

void Reader::fail_at(std::size_t begin, std::size_t end, std::string what) const {
  throw Stop{make_diagnostic(Code::ir_syntax,
                             {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)},
                             {std::move(what)})};
}

void Reader::fail(std::string what) const { fail_at(at_, std::min(at_ + 1, text_.size()), std::move(what)); }

void Reader::skip() {
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c == ' ' || c == '\n' || c == '\t' || c == '\r')
      ++at_;
    else if (text_.substr(at_, 2) == "//")
      at_ = std::min(text_.find('\n', at_), text_.size());
    else
      break;
  }
}

char Reader::peek() {
  skip();
  return at_ < text_.size() ? text_[at_] : '\0';
}

bool Reader::take(std::string_view token) {
  skip();
  if (text_.substr(at_, token.size()) != token) return false;
  at_ += token.size();
  return true;
}

void Reader::expect(std::string_view token) {
  if (!take(token)) fail("expected `" + std::string(token) + "`");
}

bool Reader::in_word(char c, bool dashed) {
  return is_letter(c) || is_digit(c) || c == '.' || (dashed && c == '-');
}

std::string_view Reader::peek_word() {
  skip();
  std::size_t end = at_;
  if (end < text_.size() && is_letter(text_[end]))
    while (end < text_.size() && in_word(text_[end], false))
      ++end;
  return text_.substr(at_, end - at_);
}

bool Reader::take_word(std::string_view word) {
  if (peek_word() != word) return false;
  at_ += word.size();
  return true;
}

void Reader::expect_word(std::string_view word) {
  if (!take_word(word)) fail("expected `" + std::string(word) + "`");
}

std::string Reader::word(std::string_view what) {
  const auto found = peek_word();
  if (found.empty()) fail("expected " + std::string(what));
  at_ += found.size();
  return std::string(found);
}

std::string Reader::sigil_name(char sigil) {
  if (peek() != sigil) fail(std::string("expected `") + sigil + "name`");
  std::size_t end = ++at_;
  while (end < text_.size() && in_word(text_[end], sigil == '@'))
    ++end;
  std::string name(text_.substr(at_, end - at_));
  at_ = end;
  return name;
}

Dim Reader::dim() {
  skip();
  const std::size_t begin = at_;
  std::size_t end = begin, open = 0, opened = 0;
  for (; end < text_.size(); ++end) {
    const char c = text_[end];
    if (c == '(') ++open, ++opened;
    if (c == ')' && open-- == 0) break;
    if ((c == ',' && open == 0) || c == ']' || c == '{' || c == '}' || c == '\n') break;
  }
  // Products of sums grow with every factor: two are enough for what a person writes, and printed dims have
  // none.
  if (end - begin > max_dim_text || opened > 2) fail_at(begin, end, "the dim is too long");
  const auto parsed = Dim::parse(text_.substr(begin, end - begin));
  if (!parsed) fail_at(begin, std::max(end, begin + 1), "expected a dim, such as `2*N + 1`");
  at_ = end;
  return *parsed;
}

std::vector<Dim> Reader::dim_list(std::string_view close) {
  std::vector<Dim> dims;
  do {
    if (dims.size() == max_rank) fail("more than " + std::to_string(max_rank) + " dims");
    dims.push_back(dim());
  } while (take(","));
  expect(close);
  return dims;
}

bool Reader::at_number() {
  const char c = peek();
  if (is_digit(c)) return true;
  const auto rest = text_.substr(at_);
  return (c == '-' && rest.size() > 1 && (is_digit(rest[1]) || rest.substr(1, 3) == "inf")) ||
         peek_word() == "inf" || peek_word() == "nan";
}

Constant Reader::number() {
  skip();
  const std::size_t begin = at_;
  const bool negative = take("-");
  if (take_word("inf"))
    return negative ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
  if (take_word("nan")) return std::numeric_limits<double>::quiet_NaN();
  std::size_t end = at_;
  bool whole = true;
  for (; end < text_.size(); ++end) {
    const char c = text_[end];
    const bool exponent_sign = (c == '+' || c == '-') && (text_[end - 1] == 'e' || text_[end - 1] == 'E');
    if (!is_digit(c) && c != '.' && c != 'e' && c != 'E' && !exponent_sign) break;
    whole = whole && is_digit(c);
  }
  const char *first = text_.data() + begin, *last = text_.data() + end;
  const auto value = [&](auto result) -> Constant {
    const auto [stopped, error] = std::from_chars(first, last, result);
    if (error != std::errc() || stopped != last)
      fail_at(begin, std::max(end, begin + 1), "not a number of 64 bits");
    return result;
  };
  Constant result = whole ? value(std::int64_t{}) : value(double{});
  at_ = end;
  return result;
}

std::string Reader::string() {
  const std::size_t begin = at_;
  expect("\"");
  std::string out;
  const auto next = [&]() -> char {
    if (at_ >= text_.size() || text_[at_] == '\n') fail_at(begin, at_, "the string is never closed");
    return text_[at_++];
  };
  const auto hex = [&]() -> int {
    const char c = next();
    const int digit = is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit < 0) fail("expected a hexadecimal digit");
    return digit;
  };
  for (char c = next(); c != '"'; c = next()) {
    if (c != '\\') {
      out += c;
      continue;
    }
    c = next();
    if (c == 'x') {
      const int high = hex();
      out += static_cast<char>(high * 16 + hex());
    } else if (c == '"' || c == '\\') {
      out += c;
    } else {
      fail("unknown escape in a string");
    }
  }
  return out;
}

}  // namespace elba::ir
