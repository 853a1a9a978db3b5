// unguarded: what the public functions of api/inference_data.h, json.h, report.h, calibration.h,
// distribution_check.h and gradient_check.h do, as unguarded.h has it for elba.hpp. api/boundary/output.cpp
// is the only caller.
#pragma once

#include "api/calibration.h"
#include "api/distribution_check.h"
#include "api/gradient_check.h"
#include "api/inference_data.h"
#include "api/json.h"
#include "api/report.h"

namespace elba::unguarded {

Result<InferenceData> inference_data(const Bound& bound, const Posterior& posterior,
                                     const OutputOptions& options);
Status write_netcdf(const InferenceData& data, const std::string& path);
void prepare_netcdf();
bool write_chain_csv(const Posterior& posterior, const InferenceData& data, const OutputOptions& options,
                     std::size_t chain, const TextSink& sink);
Result<std::vector<Quantity>> summarise(const Predictions& predictions);
bool write_predictions_csv(const Predictions& predictions, const TextSink& sink);
Result<SavedDraws> read_chains(const std::vector<std::string>& texts, const std::string& folder);
Result<Predictions> predict(const Bound& bound, const SavedDraws& saved, std::uint64_t seed,
                            std::size_t draws);
Result<std::vector<double>> saved_mean(const Bound& bound, const SavedDraws& saved);
bool write_summary_json(const Posterior& posterior, const SummaryLayout& layout, const TextSink& sink);
std::string summary_json(const Posterior& posterior);
std::string signature_json(const ProgramSignature& signature);
std::string html_report(const Posterior& posterior, const InferenceData& data, const ReportOptions& options);
Result<Calibration> calibrate(const Program& simulated, const Program& fitted, const Data& given,
                              const CalibrationOptions& options, const JitOptions& jit);
Result<std::vector<BatteryRow>> check_site_distribution(std::string_view model_text,
                                                        const std::string& shown_name,
                                                        const BatteryOptions& options,
                                                        const CompileOptions& compile);
Result<std::vector<BatteryRow>> check_distributions(std::string_view text, const CompileOptions& compile,
                                                    const BatteryOptions& options);
Result<GradientCheck> check_gradient(std::string_view text, const GradientCheckOptions& options,
                                     const std::string& name);

}  // namespace elba::unguarded
