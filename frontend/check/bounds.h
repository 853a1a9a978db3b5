// bounds: the numbers of the text, and bounds and ends of supports as numbers, sizes or names.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "frontend/check/concern.h"

namespace elba::frontend {

// A declared type: its support, and the value's shape with the support's own dims at the end.
struct TypeInfo {
  ValueType type;
  Support support = Support::real;
  TermId lower, upper;
  bool has_bounds = false;
  bool optional = false;
  bool ok = false;
  Span span;
};

class Bounds : Concern {
 public:
  explicit Bounds(Terms& terms) : Concern(terms) {}

  // The number that an expression of the text stands for.
  [[nodiscard]] std::optional<double> constant(TermId id, int depth = 0) const;
  [[nodiscard]] ir::Bound bound_of(TermId bound) const;  // a number, dim or data field; empty when it is none
  void set_integer_bounds(const TypeInfo& info, Symbol& symbol) const;
  // Of a distribution's support: its own end, or the argument that it is named after.
  [[nodiscard]] TermId support_bound(const ir::Bound& bound, const DistTerm& dist) const;
  [[nodiscard]] std::optional<double> end_number(const ir::Bound& bound, const DistTerm& dist) const;
  [[nodiscard]] std::string bounds_text(Element element, Support support, TermId lower, TermId upper) const;

 private:
  mutable std::map<SymbolId, std::optional<double>> constants_;  // of names
};

}  // namespace elba::frontend
