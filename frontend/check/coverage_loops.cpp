// coverage_loops: what a loop covers, seen through the view of one iteration.
#include "frontend/check/coverage.h"

#include <algorithm>

namespace elba::frontend {

// The array as one iteration sees it: with the axis that the loop variable indexes fixed.
void Coverage::open_view(const LoopArray& array, const Symbol& variable) {
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

// One direction for all that the loop assigns, whole elements of its axis, and a start that all iterations
// share: false after a report.
bool Coverage::check_recurrence(const std::vector<LoopArray>& arrays, const LoopArray& array,
                                const View& inner, bool both, bool whole, const Symbol& variable, Span span) {
  const std::string& name = body_.symbol(array.array).name;
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
    return false;
  }
  if (array.recurs() && !whole) {
    report(Code::partial_recurrence, span, {name, user_text(inner.at)})
        .note("a recurrence carries whole elements of the axis that the loop runs over")
        .suggest("assign all of `" + name + "[" + user_text(inner.at) + "]` in this loop");
    return false;
  }
  const Dim &start = array.ahead ? variable.high : variable.low,
            &hull = array.ahead ? variable.last : variable.first;
  if (array.recurs() && variable.bounded && !(start == hull)) {
    report(Code::ragged_start, span, {name, variable.name})
        .suggest("start at " + user_text(hull) + ", and choose by a condition what comes first: `" +
                 variable.name + (array.ahead ? " > " : " < ") + user_text(start) + " ? .. : ..`");
    return false;
  }
  return true;
}

// What an iteration covered, as boxes over the whole range.
void Coverage::add_loop_boxes(const LoopArray& array, Covered& covered, const View& inner,
                              const std::vector<Span>& spans, bool whole, const Symbol& variable, Span span) {
  const View& outer = covered.views.back();
  const Dim first = array.lowest(variable), last = array.highest(variable);
  std::vector<Box> boxes = whole ? std::vector<Box>(1) : inner.boxes;
  if (whole)
    for (const Dim& extent : inner.shape_left(covered.shape))
      boxes[0].push_back({Dim(1), extent, false});
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    Box box;
    for (std::size_t axis : outer.left) {
      const auto place = std::find(inner.left.begin(), inner.left.end(), axis) - inner.left.begin();
      box.push_back(axis == array.axis ? AxisRange{first, last, false}
                                       : boxes[i][static_cast<std::size_t>(place)]);
    }
    add_box(array.array, covered, std::move(box), whole ? (spans.empty() ? span : spans.front()) : spans[i]);
  }
}

void Coverage::close_loop_arrays(std::vector<LoopArray>& arrays, SymbolId binder, Span span) {
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
    covered.views.pop_back();
    covered.spans.pop_back();
    covered.lags.pop_back();
    covered.leads.pop_back();
    covered.pasts.pop_back();
    if (covered.broken) continue;
    const bool whole =
        tile(inner.boxes, inner.shape_left(covered.shape), body_.ranges.facts).partition.has_value();
    if (!check_recurrence(arrays, array, inner, reads_ahead && reads_back, whole, variable, span)) {
      covered_.erase(at);
      continue;
    }
    check_first_values(array, covered, past, binder, span);
    add_loop_boxes(array, covered, inner, spans, whole, variable, span);
  }
}

// What the iteration to run first reads is there: the `lag` elements before it, and of a recurrence over the
// whole past all of it.
void Coverage::check_first_values(const LoopArray& array, const Covered& covered, const Covered::Past& past,
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

}  // namespace elba::frontend
