// inference_data: a fit as other tools read it. What is written goes to a path that the host names, or
// through a function of its; nothing else is touched.
//
//     Bound, Posterior  ->  InferenceData: groups of arrays with named dims
//                             ->  write_netcdf: a NetCDF-4 file that ArviZ opens
//                       ->  write_chain_csv: a text, as CmdStan writes it
//                             ->  SavedDraws: read back, for predict and warm starts
//
// Draws, predictions and densities of observations are made and written in blocks: never all of them stand in
// memory.
//
// docs/output.md describes every group, name and rule.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/draw_source.h"
#include "api/elba.hpp"

namespace elba {

enum class Element { real, integer, boolean };

struct OutputVariable {
  std::string name;
  std::vector<std::string> dims;
  std::vector<std::int64_t> shape;
  std::vector<double> values;  // row-major; empty where a source has them
  Element element = Element::real;
  bool is_prediction = false;  // what `predict` names, not an unknown
  // Of a variable [chain, draw, ..]: its numbers at each draw are columns there, from `first` on.
  std::shared_ptr<const DrawSource> source = nullptr;
  std::size_t first = 0;

  [[nodiscard]] std::size_t count() const;  // of its numbers at one draw; without a source, of all
};

struct OutputGroup {
  std::string name;
  std::vector<OutputVariable> variables;  // coordinates first: those whose only dim is their own name
};

// Reads the draws of the posterior that it was made of, which must live as long.
struct InferenceData {
  std::vector<std::pair<std::string, std::string>> attributes;  // of the file and of each group
  std::vector<OutputGroup> groups;
  // Latents, params and predictions in the model's order and under its names.
  std::vector<OutputVariable> drawn;
  std::vector<std::string> notes;  // what is missing, and why
};

struct OutputOptions {
  std::uint64_t seed = 1;
  std::string version;    // of the program that writes
  int prior_draws = 500;  // 0: no prior group
  // Only what is there already: no predictions that were streamed, no densities, no prior.
  bool is_brief = false;
};

[[nodiscard]] Result<InferenceData> inference_data(const Bound& bound, const Posterior& posterior,
                                                   const OutputOptions& options);

// Compressed, in chunks of about a megabyte. Needs the netCDF library, which is looked for when this is
// called; an error that names it where there is none. An error too where it is told to stop; what then stands
// under `path` is no file.
[[nodiscard]] Status write_netcdf(const InferenceData& data, const std::string& path);
// Looks for it already, which takes some 40 ms: for a thread of its own while a fit runs.
void prepare_netcdf();

// Takes the next piece of a text; false: it cannot, and no more is wanted.
using TextSink = std::function<bool(std::string_view)>;

// The text of one chain, counted from 0: comments, a header, a line for each draw, arrays column-major as in
// Stan's files. lp__ comes from `data`. False when it was told to stop, by `sink` or by the flag of this
// thread.
[[nodiscard]] bool write_chain_csv(const Posterior& posterior, const InferenceData& data,
                                   const OutputOptions& options, std::size_t chain, const TextSink& sink);
[[nodiscard]] std::size_t chain_texts(const Posterior& posterior);  // how many there are

// Draws that were written by `write_chain_csv`.
struct SavedDraws {
  std::string model, method;
  std::string verdict;             // "do_not_trust"; empty in files of other programs
  std::vector<std::string> names;  // "theta[1]"
  std::vector<double> values;      // draws x names
  std::size_t draw_count = 0, chain_count = 0;
};
[[nodiscard]] Result<SavedDraws> read_chains(const std::vector<std::string>& texts,
                                             const std::string& folder);

// What `predict` names, for each saved draw (spread evenly when fewer are asked for), with the data that are
// bound now.
struct PredictionArray {
  std::string name;
  std::vector<std::int64_t> shape;
  std::size_t count = 1;
};
struct Predictions {
  std::vector<PredictionArray> arrays;
  std::shared_ptr<const DrawSource> draws;  // the arrays one after the other, row-major
};
[[nodiscard]] Result<Predictions> predict(const Bound& bound, const SavedDraws& saved, std::uint64_t seed,
                                          std::size_t draws);
// Mean, sd and quantiles of each element; an error when it is told to stop.
[[nodiscard]] Result<std::vector<Quantity>> summarise(const Predictions& predictions);
// The draws as CSV under a header, arrays column-major; as write_chain_csv.
[[nodiscard]] bool write_predictions_csv(const Predictions& predictions, const TextSink& sink);
// The mean of the saved draws on the real line: where another fit may start.
[[nodiscard]] Result<std::vector<double>> saved_mean(const Bound& bound, const SavedDraws& saved);

}  // namespace elba
