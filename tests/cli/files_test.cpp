// Files that the command reads and writes: kinds, limits, links, modes, and two processes at once.
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fcntl.h>
#include <fstream>

#include "support/files.h"
#include "tests/support/command.h"
#include "tests/support/golden.h"
#include "tests/support/paths.h"

namespace {

namespace fs = std::filesystem;
using elba::test::file_text;
using elba::test::run_elba;
using elba::test::run_shell;
using elba::test::Scratch;

const std::string ugly = "model m{latent a~normal(0,1);}\n",
                  fine = "model m {\n  latent a ~ normal(0, 1);\n}\n";

std::size_t files_in(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

mode_t mode_of(const std::string& path) {
  struct stat status{};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

}  // namespace

TEST_CASE("files: fmt keeps mode and hard links, and rewrites no link", "[cli]") {
  const Scratch scratch;
  const std::string lone = scratch.file("lone.elba", ugly), twice = scratch.file("twice.elba", ugly),
                    secret = scratch.file("secret.elba", ugly);
  fs::create_hard_link(twice, scratch.path / "other.elba");
  REQUIRE(::chmod(lone.c_str(), 0640) == 0);
  REQUIRE(::chmod(twice.c_str(), 0600) == 0);
  fs::create_symlink(secret, scratch.path / "link.elba");
  // Names that a temporary file might have had, as links to what must not be written to.
  for (const char* planted : {"lone.elba.partial", "lone.elba.tmp"})
    fs::create_symlink(secret, scratch.path / planted);
  const std::size_t count = files_in(scratch.path);

  CHECK(run_elba("fmt lone.elba twice.elba", "2>&1", scratch.path).code == 0);
  CHECK(file_text(lone) == fine);
  CHECK(mode_of(lone) == 0640);
  CHECK(file_text(twice) == fine);
  CHECK(file_text((scratch.path / "other.elba").string()) == fine);
  CHECK(fs::hard_link_count(twice) == 2);
  CHECK(mode_of(twice) == 0600);
  const auto link = run_elba("fmt link.elba", "2>&1", scratch.path);
  CHECK(link.code == 2);
  CHECK_THAT(
      link.output,
      Catch::Contains("error[E0901]: cannot read `link.elba`: it is a link; name the file that it leads to"));
  CHECK(file_text(secret) == ugly);
  CHECK(files_in(scratch.path) == count);
  CHECK_THAT(run_elba("fmt .", "2>&1", scratch.path).output, Catch::Contains("it is a folder"));
}

TEST_CASE("files: one that takes the place of another while it is read is not overwritten", "[cli]") {
  const Scratch scratch;
  const std::string path = scratch.file("m.elba", ugly);
  elba::EditedFile edited(path, 1000);
  REQUIRE(edited.read().problem.empty());
  fs::rename(scratch.file("new.elba", "new"), path);
  CHECK_THAT(edited.write(fine), Catch::Contains("another file has taken its place"));
  CHECK(file_text(path) == "new");
  fs::remove(path);
  fs::create_symlink(scratch.file("target.elba", "target"), path);
  CHECK(!edited.write(fine).empty());
  CHECK(file_text((scratch.path / "target.elba").string()) == "target");
}

TEST_CASE("files: what replaces a file has its mode, and a new one that of the umask", "[cli]") {
  const Scratch scratch;
  const std::string old = scratch.file("old", "1"), made = (scratch.path / "made").string();
  REQUIRE(::chmod(old.c_str(), 0604) == 0);
  CHECK(elba::replace_file(old, "2").empty());
  CHECK(mode_of(old) == 0604);
  const mode_t before = ::umask(027);
  CHECK(elba::replace_file(made, "2").empty());
  ::umask(before);
  CHECK(mode_of(made) == 0640);
  // A link of the name is replaced, and what it leads to stays.
  const std::string link = (scratch.path / "link").string();
  fs::create_symlink(old, link);
  CHECK(elba::replace_file(link, "3").empty());
  CHECK(!fs::is_symlink(link));
  CHECK(file_text(old) == "2");
  CHECK(files_in(scratch.path) == 3);
  CHECK(!elba::replace_file((scratch.path / "nowhere/file").string(), "x").empty());
}

TEST_CASE("files: what is read is a file or a pipe, of a size that is known to end", "[cli]") {
  const Scratch scratch;
  const auto run = [&](const std::string& line) { return run_shell(line, scratch.path); };
  scratch.file("m.elba", fine);
  CHECK(run("cat m.elba | elba check -").code == 0);
  CHECK(run("mkfifo pipe; cat m.elba > pipe & elba check pipe; code=$?; wait; exit $code").code == 0);
  const auto device = run("elba check /dev/zero");
  CHECK(device.code == 2);
  CHECK_THAT(device.output, Catch::Contains("cannot read `/dev/zero`: it is a device; give a file"));
  CHECK_THAT(run("elba check m.elba --data /dev/zero").output, Catch::Contains("it is a device"));
  CHECK_THAT(run("elba check .").output, Catch::Contains("is a folder"));
  CHECK_THAT(run("yes | elba check -").output, Catch::Contains("it holds more than 16 MiB, the limit"));
  CHECK_THAT(run("truncate -s 20M large.elba; elba check large.elba").output,
             Catch::Contains("it holds 20 MiB, and the limit is 16 MiB"));
  CHECK_THAT(run("truncate -s 5G large.json; elba check m.elba --data large.json").output,
             Catch::Contains("the limit is 1024 MiB"));
}

TEST_CASE("files: an import is a regular file below the folder, and no link leads to it", "[cli]") {
  const Scratch scratch;
  fs::create_directories(scratch.path / "models/sub");
  const auto in = [&](const std::string& name) { return scratch.path / "models" / name; };
  scratch.file("secret.elba", "fun f(x: real): real = x;\n");
  std::ofstream(in("sub/lib.elba")) << "fun f(x: real): real = x;\n";
  fs::create_symlink("../secret.elba", in("link.elba"));
  fs::create_symlink("/proc/self/environ", in("environ.elba"));
  fs::create_symlink("/dev/zero", in("zero.elba"));
  fs::create_directory_symlink("..", in("up"));
  REQUIRE(::mkfifo(in("fifo.elba").c_str(), 0600) == 0);
  fs::create_directories(in("folder.elba"));
  { std::ofstream(in("large.elba")); }
  fs::resize_file(in("large.elba"), std::uintmax_t{1} << 33);
  const auto importing = [&](const std::string& path) {
    std::ofstream(in("m.elba"))
        << "import \"" + path +
               "\";\nmodel m {\n  data y: real;\n  latent a ~ normal(0, 1);\n  y ~ normal(f(a), 1);\n}\n";
    return run_elba("check models/m.elba", "2>&1", scratch.path);
  };
  CHECK(importing("sub/lib.elba").code == 0);
  CHECK(importing("./sub/../sub/lib.elba").code == 0);
  for (const auto& [path, reason] : {std::pair("link.elba", "there is a link on the way to it"),
                                     {"environ.elba", "there is a link on the way to it"},
                                     {"zero.elba", "there is a link on the way to it"},
                                     {"up/secret.elba", "there is a link on the way to it"},
                                     {"fifo.elba", "it is a pipe; give a file"},
                                     {"folder.elba", "it is a folder; give a file"},
                                     {"large.elba", "it holds 8192 MiB, and the limit is 16 MiB"},
                                     {"none.elba", "No such file or directory"},
                                     {"../secret.elba", "outside of the folder"}}) {
    INFO(path);
    const auto run = importing(path);
    CHECK(run.code == 1);
    CHECK_THAT(run.output, Catch::Contains(reason));
  }
}

TEST_CASE("files: two fits do not write into one folder", "[cli]") {
  const Scratch scratch;
  scratch.file("m.elba", "model m {\n  data y: real;\n  latent a ~ normal(0, 1);\n  y ~ normal(a, 1);\n}\n");
  scratch.file("d.json", R"({"y": 1})");
  const std::string fit = "fit m.elba --data d.json --method laplace --cache off --out saved";
  fs::create_directories(scratch.path / "saved");
  const int other = ::open((scratch.path / "saved").c_str(), O_RDONLY | O_DIRECTORY);
  REQUIRE(::flock(other, LOCK_EX) == 0);
  const auto refused = run_elba(fit, "2>&1", scratch.path);
  CHECK(refused.code == 2);
  CHECK_THAT(refused.output, Catch::Contains("error[E0907]: another fit writes into `saved`"));
  CHECK(files_in(scratch.path / "saved") == 0);
  ::close(other);  // as the end of a process does, however it ends
  CHECK(run_elba(fit, "2>&1", scratch.path).code == 0);
  CHECK(fs::exists(scratch.path / "saved/posterior.nc"));
}
