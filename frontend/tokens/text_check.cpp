// text_check: sizes, bytes and characters. Not here: operators of other languages
// (frontend/foreign/operators.cpp), which are legal characters.
#include "frontend/tokens/text_check.h"

#include "support/render.h"

namespace elba {
namespace {

// The length of the well-formed UTF-8 sequence at `i`, or 0. Rejects overlong forms, surrogates and values
// past U+10FFFF.
std::size_t utf8_length(std::string_view text, std::size_t i) {
  const auto byte = [&](std::size_t k) { return k < text.size() ? static_cast<unsigned char>(text[k]) : 0u; };
  const auto tail = [&](std::size_t k) { return (byte(k) & 0xC0u) == 0x80u; };
  const unsigned lead = byte(i);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead < 0xE0) return tail(i + 1) ? 2 : 0;
  if (lead >= 0xE0 && lead < 0xF0) {
    if (!tail(i + 1) || !tail(i + 2)) return 0;
    if (lead == 0xE0 && byte(i + 1) < 0xA0) return 0;
    return lead == 0xED && byte(i + 1) >= 0xA0 ? 0 : 3;
  }
  if (lead >= 0xF0 && lead < 0xF5) {
    if (!tail(i + 1) || !tail(i + 2) || !tail(i + 3)) return 0;
    if (lead == 0xF0 && byte(i + 1) < 0x90) return 0;
    return lead == 0xF4 && byte(i + 1) >= 0x90 ? 0 : 4;
  }
  return 0;
}

std::string hex(unsigned char byte) {
  const char* digits = "0123456789ABCDEF";
  return std::string("0x") + digits[byte >> 4] + digits[byte & 15];
}

std::string shown(std::string_view character) {
  const auto byte = static_cast<unsigned char>(character.front());
  return byte < 0x20 || byte == 0x7F ? hex(byte) : "`" + std::string(character) + "`";
}

std::string help_for(std::string_view character) {
  if (character == "&") return "write `&&`";
  if (character == "|")
    return "write `||`, or a comma between the arguments of a density: `normal(mu, sigma)`";
  if (character == "$") return "names hold letters, digits and `_`";
  if (character == "#") return "a comment begins with `//`";
  if (character == "\\") return "a statement may run over several lines; it ends at `;`";
  if (character == "`") return "strings stand in double quotes, names need none";
  if (character == ".") return "names hold letters, digits and `_`; elementwise operators are `.*` `./` `.^`";
  if (character == "\u2212" || character == "\u2013") return "write the ASCII minus `-`";
  if (character == "\u201C" || character == "\u201D") return "write the ASCII quote `\"`";
  static constexpr std::pair<std::string_view, std::string_view> signs[] = {
      {"\u223C", "~"}, {"\u02DC", "~"}, {"\u00D7", "*"},  {"\u00B7", "*"},  {"\u22C5", "*"},
      {"\u2217", "*"}, {"\u00F7", "/"}, {"\u2264", "<="}, {"\u2265", ">="}, {"\u2260", "!="},
      {"\u2212", "-"}, {"\u2014", "-"}, {"\u00B2", "^2"}, {"\u00B3", "^3"}, {"\u2032", "'"},
      {"\u2019", "'"}, {"\uFF08", "("}, {"\uFF09", ")"},  {"\uFF0C", ","},  {"\uFF1B", ";"}};
  for (const auto& [theirs, ours] : signs)
    if (character == theirs) return "write the ASCII `" + std::string(ours) + "`";
  if (character == "\u2190") return "write `let name = value;`";
  if (character == "\u00A0" || character == "\u3000" || character == "\u202F")
    return "this is a blank of another kind; write a plain one";
  if (static_cast<unsigned char>(character.front()) >= 0x80)
    return "outside of comments and strings a model is written in ASCII: spell the letter out, as in `sigma`";
  return "remove it";
}

// A character of two or three bytes, well formed.
char32_t decoded(std::string_view character) {
  char32_t value = static_cast<unsigned char>(character.front()) & (0xFFu >> (character.size() + 1));
  for (const char byte : character.substr(1))
    value = (value << 6) | (static_cast<unsigned char>(byte) & 0x3Fu);
  return value;
}

// Comments and strings hold any character; those that turn the direction of text make code look like a
// comment, and a comment like code.
class DirectionControls {
 public:
  explicit DirectionControls(Sink& sink) : sink_(sink) {}
  void look_at(std::string_view character, std::uint32_t at) {
    if (character.size() != 2 && character.size() != 3) return;
    const char32_t value = decoded(character);
    if (!is_direction_control(value) || ++count_ > most) return;
    const char* digits = "0123456789ABCDEF";
    std::string code = "U+";
    for (int shift = 12; shift >= 0; shift -= 4)
      code += digits[(value >> shift) & 15];
    sink_.report(Code::direction_control, {at, at + static_cast<std::uint32_t>(character.size())}, {code})
        .note(
            "what is read is not what is shown: a part of the code may look like a comment, or the other way "
            "round")
        .suggest("remove it; it is not needed to write a comment in any script");
  }

 private:
  static constexpr int most = 10;
  Sink& sink_;
  int count_ = 0;
};

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

}  // namespace

std::uint32_t byte_order_mark_size(std::string_view text) {
  std::uint32_t size = 0;
  while (text.substr(size, 3) == byte_order_mark)
    size += 3;
  return size;
}

bool check_text(const Source& source, Sink& sink) {
  const std::string_view text = source.text();
  if (text.size() > max_source_size) {
    sink.report(Code::source_too_large, {0, 0},
                {std::to_string(text.size()), std::to_string(max_source_size)})
        .suggest("keep the data in a data file and bring functions in with `import`");
    return false;
  }
  if (const std::uint32_t marks = byte_order_mark_size(text); marks > byte_order_mark.size())
    sink.report(Code::invalid_character, {3, marks}, {"U+FEFF"})
        .note("the text begins with more than one byte order mark")
        .suggest("keep one of them, or none: programs that were joined with `cat` bring one each");
  DirectionControls directions(sink);
  for (std::size_t i = 0; i < text.size();) {
    const auto at = static_cast<std::uint32_t>(i);
    if (text[i] == '\0') {
      sink.report(Code::nul_byte, {at, at + 1})
          .suggest("save the file as UTF-8 text; UTF-16 holds NUL bytes");
      return false;
    }
    const auto length = utf8_length(text, i);
    if (length == 0) {
      sink.report(Code::invalid_utf8, {at, at + 1}, {hex(static_cast<unsigned char>(text[i]))})
          .suggest("save the file as UTF-8");
      return false;
    }
    directions.look_at(text.substr(i, length), at);
    i += length;
  }
  return true;
}

void report_lexical(Tokens& tokens, Sink& sink) {
  const Token* last_unexpected = nullptr;
  for (auto& token : tokens) {
    if (token.removed) continue;
    switch (token.kind) {
      case TokenKind::unclosed_comment:
        sink.report(Code::unclosed_comment, {token.span.begin, token.span.begin + 2})
            .suggest("close it with `*/`");
        break;
      case TokenKind::unclosed_string:
        sink.report(Code::unclosed_string, token.span).suggest("close it with `\"` on the same line");
        break;
      case TokenKind::unexpected:
        // A run of bad characters (a word in Greek, say) is one mistake.
        if (!last_unexpected || !adjacent(*last_unexpected, token))
          sink.report(Code::invalid_character, token.span, {shown(token.text)}).suggest(help_for(token.text));
        last_unexpected = &token;
        break;
      default:
        continue;
    }
    token.removed = true;
  }
}

}  // namespace elba
