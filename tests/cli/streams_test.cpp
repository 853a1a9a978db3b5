// What is printed or written must arrive: on standard output, in a device or a pipe, and behind a link.
#include <catch2/catch.hpp>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/support/command.h"
#include "tests/support/golden.h"
#include "tests/support/paths.h"

namespace {

namespace fs = std::filesystem;
using elba::test::run_elba;
using elba::test::run_shell;
using elba::test::Scratch;

const std::string schools = std::string(elba::test::source_dir) + "/examples/eight_schools/";
const std::string model = schools + "model.elba", bound = model + " --data " + schools + "data.json";

}  // namespace

TEST_CASE("streams: standard output that takes nothing ends every command with the cause and exit code 2",
          "[cli]") {
  const Scratch scratch;
  const std::string ir = std::string(elba::test::source_dir) + "/tests/golden/commands/shortest.ir";
  const auto points = scratch.file("points.json",
                                   R"({"points": [{"unconstrained": [1, 0.5, 0, 1, 2, 3, 4, 5, 6, 7]}]})");
  const auto line = scratch.file("line.elba",
                                 "model line {\n  dim N;\n  data y: real[N];\n  latent m ~ normal(0, 1);\n  "
                                 "y ~ normal(m, 1);\n  predict p = 2 * m;\n}\n");
  const auto data = scratch.file("line.json", R"({"y": [0.1, 0.7, 0.4]})");
  const std::string saved = (scratch.path / "saved").string();
  REQUIRE(
      run_elba("fit " + line + " --data " + data + " --cache off --method meanfield --out " + saved).code ==
      0);
  const std::vector<std::string> commands{
      "fit " + line + " --data " + data + " --method meanfield",
      "fit " + line + " --data " + data + " --method meanfield --format json",
      "predict " + line + " --data " + data + " --draws " + saved,
      "sbc " + line + " --data " + data + " --method meanfield --replications 20 --draws 19",
      "simulate " + bound,
      "log-density " + bound + " --at " + points,
      "check " + model,
      "check --format json " + model,
      "explain " + model,
      "explain E0305",
      "bench --seconds 0.001 " + bound,
      "emit " + model,
      "emit --print-after all " + model,
      "doc",
      "doc --page functions",
      "fmt - < " + model,
      "opt --list",
      "opt --passes=cse " + ir,
      "--help",
      "--version"};
  for (const std::string& command : commands) {
    CAPTURE(command);
    const auto full = run_elba(command, "2>&1 >/dev/full");
    CHECK(full.code == 2);
    CHECK_THAT(full.output,
               Catch::Contains("error[E0902]: cannot write `standard output`: No space left on device"));
    const auto closed = run_elba(command, "2>&1 >&-");
    CHECK(closed.code == 2);
    CHECK_THAT(closed.output,
               Catch::Contains("error[E0902]: cannot write `standard output`: Bad file descriptor"));
  }
  CHECK(fs::is_character_file("/dev/full"));
}

TEST_CASE("streams: a fit whose table does not arrive has its files, and none of them is what was printed",
          "[cli]") {
  const Scratch scratch;
  const std::string out = (scratch.path / "saved").string();
  CHECK(run_elba("fit " + bound +
                     " --cache off --method nuts --draws 400 --warmup 200 --checkpoint-every 0 --out " + out,
                 "2>/dev/null 0<&- >&-")
            .code == 2);
  CHECK(nlohmann::json::parse(elba::test::file_text(out + "/summary.json"))["method"] == "nuts");
  CHECK(fs::exists(out + "/posterior.nc"));
  CHECK(fs::exists(out + "/fit.checkpoint"));
}

TEST_CASE("streams: a pipe or a device is written to, and a link is followed", "[cli]") {
  const Scratch scratch;
  const auto run = [&](const std::string& line) { return run_shell(line, scratch.path); };
  const auto in = [&](const std::string& name) { return scratch.path / name; };
  const std::string simulate = "elba simulate " + model + " --data " +
                               scratch.file("given.json", R"({"J": 2, "sigma": [1, 2]})") + " --out ";

  CHECK(run("mkfifo pipe; timeout 20 cat pipe > copy & " + simulate + "pipe; wait").code == 0);
  CHECK(fs::is_fifo(in("pipe")));
  CHECK_THAT(elba::test::file_text(in("copy").string()), Catch::StartsWith("{\""));

  // A link, also to a file that is not there yet, in another folder.
  CHECK(run("mkdir folder; ln -s folder/real.json link.json; " + simulate + "link.json && " + simulate +
            "link.json")
            .code == 0);
  CHECK(fs::is_symlink(in("link.json")));
  CHECK(fs::is_regular_file(in("folder/real.json")));
  CHECK(!fs::is_symlink(in("folder/real.json")));

  // A device by a link, so that a mistake here does not cost the machine its /dev/full.
  const auto full = run("ln -s /dev/full full; " + simulate + "full");
  CHECK(full.code == 2);
  CHECK_THAT(full.output, Catch::Contains("error[E0902]: cannot write `full`: No space left on device"));
  CHECK(fs::is_symlink(in("full")));
  CHECK(run("ln -s /dev/null null; elba fit " + bound + " --method map --checkpoint null").code == 4);
  CHECK(fs::is_symlink(in("null")));
  CHECK(fs::is_character_file("/dev/null"));
}
