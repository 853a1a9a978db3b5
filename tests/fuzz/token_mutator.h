// token_mutator: changes text by whole tokens, so that mutants stay close to sentences of the language.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace elba::fuzz {

// Half of the time one to three tokens are replaced by others of their kind; else a few of: delete, double,
// exchange or replace tokens (from `words` or from the text itself), move or double a whole line. In place,
// as LLVMFuzzerCustomMutator: gives the new size. One call in five is left to libFuzzer's own byte mutations.
std::size_t mutate_tokens(std::uint8_t* bytes, std::size_t size, std::size_t max_size, unsigned seed,
                          std::span<const std::string_view> words);

}  // namespace elba::fuzz
