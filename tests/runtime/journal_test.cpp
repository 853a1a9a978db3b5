// journal: averaged stochastic gradients that are killed in a process of their own and gone on with from what
// they had saved, bit for bit.
#include "runtime/inference/checkpoint_log.h"

#include <catch2/catch.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "runtime/inference/optimise/averaged_sgd.h"
#include "runtime/kernels/rng.h"
#include "tests/support/command.h"

namespace {

using namespace elba::runtime;

constexpr std::size_t size = 40;

// A quadratic whose gradients are noisy; `pause` makes the run last long enough to be killed.
Objective quadratic(int pause_microseconds) {
  return {size, [pause_microseconds](const double* x, std::uint64_t key, double& value, double* gradient) {
            value = 0;
            for (std::size_t k = 0; k < size; ++k) {
              const double curvature = 1 + static_cast<double>(k) / 4,
                           away = x[k] - static_cast<double>(k % 5);
              value -= 0.5 * curvature * away * away;
              gradient[k] = -curvature * away + normal(key, k);
            }
            if (pause_microseconds > 0)
              std::this_thread::sleep_for(std::chrono::microseconds(pause_microseconds));
            return true;
          }};
}

StochasticResult run(int pause, Journal* journal) {
  StochasticOptions options;
  options.key = 11;
  options.max_iterations = 6000;
  options.check_every = 50;
  if (journal != nullptr) options.record = {journal, "gradients"};
  return maximise_stochastic(quadratic(pause), std::vector<double>(size, 10.0), options);
}

std::string bytes_of(const Journal::Entries& entries) {
  std::vector<std::string> all;
  for (const auto& [name, bytes] : entries)
    all.push_back(name), all.push_back(bytes);
  ByteWriter writer;
  writer.put(all);
  return writer.take();
}

Journal::Entries entries_of(const std::string& bytes) {
  ByteReader reader(bytes);
  std::vector<std::string> all;
  reader.get(all);
  REQUIRE(reader.is_whole());
  Journal::Entries entries;
  for (std::size_t k = 0; k + 1 < all.size(); k += 2)
    entries[all[k]] = all[k + 1];
  return entries;
}

}  // namespace

TEST_CASE("journal: stochastic gradients go on after SIGKILL", "[runtime]") {
  const StochasticResult whole = run(0, nullptr);
  const elba::test::Scratch scratch;
  const std::string path = (scratch.path / "state").string();
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    Journal journal({}, 0, [&](const Journal::Entries& entries) {
      std::ofstream(path + ".partial", std::ios::binary) << bytes_of(entries);
      std::rename((path + ".partial").c_str(), path.c_str());
    });
    (void)run(50, &journal);
    _exit(0);
  }
  // Killed once it has saved something.
  for (int wait = 0; wait < 2000 && !std::filesystem::exists(path); ++wait)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  kill(child, SIGKILL);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
  std::ifstream in(path, std::ios::binary);
  const std::string saved(std::istreambuf_iterator<char>(in), {});
  REQUIRE(!saved.empty());

  Journal journal(entries_of(saved), 1e9, {});
  const StochasticResult resumed = run(0, &journal);
  CHECK(resumed.phi == whole.phi);
  CHECK(resumed.value == whole.value);
  CHECK(resumed.mcse == whole.mcse);
  CHECK(resumed.iterations == whole.iterations);
  CHECK(resumed.evaluations == whole.evaluations);
  CHECK(resumed.stop == whole.stop);
}

TEST_CASE("journal: bytes that are cut short are not read", "[runtime]") {
  ByteWriter writer;
  writer.put_all(std::vector<double>{1, 2, 3}, std::string("name"), 7,
                 std::vector<std::vector<double>>{{1}, {}, {2, 3}});
  const std::string bytes = writer.take();
  for (std::size_t length = 0; length <= bytes.size(); ++length) {
    const std::string part = bytes.substr(0, length);
    ByteReader reader(part);
    std::vector<double> values;
    std::string name;
    int number = 0;
    std::vector<std::vector<double>> nested;
    reader.get_all(values, name, number, nested);
    CHECK(reader.is_whole() == (length == bytes.size()));
    if (length < bytes.size()) continue;
    CHECK(values == std::vector<double>{1, 2, 3});
    CHECK(name == "name");
    CHECK(number == 7);
    CHECK(nested == std::vector<std::vector<double>>{{1}, {}, {2, 3}});
  }
}
