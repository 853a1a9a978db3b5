// statements: blocks, loops, branches and definitions; declarations of unknowns and sites are in
// sites.cpp.
#include "frontend/check/statements.h"

#include <algorithm>

#include "frontend/check/term_reads.h"

namespace elba::frontend {

namespace {

constexpr std::size_t most_weighed = 1'000'000;  // arrays, for all branches together
constexpr int longest_definition_chain = 500;    // of definitions in a loop, each reading the one before

}  // namespace

void Statements::check_block(const std::vector<ast::Stmt>& stmts, std::vector<Stmt>& out) {
  for (const auto& stmt : stmts)
    check_statement(stmt, out);
}

bool Statements::is_of_model(const char* what, Span span) {
  if (context_.kind == BodyKind::model) return true;
  report(Code::statement_in_function, span, {what})
      .note("a function computes a value: it has `let`, loops, `if` and `return`")
      .suggest("write it in the model, and give the function what it needs as arguments");
  return false;
}

bool Statements::is_at_top(const char* what, Span span) {
  if (scopes_.loops().empty() && scopes_.conditions() == 0) return true;
  report(Code::declaration_nested, span, {what}).suggest("declare it at the top of the model");
  return false;
}

void Statements::misplaced_return(Span span) {
  if (context_.kind == BodyKind::model)
    report(Code::return_misplaced, span).suggest("state what a model gives with `predict name = ..;`");
  else
    report(Code::return_misplaced, span)
        .note("a function has one `return`, as its last statement")
        .suggest("choose with `condition ? a : b`");
}

void Statements::check_statement(const ast::Stmt& stmt, std::vector<Stmt>& out) {
  const std::string centering = check_attributes(stmt);
  const std::size_t before = out.size();
  const auto model_only = [&](const char* what) { return is_of_model(what, stmt.span); };
  const auto top_level = [&](const char* what) { return is_at_top(what, stmt.span); };
  ast::match(
      stmt.node,
      [&](const ast::DimStmt& s) {
        if (model_only("dim") && top_level("dim")) sizes_.check_dim(s);
      },
      [&](const ast::DataStmt& s) {
        if (model_only("data") && top_level("data")) sites_.check_data(s);
      },
      [&](const ast::ParamStmt& s) {
        if (model_only("param") && top_level("param")) sites_.check_param(s, stmt, out);
      },
      [&](const ast::LatentStmt& s) {
        if (model_only("latent")) sites_.check_latent(s, stmt, centering, out);
      },
      [&](const ast::PredictStmt& s) {
        if (model_only("predict")) sites_.check_predict(s, stmt, out);
      },
      [&](const ast::FactorStmt& s) {
        if (model_only("factor")) check_factor(s, stmt, out);
      },
      [&](const ast::SampleStmt& s) {
        if (model_only("~")) sites_.check_site(s, stmt, out);
      },
      [&](const ast::AutoStmt& s) {
        if (model_only("auto"))
          report(Code::guide_statement, stmt.span, {"auto " + s.family.text})
              .suggest("leave it out, and choose a family with `--method meanfield` or `fullrank`");
      },
      [&](const ast::LetStmt& s) { check_let(s, stmt, out); },
      [&](const ast::AssignStmt& s) { check_assign(s, stmt, out); },
      [&](const ast::ForStmt& s) { check_for(s, stmt, 0, out); },
      [&](const ast::IfStmt& s) { check_if(s, stmt, out); },
      [&](const ast::ReturnStmt& s) {
        inner_.check(*s.value);
        misplaced_return(stmt.span);
      });
  for (std::size_t i = before; i < out.size(); ++i) {
    out[i].span = stmt.span;
    coverage_.note_completion(out[i]);
  }
}

void Statements::check_let(const ast::LetStmt& stmt, const ast::Stmt& whole, std::vector<Stmt>& out) {
  Symbol symbol;
  symbol.name = stmt.name.text;
  symbol.span = stmt.name.span;
  symbol.loops = scopes_.loops();
  for (SymbolId loop : scopes_.loops())
    symbol.levels |= body_.symbol(loop).levels;
  Stmt checked;
  checked.order = scopes_.next_order();
  if (stmt.value) {
    symbol.kind = Symbol::Kind::let_value;
    terms_.start_chain();
    TermId value = inner_.check(*stmt.value);
    // At the top a value is computed where it is defined; in a loop, where it is read, through all that it
    // reads.
    symbol.chain = scopes_.loops().empty() && scopes_.conditions() == 0 ? 0 : terms_.chain() + 1;
    if (symbol.chain > longest_definition_chain) {
      report(Code::nesting_too_deep, stmt.name.span, {std::to_string(longest_definition_chain)});
      value = error_term(stmt.name.span);
    }
    if (stmt.type) {
      const TypeInfo info = types_.check_type(*stmt.type);
      if (event_rank(info.support) > 0)
        report(Code::constrained_let, stmt.type->span, {stmt.type->base.text})
            .suggest("write `real" + shape_text(info.type.shape) + "`");
      value = terms_.fit_type(value, info.type, stmt.name.text, stmt.type->span);
    }
    const Term& found = term(value);
    symbol.type = found.type;
    if (symbol.type.element == Element::key && context_.kind == BodyKind::model)
      symbol.type.element = Element::error;
    symbol.known = found.known;
    symbol.levels = found.levels;
    symbol.lower = found.exact ? std::nullopt : found.lower;
    symbol.upper = found.exact ? std::nullopt : found.upper;
    symbol.exact = found.exact;  // a name for a size is as good as the size
    symbol.value = value;
    checked.node = LetStmt{scopes_.declare(std::move(symbol))};
  } else if (!stmt.type) {
    report(Code::let_without_type, whole.span, {stmt.name.text})
        .suggest("write `let " + stmt.name.text + ": real[N];` and assign its elements, or `let " +
                 stmt.name.text + " = ..;`");
    scopes_.declare(std::move(symbol));
    return;
  } else {
    symbol.kind = Symbol::Kind::let_array;
    const TypeInfo info = types_.check_type(*stmt.type);
    if (event_rank(info.support) > 0)
      report(Code::constrained_let, stmt.type->span, {stmt.type->base.text})
          .suggest("write `real" + shape_text(info.type.shape) + "`");
    symbol.type = info.type;
    bounds_.set_integer_bounds(info, symbol);
    const SymbolId id = scopes_.declare(std::move(symbol));
    coverage_.open_covered(id, false);
    checked.node = ArrayStmt{id};
  }
  out.push_back(std::move(checked));
}

void Statements::unknown_target(const ast::AssignStmt& stmt, Span whole) {
  const std::string& name = stmt.target.name.text;
  if (names_.near_name(name).empty())
    names_.note_reported(name),
        report(Code::unknown_name, stmt.target.name.span, {name})
            .suggest(stmt.target.indices.empty() ? "define it with `let " + text(whole) + "`"
                                                 : "declare it first: `let " + name + ": real[N];`");
  else
    names_.unknown_name(name, stmt.target.name.span);
}

// What is no array that statements fill.
void Statements::refuse_assignment(const ast::AssignStmt& stmt, const Symbol& symbol, Span whole) {
  const std::string& name = stmt.target.name.text;
  auto& diagnostic = report(Code::not_assignable, whole, {name});
  diagnostic.label(symbol.span, "`" + name + "` is declared here");
  if (symbol.kind == Symbol::Kind::let_value && mentions(*stmt.value, name))
    diagnostic.note("a name has one value, also in a loop; outside of one, give the new value another name")
        .suggest("write a total as `let " + name + " = sum(..)`, and running values as a recurrence: `let " +
                 name + ": real[T];`, `" + name + "[1] = x[1];` and `" + name + "[t] = " + name +
                 "[t-1] + x[t];` in `for t in 2:T`");
  else if (symbol.kind == Symbol::Kind::let_value)
    diagnostic.suggest("a name has one value; give the new one another name");
  else if (symbol.kind == Symbol::Kind::latent || symbol.kind == Symbol::Kind::data)
    diagnostic.suggest("relate it with `~`, or define a new name with `let`");
}

// An integer array with bounds holds what lies within them.
void Statements::check_assigned_range(TermId value, const Symbol& symbol) {
  const std::string& name = symbol.name;
  const Term& found = term(value);
  const auto low = found.exact ? extreme(*found.exact, body_.ranges, false) : found.lower,
             high = found.exact ? extreme(*found.exact, body_.ranges, true) : found.upper;
  const bool fits = (!symbol.lower || (low && at_least_zero(*low - *symbol.lower) == Truth::yes)) &&
                    (!symbol.upper || (high && at_least_zero(*symbol.upper - *high) == Truth::yes));
  if (!fits && !found.type.is_error())
    report(Code::index_not_proved, found.span,
           {text(found.span), name,
            (symbol.lower ? user_text(*symbol.lower) : "") + ":" +
                (symbol.upper ? user_text(*symbol.upper) : "")})
        .label(symbol.span, "declared here with these bounds");
}

void Statements::check_assign(const ast::AssignStmt& stmt, const ast::Stmt& whole, std::vector<Stmt>& out) {
  const TermId value = inner_.check(*stmt.value);
  const std::string& name = stmt.target.name.text;
  const SymbolId id = scopes_.lookup(name);
  if (!id.valid()) {
    unknown_target(stmt, whole.span);
    return;
  }
  const Symbol& symbol = body_.symbol(id);
  if (symbol.type.is_error()) return;
  if (symbol.kind != Symbol::Kind::let_array) {
    refuse_assignment(stmt, symbol, whole.span);
    return;
  }
  std::vector<const ast::Index*> indices;
  for (const auto& index : stmt.target.indices)
    indices.push_back(&index);
  auto target = indices_.check_indices(symbol.type, name, indices, stmt.target.span);
  if (!target) return;
  ValueType wanted{symbol.type.element, {}};
  for (std::size_t axis = 0; axis < symbol.type.shape.size(); ++axis) {
    if (axis >= target->size())
      wanted.shape.push_back(symbol.type.shape[axis]);
    else if ((*target)[axis].kind == IndexTerm::Kind::slice || (*target)[axis].kind == IndexTerm::Kind::all)
      wanted.shape.push_back((*target)[axis].extent);
    else if ((*target)[axis].kind == IndexTerm::Kind::gather)
      wanted.shape.insert(wanted.shape.end(), type((*target)[axis].value).shape.begin(),
                          type((*target)[axis].value).shape.end());
  }
  AssignStmt assign{id, std::move(*target), {}};
  coverage_.cover(id, assign.target, stmt.target.span);
  if (type(value).is_error()) return;
  assign.value = terms_.fit_type(value, wanted, text(stmt.target.span), symbol.span);
  if (symbol.type.element == Element::integer && (symbol.lower || symbol.upper))
    check_assigned_range(assign.value, symbol);
  body_.symbols[id.index].known = std::max(symbol.known, term(assign.value).known);
  Stmt checked;
  checked.order = scopes_.next_order();
  checked.assigns = {id};
  checked.node = std::move(assign);
  out.push_back(std::move(checked));
}

void Statements::check_factor(const ast::FactorStmt& stmt, const ast::Stmt&, std::vector<Stmt>& out) {
  const TermId value = inner_.check(*stmt.value);
  if (!need_number(value)) return;
  if (term(value).known == Knowledge::drawn) {
    report(Code::prediction_in_model, term(value).span, {text(term(value).span)});
    return;
  }
  Stmt checked;
  checked.order = scopes_.next_order();
  checked.node = FactorStmt{to_real(value)};
  out.push_back(std::move(checked));
}

void Statements::check_for(const ast::ForStmt& stmt, const ast::Stmt& whole, std::size_t binder,
                           std::vector<Stmt>& out) {
  const Scopes::Guard guard(scopes_);
  const SymbolId variable = binders_.open_binder(stmt.binders[binder]);
  if (!variable.valid()) {
    Symbol unusable;
    unusable.kind = Symbol::Kind::binder;
    unusable.name = stmt.binders[binder].name.text;
    unusable.span = stmt.binders[binder].name.span;
    unusable.used = true;
    scopes_.declare(std::move(unusable));
    // So are the other loop variables of the header, here and not by a call of each: there may be thousands
    // of them.
    (void)binders_.open_binders(stmt.binders, binder + 1);
    // The body is still looked at. What it covers is not known, so what is not whole yet leaves the account.
    std::vector<Stmt> dropped;
    coverage_.forget_incomplete();
    check_block(stmt.body, dropped);
    coverage_.close_covered();
    return;
  }
  scopes_.enter_loop(variable);
  Stmt checked;
  checked.order = scopes_.next_order();  // before its body: what stands in it comes after
  ForStmt loop;
  loop.binder = variable;
  const Span header{whole.span.begin, stmt.binders.back().span.end};
  loop.arrays = loop_arrays_.open_loop_arrays(stmt, variable, header);
  if (binder + 1 < stmt.binders.size())
    check_for(stmt, whole, binder + 1, loop.body);
  else
    check_block(stmt.body, loop.body);
  coverage_.close_covered();
  coverage_.close_loop_arrays(loop.arrays, variable, whole.span);
  scopes_.leave_loop();
  loop_arrays_.order_loop(loop, header);
  for (const Stmt& inner : loop.body)
    for (SymbolId symbol : inner.assigns)
      if (coverage_.find(symbol) &&
          std::find(checked.assigns.begin(), checked.assigns.end(), symbol) == checked.assigns.end())
        checked.assigns.push_back(symbol);
  checked.node = std::move(loop);
  out.push_back(std::move(checked));
}

void Statements::check_if(const ast::IfStmt& stmt, const ast::Stmt&, std::vector<Stmt>& out) {
  const TermId condition = inner_.check(*stmt.condition);
  const Term& found = term(condition);
  bool fine = !found.type.is_error();
  if (fine && (found.type.element != Element::boolean || !found.type.is_scalar())) {
    auto& diagnostic = report(Code::type_mismatch, found.span, {"a condition", found.type.text()});
    if (found.type.element == Element::integer)
      diagnostic.suggest("compare it: `" + text(found.span) + " == 1`");
    else if (found.type.element == Element::boolean)
      diagnostic.note("an `if` has one condition for all")
          .suggest("let the arguments differ by element: `normal(" + text(found.span) +
                   " ? a : b, s)`, or test `x[i]` in a loop over `i`");
    fine = false;
  } else if (fine && found.known >= Knowledge::unknown) {
    report(Code::stage_too_late, found.span,
           {"the condition of an `if`", text(found.span),
            found.known == Knowledge::unknown ? "an unknown" : "a prediction"})
        .suggest("write `" + text(found.span) + " ? a : b` where the values differ");
    fine = false;
  }
  Stmt result;
  result.order = scopes_.next_order();
  IfStmt checked;
  checked.condition = condition;
  // Each branch is compared with what every array is known to hold before it.
  const bool was_too_many = weighed_ > most_weighed;
  weighed_ += coverage_.all().size();
  if (weighed_ > most_weighed) {
    if (!was_too_many)
      report(Code::model_too_large, stmt.condition->span, {std::to_string(most_weighed)})
          .note("each `if` is weighed against every array that is filled element by element")
          .suggest("choose a value with `c ? a : b`, or write what repeats as a loop");
    return;
  }
  const auto before = coverage_.all();
  scopes_.enter_condition();
  const auto branch = [&](const std::vector<ast::Stmt>& body, std::vector<Stmt>& into) {
    const Scopes::Guard guard(scopes_);
    check_block(body, into);
    coverage_.close_covered();
  };
  branch(stmt.then_body, checked.then_body);
  const auto then_covered = coverage_.all();
  coverage_.restore(before);
  branch(stmt.else_body, checked.else_body);
  coverage_.merge_branches(before, then_covered, stmt.condition->span);
  coverage_.restore(then_covered);
  scopes_.leave_condition();
  for (const auto* body : {&checked.then_body, &checked.else_body})
    for (const Stmt& inner : *body)
      for (SymbolId symbol : inner.assigns)
        if (before.count(symbol) &&
            std::find(result.assigns.begin(), result.assigns.end(), symbol) == result.assigns.end())
          result.assigns.push_back(symbol);
  result.node = std::move(checked);
  if (fine) out.push_back(std::move(result));
}

}  // namespace elba::frontend
