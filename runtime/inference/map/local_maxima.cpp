#include "runtime/inference/map/local_maxima.h"

#include <algorithm>
#include <cmath>

namespace elba::runtime {

namespace {

constexpr int repeated = 4;  // times that the best must be met when others ended lower
constexpr double repeated_share = 0.15, single_share = 0.1;

bool is_better(const MapEnd& a, const MapEnd& b) {
  const double gap = a.value() - b.value();
  return std::isnan(gap) ? a.value() > b.value() : gap > same_value(b.value());
}

template <class Accept>
std::size_t highest_of(const MapEnds& ends, Accept accept) {
  std::size_t best = ends.size();
  for (std::size_t k = 0; k < ends.size(); ++k)
    if (accept(ends[k]) && (best == ends.size() || is_better(ends[k], ends[best]))) best = k;
  return best;
}

}  // namespace

double same_value(double value) { return 1e-4 + 1e-9 * std::fabs(value); }

bool MapEnd::has_arrived() const {
  return ascent.end.stop == Stop::converged ||
         (ascent.end.stop == Stop::stalled && ascent.end.expected_gain <= same_value(value()));
}

std::size_t highest_end(const MapEnds& ends) {
  return highest_of(ends, [](const MapEnd& end) { return end.stands(); });
}

std::size_t highest_answer(const MapEnds& ends) {
  const std::size_t best = highest_end(ends);
  const bool has_ways_off = std::any_of(ends.begin(), ends.end(),
                                        [](const MapEnd& end) { return !end.way_off.empty(); });
  if (best == ends.size() || ends[best].has_arrived() || !has_ways_off) return best;
  return highest_of(ends, [](const MapEnd& end) { return end.stands() && end.has_arrived(); });
}

bool MapTally::is_sound() const {
  if (lower == 0) return reached >= std::min(3, count - unfinished) && reached > 1;
  return reached >= std::max(static_cast<double>(repeated), repeated_share * count) &&
         single <= single_share * count;
}

MapTally tally(const MapEnds& ends, std::size_t best) {
  MapTally t;
  t.count = static_cast<int>(ends.size());
  const double top = ends[best].value();
  std::vector<double> lower;
  for (const MapEnd& end : ends) {
    if (!end.way_off.empty())
      ++t.off;
    else if (end.value() >= top - same_value(top))
      ++t.reached;
    else if (!end.has_arrived())
      ++t.unfinished;
    else
      lower.push_back(end.value());
  }
  std::sort(lower.begin(), lower.end());
  t.lower = static_cast<int>(lower.size());
  if (!lower.empty()) t.next = lower.back();
  for (std::size_t k = 0; k < lower.size(); ++k) {
    const double width = same_value(lower[k]);
    t.single += (k == 0 || lower[k] - lower[k - 1] > width) &&
                        (k + 1 == lower.size() || lower[k + 1] - lower[k] > width)
                    ? 1
                    : 0;
  }
  return t;
}

}  // namespace elba::runtime
