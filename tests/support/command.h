// command: the command line as a user runs it, and a folder to run it in.
#pragma once

#include <filesystem>
#include <string>

namespace elba::test {

struct Run {
  int code;            // the exit code; 128 + n where signal n ended it
  std::string output;  // of the streams that `streams` leaves
};

// A command line of the shell as it is: output and exit code (128 + signal when it was killed).
[[nodiscard]] Run run_command(const std::string& command);

// `elba <arguments>`, in a folder where one is given. `streams` is the shell's: "2>&1" joins both,
// "2>/dev/null" drops the errors.
[[nodiscard]] Run run_elba(const std::string& arguments, const std::string& streams = "2>&1",
                           const std::filesystem::path& folder = {});

// A line of the shell in a folder, both streams joined, in which `elba` is the command line and `$OUT` an
// empty folder that is removed at the end. Objects of an earlier run are not read.
[[nodiscard]] Run run_shell(const std::string& line, const std::filesystem::path& folder);

// A folder of its own for each test, removed at the end.
struct Scratch {
  Scratch();
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  std::string file(const std::string& name, const std::string& text) const;  // its path
  std::filesystem::path path;
};

}  // namespace elba::test
