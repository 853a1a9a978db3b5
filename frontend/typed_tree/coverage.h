// coverage: which elements of an array a statement covers, and whether the covered boxes partition it.
//
//     h[1] ~ ..; for t in 2:T { h[t] ~ .. }    boxes [1, 1] and [2, T]: end to end from 1 to T
//
// An axis with a single constant index is dropped from the value that a box holds. A partition is found by
// cutting along one axis at a time, which is what statements and loops write; others are refused.
//
// Inside a loop `for t` that covers x[t + c], or x[c - t], the array is seen through a further view in which
// that axis is fixed. Reading x then means: complete -> anything; the element of L iterations ago -> carried;
// L = 0 -> what this iteration has covered; the element of an iteration to come -> carried too, by a loop
// that runs backwards.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "frontend/typed_tree/dims.h"
#include "support/source.h"

namespace elba::frontend {

struct AxisRange {
  Dim first, last;
  bool dropped = false;  // a single index: the axis is not in the value's shape
};
using Box = std::vector<AxisRange>;  // one entry per axis that the view has left

// How boxes partition a shape: a leaf is a box, a node cuts `axis` into consecutive groups.
struct Partition {
  std::size_t box = 0;
  std::size_t axis = 0;
  std::vector<Partition> groups;  // empty: a leaf
};

struct Gap {
  std::string text;   // "element 1", "elements 2:T", "[1, 2:K]"; for an overlap, what is covered twice
  std::string index;  // of a gap, as it is written between brackets: "1", "1, 2:K"
  std::size_t first = 0, second = 0;  // overlap: the boxes
  bool overlap = false;
  bool unclear = false;  // neither a gap nor an overlap could be proved
};
struct Tiling {
  std::optional<Partition> partition;
  Gap gap;
};
[[nodiscard]] Tiling tile(const std::vector<Box>& boxes, const std::vector<Dim>& shape,
                          const SizeFacts& facts);
// Whether two boxes share an element, for large sizes at least.
[[nodiscard]] bool overlap(const Box& a, const Box& b, const SizeFacts& facts);

// An index as far as it is known: an element or a range of polynomials, or nothing.
struct IndexRange {
  Dim first, last;
  bool single = false;
};
using KnownIndex = std::vector<std::optional<IndexRange>>;

struct View {
  std::optional<std::size_t> axis;  // of the array: fixed by this view's loop; the outermost view has none
  Dim at;                           // the index there: loop variable + offset, or offset - loop variable
  bool reflected = false;           // the latter
  std::vector<std::size_t> left;    // the axes that are left
  std::vector<Box> boxes;
  Dim volume;  // elements in the boxes: they can only be a partition when it is that of the view
  bool complete = false;

  void add(Box box);
  // The extents of the axes that are left of an array of this shape.
  [[nodiscard]] std::vector<Dim> shape_left(const std::vector<Dim>& shape) const;
};

// Of elements that are carried one by one; beyond, the whole past is.
constexpr std::int64_t longest_lag = 64;

struct Found {
  enum class Kind { complete, carried, history, box, missing };
  Kind kind = Kind::missing;
  std::size_t view = 0;
  std::size_t box = 0;
  // Carried: from so many iterations before, or after when it is negative; history: 1 or -1.
  std::int64_t lag = 0;
};
// Where a read of an array finds its value, through views from the outermost to the innermost.
[[nodiscard]] Found locate(const std::vector<View>& views, const KnownIndex& index,
                           const BinderRanges& ranges);

// What has been covered of x[.., first:last, ..] before a loop over `axis`, of the axes that the last of
// `views` (those outside of the loop) has left: boxes of one of the views, of which `members` says which they
// are. Nothing when they do not cover all of it. Of an element (`last` is nothing) the boxes are without that
// axis.
struct Part {
  std::size_t view = 0;
  std::vector<Box> boxes;
  std::vector<std::size_t> members;
};
[[nodiscard]] std::optional<Part> part_before(const std::vector<View>& views, const std::vector<Dim>& shape,
                                              std::size_t axis, const Dim& first,
                                              const std::optional<Dim>& last, const BinderRanges& ranges);
// Where the loop of an inner view has fixed `axis`: the index there.
[[nodiscard]] std::optional<Dim> fixed_at(const std::vector<View>& views, std::size_t axis);

}  // namespace elba::frontend
