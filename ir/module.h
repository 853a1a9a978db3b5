// module: the one data structure of the compiler. SSA, pure until the loop level, A-normal form, structured
// regions (no CFG, no phi).
//
// A Module is a value: copying it copies everything, and a pass takes one and gives another. Values are
// 32-bit ids into their function's table; constants are values without a defining op. Region-carrying ops
// (nest, scan, loop) own their regions. The text form is in text.h, the invariants in verify.h, the meaning
// in interpret.h.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "ir/type.h"
#include "support/ids.h"
#include "support/source.h"

namespace elba::ir {

using ValueId = Id<struct ValueTag>;

enum class Opcode : std::uint16_t {
#define OP(name, group) name,
#include "ir/ops.def"
#undef OP
};

// A verifier setting, not another IR: what is legal grows narrower downwards.
enum class Level : std::uint8_t { density, tensor, loop };

// When a value is known: the binding time. stage(op) = max over its operands; a nest: max over its body's
// free values too.
enum class Stage : std::uint8_t { constant, bind, batch, step, particle };

// How the results of a nest or scan are made from what each iteration yields.
enum class Combiner : std::uint8_t {
  stack,  // one element per index: extents ++ shape of the yielded value
  sum,    // also of tensors: elementwise
  prod,
  max,
  min,
  lse,      // log of the sum of exponentials; `expand` removes it
  argmax,   // i64 index (0-based, flat over the iterators), first of equals
  scatter,  // yields rank(result) indices and one scalar: result[idx] += value, from zero
};

using Constant = std::variant<double, std::int64_t, bool>;
using AttrValue =
    std::variant<std::int64_t, double, std::string, std::vector<std::int64_t>, std::vector<std::string>>;

struct Op;

struct Region {
  std::vector<ValueId> params;  // nest: the iterators (i64); scan: the iterator, then the carries
  std::vector<Op> ops;          // the last one is `yield` (or `return_values` in a function body)
};

struct Op {
  Opcode code{};
  std::vector<ValueId> operands;
  std::vector<ValueId> results;
  std::vector<std::pair<std::string, AttrValue>> attrs;  // sorted by name
  std::vector<Dim> dims;                                 // nest, scan, loop: extents; dim: the polynomial
  std::vector<Combiner> combiners;  // nest, scan: one per combined result (after the carries of a scan)
  std::vector<Region> regions;
  Span origin;  // where in the model it comes from; {0, 0} when nowhere

  [[nodiscard]] const AttrValue* attr(std::string_view name) const;
  [[nodiscard]] std::string attr_string(std::string_view name) const;  // "" when absent
  [[nodiscard]] std::int64_t attr_int(std::string_view name, std::int64_t absent = 0) const;
  void set_attr(std::string name, AttrValue value);
};

struct ValueInfo {
  Type type;
  std::optional<Constant> constant;
  std::optional<Stage> stage;  // facts, set by the analyses that need them and printed when set
  bool active = false;         // real, varies with a differentiated input and reaches the output
};

// A bound of data or of a support: a number, a dim, or the name of a scalar data field.
using Bound = std::variant<std::monostate, double, Dim, std::string>;

inline std::optional<double> number_of(const Bound& bound) {
  const auto* number = std::get_if<double>(&bound);
  return number ? std::optional<double>(*number) : std::nullopt;
}

// input: what gradients are taken with respect to; key: of the randomness; noise: standard normals, which the
// caller draws or lays out by a quadrature rule; cache: computed once at bind; output: where a loop-level
// function writes a result.
enum class Role : std::uint8_t { value, data, input, key, noise, cache, output };

struct Param {
  ValueId value;
  std::string name;
  Role role = Role::value;
  Bound lower;
  Bound upper;
};

struct Func {
  std::string name;
  // Its own dim symbols (library functions); bound by matching argument shapes.
  std::vector<std::string> dims;
  std::vector<Param> params;
  std::vector<ValueInfo> values;
  Region body;                            // params empty; ends in return_values
  std::vector<std::string> result_names;  // as many as results, or empty

  [[nodiscard]] const Type& type(ValueId value) const { return values[value.index].type; }
  [[nodiscard]] const std::optional<Constant>& constant(ValueId value) const {
    return values[value.index].constant;
  }
  [[nodiscard]] std::vector<Type> result_types() const;
  ValueId add_value(Type type);
  ValueId add_constant(Constant constant);
  [[nodiscard]] const Param* find_param(std::string_view name) const;
};

// A size of the module. A derived one, n (n - 1) / 2 of `pairs_of`, is no polynomial with integer
// coefficients and so has a name of its own; no data determines it, complete_sizes does. One with
// `computed_by` is what that function makes of data, where nothing else says it. `size` is stated once the
// data are known (with_sizes), for the passes whose result depends on it.
struct DimDecl {
  std::string name;
  std::optional<Dim> default_value;
  std::optional<Dim> pairs_of;
  std::string computed_by;
  std::optional<std::int64_t> size;
};

// How the values of a distribution follow from independent standard normal noise z. What a pass needs to
// know of a normal distribution is asked of this, never of its name. The row of gaussian_forms below says
// which parameters a form takes, in this order.
enum class GaussianForm : std::uint8_t {
  none,
  elementwise,     // mu, sigma:      x = mu + sigma z
  covariance,      // mu, S:          x = mu + L z with L L' = S
  cholesky,        // mu, L:          x = mu + L z
  random_walk,     // sigma, start:   x[1] = start z[1], x[t] = x[t-1] + sigma z[t]
  autoregression,  // mu, phi, sigma: x[t] = mu + phi (x[t-1] - mu) + sigma z[t], x[1] stationary
};

// A declared distribution. Its members are functions of the module named "<name>.<member>": logpdf(x,
// params...) always, and sample, cdf, quantile, entropy, mean where they exist. A sampler takes its standard
// noise first (see `noise`).
struct DistDecl {
  std::string name;
  std::vector<std::string> param_names;
  std::vector<Type> param_types;  // shapes in dims of its own
  Scalar scalar = Scalar::f64;
  std::vector<Dim> event_shape;  // in the same dims
  std::string support;           // a name of supports.def, or "int"
  Bound lower, upper;            // of the support; a string names a parameter
  std::string noise;             // "" | "normal" | "uniform" | "key": what the sampler is a function of
  GaussianForm gaussian = GaussianForm::none;
  // Parameters that may be infinite, and with them the data that they are made of.
  std::vector<std::string> may_be_infinite;
  bool location_scale = false;  // the first two parameters are location and scale
  bool periodic = false;        // of angles: the density has the same value one period, upper - lower, away
  std::vector<std::string> members;  // "logpdf", "sample", ...
};

struct Module {
  std::string name;
  Level level = Level::density;
  std::vector<DimDecl> dims;
  std::vector<DistDecl> dists;
  std::vector<Func> funcs;

  [[nodiscard]] const Func* find(std::string_view func) const;
  [[nodiscard]] Func* find(std::string_view func);
  [[nodiscard]] const DistDecl* find_dist(std::string_view dist) const;
};

// States the sizes in the declarations of the dims; those that are not given are not stated.
[[nodiscard]] Module with_sizes(Module module, const std::map<std::string, std::int64_t>& sizes);
[[nodiscard]] std::map<std::string, std::int64_t> stated_sizes(const Module& module);

// Adds the derived dims to the sizes that the data and the defaults gave. Whoever evaluates a module's dims
// calls it first.
void complete_sizes(const Module& module, std::map<std::string, std::int64_t>& sizes);

// A name of the text form and of the language (`gaussian(covariance)`), how many parameters the
// distribution has, and the rank of its value.
struct GaussianFormInfo {
  std::string_view name;
  GaussianForm form;
  std::size_t params;
  std::size_t event_rank;
};
[[nodiscard]] std::span<const GaussianFormInfo> gaussian_forms();
[[nodiscard]] const GaussianFormInfo* find_gaussian_form(std::string_view name);
[[nodiscard]] const GaussianFormInfo& gaussian_form_info(GaussianForm form);  // not of `none`

[[nodiscard]] std::string_view combiner_name(Combiner combiner);
[[nodiscard]] std::string_view stage_name(Stage stage);
[[nodiscard]] std::string_view level_name(Level level);

// A loop of one iterator may be bounded by numbers known only when it runs: with the attribute bounded = 1
// its last two operands are a first and a last bound (half open, clamped to 0 and the extent), and the
// iterations outside do not run. What they would have stacked is 0 and what they would have combined is
// missing.
[[nodiscard]] bool is_bounded(const Op& op);
[[nodiscard]] std::size_t carries_of(const Op& op);  // how many operands of a loop are the starts of carries

// What a `draw` may give of the distribution of its coordinates, behind these, in this order: the mean and
// the variance of each, and of the distribution of a whole group, at one of its draws only, the entropy (or
// an estimate) and the log density at the coordinates. The attribute `gives` names those that are there.
inline constexpr std::string_view draw_parts[] = {"mean", "variance", "entropy", "log_q"};
[[nodiscard]] ValueId draw_part(const Op& draw, std::string_view name);  // invalid: it is not there

// How many operands of `yield` a combined result takes: rank + 1 for scatter, else 1.
[[nodiscard]] std::size_t yields_of(Combiner combiner, const Type& result);

}  // namespace elba::ir
