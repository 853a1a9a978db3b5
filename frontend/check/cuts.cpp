// cuts: truncated and censored distributions.
#include "frontend/check/combinators.h"
#include "frontend/check/combination.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace elba::frontend {

std::optional<DistTerm> Combinators::check_cut(const ast::CallExpr& call, Span span) {
  const std::string& name = call.callee.text;
  const auto arguments = combinator_arguments(call, span, {"d", "lower", "upper"}, 1);
  if (!arguments) return std::nullopt;
  if (!distributions_.is_distribution(*(*arguments)[0]) &&
      std::get_if<ast::CallExpr>(&without_parentheses(*(*arguments)[0]).node) == nullptr) {
    report(Code::combinator_written, (*arguments)[0]->span,
           {name, combinator_usage(name), "`" + text((*arguments)[0]->span) + "` is not a distribution"});
    return std::nullopt;
  }
  auto part = inner_.check_distribution(*(*arguments)[0]);
  Cut cuts[2];
  bool fine = part.has_value();
  for (std::size_t side = 0; side < 2; ++side) {
    const ast::Expr* written = (*arguments)[side + 1];
    if (!written) continue;
    const TermId value = inner_.check(*written);
    // inf() and -inf() leave a side open.
    const Term* shown = &term(value);
    if (shown->kind == TermKind::apply && shown->opcode == ir::Opcode::neg) shown = &term(shown->args[0]);
    if (shown->kind == TermKind::builtin && shown->function->name == "inf") continue;
    if (!need_number(value, part && part->element == Element::integer &&
                                !std::holds_alternative<double>(bounds_.bound_of(value)))) {
      fine = false;
      continue;
    }
    Cut& cut = cuts[side];
    cut.span = written->span;
    cut.term = value;
    if (const ir::Bound bound = bounds_.bound_of(value); const auto* number = std::get_if<double>(&bound))
      cut.number = *number;
    cut.given = !cut.number || std::isfinite(*cut.number);
  }
  if (!fine) return std::nullopt;
  if (!(*arguments)[1] && !(*arguments)[2]) {
    report(Code::combinator_written, span, {name, combinator_usage(name), "no bound is given"})
        .suggest("name one: `" + name + "(" + text((*arguments)[0]->span) + ", lower = ..)`");
    return std::nullopt;
  }
  return cut(std::move(*part), cuts[0], cuts[1], name == "censored", span);
}

// Numbers of counts are whole, and one at or beyond the end of the part's support changes nothing.
bool Combinators::check_cut_numbers(const DistTerm& part, const PartText& words, Cut& lower, Cut& upper) {
  const bool integer = part.element == Element::integer;
  for (Cut* side : {&lower, &upper}) {
    const bool is_lower = side == &lower;
    if (side->given && side->number && integer && *side->number != std::floor(*side->number)) {
      report(Code::type_mismatch, side->span,
             {"a whole number, for `" + part.dist->name + "` is a distribution of counts", text(side->span)});
      return false;
    }
    const End& end = is_lower ? words.low : words.high;
    if (!side->given || !side->number || !end.number) continue;
    const bool idle = is_lower ? *side->number <= *end.number : *side->number >= *end.number;
    if (!idle) continue;
    side->given = false;
    if (side->span != Span{})
      report(Code::cut_without_effect, side->span,
             {text(side->span), part.dist->name, part.dist->support_text()});
  }
  return true;
}

bool Combinators::is_empty_cut(const DistTerm& part, const CutEnds& ends, const std::string& name) {
  const auto& [lower, upper, least, most, integer] = ends;
  const bool censors = name == "censored";
  if (!least.number || !most.number ||
      (integer && !censors ? *least.number <= *most.number : *least.number < *most.number))
    return false;
  const Span where = upper.given && upper.span != Span{} ? upper.span : lower.span;
  auto& diagnostic = report(Code::empty_cut, where,
                            {text(part.span), number_text(*least.number), number_text(*most.number)});
  if (lower.given && upper.given)
    diagnostic.suggest("the lower bound comes first: `" + name + "(" + text(part.span) + ", " +
                       text(upper.span) + ", " + text(lower.span) + ")`");
  return true;
}

namespace {

// What keeps x between the ends.
std::string clamped(const std::string& x, const End* least, const End* most, bool integer) {
  if (integer) {
    const std::string raised = least ? "(" + x + " < " + *least->text + " ? " + *least->text + " : " + x + ")"
                                     : x;
    return most ? "(" + raised + " > " + *most->text + " ? " + *most->text + " : " + raised + ")" : raised;
  }
  const std::string raised = least ? "fmax(" + x + ", " + *least->text + ")" : x;
  return most ? "fmin(" + raised + ", " + *most->text + ")" : raised;
}

// Where the inverse is searched.
void add_search(const End& least, const End& most, bool integer,
                std::map<std::string, std::string, std::less<>>& word) {
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
}

}  // namespace

// The words of the template about the ends.
void Combinators::add_cut_words(const CutEnds& ends, const PartText& words, const std::string& part_inside,
                                TemplateWords& whole, std::vector<TermId>& own) {
  const auto& [lower, upper, least, most, integer] = ends;
  auto& word = whole.words;
  std::string formals, names;
  for (const Cut* side : {&lower, &upper}) {
    if (!side->given || side->number) continue;
    const std::string formal = side == &lower ? "least" : "most";
    formals = join(formals, formal + ": " + words.value);
    names = join(names, formal);
    own.push_back(side->term);
  }
  if (!names.empty()) whole.flags.insert("ends");
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
  word["inside"] = own_inside + part_inside;
  word["within"] = (lower.given ? "x > " + *least.text : std::string("true")) +
                   (upper.given ? " && x < " + *most.text : "") + " && " + part_inside;
  word["early"] = lower.given ? "x < " + *least.text : "false";
  word["late"] = upper.given ? "x >= " + *most.text : "false";
  word["end"] = lower.given ? *least.text : *most.text;
  word["clamped"] = clamped("x", lower.given ? &least : nullptr, upper.given ? &most : nullptr, integer);
  word["clamped_q"] = clamped("q", lower.given ? &least : nullptr, upper.given ? &most : nullptr, integer);
  add_search(least, most, integer, word);
}

std::optional<DistTerm> Combinators::cut(DistTerm part, Cut lower, Cut upper, bool censors, Span span) {
  const std::string name = censors ? "censored" : "truncated";
  if (!need_scalar_part(part, name)) return std::nullopt;
  const bool integer = part.element == Element::integer;
  PartText words = part_text(*part.entry, 1);
  if (!check_cut_numbers(part, words, lower, upper)) return std::nullopt;
  const End least = lower.given ? (lower.number ? End{exact_text(*lower.number, integer), lower.number, false}
                                                : End{"least", {}, false})
                                : words.low;
  const End most = upper.given ? (upper.number ? End{exact_text(*upper.number, integer), upper.number, false}
                                               : End{"most", {}, false})
                               : words.high;
  const CutEnds ends{lower, upper, least, most, integer};
  if (is_empty_cut(part, ends, name)) return std::nullopt;
  if (!lower.given && !upper.given) return part;

  // P(X >= 1) of counts is 1 - P(X = 0), for which no cdf is needed.
  const bool from_one = !censors && integer && lower.given && !upper.given && lower.number == 1 &&
                        words.low.number == 0;
  if (!from_one && !need_part_member(part, "cdf", name)) return std::nullopt;

  Template values;
  values.parts.push_back(part_words(*part.entry, words, 1));
  auto& flags = values.whole.flags;
  std::vector<TermId> own;
  if (lower.given) flags.insert("lower");
  if (upper.given) flags.insert("upper");
  if (from_one) flags.insert("from_one");
  add_cut_words(ends, words, values.parts[0].words["inside"], values.whole, own);
  auto result = combine(name, std::move(values), {std::move(part)}, std::move(own), name, span);
  if (result && censors && !integer) result->entry->checked.mixed = true;
  return result;
}

}  // namespace elba::frontend
