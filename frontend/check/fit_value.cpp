// fit_value: a distribution and the value that it is of: element, event and batch.
#include "frontend/check/distributions.h"

#include <algorithm>

namespace elba::frontend {

// Whether the elements are those of the distribution: false after a report.
bool Distributions::fit_element(const DistTerm& dist, const ValueType& value, const std::string& name,
                                Span span, Span declared) {
  const bool fits = dist.element == value.element ||
                    (dist.element == Element::real && value.element == Element::integer);
  if (fits) return true;
  auto& diagnostic = report(Code::type_mismatch, span,
                            {"values of `" + dist.dist->name + "`, `" + dist.dist->support_text() + "`",
                             "`" + name + ": " + value.text() + "`"});
  if (declared != Span{}) diagnostic.label(declared, "`" + name + "` is declared here");
  if (dist.element == Element::integer && value.element == Element::real) {
    const std::string bounds = dist.dist->support_text();
    diagnostic.suggest("declare `" + name + ": " + bounds.substr(0, bounds.find('[')) +
                       (value.is_scalar() ? "" : shape_text(value.shape)) + "`");
  }
  return false;
}

Diagnostic& Distributions::site_mismatch(const DistTerm& dist, const ValueType& value,
                                         const std::vector<Dim>& wanted, const std::string& name, Span span,
                                         Span declared) {
  auto& diagnostic = report(Code::site_shape, span,
                            {name, shape_text(value.shape), dist.dist->name, shape_text(wanted)});
  if (declared != Span{}) diagnostic.label(declared, "`" + name + "` is declared here");
  for (std::size_t i = 0; i < dist.args.size(); ++i)
    if (type(dist.args[i]).rank() > dist.dist->params[i].type.rank())
      diagnostic.label(term(dist.args[i]).span, "has shape " + shape_text(type(dist.args[i]).shape));
  return diagnostic;
}

// The axes that are left beside the event are not the batch: a loop, or an index of the data, may be meant.
void Distributions::suggest_batch(const DistTerm& dist, const std::vector<Dim>& rest, const std::string& name,
                                  Diagnostic& diagnostic) {
  if (rest.size() > dist.batch.size())
    diagnostic.suggest("state it row by row: `for i in 1:" + user_text(rest[0]) + " { " + name + "[i] ~ " +
                       text(dist.span) + "; }`");
  else if (rest.size() == 1) {
    for (const Symbol& symbol : body_.symbols) {
      if (symbol.kind != Symbol::Kind::data || symbol.type.element != Element::integer ||
          symbol.type.shape != rest || !symbol.upper || dist.batch != std::vector<Dim>{*symbol.upper})
        continue;
      for (std::size_t i = 0; i < dist.args.size(); ++i)
        if (type(dist.args[i]).shape == dist.batch && term(dist.args[i]).kind == TermKind::symbol)
          diagnostic.suggest("did you mean `" + text(term(dist.args[i]).span) + "[" + symbol.name + "]`?");
    }
  }
}

bool Distributions::fit_value(DistTerm& dist, const ValueType& value, const std::string& name, Span span,
                              Span declared) {
  if (value.is_error()) return false;
  if (!fit_element(dist, value, name, span, declared)) return false;
  const std::size_t event = dist.event.size();
  std::vector<Dim> whole = dist.batch;
  whole.insert(whole.end(), dist.event.begin(), dist.event.end());
  if (value.shape.size() < event) {
    for (Dim& extent : whole)
      if (const auto open = extent.as_symbol(); open && open->front() == '?')
        extent = Dim::symbol(open->substr(1));
    site_mismatch(dist, value, whole, name, span, declared);
    return false;
  }
  const auto split = value.shape.end() - static_cast<std::ptrdiff_t>(event);
  std::map<std::string, Dim> open;
  for (std::size_t i = 0; i < event; ++i) {
    const auto symbol = dist.event[i].as_symbol();
    if (symbol && symbol->front() == '?') open.try_emplace(*symbol, split[static_cast<std::ptrdiff_t>(i)]);
  }
  for (Dim& extent : dist.event)
    extent = extent.substitute(open);
  whole = dist.batch;
  whole.insert(whole.end(), dist.event.begin(), dist.event.end());
  if (!std::equal(split, value.shape.end(), dist.event.begin())) {
    auto& diagnostic = site_mismatch(dist, value, whole, name, span, declared);
    if (event == 1) diagnostic.note("one value of `" + dist.dist->name + "` is a vector");
    return false;
  }
  const std::vector<Dim> rest(value.shape.begin(), split);
  if (dist.batch.empty() || dist.batch == rest) return true;
  auto& diagnostic = site_mismatch(dist, value, whole, name, span, declared);
  suggest_batch(dist, rest, name, diagnostic);
  return false;
}

}  // namespace elba::frontend
