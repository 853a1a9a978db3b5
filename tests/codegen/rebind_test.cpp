// A program bound to other data runs the code that it has, wherever the same code would be made.
#include <catch2/catch.hpp>

#include "api/elba.hpp"

using namespace elba;

namespace {

Data regression(std::int64_t n, std::int64_t d) {
  std::vector<double> x(static_cast<std::size_t>(n * d)), y(static_cast<std::size_t>(n));
  for (std::size_t k = 0; k < x.size(); ++k)
    x[k] = static_cast<double>(k * 7919 % 101) / 50 - 1;
  for (std::size_t k = 0; k < y.size(); ++k)
    y[k] = static_cast<double>(k % 2);
  Data data;
  data.set("x", {n, d}, x);
  data.set("y", {n}, y);
  return data;
}

struct Numbers {
  double value = 0;
  std::vector<double> gradient;
  double llvm_ms = 0;
  bool operator==(const Numbers& other) const { return value == other.value && gradient == other.gradient; }
};

Numbers numbers_of(const Result<Bound>& bound) {
  REQUIRE(bound);
  const auto workspace = bound->workspace();
  REQUIRE(workspace);
  Numbers made;
  made.gradient.resize(bound->dimension());
  const std::vector<double> u(bound->dimension(), 0.25);
  REQUIRE(bound->log_density(**workspace, u, true, made.value, made.gradient));
  made.llvm_ms = bound->times().llvm;
  return made;
}

}  // namespace

TEST_CASE("a bound with other sizes runs the code that there is", "[codegen]") {
  const auto program = Program::compile(R"(model logistic {
    dim N, D; data x: real[N, D]; data y: int<lower=0, upper=1>[N];
    latent a ~ normal(0, 2); latent b[D] ~ normal(0, 1);
    y ~ bernoulli_logit(a + x @ b);
  })");
  REQUIRE(program);
  const auto first = program->bind(regression(100, 3));
  (void)numbers_of(first);
  for (const auto& [n, d] : std::vector<std::pair<std::int64_t, std::int64_t>>{{100, 3},
                                                                               {7, 3},
                                                                               {1, 3},
                                                                               {0, 3},
                                                                               {1234, 3},
                                                                               {100, 4},
                                                                               {50, 4},
                                                                               {60, 17},
                                                                               {61, 40},
                                                                               {200'000, 3},
                                                                               {400'000, 3}}) {
    INFO(n << " rows, " << d << " columns");
    const Data data = regression(n, d);
    const Numbers rebound = numbers_of(first->rebind(data)), fresh = numbers_of(program->bind(data));
    CHECK(rebound == fresh);
    // Columns of another number are other code, from 17 on they are not; rows of half a million operations
    // look whether they are to end.
    const bool is_new = (n == 100 && d == 4) || (n == 60 && d == 17) || n == 200'000;
    CHECK((rebound.llvm_ms > 0) == is_new);
  }
}
