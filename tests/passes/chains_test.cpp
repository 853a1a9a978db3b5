// How far back chains look, from models as users write them.
#include "passes/density/markov_order.h"

#include <catch2/catch.hpp>

#include "api/model/handles.h"
#include "passes/passes.h"

using namespace elba;

namespace {

std::int64_t order_of(const std::string& body) {
  auto program = Program::compile("model m { dim T, K; data y: real[T, K]; latent s ~ half_normal(1); " +
                                  body + " y ~ normal(s, 1); }");
  if (!program) FAIL(program.diagnostics().front().message);
  return passes::chain_order(passes::inline_calls(program->impl->density), {{"T", 9}, {"K", 4}});
}

}  // namespace

TEST_CASE("the order of a chain is read off its distribution", "[passes]") {
  CHECK(order_of("latent h[T]; h[1] ~ normal(0, 5); for t in 2:T { h[t] ~ normal(h[t - 1], s); }") == 1);
  CHECK(order_of("latent h[T]; h[1] ~ normal(0, 5); h[2:T] ~ normal(0.9 * h[1:T-1], s);") == 1);
  CHECK(order_of("latent h[T]; h[1:2] ~ normal(0, 5); h[3:T] ~ normal(2 * h[2:T-1] - h[1:T-2], s);") == 2);
  CHECK(order_of("latent h[T]; h[1:4] ~ normal(0, 5); for t in 5:T { h[t] ~ normal(h[t - 4], s); }") == 4);
  CHECK(order_of("latent g: real[T, K]; g[1] ~ normal(0, 1); for t in 2:T { g[t] ~ normal(g[t - 1], s); }") ==
        4);
  CHECK(order_of("latent g: real[T, K]; g[1] ~ normal(0, 1); for t in 2:T, k in 1:K { g[t, k] ~ normal(g[t - "
                 "1, k], s); }") == 4);
}

TEST_CASE("a distribution of the library that walks is a chain", "[passes]") {
  CHECK(order_of("latent h: real[T] ~ gaussian_random_walk(s, 3);") == 1);
  CHECK(order_of("latent h: real[T] ~ gaussian_ar1(0, 0.5, s);") == 1);
}

TEST_CASE("what has no distribution of itself is no chain", "[passes]") {
  CHECK(order_of("") == 0);
  CHECK(order_of("latent h[T] ~ normal(0, s);") == 0);
  CHECK(order_of("latent m ~ normal(0, 1); latent h[T]; for t in 1:T { h[t] ~ normal(m, s); }") == 0);
  // Neighbours in the likelihood, not in the prior.
  CHECK(order_of("latent h[T] ~ normal(0, 1); y[2:T, 1] ~ normal(h[2:T] - h[1:T-1], s);") == 0);
}
