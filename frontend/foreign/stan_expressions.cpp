// stan_expressions: expressions of Stan as Elba writes them; their shapes are in stan_shapes.
//
//     X * beta  ->  X @ beta          normal_lpdf(y | mu, s) of vectors
//                                       ->  sum(normal_logpdf(y[i], mu[i], s) for i in 1:N)
//     a' * b    ->  dot(a, b)         N / 2 of ints  ->  idiv(N, 2)
#include <algorithm>

#include "frontend/foreign/stan_writer.h"

namespace elba::stan {

using ExprKind = Expr::Kind;
using Form = Shape::Form;

namespace {

const ExprPtr& bare(const ExprPtr& expr) {
  return expr->kind == ExprKind::paren ? bare(expr->args[0]) : expr;
}

constexpr std::pair<std::string_view, std::string_view> members[] = {
    {"_lpdf", "_logpdf"},  {"_lpmf", "_logpdf"},    {"_lupdf", "_logpdf"}, {"_lupmf", "_logpdf"},
    {"_lcdf", "_log_cdf"}, {"_lccdf", "_log_ccdf"}, {"_cdf", "_cdf"},      {"_log", "_logpdf"}};

}  // namespace

std::optional<std::string> Writer::split_density(const std::string& callee, std::string& member) const {
  static constexpr std::string_view kept[] = {"poisson_log", "multiply_log", "neg_binomial_2_log",
                                              "binomial_coefficient_log"};
  if (std::find(std::begin(kept), std::end(kept), callee) != std::end(kept)) return std::nullopt;
  for (const auto& [theirs, ours] : members)
    if (callee.size() > theirs.size() && callee.ends_with(theirs)) {
      member = ours;
      return callee.substr(0, callee.size() - theirs.size());
    }
  return std::nullopt;
}

std::string Writer::fresh(const std::string& name) {
  std::string out = name;
  for (int k = 2; taken_.contains(out); ++k)
    out = name + "_" + std::to_string(k);
  taken_.insert(out);
  return out;
}

std::string Writer::truth(const ExprPtr& expr) {
  const ExprPtr& inner = bare(expr);
  if (inner->kind == ExprKind::unary && inner->text == "!") return "!(" + truth(inner->args[0]) + ")";
  if (inner->kind == ExprKind::binary && (inner->text == "&&" || inner->text == "||"))
    return "(" + truth(inner->args[0]) + ") " + inner->text + " (" + truth(inner->args[1]) + ")";
  if (is_comparison(*inner)) return text(inner);
  return text(expr) + " != 0";
}

std::string Writer::number(const ExprPtr& expr) {
  return is_comparison(*expr) ? "(" + truth(expr) + " ? 1 : 0)" : text(expr);
}

std::string Writer::product(const Expr& expr) {
  const Shape left = shape(expr.args[0]), right = shape(expr.args[1]);
  const std::string a = number(expr.args[0]), b = number(expr.args[1]);
  if (left.rank() == 0 || right.rank() == 0) return a + " * " + b;
  if (left.rank() == 1 && right.rank() == 1)
    return (left.form == Form::vector && right.form == Form::row ? "outer(" : "dot(") +
           text(bare(expr.args[0])) + ", " + text(bare(expr.args[1])) + ")";
  return a + " @ " + b;
}

std::string Writer::indices(const Expr& expr) {
  const Shape base = shape(expr.args[0]);
  std::string out;
  for (std::size_t k = 1; k < expr.args.size(); ++k) {
    out += k > 1 ? ", " : "";
    const Expr& index = *expr.args[k];
    if (index.kind != ExprKind::range) {
      out += number(expr.args[k]);
    } else if (!index.args[0] && !index.args[1]) {
      out += ":";
    } else {
      const std::string end = k - 1 < base.sizes.size() ? base.sizes[k - 1] : "";
      if (!index.args[1] && end.empty())
        fail(expr.line, "the end of `" + text(index.args[0]) + ":` is not known");
      const auto side = [&](const ExprPtr& e) {
        return e->kind == ExprKind::binary ? "(" + text(e) + ")" : text(e);
      };
      out += (index.args[0] ? side(index.args[0]) : "1") + ":" + (index.args[1] ? side(index.args[1]) : end);
    }
  }
  return "[" + out + "]";
}

std::string Writer::unused_variable(const std::vector<ExprPtr>& args) {
  for (const char* name : {"i", "j", "k", "n", "r", "s"}) {
    bool used = names_.contains(name) || taken_.contains(name);
    for (const ExprPtr& arg : args)
      walk(arg, [&](const Expr& e) { used = used || e.text == name; });
    if (!used) return name;
  }
  return "i_0";
}

std::string Writer::law(const Expr& found, std::size_t from) {
  std::vector<std::string> args;
  for (std::size_t k = from; k < found.args.size(); ++k)
    args.push_back(number(found.args[k]));
  return distribution_here(found.text, args);
}

// A law over y of rows of X as one over their linear predictor, and the size of a multinomial: both are spelt
// out here. `args[0]` is y.
std::pair<std::string, std::vector<ExprPtr>> Writer::spelt_out(const std::string& name,
                                                               const std::vector<ExprPtr>& args) const {
  const auto make = [&](Expr::Kind kind, const std::string& op, std::vector<ExprPtr> parts) -> ExprPtr {
    return std::make_shared<const Expr>(Expr{kind, op, std::move(parts), args[0]->line});
  };
  const auto linear = [&](std::size_t x, std::size_t alpha, std::size_t beta) {
    return make(
        ExprKind::paren, "()",
        {make(ExprKind::binary, "+", {args[alpha], make(ExprKind::binary, "*", {args[x], args[beta]})})});
  };
  if (name == "normal_id_glm" && args.size() == 5) return {"normal", {args[0], linear(1, 2, 3), args[4]}};
  if (name == "bernoulli_logit_glm" && args.size() == 4)
    return {"bernoulli_logit", {args[0], linear(1, 2, 3)}};
  if (name == "poisson_log_glm" && args.size() == 4) return {"poisson_log", {args[0], linear(1, 2, 3)}};
  if (name == "neg_binomial_2_log_glm" && args.size() == 5)
    return {"neg_binomial_2_log", {args[0], linear(1, 2, 3), args[4]}};
  if (name == "binomial_logit_glm" && args.size() == 5)
    return {"binomial_logit", {args[0], args[1], linear(2, 3, 4)}};
  if (name == "multinomial" && args.size() == 2)
    return {"multinomial", {args[0], make(ExprKind::call, "sum", {args[0]}), args[1]}};
  return {name, args};
}

// Stan adds up the densities of all elements; here a member is of one value, and the sum is written out.
std::string Writer::density(const std::string& name, const std::string& member,
                            const std::vector<ExprPtr>& args) {
  const auto [plain, spelt] = spelt_out(name, args);
  if (plain != name || spelt.size() != args.size()) return density(plain, member, spelt);
  const std::string here = law_here(name);
  std::string size;
  std::vector<bool> spreads;
  for (std::size_t k = 0; k < args.size(); ++k) {
    const Shape found = shape(args[k]);
    const int own = k == 0 ? event_rank_of(here) : argument_rank_of(here, k - 1);
    const bool is_own = results_.contains(name + "_lpdf") || results_.contains(name + "_lpmf");
    spreads.push_back(!is_own && found.rank() > own);
    if (!is_own && found.rank() > own + 1) fail(args[k]->line, "the density of an array of several axes");
    if (spreads.back() && size.empty()) size = found.sizes.empty() ? "" : found.sizes[0];
    if (spreads.back() && size.empty()) size = "size(" + text(args[k]) + ")";
  }
  if (std::find(spreads.begin(), spreads.end(), true) == spreads.end()) {
    std::string out;
    for (const ExprPtr& arg : args)
      out += (out.empty() ? "" : ", ") + number(arg);
    return here + member + "(" + out + ")";
  }
  const std::string variable = unused_variable(args);
  std::string out;
  for (std::size_t k = 0; k < args.size(); ++k) {
    std::string one = number(args[k]);
    if (spreads[k])
      one = (args[k]->kind == ExprKind::name || args[k]->kind == ExprKind::paren ||
                     args[k]->kind == ExprKind::index || args[k]->kind == ExprKind::call
                 ? one
                 : "(" + one + ")") +
            "[" + variable + "]";
    out += (k > 0 ? ", " : "") + one;
  }
  return "sum(" + here + member + "(" + out + ") for " + variable + " in 1:" + size + ")";
}

std::string Writer::draw(const Expr& found) {
  Expr law_call = found;
  law_call.text = found.text.substr(0, found.text.size() - 4);
  return law(law_call);
}

std::string Writer::call(const Expr& expr) {
  std::string member;
  if (expr.text == "target") fail(expr.line, "`target()` is not at hand");
  if (expr.text.ends_with("_rng")) {
    if (!may_draw_) fail(expr.line, "`" + expr.text + "` within an expression");
    const std::string name = fresh(expr.text.substr(0, expr.text.size() - 4) + "_draw");
    line("predict " + name + " ~ " + draw(expr) + ";");
    return name;
  }
  if (const auto law = split_density(expr.text, member)) return density(*law, member, expr.args);
  if (expr.text.ends_with("_lp")) fail(expr.line, "`" + expr.text + "` adds to the density out of sight");
  for (const std::string_view solver : {"ode_", "integrate_", "algebra_solver", "solve_newton",
                                        "solve_powell", "reduce_sum", "map_rect", "dae", "hmm_", "csr_"})
    if (expr.text.starts_with(solver)) fail(expr.line, "`" + expr.text + "` has no counterpart");
  std::vector<std::string> args;
  std::vector<Shape> shapes;
  for (const ExprPtr& arg : expr.args) {
    args.push_back(number(arg));
    shapes.push_back(shape(arg));
  }
  if (!results_.contains(expr.text))
    if (const std::string here = function_here(expr.text, args, shapes); !here.empty()) return here;
  std::string out;
  for (const std::string& arg : args)
    out += (out.empty() ? "" : ", ") + arg;
  return expr.text + "(" + out + ")";
}

std::string Writer::text(const ExprPtr& expr) {
  if (++steps_ > most_translation_steps) fail(expr->line, "the program is too large to be translated");
  const auto& args = expr->args;
  const auto listed = [&] {
    std::string out;
    for (const ExprPtr& arg : args)
      out += (out.empty() ? "" : ", ") + number(arg);
    return "[" + out + "]";
  };
  switch (expr->kind) {
    case ExprKind::number:
      return expr->text;
    case ExprKind::string:
      fail(expr->line, "a text is no value");
    case ExprKind::name: {
      const auto at = names_.find(expr->text);
      return at == names_.end() ? expr->text : at->second.here;
    }
    case ExprKind::paren:
      return "(" + text(args[0]) + ")";
    case ExprKind::unary:
      return expr->text + (expr->text == "!" ? "(" + truth(args[0]) + ")" : number(args[0]));
    case ExprKind::conditional:
      return (args[0]->kind == ExprKind::paren ? "(" + truth(args[0]) + ")" : truth(args[0])) + " ? " +
             number(args[1]) + " : " + number(args[2]);
    case ExprKind::transpose: {
      const std::string inner = text(args[0]);
      return shape(args[0]).rank() >= 2 ? inner + "'" : inner;
    }
    case ExprKind::braces:
    case ExprKind::bracket:
      return listed();
    case ExprKind::call:
      return call(*expr);
    case ExprKind::index:
      if (renewed_ && args.size() == 2 && args[0]->kind == ExprKind::name &&
          args[0]->text == renewed_->name && args[1]->kind == ExprKind::name &&
          args[1]->text == renewed_->variable)
        return renewed_->before + "[" + renewed_->variable + "]";
      return text(args[0]) + indices(*expr);
    case ExprKind::range:
      fail(expr->line, "a range is no value");
    case ExprKind::binary:
      break;
  }
  const std::string& op = expr->text;
  if (op == "*") return product(*expr);
  if (op == "%/%") return "idiv(" + text(args[0]) + ", " + text(args[1]) + ")";
  if (op == "\\") return "solve(" + text(args[0]) + ", " + text(args[1]) + ")";
  if (op == "/" && shape(args[0]).is_integer && shape(args[1]).is_integer)
    return "idiv(" + text(args[0]) + ", " + text(args[1]) + ")";
  if (op == "/" && shape(args[1]).rank() >= 2) fail(expr->line, "a division by a matrix; write `solve(..)`");
  if (op == "&&" || op == "||") return "(" + truth(args[0]) + ") " + op + " (" + truth(args[1]) + ")";
  const std::string left = number(args[0]), right = number(args[1]);
  return op == "^" ? left + "^" + right : left + " " + op + " " + right;
}

}  // namespace elba::stan
