// extreme_densities: log densities, log cdfs and their derivatives at extreme arguments (tails, large and
// small shapes, next to the mode of a narrow distribution), against numbers of 50 digits in
// extreme_values.txt, which extreme_values.py makes. Compiled code and the interpreter are held to the same
// bound: 1e-12 of the value, or 1e-13 where it is near 0.
//
//     tests/elba_tests "[density_table]"      prints the worst errors by distribution;
//                                             docs/density_accuracy.md is made of it
#include <cstdio>
#include <optional>
#include <sstream>

#include "frontend/frontend.h"
#include "passes/passes.h"
#include "tests/codegen/harness.h"
#include "tests/probability/extreme_values.h"
#include "tests/probability/probability.h"
#include "tests/probability/structured_distributions.h"
#include "tests/support/paths.h"

using namespace elba;
using namespace elba::ir;
using namespace elba::probability;
using namespace elba::probability::extreme;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

std::string dims_of(const Distribution& dist) {
  for (const Formal& formal : dist.formals) {
    if (formal.type.find("[K") != std::string::npos) return "K";
    if (formal.type.find("[M") != std::string::npos) return "M";
  }
  return "";
}

test::Sizes sizes_of(const Distribution& dist, const Row& row) {
  const std::string dim = dims_of(dist);
  for (std::size_t i = 0; i < dist.formals.size() && !dim.empty(); ++i) {
    const Formal& formal = dist.formals[i];
    const auto count = static_cast<std::int64_t>(row.arguments[i].size());
    if (!formal.is_array()) continue;
    return {{dim, formal.type.find(",1]") == std::string::npos && formal.is_matrix()
                      ? std::llround(std::sqrt(static_cast<double>(count)))
                      : count}};
  }
  return {};
}

std::vector<Tensor> tensors_of(const Distribution& dist, const Row& row) {
  std::vector<Tensor> out;
  for (std::size_t i = 0; i < dist.formals.size(); ++i) {
    const Formal& formal = dist.formals[i];
    const std::vector<double>& values = row.arguments[i];
    const auto count = static_cast<std::int64_t>(values.size());
    const std::int64_t side = formal.type.find(",1]") != std::string::npos
                                  ? count
                                  : std::llround(std::sqrt(static_cast<double>(count)));
    Tensor tensor = formal.is_matrix()  ? probability::tensor({side, count / side}, values)
                    : formal.is_array() ? Tensor::vector(values)
                                        : Tensor::real(values[0]);
    if (formal.is_whole()) tensor.scalar = Scalar::i64;
    out.push_back(tensor);
  }
  return out;
}

// The distribution's functions, the model of which has every argument as data.
Module functions_of(const Distribution& dist) {
  std::string text = "model m {\n", list;
  if (!dims_of(dist).empty()) text += "  dim " + dims_of(dist) + ";\n";
  for (const Formal& formal : dist.formals) {
    text += "  data " + formal.name + ": " + formal.type + ";\n";
    if (&formal != &dist.formals[0]) list += (list.empty() ? "" : ", ") + formal.name;
  }
  return compiled(text + "  " + dist.formals[0].name + " ~ " + dist.name + "(" + list + ");\n}\n");
}

// In units of 1e-12 of the value, or of 1e-13 where that is more.
double error_of(double found, double expected) {
  if (!std::isfinite(found)) return inf;
  return std::abs(found - expected) / std::max(std::abs(expected), 0.1);
}

struct Worst {
  double compiled = 0, interpreted = 0;
  std::string at;
  [[nodiscard]] double all() const { return std::max(compiled, interpreted); }
};

// A member as compiled code. Members of distributions of arrays have sizes of their own; there it is the
// joint density of a model that sees the value.
struct Machine {
  std::string function;
  Module module;
  codegen::CompiledModule compiled;
};

Machine machine_of(const Distribution& dist, const Module& density, const std::string& member) {
  const bool joint = !dims_of(dist).empty();
  Module module = passes::inline_calls(density);
  if (joint) module = passes::constrain(std::move(module));
  const std::string function = joint ? "log_joint" : "member";
  std::erase_if(module.funcs, [&](const Func& func) {
    return joint ? func.name != function && func.name.find('.') == std::string::npos
                 : func.name != dist.name + "." + member;
  });
  if (!joint) module.funcs.at(0).name = function;
  for (const auto pass :
       {passes::inline_calls, passes::expand, passes::simplify, passes::cse, passes::dce, passes::hoist})
    module = pass(std::move(module));
  return {function, module, test::compile(test::bufferise_checked(module))};
}

double run_machine(const Machine& machine, const Distribution& dist, const std::vector<Tensor>& arguments,
                   const test::Sizes& sizes) {
  if (machine.function == "member")
    return test::run_compiled(machine.compiled, machine.function, arguments, sizes).at(0).values[0];
  std::vector<Tensor> ordered;
  for (const Param& param : machine.module.find(machine.function)->params) {
    const auto formal = std::find_if(dist.formals.begin(), dist.formals.end(),
                                     [&](const Formal& each) { return each.name == param.name; });
    if (formal != dist.formals.end())
      ordered.push_back(arguments.at(static_cast<std::size_t>(formal - dist.formals.begin())));
    if (formal == dist.formals.end())
      ordered.push_back(param.role == Role::input ? Tensor::vector({}) : Tensor::real(0));
  }
  test::Sizes all = sizes;
  complete_sizes(machine.module, all);
  return test::run_compiled(machine.compiled, machine.function, ordered, all).at(0).values[0];
}

// A distribution that states only its cdf has the logarithms that a user would write.
double through_cdf(const std::string& member, const std::string& stated, double found) {
  return stated == member ? found : member == "log_cdf" ? std::log(found) : std::log1p(-found);
}

// Values of one member at all its rows.
// `least`: rows with a positive argument below it are left out.
Worst worst_value(const Distribution& dist, const Module& density, const std::string& member,
                  double least = 0) {
  const std::string stated = density.find(dist.name + "." + member) ? member : "cdf";
  Worst worst;
  const Machine machine = machine_of(dist, density, stated);
  for (const Row& row : dist.rows) {
    if (row.member != member) continue;
    const auto is_tiny = [&](const auto& values) {
      return std::any_of(values.begin(), values.end(), [&](double x) { return x > 0 && x < least; });
    };
    if (std::any_of(row.arguments.begin(), row.arguments.end(), is_tiny)) continue;
    const auto arguments = tensors_of(dist, row);
    const auto sizes = sizes_of(dist, row);
    const auto take = [&](double& most, double found) {
      const double error = error_of(through_cdf(member, stated, found), row.expected);
      if (error > worst.all()) worst.at = row.text;
      most = std::max(most, error);
    };
    take(worst.compiled, run_machine(machine, dist, arguments, sizes));
    take(worst.interpreted, run_real(density, dist.name + "." + stated, arguments, sizes));
  }
  return worst;
}

// Derivatives of one member by its free arguments, of compiled code and of the interpreter, at the rows that
// have some. An error is relative to the derivative, or to what moves the value by 1e-6 of itself where the
// argument moves by itself, where that is more.
Worst worst_slope(const Distribution& dist, const std::string& member) {
  std::string text = "model m {\n", list;
  if (!dims_of(dist).empty()) text += "  dim " + dims_of(dist) + ";\n";
  for (const Formal& formal : dist.formals) {
    text += formal.is_free() ? "  latent " + formal.name + " ~ flat();\n"
                             : "  data " + formal.name + ": " + formal.type + ";\n";
    list += (list.empty() ? "" : ", ") + formal.name;
  }
  const Module density = passes::constrain(
      passes::inline_calls(compiled(text + "  factor " + dist.name + "_" + member + "(" + list + ");\n}\n")));
  Module module = density;
  std::erase_if(module.funcs, [](const Func& func) {
    return func.name != "log_joint" && func.name.find('.') == std::string::npos;
  });
  for (const auto pass :
       {passes::inline_calls, passes::expand, passes::cse, passes::dce, passes::differentiate})
    module = pass(std::move(module));
  Module quick = module;
  for (const auto pass : {passes::simplify, passes::cse, passes::dce, passes::hoist})
    quick = pass(std::move(quick));
  const auto machine = test::compile(test::bufferise_checked(quick));
  Worst worst;
  for (const Row& row : dist.rows) {
    if (row.member != member ||
        std::all_of(row.slopes.begin(), row.slopes.end(), [](double slope) { return std::isnan(slope); }))
      continue;
    const auto tensors = tensors_of(dist, row);
    std::vector<double> u, arguments;
    for (std::size_t i = 0; i < dist.formals.size(); ++i)
      if (dist.formals[i].is_free()) u.push_back(row.arguments[i][0]);
    std::vector<Tensor> ordered;
    for (const Param& param : module.find("log_joint.grad")->params) {
      const auto formal = std::find_if(dist.formals.begin(), dist.formals.end(),
                                       [&](const Formal& each) { return each.name == param.name; });
      ordered.push_back(formal != dist.formals.end()
                            ? tensors.at(static_cast<std::size_t>(formal - dist.formals.begin()))
                        : param.role == Role::input ? Tensor::vector(u)
                                                    : Tensor::real(0));
    }
    test::Sizes sizes = sizes_of(dist, row);
    complete_sizes(module, sizes);
    const auto by_machine = test::run_compiled(machine, "log_joint.grad", ordered, sizes),
               by_interpreter = run(module, "log_joint.grad", ordered, sizes);
    for (std::size_t i = 0; i < u.size(); ++i) {
      if (i >= row.slopes.size() || std::isnan(row.slopes[i])) continue;
      const double floor = u[i] == 0 ? 1e-6 : 1e-6 * std::max(std::abs(row.expected), 1.0) / std::abs(u[i]);
      const auto take = [&](double& most, double found) {
        const double error = std::isfinite(found)
                                 ? std::abs(found - row.slopes[i]) / std::max(std::abs(row.slopes[i]), floor)
                                 : inf;
        if (error > worst.all())
          worst.at = row.text + ", argument " + std::to_string(i) + " gives " + std::to_string(found);
        most = std::max(most, error);
      };
      take(worst.compiled, by_machine.at(1).values.at(i));
      take(worst.interpreted, by_interpreter.at(1).values.at(i));
    }
  }
  return worst;
}

bool has_slopes(const Distribution& dist, const std::string& member) {
  return std::any_of(dist.rows.begin(), dist.rows.end(), [&](const Row& row) {
    return row.member == member &&
           std::any_of(row.slopes.begin(), row.slopes.end(), [](double slope) { return !std::isnan(slope); });
  });
}

bool has_rows(const Distribution& dist, const std::string& member) {
  return std::any_of(dist.rows.begin(), dist.rows.end(),
                     [&](const Row& row) { return row.member == member; });
}

// What does not reach 1e-12 yet, and the bound that it keeps.
struct Exception {
  std::string dist, member;
  double bound;
  double least = 0;  // no bound is kept where an argument is positive and below it
};
const std::vector<Exception> exceptions = {
    // ln x has 64 bits, and exp(eta) 53: next to a count of 1e15, or a sd that is 1e-9 of ln x
    {"poisson_log", "logpdf", 2e-11},
    {"neg_binomial_2_log", "logpdf", 2e-11},
    {"multinomial_logit", "logpdf", 2e-10},
    {"lognormal", "log_cdf", 1e-10},
    {"lognormal", "log_ccdf", 1e-10},
    {"logit_normal", "log_cdf", 1e-10},
    {"logit_normal", "log_ccdf", 1e-10},
    {"poisson_log", "log_cdf", 1e-8},
    {"poisson_log", "log_ccdf", 1e-8},
    {"binomial_logit", "log_cdf", 1e-8},
    {"binomial_logit", "log_ccdf", 1e-8},
    {"neg_binomial_2_log", "log_cdf", 1e-7},
    {"neg_binomial_2_log", "log_ccdf", 1e-6},
    // the rounding of a Cholesky factor or a triangular solve, at 1e15 degrees of freedom
    {"wishart", "logpdf", 1e-9},
    {"inv_wishart", "logpdf", 1e-9},
    {"wishart_chol", "logpdf", 1e-9},
    {"inv_wishart_chol", "logpdf", 1e-10},
    // incomplete beta functions of a shape of 1e-100 and less, where nearly all mass lies at one end
    {"neg_binomial_2", "log_cdf", 1e-10},
    {"neg_binomial_2", "log_ccdf", 1e-6},
    {"neg_binomial", "log_cdf", 1e-10},
    {"neg_binomial", "log_ccdf", 1e-6},
    {"half_student_t", "log_cdf", 1e-8},
    {"beta", "log_ccdf", 0.1},
    {"beta_proportion", "log_cdf", 1e-6, 1e-20},
    {"beta_proportion", "log_ccdf", 1e-6, 1e-20},
    {"scaled_inv_chi_square", "log_cdf", 1e-11, 1e-20},
    {"scaled_inv_chi_square", "log_ccdf", 1e-11, 1e-20},
};

}  // namespace

TEST_CASE("extreme densities: log densities and log cdfs against 50 digits, compiled and interpreted",
          "[probability]") {
  REQUIRE(distributions().size() > 60);
  for (const Distribution& dist : distributions()) {
    const Module density = functions_of(dist);
    for (const std::string member : {"logpdf", "log_cdf", "log_ccdf"}) {
      if (!has_rows(dist, member)) continue;
      const auto exception = std::find_if(exceptions.begin(), exceptions.end(), [&](const Exception& each) {
        return each.dist == dist.name && each.member == member;
      });
      const double bound = exception == exceptions.end() ? 1e-12 : exception->bound;
      const Worst worst = worst_value(dist, density, member,
                                      exception == exceptions.end() ? 0 : exception->least);
      INFO(dist.name << " " << worst.at << ": compiled " << worst.compiled << ", interpreted "
                     << worst.interpreted);
      CHECK(worst.all() <= bound);
    }
  }
}

TEST_CASE("extreme densities: a table", "[.][density_table]") {
  std::printf(
      "| distribution | points | log density | log cdf | log ccdf | its derivatives |\n| --- | --- | --- | "
      "--- | --- | --- |\n");
  for (const Distribution& dist : distributions()) {
    const Module density = functions_of(dist);
    std::printf("| %s | %zu |", dist.name.c_str(), dist.rows.size());
    for (const std::string member : {"logpdf", "log_cdf", "log_ccdf"}) {
      if (!has_rows(dist, member)) {
        std::printf(" |");
        continue;
      }
      const Worst worst = worst_value(dist, density, member);
      std::printf(" %.1e |", worst.all());
      if (worst.all() > 1e-12) {
        char text[100];
        std::snprintf(text, sizeof text, "%s %s: compiled %.1e, interpreted %.1e at ", dist.name.c_str(),
                      member.c_str(), worst.compiled, worst.interpreted);
        std::fprintf(stderr, "%s%s\n", text, worst.at.c_str());
      }
    }
    double slope = 0;
    for (const std::string member : {"logpdf", "log_cdf", "log_ccdf"}) {
      if (!has_slopes(dist, member) || !density.find(dist.name + "." + member)) continue;
      const Worst worst = worst_slope(dist, member);
      slope = std::max(slope, worst.all());
      if (worst.all() > 1e-8) {
        char text[100];
        std::snprintf(text, sizeof text, "%s %s slope: compiled %.1e, interpreted %.1e at ",
                      dist.name.c_str(), member.c_str(), worst.compiled, worst.interpreted);
        std::fprintf(stderr, "%s%s\n", text, worst.at.c_str());
      }
    }
    std::printf(slope > 0 ? " %.1e |\n" : " |\n", slope);
    std::fflush(stdout);
  }
}
