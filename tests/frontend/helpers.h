// helpers: what the front-end tests share: reading test files, and a parse as one line of codes.
#pragma once

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "frontend/syntax/parse.h"
#include "support/render.h"
#include "tests/support/paths.h"

namespace elba::test {

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE(in.good());
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

// Every model file of the tests, in a stable order.
inline std::vector<std::filesystem::path> program_files() {
  std::vector<std::filesystem::path> files;
  for (const char* folder :
       {"tests/frontend/programs", "tests/reference", "tests/systems", "ir/library", "examples"}) {
    const auto root = std::filesystem::path(elba::test::source_dir) / folder;
    if (!std::filesystem::exists(root)) continue;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root))
      if (entry.path().extension() == ".elba") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// "E0102@2:8 E0101@5:3", in order of place; empty when all is well.
inline std::string codes(const std::string& text) {
  const Source source("m.elba", text);
  std::string out;
  for (const auto& d : parse(source).diagnostics) {
    const auto [line, column] = source.position(d.span.begin);
    out += (out.empty() ? "" : " ") + std::string(code_info(d.code).code) + "@" + std::to_string(line) + ":" +
           std::to_string(column);
  }
  return out;
}

// The codes of one statement inside of a model; its line is 2 and it begins in column 3.
inline std::string statement_codes(const std::string& statement) {
  return codes("model m {\n  " + statement + "\n}\n");
}

inline std::string rendered(const std::string& text) {
  const Source source("m.elba", text);
  return render_text(parse(source).diagnostics, source);
}

}  // namespace elba::test
