// concern: what every class of this folder has at hand: the body and its terms (terms.h), under their own
// names.
//
// Each class takes what it needs of those before it, in the order of checker.h.
#pragma once

#include <utility>

#include "frontend/check/terms.h"

namespace elba::frontend {

class Concern {
 protected:
  explicit Concern(Terms& terms)
      : terms_(terms),
        context_(terms.context()),
        env_(context_.env),
        file_(context_.file),
        body_(context_.body) {}

  Diagnostic& report(Code code, Span span, std::vector<std::string> arguments = {}) const {
    return terms_.report(code, span, std::move(arguments));
  }
  [[nodiscard]] std::string text(Span span) const { return terms_.text(span); }
  [[nodiscard]] Term& term(TermId id) const { return terms_.term(id); }
  [[nodiscard]] const ValueType& type(TermId id) const { return terms_.type(id); }
  TermId add(Term term) const { return terms_.add(std::move(term)); }
  TermId error_term(Span span) const { return terms_.error_term(span); }
  TermId real_literal(double value, Span span) const { return terms_.real_literal(value, span); }
  TermId exact_term(Dim value, Span span) const { return terms_.exact_term(std::move(value), span); }
  TermId apply(ir::Opcode opcode, std::vector<TermId> args, ValueType type, Span span) const {
    return terms_.apply(opcode, std::move(args), std::move(type), span);
  }
  TermId to_real(TermId id) const { return terms_.to_real(id); }
  bool need_number(TermId id, bool integer = false) const { return terms_.need_number(id, integer); }
  void require(const Dim& value, Span span, const std::string& reason) const {
    terms_.require(value, span, reason);
  }
  [[nodiscard]] Truth at_least_zero(const Dim& dim) const { return terms_.at_least_zero(dim); }

  Terms& terms_;
  Context& context_;
  Environment& env_;
  File& file_;
  Body& body_;
};

}  // namespace elba::frontend
