#include "tests/fuzz/token_mutator.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <random>
#include <string>
#include <vector>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* bytes, std::size_t size, std::size_t max_size);

namespace elba::fuzz {

namespace {

using Tokens = std::vector<std::string>;

bool in_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.'; }

// Words (of IR text with their sigil), numbers, runs of blanks, line ends, single characters: together
// exactly the text.
Tokens tokens_of(std::string_view text) {
  Tokens tokens;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at + 1;
    if (in_word(text[at]) || text[at] == '%' || text[at] == '@') {
      while (end < text.size() && in_word(text[end]))
        ++end;
    } else if (text[at] == ' ') {
      while (end < text.size() && text[end] == ' ')
        ++end;
    }
    tokens.emplace_back(text.substr(at, end - at));
    at = end;
  }
  return tokens;
}

// Tokens of one kind may stand for one another: names of values, of functions, numbers, words; other
// characters are their own kind.
int kind_of(const std::string& token) {
  const auto c = static_cast<unsigned char>(token[0]);
  if (token.size() > 1 && (c == '%' || c == '@')) return c;
  if (std::isdigit(c) != 0 || c == '.') return 0;
  return std::isalpha(c) != 0 ? 1 : 2 + c;
}

std::size_t written(const Tokens& tokens, std::uint8_t* bytes, std::size_t max_size) {
  std::string text;
  for (const std::string& token : tokens)
    text += token;
  const std::size_t kept = std::min(text.size(), max_size);
  std::memcpy(bytes, text.data(), kept);
  return kept;
}

}  // namespace

std::size_t mutate_tokens(std::uint8_t* bytes, std::size_t size, std::size_t max_size, unsigned seed,
                          std::span<const std::string_view> words) {
  std::minstd_rand rng(seed);
  if (size == 0 || rng() % 5 == 0) return LLVMFuzzerMutate(bytes, size, max_size);
  Tokens tokens = tokens_of({reinterpret_cast<const char*>(bytes), size});
  const auto any = [&] { return rng() % tokens.size(); };
  const auto place = [&](std::size_t at) { return tokens.begin() + static_cast<std::ptrdiff_t>(at); };
  // A token that is not blank, where there is one near.
  const auto solid = [&] {
    const std::size_t at = any();
    return tokens[at] == " " && at + 1 < tokens.size() ? at + 1 : at;
  };
  // Half of the mutants keep the kinds of all tokens, and with them most often the grammar.
  if (rng() % 2 == 0) {
    for (std::size_t change = 1 + rng() % 3; change > 0; --change) {
      const std::size_t at = solid();
      for (int attempt = 0; attempt < 40; ++attempt) {
        const std::string other = attempt % 4 == 3 ? std::string(words[rng() % words.size()]) : tokens[any()];
        if (kind_of(other) != kind_of(tokens[at]) || other == tokens[at]) continue;
        tokens[at] = other;
        break;
      }
    }
    return written(tokens, bytes, max_size);
  }
  for (std::size_t change = 1 + rng() % 4; change > 0 && !tokens.empty(); --change) {
    const std::size_t at = solid();
    switch (rng() % 8) {
      case 0:
        tokens.erase(place(at));
        break;
      case 1:
        std::swap(tokens[at], tokens[solid()]);
        break;
      case 2:
        tokens[at] = words[rng() % words.size()];
        break;
      case 3:
        tokens.insert(place(at), std::string(words[rng() % words.size()]));
        break;
      case 4:
        tokens[at] = tokens[solid()];
        break;
      case 5:
        tokens.insert(place(at), tokens[at]);
        break;
      case 6: {  // a run of tokens, once more somewhere else
        const std::size_t length = std::min<std::size_t>(1 + rng() % 12, tokens.size() - at);
        const Tokens run(place(at), place(at + length));
        tokens.insert(place(any()), run.begin(), run.end());
        break;
      }
      default: {  // a line goes, or comes once more
        std::size_t begin = at, end = at;
        while (begin > 0 && tokens[begin - 1] != "\n")
          --begin;
        while (end < tokens.size() && tokens[end] != "\n")
          ++end;
        if (end < tokens.size()) ++end;
        const Tokens line(place(begin), place(end));
        if (rng() % 2 == 0) {
          tokens.erase(place(begin), place(end));
        } else {
          std::size_t to = any();
          while (to > 0 && tokens[to - 1] != "\n")
            --to;
          tokens.insert(place(to), line.begin(), line.end());
        }
      }
    }
  }
  return written(tokens, bytes, max_size);
}

}  // namespace elba::fuzz
