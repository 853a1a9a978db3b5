#include "api/quantities.h"

#include <algorithm>
#include <cmath>

namespace elba {

Result<Quantities> Quantities::make(const Bound& bound, Workspace::Impl& workspace, std::uint64_t seed, const std::string& family) {
  Quantities made;
  made.seed_ = seed;
  made.names_ = bound.constrained_names();
  auto constrain = workspace.call({"constrain", family});
  if (!constrain) return constrain.diagnostics();
  made.constrain_ = *constrain;
  const auto& predictions = bound.impl->program->signature.predictions;
  if (predictions.empty()) return made;
  auto predict = workspace.call({"predict", family});
  if (!predict) return predict.diagnostics();
  made.predict_ = *predict;
  const Executable& executable = *made.predict_->executable;
  for (std::size_t k : executable.outputs()) {
    made.predict_is_integer_.push_back(executable.info(k).type.scalar != ir::Scalar::f64);
    made.integers_.emplace_back(made.predict_is_integer_.back() ? executable.count(k) : 0);
    for (std::size_t position = 0; position < executable.count(k); ++position) {
      if (position % 65536 == 0 && runtime::is_stopped()) return interrupted();
      made.names_.push_back(indexed_name(executable.info(k).name, executable.shape(k), position));
    }
  }
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
  const bool is_finite = std::all_of(values, values + at, [](double x) { return std::isfinite(x); });
  if (predict_ != nullptr) {
    const Executable& predict = *predict_->executable;
    const std::uint64_t key = seed_ * 0x9e3779b97f4a7c15ULL + ++calls_;
    if (predict.input() != Executable::no_buffer) predict_->frame.set(predict.input(), u);
    if (predict.key() != Executable::no_buffer) predict_->frame.set(predict.key(), &key);
    for (std::size_t k = 0; k < predict.outputs().size(); ++k)
      predict_->frame.set(predict.outputs()[k], predict_is_integer_[k] ? static_cast<const void*>(integers_[k].data()) : values + at + offset_of(k));
    predict.run(predict_->frame);
    for (std::size_t k = 0; k < predict.outputs().size(); ++k)
      if (predict_is_integer_[k]) std::copy(integers_[k].begin(), integers_[k].end(), values + at + offset_of(k));
  }
  return is_finite;
}

std::size_t Quantities::offset_of(std::size_t output) const {
  std::size_t offset = 0;
  for (std::size_t k = 0; k < output; ++k) offset += predict_->executable->count(predict_->executable->outputs()[k]);
  return offset;
}

runtime::FitOptions runtime_options(const FitOptions& options, double seconds_left) {
  runtime::FitOptions out;
  out.seed = options.seed;
  out.draws = static_cast<std::size_t>(options.draws);
  out.budget.max_seconds = seconds_left;
  out.budget.cancel = options.cancel;
  if (options.progress) out.budget.progress = [&options](const runtime::Progress& progress) { options.progress({progress.phase, progress.fraction, progress.value, progress.done, progress.planned}); };
  return out;
}

Quantity public_quantity(const runtime::QuantitySummary& summary) {
  Quantity out{summary.name, summary.mean, summary.sd, summary.q05, summary.q50, summary.q95, summary.mcse};
  out.guide_sd = summary.guide_sd;
  out.sd_khat = summary.sd_khat;
  return out;
}

std::vector<Quantity> public_quantities(const std::vector<runtime::QuantitySummary>& summaries) {
  std::vector<Quantity> out;
  for (const auto& summary : summaries) out.push_back(public_quantity(summary));
  return out;
}

Verdict public_verdict(runtime::Verdict verdict) {
  return verdict == runtime::Verdict::trust ? Verdict::trust : verdict == runtime::Verdict::caution ? Verdict::caution : Verdict::do_not_trust;
}

runtime::Evaluate log_joint_of(Workspace::Impl& workspace, std::size_t dimension, double jacobian) {
  return [&workspace, dimension, jacobian](const double* u, std::uint64_t, double& value, double* gradient) {
    const auto status = call_log_joint(workspace, {u, dimension}, jacobian, value, gradient == nullptr ? std::span<double>{} : std::span<double>(gradient, dimension));
    return static_cast<bool>(status) && std::isfinite(value);
  };
}

}  // namespace elba
