#include "passes/multivariate_law.h"

#include <cmath>
#include <numbers>

#include "passes/factor_graph.h"

namespace elba::passes {

using namespace ir;

namespace {

// The entries at and below the diagonal; of those above, which a law may leave undefined, zeros.
template <class Entry>
ValueId lower_matrix(Builder& b, const Dim& size, Entry entry) {
  const auto at = b.open_nest({size, size});
  const ValueId is_diagonal = b.emit(Opcode::eq, {at[0], at[1]}), is_below = b.emit(Opcode::lt, {at[1], at[0]});
  const auto [below, diagonal] = entry(at[0], at[1]);
  return b.close_nest({{Combiner::stack, {b.select(is_diagonal, diagonal, b.select(is_below, below, b.constant(0.0)))}}})[0];
}

// x^c = exp(c ln x)
ValueId power(Builder& b, ValueId x, ValueId c) { return b.emit(Opcode::exp, {b.mul(c, b.emit(Opcode::log, {x}))}); }

}  // namespace

std::optional<MultivariateLaw> multivariate_law(const Func& model, const Op& dist, const Site& site, std::string& why) {
  const std::string name = dist.attr_string("name");
  if (name != "mvn_chol" && name != "mvn") return std::nullopt;
  if (site.type.shape.size() > 2) {
    why = "its prior is a multivariate law over more than one dim";
    return std::nullopt;
  }
  if (model.type(dist.operands.at(1)).shape.size() != 2) {
    why = "each row has a covariance of its own";
    return std::nullopt;
  }
  return MultivariateLaw{name == "mvn"};
}

Standardised standardise(Builder& b, const MultivariateLaw& law, const Site& site, ValueId mu, ValueId scale, ValueId z, ValueId weight) {
  const Dim size = site.type.shape.back();
  const bool has_rows = site.type.shape.size() == 2;
  const ValueId factor = law.is_covariance ? b.emit(Opcode::chol, {scale}) : scale;
  const ValueId L = lower_matrix(b, size, [&](ValueId i, ValueId j) {
    const ValueId entry = b.read(factor, {i, j});
    return std::pair(entry, entry);
  });
  // Columns are what a triangular solve takes, so rows lie across.
  const auto across = [&](ValueId value, bool is_shared) {
    const auto at = b.open_nest({size, site.type.shape.front()});
    const ValueId entry = is_shared ? b.read(value, {at[0]}) : b.read(value, {at[1], at[0]});
    return b.close_nest({{Combiner::stack, {entry}}})[0];
  };
  const bool is_shared = b.type(mu).shape.size() == 1;
  const ValueId centre = has_rows ? across(mu, is_shared) : mu, noise = has_rows ? across(z, false) : z;

  ValueId e = noise, log_scale;
  if (weight.valid()) {
    const ValueId rest = b.sub(weight, b.constant(1.0));
    const ValueId M = lower_matrix(b, size, [&](ValueId i, ValueId j) {
      const ValueId s = b.read(factor, {i, i});
      return std::pair(b.mul(b.mul(weight, b.read(factor, {i, j})), power(b, s, rest)), power(b, s, weight));
    });
    e = b.emit(Opcode::trisolve, {M, b.sub(noise, b.mul(weight, centre))});
    const auto at = b.open_nest({size});
    const ValueId sum = b.close_nest({{Combiner::sum, {b.emit(Opcode::log, {b.read(factor, {at[0], at[0]})})}}})[0];
    log_scale = b.mul(weight, sum);
    if (has_rows) log_scale = b.mul(log_scale, b.emit(Opcode::to_real, {b.dim(site.type.shape.front())}));
  }
  const ValueId squares = b.mul(b.constant(-0.5), sum_elements(b, b.emit(Opcode::square, {e})));
  const ValueId count = b.emit(Opcode::to_real, {b.dim(has_rows ? site.type.shape.front() * size : size)});
  ValueId density = b.sub(squares, b.mul(b.constant(0.5 * std::log(2 * std::numbers::pi)), count));
  if (log_scale.valid()) density = b.sub(density, log_scale);
  Op of_z;
  of_z.code = Opcode::factor;
  of_z.operands = {density};
  of_z.set_attr("site", site.name);
  b.append(std::move(of_z));

  if (!has_rows) return {mu, b.contract(std::vector<ValueId>{L, e}, "ij,j->i")};
  const ValueId offset = b.contract(std::vector<ValueId>{L, e}, "ij,jn->ni");
  if (!is_shared) return {mu, offset};
  const auto at = b.open_nest({site.type.shape.front(), size});
  return {b.close_nest({{Combiner::stack, {b.read(mu, {at[1]})}}})[0], offset};
}

}  // namespace elba::passes
