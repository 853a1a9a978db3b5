#include "frontend/advise/bounded.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>

#include "frontend/advise/ranges.h"
#include "frontend/typed_tree/functions.h"
#include "ir/ops.h"

namespace elba::frontend {

namespace {

constexpr std::size_t most_bound_steps = 1'000'000;  // over all questions
constexpr int deepest_bound = 60;                    // of terms, definitions and calls
constexpr double beyond = 1e15;                      // as good as a pole

bool is_finite(const Range& range) { return std::fabs(range.low) < beyond && std::fabs(range.high) < beyond; }

bool is_bounded_support(Support support) {
  const std::string_view name = support_name(support);
  for (const std::string_view bounded : {"simplex", "unit_vector", "cholesky_corr", "corr_matrix",
                                         "row_stochastic_matrix", "column_stochastic_matrix"})
    if (name == bounded) return true;
  return false;
}

bool keeps_bounds(const Function* function) {
  if (function == nullptr) return false;
  for (const std::string_view name :
       {"rep",      "concat", "mean",     "max",  "min",       "sum",     "prod", "dot", "cumsum", "sd",
        "variance", "norm",   "diagonal", "diag", "transpose", "reshape", "sort", "rev", "relu",   "step"})
    if (function->name == name) return true;
  return false;
}

class Bounded {
 public:
  Bounded(const CheckedModel& model, const Advice& advice)
      : model_(model), reads_(model), ranges_(advice, reads_) {
    walk(model.body.statements, [&](const Stmt& stmt) {
      match(
          stmt.node,
          [&](const LatentStmt& latent) {
            note(latent.symbol, latent.support, latent.lower, latent.upper);
            if (!latent.elements.empty())
              known_[latent.symbol] = std::all_of(
                  latent.elements.begin(), latent.elements.end(), [&](const ElementBounds& piece) {
                    return piece.lower.valid() && piece.upper.valid() && of(piece.lower) && of(piece.upper);
                  });
          },
          [&](const ParamStmt& param) { note(param.symbol, param.support, param.lower, param.upper); },
          [&](const PredictStmt& predict) {
            known_[predict.symbol] = predict.dist ? of_draw(*predict.dist) : of(predict.value);
          },
          ignore<LetStmt, ArrayStmt, AssignStmt, SiteStmt, FactorStmt, ForStmt, IfStmt>);
    });
  }

  [[nodiscard]] bool of(SymbolId symbol) const {
    const auto at = known_.find(symbol);
    return at != known_.end() && at->second;
  }

 private:
  using Formals = std::map<SymbolId, bool>;

  void note(SymbolId symbol, Support support, TermId lower, TermId upper) {
    known_[symbol] = is_bounded_support(support) ||
                     (lower.valid() && upper.valid() && of(lower) && of(upper));
  }
  bool of(TermId id) { return of(model_.body, id, nullptr, 0); }

  // A bound of a distribution names a parameter, or is a number.
  bool of_draw(const DistTerm& draw) {
    const auto end = [&](const ir::Bound& bound) {
      if (const auto* name = std::get_if<std::string>(&bound)) {
        for (std::size_t k = 0; k < draw.dist->params.size() && k < draw.args.size(); ++k)
          if (draw.dist->params[k].name == *name) return of(draw.args[k]);
        return draw.dims.contains(*name);
      }
      return !std::holds_alternative<std::monostate>(bound);
    };
    return is_bounded_support(draw.dist->support) || (end(draw.dist->lower) && end(draw.dist->upper));
  }

  bool all(const Body& body, const std::vector<TermId>& args, Formals* formals, int depth) {
    return std::all_of(args.begin(), args.end(), [&](TermId arg) {
      return !body.term(arg).type.is_number() || of(body, arg, formals, depth);
    });
  }

  bool of_apply(const Body& body, const Term& term, Formals* formals, int depth) {
    if (!all(body, term.args, formals, depth)) return false;
    const auto& row = ir::op_info(term.opcode);
    const std::size_t count = term.args.size();
    if (count == 1 && row.signature == ir::Signature::to_real) return true;
    if (row.eval == nullptr || count == 0 || count > 3) return false;
    // Data are some number, an unknown any number of a bounded range.
    const std::vector<double> some{0.5, 2},
        any{0, 0.5, -0.5, 1, -1, 1.5707963267948966, 2, -2, 3, -3, 1e3, -1e3};
    std::vector<std::size_t> at(count, 0);
    const auto grid = [&](std::size_t k) -> const std::vector<double>& {
      return body.term(term.args[k]).known <= Knowledge::data && formals == nullptr ? some : any;
    };
    for (;;) {
      double x[3] = {};
      for (std::size_t k = 0; k < count; ++k)
        x[k] = grid(k)[at[k]];
      if (std::fabs(row.eval(std::span<const double>(x, count))) >= beyond) return false;
      std::size_t k = 0;
      while (k < count && ++at[k] == grid(k).size())
        at[k++] = 0;
      if (k == count) return true;
    }
  }

  bool of_symbol(const Body& body, SymbolId id, Formals* formals, int depth) {
    if (formals != nullptr)
      if (const auto at = formals->find(id); at != formals->end()) return at->second;
    const Symbol& symbol = body.symbol(id);
    if (symbol.known <= Knowledge::data && &body == &model_.body) return true;
    Formals& seen = formals != nullptr ? *formals : known_;
    if (const auto at = seen.find(id); at != seen.end()) return at->second;
    if (symbol.kind == Symbol::Kind::binder || symbol.kind == Symbol::Kind::dim) return true;
    seen[id] = false;  // until it is known: an array may read itself
    bool answer = false;
    if (symbol.kind == Symbol::Kind::let_value && symbol.value.valid())
      answer = of(body, symbol.value, formals, depth);
    if (symbol.kind == Symbol::Kind::let_array && &body == &model_.body)
      answer = all(body, reads_.definitions(id), formals, depth);
    return seen[id] = answer;
  }

  bool of(const Body& body, TermId id, Formals* formals, int depth) {
    if (!id.valid() || ++depth > deepest_bound || ++steps_ > most_bound_steps) return false;
    const Term& term = body.term(id);
    if (formals == nullptr && (term.known <= Knowledge::data || is_finite(ranges_.of(id)))) return true;
    switch (term.kind) {
      case TermKind::literal:
      case TermKind::integer:
        return true;
      case TermKind::symbol:
        return of_symbol(body, term.symbol, formals, depth);
      case TermKind::index:
        return term.args.empty() ? of_symbol(body, term.symbol, formals, depth)
                                 : of(body, term.args[0], formals, depth);
      case TermKind::apply:
        return of_apply(body, term, formals, depth);
      case TermKind::stack:
      case TermKind::nest:
      case TermKind::contract:
        return all(body, term.args, formals, depth);
      case TermKind::builtin:
        return keeps_bounds(term.function) && all(body, term.args, formals, depth);
      case TermKind::call: {
        const CheckedFunc& callee = *term.callee;
        Formals inner;
        for (std::size_t k = 0; k < callee.formals.size() && k < term.args.size(); ++k)
          inner[callee.formals[k]] = of(body, term.args[k], formals, depth);
        return of(callee.body, callee.result, &inner, depth);
      }
      default:
        return false;
    }
  }

  const CheckedModel& model_;
  Reads reads_;
  Ranges ranges_;
  std::size_t steps_ = 0;
  std::map<SymbolId, bool> known_;
};

}  // namespace

void note_bounded(const CheckedModel& model, const Source& source, Signature& signature) {
  Sink unused;
  const Advice advice{model, signature, source, unused};
  const Bounded bounded(model, advice);
  std::map<std::string_view, SymbolId> meant;
  for (std::uint32_t k = 0; k < model.body.symbols.size(); ++k) {
    const Symbol& symbol = model.body.symbols[k];
    if (symbol.kind == Symbol::Kind::latent || symbol.kind == Symbol::Kind::param ||
        symbol.kind == Symbol::Kind::predict)
      meant[symbol.name] = SymbolId{k};
  }
  const auto note = [&](auto& rows) {
    for (auto& row : rows)
      if (const auto at = meant.find(row.name); at != meant.end()) row.is_bounded = bounded.of(at->second);
  };
  note(signature.unknowns);
  note(signature.predictions);
}

}  // namespace elba::frontend
