#include "passes/density/multivariate_normal.h"

#include <cmath>
#include <numbers>

#include "passes/density/factor_graph.h"
#include "support/elementary.h"

namespace elba::passes {

using namespace ir;

namespace {

// x^c = exp(c ln x)
ValueId power(Builder& b, ValueId x, ValueId c) {
  return b.emit(Opcode::exp, {b.mul(c, b.emit(Opcode::log, {x}))});
}

Op operation(Opcode code, std::vector<ValueId> operands) {
  Op op;
  op.code = code;
  op.operands = std::move(operands);
  return op;
}

// -|e|^2 / 2 - log_scale - size ln(2 pi) / 2; log_scale may be missing.
void emit_density(Builder& b, const Site& site, ValueId squares, ValueId log_scale) {
  Dim size(1);
  for (const Dim& dim : site.type.shape)
    size = size * dim;
  ValueId density = b.sub(
      b.mul(b.constant(-0.5), squares),
      b.mul(b.constant(0.5 * math::log(2 * std::numbers::pi)), b.emit(Opcode::to_real, {b.dim(size)})));
  if (log_scale.valid()) density = b.sub(density, log_scale);
  Op of_z = operation(Opcode::factor, {density});
  of_z.set_attr("site", site.name);
  b.append(std::move(of_z));
}

// The entries at and below the diagonal; of those above, which a distribution may leave undefined, zeros.
template <class Entry>
ValueId lower_matrix(Builder& b, const Dim& size, Entry entry) {
  const auto at = b.open_nest({size, size});
  const ValueId is_diagonal = b.emit(Opcode::eq, {at[0], at[1]}),
                is_below = b.emit(Opcode::lt, {at[1], at[0]});
  const auto [below, diagonal] = entry(at[0], at[1]);
  return b.close_nest(
      {{Combiner::stack, {b.select(is_diagonal, diagonal, b.select(is_below, below, b.constant(0.0)))}}})[0];
}

Op standardise_normal(Builder& b, const Site& site, ValueId mu, ValueId factor, ValueId z, ValueId weight) {
  const Dim size = site.type.shape.back();
  const bool has_rows = site.type.shape.size() == 2, is_shared = b.type(mu).shape.size() == 1;
  const ValueId L = lower_matrix(b, size, [&](ValueId i, ValueId j) {
    const ValueId entry = b.read(factor, {i, j});
    return std::pair(entry, entry);
  });
  // Columns are what a triangular solve takes, so rows lie across.
  const auto across = [&](ValueId value, bool is_row) {
    const auto at = b.open_nest({size, site.type.shape.front()});
    const ValueId entry = is_row ? b.read(value, {at[0]}) : b.read(value, {at[1], at[0]});
    return b.close_nest({{Combiner::stack, {entry}}})[0];
  };
  ValueId e = has_rows ? across(z, false) : z, log_scale;
  if (weight.valid()) {
    const ValueId rest = b.sub(b.constant(1.0), weight),
                  scales = b.emit(Opcode::sqrt, {b.contract(std::vector<ValueId>{L, L}, "ij,ij->i")});
    const ValueId M = lower_matrix(b, size, [&](ValueId i, ValueId j) {
      const ValueId s = b.read(scales, {i}), own = power(b, s, weight),
                    share = b.div(b.mul(b.mul(weight, own), b.read(factor, {i, j})), s);
      return std::pair(share, b.add(share, b.mul(rest, own)));
    });
    e = b.emit(Opcode::trisolve, {M, b.sub(e, b.mul(weight, has_rows ? across(mu, is_shared) : mu))});
    const auto at = b.open_nest({size});
    log_scale = b.close_nest({{Combiner::sum, {b.emit(Opcode::log, {b.read(M, {at[0], at[0]})})}}})[0];
    if (has_rows) log_scale = b.mul(log_scale, b.emit(Opcode::to_real, {b.dim(site.type.shape.front())}));
  }
  emit_density(b, site, sum_elements(b, b.emit(Opcode::square, {e})), log_scale);
  const ValueId offset = b.contract(std::vector<ValueId>{L, e}, has_rows ? "ij,jn->ni" : "ij,j->i");
  if (!has_rows || !is_shared) return operation(Opcode::add, {mu, offset});
  const auto at = b.open_nest({site.type.shape.front(), size});
  return operation(Opcode::add, {b.close_nest({{Combiner::stack, {b.read(mu, {at[1]})}}})[0], offset});
}

struct Step {
  ValueId value, noise;
};

Op standardise_walk(Builder& b, GaussianForm form, const Site& site, std::span<const ValueId> arguments,
                    ValueId z, ValueId weight) {
  const Dim rest = site.type.shape.front() - Dim(1);
  const bool is_stationary = form == GaussianForm::autoregression;
  const ValueId mu = is_stationary ? arguments[0] : b.constant(0.0),
                sigma = is_stationary ? arguments[2] : arguments[0];
  const ValueId start = is_stationary
                            ? b.div(sigma,
                                    b.emit(Opcode::sqrt,
                                           {b.sub(b.constant(1.0), b.emit(Opcode::square, {arguments[1]}))}))
                            : arguments[1];
  const ValueId own_scale = weight.valid() ? power(b, sigma, weight) : ValueId{};
  const auto step = [&](ValueId location, ValueId scale, ValueId part, ValueId divisor) {
    const ValueId noise = weight.valid() ? b.div(b.sub(part, b.mul(weight, location)), divisor) : part;
    return Step{b.add(location, b.mul(scale, noise)), noise};
  };
  const Step first = step(mu, start, b.read(z, {b.constant_int(0)}),
                          weight.valid() ? power(b, start, weight) : ValueId{});
  const auto head = b.open_scan(rest, std::vector<ValueId>{first.value});
  const ValueId before = head.carries[0];
  const ValueId location = is_stationary ? b.add(mu, b.mul(arguments[1], b.sub(before, mu))) : before;
  const Step next = step(location, sigma, b.read(z, {b.add(head.iterator, b.constant_int(1))}), own_scale);
  const auto made = b.close_scan(std::vector<ValueId>{next.value},
                                 {{Combiner::stack, {next.value}}, {Combiner::stack, {next.noise}}});
  ValueId log_scale;
  if (weight.valid())
    log_scale = b.mul(weight,
                      b.add(b.emit(Opcode::log, {start}),
                            b.mul(b.emit(Opcode::to_real, {b.dim(rest)}), b.emit(Opcode::log, {sigma}))));
  emit_density(
      b, site,
      b.add(b.emit(Opcode::square, {first.noise}), sum_elements(b, b.emit(Opcode::square, {made[2]}))),
      log_scale);
  return operation(Opcode::pack, {first.value, made[1]});
}

}  // namespace

bool is_walk(GaussianForm form) {
  return form == GaussianForm::random_walk || form == GaussianForm::autoregression;
}

std::optional<GaussianForm> joint_form(const Module& module, const Func& model, const Op& dist,
                                       const Site& site, std::string& why) {
  const DistDecl* decl = module.find_dist(dist.attr_string("name"));
  if (decl == nullptr || decl->gaussian == GaussianForm::none || decl->gaussian == GaussianForm::elementwise)
    return std::nullopt;
  const bool walks = is_walk(decl->gaussian);
  if (site.type.shape.size() > (walks ? 1 : 2)) {
    why = walks ? "walks side by side are not walked together"
                : "its prior is a multivariate distribution over more than one dim";
    return std::nullopt;
  }
  for (std::size_t k = walks ? 0 : 1; k < dist.operands.size(); ++k)
    if (model.type(dist.operands[k]).shape.size() != (walks ? 0 : 2)) {
      why = walks ? "its steps have distributions of their own" : "each row has a covariance of its own";
      return std::nullopt;
    }
  return decl->gaussian;
}

Op standardise(Builder& b, GaussianForm form, const Site& site, std::span<const ValueId> arguments, ValueId z,
               ValueId weight) {
  if (is_walk(form)) return standardise_walk(b, form, site, arguments, z, weight);
  const ValueId factor = form == GaussianForm::covariance ? b.emit(Opcode::chol, {arguments[1]})
                                                          : arguments[1];
  return standardise_normal(b, site, arguments[0], factor, z, weight);
}

}  // namespace elba::passes
