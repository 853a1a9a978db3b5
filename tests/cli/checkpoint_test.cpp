// kill -9 in the middle of a fit, and --resume: the same draws and numbers as of a fit that was left alone.
// What is refused, and what a full disk or a folder that takes no files does.
#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/support/command.h"
#include "tests/support/golden.h"
#include "tests/support/paths.h"

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using elba::test::run_elba;
using elba::test::Scratch;

const char* const text = R"(model schools {
  dim J;
  data sigma: real<lower=0>[J];
  data y: real[J];
  latent mu ~ normal(0, 5);
  latent tau ~ half_normal(5);
  latent theta[J] ~ normal(mu, tau);
  y ~ normal(theta, sigma);
  predict y_rep[J] ~ normal(theta, sigma);
}
)";
const std::string values =
    R"({"y": [28, 8, -3, 7, -1, 1, 18, 12], "sigma": [15, 10, 16, 11, 9, 11, 10, 18]})";

struct Case {
  explicit Case(const Scratch& scratch)
      : model(scratch.file("schools.elba", text)), data(scratch.file("schools.json", values)) {}
  [[nodiscard]] std::string fit(const std::string& options) const {
    return "fit '" + model + "' --data '" + data + "' --cache off " + options;
  }
  std::string model, data;
};

// Starts the fit, and kills it when its checkpoint has been written. True when it was still running then.
bool kill_in_the_middle(const std::string& arguments, const std::string& checkpoint) {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const int null = open("/dev/null", O_WRONLY);
    dup2(null, STDOUT_FILENO);
    dup2(null, STDERR_FILENO);
    // exec, so that the signal meets the fit and not a shell around it.
    const std::string line = "exec '" + std::string(elba::test::cli_path) + "' " + arguments;
    execl("/bin/sh", "sh", "-c", line.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  for (int wait = 0; wait < 6000 && !fs::exists(checkpoint) && waitpid(child, nullptr, WNOHANG) == 0; ++wait)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  kill(child, SIGKILL);
  int status = 0;
  return waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

Json without_times(const std::string& path) {
  Json summary = Json::parse(elba::test::file_text(path));
  summary.erase("seconds");
  if (summary.contains("rungs"))
    for (Json& rung : summary["rungs"])
      rung.erase("seconds");
  return summary;
}

bool is_done(int code) { return code == 0 || code == 4; }

void same_after_kill(const std::string& options) {
  INFO(options);
  const Scratch scratch;
  const Case fit(scratch);
  const std::string whole = (scratch.path / "whole").string(), killed = (scratch.path / "killed").string(),
                    checkpoint = killed + "/fit.checkpoint";
  const auto alone = run_elba(fit.fit(options + " --out '" + whole + "'"));
  INFO(alone.output);
  REQUIRE(is_done(alone.code));
  CHECK(!fs::exists(whole + "/fit.checkpoint"));

  REQUIRE(kill_in_the_middle(fit.fit(options + " --checkpoint-every 0 --out '" + killed + "'"), checkpoint));
  REQUIRE(fs::exists(checkpoint));
  REQUIRE(!fs::exists(killed + "/summary.json"));
  // Nothing but the checkpoint says with what options.
  const auto resumed = run_elba(fit.fit("--resume '" + killed + "'"));
  INFO(resumed.output);
  REQUIRE(resumed.code == alone.code);
  CHECK(without_times(killed + "/summary.json") == without_times(whole + "/summary.json"));
  for (int chain = 1; fs::exists(whole + "/chain_" + std::to_string(chain) + ".csv"); ++chain) {
    const std::string name = "/chain_" + std::to_string(chain) + ".csv";
    CHECK(elba::test::file_text(killed + name) == elba::test::file_text(whole + name));
  }
  CHECK(!fs::exists(checkpoint));
}

}  // namespace

TEST_CASE("checkpoint: nuts goes on after SIGKILL", "[cli]") {
  same_after_kill("--method nuts --seed 7 --draws 40000 --warmup 2000 --chains 2");
}

TEST_CASE("checkpoint: auto goes on after SIGKILL", "[cli]") { same_after_kill("--seed 3 --draws 20000"); }

TEST_CASE("checkpoint: another model, data or options are refused, and so is what is no checkpoint",
          "[cli]") {
  const Scratch scratch;
  const Case fit(scratch);
  const std::string folder = (scratch.path / "fit").string(), checkpoint = folder + "/fit.checkpoint";
  REQUIRE(kill_in_the_middle(
      fit.fit("--method nuts --seed 7 --draws 40000 --checkpoint-every 0 --out '" + folder + "'"),
      checkpoint));
  const std::string kept = elba::test::file_text(checkpoint);
  const auto refused = [&](const std::string& arguments, const std::string& why) {
    const auto run = run_elba(arguments);
    INFO(run.output);
    CHECK(run.code == 3);
    CHECK(run.output.find("error[E0622]") != std::string::npos);
    CHECK(run.output.find(why) != std::string::npos);
    CHECK(elba::test::file_text(checkpoint) == kept);
  };
  refused(fit.fit("--seed 8 --resume '" + folder + "'"), "`--seed` was `7`, and is `8` now");
  refused(fit.fit("--method auto --resume '" + folder + "'"), "`--method` was `nuts`, and is `auto` now");
  const std::string other_data = scratch.file(
      "other.json", R"({"y": [29, 8, -3, 7, -1, 1, 18, 12], "sigma": [15, 10, 16, 11, 9, 11, 10, 18]})");
  refused("fit '" + fit.model + "' --data '" + other_data + "' --cache off --resume '" + folder + "'",
          "the data `y` have other values");
  std::string changed = text;
  changed.replace(changed.find("half_normal(5)"), 14, "half_normal(6)");
  const std::string other_model = scratch.file("other.elba", changed);
  refused("fit '" + other_model + "' --data '" + fit.data + "' --cache off --resume '" + folder + "'",
          "the model is another one");

  const std::string cut = scratch.file("cut.elba", kept.substr(0, kept.size() / 2));
  for (const std::string& file : {cut, fit.data}) {
    const auto run = run_elba(fit.fit("--resume '" + file + "'"));
    CHECK(run.code == 3);
    CHECK(run.output.find("error[E0623]") != std::string::npos);
  }
  const auto missing = run_elba(fit.fit("--resume '" + scratch.path.string() + "'"));
  CHECK(missing.code == 2);
  CHECK(missing.output.find("error[E0901]") != std::string::npos);
}

// The thread sanitizer keeps its notes in a file, which is larger than such a limit.
#ifndef __SANITIZE_THREAD__
TEST_CASE("checkpoint: a full disk is said once, and takes nothing away", "[cli]") {
  const Scratch scratch;
  const Case fit(scratch);
  const std::string folder = (scratch.path / "fit").string();
  REQUIRE(is_done(run_elba(fit.fit("--method meanfield --out '" + folder + "'")).code));
  const std::string before = elba::test::file_text(folder + "/summary.json");
  // Files end at 4 KiB (of 512 bytes each block): neither draws nor checkpoints fit.
  const std::string line = "sh -c 'ulimit -f 8; trap \"\" XFSZ; exec \"$0\" \"$@\"' '" +
                           std::string(elba::test::cli_path) + "' " +
                           fit.fit("--method nuts --draws 4000 --checkpoint-every 0 --out '" + folder + "'") +
                           " 2>&1";
  std::FILE* pipe = popen(line.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string output;
  char buffer[4096];
  for (std::size_t got; (got = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;)
    output.append(buffer, got);
  const int status = pclose(pipe);
  INFO(output);
  CHECK(WEXITSTATUS(status) == 2);
  const std::string complaint = "cannot write `" + folder + "/fit.checkpoint`: File too large";
  const auto first = output.find(complaint);
  REQUIRE(first != std::string::npos);
  CHECK(output.find(complaint, first + 1) == std::string::npos);
  CHECK(output.find("cannot write `" + folder + "/posterior.nc`") != std::string::npos);
  for (const auto& entry : fs::directory_iterator(folder))
    CHECK(entry.path().extension() != ".partial");
  CHECK(elba::test::file_text(folder + "/chain_1.csv").find("lp__") != std::string::npos);
  CHECK(before.find("meanfield") != std::string::npos);
}
#endif

TEST_CASE("checkpoint: a folder that takes no files stops before the fit", "[cli]") {
  const Scratch scratch;
  const Case fit(scratch);
  const std::string file = scratch.file("file", "kept");
  const auto run = run_elba(fit.fit("--method meanfield --out '" + file + "'"));
  CHECK(run.code == 2);
  CHECK(run.output.find("error[E0902]") != std::string::npos);
  CHECK(elba::test::file_text(file) == "kept");
}
