// distributions: `normal(mu, sigma)` on the right of `~`: arguments to parameters, dims by matching,
// batch shape.
//
// An argument has its parameter's rank, or a batch shape in front; all batched arguments agree. A dim that no
// argument fixes (the size of lkj_chol) comes from the value that the distribution is for.
#include "frontend/check/distributions.h"

#include <algorithm>

#include "frontend/check/combination.h"

namespace elba::frontend {

namespace {

namespace {

constexpr std::string_view later_distributions[] = {"prior"};

std::string parameter_list(const CheckedDist& dist) {
  std::string out;
  for (const auto& param : dist.params)
    out += (out.empty() ? "" : ", ") + param.name;
  return out;
}

// The names that other languages have for a parameter of ours.
std::string familiar_parameter(const std::string& theirs, const std::vector<std::string>& ours) {
  static constexpr std::pair<std::string_view, std::string_view> familiar[] = {
      {"mean", "mu"},       {"loc", "mu"},
      {"location", "mu"},   {"sd", "sigma"},
      {"scale", "sigma"},   {"std", "sigma"},
      {"stddev", "sigma"},  {"sigma", "s"},
      {"scale", "s"},       {"sd", "s"},
      {"df", "nu"},         {"dof", "nu"},
      {"lam", "rate"},      {"lambda", "rate"},
      {"mu", "rate"},       {"prob", "p"},
      {"probs", "p"},       {"theta", "p"},
      {"alpha", "a"},       {"beta", "b"},
      {"shape1", "a"},      {"shape2", "b"},
      {"alpha", "shape"},   {"beta", "rate"},
      {"size", "n"},        {"N", "n"},
      {"total_count", "n"}, {"cov", "Sigma"},
      {"Sigma", "cov"},     {"min", "low"},
      {"max", "high"},      {"lower", "low"},
      {"upper", "high"},    {"concentration", "alpha"}};
  for (const auto& [other, name] : familiar)
    if (other == theirs && std::find(ours.begin(), ours.end(), name) != ours.end()) return std::string(name);
  return {};
}

}  // namespace

}  // namespace

DistEntry* Distributions::find_distribution(const ast::CallExpr& call) {
  const ast::Name& name = call.callee;
  if (DistEntry* entry = env_.distribution(file_, name.text)) {
    if (entry->state == DistEntry::State::running) {
      report(Code::recursion, name.span, {name.text});
      return nullptr;
    }
    env_.check(*entry);
    return entry->checked.ok ? entry : nullptr;
  }
  for (const auto& later : later_distributions) {
    if (name.text != later) continue;
    report(Code::combinator_not_supported, name.span, {name.text})
        .suggest("write the distribution out, such as `normal(0, 1)`");
    return nullptr;
  }
  auto& diagnostic = report(Code::unknown_distribution, name.span, {name.text});
  const std::string near = nearest_name(name.text, env_.distribution_names(file_));
  if (const auto advice = foreign_distribution(name.text); !advice.empty())
    diagnostic.suggest(fill_advice(advice, calls_.argument_texts(call)));
  else if (!near.empty())
    diagnostic.suggest("did you mean `" + near + "`?").fix(name.span, near);
  else if (find_function(name.text))
    diagnostic.note("`" + name.text + "` is a function; a distribution follows `~`");
  return nullptr;
}

bool Distributions::check_argument_bounds(const CheckedDist& dist, std::size_t index, TermId arg) {
  const auto& param = dist.params[index];
  const ir::Bound value = bounds_.bound_of(arg);
  const auto* number = std::get_if<double>(&value);
  if (!number) return true;
  const auto* lower = std::get_if<double>(&param.lower);
  const auto* upper = std::get_if<double>(&param.upper);
  if (!((lower && *number < *lower) || (upper && *number > *upper))) return true;
  Diagnostic& diagnostic = report(
      Code::argument_out_of_bounds, term(arg).span,
      {param.name, dist.name,
       lower && *number < *lower ? "at least " + number_text(*lower) : "at most " + number_text(*upper),
       text(term(arg).span)});
  const bool is_sign = (!lower || -*number >= *lower) && (!upper || -*number <= *upper);
  if (is_sign)
    diagnostic.suggest("did you mean `" + number_text(-*number) + "`?")
        .fix(term(arg).span, number_text(-*number));
  else
    diagnostic.suggest("`elba doc " + dist.name + "` tells what its parameters mean");
  return false;
}

void Distributions::argument_count_error(const CheckedDist& dist, const ast::CallExpr& call, Span span) {
  auto& diagnostic = report(
      Code::argument_count, span,
      {dist.name, dist.params.size() == 1 ? "1 argument" : std::to_string(dist.params.size()) + " arguments",
       std::to_string(call.arguments.size())});
  diagnostic.note("it is written `" + dist.name + "(" + parameter_list(dist) + ")`");
}

// Which parameter a named argument is; nothing after a report.
std::optional<std::size_t> Distributions::named_slot(const CheckedDist& dist, const ast::Name& name) {
  std::size_t slot = 0;
  while (slot < dist.params.size() && dist.params[slot].name != name.text)
    ++slot;
  if (slot < dist.params.size()) return slot;
  std::vector<std::string> names;
  for (const auto& param : dist.params)
    names.push_back(param.name);
  auto& diagnostic = report(Code::unknown_parameter, name.span, {dist.name, name.text});
  const std::string known = familiar_parameter(name.text, names);
  const std::string near = known.empty() ? nearest_name(name.text, names) : "";
  if (!known.empty())
    diagnostic.suggest("write `" + known + "`: it is `" + dist.name + "(" + parameter_list(dist) + ")`")
        .fix(name.span, known);
  else if (near.empty())
    diagnostic.note("it is written `" + dist.name + "(" + parameter_list(dist) + ")`");
  else
    diagnostic.suggest("did you mean `" + near + "`?");
  return std::nullopt;
}

std::optional<std::vector<TermId>> Distributions::dist_arguments(const CheckedDist& dist,
                                                                 const ast::CallExpr& call, Span span) {
  std::vector<TermId> args(dist.params.size());
  bool fine = true;
  std::size_t position = 0;
  for (const auto& argument : call.arguments) {
    if (!argument.binders.empty()) {
      report(Code::generator_not_taken, argument.value->span, {dist.name})
          .suggest("put the generator in brackets to make an array of it");
      fine = false;
    }
    const Scopes::Guard guard(scopes_);
    if (!argument.binders.empty()) binders_.open_binders(argument.binders);
    const TermId value = inner_.check(*argument.value);
    fine = fine && !type(value).is_error();
    std::size_t slot = position;
    if (argument.name) {
      const auto named = named_slot(dist, *argument.name);
      fine = fine && named;
      if (!named) continue;
      slot = *named;
    } else {
      ++position;
    }
    if (slot >= args.size()) continue;
    if (args[slot].valid()) {
      report(
          Code::parameter_twice,
          {argument.name ? argument.name->span.begin : argument.value->span.begin, argument.value->span.end},
          {dist.params[slot].name, dist.name})
          .label(term(args[slot]).span, "this is `" + dist.params[slot].name + "` already")
          .suggest("it is written `" + dist.name + "(" + parameter_list(dist) + ")`");
      fine = false;
    }
    args[slot] = value;
  }
  const bool incomplete = fine &&
                          std::any_of(args.begin(), args.end(), [](TermId arg) { return !arg.valid(); });
  if (call.arguments.size() > args.size() || incomplete) {
    argument_count_error(dist, call, span);
    fine = false;
  }
  if (!fine) return std::nullopt;
  return args;
}

bool Distributions::is_combinator(const std::string& name) {
  const auto known = combinator_names();
  return std::find(known.begin(), known.end(), name) != known.end() && !env_.distribution(file_, name);
}

bool Distributions::is_distribution(const ast::Expr& expr) {
  const auto* call = std::get_if<ast::CallExpr>(&without_parentheses(expr).node);
  if (!call) return false;
  const std::string& name = call->callee.text;
  return is_combinator(name) ||
         (!find_function(name) && !env_.function(file_, name) && env_.distribution(file_, name));
}

// Of a distribution that is not known the arguments are looked at all the same. They may hold distributions
// themselves; only plain values are.
void Distributions::check_lost_arguments(const ast::CallExpr& call) {
  for (const auto& argument : call.arguments) {
    const auto* inner = std::get_if<ast::CallExpr>(&argument.value->node);
    if (argument.binders.empty() &&
        !(inner && env_.distribution(file_, inner->callee.text) && !find_function(inner->callee.text)))
      inner_.check(*argument.value);
  }
}

bool Distributions::split_batch(DistTerm& dist, Span span, Matching& out) {
  TermId batched;
  for (std::size_t i = 0; i < dist.args.size(); ++i) {
    const auto& param = dist.dist->params[i];
    TermId& arg = dist.args[i];
    if (!need_number(arg, param.type.element == Element::integer)) return false;
    if (param.type.element == Element::real) arg = to_real(arg);
    const auto& shape = type(arg).shape;
    if (shape.size() < param.type.shape.size()) {
      report(
          Code::type_mismatch, term(arg).span,
          {"`" + param.name + ": " + param.type.text() + "` of `" + dist.dist->name + "`", type(arg).text()});
      return false;
    }
    const auto split = shape.end() - param.type.rank();
    const std::vector<Dim> batch(shape.begin(), split);
    out.formals.push_back(param.type.ir_type());
    out.actuals.push_back(ValueType{param.type.element, {split, shape.end()}}.ir_type());
    if (!check_argument_bounds(*dist.dist, i, arg)) return false;
    if (batch.empty()) continue;
    if (batched.valid() && batch != dist.batch) {
      terms_.shape_error(batched, arg, span, ast::BinaryOp::add);
      return false;
    }
    batched = arg;
    dist.batch = batch;
  }
  return true;
}

std::optional<DistTerm> Distributions::check_declared(const ast::CallExpr& call, Span span) {
  DistEntry* entry = find_distribution(call);
  if (!entry) {
    check_lost_arguments(call);
    return std::nullopt;
  }
  const CheckedDist& dist = entry->checked;
  auto args = dist_arguments(dist, call, span);
  if (!args) return std::nullopt;

  DistTerm result;
  result.dist = &dist;
  result.entry = entry;
  result.element = dist.element;
  result.span = span;
  result.args = std::move(*args);
  Matching shapes;
  if (!split_batch(result, span, shapes)) return std::nullopt;
  if (!ir::match_dims(dist.dims, shapes.formals, shapes.actuals, result.dims)) {
    // A dim that no argument holds stays open; any other misfit is an error.
    std::string found;
    for (const auto& actual : shapes.actuals)
      found += (found.empty() ? "" : ", ") + shape_text(actual.shape);
    std::string wanted;
    for (const auto& formal : shapes.formals)
      wanted += (wanted.empty() ? "" : ", ") + shape_text(formal.shape);
    report(Code::call_shapes, span, {dist.name, found})
        .note("its parameters (" + parameter_list(dist) + ") have the shapes " + wanted);
    return std::nullopt;
  }
  for (const auto& dim : dist.dims)
    result.dims.try_emplace(dim, Dim::symbol("?" + dim));
  for (const Dim& extent : dist.event)
    result.event.push_back(extent.substitute(result.dims));
  return result;
}

}  // namespace elba::frontend
