// sites: the declarations of a model (data, param, latent, predict; dims are in sizes.cpp) and its
// `~` statements.
//
//     latent x ~ d;   latent x[S] ~ d;   latent x: T ~ d;   latent x: T;  x[..] ~ d;
//
// The shape is stated, or the batch of the distribution with its event behind; inside a loop the loop's
// extents stand in front of it.
#include "frontend/check/sites.h"

#include <algorithm>

namespace elba::frontend {

void Sites::check_data(const ast::DataStmt& stmt) {
  TypeInfo info = types_.check_type(stmt.type);
  if (info.optional)
    report(Code::missing_data_not_supported, stmt.type.span, {stmt.name.text})
        .suggest("drop the incomplete rows, or declare the missing values as a `latent`");
  if (info.type.element == Element::boolean) {
    report(Code::type_mismatch, stmt.type.span, {"data of type real or int", "bool"})
        .suggest("declare `" + stmt.name.text + ": int<0, 1>`, and compare it where a condition is needed");
    info.type.element = Element::error;
  }
  Signature::DataField field;
  if (info.ok) {
    for (const auto& [bound, slot, name] :
         {std::tuple(info.lower, &field.lower, "lower"), std::tuple(info.upper, &field.upper, "upper")}) {
      *slot = bounds_.bound_of(bound);
      // An array of bounds, one for each element: a data field of the same shape.
      if (bound.valid() && term(bound).kind == TermKind::symbol &&
          body_.symbol(term(bound).symbol).kind == Symbol::Kind::data)
        *slot = body_.symbol(term(bound).symbol).name;
      if (bound.valid() && std::holds_alternative<std::monostate>(*slot))
        report(Code::data_bound, term(bound).span, {stmt.name.text, name})
            .note("bounds of data are checked before anything is computed")
            .suggest(std::string("give the bound as data: `data limit: real;` and `") + name + "=limit`");
    }
  }
  Symbol symbol;
  symbol.kind = Symbol::Kind::data;
  symbol.name = stmt.name.text;
  symbol.span = stmt.name.span;
  symbol.type = info.type;
  symbol.known = Knowledge::data;
  bounds_.set_integer_bounds(info, symbol);
  symbol.is_simplex = info.support == Support::simplex;
  if (info.ok && !info.type.is_error() && context_.signature && !scopes_.lookup(symbol.name).valid()) {
    field.name = symbol.name;
    field.type = info.type.ir_type();
    if (event_rank(info.support) > 0) field.support = info.support;
    field.optional = info.optional;
    field.declared = text(stmt.type.span);
    field.span = symbol.span;
    context_.signature->data.push_back(std::move(field));
  }
  scopes_.declare(std::move(symbol));
}

std::optional<ValueType> Sites::latent_shape(DistTerm& dist, const std::vector<Dim>& prefix, bool has_prefix,
                                             const std::string& name, Span span) {
  for (const Dim& extent : dist.event) {
    const auto open = extent.as_symbol();
    if (!open || open->front() != '?') continue;
    report(Code::size_missing, span, {name})
        .note("the arguments of `" + dist.dist->name + "` do not say how large it is")
        .suggest("declare the type: `" + name + ": " + dist.dist->support_text() + "`");
    return std::nullopt;
  }
  ValueType value{dist.element, dist.batch};
  if (has_prefix && !dist.batch.empty() && prefix != dist.batch) {
    auto& diagnostic = report(Code::site_shape, span,
                              {name, shape_text(prefix), dist.dist->name, shape_text(dist.batch)});
    for (std::size_t i = 0; i < dist.args.size(); ++i)
      if (type(dist.args[i]).rank() > dist.dist->params[i].type.rank())
        diagnostic.label(term(dist.args[i]).span, "has shape " + shape_text(type(dist.args[i]).shape));
    return std::nullopt;
  }
  if (has_prefix) value.shape = prefix;
  value.shape.insert(value.shape.end(), dist.event.begin(), dist.event.end());
  return value;
}

// Latents stand outside of conditions and of loops whose length depends on data.
void Sites::check_latent_place(const std::string& name, Span span) {
  for (SymbolId loop : scopes_.loops()) {
    if (!scopes_.is_ragged(loop)) continue;
    report(Code::ragged_unknown, span, {name, body_.symbol(loop).name})
        .suggest("declare it outside, for every element that is needed: `latent " + name + "[N] ~ ..;`");
    break;
  }
  if (scopes_.conditions() > 0)
    report(Code::declaration_nested, span, {"latent"})
        .note("the unknowns of a model do not depend on a condition");
}

// The type of a latent: declared, or of the distribution, or real with the stated shape; false after a
// report.
bool Sites::type_latent(const ast::LatentStmt& stmt, LatentParts& parts, bool fine, Symbol& symbol) {
  const std::string& name = stmt.name.text;
  auto& [declared, dist, prefix, prefix_fine] = parts;
  if (declared && declared->optional)
    report(Code::bounds_not_allowed, stmt.type->span, {"a latent with `?`"})
        .note("`?` belongs to data: a latent has no missing values");
  if (declared && declared->type.element == Element::boolean) {
    report(Code::type_mismatch, stmt.type->span, {"real or int", "bool"})
        .suggest("declare `" + name + ": int<0, 1>`");
    fine = false;
  }
  if (declared && declared->ok) {
    symbol.type = declared->type;
    if (dist && fine)
      fine = distributions_.fit_value(*dist, declared->type, name, dist->span, stmt.name.span);
  } else if (dist && prefix_fine && !declared) {
    if (const auto value = latent_shape(*dist, prefix, !stmt.shape.empty(), name, stmt.name.span))
      symbol.type = *value;
    else
      fine = false;
  } else if (!stmt.distribution && !declared) {
    symbol.type = {Element::real, prefix};
  }
  if (!prefix_fine) symbol.type.element = Element::error;
  return fine;
}

void Sites::refuse_discrete(const ast::LatentStmt& stmt, const LatentParts& parts, Symbol& symbol) {
  const std::string& name = stmt.name.text;
  const auto& [declared, dist, prefix, prefix_fine] = parts;
  symbol.is_discrete = true;
  report(Code::discrete_latent_not_supported, stmt.name.span, {name})
      .suggest("sum it out by hand: `factor log_sum_exp(..);` over its values");
  if (declared) bounds_.set_integer_bounds(*declared, symbol);
  if (!declared && dist) {
    const auto as_dim = [](const ir::Bound& bound) -> std::optional<Dim> {
      if (const auto* number = std::get_if<double>(&bound)) return Dim(static_cast<std::int64_t>(*number));
      return std::nullopt;
    };
    symbol.lower = as_dim(dist->dist->lower);
    symbol.upper = as_dim(dist->dist->upper);
  }
}

bool Sites::bound_latent(const ast::LatentStmt& stmt, const LatentParts& parts, LatentStmt& latent) {
  const auto& [declared, dist, prefix, prefix_fine] = parts;
  latent.support = declared ? declared->support : Support::real;
  latent.lower = declared && declared->lower.valid() ? to_real(declared->lower) : TermId{};
  latent.upper = declared && declared->upper.valid() ? to_real(declared->upper) : TermId{};
  for (TermId bound : {latent.lower, latent.upper})
    if (bound.valid() && term(bound).known == Knowledge::drawn)
      report(Code::prediction_in_model, term(bound).span, {text(term(bound).span)});
  const bool fine = !dist ||
                    supports_.fit_support(declared ? &*declared : nullptr, *dist, stmt.name.text,
                                          stmt.name.span, latent.support, latent.lower, latent.upper);
  if (dist)
    for (TermId arg : dist->args)
      if (term(arg).known == Knowledge::drawn)
        report(Code::prediction_in_model, term(arg).span, {text(term(arg).span)});
  return fine;
}

void Sites::check_latent(const ast::LatentStmt& stmt, const ast::Stmt& whole, const std::string& centering,
                         std::vector<Stmt>& out) {
  const std::string& name = stmt.name.text;
  check_latent_place(name, whole.span);
  LatentParts parts;
  auto& [declared, dist, prefix, prefix_fine] = parts;
  if (stmt.type) declared = types_.check_type(*stmt.type);
  prefix_fine = types_.check_shape(stmt.shape, prefix);
  names_.set_declaring(name);
  if (stmt.distribution) dist = inner_.check_distribution(*stmt.distribution);
  names_.set_declaring({});

  Symbol symbol;
  symbol.kind = Symbol::Kind::latent;
  symbol.name = name;
  symbol.span = stmt.name.span;
  symbol.known = Knowledge::unknown;
  symbol.loops = scopes_.loops();
  for (SymbolId loop : scopes_.loops())
    symbol.levels |= body_.symbol(loop).levels;
  LatentStmt latent;
  latent.centering = centering;
  bool fine = prefix_fine && (!stmt.distribution || dist.has_value()) && (!declared || declared->ok);

  fine = type_latent(stmt, parts, fine, symbol);
  if (symbol.type.element == Element::integer) {
    refuse_discrete(stmt, parts, symbol);
    fine = false;
  }
  if (fine) {
    fine = bound_latent(stmt, parts, latent);
    symbol.is_simplex = latent.support == Support::simplex;
    if (fine) supports_.add_unknown(symbol, latent.support, latent.lower, latent.upper, false);
  }
  const bool has_prior = stmt.distribution != nullptr;
  TypeInfo info;
  if (declared) info = *declared;
  info.type = symbol.type;
  if (info.span == Span{}) info.span = stmt.name.span;
  const SymbolId id = scopes_.declare(std::move(symbol));
  supports_.note_type(id, info);
  if (has_prior)
    priors_[id] = whole.span;
  else
    coverage_.open_covered(id, true);
  if (!fine) return;
  latent.symbol = id;
  latent.dist = std::move(dist);
  Stmt checked;
  checked.order = scopes_.next_order();
  checked.node = std::move(latent);
  out.push_back(std::move(checked));
}

bool Sites::need_sampler(const DistTerm& dist) {
  if (dist.dist->member("sample")) return true;
  report(Code::no_member, dist.span, {dist.dist->name, "sample"}).note("values cannot be drawn from it");
  return false;
}

void Sites::check_param(const ast::ParamStmt& stmt, const ast::Stmt&, std::vector<Stmt>& out) {
  const TypeInfo info = types_.check_type(stmt.type);
  ParamStmt param;
  bool fine = info.ok;
  if (fine && info.type.element != Element::real) {
    report(Code::type_mismatch, stmt.type.span, {"a real type for a param", info.type.text()});
    fine = false;
  }
  if (stmt.init) {
    // A start is a value or a distribution to draw it from.
    if (distributions_.is_distribution(without_parentheses(*stmt.init))) {
      auto dist = inner_.check_distribution(*stmt.init);
      fine = fine && dist &&
             distributions_.fit_value(*dist, info.type, stmt.name.text, dist->span, stmt.name.span);
      if (fine) fine = need_sampler(*dist);
      if (fine) param.init_dist = std::move(dist);
    } else {
      param.init = inner_.check(*stmt.init);
      fine = fine && need_number(param.init);
      if (fine) {
        param.init = to_real(param.init);
        if (!type(param.init).is_scalar())
          param.init = terms_.fit_type(param.init, info.type, stmt.name.text, stmt.type.span);
        fine = !type(param.init).is_error();
      }
    }
  }
  Symbol symbol;
  symbol.kind = Symbol::Kind::param;
  symbol.name = stmt.name.text;
  symbol.span = stmt.name.span;
  symbol.type = info.type;
  symbol.known = Knowledge::unknown;
  symbol.is_simplex = info.support == Support::simplex;
  param.support = info.support;
  param.lower = info.lower.valid() && fine ? to_real(info.lower) : TermId{};
  param.upper = info.upper.valid() && fine ? to_real(info.upper) : TermId{};
  if (fine) supports_.add_unknown(symbol, param.support, param.lower, param.upper, true);
  param.symbol = scopes_.declare(std::move(symbol));
  if (!fine) return;
  Stmt checked;
  checked.order = scopes_.next_order();
  checked.node = std::move(param);
  out.push_back(std::move(checked));
}

// `predict x ~ d;`: false after a report.
bool Sites::predict_draw(const ast::PredictStmt& stmt, const std::optional<TypeInfo>& declared,
                         const std::vector<Dim>& prefix, bool fine, Symbol& symbol, PredictStmt& predict) {
  const std::string& name = stmt.name.text;
  const bool has_shape = declared || !stmt.shape.empty();
  auto dist = inner_.check_distribution(*stmt.distribution);
  fine = fine && dist.has_value();
  if (fine && declared)
    fine = distributions_.fit_value(*dist, declared->type, name, dist->span, stmt.name.span);
  if (fine && declared) symbol.type = declared->type;
  if (fine && !declared) {
    const auto value = latent_shape(*dist, prefix, has_shape, name, stmt.name.span);
    fine = value.has_value();
    if (fine) symbol.type = *value;
  }
  if (fine) fine = need_sampler(*dist);
  if (fine) predict.dist = std::move(dist);
  return fine;
}

// `predict x = e;`
bool Sites::predict_value(const ast::PredictStmt& stmt, const std::optional<TypeInfo>& declared,
                          const std::vector<Dim>& prefix, bool fine, Symbol& symbol, PredictStmt& predict) {
  const std::string& name = stmt.name.text;
  const bool has_shape = declared || !stmt.shape.empty();
  predict.value = inner_.check(*stmt.value);
  fine = fine && !type(predict.value).is_error();
  if (fine) {
    ValueType wanted = declared ? declared->type
                                : ValueType{type(predict.value).element,
                                            has_shape ? prefix : type(predict.value).shape};
    if (has_shape) predict.value = terms_.fit_type(predict.value, wanted, name, stmt.name.span);
    if (type(predict.value).element == Element::boolean) {
      report(Code::type_mismatch, term(predict.value).span, {"a number", "bool"})
          .suggest("write `" + text(term(predict.value).span) + " ? 1 : 0`");
      fine = false;
    }
    symbol.type = type(predict.value);
    fine = fine && !symbol.type.is_error();
    symbol.lower = term(predict.value).lower;
    symbol.upper = term(predict.value).upper;
  }
  return fine;
}

void Sites::check_predict(const ast::PredictStmt& stmt, const ast::Stmt& whole, std::vector<Stmt>& out) {
  const std::string& name = stmt.name.text;
  if (scopes_.conditions() > 0) report(Code::declaration_nested, whole.span, {"predict"});
  std::optional<TypeInfo> declared;
  if (stmt.type) declared = types_.check_type(*stmt.type);
  std::vector<Dim> prefix;
  bool fine = types_.check_shape(stmt.shape, prefix) && (!declared || declared->ok);
  PredictStmt predict;
  Symbol symbol;
  symbol.kind = Symbol::Kind::predict;
  symbol.name = name;
  symbol.span = stmt.name.span;
  symbol.known = Knowledge::drawn;
  symbol.loops = scopes_.loops();
  symbol.used = true;
  for (SymbolId loop : scopes_.loops())
    symbol.levels |= body_.symbol(loop).levels;
  fine = stmt.distribution ? predict_draw(stmt, declared, prefix, fine, symbol, predict)
                           : predict_value(stmt, declared, prefix, fine, symbol, predict);
  if (fine && context_.signature) {
    ValueType full = symbol.type;
    const auto extents = scopes_.loop_extents();
    full.shape.insert(full.shape.begin(), extents.begin(), extents.end());
    context_.signature->predictions.push_back({name, full.ir_type(), stmt.name.span});
  }
  predict.symbol = scopes_.declare(std::move(symbol));
  if (!fine) return;
  Stmt checked;
  checked.order = scopes_.next_order();
  checked.node = std::move(predict);
  out.push_back(std::move(checked));
}

}  // namespace elba::frontend
