// operators: arithmetic, products, comparisons and conditions.
#pragma once

#include "frontend/check/inner.h"
#include "frontend/check/concern.h"

namespace elba::frontend {

class Operators : Concern {
 public:
  Operators(Terms& terms, Inner& inner) : Concern(terms), inner_(inner) {}

  TermId check_unary(const ast::UnaryExpr& node, Span span);
  TermId check_binary(const ast::BinaryExpr& node, Span span);
  TermId transpose(TermId operand, Span span);

 private:
  TermId arithmetic(const ast::BinaryExpr& node, TermId left, TermId right, Span span);
  void ambiguous_product(const ast::BinaryExpr& node, TermId left, TermId right);
  std::optional<Dim> exact_value(ir::Opcode opcode, TermId left, TermId right, bool scalar);
  TermId integer_arithmetic(ir::Opcode opcode, TermId left, TermId right, std::vector<Dim> shape, Span span);
  TermId power(TermId left, TermId right, Span span);
  TermId matmul(const ast::BinaryExpr& node, TermId left, TermId right, Span span);
  [[nodiscard]] bool is_matrix(TermId id) const { return type(id).rank() >= 2; }

  Inner& inner_;
};

}  // namespace elba::frontend
