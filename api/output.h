// output: a fit as other tools read it. Everything is made in memory and handed to the host as text or bytes; nothing is written here.
//
//     Bound, Posterior  ->  InferenceData: groups of arrays with named dims       ->  netcdf_bytes: a NetCDF-4 file that ArviZ opens
//                       ->  chain_csv: one text a chain, as CmdStan writes it     ->  SavedDraws: read back, for predict and warm starts
//
// docs/output.md describes every group, name and rule.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/elba.hpp"

namespace elba {

enum class Element { real, integer, boolean };

struct OutputVariable {
  std::string name;
  std::vector<std::string> dims;
  std::vector<std::int64_t> shape;
  std::vector<double> values;       // row-major
  Element element = Element::real;
  bool is_prediction = false;       // what `predict` names, not an unknown
};

struct OutputGroup {
  std::string name;
  std::vector<OutputVariable> variables;   // coordinates first: those whose only dim is their own name
};

struct InferenceData {
  std::vector<std::pair<std::string, std::string>> attributes;   // of the file and of each group
  std::vector<OutputGroup> groups;
  std::vector<std::string> notes;                                // what is missing, and why
};

struct OutputOptions {
  std::uint64_t seed = 1;
  std::string version;      // of the program that writes
  int prior_draws = 500;    // 0: no prior group
};

[[nodiscard]] Result<InferenceData> inference_data(const Bound& bound, const Posterior& posterior, const OutputOptions& options);

// Needs the netCDF library, which is looked for when this is called; an error that names it where there is none.
[[nodiscard]] Result<std::string> netcdf_bytes(const InferenceData& data);

// One text for each chain: comments, a header, a line for each draw. lp__ comes from `data`.
[[nodiscard]] std::vector<std::string> chain_csv(const Posterior& posterior, const InferenceData& data, const OutputOptions& options);

// Draws that were written by `chain_csv`.
struct SavedDraws {
  std::string model, method;
  std::string verdict;              // "do_not_trust"; empty in files of other programs
  std::vector<std::string> names;   // "theta[1]"
  std::vector<double> values;       // draws x names
  std::size_t draw_count = 0, chain_count = 0;
};
[[nodiscard]] Result<SavedDraws> read_chains(const std::vector<std::string>& texts, const std::string& folder);

// What `predict` names, for each saved draw (spread evenly when fewer are asked for), with the data that are bound now.
struct Predictions {
  std::vector<std::string> names;   // "y_rep[1]"
  std::vector<double> values;       // draws x names
  std::size_t draw_count = 0;
};
[[nodiscard]] Result<Predictions> predict(const Bound& bound, const SavedDraws& saved, std::uint64_t seed, std::size_t draws);
// The mean of the saved draws on the real line: where another fit may start.
[[nodiscard]] Result<std::vector<double>> saved_mean(const Bound& bound, const SavedDraws& saved);

}  // namespace elba
