// entries: what is done with untrusted text, shared by the fuzzers (tests/fuzz) and the test over their
// corpus.
//
// An entry gives the promise that was broken, or nothing. The promises: every text is either accepted or
// refused with a diagnostic of the user's, never a defect (E0999); what is accepted survives every later
// stage, each of which leaves IR that verifies; printing is canonical, formatting idempotent. Crashes, hangs
// and unbounded memory are for the sanitizers and libFuzzer's limits to see.
#pragma once

#include <string>
#include <string_view>

namespace elba::test {

// Model text: parse, check, lower, run the pipelines; render every diagnostic; format what parses.
[[nodiscard]] std::string model_entry(std::string_view text);
// IR text: print and read again, then every pass of the module's level, in the order of passes.def.
[[nodiscard]] std::string ir_entry(std::string_view text);
// The first byte chooses: even is JSON, odd is CSV.
[[nodiscard]] std::string data_entry(std::string_view bytes);

// Bytes that choose a well-formed model (tests/support/random_model.h): what `model_entry` promises, and
// where the model checks, compiled value and gradient at a point against the interpreter's.
[[nodiscard]] std::string program_entry(std::string_view bytes);

}  // namespace elba::test
