// program_entry: the parts of `program_entry` that a seeded test shares with the fuzzer.
#pragma once

#include <string>

#include "tests/support/random_model.h"

namespace elba::test {

[[nodiscard]] bool checks(const std::string& text);
// What is broken, with the model; nothing when all holds.
[[nodiscard]] std::string run_random_model(const RandomModel& model);

}  // namespace elba::test
