// builder: typed construction of a function's body. Regions under construction live in the builder and move
// into their op when they are closed, so that nothing points into a growing vector.
//
//     Builder b(func);
//     auto i = b.open_nest({Dim::symbol("N")});              // one iterator value per extent
//     ValueId v = b.emit(Opcode::mul, {b.read(x, {i[0]}), s});
//     ValueId total = b.close_nest({{Combiner::sum, {v}}})[0];
//     b.finish({total});                                      // return_values; the builder is done
//
// Result types come from the op table (infer_types); a mismatch is a defect of the caller and aborts with the
// op's text.
#pragma once

#include <initializer_list>
#include <map>
#include <span>
#include <unordered_map>
#include <vector>

#include "ir/module.h"
#include "ir/ops.h"

namespace elba::ir {

// A combined result of a nest or scan: what each iteration yields for it. `type` is needed for scatter only.
struct YieldSpec {
  Combiner combiner;
  std::vector<ValueId> values;
  Type type = {};
};

class Builder {
 public:
  // Appends to the (empty or unfinished) body of `func`, which must outlive the builder.
  explicit Builder(Func& func);

  [[nodiscard]] Func& func() { return func_; }
  [[nodiscard]] const Func& func() const { return func_; }
  [[nodiscard]] const Type& type(ValueId value) const { return func_.type(value); }
  void set_origin(Span origin) { origin_ = origin; }  // stamped on every op until changed
  [[nodiscard]] Span origin() const { return origin_; }

  ValueId add_param(std::string name, Type type, Role role = Role::value);
  ValueId constant(double value);  // f64
  ValueId constant_int(std::int64_t value);
  ValueId constant_bool(bool value);
  ValueId dim(const Dim& dim);  // i64; a constant when the polynomial is one

  // Ops with one result.
  ValueId emit(Opcode code, std::span<const ValueId> operands);
  ValueId emit(Opcode code, std::initializer_list<ValueId> operands) {
    return emit(code, std::span(operands.begin(), operands.size()));
  }
  ValueId read(ValueId tensor, std::span<const ValueId> indices);
  ValueId read(ValueId tensor, std::initializer_list<ValueId> indices) {
    return read(tensor, std::span(indices.begin(), indices.size()));
  }
  ValueId pack(std::span<const ValueId> parts, std::vector<Dim> shape);
  std::vector<ValueId> unpack(ValueId flat, std::vector<Type> types);
  ValueId contract(std::span<const ValueId> operands, std::string maps, std::string semiring = "sum_mul");
  // Single result; dims bound by matching, and `stated` those that no parameter determines.
  ValueId call(const Func& callee, std::span<const ValueId> arguments, std::vector<Dim> stated = {});

  // Any op, as given (its `results` are made here). `types` overrides inference where the op does not
  // determine them.
  std::vector<ValueId> append(Op op, std::optional<std::vector<Type>> types = std::nullopt);

  std::vector<ValueId> open_nest(std::vector<Dim> extents);
  // Runs from max(from, 0) to min(to, extent) - 1 only.
  ValueId open_bounded_nest(Dim extent, ValueId from, ValueId to);
  void bound_loop(ValueId from, ValueId to);          // the loop opened last
  [[nodiscard]] std::vector<ValueId> bounds() const;  // of the loop opened last; none or two
  std::vector<ValueId> close_nest(const std::vector<YieldSpec>& results);
  struct ScanHead {
    ValueId iterator;
    std::vector<ValueId> carries;
  };
  ScanHead open_scan(Dim extent, std::span<const ValueId> inits, bool reverse = false);
  // Final carries, then results.
  std::vector<ValueId> close_scan(std::span<const ValueId> nexts, const std::vector<YieldSpec>& results);

  void finish(std::span<const ValueId> results, std::vector<std::string> names = {});
  void finish(std::initializer_list<ValueId> results, std::vector<std::string> names = {}) {
    finish(std::span(results.begin(), results.size()), std::move(names));
  }

  // Of the region being built: how many ops it has, and the one that gives a value among those from number
  // `from` on, or null.
  [[nodiscard]] std::size_t op_count() const;
  [[nodiscard]] const Op* find(ValueId result, std::size_t from) const;

  // Shorthands used by rows and passes.
  ValueId add(ValueId a, ValueId b) { return emit(Opcode::add, {a, b}); }
  ValueId sub(ValueId a, ValueId b) { return emit(Opcode::sub, {a, b}); }
  ValueId mul(ValueId a, ValueId b) { return emit(Opcode::mul, {a, b}); }
  ValueId div(ValueId a, ValueId b) { return emit(Opcode::div, {a, b}); }
  ValueId neg(ValueId a) { return emit(Opcode::neg, {a}); }
  ValueId select(ValueId c, ValueId a, ValueId b) { return emit(Opcode::select, {c, a, b}); }

  // Copies ops of another (or the same) function, with operands renamed by `map` (constants are copied on
  // demand; results are entered). Dims of the copied ops and types are substituted by `dims`.
  using ValueMap = std::unordered_map<ValueId, ValueId>;
  ValueId mapped(const Func& from, ValueId value, ValueMap& map);
  void clone_op(const Func& from, const Op& op, ValueMap& map, const std::map<std::string, Dim>& dims = {});
  // Clones every op of the region but its end; returns the mapped operands of the end.
  std::vector<ValueId> clone_body(const Func& from, const Region& region, ValueMap& map,
                                  const std::map<std::string, Dim>& dims = {});
  // Inlines a call of `callee`: its results, with its own dims bound by matching the arguments' shapes.
  std::vector<ValueId> inline_call(const Func& callee, std::span<const ValueId> arguments);

 private:
  struct Frame {
    Op op;
    Region region;
  };
  std::vector<Op>& current();
  [[nodiscard]] const std::vector<Op>& current() const;
  Region clone_region(const Func& from, const Region& region, ValueMap& map,
                      const std::map<std::string, Dim>& dims);

  Func& func_;
  std::vector<Frame> frames_;
  Span origin_;
};

// Binds the dim symbols `dims` of a callee by matching its parameter types to argument types; false when they
// do not fit.
[[nodiscard]] bool match_dims(const std::vector<std::string>& dims, const std::vector<Type>& formals,
                              const std::vector<Type>& actuals, std::map<std::string, Dim>& bound);
// The dims of a function that the shapes of its parameters do not determine: `Op::dims` of a call states
// them, in this order.
[[nodiscard]] std::vector<std::string> stated_dims(const Func& func);
// Binds them; false when there are more or fewer.
[[nodiscard]] bool bind_stated_dims(const Func& callee, const std::vector<Dim>& stated,
                                    std::map<std::string, Dim>& bound);

}  // namespace elba::ir
