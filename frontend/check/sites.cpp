// sites: the declarations of a model (data, param, latent, predict; dims are in sizes.cpp) and its
// `~` statements.
//
//     latent x ~ d;   latent x[S] ~ d;   latent x: T ~ d;   latent x: T;  x[..] ~ d;
//
// The shape is stated, or the batch of the distribution with its event behind; inside a loop the loop's
// extents stand in front of it.
#include <algorithm>

#include "frontend/check/checker.h"

namespace elba::frontend {

void Checker::check_data(const ast::DataStmt& stmt) {
  TypeInfo info = check_type(stmt.type);
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
      *slot = bound_of(bound);
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
  set_integer_bounds(info, symbol);
  symbol.is_simplex = info.support == Support::simplex;
  if (info.ok && !info.type.is_error() && signature_ && !lookup(symbol.name).valid()) {
    field.name = symbol.name;
    field.type = info.type.ir_type();
    if (event_rank(info.support) > 0) field.support = info.support;
    field.optional = info.optional;
    field.declared = text(stmt.type.span);
    field.span = symbol.span;
    signature_->data.push_back(std::move(field));
  }
  declare(std::move(symbol));
}

std::optional<ValueType> Checker::latent_shape(DistTerm& dist, const std::vector<Dim>& prefix,
                                               bool has_prefix, const std::string& name, Span span) {
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

void Checker::check_latent(const ast::LatentStmt& stmt, const ast::Stmt& whole, const std::string& centering,
                           std::vector<Stmt>& out) {
  const std::string& name = stmt.name.text;
  for (SymbolId loop : loops_) {
    if (!is_ragged(loop)) continue;
    report(Code::ragged_unknown, whole.span, {name, body_.symbol(loop).name})
        .suggest("declare it outside, for every element that is needed: `latent " + name + "[N] ~ ..;`");
    break;
  }
  if (conditions_ > 0)
    report(Code::declaration_nested, whole.span, {"latent"})
        .note("the unknowns of a model do not depend on a condition");
  std::optional<TypeInfo> declared;
  if (stmt.type) declared = check_type(*stmt.type);
  std::vector<Dim> prefix;
  const bool prefix_fine = check_shape(stmt.shape, prefix);
  std::optional<DistTerm> dist;
  declaring_ = name;
  if (stmt.distribution) dist = check_distribution(*stmt.distribution);
  declaring_.clear();

  Symbol symbol;
  symbol.kind = Symbol::Kind::latent;
  symbol.name = name;
  symbol.span = stmt.name.span;
  symbol.known = Knowledge::unknown;
  symbol.loops = loops_;
  for (SymbolId loop : loops_)
    symbol.levels |= body_.symbol(loop).levels;
  LatentStmt latent;
  latent.centering = centering;
  bool fine = prefix_fine && (!stmt.distribution || dist.has_value()) && (!declared || declared->ok);

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
    if (dist && fine) fine = fit_value(*dist, declared->type, name, dist->span, stmt.name.span);
  } else if (dist && prefix_fine && !declared) {
    if (const auto value = latent_shape(*dist, prefix, !stmt.shape.empty(), name, stmt.name.span))
      symbol.type = *value;
    else
      fine = false;
  } else if (!stmt.distribution && !declared) {
    symbol.type = {Element::real, prefix};
  }
  if (!prefix_fine) symbol.type.element = Element::error;
  if (symbol.type.element == Element::integer) {
    symbol.is_discrete = true;
    report(Code::discrete_latent_not_supported, stmt.name.span, {name})
        .suggest("sum it out by hand: `factor log_sum_exp(..);` over its values");
    if (declared) set_integer_bounds(*declared, symbol);
    if (!declared && dist) {
      const auto as_dim = [](const ir::Bound& bound) -> std::optional<Dim> {
        if (const auto* number = std::get_if<double>(&bound)) return Dim(static_cast<std::int64_t>(*number));
        return std::nullopt;
      };
      symbol.lower = as_dim(dist->dist->lower);
      symbol.upper = as_dim(dist->dist->upper);
    }
    fine = false;
  }
  if (fine) {
    latent.support = declared ? declared->support : Support::real;
    latent.lower = declared && declared->lower.valid() ? to_real(declared->lower) : TermId{};
    latent.upper = declared && declared->upper.valid() ? to_real(declared->upper) : TermId{};
    for (TermId bound : {latent.lower, latent.upper})
      if (bound.valid() && term(bound).known == Knowledge::drawn)
        report(Code::prediction_in_model, term(bound).span, {text(term(bound).span)});
    if (dist)
      fine = fit_support(declared ? &*declared : nullptr, *dist, name, stmt.name.span, latent.support,
                         latent.lower, latent.upper);
    if (dist)
      for (TermId arg : dist->args)
        if (term(arg).known == Knowledge::drawn)
          report(Code::prediction_in_model, term(arg).span, {text(term(arg).span)});
    symbol.is_simplex = latent.support == Support::simplex;
    if (fine) add_unknown(symbol, latent.support, latent.lower, latent.upper, false);
  }
  const bool has_prior = stmt.distribution != nullptr;
  TypeInfo info;
  if (declared) info = *declared;
  info.type = symbol.type;
  if (info.span == Span{}) info.span = stmt.name.span;
  const SymbolId id = declare(std::move(symbol));
  latent_types_[id] = info;
  if (has_prior)
    priors_[id] = whole.span;
  else
    open_covered(id, true);
  if (!fine) return;
  latent.symbol = id;
  latent.dist = std::move(dist);
  Stmt checked;
  checked.order = ++order_;
  checked.node = std::move(latent);
  out.push_back(std::move(checked));
}

bool Checker::need_sampler(const DistTerm& dist) {
  if (dist.dist->member("sample")) return true;
  report(Code::no_member, dist.span, {dist.dist->name, "sample"}).note("values cannot be drawn from it");
  return false;
}

void Checker::check_param(const ast::ParamStmt& stmt, const ast::Stmt&, std::vector<Stmt>& out) {
  const TypeInfo info = check_type(stmt.type);
  ParamStmt param;
  bool fine = info.ok;
  if (fine && info.type.element != Element::real) {
    report(Code::type_mismatch, stmt.type.span, {"a real type for a param", info.type.text()});
    fine = false;
  }
  if (stmt.init) {
    // A start is a value or a distribution to draw it from.
    if (is_distribution(without_parentheses(*stmt.init))) {
      auto dist = check_distribution(*stmt.init);
      fine = fine && dist && fit_value(*dist, info.type, stmt.name.text, dist->span, stmt.name.span);
      if (fine) fine = need_sampler(*dist);
      if (fine) param.init_dist = std::move(dist);
    } else {
      param.init = check(*stmt.init);
      fine = fine && need_number(param.init);
      if (fine) {
        param.init = to_real(param.init);
        if (!type(param.init).is_scalar())
          param.init = fit_type(param.init, info.type, stmt.name.text, stmt.type.span);
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
  if (fine) add_unknown(symbol, param.support, param.lower, param.upper, true);
  param.symbol = declare(std::move(symbol));
  if (!fine) return;
  Stmt checked;
  checked.order = ++order_;
  checked.node = std::move(param);
  out.push_back(std::move(checked));
}

void Checker::check_predict(const ast::PredictStmt& stmt, const ast::Stmt& whole, std::vector<Stmt>& out) {
  const std::string& name = stmt.name.text;
  if (conditions_ > 0) report(Code::declaration_nested, whole.span, {"predict"});
  std::optional<TypeInfo> declared;
  if (stmt.type) declared = check_type(*stmt.type);
  std::vector<Dim> prefix;
  bool fine = check_shape(stmt.shape, prefix) && (!declared || declared->ok);
  PredictStmt predict;
  Symbol symbol;
  symbol.kind = Symbol::Kind::predict;
  symbol.name = name;
  symbol.span = stmt.name.span;
  symbol.known = Knowledge::drawn;
  symbol.loops = loops_;
  symbol.used = true;
  for (SymbolId loop : loops_)
    symbol.levels |= body_.symbol(loop).levels;
  const bool has_shape = declared || !stmt.shape.empty();
  if (stmt.distribution) {
    auto dist = check_distribution(*stmt.distribution);
    fine = fine && dist.has_value();
    if (fine && declared) fine = fit_value(*dist, declared->type, name, dist->span, stmt.name.span);
    if (fine && declared) symbol.type = declared->type;
    if (fine && !declared) {
      const auto value = latent_shape(*dist, prefix, has_shape, name, stmt.name.span);
      fine = value.has_value();
      if (fine) symbol.type = *value;
    }
    if (fine) fine = need_sampler(*dist);
    if (fine) predict.dist = std::move(dist);
  } else {
    predict.value = check(*stmt.value);
    fine = fine && !type(predict.value).is_error();
    if (fine) {
      ValueType wanted = declared ? declared->type
                                  : ValueType{type(predict.value).element,
                                              has_shape ? prefix : type(predict.value).shape};
      if (has_shape) predict.value = fit_type(predict.value, wanted, name, stmt.name.span);
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
  }
  if (fine && signature_) {
    ValueType full = symbol.type;
    const auto extents = loop_extents();
    full.shape.insert(full.shape.begin(), extents.begin(), extents.end());
    signature_->predictions.push_back({name, full.ir_type(), stmt.name.span});
  }
  predict.symbol = declare(std::move(symbol));
  if (!fine) return;
  Stmt checked;
  checked.order = ++order_;
  checked.node = std::move(predict);
  out.push_back(std::move(checked));
}

void Checker::check_site(const ast::SampleStmt& stmt, const ast::Stmt& whole, std::vector<Stmt>& out) {
  auto dist = check_distribution(*stmt.distribution);
  const std::string& name = stmt.target.name.text;
  const SymbolId id = lookup(name);
  if (!id.valid()) {
    unknown_name(name, stmt.target.name.span);
    return;
  }
  body_.symbols[id.index].used = true;
  const Symbol& symbol = body_.symbol(id);
  if (symbol.type.is_error()) {
    covered_.erase(id);
    return;
  }
  const bool is_latent = symbol.kind == Symbol::Kind::latent;
  if (!is_latent && !is_observable(symbol)) return refuse_site(symbol, whole.span);
  if (is_latent && priors_.count(id)) {
    report(Code::element_covered_twice, whole.span, {name, "`~`"})
        .label(priors_[id], "the first is in its declaration")
        .suggest("keep one of them");
    return;
  }
  std::vector<const ast::Index*> indices;
  for (const auto& index : stmt.target.indices)
    indices.push_back(&index);
  auto target = check_indices(symbol.type, name, indices, stmt.target.span);
  if (!target) {
    if (is_latent) covered_.erase(id);
    return;
  }
  if (target->empty() && symbol.kind == Symbol::Kind::let_array &&
      !check_array_read(id, {}, stmt.target.span))
    return;
  if (!is_latent && symbol.kind != Symbol::Kind::data) observed_lets_.emplace_back(id, whole.span);
  if (is_latent)
    cover(id, *target, whole.span);
  else if (dist)
    check_observation(id, *target, *dist, stmt.target.span);
  if (!dist) return;
  for (TermId arg : dist->args)
    if (term(arg).known == Knowledge::drawn)
      report(Code::prediction_in_model, term(arg).span, {text(term(arg).span)});
  SiteStmt site;
  site.symbol = id;
  site.target = target->empty() ? symbol_term(id, stmt.target.span)
                                : index_term(id, {}, std::move(*target), stmt.target.span);
  if (!fit_value(*dist, type(site.target), text(stmt.target.span), stmt.target.span, symbol.span)) return;
  if (is_latent && !symbol.is_discrete && !fit_elements(id, body_.term(site.target).indices, *dist)) return;
  if (dist->element == Element::real) site.target = to_real(site.target);
  site.dist = std::move(*dist);
  Stmt checked;
  checked.order = ++order_;
  if (is_latent) checked.assigns = {id};
  checked.node = std::move(site);
  out.push_back(std::move(checked));
}

void Checker::check_observation(SymbolId id, const std::vector<IndexTerm>& target, const DistTerm& dist,
                                Span span) {
  const Symbol& symbol = body_.symbol(id);
  const CheckedDist& law = *dist.dist;
  const auto law_bound = [&](const ir::Bound& bound) -> std::optional<Dim> {
    if (const auto* number = std::get_if<double>(&bound)) return Dim(static_cast<std::int64_t>(*number));
    if (const auto* dim = std::get_if<Dim>(&bound)) {
      // The dims of the distribution, by the argument that holds them.
      std::vector<ir::Type> formals, actuals;
      for (std::size_t i = 0; i < dist.args.size(); ++i) {
        formals.push_back(law.params[i].type.ir_type());
        const auto& shape = type(dist.args[i]).shape;
        actuals.push_back(ValueType{
            law.params[i].type.element,
            {shape.end() - law.params[i].type.rank(),
             shape.end()}}.ir_type());
      }
      std::map<std::string, Dim> bound_dims;
      if (ir::match_dims(law.dims, formals, actuals, bound_dims)) return dim->substitute(bound_dims);
    }
    return std::nullopt;
  };
  if (law.element == Element::integer && symbol.type.element == Element::integer) {
    const auto low = law_bound(law.lower), high = law_bound(law.upper);
    const bool indexes = std::holds_alternative<Dim>(law.upper);
    const auto least = symbol.exact ? symbol.exact : symbol.lower,
               most = symbol.exact ? symbol.exact : symbol.upper;
    const bool low_fits = !low || (least && at_least_zero(*least - *low) == Truth::yes);
    const bool high_fits = !high || (most && at_least_zero(*high - *most) == Truth::yes);
    const bool is_data = symbol.kind == Symbol::Kind::data;
    const std::string range = (low ? user_text(*low) : "") + ":" + (high ? user_text(*high) : "");
    if (indexes && low && high && (!low_fits || !high_fits)) {
      report(Code::value_not_proved, span, {text(span), range, law.name})
          .label(symbol.span, "`" + symbol.name + "` is declared here")
          .suggest("declare `" + std::string(is_data ? "data " : "let ") + symbol.name + ": int<" +
                   user_text(*low) + ", " + user_text(*high) + ">" +
                   (symbol.type.is_scalar() ? "" : shape_text(symbol.type.shape)) +
                   (is_data ? "`"
                            : ";` and assign its elements, from data whose bounds show that they lie there"));
    } else if (!indexes) {
      const bool below = low && least && at_least_zero(*low - *least - Dim(1)) == Truth::yes;
      const bool above = high && most && at_least_zero(*most - *high - Dim(1)) == Truth::yes;
      if (below || above) {
        auto& diagnostic = report(
                               Code::data_outside_support, span,
                               {symbol.name, user_text(below ? *least : *most), law.name, law.support_text()})
                               .label(symbol.span, "`" + symbol.name + "` is declared here");
        if (is_data)
          diagnostic.suggest("declare `" + symbol.name + ": " + law.support_text() +
                             (symbol.type.is_scalar() ? "" : shape_text(symbol.type.shape)) +
                             "`, so that the data are checked");
      }
    }
  }
  if (conditions_ > 0 || in_ragged_loop()) return;
  Box box;
  for (const auto& index : known_index(target, symbol.type.shape)) {
    const auto first = index ? extreme(index->first, body_.ranges, false) : std::nullopt,
               last = index ? extreme(index->last, body_.ranges, true) : std::nullopt;
    if (!first || !last) return;
    box.push_back({*first, *last, false});
  }
  for (const Observed& earlier : observed_) {
    if (!(earlier.symbol == id) || !overlap(earlier.box, box, body_.ranges.facts)) continue;
    report(Code::observed_twice, span, {symbol.name})
        .label(earlier.span, "the first is here")
        .suggest("leave one of the two out, unless the data shall count twice");
    break;
  }
  observed_.push_back({id, std::move(box), span});
}

}  // namespace elba::frontend
