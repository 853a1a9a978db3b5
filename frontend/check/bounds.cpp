// constants: the numbers that expressions of the text stand for: `2 * pi()`, `-1 / 2`, `logit(0.9)`, or
// a `let` of these.
//
// Bounds and ends of supports are compared as numbers. What depends on a size, on data or on a loop is no
// number here.
#include "frontend/check/bounds.h"

#include <cmath>

#include "frontend/lower/lowerer.h"
#include "ir/interpret.h"

namespace elba::frontend {

namespace {

constexpr int deepest_constant = 50;

// The value of a function of the table or of the library, which the interpreter knows from what it is lowered
// to.
std::optional<double> interpreted(const Term& term, const std::vector<double>& numbers) {
  ir::Module module;
  module.level = ir::Level::density;
  try {
    ModuleLowerer functions(module);
    ir::Func func;
    func.name = "constant";
    ir::Builder b(func);
    std::vector<ir::ValueId> args;
    for (const double number : numbers)
      args.push_back(b.constant(number));
    const ir::ValueId value = term.kind == TermKind::call
                                  ? b.call(functions.function(*term.callee), args)
                                  : term.function->emit({b, args, term.type.ir_type()});
    b.finish({value});
    module.funcs.push_back(std::move(func));
  } catch (const LoweringDefect&) {
    return std::nullopt;
  } catch (const TooLarge&) {
    return std::nullopt;
  }
  const auto result = ir::interpret(module, "constant", {}, {});
  if (!result || result->size() != 1 || (*result)[0].values.size() != 1) return std::nullopt;
  return (*result)[0].values[0];
}

}  // namespace

std::optional<double> Bounds::constant(TermId id, int depth) const {
  if (!id.valid() || depth > deepest_constant) return std::nullopt;
  const Term& found = term(id);
  if (found.known != Knowledge::fixed || !found.type.is_scalar() || !found.type.is_number())
    return std::nullopt;
  if (found.kind == TermKind::literal) return found.number;
  if (found.exact)
    return found.exact->is_constant() ? std::optional<double>(static_cast<double>(found.exact->constant()))
                                      : std::nullopt;
  if (found.kind == TermKind::symbol) {
    if (body_.symbol(found.symbol).kind != Symbol::Kind::let_value) return std::nullopt;
    if (const auto known = constants_.find(found.symbol); known != constants_.end()) return known->second;
    return constants_[found.symbol] = constant(body_.symbol(found.symbol).value, depth + 1);
  }
  if (found.kind != TermKind::apply && found.kind != TermKind::builtin && found.kind != TermKind::call)
    return std::nullopt;
  std::vector<double> numbers;
  for (const TermId arg : found.args) {
    const auto number = constant(arg, depth + 1);
    if (!number) return std::nullopt;
    numbers.push_back(*number);
  }
  // Of a function that takes integers or truths the arguments would have to be made anew as such.
  for (const TermId arg : found.args)
    if (found.kind != TermKind::apply && type(arg).element != Element::real) return std::nullopt;
  if (found.kind == TermKind::apply) {
    const auto& row = ir::op_info(found.opcode);
    return row.eval ? std::optional<double>(row.eval(numbers)) : std::nullopt;
  }
  if (found.kind == TermKind::builtin && (!found.function->emit || found.args.empty())) return std::nullopt;
  return interpreted(found, numbers);
}

// An end of a distribution's support as a number: its own, or that of the argument it is named after.
std::optional<double> Bounds::end_number(const ir::Bound& bound, const DistTerm& dist) const {
  if (const auto* number = std::get_if<double>(&bound)) return *number;
  if (std::holds_alternative<std::string>(bound)) return constant(support_bound(bound, dist));
  return std::nullopt;
}

ir::Bound Bounds::bound_of(TermId bound) const {
  if (!bound.valid()) return {};
  const Term* found = &term(bound);
  if (found->kind == TermKind::apply && found->opcode == ir::Opcode::to_real) found = &term(found->args[0]);
  if (found->kind == TermKind::literal) return found->number;
  if (found->exact) {
    if (found->exact->is_constant()) return static_cast<double>(found->exact->constant());
    if (!has_binder(*found->exact)) return *found->exact;
  }
  if (found->kind == TermKind::apply && found->opcode == ir::Opcode::neg) {
    const ir::Bound inner = bound_of(found->args[0]);
    if (const auto* number = std::get_if<double>(&inner)) return -*number;
  }
  if (found->kind == TermKind::symbol && found->type.is_scalar()) {
    const Symbol& symbol = body_.symbol(found->symbol);
    if (symbol.kind == Symbol::Kind::data || symbol.kind == Symbol::Kind::formal) return symbol.name;
  }
  if (const auto number = constant(bound); number && std::isfinite(*number)) return *number;
  return {};
}

void Bounds::set_integer_bounds(const TypeInfo& info, Symbol& symbol) const {
  if (info.type.element != Element::integer) return;
  if (info.lower.valid()) symbol.lower = term(info.lower).exact;
  if (info.upper.valid()) symbol.upper = term(info.upper).exact;
}

TermId Bounds::support_bound(const ir::Bound& bound, const DistTerm& dist) const {
  if (const auto* number = std::get_if<double>(&bound)) return real_literal(*number, dist.span);
  if (const auto* dim = std::get_if<Dim>(&bound)) return to_real(exact_term(*dim, dist.span));
  if (const auto* name = std::get_if<std::string>(&bound)) {
    for (std::size_t i = 0; i < dist.args.size(); ++i)
      if (dist.dist->params[i].name == *name) return dist.args[i];
  }
  return {};
}

std::string Bounds::bounds_text(Element element, Support support, TermId lower, TermId upper) const {
  if (event_rank(support) > 0) return std::string(support_name(support));
  std::string bounds;
  const auto written = [&](TermId id) {
    const ir::Bound bound = bound_of(id);
    if (const auto number = number_of(bound)) return number_text(*number);
    if (const auto* dim = std::get_if<Dim>(&bound)) return user_text(*dim);
    return text(term(id).span);
  };
  if (lower.valid()) bounds += "lower=" + written(lower);
  if (upper.valid()) bounds += (bounds.empty() ? "" : ", ") + ("upper=" + written(upper));
  return (element == Element::integer ? "int" : "real") + (bounds.empty() ? "" : "<" + bounds + ">");
}

}  // namespace elba::frontend
