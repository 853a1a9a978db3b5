// gradients: wells, radon and GP regression of 133 and 500 points, compiled by Elba and written by hand, in
// one run. The two must agree before either is timed.
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>

#include "api/elba.hpp"
#include "bench/hand_written.h"

namespace {

using elba::bench::GaussianProcess;
using elba::bench::Radon;
using elba::bench::Wells;

std::string read(const std::string& path) {
  std::ifstream in(std::string(ELBA_SOURCE_DIR "/examples/") + path);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct Compiled {
  elba::Bound bound;
  std::unique_ptr<elba::Workspace> workspace;
};

GaussianProcess hand_gp(std::size_t n) {
  GaussianProcess gp;
  for (std::size_t k = 0; k < n; ++k) {
    const double t = 0.43 * static_cast<double>(k) + 0.1 * std::sin(7.0 * static_cast<double>(k));
    gp.t.push_back(t);
    gp.y.push_back(40 * std::sin(t / 5) + 20 * std::sin(91.7 * static_cast<double>(k)));
  }
  return gp;
}

constexpr const char* gp_model = R"(model gp {
  dim N;
  data t: real[N];
  data y: real[N];
  latent sf ~ half_normal(50);
  latent l ~ inv_gamma(5, 25);
  latent sn ~ half_normal(30);
  y ~ mvn(rep(0.0, N), [sf^2 * exp(-0.5 * ((t[i] - t[j]) / l)^2) + (i == j ? sn^2 : 0) for i in 1:N, j in 1:N]);
})";

// An example by its name, or "gp133".
Compiled compile(const std::string& example) {
  const bool is_gp = example.starts_with("gp");
  auto program = elba::Program::compile(is_gp ? gp_model : read(example + "/model.elba"));
  auto data = is_gp ? elba::Result<elba::Data>(elba::Data())
                    : elba::Data::from_json(read(example + "/data.json"));
  if (!program || !data) std::abort();
  if (is_gp) {
    const GaussianProcess gp = hand_gp(std::stoul(example.substr(2)));
    data->set("t", {static_cast<std::int64_t>(gp.t.size())}, gp.t);
    data->set("y", {static_cast<std::int64_t>(gp.y.size())}, gp.y);
  }
  auto bound = program->bind(*data);
  if (!bound) std::abort();
  auto workspace = bound->workspace();
  if (!workspace) std::abort();
  return {*bound, std::move(*workspace)};
}

Wells hand_wells() {
  const auto data = nlohmann::json::parse(read("wells/data.json"));
  Wells wells;
  wells.switched = data["switched"].get<std::vector<std::int32_t>>();
  wells.arsenic = data["arsenic"].get<std::vector<double>>();
  for (double metres : data["dist"].get<std::vector<double>>())
    wells.dist100.push_back(metres / 100);
  return wells;
}

Radon hand_radon() {
  const auto data = nlohmann::json::parse(read("radon/data.json"));
  Radon radon;
  for (int county : data["county"].get<std::vector<int>>())
    radon.county.push_back(county - 1);
  radon.floor = data["floor"].get<std::vector<double>>();
  radon.u = data["u"].get<std::vector<double>>();
  radon.y = data["y"].get<std::vector<double>>();
  return radon;
}

std::vector<double> point(std::size_t dimension) {
  std::vector<double> u(dimension);
  for (std::size_t k = 0; k < dimension; ++k)
    u[k] = 0.1 + 0.01 * static_cast<double>(k % 7);
  return u;
}

void run_compiled(benchmark::State& state, const std::string& example) {
  Compiled compiled = compile(example);
  const auto u = point(compiled.bound.dimension());
  std::vector<double> gradient(u.size());
  double value = 0;
  for (auto _ : state) {
    (void)compiled.bound.log_density(*compiled.workspace, u, true, value, gradient);
    benchmark::DoNotOptimize(value);
  }
}

template <class Model>
void run_hand(benchmark::State& state, const Model& model, std::size_t dimension) {
  const auto u = point(dimension);
  std::vector<double> gradient(dimension);
  for (auto _ : state)
    benchmark::DoNotOptimize(model.gradient(u.data(), gradient.data()));
}

template <class Model>
bool agrees(const std::string& example, const Model& model) {
  Compiled compiled = compile(example);
  const auto u = point(compiled.bound.dimension());
  std::vector<double> ours(u.size()), theirs(u.size());
  double value = 0;
  (void)compiled.bound.log_density(*compiled.workspace, u, true, value, ours);
  double worst = std::fabs(value / model.gradient(u.data(), theirs.data()) - 1);
  for (std::size_t k = 0; k < u.size(); ++k)
    worst = std::fmax(worst, std::fabs(ours[k] - theirs[k]) / (1 + std::fabs(theirs[k])));
  std::printf("%s: compiled and hand-written agree to %.1e\n", example.c_str(), worst);
  return worst < 1e-9;
}

}  // namespace

int main(int argc, char** argv) {
  const Wells wells = hand_wells();
  const Radon radon = hand_radon();
  const GaussianProcess gp133 = hand_gp(133), gp500 = hand_gp(500);
  if (!agrees("wells", wells) || !agrees("radon", radon) || !agrees("gp133", gp133) ||
      !agrees("gp500", gp500))
    return 1;
  benchmark::RegisterBenchmark("wells/compiled",
                               [](benchmark::State& state) { run_compiled(state, "wells"); });
  benchmark::RegisterBenchmark("wells/hand_written",
                               [&](benchmark::State& state) { run_hand(state, wells, 3); });
  benchmark::RegisterBenchmark("radon/compiled",
                               [](benchmark::State& state) { run_compiled(state, "radon"); });
  benchmark::RegisterBenchmark("radon/hand_written",
                               [&](benchmark::State& state) { run_hand(state, radon, 5 + radon.u.size()); });
  for (const auto& [name, gp] : {std::pair("gp133", &gp133), std::pair("gp500", &gp500)}) {
    benchmark::RegisterBenchmark((std::string(name) + "/compiled").c_str(),
                                 [name = name](benchmark::State& state) { run_compiled(state, name); });
    benchmark::RegisterBenchmark((std::string(name) + "/hand_written").c_str(),
                                 [gp = gp](benchmark::State& state) { run_hand(state, *gp, 3); });
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
