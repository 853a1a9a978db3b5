// stan_names: tables. {0}, {1}, .. stand for the arguments.
#include "frontend/foreign/stan_names.h"

#include <algorithm>

namespace elba::stan {
namespace {

struct Row {
  std::string_view name, here;
};

constexpr Row functions[] = {{"dot_product", "dot({0}, {1})"},
                             {"rep_vector", "rep({0}, {1})"},
                             {"rep_row_vector", "rep({0}, {1})"},
                             {"rep_matrix", "rep({0}, {1}, {2})"},
                             {"fabs", "abs({0})"},
                             {"inv", "(1 / ({0}))"},
                             {"inv_sqrt", "(1 / sqrt({0}))"},
                             {"inv_square", "(1 / ({0})^2)"},
                             {"cholesky_decompose", "chol({0})"},
                             {"mdivide_left_tri_low", "solve_lower({0}, {1})"},
                             {"diag_matrix", "diag({0})"},
                             {"identity_matrix", "eye({0})"},
                             {"elt_multiply", "(({0}) .* ({1}))"},
                             {"elt_divide", "(({0}) ./ ({1}))"},
                             {"append_array", "concat({0}, {1})"},
                             {"cumulative_sum", "cumsum({0})"},
                             {"zeros_vector", "zeros({0})"},
                             {"zeros_row_vector", "zeros({0})"},
                             {"ones_vector", "ones({0})"},
                             {"ones_row_vector", "ones({0})"},
                             {"multiply_log", "xlogy({0}, {1})"},
                             {"binomial_coefficient_log", "lchoose({0}, {1})"},
                             {"int_step", "(({0}) > 0 ? 1 : 0)"},
                             {"negative_infinity", "(-inf())"},
                             {"positive_infinity", "inf()"},
                             {"machine_precision", "2.220446e-16"},
                             {"sqrt2", "sqrt(2)"},
                             {"row", "{0}[{1}]"},
                             {"col", "{0}[:, {1}]"},
                             {"linspaced_vector", "linspace({1}, {2}, {0})"},
                             {"linspaced_array", "linspace({1}, {2}, {0})"},
                             {"one_hot_vector", "one_hot({0}, {1})"},
                             {"columns_dot_self", "col_sums(square({0}))"},
                             {"rows_dot_self", "row_sums(square({0}))"},
                             {"columns_dot_product", "col_sums({0} .* {1})"},
                             {"rows_dot_product", "row_sums({0} .* {1})"},
                             {"mdivide_left", "solve({0}, {1})"},
                             {"mdivide_left_spd", "solve_spd({0}, {1})"},
                             {"mdivide_right", "solve_right({0}, {1})"},
                             {"add_diagonal", "add_diag({0}, {1})"},
                             {"cov_exp_quad", "gp_exp_quad_cov({0}, {1}, {2})"},
                             {"multiply_lower_tri_self_transpose", "({0} @ {0}')"},
                             {"rev", "reverse({0})"},
                             {"ceil", "ceil({0})"},
                             {"log_determinant", "log_abs_det({0})"},
                             {"multiply", "({0} @ {1})"},
                             {"add", "({0} + {1})"},
                             {"subtract", "({0} - {1})"},
                             {"minus", "(-{0})"},
                             {"transpose", "({0})'"},
                             {"binomial_coefficient", "choose({0}, {1})"},
                             {"not_a_number", "(0 / 0)"},
                             {"sum_to_zero_constrain", ""},
                             {"lchoose", "lchoose({0}, {1})"}};

constexpr Row laws[] = {{"double_exponential", "laplace"},
                        {"multi_normal", "mvn"},
                        {"multi_normal_cholesky", "mvn_chol"},
                        {"multi_normal_prec", "mvn_prec"},
                        {"lkj_corr_cholesky", "lkj_chol"},
                        {"multi_student_t_cholesky", "multi_student_t_chol"},
                        {"inv_wishart_cholesky", "inv_wishart_chol"},
                        {"wishart_cholesky", "wishart_chol"}};

constexpr std::string_view reductions[] = {"sum",
                                           "prod",
                                           "mean",
                                           "sd",
                                           "variance",
                                           "dot_product",
                                           "dot_self",
                                           "distance",
                                           "squared_distance",
                                           "log_determinant",
                                           "log_mix",
                                           "size",
                                           "rows",
                                           "cols",
                                           "num_elements",
                                           "trace",
                                           "norm1",
                                           "norm2",
                                           "determinant",
                                           "log_determinant_spd",
                                           "quantile"};

std::string filled(std::string_view pattern, const std::vector<std::string>& args) {
  std::string out;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    if (pattern[at] == '{' && at + 2 < pattern.size() && pattern[at + 2] == '}') {
      const auto k = static_cast<std::size_t>(pattern[at + 1] - '0');
      if (k >= args.size()) return {};
      out += args[k];
      at += 2;
    } else {
      out += pattern[at];
    }
  }
  return out;
}

std::string joined(const std::vector<std::string>& args, std::size_t from = 0) {
  std::string out;
  for (std::size_t k = from; k < args.size(); ++k)
    out += (k > from ? ", " : "") + args[k];
  return out;
}

bool contains(const auto& list, std::string_view name) {
  return std::find(std::begin(list), std::end(list), name) != std::end(list);
}

}  // namespace

std::string function_here(const std::string& name, const std::vector<std::string>& args,
                          const std::vector<Shape>& shapes) {
  const int rank = shapes.empty() ? 0 : shapes[0].rank();
  if (name == "rep_array") return "rep(" + joined(args) + ")";
  if ((name == "to_vector" || name == "to_row_vector" || name == "to_array_1d" || name == "to_array_2d" ||
       name == "to_matrix") &&
      args.size() == 1) {
    const bool stays = rank == (name == "to_matrix" || name == "to_array_2d" ? 2 : 1);
    return stays                                          ? "(" + args[0] + ")"
           : name == "to_vector" || name == "to_array_1d" ? "to_vector(" + args[0] + ")"
                                                          : "";
  }
  if (name == "append_row")
    return (rank >= 2 || (shapes.size() > 1 && shapes[1].rank() >= 2) ? "row_bind(" : "concat(") +
           joined(args) + ")";
  if (name == "append_col")
    return (rank >= 2 || (shapes.size() > 1 && shapes[1].rank() >= 2) ? "col_bind(" : "concat(") +
           joined(args) + ")";
  if (name == "log_mix" && args.size() == 2) return "log_mix_weights(" + joined(args) + ")";
  if ((name == "rows" || name == "size" || name == "num_elements" || name == "cols") && args.size() == 1 &&
      rank >= 1) {
    const std::size_t axis = name == "cols" && rank >= 2 ? 1 : 0;
    const bool first = name != "num_elements" || rank == 1;
    if (first && axis < shapes[0].sizes.size() && !shapes[0].sizes[axis].empty())
      return "(" + shapes[0].sizes[axis] + ")";
    return first && rank > 1 ? "size(" + args[0] + ", " + std::to_string(axis + 1) + ")"
                             : "size(" + args[0] + ")";
  }
  for (const Row& row : functions)
    if (row.name == name) return filled(row.here, args);
  return {};
}

namespace {

using Shapes = std::vector<Shape>;
using Texts = std::vector<std::string>;

// Of a function that makes an array of given sizes: rep_vector, identity_matrix, ..
std::optional<Shape> shape_of_made(const std::string& name, const Shapes& args, const Texts& texts) {
  const auto text = [&](std::size_t k) { return k < texts.size() ? texts[k] : std::string(); };
  if (name == "int_step") return Shape{Shape::Form::scalar, 0, true, {}};
  if (name == "rep_vector" || name == "zeros_vector" || name == "ones_vector" || name == "linspaced_vector")
    return Shape{Shape::Form::vector, 0, false, {text(name == "rep_vector" ? 1 : 0)}};
  if (name == "rep_row_vector") return Shape{Shape::Form::row, 0, false, {text(1)}};
  if (name == "rep_matrix") return Shape{Shape::Form::matrix, 0, false, {text(1), text(2)}};
  if (name == "rep_array" && !args.empty()) {
    Shape out = args[0];
    out.arrays += static_cast<int>(texts.size()) - 1;
    out.sizes.insert(out.sizes.begin(), texts.begin() + 1, texts.end());
    return out;
  }
  if (name == "identity_matrix") return Shape{Shape::Form::matrix, 0, false, {text(0), text(0)}};
  return std::nullopt;
}

// Of a function that takes an array apart, joins arrays, or makes a matrix of one.
std::optional<Shape> shape_of_part(const std::string& name, const Shapes& args, const Texts& texts) {
  const auto text = [&](std::size_t k) { return k < texts.size() ? texts[k] : std::string(); };
  const auto extent = [&](std::size_t k, std::size_t axis) {
    return k < args.size() && axis < args[k].sizes.size() ? args[k].sizes[axis] : std::string();
  };
  if (name == "row") return Shape{Shape::Form::row, 0, false, {extent(0, 1)}};
  if (name == "col" || name == "diagonal") return Shape{Shape::Form::vector, 0, false, {extent(0, 0)}};
  if (name == "diag_matrix") return Shape{Shape::Form::matrix, 0, false, {extent(0, 0), extent(0, 0)}};
  if (name == "to_vector")
    return Shape{Shape::Form::vector, 0, false, {args[0].rank() == 1 ? extent(0, 0) : std::string()}};
  if (name == "to_row_vector") return Shape{Shape::Form::row, 0, false, {extent(0, 0)}};
  if (name == "to_array_1d") return Shape{Shape::Form::scalar, 1, args[0].is_integer, {extent(0, 0)}};
  if (name == "to_matrix") return Shape{Shape::Form::matrix, 0, false, {extent(0, 0), extent(0, 1)}};
  if (name == "head" || name == "tail" || name == "segment") {
    Shape out = args[0];
    if (!out.sizes.empty()) out.sizes[0] = text(name == "segment" ? 2 : 1);
    return out;
  }
  if (name == "append_row" || name == "append_col" || name == "append_array") {
    Shape out = args[0].rank() >= (args.size() > 1 ? args[1].rank() : 0) ? args[0] : args[1];
    if (out.is_scalar())
      out = {name == "append_col" ? Shape::Form::row : Shape::Form::vector, 0, false, {""}};
    for (auto& size : out.sizes)
      size.clear();
    return out;
  }
  if (name.starts_with("mdivide_left") && args.size() > 1) return args[1];
  if (name == "quad_form" && args.size() > 1) return args[1].form == Shape::Form::vector ? Shape{} : args[1];
  if (name == "columns_dot_self" || name == "columns_dot_product")
    return Shape{Shape::Form::row, 0, false, {extent(0, 1)}};
  if (name == "rows_dot_self" || name == "rows_dot_product")
    return Shape{Shape::Form::vector, 0, false, {extent(0, 0)}};
  if (name.starts_with("gp_") || name == "cov_exp_quad")
    return Shape{Shape::Form::matrix, 0, false, {extent(0, 0), extent(0, 0)}};
  if (name == "diag_pre_multiply" && args.size() > 1) return args[1];
  if (name == "crossprod") return Shape{Shape::Form::matrix, 0, false, {extent(0, 1), extent(0, 1)}};
  if (name == "tcrossprod" || name == "multiply_lower_tri_self_transpose")
    return Shape{Shape::Form::matrix, 0, false, {extent(0, 0), extent(0, 0)}};
  return std::nullopt;
}

}  // namespace

Shape shape_of_call(const std::string& name, const std::vector<Shape>& args,
                    const std::vector<std::string>& texts) {
  Shape out;
  if (contains(reductions, name)) {
    out.is_integer = name == "size" || name == "rows" || name == "cols" || name == "num_elements" ||
                     (name == "sum" && !args.empty() && args[0].is_integer);
    return out;
  }
  if (args.size() == 1 && (name == "max" || name == "min" || name == "log_sum_exp")) {
    out.is_integer = args[0].is_integer && name != "log_sum_exp";
    return out;
  }
  if (auto made = shape_of_made(name, args, texts)) return *made;
  if (args.empty()) return out;
  if (auto part = shape_of_part(name, args, texts)) return *part;
  // By element: the largest of its arguments.
  out = args[0];
  for (const Shape& arg : args)
    if (arg.rank() > out.rank()) out = arg;
  const bool keeps = name == "abs" || name == "max" || name == "min" || name == "sort_asc" || name == "rev";
  out.is_integer = keeps &&
                   std::all_of(args.begin(), args.end(), [](const Shape& arg) { return arg.is_integer; });
  return out;
}

std::string law_here(const std::string& name) {
  for (const Row& row : laws)
    if (row.name == name) return std::string(row.here);
  return name;
}

std::string distribution_here(const std::string& name, const std::vector<std::string>& args) {
  const auto linear = [&](std::size_t alpha, std::size_t x, std::size_t beta) {
    return args[alpha] + " + " + args[x] + " @ " + args[beta];
  };
  if (name == "normal_id_glm" && args.size() == 4) return "normal(" + linear(1, 0, 2) + ", " + args[3] + ")";
  if (name == "bernoulli_logit_glm" && args.size() == 3) return "bernoulli_logit(" + linear(1, 0, 2) + ")";
  if (name == "poisson_log_glm" && args.size() == 3) return "poisson_log(" + linear(1, 0, 2) + ")";
  if (name == "neg_binomial_2_log_glm" && args.size() == 4)
    return "neg_binomial_2_log(" + linear(1, 0, 2) + ", " + args[3] + ")";
  if (name == "binomial_logit_glm" && args.size() == 4)
    return "binomial_logit(" + args[0] + ", " + linear(2, 1, 3) + ")";
  return law_here(name) + "(" + joined(args) + ")";
}

int event_rank_of(const std::string& law) {
  static constexpr std::string_view vectors[] = {"mvn",
                                                 "mvn_chol",
                                                 "mvn_prec",
                                                 "multi_student_t",
                                                 "multi_student_t_chol",
                                                 "dirichlet",
                                                 "multinomial",
                                                 "dirichlet_multinomial",
                                                 "multinomial_logit"};
  static constexpr std::string_view matrices[] = {"lkj_chol",    "lkj_corr",     "wishart",
                                                  "inv_wishart", "wishart_chol", "inv_wishart_chol"};
  return contains(vectors, law) ? 1 : contains(matrices, law) ? 2 : 0;
}

int argument_rank_of(const std::string& law, std::size_t k) {
  if (law == "mvn" || law == "mvn_chol" || law == "mvn_prec") return k == 0 ? 1 : 2;
  if (law == "multi_student_t" || law == "multi_student_t_chol") return k == 0 ? 0 : k == 1 ? 1 : 2;
  if (law == "dirichlet" || law == "categorical" || law == "categorical_logit" ||
      law == "dirichlet_multinomial" || law == "multinomial_logit")
    return k == 0 ? 1 : 0;
  if (law == "multinomial") return k == 1 ? 1 : 0;
  if (law == "ordered_logistic" || law == "ordered_probit") return k == 1 ? 1 : 0;
  if (law.starts_with("wishart") || law.starts_with("inv_wishart")) return k == 1 ? 2 : 0;
  return 0;
}

}  // namespace elba::stan
