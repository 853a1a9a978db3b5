// regularity: what a density does further out from the place where an ascent ended, for what the curvature
// there cannot tell.
//
//     line       f(u + t v) = f(u) for t and -t far beyond any scale
//     curve      moved along v and climbed again, the same value stands at another place: a product that is
//                known, a rotation of factors
//     ray        f(u + t v) never falls again to one side, while an unknown grows without end: the least
//                upper bound is not attained
//     log rise   f rises by the same amount with every factor by which a scale comes nearer to its bound
//                (profile over the rest): unbounded
//     collapse   the same beyond a valley: a component of a mixture that closes in on one observation, a
//                hierarchy whose members become one
//     bound      a coordinate may go on without the value or any unknown changing, and going back is a loss:
//                the maximum lies on the bound
//
// Judged on the user's scale: what changes coordinates only (the length behind a unit vector) counts for
// nothing.
//
// Stated limit: a scale whose maximum lies at 1e-9 of the start or below is not told from one that goes to 0.
#pragma once

#include <string>
#include <vector>

#include "runtime/inference/map/fit.h"
#include "runtime/inference/optimise/maximise.h"

namespace elba::runtime {

class Explorer {
 public:
  Explorer(const MapProblem& problem, const Budget& budget);

  // Whether a place that is no maximum lies so far out that none is near: the value still changes where a
  // scale has almost gone, or coordinates are in the millions.
  [[nodiscard]] bool is_far_out(const std::vector<double>& u, const std::vector<double>& gradient,
                                const std::vector<double>& start);
  // Where the density never falls again from the end of an ascent; "" where it does.
  [[nodiscard]] std::string way_off(const Ascent& ascent, const std::vector<double>& start);
  // The same in secret: from a maximum, each scale is led towards its bound while the rest follows, until the
  // density rises again and for ever.
  [[nodiscard]] std::string collapse(const Ascent& ascent);
  // Of a maximum.
  [[nodiscard]] std::vector<std::string> flat_names(const Ascent& ascent);
  [[nodiscard]] std::vector<std::size_t> at_bounds(const Ascent& ascent);  // coordinates
  [[nodiscard]] std::vector<std::string> bound_words(const Ascent& ascent,
                                                     const std::vector<std::size_t>& coordinates);

  [[nodiscard]] std::vector<double> values_at(const std::vector<double>& u);
  [[nodiscard]] std::int64_t evaluations() const { return evaluations_; }

 private:
  struct Ray {
    bool falls = false, rises = false;
    double growth = 0;         // of the unknown that grew most, times its size
    std::vector<double> last;  // the unknowns at the furthest place with a value
    bool has_last = false;
  };
  [[nodiscard]] double value_at(const std::vector<double>& u);
  [[nodiscard]] Ray look_out(const Ascent& ascent, const std::vector<double>& v, double unit);
  [[nodiscard]] Objective hold(std::size_t k) const;
  [[nodiscard]] bool rises_like_log(const Ascent& ascent, std::size_t k);
  [[nodiscard]] std::string way_words(const std::vector<double>& here,
                                      const std::vector<double>& there) const;
  [[nodiscard]] std::vector<std::string> moved_names(const std::vector<double>& here,
                                                     const std::vector<double>& there) const;
  [[nodiscard]] double moved(const std::vector<double>& here, const std::vector<double>& there) const;

  const MapProblem& problem_;
  Budget budget_;
  std::vector<bool> is_real_;
  std::vector<double> gradient_;
  std::int64_t evaluations_ = 0;
};

// "theta" of "theta[1]".
[[nodiscard]] std::string base_name(const std::string& quantity);
// "`a`, `b` and `c`"
[[nodiscard]] std::string listed(const std::vector<std::string>& names);

}  // namespace elba::runtime
