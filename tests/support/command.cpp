#include "tests/support/command.h"

#include <catch2/catch.hpp>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "tests/support/paths.h"

namespace elba::test {

namespace fs = std::filesystem;

Run run_command(const std::string& command) {
  std::FILE* pipe = popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  Run run{0, {}};
  std::array<char, 4096> buffer{};
  for (std::size_t got; (got = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
    run.output.append(buffer.data(), got);
  const int status = pclose(pipe);
  run.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return run;
}

Run run_elba(const std::string& arguments, const std::string& streams, const fs::path& folder) {
  const std::string place = folder.empty() ? "" : "cd '" + folder.string() + "' && ";
  return run_command(place + "'" + std::string(cli_path) + "' " + arguments + " " + streams);
}

Run run_shell(const std::string& line, const fs::path& folder) {
  const Scratch scratch;
  const std::string place = scratch.path.string();
  return run_command("cd '" + folder.string() + "' && exec 2>&1 && export XDG_CACHE_HOME='" + place +
                     "/cache' OUT='" + place + "/out' ELBA='" + std::string(cli_path) +
                     "' && mkdir \"$OUT\" && elba() { \"$ELBA\" \"$@\"; } && " + line);
}

Scratch::Scratch() {
  std::string name = (fs::temp_directory_path() / "elba-test-XXXXXX").string();
  REQUIRE(mkdtemp(name.data()) != nullptr);
  path = name;
}

Scratch::~Scratch() {
  std::error_code ignored;
  fs::remove_all(path, ignored);
}

std::string Scratch::file(const std::string& name, const std::string& text) const {
  std::ofstream(path / name, std::ios::binary) << text;
  return (path / name).string();
}

}  // namespace elba::test
