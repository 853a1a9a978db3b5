// types: type expressions, their bounds and shapes, and dim expressions.
//
// A dim expression is an integer over dims: + - * and powers, division only where it is exact. In the formals
// of a function or distribution an unknown name in a shape is a dim of its own, bound by matching the
// arguments.
#include "frontend/check/types.h"

#include <cmath>

namespace elba::frontend {

namespace {

constexpr std::size_t most_axes = 8;

// real, int, bool, and the supports that have a shape of their own.
std::vector<std::string> type_names() {
  std::vector<std::string> names{"real", "int", "bool"};
  for (const auto& support : ir::all_supports())
    if (support.event_rank > 0) names.emplace_back(support.name);
  return names;
}

std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names)
    out += (out.empty() ? "" : &name == &names.back() ? " and " : ", ") + name;
  return out;
}

// The types of Stan, in Elba's spelling.
std::string foreign_type(const std::string& name) {
  if (name == "vector" || name == "row_vector") return "write `real[N]`";
  if (name == "matrix") return "write `real[N, D]`";
  if (name == "array" || name == "list") return "the shape comes last: `real[N, D]`";
  if (name == "float" || name == "double" || name == "number") return "write `real`";
  if (name == "integer" || name == "count" || name == "factor")
    return "write `int`, with its bounds: `int<lower=0>`, `int<1, K>`";
  if (name == "positive" || name == "nonnegative" || name == "positive_real") return "write `real<lower=0>`";
  if (name == "probability" || name == "unit" || name == "unit_interval") return "write `real<0, 1>`";
  if (name == "boolean") return "write `bool`";
  if (name == "cholesky_factor_corr") return "write `cholesky_corr[K]`";
  if (name == "cholesky_factor_cov") return "write `cholesky_cov[K]`";
  if (name == "sum_to_zero_vector") return "write `sum_to_zero[K]`";
  return {};
}

}  // namespace

namespace {

bool makes_dims(ast::BinaryOp op) {
  using ast::BinaryOp;
  return op == BinaryOp::add || op == BinaryOp::subtract || op == BinaryOp::multiply ||
         op == BinaryOp::divide || op == BinaryOp::power;
}

}  // namespace

// Of + - * / ^; nothing after a report.
std::optional<Dim> Types::dim_of_binary(const ast::Expr& expr, const ast::BinaryExpr& binary,
                                        bool bind_unknown) {
  using ast::BinaryOp;
  const auto left = dim_of(*binary.left, bind_unknown), right = dim_of(*binary.right, bind_unknown);
  if (!left || !right) return std::nullopt;
  std::optional<Dim> result;
  switch (binary.op) {
    case BinaryOp::add:
      result = *left + *right;
      break;
    case BinaryOp::subtract:
      result = *left - *right;
      break;
    case BinaryOp::multiply:
      result = *left * *right;
      break;
    case BinaryOp::divide: {
      result = divide_exactly(*left, *right);
      if (!result) {
        report(Code::inexact_division, expr.span, {user_text(*left), user_text(*right)})
            .suggest("declare the quotient as a `dim` of its own");
        return std::nullopt;
      }
      break;
    }
    default:
      if (right->is_constant() && right->constant() >= 0 && right->constant() <= 8) {
        result = Dim(1);
        for (std::int64_t k = 0; k < right->constant(); ++k)
          result = *result * *left;
      }
  }
  if (result && is_tame(*result)) return result;
  report(Code::not_an_extent, expr.span, {text(expr.span)});
  return std::nullopt;
}

// An unknown name in the shape of a formal.
void Types::bind_dim(const std::string& name, Span span) {
  Symbol symbol;
  symbol.kind = Symbol::Kind::dim;
  symbol.name = name;
  symbol.span = span;
  symbol.type.element = Element::integer;
  symbol.exact = Dim::symbol(name);
  symbol.used = true;
  own_dims_.push_back(name);
  scopes_.declare(std::move(symbol));
}

// Why an expression is no size, and what to write instead.
void Types::not_an_extent(const ast::Expr& expr, const Term& found) {
  auto& diagnostic = report(Code::not_an_extent, expr.span, {text(expr.span)});
  const bool of_data = found.type.element == Element::integer && found.type.is_scalar() &&
                       found.known == Knowledge::data;
  if (of_data && !std::holds_alternative<ast::NameExpr>(expr.node)) {
    const std::string name = names_.free_name({"K", "M", "L", "n_max"});
    diagnostic.note("a size has a name")
        .suggest("write `dim " + name + " = " + text(expr.span) + ";` above, and `" + name + "` here");
  }
  if (const auto* name = std::get_if<ast::NameExpr>(&expr.node)) {
    const SymbolId symbol = scopes_.lookup(name->name);
    if (symbol.valid()) diagnostic.label(body_.symbol(symbol).span, "`" + name->name + "` is declared here");
    if (symbol.valid() && body_.symbol(symbol).kind == Symbol::Kind::data)
      diagnostic.suggest("sizes are dims: write `dim " + name->name + ";` instead of `data " + name->name +
                         ": ..;`");
  }
}

std::optional<Dim> Types::dim_of(const ast::Expr& expr, bool bind_unknown) {
  if (const auto* paren = std::get_if<ast::ParenExpr>(&expr.node)) return dim_of(*paren->inner, bind_unknown);
  const auto* binary = std::get_if<ast::BinaryExpr>(&expr.node);
  if (binary && makes_dims(binary->op)) return dim_of_binary(expr, *binary, bind_unknown);
  if (const auto* name = std::get_if<ast::NameExpr>(&expr.node);
      name && bind_unknown && !scopes_.lookup(name->name).valid())
    bind_dim(name->name, expr.span);
  TermId id;
  {
    const Names::SizeWanted wanted(names_);
    id = inner_.check(expr);
  }
  const Term& found = term(id);
  if (found.type.is_error()) return std::nullopt;
  if (found.exact && found.type.is_scalar()) return found.exact;
  not_an_extent(expr, found);
  return std::nullopt;
}

bool Types::check_shape(const std::vector<ast::ExprPtr>& shape, std::vector<Dim>& out, bool bind_dims) {
  if (shape.size() > most_axes) {
    report(Code::too_many_axes, {shape.front()->span.begin, shape.back()->span.end},
           {std::to_string(shape.size()), std::to_string(most_axes)})
        .suggest("make one axis of several: `[A * B]` in place of `[A, B]`");
    return false;
  }
  bool fine = true;
  for (const auto& extent : shape) {
    auto dim = dim_of(*extent, bind_dims);
    if (dim && has_binder(*dim)) {
      report(Code::not_an_extent, extent->span, {text(extent->span)})
          .note("a size may not vary within a loop");
      dim.reset();
    }
    if (dim && at_least_zero(*dim) == Truth::no) {
      report(Code::negative_extent, extent->span, {text(extent->span)})
          .note("it is " + user_text(*dim) + "; a size is zero or more");
      dim.reset();
    }
    if (dim && !bind_dims) require(*dim, extent->span, "`" + text(extent->span) + "` is a size");
    fine = fine && dim.has_value();
    out.push_back(dim.value_or(Dim(1)));
  }
  return fine;
}

void Types::unknown_type(const ast::Name& name) {
  const std::string& base = name.text;
  auto& diagnostic = report(Code::unknown_type, name.span, {base});
  const auto names = type_names();
  const std::string near = nearest_name(base, names);
  if (const auto advice = foreign_type(base); !advice.empty())
    diagnostic.suggest(advice);
  else if (!near.empty())
    diagnostic.suggest("did you mean `" + near + "`?");
  else
    diagnostic.note("the types are " + listed(names));
}

// `real<lower=.., upper=..>`: false after a report.
bool Types::check_bounds(const ast::TypeExpr& type, TypeInfo& info) {
  const std::string& base = type.base.text;
  bool fine = true;
  for (std::size_t i = 0; i < type.bounds.size(); ++i) {
    const ast::Bound& bound = type.bounds[i];
    const std::string name = bound.name ? bound.name->text : i == 0 ? "lower" : "upper";
    const bool is_lower = name == "lower", is_upper = name == "upper";
    const TermId value = inner_.check(*bound.value);
    TermId& slot = is_upper ? info.upper : info.lower;
    if ((!is_lower && !is_upper) || slot.valid() || i > 1) {
      report(Code::bad_bound, bound.name ? bound.name->span : bound.value->span,
             {name, base, is_lower || is_upper ? "is given twice as a bound of" : "is not a bound of"})
          .suggest(name == "offset" || name == "multiplier"
                       ? "leave it out: the compiler chooses the parameterisation; `@noncentered` before a "
                         "latent asks for one"
                       : "write `" + base + "<lower=.., upper=..>`, with one or both");
      fine = false;
      continue;
    }
    info.has_bounds = true;
    if (!need_number(value, info.type.element == Element::integer)) {
      fine = false;
      continue;
    }
    if (!Concern::type(value).is_scalar() && Concern::type(value).shape != info.type.shape) {
      report(Code::shape_mismatch, bound.value->span,
             {shape_text(Concern::type(value).shape), shape_text(info.type.shape), text(type.span)});
      fine = false;
      continue;
    }
    slot = value;
  }
  return fine;
}

bool Types::bounds_leave_room(const ast::TypeExpr& type, const TypeInfo& info) {
  if (!info.lower.valid() || !info.upper.valid()) return true;
  const ir::Bound low = bounds_.bound_of(info.lower), high = bounds_.bound_of(info.upper);
  const auto* a = std::get_if<double>(&low);
  const auto* b = std::get_if<double>(&high);
  if (!a || !b || (info.type.element == Element::integer ? *a <= *b : *a < *b)) return true;
  auto& diagnostic = report(Code::empty_bounds, type.span, {text(type.span)});
  if (*a > *b)
    diagnostic.suggest("the lower bound comes first: `" + type.base.text + "<lower=" +
                       text(term(info.upper).span) + ", upper=" + text(term(info.lower).span) + ">`");
  else
    diagnostic.suggest("the lower bound lies below the upper one");
  return false;
}

TypeInfo Types::check_type(const ast::TypeExpr& type, bool bind_dims) {
  TypeInfo info;
  info.span = type.span;
  info.optional = type.optional;
  const std::string& base = type.base.text;
  const bool shape_fine = check_shape(type.shape, info.type.shape, bind_dims);
  const auto* support = ir::find_support(base);
  const bool has_own_shape = support && support->event_rank > 0;
  if (base != "int" && base != "bool" && base != "real" && !has_own_shape) {
    unknown_type(type.base);
    return info;
  }
  info.type.element = base == "int" ? Element::integer : base == "bool" ? Element::boolean : Element::real;
  if (has_own_shape) info.support = support->support;
  if (has_own_shape && static_cast<int>(type.shape.size()) < support->sizes) {
    report(Code::size_missing, type.span, {base})
        .suggest("write `" + base + (support->sizes == 1 ? "[K]`" : "[M, N]`"));
    info.type.element = Element::error;
    return info;
  }
  if (has_own_shape && support->sizes < support->event_rank)
    info.type.shape.push_back(info.type.shape.back());
  if (!type.bounds.empty() && (event_rank(info.support) > 0 || base == "bool")) {
    std::string sizes;
    for (const auto& extent : type.shape)
      sizes += (sizes.empty() ? "[" : ", ") + text(extent->span);
    report(Code::bounds_not_allowed, type.span, {base})
        .note("only `real` and `int` have bounds")
        .suggest("write `" + base + (sizes.empty() ? "" : sizes + "]") + "`");
    info.type.element = Element::error;
    return info;
  }
  bool bounds_fine = check_bounds(type, info);
  if (event_rank(info.support) == 0)
    info.support = info.lower.valid()   ? (info.upper.valid() ? Support::interval : Support::lower)
                   : info.upper.valid() ? Support::upper
                                        : Support::real;
  bounds_fine = bounds_fine && bounds_leave_room(type, info);
  info.ok = shape_fine && bounds_fine;
  if (!info.ok) info.type.element = Element::error;
  return info;
}

std::optional<Dim> Types::quiet_exact(const ast::Expr& expr) {
  const Terms::Muted muted(terms_);
  return term(inner_.check(expr)).exact;
}

}  // namespace elba::frontend
