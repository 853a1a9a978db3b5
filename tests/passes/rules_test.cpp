// Each rule of simplify_rules.def, by numbers: both sides at random points of the ops' domains, on reals and,
// where the rule allows, on integers and truth values; and at infinities and nan, as the contract at the head
// of the rules says.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <optional>
#include <random>

#include "ir/ops.h"
#include "passes/tensor/rules.h"
#include "tests/passes/harness.h"

namespace {

using namespace elba;
using namespace elba::passes;
using ir::OpInfo;
using ir::Signature;
using Values = std::vector<double>;

enum class Sort { real, integer, truth };

bool demands(const Rule& rule, Property property) {
  return std::any_of(rule.conditions.begin(), rule.conditions.end(),
                     [&](const Condition& condition) { return condition.property == property; });
}

// What sort of value each name must be, given the sort of the whole; nothing when the ops do not allow it.
bool assign(const Pattern& pattern, Sort sort, std::vector<std::optional<Sort>>& sorts,
            Sort compared = Sort::real) {
  if (pattern.kind == Pattern::Kind::number) return true;
  if (pattern.kind == Pattern::Kind::variable) {
    auto& known = sorts[static_cast<std::size_t>(pattern.variable)];
    if (known && *known != sort) return false;
    known = sort;
    return true;
  }
  const OpInfo& info = ir::op_info(pattern.code);
  const auto all = [&](Sort each, std::size_t from = 0) {
    for (std::size_t k = from; k < pattern.arguments.size(); ++k)
      if (!assign(pattern.arguments[k], each, sorts, compared)) return false;
    return true;
  };
  switch (info.signature) {
    case Signature::real:
      return sort == Sort::real && all(Sort::real);
    case Signature::numeric:
      return (sort == Sort::real || (sort == Sort::integer && info.eval_int)) && all(sort);
    case Signature::integer:
      return sort == Sort::integer && all(Sort::integer);
    case Signature::compare:
      return sort == Sort::truth && all(compared);
    case Signature::logical:
      return sort == Sort::truth && all(Sort::truth);
    case Signature::select:
      return assign(pattern.arguments[0], Sort::truth, sorts, compared) && all(sort, 1);
    case Signature::to_real:
      return sort == Sort::real && all(Sort::integer);
    case Signature::to_int:
      return sort == Sort::integer && all(Sort::real);
    case Signature::same:
      return all(sort);
    case Signature::none:
      return false;
  }
  return false;
}

double evaluate(const Pattern& pattern, const Values& at, double& largest) {
  if (pattern.kind == Pattern::Kind::number) return pattern.number;
  if (pattern.kind == Pattern::Kind::variable) return at[static_cast<std::size_t>(pattern.variable)];
  Values operands;
  for (const Pattern& argument : pattern.arguments)
    operands.push_back(evaluate(argument, at, largest));
  const double value = ir::op_info(pattern.code).eval(operands);
  if (std::isfinite(value)) largest = std::max(largest, std::fabs(value));
  return value;
}

std::optional<Property> constant_property(const Rule& rule, int name, Property property) {
  for (const Condition& condition : rule.conditions)
    if (condition.variable == name && condition.property == property) return property;
  return std::nullopt;
}

double draw(const Rule& rule, int name, Sort sort, std::mt19937_64& engine) {
  const bool is_negative = constant_property(rule, name, Property::negative).has_value();
  const bool is_nonneg = constant_property(rule, name, Property::nonneg).has_value();
  double value = std::uniform_real_distribution<double>(-4, 4)(engine);
  if (is_negative) value = -std::fabs(value) - 0.01;
  if (is_nonneg) value = std::fabs(value);
  if (sort == Sort::integer) value = is_negative ? std::floor(value) : std::round(value);
  if (sort == Sort::truth) value = value > 0;
  return value;
}

}  // namespace

TEST_CASE("every rule of simplify holds at random points", "[passes]") {
  std::mt19937_64 engine(7);
  CHECK(simplify_rules().size() > 60);
  for (const Rule& rule : simplify_rules()) {
    INFO(rule.text);
    int tried = 0;
    for (const Sort whole : {Sort::real, Sort::integer, Sort::truth}) {
      std::vector<std::optional<Sort>> sorts(max_rule_names);
      if (!assign(rule.left, whole, sorts, demands(rule, Property::integer) ? Sort::integer : Sort::real))
        continue;
      const auto has_sort = [&](Property property, Sort sort) {
        for (const Condition& condition : rule.conditions)
          if (condition.property == property && sorts[static_cast<std::size_t>(condition.variable)] != sort)
            return false;
        return true;
      };
      if (!has_sort(Property::integer, Sort::integer) || !has_sort(Property::real, Sort::real)) continue;
      for (int trial = 0; trial < 200; ++trial) {
        Values at(max_rule_names, 0);
        for (std::size_t k = 0; k < rule.names.size(); ++k)
          at[k] = draw(rule, static_cast<int>(k), sorts[k].value_or(Sort::real), engine);
        double largest = 0, ignored = 0;
        const double left = evaluate(rule.left, at, largest), right = evaluate(rule.right, at, ignored);
        CAPTURE(at[0], at[1], at[2], left, right);
        if (std::isnan(left)) {
          REQUIRE((std::isnan(right) || !std::isfinite(largest)));
          continue;
        }
        if (std::isinf(left)) {
          REQUIRE(left == right);
          continue;
        }
        ++tried;
        REQUIRE(std::fabs(left - right) <=
                8 * std::numeric_limits<double>::epsilon() * std::max(largest, 1e-300));
      }
    }
    CHECK(tried > 20);  // the rule applies somewhere
  }
}

TEST_CASE("rules keep nan", "[passes]") {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  for (const Rule& rule : simplify_rules()) {
    std::vector<std::optional<Sort>> sorts(max_rule_names);
    if (demands(rule, Property::integer) || !assign(rule.left, Sort::real, sorts)) continue;
    for (std::size_t k = 0; k < rule.names.size(); ++k) {
      const auto is = [&](Property property) {
        return constant_property(rule, static_cast<int>(k), property).has_value();
      };
      if (sorts[k] != Sort::real || is(Property::constant) || is(Property::negative) ||
          is(Property::invertible) || is(Property::finite))
        continue;
      Values at(max_rule_names, 1.5);
      at[k] = nan;
      double ignored = 0;
      if (!std::isnan(evaluate(rule.left, at, ignored))) continue;
      INFO(rule.text << " with " << rule.names[k] << " = nan");
      CHECK(std::isnan(evaluate(rule.right, at, ignored)));
    }
  }
}

TEST_CASE("every rule of simplify fires in the pass", "[passes]") {
  // The left side as a function; after the pass it must be no larger, and evaluate to the same.
  std::mt19937_64 engine(11);
  for (const Rule& rule : simplify_rules()) {
    // These need a maker that proves it: below.
    if (demands(rule, Property::finite) || demands(rule, Property::nonneg)) continue;
    for (const Sort whole : {Sort::real, Sort::integer, Sort::truth}) {
      std::vector<std::optional<Sort>> sorts(max_rule_names);
      if (!assign(rule.left, whole, sorts, demands(rule, Property::integer) ? Sort::integer : Sort::real))
        continue;
      if (demands(rule, Property::integer) &&
          std::none_of(sorts.begin(), sorts.end(), [](const auto& sort) { return sort == Sort::integer; }))
        continue;
      if (demands(rule, Property::real) &&
          std::none_of(sorts.begin(), sorts.end(), [](const auto& sort) { return sort == Sort::real; }))
        continue;
      const char* const names[] = {"f64", "i64", "i1"};
      const auto type = [&](Sort sort) { return std::string(names[static_cast<int>(sort)]); };
      Values at(max_rule_names, 0);
      std::string params, body;
      std::vector<std::string> spelled(rule.names.size());
      std::vector<ir::Tensor> arguments;
      for (std::size_t k = 0; k < rule.names.size(); ++k) {
        const Sort sort = sorts[k].value_or(Sort::real);
        at[k] = draw(rule, static_cast<int>(k), sort, engine);
        const bool is_constant = constant_property(rule, static_cast<int>(k), Property::constant) ||
                                 constant_property(rule, static_cast<int>(k), Property::negative) ||
                                 constant_property(rule, static_cast<int>(k), Property::invertible);
        if (is_constant) {
          spelled[k] = sort == Sort::real    ? std::to_string(at[k])
                       : sort == Sort::truth ? (at[k] != 0 ? "true" : "false")
                                             : std::to_string(static_cast<long>(at[k]));
          continue;
        }
        spelled[k] = "%" + rule.names[k];
        params += (params.empty() ? "" : ", ") + spelled[k] + ": " + type(sort);
        ir::Tensor argument;
        argument.scalar = sort == Sort::real      ? ir::Scalar::f64
                          : sort == Sort::integer ? ir::Scalar::i64
                                                  : ir::Scalar::i1;
        argument.values = {at[k]};
        arguments.push_back(argument);
      }
      int count = 0;
      const std::function<std::string(const Pattern&, Sort)> write = [&](const Pattern& pattern,
                                                                         Sort sort) -> std::string {
        if (pattern.kind == Pattern::Kind::variable)
          return spelled[static_cast<std::size_t>(pattern.variable)];
        if (pattern.kind == Pattern::Kind::number) {
          if (sort == Sort::truth) return pattern.number != 0 ? "true" : "false";
          return sort == Sort::integer ? std::to_string(static_cast<long>(pattern.number))
                                       : std::to_string(pattern.number);
        }
        const OpInfo& info = ir::op_info(pattern.code);
        std::vector<std::string> operands;
        for (std::size_t k = 0; k < pattern.arguments.size(); ++k) {
          Sort of = sort;
          if (info.signature == Signature::compare) of = Sort::integer;
          if (info.signature == Signature::select && k == 0) of = Sort::truth;
          if (info.signature == Signature::to_real) of = Sort::integer;
          if (info.signature == Signature::to_int) of = Sort::real;
          operands.push_back(write(pattern.arguments[k], of));
        }
        const std::string name = "%v" + std::to_string(count++);
        body += "    " + name + " = " + std::string(info.name);
        for (std::size_t k = 0; k < operands.size(); ++k)
          body += (k ? ", " : " ") + operands[k];
        body += " : " + type(sort) + "\n";
        return name;
      };
      const std::string result = write(rule.left, whole);
      const ir::Module before = test::module_of("  func @f(" + params + ") -> (" + type(whole) + ") {\n" +
                                                body + "    return " + result + "\n  }\n");
      const ir::Module after = test::run_passes(before, "simplify dce");
      INFO(rule.text << "\n" << body);
      const auto expected = test::evaluate(before, "f", arguments, {}),
                 actual = test::evaluate(after, "f", arguments, {});
      CHECK(test::difference(expected, actual, 1e-6) == "");
      // Something was rewritten: the code is not what it was.
      CHECK(!(after.funcs[0].body.ops.size() == before.funcs[0].body.ops.size() &&
              std::equal(after.funcs[0].body.ops.begin(), after.funcs[0].body.ops.end(),
                         before.funcs[0].body.ops.begin(), [](const ir::Op& a, const ir::Op& b) {
                           return a.code == b.code && a.operands == b.operands;
                         })));
    }
  }
}
