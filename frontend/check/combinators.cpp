// combinators: distributions made of distributions.
//
//     truncated(d, lower, upper)   censored(d, lower, upper)   one end may be left out, by name or by +-inf()
//     mixture(w, d1, d2, ..)       mixture(w, d), the arguments of d vectors over the components
//     zero_inflated(p, d)          hurdle(p, d)
//
// Each is an instance of a template of ir/library/combinators: a declaration whose parameters are its own and
// those of its parts, and whose members call theirs. What a template needs of a part is asked here, so that
// nothing in its text can be wrong; behind the front end an instance is a distribution as any other. Not
// here: distributions as values (`let d = normal(0, 1)`).
#include <algorithm>
#include <cmath>
#include <limits>

#include "frontend/check/checker.h"
#include "frontend/check/combination.h"

namespace elba::frontend {

// A bound of truncated or censored: a number in the text, or a term that becomes a parameter.
struct Checker::Cut {
  bool given = false;
  std::optional<double> number;
  TermId term;
  Span span;
};

namespace {

// An instance is too large when its IR name is, which grows with every part, or when too many stand directly
// within one another: their members call each other.
constexpr std::size_t longest_name = 300;
constexpr int deepest_run = 12;

const std::vector<std::string_view> combinators = {"truncated", "censored", "mixture", "zero_inflated",
                                                   "hurdle"};

std::string usage(const std::string& name) { return combinator_usage(name); }

int longest_run(const std::string& ir_name) {
  int run = 0, longest = 0;
  for (std::size_t at = 0; at <= ir_name.size();) {
    const auto end = std::min(ir_name.find('.', at), ir_name.size());
    const auto word = std::string_view(ir_name).substr(at, end - at);
    run = std::find(combinators.begin(), combinators.end(), word) != combinators.end() ? run + 1 : 0;
    longest = std::max(longest, run);
    at = end + 1;
  }
  return longest;
}

}  // namespace

std::string join(const std::string& a, const std::string& b) {
  return a.empty() ? b : b.empty() ? a : a + ", " + b;
}

std::string kind_text(const DistTerm& part) {
  if (part.dist->mixed) return "a mix of a density and masses";
  if (!part.event.empty()) return "vectors or matrices";
  if (part.element == Element::integer)
    return std::holds_alternative<Dim>(part.dist->upper) ? "indices" : "whole numbers";
  return "reals";
}

std::span<const std::string_view> combinator_names() { return combinators; }

std::string combinator_usage(const std::string& name) {
  if (name == "truncated" || name == "censored") return name + "(d, lower, upper)";
  if (name == "mixture") return "mixture(w, d1, d2, ..)";
  return name + "(p, d)";
}

bool Checker::is_combinator(const std::string& name) {
  return std::find(combinators.begin(), combinators.end(), name) != combinators.end() &&
         !env_.distribution(file_, name);
}

bool Checker::is_distribution(const ast::Expr& expr) {
  const auto* call = std::get_if<ast::CallExpr>(&without_parentheses(expr).node);
  if (!call) return false;
  const std::string& name = call->callee.text;
  return is_combinator(name) ||
         (!find_function(name) && !env_.function(file_, name) && env_.distribution(file_, name));
}

std::optional<DistTerm> Checker::check_combination(const ast::CallExpr& call, Span span) {
  const std::string& name = call.callee.text;
  for (const auto& argument : call.arguments) {
    if (argument.binders.empty()) continue;
    report(Code::generator_not_taken, argument.value->span, {name})
        .suggest("list the parts, or give vectors as their arguments");
    return std::nullopt;
  }
  if (name == "mixture") return check_mixture(call, span);
  return name == "truncated" || name == "censored" ? check_cut(call, span) : check_with_zero(call, span);
}

// The arguments in the order of `names`; null where one is left out.
std::optional<std::vector<const ast::Expr*>> Checker::combinator_arguments(
    const ast::CallExpr& call, Span span, const std::vector<std::string>& names, std::size_t required) {
  const std::string& name = call.callee.text;
  std::vector<const ast::Expr*> out(names.size());
  std::size_t position = 0;
  const auto wrong = [&](Span where, const std::string& found) {
    report(Code::combinator_written, where, {name, usage(name), found});
    return std::nullopt;
  };
  for (const auto& argument : call.arguments) {
    std::size_t slot = position;
    if (argument.name) {
      slot = static_cast<std::size_t>(std::find(names.begin(), names.end(), argument.name->text) -
                                      names.begin());
      if (slot == names.size()) {
        auto& diagnostic = report(Code::unknown_parameter, argument.name->span, {name, argument.name->text});
        const std::string near = nearest_name(argument.name->text, names);
        diagnostic.suggest(near.empty() ? "it is written `" + usage(name) + "`"
                                        : "did you mean `" + near + "`?");
        return std::nullopt;
      }
    } else {
      ++position;
    }
    if (slot >= out.size())
      return wrong(span, "found " + std::to_string(call.arguments.size()) + " arguments");
    if (out[slot]) {
      report(
          Code::parameter_twice,
          {argument.name ? argument.name->span.begin : argument.value->span.begin, argument.value->span.end},
          {names[slot], name})
          .label(out[slot]->span, "this is `" + names[slot] + "` already")
          .suggest("it is written `" + usage(name) + "`");
      return std::nullopt;
    }
    out[slot] = argument.value.get();
  }
  for (std::size_t i = 0; i < required; ++i)
    if (!out[i]) return wrong(span, "`" + names[i] + "` is missing");
  return out;
}

bool Checker::need_part_member(const DistTerm& part, const std::string& member,
                               const std::string& combinator) {
  if (part.dist->member(member)) return true;
  auto& diagnostic = report(Code::part_member_missing, part.span, {combinator, member, part.dist->name});
  const bool own = part.entry->file->is_model || !part.entry->file->is_library;
  if (own)
    diagnostic
        .label(part.entry->file == &file_ ? part.entry->decl->name.span : part.span,
               "`" + part.dist->name + "` is declared without it")
        .suggest("add `" + member + "(x) = ..;` to `dist " + part.dist->name + "`");
  return false;
}

bool Checker::need_scalar_part(const DistTerm& part, const std::string& combinator) {
  const bool indices = part.element == Element::integer && std::holds_alternative<Dim>(part.dist->upper);
  if (part.event.empty() && !indices && !part.dist->mixed) return true;
  report(Code::part_kind, part.span, {combinator, "reals or counts", text(part.span), kind_text(part)});
  return false;
}

// One instance: the parameters are `own`, then those of the parts; all batches agree.
std::optional<DistTerm> Checker::combine(const std::string& name, Template values,
                                         std::vector<DistTerm> parts, std::vector<TermId> own,
                                         const std::string& file, Span span) {
  std::size_t length = 0;
  int run = 0;
  for (const DistTerm& part : parts) {
    length += part.dist->ir_name.size() + 1;
    run = std::max(run, longest_run(part.dist->ir_name));
  }
  if (length > longest_name || run >= deepest_run) {
    report(Code::combination_too_large, span, {name})
        .suggest(
            "parts of one family are written once, with vectors for arguments: `mixture(w, normal(mu, s))`");
    return std::nullopt;
  }
  const bool has_samplers = std::all_of(parts.begin(), parts.end(), [](const DistTerm& part) {
    return part.dist->member("sample") != nullptr;
  });
  if (!has_samplers)
    for (auto& part : values.parts)
      part.flags.erase("sample");
  std::vector<DistEntry*> entries;
  for (const DistTerm& part : parts)
    entries.push_back(part.entry);
  std::string defect;
  DistEntry& entry = env_.combination(name, fill_template(file, values), entries, defect);
  if (!entry.checked.ok) {
    report(Code::internal_error, span,
           {defect.empty() ? "an instance of `" + name + "` does not check" : defect});
    return std::nullopt;
  }
  DistTerm result;
  result.dist = &entry.checked;
  result.entry = &entry;
  result.element = entry.checked.element;
  result.span = span;
  result.event = parts.front().event;
  result.args = std::move(own);
  for (const DistTerm& part : parts)
    result.args.insert(result.args.end(), part.args.begin(), part.args.end());
  TermId batched;
  std::vector<ir::Type> formals, actuals;
  for (std::size_t i = 0; i < result.args.size(); ++i) {
    TermId& arg = result.args[i];
    const auto& param = entry.checked.params[i];
    if (param.type.element == Element::real) arg = to_real(arg);
    const auto& shape = type(arg).shape;
    const auto split = shape.end() - param.type.rank();
    const std::vector<Dim> batch(shape.begin(), split);
    formals.push_back(param.type.ir_type());
    actuals.push_back(ValueType{param.type.element, {split, shape.end()}}.ir_type());
    if (!check_argument_bounds(entry.checked, i, arg)) return std::nullopt;
    if (batch.empty()) continue;
    if (batched.valid() && batch != result.batch) {
      shape_error(batched, arg, span, ast::BinaryOp::add);
      return std::nullopt;
    }
    batched = arg;
    result.batch = batch;
  }
  if (!ir::match_dims(entry.checked.dims, formals, actuals, result.dims)) {
    report(Code::call_shapes, span, {name, text(span)});
    return std::nullopt;
  }
  return result;
}

std::optional<DistTerm> Checker::check_cut(const ast::CallExpr& call, Span span) {
  const std::string& name = call.callee.text;
  const auto arguments = combinator_arguments(call, span, {"d", "lower", "upper"}, 1);
  if (!arguments) return std::nullopt;
  if (!is_distribution(*(*arguments)[0]) &&
      std::get_if<ast::CallExpr>(&without_parentheses(*(*arguments)[0]).node) == nullptr) {
    report(Code::combinator_written, (*arguments)[0]->span,
           {name, usage(name), "`" + text((*arguments)[0]->span) + "` is not a distribution"});
    return std::nullopt;
  }
  auto part = check_distribution(*(*arguments)[0]);
  Cut cuts[2];
  bool fine = part.has_value();
  for (std::size_t side = 0; side < 2; ++side) {
    const ast::Expr* written = (*arguments)[side + 1];
    if (!written) continue;
    const TermId value = check(*written);
    // inf() and -inf() leave a side open.
    const Term* shown = &term(value);
    if (shown->kind == TermKind::apply && shown->opcode == ir::Opcode::neg) shown = &term(shown->args[0]);
    if (shown->kind == TermKind::builtin && shown->function->name == "inf") continue;
    if (!need_number(value, part && part->element == Element::integer &&
                                !std::holds_alternative<double>(bound_of(value)))) {
      fine = false;
      continue;
    }
    Cut& cut = cuts[side];
    cut.span = written->span;
    cut.term = value;
    if (const ir::Bound bound = bound_of(value); const auto* number = std::get_if<double>(&bound))
      cut.number = *number;
    cut.given = !cut.number || std::isfinite(*cut.number);
  }
  if (!fine) return std::nullopt;
  if (!(*arguments)[1] && !(*arguments)[2]) {
    report(Code::combinator_written, span, {name, usage(name), "no bound is given"})
        .suggest("name one: `" + name + "(" + text((*arguments)[0]->span) + ", lower = ..)`");
    return std::nullopt;
  }
  return cut(std::move(*part), cuts[0], cuts[1], name == "censored", span);
}

std::optional<DistTerm> Checker::cut(DistTerm part, Cut lower, Cut upper, bool censors, Span span) {
  const std::string name = censors ? "censored" : "truncated";
  if (!need_scalar_part(part, name)) return std::nullopt;
  const bool integer = part.element == Element::integer;
  PartText words = part_text(*part.entry, 1);
  for (Cut* side : {&lower, &upper}) {
    const bool is_lower = side == &lower;
    if (side->given && side->number && integer && *side->number != std::floor(*side->number)) {
      report(Code::type_mismatch, side->span,
             {"a whole number, for `" + part.dist->name + "` is a distribution of counts", text(side->span)});
      return std::nullopt;
    }
    // A number at or beyond the end of the part's support changes nothing.
    const End& end = is_lower ? words.low : words.high;
    if (!side->given || !side->number || !end.number) continue;
    const bool idle = is_lower ? *side->number <= *end.number : *side->number >= *end.number;
    if (!idle) continue;
    side->given = false;
    if (side->span != Span{})
      report(Code::cut_without_effect, side->span,
             {text(side->span), part.dist->name, part.dist->support_text()});
  }
  End least = lower.given ? (lower.number ? End{exact_text(*lower.number, integer), lower.number, false}
                                          : End{"least", {}, false})
                          : words.low;
  End most = upper.given ? (upper.number ? End{exact_text(*upper.number, integer), upper.number, false}
                                         : End{"most", {}, false})
                         : words.high;
  if (least.number && most.number &&
      (integer && !censors ? *least.number > *most.number : *least.number >= *most.number)) {
    const Span where = upper.given && upper.span != Span{} ? upper.span : lower.span;
    auto& diagnostic = report(Code::empty_cut, where,
                              {text(part.span), number_text(*least.number), number_text(*most.number)});
    if (lower.given && upper.given)
      diagnostic.suggest("the lower bound comes first: `" + name + "(" + text(part.span) + ", " +
                         text(upper.span) + ", " + text(lower.span) + ")`");
    return std::nullopt;
  }
  if (!lower.given && !upper.given) return part;

  // P(X >= 1) of counts is 1 - P(X = 0), for which no cdf is needed.
  const bool from_one = !censors && integer && lower.given && !upper.given && lower.number == 1 &&
                        words.low.number == 0;
  if (!from_one && !need_part_member(part, "cdf", name)) return std::nullopt;

  Template values;
  values.parts.push_back(part_words(*part.entry, words, 1));
  auto& word = values.whole.words;
  auto& flags = values.whole.flags;
  std::vector<TermId> own;
  std::string formals, names;
  if (lower.given) flags.insert("lower");
  if (upper.given) flags.insert("upper");
  if (from_one) flags.insert("from_one");
  for (const Cut* side : {&lower, &upper}) {
    if (!side->given || side->number) continue;
    const std::string formal = side == &lower ? "least" : "most";
    formals = join(formals, formal + ": " + words.value);
    names = join(names, formal);
    own.push_back(side->term);
  }
  if (!names.empty()) flags.insert("ends");
  word["ends"] = names;
  word["declared"] = join(formals, words.formals);
  word["all"] = join(names, words.names);
  word["declared_after"] = word["declared"].empty() ? "" : ", " + word["declared"];
  word["all_after"] = word["all"].empty() ? "" : ", " + word["all"];
  word["support"] = support_type(integer, least, most);
  word["least"] = lower.given ? *least.text : "";
  word["most"] = upper.given ? *most.text : "";
  word["before"] = integer ? word["least"] + " - 1" : word["least"];
  word["before_most"] = integer ? word["most"] + " - 1" : word["most"];
  const std::string own_inside = (lower.given ? not_below(least) + " && " : "") +
                                 (upper.given ? not_above(most) + " && " : "");
  word["inside"] = own_inside + values.parts[0].words["inside"];
  word["within"] = (lower.given ? "x > " + *least.text : std::string("true")) +
                   (upper.given ? " && x < " + *most.text : "") + " && " + values.parts[0].words["inside"];
  word["early"] = lower.given ? "x < " + *least.text : "false";
  word["late"] = upper.given ? "x >= " + *most.text : "false";
  word["end"] = lower.given ? *least.text : *most.text;
  const auto clamped = [&](const std::string& x) {
    if (integer) {
      const std::string raised = lower.given
                                     ? "(" + x + " < " + *least.text + " ? " + *least.text + " : " + x + ")"
                                     : x;
      return upper.given ? "(" + raised + " > " + *most.text + " ? " + *most.text + " : " + raised + ")"
                         : raised;
    }
    const std::string raised = lower.given ? "fmax(" + x + ", " + *least.text + ")" : x;
    return upper.given ? "fmin(" + raised + ", " + *most.text + ")" : raised;
  };
  word["clamped"] = clamped("x");
  word["clamped_q"] = clamped("q");
  // Where the inverse is searched.
  const bool both = least.text && most.text;
  word["steps"] = integer ? "33" : "65";
  if (integer) {
    const std::string reach = "2147483648.0";
    word["first_low"] = least.text ? *least.text + " - 1.0" : *most.text + " - " + reach;
    word["first_high"] = most.text ? *most.text + " + 0.0" : *least.text + " + " + reach;
  } else {
    word["first_low"] = both ? "0.0" : "-700.0";
    word["first_high"] = both ? "1.0" : "700.0";
    word["place"] = both         ? *least.text + " + s * (" + *most.text + " - " + *least.text + ")"
                    : least.text ? *least.text + " + exp(s)"
                                 : *most.text + " - exp(-s)";
  }
  auto result = combine(name, std::move(values), {std::move(part)}, std::move(own), name, span);
  if (result && censors && !integer) result->entry->checked.mixed = true;
  return result;
}

std::optional<DistTerm> Checker::check_with_zero(const ast::CallExpr& call, Span span) {
  const std::string& name = call.callee.text;
  const auto arguments = combinator_arguments(call, span, {"p", "d"}, 2);
  if (!arguments) return std::nullopt;
  const ast::Expr &first = *(*arguments)[0], &second = *(*arguments)[1];
  if (is_distribution(first) && !is_distribution(second)) {
    report(Code::combinator_written, first.span,
           {name, usage(name), "`" + text(first.span) + "` is a distribution"})
        .suggest("the probability of a zero comes first: `" + name + "(" + text(second.span) + ", " +
                 text(first.span) + ")`");
    return std::nullopt;
  }
  const TermId p = check(first);
  auto part = check_distribution(second);
  if (!part || !need_number(p) || !need_scalar_part(*part, name)) return std::nullopt;
  const bool integer = part->element == Element::integer;
  if (name == "zero_inflated" && !integer) {
    report(Code::part_kind, part->span, {name, "counts", text(part->span), "reals"})
        .note("a density has no mass at zero that more could be added to")
        .suggest("write `hurdle(" + text(first.span) + ", " + text(second.span) +
                 ")`: zero with this probability, else positive");
    return std::nullopt;
  }
  if (name == "hurdle") {
    const auto* low = std::get_if<double>(&part->dist->lower);
    const bool over = low && (integer ? *low >= 1 : *low >= 0);
    if (!over) {
      auto positive = cut(std::move(*part), Cut{true, integer ? 1.0 : 0.0, {}, {}}, {}, false, second.span);
      if (!positive) return std::nullopt;
      part = std::move(positive);
    }
  }
  PartText words = part_text(*part->entry, 1);
  Template values;
  values.parts.push_back(part_words(*part->entry, words, 1));
  // The part need not hold zero.
  End low = words.low;
  if (name == "zero_inflated" && words.low.number && *words.low.number <= 0 && !words.high.text)
    values.parts[0].words["inside"] = "true";
  if (low.text && !(low.number && *low.number <= 0))
    low = low.number ? End{exact_text(0, integer), 0.0, false} : End{};
  if (words.high.text && words.high.number && *words.high.number < 0)
    words.high = End{exact_text(0, integer), 0.0, false};
  auto& word = values.whole.words;
  word["declared"] = join("p: real<lower=0, upper=1>", words.formals);
  word["support"] = support_type(integer, low, words.high);
  word["zero"] = integer ? "0" : "0.0";
  auto result = combine(name, std::move(values), {std::move(*part)}, {p}, name, span);
  if (result && !integer) result->entry->checked.mixed = true;
  return result;
}

}  // namespace elba::frontend
