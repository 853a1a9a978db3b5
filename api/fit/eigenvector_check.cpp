#include "runtime/inference/strategy/eigenvector_check.h"

#include "api/fit/fitter.h"

namespace elba {

void Fitter::check_eigenvectors(Posterior& posterior, const std::vector<double>& mode) {
  const std::vector<Span> places = spans_of({ir::Opcode::eigh});
  if (places.empty()) return;
  const auto points = mode.empty() ? some_draws(posterior) : std::vector<std::vector<double>>{mode};
  const auto error = runtime::eigenvector_gradient_error(*target_, points, mode.empty() ? 1 : 0);
  if (!error) return;
  const bool is_wrong = *error > runtime::allowed_gradient_error;
  posterior.add(is_wrong ? Verdict::caution : Verdict::trust,
                is_wrong ? ReasonCode::eigenvector_gradient_wrong : ReasonCode::eigenvalues_close,
                {named_places(places)});
}

}  // namespace elba
