// coverage: partition by cuts, and the look-up of a read among what has been covered so far.
#include "frontend/typed_tree/coverage.h"

#include <algorithm>
#include <numeric>

namespace elba::frontend {

namespace {

bool same_range(const AxisRange& a, const AxisRange& b) { return a.first == b.first && a.last == b.last; }

std::string range_text(const Dim& first, const Dim& last) {
  return first == last ? user_text(first) : user_text(first) + ":" + user_text(last);
}

struct Tiler {
  const std::vector<Box>& boxes;
  const std::vector<Dim>& shape;
  const SizeFacts& facts;

  using Members = std::vector<std::size_t>;

  // Groups of equal range along `axis`, in order of appearance.
  std::vector<Members> group(const Members& members, std::size_t axis) const {
    std::vector<Members> groups;
    for (std::size_t box : members) {
      const auto at = std::find_if(groups.begin(), groups.end(), [&](const Members& g) {
        return same_range(boxes[g[0]][axis], boxes[box][axis]);
      });
      if (at == groups.end())
        groups.push_back({box});
      else
        at->push_back(box);
    }
    return groups;
  }

  // Orders the groups end to end from 1. `stop` is where the chain ends: extent + 1, with no group left over,
  // when it is whole.
  struct Chain {
    Dim stop;
    std::vector<Members> left_over;
  };
  Chain chain(std::vector<Members>& groups, std::size_t axis) const {
    Chain out{Dim(1), {}};
    std::vector<Members> ordered;
    while (!groups.empty()) {
      const auto at = std::find_if(groups.begin(), groups.end(),
                                   [&](const Members& g) { return boxes[g[0]][axis].first == out.stop; });
      if (at == groups.end()) break;
      out.stop = boxes[(*at)[0]][axis].last + Dim(1);
      ordered.push_back(std::move(*at));
      groups.erase(at);
    }
    out.left_over = std::move(groups);
    groups = std::move(ordered);
    return out;
  }
  bool whole(const Chain& found, std::size_t axis) const {
    return found.left_over.empty() && found.stop == shape[axis] + Dim(1);
  }

  std::optional<Partition> cut(const Members& members, std::vector<bool> done) const {
    if (members.empty()) return std::nullopt;
    const bool all_done = std::all_of(done.begin(), done.end(), [](bool d) { return d; });
    if (all_done)
      return members.size() == 1 ? std::optional<Partition>(Partition{members[0], 0, {}}) : std::nullopt;
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      if (done[axis]) continue;
      auto groups = group(members, axis);
      if (!whole(chain(groups, axis), axis)) continue;
      auto inner = done;
      inner[axis] = true;
      // All of them span this axis: no other order helps.
      if (groups.size() == 1) return cut(groups[0], inner);
      Partition node;
      node.axis = axis;
      for (const Members& g : groups) {
        auto part = cut(g, inner);
        if (!part) break;
        node.groups.push_back(std::move(*part));
      }
      if (node.groups.size() != groups.size()) continue;
      return node;
    }
    return std::nullopt;
  }

  // Says what is wrong: along the first axis where the chain stops, or inside a group that is not whole.
  Gap explain(const Members& members, std::vector<bool> done, const Box& prefix) const {
    Gap gap;
    if (members.empty()) {
      gap.text = text(prefix);
      gap.index = index(prefix);
      return gap;
    }
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      if (done[axis]) continue;
      auto groups = group(members, axis);
      const Chain found = chain(groups, axis);
      Box at = prefix;
      if (whole(found, axis)) {
        done[axis] = true;
        if (groups.size() == 1) return explain(groups[0], done, prefix);
        for (const Members& g : groups) {
          if (cut(g, done)) continue;
          at[axis] = boxes[g[0]][axis];
          return explain(g, done, at);
        }
        continue;
      }
      // A gap in front of the next group, or up to the end.
      Dim last = shape[axis];
      bool known = found.left_over.empty();
      for (const Members& g : found.left_over) {
        const Dim& first = boxes[g[0]][axis].first;
        if (at_least_zero(first - found.stop - Dim(1), facts) != Truth::yes ||
            at_least_zero(last - first, facts) == Truth::no)
          continue;
        last = first - Dim(1);
        known = true;
      }
      const Dim& stop = found.stop;
      if (!known || at_least_zero(last - stop, facts) == Truth::no) {
        gap.unclear = true;
        return gap;
      }
      at[axis] = {stop, last, false};
      gap.text = text(at);
      gap.index = index(at);
      return gap;
    }
    gap.unclear = true;
    return gap;
  }

  std::string text(const Box& box) const {
    if (box.size() == 1) return (box[0].first == box[0].last ? "element " : "elements ") + index(box);
    return "elements [" + index(box) + "]";
  }

  std::string index(const Box& box) const {
    std::string out;
    for (std::size_t axis = 0; axis < box.size(); ++axis) {
      const bool all = box.size() > 1 && box[axis].first == Dim(1) && box[axis].last == shape[axis];
      out += (axis ? ", " : "") + (all ? std::string(":") : range_text(box[axis].first, box[axis].last));
    }
    return out;
  }
};

}  // namespace

void View::add(Box box) {
  Dim elements(1);
  for (const AxisRange& range : box)
    elements = elements * (range.last - range.first + Dim(1));
  volume = volume + elements;
  boxes.push_back(std::move(box));
}

std::vector<Dim> View::shape_left(const std::vector<Dim>& shape) const {
  std::vector<Dim> out;
  for (const std::size_t kept : left)
    out.push_back(shape[kept]);
  return out;
}

bool overlap(const Box& a, const Box& b, const SizeFacts& facts) {
  for (std::size_t axis = 0; axis < a.size(); ++axis) {
    if (same_range(a[axis], b[axis])) continue;
    if (a[axis].first == b[axis].first || a[axis].last == b[axis].last) continue;
    // [a, b] and [c, d] meet when a <= d and c <= b, at least for large sizes.
    const auto meets = [&](const Dim& slack) {
      return at_least_zero(slack, facts) == Truth::yes ||
             (at_least_zero(slack, facts) == Truth::depends && grows(slack));
    };
    if (!meets(b[axis].last - a[axis].first) || !meets(a[axis].last - b[axis].first)) return false;
  }
  return true;
}

Tiling tile(const std::vector<Box>& boxes, const std::vector<Dim>& shape, const SizeFacts& facts) {
  Tiling result;
  const Tiler tiler{boxes, shape, facts};
  std::vector<std::size_t> members(boxes.size());
  std::iota(members.begin(), members.end(), std::size_t{0});
  result.partition = tiler.cut(members, std::vector<bool>(shape.size(), false));
  if (result.partition) return result;
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    for (std::size_t j = i + 1; j < boxes.size(); ++j) {
      if (!overlap(boxes[i], boxes[j], facts)) continue;
      result.gap.overlap = true;
      result.gap.first = i;
      result.gap.second = j;
      result.gap.text = tiler.text(boxes[j]);
      return result;
    }
  }
  Box whole;
  for (const Dim& extent : shape)
    whole.push_back({Dim(1), extent, false});
  result.gap = tiler.explain(members, std::vector<bool>(shape.size(), false), whole);
  return result;
}

namespace {

// The box of a view in which an index lies, for every iteration of the loops around.
std::optional<std::size_t> box_around(const View& view, const KnownIndex& index, const BinderRanges& ranges) {
  for (std::size_t box = 0; box < view.boxes.size(); ++box) {
    bool fits = true;
    for (std::size_t k = 0; k < view.left.size() && fits; ++k) {
      const auto& known = index[view.left[k]];
      const AxisRange& range = view.boxes[box][k];
      fits = false;
      if (!known) break;
      if ((fits = known->first == range.first && known->last == range.last)) continue;
      const auto low = extreme(known->first, ranges, false), high = extreme(known->last, ranges, true);
      const auto from = extreme(range.first, ranges, true), to = extreme(range.last, ranges, false);
      if (!low || !high || !from || !to) break;
      fits = at_least_zero(*low - *from, ranges.facts) == Truth::yes &&
             at_least_zero(*to - *high, ranges.facts) == Truth::yes;
    }
    if (fits) return box;
  }
  return std::nullopt;
}

// How far from the iteration under way an index along the axis of its loop is.
struct Distance {
  std::optional<Dim> lag;  // back, when it is one element
  int past = 0;            // 1: all of it lies before, -1: behind
};
Distance distance_of(const View& inner, const KnownIndex& index, const BinderRanges& ranges) {
  const auto& known = index[*inner.axis];
  if (!known) return {};
  const auto lag_of = [&](const Dim& at) { return inner.reflected ? at - inner.at : inner.at - at; };
  const auto beyond = [&](const Dim& distance) {
    const auto least = extreme(distance, ranges, false);
    return least && at_least_zero(*least - Dim(1), ranges.facts) == Truth::yes;
  };
  Distance out;
  if (beyond(lag_of(known->first)) && beyond(lag_of(known->last))) out.past = 1;
  if (beyond(Dim(0) - lag_of(known->first)) && beyond(Dim(0) - lag_of(known->last))) out.past = -1;
  if (known->single) out.lag = lag_of(known->first);
  return out;
}

}  // namespace

Found locate(const std::vector<View>& views, const KnownIndex& index, const BinderRanges& ranges) {
  Found found;
  for (std::size_t v = 0; v < views.size(); ++v) {
    found.view = v;
    if (views[v].complete) {
      found.kind = Found::Kind::complete;
      return found;
    }
    Distance distance;
    if (v + 1 < views.size() && views[v + 1].axis) distance = distance_of(views[v + 1], index, ranges);
    const auto& lag = distance.lag;
    if (lag && *lag == Dim(0)) continue;  // an element of this iteration
    const std::int64_t back = lag && lag->is_constant() ? lag->constant() : 0;
    if (back > 0 && back <= longest_lag) return {Found::Kind::carried, v + 1, 0, back};
    if (const auto box = box_around(views[v], index, ranges)) {
      found.kind = Found::Kind::box;
      found.box = *box;
      return found;
    }
    if (distance.past != 0) found = {Found::Kind::history, v + 1, 0, distance.past};
    if (back < 0 && back >= -longest_lag) found = {Found::Kind::carried, v + 1, 0, back};
    return found;
  }
  return found;
}

std::optional<Dim> fixed_at(const std::vector<View>& views, std::size_t axis) {
  for (const View& view : views)
    if (view.axis == axis) return view.at;
  return std::nullopt;
}

std::optional<Part> part_before(const std::vector<View>& views, const std::vector<Dim>& shape,
                                std::size_t axis, const Dim& first, const std::optional<Dim>& last,
                                const BinderRanges& ranges) {
  const auto& left = views.back().left;
  const bool single = !last;
  const auto reaches = [&](const Dim& slack) {
    const Truth truth = at_least_zero(slack, ranges.facts);
    return truth == Truth::yes || (truth == Truth::depends && grows(slack));
  };
  std::vector<Dim> wanted;
  for (std::size_t a : left)
    if (a != axis || !single) wanted.push_back(a == axis ? *last - first + Dim(1) : shape[a]);
  for (std::size_t v = views.size(); v-- > 0;) {
    Part part{v, {}, {}};
    for (std::size_t i = 0; i < views[v].boxes.size(); ++i) {
      Box box;
      bool fits = true;
      for (std::size_t k = 0; k < views[v].left.size() && fits; ++k) {
        const std::size_t a = views[v].left[k];
        AxisRange range = views[v].boxes[i][k];
        if (a == axis && single) {
          fits = reaches(first - range.first) && reaches(range.last - first) &&
                 (at_least_zero(first - range.first, ranges.facts) == Truth::yes ||
                  !has_binder(first - range.first));
        } else if (a == axis) {
          fits = reaches(range.first - first) && reaches(*last - range.last);
          range.first = range.first - first + Dim(1);
          range.last = range.last - first + Dim(1);
          box.push_back(range);
        } else if (std::find(left.begin(), left.end(), a) == left.end()) {
          const auto at = fixed_at(views, a);
          const auto low = at ? extreme(*at, ranges, false) : std::nullopt,
                     high = at ? extreme(*at, ranges, true) : std::nullopt;
          fits = low && high && at_least_zero(*low - range.first, ranges.facts) == Truth::yes &&
                 at_least_zero(range.last - *high, ranges.facts) == Truth::yes;
        } else {
          box.push_back(range);
        }
      }
      if (!fits) continue;
      part.boxes.push_back(std::move(box));
      part.members.push_back(i);
    }
    if (tile(part.boxes, wanted, ranges.facts).partition) return part;
  }
  return std::nullopt;
}

}  // namespace elba::frontend
