// jacobians: `factor normal_logpdf(log(x), mu, s)` of an unknown x states a density of log(x), while
// the model needs one of x: log p(x) = log p(log x) + log|d log x / dx|.
//
// Said when the first argument of a density is a nonlinear function of one unknown, and nothing else in the
// factors reads that unknown (it might be the Jacobian). Linear functions have a constant one. Source: the
// rule of Stan's reference manual on changes of variables.
#include <algorithm>
#include <cmath>
#include <span>

#include "frontend/advise/advise.h"
#include "frontend/typed_tree/functions.h"
#include "ir/ops.h"

namespace elba::frontend {

namespace {

constexpr double tolerance = 1e-9;

class Search {
 public:
  Search(const Advice& advice, const Reads& reads) : advice_(advice), reads_(reads) {}

  struct Found {
    TermId call, value;  // the density, its first argument
    SymbolId unknown;
  };
  std::vector<Found> found;
  std::multiset<SymbolId> read_elsewhere;  // by the terms of the factors that are no density

  // The summands of a factor.
  void summands(TermId id, int depth = 0) {
    if (depth > 40) return;
    const Term& term = advice_.term(id);
    // Of a factor that is an array its elements are added, as those of a sum over an array are.
    if (term.kind == TermKind::nest &&
        (term.combiner == ir::Combiner::sum || term.combiner == ir::Combiner::stack))
      return summands(term.args[0], depth + 1);
    if (term.kind == TermKind::builtin && term.function->name == "sum" && term.args.size() == 1)
      return summands(term.args[0], depth + 1);
    if (term.kind == TermKind::symbol && advice_.symbol(term.symbol).kind == Symbol::Kind::let_value)
      return summands(advice_.symbol(term.symbol).value, depth + 1);
    if (term.kind == TermKind::apply && term.args.size() == 2 && is_sum(term)) {
      summands(term.args[0], depth + 1);
      return summands(term.args[1], depth + 1);
    }
    const bool density = term.kind == TermKind::call && term.callee->ir_name.ends_with(".logpdf") &&
                         !term.callee->ir_name.starts_with("fun") && !term.args.empty();
    if (density) {
      if (const SymbolId unknown = nonlinear(term.args[0], 0); unknown.valid()) {
        found.push_back({id, term.args[0], unknown});
        return;
      }
    }
    for (const SymbolId symbol : reads_.unknowns(id))
      read_elsewhere.insert(symbol);
  }

 private:
  // a + b or a - b, seen by its values: no operation is told apart outside of the table.
  static bool is_sum(const Term& term) {
    const auto& row = ir::op_info(term.opcode);
    if (row.eval == nullptr) return false;
    const auto at = [&](double a, double b) {
      const double x[] = {a, b};
      return row.eval(std::span<const double>(x, 2));
    };
    return at(5, 0) == 5 && std::abs(at(5, 2) - 5) == 2 && at(5, 2) - at(5, 0) == at(7, 2) - at(7, 0);
  }

  // The one unknown of which a term is a nonlinear function; invalid when there is none or it is linear.
  SymbolId nonlinear(TermId id, int depth) const {
    const Term& term = advice_.term(id);
    if (depth > 40) return {};
    if (term.kind == TermKind::symbol && advice_.symbol(term.symbol).kind == Symbol::Kind::let_value)
      return nonlinear(advice_.symbol(term.symbol).value, depth + 1);
    if (term.kind == TermKind::index && !term.args.empty()) return nonlinear(term.args[0], depth + 1);
    if (term.kind == TermKind::index && advice_.symbol(term.symbol).kind == Symbol::Kind::let_value)
      return nonlinear(advice_.symbol(term.symbol).value, depth + 1);
    if (term.kind != TermKind::apply) return {};
    std::size_t open = term.args.size();
    std::set<SymbolId> unknowns;
    for (std::size_t k = 0; k < term.args.size(); ++k) {
      auto inner = reads_.unknowns(term.args[k]);
      if (inner.empty()) continue;
      if (open != term.args.size()) return {};  // of several: not judged
      open = k;
      unknowns = std::move(inner);
    }
    if (open == term.args.size() || unknowns.size() != 1) return {};
    if (bends(ir::op_info(term.opcode), open)) return *unknowns.begin();
    return nonlinear(term.args[open], depth + 1);
  }

  static bool bends(const ir::OpInfo& row, std::size_t operand) {
    if (row.eval == nullptr || row.pullback == nullptr || operand >= row.domain.size()) return false;
    double x[3] = {1, 1, 1};
    for (std::size_t k = 0; k < row.domain.size() && k < 3; ++k)
      x[k] = 0.3 * row.domain[k].low + 0.7 * row.domain[k].high;
    const auto& interval = row.domain[operand];
    const auto at = [&](double share) {
      x[operand] = interval.low + share * (interval.high - interval.low);
      return row.eval(std::span<const double>(x, row.domain.size()));
    };
    const double a = at(0.1), b = at(0.5), c = at(0.9);
    return std::abs(a + c - 2 * b) > tolerance * (1 + std::abs(a) + std::abs(b) + std::abs(c));
  }

  const Advice& advice_;
  const Reads& reads_;
};

}  // namespace

void advise_on_jacobians(const Advice& advice, const Reads& reads) {
  Search search(advice, reads);
  walk(advice.model.body.statements, [&](const Stmt& stmt) {
    match(
        stmt.node, [&](const FactorStmt& factor) { search.summands(factor.value); },
        ignore<LetStmt, ArrayStmt, AssignStmt, SiteStmt, LatentStmt, ParamStmt, PredictStmt, ForStmt,
               IfStmt>);
  });
  for (const auto& [call, value, unknown] : search.found) {
    if (search.read_elsewhere.count(unknown)) continue;
    const std::string name = advice.symbol(unknown).name, shown = advice.text(advice.term(value).span);
    advice.sink.report(Code::jacobian_missing, advice.term(value).span, {shown, name})
        .label(advice.symbol(unknown).span, "`" + name + "` is declared here")
        .note("a density of `" + shown + "` is one of `" + name + "` only with the term log|d(" + shown +
              ")/d(" + name + ")|")
        .suggest("add its Jacobian, such as `factor -log(" + name + ");` for `log(" + name + ")`, or give `" +
                 name + "` a prior of its own, such as `lognormal`");
  }
}

}  // namespace elba::frontend
