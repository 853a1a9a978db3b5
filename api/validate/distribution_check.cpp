// distribution_check: see api/distribution_check.h. The site's distribution, its argument sets, and the
// properties in turn.
#include "api/distribution_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "api/model/handles.h"
#include "api/output/unguarded.h"
#include "api/validate/adaptive_quadrature.h"
#include "api/validate/distribution.h"
#include "ir/library.h"
#include "ir/random.h"
#include "ir/text.h"
#include "support/elementary.h"

namespace elba {

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
using ir::Tensor;

class Battery {
 public:
  Battery(std::string name, const BatteryOptions& options) : name_(std::move(name)), options_(options) {}
  std::vector<BatteryRow> rows;

  // `found` against `expected`, within `allowed`.
  void compare(const std::string& property, double found, double expected, double allowed,
               const std::string& where) {
    const double error = found == expected ? 0 : std::abs(found - expected) / allowed;
    note(property, std::isfinite(error) ? error : inf, where,
         fmt::format("{:.10g} for {:.10g}", found, expected));
  }
  void note(const std::string& property, double error, const std::string& where, const std::string& what) {
    auto row = std::find_if(rows.begin(), rows.end(),
                            [&](const BatteryRow& r) { return r.property == property; });
    if (row == rows.end()) {
      rows.push_back({name_, property, 0, 0, {}});
      row = rows.end() - 1;
    }
    ++row->points;
    if (error > row->worst || row->detail.empty()) row->detail = what + (where.empty() ? "" : " at " + where);
    row->worst = std::max(row->worst, error);
  }

  void scalar(const Law& law, bool draws) {
    if (law.discrete())
      counts(law, draws);
    else
      reals(law, draws);
  }

 private:
  void reals(const Law& law, bool draws) {
    const double low = law.low(), high = law.high();
    // Where the mass is: places on grids from the ends (or around 0), and those within e^-3 of the highest
    // density.
    std::vector<double> grid;
    for (int k = -60; k <= 60; ++k) {
      const double step = math::exp(0.2 * k);
      if (std::isfinite(low)) grid.push_back(low + step);
      if (std::isfinite(high)) grid.push_back(high - step);
      if (std::isfinite(low) && std::isfinite(high)) grid.push_back(low + (high - low) / (1 + step));
      if (!std::isfinite(low) && !std::isfinite(high)) grid.insert(grid.end(), {step, -step});
    }
    for (int k = -40; k <= 40; ++k)
      grid.push_back(0.25 * k);
    std::sort(grid.begin(), grid.end());
    double best = -inf, mode = 0;
    std::vector<std::pair<double, double>> seen;
    for (const double x : grid) {
      if (!(x > low && x < high) || is_atom(x)) continue;
      const double value = law.at("logpdf", x);
      if (!std::isfinite(value)) continue;
      seen.emplace_back(x, value);
      if (value > best) best = value, mode = x;
    }
    double first = mode, last = mode;
    for (const auto& [x, value] : seen) {
      if (value < best - 3) continue;
      first = std::min(first, x);
      last = std::max(last, x);
    }
    std::vector<double> cuts = {low, first, mode, last, high};
    for (double atom : options_.atoms)
      cuts.push_back(atom);
    std::sort(cuts.begin(), cuts.end());
    const auto between = [&](double a, double b, const auto& f) {
      std::vector<double> own{a};
      for (double cut : cuts)
        if (cut > own.back() && cut < b) own.push_back(cut);
      own.push_back(b);
      return integrate(f, own);
    };
    const auto density = [&](double x) { return is_atom(x) ? 0 : law.density(x); };
    const auto mass_at_atoms = [&](double below, const auto& weight) {
      double sum = 0;
      for (double atom : options_.atoms)
        if (atom <= below) sum += law.density(atom) * weight(atom);
      return sum;
    };
    const auto one = [](double) { return 1.0; };
    const std::string where = law.shown;
    compare("integrates to 1", between(low, high, density) + mass_at_atoms(inf, one), 1, 1e-6, where);
    // A mean that does not exist is stated as inf(): a quadrature cannot tell.
    if (law.has("mean") && std::isfinite(law.call("mean").at(0))) {
      const double mean = between(low, high, [&](double x) { return x * density(x); }) +
                          mass_at_atoms(inf, [](double x) { return x; });
      compare("mean", law.call("mean").at(0), mean, 1e-6 * (1 + std::abs(mean)), where);
    }
    if (law.has("entropy")) {
      const double entropy = between(low, high, [&](double x) {
        const double value = law.at("logpdf", x);
        return std::isfinite(value) ? -value * math::exp(value) : 0;
      });
      compare("entropy", law.call("entropy").at(0), entropy, 1e-6 * (1 + std::abs(entropy)), where);
    }
    for (const double x : {0.7 * first + 0.3 * mode, mode, 0.6 * mode + 0.4 * last, last}) {
      if (!(x > low && x < high) || is_atom(x)) continue;
      const std::string here = fmt::format("x = {:.6g}, {}", x, where);
      const double below = between(low, x, density) + mass_at_atoms(x, one);
      tails(law, x, below, 1e-7, here);
      if (law.has("quantile") && options_.atoms.empty() && below > 1e-6 && below < 1 - 1e-6)
        compare("quantile inverts the cdf", law.at("quantile", below), x,
                1e-5 * (1 + std::abs(x)) + 1e-6 / std::max(law.density(x), 1e-3), here);
    }
    if (!draws || !law.has("sample")) return;
    std::vector<double> pilot, edges, probabilities(10), seen_counts(10);
    for (int k = 0; k < 300; ++k) {
      const double x = law.draw(key(k)).at(0);
      if (!is_atom(x)) pilot.push_back(x);
    }
    if (pilot.size() < 20) return;
    std::sort(pilot.begin(), pilot.end());
    for (std::size_t i = 1; i < 10; ++i)
      edges.push_back(pilot[pilot.size() * i / 10]);
    for (std::size_t i = 0; i < 10; ++i)
      probabilities[i] = between(i == 0 ? low : edges[i - 1], i == 9 ? high : edges[i], density);
    for (double atom : options_.atoms) {
      probabilities.push_back(law.density(atom));
      seen_counts.push_back(0);
    }
    for (int k = 0; k < options_.draws; ++k) {
      const double x = law.draw(key(1000 + k)).at(0);
      const auto atom = std::find(options_.atoms.begin(), options_.atoms.end(), x);
      const auto bin = atom != options_.atoms.end()
                           ? 10 + (atom - options_.atoms.begin())
                           : std::upper_bound(edges.begin(), edges.end(), x) - edges.begin();
      seen_counts[static_cast<std::size_t>(bin)] += 1;
    }
    chi_squared(seen_counts, probabilities, where);
  }

  void counts(const Law& law, bool draws) {
    const double low = std::isfinite(law.low()) ? law.low() : -300,
                 high = std::isfinite(law.high()) ? law.high() : low + 4000;
    double total = 0, mean = 0, entropy = 0;
    std::vector<double> masses;
    for (double x = low; x <= high; x += 1) {
      const double p = law.density(x);
      masses.push_back(p);
      total += p;
      mean += x * p;
      if (p > 0) entropy -= p * math::log(p);
      const std::string here = fmt::format("x = {:.0f}, {}", x, law.shown);
      if (masses.size() <= 12) {
        tails(law, x, total, 1e-9, here);
        if (law.has("quantile") && p > 1e-9 && total < 1) {
          compare("quantile inverts the cdf", law.at("quantile", total - 0.5 * p), x, 1e-9, here);
        }
      }
      if (total > 1 - 1e-11 && p < 1e-13) break;
    }
    compare("sums to 1", total, 1, 1e-8, law.shown);
    if (law.has("mean"))
      compare("mean", law.call("mean").at(0), mean, 1e-6 * (1 + std::abs(mean)), law.shown);
    if (law.has("entropy"))
      compare("entropy", law.call("entropy").at(0), entropy, 1e-6 * (1 + entropy), law.shown);
    if (!draws || !law.has("sample")) return;
    std::vector<double> seen(masses.size() + 1), expected, found;
    for (int k = 0; k < options_.draws; ++k) {
      const double place = law.draw(key(1000 + k)).at(0) - low;
      seen[place >= 0 && place < static_cast<double>(masses.size()) ? static_cast<std::size_t>(place)
                                                                    : masses.size()] += 1;
    }
    // Values are joined until a bin expects at least 10.
    double p = 0, count = 0;
    for (std::size_t k = 0; k < masses.size(); ++k) {
      p += masses[k];
      count += seen[k];
      if (p * options_.draws < 10) continue;
      expected.push_back(p);
      found.push_back(count);
      p = count = 0;
    }
    if (expected.empty()) return;
    expected.back() += p;
    found.back() += count + seen.back();
    chi_squared(found, expected, law.shown);
  }

  void tails(const Law& law, double x, double below, double allowed, const std::string& here) {
    if (law.has("cdf")) compare("cdf", law.at("cdf", x), below, allowed, here);
    if (law.has("log_cdf") && below > 1e-3)
      compare("log_cdf", law.at("log_cdf", x), math::log(below), allowed / below, here);
    if (law.has("log_ccdf") && below < 1 - 1e-3)
      compare("log_ccdf", law.at("log_ccdf", x), math::log1p(-below), allowed / (1 - below), here);
  }

  // Against the quantile that a true law exceeds once in a million seeds (Wilson-Hilferty).
  void chi_squared(const std::vector<double>& counts, const std::vector<double>& probabilities,
                   const std::string& where) {
    double total = 0, statistic = 0;
    for (double count : counts)
      total += count;
    double freedom = -1;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      if (!(probabilities[i] * total > 0.5)) {
        if (counts[i] > 10) statistic = inf;
        continue;
      }
      freedom += 1;
      statistic += math::pow(counts[i] - total * probabilities[i], 2) / (total * probabilities[i]);
    }
    if (freedom < 1) return;
    const double c = 2 / (9 * freedom), limit = freedom * math::pow(1 - c + 4.753 * std::sqrt(c), 3);
    note("sampler", statistic / limit, where,
         fmt::format("chi squared {:.1f}, limit {:.1f}, of {:.0f} draws", statistic, limit, total));
  }

  [[nodiscard]] bool is_atom(double x) const {
    return std::find(options_.atoms.begin(), options_.atoms.end(), x) != options_.atoms.end();
  }
  [[nodiscard]] std::uint64_t key(int k) const { return ir::random::key_fold(options_.seed * 7919 + 17, k); }

  std::string name_;
  const BatteryOptions& options_;
};

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

}  // namespace

Result<std::vector<BatteryRow>> unguarded::check_site_distribution(std::string_view model_text,
                                                                   const std::string& shown_name,
                                                                   const BatteryOptions& options,
                                                                   const CompileOptions& compile) {
  auto program = Program::compile(model_text, compile);
  if (!program) return program.diagnostics();
  const Program::Impl& impl = *program->impl;
  const ir::Func& model = *impl.density.find("model");
  const ir::Op* dist = nullptr;
  for (const ir::Op& op : model.body.ops)
    if ((op.code == ir::Opcode::latent || op.code == ir::Opcode::observe) && op.attr_string("site") == "x" &&
        !op.operands.empty())
      dist = defining_op(model, op.operands[0]);
  if (!dist || dist->code != ir::Opcode::dist) return defect("the model has no site `x`");
  const ir::DistDecl& decl = *impl.density.find_dist(dist->attr_string("name"));

  Battery battery(shown_name, options);
  int used = 0;
  for (int attempt = 0; attempt < 10 * options.points && used < options.points; ++attempt) {
    const std::uint64_t key = ir::random::key_fold(options.seed, attempt);
    Data data;
    Sizes sizes;
    for (const auto& dim : impl.signature.dims) {
      sizes[dim.name] = 2;
      data.set(dim.name, {}, {2});
    }
    std::map<std::string, Tensor> known;
    std::uint64_t drawn = 0;
    for (const auto& field : impl.signature.data) {
      Tensor value{field.type.scalar, {}, {}, 0};
      std::size_t count = 1;
      for (const auto& extent : field.type.shape) {
        value.shape.push_back(extent.evaluate(sizes).value_or(1));
        count *= static_cast<std::size_t>(value.shape.back());
      }
      for (std::size_t k = 0; k < count; ++k)
        value.values.push_back(field.type.scalar == ir::Scalar::i64
                                   ? whole_number(field, sizes, known, key, drawn++)
                                   : ir::random::normal(key, drawn++));
      data.set(field.name, value.shape, value.values);
      known[field.name] = std::move(value);
    }
    auto bound = program->bind(data);
    if (!bound && attempt + 1 < 10 * options.points) continue;  // bounds that the types do not order
    if (!bound) return bound.diagnostics();
    auto workspace = bound->workspace();
    if (!workspace) return workspace.diagnostics();
    std::vector<double> u, values, gradient(bound->dimension()), other(bound->dimension());
    for (std::size_t k = 0; k < bound->dimension(); ++k)
      u.push_back(3 * ir::random::uniform(ir::random::key_fold(key, 7), k) - 1.5);
    // A square matrix without a type of its own may stand for a covariance or a factor of one: lower
    // triangular with a positive diagonal serves as both, for a covariance is read in its lower triangle.
    std::size_t place = 0;
    for (const auto& unknown : impl.signature.unknowns) {
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
    if (bound->dimension() > 0)
      if (auto status = bound->constrain(**workspace, u, values); !status) return status.diagnostics();
    std::string shown;
    std::size_t at = 0;
    for (const auto& unknown : impl.signature.unknowns) {
      Tensor value{ir::Scalar::f64, {}, {}, 0};
      std::size_t count = 1;
      for (const auto& extent : unknown.type.shape) {
        value.shape.push_back(extent.evaluate(sizes).value_or(1));
        count *= static_cast<std::size_t>(value.shape.back());
      }
      value.values.assign(values.begin() + static_cast<std::ptrdiff_t>(at),
                          values.begin() + static_cast<std::ptrdiff_t>(at + count));
      at += count;
      known[unknown.name] = std::move(value);
    }
    for (const auto& [name, value] : known) {
      if (name == "x") continue;
      shown += (shown.empty() ? "" : ", ") + name + " =";
      for (double number : value.values)
        shown += fmt::format(" {:.4g}", number);
    }
    Law law(impl.density, decl, sizes);
    law.shown = shown;
    bool resolved = true;
    for (ir::ValueId operand : dist->operands) {
      if (const auto& constant = model.constant(operand)) {
        const bool integer = std::holds_alternative<std::int64_t>(*constant);
        law.arguments.push_back(
            {integer ? ir::Scalar::i64 : ir::Scalar::f64,
             {},
             {integer ? static_cast<double>(std::get<std::int64_t>(*constant)) : std::get<double>(*constant)},
             0});
        continue;
      }
      std::string name;
      if (const ir::Op* op = defining_op(model, operand)) name = op->attr_string("site");
      for (const auto& param : model.params)
        if (param.value == operand) name = param.name;
      const auto value = known.find(name);
      resolved = resolved && value != known.end();
      if (resolved) law.arguments.push_back(value->second);
    }
    if (!resolved) return defect("an argument of the site `x` is neither a param, data nor a constant");
    // Bounds that the types do not order.
    if (law.discrete() ? law.low() > law.high() : law.low() >= law.high()) continue;
    ++used;
    if (decl.event_shape.empty()) battery.scalar(law, used == 1);
    if (!decl.event_shape.empty() && law.has("mean") && law.has("sample") && used == 1) {
      const auto mean = law.call("mean");
      std::vector<double> sum(mean.size()), squares(mean.size());
      for (int k = 0; k < options.draws; ++k) {
        const auto draw = law.draw(ir::random::key_fold(key, 5000 + k));
        for (std::size_t i = 0; i < std::min(draw.size(), mean.size()); ++i)
          sum[i] += draw[i], squares[i] += draw[i] * draw[i];
      }
      const double n = options.draws;
      for (std::size_t i = 0; i < mean.size(); ++i) {
        const double average = sum[i] / n,
                     spread = std::sqrt(std::max(1e-16, squares[i] / n - average * average) / n);
        battery.compare("mean of the sampler", average, mean[i], 6 * spread, shown);
      }
    }
    // A vector with one or two free coordinates: the density over them, by the trapezoid rule, which
    // converges fast for smooth functions that vanish (Trefethen and Weideman, 2014). The log Jacobian of the
    // arguments is taken out at u; that of x is counted.
    if (!decl.event_shape.empty() && !law.discrete() && used == 1) {
      const auto& last = impl.signature.unknowns.back();
      const auto size = last.unconstrained_size(sizes).value_or(0);
      const bool is_last = last.name == "x" && !last.is_param && size >= 1 && size <= 2;
      const auto own = is_last ? jacobian_of(last.support, {u.end() - size, u.end()},
                                             last.type.shape.back().evaluate(sizes).value_or(1))
                               : std::nullopt;
      double with = 0, without = 0;
      if (own && bound->log_density(**workspace, u, true, with, {}) &&
          bound->log_density(**workspace, u, false, without, {})) {
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
          if (bound->log_density(**workspace, moved, true, value, {}) && std::isfinite(value))
            total += math::exp(value - jacobian) * math::cosh(v1) * math::cosh(v2);
        }
        battery.compare("integrates to 1", total * math::pow(step, size), 1, 1e-4, shown);
      }
    }
    // Derivatives in every coordinate: of the arguments and, where it is real, of the value.
    double value = 0, above = 0, below = 0;
    if (auto status = bound->log_density(**workspace, u, true, value, gradient); !status)
      return status.diagnostics();
    if (!std::isfinite(value)) continue;
    for (std::size_t k = 0; k < u.size(); ++k) {
      auto moved = u;
      const double h = 1e-5 * (1 + std::abs(u[k]));
      moved[k] = u[k] + h;
      if (!bound->log_density(**workspace, moved, true, above, {})) continue;
      moved[k] = u[k] - h;
      if (!bound->log_density(**workspace, moved, true, below, {})) continue;
      battery.compare("derivatives", gradient[k], (above - below) / (2 * h),
                      1e-5 * (1 + std::abs(gradient[k]) + 1e-4 * std::abs(value)),
                      bound->unconstrained_names()[k] + ", " + shown);
    }
  }
  if (used == 0)
    battery.note("arguments", inf, "", "none of the arguments that its types allow gives a support");
  return std::move(battery.rows);
}

}  // namespace elba
