// Mistyped programs: tokens of sound ones exchanged, dropped, doubled. Whatever comes of it, there is either
// a module that verifies or an error of the user's, placed inside of the text; never a defect, never a
// message about a file the user did not write.
#include <catch2/catch.hpp>
#include <array>
#include <filesystem>
#include <random>

#include "frontend/frontend.h"
#include "ir/verify.h"
#include "support/render.h"
#include "tests/support/golden.h"
#include "tests/support/paths.h"

namespace {

namespace fs = std::filesystem;
using Tokens = std::vector<std::string>;

int kind_of(const std::string& token) {
  const auto c = static_cast<unsigned char>(token[0]);
  if (std::isalpha(c) || c == '_') return 0;
  if (std::isdigit(c)) return 1;
  if (std::isspace(c)) return 2;
  return std::string("+-*/@^<>").find(token[0]) != std::string::npos ? 3 : 4;
}

Tokens tokens_of(const std::string& text) {
  Tokens out;
  for (std::size_t at = 0; at < text.size();) {
    if (text.compare(at, 2, "//") == 0) {
      at = std::min(text.find('\n', at), text.size());
      continue;
    }
    std::size_t end = at + 1;
    const int kind = kind_of(text.substr(at, 1));
    const auto joins = [&](char c) {
      return kind == 2
                 ? std::isspace(static_cast<unsigned char>(c)) != 0
                 : std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || (kind == 1 && c == '.');
    };
    while (kind <= 2 && end < text.size() && joins(text[end]))
      ++end;
    out.push_back(text.substr(at, end - at));
    at = end;
  }
  return out;
}

void mutate(Tokens& tokens, std::mt19937& rng) {
  const auto any = [&] { return rng() % tokens.size(); };
  const std::size_t at = any();
  switch (rng() % 8) {
    case 0:
      tokens.erase(tokens.begin() + static_cast<std::ptrdiff_t>(at));
      break;
    case 1:
      std::swap(tokens[at], tokens[any()]);
      break;
    case 2: {  // a statement once more, somewhere else
      std::size_t begin = at, end = at;
      while (end < tokens.size() && tokens[end] != ";")
        ++end;
      while (begin > 0 && tokens[begin - 1] != ";" && tokens[begin - 1] != "{")
        --begin;
      std::size_t to = any();
      while (to < tokens.size() && tokens[to] != ";")
        ++to;
      if (end >= tokens.size() || to >= tokens.size()) break;
      const Tokens part(tokens.begin() + static_cast<std::ptrdiff_t>(begin),
                        tokens.begin() + static_cast<std::ptrdiff_t>(end) + 1);
      tokens.insert(tokens.begin() + static_cast<std::ptrdiff_t>(to) + 1, part.begin(), part.end());
      break;
    }
    default:  // another token of the same kind
      for (int attempt = 0; attempt < 40; ++attempt) {
        const std::string& other = tokens[any()];
        if (kind_of(other) != kind_of(tokens[at]) || other == tokens[at]) continue;
        tokens[at] = other;
        break;
      }
  }
}

}  // namespace

TEST_CASE("mistyped programs", "[check]") {
  std::vector<Tokens> corpus;
  for (const char* folder : {"tests/check/language", "tests/check/golden"}) {
    for (const auto& entry : fs::directory_iterator(fs::path(elba::test::source_dir) / folder)) {
      if (entry.path().extension() != ".elba") continue;
      corpus.push_back(tokens_of(elba::test::golden_case(entry.path()).input));
    }
  }
  std::sort(corpus.begin(), corpus.end());
  REQUIRE(corpus.size() >= 20);
  std::mt19937 rng(20240101);
  int compiled = 0;
  for (int run = 0; run < 400; ++run) {
    Tokens tokens = corpus[rng() % corpus.size()];
    for (int k = static_cast<int>(rng() % 3); k >= 0 && !tokens.empty(); --k)
      mutate(tokens, rng);
    std::string text;
    for (const auto& token : tokens)
      text += token;
    const elba::Source source("m.elba", text);
    const auto result = elba::compile_frontend(source);
    INFO(text);
    INFO(elba::render_text(result.diagnostics, source));
    bool has_error = false;
    for (const auto& d : result.diagnostics) {
      has_error = has_error || d.severity() == elba::Severity::error;
      CHECK(elba::code_info(d.code).kind != elba::DiagnosticKind::bug);
      CHECK(d.file.empty());
      CHECK(d.span.end <= text.size());
      CHECK(!d.message.empty());
    }
    REQUIRE(result.ok() != has_error);
    if (!result.ok()) continue;
    ++compiled;
    const auto broken = elba::ir::verify(*result.module);
    REQUIRE((broken.empty() ? std::string() : broken.front()) == "");
  }
  CHECK(compiled >= 20);
}
