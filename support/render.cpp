// render: the layout of reports. Every place is shown in its line, the primary span under carets, the others
// under dashes.
//
//   error[E0305]: `half_normal` has support positive, but `sigma` is declared real
//     --> eight_schools.elba:2:9
//     1 | param sigma: real
//       |              ---- declared here without a bound
//     2 | sigma ~ half_normal(0, 1)
//       |         ^^^^^^^^^^^
//     = help: declare `param sigma: real<lower=0>`
//
// Text of a model is untrusted: control characters and broken UTF-8 are shown as U+FFFD, and long lines are
// cut around the place. Not here: colour (a terminal's business) and ordering (Sink::sorted).
#include "support/render.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

namespace elba {
namespace {

constexpr int tab_width = 4;
constexpr int window = 140;  // columns of a line that are shown at most

// One character of a line: its bytes as shown, and its columns.
struct Glyph {
  std::string shown;
  int columns = 1;
  std::size_t bytes = 1;
};

bool is_wide(char32_t c) {
  return (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0xA4CF) || (c >= 0xAC00 && c <= 0xD7A3) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0xFE30 && c <= 0xFE4F) || (c >= 0xFF00 && c <= 0xFF60) ||
         (c >= 0xFFE0 && c <= 0xFFE6) || (c >= 0x1F300 && c <= 0x1FAFF);
}
bool is_combining(char32_t c) {
  return (c >= 0x300 && c <= 0x36F) || (c >= 0x200B && c <= 0x200F) || (c >= 0xFE00 && c <= 0xFE0F) ||
         c == 0xFEFF;
}

Glyph glyph_at(std::string_view text, std::size_t i) {
  const auto lead = static_cast<unsigned char>(text[i]);
  if (lead >= 0x20 && lead < 0x7F) return {std::string(1, text[i]), 1, 1};
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 1;
  if (lead < 0x80 || length == 1 || i + length > text.size()) return {"\uFFFD", 1, 1};
  char32_t c = lead & (0xFFu >> (length + 1));
  for (std::size_t k = 1; k < length; ++k) {
    const auto byte = static_cast<unsigned char>(text[i + k]);
    if ((byte & 0xC0) != 0x80) return {"\uFFFD", 1, 1};
    c = (c << 6) | (byte & 0x3F);
  }
  if (c < 0xA0 || is_direction_control(c)) return {"\uFFFD", 1, length};
  return {std::string(text.substr(i, length)), is_combining(c) ? 0 : is_wide(c) ? 2 : 1, length};
}

std::string printable(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const auto glyph = text[i] == '\n' ? Glyph{"\n", 0, 1} : glyph_at(text, i);
    out += glyph.shown;
    i += glyph.bytes;
  }
  return out;
}

// A line as shown, and the column at which each of its bytes (and its end) stands.
struct ShownLine {
  std::string text;
  std::size_t begin = 0;  // of the bytes that were laid out
  std::vector<int> columns;
  int first = 0, last = 0;  // columns of what lies before and behind them

  [[nodiscard]] int column(std::size_t byte) const {
    return byte < begin ? first : byte - begin < columns.size() ? columns[byte - begin] : last;
  }
};

ShownLine show(std::string_view line, std::size_t focus) {
  // Cut before laying out: a line may be megabytes long.
  const std::size_t reach = 8 * window;
  std::size_t begin = focus > reach ? focus - reach : 0;
  while (begin > 0 && (static_cast<unsigned char>(line[begin]) & 0xC0) == 0x80)
    --begin;
  std::vector<Glyph> glyphs;
  std::vector<std::size_t> starts;
  std::vector<int> at;
  int column = 0, focus_column = 0;
  for (std::size_t i = begin; i < line.size() && i < focus + reach;) {
    auto glyph = line[i] == '\t' ? Glyph{std::string(tab_width - column % tab_width, ' '),
                                         tab_width - column % tab_width, 1}
                                 : glyph_at(line, i);
    if (i <= focus) focus_column = column;
    at.push_back(column);
    starts.push_back(i);
    column += glyph.columns;
    i += glyph.bytes;
    glyphs.push_back(std::move(glyph));
  }
  const bool whole = begin == 0 && column <= window && !(focus + reach < line.size());
  const int from = whole ? 0 : std::max(0, focus_column - window / 2);
  const int to = whole ? column : from + window;
  const std::string before = from > 0 || begin > 0 ? "..." : "";
  ShownLine out;
  out.text = before;
  out.begin = begin;
  out.first = static_cast<int>(before.size());
  int end = static_cast<int>(before.size());
  for (std::size_t k = 0; k < glyphs.size(); ++k) {
    const int place = at[k] - from + static_cast<int>(before.size());
    const bool visible = at[k] >= from && at[k] + glyphs[k].columns <= to;
    if (visible) {
      out.text += glyphs[k].shown;
      end = place + glyphs[k].columns;
    }
    out.columns.resize(starts[k] - begin + glyphs[k].bytes, visible ? place : end);
  }
  out.last = end;
  if (!whole && column > to) out.text += "...";
  return out;
}

struct Mark {
  Span span;
  char stroke;
  std::string text;
};

// The part of a line (as byte offsets in it) that a span covers; at least one column, so that an empty span
// is seen.
Span part_of_line(Span span, std::uint32_t line_begin, std::size_t length) {
  const auto begin = std::min<std::size_t>(span.begin - line_begin, length);
  const auto end = std::min<std::size_t>(span.end > line_begin ? span.end - line_begin : 0, length);
  return {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(std::max(begin, end))};
}

void draw(std::string& row, int from, int to, char stroke) {
  to = std::max(to, from + 1);
  if (row.size() < static_cast<std::size_t>(to)) row.resize(static_cast<std::size_t>(to), ' ');
  std::fill(row.begin() + from, row.begin() + to, stroke);
}

void excerpt(std::string& out, int number, std::string_view line, std::uint32_t line_begin,
             std::vector<Mark> marks, const std::string& blank) {
  std::stable_sort(marks.begin(), marks.end(),
                   [](const Mark& a, const Mark& b) { return a.span.begin < b.span.begin; });
  const auto primary = std::find_if(marks.begin(), marks.end(),
                                    [](const Mark& m) { return m.stroke == '^'; });
  const auto& focus = primary != marks.end() ? *primary : marks.front();
  const auto shown = show(line, part_of_line(focus.span, line_begin, line.size()).begin);
  auto gutter = std::to_string(number);
  gutter = std::string(blank.size() - 1 - gutter.size(), ' ') + gutter + " | ";
  out += gutter + shown.text + "\n";

  const auto columns = [&](const Mark& m) {
    const Span part = part_of_line(m.span, line_begin, line.size());
    return std::pair(shown.column(part.begin), shown.column(part.end));
  };
  // A label within the primary span would vanish under its carets, so it gets a row of strokes of its own.
  const auto hidden = [&](const Mark& m) {
    return m.stroke == '-' && primary != marks.end() && columns(m).first < columns(*primary).second &&
           columns(*primary).first < columns(m).second;
  };
  // First row: every stroke that is seen, and the words of the rightmost. The words of the others follow, one
  // row each.
  std::string row;
  const Mark* last = nullptr;
  for (const char stroke : {'-', '^'}) {
    for (const auto& m : marks) {
      if (m.stroke != stroke || hidden(m)) continue;
      draw(row, columns(m).first, columns(m).second, stroke);
      if (last == nullptr || columns(m).first >= columns(*last).first) last = &m;
    }
  }
  if (last != nullptr && !last->text.empty()) row += " " + printable(last->text);
  out += blank + "| " + row + "\n";
  for (std::size_t k = marks.size(); k-- > 0;) {
    const Mark& m = marks[k];
    if (&m == last || m.text.empty()) continue;
    std::string own;
    if (hidden(m)) {
      draw(own, columns(m).first, columns(m).second, m.stroke);
      own += " ";
    } else {
      own = std::string(static_cast<std::size_t>(columns(m).first), ' ');
    }
    out += blank + "| " + own + printable(m.text) + "\n";
  }
}

bool has_place(const Diagnostic& d) { return d.span.begin != 0 || d.span.end != 0; }

// The source that the spans point into; null when its text is not known.
const Source* source_of(const Diagnostic& d, const Source& model) {
  if (d.file.empty() || d.file == model.name()) return &model;
  return d.source.get();
}

void render_place(std::string& out, const Diagnostic& d, const Source& model) {
  const Source* found = source_of(d, model);
  if (found == nullptr) {
    out += "  --> " + printable(d.file) + "\n";
    return;
  }
  const Source& source = *found;
  if (!has_place(d)) return;
  const auto [line, column] = source.position(d.span.begin);
  out += "  --> " + printable(source.name()) + ":" + std::to_string(line) + ":" + std::to_string(column) +
         "\n";

  std::map<int, std::vector<Mark>> lines;
  lines[line].push_back({d.span, '^', ""});
  for (const auto& l : d.labels)
    lines[source.position(l.span.begin).line].push_back({l.span, '-', l.text});
  const auto blank = std::string(2 + std::to_string(lines.rbegin()->first).size() + 1, ' ');
  int last = 0;
  for (const auto& [number, marks] : lines) {
    if (last != 0 && number > last + 1) out += "  ...\n";
    last = number;
    const auto text = source.line(number);
    const auto begin = static_cast<std::uint32_t>(text.data() - source.text().data());
    excerpt(out, number, text, begin, marks, blank);
  }
}

std::string_view word(Severity severity) { return severity == Severity::error ? "error" : "warning"; }

std::string_view word(DiagnosticKind kind) {
  switch (kind) {
    case DiagnosticKind::user:
      return "user";
    case DiagnosticKind::limitation:
      return "limitation";
    case DiagnosticKind::data:
      return "data";
    case DiagnosticKind::runtime:
      return "runtime";
    default:
      return "bug";
  }
}

nlohmann::ordered_json place_json(Span span, const Source& source) {
  const auto from = source.position(span.begin), to = source.position(std::max(span.begin, span.end));
  return {{"line", from.line}, {"column", from.column}, {"end_line", to.line}, {"end_column", to.column}};
}

}  // namespace

std::string render_text(const std::vector<Diagnostic>& diagnostics, const Source& model) {
  std::string out;
  for (const auto& d : diagnostics) {
    if (!out.empty()) out += "\n";
    out += std::string(word(d.severity())) + "[" + std::string(code_info(d.code).code) +
           "]: " + printable(d.message) + "\n";
    render_place(out, d, model);
    for (const auto& note : d.notes)
      out += "  = note: " + printable(note) + "\n";
    if (!d.help.empty()) out += "  = help: " + printable(d.help) + "\n";
  }
  return out;
}

// Places count from 1; a report without a place has zeros.
std::string render_json(const std::vector<Diagnostic>& diagnostics, const Source& model) {
  auto out = nlohmann::ordered_json::array();
  for (const auto& d : diagnostics) {
    const Source* found = source_of(d, model);
    const bool placed = has_place(d) && found != nullptr;
    const Source& source = found != nullptr ? *found : model;
    nlohmann::ordered_json item{{"code", code_info(d.code).code},
                                {"severity", word(d.severity())},
                                {"kind", word(code_info(d.code).kind)},
                                {"message", d.message},
                                {"file", d.file.empty() ? model.name() : d.file}};
    item.update(placed
                    ? place_json(d.span, source)
                    : nlohmann::ordered_json{{"line", 0}, {"column", 0}, {"end_line", 0}, {"end_column", 0}});
    item["labels"] = nlohmann::ordered_json::array();
    for (const auto& l : d.labels) {
      auto label = placed ? place_json(l.span, source) : nlohmann::ordered_json::object();
      label["text"] = l.text;
      item["labels"].push_back(std::move(label));
    }
    item["notes"] = d.notes;
    item["help"] = d.help;
    item["fixes"] = nlohmann::ordered_json::array();
    for (const auto& f : d.fixes) {
      if (!placed) break;
      auto fix = place_json(f.span, source);
      fix["text"] = f.text;
      item["fixes"].push_back(std::move(fix));
    }
    out.push_back(std::move(item));
  }
  return out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace elba
