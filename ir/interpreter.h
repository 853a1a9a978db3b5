// interpreter: the machine behind interpret(). Internal to ir/; one file per group of operations.
//
// A frame runs one function. Each value has a cell: a tensor, a distribution with its arguments, or a place
// in a memory (loop level).
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ir/interpret.h"

namespace elba::ir {

// Why a run stops; caught in interpret(), so it does not cross the library's boundary.
struct Failure {
  std::string func;
  std::string what;
};

struct DistValue {
  const DistDecl* decl = nullptr;
  std::vector<Tensor> arguments;
};

struct Cell {
  Tensor tensor;  // buffers: its shape is that of the buffer, its values stand in `memory`
  std::shared_ptr<const DistValue> dist;
  std::shared_ptr<std::vector<double>> memory;  // buffers: shared with what they view
  std::size_t offset = 0;
};

using Sizes = std::map<std::string, std::int64_t>;

struct Accumulator;
struct OpInfo;

class Interpreter {
 public:
  Interpreter(const Module& module, const Func& func, Sizes sizes, int depth)
      : module_(module), func_(func), sizes_(std::move(sizes)), cells_(func.values.size()), depth_(depth) {}

  // Binds the function's own dims and the module's missing ones by the arguments' shapes, then runs the body.
  std::vector<Tensor> run(const std::vector<Tensor>& arguments);

 private:
  const Module& module_;
  const Func& func_;
  Sizes sizes_;
  std::vector<Cell> cells_;
  int depth_;

  [[noreturn]] void fail(std::string what) const { throw Failure{func_.name, std::move(what)}; }
  Cell& cell(ValueId value) { return cells_[value.index]; }
  const Tensor& tensor(ValueId value) { return cells_[value.index].tensor; }
  double number(ValueId value) { return cells_[value.index].tensor.values[0]; }
  std::int64_t integer(ValueId value);
  void set_number(ValueId value, Scalar scalar, double number);
  std::int64_t extent(const Dim& dim) const;
  std::vector<std::int64_t> shape_of(const std::vector<Dim>& dims) const;
  Tensor make(Scalar scalar, std::vector<std::int64_t> shape, double fill = 0) const;
  // `own`: dims of the callee that its arguments may leave open.
  std::vector<Tensor> call(const Func& callee, const std::vector<Tensor>& arguments, const Sizes& own = {});

  void bind(const std::vector<Tensor>& arguments);
  void check_argument(const Param& param, const Type& type, const Tensor& argument) const;
  void bind_open_dims(const std::vector<Type>& formals, const std::vector<Type>& actuals,
                      std::map<std::string, Dim>& bound) const;
  void run_region(const Region& region);  // all ops but the end
  void run_op(const Op& op);

  void run_scalar(const Op& op);
  void run_random(const Op& op);

  // interpret_nest.cpp
  void run_nest(const Op& op);
  void run_scan(const Op& op);
  std::vector<Accumulator> accumulators(const Op& op, std::size_t iterations) const;
  void scatter(Accumulator& accumulator, std::span<const ValueId> yields, std::size_t& at);

  // interpret_array.cpp
  void run_read(const Op& op);
  void run_pack(const Op& op);
  void run_unpack(const Op& op);
  void run_contract(const Op& op);

  // interpret_linalg.cpp
  void run_linalg(const Op& op);
  void run_dense(const Op& op);

  // interpret_density.cpp
  void run_dist(const Op& op);
  void run_logpdf(const Op& op);
  void run_sample(const Op& op);
  Tensor noise_of(const DistValue& dist, const Func& sampler, const std::vector<Tensor>& arguments,
                  const Sizes& open, std::uint64_t key, std::size_t element) const;
  void run_call(const Op& op);

  // interpret_loop.cpp
  void run_memory(const Op& op);
  void run_loop(const Op& op);
  void run_kernel(const Op& op);
  void run_matmul_kernel(const Op& op);
  void run_dense_kernel(const Op& op, const OpInfo& row);
  double* memory_of(const Op& op, std::size_t operand);
  std::size_t place(const Op& op, std::size_t first, std::size_t count);
};

// The number of elements of a shape.
[[nodiscard]] std::int64_t count_of(const std::vector<std::int64_t>& shape);

// Dense linear algebra (interpret_linalg.cpp), row-major, by the formulas of the op table.
void cholesky(std::size_t n, const double* a, double* l);
[[nodiscard]] double cholesky_jitter(std::size_t n, const double* a, const double* l);
void cholesky_adjoint(std::size_t n, const double* l, const double* l_adj, double* a_adj);
// x[n, columns] := l^-1 x, or l^-T x.
void triangular_solve(std::size_t n, std::size_t columns, bool transposed, const double* l, double* x);

// Steps through an index space row-major; false after the last.
[[nodiscard]] bool advance(std::vector<std::int64_t>& index, const std::vector<std::int64_t>& extents,
                           bool reverse = false);

}  // namespace elba::ir
