// type: what a value of the IR is: a tensor of scalars (rank 0 is a scalar), a distribution, a random key, or
// a loop-level buffer.
#pragma once

#include <string>
#include <vector>

#include "ir/dim.h"

namespace elba::ir {

enum class Scalar : std::uint8_t { f64, i64, i1 };

enum class Kind : std::uint8_t {
  tensor,  // f64[N, D]; immutable, logically row-major
  dist,    // dist<f64[J], 0>: `shape` is batch then event, `event_rank` says how many trailing dims are the
           // event
  key,     // counter-based random key, 64 bits
  buffer,  // loop level only: mutable memory of the given shape
};

struct Type {
  Kind kind = Kind::tensor;
  Scalar scalar = Scalar::f64;
  std::vector<Dim> shape;
  int event_rank = 0;

  static Type real(std::vector<Dim> shape = {}) { return {Kind::tensor, Scalar::f64, std::move(shape), 0}; }
  static Type integer(std::vector<Dim> shape = {}) {
    return {Kind::tensor, Scalar::i64, std::move(shape), 0};
  }
  static Type boolean(std::vector<Dim> shape = {}) { return {Kind::tensor, Scalar::i1, std::move(shape), 0}; }
  static Type dist(Scalar scalar, std::vector<Dim> shape, int event_rank) {
    return {Kind::dist, scalar, std::move(shape), event_rank};
  }
  static Type key() { return {Kind::key, Scalar::i64, {}, 0}; }
  static Type buffer(Scalar scalar, std::vector<Dim> shape) {
    return {Kind::buffer, scalar, std::move(shape), 0};
  }

  [[nodiscard]] int rank() const { return static_cast<int>(shape.size()); }
  [[nodiscard]] bool is_tensor() const { return kind == Kind::tensor; }
  [[nodiscard]] bool is_scalar() const { return kind == Kind::tensor && shape.empty(); }
  [[nodiscard]] bool is_real() const { return kind == Kind::tensor && scalar == Scalar::f64; }
  [[nodiscard]] Dim element_count() const;
  [[nodiscard]] Type substitute(const std::map<std::string, Dim>& replacement) const;
  [[nodiscard]] std::string text() const;  // "f64[N, D]", "dist<f64[J], 0>", "key", "buffer<f64[N]>"

  friend bool operator==(const Type&, const Type&) = default;
};

[[nodiscard]] std::string_view scalar_name(Scalar scalar);

}  // namespace elba::ir
