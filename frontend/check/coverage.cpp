// coverage: what statements cover, and reads of what they have covered.
#include "frontend/check/coverage.h"

#include <algorithm>
#include <cstdlib>

namespace elba::frontend {

namespace {

Dim volume_of(const std::vector<Dim>& shape) {
  Dim total(1);
  for (const Dim& extent : shape)
    total = total * extent;
  return total;
}

}  // namespace

void Coverage::open_covered(SymbolId symbol, bool is_latent) {
  Covered covered;
  covered.is_latent = is_latent;
  covered.shape = body_.symbol(symbol).type.shape;
  covered.depth = scopes_.depth();
  View whole;
  for (std::size_t axis = 0; axis < covered.shape.size(); ++axis)
    whole.left.push_back(axis);
  covered.views.push_back(std::move(whole));
  covered.spans.emplace_back();
  covered.lags.push_back(0);
  covered.leads.push_back(0);
  covered.pasts.emplace_back();
  covered_.emplace(symbol, std::move(covered));
}

void Coverage::close_covered() {
  for (auto at = covered_.begin(); at != covered_.end();) {
    const auto& [id, covered] = *at;
    if (covered.depth != scopes_.depth()) {
      ++at;
      continue;
    }
    const Symbol& symbol = body_.symbol(id);
    const View& whole = covered.views.front();
    if (!whole.complete && !covered.broken && !symbol.type.is_error()) {
      const Tiling tiling = tile(whole.boxes, covered.shape, body_.ranges.facts);
      const std::string what(relation(covered));
      if (tiling.partition) {
        // Whole, though a statement with an error is missing from it.
      } else if (tiling.gap.unclear) {
        auto& diagnostic = report(Code::coverage_unclear, symbol.span, {symbol.name, what});
        for (Span span : covered.spans.front())
          diagnostic.label(span, "covers part of it");
        diagnostic.suggest("let the ranges follow one another end to end, as `1:K` and `K + 1:N` do");
        diagnostic.suggest("let the ranges follow one another end to end, as `1:K` and `K + 1:N` do");
      } else {
        auto& diagnostic = report(Code::element_not_covered, symbol.span,
                                  {symbol.name, whole.boxes.empty() ? "nothing" : tiling.gap.text, what});
        if (whole.boxes.empty()) diagnostic.message = "`" + symbol.name + "` is declared, but has no " + what;
        for (Span span : covered.spans.front())
          diagnostic.label(span, "covers part of it");
        diagnostic.suggest("let the ranges follow one another end to end, as `1:K` and `K + 1:N` do");
        if (!whole.boxes.empty())
          diagnostic.suggest("state it apart: `" + symbol.name + "[" + tiling.gap.index + "] " +
                             (covered.is_latent ? "~" : "=") + " ..;`");
        if (covered.is_latent && whole.boxes.empty())
          diagnostic.suggest("give it a prior: `" + symbol.name + " ~ normal(0, 1);`, or `flat()` for none");
      }
    }
    at = covered_.erase(at);
  }
}

void Coverage::add_box(SymbolId symbol, Covered& covered, Box box, Span span) {
  constexpr std::size_t most_pieces = 5000;  // each is compared with all others
  View& view = covered.views.back();
  if (view.boxes.size() >= most_pieces) {
    if (covered.broken) return;
    report(Code::coverage_unclear, span, {body_.symbol(symbol).name, std::string(relation(covered))})
        .note("it has more than " + std::to_string(most_pieces) +
              " statements, and each would have to be compared with all others")
        .suggest("write them as a loop, or read the values from data");
    covered.broken = true;
    return;
  }
  for (std::size_t i = 0; i < view.boxes.size(); ++i) {
    if (!overlap(view.boxes[i], box, body_.ranges.facts)) continue;
    report(Code::element_covered_twice, span, {body_.symbol(symbol).name, std::string(relation(covered))})
        .label(covered.spans.back()[i], "the first is here")
        .suggest("each element has one: let the two cover different elements");
    covered.broken = true;
    return;
  }
  view.add(std::move(box));
  covered.spans.back().push_back(span);
}

void Coverage::cover(SymbolId symbol, const std::vector<IndexTerm>& target, Span span) {
  const auto at = covered_.find(symbol);
  if (at == covered_.end()) return;
  Covered& covered = at->second;
  const auto unsupported = [&] {
    report(Code::index_map, span, {body_.symbol(symbol).name, text(span)})
        .note(
            "on the left, an index is a loop variable plus a constant, a constant, a list of constants, or a "
            "range");
  };
  for (const KnownIndex& known : known_indices(target, covered.shape)) {
    for (std::size_t v = 1; v < covered.views.size(); ++v) {
      const auto& index = known[*covered.views[v].axis];
      if (!index || !index->single || !(index->first == covered.views[v].at)) return unsupported();
    }
    Box box;
    for (std::size_t axis : covered.views.back().left) {
      const auto& index = known[axis];
      if (!index || has_binder(index->first) || has_binder(index->last)) return unsupported();
      box.push_back({index->first, index->last, index->single});
    }
    add_box(symbol, covered, std::move(box), span);
  }
}

void Coverage::note_completion(const Stmt& stmt) {
  for (SymbolId symbol : stmt.assigns) {
    const auto at = covered_.find(symbol);
    if (at == covered_.end()) continue;
    View& view = at->second.views.back();
    const auto shape = view.shape_left(at->second.shape);
    if (!view.complete && view.volume == volume_of(shape))
      view.complete = tile(view.boxes, shape, body_.ranges.facts).partition.has_value();
  }
}

bool Coverage::check_array_read(SymbolId symbol, const std::vector<IndexTerm>& indices, Span span) {
  const auto at = covered_.find(symbol);
  if (at == covered_.end()) return true;
  Covered& covered = at->second;
  if (covered.broken) return true;
  const KnownIndex known = known_index(indices, covered.shape);
  const Found found = locate(covered.views, known, body_.ranges);
  const std::string& name = body_.symbol(symbol).name;
  if (found.kind == Found::Kind::history) {
    Covered::Past& past = covered.pasts[found.view];
    (found.lag > 0 ? past.back : past.ahead) = true;
    const auto& index = *known[*covered.views[found.view].axis];
    if (const auto low = extreme(index.first, body_.ranges, false)) past.lowest.push_back(*low);
    if (const auto high = extreme(index.last, body_.ranges, true)) past.highest.push_back(*high);
    return true;
  }
  if (found.kind == Found::Kind::carried) {
    const std::int64_t steps = std::abs(found.lag);
    int& reach = found.lag > 0 ? covered.lags[found.view] : covered.leads[found.view];
    reach = std::max(reach, static_cast<int>(steps));
    return true;
  }
  if (found.kind != Found::Kind::missing) return true;
  if (covered.views.size() > 1) {
    auto& diagnostic = report(Code::bad_lag, span, {name});
    const View& view = covered.views[std::min(found.view + 1, covered.views.size() - 1)];
    const auto& index = known[*view.axis];
    if (index && index->single) {
      const Dim lag = view.at - index->first;
      if (lag == Dim(0))
        diagnostic.note("`" + text(span) + "` is read before it is assigned in the same iteration");
      if (!lag.is_constant()) diagnostic.note("the lag is " + user_text(lag));
    } else {
      diagnostic.note("`" + text(span) + "` may be any element");
    }
    diagnostic.suggest("read an element before this one, such as `" + name + "[" +
                       user_text(view.at - Dim(1)) + "]`");
    return false;
  }
  // What is stated covers it, with a statement in error among it: that has been said.
  if (tile(covered.views.front().boxes, covered.shape, body_.ranges.facts).partition)
    return covered.views.front().complete = true;
  auto& diagnostic = report(Code::read_before_assigned, span, {text(span)});
  diagnostic.label(body_.symbol(symbol).span, "`" + name + "` is declared here");
  for (Span stated : covered.spans.front())
    diagnostic.label(stated, "this part is assigned");
  return false;
}

void Coverage::merge_branches(const std::map<SymbolId, Covered>& before,
                              const std::map<SymbolId, Covered>& then_covered, Span span) {
  for (const auto& [symbol, earlier] : before) {
    const auto one = then_covered.find(symbol);
    const auto other = covered_.find(symbol);
    if (one == then_covered.end() || other == covered_.end()) continue;
    const auto &yes = one->second.views.back().boxes, &no = other->second.views.back().boxes;
    const std::size_t old = earlier.views.back().boxes.size();
    bool equal = yes.size() == no.size();
    for (std::size_t i = old; equal && i < yes.size(); ++i)
      equal = std::any_of(no.begin() + static_cast<std::ptrdiff_t>(old), no.end(), [&](const Box& box) {
        return std::equal(box.begin(), box.end(), yes[i].begin(), [](const AxisRange& a, const AxisRange& b) {
          return a.first == b.first && a.last == b.last && a.dropped == b.dropped;
        });
      });
    if (!equal)
      report(Code::branch_coverage, span,
             {body_.symbol(symbol).name, earlier.is_latent ? "its `~`" : "a value"})
          .suggest(earlier.is_latent ? "choose between arguments instead: `normal(c ? a : b, s)`"
                                     : "give it one in both branches, or write `" +
                                           body_.symbol(symbol).name + "[..] = c ? a : b;`");
    for (std::size_t v = 0; v < other->second.lags.size(); ++v) {
      other->second.lags[v] = std::max(other->second.lags[v], one->second.lags[v]);
      other->second.leads[v] = std::max(other->second.leads[v], one->second.leads[v]);
      auto& past = other->second.pasts[v];
      const auto& also = one->second.pasts[v];
      past.back = past.back || also.back;
      past.ahead = past.ahead || also.ahead;
      past.lowest.insert(past.lowest.end(), also.lowest.begin(), also.lowest.end());
      past.highest.insert(past.highest.end(), also.highest.begin(), also.highest.end());
    }
  }
}

KnownIndex Coverage::known_index(const std::vector<IndexTerm>& indices, const std::vector<Dim>& shape) const {
  KnownIndex known(shape.size());
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (axis >= indices.size() || indices[axis].kind == IndexTerm::Kind::all) {
      known[axis] = IndexRange{Dim(1), shape[axis], false};
    } else if (indices[axis].kind == IndexTerm::Kind::slice) {
      known[axis] = IndexRange{indices[axis].first, indices[axis].first + indices[axis].extent - Dim(1),
                               false};
    } else if (indices[axis].kind == IndexTerm::Kind::element && term(indices[axis].value).exact) {
      known[axis] = IndexRange{*term(indices[axis].value).exact, *term(indices[axis].value).exact, true};
    }
  }
  return known;
}

// An index with lists as one index for each combination of their elements.
std::vector<KnownIndex> Coverage::known_indices(const std::vector<IndexTerm>& indices,
                                                const std::vector<Dim>& shape) const {
  std::vector<KnownIndex> out{known_index(indices, shape)};
  for (std::size_t axis = 0; axis < indices.size() && axis < shape.size(); ++axis) {
    const auto list = listed_indices(body_, indices[axis]);
    if (!list) continue;
    std::vector<KnownIndex> spread;
    for (const KnownIndex& known : out)
      for (const Dim& element : *list) {
        spread.push_back(known);
        spread.back()[axis] = IndexRange{element, element, true};
      }
    out = std::move(spread);
  }
  return out;
}

}  // namespace elba::frontend
