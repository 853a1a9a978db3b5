// terms: the terms of a body: how they are made, what is asked of them, and the reports about them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/check/context.h"
#include "frontend/syntax/ast.h"
#include "frontend/typed_tree/functions.h"
#include "support/diagnostics.h"

namespace elba::frontend {

class Terms {
 public:
  explicit Terms(Context& context)
      : context_(context), env_(context.env), file_(context.file), body_(context.body) {}

  [[nodiscard]] Context& context() const { return context_; }

  // Nothing is reported while one stands.
  class Muted {
   public:
    explicit Muted(Terms& terms) : terms_(terms) { ++terms_.muted_; }
    ~Muted() { --terms_.muted_; }
    Muted(const Muted&) = delete;
    Muted& operator=(const Muted&) = delete;

   private:
    Terms& terms_;
  };
  [[nodiscard]] bool is_muted() const { return muted_ > 0; }
  Diagnostic& report(Code code, Span span, std::vector<std::string> arguments = {});
  [[nodiscard]] std::string text(Span span) const;

  [[nodiscard]] const Term& term(TermId id) const { return body_.terms[id.index]; }
  [[nodiscard]] Term& term(TermId id) { return body_.terms[id.index]; }
  [[nodiscard]] const ValueType& type(TermId id) const { return term(id).type; }
  TermId add(Term term);
  TermId error_term(Span span);
  TermId real_literal(double value, Span span);
  TermId exact_term(Dim value, Span span);
  TermId apply(ir::Opcode opcode, std::vector<TermId> args, ValueType type, Span span);
  TermId symbol_term(SymbolId symbol, Span span);
  TermId to_real(TermId id);  // integers become real; others stay
  TermId fit_type(TermId value, const ValueType& wanted, const std::string& what, Span declared);
  // Also for an integer of the data with bounds, under a symbol of its own.
  std::optional<Dim> as_exact(TermId id);

  // Reports and returns false unless the term is a number (integer when asked).
  bool need_number(TermId id, bool integer = false);
  bool need_data(CallSite& site, std::size_t arg);  // that an op without derivative takes
  bool need_data(TermId arg, const std::string& callee, const std::string& operation);
  bool need_rank(CallSite& site, std::size_t arg, int rank);
  std::optional<Dim> need_extent(CallSite& site, std::size_t arg);  // an integer over dims, not negative
  // The extents in arguments `from`..; they are dropped, for the result's type holds them.
  std::optional<std::vector<Dim>> need_extents(CallSite& site, std::size_t from);
  bool common_shape(const std::vector<TermId>& args, Span span, std::vector<Dim>& shape);
  void shape_error(TermId left, TermId right, Span span, ast::BinaryOp op);

  // What the sizes must keep for the body to make sense.
  void require(const Dim& value, Span span, const std::string& reason);
  void add_requirement(DimRequirement requirement) { requirements_.push_back(std::move(requirement)); }
  [[nodiscard]] const std::vector<DimRequirement>& requirements() const { return requirements_; }
  [[nodiscard]] std::vector<DimRequirement> take_requirements() { return std::move(requirements_); }
  // For all sizes that keep the relations of the model.
  [[nodiscard]] Truth at_least_zero(const Dim& dim) const {
    return frontend::at_least_zero(dim, body_.ranges.facts);
  }
  [[nodiscard]] const BinderRanges& ranges() const { return body_.ranges; }

  // Symbols of polynomials for loop variables; each varies with a level.
  std::string new_binder(const std::string& name, std::uint64_t levels);
  [[nodiscard]] int binders_so_far() const { return next_binder_; }

  // The longest chain of definitions that has been read since the start.
  void start_chain() { chain_ = 0; }
  void read_chain(int length) { chain_ = std::max(chain_, length); }
  [[nodiscard]] int chain() const { return chain_; }
  // An operation without derivative that the function under check applies to its arguments.
  [[nodiscard]] const std::string& data_only() const { return data_only_; }

 private:
  Context& context_;
  Environment& env_;
  File& file_;
  Body& body_;
  std::vector<DimRequirement> requirements_;
  std::map<std::string, std::uint64_t> binder_levels_;
  std::map<std::string, Dim> interned_;  // integers of the data by their text
  int next_binder_ = 0;
  int chain_ = 0;
  std::string data_only_;
  int muted_ = 0;
  Diagnostic muted_diagnostic_;
};

// The name that a text begins with; empty when it begins with anything else.
[[nodiscard]] std::string_view leading_name(std::string_view text);

}  // namespace elba::frontend
