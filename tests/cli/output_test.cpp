// The folder that `elba fit --out` writes: opened by ArviZ itself, read back by `elba predict` and `--init`,
// and what happens when it cannot be written. The checks of ArviZ stand in tests/support/arviz_check.py.
#include <catch2/catch.hpp>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "api/report.h"
#include "tests/support/command.h"
#include "tests/support/golden.h"
#include "tests/support/paths.h"

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using elba::test::Run;
using elba::test::Scratch;

Run shell(const std::string& command) { return elba::test::run_command("{ " + command + "\n} 2>&1"); }

Run run_elba(const std::string& arguments) { return elba::test::run_elba(arguments + " --cache off"); }

std::string at(const Scratch& scratch, const std::string& name) { return (scratch.path / name).string(); }

std::string schools(const Scratch& scratch) {
  const auto model = scratch.file("schools.elba", R"(model eight_schools_predictive {
  dim J;
  data y: real[J];
  data sigma: real<lower=0>[J];
  latent mu ~ normal(0, 5);
  latent tau ~ half_cauchy(5);
  latent theta[J] ~ normal(mu, tau);
  y ~ normal(theta, sigma);
  predict y_rep[J] ~ normal(theta, sigma);
  predict best = max(theta);
}
)");
  return model + " --data " + std::string(elba::test::source_dir) + "/examples/eight_schools/data.json";
}

// Whether the answer may be trusted is not what is tested here.
bool is_done(const Run& run) { return run.code == 0 || run.code == 4; }

const std::string line_model = R"(model line {
  dim N;
  data x: real[N];
  data y: real[N];
  latent a ~ normal(0, 5);
  latent b ~ normal(0, 5);
  latent s ~ half_normal(2);
  y ~ normal(a + b * x, s);
  predict line = a + b * x;
  predict y_new[N] ~ normal(a + b * x, s);
}
)";
const std::string line_data = R"({"x": [-5, -4, -3, -2, -1, 0, 0, 1, 2, 3, 4, 5], )"
                              R"("y": [-9.3, -6.6, -5.2, -2.7, -1.3, 1.4, 0.8, 2.5, 5.4, 7.3, 8.6, 11.2]})";

}  // namespace

TEST_CASE("output: ArviZ opens what a fit wrote", "[cli]") {
  const Scratch scratch;
  const std::string root = elba::test::source_dir, environment = root + "/build/arviz";
  const auto installed = shell("sh '" + root + "/scripts/install_arviz.sh' '" + environment + "'");
  INFO(installed.output);
  REQUIRE(installed.code == 0);
  for (const std::string method : {"meanfield", "nuts --chains 2 --warmup 500 --draws 2000"}) {
    const std::string name = method.substr(0, method.find(' ')), folder = at(scratch, name);
    const auto fitted = run_elba("fit " + schools(scratch) + " --seed 3 --method " + method + " --out " +
                                 folder);
    INFO(fitted.output);
    REQUIRE(is_done(fitted));
    const auto checked = shell("'" + environment + "/bin/python' '" + root +
                               "/tests/support/arviz_check.py' " + folder + " " + name);
    INFO(checked.output);
    CHECK(checked.code == 0);
  }
}

TEST_CASE("output: predictions on other data from saved draws", "[cli]") {
  const Scratch scratch;
  const auto model = scratch.file("line.elba", line_model), data = scratch.file("line.json", line_data),
             folder = at(scratch, "fitted");
  const auto fitted = run_elba("fit " + model + " --data " + data + " --out " + folder);
  INFO(fitted.output);
  REQUIRE(is_done(fitted));
  const auto summary = Json::parse(elba::test::file_text(folder + "/summary.json"));
  const auto mean_of = [](const Json& answer, const std::string& name) {
    for (const auto& quantity : answer["quantities"])
      if (quantity["name"] == name) return quantity["mean"].get<double>();
    FAIL("no quantity " + name);
    return 0.0;
  };
  // The likelihood alone reads y, so new data need not have it.
  const auto fresh = scratch.file("new.json", R"({"x": [10, -1]})");
  const auto predicted = run_elba("predict " + model + " --data " + fresh + " --draws " + folder +
                                  " --format=json --out " + at(scratch, "predicted"));
  INFO(predicted.output);
  REQUIRE(predicted.code == 0);
  const auto answer = Json::parse(predicted.output);
  CHECK(answer["draws"] == summary["draws"]);
  CHECK(answer["quantities"].size() == 4);
  CHECK(mean_of(answer, "line[1]") ==
        Approx(mean_of(summary, "a") + 10 * mean_of(summary, "b")).margin(0.05));
  CHECK(mean_of(answer, "line[2]") == Approx(mean_of(summary, "a") - mean_of(summary, "b")).margin(0.05));
  CHECK(mean_of(answer, "y_new[1]") == Approx(mean_of(answer, "line[1]")).margin(0.05));
  CHECK(elba::test::file_text(at(scratch, "predicted/predictions.csv"))
            .starts_with("line.1,line.2,y_new.1,y_new.2\n"));
  CHECK(Json::parse(elba::test::file_text(at(scratch, "predicted/predictions.json")))["quantities"] ==
        answer["quantities"]);
  const auto few = run_elba("predict " + model + " --data " + fresh + " --fit " + folder +
                            " --count 50 --format=json");
  CHECK(Json::parse(few.output)["draws"] == 50);
  // What the predictions read must be there.
  const auto without = run_elba("predict " + model + " --data " + scratch.file("none.json", R"({"N": 2})") +
                                " --draws " + folder);
  CHECK(without.code == 3);
  CHECK_THAT(without.output, Catch::Contains("`x`"));
}

TEST_CASE("output: predictions of a fit that must not be trusted say so", "[cli]") {
  const Scratch scratch;
  const auto model = scratch.file("line.elba", line_model), data = scratch.file("line.json", line_data),
             folder = at(scratch, "fitted");
  REQUIRE(is_done(run_elba("fit " + model + " --data " + data + " --method meanfield --out " + folder)));
  const std::string predict = "predict " + model + " --data " + data + " --draws " + folder;
  const auto with_verdict = [&](const std::string& line) {
    REQUIRE(shell("sed -i 's/^# verdict = .*/" + line + "/' " + folder + "/chain_*.csv").code == 0);
  };
  with_verdict("# verdict = do_not_trust");
  const auto warned = run_elba(predict);
  CHECK(warned.code == 0);
  CHECK_THAT(warned.output,
             Catch::Contains("elba: the fit in `" + folder + "` ended with the verdict `do not trust`"));
  CHECK(Json::parse(elba::test::run_elba(predict + " --format json --cache off", "2>/dev/null")
                        .output)["fit_verdict"] == "do_not_trust");
  with_verdict("# verdict = trust");
  const auto fine = run_elba(predict + " --format json");
  CHECK(Json::parse(fine.output)["fit_verdict"] == "trust");
  with_verdict("#");
  CHECK(Json::parse(run_elba(predict + " --format json").output)["fit_verdict"].is_null());
}

TEST_CASE("output: an ELBO of huge magnitude has six digits", "[cli]") {
  CHECK(elba::log_text(-39.25) == "-39.2500");
  CHECK(elba::log_text(-1e9) == "-1000000000.0000");
  CHECK(elba::log_text(-1.234567891e9) == "-1.23457e+09");
  CHECK(elba::log_text(-1.7e308) == "-1.7e+308");
  CHECK(elba::log_text(std::nan("")) == "nan");
}

TEST_CASE("output: saved draws of another model or damaged ones are refused by name", "[cli]") {
  const Scratch scratch;
  const auto model = scratch.file("line.elba", line_model), data = scratch.file("line.json", line_data),
             folder = at(scratch, "fitted");
  REQUIRE(is_done(run_elba("fit " + model + " --data " + data + " --out " + folder)));
  const auto grouped = scratch.file("grouped.elba",
                                    "model grouped {\n  dim J;\n  data y: real[J];\n  latent a[J] ~ "
                                    "normal(0, 1);\n  y ~ normal(a, 1);\n  predict t = sum(a);\n}\n");
  const auto other = run_elba("predict " + grouped + " --data " +
                              scratch.file("two.json", R"({"y": [1, 2]})") + " --draws " + folder);
  CHECK(other.code == 3);
  CHECK_THAT(other.output,
             Catch::Contains("E0610") &&
                 Catch::Contains("a saved draw has 1 number for `a`, but with these data it holds 2"));
  const auto none = run_elba("predict " + model + " --data " + data + " --draws " + scratch.path.string());
  CHECK(none.code == 2);
  CHECK_THAT(none.output, Catch::Contains("E0901") && Catch::Contains("chain_1.csv"));
  const std::string text = elba::test::file_text(folder + "/chain_1.csv");
  scratch.file("fitted/chain_1.csv", text.substr(0, text.size() / 2));
  const auto cut = run_elba("fit " + model + " --data " + data + " --init " + folder);
  CHECK(cut.code == 2);
  CHECK_THAT(cut.output, Catch::Contains("E0901") && Catch::Contains("the file ends within a line"));
  scratch.file("fitted/chain_1.csv", "lp__,a,b,s\n1,2,oops,3\n");
  const auto words = run_elba("predict " + model + " --data " + data + " --draws " + folder);
  CHECK_THAT(words.output, Catch::Contains("line 2: `oops` is no number"));
}

TEST_CASE("output: a fit started from a saved one finds the same posterior", "[cli]") {
  const Scratch scratch;
  const auto model = scratch.file("line.elba", line_model), data = scratch.file("line.json", line_data),
             folder = at(scratch, "fitted");
  REQUIRE(is_done(run_elba("fit " + model + " --data " + data + " --out " + folder)));
  const auto warm = run_elba("fit " + model + " --data " + data + " --init " + folder +
                             " --seed 5 --format=json");
  INFO(warm.output);
  REQUIRE(is_done(warm));
  const auto first = Json::parse(elba::test::file_text(folder + "/summary.json")),
             second = Json::parse(warm.output);
  for (std::size_t k = 0; k < 3; ++k)
    CHECK(second["quantities"][k]["mean"].get<double>() ==
          Approx(first["quantities"][k]["mean"].get<double>())
              .margin(4 * std::hypot(first["quantities"][k]["mcse"].get<double>(),
                                     second["quantities"][k]["mcse"].get<double>())));
  // A mode is one draw, and a start too.
  const std::string mode = at(scratch, "mode");
  REQUIRE(is_done(run_elba("fit " + model + " --data " + data + " --method map --out " + mode)));
  const auto from_mode = run_elba("fit " + model + " --data " + data + " --method map --init " + mode +
                                  " --format=json");
  INFO(from_mode.output);
  REQUIRE(from_mode.code == 0);
  CHECK(Json::parse(from_mode.output)["log_density"].get<double>() ==
        Approx(Json::parse(elba::test::file_text(mode + "/summary.json"))["log_density"].get<double>())
            .epsilon(1e-9));
}

TEST_CASE("output: a folder that cannot be used is said before the fit, a full disk after it", "[cli]") {
  const Scratch scratch;
  const auto model = scratch.file("line.elba", line_model), data = scratch.file("line.json", line_data);
  const auto occupied = run_elba("fit " + model + " --data " + data + " --out " + data);
  CHECK(occupied.code == 2);
  CHECK_THAT(occupied.output,
             Catch::Contains("E0902") && Catch::Contains("line.json") && !Catch::Contains("verdict"));
  CHECK(elba::test::file_text(data) == line_data);
  CHECK(run_elba("fit " + model + " --data " + data + " --out /dev/full").code == 2);
  // One file that meets a full disk: the others are written, and the answer is printed all the same.
  for (const std::string full : {"chain_1.csv", "posterior.nc", "summary.json"}) {
    const std::string folder = at(scratch, "full_" + full);
    fs::create_directories(folder);
    fs::create_symlink("/dev/full", folder + "/" + full);
    const auto run = run_elba("fit " + model + " --data " + data + " --out " + folder);
    INFO(run.output);
    CHECK(run.code == 2);
    CHECK_THAT(run.output, Catch::Contains("E0902") && Catch::Contains(full) &&
                               Catch::Contains("No space left") && Catch::Contains("verdict"));
    for (const std::string file : {"chain_1.csv", "posterior.nc", "summary.json"})
      CHECK(fs::is_regular_file(folder + "/" + file) == (file != full));
  }
#ifndef __SANITIZE_THREAD__  // which keeps its notes in a file larger than such a limit
  // A limit on the size of files, which root has too: the old file stays whole.
  const std::string folder = at(scratch, "limited");
  REQUIRE(is_done(run_elba("fit " + model + " --data " + data + " --out " + folder)));
  const std::string before = elba::test::file_text(folder + "/posterior.nc");
  const auto limited = shell("trap '' XFSZ; ulimit -f 20; " + std::string(elba::test::cli_path) + " fit " +
                             model + " --data " + data + " --cache off --seed 9 --out " + folder);
  INFO(limited.output);
  CHECK(limited.code == 2);
  CHECK_THAT(limited.output, Catch::Contains("posterior.nc") && Catch::Contains("File too large"));
  CHECK(elba::test::file_text(folder + "/posterior.nc") == before);
  for (const auto& entry : fs::directory_iterator(folder))
    CHECK_FALSE(entry.path().filename().string().starts_with(".writing"));
#endif
}

TEST_CASE("output: CmdStanPy reads the chains, a guide's draws and a mode", "[cli]") {
  const Scratch scratch;
  const std::string root = elba::test::source_dir, environment = root + "/build/arviz";
  REQUIRE(shell("sh '" + root + "/scripts/install_arviz.sh' '" + environment + "'").code == 0);
  const auto model = scratch.file(
      "shapes.elba",
      "model shapes {\n  data y: real;\n  latent mu ~ normal(0, 1);\n  latent R[2, 3] ~ normal(mu, 1);\n  "
      "latent x[4] ~ normal(0, 1);\n  y ~ normal(mu, 1);\n"
      "  predict P = R';\n}\n");
  const auto data = scratch.file("shapes.json", R"({"y": 0.5})");
  const std::pair<std::string, std::string> methods[] = {{"nuts", "nuts --chains 2 --warmup 300 --draws 400"},
                                                         {"guide", "meanfield --draws 300"},
                                                         {"map", "map"}};
  for (const auto& [kind, method] : methods) {
    INFO(kind);
    const std::string folder = at(scratch, kind);
    REQUIRE(
        is_done(run_elba("fit " + model + " --data " + data + " --method " + method + " --out " + folder)));
    const auto checked = shell("'" + environment + "/bin/python' '" + root +
                               "/tests/support/cmdstanpy_check.py' " + folder + " " + kind);
    INFO(checked.output);
    CHECK(checked.code == 0);
    // Stan's order, and back.
    CHECK_THAT(elba::test::file_text(folder + "/chain_1.csv"),
               Catch::Contains("R.1.1,R.2.1,R.1.2,R.2.2,R.1.3,R.2.3"));
    CHECK(run_elba("predict " + model + " --data " + data + " --draws " + folder).code == 0);
  }
}

TEST_CASE("output: predictions that are not kept are written as they are summarised", "[cli]") {
  const Scratch scratch;
  const auto model = scratch.file(
      "many.elba",
      "model many {\n  data y: real;\n  latent mu ~ normal(0, 1);\n  y ~ normal(mu, 1);\n  predict double = "
      "2 * mu;\n  predict z = [mu * i for i in 1:50000];\n}\n");
  const auto data = scratch.file("many.json", R"({"y": 0.5})");
  const std::string folder = at(scratch, "many"),
                    environment = std::string(elba::test::source_dir) + "/build/arviz";
  REQUIRE(
      shell("sh '" + std::string(elba::test::source_dir) + "/scripts/install_arviz.sh' '" + environment + "'")
          .code == 0);
  // 200 draws of 50001 numbers are more than are kept.
  const auto fitted = run_elba("fit " + model + " --data " + data +
                               " --method nuts --chains 2 --warmup 200 --draws 200 --out " + folder);
  INFO(fitted.output);
  REQUIRE(is_done(fitted));
  const auto script = scratch.file(
      "check.py",
      "import sys, arviz as az, numpy as np, json\nfolder = sys.argv[1]\np = az.from_netcdf(folder + "
      "'/posterior.nc').posterior\n"
      "mu, z = p['mu'].values, p['z'].values\nassert z.shape == (2, 100, 50000), z.shape\nassert "
      "np.array_equal(z, mu[..., None] * np.arange(1, 50001))\n"
      "assert np.array_equal(p['double'].values, 2 * mu)\nq = {one['name']: one for one in "
      "json.load(open(folder + '/summary.json'))['quantities']}\n"
      "assert len(q) == 50002 and q['z[50000]']['rhat'] is None and q['mu']['rhat'] is not None\n"
      "for k in (1, 77, 50000):\n    one = q['z[%d]' % k]\n    values = z[..., k - 1].ravel()\n"
      "    assert np.isclose(one['mean'], values.mean(), rtol=1e-9) and np.isclose(one['sd'], "
      "values.std(ddof=1), rtol=1e-9)\n"
      "    assert np.isclose(one['q05'], np.quantile(values, 0.05), rtol=1e-9) and np.isclose(one['q95'], "
      "np.quantile(values, 0.95), rtol=1e-9)\n"
      "rows = [line.split(',') for line in open(folder + '/chain_2.csv') if not line.startswith('#')]\n"
      "assert np.array_equal(np.array(rows[1:], dtype=float)[:, rows[0].index('z.49999\\n') if 'z.49999\\n' "
      "in rows[0] else rows[0].index('z.49999')], z[1, :, 49998])\n");
  const auto checked = shell("'" + environment + "/bin/python' " + script + " " + folder);
  INFO(checked.output);
  CHECK(checked.code == 0);
}

TEST_CASE("output: Ctrl-C while files are written leaves whole files with the draws that there are",
          "[cli]") {
  const Scratch scratch;
  const auto model = scratch.file("many.elba",
                                  "model many {\n  data y: real;\n  latent mu ~ normal(0, 1);\n  y ~ "
                                  "normal(mu, 1);\n  predict z = [mu * i for i in 1:20000];\n}\n");
  const auto data = scratch.file("many.json", R"({"y": 0.5})");
  const std::string folder = at(scratch, "cut"), elba = elba::test::cli_path;
  // The signal comes once a file has begun to be written behind the summary.
  const auto cut = shell("set -m; " + elba + " fit " + model + " --data " + data +
                         " --cache off --method nuts --draws 4000 --out " + folder +
                         " & pid=$!; "
                         "while [ $(ls -A " +
                         folder +
                         " 2>/dev/null | grep -c writing) -lt 2 ] && kill -0 $pid 2>/dev/null; do sleep "
                         "0.05; done; sleep 0.3; kill -INT $pid; start=$(date +%s%N); wait $pid; "
                         "echo code $?; echo took $(( ($(date +%s%N) - start) / 1000000 )) ms");
  INFO(cut.output);
  CHECK_THAT(cut.output, Catch::Contains("code 0") && Catch::Contains("there was no time for `z`") &&
                             Catch::Contains("verdict"));
  const std::string csv = elba::test::file_text(folder + "/chain_1.csv");
  CHECK(std::count(csv.begin(), csv.end(), '\n') > 1000);
  CHECK(csv.find("z.1") == std::string::npos);
  CHECK(fs::exists(folder + "/posterior.nc"));
  for (const auto& entry : fs::directory_iterator(folder))
    CHECK_FALSE(entry.path().filename().string().starts_with(".writing"));
  CHECK(run_elba("predict " + model + " --data " + data + " --draws " + folder + " --count 5").code == 0);
}

// The sanitizers keep notes on all memory in a range of addresses that no such limit leaves them.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_CASE("output: the limit on memory follows that on addresses", "[cli]") {
  const Scratch scratch;
  const auto model = scratch.file(
      "many.elba",
      "model many {\n  latent a ~ normal(0, 1);\n  predict z = [a * i for i in 1:20000000];\n}\n");
  const auto limited = shell("ulimit -v 4000000; " + std::string(elba::test::cli_path) + " fit " + model +
                             " --cache off");
  INFO(limited.output);
  CHECK(limited.code == 3);
  CHECK_THAT(limited.output,
             Catch::Contains("E0612") && Catch::Contains("at most 2.05 GB") && Catch::Contains("`z`"));
}
#endif

TEST_CASE("output: the report is one page that stands alone", "[cli]") {
  const Scratch scratch;
  const auto model = scratch.file("line.elba", "// a < b & \"c\"\n" + line_model),
             data = scratch.file("line.json", line_data), page = at(scratch, "report.html");
  const auto run = run_elba("fit " + model + " --data " + data + " --report " + page);
  INFO(run.output);
  REQUIRE(is_done(run));
  const std::string html = elba::test::file_text(page);
  CHECK_THAT(html, Catch::StartsWith("<!doctype html>") && Catch::EndsWith("</html>\n"));
  // Nothing is fetched and nothing runs.
  for (const char* outside : {"http:", "https:", "<script", "<link", "url(", "@import"})
    CHECK(html.find(outside) == std::string::npos);
  CHECK_THAT(html,
             Catch::Contains("// a &lt; b &amp; &quot;c&quot;") && Catch::Contains("<div class='verdict ") &&
                 Catch::Contains("Marginals against the prior") && Catch::Contains("The worst pairs") &&
                 Catch::Contains("How the fit went") && Catch::Contains("Influence of single observations"));
  // Every element that is opened is closed, and no number is missing.
  for (const std::string tag :
       {"svg", "div", "table", "tr", "td", "figure", "h2", "g", "text", "p", "ul", "li", "pre"}) {
    std::size_t opened = 0, closed = 0;
    for (std::size_t k = html.find("<" + tag); k != std::string::npos; k = html.find("<" + tag, k + 1))
      opened += html[k + tag.size() + 1] == '>' || html[k + tag.size() + 1] == ' ';
    for (std::size_t k = html.find("</" + tag + ">"); k != std::string::npos;
         k = html.find("</" + tag + ">", k + 1))
      ++closed;
    CAPTURE(tag);
    CHECK(opened == closed);
    CHECK(opened > 0);
  }
  CHECK(html.find("nan") == std::string::npos);
  const auto nowhere = run_elba("fit " + model + " --data " + data + " --report " + data + "/r.html");
  CHECK(nowhere.code == 2);
  CHECK_THAT(nowhere.output, Catch::Contains("E0902") && !Catch::Contains("verdict"));
  // Of a mode there is a page too, without pictures of a distribution.
  REQUIRE(is_done(run_elba("fit " + model + " --data " + data + " --method map --report " + page)));
  CHECK_THAT(elba::test::file_text(page), Catch::Contains("<th>mode</th>") && !Catch::Contains("Marginals"));
}
