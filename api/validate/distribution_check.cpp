// distribution_check: see api/distribution_check.h. The site's distribution at sets of arguments, and the
// properties in turn (distribution_properties.h).
#include "api/distribution_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "api/model/handles.h"
#include "api/output/unguarded.h"
#include "api/validate/distribution.h"
#include "api/validate/distribution_properties.h"
#include "ir/library.h"
#include "ir/random.h"
#include "ir/text.h"
#include "support/elementary.h"

namespace elba {

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
using ir::Tensor;

const ir::Op* defining_op(const ir::Func& func, ir::ValueId value) {
  for (const ir::Op& op : func.body.ops)
    for (ir::ValueId result : op.results)
      if (result == value) return &op;
  return nullptr;
}

// The log Jacobian of one vector at its coordinates, as the library of transforms says; nothing where it
// takes bounds.
std::optional<double> jacobian_of(const std::string& support, const std::vector<double>& u,
                                  std::int64_t extent) {
  if (support == "real") return 0;
  const auto module = ir::parse_module(Source(support, std::string(ir::transform_source(support))));
  if (!module) return std::nullopt;
  const auto result = ir::interpret(*module, support + ".log_jacobian", {Tensor::vector(u)}, {{"K", extent}});
  return result ? std::optional<double>(result->at(0).values.at(0)) : std::nullopt;
}

// A whole number within the bounds of a data field.
double whole_number(const Signature::DataField& field, const Sizes& sizes,
                    const std::map<std::string, Tensor>& known, std::uint64_t key, std::uint64_t k) {
  const auto value = [&](const ir::Bound& bound, double absent) {
    if (const auto* number = std::get_if<double>(&bound)) return *number;
    if (const auto* dim = std::get_if<ir::Dim>(&bound))
      return static_cast<double>(dim->evaluate(sizes).value_or(1));
    if (const auto* name = std::get_if<std::string>(&bound))
      if (const auto at = known.find(*name); at != known.end()) return at->second.values.at(0);
    return absent;
  };
  const double low = value(field.lower, 0), high = std::max(low, std::min(value(field.upper, inf), low + 9));
  return low + std::floor(ir::random::uniform(key, k) * (high - low + 1));
}

// One set of arguments: data, a point of the unknowns, and the distribution there.
struct Arguments {
  Data data;
  Sizes sizes;
  std::map<std::string, Tensor> known;  // by name
};

Tensor empty_tensor(const ir::Type& type, const Sizes& sizes, std::size_t& count) {
  Tensor value{type.scalar, {}, {}, 0};
  count = 1;
  for (const auto& extent : type.shape) {
    value.shape.push_back(extent.evaluate(sizes).value_or(1));
    count *= static_cast<std::size_t>(value.shape.back());
  }
  return value;
}

Arguments draw_data(const Signature& signature, std::uint64_t key) {
  Arguments out;
  for (const auto& dim : signature.dims) {
    out.sizes[dim.name] = 2;
    out.data.set(dim.name, {}, {2});
  }
  std::uint64_t drawn = 0;
  for (const auto& field : signature.data) {
    std::size_t count = 0;
    Tensor value = empty_tensor(field.type, out.sizes, count);
    for (std::size_t k = 0; k < count; ++k)
      value.values.push_back(field.type.scalar == ir::Scalar::i64
                                 ? whole_number(field, out.sizes, out.known, key, drawn++)
                                 : ir::random::normal(key, drawn++));
    out.data.set(field.name, value.shape, value.values);
    out.known[field.name] = std::move(value);
  }
  return out;
}

class SiteCheck {
 public:
  SiteCheck(const Program& program, const ir::Op& dist, Properties& properties, const BatteryOptions& options)
      : program_(program),
        impl_(*program.impl),
        model_(*impl_.density.find("model")),
        dist_(dist),
        decl_(*impl_.density.find_dist(dist.attr_string("name"))),
        properties_(properties),
        options_(options) {}

  Status run() {
    const int most = 10 * options_.points;
    for (int attempt = 0; attempt < most && used_ < options_.points; ++attempt)
      if (auto status = check(ir::random::key_fold(options_.seed, attempt), attempt + 1 == most); !status)
        return status;
    if (used_ == 0)
      properties_.note("arguments", inf, "", "none of the arguments that its types allow gives a support");
    return Done{};
  }

 private:
  // At one set of arguments; `is_last`: what does not bind is an error.
  Status check(std::uint64_t key, bool is_last) {
    Arguments at = draw_data(impl_.signature, key);
    auto bound = program_.bind(at.data);
    if (!bound && !is_last) return Done{};  // bounds that the types do not order
    if (!bound) return bound.diagnostics();
    bound_ = &*bound;
    auto workspace = bound->workspace();
    if (!workspace) return workspace.diagnostics();
    workspace_ = workspace->get();
    const std::vector<double> u = draw_point(at.sizes, key);
    if (auto status = add_unknowns(at, u); !status) return status;
    Law law(impl_.density, decl_, at.sizes);
    for (const auto& [name, value] : at.known) {
      if (name == "x") continue;
      law.shown += (law.shown.empty() ? "" : ", ") + name + " =";
      for (double number : value.values)
        law.shown += fmt::format(" {:.4g}", number);
    }
    if (!add_arguments(law, at.known))
      return defect("an argument of the site `x` is neither a param, data nor a constant");
    // Bounds that the types do not order.
    if (law.discrete() ? law.low() > law.high() : law.low() >= law.high()) return Done{};
    ++used_;
    const bool is_vector = !decl_.event_shape.empty();
    if (!is_vector) properties_.scalar(law, used_ == 1);
    if (is_vector && used_ == 1 && law.has("mean") && law.has("sample")) check_mean(law, key);
    if (is_vector && used_ == 1 && !law.discrete()) check_integral(law, at.sizes, u);
    return check_derivatives(law, u);
  }

  // A square matrix without a type of its own may stand for a covariance or a factor of one: lower triangular
  // with a positive diagonal serves as both, for a covariance is read in its lower triangle.
  [[nodiscard]] std::vector<double> draw_point(const Sizes& sizes, std::uint64_t key) const {
    std::vector<double> u;
    for (std::size_t k = 0; k < bound_->dimension(); ++k)
      u.push_back(3 * ir::random::uniform(ir::random::key_fold(key, 7), k) - 1.5);
    std::size_t place = 0;
    for (const auto& unknown : impl_.signature.unknowns) {
      const auto& shape = unknown.type.shape;
      const bool square = unknown.is_param && unknown.support == "real" && shape.size() == 2 &&
                          shape[0] == shape[1];
      const auto n = square ? static_cast<std::size_t>(shape[0].evaluate(sizes).value_or(0)) : 0;
      for (std::size_t i = 0; i < n * n; ++i) {
        double& entry = u[place + i];
        entry = i % n > i / n ? 0 : i % n == i / n ? 1 + std::abs(entry) : 0.3 * entry;
      }
      place += static_cast<std::size_t>(unknown.unconstrained_size(sizes).value_or(0));
    }
    return u;
  }

  Status add_unknowns(Arguments& at, const std::vector<double>& u) {
    std::vector<double> values;
    if (bound_->dimension() > 0)
      if (auto status = bound_->constrain(*workspace_, u, values); !status) return status;
    std::size_t next = 0;
    for (const auto& unknown : impl_.signature.unknowns) {
      std::size_t count = 0;
      Tensor value = empty_tensor(unknown.type, at.sizes, count);
      value.scalar = ir::Scalar::f64;
      value.values.assign(values.begin() + static_cast<std::ptrdiff_t>(next),
                          values.begin() + static_cast<std::ptrdiff_t>(next + count));
      next += count;
      at.known[unknown.name] = std::move(value);
    }
    return Done{};
  }

  bool add_arguments(Law& law, const std::map<std::string, Tensor>& known) const {
    for (ir::ValueId operand : dist_.operands) {
      if (const auto& constant = model_.constant(operand)) {
        const bool integer = std::holds_alternative<std::int64_t>(*constant);
        law.arguments.push_back(
            {integer ? ir::Scalar::i64 : ir::Scalar::f64,
             {},
             {integer ? static_cast<double>(std::get<std::int64_t>(*constant)) : std::get<double>(*constant)},
             0});
        continue;
      }
      std::string name;
      if (const ir::Op* op = defining_op(model_, operand)) name = op->attr_string("site");
      for (const auto& param : model_.params)
        if (param.value == operand) name = param.name;
      const auto value = known.find(name);
      if (value == known.end()) return false;
      law.arguments.push_back(value->second);
    }
    return true;
  }

  void check_mean(const Law& law, std::uint64_t key) {
    const auto mean = law.call("mean");
    std::vector<double> sum(mean.size()), squares(mean.size());
    for (int k = 0; k < options_.draws; ++k) {
      const auto draw = law.draw(ir::random::key_fold(key, 5000 + k));
      for (std::size_t i = 0; i < std::min(draw.size(), mean.size()); ++i)
        sum[i] += draw[i], squares[i] += draw[i] * draw[i];
    }
    const double n = options_.draws;
    for (std::size_t i = 0; i < mean.size(); ++i) {
      const double average = sum[i] / n,
                   spread = std::sqrt(std::max(1e-16, squares[i] / n - average * average) / n);
      properties_.compare("mean of the sampler", average, mean[i], 6 * spread, law.shown);
    }
  }

  // A vector with one or two free coordinates: the density over them, by the trapezoid rule, which converges
  // fast for smooth functions that vanish (Trefethen and Weideman, 2014). The log Jacobian of the arguments
  // is taken out at u; that of x is counted.
  void check_integral(const Law& law, const Sizes& sizes, const std::vector<double>& u) {
    const auto& last = impl_.signature.unknowns.back();
    const auto size = last.unconstrained_size(sizes).value_or(0);
    const bool is_last = last.name == "x" && !last.is_param && size >= 1 && size <= 2;
    const auto own = is_last ? jacobian_of(last.support, {u.end() - size, u.end()},
                                           last.type.shape.back().evaluate(sizes).value_or(1))
                             : std::nullopt;
    double with = 0, without = 0;
    if (!own || !bound_->log_density(*workspace_, u, true, with, {}) ||
        !bound_->log_density(*workspace_, u, false, without, {}))
      return;
    const double jacobian = with - without - *own;
    // u = sinh(v) spreads over heavy tails.
    const double reach = size == 1 ? 16 : 13, step = size == 1 ? 0.02 : 0.06;
    const auto n = static_cast<int>(2 * reach / step) + 1;
    double total = 0;
    auto moved = u;
    for (int i = 0; i < (size == 1 ? n : n * n); ++i) {
      const double v1 = -reach + step * (i % n), v2 = size == 2 ? -reach + step * (i / n) : 0;
      moved[u.size() - 1] = math::sinh(v1);
      if (size == 2) moved[u.size() - 2] = math::sinh(v2);
      double value = 0;
      if (bound_->log_density(*workspace_, moved, true, value, {}) && std::isfinite(value))
        total += math::exp(value - jacobian) * math::cosh(v1) * math::cosh(v2);
    }
    properties_.compare("integrates to 1", total * math::pow(step, size), 1, 1e-4, law.shown);
  }

  // In every coordinate: of the arguments and, where it is real, of the value.
  Status check_derivatives(const Law& law, const std::vector<double>& u) {
    std::vector<double> gradient(u.size());
    double value = 0, above = 0, below = 0;
    if (auto status = bound_->log_density(*workspace_, u, true, value, gradient); !status) return status;
    if (!std::isfinite(value)) return Done{};
    for (std::size_t k = 0; k < u.size(); ++k) {
      auto moved = u;
      const double h = 1e-5 * (1 + std::abs(u[k]));
      moved[k] = u[k] + h;
      if (!bound_->log_density(*workspace_, moved, true, above, {})) continue;
      moved[k] = u[k] - h;
      if (!bound_->log_density(*workspace_, moved, true, below, {})) continue;
      properties_.compare("derivatives", gradient[k], (above - below) / (2 * h),
                          1e-5 * (1 + std::abs(gradient[k]) + 1e-4 * std::abs(value)),
                          bound_->unconstrained_names()[k] + ", " + law.shown);
    }
    return Done{};
  }

  const Program& program_;
  const Program::Impl& impl_;
  const ir::Func& model_;
  const ir::Op& dist_;
  const ir::DistDecl& decl_;
  Properties& properties_;
  const BatteryOptions& options_;
  const Bound* bound_ = nullptr;  // at the present arguments
  Workspace* workspace_ = nullptr;
  int used_ = 0;  // sets of arguments that give a support
};

}  // namespace

Result<std::vector<BatteryRow>> unguarded::check_site_distribution(std::string_view model_text,
                                                                   const std::string& shown_name,
                                                                   const BatteryOptions& options,
                                                                   const CompileOptions& compile) {
  auto program = Program::compile(model_text, compile);
  if (!program) return program.diagnostics();
  const ir::Func& model = *program->impl->density.find("model");
  const ir::Op* dist = nullptr;
  for (const ir::Op& op : model.body.ops)
    if ((op.code == ir::Opcode::latent || op.code == ir::Opcode::observe) && op.attr_string("site") == "x" &&
        !op.operands.empty())
      dist = defining_op(model, op.operands[0]);
  if (!dist || dist->code != ir::Opcode::dist) return defect("the model has no site `x`");
  Properties properties(shown_name, options);
  if (auto status = SiteCheck(*program, *dist, properties, options).run(); !status)
    return status.diagnostics();
  return std::move(properties.rows);
}

}  // namespace elba
