// report: one page of HTML about a fit: the model, the verdict, the numbers and the pictures by which they
// can be judged. It stands alone: no network, no script; pictures are inline SVG, colours follow the reader's
// light or dark setting.
#pragma once

#include <string>
#include <vector>

#include "api/inference_data.h"

namespace elba {

// The objective as the fit went along.
struct TracePoint {
  std::string phase;
  double value = 0;
};

struct ReportOptions {
  std::string model_text, version;
  std::uint64_t seed = 1;
  std::vector<TracePoint> trace;
};

// An ELBO or a log density: four decimals, and beyond 1e9 six digits.
[[nodiscard]] std::string log_text(double value);

[[nodiscard]] std::string html_report(const Posterior& posterior, const InferenceData& data,
                                      const ReportOptions& options);

}  // namespace elba
