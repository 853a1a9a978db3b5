#include "tests/passes/harness.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <sstream>

#include "ir/text.h"
#include "ir/verify.h"
#include "passes/passes.h"
#include "passes/rewrite/rewrite.h"

namespace elba::test {

using namespace ir;

Module parsed(const std::string& text) {
  auto module = parse_module(Source("test.ir", text));
  for (const auto& diagnostic : module.diagnostics())
    UNSCOPED_INFO(diagnostic.message << " at " << diagnostic.span.begin);
  REQUIRE(module);
  return *module;
}

Module module_of(const std::string& body, const std::string& level) {
  return parsed("module @t level " + level + " {\n  dim N\n  dim D\n  dim K\n  dim J\n  dim T\n  dim U\n" +
                body + "}\n");
}

Module run_passes(Module module, const std::string& names) {
  std::istringstream words(names);
  for (std::string name; words >> name;) {
    if (name == "optimise") {
      module = run_passes(std::move(module), "simplify cse dce hoist fuse simplify cse dce");
      continue;
    }
    const passes::PassInfo* pass = passes::find_pass(name);
    REQUIRE(pass != nullptr);
    const std::string before = print(module);
    module = pass->run(std::move(module));
    const auto problems = verify(module);
    INFO("pass " << name << " on\n" << before << "gives\n" << print(module));
    for (const auto& problem : problems)
      UNSCOPED_INFO(problem);
    REQUIRE(problems.empty());
  }
  return module;
}

std::vector<Tensor> evaluate(const Module& module, const std::string& func,
                             const std::vector<Tensor>& arguments, const Sizes& sizes) {
  auto results = interpret(module, func, arguments, sizes);
  for (const auto& diagnostic : results.diagnostics())
    UNSCOPED_INFO(diagnostic.message);
  INFO(print(module));
  REQUIRE(results);
  return *results;
}

std::vector<Tensor> evaluate_staged(const Module& module, const std::string& func,
                                    const std::vector<Tensor>& arguments, const Sizes& sizes) {
  auto all = arguments;
  if (module.find(func + ".bind") != nullptr) {
    const Func& step = *module.find(func);
    std::vector<Tensor> data;
    for (std::size_t k = 0; k < arguments.size(); ++k)
      if (step.params[k].role == Role::data) data.push_back(arguments[k]);
    for (Tensor& cache : evaluate(module, func + ".bind", data, sizes))
      all.push_back(std::move(cache));
  }
  return evaluate(module, func, all, sizes);
}

std::string difference(const std::vector<Tensor>& a, const std::vector<Tensor>& b, double tolerance) {
  if (a.size() != b.size()) return "different numbers of results";
  for (std::size_t k = 0; k < a.size(); ++k) {
    if (a[k].shape != b[k].shape || a[k].values.size() != b[k].values.size())
      return "result " + std::to_string(k) + ": shapes differ";
    for (std::size_t i = 0; i < a[k].values.size(); ++i) {
      const double x = a[k].values[i], y = b[k].values[i];
      const bool same = x == y || (std::isnan(x) && std::isnan(y)) ||
                        std::fabs(x - y) <= tolerance * (1 + std::fabs(x));
      if (same) continue;
      std::ostringstream out;
      out.precision(17);
      out << "result " << k << ", element " << i << ": " << x << " and " << y;
      return out.str();
    }
  }
  return {};
}

int count_ops(const Func& func, Opcode code) {
  int count = 0;
  passes::walk(func.body, [&](const Op& op) { count += op.code == code; });
  return count;
}

int count_top_ops(const Func& func, Opcode code) {
  int count = 0;
  for (const Op& op : func.body.ops)
    count += op.code == code;
  return count;
}

}  // namespace elba::test
