// elba: the command line. Options (options.h) and exit codes are those of the command-line reference
// (docs/command_line.md); the commands are in commands_*.cpp.
#include <CLI/CLI.hpp>

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <sstream>
#include <system_error>

#include "api/elba.hpp"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/options.h"

namespace {

using namespace elba::cli;

// An option that the command does not have; exit_done where something else on the line is too much.
int report_unknown_option(const CLI::App& app) {
  const auto commands = app.get_subcommands();
  const CLI::App& command = commands.empty() ? app : *commands.back();
  std::vector<std::string> known;
  for (const CLI::Option* option : command.get_options())
    for (const std::string& name : option->get_lnames())
      known.push_back("--" + name);
  for (const std::string& word : app.remaining(true)) {
    if (!word.starts_with("--") || word.size() < 3) continue;
    const std::string name = word.substr(0, word.find('=')),
                      shown = commands.empty() ? "elba" : "elba " + command.get_name();
    const std::string near = elba::nearest_name(name, known);
    (void)report(
        {elba::make_diagnostic(elba::Code::usage_error, {}, {"`" + shown + "` has no option `" + name + "`"})
             .suggest(near.empty() ? "`" + shown + " --help` lists them" : "did you mean `" + near + "`?")},
        shown, "", "text");
    return exit_usage;
  }
  return exit_done;
}

// A first word that is no command.
int report_unknown_command(const CLI::App& app, const std::string& word) {
  std::vector<std::string> known;
  std::string list;
  for (const CLI::App* command :
       app.get_subcommands([](const CLI::App* one) { return !one->get_group().empty(); })) {
    known.push_back(command->get_name());
    list += (list.empty() ? "`" : ", `") + known.back() + "`";
  }
  const std::string near = elba::nearest_name(word, known);
  (void)report(
      {elba::make_diagnostic(elba::Code::usage_error, {}, {"there is no command `" + word + "`"})
           .suggest(near.empty() ? "the commands are " + list : "did you mean `elba " + near + "`?")},
      "elba", "", "text");
  return exit_usage;
}

// Help, the version, or what is wrong with the line. Not through std::cout, whose failures leave no cause.
int print_end(const CLI::App& app, const CLI::ParseError& error) {
  std::ostringstream out, problem;
  const int status = app.exit(error, out, problem);
  fmt::print("{}", out.str());
  fmt::print(stderr, "{}", problem.str());
  return status == 0 ? exit_done : exit_usage;
}

// A stream that the caller has closed (`>&-`) would be the number of the next file that is opened, and what
// is printed would go there.
void occupy_closed_streams() {
  // Standard output is made readable only, so that writing to it fails as on a closed one.
  for (const int stream : {0, 1, 2})
    if (fcntl(stream, F_GETFD) == -1 && errno == EBADF)
      (void)open("/dev/null", stream == 2 ? O_WRONLY : O_RDONLY);
}

// `code`, unless something that was printed has not arrived; `cause` of a failure that is known already.
int code_after_printing(int code, int cause) {
  errno = 0;
  if (std::fflush(stdout) != 0 && cause == 0) cause = errno;
  if (std::ferror(stdout) == 0 && cause == 0) return code;
  (void)report(
      {elba::make_diagnostic(
          elba::Code::file_not_writable, {},
          {"standard output", cause != 0 ? std::strerror(cause) : "not all that was printed has arrived"})},
      "elba", {}, "text");
  return code == exit_defect ? code : exit_usage;
}

int run(int argc, char** argv) {
  CLI::App app{"Elba: from a model file to a posterior, compiled in milliseconds", "elba"};
  app.require_subcommand(1);
  app.set_version_flag("--version", std::string("elba " ELBA_VERSION));
  CommandLine line;
  add_commands(app, line);
  if (argc < 2) {
    fmt::print(stderr, "{}", app.help());
    return exit_usage;
  }
  const std::string word = argv[1];
  if (!word.starts_with('-') &&
      app.get_subcommands([&](const CLI::App* one) { return one->get_name() == word; }).empty())
    return report_unknown_command(app, word);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ExtrasError& error) {
    if (const int status = report_unknown_option(app); status != exit_done) return status;
    return print_end(app, error);
  } catch (const CLI::ParseError& error) {
    return print_end(app, error);
  }
  return line.code;
}

}  // namespace

int main(int argc, char** argv) {
  occupy_closed_streams();
  int code = exit_usage, cause = 0;
  try {
    code = run(argc, argv);
  } catch (const std::system_error& error) {  // of printing: nothing else throws
    cause = error.code().value();
  }
  return code_after_printing(code, cause);
}
