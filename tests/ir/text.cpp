// The text form: what prints reads back and prints the same; what is wrong is a diagnostic at its place.
#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <limits>

#include "ir/builder.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "tests/support/paths.h"

using namespace elba;
using namespace elba::ir;

namespace {

std::string all_messages(const std::vector<Diagnostic>& diagnostics) {
  std::string out;
  for (const Diagnostic& d : diagnostics)
    out += d.message + "\n";
  return out;
}

void check_round_trip(const std::string& text) {
  const auto first = parse_module(Source("first", text));
  INFO(text);
  INFO(all_messages(first.diagnostics()));
  REQUIRE(first);
  const std::string printed = print(*first);
  const auto second = parse_module(Source("second", printed));
  INFO(printed);
  INFO(all_messages(second.diagnostics()));
  REQUIRE(second);
  CHECK(print(*second) == printed);
}

const char* const canonical = R"(module @radon level density {
  dim N size 12
  dim J
  dim K = 3
  dist @normal(mu: f64, sigma: f64) scalar(f64) support(real) noise(normal) gaussian(elementwise) members(logpdf)
  dist @dirichlet(alpha: f64[K]) scalar(f64[K]) support(simplex) location_scale members(logpdf)
  dist @uniform(a: f64, b: f64) scalar(f64) support(interval) lower(@a) upper(@b) may_be_infinite(a, b) members()
  func @normal.logpdf(%x: f64, %mu: f64, %sigma: f64) -> (f64) {
    %0 = sub %x, %mu : f64
    %1 = div %0, %sigma : f64
    %2 = square %1 : f64
    %3 = mul -0.5, %2 : f64
    %4 = log %sigma : f64
    %5 = sub %3, %4 : f64
    return %5
  }
  func @dirichlet.logpdf<D>(%x: f64[D], %alpha: f64[D]) -> (f64) {
    %0 = nest (%i0 < D) -> (sum f64) {
      %1 = read %alpha, %i0 : f64
      %2 = sub %1, 1.0 : f64
      %3 = read %x, %i0 : f64
      %4 = log %3 : f64
      %5 = mul %2, %4 : f64
      yield %5
    }
    return %0
  }
  func @model(%county: i64[N] data lower(1) upper(J), %y: f64[N] data lower(0.5) upper(@s), )"
                              R"(%s: f64 data stage(bind), %key: key key) -> (p: f64[N], q: f64[2*J + 1]) {
    %0 = dist 0.0, 10.0 {name="normal"} : dist<f64, 0>
    %1 = latent %0 {centering="auto", prior=1, site="b", support="real"} : f64
    %2 = nest (%i0 < N) -> (stack f64[N]) {
      %3 = read %county, %i0 : i64
      %4 = sub %3, 1 : i64
      %5 = to_real %4 : f64 stage(bind)
      %6 = add %5, %1 : f64 active
      yield %6
    }
    %7 = dist %2, %s {name="normal"} : dist<f64[N], 0>
    %8 = gt %y, -inf : i1[N]
    observe %7, %y, %8 {role="data", site="y"}
    %9 active, %10 = scan (%i1 < N) carry (%c0 = %1 : f64 active) -> (stack f64[N]) {reverse=1} {
      %11 = read %y, %i1 : f64
      %12 = add %c0, %11 : f64
      next %12
      yield %12
    }
    %13, %14 = nest (%i2 < N, %i3 stage(bind) < 2) -> (argmax i64, scatter f64[J]) {
      %15 = read %y, %i2 : f64
      %16 = read %county, %i2 : i64
      %17 = sub %16, 1 : i64
      yield %15, %17, %15
    }
    factor %9 {list=[1, -2], none=[], site="f", texts=["a\"b", "\x0a"], void=string[], x=1.5}
    %18 = key_fold %key, 7 : key
    %19 = rng_normal %18 (2*J + 1) : f64[2*J + 1]
    %20 = dim (2*J + 1) : i64
    return %2, %19
  }
}
)";

}  // namespace

TEST_CASE("canonical text prints as it was read", "[ir]") {
  const auto module = parse_module(Source("canonical", canonical));
  INFO(all_messages(module.diagnostics()));
  REQUIRE(module);
  CHECK(print(*module) == canonical);
}

TEST_CASE("loop level text prints as it was read", "[ir]") {
  const std::string text = R"(module @m level loop {
  dim J
  dim N
  func @f(%y: buffer<f64[N]> data, %k: key key, %out0: buffer<f64> output, %out1: buffer<f64[J + 1]> output) -> () {
    %0 = alloc {place="register"} : buffer<f64>
    %1 = alloc {place="arena", slot=0} : buffer<f64[N]>
    kernel %k, 3, %1 {symbol="elba_rng_normal"}
    store %0, 0.0
    %2 = view %out1 (1) : buffer<f64[J]>
    fill %2, 0.0
    copy %1, %y
    loop (%i0 < N) {reverse=1} {
      %3 = load %y, %i0 : f64
      accumulate %0, %3 {combiner="sum"}
      yield
    }
    %4 = load %0 : f64
    store %out0, %4
    return
  }
}
)";
  const auto module = parse_module(Source("loop", text));
  INFO(all_messages(module.diagnostics()));
  REQUIRE(module);
  CHECK(print(*module) == text);
}

TEST_CASE("text that is not canonical reads back after printing", "[ir]") {
  check_round_trip(R"(module @m level tensor { dim N // a comment
    func @f(%a: f64[N] , %i0: i64) -> (f64) {
      %x = nest (%j < N) -> (sum f64) { %v = read %a, %j : f64 %w = mul %v, 1e-3 : f64 yield %w }
      %j = nest () -> (stack f64) { yield %x }
      %k = scan (%t < 2*N - N) carry (%c = 0 : i64) -> () { %d = add %c, %i0 : i64 next %d yield }
      %r = to_real %k : f64  %s = add %r, %j : f64 return %s } })");
}

TEST_CASE("reals read back exactly", "[ir]") {
  for (double value : {0.1, -0.0, 1.0 / 3, 1e300, 5e-324, 1e22, std::numeric_limits<double>::max(),
                       -std::numeric_limits<double>::infinity(), 123456789012345680.0}) {
    Module module;
    module.name = "m";
    module.level = Level::tensor;
    module.funcs.push_back({.name = "f"});
    Builder b(module.funcs[0]);
    b.finish({b.constant(value), b.constant(std::numeric_limits<double>::quiet_NaN())});
    const auto read = parse_module(Source("m", print(module)));
    REQUIRE(read);
    const auto& results = read->funcs[0].body.ops.back().operands;
    const double found = std::get<double>(*read->funcs[0].constant(results[0]));
    CHECK(found == value);
    CHECK(std::signbit(found) == std::signbit(value));
    CHECK(std::isnan(std::get<double>(*read->funcs[0].constant(results[1]))));
  }
}

TEST_CASE("mistakes in the text are diagnostics at their place", "[ir]") {
  struct Mistake {
    const char* text;
    const char* at;       // the text from where the span begins; "" for none
    const char* message;  // part of it
  };
  const Mistake mistakes[] = {
      {"modul @m level tensor {}", "modul", "expected `module`"},
      {"module @m level tensr {}", "tensr", "expected a level"},
      {"module @m level tensor {", "", "expected `dim`"},
      {"module @m level tensor {} x", "x", "expected the end"},
      {"module @m level tensor { dim N = 1.5 }", "1.5", "whole number"},
      {"module @m level tensor { func @f(%a: f64[N+]) -> () { return } }", "N+]", "expected a dim"},
      {"module @m level tensor { func @f(%a: f32) -> () { return } }", "f32", "expected a type"},
      {"module @m level tensor { func @f(%a: f64, %a: f64) -> () { return } }", "%a: f64) ",
       "two parameters"},
      {"module @m level tensor { func @f() -> (f64) { %0 = lg 1.0 : f64 return %0 } }", "lg",
       "no operation `lg`"},
      {"module @m level tensor { func @f() -> (f64) { %0 = log %x : f64 return %0 } }", "%x", "not defined"},
      {"module @m level tensor { func @f() -> (f64) { %0 = log %0 : f64 return %0 } }",
       "%0 :", "not defined"},
      {"module @m level tensor { func @f() -> (f64) { %0 = log 1e999 : f64 return %0 } }", "1e999",
       "not a number"},
      {"module @m level tensor { func @f() -> (f64) { %0 = add 99999999999999999999, 1 : f64 return %0 } }",
       "9999", "not a number"},
      {"module @m level tensor { func @f() -> (i64) { %0 = log 1.0 : f64 return %0 } }", "(i64)",
       "does not return"},
      {"module @m level tensor { func @f() -> (f64) { %0, %1 = log 1.0 : f64 return %0 } }", "%0, %1",
       "2 names for 1"},
      {"module @m level density { func @f() -> () { factor 1.0 {site=\"a} return } }", "\"a}",
       "never closed"},
      {"module @m level density { func @f() -> () { factor 1.0 {site=\"a\", site=\"b\"} return } }", "=\"b",
       "given twice"},
      {"module @m level tensor { func @f() -> (f64) { %0 = nest (%i < 2) -> (mean f64) { yield 1.0 } return "
       "%0 } }",
       "mean", "combiner"},
      {"module @m level tensor { func @f() -> (f64) { %0 = nest (%i < 2) -> (sum f64) { %1 = log 2.0 : f64 "
       "yield %1 } return %1 } }",
       "%1 } }", "not defined"},
      {"module @m level tensor { func @f(%x: f64[((a+b)*(c+d))*(e+f)]) -> () { return } }", "((a",
       "too long"},
      {"module @m level tensor { func @f() -> (f64) { %0 = log 1 : f64 return %0 } }", "", "does not verify"},
  };
  for (const Mistake& mistake : mistakes) {
    const Source source("m", mistake.text);
    const auto module = parse_module(source);
    INFO(mistake.text);
    REQUIRE_FALSE(module);
    const Diagnostic& d = module.diagnostics().at(0);
    INFO(d.message);
    CHECK(d.message.find(mistake.message) != std::string::npos);
    if (*mistake.at) CHECK(source.text().substr(d.span.begin).starts_with(mistake.at));
  }
}

TEST_CASE("regions may nest only so deep", "[ir]") {
  std::string text = "module @m level tensor { func @f() -> () {";
  for (int i = 0; i < 100000; ++i)
    text += " nest () -> () {";
  const auto module = parse_module(Source("m", text));
  REQUIRE_FALSE(module);
  CHECK(module.diagnostics()[0].message.find("deep") != std::string::npos);
}

TEST_CASE("no prefix of a module crashes the reader", "[ir]") {
  const std::string text = canonical;
  for (std::size_t n = 0; n < text.size() - 1; n += 3)
    CHECK_FALSE(parse_module(Source("m", text.substr(0, n))));
  // One character changed: either it is refused, or what is read prints and reads again.
  for (std::size_t i = 0; i < text.size(); i += 5) {
    for (char c : {'%', '}', '9', ' ', '"'}) {
      std::string changed = text;
      changed[i] = c;
      const auto module = parse_module(Source("m", changed));
      if (module) CHECK(parse_module(Source("m", print(*module))));
    }
  }
}

TEST_CASE("the transforms of the library read and print the same again", "[ir]") {
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(elba::test::source_dir) + "/ir/library/transforms")) {
    if (entry.path().extension() != ".ir") continue;
    std::string text;
    if (FILE* file = std::fopen(entry.path().c_str(), "rb")) {
      char buffer[4096];
      for (std::size_t n; (n = std::fread(buffer, 1, sizeof buffer, file)) > 0;)
        text.append(buffer, n);
      std::fclose(file);
    }
    check_round_trip(text);
  }
}
