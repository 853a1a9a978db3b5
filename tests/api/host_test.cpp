// What a host meets that does something wrong, or whose functions throw: an error that says what, and a
// library that goes on as before.
#include <catch2/catch.hpp>

#include <atomic>
#include <cfenv>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <thread>

#include "api/calibration.h"
#include "api/distribution_check.h"
#include "api/elba.hpp"
#include "api/model/methods.h"
#include "api/inference_data.h"
#include "api/model/guarded.h"
#include "api/report.h"
#include "api/simulation.h"
#include "support/defect.h"
#include "support/render.h"
#include "tests/support/golden.h"
#include "tests/support/paths.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

using namespace elba;

namespace {

constexpr const char* line =
    "model line { dim N; data x: real[N]; data y: real[N]; latent a ~ normal(0, 5); latent b ~ normal(0, 5); "
    "latent s ~ half_normal(2); y ~ normal(a + b * x, s); predict y_new[N] ~ normal(a + b * x, s); }";

Data line_data(std::int64_t n = 5, double slope = 2) {
  std::vector<double> x, y;
  for (std::int64_t k = 0; k < n; ++k) {
    x.push_back(static_cast<double>(k) / static_cast<double>(n));
    y.push_back(1 + slope * x.back() + 0.1 * std::sin(17.0 * static_cast<double>(k)));
  }
  Data data;
  (void)data.set("x", {n},
                 x);  // used by many threads, which a check must not be; a failure is kept and `bind` says so
  (void)data.set("y", {n}, y);
  return data;
}

Program compiled(const char* text = line) {
  auto program = Program::compile(text);
  REQUIRE(program);
  return *program;
}

Bound bound(std::int64_t n = 5) {
  auto made = compiled().bind(line_data(n));
  REQUIRE(made);
  return *made;
}

std::unique_ptr<Workspace> workspace_of(const Bound& from) {
  auto made = from.workspace();
  REQUIRE(made);
  return std::move(*made);
}

template <class T>
std::string code_of(const Result<T>& result) {
  if (result) return "a value";
  REQUIRE(!result.diagnostics().empty());
  return std::string(code_info(result.diagnostics()[0].code).code);
}

template <class T>
std::string message_of(const Result<T>& result) {
  REQUIRE(!result);
  REQUIRE(!result.diagnostics().empty());
  return result.diagnostics()[0].message;
}

}  // namespace

TEST_CASE("arrays that do not fit their own shape are refused where they are set and where they are bound",
          "[api]") {
  struct Case {
    std::vector<std::int64_t> shape;
    std::size_t count;
    std::string code, message;
  };
  const std::int64_t huge = std::int64_t{1} << 32;
  for (const Case& one : std::vector<Case>{
           {{3}, 2, "E0630", "`x` was set with 2 values, but its shape [3] holds 3"},
           {{3}, 5, "E0630", "`x` was set with 5 values, but its shape [3] holds 3"},
           {{}, 0, "E0630", "`x` was set with 0 values, but its shape [] holds 1"},
           {{}, 2, "E0630", "`x` was set with 2 values, but its shape [] holds 1"},
           {{2, 3}, 5, "E0630", "`x` was set with 5 values, but its shape [2, 3] holds 6"},
           {{0}, 1, "E0630", "`x` was set with 1 value, but its shape [0] holds 0"},
           {{huge, huge, 0},
            3,
            "E0630",
            "`x` was set with 3 values, but its shape [4294967296, 4294967296, 0] holds 0"},
           {{-3}, 3, "E0631", "`x` was set with the shape [-3], in which an extent is negative"},
           {{-1, -3}, 3, "E0631", "`x` was set with the shape [-1, -3], in which an extent is negative"},
           {{huge, huge},
            0,
            "E0631",
            "`x` was set with the shape [4294967296, 4294967296], which holds more values than can be "
            "counted"},
           {{std::int64_t{1} << 62},
            3,
            "E0630",
            "`x` was set with 3 values, but its shape [4611686018427387904] holds 4611686018427387904"},
       }) {
    Data data = line_data();
    const auto status = data.set("x", one.shape, std::vector<double>(one.count, 1.0));
    CHECK(code_of(status) == one.code);
    CHECK(message_of(status) == one.message);
    CHECK(!status.diagnostics()[0].help.empty());
    const auto refused = compiled().bind(data);
    CHECK(message_of(refused) == one.message);
    CHECK(message_of(bound().rebind(data)) == one.message);
    CHECK(message_of(compiled().bind_for_prediction(data)) == one.message);
    CHECK(message_of(compiled().bind_for_simulation(data)) == one.message);
    CHECK(message_of(Simulator::make(compiled(), data)) == one.message);
    CHECK(data.set("x", {5}, {1, 2, 3, 4, 5}));  // set anew, it is forgotten
    CHECK(compiled().bind(data));
  }
  Data copied = line_data();
  const Data before = copied;
  CHECK_FALSE(copied.set("x", {2}, {1}));
  CHECK(compiled().bind(before));  // what was copied earlier knows nothing of it
  Data moved = std::move(copied);
  CHECK(code_of(compiled().bind(moved)) == "E0630");
  CHECK(code_of(compiled().bind(copied)) == "E0601");  // moved from: no fields
}

TEST_CASE("golden of what a host is told", "[api]") {
  const Bound model = bound();
  const auto rebound = model.rebind(line_data());
  auto workspace = workspace_of(model);
  const std::vector<double> u(3, 0.1);
  double value = 0;
  FitOptions throwing{.method = "nuts"};
  throwing.progress = [](const Progress&) { throw std::runtime_error("the window was closed"); };
  Data data;
  std::vector<Status> told{data.set("x", {3}, {1, 2}),
                           data.set("x", {2, 3}, {1}),
                           data.set("x", {}, {}),
                           data.set("x", {-1}, {}),
                           Bound().log_density(*workspace, u, true, value, {}),
                           rebound->log_density(*workspace, u, true, value, {}),
                           model.hessian_product(*workspace, u, u, {}),
                           model.fit(throwing).diagnostics(),
                           out_of_memory()};
  std::string all;
  for (const Status& one : told)
    all += render_text(one.diagnostics(), Source("model.elba", "")) + "\n";
  test::check_golden(std::filesystem::path(test::source_dir) / "tests/golden/hosts/messages.txt", all);
}

TEST_CASE("handles that hold nothing answer every call with an error", "[api]") {
  const Program none;
  CHECK(none.signature().model.empty());
  CHECK(none.times().parse == 0);
  CHECK(code_of(none.bind({})) == "E0920");
  CHECK(code_of(none.bind_for_prediction({})) == "E0920");
  CHECK(code_of(none.bind_for_simulation({})) == "E0920");
  CHECK(code_of(none.emit(Stage::loop)) == "E0920");
  CHECK(code_of(none.trace()) == "E0920");
  CHECK(message_of(none.explain()) == "this `Program` is empty: it was made without a value, or moved from");
  CHECK(code_of(Simulator::make(none, {})) == "E0920");
  CHECK(code_of(calibrate(none, none, {}, {})) == "E0920");
  CHECK(code_of(Simulator().draw(1)) == "E0920");

  const Bound empty;
  const Bound full = bound();
  auto workspace = workspace_of(full);
  double value = 0;
  std::vector<double> values;
  CHECK(empty.dimension() == 0);
  CHECK(empty.constrained_names().empty());
  CHECK(empty.unconstrained_names().empty());
  CHECK(empty.times().llvm == 0);
  CHECK(code_of(empty.rebind({})) == "E0920");
  CHECK(code_of(empty.workspace()) == "E0920");
  CHECK(code_of(empty.log_density(*workspace, {}, true, value, {})) == "E0920");
  CHECK(code_of(empty.hessian_product(*workspace, {}, {}, {})) == "E0920");
  CHECK(code_of(empty.constrain(*workspace, {}, values)) == "E0920");
  CHECK(code_of(empty.observations()) == "E0920");
  CHECK(code_of(empty.log_likelihood(*workspace, {}, values)) == "E0920");
  CHECK(code_of(empty.unconstrain(*workspace, {})) == "E0920");
  CHECK(code_of(empty.phi_size("meanfield")) == "E0920");
  CHECK(code_of(empty.initial_phi("meanfield")) == "E0920");
  CHECK(code_of(empty.elbo_step(*workspace, "meanfield", {}, 1, value, {})) == "E0920");
  CHECK(code_of(empty.fit()) == "E0920");
  CHECK(code_of(empty.data_traffic()) == "E0920");
  CHECK(code_of(empty.check_work()) == "E0920");
  CHECK(code_of(inference_data(empty, {}, {})) == "E0920");
  CHECK(code_of(predict(empty, {}, 1, 1)) == "E0920");
  CHECK(code_of(saved_mean(empty, {})) == "E0920");

  const Workspace taken = std::move(*workspace);
  CHECK(message_of(full.log_density(*workspace, std::vector<double>(3), true, value, {})) ==
        "this `Workspace` is empty: it was made without a value, or moved from");
  Bound source = bound();
  const Bound target = std::move(source);
  CHECK(code_of(source.fit()) == "E0920");
  CHECK(target.dimension() == 3);
}

TEST_CASE("a workspace serves the bound that made it and its copies", "[api]") {
  const Bound one = bound(), copy = one;
  const auto rebound = one.rebind(line_data(5, 3));
  REQUIRE(rebound);
  auto workspace = workspace_of(one);
  const std::vector<double> u(3, 0.2);
  double value = 0;
  std::vector<double> values;
  CHECK(copy.log_density(*workspace, u, true, value, {}));
  CHECK(code_of(rebound->log_density(*workspace, u, true, value, {})) == "E0921");
  CHECK(code_of(rebound->hessian_product(*workspace, u, u, {})) == "E0921");
  CHECK(code_of(rebound->constrain(*workspace, u, values)) == "E0921");
  CHECK(code_of(rebound->unconstrain(*workspace, {})) == "E0921");
  CHECK(code_of(rebound->log_likelihood(*workspace, u, values)) == "E0921");
  CHECK(code_of(rebound->elbo_step(*workspace, "meanfield", {}, 1, value, {})) == "E0921");
  const auto small = compiled("model small { latent a ~ normal(0, 1); }").bind({});
  REQUIRE(small);
  CHECK(message_of(small->log_density(*workspace, std::vector<double>(1), true, value, {})) ==
        "the workspace was made by another `Bound`: it is of `line` with 3 coordinates, and this is `small` "
        "with 1 coordinate");

  // It may outlive what made it.
  std::unique_ptr<Workspace> kept;
  Bound last;
  {
    const Bound gone = bound();
    kept = workspace_of(gone);
    last = gone;
  }
  CHECK(last.log_density(*kept, u, true, value, {}));
  last = {};
}

TEST_CASE("every length error says both lengths", "[api]") {
  const Bound model = bound();
  auto workspace = workspace_of(model);
  const std::vector<double> u(3, 0.1);
  std::vector<double> two(2), three(3), four(4), values;
  double value = 0;
  CHECK(message_of(model.log_density(*workspace, two, true, value, {})) ==
        "the point has 2 unconstrained coordinates, but the model has 3");
  CHECK(message_of(model.log_density(*workspace, four, true, value, three)) ==
        "the point has 4 unconstrained coordinates, but the model has 3");
  CHECK(message_of(model.log_density(*workspace, u, true, value, two)) ==
        "`gradient` holds 2 numbers, but 3 are needed");
  CHECK(message_of(model.log_density(*workspace, u, true, value, four)) ==
        "`gradient` holds 4 numbers, but 3 are needed");
  CHECK(message_of(model.hessian_product(*workspace, std::vector<double>(1), u, three)) ==
        "the point has 1 unconstrained coordinate, but the model has 3");
  CHECK(message_of(model.hessian_product(*workspace, u, two, three)) ==
        "`v` holds 2 numbers, but 3 are needed");
  CHECK(message_of(model.hessian_product(*workspace, u, u, four)) ==
        "`product` holds 4 numbers, but 3 are needed");
  CHECK(message_of(model.constrain(*workspace, two, values)) ==
        "the point has 2 unconstrained coordinates, but the model has 3");
  CHECK(message_of(model.log_likelihood(*workspace, four, values)) ==
        "the point has 4 unconstrained coordinates, but the model has 3");
  CHECK(message_of(model.unconstrain(*workspace, {{"a", {1, 2}}, {"b", {1}}, {"s", {1}}})) ==
        "the point has 2 numbers for `a`, but it holds 1");
  CHECK(message_of(model.elbo_step(*workspace, "meanfield", two, 1, value, two)) ==
        "`phi` holds 2 numbers, but 6 are needed");
  CHECK(message_of(model.elbo_step(*workspace, "meanfield", std::vector<double>(6), 1, value, two)) ==
        "`gradient` holds 2 numbers, but 6 are needed");
  CHECK(message_of(model.fit({.method = "map", .start = {1}})) ==
        "the point has 1 unconstrained coordinate, but the model has 3");
}

TEST_CASE("options that mean nothing are refused", "[api]") {
  const Bound model = bound();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto refuses = [&](FitOptions options) {
    return code_of(model.fit(options)) == "E0905" || code_of(model.fit(options)) == "E0702";
  };
  CHECK(refuses({.method = "hmc"}));
  CHECK(refuses({.method = "nuts", .draws = 0}));
  CHECK(refuses({.method = "nuts", .draws = -5}));
  CHECK(refuses({.method = "nuts", .chains = 0}));
  CHECK(refuses({.method = "nuts", .warmup = -1}));
  CHECK(refuses({.method = "nuts", .acceptance = 2}));
  CHECK(refuses({.method = "nuts", .max_seconds = nan}));
  CHECK(refuses({.method = "nuts", .max_seconds = -1}));
  CHECK(refuses({.method = "nuts", .start = {nan, 0, 0}}));
  CHECK(code_of(calibrate(compiled(), compiled(), line_data(), {.replications = -1})) == "E0905");
  CHECK(code_of(calibrate(compiled(), compiled(), line_data(), {.ranks = 0})) == "E0905");
}

static std::vector<std::string> texts_of(const Posterior& posterior, const InferenceData& data) {
  std::vector<std::string> texts(chain_texts(posterior));
  for (std::size_t k = 0; k < texts.size(); ++k)
    if (!write_chain_csv(posterior, data, {}, k, [&](std::string_view piece) {
          texts[k] += piece;
          return true;
        }))
      return {};
  return texts;
}

TEST_CASE("posteriors and saved draws of another shape are refused", "[api]") {
  const Bound model = bound();
  auto posterior = model.fit({.method = "nuts", .draws = 40, .chains = 2, .warmup = 40});
  REQUIRE(posterior);
  auto data = inference_data(model, *posterior, {.prior_draws = 0});
  REQUIRE(data);
  Posterior broken = *posterior;
  broken.draws.pop_back();
  CHECK(code_of(inference_data(model, broken, {})) == "E0922");
  CHECK(texts_of(broken, *data).empty());
  CHECK(html_report(broken, *data, {}).empty());
  broken = *posterior;
  broken.chain_count = 0;
  CHECK(code_of(inference_data(model, broken, {})) == "E0905");
  broken = *posterior;
  broken.statistics.depth.resize(3);
  CHECK(code_of(inference_data(model, broken, {})) == "E0922");
  const auto other = compiled("model m { latent q[3] ~ normal(0, 1); }").bind({});
  REQUIRE(other);
  CHECK(message_of(inference_data(*other, *posterior, {})) ==
        "the posterior is of another model: it has `a` where this one has `q[1]`");
  InferenceData cut = *data;
  for (auto& group : cut.groups)
    for (auto& variable : group.variables)
      if (!variable.values.empty()) variable.values.pop_back();
  CHECK(code_of(write_netcdf(cut, "never.nc")) == "E0922");
  auto saved = read_chains(texts_of(*posterior, *data), "fit");
  REQUIRE(saved);
  saved->values.pop_back();
  CHECK(code_of(predict(model, *saved, 1, 0)) == "E0922");
  CHECK(code_of(saved_mean(model, *saved)) == "E0922");
}

TEST_CASE("what a host's function throws ends the call with its words, and no thread is left behind",
          "[api]") {
  const Bound model = bound(200);
  for (const char* method : {"auto", "map", "laplace", "pathfinder", "mixture", "nuts", "linear_response",
                             "meanfield", "fullrank", "lowrank(1)", "block"}) {
    INFO(method);
    std::atomic<int> calls{0};
    FitOptions options{.method = method};
    options.progress = [&](const Progress&) {
      if (++calls > 1) throw std::runtime_error("of the host");
    };
    const auto found = model.fit(options);
    if (calls <= 1) continue;  // done before there was anything to tell
    CHECK(code_of(found) == "E0923");
    CHECK(message_of(found) == "`progress`, a function of the host, ended in an exception: of the host");
  }
  FitOptions odd{.method = "nuts"};
  odd.progress = [](const Progress&) { throw 3; };
  CHECK(message_of(model.fit(odd)) ==
        "`progress`, a function of the host, ended in an exception: of a type that is no std::exception");
  Checkpointing checkpoint;
  checkpoint.seconds = 0;
  checkpoint.save = [](const std::string&) { throw std::runtime_error("disk"); };
  CHECK(message_of(model.fit({.method = "nuts"}, checkpoint)) ==
        "`save`, a function of the host, ended in an exception: disk");
  CHECK(message_of(model.fit({.method = "meanfield"}, checkpoint)) ==
        "`save`, a function of the host, ended in an exception: disk");
  CompileOptions reading;
  reading.import_reader = [](const std::string&) -> std::optional<std::string> {
    throw std::runtime_error("network");
  };
  CHECK(message_of(Program::compile("import \"x.elba\";\nmodel m { latent a ~ normal(0, 1); }", reading)) ==
        "`import_reader`, a function of the host, ended in an exception: network");
  CalibrationOptions replications{.fit = {.method = "meanfield", .draws = 100}, .replications = 5};
  replications.progress = [](int done) {
    if (done > 1) throw std::runtime_error("enough");
  };
  CHECK(message_of(calibrate(compiled(), compiled(), line_data(), replications)) ==
        "`progress`, a function of the host, ended in an exception: enough");
  // A function of the host may call the library, whose errors are its own.
  FitOptions nested{.method = "nuts", .draws = 40, .chains = 2, .warmup = 40};
  std::string inner;
  nested.progress = [&](const Progress&) { inner = code_of(Bound().fit()); };
  CHECK(model.fit(nested));
  CHECK(inner == "E0920");
}

TEST_CASE("a defect is returned, and not the end of the process", "[api]") {
  const auto broken = guarded([]() -> Status { throw Defect{"something impossible"}; });
  CHECK(code_of(broken) == "E0999");
  CHECK(message_of(broken) == "a defect in Elba: something impossible");
  CHECK(code_info(broken.diagnostics()[0].code).kind == DiagnosticKind::bug);  // exit code 5 of the command
  CHECK(code_of(guarded([]() -> Status { throw std::out_of_range("map::at"); })) == "E0999");
  CHECK(code_of(guarded([]() -> Status { throw std::bad_alloc(); })) == "E0924");
  CHECK(code_of(guarded([]() -> Status { return std::vector<double>().reserve(std::size_t(-1)), Done{}; })) ==
        "E0924");
  CHECK(guarded_or(7, []() -> int { throw 1; }) == 7);
  // IR that verifies, and that a pass takes for impossible.
  const auto text = run_passes("module \"m\" density\n", {{"expand", "nothing"}});
  CHECK_FALSE(text);
}

TEST_CASE("the floating-point environment of the host is neither used nor changed", "[api]") {
  const Bound model = bound();
  auto workspace = workspace_of(model);
  const std::vector<double> u{0.3, -0.2, 0.1};
  double plain = 0, value = 0;
  std::vector<double> gradient(3), other(3);
  REQUIRE(model.log_density(*workspace, u, true, plain, gradient));
  const FitOptions short_fit{.method = "nuts", .draws = 40, .chains = 2, .warmup = 40};
  const auto right = model.fit(short_fit);
  REQUIRE(right);
  for (const int rounding : {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO}) {
    std::fesetround(rounding);
    const bool is_done = static_cast<bool>(model.log_density(*workspace, u, true, value, other));
    const auto found = model.fit(short_fit);
    const int kept = std::fegetround();
    std::fesetround(FE_TONEAREST);
    CHECK(kept == rounding);
    CHECK(is_done);
    CHECK(value == plain);
    CHECK(other == gradient);
    REQUIRE(found);
    CHECK(found->draws == right->draws);
  }
#if defined(__x86_64__)
  const unsigned control = _mm_getcsr();
  _mm_setcsr(control | 0x8040);  // subnormal numbers are zero, in and out
  const auto found = model.fit(short_fit);
  const unsigned kept = _mm_getcsr();
  _mm_setcsr(control);
  CHECK((kept & 0x8040) == 0x8040);
  REQUIRE(found);
  CHECK(found->draws == right->draws);
#endif
#if defined(__GLIBC__)
  std::feclearexcept(FE_ALL_EXCEPT);
  feenableexcept(FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW);
  const auto trapped = model.fit(short_fit);
  fedisableexcept(FE_ALL_EXCEPT);
  REQUIRE(trapped);
  CHECK(trapped->draws == right->draws);
  CHECK(std::fetestexcept(FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW) == 0);
#endif
}

TEST_CASE("eight threads share a program and a bound", "[api]") {
  const Program program = compiled();
  const Bound model = bound(50);
  auto workspace = workspace_of(model);
  const std::vector<double> u{0.3, -0.2, 0.1};
  double right = 0;
  std::vector<double> gradient(3);
  REQUIRE(model.log_density(*workspace, u, true, right, gradient));
  std::atomic<int> wrong{0};
  {
    std::vector<std::jthread> threads;
    for (int k = 0; k < 8; ++k)
      threads.emplace_back([&, k] {
        const auto own = model.workspace();
        const auto rebound = model.rebind(line_data(50 + k));
        if (!own || !rebound) return void(++wrong);
        std::vector<double> found(3), values;
        double value = 0;
        for (int i = 0; i < 300; ++i) {
          if (!model.log_density(**own, u, true, value, found) || value != right || found != gradient)
            ++wrong;
          if (i % 50 == 0 && (!model.hessian_product(**own, u, u, found) ||
                              !model.constrain(**own, u, values) || !model.log_likelihood(**own, u, values)))
            ++wrong;
        }
        if (k % 4 == 0 && !program.bind(line_data(10 + k))) ++wrong;
        if (k % 4 == 1 && !rebound->fit({.method = "meanfield", .draws = 50})) ++wrong;
        if (k % 4 == 2 && !Program::compile(line)) ++wrong;
      });
  }
  CHECK(wrong == 0);
}

TEST_CASE("a limit of work ends calls of its thread", "[api]") {
  std::atomic<bool> cancel{true};
  const Bound model = bound();
  auto workspace = workspace_of(model);
  double value = 0;
  {
    const WorkLimit limit(100, &cancel);
    CHECK(limit.is_over());
    CHECK(code_of(model.log_density(*workspace, std::vector<double>(3), true, value, {})) == "E0703");
  }
  CHECK(model.log_density(*workspace, std::vector<double>(3), true, value, {}));
}

// What factorisations needed belongs to the calls that made them: not to the thread, which may serve several.
TEST_CASE("host: each workspace and each fit has its own jitter report", "[api]") {
  const auto program = Program::compile(
      "model m { data c: real; data y: real[3]; latent v ~ normal(0, 1); let K = [exp(v) * (i == j ? 1 : c) "
      "for i in "
      "1:3, j in 1:3]; y ~ mvn(zeros(3), K); }");
  REQUIRE(program);
  const auto bound_at = [&](double c) {
    Data data;
    REQUIRE(data.set("c", {}, std::vector<double>{c}));
    REQUIRE(data.set("y", {3}, std::vector<double>{0.5, 0.5, 0.5}));
    auto bound = program->bind(data);
    REQUIRE(bound);
    return std::move(*bound);
  };
  const Bound singular = bound_at(1), regular = bound_at(0.5);
  auto one = singular.workspace(), other = regular.workspace();
  REQUIRE((one && other));
  double value = 0;
  const std::vector<double> u{0.0};
  REQUIRE(singular.log_density(**one, u, true, value, {}));
  REQUIRE(regular.log_density(**other, u, true, value, {}));
  CHECK((*one)->largest_jitter() > 0);
  CHECK((*other)->largest_jitter() == 0);
  (*one)->forget_jitter();
  CHECK((*one)->largest_jitter() == 0);

  std::atomic<bool> cancel{false};
  std::optional<Result<Posterior>> with, without;
  {
    const std::jthread first([&] { with.emplace(singular.fit({.method = "meanfield", .seed = 1})); });
    const std::jthread second([&] {
      without.emplace(regular.fit({.method = "nuts", .seed = 1, .draws = 1'000'000, .cancel = &cancel}));
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    cancel = true;
  }
  REQUIRE(*with);
  CHECK((*with)->jitter > 0);
  CHECK_FALSE((*with)->interrupted);
  REQUIRE(*without);
  CHECK((*without)->jitter == 0);
  CHECK((*without)->interrupted);
}
