// Members of distributions as functions: every name that the library's distributions and members make is read
// as it is meant.
#include <catch2/catch.hpp>

#include <algorithm>
#include <optional>
#include <regex>

#include "api/elba.hpp"
#include "frontend/frontend.h"
#include "ir/library.h"
#include "support/render.h"
#include "tests/support/library_signatures.h"

namespace {

using namespace elba;

struct Spelling {
  std::string ending, member;
};
const Spelling spellings[] = {{"logpdf", "logpdf"},   {"logpmf", "logpdf"},     {"cdf", "cdf"},
                              {"log_cdf", "log_cdf"}, {"lcdf", "log_cdf"},      {"log_ccdf", "log_ccdf"},
                              {"lccdf", "log_ccdf"},  {"quantile", "quantile"}, {"entropy", "entropy"},
                              {"mean", "mean"},       {"variance", "variance"}, {"mode", "mode"}};

// How the source of a distribution declares a member: its formal, empty where it takes none; nothing where
// there is no such member.
std::optional<std::string> formal_of(const std::string& dist, const std::string& member) {
  const std::string text(ir::distribution_source(dist));
  std::smatch found;
  if (!std::regex_search(
          text, found,
          std::regex("\n +" + (member == "logpdf" ? "logp[dm]f" : member) + "( =| \\{|\\((\\w+))")))
    return std::nullopt;
  return found[2].str();
}
bool has_member(const std::string& dist, const std::string& member) {
  return formal_of(dist, member).has_value();
}

double value_of(const std::string& text, const std::string& data) {
  const auto program = Program::compile("model m { " + text + " }");
  REQUIRE(program);
  const auto given = Data::from_json(data);
  REQUIRE(given);
  const auto bound = program->bind(*given);
  REQUIRE(bound);
  const auto workspace = bound->workspace();
  REQUIRE(workspace);
  const std::vector<double> u(bound->dimension(), 0.0);
  double value = 0;
  REQUIRE(bound->log_density(**workspace, u, false, value, {}));
  return value;
}

}  // namespace

TEST_CASE("every pair of distribution and member of the library is read as it is meant", "[check]") {
  // Called without arguments, a name says by what it misses whose member it is.
  struct Pair {
    std::string name, wanted;  // as it is called; empty: the distribution has no such member
    bool is_ambiguous = false;
    std::uint32_t at = 0;
  };
  const std::string head = "model m {\n  data y: real;\n  latent a ~ normal(0, 1);\n  y ~ normal(a, 1);\n";
  int ambiguous = 0;
  const auto& distributions = test::library_distributions();
  // A text for each distribution: of thousands of mistakes in one, the first thousand are told.
  for (const auto& dist : distributions) {
    std::vector<Pair> pairs;
    std::string text = head;
    for (const auto& [ending, member] : spellings) {
      Pair pair{dist.name + "_" + ending, "", false, 0};
      // Of two readings that with the longer member is meant.
      const auto is_distribution = [&](const std::string& name, const std::string& with) {
        return std::any_of(distributions.begin(), distributions.end(),
                           [&](const auto& other) { return other.name == name; }) &&
               has_member(name, with);
      };
      const std::string prefix = ending == "cdf" && dist.name.ends_with("_log")
                                     ? dist.name.substr(0, dist.name.size() - 4)
                                     : "";
      const bool is_other = !prefix.empty() && is_distribution(prefix, "log_cdf");
      pair.is_ambiguous = (is_other && has_member(dist.name, "cdf")) ||
                          (ending == "log_cdf" && has_member(dist.name, "log_cdf") &&
                           is_distribution(dist.name + "_log", "cdf"));
      if (is_other || has_member(dist.name, member)) {
        const auto meant = std::find_if(distributions.begin(), distributions.end(), [&](const auto& other) {
          return other.name == (is_other ? prefix : dist.name);
        });
        pair.wanted = *formal_of(meant->name, is_other ? "log_cdf" : member);
        for (const auto& param : meant->params)
          pair.wanted += (pair.wanted.empty() ? "" : ", ") + param.name;
        pair.wanted = "`" + pair.name + "(" + pair.wanted + ")`";
      }
      text += "  factor ";
      pair.at = static_cast<std::uint32_t>(text.size());
      text += pair.name + "();\n";
      pairs.push_back(std::move(pair));
    }
    text += "}\n";
    const Source source("m.elba", text);
    const auto result = compile_frontend(source);
    for (const Pair& pair : pairs) {
      INFO(pair.name);
      std::string codes, words;
      for (const auto& d : result.diagnostics) {
        if (d.span.begin != pair.at) continue;
        codes += (codes.empty() ? "" : " ") + std::string(code_info(d.code).code);
        for (const auto& note : d.notes)
          words += note + "\n";
      }
      INFO(codes << "\n" << words);
      ambiguous += pair.is_ambiguous;
      const bool has_warning = codes.find("W0014") != std::string::npos;
      CHECK(has_warning == pair.is_ambiguous);
      if (pair.wanted.empty())
        CHECK(codes == "E0218");
      else if (codes.find("E0302") == std::string::npos)
        // It takes nothing, so that nothing is missing.
        CHECK((pair.wanted.ends_with("()`") && codes.empty()));
      else
        CHECK(words.find("it is called as " + pair.wanted) != std::string::npos);
    }
  }
  CHECK(ambiguous == 4);  // poisson and neg_binomial_2, from either side
}

TEST_CASE("a log probability is one, however it is spelled", "[check]") {
  const std::string head = "data x: int<lower=0>; latent r: real ~ flat(); factor 0 * r + ";
  constexpr double of_poisson = -4.572117429097318, of_negative_binomial = -0.4109199587911281;
  for (const char* spelled : {"poisson_log_cdf(x, 10)", "poisson_lcdf(x, 10)", "log_cdf(x, poisson(10))",
                              "log(poisson_cdf(x, 10))", "poisson_log_lcdf(x, log(10))",
                              "poisson_log_log_cdf(x, log(10))", "log(cdf(x, poisson_log(log(10))))"}) {
    INFO(spelled);
    CHECK(value_of(head + spelled + ";", R"({"x": 3})") == Approx(of_poisson).epsilon(1e-13));
  }
  for (const char* spelled : {"neg_binomial_2_log_cdf(x, 3, 2)", "neg_binomial_2_lcdf(x, 3, 2)",
                              "log_cdf(x, neg_binomial_2(3, 2))", "neg_binomial_2_log_lcdf(x, log(3), 2)"}) {
    INFO(spelled);
    CHECK(value_of(head + spelled + ";", R"({"x": 3})") == Approx(of_negative_binomial).epsilon(1e-13));
  }
}

TEST_CASE("declarations of the file make names ambiguous only where both members are there", "[check]") {
  const std::string decay =
      "dist decay(rate: real<lower=0>): real<lower=0> { logpdf(x) = log(rate) - rate * x; log_cdf(x) = "
      "log1m_exp(-rate * x); }\n";
  const std::string other = "dist decay_log(eta: real): real<lower=0> { logpdf(x) = eta - exp(eta) * x; ",
                    cdf = "cdf(x) = 1 - exp(-exp(eta) * x); ";
  const std::string model =
      "model m { data y: real<lower=0>; latent a ~ half_normal(1); factor decay_log_cdf(y, a); y ~ "
      "decay_log(a); }";
  const auto codes = [](const std::string& text) {
    const Source source("m.elba", text);
    std::string found;
    for (const auto& d : compile_frontend(source).diagnostics)
      found += (found.empty() ? "" : " ") + std::string(code_info(d.code).code);
    return found;
  };
  CHECK(codes(decay + other + "}\n" + model) == "");
  CHECK(codes(decay + other + cdf + "}\n" + model) == "E0219");
  // A distribution of the file beside one of the library.
  const std::string own =
      "dist poisson_log(eta: real): int<lower=0> { logpdf(x) = x * eta - exp(eta) - lgamma(x + 1.0); cdf(x) "
      "= gamma_q(x + 1.0, exp(eta)); }\n";
  CHECK(codes(own + "model m { data y: int<lower=0>; latent a ~ half_normal(1); factor poisson_log_cdf(y, "
                    "a); y ~ poisson_log(a); }") == "W0012 E0219");
  // A function of the file is what it says.
  CHECK(codes("fun poisson_log_cdf(x: int, r: real): real = -r * x;\nmodel m { data y: int<lower=0>; latent "
              "a ~ half_normal(1); factor poisson_log_cdf(y, a); }") == "");
}
