// statements: blocks, loops, branches and definitions; declarations of unknowns and sites are in
// sites.cpp.
#include <algorithm>

#include "frontend/check/checker.h"

namespace elba::frontend {

namespace {

const std::vector<std::string> known_attributes = {"centered", "noncentered", "vip", "minibatch"};
const std::vector<std::string> later_attributes = {"marginalize", "reparam", "implicit", "score",
                                                   "loo",         "enum",    "concrete"};

constexpr std::size_t most_weighed = 1'000'000;  // arrays, for all branches together
constexpr int longest_definition_chain = 500;    // of definitions in a loop, each reading the one before

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

std::string Checker::check_attributes(const ast::Stmt& stmt) {
  std::string centering = "auto";
  bool on_latent = false, on_for = false;
  ast::match(
      stmt.node, [&](const ast::LatentStmt&) { on_latent = true; },
      [&](const ast::ForStmt&) { on_for = true; },
      ast::ignore<ast::DimStmt, ast::DataStmt, ast::ParamStmt, ast::LetStmt, ast::PredictStmt,
                  ast::FactorStmt, ast::AutoStmt, ast::IfStmt, ast::ReturnStmt, ast::AssignStmt,
                  ast::SampleStmt>);
  for (const auto& attribute : stmt.attributes) {
    const std::string& name = attribute.name.text;
    if (name == "centered" || name == "noncentered" || name == "vip") {
      if (on_latent) {
        if (centering != "auto" && centering != name)
          report(Code::attribute_misplaced, attribute.span, {name, "a latent that is `@" + centering + "`"});
        centering = name;
      } else {
        report(Code::attribute_misplaced, attribute.span, {name, "this statement"})
            .suggest("write it before a latent: `@" + name + " latent x ~ ..;`");
      }
    } else if (name == "minibatch") {
      if (on_for)
        report(Code::minibatch_not_supported, attribute.span)
            .suggest("leave it out to use all data in every step");
      else
        report(Code::attribute_misplaced, attribute.span, {name, "this statement"})
            .suggest("write it before a `for`");
    } else if (contains(later_attributes, name)) {
      report(Code::attribute_not_supported, attribute.span, {name})
          .suggest("leave it out; the estimator is chosen automatically");
    } else {
      auto names = known_attributes;
      auto& diagnostic = report(Code::unknown_attribute, attribute.span, {name});
      const std::string near = nearest_name(name, names);
      diagnostic.suggest(near.empty() ? "the attributes are @centered, @noncentered and @vip"
                                      : "did you mean `@" + near + "`?");
    }
  }
  return centering;
}

std::vector<Dim> Checker::loop_extents() const {
  std::vector<Dim> extents;
  for (SymbolId loop : loops_)
    extents.push_back(body_.symbol(loop).last - body_.symbol(loop).first + Dim(1));
  return extents;
}

void Checker::check_block(const std::vector<ast::Stmt>& stmts, std::vector<Stmt>& out) {
  for (const auto& stmt : stmts)
    check_statement(stmt, out);
}

void Checker::check_statement(const ast::Stmt& stmt, std::vector<Stmt>& out) {
  const std::string centering = check_attributes(stmt);
  const std::size_t before = out.size();
  const auto model_only = [&](const char* what) {
    if (kind_ == BodyKind::model) return true;
    report(Code::statement_in_function, stmt.span, {what})
        .note("a function computes a value: it has `let`, loops, `if` and `return`")
        .suggest("write it in the model, and give the function what it needs as arguments");
    return false;
  };
  const auto top_level = [&](const char* what) {
    if (loops_.empty() && conditions_ == 0) return true;
    report(Code::declaration_nested, stmt.span, {what}).suggest("declare it at the top of the model");
    return false;
  };
  ast::match(
      stmt.node,
      [&](const ast::DimStmt& s) {
        if (model_only("dim") && top_level("dim")) check_dim(s);
      },
      [&](const ast::DataStmt& s) {
        if (model_only("data") && top_level("data")) check_data(s);
      },
      [&](const ast::ParamStmt& s) {
        if (model_only("param") && top_level("param")) check_param(s, stmt, out);
      },
      [&](const ast::LatentStmt& s) {
        if (model_only("latent")) check_latent(s, stmt, centering, out);
      },
      [&](const ast::PredictStmt& s) {
        if (model_only("predict")) check_predict(s, stmt, out);
      },
      [&](const ast::FactorStmt& s) {
        if (model_only("factor")) check_factor(s, stmt, out);
      },
      [&](const ast::SampleStmt& s) {
        if (model_only("~")) check_site(s, stmt, out);
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
        check(*s.value);
        if (kind_ == BodyKind::model)
          report(Code::return_misplaced, stmt.span)
              .suggest("state what a model gives with `predict name = ..;`");
        else
          report(Code::return_misplaced, stmt.span)
              .note("a function has one `return`, as its last statement")
              .suggest("choose with `condition ? a : b`");
      });
  for (std::size_t i = before; i < out.size(); ++i) {
    out[i].span = stmt.span;
    note_completion(out[i]);
  }
}

TermId Checker::fit_type(TermId value, const ValueType& wanted, const std::string& what, Span declared) {
  const Term& found = term(value);
  if (found.type.is_error() || wanted.is_error()) return error_term(found.span);
  const bool promotes = wanted.element == Element::real && found.type.element == Element::integer;
  if (found.type.element != wanted.element && !promotes) {
    report(Code::type_mismatch, found.span, {"`" + what + ": " + wanted.text() + "`", found.type.text()})
        .label(declared, "declared here");
    return error_term(found.span);
  }
  if (found.type.shape != wanted.shape) {
    auto& diagnostic = report(Code::shape_mismatch, found.span,
                              {shape_text(wanted.shape), shape_text(found.type.shape), text(found.span)})
                           .label(declared, "declared here with shape " + shape_text(wanted.shape));
    if (found.type.is_scalar()) diagnostic.suggest("fill an array with `rep(value, n)`");
    return error_term(found.span);
  }
  return promotes ? to_real(value) : value;
}

void Checker::check_let(const ast::LetStmt& stmt, const ast::Stmt& whole, std::vector<Stmt>& out) {
  Symbol symbol;
  symbol.name = stmt.name.text;
  symbol.span = stmt.name.span;
  symbol.loops = loops_;
  for (SymbolId loop : loops_)
    symbol.levels |= body_.symbol(loop).levels;
  Stmt checked;
  checked.order = ++order_;
  if (stmt.value) {
    symbol.kind = Symbol::Kind::let_value;
    chain_ = 0;
    TermId value = check(*stmt.value);
    // At the top a value is computed where it is defined; in a loop, where it is read, through all that it
    // reads.
    symbol.chain = loops_.empty() && conditions_ == 0 ? 0 : chain_ + 1;
    if (symbol.chain > longest_definition_chain) {
      report(Code::nesting_too_deep, stmt.name.span, {std::to_string(longest_definition_chain)});
      value = error_term(stmt.name.span);
    }
    if (stmt.type) {
      const TypeInfo info = check_type(*stmt.type);
      if (event_rank(info.support) > 0)
        report(Code::constrained_let, stmt.type->span, {stmt.type->base.text})
            .suggest("write `real" + shape_text(info.type.shape) + "`");
      value = fit_type(value, info.type, stmt.name.text, stmt.type->span);
    }
    const Term& found = term(value);
    symbol.type = found.type;
    if (symbol.type.element == Element::key && kind_ == BodyKind::model) symbol.type.element = Element::error;
    symbol.known = found.known;
    symbol.levels = found.levels;
    symbol.lower = found.exact ? std::nullopt : found.lower;
    symbol.upper = found.exact ? std::nullopt : found.upper;
    symbol.exact = found.exact;  // a name for a size is as good as the size
    symbol.value = value;
    checked.node = LetStmt{declare(std::move(symbol))};
  } else if (!stmt.type) {
    report(Code::let_without_type, whole.span, {stmt.name.text})
        .suggest("write `let " + stmt.name.text + ": real[N];` and assign its elements, or `let " +
                 stmt.name.text + " = ..;`");
    declare(std::move(symbol));
    return;
  } else {
    symbol.kind = Symbol::Kind::let_array;
    const TypeInfo info = check_type(*stmt.type);
    if (event_rank(info.support) > 0)
      report(Code::constrained_let, stmt.type->span, {stmt.type->base.text})
          .suggest("write `real" + shape_text(info.type.shape) + "`");
    symbol.type = info.type;
    set_integer_bounds(info, symbol);
    const SymbolId id = declare(std::move(symbol));
    open_covered(id, false);
    checked.node = ArrayStmt{id};
  }
  out.push_back(std::move(checked));
}

void Checker::check_assign(const ast::AssignStmt& stmt, const ast::Stmt& whole, std::vector<Stmt>& out) {
  const TermId value = check(*stmt.value);
  const std::string& name = stmt.target.name.text;
  const SymbolId id = lookup(name);
  if (!id.valid()) {
    if (near_name(name).empty())
      unknown_names_.insert(name),
          report(Code::unknown_name, stmt.target.name.span, {name})
              .suggest(stmt.target.indices.empty() ? "define it with `let " + text(whole.span) + "`"
                                                   : "declare it first: `let " + name + ": real[N];`");
    else
      unknown_name(name, stmt.target.name.span);
    return;
  }
  const Symbol& symbol = body_.symbol(id);
  if (symbol.type.is_error()) return;
  if (symbol.kind != Symbol::Kind::let_array) {
    auto& diagnostic = report(Code::not_assignable, whole.span, {name});
    diagnostic.label(symbol.span, "`" + name + "` is declared here");
    if (symbol.kind == Symbol::Kind::let_value && mentions(*stmt.value, name))
      diagnostic.note("a name has one value, also in a loop; outside of one, give the new value another name")
          .suggest("write a total as `let " + name +
                   " = sum(..)`, and running values as a recurrence: `let " + name + ": real[T];`, `" + name +
                   "[1] = x[1];` and `" + name + "[t] = " + name + "[t-1] + x[t];` in `for t in 2:T`");
    else if (symbol.kind == Symbol::Kind::let_value)
      diagnostic.suggest("a name has one value; give the new one another name");
    else if (symbol.kind == Symbol::Kind::latent || symbol.kind == Symbol::Kind::data)
      diagnostic.suggest("relate it with `~`, or define a new name with `let`");
    return;
  }
  std::vector<const ast::Index*> indices;
  for (const auto& index : stmt.target.indices)
    indices.push_back(&index);
  auto target = check_indices(symbol.type, name, indices, stmt.target.span);
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
  cover(id, assign.target, stmt.target.span);
  if (type(value).is_error()) return;
  assign.value = fit_type(value, wanted, text(stmt.target.span), symbol.span);
  if (symbol.type.element == Element::integer && (symbol.lower || symbol.upper)) {
    const Term& found = term(assign.value);
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
  body_.symbols[id.index].known = std::max(symbol.known, term(assign.value).known);
  Stmt checked;
  checked.order = ++order_;
  checked.assigns = {id};
  checked.node = std::move(assign);
  out.push_back(std::move(checked));
}

void Checker::check_factor(const ast::FactorStmt& stmt, const ast::Stmt&, std::vector<Stmt>& out) {
  const TermId value = check(*stmt.value);
  if (!need_number(value)) return;
  if (term(value).known == Knowledge::drawn) {
    report(Code::prediction_in_model, term(value).span, {text(term(value).span)});
    return;
  }
  Stmt checked;
  checked.order = ++order_;
  checked.node = FactorStmt{to_real(value)};
  out.push_back(std::move(checked));
}

void Checker::check_for(const ast::ForStmt& stmt, const ast::Stmt& whole, std::size_t binder,
                        std::vector<Stmt>& out) {
  ScopeGuard guard(*this);
  const SymbolId variable = open_binder(stmt.binders[binder]);
  if (!variable.valid()) {
    Symbol unusable;
    unusable.kind = Symbol::Kind::binder;
    unusable.name = stmt.binders[binder].name.text;
    unusable.span = stmt.binders[binder].name.span;
    unusable.used = true;
    declare(std::move(unusable));
    // So are the other loop variables of the header, here and not by a call of each: there may be thousands
    // of them.
    (void)open_binders(stmt.binders, binder + 1);
    // The body is still looked at. What it covers is not known, so what is not whole yet leaves the account.
    std::vector<Stmt> dropped;
    std::erase_if(covered_, [](const auto& entry) { return !entry.second.views.front().complete; });
    check_block(stmt.body, dropped);
    close_covered();
    return;
  }
  loops_.push_back(variable);
  Stmt checked;
  checked.order = ++order_;  // before its body: what stands in it comes after
  ForStmt loop;
  loop.binder = variable;
  const Span header{whole.span.begin, stmt.binders.back().span.end};
  loop.arrays = open_loop_arrays(stmt, variable, header);
  if (binder + 1 < stmt.binders.size())
    check_for(stmt, whole, binder + 1, loop.body);
  else
    check_block(stmt.body, loop.body);
  close_covered();
  close_loop_arrays(loop.arrays, variable, whole.span);
  loops_.pop_back();
  order_loop(loop, header);
  for (const Stmt& inner : loop.body)
    for (SymbolId symbol : inner.assigns)
      if (covered_.count(symbol) &&
          std::find(checked.assigns.begin(), checked.assigns.end(), symbol) == checked.assigns.end())
        checked.assigns.push_back(symbol);
  checked.node = std::move(loop);
  out.push_back(std::move(checked));
}

// A loop body may declare plate-local latents and assign arrays. Latents are made for all iterations at once:
// before the arrays, or after them when latents read arrays. When each reads the other, the latents come
// first without the priors that read arrays, which are stated once the arrays are there.
bool Checker::order_loop(ForStmt& loop, Span span) {
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
            bounds_read_arrays = bounds_read_arrays || reads_any(latent.lower, arrays) ||
                                 reads_any(latent.upper, arrays);
            bool reads = false;
            if (latent.dist)
              for (TermId arg : latent.dist->args)
                reads = reads || reads_any(arg, arrays);
            if (reads) loop.late_priors.push_back(latent.symbol);
            latents_read_arrays = latents_read_arrays || reads || bounds_read_arrays;
          },
          [&](const AssignStmt& assign) {
            arrays_read_latents = arrays_read_latents || reads_any(assign.value, latents);
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

void Checker::check_if(const ast::IfStmt& stmt, const ast::Stmt&, std::vector<Stmt>& out) {
  const TermId condition = check(*stmt.condition);
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
  result.order = ++order_;
  IfStmt checked;
  checked.condition = condition;
  // Each branch is compared with what every array is known to hold before it.
  const bool was_too_many = weighed_ > most_weighed;
  weighed_ += covered_.size();
  if (weighed_ > most_weighed) {
    if (!was_too_many)
      report(Code::model_too_large, stmt.condition->span, {std::to_string(most_weighed)})
          .note("each `if` is weighed against every array that is filled element by element")
          .suggest("choose a value with `c ? a : b`, or write what repeats as a loop");
    return;
  }
  const auto before = covered_;
  ++conditions_;
  const auto branch = [&](const std::vector<ast::Stmt>& body, std::vector<Stmt>& into) {
    ScopeGuard guard(*this);
    check_block(body, into);
    close_covered();
  };
  branch(stmt.then_body, checked.then_body);
  const auto then_covered = covered_;
  covered_ = before;
  branch(stmt.else_body, checked.else_body);
  merge_branches(before, then_covered, stmt.condition->span);
  covered_ = then_covered;
  --conditions_;
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
