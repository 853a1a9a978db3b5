// shortage: memory gives out at the n-th allocation of a public call, for n = 1, 1 + step, ..: `--step 1` for
// all of them. Each time the call must answer, with what it answers otherwise or with an error, and the same
// call must give the right answer once there is memory again. A crash, a lock that is never opened and an
// answer that is wrong fail.
//
//     elba_shortage [--step K] [--for-good] [--llvm] [--only NAME]
//
// LLVM's own allocations are spared unless `--llvm` is given: it is built without exceptions, so that what it
// was working on is left where it is (llvm_guard.h).
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "api/elba.hpp"
#include "api/inference_data.h"
#include "api/report.h"
#include "api/simulation.h"
#include "tests/shortage/failing_memory.h"

namespace {

using elba::Result;

constexpr const char* line =
    "model line { dim N; data x: real[N]; data y: real[N]; latent a ~ normal(0, 5); latent b ~ normal(0, 5); "
    "latent s ~ half_normal(2); y ~ normal(a + b * x, s); predict y_new[N] ~ normal(a + b * x, s); }";
constexpr const char* schools =
    "model schools { dim J; data y: real[J]; data sigma: real<lower=0>[J]; latent mu ~ normal(0, 5); latent "
    "tau ~ half_cauchy(5); latent theta[J] ~ normal(mu, tau); y ~ normal(theta, sigma); }";
constexpr const char* process =
    "model process { dim N; data x: real[N]; data y: real[N]; latent r ~ lognormal(0, 1); latent z[N] ~ "
    "normal(0, 1); let K = [exp(-0.5 * ((x[i] - x[j]) / r)^2) + (i == j ? 0.1 : 0) for i in 1:N, j in 1:N]; "
    "let f = chol(K) @ z; y ~ normal(f, 0.5); }";

// What came of a call, so that two of them can be compared; nothing where it failed for want of memory.
using Answer = std::string;

std::string current;  // for the alarm
std::size_t current_n = 0;
bool has_problem = false;

void report(const std::string& what) {
  std::printf("%s, n = %zu: %s\n", current.c_str(), current_n, what.c_str());
  std::fflush(stdout);
  has_problem = true;
}

void on_alarm(int) {
  constexpr char words[] = "a call does not come back\n";
  (void)!write(1, words, sizeof words - 1);
  (void)!write(1, current.c_str(), current.size());
  _exit(1);
}

// An error is of memory, or of something that there was no memory for: never a defect.
template <class T>
bool failed(const Result<T>& result) {
  if (result) return false;
  if (result.diagnostics().empty())
    report("an error without words");
  else if (elba::code_info(result.diagnostics()[0].code).kind == elba::DiagnosticKind::bug)
    report("a defect: " + result.diagnostics()[0].message);
  return true;
}

template <class Number>
void add(Answer& answer, const std::vector<Number>& values) {
  answer.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Number));
}

elba::Data line_data() {
  elba::Data data;
  (void)data.set("x", {6}, {0, 1, 2, 3, 4, 5});
  (void)data.set("y", {6}, {1, 3.1, 4.9, 7.2, 8.8, 11.1});
  return data;
}

Answer compile(const char* text) {
  auto program = elba::Program::compile(text);
  if (failed(program)) return {};
  auto shown = program->emit(elba::Stage::loop);
  if (failed(shown)) return {};
  return *shown;
}

Answer read_data() {
  auto json = elba::Data::from_json(R"({"x": [1, 2, 3], "y": [[1.5, 2], [3, 4]], "n": 3})");
  if (failed(json)) return {};
  auto csv = elba::Data::from_csv("x,y\n1,2\n3,4.5\n");
  if (failed(csv)) return {};
  elba::Data copy = *json;
  if (failed(copy.set("x", {2}, {1, 2})) || failed(copy.set("z", {}, {7}))) return {};
  return "read";
}

Answer bind_and_call(const elba::Program& program) {
  auto bound = program.bind(line_data());
  if (failed(bound)) return {};
  auto workspace = bound->workspace();
  if (failed(workspace)) return {};
  const std::size_t n = bound->dimension();
  std::vector<double> u(n, 0.3), gradient(n), product(n), values, likelihood;
  double value = 0;
  if (failed(bound->log_density(**workspace, u, true, value, gradient)) ||
      failed(bound->hessian_product(**workspace, u, u, product)) ||
      failed(bound->constrain(**workspace, u, values)) ||
      failed(bound->log_likelihood(**workspace, u, likelihood)))
    return {};
  auto back = bound->unconstrain(**workspace, {{"a", {0.3}}, {"b", {0.3}}, {"s", {1.2}}});
  if (failed(back)) return {};
  auto again = bound->rebind(line_data());
  if (failed(again)) return {};
  Answer answer;
  add(answer, std::vector<double>{value});
  for (const auto* all : {&gradient, &product, &values, &likelihood, &*back})
    add(answer, *all);
  return answer;
}

// Large enough for the blocked kernels, which take memory in the middle of compiled code.
Answer factor(const elba::Bound& bound) {
  auto workspace = bound.workspace();
  if (failed(workspace)) return {};
  std::vector<double> u(bound.dimension(), 0.2), gradient(u.size());
  double value = 0;
  if (failed(bound.log_density(**workspace, u, true, value, gradient))) return {};
  Answer answer;
  add(answer, gradient);
  return answer;
}

Answer fit(const elba::Bound& bound, const std::string& method) {
  elba::FitOptions options{.method = method, .draws = 60, .chains = 2, .warmup = 40};
  options.progress = [](const elba::Progress&) {};
  auto posterior = bound.fit(options);
  if (failed(posterior)) return {};
  Answer answer = posterior->method;
  add(answer, posterior->draws);
  for (const auto& quantity : posterior->quantities)
    add(answer, std::vector<double>{quantity.mean, quantity.sd});
  return answer;
}

Answer write_out(const elba::Bound& bound, const elba::Posterior& posterior) {
  auto data = elba::inference_data(bound, posterior, {.prior_draws = 20});
  if (failed(data)) return {};
  std::vector<std::string> texts(elba::chain_texts(posterior));
  for (std::size_t k = 0; k < texts.size(); ++k)
    if (!elba::write_chain_csv(posterior, *data, {}, k, [&](std::string_view piece) {
          texts[k] += piece;
          return true;
        }))
      return {};
  const auto page = elba::html_report(posterior, *data, {});
  if (texts.empty() || page.empty()) return {};
  auto saved = elba::read_chains(texts, "fit");
  if (failed(saved)) return {};
  auto predicted = elba::predict(bound, *saved, 1, 10);
  if (failed(predicted)) return {};
  return texts[0] + page;
}

Answer simulate(const elba::Program& program) {
  auto simulator = elba::Simulator::make(program, line_data());
  if (failed(simulator)) return {};
  auto drawn = simulator->draw(3);
  if (failed(drawn)) return {};
  Answer answer;
  for (const auto& array : drawn->truth)
    add(answer, array.values);
  return answer;
}

constexpr long most_kept = 64;  // what grows once: tables, buffers of threads that are gone

// The text of the library.
Answer words() {
  auto formatted = elba::format_source(line);
  if (failed(formatted)) return {};
  const std::string described = elba::describe_name("normal"), all = elba::library_names();
  return described.empty() || all.empty() ? Answer() : *formatted + described + all;
}

struct Options {
  std::size_t step = 0;
  bool for_good = false, spares_llvm = true;
  std::string only;
};

void try_all(const Options& options, const std::string& name, std::size_t tries,
             const std::function<Answer()>& call) {
  if (!options.only.empty() && name.find(options.only) == std::string::npos) return;
  current = name;
  current_n = 0;
  const Answer right = call();  // whatever is made once is made now
  if (right.empty()) return report("it fails with all the memory there is");
  elba::shortage::arm(0, false, options.spares_llvm);
  (void)call();
  const std::size_t count = elba::shortage::disarm(),
                    step = options.step != 0 ? options.step : std::max<std::size_t>(1, count / tries);
  std::size_t errors = 0, tried = 0;
  const long before = elba::shortage::live_blocks();
  for (std::size_t n = 1; n <= count; n += step) {
    current_n = n;
    alarm(60);
    elba::shortage::arm(n, options.for_good, options.spares_llvm);
    Answer found = call();
    elba::shortage::disarm();
    ++tried;
    errors += found.empty();
    if (!found.empty() && found != right) report("another answer");
    if (found.empty() && !elba::shortage::has_failed()) report("an error though there was memory");
    if (tried % 16 == 0 && call() != right) report("the answer afterwards is another");
  }
  alarm(60);
  current_n = count;
  if (call() != right) report("the answer at the end is another");
  alarm(0);
  const long kept = elba::shortage::live_blocks() - before;
  if (options.spares_llvm && kept > most_kept)
    report(std::to_string(kept) + " blocks of memory were not given back");
  std::printf("%-28s %7zu allocations, %6zu tried, %6zu ended in an error, %ld blocks kept\n", name.c_str(),
              count, tried, errors, kept);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  for (int k = 1; k < argc; ++k) {
    if (std::strcmp(argv[k], "--for-good") == 0) options.for_good = true;
    if (std::strcmp(argv[k], "--llvm") == 0) options.spares_llvm = false;
    if (std::strcmp(argv[k], "--step") == 0 && k + 1 < argc)
      options.step = static_cast<std::size_t>(std::atoll(argv[++k]));
    if (std::strcmp(argv[k], "--only") == 0 && k + 1 < argc) options.only = argv[++k];
  }
  std::signal(SIGALRM, on_alarm);
  try_all(options, "read data", 1000, read_data);
  try_all(options, "compile line", 100, [] { return compile(line); });
  try_all(options, "compile schools", 60, [] { return compile(schools); });
  try_all(options, "compile process", 60, [] { return compile(process); });
  try_all(options, "words", 8, words);
  const auto program = elba::Program::compile(line);
  const auto bound = program->bind(line_data());
  auto other = elba::Program::compile(schools);
  elba::Data data;
  (void)data.set("y", {8}, {28, 8, -3, 7, -1, 1, 18, 12});
  (void)data.set("sigma", {8}, {15, 10, 16, 11, 9, 11, 10, 18});
  const auto hierarchy = other->bind(data);
  if (!bound || !hierarchy) return 1;
  try_all(options, "bind and call", 60, [&] { return bind_and_call(*program); });
  const auto field = elba::Program::compile(process);
  std::vector<double> x, y;
  for (int k = 0; k < 200; ++k)
    x.push_back(0.1 * k), y.push_back(k % 3);
  elba::Data curve;
  (void)curve.set("x", {200}, x);
  (void)curve.set("y", {200}, y);
  if (!field) return 1;
  const auto curved = field->bind(curve);
  if (!curved) return 1;
  (void)curved->workspace();  // compiled once, so that what is left are the calls
  try_all(options, "factor", 1000, [&] { return factor(*curved); });
  try_all(options, "simulate", 30, [&] { return simulate(*program); });
  for (const char* method : {"map", "laplace", "pathfinder", "meanfield", "fullrank", "lowrank(1)",
                             "linear_response", "mixture", "nuts", "auto"}) {
    try_all(options, std::string("fit line by ") + method, 25, [&] { return fit(*bound, method); });
    try_all(options, std::string("fit schools by ") + method, 15, [&] { return fit(*hierarchy, method); });
  }
  auto posterior = bound->fit({.method = "nuts", .draws = 60, .chains = 2, .warmup = 40});
  if (posterior) try_all(options, "write", 60, [&] { return write_out(*bound, *posterior); });
  return has_problem ? 1 : 0;
}
