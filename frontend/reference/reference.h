// reference: what can be looked up by name: each distribution and function of the library, read from its text
// or from its row of the table, so that a page or `elba doc normal` cannot disagree with the compiler.
//
//     dist normal(mu: real, ..): real {..}   ->   {"normal", "On the real line", "normal(mu: real, ..): real", ..}
//
// Library texts are parsed here on demand; nothing of this runs while a model is compiled.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace elba::frontend {

struct ReferenceEntry {
  std::string name;
  std::string family;                  // the heading under which it stands
  std::string signature;               // "gamma(shape: real<lower=0>, rate: real<lower=0>): real<lower=0>"
  std::vector<std::string> about;      // formula and remarks, one line each
  std::vector<std::string> members;    // of a distribution: "logpdf", "cdf", ..
  std::vector<std::string> elsewhere;  // the same thing in Stan, R, BUGS, NumPy
  std::string example;  // one statement; empty where the compiler answers a call with "not yet"
  std::string program;  // a whole file around the example, for a test to compile
};

// By family, then by name (distributions) or by their order in the table (functions).
[[nodiscard]] std::vector<ReferenceEntry> distribution_reference();
[[nodiscard]] std::vector<ReferenceEntry> function_reference();

// docs/distributions.md and docs/functions.md.
[[nodiscard]] std::string distribution_page();
[[nodiscard]] std::string function_page();

// The entries of this name as text for a terminal, or what the name of another language is called here. Empty
// when unknown.
[[nodiscard]] std::string describe(std::string_view name);
// All names by family, as text for a terminal.
[[nodiscard]] std::string list_names();
// The known name nearest to a misspelt one; empty when none is near.
[[nodiscard]] std::string nearest_entry(std::string_view name);

}  // namespace elba::frontend
