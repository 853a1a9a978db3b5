// The command line as programs and people call it: exit codes, JSON keys, and what is said when something is
// wrong.
#include <catch2/catch.hpp>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/support/command.h"
#include "tests/support/paths.h"

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using elba::test::run_elba;
using elba::test::Scratch;

const std::string schools = std::string(elba::test::source_dir) + "/examples/eight_schools/";
const std::string schools_fit = schools + "model.elba --data " + schools + "data.json --cache off";

}  // namespace

TEST_CASE("cli: usage errors exit with 2", "[cli]") {
  CHECK(run_elba("").code == 2);
  CHECK(run_elba("nonsense").code == 2);
  CHECK(run_elba("check").code == 2);
  CHECK(run_elba("check /nowhere/model.elba").code == 2);
  CHECK(run_elba("fit " + schools_fit + " --method magic").code == 2);
  CHECK(run_elba("emit --stage=soup " + schools + "model.elba").code == 2);
  CHECK(run_elba("--help").code == 0);
}

TEST_CASE("cli: check prints the signature, and every error of a file with exit code 1", "[cli]") {
  const auto fine = run_elba("check " + schools + "model.elba");
  CHECK(fine.code == 0);
  CHECK_THAT(fine.output, Catch::Contains("theta") && Catch::Contains("real<lower=0>"));
  const auto json = run_elba("check --format=json " + schools + "model.elba", "2>/dev/null");
  CHECK(Json::parse(json.output)["signature"]["latents"].size() == 3);

  const Scratch scratch;
  const auto bad = scratch.file(
      "bad.elba",
      "model m {\n  data y: real[N];\n  latent mu ~ normall(0, 1);\n  y ~ normal(mu, sgima);\n}\n");
  const auto run = run_elba("check " + bad);
  CHECK(run.code == 1);
  CHECK_THAT(run.output, Catch::Contains("`N`") && Catch::Contains("normall") && Catch::Contains("sgima"));
  const auto diagnostics = Json::parse(
      run_elba("check --format=json " + bad, "2>/dev/null").output)["diagnostics"];
  REQUIRE(diagnostics.size() >= 3);
  for (const char* key :
       {"code", "severity", "message", "file", "line", "column", "end_line", "end_column", "notes", "help"})
    CHECK(diagnostics[0].contains(key));
}

TEST_CASE("cli: data that do not fit exit with 3 and name field, index and value", "[cli]") {
  const Scratch scratch;
  const std::string model = schools + "model.elba";
  const std::vector<std::pair<std::string, std::string>> cases{
      {R"({"J": 3, "y": [1, 2, 3]})", "sigma"},
      {R"({"J": 2, "y": [1, 2, 3], "sigma": [1, 1, 1]})", "J"},
      {R"({"y": [1, 2, 3], "sigma": [1, 1]})", "sigma"},
      {R"({"y": [1, 2, 3], "sigma": [1, -4, 1]})", "sigma[2]"},
      {R"({"y": [1, null, 3], "sigma": [1, 4, 1]})", "y[2]"},
      {R"({"y": [1, "NaN", 3], "sigma": [1, 4, 1]})", "y[2]"},
      {R"({"y": [[1], [2]], "sigma": [1, 4]})", "y"},
      {R"({"y": [1, "two", 3], "sigma": [1, 4, 1]})", "y"},
      {R"({"y": [1, 2)", "data"},
      {R"([1, 2])", "data"},
  };
  for (const auto& [text, named] : cases) {
    CAPTURE(text);
    const auto run = run_elba("fit " + model + " --data " + scratch.file("data.json", text));
    CHECK(run.code == 3);
    CHECK_THAT(run.output, Catch::Contains(named));
  }
  const auto warned = run_elba("check " + model + " --data " +
                               scratch.file("data.json", R"({"y": [1, 2], "sigma": [1, 4], "other": 1})"));
  CHECK(warned.code == 0);
  CHECK_THAT(warned.output, Catch::Contains("other"));
}

TEST_CASE("cli: log-density answers in both kinds of coordinates", "[cli]") {
  const Scratch scratch;
  const auto points = scratch.file("points.json", R"({"points": [
    {"unconstrained": [1, 0.5, 0, 1, 2, 3, 4, 5, 6, 7]},
    {"constrained": {"mu": 1, "tau": 1.6487212707001282, "theta": [0, 1, 2, 3, 4, 5, 6, 7]}}]})");
  const auto run = run_elba("log-density " + schools_fit + " --at " + points, "2>/dev/null");
  REQUIRE(run.code == 0);
  const auto answer = Json::parse(run.output);
  CHECK(answer["unconstrained_names"].size() == 10);
  CHECK(answer["unconstrained_names"][2] == "theta.1");
  REQUIRE(answer["points"].size() == 2);
  const double first = answer["points"][0]["log_density"].get<double>(),
               second = answer["points"][1]["log_density"].get<double>();
  CHECK(first == Approx(second).epsilon(1e-12));
  CHECK(answer["points"][0]["log_density_with_jacobian"].get<double>() == Approx(first + 0.5).epsilon(1e-12));
  CHECK(answer["points"][0]["gradient"].size() == 10);
  CHECK(run_elba("log-density " + schools_fit + " --at " +
                 scratch.file("short.json", R"({"points": [{"unconstrained": [1]}]})"))
            .code == 3);
  CHECK(run_elba("log-density " + schools_fit + " --at " +
                 scratch.file(
                     "outside.json",
                     R"({"points": [{"constrained": {"mu": 1, "tau": -1, "theta": [0,1,2,3,4,5,6,7]}}]})"))
            .code == 3);
}

// The gradient of a normal log density of sd 1 is mean - value, in whatever order both are written.
TEST_CASE("cli: log-density takes a matrix in Stan's order", "[cli]") {
  const Scratch scratch;
  const auto model = scratch.file("m.elba", R"(model m {
  data M: real[2, 3];
  data V: real[2, 2, 3];
  latent a ~ normal(0, 1);
  latent A: real[2, 3] ~ normal(M, 1);
  latent P: simplex[2, 3] ~ flat();
  latent B: real[2, 2, 3] ~ normal(V, 1);
}
)");
  const auto data = scratch.file(
      "m.json", R"({"M": [[1, 2, 3], [4, 5, 6]], "V": [[[1, 2, 3], [4, 5, 6]], [[7, 8, 9], [10, 11, 12]]]})");
  const auto points = scratch.file(
      "points.json",
      R"({"points": [{"unconstrained": [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]}]})");
  const auto gradient_in = [&](const std::string& order) {
    const auto run = run_elba("log-density " + model + " --data " + data + " --at " + points + " " + order,
                              "2>/dev/null");
    REQUIRE(run.code == 0);
    const auto answer = Json::parse(run.output);
    std::map<std::string, double> by_name;
    const auto names = answer["unconstrained_names"].get<std::vector<std::string>>();
    const auto slopes = answer["points"][0]["gradient"].get<std::vector<double>>();
    for (std::size_t k = 0; k < names.size(); ++k)
      by_name[names[k]] = slopes[k];
    CHECK(by_name["A.2.1"] == 4);
    CHECK(by_name["B.2.1.3"] == 9);
    return std::vector<double>(slopes);
  };
  const std::vector<double> row_a{1, 2, 3, 4, 5, 6}, stan_a{1, 4, 2, 5, 3, 6};
  const std::vector<double> row_b{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12},
      stan_b{1, 4, 2, 5, 3, 6, 7, 10, 8, 11, 9, 12};
  const auto part = [](const std::vector<double>& all, std::size_t first, std::size_t count) {
    return std::vector<double>(all.begin() + static_cast<long>(first),
                               all.begin() + static_cast<long>(first + count));
  };
  const auto row = gradient_in(""), stan = gradient_in("--order stan"),
             only_a = gradient_in("--order=stan:A");
  REQUIRE(row.size() == 23);
  CHECK(part(row, 1, 6) == row_a);
  CHECK(part(row, 11, 12) == row_b);
  CHECK(part(stan, 1, 6) == stan_a);
  CHECK(part(stan, 11, 12) == stan_b);
  CHECK(part(only_a, 1, 6) == stan_a);
  CHECK(part(only_a, 11, 12) == row_b);
  CHECK(part(stan, 7, 4) == part(row, 7, 4));
  // What is given is read in the same order: at A = M the gradient vanishes.
  const auto at_mean = scratch.file(
      "mean.json",
      R"({"points": [{"unconstrained": [0, 1, 4, 2, 5, 3, 6, 0, 0, 0, 0, 1, 4, 2, 5, 3, 6, 7, 10, 8, 11, 9, 12]}]})");
  const auto run = run_elba("log-density " + model + " --data " + data + " --at " + at_mean + " --order stan",
                            "2>/dev/null");
  REQUIRE(run.code == 0);
  const auto slopes = Json::parse(run.output)["points"][0]["gradient"].get<std::vector<double>>();
  CHECK(part(slopes, 1, 6) == std::vector<double>(6, 0));
  CHECK(part(slopes, 11, 12) == std::vector<double>(12, 0));
  for (const char* wrong : {"--order=stan:P", "--order=stan:nothing", "--order=column"})
    CHECK(run_elba("log-density " + model + " --data " + data + " --at " + points + " " + wrong).code == 2);
}

// Every constrained type at a point worked out with scipy 1.11 and Stan's formulas for the coordinates.
TEST_CASE("cli: constrained types at a point, by values and by coordinates", "[cli]") {
  const Scratch scratch;
  const auto model = scratch.file("all.elba", R"(model all {
  dim N;
  data y: real[N];
  latent a: real<lower=0> ~ exponential(1);
  latent w: simplex[3] ~ flat();
  latent o: ordered[3] ~ normal(0, 2);
  latent p: positive_ordered[2] ~ half_normal(2);
  latent d: unit_vector[2] ~ flat();
  latent z: sum_to_zero[3] ~ normal(0, 1);
  latent C: cholesky_corr[2] ~ lkj_chol(2);
  latent F: cholesky_cov[2] ~ wishart_chol(4, eye(2));
  latent R: corr_matrix[2] ~ lkj_corr(2);
  latent S: cov_matrix[2] ~ wishart(4, eye(2));
  latent P: simplex[2, 2] ~ dirichlet([1, 2]);
  latent A: row_stochastic_matrix[2, 2] ~ flat();
  latent B: column_stochastic_matrix[2, 2] ~ flat();
  latent Z: sum_to_zero_matrix[2, 2] ~ normal(0, 1);
  y ~ normal(a + w[1] + o[1] + p[1] + d[1] + z[1] + C[2, 1] + F[2, 1] + R[2, 1] + S[2, 1]
    + P[1, 1] + A[1, 1] + B[1, 1] + Z[1, 1], 1);
}
)");
  const auto data = scratch.file("all.json", R"({"y": [0.5, 1.5]})");
  const std::string values =
      R"("a": 0.7, "w": [0.2, 0.5, 0.3], "o": [-1, 0.5, 2], "p": [0.4, 1.5], "d": [0.6, 0.8],
    "z": [1, 0.5, -1.5], "C": [[1, 0], [0.6, 0.8]],
    "F": [[1.2, 0], [-0.4, 0.7]], "R": [[1, 0.3], [0.3, 1]], "S": [[2, 0.3], [0.3, 1]],
    "P": [[0.4, 0.6], [0.1, 0.9]], "A": [[0.4, 0.6], [0.1, 0.9]],
    "B": [[0.4, 0.6], [0.6, 0.4]], "Z": [[0.4, -0.4], [-0.4, 0.4]])";
  const auto points = scratch.file("points.json",
                                   R"({"points": [{"constrained": {)" + values + R"(}}, {"unconstrained": [
    -0.35667494393873245, -0.6931471805599453, 0.5108256237659907, -1,
    0.4054651081081644, 0.4054651081081644, -0.916290731874155, 0.09531017980432493,
    0.6, 0.8, 0.3535533905932738, 1.8371173070873834, 0.6931471805599453,
    0.1823215567939546, -0.4, -0.35667494393873245, 0.30951960420311175,
    0.3465735902799727, 0.21213203435596423, -0.023021969250703392, -0.4054651081081643,
    -2.197224577336219, -0.4054651081081643, -2.197224577336219,
    -0.4054651081081643, 0.4054651081081642, 0.8]}]})");
  const auto run = run_elba("log-density " + model + " --data " + data + " --cache off --at " + points,
                            "2>/dev/null");
  REQUIRE(run.code == 0);
  const auto answer = Json::parse(run.output);
  REQUIRE(answer["points"].size() == 2);
  for (const auto& point : answer["points"]) {
    CHECK(point["log_density"].get<double>() == Approx(-37.60781680225732).epsilon(1e-13));
    CHECK(point["log_density_with_jacobian"].get<double>() == Approx(-50.840436595019895).epsilon(1e-13));
  }
  const std::vector<std::pair<std::string, std::string>> outside = {
      {R"("w": [0.2, 0.5, 0.3])", R"("w": [0.2, 0.5, 0.4])"},
      {R"("o": [-1, 0.5, 2])", R"("o": [-1, 0.5, 0.5])"},
      {R"("d": [0.6, 0.8])", R"("d": [0.6, 0.9])"},
      {R"("z": [1, 0.5, -1.5])", R"("z": [1, 0.5, -1])"},
      {R"("R": [[1, 0.3], [0.3, 1]])", R"("R": [[1, 2], [2, 1]])"}};
  for (const auto& [right, wrong] : outside) {
    std::string text = values;
    text.replace(text.find(right), right.size(), wrong);
    const auto refused = run_elba(
        "log-density " + model + " --data " + data + " --cache off --at " +
        scratch.file("wrong.json", R"({"points": [{"constrained": {)" + text + "}}]}"));
    CHECK(refused.code == 3);
    CHECK_THAT(refused.output, Catch::Contains("lies outside the support: `" + right.substr(1, 1)));
  }
}

TEST_CASE("cli: fit prints what programs read, and the same seed gives the same answer", "[cli]") {
  const Scratch scratch;
  const std::string out = (scratch.path / "results").string();
  const auto run = run_elba("fit " + schools_fit + " --format=json --seed 3 --out " + out, "2>/dev/null");
  REQUIRE((run.code == 0 || run.code == 4));
  const auto answer = Json::parse(run.output);
  for (const char* key : {"model", "method", "verdict", "reasons", "converged", "elbo", "elbo_se", "khat",
                          "draws", "seconds", "quantities"})
    CHECK(answer.contains(key));
  CHECK(answer["quantities"].size() == 10);
  for (const char* key : {"name", "mean", "sd", "q05", "q50", "q95"})
    CHECK(answer["quantities"][0].contains(key));
  CHECK((answer["verdict"] == "do_not_trust") == (run.code == 4));
  CHECK(fs::exists(scratch.path / "results/summary.json"));
  CHECK(fs::exists(scratch.path / "results/chain_1.csv"));
  const auto again = Json::parse(
      run_elba("fit " + schools_fit + " --format=json --seed 3", "2>/dev/null").output);
  CHECK(again["quantities"] == answer["quantities"]);
  CHECK(again["elbo"] == answer["elbo"]);
}

TEST_CASE("cli: results that cannot be written are said so", "[cli]") {
  const auto run = run_elba("fit " + schools_fit + " --out /proc/nowhere/results");
  CHECK(run.code == 2);
  CHECK_THAT(run.output, Catch::Contains("/proc/nowhere"));
}

TEST_CASE("cli: every stage can be shown, and IR can be entered", "[cli]") {
  const Scratch scratch;
  for (const char* stage : {"tokens", "ast", "density", "tensor", "loop", "llvm", "asm"}) {
    CAPTURE(stage);
    const auto run = run_elba(std::string("emit --stage=") + stage + " " + schools + "model.elba");
    CHECK(run.code == 0);
    CHECK(run.output.size() > 100);
  }
  const auto density = run_elba("emit --stage=density " + schools + "model.elba");
  const auto ir = scratch.file("model.ir", density.output);
  const auto passed = run_elba("opt --passes=inline_calls,constrain,expand,simplify,cse,dce " + ir);
  CAPTURE(passed.output);
  CHECK(passed.code == 0);
  CHECK_THAT(passed.output, Catch::Contains("level tensor"));
  CHECK(run_elba("opt --passes=bufferise " + ir).code == 1);
  CHECK(run_elba("opt --passes=nonsense " + ir).code == 1);
  CHECK(run_elba("opt --passes=dce " + scratch.file("bad.ir", "module @m level tensor { func")).code == 1);
  CHECK(run_elba("emit --print-after=all " + schools + "model.elba").code == 0);
}

TEST_CASE("cli: explain says what was decided, and shows the page of a diagnostic", "[cli]") {
  const auto run = run_elba("explain " + schools + "model.elba");
  CHECK(run.code == 0);
  CHECK_THAT(run.output,
             Catch::Contains("theta") && Catch::Contains("vip") && Catch::Contains("passes over the data"));
  CHECK(Json::parse(run_elba("explain --format=json " + schools + "model.elba", "2>/dev/null").output)
            .contains("factors"));
  CHECK_THAT(run_elba("explain E0301").output, Catch::Contains("E0301"));
  CHECK(run_elba("explain E9999").code == 2);
}

TEST_CASE("cli: fmt formats in place and can only check", "[cli]") {
  const Scratch scratch;
  const auto file = scratch.file("m.elba", "model m{data y:real;latent mu~normal(0,1);y~normal(mu,1);}\n");
  CHECK(run_elba("fmt --check " + file).code == 1);
  CHECK(run_elba("fmt " + file).code == 0);
  CHECK(run_elba("fmt --check " + file).code == 0);
  CHECK(run_elba("check " + file).code == 0);
}

TEST_CASE("cli: bench measures cold and warm starts and steps without allocation", "[cli]") {
  const auto run = run_elba(
      "bench " + schools + "model.elba --data " + schools + "data.json --format=json --seconds 0.05",
      "2>/dev/null");
  REQUIRE(run.code == 0);
  const auto answer = Json::parse(run.output);
  for (const char* key : {"cold_ms", "warm_ms", "phases_ms", "gradient_us", "log_density_us", "step_us",
                          "particles", "passes_over_data", "bytes_per_gradient", "allocations_per_step"})
    CHECK(answer.contains(key));
  for (const char* key : {"parse", "check", "passes", "llvm", "link"})
    CHECK(answer["phases_ms"].contains(key));
  CHECK(answer["allocations_per_step"] == 0.0);
  CHECK(answer["passes_over_data"] == 1);
}

TEST_CASE("cli: doc prints what the library holds under a name", "[cli]") {
  const auto normal = run_elba("doc normal");
  CHECK(normal.code == 0);
  CHECK_THAT(normal.output, Catch::Contains("normal(mu: real, sigma: real<lower=0>): real") &&
                                Catch::Contains("latent x ~ normal("));
  CHECK_THAT(run_elba("doc dnorm").output,
             Catch::Contains("takes a precision, `normal` a standard deviation"));
  const auto misspelt = run_elba("doc nromal");
  CHECK(misspelt.code == 2);
  CHECK_THAT(misspelt.output, Catch::Contains("did you mean `normal`?"));
  CHECK_THAT(run_elba("doc").output, Catch::Contains("log_sum_exp") && Catch::Contains("poisson"));
  CHECK_THAT(run_elba("doc --page=functions").output, Catch::Contains("# Functions"));
}

TEST_CASE("a process whose work is done before LLVM has started up ends well", "[cli]") {
  const Scratch scratch;
  const auto model = scratch.file(
      "m.elba", "model m { dim N; data y: real[N]; latent mu ~ normal(0, 1); y ~ normal(mu, 1); }");
  const auto data = scratch.file("d.json", R"({"y": [1, 2, 3]})");
  const std::string command = "bench-child " + model + " --data " + data + " --cache " +
                              (scratch.path / "cache").string() + " --seconds 0";
  REQUIRE(run_elba(command).code == 0);  // fills the cache
  for (int k = 0; k < 40; ++k)
    REQUIRE(run_elba(command).code == 0);
}
