// stan_translation: what is said of a program of Stan: the same model here, which compiles; or why there is
// none to show.
#pragma once

#include <string>
#include <vector>

#include "support/source.h"

namespace elba::frontend {

struct StanAdvice {
  std::string program;               // compiles; empty when none was found
  std::vector<std::string> reasons;  // then
};
[[nodiscard]] StanAdvice advise_stan(const Source& source);

}  // namespace elba::frontend
