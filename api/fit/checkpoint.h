// checkpoint: the journal of a fit as bytes, with what the fit was of: a checkpoint goes on with the same
// model, data and options only.
//
//     "elba checkpoint 1" | subject: (what, fingerprint or value), .. | entries: (name, bytes), .. | sum over all of it
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "api/elba.hpp"
#include "runtime/inference/checkpoint_log.h"

namespace elba {

// "model" -> fingerprint; "data y" -> fingerprint; "option seed" -> "1". In this order.
using Subject = std::vector<std::pair<std::string, std::string>>;
[[nodiscard]] Subject subject_of(const Bound& bound, const FitOptions& options);

[[nodiscard]] std::string checkpoint_bytes(const Subject& subject, const runtime::Journal::Entries& entries);
// The entries; an error that says what differs from `subject`, or that the bytes are no checkpoint. `name` is
// how messages call it.
[[nodiscard]] Result<runtime::Journal::Entries> read_checkpoint(const std::string& bytes,
                                                                const Subject& subject,
                                                                const std::string& name);

}  // namespace elba
