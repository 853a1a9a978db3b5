// format: statements, declarations and where their comments go. How expressions look is format_expr.cpp; line
// breaking is layout.cpp.
//
// Comments are met in order of their place. Before a statement they stand on their own lines; on the line
// where it ends they stay behind it; in the middle of one (between its arguments, say) they move to the line
// before it.
#include "frontend/syntax/format.h"

#include <algorithm>

#include "frontend/syntax/format_expr.h"

namespace elba {
namespace {

using namespace layout;
constexpr int max_width = 110;

class Formatter {
 public:
  Formatter(const ast::Program& program, const Source& source)
      : program_(program), source_(source), exprs_(source) {}

  std::string run() {
    const auto size = static_cast<std::uint32_t>(source_.text().size());
    for (const auto& decl : program_.decls) {
      const Span span = ast::match(decl, [](const auto& d) { return d.span; });
      const bool was_block = last_is_block_;
      const bool is_block = ast::match(
          decl, [](const ast::FunDecl& d) { return d.value == nullptr; },
          [](const ast::ImportDecl&) { return false; }, [](const auto&) { return true; });
      separate_ = last_line_ != 0 && (was_block || is_block);
      leading(span.begin, head_end(decl), line_of(span.begin));
      place(line_of(span.begin));
      ast::match(decl, [&](const auto& d) { declaration(d); });
      last_line_ = line_of(span.end);
      last_is_block_ = is_block;
      trailing(span.end, size);
    }
    leading(size, size, source_.line_count());
    return std::move(out_);
  }

 private:
  // ---- Places in the source ----

  int line_of(std::uint32_t offset) const { return source_.position(offset).line; }

  // The first `c` at or behind `from` that is in no comment.
  std::uint32_t find(char c, std::uint32_t from) const {
    const auto& text = source_.text();
    auto comment = std::lower_bound(program_.comments.begin(), program_.comments.end(), from,
                                    [](const ast::Comment& k, std::uint32_t at) { return k.span.end <= at; });
    for (std::uint32_t i = from; i < text.size(); ++i) {
      if (comment != program_.comments.end() && i == comment->span.begin) {
        i = comment->span.end - 1;
        ++comment;
      } else if (text[i] == c) {
        return i;
      }
    }
    return static_cast<std::uint32_t>(text.size());
  }

  // Where the head of a declaration or statement ends and its block begins, or its end when it has none.
  std::uint32_t head_end(const ast::Decl& decl) const {
    return ast::match(
        decl, [&](const ast::ModelDecl& d) { return find('{', d.name.span.end); },
        [&](const ast::GuideDecl& d) { return find('{', d.name.span.end); },
        [&](const ast::DistDecl& d) { return find('{', d.support.span.end); },
        [&](const ast::FunDecl& d) { return d.value ? d.span.end : find('{', d.name.span.end); },
        [](const ast::ImportDecl& d) { return d.span.end; });
  }
  std::uint32_t head_end(const ast::Stmt& s) const {
    return ast::match(
        s.node, [&](const ast::ForStmt& loop) { return find('{', loop.binders.back().span.end); },
        [&](const ast::IfStmt& branch) { return find('{', branch.condition->span.end); },
        ast::always<ast::DimStmt, ast::DataStmt, ast::ParamStmt, ast::LatentStmt, ast::LetStmt,
                    ast::PredictStmt, ast::FactorStmt, ast::AutoStmt, ast::ReturnStmt, ast::AssignStmt,
                    ast::SampleStmt>(s.span.end));
  }
  // The `}` of a block that opens at `open`.
  template <class Item>
  std::uint32_t block_end(std::uint32_t open, const std::vector<Item>& body) const {
    return find('}', body.empty() ? open + 1 : body.back().span.end);
  }
  bool has_comment(std::uint32_t begin, std::uint32_t end) const {
    return next_ < program_.comments.size() && program_.comments[next_].span.begin < end &&
           program_.comments[next_].span.end > begin;
  }

  // ---- Lines and comments ----

  void indent() { out_ += std::string(static_cast<std::size_t>(2 * depth_), ' '); }

  // Opens the line of an item that stood on `line`, behind one blank line when the source had some or a
  // declaration asks.
  void place(int line) {
    if (last_line_ != 0 && (separate_ || line > last_line_ + 1)) out_ += "\n";
    separate_ = false;
    indent();
  }

  static std::string trimmed(const std::string& text) {
    const auto end = text.find_last_not_of(" \t\r");
    return text.substr(0, end + 1);
  }

  // Comments before `end` that are not out yet, each on its own line. Those behind `start` came from inside
  // of the coming item, which opened on `line`.
  void leading(std::uint32_t start, std::uint32_t end, int line) {
    for (; next_ < program_.comments.size() && program_.comments[next_].span.begin < end; ++next_) {
      const auto& comment = program_.comments[next_];
      const bool inside = comment.span.begin >= start;
      place(inside ? std::min(line, line_of(comment.span.begin)) : line_of(comment.span.begin));
      out_ += trimmed(comment.text) + "\n";
      last_line_ = inside ? line : line_of(comment.span.end);
    }
  }

  // Comments that begin on the line where an item ended at `from`, before `limit` and before anything else.
  void trailing(std::uint32_t from, std::uint32_t limit) {
    const int line = line_of(from);
    while (next_ < program_.comments.size()) {
      const auto& comment = program_.comments[next_];
      if (comment.span.begin < from || comment.span.begin >= limit || line_of(comment.span.begin) != line)
        break;
      const auto between = source_.text({from, comment.span.begin});
      if (between.find_first_not_of(" \t") != std::string_view::npos) break;
      out_ += "  " + trimmed(comment.text);
      from = comment.span.end;
      last_line_ = line_of(comment.span.end);
      ++next_;
      if (last_line_ != line) break;
    }
    out_ += "\n";
  }

  void put(const Doc& doc) { out_ += render(doc, 2 * depth_, max_width); }

  // ---- Blocks ----

  // ` {`, the items, `}`. `open` is the place of the brace; the caller has printed the head.
  template <class Item, class Print>
  void block(std::uint32_t open, const std::vector<Item>& body, Print print) {
    const auto end = block_end(open, body);
    if (body.empty() && !has_comment(open, end)) {
      out_ += " {}";
      return;
    }
    out_ += " {";
    trailing(open + 1, body.empty() ? end : body.front().span.begin);
    last_line_ = 0;
    ++depth_;
    for (const auto& item : body) {
      leading(item.span.begin, item_head_end(item), line_of(item.span.begin));
      place(line_of(item.span.begin));
      print(item);
      last_line_ = line_of(item.span.end);
      trailing(item.span.end, end);
    }
    leading(end, end, line_of(end));
    --depth_;
    indent();
    out_ += "}";
  }
  std::uint32_t item_head_end(const ast::Stmt& s) const { return head_end(s); }
  std::uint32_t item_head_end(const ast::DistMember& m) const {
    return m.body.empty() ? m.span.end : find('{', m.name.span.end);
  }

  void statements(std::uint32_t open, const std::vector<ast::Stmt>& body) {
    block(open, body, [&](const ast::Stmt& s) { statement(s); });
  }

  static bool has_block(const ast::Stmt& s) {
    return ast::match(s.node, ast::always<ast::ForStmt, ast::IfStmt>(true),
                      ast::always<ast::DimStmt, ast::DataStmt, ast::ParamStmt, ast::LatentStmt, ast::LetStmt,
                                  ast::PredictStmt, ast::FactorStmt, ast::AutoStmt, ast::ReturnStmt,
                                  ast::AssignStmt, ast::SampleStmt>(false));
  }

  // A block of one plain statement that the user kept on one line stays there while it fits.
  bool one_line_block(std::uint32_t open, const std::vector<ast::Stmt>& body, const Doc& head) {
    if (body.size() != 1 || has_block(body[0])) return false;
    const auto end = block_end(open, body);
    if (line_of(open) != line_of(end) || has_comment(open, end)) return false;
    const auto whole = flat(head) + " { " + attributes_flat(body[0]) + flat(simple(body[0])) + " }";
    const auto used = out_.size() - (out_.rfind('\n') == std::string::npos ? 0 : out_.rfind('\n') + 1);
    if (used + whole.size() > max_width) return false;
    out_ += whole;
    return true;
  }

  // ---- Statements ----

  std::string attributes_flat(const ast::Stmt& s) const {
    std::string out;
    for (const auto& a : s.attributes)
      out += flat(attribute(a)) + " ";
    return out;
  }
  Doc attribute(const ast::Attribute& a) const {
    return concat({text("@" + a.name.text), a.arguments.empty() ? text("") : exprs_.arguments(a.arguments)});
  }

  void statement(const ast::Stmt& s) {
    for (std::size_t i = 0; i < s.attributes.size(); ++i) {
      put(attribute(s.attributes[i]));
      // An attribute on a line of its own stays there.
      const auto end = s.attributes[i].span.end;
      const auto next = source_.text().find_first_not_of(" \t\r\n", end);
      const bool own_line = next != std::string::npos &&
                            line_of(static_cast<std::uint32_t>(next)) != line_of(end);
      out_ += own_line ? "\n" : " ";
      if (own_line) indent();
    }
    ast::match(
        s.node, [&](const ast::ForStmt& loop) { for_(s, loop); },
        [&](const ast::IfStmt& branch) { if_(s, branch); },
        [&](const ast::OneOf<ast::DimStmt, ast::DataStmt, ast::ParamStmt, ast::LatentStmt, ast::LetStmt,
                             ast::PredictStmt, ast::FactorStmt, ast::AutoStmt, ast::ReturnStmt,
                             ast::AssignStmt, ast::SampleStmt> auto&) { put(simple(s)); });
  }

  void for_(const ast::Stmt& s, const ast::ForStmt& loop) {
    const auto head = concat({text("for "), exprs_.binders(loop.binders)});
    if (one_line_block(head_end(s), loop.body, head)) return;
    put(head);
    statements(head_end(s), loop.body);
  }

  void if_(const ast::Stmt& s, const ast::IfStmt& branch) {
    const auto head = concat({text("if ("), exprs_.expr(*branch.condition), text(")")});
    const auto open = head_end(s);
    if (!branch.has_else && one_line_block(open, branch.then_body, head)) return;
    put(head);
    statements(open, branch.then_body);
    if (!branch.has_else) return;
    const auto else_open = find('{', block_end(open, branch.then_body));
    // A comment between the branches goes to the line before `else`, in the branch that it follows.
    if (has_comment(0, else_open)) {
      out_.resize(out_.rfind('}'));
      out_ += out_.ends_with("{") ? "\n" : "";
      while (out_.ends_with(' '))
        out_.pop_back();
      if (!out_.ends_with('\n')) out_ += "\n";
      ++depth_;
      last_line_ = 0;
      leading(else_open, else_open, line_of(else_open));
      --depth_;
      indent();
      out_ += "}";
    }
    out_ += " else";
    statements(else_open, branch.else_body);
  }

  Doc typed(const std::string& head, const std::optional<ast::TypeExpr>& type,
            const std::vector<ast::ExprPtr>& shape) const {
    return type ? concat({text(head + ": "), exprs_.type(*type)}) : concat({text(head), exprs_.shape(shape)});
  }
  Doc target(const ast::LValue& v) const { return concat({text(v.name.text), exprs_.indices(v.indices)}); }
  Doc relations(const ast::DimDef& dim) const {
    std::vector<Doc> parts;
    for (const auto& relation : dim.relations) {
      const bool less = relation.op == ast::BinaryOp::less || relation.op == ast::BinaryOp::less_equal;
      const bool equal = relation.op == ast::BinaryOp::less_equal ||
                         relation.op == ast::BinaryOp::greater_equal;
      parts.push_back(after(std::string(less ? " <" : " >") + (equal ? "= " : " "), relation.value));
    }
    return concat(std::move(parts));
  }
  Doc after(const std::string& sign, const ast::ExprPtr& e) const {
    return e ? concat({text(sign), exprs_.expr(*e)}) : text("");
  }

  Doc simple(const ast::Stmt& s) const {
    auto body = ast::match(
        s.node,
        [&](const ast::DimStmt& n) {
          std::vector<Doc> items;
          for (std::size_t i = 0; i < n.dims.size(); ++i)
            items.push_back(
                concat({text(n.dims[i].name.text), relations(n.dims[i]),
                        after(" = ", n.dims[i].default_value), text(i + 1 < n.dims.size() ? "," : "")}));
          return concat({text("dim "), nest(fill(std::move(items)))});
        },
        [&](const ast::DataStmt& n) {
          return concat({text("data " + n.name.text + ": "), exprs_.type(n.type)});
        },
        [&](const ast::ParamStmt& n) {
          return concat({text("param " + n.name.text + ": "), exprs_.type(n.type), after(" init ", n.init)});
        },
        [&](const ast::LatentStmt& n) {
          return concat({typed("latent " + n.name.text, n.type, n.shape), after(" ~ ", n.distribution)});
        },
        [&](const ast::LetStmt& n) {
          return concat({typed("let " + n.name.text, n.type, {}), after(" = ", n.value)});
        },
        [&](const ast::PredictStmt& n) {
          return concat({typed("predict " + n.name.text, n.type, n.shape), after(" ~ ", n.distribution),
                         after(" = ", n.value)});
        },
        [&](const ast::FactorStmt& n) { return after("factor ", n.value); },
        [&](const ast::AutoStmt& n) {
          std::string targets;
          for (const auto& t : n.targets)
            targets += (targets.empty() ? " for " : ", ") + t.text;
          return concat({text("auto " + n.family.text),
                         n.arguments.empty() ? text("") : exprs_.arguments(n.arguments), text(targets)});
        },
        [&](const ast::ReturnStmt& n) { return after("return ", n.value); },
        [&](const ast::AssignStmt& n) { return concat({target(n.target), after(" = ", n.value)}); },
        [&](const ast::SampleStmt& n) { return concat({target(n.target), after(" ~ ", n.distribution)}); },
        [](const ast::ForStmt&) { return text(""); }, [](const ast::IfStmt&) { return text(""); });
    return concat({body, text(";")});
  }

  // ---- Declarations ----

  void declaration(const ast::ImportDecl& d) { out_ += "import \"" + d.path + "\";"; }
  void declaration(const ast::ModelDecl& d) {
    out_ += "model " + d.name.text;
    statements(find('{', d.name.span.end), d.body);
  }
  void declaration(const ast::GuideDecl& d) {
    out_ += "guide " + d.name.text + (d.model ? " for " + d.model->text : "");
    statements(find('{', d.name.span.end), d.body);
  }
  void declaration(const ast::FunDecl& d) {
    const auto head = concat({text("fun " + d.name.text), exprs_.formals(d.formals),
                              d.result ? concat({text(": "), exprs_.type(*d.result)}) : text("")});
    if (d.value) return put(concat({head, text(" = "), exprs_.expr(*d.value), text(";")}));
    const auto open = find('{', d.name.span.end);
    if (one_line_block(open, d.body, head)) return;
    put(head);
    statements(open, d.body);
  }
  void declaration(const ast::DistDecl& d) {
    put(concat({text("dist " + d.name.text), exprs_.formals(d.formals), text(": "), exprs_.type(d.support)}));
    block(find('{', d.support.span.end), d.members, [&](const ast::DistMember& m) { member(m); });
  }
  void member(const ast::DistMember& m) {
    const auto head = concat({text(m.name.text), m.has_formals ? exprs_.formals(m.formals) : text("")});
    if (m.value) return put(concat({head, text(" = "), exprs_.expr(*m.value), text(";")}));
    if (m.body.empty() && source_.text()[m.span.end - 1] != '}') return put(concat({head, text(";")}));
    const auto open = find('{', m.name.span.end);
    if (one_line_block(open, m.body, head)) return;
    put(head);
    statements(open, m.body);
  }

  const ast::Program& program_;
  const Source& source_;
  FormatExpr exprs_;
  std::string out_;
  std::size_t next_ = 0;  // the first comment that is not out yet
  int depth_ = 0;
  int last_line_ = 0;  // of the source, on which the last item ended; 0 at the start of a block
  bool separate_ = false;
  bool last_is_block_ = false;
};

}  // namespace

std::string format(const ast::Program& program, const Source& source) {
  return Formatter(program, source).run();
}

}  // namespace elba
