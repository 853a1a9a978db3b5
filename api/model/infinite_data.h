// infinite_data: where infinity in the data means something: a limit that an observation does not have.
#pragma once

#include <set>
#include <string>

#include "frontend/frontend.h"

namespace elba {

// Data that are a declared bound of other data, or a limit of `censored`, whole or element by element. Not a
// limit of `truncated`: the derivative of the mass that is kept does not exist there.
[[nodiscard]] std::set<std::string> data_that_may_be_infinite(const Signature& signature,
                                                              const ir::Module& density);

}  // namespace elba
