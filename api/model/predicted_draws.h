// predicted_draws: what `predict` names at each draw of a posterior, made when it is looked at.
#pragma once

#include <memory>

#include "api/draw_source.h"
#include "api/model/quantities.h"

namespace elba {

class PredictedDraws : public DrawSource {
 public:
  // One row a place; `follows_draws`: one a draw, where draws are places chosen by weight. A row is the same
  // whoever makes it, in whatever order.
  static Result<std::shared_ptr<const PredictedDraws>> make(const std::shared_ptr<Bound::Impl>& bound,
                                                            std::shared_ptr<const Places> places,
                                                            std::uint64_t seed, bool follows_draws);

  void rows(std::size_t first, std::size_t count, double* out, std::size_t worker = 0) const override;
  [[nodiscard]] std::size_t workers() const override { return workers_.size(); }

  struct Worker {
    std::unique_ptr<Workspace> workspace;
    Predictor predictor;
  };
  PredictedDraws(std::shared_ptr<const Places> places, std::vector<Worker> workers, std::size_t draws,
                 bool follows_draws);

 private:
  std::shared_ptr<const Places> places_;
  mutable std::vector<Worker> workers_;  // one a thread
  bool follows_draws_;
};

// The names of the elements of an array in order, each made from the one before: "y[1]", "y[2]", ..
class ElementNames {
 public:
  ElementNames(std::string name, std::vector<std::int64_t> shape);
  [[nodiscard]] std::string next();

 private:
  std::string name_;
  std::vector<std::int64_t> shape_, index_;
};

}  // namespace elba
