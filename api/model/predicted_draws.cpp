#include "api/model/predicted_draws.h"

#include <algorithm>
#include <cstring>

#include "api/model/parallel.h"
#include "runtime/control/interruption.h"

namespace elba {

PredictedDraws::PredictedDraws(std::shared_ptr<const Places> places, std::vector<Worker> workers,
                               std::size_t draws, bool follows_draws)
    : DrawSource(draws, workers.front().predictor.width()),
      places_(std::move(places)),
      workers_(std::move(workers)),
      follows_draws_(follows_draws) {}

Result<std::shared_ptr<const PredictedDraws>> PredictedDraws::make(const std::shared_ptr<Bound::Impl>& bound,
                                                                   std::shared_ptr<const Places> places,
                                                                   std::uint64_t seed, bool follows_draws) {
  constexpr std::size_t draws_of_a_thread = 32;  // fewer are not worth one
  const std::size_t count = places->width > 0 ? places->u.size() / places->width : 0,
                    draws = follows_draws && !places->rows.empty() ? places->rows.size() : count;
  std::vector<Worker> workers;
  do {
    auto impl = std::make_unique<Workspace::Impl>();
    impl->bound = bound;
    auto predictor = Predictor::make(*impl, seed, places->family);
    if (!predictor) return predictor.diagnostics();
    workers.push_back({std::make_unique<Workspace>(std::move(impl)), std::move(*predictor)});
  } while (workers.size() < std::min(core_count(), draws / draws_of_a_thread));
  return std::shared_ptr<const PredictedDraws>(
      std::make_shared<PredictedDraws>(std::move(places), std::move(workers), draws, follows_draws));
}

void PredictedDraws::rows(std::size_t first, std::size_t count, double* out, std::size_t worker) const {
  const auto place_of = [&](std::size_t k) {
    return follows_draws_ && !places_->rows.empty() ? places_->rows[first + k] : first + k;
  };
  for (std::size_t k = 0; k < count; ++k) {
    const std::size_t place = place_of(k);
    if (k > 0 && place == place_of(k - 1))  // a draw of large weight
      std::memcpy(out + k * width(), out + (k - 1) * width(), width() * sizeof(double));
    else
      workers_[worker].predictor.evaluate(places_->u.data() + place * places_->width, place,
                                          out + k * width());
  }
}

ElementNames::ElementNames(std::string name, std::vector<std::int64_t> shape)
    : name_(std::move(name)), shape_(std::move(shape)), index_(shape_.size(), 1) {}

std::string ElementNames::next() {
  if (shape_.empty()) return name_;
  std::string text = name_;
  for (std::size_t axis = 0; axis < index_.size(); ++axis)
    text += (axis == 0 ? '[' : ',') + std::to_string(index_[axis]);
  text += ']';
  for (std::size_t axis = index_.size(); axis-- > 0;) {
    if (++index_[axis] <= shape_[axis]) break;
    index_[axis] = 1;
  }
  return text;
}

}  // namespace elba
