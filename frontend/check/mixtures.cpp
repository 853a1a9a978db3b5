// mixtures: the weights, parts and supports of `mixture(w, d1, d2, ..)` and `mixture(w, d)`.
//
// Supports are intervals of the line, or one and the same set of vectors or indices. Where all parts end
// alike nothing is asked of a value; else each part is asked whether the value lies in its own (`guarded`),
// and has density 0 where it does not, wherever the ends are. The support of the whole is the hull: a number
// where all ends are numbers. Where it is not known it is left open (`open_ended`), which does for data, not
// for a latent, whose coordinates need it.
#include "frontend/check/mixtures.h"

#include <algorithm>
#include <cmath>

namespace elba::frontend {

namespace {

const std::string mixture_name = "mixture";

bool same_dim(const ir::Bound& a, const DistTerm& x, const ir::Bound& b, const DistTerm& y) {
  const auto* p = std::get_if<Dim>(&a);
  const auto* q = std::get_if<Dim>(&b);
  return p && q && p->substitute(x.dims) == q->substitute(y.dims);
}

// What one part has does not count; what all have does.
TemplateWords only_whole(TemplateWords words) {
  for (const char* member : {"sample", "cdf", "mean", "log_cdf", "log_ccdf"})
    words.flags.erase(member);
  return words;
}

// What gives the densities and tails of a part: its own members, or functions of the template that ask where
// the value lies.
void choose_members(TemplateWords& words, bool guarded, const std::string& number) {
  for (const std::string member : {"logpdf", "cdf", "log_cdf", "log_ccdf"})
    words.words[member] = !guarded ? "part" + number + "_" + member
                                   : (member == "logpdf" ? "log" : member) + "_part" + number;
}

}  // namespace

bool Mixtures::check_weights(TermId weights, const ast::Expr& written) {
  const Term& found = term(weights);
  const auto wrong = [&](const std::string& why) -> Diagnostic& {
    return report(Code::weights_not_simplex, written.span, {text(written.span), why});
  };
  if (found.type.is_scalar()) {
    const std::string p = text(written.span);
    wrong("it is one number").suggest("write `[" + p + ", 1 - " + p + "]`");
    return false;
  }
  if (found.kind == TermKind::stack) {
    double sum = 0;
    for (TermId element : found.args) {
      const ir::Bound value = bounds_.bound_of(element);
      const auto* number = std::get_if<double>(&value);
      if (!number) return true;
      if (*number < 0) {
        wrong("one is negative");
        return false;
      }
      sum += *number;
    }
    if (std::abs(sum - 1) > 1e-6) {
      wrong("their sum is " + number_text(sum));
      return false;
    }
    return true;
  }
  const bool named = found.kind == TermKind::symbol || (found.kind == TermKind::index && found.args.empty());
  if (!named) return true;
  const Symbol& symbol = body_.symbol(found.symbol);
  const bool stored = symbol.kind == Symbol::Kind::data || symbol.kind == Symbol::Kind::latent ||
                      symbol.kind == Symbol::Kind::param;
  if (!stored || symbol.is_simplex) return true;
  auto& diagnostic = wrong("it is declared `" + symbol.type.text() + "`").label(symbol.span, "declared here");
  std::string shape;
  for (const Dim& extent : symbol.type.shape)
    shape += (shape.empty() ? "" : ", ") + user_text(extent);
  diagnostic.suggest("declare `" + symbol.name + ": simplex[" + shape + "]`, or write `softmax(" +
                     symbol.name + ")`");
  return false;
}

std::optional<DistTerm> Mixtures::check_mixture(const ast::CallExpr& call, Span span) {
  for (const auto& argument : call.arguments) {
    if (!argument.name) continue;
    report(Code::named_argument_here, argument.name->span, {argument.name->text, mixture_name})
        .suggest("give it by position: `" + combinator_usage(mixture_name) + "`");
    return std::nullopt;
  }
  if (call.arguments.size() < 2) {
    report(Code::combinator_written, span,
           {mixture_name, combinator_usage(mixture_name),
            "found " + std::to_string(call.arguments.size()) +
                (call.arguments.size() == 1 ? " argument" : " arguments")});
    return std::nullopt;
  }
  const ast::Expr& written = *call.arguments[0].value;
  if (distributions_.is_distribution(written)) {
    report(Code::combinator_written, written.span,
           {mixture_name, combinator_usage(mixture_name), "`" + text(written.span) + "` is a distribution"})
        .suggest("the weights come first, a simplex");
    return std::nullopt;
  }
  TermId weights = inner_.check(written);
  std::vector<DistTerm> parts;
  bool fine = true;
  for (std::size_t i = 1; i < call.arguments.size(); ++i) {
    auto part = inner_.check_distribution(*call.arguments[i].value);
    fine = fine && part.has_value();
    if (part) parts.push_back(std::move(*part));
  }
  if (!fine || !need_number(weights) || !check_weights(weights, written)) return std::nullopt;
  weights = to_real(weights);
  for (const DistTerm& part : parts) {
    if (part.dist->mixed) {
      report(Code::part_kind, part.span,
             {mixture_name, "reals, counts, vectors or matrices", text(part.span), kind_text(part)});
      return std::nullopt;
    }
  }
  const Dim count = type(weights).shape.back();
  Template values;
  auto& flags = values.whole.flags;
  const auto all_have = [&](std::string_view member) {
    return std::all_of(parts.begin(), parts.end(),
                       [&](const DistTerm& part) { return part.dist->member(member) != nullptr; });
  };
  for (const char* member : {"sample", "cdf", "mean"})
    if (all_have(member)) flags.insert(member);
  if (all_have("log_cdf") && all_have("log_ccdf")) flags.insert("log_tails");
  if (parts.size() == 1)
    return mixture_of_components(std::move(parts.front()), weights, std::move(values), span);
  if (!(count == Dim(static_cast<std::int64_t>(parts.size())))) {
    report(Code::mixture_components, span,
           {user_text(count), std::to_string(parts.size()) + " distributions are listed"})
        .label(written.span, "has shape " + shape_text(type(weights).shape));
    return std::nullopt;
  }
  return mixture_of_parts(std::move(parts), weights, std::move(values), span);
}

std::optional<DistTerm> Mixtures::mixture_of_components(DistTerm part, TermId weights, Template values,
                                                        Span span) {
  const Dim count = type(weights).shape.back();
  if (part.batch.empty() || !(part.batch.back() == count)) {
    auto& diagnostic = report(
        Code::mixture_components, part.span,
        {user_text(count), "`" + text(part.span) + "` is " +
                               (part.batch.empty() ? "one distribution"
                                                   : "a distribution of shape " + shape_text(part.batch))});
    diagnostic.suggest(
        "list the parts, `mixture(w, d1, d2)`, or give vectors over the components: `normal(mu, s)` with "
        "`mu: real[" +
        user_text(count) + "]`");
    return std::nullopt;
  }
  std::vector<bool> spread;
  for (std::size_t i = 0; i < part.args.size(); ++i)
    spread.push_back(type(part.args[i]).rank() > part.dist->params[i].type.rank());
  // An end of which each component has its own.
  const auto is_spread = [&](const ir::Bound& bound) {
    const auto* formal = std::get_if<std::string>(&bound);
    for (std::size_t i = 0; formal && i < spread.size(); ++i)
      if (spread[i] && part.dist->params[i].name == *formal) return true;
    return false;
  };
  const PartText own = part_text(*part.entry, 1), words = part_text(*part.entry, 1, spread);
  Joined hull{words.low, words.high, false, false};
  for (const bool is_low : {true, false}) {
    if (!is_spread(is_low ? part.dist->lower : part.dist->upper)) continue;
    (is_low ? hull.low : hull.high) = {};
    hull.guarded = hull.open_ended = true;
  }
  if (hull.guarded) values.whole.flags.insert("guarded");
  // The functions of one component take its parameters; the mixture calls them with those of component c.
  values.parts.push_back(only_whole(part_words(*part.entry, own, 1)));
  auto& of_part = values.parts.back().words;
  of_part["own"] = of_part["args"];
  of_part["args"] = words.arguments.empty() ? "" : ", " + words.arguments;
  of_part["list"] = words.arguments;
  choose_members(values.parts.back(), hull.guarded, "1");
  values.whole.words["declared"] = join("w: simplex[C_0]", words.formals);
  values.whole.words["support"] = hull.guarded ? support_type(words.is_integer, hull.low, hull.high)
                                               : words.support;
  part.batch.pop_back();
  auto result = combinators_.combine(mixture_name, std::move(values), {std::move(part)}, {weights},
                                     "mixture_of_components", span);
  if (result)
    result->entry->checked.jumps = hull.guarded, result->entry->checked.open_ended = hull.open_ended;
  return result;
}

void Mixtures::supports_differ(const DistTerm& front, const DistTerm& part) {
  const auto shown = [&](const DistTerm& law) {
    if (event_rank(law.dist->support) > 0 || !law.event.empty() ||
        std::holds_alternative<Dim>(law.dist->upper))
      return law.dist->support_text();
    return bounds_.bounds_text(law.element, law.dist->support, bounds_.support_bound(law.dist->lower, law),
                               bounds_.support_bound(law.dist->upper, law));
  };
  report(
      Code::mixture_supports, part.span,
      {"`" + text(front.span) + "` has " + shown(front) + ", `" + text(part.span) + "` has " + shown(part)})
      .label(front.span, "the first part");
}

// Elements, kinds of supports and events: false after a report.
bool Mixtures::same_kind(const std::vector<DistTerm>& parts) {
  const DistTerm& front = parts.front();
  for (const DistTerm& part : parts) {
    if (part.element != front.element || event_rank(part.dist->support) != event_rank(front.dist->support) ||
        (event_rank(front.dist->support) > 0 && part.dist->support != front.dist->support))
      return supports_differ(front, part), false;
    if (part.event == front.event) continue;
    report(Code::mixture_supports, part.span,
           {"one value of `" + text(front.span) + "` has shape " + shape_text(front.event) + ", one of `" +
            text(part.span) + "` shape " + shape_text(part.event)});
    return false;
  }
  return true;
}

// The lower or upper end of the hull; false after a report.
bool Mixtures::join_ends(const std::vector<DistTerm>& parts, std::vector<PartText>& texts, bool is_low,
                         Joined& joined) {
  const DistTerm& front = parts.front();
  const auto bound_of_part = [&](std::size_t i) -> const ir::Bound& {
    return is_low ? parts[i].dist->lower : parts[i].dist->upper;
  };
  const auto written = [&](std::size_t i) {
    const TermId bound = bounds_.support_bound(bound_of_part(i), parts[i]);
    return bound.valid() ? text(term(bound).span) : std::string();
  };
  bool is_open = false, all_numbers = true, all_equal = true;
  End hull = is_low ? texts[0].low : texts[0].high;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    End& own = is_low ? texts[i].low : texts[i].high;
    if (hull.is_dim || own.is_dim) {
      if (!same_dim(bound_of_part(0), front, bound_of_part(i), parts[i]))
        return supports_differ(front, parts[i]), false;
      continue;
    }
    // A parameter whose argument is a number of the text is that number.
    if (const auto number = own.text && !own.number ? bounds_.end_number(bound_of_part(i), parts[i])
                                                    : std::nullopt;
        number && std::isfinite(*number))
      own = {exact_text(*number, texts[i].is_integer), number, false};
    if (i == 0) hull = own;
    is_open = is_open || !own.text;
    all_numbers = all_numbers && own.number;
    const End& first = is_low ? texts[0].low : texts[0].high;
    const bool equal = own.number && first.number ? *own.number == *first.number
                                                  : own.text.has_value() == first.text.has_value() &&
                                                        own.number.has_value() == first.number.has_value() &&
                                                        (!own.text || written(i) == written(0));
    all_equal = all_equal && equal;
    if (own.number && hull.number && (is_low ? *own.number < *hull.number : *own.number > *hull.number))
      hull = own;
  }
  if (!all_equal) {
    joined.guarded = true;
    if (is_open || !all_numbers) hull = {};
    joined.open_ended = joined.open_ended || (!is_open && !all_numbers);
  }
  (is_low ? joined.low : joined.high) = hull;
  return true;
}

std::optional<Mixtures::Joined> Mixtures::join_supports(const std::vector<DistTerm>& parts,
                                                        std::vector<PartText>& texts) {
  if (!same_kind(parts)) return std::nullopt;
  Joined joined;
  for (const bool is_low : {true, false})
    if (!join_ends(parts, texts, is_low, joined)) return std::nullopt;
  return joined;
}

std::optional<DistTerm> Mixtures::mixture_of_parts(std::vector<DistTerm> parts, TermId weights,
                                                   Template values, Span span) {
  const DistTerm& front = parts.front();
  std::vector<PartText> texts;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    // One value has the same dims in all of them.
    std::map<std::string, std::string> shared;
    const auto &own_event = parts[i].dist->event, &first_event = front.dist->event;
    for (std::size_t axis = 0; i > 0 && axis < std::min(own_event.size(), first_event.size()); ++axis) {
      const auto own = own_event[axis].as_symbol(), first = first_event[axis].as_symbol();
      if (own && first) shared[*own] = *first + "_1";
    }
    const auto *own = std::get_if<Dim>(&parts[i].dist->upper), *first = std::get_if<Dim>(&front.dist->upper);
    if (i > 0 && own && first && own->as_symbol() && first->as_symbol())
      shared[*own->as_symbol()] = *first->as_symbol() + "_1";
    texts.push_back(part_text(*parts[i].entry, i + 1, {}, shared));
  }
  const auto joined = join_supports(parts, texts);
  if (!joined) return std::nullopt;
  if (joined->guarded) values.whole.flags.insert("guarded");
  std::string declared = "w: simplex[" + std::to_string(parts.size()) + "]", log_sum, chosen, cdf_sum,
              mean_sum;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string n = std::to_string(i + 1);
    declared = join(declared, texts[i].formals);
    log_sum = join(log_sum, "l" + n);
    chosen += i + 1 == parts.size() ? "x" + n : "u < c" + n + " ? x" + n + " : ";
    texts[i].value = texts[0].value;
    values.parts.push_back(only_whole(part_words(*parts[i].entry, texts[i], i + 1)));
    choose_members(values.parts.back(), joined->guarded, n);
    const std::string weight = (i == 0 ? "" : " + ") + ("w[" + n + "] * ");
    cdf_sum += weight + values.parts.back().words["cdf"] + "(x" +
               (texts[i].arguments.empty() ? "" : ", " + texts[i].arguments) + ")";
    mean_sum += weight + "part" + n + "_mean(" + texts[i].arguments + ")";
  }
  auto& word = values.whole.words;
  word["declared"] = declared;
  word["log_sum"] = "log_sum_exp([" + log_sum + "])";
  word["chosen"] = chosen;
  word["cdf_sum"] = cdf_sum;
  word["mean_sum"] = mean_sum;
  const bool is_interval = parts.front().event.empty() && !joined->low.is_dim && !joined->high.is_dim;
  word["support"] = is_interval ? support_type(texts[0].is_integer, joined->low, joined->high)
                                : texts[0].support;
  auto result = combinators_.combine(mixture_name, std::move(values), std::move(parts), {weights},
                                     mixture_name, span);
  if (result)
    result->entry->checked.jumps = joined->guarded, result->entry->checked.open_ended = joined->open_ended;
  return result;
}

}  // namespace elba::frontend
