// information: what the data say about the unknowns.
//
// An unknown is informed when an observation or a factor reads it, or reads a latent whose prior reads it,
// and so on: the ancestors of the observations. A density that reads no unknown is a constant. Without any
// observation or factor a model is a prior alone, and nothing is said.
#include <algorithm>

#include "frontend/advise/advise.h"

namespace elba::frontend {

namespace {

struct Graph {
  std::map<SymbolId, std::set<SymbolId>> parents;  // of a latent: the unknowns that its prior reads
  std::set<SymbolId> evidence;                     // unknowns that observations and factors read
  std::set<SymbolId> predicted;                    // that predictions read
  bool has_evidence = false;
};

std::set<SymbolId> ancestors(const Graph& graph, const std::set<SymbolId>& from) {
  std::set<SymbolId> seen = from;
  std::vector<SymbolId> open(from.begin(), from.end());
  while (!open.empty()) {
    const auto at = graph.parents.find(open.back());
    open.pop_back();
    if (at == graph.parents.end()) continue;
    for (const SymbolId parent : at->second)
      if (seen.insert(parent).second) open.push_back(parent);
  }
  return seen;
}

Graph graph_of(const Advice& advice, const Reads& reads) {
  Graph graph;
  const auto add = [&](std::set<SymbolId>& into, const std::optional<DistTerm>& dist) {
    if (!dist) return;
    for (const TermId arg : dist->args)
      into.merge(reads.unknowns(arg));
  };
  walk(advice.model.body.statements, [&](const Stmt& stmt) {
    match(
        stmt.node,
        [&](const LatentStmt& latent) {
          auto& parents = graph.parents[latent.symbol];
          add(parents, latent.dist);
          parents.merge(reads.unknowns(latent.lower));
          parents.merge(reads.unknowns(latent.upper));
        },
        [&](const ParamStmt& param) {
          auto& parents = graph.parents[param.symbol];
          parents.merge(reads.unknowns(param.lower));
          parents.merge(reads.unknowns(param.upper));
        },
        [&](const SiteStmt& site) {
          const bool observes = advice.symbol(site.symbol).kind != Symbol::Kind::latent;
          graph.has_evidence = graph.has_evidence || observes;
          auto& into = observes ? graph.evidence : graph.parents[site.symbol];
          for (const TermId arg : site.dist.args)
            into.merge(reads.unknowns(arg));
          into.merge(reads.unknowns(site.target));
          if (!observes) into.erase(site.symbol);
        },
        [&](const FactorStmt& factor) {
          graph.has_evidence = true;
          graph.evidence.merge(reads.unknowns(factor.value));
        },
        [&](const PredictStmt& predict) {
          graph.predicted.merge(reads.unknowns(predict.value));
          add(graph.predicted, predict.dist);
        },
        ignore<LetStmt, ArrayStmt, AssignStmt, ForStmt, IfStmt>);
  });
  return graph;
}

void advise_on_unknowns(const Advice& advice, const Graph& graph) {
  const auto informed = ancestors(graph, graph.evidence), predicted = ancestors(graph, graph.predicted);
  for (std::uint32_t k = 0; k < advice.model.body.symbols.size(); ++k) {
    const SymbolId id{k};
    const Symbol& symbol = advice.symbol(id);
    if (symbol.type.is_error() || informed.count(id) || !graph.parents.count(id)) continue;
    if (symbol.kind == Symbol::Kind::param)
      advice.sink.report(Code::param_not_informed, symbol.span, {symbol.name})
          .suggest("use it in a `~` or a `factor`, or leave it out");
    else if (symbol.kind == Symbol::Kind::latent && !predicted.count(id))
      advice.sink.report(Code::latent_not_informed, symbol.span, {symbol.name})
          .note("no observation or `factor` depends on it, directly or through other latents")
          .suggest("use it in a `~` of data, or leave it out");
    else if (symbol.kind == Symbol::Kind::latent && advice.pedantic)
      advice.sink.report(Code::latent_only_predicted, symbol.span, {symbol.name})
          .suggest("draw it where it is predicted: `predict " + symbol.name + " ~ ..;`");
  }
}

// `y ~ normal(y, 1)`: the target itself, reached through operations on each element.
bool holds_itself(const Advice& advice, TermId arg, TermId target) {
  if (!arg.valid()) return false;
  const Term &term = advice.term(arg), &wanted = advice.term(target);
  const bool names = (term.kind == TermKind::symbol || term.kind == TermKind::index) && term.symbol.valid();
  if (names && term.kind == wanted.kind && term.symbol == wanted.symbol)
    return term.kind == TermKind::symbol || advice.text(term.span) == advice.text(wanted.span);
  if (term.kind != TermKind::apply) return false;
  return std::any_of(term.args.begin(), term.args.end(),
                     [&](TermId inner) { return holds_itself(advice, inner, target); });
}

TermId plain(const Advice& advice, TermId id) {
  while (advice.term(id).kind == TermKind::apply && advice.term(id).args.size() == 1 &&
         advice.term(advice.term(id).args[0]).type.element == Element::integer)
    id = advice.term(id).args[0];
  return id;
}

}  // namespace

void advise_on_information(const Advice& advice, const Reads& reads) {
  const Graph graph = graph_of(advice, reads);
  if (graph.has_evidence) advise_on_unknowns(advice, graph);
  const bool has_unknowns = !advice.signature.unknowns.empty();
  walk(advice.model.body.statements, [&](const Stmt& stmt) {
    match(
        stmt.node,
        [&](const SiteStmt& site) {
          const bool observes = advice.symbol(site.symbol).kind != Symbol::Kind::latent;
          bool unknown = false;
          for (const TermId arg : site.dist.args) {
            unknown = unknown || !reads.unknowns(arg).empty();
            if (holds_itself(advice, arg, plain(advice, site.target)))
              advice.sink
                  .report(Code::self_reference, advice.term(arg).span,
                          {advice.text(advice.term(site.target).span)})
                  .label(advice.term(site.target).span, "this is what the distribution is of")
                  .suggest(observes ? "compare it with what the model predicts, such as `mu`"
                                    : "read an element before it, such as `h[t-1]`");
          }
          if (observes && has_unknowns && !unknown)
            advice.sink.report(Code::constant_density, stmt.span, {"observation"})
                .suggest("leave it out, or let its distribution depend on a latent");
        },
        [&](const FactorStmt& factor) {
          if (advice.pedantic && has_unknowns && reads.unknowns(factor.value).empty())
            advice.sink.report(Code::constant_density, stmt.span, {"`factor`"})
                .suggest("leave it out, or let it depend on a latent");
        },
        ignore<LetStmt, ArrayStmt, AssignStmt, LatentStmt, ParamStmt, PredictStmt, ForStmt, IfStmt>);
  });
  if (!advice.pedantic) return;
  for (const auto& dim : advice.signature.dims) {
    const auto fixes = [&](const Signature::DataField& field) {
      return std::any_of(field.type.shape.begin(), field.type.shape.end(),
                         [&](const Dim& extent) { return extent.as_symbol() == dim.name; });
    };
    if (!dim.default_value && std::none_of(advice.signature.data.begin(), advice.signature.data.end(), fixes))
      advice.sink.report(Code::size_by_hand, dim.span, {dim.name})
          .suggest("add `\"" + dim.name + "\": ..` to the data file, or give a default: `dim " + dim.name +
                   " = 10;`");
  }
}

}  // namespace elba::frontend
