#include "api/model/quantities.h"

#include <algorithm>
#include <cmath>

namespace elba {

Result<Quantities> Quantities::make(const Bound& bound, Workspace::Impl& workspace,
                                    const std::string& family) {
  Quantities made;
  made.names_ = bound.constrained_names();
  auto constrain = workspace.call({"constrain", family});
  if (!constrain) return constrain.diagnostics();
  made.constrain_ = *constrain;
  for (const Site& site : bound.impl->coordinates.sites)
    made.is_bounded_.insert(made.is_bounded_.end(), site.value_size, site.is_bounded);
  return made;
}

bool Quantities::evaluate(const double* u, double* values) {
  std::size_t at = 0;
  const Executable& constrain = *constrain_->executable;
  if (constrain.input() != Executable::no_buffer) constrain_->frame.set(constrain.input(), u);
  for (std::size_t k : constrain.outputs()) {
    constrain_->frame.set(k, values + at);
    at += constrain.count(k);
  }
  constrain.run(constrain_->frame);
  return std::all_of(values, values + at, [](double x) { return std::isfinite(x); });
}

Result<Predictor> Predictor::make(Workspace::Impl& workspace, std::uint64_t seed, const std::string& family) {
  Predictor made;
  made.seed_ = seed;
  auto predict = workspace.call({"predict", family});
  if (!predict) return predict.diagnostics();
  made.predict_ = *predict;
  const Executable& executable = *made.predict_->executable;
  for (std::size_t k : executable.outputs()) {
    const bool is_integer = executable.info(k).type.scalar != ir::Scalar::f64;
    made.width_ += executable.count(k);
    made.integers_.emplace_back(is_integer ? executable.count(k) : 0);
  }
  return made;
}

void Predictor::evaluate(const double* u, std::uint64_t number, double* values) {
  const Executable& predict = *predict_->executable;
  const std::uint64_t key = seed_ * 0x9e3779b97f4a7c15ULL + number + 1;
  if (predict.input() != Executable::no_buffer) predict_->frame.set(predict.input(), u);
  if (predict.key() != Executable::no_buffer) predict_->frame.set(predict.key(), &key);
  std::size_t at = 0;
  for (std::size_t k = 0; k < predict.outputs().size(); ++k) {
    const bool is_integer = !integers_[k].empty();
    predict_->frame.set(predict.outputs()[k],
                        is_integer ? static_cast<const void*>(integers_[k].data()) : values + at);
    at += predict.count(predict.outputs()[k]);
  }
  predict.run(predict_->frame);
  at = 0;
  for (std::size_t k = 0; k < predict.outputs().size(); ++k) {
    std::copy(integers_[k].begin(), integers_[k].end(), values + at);
    at += predict.count(predict.outputs()[k]);
  }
}

runtime::FitOptions runtime_options(const FitOptions& options, double seconds_left) {
  runtime::FitOptions out;
  out.seed = options.seed;
  out.draws = static_cast<std::size_t>(options.draws);
  out.budget.max_seconds = seconds_left;
  out.budget.cancel = options.cancel;
  out.budget.progress = options.progress;
  return out;
}

}  // namespace elba
