// layout: see layout.h. Documents are small trees; nesting is bounded by the parser's limit.
#include "frontend/syntax/layout.h"

namespace elba::layout {

struct Node {
  enum class Kind { text, line, softline, concat, nest, group, fill } kind;
  std::string words;
  std::vector<Doc> parts;
  int width = 0;  // of the flat form
};

namespace {

constexpr int step = 2;

Doc make(Node::Kind kind, std::string words, std::vector<Doc> parts) {
  Node node{kind, std::move(words), std::move(parts), 0};
  node.width = kind == Node::Kind::line ? 1 : static_cast<int>(node.words.size());
  for (const auto& part : node.parts)
    node.width += part->width;
  if (kind == Node::Kind::fill && !node.parts.empty()) node.width += static_cast<int>(node.parts.size()) - 1;
  return std::make_shared<const Node>(std::move(node));
}

class Printer {
 public:
  Printer(int column, int width) : column_(column), width_(width) {}

  // `after` is the width of what must still stand on the line behind `doc`.
  void print(const Doc& doc, int indent, bool flat_mode, int after) {
    switch (doc->kind) {
      case Node::Kind::text:
        return put(doc->words);
      case Node::Kind::line:
      case Node::Kind::softline:
        if (!flat_mode) return end_line(indent);
        if (doc->kind == Node::Kind::line) put(" ");
        return;
      case Node::Kind::nest:
        return print(doc->parts[0], indent + step, flat_mode, after);
      case Node::Kind::group:
        return print(doc->parts[0], indent, flat_mode || column_ + doc->width + after <= width_, after);
      case Node::Kind::concat: {
        for (std::size_t i = 0; i < doc->parts.size(); ++i)
          print(doc->parts[i], indent, flat_mode, behind(doc->parts, i, flat_mode, after));
        return;
      }
      case Node::Kind::fill: {
        for (std::size_t i = 0; i < doc->parts.size(); ++i) {
          const int tail = i + 1 == doc->parts.size() ? after : 0;
          if (i > 0 && (flat_mode || column_ + 1 + doc->parts[i]->width + tail <= width_))
            put(" ");
          else if (i > 0)
            end_line(indent);
          print(doc->parts[i], indent, flat_mode, tail);
        }
      }
    }
  }
  std::string take() { return std::move(out_); }

 private:
  // The width up to the next place where the line may end.
  static int behind(const std::vector<Doc>& parts, std::size_t i, bool flat_mode, int after) {
    int width = 0;
    for (++i; i < parts.size(); ++i) {
      const auto kind = parts[i]->kind;
      if (!flat_mode && (kind == Node::Kind::line || kind == Node::Kind::softline)) return width;
      if (kind != Node::Kind::text)
        return width + (kind == Node::Kind::group || kind == Node::Kind::nest ? 0 : parts[i]->width);
      width += parts[i]->width;
    }
    return width + after;
  }
  void put(const std::string& words) {
    out_ += words;
    column_ += static_cast<int>(words.size());
  }
  void end_line(int indent) {
    out_ += "\n" + std::string(static_cast<std::size_t>(indent), ' ');
    column_ = indent;
  }

  std::string out_;
  int column_;
  int width_;
};

}  // namespace

Doc text(std::string words) { return make(Node::Kind::text, std::move(words), {}); }
Doc line() { return make(Node::Kind::line, {}, {}); }
Doc softline() { return make(Node::Kind::softline, {}, {}); }
Doc concat(std::vector<Doc> parts) { return make(Node::Kind::concat, {}, std::move(parts)); }
Doc nest(Doc inner) { return make(Node::Kind::nest, {}, {std::move(inner)}); }
Doc group(Doc inner) { return make(Node::Kind::group, {}, {std::move(inner)}); }
Doc fill(std::vector<Doc> items) { return make(Node::Kind::fill, {}, std::move(items)); }

std::string flat(const Doc& doc) {
  Printer printer(0, 1 << 30);
  printer.print(doc, 0, true, 0);
  return printer.take();
}

std::string render(const Doc& doc, int indent, int width) {
  Printer printer(indent, width);
  printer.print(doc, indent, false, 0);
  return printer.take();
}

}  // namespace elba::layout
