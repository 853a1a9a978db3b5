// jitter_check: covariances that are singular, or nearly: what their factorisations added to a diagonal, and
// whether the answer hangs on it.
//
//     c = what elba_chol added (runtime/kernels/linalg.cpp)
//     l(c) the log density at draws of the answer, or at its mode
//     |l(10 c) - l(c)| > 1                              the density depends on c: at most caution
//     .. and no less than half of |l(100 c) - l(10 c)|  it does not settle as c goes to 0: do not trust
//
// A density that has a limit at c = 0 is linear in c near it, so that the second step is ten times the first;
// one that goes as log c has two equal steps, one that goes as 1 / c a second that is smaller. A tenth of the
// draws may exceed the limit. The values are computed in this thread, so that what a sampler's threads needed
// is seen too, and matrices of data are factored again for each c.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "api/fit/fitter.h"
#include "api/model/draw_table.h"
#include "runtime/kernels/linalg.h"

namespace elba {

namespace {

constexpr std::size_t most_jitter_points = 20;
constexpr double most_change = 1, share_within = 0.9;

// Of this thread, for a while.
class ScaledJitter {
 public:
  explicit ScaledJitter(double factor) : before_(runtime::scale_jitter(factor)) {}
  ~ScaledJitter() { runtime::scale_jitter(before_); }
  ScaledJitter(const ScaledJitter&) = delete;
  ScaledJitter& operator=(const ScaledJitter&) = delete;

 private:
  double before_;
};

// The log density at each point; nan where it has none.
std::vector<double> densities(const Bound& bound, const std::vector<std::vector<double>>& points,
                              double jacobian, double factor) {
  const ScaledJitter scaled(factor);
  const Bound again = bound_again(bound);
  auto workspace = again.workspace();
  std::vector<double> out;
  for (const auto& u : points) {
    double value = std::nan("");
    if (workspace) (void)call_log_joint((*workspace)->impl(), u, jacobian, value, {});
    out.push_back(value);
  }
  return out;
}

// How far all but a tenth of the values move at most.
double usual_change(const std::vector<double>& from, const std::vector<double>& to) {
  std::vector<double> changes;
  for (std::size_t k = 0; k < from.size(); ++k)
    if (const double change = std::fabs(to[k] - from[k]); !std::isnan(change)) changes.push_back(change);
  if (changes.empty()) return 0;
  const auto at = changes.begin() +
                  static_cast<std::ptrdiff_t>(share_within * static_cast<double>(changes.size() - 1));
  std::nth_element(changes.begin(), at, changes.end());
  return *at;
}

}  // namespace

std::vector<std::vector<double>> Fitter::some_draws(const Posterior& posterior) const {
  const std::size_t columns = posterior.draw_names.size(),
                    count = std::min(most_jitter_points, posterior.draw_count);
  std::vector<std::vector<double>> points;
  for (std::size_t k = 0; k < count; ++k) {
    auto u = unconstrained_row(
        bound_, *workspace_, {posterior.draws.data() + k * posterior.draw_count / count * columns, columns});
    if (u) points.push_back(std::move(*u));
  }
  return points;
}

void Fitter::check_jitter(Posterior& posterior, const std::vector<double>& mode) {
  const std::vector<Span> places = spans_of({ir::Opcode::chol});
  if (places.empty()) return;
  const auto points = mode.empty() ? some_draws(posterior) : std::vector<std::vector<double>>{mode};
  const double jacobian = mode.empty() ? 1 : 0;
  workspace_->forget_jitter();
  Workspace::Impl& workspace = workspace_->impl();
  for (const auto& u : points) {
    double value = 0;
    (void)call_log_joint(workspace, u, jacobian, value, {});
  }
  posterior.jitter = std::max(workspace_->largest_jitter(), workspace.gradient->executable->bind_jitter());
  if (!(posterior.jitter > 0)) return;

  const std::string places_text = named_places(places), added = fmt::format("{:.0e}", posterior.jitter);
  const auto least = densities(bound_, points, jacobian, 1), more = densities(bound_, points, jacobian, 10),
             most = densities(bound_, points, jacobian, 100);
  const double first = usual_change(least, more), second = usual_change(more, most);
  if (!(first > most_change))
    return posterior.add(Verdict::trust, ReasonCode::jitter_added, {places_text, added});
  const bool is_endless = 2 * first >= second;
  posterior.add(
      is_endless ? Verdict::do_not_trust : Verdict::caution, ReasonCode::jitter_matters,
      {places_text, added, fmt::format("{:.3g}", first),
       is_endless ? ", and it has no limit as that goes to 0, because the matrix is singular" : ""});
}

}  // namespace elba
