// types: type expressions, their bounds and shapes, and dim expressions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "frontend/check/bounds.h"
#include "frontend/check/inner.h"
#include "frontend/check/names.h"
#include "frontend/check/concern.h"
#include "frontend/check/scopes.h"

namespace elba::frontend {

class Types : Concern {
 public:
  Types(Terms& terms, Scopes& scopes, Names& names, Bounds& bounds, Inner& inner)
      : Concern(terms), scopes_(scopes), names_(names), bounds_(bounds), inner_(inner) {}

  std::optional<Dim> dim_of(const ast::Expr& expr, bool bind_unknown = false);
  TypeInfo check_type(const ast::TypeExpr& type, bool bind_dims = false);
  bool check_shape(const std::vector<ast::ExprPtr>& shape, std::vector<Dim>& out, bool bind_dims = false);
  [[nodiscard]] std::optional<Dim> quiet_exact(const ast::Expr& expr);
  // Dims that shapes of formals have bound.
  [[nodiscard]] const std::vector<std::string>& own_dims() const { return own_dims_; }

 private:
  std::optional<Dim> dim_of_binary(const ast::Expr& expr, const ast::BinaryExpr& binary, bool bind_unknown);
  void bind_dim(const std::string& name, Span span);
  void not_an_extent(const ast::Expr& expr, const Term& found);
  void unknown_type(const ast::Name& name);
  bool check_bounds(const ast::TypeExpr& type, TypeInfo& info);
  bool bounds_leave_room(const ast::TypeExpr& type, const TypeInfo& info);

  std::vector<std::string> own_dims_;
  Scopes& scopes_;
  Names& names_;
  Bounds& bounds_;
  Inner& inner_;
};

}  // namespace elba::frontend
