// advise: warnings about a model that is correct and may still not be meant. Runs over the checked tree when
// there are no errors.
//
// Certain mistakes are said always; what is often right (a wide prior, a scale that only the data can keep
// positive) is said when `pedantic` is asked for. docs/errors/W*.md says which.
#pragma once

#include <string>

#include "frontend/signature.h"
#include "frontend/typed_tree/reads.h"
#include "frontend/typed_tree/tree.h"
#include "support/diagnostics.h"

namespace elba::frontend {

struct Advice {
  const CheckedModel& model;
  const Signature& signature;
  const Source& source;
  Sink& sink;
  bool pedantic = false;

  [[nodiscard]] const Term& term(TermId id) const { return model.body.term(id); }
  [[nodiscard]] const Symbol& symbol(SymbolId id) const { return model.body.symbol(id); }
  [[nodiscard]] std::string text(Span span) const;
};

void advise(const Advice& advice);

// The parts, each over the whole model.

// What data say about what: W0005, W0006, W0009, W0010, W0024, W0027.
void advise_on_information(const Advice& advice, const Reads& reads);
void advise_on_jacobians(const Advice& advice, const Reads& reads);  // W0008
void advise_on_arguments(const Advice& advice, const Reads& reads);  // W0007, W0025, W0026
void advise_on_priors(const Advice& advice);                         // W0020, W0021

}  // namespace elba::frontend
