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
#include "frontend/check/combinators.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace elba::frontend {

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

// The arguments in the order of `names`; null where one is left out.
std::optional<std::vector<const ast::Expr*>> Combinators::combinator_arguments(
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

bool Combinators::need_part_member(const DistTerm& part, const std::string& member,
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

bool Combinators::need_scalar_part(const DistTerm& part, const std::string& combinator) {
  const bool indices = part.element == Element::integer && std::holds_alternative<Dim>(part.dist->upper);
  if (part.event.empty() && !indices && !part.dist->mixed) return true;
  report(Code::part_kind, part.span, {combinator, "reals or counts", text(part.span), kind_text(part)});
  return false;
}

// One instance: the parameters are `own`, then those of the parts; all batches agree.
std::optional<DistTerm> Combinators::combine(const std::string& name, Template values,
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
  Distributions::Matching shapes;
  if (!distributions_.split_batch(result, span, shapes)) return std::nullopt;
  if (!ir::match_dims(entry.checked.dims, shapes.formals, shapes.actuals, result.dims)) {
    report(Code::call_shapes, span, {name, text(span)});
    return std::nullopt;
  }
  return result;
}

std::optional<DistTerm> Combinators::check_with_zero(const ast::CallExpr& call, Span span) {
  const std::string& name = call.callee.text;
  const auto arguments = combinator_arguments(call, span, {"p", "d"}, 2);
  if (!arguments) return std::nullopt;
  const ast::Expr &first = *(*arguments)[0], &second = *(*arguments)[1];
  if (distributions_.is_distribution(first) && !distributions_.is_distribution(second)) {
    report(Code::combinator_written, first.span,
           {name, usage(name), "`" + text(first.span) + "` is a distribution"})
        .suggest("the probability of a zero comes first: `" + name + "(" + text(second.span) + ", " +
                 text(first.span) + ")`");
    return std::nullopt;
  }
  const TermId p = inner_.check(first);
  auto part = inner_.check_distribution(second);
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
