// gradient_check: @f before the passes is run by the interpreter at a few points, and so is @f.grad after
// them. The derivative along each coordinate is
//
//     (8 (f(u + h) - f(u - h)) - (f(u + 2 h) - f(u - 2 h))) / (12 h)        error of h^4, and of eps |f| / h
//
// for three h, of which the nearest counts: one alone may step over a place where f has no derivative. Errors
// are relative to the larger of both, and to 1e-6 (1 + |f|), below which differences are rounding. Leaves
// out: Hessian products, functions of several inputs (as `differentiate` does).
#include "api/gradient_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "api/model/guarded.h"
#include "api/model/handles.h"
#include "api/model/ir_passes.h"
#include "api/output/unguarded.h"
#include "api/validate/ir_arguments.h"
#include "support/deep_stack.h"

namespace elba {

namespace {

constexpr double steps[] = {1e-3, 1e-4, 1e-5};
constexpr int most_tries = 20;  // of points at which the function is not finite

bool is_derived(const std::string& name) { return name.ends_with(".grad") || name.ends_with(".hvp"); }

// The only input of a function that has a gradient; null for others.
const ir::Param* input_of(const ir::Func& func) {
  const auto results = func.result_types();
  if (is_derived(func.name) || results.empty() || results[0] != ir::Type::real()) return nullptr;
  const ir::Param* input = nullptr;
  for (const ir::Param& param : func.params) {
    if (param.role != ir::Role::input) continue;
    if (input != nullptr) return nullptr;
    input = &param;
  }
  return input;
}

bool has_input(const ir::Module& module) {
  return module.level != ir::Level::loop &&
         std::any_of(module.funcs.begin(), module.funcs.end(),
                     [](const ir::Func& func) { return input_of(func) != nullptr; });
}

struct Modules {
  ir::Module before;  // has the functions as they first appear
  ir::Module after;   // has their gradients
};

// The pipeline of the function itself, without what may be left out.
Result<ir::Module> plain_function(const ir::Module& module, const std::string& function) {
  const Entry entry{function.substr(0, function.find('.')), ""};
  const std::vector<std::string> skipped{"simplify", "cse",          "dce",     "hoist",
                                         "fuse",     "place_stages", "triangle"};
  PipelineOptions options;
  options.until = ir::Level::tensor;
  options.skipped = &skipped;
  return run_pipeline(module, entry, options);
}

Result<Modules> prepare(ir::Module given, const IrPasses& passes) {
  std::optional<ir::Module> before;
  if (!passes.pipeline.empty()) {
    auto plain = plain_function(given, passes.pipeline);
    if (!plain) return plain.diagnostics();
    before = std::move(*plain);
  } else if (has_input(given)) {
    before = given;
  }
  const auto look = [&](const ir::Module& module) {
    if (!before && has_input(module)) before = module;
  };
  auto after = run_ir_passes(std::move(given), passes, look);
  if (after && !before && after->level == ir::Level::density)
    after = run_ir_passes(std::move(*after), {{"inline_calls", "constrain"}}, look);
  if (!after) return after.diagnostics();
  if (!before)
    return make_diagnostic(Code::usage_error, {}, {"no function here has an input and a real result"})
        .suggest("mark the parameter: `%u: f64[U] input`");
  const auto has_gradient = [&] {
    return std::any_of(after->funcs.begin(), after->funcs.end(),
                       [](const ir::Func& func) { return func.name.ends_with(".grad"); });
  };
  if (!has_gradient() && after->level == ir::Level::density)
    after = run_ir_passes(std::move(*after), {{"inline_calls", "expand"}});
  if (after && !has_gradient() && after->level == ir::Level::tensor)
    after = run_ir_passes(std::move(*after), {{"differentiate"}});
  if (!after) return after.diagnostics();
  return Modules{std::move(*before), std::move(*after)};
}

std::string place_text(const ir::Tensor& tensor, std::size_t element) {
  std::string text;
  for (std::size_t axis = tensor.shape.size(); axis-- > 0;) {
    const auto extent = static_cast<std::size_t>(tensor.shape[axis]);
    text = std::to_string(element % extent) + (text.empty() ? "" : ", ") + text;
    element /= extent;
  }
  return text.empty() ? "" : "[" + text + "]";
}

class Checker {
 public:
  Checker(const Modules& modules, const ir::Func& func, const ir::Param& input, IrSizes sizes,
          IrArguments arguments)
      : modules_(modules),
        func_(func),
        input_(input),
        sizes_(std::move(sizes)),
        arguments_(std::move(arguments)) {}

  Result<CheckedGradient> run(int points, UniformNumbers& numbers) {
    row_.function = func_.name;
    row_.input = input_.name;
    if (auto caches = fill_caches(); !caches) return caches.diagnostics();
    for (int tries = 0; row_.points < points && tries < points + most_tries; ++tries) {
      ir::Tensor& at = arguments_[input_.name];
      at = random_tensor(func_.type(input_.value), sizes_, -1.0, 1.0, numbers);
      row_.elements = at.values.size();
      const auto value = value_here();
      if (!value) return value.diagnostics();
      if (!std::isfinite(*value)) continue;
      ++row_.points;
      if (auto status = check_point(*value); !status) return status.diagnostics();
    }
    if (row_.points > 0 || points == 0) return row_;
    return make_diagnostic(
               Code::usage_error, {},
               {fmt::format("@{} is finite at none of {} points", func_.name, points + most_tries)})
        .suggest("give the data that it is made for, `--data D.json`");
  }

 private:
  Result<std::vector<ir::Tensor>> call(const ir::Module& module, const std::string& name) {
    std::vector<ir::Tensor> given;
    for (const ir::Param& param : module.find(name)->params) {
      if (param.role == ir::Role::output) continue;
      const auto at = arguments_.find(param.name);
      if (at == arguments_.end())
        return make_diagnostic(
            Code::usage_error, {},
            {"@" + name + " takes %" + param.name + ", which @" + func_.name + " does not"});
      given.push_back(at->second);
    }
    return ir::interpret(module, name, given, sizes_);
  }

  // What `place_stages` moved out of the gradient.
  Status fill_caches() {
    const std::string name = func_.name + ".grad.bind";
    if (modules_.after.find(name) == nullptr) return Done{};
    const auto results = call(modules_.after, name);
    if (!results) return results.diagnostics();
    std::size_t next = 0;
    for (const ir::Param& param : modules_.after.find(func_.name + ".grad")->params)
      if (param.role == ir::Role::cache && next < results->size())
        arguments_[param.name] = (*results)[next++];
    return Done{};
  }

  Result<double> value_here() {
    const auto results = call(modules_.before, func_.name);
    if (!results) return results.diagnostics();
    return results->at(0).values.at(0);
  }

  Result<double> difference(std::size_t element, double step) {
    double& place = arguments_[input_.name].values[element];
    const double middle = place;
    double sum = 0;
    for (const auto& [steps_away, weight] : {std::pair{1.0, 8.0}, {-1.0, -8.0}, {2.0, -1.0}, {-2.0, 1.0}}) {
      place = middle + steps_away * step;
      const auto value = value_here();
      place = middle;
      if (!value) return value.diagnostics();
      sum += weight * *value;
    }
    return sum / (12 * step);
  }

  Status check_point(double value) {
    const auto results = call(modules_.after, func_.name + ".grad");
    if (!results) return results.diagnostics();
    if (results->size() < 2 || results->at(1).values.size() != row_.elements)
      return make_diagnostic(Code::usage_error, {},
                             {"@" + func_.name + ".grad does not return a value and a gradient"});
    for (std::size_t element = 0; element < row_.elements; ++element) {
      const double found = results->at(1).values[element];
      double least = std::numeric_limits<double>::infinity(), nearest = std::nan("");
      for (const double step : steps) {
        const auto slope = difference(
            element, step * std::max(1.0, std::fabs(arguments_[input_.name].values[element])));
        if (!slope) return slope.diagnostics();
        if (!std::isfinite(*slope)) continue;  // over the edge of where @f is finite
        const double scale = std::max({std::fabs(found), std::fabs(*slope), 1e-6 * (1 + std::fabs(value))});
        const double error = std::isfinite(found) ? std::fabs(found - *slope) / scale
                                                  : std::numeric_limits<double>::infinity();
        if (std::isnan(nearest) || error < least) {
          least = error;
          nearest = *slope;
        }
        if (error < 1e-3 * CheckedGradient::most) break;
      }
      if (std::isnan(nearest) || (!row_.place.empty() && least <= row_.error)) continue;
      row_.error = least;
      row_.place = "%" + input_.name + place_text(arguments_[input_.name], element);
      row_.point = row_.points;
      row_.gradient = found;
      row_.difference = nearest;
    }
    return Done{};
  }

  const Modules& modules_;
  const ir::Func& func_;
  const ir::Param& input_;
  IrSizes sizes_;
  IrArguments arguments_;
  CheckedGradient row_;
};

Result<GradientCheck> check_here(std::string_view text, const GradientCheckOptions& options,
                                 const std::string& name) {
  auto given = read_ir(text, name);
  if (!given) return given.diagnostics();
  const auto modules = prepare(std::move(*given), options.passes);
  if (!modules) return modules.diagnostics();
  const runtime::DataSet& data = options.data.impl().set;
  GradientCheck check;
  UniformNumbers numbers(options.seed);
  for (const ir::Func& func : modules->before.funcs) {
    const ir::Param* input = input_of(func);
    if (input == nullptr || modules->after.find(func.name + ".grad") == nullptr) continue;
    const auto sizes = sizes_of_module(modules->before, func, options.sizes, data);
    if (!sizes) return sizes.diagnostics();
    check.sizes = *sizes;
    auto arguments = arguments_of(func, *sizes, data, numbers);
    if (!arguments) return arguments.diagnostics();
    auto row = Checker(*modules, func, *input, *sizes, std::move(*arguments)).run(options.points, numbers);
    if (!row) return row.diagnostics();
    check.functions.push_back(std::move(*row));
  }
  if (check.functions.empty())
    return make_diagnostic(Code::usage_error, {}, {"the module has no gradient after these passes"})
        .suggest("let `differentiate` run while it is at tensor level");
  return check;
}

}  // namespace

bool GradientCheck::ok() const {
  return std::all_of(functions.begin(), functions.end(), [](const CheckedGradient& row) { return row.ok(); });
}

std::vector<Diagnostic> GradientCheck::problems() const {
  std::vector<Diagnostic> problems;
  std::string shown;
  for (const auto& [dim, size] : sizes)
    shown += fmt::format("{}{} = {}", shown.empty() ? "" : ", ", dim, size);
  for (const CheckedGradient& row : functions)
    if (!row.ok())
      problems.push_back(make_diagnostic(Code::gradient_differs, {},
                                         {row.function, row.place, fmt::format("{:.6g}", row.gradient),
                                          fmt::format("{:.6g}", row.difference)})
                             .note(fmt::format("at point {} of {}{}", row.point, row.points,
                                               shown.empty() ? "" : ", with " + shown))
                             .suggest("`--skip=PASS` shows whether a pass is the cause; "
                                      "`scripts/reduce.py` makes the file smaller"));
  return problems;
}

Result<GradientCheck> unguarded::check_gradient(std::string_view text, const GradientCheckOptions& options,
                                                const std::string& name) {
  return deeply([&] { return check_here(text, options, name); });
}

}  // namespace elba
