// A bounded scalar takes a value inside its bounds, unbounded ones 0, 1, 2, .. in turn (so that `uniform(a,
// b)` has a < b), a constrained vector a value of its kind. What a type does not say (that a matrix must be
// positive definite) is met by the identity.
#include "frontend/reference/example.h"

#include <cmath>
#include <cstdio>

namespace elba::frontend {

namespace {

constexpr double example_extent = 3;

double number(const ast::Expr& e, const std::map<std::string, double>& names) {
  if (const auto* i = std::get_if<ast::IntLiteral>(&e.node)) return static_cast<double>(i->value);
  if (const auto* r = std::get_if<ast::RealLiteral>(&e.node)) return r->value;
  if (const auto* p = std::get_if<ast::ParenExpr>(&e.node)) return number(*p->inner, names);
  if (const auto* u = std::get_if<ast::UnaryExpr>(&e.node)) return -number(*u->operand, names);
  if (const auto* n = std::get_if<ast::NameExpr>(&e.node)) {
    const auto at = names.find(n->name);
    return at == names.end() ? example_extent : at->second;
  }
  if (const auto* b = std::get_if<ast::BinaryExpr>(&e.node)) {
    const double x = number(*b->left, names), y = number(*b->right, names);
    if (b->op == ast::BinaryOp::add) return x + y;
    if (b->op == ast::BinaryOp::subtract) return x - y;
    if (b->op == ast::BinaryOp::divide) return x / y;
    return x * y;
  }
  return example_extent;
}

std::string text(double x) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%g", x);
  return digits;
}

}  // namespace

double ExampleArguments::element(const ast::TypeExpr& type) {
  std::optional<double> lower, upper;
  for (std::size_t i = 0; i < type.bounds.size(); ++i) {
    const ast::Bound& bound = type.bounds[i];
    const bool is_lower = bound.name ? bound.name->text == "lower" : i == 0;
    (is_lower ? lower : upper) = number(*bound.value, values_);
  }
  const bool integer = type.base.text == "int";
  if (lower && upper) return integer ? std::ceil((*lower + *upper) / 2) : (*lower + *upper) / 2;
  if (lower) return *lower + (integer ? 10 : 2);
  if (upper) return *upper - 1;
  return next_real_++;
}

std::string ExampleArguments::bounds(const ast::TypeExpr& type) const {
  std::string out;
  for (const ast::Bound& bound : type.bounds)
    out += (out.empty() ? "<" : ", ") + (bound.name ? bound.name->text + "=" : "") +
           text(number(*bound.value, values_));
  return out.empty() ? out : out + ">";
}

std::string ExampleArguments::extents(const ast::TypeExpr& type) const {
  std::string out;
  for (const ast::ExprPtr& extent : type.shape)
    out += (out.empty() ? "[" : ", ") + text(number(*extent, {}));
  return out.empty() ? out : out + "]";
}

std::string ExampleArguments::value(const ast::TypeExpr& type) {
  const std::string& kind = type.base.text;
  if (kind == "simplex") return "[0.2, 0.3, 0.5]";
  if (kind == "ordered" || kind == "sum_to_zero") return "[-1, 0, 1]";
  if (kind == "positive_ordered") return "[1, 2, 3]";
  if (kind == "unit_vector") return "[1, 0, 0]";
  if (kind != "real" && kind != "int" && kind != "bool") return "eye(3)";
  if (type.shape.size() == 2) {
    const double rows = number(*type.shape[0], {}), columns = number(*type.shape[1], {});
    if (rows == columns && type.bounds.empty()) return "eye(" + text(rows) + ")";
  }
  if (kind == "bool") return "true";
  if (type.shape.empty()) return text(element(type));
  const std::string sizes = extents(type);
  return "rep(" + text(element(type)) + ", " + sizes.substr(1, sizes.size() - 2) + ")";
}

std::vector<std::string> ExampleArguments::of(const std::vector<ast::Formal>& formals) {
  std::vector<std::string> out;
  for (const ast::Formal& formal : formals) {
    out.push_back(value(formal.type));
    if (formal.type.shape.empty() && formal.type.base.text != "bool")
      values_[formal.name.text] = std::atof(out.back().c_str());
  }
  return out;
}

}  // namespace elba::frontend
