// The interpreter against closed forms: index spaces, combiners, recurrences, linear algebra, densities,
// draws, buffers.
#include <catch2/catch.hpp>
#include <cmath>

#include "ir/interpret.h"
#include "ir/random.h"
#include "ir/special.h"
#include "ir/text.h"

using namespace elba;
using namespace elba::ir;

namespace {

Module read(const std::string& text) {
  auto module = parse_module(Source("m", text));
  INFO((module ? std::string() : module.diagnostics()[0].message));
  REQUIRE(module);
  return std::move(*module);
}

std::vector<Tensor> run(const std::string& text, const std::vector<Tensor>& arguments,
                        const std::map<std::string, std::int64_t>& dims = {}, const std::string& func = "f") {
  const auto results = interpret(read(text), func, arguments, dims);
  INFO((results ? std::string() : results.diagnostics()[0].message));
  REQUIRE(results);
  return *results;
}

std::string failure(const std::string& text, const std::vector<Tensor>& arguments,
                    const std::map<std::string, std::int64_t>& dims = {}) {
  const auto results = interpret(read(text), "f", arguments, dims);
  REQUIRE_FALSE(results);
  UNSCOPED_INFO(results.diagnostics()[0].message);
  return results.diagnostics()[0].message;
}

Tensor integers(std::vector<double> values) {
  Tensor tensor = Tensor::vector(std::move(values));
  tensor.scalar = Scalar::i64;
  return tensor;
}
Tensor matrix(std::int64_t rows, std::int64_t columns, std::vector<double> values) {
  return {Scalar::f64, {rows, columns}, std::move(values), 0};
}
Tensor key_of(std::uint64_t key) { return {Scalar::i64, {}, {0}, key}; }

using Values = std::vector<double>;

}  // namespace

TEST_CASE("every combiner over two iterators", "[ir]") {
  const auto results = run(R"(module @m level density { dim N dim D
    func @f(%x: f64[N, D], %g: i64[N]) -> (f64[N, D], f64, f64, f64, f64, f64, i64, f64[3]) {
      %s, %t, %p, %a, %b, %l, %m, %c = nest (%i < N, %j < D) ->
          (stack f64[N, D], sum f64, prod f64, max f64, min f64, lse f64, argmax i64, scatter f64[3]) {
        %v = read %x, %i, %j : f64
        %w = mul %v, 2.0 : f64
        %k = read %g, %i : i64
        yield %w, %v, %v, %v, %v, %v, %v, %k, %v
      }
      return %s, %t, %p, %a, %b, %l, %m, %c } })",
                           {matrix(2, 3, {1, -2, 4, 3, 4, 0.5}), integers({2, 0})});
  CHECK(results[0].values == Values{2, -4, 8, 6, 8, 1});
  CHECK(results[0].shape == std::vector<std::int64_t>{2, 3});
  CHECK(results[1].values == Values{10.5});
  CHECK(results[2].values == Values{-48});
  CHECK(results[3].values == Values{4});
  CHECK(results[4].values == Values{-2});
  CHECK(results[5].values[0] ==
        Approx(std::log(std::exp(1.0) + std::exp(-2.0) + 2 * std::exp(4.0) + std::exp(3.0) + std::exp(0.5)))
            .epsilon(1e-14));
  CHECK(results[6].values == Values{2});  // the first of two equals
  CHECK(results[7].values == Values{7.5, 0, 3});
}

TEST_CASE("combiners of nothing and of tensors", "[ir]") {
  const std::string empty = R"(module @m level density { dim N
    func @f(%x: f64[N]) -> (f64, f64, f64, f64, f64[N, 2]) {
      %t, %p, %a, %l, %s = nest (%i < N) -> (sum f64, prod f64, max f64, lse f64, stack f64[N, 2]) {
        %v = read %x, %i : f64
        %w = pack %v, %v : f64[2]
        yield %v, %v, %v, %v, %w
      }
      return %t, %p, %a, %l, %s } })";
  const auto none = run(empty, {Tensor::vector({})});
  CHECK(none[0].values == Values{0});
  CHECK(none[1].values == Values{1});
  CHECK(none[2].values == Values{-INFINITY});
  CHECK(none[3].values == Values{-INFINITY});
  CHECK(none[4].values.empty());
  CHECK(run(empty, {Tensor::vector({5})})[4].values == Values{5, 5});
  const auto rows = run(
      R"(module @m level density { dim N func @f(%x: f64[N, 2]) -> (f64[2], f64[2], f64[2]) {
      %s, %m, %l = nest (%i < N) -> (sum f64[2], max f64[2], lse f64[2]) { %r = read %x, %i : f64[2] yield %r, %r, %r }
      return %s, %m, %l } })",
      {matrix(3, 2, {1, 2, 3, 4, 5, -6})});
  CHECK(rows[0].values == Values{9, 0});
  CHECK(rows[1].values == Values{5, 4});
  CHECK(rows[2].values[1] == Approx(std::log(std::exp(2.0) + std::exp(4.0) + std::exp(-6.0))));
  CHECK(failure("module @m level tensor { dim N func @f(%x: f64[N]) -> (i64) { %0 = nest (%i < N) -> (argmax "
                "i64) { %v = read %x, %i : f64 yield %v } return %0 } }",
                {Tensor::vector({})})
            .find("argmax over nothing") != std::string::npos);
}

TEST_CASE("scans run in order, forwards and backwards, with several carries", "[ir]") {
  const std::string text = R"(module @m level tensor { dim T func @f(%x: f64[T]) -> (f64, i64, f64[T], f64) {
      %a, %n, %s, %t = scan (%t < T) carry (%c = 0.0 : f64, %k = 0 : i64) -> (stack f64[T], sum f64) {reverse=REV} {
        %v = read %x, %t : f64
        %h = mul %c, 0.5 : f64
        %d = add %h, %v : f64
        %m = add %k, 1 : i64
        next %d, %m yield %d, %v
      }
      return %a, %n, %s, %t } })";
  const auto with = [&](const char* reverse) {
    std::string changed = text;
    changed.replace(changed.find("REV"), 3, reverse);
    return run(changed, {Tensor::vector({1, 2, 4})});
  };
  const auto forwards = with("0"), backwards = with("1");
  CHECK(forwards[2].values == Values{1, 2.5, 5.25});
  CHECK(forwards[0].values == Values{5.25});
  CHECK(forwards[1].values == Values{3});
  CHECK(forwards[3].values == Values{7});
  CHECK(backwards[2].values == Values{3, 4, 4});
  CHECK(backwards[0].values == Values{3});
}

TEST_CASE("a carry may be swapped with another", "[ir]") {
  const auto results = run(R"(module @m level tensor { func @f() -> (f64, f64) {
      %a, %b = scan (%t < 3) carry (%c = 1.0 : f64, %d = 2.0 : f64) -> () { next %d, %c yield }
      return %a, %b } })",
                           {});
  CHECK(results[0].values == Values{2});
  CHECK(results[1].values == Values{1});
}

TEST_CASE("contractions", "[ir]") {
  const auto contract = [](const std::string& maps, const std::string& semiring, const std::string& out) {
    return run("module @m level density { dim N dim D func @f(%x: f64[N, D], %b: f64[D]) -> (" + out +
                   ") { %0 = contract %x, %b {maps=\"" + maps + "\", semiring=\"" + semiring +
                   "\"} : " + out + " return %0 } }",
               {matrix(2, 3, {1, 2, 3, 4, 5, 6}), Tensor::vector({1, 0, -1})})[0];
  };
  CHECK(contract("nd,d->n", "sum_mul", "f64[N]").values == Values{-2, -2});
  CHECK(contract("nd,d->", "sum_mul", "f64").values == Values{-4});
  CHECK(contract("nd,d->dn", "sum_mul", "f64[D, N]").values == Values{1, 4, 0, 0, -3, -6});
  CHECK(contract("nd,d->n", "max_add", "f64[N]").values == Values{2, 5});
  CHECK(contract("nd,d->n", "lse_add", "f64[N]").values[1] == Approx(5 + std::log(3.0)));
}

TEST_CASE("Cholesky factors and triangular solutions", "[ir]") {
  const std::string text =
      R"(module @m level tensor { dim N func @f(%a: f64[N, N], %b: f64[N]) -> (f64[N, N], f64[N]) {
      %l = chol %a : f64[N, N]
      %y = trisolve %l, %b {trans=0} : f64[N]
      %x = trisolve %l, %y {trans=1} : f64[N]
      return %l, %x } })";
  // The upper triangle is not read.
  const auto results = run(text,
                           {matrix(3, 3, {4, 99, 99, 2, 10, 99, -2, 5, 9}), Tensor::vector({2, 17, 12})});
  const Values& l = results[0].values;
  CHECK(l[0] == 2);
  CHECK(l[3] == 1);
  CHECK(l[4] == 3);
  CHECK(l[1] == 0);
  const Values& x = results[1].values;
  const double a[3][3] = {{4, 2, -2}, {2, 10, 5}, {-2, 5, 9}}, b[3] = {2, 17, 12};
  for (int i = 0; i < 3; ++i)
    CHECK(a[i][0] * x[0] + a[i][1] * x[1] + a[i][2] * x[2] == Approx(b[i]));
  CHECK(std::isnan(run(text, {matrix(1, 1, {-1}), Tensor::vector({1})})[0].values[0]));
}

TEST_CASE("general systems, decompositions, order and search", "[ir]") {
  const auto results = run(
      R"(module @m level tensor { dim N dim K
      func @f(%a: f64[N, N], %b: f64[N], %x: f64[K], %k: f64[N]) ->
          (f64[N], f64, f64[N + 1, N], f64[2*N, N], f64[2*N + 1, N], f64[N, N], i64[K], i64[K]) {
      %s = solve %a, %b {trans=1} : f64[N]
      %d = logabsdet %a : f64
      %e = eigh %a : f64[N + 1, N]
      %q = qr %a : f64[2*N, N]
      %v = svd %a : f64[2*N + 1, N]
      %p = matrix_exp %a : f64[N, N]
      %o = sort_order %x : i64[K]
      %f = search_sorted %k, %x : i64[K]
      return %s, %d, %e, %q, %v, %p, %o, %f } })",
      {matrix(2, 2, {0, 1, 1, 0}), Tensor::vector({3, 5}), Tensor::vector({2, NAN, -1, 2}),
       Tensor::vector({-1, 2})});
  const auto close = [&](std::size_t result, const Values& expected) {
    REQUIRE(results[result].values.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      INFO(result << " " << i);
      CHECK(results[result].values[i] == Approx(expected[i]).margin(1e-12));
    }
  };
  const double h = std::sqrt(0.5), c = std::cosh(1.0), s = std::sinh(1.0);
  close(0, {5, 3});
  close(1, {0});
  close(2, {-1, 1, h, h, -h, h});
  close(3, {0, 1, 1, 0, 1, 0, 0, 1});
  close(5, {c, s, s, c});
  close(6, {2, 0, 3, 1});
  close(7, {2, 0, 1, 2});
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 2; ++j) {
      double sum = 0;
      for (int k = 0; k < 2; ++k)
        sum += results[4].values[2 * i + k] * results[4].values[4 + k] * results[4].values[6 + 2 * j + k];
      CHECK(sum == Approx(i == j ? 0 : 1).margin(1e-12));
    }
}

TEST_CASE("packs, dims and broadcasting", "[ir]") {
  const auto results = run(R"(module @m level density { dim N dim K = 3
    func @f(%u: f64[2*N + 1], %i: i64[N]) -> (f64[N, 2], f64, f64[2*N + 1], i64, f64[N], i64[N]) {
      %a, %b = unpack %u : f64[N, 2], f64
      %c = pack %b, %a : f64[2*N + 1]
      %d = dim (N*K + 1) : i64
      %e = to_real %i : f64[N]
      %g = sub 1.0, %e : f64[N]
      %h = lt %e, 2.5 : i1[N]
      %j = select %h, 7, %i : i64[N]
      return %a, %b, %c, %d, %g, %j } })",
                           {Tensor::vector({1, 2, 3, 4, 5}), integers({2, 3})});
  CHECK(results[0].values == Values{1, 2, 3, 4});
  CHECK(results[1].values == Values{5});
  CHECK(results[2].values == Values{5, 1, 2, 3, 4});
  CHECK(results[3].values == Values{7});
  CHECK(results[4].values == Values{-1, -2});
  CHECK(results[5].values == Values{7, 3});
}

namespace {

const char* const density_text = R"(module @m level density {
  dim N
  dist @normal(mu: f64, sigma: f64) scalar(f64) support(real) noise(normal) location_scale members(logpdf, sample)
  dist @pair(mu: f64[K], s: f64) scalar(f64[K]) support(real) noise(uniform) members(logpdf, sample)
  dist @gamma(a: f64) scalar(f64) support(lower) lower(0.0) noise(key) members(sample)
  func @normal.logpdf(%x: f64, %mu: f64, %sigma: f64) -> (f64) {
    %0 = sub %x, %mu : f64  %1 = div %0, %sigma : f64  %2 = square %1 : f64
    %3 = mul -0.5, %2 : f64  %4 = log %sigma : f64
    %5 = sub %3, %4 : f64  return %5
  }
  func @normal.sample(%z: f64, %mu: f64, %sigma: f64) -> (f64) {
    %0 = mul %z, %sigma : f64 %1 = add %0, %mu : f64 return %1 }
  func @pair.logpdf<K>(%x: f64[K], %mu: f64[K], %s: f64) -> (f64) {
    %0 = nest (%i < K) -> (sum f64) {
      %a = read %x, %i : f64 %b = read %mu, %i : f64 %c = sub %a, %b : f64 %d = mul %c, %s : f64 yield %d }
    return %0
  }
  func @pair.sample<K>(%z: f64[K], %mu: f64[K], %s: f64) -> (f64[K]) {
    %0 = nest (%i < K) -> (stack f64[K]) {
      %a = read %z, %i : f64 %b = read %mu, %i : f64 %c = add %a, %b : f64 yield %c }
    return %0
  }
  func @gamma.sample(%k: key, %a: f64) -> (f64) { %0 = rng_gamma %k, %a : f64 return %0 }
  func @f(%y: f64[N], %mu: f64[N], %x: f64[N, 2], %m: f64[2], %key: key) ->
      (f64, f64, f64, f64[3, N], f64[N, 2], f64[N]) {
    %d = dist %mu, 2.0 {name="normal"} : dist<f64[N], 0>
    %0 = logpdf %d, %y : f64
    %mask = gt %y, 0.0 : i1[N]
    %1 = logpdf %d, %y, %mask : f64
    %e = dist %m, 3.0 {name="pair"} : dist<f64[2], 1>
    %2 = logpdf %e, %x : f64
    %3 = sample %d, %key (3) : f64[3, N]
    %4 = sample %e, %key (N) : f64[N, 2]
    %g = dist 1.5 {name="gamma"} : dist<f64, 0>
    %5 = sample %g, %key (N) : f64[N]
    return %0, %1, %2, %3, %4, %5
  }
})";

}  // namespace

TEST_CASE("densities sum over the batch, draws follow the key", "[ir]") {
  const Values y = {1, -1}, mu = {0.5, 2};
  const std::uint64_t key = 42;
  const auto results = run(density_text, {Tensor::vector(y), Tensor::vector(mu), matrix(2, 2, {1, 2, 3, 4}),
                                          Tensor::vector({0.5, 1}), key_of(key)});
  const auto density = [&](int i) { return -0.5 * std::pow((y[i] - mu[i]) / 2, 2) - std::log(2.0); };
  CHECK(results[0].values[0] == Approx(density(0) + density(1)).epsilon(1e-14));
  CHECK(results[1].values[0] == Approx(density(0)).epsilon(1e-14));
  CHECK(results[2].values[0] == Approx(3 * (0.5 + 1 + 2.5 + 3)).epsilon(1e-14));
  for (std::uint64_t e = 0; e < 6; ++e)
    CHECK(results[3].values[e] == Approx(mu[e % 2] + 2 * random::normal(key, e)).epsilon(1e-14));
  for (std::uint64_t e = 0; e < 4; ++e)
    CHECK(results[4].values[e] == Approx((e % 2 ? 1 : 0.5) + random::uniform(key, e)).epsilon(1e-14));
  for (std::int64_t e = 0; e < 2; ++e)
    CHECK(results[5].values[e] == random::gamma(random::key_fold(key, e), 1.5));
}

TEST_CASE("what cannot be run is an error, not a crash", "[ir]") {
  const std::string reads =
      "module @m level tensor { dim N func @f(%x: f64[N], %i: i64) -> (f64) { %0 = read %x, %i : f64 return "
      "%0 } }";
  Tensor index = Tensor::real(3);
  index.scalar = Scalar::i64;
  CHECK(failure(reads, {Tensor::vector({1, 2, 3}), index}).find("index 3 of extent 3") != std::string::npos);
  CHECK(failure(reads, {Tensor::vector({1, 2, 3})}).find("too few") != std::string::npos);
  CHECK(failure(reads, {Tensor::vector({1}), index, index}).find("takes 2 arguments") != std::string::npos);
  CHECK(failure(reads, {Tensor::vector({1}), Tensor::real(0)}).find("is not i64") != std::string::npos);
  CHECK(failure(reads, {Tensor::vector({1}), index}, {{"N", 2}}).find("is not f64[2]") != std::string::npos);
  CHECK(failure("module @m level tensor { dim N func @f() -> (i64) { %0 = dim (N) : i64 return %0 } }", {})
            .find("no value") != std::string::npos);
  CHECK(failure("module @m level tensor { dim N func @f() -> (f64) { %0 = nest (%i < N - 2) -> (sum f64) { "
                "yield 1.0 } return %0 } }",
                {}, {{"N", 1}})
            .find("is -1") != std::string::npos);
  CHECK(failure("module @m level density { func @f() -> (f64) { %0 = latent {site=\"a\", support=\"real\"} : "
                "f64 return %0 } }",
                {})
            .find("latent") != std::string::npos);
  CHECK_FALSE(interpret(read(reads), "g", {}, {}));
}

TEST_CASE("loop level memory", "[ir]") {
  const std::string text = R"(module @m level loop { dim N
    func @f(%x: buffer<f64[N]> data, %k: key key, %out0: buffer<f64> output, %out1: buffer<f64[N + 2]> output) -> () {
      %r = alloc {place="register"} : buffer<f64>
      %a = alloc {place="arena", slot=0} : buffer<f64[N]>
      store %r, -1e9
      copy %a, %x
      loop (%i < N) { %v = load %a, %i : f64 accumulate %r, %v {combiner="max"} yield }
      %m = load %r : f64
      store %out0, %m
      fill %out1, 7.0
      %w = view %out1 (1) : buffer<f64[N]>
      loop (%j < N) {reverse=1} { %v = load %x, %j : f64 store %w, 0, %v accumulate %w, %j, 1.0 yield }
      %t = view %out1 (N + 1) : buffer<f64[1]>
      kernel %k, 1, %t {symbol="elba_rng_uniform"}
      return } })";
  const auto results = run(text, {Tensor::vector({3, 9, 2}), key_of(5)});
  CHECK(results[0].values == Values{9});
  CHECK(results[1].values == Values{7, 4, 8, 8, random::uniform(5, 0)});
  CHECK(failure("module @m level loop { func @f(%x: buffer<f64[2]> data, %out0: buffer<f64> output) -> () { "
                "%v = load %x, 2 : f64 store %out0, %v return } }",
                {Tensor::vector({1, 2})})
            .find("2 of extent 2") != std::string::npos);
  CHECK(failure("module @m level loop { func @f(%x: buffer<f64[2]> data) -> () { %v = view %x (1) : "
                "buffer<f64[2]> return } }",
                {Tensor::vector({1, 2})})
            .find("beyond") != std::string::npos);
}

TEST_CASE("Philox gives the published values", "[ir]") {
  // Random123 1.14, tests/kat_vectors, philox4x32 10.
  using Words = std::array<std::uint32_t, 4>;
  CHECK(random::philox(0, {0, 0, 0, 0}) == Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(random::philox(~std::uint64_t{0}, {~0u, ~0u, ~0u, ~0u}) ==
        Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(random::philox(0x299f31d0a4093822u, {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}) ==
        Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

// Means and variances over 20000 draws within 5 standard errors: a false alarm has probability below 1e-6 per
// check, and the keys are fixed.
TEST_CASE("draws have the moments of their distributions", "[ir]") {
  constexpr int count = 20000;
  const auto check = [](const char* law, double mean, double variance, double fourth, auto draw) {
    double sum = 0, squares = 0;
    for (std::int64_t i = 0; i < count; ++i) {
      const double centred = static_cast<double>(draw(random::key_fold(7, i))) - mean;
      sum += centred;
      squares += centred * centred;
    }
    INFO(law);
    CHECK(std::abs(sum / count) < 5 * std::sqrt(variance / count));
    CHECK(std::abs(squares / count - variance) < 5 * std::sqrt((fourth - variance * variance) / count));
  };
  check("uniform", 0.5, 1.0 / 12, 1.0 / 80, [](std::uint64_t key) { return random::uniform(key, 3); });
  check("normal", 0, 1, 3, [](std::uint64_t key) { return random::normal(key, 1); });
  for (double a : {0.3, 1.0, 7.5})
    check("gamma", a, a, 3 * a * a + 6 * a, [&](std::uint64_t key) { return random::gamma(key, a); });
  for (double r : {0.7, 9.9, 10.0, 250.0})
    check("poisson", r, r, r + 3 * r * r, [&](std::uint64_t key) { return random::poisson(key, r); });
  struct Binomial {
    std::int64_t n;
    double p;
  };
  for (const auto [n, p] : {Binomial{5, 0.3}, Binomial{40, 0.4}, Binomial{1000, 0.8}, Binomial{30, 0.97}}) {
    const double v = static_cast<double>(n) * p * (1 - p);
    check("binomial", static_cast<double>(n) * p, v, v * (1 + 3 * (static_cast<double>(n) - 2) * p * (1 - p)),
          [&, n = n, p = p](std::uint64_t key) { return random::binomial(key, n, p); });
  }
  CHECK(std::isnan(random::gamma(1, 0)));
  CHECK(random::poisson(1, -1) == -1);
  CHECK(random::poisson(1, 0) == 0);
  CHECK(random::binomial(1, 10, 1) == 10);
  CHECK(random::binomial(1, 10, 1.5) == -1);
  CHECK(random::binomial(1, 0, 0.5) == 0);
}
