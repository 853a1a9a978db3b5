#include "tests/support/paths.h"

namespace elba::test {

const char* const source_dir = ELBA_SOURCE_DIR;
const char* const cli_path = ELBA_CLI;

}  // namespace elba::test
