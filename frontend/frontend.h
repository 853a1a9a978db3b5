// frontend: model text -> checked model -> density-level IR (docs/ir.md), with every error of the file in one
// run.
//
//     compile_frontend(source, "")  ->  @model and what it calls, the signature, diagnostics
//
// The signature is what `elba check` prints and what data are bound against. No file is read here: imports go
// through the loader.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "frontend/signature.h"
#include "ir/module.h"
#include "support/diagnostics.h"

namespace elba {

struct FrontendResult {
  std::optional<ir::Module> module;     // empty when there is an error
  Signature signature;                  // of the model, as far as it could be checked
  std::vector<Diagnostic> diagnostics;  // sorted by place; errors and warnings
  double parse_ms = 0, check_ms = 0;    // where the time went; lowering counts as checking

  [[nodiscard]] bool ok() const { return module.has_value(); }
};

// `model_name` empty: the only model of the file. All declarations of the file are checked, whichever model
// is chosen. `guide_name` empty: its only guide, if it has one. `pedantic` adds the warnings that are often
// unfounded.
[[nodiscard]] FrontendResult compile_frontend(const Source& source, const std::string& model_name = {},
                                              const ImportLoader& loader = {}, bool pedantic = false,
                                              const std::string& guide_name = {});

}  // namespace elba
