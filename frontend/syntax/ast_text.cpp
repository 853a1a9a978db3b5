// ast_text: see ast_text.h. The words for nodes and operators are those of ast.h.
#include "frontend/syntax/ast_text.h"

namespace elba {
namespace {

std::string list(const std::string& head, const std::string& rest) { return "(" + head + rest + ")"; }

std::string_view word(ast::BinaryOp op) {
  static constexpr std::string_view words[] = {"add",
                                               "subtract",
                                               "multiply",
                                               "divide",
                                               "matmul",
                                               "elementwise_multiply",
                                               "elementwise_divide",
                                               "modulo",
                                               "power",
                                               "elementwise_power",
                                               "less",
                                               "less_equal",
                                               "greater",
                                               "greater_equal",
                                               "equal",
                                               "not_equal",
                                               "logical_and",
                                               "logical_or"};
  return words[static_cast<std::size_t>(op)];
}

std::string expr(const ast::Expr& e);
std::string optional(const ast::ExprPtr& e) { return e ? " " + expr(*e) : ""; }

std::string binders(const std::vector<ast::Binder>& list_) {
  std::string out;
  for (const auto& b : list_)
    out += " " + list("in " + b.name.text, optional(b.first) + optional(b.last));
  return out;
}

std::string arguments(const std::vector<ast::Argument>& list_) {
  std::string out;
  for (const auto& a : list_) {
    auto value = a.name ? list("named " + a.name->text, optional(a.value)) : expr(*a.value);
    out += " " + (a.binders.empty() ? value : list("generate " + value, binders(a.binders)));
  }
  return out;
}

std::string indices(const std::vector<ast::Index>& list_) {
  std::string out;
  for (const auto& i : list_)
    out += i.is_all ? " all"
           : i.last ? " " + list("range", optional(i.first) + optional(i.last))
                    : optional(i.first);
  return out;
}

std::string expr(const ast::Expr& e) {
  return ast::match(
      e.node, [](const ast::IntLiteral& n) { return n.text; },
      [](const ast::RealLiteral& n) { return n.text; },
      [](const ast::StringLiteral& n) { return "\"" + n.value + "\""; },
      [](const ast::BoolLiteral& n) { return std::string(n.value ? "true" : "false"); },
      [](const ast::NameExpr& n) { return n.name; },
      [](const ast::CallExpr& n) { return list("call " + n.callee.text, arguments(n.arguments)); },
      [](const ast::ParenExpr& n) { return list("paren", optional(n.inner)); },
      [](const ast::ArrayLiteral& n) {
        std::string out;
        for (const auto& element : n.elements)
          out += optional(element);
        return list("array", out);
      },
      [](const ast::Comprehension& n) {
        return list("comprehension", optional(n.element) + binders(n.binders));
      },
      [](const ast::IndexExpr& n) { return list("index", optional(n.base) + indices(n.indices)); },
      [](const ast::TransposeExpr& n) { return list("transpose", optional(n.operand)); },
      [](const ast::UnaryExpr& n) {
        const char* op = n.op == ast::UnaryOp::negate ? "negate"
                         : n.op == ast::UnaryOp::plus ? "plus"
                                                      : "logical_not";
        return list(op, optional(n.operand));
      },
      [](const ast::BinaryExpr& n) {
        return list(std::string(word(n.op)), optional(n.left) + optional(n.right));
      },
      [](const ast::ConditionalExpr& n) {
        return list("conditional", optional(n.condition) + optional(n.then_value) + optional(n.else_value));
      },
      [](const ast::ErrorExpr&) { return std::string("<error>"); });
}

std::string shape(const std::vector<ast::ExprPtr>& dims) {
  std::string out;
  for (const auto& d : dims)
    out += optional(d);
  return dims.empty() ? "" : " " + list("shape", out);
}

std::string type(const ast::TypeExpr& t) {
  std::string bounds;
  for (const auto& b : t.bounds)
    bounds += b.name ? " " + list("named " + b.name->text, optional(b.value)) : optional(b.value);
  return list("type " + t.base.text, (bounds.empty() ? "" : " " + list("bounds", bounds)) +
                                         (t.optional ? " optional" : "") + shape(t.shape));
}
std::string type(const std::optional<ast::TypeExpr>& t) { return t ? " " + type(*t) : ""; }
std::string after(const char* sign, const ast::ExprPtr& e) { return e ? " " + list(sign, optional(e)) : ""; }

std::string formals(const std::vector<ast::Formal>& list_) {
  std::string out;
  for (const auto& f : list_)
    out += " " + (f.type.base.text.empty() ? f.name.text : list("formal " + f.name.text, " " + type(f.type)));
  return list("formals", out);
}

// ---- Lines ----

std::string block(const std::vector<ast::Stmt>& body, int depth);

std::string statement(const ast::Stmt& s, int depth) {
  std::string head;
  for (const auto& a : s.attributes)
    head += list("@" + a.name.text, arguments(a.arguments)) + " ";
  return head +
         ast::match(
             s.node,
             [](const ast::DimStmt& n) {
               std::string out;
               for (const auto& d : n.dims) {
                 std::string rest;
                 for (const auto& r : d.relations)
                   rest += " " + list(std::string(word(r.op)), optional(r.value));
                 rest += optional(d.default_value);
                 out += " " + (rest.empty() ? d.name.text : list(d.name.text, rest));
               }
               return list("dim", out);
             },
             [](const ast::DataStmt& n) { return list("data " + n.name.text, " " + type(n.type)); },
             [](const ast::ParamStmt& n) {
               return list("param " + n.name.text, " " + type(n.type) + after("init", n.init));
             },
             [](const ast::LatentStmt& n) {
               return list("latent " + n.name.text,
                           type(n.type) + shape(n.shape) + after("~", n.distribution));
             },
             [](const ast::LetStmt& n) {
               return list("let " + n.name.text, type(n.type) + after("=", n.value));
             },
             [](const ast::PredictStmt& n) {
               return list("predict " + n.name.text,
                           type(n.type) + shape(n.shape) + after("~", n.distribution) + after("=", n.value));
             },
             [](const ast::FactorStmt& n) { return list("factor", optional(n.value)); },
             [](const ast::AutoStmt& n) {
               std::string targets;
               for (const auto& t : n.targets)
                 targets += " " + t.text;
               return list("auto " + n.family.text,
                           arguments(n.arguments) + (targets.empty() ? "" : " " + list("for", targets)));
             },
             [&](const ast::ForStmt& n) {
               return list("for", binders(n.binders) + block(n.body, depth + 1));
             },
             [&](const ast::IfStmt& n) {
               const auto indent = "\n" + std::string(static_cast<std::size_t>(2 * depth), ' ');
               return list("if", optional(n.condition) + block(n.then_body, depth + 1) +
                                     (n.has_else ? indent + "else" + block(n.else_body, depth + 1) : ""));
             },
             [](const ast::ReturnStmt& n) { return list("return", optional(n.value)); },
             [](const ast::AssignStmt& n) {
               return list("= " + list("target " + n.target.name.text, indices(n.target.indices)),
                           optional(n.value));
             },
             [](const ast::SampleStmt& n) {
               return list("~ " + list("target " + n.target.name.text, indices(n.target.indices)),
                           optional(n.distribution));
             });
}

std::string block(const std::vector<ast::Stmt>& body, int depth) {
  std::string out;
  for (const auto& s : body)
    out += "\n" + std::string(static_cast<std::size_t>(2 * depth), ' ') + statement(s, depth);
  return out;
}

std::string declaration(const ast::Decl& decl) {
  return ast::match(
      decl,
      [](const ast::FunDecl& d) {
        return list("fun " + d.name.text,
                    " " + formals(d.formals) + type(d.result) + optional(d.value) + block(d.body, 1));
      },
      [](const ast::DistDecl& d) {
        std::string members;
        for (const auto& m : d.members)
          members += "\n  " + list("member " + m.name.text, (m.has_formals ? " " + formals(m.formals) : "") +
                                                                optional(m.value) + block(m.body, 2));
        return list("dist " + d.name.text, " " + formals(d.formals) + " " + type(d.support) + members);
      },
      [](const ast::ModelDecl& d) { return list("model " + d.name.text, block(d.body, 1)); },
      [](const ast::GuideDecl& d) {
        return list("guide " + d.name.text, (d.model ? " for " + d.model->text : "") + block(d.body, 1));
      },
      [](const ast::ImportDecl& d) { return list("import", " \"" + d.path + "\""); });
}

}  // namespace

std::string ast_text(const ast::Program& program) {
  std::string out;
  for (const auto& decl : program.decls)
    out += declaration(decl) + "\n";
  return out;
}

}  // namespace elba
