// proofs: every index is proved to lie in 1:extent. What depends on sizes alone, such as y[1] of real[T],
// becomes a requirement that is checked when the sizes are known; what depends on data needs the bound in its
// declaration, int<1, J>.
#include "frontend/check/proofs.h"

#include <algorithm>

namespace elba::frontend {

bool Proofs::prove_inside(TermId index, const Dim& extent, const std::string& name, Span span) {
  IndexTerm gather;
  gather.kind = IndexTerm::Kind::gather;
  gather.value = index;
  if (const auto list = listed_indices(body_, gather))
    return std::all_of(list->begin(), list->end(), [&](const Dim& element) {
      return prove_range(element, element, extent, user_text(element), name, span);
    });
  const Term& value = term(index);
  const auto low = value.exact ? extreme(*value.exact, body_.ranges, false) : value.lower;
  const auto high = value.exact ? extreme(*value.exact, body_.ranges, true) : value.upper;
  if (low && high) return prove_range(*low, *high, extent, text(span), name, span);
  auto& diagnostic = report(Code::index_not_proved, span, {text(span), name, "1:" + user_text(extent)});
  if (value.kind == TermKind::symbol || (value.kind == TermKind::index && value.symbol.valid())) {
    const Symbol& symbol = body_.symbol(value.symbol);
    diagnostic.label(symbol.span, "`" + symbol.name + "` is declared here, without " +
                                      (low    ? "an upper"
                                       : high ? "a lower"
                                              : "a") +
                                      " bound that shows it");
    if (symbol.kind == Symbol::Kind::data || symbol.kind == Symbol::Kind::formal)
      diagnostic.suggest("declare `" + symbol.name + ": int<1, " + user_text(extent) + ">" +
                         (symbol.type.is_scalar() ? "" : shape_text(symbol.type.shape)) + "`");
  }
  return false;
}

bool Proofs::prove_range(const Dim& low, const Dim& high, const Dim& extent, const std::string& what,
                         const std::string& name, Span span, const Dim& start) {
  const auto least = extreme(low, body_.ranges, false), most = extreme(high, body_.ranges, true);
  const Dim shift = start - Dim(1);
  const std::string range = user_text(start) + ":" + user_text(extent + shift);
  if (!least || !most) {
    report(Code::index_not_proved, span, {what, name, range});
    return false;
  }
  for (const auto& [slack, end] : {std::pair(*least - Dim(1), *least), std::pair(extent - *most, *most)}) {
    const Truth truth = at_least_zero(slack);
    if (truth == Truth::yes) continue;
    // A function leaves to its calls what its dims may or may not give.
    if (truth == Truth::depends && (grows(slack) || context_.kind == BodyKind::function)) {
      require(slack, span, "`" + name + "[" + what + "]` must exist");
      continue;
    }
    auto& diagnostic = report(truth == Truth::no ? Code::index_out_of_range : Code::index_not_proved, span,
                              {what, name, range});
    const std::string reached = user_text(end + shift);
    if (reached != what) diagnostic.note("it reaches " + reached);
    if (truth == Truth::no && start == Dim(1) && reached == "0")
      diagnostic.suggest(
          what == "0" ? "indices count from 1: write `1` for the first element"
          : what.find_first_of("+-") == std::string::npos
              ? "indices count from 1: let the loop run from 1"
              : "indices count from 1; start the range later, and state the first elements apart");
    if (truth == Truth::depends) diagnostic.note("nothing says that " + condition_text(slack));
    // That an index does not fall below 1 is the range's business, unless large sizes make it so.
    const auto terms = slack.terms();
    const bool may_state = slack == extent - *most ||
                           std::any_of(terms.begin(), terms.end(),
                                       [](const Dim::Term& term) { return term.coefficient > 0; });
    if (const std::string advice = truth == Truth::depends && may_state ? relation_advice(slack) : "";
        !advice.empty())
      diagnostic.suggest(advice);
    return false;
  }
  return true;
}

std::string Proofs::relation_advice(const Dim& slack) const {
  if (!context_.model) return {};
  std::vector<std::string> order;
  for (const auto& dim : context_.model->dims)
    order.push_back(dim.name);
  const auto relation = as_relation(slack, order);
  if (!relation) return {};
  const auto own = std::find_if(context_.model->dims.begin(), context_.model->dims.end(),
                                [&](const auto& dim) { return dim.name == relation->dim; });
  const std::string start = own->default_value ? " = " + user_text(*own->default_value) : "";
  std::string above;  // the dims that must be declared before it
  const auto at = std::find(order.begin(), order.end(), relation->dim);
  for (const auto& symbol : slack.symbols())
    if (std::find(at, order.end(), symbol) != order.end() && symbol != relation->dim)
      above += (above.empty() ? "`" : ", `") + symbol + "`";
  return "if it is so, state it in the declaration" + (above.empty() ? "" : ", below " + above) + ": `dim " +
         relation->text + start + ";`";
}

}  // namespace elba::frontend
