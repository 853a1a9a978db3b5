// loop_arrays: the targets of a loop, and the order of its latents and arrays.
#include "frontend/check/loop_arrays.h"

#include <algorithm>

#include "frontend/check/term_reads.h"

namespace elba::frontend {

namespace {

// The targets of `=` and `~` in a block, through inner loops and branches.
void collect_targets(const std::vector<ast::Stmt>& stmts, std::vector<const ast::LValue*>& out) {
  for (const auto& stmt : stmts) {
    ast::match(
        stmt.node, [&](const ast::AssignStmt& s) { out.push_back(&s.target); },
        [&](const ast::SampleStmt& s) { out.push_back(&s.target); },
        [&](const ast::ForStmt& s) { collect_targets(s.body, out); },
        [&](const ast::IfStmt& s) {
          collect_targets(s.then_body, out);
          collect_targets(s.else_body, out);
        },
        ast::ignore<ast::DimStmt, ast::DataStmt, ast::ParamStmt, ast::LatentStmt, ast::LetStmt,
                    ast::PredictStmt, ast::FactorStmt, ast::AutoStmt, ast::ReturnStmt>);
  }
}

}  // namespace

// Which axes of a target the loop variable stands in.
std::vector<std::size_t> LoopArrays::axes_of(const ast::LValue& target, const std::string& variable) {
  std::vector<std::size_t> axes;
  for (std::size_t axis = 0; axis < target.indices.size(); ++axis) {
    const ast::Index& index = target.indices[axis];
    if ((index.first && mentions(*index.first, variable)) || (index.last && mentions(*index.last, variable)))
      axes.push_back(axis);
  }
  return axes;
}

// How the loop variable indexes the axis: with an offset, or reflected. Nothing when it is neither.
std::optional<LoopArray> LoopArrays::shifted_index(const ast::LValue& target, SymbolId symbol,
                                                   const std::vector<std::size_t>& axes,
                                                   const Symbol& variable) {
  const Coverage::Covered& covered = *coverage_.find(symbol);
  LoopArray array{symbol, axes[0], {}, 0};
  const auto& left = covered.views.back().left;
  const ast::Index& index = target.indices[axes[0]];
  const auto value = axes.size() == 1 && !index.last &&
                             std::find(left.begin(), left.end(), axes[0]) != left.end()
                         ? types_.quiet_exact(*index.first)
                         : std::nullopt;
  array.reflected = value && has_binder(*value - *variable.exact) && !has_binder(*value + *variable.exact);
  if (!value || (!array.reflected && has_binder(*value - *variable.exact))) return std::nullopt;
  array.offset = array.reflected ? *value + *variable.exact : *value - *variable.exact;
  return array;
}

// An array, as one target of the loop has it; nothing after a report.
std::optional<LoopArray> LoopArrays::loop_array(const ast::LValue& target, SymbolId symbol,
                                                const Symbol& variable, Span span,
                                                const std::vector<LoopArray>& known) {
  const Coverage::Covered& covered = *coverage_.find(symbol);
  if (variable.where.valid() || (variable.bounded && covered.is_latent)) {
    report(covered.is_latent ? Code::ragged_unknown : Code::ragged_target, target.span,
           {target.name.text, variable.name})
        .suggest(covered.is_latent
                     ? "give all of `" + target.name.text + "` its `~` in a loop over sizes"
                     : "loop over all of it, and choose the value by a condition: `.. ? .. : ..`");
    return std::nullopt;
  }
  const auto axes = axes_of(target, variable.name);
  if (axes.empty()) {
    report(Code::element_covered_twice, target.span,
           {target.name.text, std::string(coverage_.relation(covered))})
        .label(span, "each iteration states it again")
        .note("its index does not use `" + variable.name + "`");
    return std::nullopt;
  }
  const auto array = shifted_index(target, symbol, axes, variable);
  const auto other = std::find_if(known.begin(), known.end(),
                                  [&](const LoopArray& a) { return a.array == symbol; });
  if (array && (other == known.end() || (other->axis == array->axis && other->reflected == array->reflected &&
                                         other->offset == array->offset)))
    return array;
  report(Code::index_map, target.span, {target.name.text, text(target.span)})
      .note(
          "on the left, an index is a loop variable plus a constant, a constant, or a range, the same "
          "one throughout the loop");
  return std::nullopt;
}

std::vector<LoopArray> LoopArrays::open_loop_arrays(const ast::ForStmt& stmt, SymbolId binder, Span span) {
  std::vector<const ast::LValue*> targets;
  collect_targets(stmt.body, targets);
  const Symbol& variable = body_.symbol(binder);
  std::vector<LoopArray> arrays;
  std::vector<SymbolId> refused;
  for (const ast::LValue* target : targets) {
    const SymbolId symbol = scopes_.lookup(target->name.text);
    if (!symbol.valid() || !coverage_.find(symbol) ||
        std::find(refused.begin(), refused.end(), symbol) != refused.end())
      continue;
    const auto array = loop_array(*target, symbol, variable, span, arrays);
    if (!array)
      refused.push_back(symbol);
    else if (std::none_of(arrays.begin(), arrays.end(),
                          [&](const LoopArray& a) { return a.array == symbol; }))
      arrays.push_back(*array);
  }
  // What was refused has been reported; it counts as whole from here on.
  for (SymbolId symbol : refused) {
    std::erase_if(arrays, [&](const LoopArray& a) { return a.array == symbol; });
    coverage_.forget(symbol);
  }
  for (const LoopArray& array : arrays)
    coverage_.open_view(array, variable);
  return arrays;
}

// A loop body may declare plate-local latents and assign arrays. Latents are made for all iterations at once:
// before the arrays, or after them when latents read arrays. When each reads the other, the latents come
// first without the priors that read arrays, which are stated once the arrays are there.
bool LoopArrays::order_loop(ForStmt& loop, Span span) {
  std::vector<SymbolId> arrays, latents;
  for (const LoopArray& array : loop.arrays)
    if (body_.symbol(array.array).kind == Symbol::Kind::let_array) arrays.push_back(array.array);
  bool latents_read_arrays = false, bounds_read_arrays = false, arrays_read_latents = false;
  const auto walk = [&](const auto& self, const std::vector<Stmt>& stmts) -> void {
    for (const Stmt& stmt : stmts) {
      match(
          stmt.node,
          [&](const LatentStmt& latent) {
            latents.push_back(latent.symbol);
            bounds_read_arrays = bounds_read_arrays || reads_any(body_, latent.lower, arrays) ||
                                 reads_any(body_, latent.upper, arrays);
            bool reads = false;
            if (latent.dist)
              for (TermId arg : latent.dist->args)
                reads = reads || reads_any(body_, arg, arrays);
            if (reads) loop.late_priors.push_back(latent.symbol);
            latents_read_arrays = latents_read_arrays || reads || bounds_read_arrays;
          },
          [&](const AssignStmt& assign) {
            arrays_read_latents = arrays_read_latents || reads_any(body_, assign.value, latents);
          },
          [&](const ForStmt& inner) { self(self, inner.body); },
          [&](const IfStmt& branch) {
            self(self, branch.then_body);
            self(self, branch.else_body);
          },
          ignore<LetStmt, ArrayStmt, SiteStmt, ParamStmt, PredictStmt, FactorStmt>);
    }
  };
  walk(walk, loop.body);
  loop.arrays_first = latents_read_arrays && !arrays_read_latents;
  if (!arrays_read_latents) loop.late_priors.clear();
  if (!bounds_read_arrays || !arrays_read_latents) return true;
  report(Code::loop_order, span)
      .suggest("split the loop: the latents and what they need first, the arrays that read them after");
  return false;
}

}  // namespace elba::frontend
