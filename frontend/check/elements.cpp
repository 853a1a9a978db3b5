// elements: latents whose elements have statements of their own.
//
//     latent b: real[2];   b[1] ~ half_normal(1);   b[2] ~ normal(0, 1);
//         each element has the support of its own law
//     latent th: real<lower=0>[4];   th[[1, 3]] ~ normal(1, 0.5);   ..
//         a list of indices stands for its elements
//
// The support of an element has the ends that the declared type states, and where it states none those of the
// element's law. The latent's declaration gets them once all statements are known. Ends that depend on
// unknowns or on a loop are stated in the type.
#include "frontend/check/supports.h"

#include <algorithm>
#include <functional>

#include "frontend/check/term_reads.h"

namespace elba::frontend {

namespace {

Support support_of(TermId lower, TermId upper) {
  return lower.valid()   ? (upper.valid() ? Support::interval : Support::lower)
         : upper.valid() ? Support::upper
                         : Support::real;
}

}  // namespace

// The end that the type states, or else the law's.
TermId Supports::end_of(TermId declared, const ir::Bound& law, const DistTerm& dist) {
  if (declared.valid()) return declared;
  const TermId own = bounds_.support_bound(law, dist);
  if (!own.valid()) return declared;
  const Term& end = term(own);
  return end.type.is_scalar() && end.known <= Knowledge::data && end.levels == 0 && !reads_array(body_, own)
             ? own
             : declared;
}

bool Supports::fit_elements(SymbolId id, const std::vector<IndexTerm>& target, const DistTerm& dist) {
  const Symbol& symbol = body_.symbol(id);
  TypeInfo narrowed = latent_types_.at(id);
  const auto fits = [&](const TypeInfo& type) {
    Support support{};
    TermId lower, upper;
    return fit_support(&type, dist, symbol.name, symbol.span, support, lower, upper);
  };
  const CheckedDist& law = *dist.dist;
  const auto fixed = [&](TermId bound) { return !bound.valid() || term(bound).levels == 0; };
  const bool is_scalar = event_rank(narrowed.support) == 0 && event_rank(law.support) == 0 &&
                         law.event.empty() && law.element == Element::real;
  // A type that was stated of the whole latent holds for a statement about the whole of it, as it does for
  // one in its declaration.
  const bool is_whole = target.empty() && !(narrowed.span == symbol.span);
  if (!is_scalar || is_whole || scopes_.conditions() > 0 || !fixed(narrowed.lower) || !fixed(narrowed.upper))
    return fits(narrowed);
  ElementBounds piece;
  piece.lower = end_of(narrowed.lower, law.lower, dist);
  piece.upper = end_of(narrowed.upper, law.upper, dist);
  piece.narrows = piece.lower != narrowed.lower || piece.upper != narrowed.upper;
  const auto low = number_of(bounds_.bound_of(piece.lower)), high = number_of(bounds_.bound_of(piece.upper));
  if (low && high && *low >= *high) return fits(narrowed);
  for (const KnownIndex& known : coverage_.known_indices(target, symbol.type.shape)) {
    Box box;
    for (const auto& index : known) {
      const auto first = index ? extreme(index->first, body_.ranges, false) : std::nullopt,
                 last = index ? extreme(index->last, body_.ranges, true) : std::nullopt;
      if (!first || !last) return fits(narrowed);
      box.push_back({*first, *last, false});
    }
    piece.boxes.push_back(std::move(box));
  }
  narrowed.lower = piece.lower;
  narrowed.upper = piece.upper;
  narrowed.has_bounds = narrowed.has_bounds || piece.narrows;
  narrowed.support = support_of(piece.lower, piece.upper);
  if (!fits(narrowed)) return false;
  for (TermId* bound : {&piece.lower, &piece.upper})
    if (bound->valid()) *bound = to_real(*bound);
  element_bounds_[id].push_back(std::move(piece));
  return true;
}

// Gives the latents the supports that their statements showed.
void Supports::finish_elements(std::vector<Stmt>& stmts) {
  for (Stmt& stmt : stmts)
    match(
        stmt.node, [&](ForStmt& loop) { finish_elements(loop.body); },
        [&](LatentStmt& latent) { finish_latent(latent); },
        ignore<LetStmt, ArrayStmt, AssignStmt, SiteStmt, ParamStmt, PredictStmt, FactorStmt, IfStmt>);
}

void Supports::finish_latent(LatentStmt& latent) {
  const auto found = element_bounds_.find(latent.symbol);
  if (found == element_bounds_.end() ||
      std::none_of(found->second.begin(), found->second.end(),
                   [](const ElementBounds& piece) { return piece.narrows; }))
    return;
  const auto& pieces = found->second;
  const auto same = [this](TermId a, TermId b) {
    const auto x = number_of(bounds_.bound_of(a)), y = number_of(bounds_.bound_of(b));
    return a == b || (x && y && *x == *y);
  };
  const ElementBounds& first = pieces.front();
  const bool is_one = std::all_of(pieces.begin(), pieces.end(), [&](const ElementBounds& piece) {
    return same(piece.lower, first.lower) && same(piece.upper, first.upper);
  });
  const Symbol& symbol = body_.symbol(latent.symbol);
  latent.lower = is_one ? first.lower : TermId{};
  latent.upper = is_one ? first.upper : TermId{};
  latent.support = is_one ? support_of(first.lower, first.upper) : Support::by_element;
  if (!is_one) latent.elements = pieces;
  for (auto& unknown : context_.signature->unknowns) {
    if (unknown.name != symbol.name) continue;
    unknown.support = std::string(support_name(latent.support));
    unknown.support_text =
        is_one ? bounds_.bounds_text(Element::real, latent.support, latent.lower, latent.upper) : "";
    std::vector<std::string> told;
    for (const ElementBounds& piece : is_one ? std::vector<ElementBounds>{} : pieces) {
      const std::string one = bounds_.bounds_text(Element::real, support_of(piece.lower, piece.upper),
                                                  piece.lower, piece.upper);
      if (std::find(told.begin(), told.end(), one) == told.end()) told.push_back(one);
    }
    for (const std::string& one : told)
      unknown.support_text += (unknown.support_text.empty() ? "" : " | ") + one;
  }
}

std::optional<std::vector<Dim>> listed_indices(const Body& body, const IndexTerm& index) {
  if (index.kind != IndexTerm::Kind::gather) return std::nullopt;
  const Term* found = &body.term(index.value);
  for (int depth = 0; depth < 100 && found->kind == TermKind::symbol &&
                      body.symbol(found->symbol).kind == Symbol::Kind::let_value;
       ++depth)
    found = &body.term(body.symbol(found->symbol).value);
  if (found->kind != TermKind::stack || found->type.rank() != 1) return std::nullopt;
  std::vector<Dim> out;
  for (TermId element : found->args) {
    if (!body.term(element).exact || has_binder(*body.term(element).exact)) return std::nullopt;
    out.push_back(*body.term(element).exact);
  }
  return out;
}

}  // namespace elba::frontend
