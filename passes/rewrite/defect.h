// defect: how a pass refuses a module that no pass before it should have made.
#pragma once

#include <string>

#include "support/defect.h"

namespace elba::passes {

// An error in the module that the verifier does not catch. The boundary of the library returns it as an
// error.
[[noreturn]] inline void pass_defect(const std::string& what) { throw Defect{what}; }

}  // namespace elba::passes
