// defect: what is thrown where the compiler meets a state that it holds to be impossible. The interface
// (api/model/guarded.h) answers with E0999; nothing in between catches it.
#pragma once

#include <string>

namespace elba {

struct Defect {
  std::string what;  // one sentence, without final stop
};

}  // namespace elba
