#include "runtime/inference/map/fit.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <limits>

#include "runtime/control/interruption.h"
#include "runtime/inference/deadline.h"
#include "runtime/inference/map/local_maxima.h"
#include "runtime/inference/map/regularity.h"
#include "runtime/inference/map/starting_points.h"
#include "runtime/inference/vectors.h"
#include "runtime/kernels/rng.h"

namespace elba::runtime {

namespace {

constexpr std::uint64_t start_stream = 81;
constexpr int enough_starts = 64, most_starts = 256, least_more = 2;
// Counted, of the further starts; times as much where their ends differ.
constexpr double work_seconds = 1, doubtful = 4;
// Of a further start: times the work of the first; counted seconds.
constexpr double patience = 2, least_patience = 0.02;
constexpr std::size_t always_surveyed = largest_probed;  // coordinates up to which every end is looked at,
                                                         // not only those that could be the answer
constexpr double other_place = 1e-2;                     // of an unknown, times its size

std::string number(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

class MapFit {
 public:
  MapFit(const MapProblem& problem, const FitOptions& options, std::vector<double> start, int starts)
      : problem_(problem),
        options_(options),
        first_(std::move(start)),
        starts_(starts),
        deadline_(options.budget),
        explorer_(problem, options.budget) {}

  MapResult run() {
    climb_from(first_);
    Stop stop = Stop::converged;
    const auto planned = [&] { return starts_ > 0 ? starts_ : affordable(); };
    for (int k = 1; k < planned() && !deadline_.is_over(stop) && !(starts_ == 0 && is_settled()); ++k) {
      std::vector<double> from;
      if (next_start(k, from)) climb_from(std::move(from));
    }
    if (deadline_.is_over(stop)) cut_ = stop;
    explore_the_highest();
    leave_bounds();
    return judged();
  }

 private:
  // The first climb tells what a further one costs.
  [[nodiscard]] int affordable() const {
    const double one = first_work_ * problem_.seconds_per_evaluation;
    const std::size_t best = highest_end(ends_);
    const bool is_doubtful = best < ends_.size() &&
                             (ends_[best].ascent.end.stop != Stop::converged || tally(ends_, best).lower > 0);
    return 1 + static_cast<int>(std::clamp((is_doubtful ? doubtful : 1) * work_seconds / std::max(one, 1e-12),
                                           static_cast<double>(least_more),
                                           static_cast<double>(most_starts - 1)));
  }

  [[nodiscard]] bool is_settled() const {
    if (static_cast<int>(ends_.size()) < enough_starts) return false;
    const std::size_t best = highest_end(ends_);
    return best == ends_.size() || tally(ends_, best).is_sound();
  }

  // Drawn nearer to the first start until the density is finite.
  bool next_start(int index, std::vector<double>& from) {
    constexpr int most_halvings = 6;
    const std::size_t best = highest_end(ends_);
    const std::vector<double>& end = best < ends_.size() ? ends_[best].ascent.end.x : first_;
    from = map_start(problem_, first_, end, fold_key(options_.seed, start_stream),
                     static_cast<std::size_t>(index));
    std::vector<double> gradient(from.size());
    for (int halving = 0; halving < most_halvings; ++halving) {
      double value = 0;
      work_ += 1;
      if (all_finite(from.data(), from.size()) &&
          problem_.log_density.evaluate(from.data(), 0, value, gradient.data()) && std::isfinite(value) &&
          all_finite(gradient.data(), gradient.size()))
        return true;
      for (std::size_t k = 0; k < from.size(); ++k)
        from[k] = 0.5 * (from[k] + first_[k]);
    }
    return false;
  }

  [[nodiscard]] Budget rest() const {
    Budget budget = options_.budget;
    budget.max_seconds = std::max(0.0, budget.max_seconds - seconds());
    return budget;
  }
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }

  [[nodiscard]] AscentOptions ascent_options(bool surveys) {
    return {.look = surveys ? Look::whole : Look::outer,
            .is_lost =
                [this](const std::vector<double>& u, const std::vector<double>& gradient) {
                  return explorer_.is_far_out(u, gradient, first_);
                },
            .most_work = first_work_ > 0 ? std::max(patience * first_work_,
                                                    least_patience / problem_.seconds_per_evaluation)
                                         : std::numeric_limits<double>::infinity(),
            .budget = rest()};
  }

  void climb_from(std::vector<double> from) {
    const bool is_first = first_work_ == 0;  // of those that have a density to climb
    const bool surveys = is_first || from.size() <= always_surveyed;
    const double before = work_;
    MapEnd end{
        ascend(problem_.log_density, problem_.hessian_product, std::move(from), ascent_options(surveys))};
    count(end.ascent);
    if (end.ascent.is_cut()) cut_ = end.ascent.end.stop;
    if (is_first && end.ascent.end.stop != Stop::diverged) first_work_ = work_ - before;
    if (surveys) explore(end);
    ends_.push_back(std::move(end));
  }

  void count(const Ascent& ascent) {
    iterations_ += ascent.iterations;
    work_ += static_cast<double>(ascent.evaluations) + product_cost * static_cast<double>(ascent.products);
  }

  void explore(MapEnd& end) {
    if (end.is_explored || end.ascent.is_cut()) return;
    end.way_off = explorer_.way_off(end.ascent, first_);
    end.is_explored = true;
  }

  // From the highest down to the first that stands, those that were not looked at yet.
  void explore_the_highest() {
    Stop stop = Stop::converged;
    while (!deadline_.is_over(stop)) {
      const std::size_t best = highest_end(ends_);
      if (best == ends_.size() || ends_[best].is_explored || ends_[best].ascent.is_cut()) return;
      MapEnd& end = ends_[best];
      if (!end.ascent.terrain.is_known) {
        Ascent again = ascend(problem_.log_density, problem_.hessian_product, end.ascent.end.x,
                              ascent_options(true));
        count(again);
        if (again.is_cut()) return void(cut_ = again.end.stop);
        if (again.end.value >= end.value() - value_noise(end.value())) end.ascent = std::move(again);
      }
      explore(end);
    }
  }

  // From a bound, the coordinates that lie on it are put back to where the first start had them (0, if it
  // began on a bound), all and then one by one.
  void leave_bounds() {
    constexpr std::size_t most = 4;
    constexpr double on_the_line = 6;
    Stop stop = Stop::converged;
    for (int round = 0; round < 3; ++round) {
      const std::size_t best = highest_end(ends_);
      if (best == ends_.size()) return;
      const std::vector<std::size_t> on_bound = explorer_.at_bounds(ends_[best].ascent);
      if (on_bound.empty()) return;
      bool has_risen = false;
      for (std::size_t trial = 0;
           trial <= std::min(most, on_bound.size()) && !has_risen && !deadline_.is_over(stop); ++trial) {
        if (trial == 1 && on_bound.size() == 1) break;
        std::vector<double> from = ends_[best].ascent.end.x;
        for (std::size_t k = 0; k < on_bound.size(); ++k)
          if (trial == 0 || trial == k + 1)
            from[on_bound[k]] = std::fabs(first_[on_bound[k]]) < on_the_line ? first_[on_bound[k]] : 0;
        MapEnd end{
            ascend(problem_.log_density, problem_.hessian_product, std::move(from), ascent_options(true))};
        count(end.ascent);
        if (end.ascent.is_cut()) return;
        has_risen = end.value() > ends_[best].value() + same_value(ends_[best].value());
        if (!has_risen) continue;
        explore(end);
        ends_.push_back(std::move(end));
      }
      if (!has_risen) return;
    }
  }

  // Of the ends as high as the best: the first in order of their unknowns, unless the first start's is among
  // them. Counts those that stand elsewhere.
  std::size_t canonical(std::size_t best, int& elsewhere) {
    std::vector<std::size_t> equal;
    for (std::size_t k = 0; k < ends_.size(); ++k)
      if (ends_[k].stands() &&
          std::fabs(ends_[k].value() - ends_[best].value()) <= same_value(ends_[best].value()))
        equal.push_back(k);
    const auto arrived = [&](std::size_t k) { return ends_[k].has_arrived(); };
    if (std::any_of(equal.begin(), equal.end(), arrived))
      std::erase_if(equal, [&](std::size_t k) { return !arrived(k); });
    const auto gap = [](double a, double b) { return (a - b) / (1 + std::fabs(a) + std::fabs(b)); };
    std::vector<std::vector<double>> places;
    for (const std::size_t k : equal)
      places.push_back(explorer_.values_at(ends_[k].ascent.end.x));
    std::size_t chosen = 0;
    if (equal[0] != 0)
      for (std::size_t j = 1; j < equal.size(); ++j)
        for (std::size_t k = 0; k < std::min(places[j].size(), places[chosen].size()); ++k) {
          const double difference = gap(places[j][k], places[chosen][k]);
          if (std::fabs(difference) < other_place) continue;
          if (difference < 0) chosen = j;
          break;
        }
    elsewhere = 0;
    for (const auto& place : places)
      for (std::size_t k = 0; k < std::min(place.size(), places[chosen].size()); ++k)
        if (std::fabs(gap(place[k], places[chosen][k])) > other_place) {
          ++elsewhere;
          break;
        }
    // The same place, climbed to the last digit.
    std::size_t sharpest = equal[chosen];
    for (std::size_t j = 0; j < equal.size(); ++j) {
      bool is_here = true;
      for (std::size_t k = 0; k < std::min(places[j].size(), places[chosen].size()) && is_here; ++k)
        is_here = std::fabs(gap(places[j][k], places[chosen][k])) <= other_place;
      if (is_here && equal[0] != 0 && ends_[equal[j]].ascent.end.stop == Stop::converged &&
          ends_[equal[j]].value() > ends_[sharpest].value())
        sharpest = equal[j];
    }
    return sharpest;
  }

  MapResult judged() {
    std::size_t best = highest_answer(ends_);
    const bool has_maximum = best < ends_.size();
    int elsewhere = 0;
    // Where no maximum is, the first start's: the same for all seeds.
    const auto is_lower = [](const MapEnd& one, const MapEnd& other) { return one.value() < other.value(); };
    if (has_maximum)
      best = canonical(best, elsewhere);
    else
      best = ends_[0].ascent.end.stop != Stop::diverged
                 ? 0
                 : static_cast<std::size_t>(std::max_element(ends_.begin(), ends_.end(), is_lower) -
                                            ends_.begin());
    const MapEnd& end = ends_[best];
    const OptimiseResult& found = end.ascent.end;
    const MapTally t = tally(ends_, best);
    result_.starts = static_cast<int>(ends_.size());
    result_.reached = has_maximum ? t.reached : 0;
    result_.verdict = Verdict::trust;
    std::string off, hidden;
    int count_off = 0;
    for (const MapEnd& other : ends_)
      if (!other.way_off.empty() && (!has_maximum || other.value() > end.value() + same_value(end.value())))
        off = off.empty() ? other.way_off : off, ++count_off;
    if (!off.empty())
      result_.add(Verdict::do_not_trust, ReasonCode::no_maximum,
                  {std::to_string(count_off), starts_text(), off,
                   has_maximum ? "; these numbers are the highest of the local maxima that were met" : ""});
    if (has_maximum && off.empty() && first_.size() <= always_surveyed)
      hidden = explorer_.collapse(end.ascent);
    if (!hidden.empty()) result_.add(Verdict::do_not_trust, ReasonCode::no_maximum_beyond, {hidden});
    if (has_maximum || off.empty()) {
      Assessment end_of_climb = judge_mode(found.stop, found.gradient_norm, found.expected_gain, found.value);
      result_.verdict = std::max(result_.verdict, end_of_climb.verdict);
      for (Reason& reason : end_of_climb.reasons)
        result_.reasons.push_back(std::move(reason));
    }
    if (has_maximum) tell_apart(t, elsewhere, end);
    if (found.stop != cut_ && (cut_ == Stop::cancelled || cut_ == Stop::seconds))
      result_.add(cut_ == Stop::cancelled ? Verdict::do_not_trust : Verdict::caution,
                  ReasonCode::maxima_search_cut, {stop_words(cut_), starts_text()});

    result_.stop = cut_ == Stop::cancelled ? cut_ : found.stop;
    result_.converged = has_maximum && result_.verdict != Verdict::do_not_trust &&
                        found.stop == Stop::converged;
    result_.log_density = found.value;
    result_.iterations = iterations_;
    result_.u = found.x;
    summarise();
    result_.seconds = seconds();
    return std::move(result_);
  }

  [[nodiscard]] std::string starts_text() const {
    return std::to_string(ends_.size()) + (ends_.size() == 1 ? " start" : " starts");
  }

  void tell_apart(const MapTally& t, int elsewhere, const MapEnd& end) {
    const std::string count = std::to_string(ends_.size());
    if (ends_.size() == 1 && cut_ == Stop::converged)
      result_.add(Verdict::caution, ReasonCode::one_start);
    else if (t.lower == 0 && ends_.size() > 1)
      result_.add(t.is_sound() ? Verdict::trust : Verdict::caution, ReasonCode::starts_agree,
                  {(t.reached == static_cast<int>(ends_.size()) ? "each" : std::to_string(t.reached)), count,
                   remainder(t)});
    else if (t.lower > 0)
      result_.add(t.is_sound() ? Verdict::trust : Verdict::caution, ReasonCode::lower_maxima,
                  {count, std::to_string(t.reached), std::to_string(t.lower), number(end.value() - t.next),
                   remainder(t),
                   t.is_sound() ? ""
                                : "; there may be higher ones that none met: ask for more with `--starts`, "
                                  "and compare seeds"});
    const std::vector<std::string> flat = explorer_.flat_names(end.ascent);
    if (!flat.empty())
      result_.add(Verdict::caution, ReasonCode::mode_not_a_point,
                  {listed(flat), flat.size() == 1 ? "can change" : "can change together",
                   flat.size() == 1 ? "it" : "them"});
    else if (elsewhere > 0)
      result_.add(Verdict::trust, ReasonCode::equal_maxima,
                  {std::to_string(elsewhere), std::to_string(t.reached)});
    const auto bounds = explorer_.bound_words(end.ascent, explorer_.at_bounds(end.ascent));
    if (!bounds.empty()) {
      constexpr std::size_t most = 5;
      std::string list;
      for (std::size_t k = 0; k < std::min(most, bounds.size()); ++k)
        list += (k == 0 ? "" : ", ") + bounds[k];
      if (bounds.size() > most) list += " and " + std::to_string(bounds.size() - most) + " more";
      result_.add(Verdict::trust, ReasonCode::mode_on_bound, {list});
    }
  }

  [[nodiscard]] std::string remainder(const MapTally& t) const {
    std::string text;
    if (t.off > 0)
      text += ", " + std::to_string(t.off) + " to where the density is level or never falls again";
    if (t.unfinished > 0) text += ", " + std::to_string(t.unfinished) + " did not arrive";
    return text;
  }

  void summarise() {
    (void)is_past_grace();  // time for this, at least
    std::vector<double> values(problem_.quantity_names.size(), std::numeric_limits<double>::quiet_NaN());
    const bool is_finite = !problem_.constrain || problem_.constrain(result_.u.data(), values.data());
    for (std::size_t k = 0; k < values.size(); ++k) {
      Quantity summary{problem_.quantity_names[k]};
      summary.mean = summary.guide_mean = summary.q05 = summary.q50 = summary.q95 = values[k];
      result_.quantities.push_back(std::move(summary));
    }
    const auto undefined = std::find_if(result_.quantities.begin(), result_.quantities.end(),
                                        [](const auto& quantity) { return !std::isfinite(quantity.mean); });
    if (undefined == result_.quantities.end()) return;
    result_.add(is_finite ? Verdict::caution : Verdict::do_not_trust, ReasonCode::not_finite_at_mode,
                {undefined->name});
  }

  const MapProblem& problem_;
  const FitOptions& options_;
  std::vector<double> first_;
  int starts_;
  Deadline deadline_;
  Explorer explorer_;
  MapEnds ends_;
  double work_ = 0, first_work_ = 0;
  std::int64_t iterations_ = 0;
  Stop cut_ = Stop::converged;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  MapResult result_;
};

}  // namespace

MapResult fit_map(const MapProblem& problem, std::vector<double> start, const FitOptions& options,
                  int starts) {
  return MapFit(problem, options, std::move(start), starts).run();
}

}  // namespace elba::runtime
