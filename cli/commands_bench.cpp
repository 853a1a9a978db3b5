// bench: compile time per phase, and the time of a log density, a gradient and an ELBO step. The measurement
// runs in fresh child processes, once with an empty object cache (cold) and once with the cache that the
// first one filled (warm).
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <new>
#include <nlohmann/json.hpp>
#include <random>

#include "cli/allocation_count.h"
#include "cli/commands.h"
#include "cli/files.h"

namespace elba::cli {

namespace {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

double milliseconds(Clock::duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

// Microseconds per call: the fastest of several batches, since a shared machine only ever adds time.
template <class Call>
double microseconds_per_call(double seconds, Call&& call) {
  double best = 1e300;
  const auto end = Clock::now() + std::chrono::duration<double>(seconds);
  long batch = 1;
  while (Clock::now() < end) {
    const auto start = Clock::now();
    for (long k = 0; k < batch; ++k)
      call();
    const double elapsed = milliseconds(Clock::now() - start);
    best = std::min(best, 1e3 * elapsed / static_cast<double>(batch));
    if (elapsed < 2.0) batch *= 2;
  }
  return best;
}

Json phases_json(const PhaseTimes& times) {
  return {{"parse", times.parse},
          {"check", times.check},
          {"passes", times.passes},
          {"llvm", times.llvm},
          {"link", times.link}};
}

// What a child process printed on standard output; nothing when it failed.
std::optional<Json> run_child(const CommonOptions& options, const std::string& cache, double seconds) {
  int pipe_ends[2];
  if (pipe(pipe_ends) != 0) return std::nullopt;
  const std::string seconds_text = fmt::format("{}", seconds);
  const pid_t child = fork();
  if (child == 0) {
    dup2(pipe_ends[1], STDOUT_FILENO);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
    std::vector<std::string> words{"elba", "bench-child", options.model_file, "--cache",
                                   cache,  "--seconds",   seconds_text};
    if (!options.data_file.empty()) words.insert(words.end(), {"--data", options.data_file});
    if (!options.model_name.empty()) words.insert(words.end(), {"--model", options.model_name});
    words.insert(words.end(), {"--max-work", fmt::format("{}", options.max_work)});
    std::vector<char*> argv;
    for (std::string& word : words)
      argv.push_back(word.data());
    argv.push_back(nullptr);
    execv("/proc/self/exe", argv.data());
    _exit(exit_defect);
  }
  close(pipe_ends[1]);
  std::string text;
  char buffer[4096];
  for (ssize_t got; (got = read(pipe_ends[0], buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(got));
  close(pipe_ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (child < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0) return std::nullopt;
  Json parsed = Json::parse(text, nullptr, false);
  if (parsed.is_discarded()) return std::nullopt;
  return parsed;
}

// Steady state: times of a call, allocations, and what a gradient reads.
void measure_calls(Bound& bound, Workspace& workspace, double seconds, std::span<const double> u, Json& out) {
  std::vector<double> gradient(u.size());
  double value = 0;
  out["gradient_us"] = microseconds_per_call(
      seconds, [&] { (void)bound.log_density(workspace, u, true, value, gradient); });
  out["log_density_us"] = microseconds_per_call(
      seconds, [&] { (void)bound.log_density(workspace, u, true, value, {}); });
  const auto phi = bound.initial_phi("meanfield");
  if (phi) {
    std::vector<double> step_gradient(phi->size());
    std::uint64_t key = 1;
    double elbo = 0;
    const auto step = [&] {
      (void)bound.elbo_step(workspace, "meanfield", *phi, key++, elbo, step_gradient);
    };
    step();  // the first one compiles
    out["step_us"] = microseconds_per_call(seconds, step);
    const long before = allocation_count();
    for (int k = 0; k < 100; ++k)
      step();
    for (int k = 0; k < 100; ++k)
      (void)bound.log_density(workspace, u, true, value, gradient);
    out["allocations_per_step"] = static_cast<double>(allocation_count() - before) / 200.0;
  }
  out["particles"] = 1;
  if (const auto traffic = bound.data_traffic()) {
    out["passes_over_data"] = traffic->passes;
    out["bytes_per_gradient"] = traffic->bytes;
  }
}

// Cold and warm starts and the steady state, each from a process of its own. Each start is measured three
// times and sorted by its total, so that the middle one can be taken; every cold start has an empty cache.
struct Measured {
  std::vector<Json> cold, warm;
  std::optional<Json> steady;

  [[nodiscard]] bool is_complete() const {
    return cold.size() == 3 && warm.size() == 3 && steady.has_value();
  }
};

Measured measure(const CommonOptions& options, const std::string& cache, double seconds) {
  Measured out;
  std::error_code ignored;
  for (int k = 0; k < 3; ++k) {
    std::filesystem::remove_all(cache, ignored);
    std::filesystem::create_directories(cache, ignored);
    if (auto child = run_child(options, cache, 0)) out.cold.push_back(std::move(*child));
    if (auto child = run_child(options, cache, 0)) out.warm.push_back(std::move(*child));
  }
  out.steady = run_child(options, cache, seconds);
  std::filesystem::remove_all(cache, ignored);
  const auto by_total = [](const Json& a, const Json& b) { return a["total_ms"] < b["total_ms"]; };
  std::sort(out.cold.begin(), out.cold.end(), by_total);
  std::sort(out.warm.begin(), out.warm.end(), by_total);
  return out;
}

void print_bench(const Json& cold, const Json& warm, const Json& steady) {
  fmt::print("source text to first gradient, in a new process (middle of three)\n");
  fmt::print("{:<24} {:>9} {:>9}\n", "", "cold ms", "warm ms");
  const auto line = [](const char* name, const Json& one, const Json& other) {
    fmt::print("  {:<22} {:>9.2f} {:>9.2f}\n", name, one.get<double>(), other.get<double>());
  };
  for (const char* phase : {"parse", "check", "passes", "llvm", "link"})
    line(phase, cold["phases_ms"][phase], warm["phases_ms"][phase]);
  line("data", cold["data_ms"], warm["data_ms"]);
  line("total", cold["total_ms"], warm["total_ms"]);
  fmt::print("log density {:.3f} us, with gradient {:.3f} us, ELBO step {:.3f} us\n",
             steady["log_density_us"].get<double>(), steady["gradient_us"].get<double>(),
             steady.value("step_us", 0.0));
  fmt::print("passes over the data per gradient {}, bytes read {:.0f}, allocations per step {:.2f}\n",
             steady["passes_over_data"].get<int>(), steady["bytes_per_gradient"].get<double>(),
             steady.value("allocations_per_step", 0.0));
}

}  // namespace

// Prints one JSON object: from source text in memory to the first gradient, then steady-state times when
// `seconds` > 0.
int bench_child(const CommonOptions& options, double seconds) {
  const auto text = read_file(options.model_file);
  std::optional<std::string> data_text = options.data_file.empty() ? std::string("{}")
                                                                   : read_file(options.data_file);
  if (!text || !data_text) return exit_usage;

  const auto start = Clock::now();
  const std::jthread warming = warm_up();
  auto program = Program::compile(*text, {.name = options.model_file, .model = options.model_name});
  if (!program) return report(program.diagnostics(), options.model_file, *text, "text");
  const auto data_start = Clock::now();
  auto data = load_data(options.data_file, *data_text);
  const double data_ms = milliseconds(Clock::now() - data_start);
  if (!data) return report(data.diagnostics(), options.data_file, *data_text, "text");
  auto bound = program->bind(*data, jit_options(options));
  if (!bound) return report(bound.diagnostics(), options.model_file, *text, "text");
  auto workspace = bound->workspace();
  if (!workspace) return report(workspace.diagnostics(), options.model_file, *text, "text");
  const std::size_t dimension = bound->dimension();
  std::vector<double> u(dimension, 0.1), gradient(dimension);
  double value = 0;
  if (const auto status = bound->log_density(**workspace, u, true, value, gradient); !status)
    return report(status.diagnostics(), options.model_file, *text, "text");
  const double total_ms = milliseconds(Clock::now() - start);

  Json out;
  out["total_ms"] = total_ms;
  out["data_ms"] = data_ms;
  out["phases_ms"] = phases_json(bound->times());
  out["object_cached"] = bound->times().object_cached;
  if (seconds > 0) measure_calls(*bound, **workspace, seconds, u, out);
  fmt::print("{}\n", out.dump());
  return exit_done;
}

int bench(const CommonOptions& options, double seconds) {
  if (options.model_file == "-") {
    fmt::print(stderr, "elba: bench needs a model file, not standard input\n");
    return exit_usage;
  }
  // Errors in model or data are reported once, by this process.
  int code = exit_done;
  const auto loaded = load_bound(options, code);
  if (!loaded) return code;
  if (const auto status = loaded->bound.check_work(); !status)
    return report(loaded->model, status.diagnostics(), options.format);

  std::string cache = (std::filesystem::temp_directory_path() / "elba-bench-XXXXXX").string();
  if (mkdtemp(cache.data()) == nullptr) {
    fmt::print(stderr, "elba: cannot make a temporary folder for the object cache\n");
    return exit_usage;
  }
  const Measured measured = measure(options, cache, seconds);
  if (!measured.is_complete()) {
    fmt::print(stderr, "elba: a measuring process failed\n");
    return exit_defect;
  }
  const Json &cold = measured.cold[1], &warm = measured.warm[1], &steady = *measured.steady;
  if (options.format != "json") {
    print_bench(cold, warm, steady);
    return exit_done;
  }
  Json out;
  out["cold_ms"] = cold["total_ms"];
  out["warm_ms"] = warm["total_ms"];
  out["phases_ms"] = cold["phases_ms"];
  out["warm_phases_ms"] = warm["phases_ms"];
  out["data_ms"] = cold["data_ms"];
  for (const char* key : {"gradient_us", "log_density_us", "step_us", "particles", "passes_over_data",
                          "bytes_per_gradient", "allocations_per_step"})
    if (steady.contains(key)) out[key] = steady[key];
  out["diagnostics"] = warnings_json(loaded->model);
  fmt::print("{}\n", out.dump());
  return exit_done;
}

}  // namespace elba::cli
