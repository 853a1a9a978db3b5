// json: the answer of a fit and the signature of a model as JSON; docs/command_line.md has the keys.
#pragma once

#include <string>

#include "api/inference_data.h"

namespace elba {

struct SummaryLayout {
  bool is_indented = false;  // by two; else on one line
  std::string more;          // an object whose keys follow those of the summary; empty: none
};
// In pieces, since quantities may be many. False when `sink` takes no more.
[[nodiscard]] bool write_summary_json(const Posterior& posterior, const SummaryLayout& layout,
                                      const TextSink& sink);
[[nodiscard]] std::string summary_json(const Posterior& posterior);  // on one line
[[nodiscard]] std::string signature_json(const ProgramSignature& signature);

}  // namespace elba
