#include "frontend/check/size_arguments.h"

#include <map>
#include <vector>

namespace elba::frontend {

namespace {

class Collector {
 public:
  explicit Collector(const TakesSize& takes_size) : takes_size_(takes_size) {}

  // Names in places that need a size; of each `let`, the names in its value.
  std::set<std::string> sizes;
  std::map<std::string, std::set<std::string>> lets;

  void shape(const std::vector<ast::ExprPtr>& extents) {
    for (const auto& extent : extents)
      size(extent);
  }

  void block(const std::vector<ast::Stmt>& stmts) {
    for (const auto& stmt : stmts) {
      match(
          stmt.node,
          [&](const ast::LetStmt& let) {
            if (let.type) shape(let.type->shape);
            expr(let.value);
            if (let.value) names(*let.value, lets[let.name.text]);
          },
          [&](const ast::ForStmt& loop) {
            binders(loop.binders);
            block(loop.body);
          },
          [&](const ast::IfStmt& branch) {
            expr(branch.condition);
            block(branch.then_body);
            block(branch.else_body);
          },
          [&](const ast::ReturnStmt& back) { expr(back.value); },
          [&](const ast::AssignStmt& assign) {
            indices(assign.target.indices);
            expr(assign.value);
          },
          ignore<ast::DimStmt, ast::DataStmt, ast::ParamStmt, ast::LatentStmt, ast::PredictStmt,
                 ast::FactorStmt, ast::AutoStmt, ast::SampleStmt>);
    }
  }

  void expr(const ast::ExprPtr& found) {
    if (!found) return;
    if (const auto* call = std::get_if<ast::CallExpr>(&found->node)) {
      for (std::size_t i = 0; i < call->arguments.size(); ++i) {
        binders(call->arguments[i].binders);
        if (takes_size_(call->callee.text, i)) size(call->arguments[i].value);
        expr(call->arguments[i].value);
      }
    } else if (const auto* array = std::get_if<ast::ArrayLiteral>(&found->node)) {
      for (const auto& element : array->elements)
        expr(element);
    } else if (const auto* comprehension = std::get_if<ast::Comprehension>(&found->node)) {
      binders(comprehension->binders);
      expr(comprehension->element);
    } else if (const auto* index = std::get_if<ast::IndexExpr>(&found->node)) {
      expr(index->base);
      indices(index->indices);
    } else if (const auto* paren = std::get_if<ast::ParenExpr>(&found->node)) {
      expr(paren->inner);
    } else if (const auto* transpose = std::get_if<ast::TransposeExpr>(&found->node)) {
      expr(transpose->operand);
    } else if (const auto* unary = std::get_if<ast::UnaryExpr>(&found->node)) {
      expr(unary->operand);
    } else if (const auto* binary = std::get_if<ast::BinaryExpr>(&found->node)) {
      expr(binary->left);
      expr(binary->right);
    } else if (const auto* choice = std::get_if<ast::ConditionalExpr>(&found->node)) {
      expr(choice->condition);
      expr(choice->then_value);
      expr(choice->else_value);
    }
  }

 private:
  void size(const ast::ExprPtr& found) {
    if (found) names(*found, sizes);
  }

  static void names(const ast::Expr& found, std::set<std::string>& out) {
    if (const auto* name = std::get_if<ast::NameExpr>(&found.node)) out.insert(name->name);
    if (const auto* paren = std::get_if<ast::ParenExpr>(&found.node)) names(*paren->inner, out);
    if (const auto* unary = std::get_if<ast::UnaryExpr>(&found.node)) names(*unary->operand, out);
    if (const auto* binary = std::get_if<ast::BinaryExpr>(&found.node)) {
      names(*binary->left, out);
      names(*binary->right, out);
    }
  }

  void binders(const std::vector<ast::Binder>& found) {
    for (const auto& binder : found) {
      if (!binder.last) continue;
      size(binder.first);
      size(binder.last);
    }
  }

  void indices(const std::vector<ast::Index>& found) {
    for (const auto& index : found) {
      if (index.last) {
        size(index.first);
        size(index.last);
      }
      expr(index.first);
      expr(index.last);
    }
  }

  const TakesSize& takes_size_;
};

}  // namespace

std::set<std::string> size_arguments(const ast::FunDecl& fun, const TakesSize& takes_size) {
  // A range may end at an integer of the data whose bounds are known; a shape may not depend on one.
  std::set<std::string> candidates, bounded, found;
  for (const auto& formal : fun.formals) {
    if (formal.type.base.text != "int" || !formal.type.shape.empty() || formal.type.optional) continue;
    (formal.type.bounds.size() == 2 ? bounded : candidates).insert(formal.name.text);
  }
  if (candidates.empty() && bounded.empty()) return found;
  Collector collector(takes_size);
  for (const auto& formal : fun.formals)
    collector.shape(formal.type.shape);
  if (fun.result) collector.shape(fun.result->shape);
  for (const std::string& name : collector.sizes)
    if (bounded.contains(name)) candidates.insert(name);
  collector.expr(fun.value);
  collector.block(fun.body);
  std::set<std::string> reached;
  std::vector<std::string> waiting(collector.sizes.begin(), collector.sizes.end());
  while (!waiting.empty()) {
    const std::string name = waiting.back();
    waiting.pop_back();
    if (!reached.insert(name).second) continue;
    if (candidates.contains(name)) found.insert(name);
    if (const auto let = collector.lets.find(name); let != collector.lets.end())
      waiting.insert(waiting.end(), let->second.begin(), let->second.end());
  }
  return found;
}

}  // namespace elba::frontend
