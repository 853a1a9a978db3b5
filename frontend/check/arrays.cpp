// arrays: coverage of `let` arrays and of latents, and the lags of recurrences (formula and terms in
// frontend/typed_tree/coverage.h).
//
// Entering `for t` opens a view of every array that the loop assigns, with the axis that t indexes fixed at t
// + offset. Leaving it turns what an iteration covered into boxes over the whole range. A lag of L needs the
// L elements before the range.
#include <algorithm>
#include <cstdlib>
#include <set>

#include "frontend/check/checker.h"

namespace elba::frontend {

namespace {

bool mentions_any(const std::vector<ast::Argument>& arguments, const std::string& name) {
  return std::any_of(arguments.begin(), arguments.end(),
                     [&](const ast::Argument& a) { return mentions(*a.value, name); });
}

}  // namespace

bool mentions(const ast::Expr& expr, const std::string& name) {
  return ast::match(
      expr.node, [&](const ast::NameExpr& e) { return e.name == name; },
      [&](const ast::CallExpr& e) { return mentions_any(e.arguments, name); },
      [&](const ast::ParenExpr& e) { return mentions(*e.inner, name); },
      [&](const ast::ArrayLiteral& e) {
        return std::any_of(e.elements.begin(), e.elements.end(),
                           [&](const auto& x) { return mentions(*x, name); });
      },
      [&](const ast::Comprehension& e) { return mentions(*e.element, name); },
      [&](const ast::IndexExpr& e) {
        return mentions(*e.base, name) ||
               std::any_of(e.indices.begin(), e.indices.end(), [&](const ast::Index& i) {
                 return (i.first && mentions(*i.first, name)) || (i.last && mentions(*i.last, name));
               });
      },
      [&](const ast::TransposeExpr& e) { return mentions(*e.operand, name); },
      [&](const ast::UnaryExpr& e) { return mentions(*e.operand, name); },
      [&](const ast::BinaryExpr& e) { return mentions(*e.left, name) || mentions(*e.right, name); },
      [&](const ast::ConditionalExpr& e) {
        return mentions(*e.condition, name) || mentions(*e.then_value, name) || mentions(*e.else_value, name);
      },
      [](const auto&) { return false; });
}

namespace {

// The targets of `=` and `~` in a block, through inner loops and branches.
void collect_targets(const std::vector<ast::Stmt>& stmts, std::vector<const ast::LValue*>& out) {
  for (const auto& stmt : stmts) {
    ast::match(
        stmt.node, [&](const ast::AssignStmt& s) { out.push_back(&s.target); },
        [&](const ast::SampleStmt& s) { out.push_back(&s.target); },
        [&](const ast::ForStmt& s) { collect_targets(s.body, out); },
        [&](const ast::IfStmt& s) {
          collect_targets(s.then_body, out);
          collect_targets(s.else_body, out);
        },
        ast::ignore<ast::DimStmt, ast::DataStmt, ast::ParamStmt, ast::LatentStmt, ast::LetStmt,
                    ast::PredictStmt, ast::FactorStmt, ast::AutoStmt, ast::ReturnStmt>);
  }
}

Dim volume_of(const std::vector<Dim>& shape) {
  Dim total(1);
  for (const Dim& extent : shape)
    total = total * extent;
  return total;
}

}  // namespace

void Checker::open_covered(SymbolId symbol, bool is_latent) {
  Covered covered;
  covered.is_latent = is_latent;
  covered.shape = body_.symbol(symbol).type.shape;
  covered.depth = scopes_.size();
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

void Checker::close_covered() {
  for (auto at = covered_.begin(); at != covered_.end();) {
    const auto& [id, covered] = *at;
    if (covered.depth != scopes_.size()) {
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

void Checker::add_box(SymbolId symbol, Covered& covered, Box box, Span span) {
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

void Checker::cover(SymbolId symbol, const std::vector<IndexTerm>& target, Span span) {
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

void Checker::note_completion(const Stmt& stmt) {
  for (SymbolId symbol : stmt.assigns) {
    const auto at = covered_.find(symbol);
    if (at == covered_.end()) continue;
    View& view = at->second.views.back();
    const auto shape = view.shape_left(at->second.shape);
    if (!view.complete && view.volume == volume_of(shape))
      view.complete = tile(view.boxes, shape, body_.ranges.facts).partition.has_value();
  }
}

std::optional<Dim> Checker::quiet_exact(const ast::Expr& expr) {
  ++muted_;
  const TermId id = check(expr);
  --muted_;
  return term(id).exact;
}

std::vector<LoopArray> Checker::open_loop_arrays(const ast::ForStmt& stmt, SymbolId binder, Span span) {
  std::vector<const ast::LValue*> targets;
  collect_targets(stmt.body, targets);
  const Symbol& variable = body_.symbol(binder);
  std::vector<LoopArray> arrays;
  std::vector<SymbolId> refused;
  for (const ast::LValue* target : targets) {
    const SymbolId symbol = lookup(target->name.text);
    const auto at = symbol.valid() ? covered_.find(symbol) : covered_.end();
    if (at == covered_.end() || std::find(refused.begin(), refused.end(), symbol) != refused.end()) continue;
    Covered& covered = at->second;
    if (variable.where.valid() || (variable.bounded && covered.is_latent)) {
      report(covered.is_latent ? Code::ragged_unknown : Code::ragged_target, target->span,
             {target->name.text, variable.name})
          .suggest(covered.is_latent
                       ? "give all of `" + target->name.text + "` its `~` in a loop over sizes"
                       : "loop over all of it, and choose the value by a condition: `.. ? .. : ..`");
      refused.push_back(symbol);
      continue;
    }
    std::vector<std::size_t> axes;
    for (std::size_t axis = 0; axis < target->indices.size(); ++axis) {
      const ast::Index& index = target->indices[axis];
      if ((index.first && mentions(*index.first, variable.name)) ||
          (index.last && mentions(*index.last, variable.name)))
        axes.push_back(axis);
    }
    if (axes.empty()) {
      report(Code::element_covered_twice, target->span, {target->name.text, std::string(relation(covered))})
          .label(span, "each iteration states it again")
          .note("its index does not use `" + variable.name + "`");
      refused.push_back(symbol);
      continue;
    }
    LoopArray array{symbol, axes[0], {}, 0};
    const auto& left = covered.views.back().left;
    const ast::Index& index = target->indices[axes[0]];
    const auto value = axes.size() == 1 && !index.last &&
                               std::find(left.begin(), left.end(), axes[0]) != left.end()
                           ? quiet_exact(*index.first)
                           : std::nullopt;
    array.reflected = value && has_binder(*value - *variable.exact) && !has_binder(*value + *variable.exact);
    const bool shifted = value && (array.reflected || !has_binder(*value - *variable.exact));
    if (shifted) array.offset = array.reflected ? *value + *variable.exact : *value - *variable.exact;
    const auto known = std::find_if(arrays.begin(), arrays.end(),
                                    [&](const LoopArray& a) { return a.array == symbol; });
    if (!shifted ||
        (known != arrays.end() && (known->axis != array.axis || known->reflected != array.reflected ||
                                   !(known->offset == array.offset)))) {
      report(Code::index_map, target->span, {target->name.text, text(target->span)})
          .note(
              "on the left, an index is a loop variable plus a constant, a constant, or a range, the same "
              "one throughout the loop");
      refused.push_back(symbol);
      continue;
    }
    if (known != arrays.end()) continue;
    arrays.push_back(array);
  }
  // What was refused has been reported; it counts as whole from here on.
  for (SymbolId symbol : refused) {
    std::erase_if(arrays, [&](const LoopArray& a) { return a.array == symbol; });
    covered_.erase(symbol);
  }
  for (const LoopArray& array : arrays) {
    Covered& covered = covered_.at(array.array);
    View view;
    view.axis = array.axis;
    view.at = array.index(*variable.exact);
    view.reflected = array.reflected;
    for (std::size_t axis : covered.views.back().left)
      if (axis != array.axis) view.left.push_back(axis);
    covered.views.push_back(std::move(view));
    covered.spans.emplace_back();
    covered.lags.push_back(0);
    covered.leads.push_back(0);
    covered.pasts.emplace_back();
  }
  return arrays;
}

void Checker::close_loop_arrays(std::vector<LoopArray>& arrays, SymbolId binder, Span span) {
  const Symbol& variable = body_.symbol(binder);
  for (LoopArray& array : arrays) {
    const auto at = covered_.find(array.array);
    if (at == covered_.end()) continue;
    Covered& covered = at->second;
    const View inner = std::move(covered.views.back());
    const auto spans = std::move(covered.spans.back());
    const int lead = covered.leads.back();
    const Covered::Past past = std::move(covered.pasts.back());
    const bool reads_ahead = lead > 0 || past.ahead, reads_back = covered.lags.back() > 0 || past.back;
    array.lag = std::max(covered.lags.back(), lead);
    array.history = past.back || past.ahead;
    array.ahead = reads_ahead;
    const bool both = reads_ahead && reads_back;
    covered.views.pop_back();
    covered.spans.pop_back();
    covered.lags.pop_back();
    covered.leads.pop_back();
    covered.pasts.pop_back();
    const View& outer = covered.views.back();
    const Dim first = array.lowest(variable), last = array.highest(variable);
    const std::string& name = body_.symbol(array.array).name;
    const auto inner_shape = inner.shape_left(covered.shape);
    if (covered.broken) continue;
    // One direction for all that the loop assigns.
    const LoopArray* other = nullptr;
    for (const LoopArray& earlier : arrays) {
      if (&earlier == &array) break;
      if (earlier.recurs() && array.recurs() && earlier.ahead != array.ahead) other = &earlier;
    }
    if (both || other != nullptr) {
      report(Code::both_directions, span,
             {both ? name + "[" + user_text(inner.at - Dim(1)) + "]" : name,
              both ? name + "[" + user_text(inner.at + Dim(1)) + "]" : body_.symbol(other->array).name})
          .suggest("assign them in loops of their own, one of which runs over what the other has finished");
      covered_.erase(at);
      continue;
    }
    const bool whole = tile(inner.boxes, inner_shape, body_.ranges.facts).partition.has_value();
    if (array.recurs() && !whole) {
      report(Code::partial_recurrence, span, {name, user_text(inner.at)})
          .note("a recurrence carries whole elements of the axis that the loop runs over")
          .suggest("assign all of `" + name + "[" + user_text(inner.at) + "]` in this loop");
      covered_.erase(at);
      continue;
    }
    const Dim &start = array.ahead ? variable.high : variable.low,
              &hull = array.ahead ? variable.last : variable.first;
    if (array.recurs() && variable.bounded && !(start == hull)) {
      report(Code::ragged_start, span, {name, variable.name})
          .suggest("start at " + user_text(hull) + ", and choose by a condition what comes first: `" +
                   variable.name + (array.ahead ? " > " : " < ") + user_text(start) + " ? .. : ..`");
      covered_.erase(at);
      continue;
    }
    check_first_values(array, covered, past, binder, span);
    std::vector<Box> boxes = whole ? std::vector<Box>(1) : inner.boxes;
    if (whole)
      for (const Dim& extent : inner_shape)
        boxes[0].push_back({Dim(1), extent, false});
    for (std::size_t i = 0; i < boxes.size(); ++i) {
      Box box;
      for (std::size_t axis : outer.left) {
        const auto place = std::find(inner.left.begin(), inner.left.end(), axis) - inner.left.begin();
        box.push_back(axis == array.axis ? AxisRange{first, last, false}
                                         : boxes[i][static_cast<std::size_t>(place)]);
      }
      add_box(array.array, covered, std::move(box),
              whole ? (spans.empty() ? span : spans.front()) : spans[i]);
    }
  }
}

// What the iteration to run first reads is there: the `lag` elements before it, and of a recurrence over the
// whole past all of it.
void Checker::check_first_values(const LoopArray& array, const Covered& covered, const Covered::Past& past,
                                 SymbolId binder, Span span) {
  const Symbol& variable = body_.symbol(binder);
  const std::string& name = body_.symbol(array.array).name;
  const Dim first = array.lowest(variable), last = array.highest(variable),
            extent = covered.shape[array.axis];
  const bool below = array.reflected == array.ahead;  // they lie below the range
  const auto missing = [&](const Dim& at) {
    report(Code::first_values_missing, span,
           {name, user_text(at), variable.name, user_text(array.ahead ? variable.last : variable.first)})
        .suggest("state `" + name + "[" + user_text(at) + "] = ..` before the loop");
  };
  for (int lag = 1; lag <= array.lag; ++lag) {
    const Dim before = array.before(variable, lag);
    const auto part = part_before(covered.views, covered.shape, array.axis, before, std::nullopt,
                                  body_.ranges);
    if (!part) return missing(before);
    // Of sizes for which it lies in another statement's range nothing is read.
    const View& view = covered.views[part->view];
    const auto k = static_cast<std::size_t>(std::find(view.left.begin(), view.left.end(), array.axis) -
                                            view.left.begin());
    for (std::size_t member : part->members)
      for (const Dim& slack : {before - view.boxes[member][k].first, view.boxes[member][k].last - before})
        if (!has_binder(slack)) require(slack, span, "`" + name + "[" + user_text(before) + "]` must exist");
  }
  const auto& ends = below ? past.lowest : past.highest;
  const bool reaches = std::any_of(ends.begin(), ends.end(), [&](const Dim& at) {
    return at_least_zero(below ? at - first : last - at) != Truth::yes;
  });
  if (!reaches) return;
  const Dim from = below ? Dim(1) : last + Dim(1), to = below ? first - Dim(1) : extent;
  if (!part_before(covered.views, covered.shape, array.axis, from, to, body_.ranges))
    missing(below ? to : from);
}

bool Checker::check_array_read(SymbolId symbol, const std::vector<IndexTerm>& indices, Span span) {
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

void Checker::merge_branches(const std::map<SymbolId, Covered>& before,
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

bool Checker::reads_any(TermId id, const std::vector<SymbolId>& symbols) const {
  // Each definition once: one that reads the one before twice would be looked at twice as often at each step
  // of a chain.
  std::set<SymbolId> seen;
  const auto reads = [&](const auto& self, TermId at) -> bool {
    if (!at.valid()) return false;
    const Term& found = term(at);
    if (found.symbol.valid() && seen.insert(found.symbol).second) {
      if (std::find(symbols.begin(), symbols.end(), found.symbol) != symbols.end()) return true;
      const Symbol& symbol = body_.symbol(found.symbol);
      if (symbol.kind == Symbol::Kind::let_value && !symbol.loops.empty() && self(self, symbol.value))
        return true;
    }
    return std::any_of(found.args.begin(), found.args.end(), [&](TermId arg) { return self(self, arg); }) ||
           std::any_of(found.indices.begin(), found.indices.end(),
                       [&](const IndexTerm& index) { return self(self, index.value); });
  };
  return reads(reads, id);
}

}  // namespace elba::frontend
