// declarations: whole bodies: models, functions, and the members of distributions.
//
//     dist normal(mu: real, sigma: real<lower=0>): real { logpdf(x) = ..; }   ->   function normal.logpdf(x, mu, sigma)
//
// A member's first formal has the type that its name implies; the distribution's parameters follow. `logpmf`
// is `logpdf`. `kl(mu2, sigma2)` names a second set of parameters, which follows the first: normal_kl(mu,
// sigma, mu2, sigma2) is the divergence of the second from the first.
#include <algorithm>
#include <tuple>

#include "frontend/check/checker.h"

namespace elba::frontend {

namespace {

constexpr int deepest_calls = 100;

enum class Takes { nothing, value, probability, noise, parameters };
struct MemberRow {
  std::string_view name, ir_name;
  Takes takes;
  bool gives_value;  // of the support's shape; else a scalar real
};
constexpr MemberRow member_rows[] = {
    {"logpdf", "logpdf", Takes::value, false},     {"logpmf", "logpdf", Takes::value, false},
    {"cdf", "cdf", Takes::value, false},           {"quantile", "quantile", Takes::probability, true},
    {"sample", "sample", Takes::noise, true},      {"entropy", "entropy", Takes::nothing, false},
    {"mean", "mean", Takes::nothing, true},        {"variance", "variance", Takes::nothing, true},
    {"mode", "mode", Takes::nothing, true},        {"log_cdf", "log_cdf", Takes::value, false},
    {"log_ccdf", "log_ccdf", Takes::value, false}, {"kl", "kl", Takes::parameters, false},
};

constexpr std::string_view properties[] = {"location_scale", "periodic", "gaussian", "density_form",
                                           "may_be_infinite"};
constexpr std::string_view density_forms[] = {"constant", "gamma", "beta"};  // as DensityForm after `other`

void collect_dims(const std::vector<Dim>& shape, const std::vector<std::string>& own,
                  std::vector<std::string>& out) {
  for (const Dim& extent : shape)
    for (const auto& symbol : extent.symbols())
      if (std::find(own.begin(), own.end(), symbol) != own.end() &&
          std::find(out.begin(), out.end(), symbol) == out.end())
        out.push_back(symbol);
}

}  // namespace

// For names that are read above their declaration.
void Checker::note_declared(const ast::Stmt& stmt) {
  const auto note = [&](const ast::Name& name) { declared_below_.emplace(name.text, name.span); };
  if (const auto* dims = std::get_if<ast::DimStmt>(&stmt.node))
    for (const ast::DimDef& dim : dims->dims)
      note(dim.name);
  if (const auto* data = std::get_if<ast::DataStmt>(&stmt.node)) note(data->name);
  if (const auto* param = std::get_if<ast::ParamStmt>(&stmt.node)) note(param->name);
  if (const auto* latent = std::get_if<ast::LatentStmt>(&stmt.node)) note(latent->name);
  if (const auto* let = std::get_if<ast::LetStmt>(&stmt.node)) note(let->name);
  if (const auto* predict = std::get_if<ast::PredictStmt>(&stmt.node)) note(predict->name);
}

void Checker::check_model(const ast::ModelDecl& model, CheckedModel& out, Signature& signature) {
  out.name = model.name.text;
  signature.model = model.name.text;
  model_ = &out;
  signature_ = &signature;
  for (const ast::Stmt& stmt : model.body)
    note_declared(stmt);
  check_block(model.body, body_.statements);
  close_covered();
  finish_elements(body_.statements);
  check_observed_lets(out);
  warn_unused();
  for (const auto& requirement : requirements_)
    signature.requirements.push_back({requirement.value, requirement.reason, requirement.span});
}

SymbolId Checker::declare_formal(const TypedFormal& formal) {
  Symbol symbol;
  symbol.kind = Symbol::Kind::formal;
  symbol.name = formal.name;
  symbol.span = formal.span;
  symbol.type = formal.type;
  symbol.known = Knowledge::data;
  symbol.lower = formal.lower;
  symbol.upper = formal.upper;
  symbol.used = true;
  return declare(std::move(symbol));
}

void Checker::finish_function(const std::vector<ast::Stmt>& stmts, const ast::Expr* value,
                              const ValueType* declared, Span declared_span, CheckedFunc& out) {
  TermId result;
  if (value) {
    result = check(*value);
  } else {
    std::size_t count = stmts.size();
    const ast::ReturnStmt* end = stmts.empty() ? nullptr : std::get_if<ast::ReturnStmt>(&stmts.back().node);
    if (end) --count;
    for (std::size_t i = 0; i < count; ++i)
      check_statement(stmts[i], body_.statements);
    if (end) {
      result = check(*end->value);
    } else {
      report(Code::return_missing, declared_span, {out.name})
          .suggest("its last statement is `return value;`");
      result = error_term(declared_span);
    }
  }
  close_covered();
  if (declared && !declared->is_error() && !type(result).is_error())
    result = fit_type(result, *declared, out.name, declared_span);
  out.result = result;
  out.type = type(result);
  out.data_only = data_only_;
  if (!out.type.is_error() && out.type.element == Element::integer) {
    const Term& found = term(result);
    out.lower = found.exact ? extreme(*found.exact, body_.ranges, false) : found.lower;
    out.upper = found.exact ? extreme(*found.exact, body_.ranges, true) : found.upper;
  }
  out.requirements = std::move(requirements_);
  out.depth = call_depth_ + 1;
  if (out.depth > deepest_calls) {
    report(Code::nesting_too_deep, declared_span, {std::to_string(deepest_calls)});
    out.ok = false;
  }
  out.ok = out.ok && !out.type.is_error();
}

// A size is a dim of the function that a call states: fun linspace(a: real, b: real, n: int): real[n].
SymbolId Checker::declare_size(const ast::Formal& formal) {
  const TypeInfo info = check_type(formal.type);
  const Dim value = Dim::symbol(formal.name.text);
  for (const auto& [bound, slack, word] :
       {std::tuple(info.lower, 1, " at least "), std::tuple(info.upper, -1, " at most ")})
    if (bound.valid() && term(bound).exact)
      require(Dim(slack) * (value - *term(bound).exact), formal.type.span,
              "`" + formal.name.text + "` is" + word + user_text(*term(bound).exact));
  Symbol symbol;
  symbol.kind = Symbol::Kind::dim;
  symbol.name = formal.name.text;
  symbol.span = formal.name.span;
  symbol.type.element = Element::integer;
  symbol.exact = value;
  symbol.used = true;
  return declare(std::move(symbol));
}

void Checker::check_function(const ast::FunDecl& fun, const std::set<std::string>& size_names,
                             CheckedFunc& out) {
  out.name = fun.name.text;
  out.ok = true;
  std::map<const ast::Formal*, SymbolId> sizes;
  for (const auto& formal : fun.formals)
    if (size_names.contains(formal.name.text)) sizes[&formal] = declare_size(formal);
  for (const auto& formal : fun.formals) {
    if (const auto size = sizes.find(&formal); size != sizes.end()) {
      out.formals.push_back(size->second);
      continue;
    }
    const TypeInfo info = check_type(formal.type, true);
    if (info.optional)
      report(Code::bounds_not_allowed, formal.type.span, {"an argument with `?`"})
          .note("`?` belongs to data: values have been filled in when a function sees them");
    TypedFormal typed{formal.name.text, info.type, std::nullopt, std::nullopt, formal.name.span};
    if (info.type.element == Element::integer && info.lower.valid()) typed.lower = term(info.lower).exact;
    if (info.type.element == Element::integer && info.upper.valid()) typed.upper = term(info.upper).exact;
    out.ok = out.ok && info.ok;
    out.formals.push_back(declare_formal(typed));
  }
  // A dim inside of a polynomial must stand alone somewhere, or matching could not find it.
  out.dims = own_dims_;
  for (const auto& [formal, size] : sizes)
    out.dims.push_back(formal->name.text);
  for (const auto& dim : own_dims_) {
    const bool alone = std::any_of(out.formals.begin(), out.formals.end(), [&](SymbolId formal) {
      const auto& shape = body_.symbol(formal).type.shape;
      return std::any_of(shape.begin(), shape.end(), [&](const Dim& extent) {
        const auto terms = extent.terms();
        return terms.size() == 1 && terms[0].coefficient == 1 &&
               terms[0].symbols == std::vector<std::string>{dim};
      });
    });
    if (alone) continue;
    Span where = fun.name.span;
    for (std::size_t i = fun.formals.size(); i-- > 0;)
      for (const Dim& extent : body_.symbol(out.formals[i]).type.shape)
        if (const auto symbols = extent.symbols();
            std::find(symbols.begin(), symbols.end(), dim) != symbols.end())
          where = fun.formals[i].type.span;
    report(Code::dim_not_determined, where, {dim, out.name})
        .note("a dim is read off an argument that has it as a size of its own")
        .suggest("declare an argument with the size `" + dim + "` alone, such as `x: real[" + dim + "]`");
    out.ok = false;
  }
  std::optional<TypeInfo> declared;
  if (fun.result) declared = check_type(*fun.result);
  const bool had_type = declared.has_value();
  if (had_type) out.ok = out.ok && declared->ok;
  finish_function(fun.body, fun.value.get(), had_type ? &declared->type : nullptr,
                  had_type ? fun.result->span : fun.name.span, out);
}

void Checker::check_member(const ast::DistMember& member, const std::vector<TypedFormal>& formals,
                           const std::vector<std::string>& dims, Element result_element,
                           const std::vector<Dim>& result_shape, CheckedFunc& out) {
  out.ok = true;
  for (const auto& formal : formals)
    collect_dims(formal.type.shape, dims, out.dims);
  for (const auto& dim : dims)
    if (std::find(out.dims.begin(), out.dims.end(), dim) == out.dims.end()) absent_dims_.push_back(dim);
  for (const auto& dim : out.dims) {
    Symbol symbol;
    symbol.kind = Symbol::Kind::dim;
    symbol.name = dim;
    symbol.span = member.name.span;
    symbol.type.element = Element::integer;
    symbol.exact = Dim::symbol(dim);
    symbol.used = true;
    declare(std::move(symbol));
  }
  for (const auto& formal : formals)
    out.formals.push_back(declare_formal(formal));
  const ValueType wanted{result_element, result_shape};
  finish_function(member.body, member.value.get(), &wanted, member.name.span, out);
}

// What is stated of a distribution as a whole, for passes and advice. False: not a property.
bool Checker::check_property(const ast::DistMember& member, CheckedDist& out) {
  const std::string& name = member.name.text;
  const auto refuse = [&](const char* note) {
    report(Code::bad_member, member.name.span, {name, out.name}).note(note);
  };
  const auto formal = [&](std::size_t k) { return member.formals[k].name.text; };
  const auto is_param = [&](const ast::Formal& given) {
    return std::any_of(out.params.begin(), out.params.end(),
                       [&](const auto& param) { return param.name == given.name.text; });
  };
  if (name == "location_scale") {
    out.location_scale = out.params.size() >= 2 &&
                         (member.formals.empty() ||
                          (member.formals.size() == 2 && formal(0) == out.params[0].name &&
                           formal(1) == out.params[1].name));
    if (!out.location_scale) refuse("location and scale are the first two parameters");
  } else if (name == "periodic") {
    out.periodic = std::holds_alternative<double>(out.lower) && std::holds_alternative<double>(out.upper);
    if (!out.periodic) refuse("the period lies between two ends that are numbers");
  } else if (name == "gaussian") {
    const auto* form = member.formals.size() == 1 ? ir::find_gaussian_form(formal(0)) : nullptr;
    if (form == nullptr || form->params != out.params.size() || form->event_rank != out.event.size())
      refuse(
          "forms are elementwise, covariance, cholesky, random_walk and autoregression, each of a "
          "distribution "
          "with its own parameters");
    else
      out.gaussian = form->form;
  } else if (name == "density_form") {
    const auto* form = member.formals.size() == 1
                           ? std::find(std::begin(density_forms), std::end(density_forms), formal(0))
                           : std::end(density_forms);
    if (form == std::end(density_forms))
      refuse("forms are constant, gamma and beta");
    else
      out.density_form = static_cast<DensityForm>(form - std::begin(density_forms) + 1);
  } else if (name == "may_be_infinite") {
    if (member.formals.empty() || !std::all_of(member.formals.begin(), member.formals.end(), is_param))
      return refuse("it lists parameters of the distribution"), true;
    for (const ast::Formal& one : member.formals)
      out.may_be_infinite.push_back(one.name.text);
  } else {
    return false;
  }
  return true;
}

void Checker::check_dist(const ast::DistDecl& decl, CheckedDist& out,
                         std::vector<std::unique_ptr<CheckedFunc>>& members) {
  out.name = decl.name.text;
  if (out.ir_name.empty()) out.ir_name = decl.name.text;
  out.ok = true;
  std::vector<TypedFormal> params;
  for (const auto& formal : decl.formals) {
    const TypeInfo info = check_type(formal.type, true);
    out.ok = out.ok && info.ok;
    CheckedDist::Parameter param{formal.name.text, info.type, bound_of(info.lower), bound_of(info.upper),
                                 formal.name.span};
    TypedFormal typed{formal.name.text, info.type, std::nullopt, std::nullopt, formal.name.span};
    if (info.type.element == Element::integer && info.lower.valid()) typed.lower = term(info.lower).exact;
    if (info.type.element == Element::integer && info.upper.valid()) typed.upper = term(info.upper).exact;
    declare_formal(typed);
    out.params.push_back(std::move(param));
    params.push_back(std::move(typed));
  }
  const TypeInfo support = check_type(decl.support, true);
  out.ok = out.ok && support.ok;
  out.element = support.type.element == Element::integer ? Element::integer : Element::real;
  out.event = support.type.shape;
  out.support = support.support;
  out.lower = bound_of(support.lower);
  out.upper = bound_of(support.upper);
  for (const auto& [bound, slot] :
       {std::pair(support.lower, &out.lower), std::pair(support.upper, &out.upper)})
    if (bound.valid() && std::holds_alternative<std::monostate>(*slot)) {
      report(Code::data_bound, term(bound).span, {out.name, "support"})
          .note("a bound of a support is a number, a dim or a parameter");
      out.ok = false;
    }
  if (!out.ok) return;

  TypedFormal value{"", {out.element, out.event}, std::nullopt, std::nullopt, {}};
  if (out.element == Element::integer && support.lower.valid()) value.lower = term(support.lower).exact;
  if (out.element == Element::integer && support.upper.valid()) value.upper = term(support.upper).exact;
  for (const auto& member : decl.members) {
    const std::string& name = member.name.text;
    if (check_property(member, out)) continue;
    const auto* row = std::find_if(std::begin(member_rows), std::end(member_rows),
                                   [&](const MemberRow& r) { return r.name == name; });
    if (row == std::end(member_rows)) {
      std::vector<std::string> names(std::begin(properties), std::end(properties));
      for (const auto& known : member_rows)
        names.emplace_back(known.name);
      auto& diagnostic = report(Code::bad_member, member.name.span, {name, out.name});
      const std::string near = nearest_name(name, names);
      diagnostic.suggest(near.empty() ? "members are logpdf, sample, cdf, log_cdf, log_ccdf, quantile, mean, "
                                        "variance, mode, entropy, kl, location_scale, gaussian, "
                                        "density_form, may_be_infinite and periodic"
                                      : "did you mean `" + near + "`?");
      out.ok = false;
      continue;
    }
    if (out.member(row->ir_name)) {
      report(Code::redeclared_name, member.name.span, {name});
      continue;
    }
    const std::size_t wanted = row->takes == Takes::nothing      ? 0
                               : row->takes == Takes::parameters ? params.size()
                                                                 : 1;
    if (member.formals.size() != wanted) {
      const std::string count = wanted == 0
                                    ? "no arguments"
                                    : std::to_string(wanted) + (wanted == 1 ? " argument" : " arguments");
      report(Code::argument_count, member.name.span, {name, count, std::to_string(member.formals.size())});
      out.ok = false;
      continue;
    }
    std::vector<TypedFormal> formals;
    std::vector<std::string> dims = own_dims_;
    if (row->takes == Takes::parameters) {
      formals = params;
      for (std::size_t i = 0; i < wanted; ++i) {
        TypedFormal other = params[i];
        other.name = member.formals[i].name.text;
        other.span = member.formals[i].name.span;
        formals.push_back(std::move(other));
      }
    } else if (wanted == 1) {
      const ast::Formal& formal = member.formals[0];
      TypedFormal first = value;
      if (row->takes == Takes::probability) first = {"", {Element::real, {}}, std::nullopt, std::nullopt, {}};
      if (row->takes == Takes::noise) {
        const std::string& noise = formal.type.base.text;
        if (noise != "normal" && noise != "uniform" && noise != "key") {
          report(Code::bad_member, member.name.span, {name, out.name})
              .suggest("write `sample(z: normal)`, `sample(u: uniform)` or `sample(k: key)`");
          out.ok = false;
          continue;
        }
        out.noise = noise;
        first = {
            "",
            {noise == "key" ? Element::key : Element::real, noise == "key" ? std::vector<Dim>{} : out.event},
            std::nullopt,
            std::nullopt,
            {}};
        if (!formal.type.shape.empty()) {
          first.type.shape.clear();
          if (!check_shape(formal.type.shape, first.type.shape, true)) continue;
          dims = own_dims_;
        }
      }
      first.name = formal.name.text;
      first.span = formal.name.span;
      formals.push_back(std::move(first));
    }
    // A draw has the size of the value that it is for, also where no parameter says it (lkj_chol).
    std::vector<std::string> open_dims;
    if (row->takes == Takes::noise) collect_dims(out.event, dims, open_dims);
    if (row->takes != Takes::parameters) formals.insert(formals.end(), params.begin(), params.end());
    auto func = std::make_unique<CheckedFunc>();
    func->name = out.name + "_" + std::string(row->ir_name);
    func->ir_name = out.ir_name + "." + std::string(row->ir_name);
    func->foreign = !file_.is_model;
    const bool draws = row->takes == Takes::noise || row->takes == Takes::probability;
    Checker inner(env_, file_, func->body, BodyKind::function);
    func->dims = std::move(open_dims);
    inner.check_member(member, formals, dims, draws ? out.element : Element::real,
                       row->gives_value ? out.event : std::vector<Dim>{}, *func);
    out.ok = out.ok && func->ok;
    out.members.emplace_back(std::string(row->ir_name), func.get());
    members.push_back(std::move(func));
  }
  if (!out.member("logpdf") && out.ok) {
    report(Code::no_density, decl.name.span, {out.name}).suggest("write `logpdf(x) = ..;`");
    out.ok = false;
  }
  out.dims = own_dims_;
}

}  // namespace elba::frontend
