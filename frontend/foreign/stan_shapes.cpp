// stan_shapes: the shape of an expression of Stan, with its sizes as Elba writes them where they are known.
//
//     X[i] of matrix[N, D] X  ->  a row of D          a * b of vectors  ->  what Stan's product gives
#include <algorithm>

#include "frontend/foreign/stan_writer.h"

namespace elba::stan {

using ExprKind = Expr::Kind;
using Form = Shape::Form;

namespace {

Shape transposed(Shape out) {
  if (out.form == Form::vector)
    out.form = Form::row;
  else if (out.form == Form::row)
    out.form = Form::vector;
  else
    std::reverse(out.sizes.begin(), out.sizes.end());
  return out;
}

// What an index of `used` axes leaves of a vector, row or matrix; `kept` says which of them it keeps.
Form indexed_form(const Shape& of, int used, const std::vector<bool>& kept) {
  const int of_form = std::max(0, used - of.arrays);
  const auto arrays = static_cast<std::size_t>(of.arrays);
  if (of.form == Form::matrix) {
    const bool first = of_form < 1 || kept[arrays], second = of_form < 2 || kept[arrays + 1];
    return first ? (second ? Form::matrix : Form::vector) : (second ? Form::row : Form::scalar);
  }
  return of.form != Form::scalar && of_form >= 1 && !kept[arrays] ? Form::scalar : of.form;
}

}  // namespace

bool is_comparison(const Expr& expr) {
  static constexpr std::string_view signs[] = {"==", "!=", "<", "<=", ">", ">=", "&&", "||"};
  if (expr.kind == ExprKind::paren) return is_comparison(*expr.args[0]);
  if (expr.kind == ExprKind::unary) return expr.text == "!";
  return expr.kind == ExprKind::binary &&
         std::find(std::begin(signs), std::end(signs), expr.text) != std::end(signs);
}

// How long an axis is behind an index: `whole` is its size before.
std::string Writer::indexed_size(const ExprPtr& index, const std::string& whole, const Shape& shape) {
  if (index->kind != ExprKind::range) return shape.sizes.empty() ? "" : shape.sizes[0];
  if (!index->args[0] && !index->args[1]) return whole;
  if (!index->args[0] || !index->args[1]) return "";
  return is_number(index->args[0], "1") ? text(index->args[1])
                                        : text(index->args[1]) + " - (" + text(index->args[0]) + ") + 1";
}

Shape Writer::shape_of_list(const Expr& expr) {
  const auto& args = expr.args;
  Shape out = args.empty() ? Shape{} : shape(args[0]);
  out.sizes.insert(out.sizes.begin(), std::to_string(args.size()));
  if (expr.kind == ExprKind::braces)
    ++out.arrays;
  else
    out.form = out.form == Form::row ? Form::matrix : Form::row, out.is_integer = false;
  return out;
}

Shape Writer::shape_of_call_expr(const Expr& expr) {
  const auto& args = expr.args;
  std::string member;
  if (split_density(expr.text, member)) return {};
  if (const auto own = results_.find(expr.text); own != results_.end()) return own->second;
  std::vector<Shape> shapes;
  std::vector<std::string> texts;
  const bool draws = may_draw_;
  may_draw_ = false;
  for (const ExprPtr& arg : args) {
    shapes.push_back(shape(arg));
    texts.push_back(arg->kind == ExprKind::name || arg->kind == ExprKind::number ||
                            arg->kind == ExprKind::binary
                        ? text(arg)
                        : "");
  }
  may_draw_ = draws;
  return shape_of_call(expr.text, shapes, texts);
}

Shape Writer::shape_of_index(const Expr& expr) {
  const auto& args = expr.args;
  Shape out = shape(args[0]);
  std::vector<std::string> sizes;
  std::size_t axis = 0;
  int arrays = 0;
  std::vector<bool> kept;
  for (std::size_t k = 1; k < args.size(); ++k, ++axis) {
    const bool is_range = args[k]->kind == ExprKind::range;
    const Shape index = is_range ? Shape{} : shape(args[k]);
    const bool keeps = is_range || index.rank() > 0;
    kept.push_back(keeps);
    if (!keeps) continue;
    sizes.push_back(indexed_size(args[k], axis < out.sizes.size() ? out.sizes[axis] : "", index));
    if (static_cast<int>(axis) < out.arrays) ++arrays;
  }
  for (std::size_t rest = axis; rest < out.sizes.size(); ++rest)
    sizes.push_back(out.sizes[rest]);
  const auto used = static_cast<int>(axis);
  arrays += std::max(0, out.arrays - used);
  out.form = indexed_form(out, used, kept);
  out.arrays = arrays;
  out.sizes = std::move(sizes);
  return out;
}

Shape Writer::shape_of_binary(const Expr& expr) {
  const auto& args = expr.args;
  const Shape left = shape(args[0]), right = shape(args[1]);
  if (is_comparison(expr)) return {Form::scalar, 0, true, {}};
  if (expr.text == "*" && left.arrays + right.arrays == 0 && left.rank() > 0 && right.rank() > 0) {
    const auto size = [](const Shape& s, std::size_t k) {
      return k < s.sizes.size() ? s.sizes[k] : std::string();
    };
    if (left.form == Form::row && right.form == Form::vector) return {};
    if (left.form == Form::vector && right.form == Form::row)
      return {Form::matrix, 0, false, {size(left, 0), size(right, 0)}};
    if (left.form == Form::row) return {Form::row, 0, false, {size(right, 1)}};
    if (right.form == Form::vector) return {Form::vector, 0, false, {size(left, 0)}};
    return {Form::matrix, 0, false, {size(left, 0), size(right, 1)}};
  }
  Shape out = left.rank() >= right.rank() ? left : right;
  out.is_integer = left.is_integer && right.is_integer && expr.text != "^";
  return out;
}

Shape Writer::shape(const ExprPtr& expr) {
  if (++steps_ > most_translation_steps) fail(expr->line, "the program is too large to be translated");
  const auto& args = expr->args;
  switch (expr->kind) {
    case ExprKind::number:
      return {Form::scalar, 0, expr->text.find_first_of(".eE") == std::string::npos, {}};
    case ExprKind::string:
    case ExprKind::range:
      return {};
    case ExprKind::name: {
      const auto at = names_.find(expr->text);
      return at == names_.end() ? Shape{} : at->second.shape;
    }
    case ExprKind::paren:
      return shape(args[0]);
    case ExprKind::unary:
      return expr->text == "!" ? Shape{Form::scalar, 0, true, {}} : shape(args[0]);
    case ExprKind::conditional:
      return shape(args[1]);
    case ExprKind::transpose:
      return transposed(shape(args[0]));
    case ExprKind::braces:
    case ExprKind::bracket:
      return shape_of_list(*expr);
    case ExprKind::call:
      return shape_of_call_expr(*expr);
    case ExprKind::index:
      return shape_of_index(*expr);
    case ExprKind::binary:
      return shape_of_binary(*expr);
  }
  return {};
}

}  // namespace elba::stan
