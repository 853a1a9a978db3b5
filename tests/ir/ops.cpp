// The op table against itself: derivatives by the dot-product identity, integer against real evaluation,
// special functions against values computed elsewhere (mpmath, 50 digits).
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <random>

#include "ir/builder.h"
#include "ir/interpret.h"
#include "ir/ops.h"
#include "ir/verify.h"

using namespace elba;
using namespace elba::ir;

namespace {

// A function of f64 arguments (i1 where `flags` says so), built by `body`, run at `x`.
std::vector<double> run(const std::vector<bool>& flags, const std::vector<double>& x,
                        const std::function<std::vector<ValueId>(Builder&, std::vector<ValueId>)>& body) {
  Module module;
  module.name = "m";
  module.level = Level::tensor;
  module.funcs.push_back({.name = "f"});
  Builder b(module.funcs[0]);
  std::vector<ValueId> params;
  std::vector<Tensor> arguments;
  for (std::size_t i = 0; i < x.size(); ++i) {
    params.push_back(b.add_param("x" + std::to_string(i), flags[i] ? Type::boolean() : Type::real()));
    arguments.push_back(Tensor::real(x[i]));
    if (flags[i]) arguments.back().scalar = Scalar::i1;
  }
  b.finish(body(b, params));
  const auto broken = verify(module);
  INFO((broken.empty() ? std::string() : broken[0]));
  REQUIRE(broken.empty());
  const auto results = interpret(module, "f", arguments, {});
  INFO((results ? std::string() : results.diagnostics()[0].message));
  REQUIRE(results);
  std::vector<double> out;
  for (const Tensor& result : *results)
    out.push_back(result.values.at(0));
  return out;
}

}  // namespace

// <x_adj, x_tan> = <y_adj, y_tan>, with y_tan from central differences; and the tangent rule against the same
// difference.
TEST_CASE("pullbacks and tangents agree with central differences", "[ir]") {
  std::mt19937_64 engine(1);
  int covered = 0;
  for (const OpInfo& op : all_ops()) {
    if (!op.pullback) {
      CHECK_FALSE(op.tangent);
      continue;
    }
    REQUIRE(op.tangent);
    INFO(op.name);
    if (!op.untested.empty()) continue;
    ++covered;
    const auto arity = static_cast<std::size_t>(op.arity);
    const bool has_condition = op.signature == Signature::select;
    for (int trial = 0; trial < 25; ++trial) {
      std::vector<double> x(arity), direction(arity);
      std::vector<bool> flags(arity, false), is_free(arity, true);
      for (std::size_t i = 0; i < arity; ++i) {
        x[i] = std::uniform_real_distribution<double>(op.domain[i].low, op.domain[i].high)(engine);
        direction[i] = std::uniform_real_distribution<double>(-1, 1)(engine);
        flags[i] = has_condition && i == 0;
        if (flags[i]) x[i] = std::round(x[i]);
        // A point, such as the order of polygamma, is held.
        is_free[i] = !flags[i] && op.domain[i].low < op.domain[i].high;
        if (!is_free[i]) direction[i] = 0;
      }
      // A kink within a step of the point has no derivative to agree with.
      const bool kinked = (op.code == Opcode::abs && std::abs(x[0]) < 1e-4) ||
                          ((op.code == Opcode::max || op.code == Opcode::min) &&
                           std::abs(x[0] - x[1]) < 1e-4);
      if (kinked) continue;
      const double y_adj = std::uniform_real_distribution<double>(-2, 2)(engine);
      const double h = std::cbrt(std::numeric_limits<double>::epsilon());
      std::vector<double> up = x, down = x;
      for (std::size_t i = 0; i < arity; ++i) {
        up[i] += h * direction[i];
        down[i] -= h * direction[i];
      }
      const double y_tan = (op.eval(up) - op.eval(down)) / (2 * h);
      const auto found = run(flags, x, [&](Builder& b, std::vector<ValueId> params) {
        const ValueId y = b.emit(op.code, params);
        const auto adjoints = op.pullback({b, params, y, b.constant(y_adj)});
        REQUIRE(adjoints.size() == arity);
        ValueId inner = b.constant(0);
        for (std::size_t i = 0; i < arity; ++i) {
          if (is_free[i]) REQUIRE(adjoints[i].valid());
          if (adjoints[i].valid()) inner = b.add(inner, b.mul(adjoints[i], b.constant(direction[i])));
        }
        std::vector<ValueId> tangents(arity);
        for (std::size_t i = 0; i < arity; ++i)
          if (is_free[i]) tangents[i] = b.constant(direction[i]);
        return std::vector<ValueId>{inner, op.tangent({b, params, y, tangents})};
      });
      INFO("x = " << Catch::StringMaker<std::vector<double>>::convert(x));
      CHECK(found[0] == Approx(y_adj * y_tan).epsilon(1e-7).margin(1e-7));
      CHECK(found[1] == Approx(y_tan).epsilon(1e-7).margin(1e-7));
    }
  }
  CHECK(covered >= 35);
}

// A row without derivative says that it is zero almost everywhere; a forgotten one would make gradients wrong
// in silence.
TEST_CASE("operations of reals without derivative are constant between jumps", "[ir]") {
  std::mt19937_64 engine(3);
  for (const OpInfo& op : all_ops()) {
    if (op.pullback || (op.signature != Signature::real && op.signature != Signature::numeric)) continue;
    INFO(op.name
         << " has no pullback: wrap its row in smooth(row, partials...), see docs/adding_an_operation.md");
    int changed = 0;
    for (int trial = 0; trial < 25; ++trial) {
      std::vector<double> x, near;
      for (const Interval& interval : op.domain) {
        x.push_back(std::uniform_real_distribution<double>(interval.low, interval.high)(engine));
        near.push_back(x.back() + 1e-9);
      }
      changed += op.eval(near) != op.eval(x);
    }
    CHECK(changed == 0);
  }
}

TEST_CASE("an operand without tangent contributes nothing", "[ir]") {
  const auto found = run({false, false}, {2, 3}, [](Builder& b, std::vector<ValueId> x) {
    const ValueId y = b.mul(x[0], x[1]);
    const std::vector<ValueId> tangents = {b.constant(5), ValueId{}};
    return std::vector<ValueId>{op_info(Opcode::mul).tangent({b, x, y, tangents})};
  });
  CHECK(found[0] == 15);
}

TEST_CASE("derivatives of pow at base zero", "[ir]") {
  const auto adjoints = [](double x, double p) {
    return run({false, false}, {x, p}, [](Builder& b, std::vector<ValueId> params) {
      return op_info(Opcode::pow).pullback({b, params, b.emit(Opcode::pow, params), b.constant(1)});
    });
  };
  CHECK(adjoints(0, 2) == std::vector<double>{0, 0});
  CHECK(adjoints(0, 1) == std::vector<double>{1, 0});
  CHECK(adjoints(0, 0) == std::vector<double>{0, 0});
  CHECK(adjoints(3, 0)[0] == 0);
}

TEST_CASE("integer evaluation agrees with real evaluation", "[ir]") {
  std::mt19937_64 engine(2);
  for (const OpInfo& op : all_ops()) {
    if (!op.eval_int) continue;
    INFO(op.name);
    for (int trial = 0; trial < 200; ++trial) {
      std::vector<double> x;
      std::vector<std::int64_t> n;
      for (const Interval& interval : op.domain) {
        n.push_back(std::uniform_int_distribution<std::int64_t>(
            static_cast<std::int64_t>(interval.low), static_cast<std::int64_t>(interval.high))(engine));
        x.push_back(static_cast<double>(n.back()));
      }
      CHECK(static_cast<double>(op.eval_int(n)) == op.eval(x));
    }
  }
  constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
  CHECK(op_info(Opcode::idiv).eval_int(std::vector<std::int64_t>{lowest, -1}) == lowest);
  CHECK(op_info(Opcode::imod).eval_int(std::vector<std::int64_t>{lowest, -1}) == 0);
  CHECK(op_info(Opcode::idiv).eval_int(std::vector<std::int64_t>{-7, 2}) == -3);
  CHECK(op_info(Opcode::imod).eval_int(std::vector<std::int64_t>{-7, 2}) == -1);
  CHECK(op_info(Opcode::idiv).eval_int(std::vector<std::int64_t>{7, 0}) == 0);
  CHECK(op_info(Opcode::neg).eval_int(std::vector<std::int64_t>{lowest}) == lowest);
}

TEST_CASE("the table can be searched by name, and every row says what it is", "[ir]") {
  for (const OpInfo& op : all_ops()) {
    CHECK(find_op(op.name) == &op_info(op.code));
    CHECK_FALSE(op.doc.empty());
    CHECK(op.cost >= 0);
    if (op.group == Group::scalar) CHECK(op.domain.size() == static_cast<std::size_t>(op.arity));
    CHECK(op.int_result == (op.signature == Signature::compare));
  }
  CHECK(find_op("no_such_op") == nullptr);
}

TEST_CASE("special functions agree with values to 50 digits", "[ir]") {
  struct Value {
    Opcode code;
    std::vector<double> x;
    double y;
  };
  const Value values[] = {
#include "tests/ir/special_values.inc"
  };
  for (const Value& value : values) {
    INFO(op_info(value.code).name << " " << Catch::StringMaker<std::vector<double>>::convert(value.x));
    // Next to a root (digamma at 1.4616) only the absolute error can be that small.
    CHECK(std::abs(op_info(value.code).eval(value.x) - value.y) <
          4e-16 * std::max(std::abs(value.y), value.code == Opcode::digamma ? 1e-2 : 0.0));
  }
  // Those of several arguments share the runtime's table.
  using enum Opcode;
  const Value more[] = {
#include "tests/runtime/incomplete_values.inc"
  };
  for (const Value& value : more) {
    INFO(op_info(value.code).name << " " << Catch::StringMaker<std::vector<double>>::convert(value.x));
    CHECK(op_info(value.code).eval(value.x) == Approx(value.y).epsilon(1e-13));
  }
  const Value of_densities[] = {
#include "tests/runtime/density_values.inc"
  };
  for (const Value& value : of_densities) {
    INFO(op_info(value.code).name << " " << Catch::StringMaker<std::vector<double>>::convert(value.x));
    // Third derivatives, and what is left of a difference, have the digits of what is subtracted.
    const bool third = value.code == Opcode::log_phi_between_partial,
               left = value.code == Opcode::log_minus || value.code == Opcode::log_ive_rest ||
                      value.code == Opcode::log_mills_partial;
    CHECK(op_info(value.code).eval(value.x) == Approx(value.y)
                                                   .epsilon(third ? 1e-8 : 1e-13)
                                                   .margin(third  ? 1e-10
                                                           : left ? 2e-14
                                                                  : 0));
  }
  const auto eval = [](Opcode code, double x) { return op_info(code).eval(std::vector<double>{x}); };
  CHECK(eval(Opcode::phi_inv, 0) == -std::numeric_limits<double>::infinity());
  CHECK(eval(Opcode::phi_inv, 1) == std::numeric_limits<double>::infinity());
  CHECK(std::isnan(eval(Opcode::phi_inv, 1.5)));
  CHECK(eval(Opcode::softplus, 800) == 800);
  CHECK(eval(Opcode::sigmoid, -800) == 0);
  CHECK(eval(Opcode::round, 2.5) == 2);
  CHECK(eval(Opcode::round, -1.5) == -2);
}

TEST_CASE("type rules accept and refuse", "[ir]") {
  const Dim n = Dim::symbol("N"), m = Dim::symbol("M");
  struct Rule {
    Opcode code;
    std::vector<Type> operands;
    std::string result;  // "" where it must be refused
  };
  const Type real = Type::real(), integer = Type::integer(), flag = Type::boolean(), key = Type::key();
  const Rule rules[] = {
      {Opcode::add, {real, real}, "f64"},
      {Opcode::add, {integer, integer}, "i64"},
      {Opcode::add, {real, integer}, ""},
      {Opcode::add, {flag, flag}, ""},
      {Opcode::add, {real, Type::real({n})}, "f64[N]"},
      {Opcode::add, {Type::real({m}), Type::real({n})}, ""},
      {Opcode::add, {Type::real({n}), Type::real({n, m})}, ""},
      {Opcode::add, {real}, ""},
      {Opcode::div, {integer, integer}, ""},
      {Opcode::idiv, {integer, integer}, "i64"},
      {Opcode::idiv, {real, real}, ""},
      {Opcode::square, {integer}, ""},
      {Opcode::pow, {real, integer}, ""},
      {Opcode::lt, {integer, Type::integer({n})}, "i1[N]"},
      {Opcode::eq, {real, integer}, ""},
      {Opcode::select, {flag, Type::real({n}), real}, "f64[N]"},
      {Opcode::select, {Type::boolean({n}), integer, integer}, "i64[N]"},
      {Opcode::select, {flag, real, integer}, ""},
      {Opcode::select, {real, real, real}, ""},
      {Opcode::logical_not, {Type::boolean({n})}, "i1[N]"},
      {Opcode::logical_and, {flag, integer}, ""},
      {Opcode::to_real, {integer}, "f64"},
      {Opcode::to_real, {flag}, "f64"},
      {Opcode::to_real, {real}, ""},
      {Opcode::to_int, {Type::real({n})}, "i64[N]"},
      {Opcode::to_int, {integer}, ""},
      {Opcode::stop_grad, {Type::integer({n})}, "i64[N]"},
      {Opcode::stop_grad, {key}, ""},
      {Opcode::read, {Type::real({n, m}), integer}, "f64[M]"},
      {Opcode::read, {Type::real({n, m}), integer, integer}, "f64"},
      {Opcode::read, {Type::real({n}), integer, integer}, ""},
      {Opcode::read, {Type::real({n}), real}, ""},
      {Opcode::pack, {Type::real({n, m}), real}, "f64[M*N + 1]"},
      {Opcode::pack, {Type::real({n}), integer}, ""},
      {Opcode::chol, {Type::real({n, n})}, "f64[N, N]"},
      {Opcode::chol, {Type::real({n, m})}, ""},
      {Opcode::trisolve, {Type::real({n, n}), Type::real({n})}, "f64[N]"},
      {Opcode::trisolve, {Type::real({n, n}), Type::real({n, m})}, "f64[N, M]"},
      {Opcode::trisolve, {Type::real({n, n}), Type::real({m})}, ""},
      {Opcode::solve, {Type::real({n, n}), Type::real({n, m})}, "f64[N, M]"},
      {Opcode::solve, {Type::real({n, m}), Type::real({n})}, ""},
      {Opcode::logabsdet, {Type::real({n, n})}, "f64"},
      {Opcode::eigh, {Type::real({n, n})}, "f64[N + 1, N]"},
      {Opcode::eigh, {Type::real({n, m})}, ""},
      {Opcode::qr, {Type::real({n, m})}, "f64[M + N, M]"},
      {Opcode::svd, {Type::real({n, m})}, "f64[M + N + 1, M]"},
      {Opcode::svd, {Type::real({n})}, ""},
      {Opcode::matrix_exp, {Type::real({n, n})}, "f64[N, N]"},
      {Opcode::sort_order, {Type::real({n})}, "i64[N]"},
      {Opcode::sort_order, {Type::integer({n})}, ""},
      {Opcode::search_sorted, {Type::real({n}), Type::real({m})}, "i64[M]"},
      {Opcode::search_sorted, {Type::real({n}), real}, ""},
      {Opcode::key_fold, {key, integer}, "key"},
      {Opcode::key_fold, {key, real}, ""},
      {Opcode::rng_gamma, {key, real}, "f64"},
      {Opcode::rng_poisson, {key, real}, "i64"},
      {Opcode::rng_binomial, {key, integer, real}, "i64"},
      {Opcode::rng_binomial, {key, real, real}, ""},
      {Opcode::nest, {}, ""},
      {Opcode::call, {real}, ""},
  };
  for (const Rule& rule : rules) {
    Func func;
    Op op;
    op.code = rule.code;
    for (const Type& type : rule.operands)
      op.operands.push_back(func.add_value(type));
    const auto found = infer_types(func, op);
    INFO(op_info(rule.code).name << " " << found.error);
    CHECK(found.error.empty() == !rule.result.empty());
    if (found.error.empty()) CHECK(found.types.at(0).text() == rule.result);
  }
  const auto contracted = [&](const char* maps, std::vector<Type> operands) {
    Func func;
    Op op;
    op.code = Opcode::contract;
    op.set_attr("maps", maps);
    op.set_attr("semiring", "sum_mul");
    for (Type& type : operands)
      op.operands.push_back(func.add_value(std::move(type)));
    const auto found = infer_types(func, op);
    return found.error.empty() ? found.types.at(0).text() : std::string();
  };
  CHECK(contracted("nd,d->n", {Type::real({n, m}), Type::real({m})}) == "f64[N]");
  CHECK(contracted("i,i->", {Type::real({n}), Type::real({n})}) == "f64");
  CHECK(contracted("nd,d->n", {Type::real({n, m}), Type::real({n})}).empty());
  CHECK(contracted("nd,d->x", {Type::real({n, m}), Type::real({m})}).empty());
  CHECK(contracted("nd,d->nn", {Type::real({n, m}), Type::real({m})}).empty());
  CHECK(contracted("nd->n", {Type::real({n, m}), Type::real({m})}).empty());
  CHECK(contracted("nd,d", {Type::real({n, m}), Type::real({m})}).empty());
}
