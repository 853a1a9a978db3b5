#include "tests/support/random_module.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <random>

#include "ir/builder.h"
#include "ir/ops.h"

namespace elba::test {

using namespace ir;

namespace {

constexpr Interval anything = {-3, 3};

class Generator {
 public:
  Generator(std::uint64_t seed, const RandomOptions& options, Func& func)
      : options_(options), engine_(seed), b_(func) {}

  void run() {
    parameters();
    for (int i = 0; i < options_.statements; ++i)
      statement(0);
    finish();
  }

 private:
  struct Real {
    ValueId id;
    std::optional<Interval> range;
  };
  struct Index {
    ValueId id;
    Dim bound;  // 0 <= id < bound
  };
  struct Array {
    ValueId id;
    std::vector<Dim> shape;
  };

  const RandomOptions& options_;
  std::mt19937_64 engine_;
  Builder b_;
  const Dim n_ = Dim::symbol("N"), k_ = Dim::symbol("K");
  // What is visible, innermost last.
  std::vector<Real> reals_;
  std::vector<ValueId> integers_, flags_;
  std::vector<Index> indices_;
  std::vector<Array> arrays_;
  ValueId key_;
  std::int64_t folds_ = 0;

  bool is_density() const { return options_.level == Level::density; }
  bool chance(double probability) { return std::bernoulli_distribution(probability)(engine_); }
  std::size_t below(std::size_t count) {
    return std::uniform_int_distribution<std::size_t>(0, count - 1)(engine_);
  }
  double uniform(double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(engine_);
  }

  // Recent values are likelier, so that bodies use what they compute.
  template <class List>
  const auto& pick(const List& list) {
    const std::size_t recent = std::min<std::size_t>(list.size(), 6);
    return chance(0.6) ? list[list.size() - 1 - below(recent)] : list[below(list.size())];
  }

  ValueId real_constant() {
    const double special[] = {0, 1, -1, 2, 0.5};
    return b_.constant(chance(0.3) ? special[below(std::size(special))] : uniform(-2, 2));
  }
  Real some_real() {
    return chance(0.12) || reals_.empty() ? Real{real_constant(), Interval{-2, 2}} : pick(reals_);
  }

  // A value of the interval that depends smoothly on x, which is x where x is known to lie there. Also
  // elementwise.
  ValueId fit(const Real& x, Interval into) {
    if (into.low == into.high) return b_.constant(into.low);
    if (x.range && x.range->low >= into.low && x.range->high <= into.high) return x.id;
    return b_.add(b_.constant(into.low),
                  b_.mul(b_.constant(into.high - into.low), b_.emit(Opcode::sigmoid, {x.id})));
  }
  ValueId fitted(Interval into) { return fit(some_real(), into); }
  void add_real(ValueId id, std::optional<Interval> range = std::nullopt) { reals_.push_back({id, range}); }

  void parameters() {
    const auto add = [&](const char* name, Type type, Role role, Bound lower, Bound upper) {
      const ValueId value = b_.add_param(name, std::move(type), role);
      b_.func().params.back().lower = std::move(lower);
      b_.func().params.back().upper = std::move(upper);
      return value;
    };
    arrays_.push_back({add("x", Type::real({n_}), Role::data, -2.0, 2.0), {n_}});
    arrays_.push_back({add("X", Type::real({n_, k_}), Role::data, -2.0, 2.0), {n_, k_}});
    add_real(add("s", Type::real(), Role::data, -2.0, 2.0), Interval{-2, 2});
    groups_ = add("g", Type::integer({n_}), Role::data, Dim(1), k_);
    counts_ = add("c", Type::integer({n_}), Role::data, Dim(0), Dim(5));
    integers_.push_back(b_.constant_int(3));

    // The coordinates: some scalars, then vectors and perhaps a matrix.
    std::vector<Type> parts(1 + below(3), Type::real());
    parts.push_back(Type::real({k_}));
    if (chance(0.6)) parts.push_back(Type::real({n_}));
    if (chance(0.3)) parts.push_back(Type::real({n_, k_}));
    Dim size(0);
    for (const Type& type : parts)
      size = size + type.element_count();
    const ValueId u = add("u", Type::real({size}), Role::input, -2.0, 2.0);
    if (options_.has_key) key_ = b_.add_param("key", Type::key(), Role::key);
    const auto values = b_.unpack(u, parts);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (parts[i].shape.empty())
        add_real(values[i], Interval{-2, 2});
      else
        arrays_.push_back({values[i], parts[i].shape});
    }
  }
  ValueId groups_, counts_;

  // An index into an axis of the given extent; 0 where it is known to have an element.
  std::optional<ValueId> index_for(const Dim& extent) {
    std::vector<ValueId> fitting;
    for (const Index& index : indices_) {
      const Dim slack = extent - index.bound;
      if (slack.is_constant() && slack.constant() >= 0) fitting.push_back(index.id);
    }
    if (!fitting.empty() && !chance(0.1)) return pick(fitting);
    const bool has_element = extent == n_ || extent == k_ || (extent.is_constant() && extent.constant() > 0);
    if (!has_element) return fitting.empty() ? std::nullopt : std::optional(pick(fitting));
    return b_.constant_int(0);
  }

  std::optional<ValueId> element(const Array& array) {
    std::vector<ValueId> indices;
    for (const Dim& extent : array.shape) {
      const auto index = index_for(extent);
      if (!index) return std::nullopt;
      indices.push_back(*index);
    }
    if (indices.size() == 2 && chance(0.3)) return b_.read(b_.read(array.id, {indices[0]}), {indices[1]});
    return b_.read(array.id, indices);
  }

  void statement(int depth) {
    const double choice = uniform(0, 1);
    if (choice < 0.42) return scalar_statement();
    if (choice < 0.60) return read_statement();
    if (choice < 0.68) return integer_statement();
    if (choice < 0.72) return key_.valid() ? random_statement() : scalar_statement();
    if (depth > 2) return scalar_statement();
    if (choice < 0.86) return nest_statement(depth);
    if (choice < 0.92) return scan_statement(depth);
    if (depth > 0) return read_statement();
    if (choice < 0.95) return pack_statement();
    if (is_density() && chance(0.7)) return whole_array_statement();
    return options_.has_linalg ? linalg_statement() : pack_statement();
  }

  void scalar_statement() {
    const auto rows = all_ops();
    const OpInfo* row = &rows[below(rows.size())];
    // What takes the interpreter long is left to the tests of single operations.
    while (row->group != Group::scalar || row->cost > 90 ||
           (row->code == Opcode::stop_grad && !options_.has_stop_grad))
      row = &rows[below(rows.size())];
    std::vector<ValueId> operands;
    switch (row->signature) {
      case Signature::real:
      case Signature::numeric:
      case Signature::same:
        for (const Interval& interval : row->domain)
          operands.push_back(fitted(interval));
        return add_real(b_.emit(row->code, operands));
      case Signature::compare: {
        // Against a constant: two computed reals may be equal up to rounding, which a pass is free to change.
        const bool is_order = row->code != Opcode::eq && row->code != Opcode::ne;
        if (is_order && chance(0.7))
          flags_.push_back(b_.emit(row->code, {fitted(anything), b_.constant(uniform(-2, 2))}));
        else
          flags_.push_back(
              b_.emit(row->code, {pick(integers_), b_.constant_int(static_cast<std::int64_t>(below(4)))}));
        return;
      }
      case Signature::logical:
        if (flags_.empty()) return read_statement();
        for (int i = 0; i < row->arity; ++i)
          operands.push_back(pick(flags_));
        flags_.push_back(b_.emit(row->code, operands));
        return;
      case Signature::select:
        if (flags_.empty()) return read_statement();
        return add_real(b_.select(pick(flags_), fitted(anything), fitted(anything)), anything);
      case Signature::to_real:
        return add_real(
            b_.emit(Opcode::to_real, {chance(0.3) && !flags_.empty() ? pick(flags_) : pick(integers_)}));
      case Signature::to_int:
        integers_.push_back(b_.emit(Opcode::to_int, {fitted({-9.7, 9.3})}));
        return;
      case Signature::integer:
      case Signature::none:
        return integer_statement();
    }
  }

  void integer_statement() {
    constexpr Opcode codes[] = {Opcode::add, Opcode::sub,  Opcode::mul, Opcode::max,
                                Opcode::min, Opcode::idiv, Opcode::imod};
    const ValueId combined = b_.emit(codes[below(std::size(codes))],
                                     {pick(integers_), chance(0.5) ? b_.constant_int(2) : pick(integers_)});
    integers_.push_back(b_.emit(Opcode::imod, {combined, b_.constant_int(11)}));
    if (chance(0.3)) integers_.push_back(b_.dim(chance(0.5) ? n_ : n_ * k_ + Dim(1)));
  }

  void read_statement() {
    if (chance(0.25)) {
      if (const auto at = index_for(n_)) integers_.push_back(b_.read(counts_, {*at}));
      return;
    }
    if (const auto value = element(pick(arrays_))) add_real(*value);
  }

  void random_statement() {
    const ValueId key = b_.emit(
        Opcode::key_fold,
        {key_, chance(0.5) || integers_.empty() ? b_.constant_int(++folds_) : pick(integers_)});
    if (chance(0.3)) return add_real(b_.emit(Opcode::rng_gamma, {key, b_.constant(uniform(0.3, 4))}));
    if (chance(0.3))
      return integers_.push_back(
          b_.emit(Opcode::imod,
                  {b_.emit(Opcode::rng_poisson, {key, b_.constant(uniform(0.5, 20))}), b_.constant_int(11)}));
    Op op;
    op.code = chance(0.5) ? Opcode::rng_normal : Opcode::rng_uniform;
    op.operands = {key};
    op.dims = {chance(0.5) ? n_ : k_};
    const auto shape = op.dims;
    arrays_.push_back({b_.append(std::move(op))[0], shape});
  }

  struct Marks {
    std::size_t reals, integers, flags, indices, arrays;
  };
  Marks enter() const {
    return {reals_.size(), integers_.size(), flags_.size(), indices_.size(), arrays_.size()};
  }
  void leave(const Marks& marks) {
    reals_.resize(marks.reals);
    integers_.resize(marks.integers);
    flags_.resize(marks.flags);
    indices_.resize(marks.indices, {ValueId{}, Dim()});
    arrays_.resize(marks.arrays);
  }

  void add_index(ValueId id, const Dim& bound) {
    indices_.push_back({id, bound});
    if (bound == n_ && chance(0.5))
      indices_.push_back({b_.sub(b_.read(groups_, {id}), b_.constant_int(1)), k_});
    if (bound == n_ - Dim(1)) indices_.push_back({b_.add(id, b_.constant_int(1)), n_});  // reads with a lag
    if (bound == n_ * k_) {
      indices_.push_back({b_.emit(Opcode::idiv, {id, b_.dim(k_)}), n_});
      indices_.push_back({b_.emit(Opcode::imod, {id, b_.dim(k_)}), k_});
    }
  }

  // A real of the innermost region.
  Real inner_real(const Marks& marks) {
    if (reals_.size() > marks.reals) return reals_[marks.reals + below(reals_.size() - marks.reals)];
    return {b_.emit(Opcode::to_real, {indices_[marks.indices].id}), std::nullopt};
  }

  void nest_statement(int depth) {
    std::vector<Dim> extents;
    bool may_be_empty = false;
    for (std::size_t i = 0; i < 1 + below(2); ++i) {
      const Dim choices[] = {n_, n_, k_, Dim(3), n_ - Dim(1), n_ * k_};
      extents.push_back(choices[below(std::size(choices))]);
      may_be_empty = may_be_empty || extents.back() == n_ - Dim(1);
    }
    // One in four runs between bounds that are known only when it runs, some of them beyond its extent.
    const bool bounded = extents.size() == 1 && chance(0.25);
    const auto bounds = bounded ? some_bounds() : std::vector<ValueId>{};
    may_be_empty = may_be_empty || bounded;
    const Marks marks = enter();
    const auto iterators = b_.open_nest(extents);
    if (bounded) b_.bound_loop(bounds[0], bounds[1]);
    for (std::size_t i = 0; i < extents.size(); ++i)
      add_index(iterators[i], extents[i]);
    read_statement();
    for (std::size_t i = 0; i < 2 + below(4); ++i)
      statement(depth + 1);

    std::vector<YieldSpec> specs;
    std::vector<std::function<void(ValueId)>> keep;  // what becomes of each result
    const auto scalar = [this](ValueId id) { add_real(id); };
    for (std::size_t i = 0; i < 1 + below(3); ++i) {
      const Real value = inner_real(marks);
      const double choice = uniform(0, 1);
      if (choice < 0.3) {
        specs.push_back({Combiner::sum, {fit(value, anything)}});
        keep.emplace_back(scalar);
      } else if (choice < 0.6) {
        specs.push_back({Combiner::stack, {fit(value, anything)}});
        keep.emplace_back([this, extents](ValueId id) { arrays_.push_back({id, extents}); });
      } else if (choice < 0.67) {
        specs.push_back({Combiner::prod, {fit(value, {0.7, 1.4})}});
        keep.emplace_back(scalar);
      } else if (choice < 0.8 && !may_be_empty) {
        specs.push_back({is_density() && chance(0.4) ? Combiner::lse
                         : chance(0.5)               ? Combiner::max
                                                     : Combiner::min,
                         {fit(value, anything)}});
        keep.emplace_back(scalar);
      } else if (choice < 0.85 && !may_be_empty) {
        specs.push_back({Combiner::argmax, {value.id}});
        const Dim bound = extents.size() == 1 ? extents[0] : extents[0] * extents[1];
        keep.emplace_back([this, bound](ValueId id) { indices_.push_back({id, bound}); });
      } else if (choice < 0.95) {
        scatter(value, specs, keep);
      } else if (options_.has_tensor_state) {
        const auto row = index_for(n_);
        specs.push_back({chance(0.6) ? Combiner::sum : Combiner::stack, {b_.read(arrays_[1].id, {*row})}});
        std::vector<Dim> shape = specs.back().combiner == Combiner::stack ? extents : std::vector<Dim>{};
        shape.push_back(k_);
        keep.emplace_back([this, shape](ValueId id) { arrays_.push_back({id, shape}); });
      }
    }
    if (specs.empty()) {
      specs.push_back({Combiner::sum, {fit(inner_real(marks), anything)}});
      keep.emplace_back(scalar);
    }
    leave(marks);
    const auto results = b_.close_nest(specs);
    for (std::size_t i = 0; i < results.size(); ++i)
      keep[i](results[i]);
  }

  std::vector<ValueId> some_bounds() {
    const ValueId first = b_.emit(Opcode::imod, {pick(integers_), b_.constant_int(5)});
    return {chance(0.5) ? b_.sub(first, b_.constant_int(1)) : b_.constant_int(chance(0.5) ? 0 : 1),
            chance(0.5) ? b_.add(first, b_.constant_int(2)) : b_.dim(chance(0.5) ? n_ : k_)};
  }

  void scatter(const Real& value, std::vector<YieldSpec>& specs,
               std::vector<std::function<void(ValueId)>>& keep) {
    const std::vector<Dim> shape = chance(0.7) ? std::vector<Dim>{chance(0.7) ? k_ : n_}
                                               : std::vector<Dim>{n_, k_};
    YieldSpec spec{Combiner::scatter, {}, Type::real(shape)};
    for (const Dim& extent : shape)
      spec.values.push_back(*index_for(extent));
    spec.values.push_back(fit(value, anything));
    specs.push_back(std::move(spec));
    keep.emplace_back([this, shape](ValueId id) { arrays_.push_back({id, shape}); });
  }

  void scan_statement(int depth) {
    const Dim choices[] = {n_, n_ - Dim(1), k_, Dim(3)};
    const Dim extent = choices[below(std::size(choices))];
    const bool has_vector = options_.has_tensor_state && chance(0.25), has_integer = chance(0.25);
    std::vector<ValueId> inits(1 + below(2));
    for (ValueId& init : inits)
      init = fitted(anything);
    const std::size_t scalars = inits.size();
    if (has_integer) inits.push_back(b_.constant_int(1));
    if (has_vector) {
      const auto vector = std::find_if(arrays_.begin(), arrays_.end(), [&](const Array& array) {
        return array.shape == std::vector<Dim>{k_};
      });
      inits.push_back(vector->id);  // there is one among the coordinates
    }
    const Marks marks = enter();
    const auto bounds = chance(0.25) ? some_bounds() : std::vector<ValueId>{};
    const auto head = b_.open_scan(extent, inits, chance(0.3));
    if (!bounds.empty()) b_.bound_loop(bounds[0], bounds[1]);
    add_index(head.iterator, extent);
    for (std::size_t i = 0; i < scalars; ++i)
      add_real(head.carries[i]);
    if (has_integer) integers_.push_back(head.carries[scalars]);
    if (has_vector) arrays_.push_back({head.carries.back(), {k_}});
    read_statement();
    for (std::size_t i = 0; i < 2 + below(3); ++i)
      statement(depth + 1);
    std::vector<ValueId> nexts;
    for (std::size_t i = 0; i < scalars; ++i) {
      const ValueId pulled = b_.add(b_.mul(b_.constant(0.6), head.carries[i]),
                                    fit(inner_real(marks), anything));
      nexts.push_back(chance(0.5) ? b_.emit(Opcode::tanh, {pulled}) : fit({pulled, std::nullopt}, anything));
    }
    if (has_integer)
      nexts.push_back(
          b_.emit(Opcode::imod, {b_.add(head.carries[scalars], pick(integers_)), b_.constant_int(11)}));
    if (has_vector) {
      const auto k = b_.open_nest({k_});
      const ValueId moved = b_.mul(b_.constant(0.8), b_.read(head.carries.back(), k));
      nexts.push_back(
          b_.close_nest({{Combiner::stack, {b_.add(moved, fit(inner_real(marks), anything))}}})[0]);
    }
    std::vector<YieldSpec> specs;
    const ValueId stacked = fit(inner_real(marks), anything);
    if (chance(0.7)) specs.push_back({Combiner::stack, {stacked}});
    if (chance(0.4)) specs.push_back({Combiner::sum, {fit(inner_real(marks), anything)}});
    leave(marks);
    const auto results = b_.close_scan(nexts, specs);
    for (std::size_t i = 0; i < scalars; ++i)
      add_real(results[i]);
    if (has_integer) integers_.push_back(results[scalars]);
    if (has_vector) arrays_.push_back({results[inits.size() - 1], {k_}});
    for (std::size_t i = 0; i < specs.size(); ++i) {
      const ValueId id = results[inits.size() + i];
      if (specs[i].combiner == Combiner::stack)
        arrays_.push_back({id, {extent}});
      else
        add_real(id);
    }
  }

  // Values in a row, cut again at other places.
  void pack_statement() {
    const Array first = pick(arrays_);
    const ValueId scalar = fitted(anything);
    const Dim size = b_.type(first.id).element_count() + Dim(1);
    const ValueId flat = b_.pack(std::vector<ValueId>{first.id, scalar}, {size});
    if (chance(0.4)) return arrays_.push_back({flat, {size}});
    const auto cut = b_.unpack(flat, {Type::real(), Type::real(first.shape)});
    add_real(cut[0]);
    arrays_.push_back({cut[1], first.shape});
  }

  // A matrix v v' / 10 + diag(1 + w^2), its factor, and the solution of a system with it.
  void linalg_statement() {
    const auto vector = std::find_if(arrays_.rbegin(), arrays_.rend(),
                                     [&](const Array& array) { return array.shape == std::vector<Dim>{k_}; });
    const Array v = *vector;
    const ValueId w = fitted(anything);
    const auto it = b_.open_nest({k_, k_});
    const auto at = [&](ValueId index) { return fit({b_.read(v.id, {index}), std::nullopt}, anything); };
    const ValueId product = b_.mul(b_.constant(0.1), b_.mul(at(it[0]), at(it[1])));
    const ValueId diagonal = b_.add(b_.constant(1), b_.emit(Opcode::square, {w}));
    const ValueId entry = b_.add(product,
                                 b_.select(b_.emit(Opcode::eq, {it[0], it[1]}), diagonal, b_.constant(0)));
    const ValueId matrix = b_.close_nest({{Combiner::stack, {entry}}})[0];
    const ValueId factor = b_.emit(Opcode::chol, {matrix});
    Op solve;
    solve.code = Opcode::trisolve;
    solve.operands = {factor, v.id};
    if (chance(0.5)) solve.set_attr("trans", std::int64_t{1});
    arrays_.push_back({b_.append(std::move(solve))[0], {k_}});
    if (chance(0.5)) arrays_.push_back({factor, {k_, k_}});
    if (chance(0.3)) add_real(b_.emit(Opcode::chol_jitter, {matrix, factor}));
    if (chance(0.3)) adjoint_statement();
  }

  // The adjoint of a factorisation. Of constants: only `differentiate` makes such ops of what varies, and
  // takes no derivative of them backwards.
  void adjoint_statement() {
    const auto it = b_.open_nest({k_, k_});
    const ValueId below = b_.select(b_.emit(Opcode::gt, {it[0], it[1]}), b_.constant(0.3), b_.constant(0));
    const ValueId entry = b_.select(b_.emit(Opcode::eq, {it[0], it[1]}), b_.constant(2), below);
    const ValueId lower = b_.close_nest({{Combiner::stack, {entry}}})[0];
    arrays_.push_back({b_.emit(Opcode::chol_adjoint, {lower, lower}), {k_, k_}});
  }

  // Density level: elementwise ops and contractions.
  void whole_array_statement() {
    const Array first = pick(arrays_);
    const auto like_first = [&] {
      std::vector<Array> like;
      std::copy_if(arrays_.begin(), arrays_.end(), std::back_inserter(like),
                   [&](const Array& array) { return array.shape == first.shape; });
      return pick(like);
    };
    if (chance(0.5)) {
      constexpr Opcode codes[] = {Opcode::add, Opcode::mul, Opcode::exp, Opcode::square, Opcode::softplus,
                                  Opcode::div, Opcode::max, Opcode::log, Opcode::pow};
      const OpInfo& row = op_info(codes[below(std::size(codes))]);
      std::vector<ValueId> operands;
      for (const Interval& interval : row.domain)
        operands.push_back(operands.empty() || chance(0.6) ? fit({like_first().id, std::nullopt}, interval)
                                                           : fitted(interval));
      return arrays_.push_back({b_.emit(row.code, operands), first.shape});
    }
    const auto vector = std::find_if(arrays_.rbegin(), arrays_.rend(),
                                     [&](const Array& array) { return array.shape == std::vector<Dim>{k_}; });
    const ValueId matrix = fit({arrays_[1].id, Interval{-2, 2}}, anything),
                  v = fit({vector->id, std::nullopt}, anything);
    const char* semirings[] = {"sum_mul", "lse_add", "max_add"};
    const std::string semiring = semirings[below(3)];
    if (chance(0.5))
      return arrays_.push_back({b_.contract(std::vector<ValueId>{matrix, v}, "nk,k->n", semiring), {n_}});
    if (chance(0.5))
      return arrays_.push_back(
          {b_.contract(std::vector<ValueId>{matrix, matrix}, "nk,nj->kj", semiring), {k_, k_}});
    return add_real(b_.contract(std::vector<ValueId>{matrix, v}, "nk,k->", semiring));
  }

  void finish() {
    ValueId total = b_.constant(0);
    for (const Real& real : reals_)
      total = b_.add(total, b_.mul(b_.constant(uniform(-1, 1)), fit(real, anything)));
    for (const Array& array : arrays_) {
      const auto it = b_.open_nest(array.shape);
      const ValueId weighted = b_.mul(b_.constant(uniform(-1, 1)),
                                      fit({b_.read(array.id, it), std::nullopt}, anything));
      total = b_.add(total, b_.close_nest({{Combiner::sum, {weighted}}})[0]);
    }
    for (ValueId integer : integers_)
      total = b_.add(total, b_.mul(b_.constant(0.1), b_.emit(Opcode::to_real, {integer})));
    b_.finish({total, pick(arrays_).id, integers_.back()}, {"value", "array", "integer"});
  }
};

}  // namespace

Module random_module(std::uint64_t seed, const RandomOptions& options) {
  Module module;
  module.name = "random_" + std::to_string(seed);
  module.level = options.level;
  module.dims = {{"N", {}, {}}, {"K", {}, {}}};
  module.funcs.push_back({.name = "f"});
  Generator(seed, options, module.funcs[0]).run();
  return module;
}

}  // namespace elba::test
