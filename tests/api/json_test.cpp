// json: the summary of a fit and the signature of a model, as the library writes them.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "api/json.h"

using namespace elba;
using Json = nlohmann::ordered_json;

namespace {

Bound bound_of(const std::string& text) {
  auto program = Program::compile(text);
  REQUIRE(program);
  auto bound = program->bind(Data());
  REQUIRE(bound);
  return *bound;
}

const char* const model = "model m { latent mu ~ normal(1, 2); latent s ~ half_normal(1); }";

}  // namespace

TEST_CASE("a summary has the keys of its method", "[api]") {
  const Bound bound = bound_of(model);
  const auto guide = bound.fit({.method = "meanfield", .draws = 200});
  REQUIRE(guide);
  const Json of_guide = Json::parse(summary_json(*guide));
  for (const char* key : {"model", "verdict", "reasons", "elbo", "khat", "importance_ess", "optimisation"})
    CHECK(of_guide.contains(key));
  CHECK_FALSE(of_guide.contains("rhat"));
  REQUIRE(of_guide["quantities"].size() == 2);
  CHECK(of_guide["quantities"][0]["name"] == "mu");
  CHECK(of_guide["quantities"][0]["mean"] == guide->quantities[0].mean);
  REQUIRE(!of_guide["reasons"].empty());
  CHECK(of_guide["reasons"][0]["code"].get<std::string>().starts_with("F0"));
  CHECK(of_guide["reasons"][0]["text"] == guide->reasons[0].text);

  const auto mode = bound.fit({.method = "map"});
  REQUIRE(mode);
  const Json of_mode = Json::parse(summary_json(*mode));
  CHECK(of_mode["log_density"] == mode->mode()->log_density);
  CHECK_FALSE(of_mode.contains("elbo"));
}

TEST_CASE("a summary is written in pieces, with more behind it, until nothing more is wanted", "[api]") {
  const auto found = bound_of(model).fit({.method = "meanfield", .draws = 200});
  REQUIRE(found);
  std::string text;
  const auto keep = [&](std::string_view piece) {
    text += piece;
    return true;
  };
  REQUIRE(write_summary_json(*found, {.is_indented = true, .more = R"({"wall": 2})"}, keep));
  Json all = Json::parse(text), plain = Json::parse(summary_json(*found));
  CHECK(all["wall"] == 2);
  all.erase("wall");
  CHECK(all == plain);
  CHECK_FALSE(write_summary_json(*found, {}, [](std::string_view) { return false; }));
}

TEST_CASE("a signature is JSON", "[api]") {
  auto program = Program::compile(
      "model m { dim N; data y: real[N]; latent s ~ half_normal(1); y ~ normal(0, s); }");
  REQUIRE(program);
  const Json found = Json::parse(signature_json(program->signature()));
  CHECK(found["model"] == "m");
  CHECK(found["data"][0]["name"] == "y");
  CHECK(found["latents"][0]["support"] == "real<lower=0>");
}
