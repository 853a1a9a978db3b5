// local_maxima: the ends of the ascents to a mode: which is the answer, and how often it was met. Internal to
// runtime/.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "runtime/inference/optimise/maximise.h"

namespace elba::runtime {

// Values this near belong to one maximum.
[[nodiscard]] double same_value(double value);

struct MapEnd {
  Ascent ascent;
  bool is_explored = false;
  std::string way_off;  // where it never falls again; empty: it does
  [[nodiscard]] double value() const { return ascent.end.value; }
  [[nodiscard]] bool has_arrived() const;
  // A maximum, as far as is known; or where the steps came to when they were used up.
  [[nodiscard]] bool stands() const { return ascent.end.stop != Stop::diverged && way_off.empty(); }
};
using MapEnds = std::vector<MapEnd>;

// The highest that stands; of equal ones the first. The number of ends where there is none.
[[nodiscard]] std::size_t highest_end(const MapEnds& ends);
// The same, but beside ways on which the density rises for ever a place that was not arrived at says nothing.
[[nodiscard]] std::size_t highest_answer(const MapEnds& ends);

// How often the best maximum was met, and what else there is.
struct MapTally {
  int count = 0, reached = 0, lower = 0, single = 0, off = 0, unfinished = 0;
  double next = -std::numeric_limits<double>::infinity();  // the highest of those that are lower
  // Met repeatedly; and few of the others were met only once, since their share is about that of what was
  // never met (Good 1953).
  [[nodiscard]] bool is_sound() const;
};
[[nodiscard]] MapTally tally(const MapEnds& ends, std::size_t best);

}  // namespace elba::runtime
