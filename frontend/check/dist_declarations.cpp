// dist_declarations: declared distributions and their members.
//
//     dist normal(mu: real, sigma: real<lower=0>): real { logpdf(x) = ..; }   ->   function normal.logpdf(x, mu, sigma)
//
// A member's first formal has the type that its name implies; the distribution's parameters follow. `logpmf`
// is `logpdf`. `kl(mu2, sigma2)` names a second set of parameters, which follows the first: normal_kl(mu,
// sigma, mu2, sigma2) is the divergence of the second from the first.
#include <algorithm>

#include "frontend/check/checker.h"

namespace elba::frontend {

namespace {

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

void Checker::check_member(const ast::DistMember& member, const std::vector<TypedFormal>& formals,
                           const std::vector<std::string>& dims, Element result_element,
                           const std::vector<Dim>& result_shape, CheckedFunc& out) {
  out.ok = true;
  for (const auto& formal : formals)
    collect_dims(formal.type.shape, dims, out.dims);
  for (const auto& dim : dims)
    if (std::find(out.dims.begin(), out.dims.end(), dim) == out.dims.end()) names_.note_absent(dim);
  for (const auto& dim : out.dims) {
    Symbol symbol;
    symbol.kind = Symbol::Kind::dim;
    symbol.name = dim;
    symbol.span = member.name.span;
    symbol.type.element = Element::integer;
    symbol.exact = Dim::symbol(dim);
    symbol.used = true;
    scopes_.declare(std::move(symbol));
  }
  for (const auto& formal : formals)
    out.formals.push_back(declare_formal(formal));
  const ValueType wanted{result_element, result_shape};
  finish_function(member.body, member.value.get(), &wanted, member.name.span, out);
}

// The parameters: their types, which members get in front of what they take themselves.
std::vector<Checker::TypedFormal> Checker::check_parameters(const ast::DistDecl& decl, CheckedDist& out) {
  std::vector<TypedFormal> params;
  for (const auto& formal : decl.formals) {
    const TypeInfo info = types_.check_type(formal.type, true);
    out.ok = out.ok && info.ok;
    CheckedDist::Parameter param{formal.name.text, info.type, bounds_.bound_of(info.lower),
                                 bounds_.bound_of(info.upper), formal.name.span};
    TypedFormal typed{formal.name.text, info.type, std::nullopt, std::nullopt, formal.name.span};
    if (info.type.element == Element::integer && info.lower.valid()) typed.lower = term(info.lower).exact;
    if (info.type.element == Element::integer && info.upper.valid()) typed.upper = term(info.upper).exact;
    declare_formal(typed);
    out.params.push_back(std::move(param));
    params.push_back(std::move(typed));
  }
  return params;
}

// The support, and one value as a member takes it.
Checker::TypedFormal Checker::check_dist_support(const ast::DistDecl& decl, CheckedDist& out) {
  const TypeInfo support = types_.check_type(decl.support, true);
  out.ok = out.ok && support.ok;
  out.element = support.type.element == Element::integer ? Element::integer : Element::real;
  out.event = support.type.shape;
  out.support = support.support;
  out.lower = bounds_.bound_of(support.lower);
  out.upper = bounds_.bound_of(support.upper);
  for (const auto& [bound, slot] :
       {std::pair(support.lower, &out.lower), std::pair(support.upper, &out.upper)})
    if (bound.valid() && std::holds_alternative<std::monostate>(*slot)) {
      report(Code::data_bound, term(bound).span, {out.name, "support"})
          .note("a bound of a support is a number, a dim or a parameter");
      out.ok = false;
    }
  TypedFormal value{"", {out.element, out.event}, std::nullopt, std::nullopt, {}};
  if (out.element == Element::integer && support.lower.valid()) value.lower = term(support.lower).exact;
  if (out.element == Element::integer && support.upper.valid()) value.upper = term(support.upper).exact;
  return value;
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

void Checker::unknown_member(const ast::Name& name, const CheckedDist& out) {
  std::vector<std::string> names(std::begin(properties), std::end(properties));
  for (const auto& known : member_rows)
    names.emplace_back(known.name);
  auto& diagnostic = report(Code::bad_member, name.span, {name.text, out.name});
  const std::string near = nearest_name(name.text, names);
  diagnostic.suggest(near.empty() ? "members are logpdf, sample, cdf, log_cdf, log_ccdf, quantile, mean, "
                                    "variance, mode, entropy, kl, location_scale, gaussian, "
                                    "density_form, may_be_infinite and periodic"
                                  : "did you mean `" + near + "`?");
}

// A sampler's noise: standard normals, uniforms or a key; false after a report.
bool Checker::check_noise(const ast::DistMember& member, CheckedDist& out, TypedFormal& first,
                          std::vector<std::string>& dims) {
  const ast::Formal& formal = member.formals[0];
  const std::string& noise = formal.type.base.text;
  if (noise != "normal" && noise != "uniform" && noise != "key") {
    report(Code::bad_member, member.name.span, {member.name.text, out.name})
        .suggest("write `sample(z: normal)`, `sample(u: uniform)` or `sample(k: key)`");
    out.ok = false;
    return false;
  }
  out.noise = noise;
  first = {"",
           {noise == "key" ? Element::key : Element::real, noise == "key" ? std::vector<Dim>{} : out.event},
           std::nullopt,
           std::nullopt,
           {}};
  if (!formal.type.shape.empty()) {
    first.type.shape.clear();
    if (!types_.check_shape(formal.type.shape, first.type.shape, true)) return false;
    dims = types_.own_dims();
  }
  return true;
}

// What a member takes in front of the parameters, or behind them; nothing after a report.
std::optional<std::vector<Checker::TypedFormal>> Checker::member_formals(
    const ast::DistMember& member, Takes takes, const std::vector<TypedFormal>& params,
    const TypedFormal& value, CheckedDist& out, std::vector<std::string>& dims) {
  std::vector<TypedFormal> formals;
  if (takes == Takes::parameters) {
    formals = params;
    for (std::size_t i = 0; i < params.size(); ++i) {
      TypedFormal other = params[i];
      other.name = member.formals[i].name.text;
      other.span = member.formals[i].name.span;
      formals.push_back(std::move(other));
    }
    return formals;
  }
  if (!member.formals.empty()) {
    const ast::Formal& formal = member.formals[0];
    TypedFormal first = value;
    if (takes == Takes::probability) first = {"", {Element::real, {}}, std::nullopt, std::nullopt, {}};
    if (takes == Takes::noise && !check_noise(member, out, first, dims)) return std::nullopt;
    first.name = formal.name.text;
    first.span = formal.name.span;
    formals.push_back(std::move(first));
  }
  formals.insert(formals.end(), params.begin(), params.end());
  return formals;
}

// One member as a function; false after a report.
void Checker::check_dist_member(const ast::DistMember& member, const std::vector<TypedFormal>& params,
                                const TypedFormal& value, CheckedDist& out,
                                std::vector<std::unique_ptr<CheckedFunc>>& members) {
  const std::string& name = member.name.text;
  const auto* row = std::find_if(std::begin(member_rows), std::end(member_rows),
                                 [&](const MemberRow& r) { return r.name == name; });
  if (row == std::end(member_rows)) {
    unknown_member(member.name, out);
    out.ok = false;
    return;
  }
  if (out.member(row->ir_name)) {
    report(Code::redeclared_name, member.name.span, {name});
    return;
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
    return;
  }
  std::vector<std::string> dims = types_.own_dims();
  const auto formals = member_formals(member, row->takes, params, value, out, dims);
  if (!formals) return;
  // A draw has the size of the value that it is for, also where no parameter says it (lkj_chol).
  std::vector<std::string> open_dims;
  if (row->takes == Takes::noise) collect_dims(out.event, dims, open_dims);
  auto func = std::make_unique<CheckedFunc>();
  func->name = out.name + "_" + std::string(row->ir_name);
  func->ir_name = out.ir_name + "." + std::string(row->ir_name);
  func->foreign = !file_.is_model;
  const bool draws = row->takes == Takes::noise || row->takes == Takes::probability;
  Checker inner(env_, file_, func->body, BodyKind::function);
  func->dims = std::move(open_dims);
  inner.check_member(member, *formals, dims, draws ? out.element : Element::real,
                     row->gives_value ? out.event : std::vector<Dim>{}, *func);
  out.ok = out.ok && func->ok;
  out.members.emplace_back(std::string(row->ir_name), func.get());
  members.push_back(std::move(func));
}

void Checker::check_dist(const ast::DistDecl& decl, CheckedDist& out,
                         std::vector<std::unique_ptr<CheckedFunc>>& members) {
  out.name = decl.name.text;
  if (out.ir_name.empty()) out.ir_name = decl.name.text;
  out.ok = true;
  const std::vector<TypedFormal> params = check_parameters(decl, out);
  const TypedFormal value = check_dist_support(decl, out);
  if (!out.ok) return;
  for (const auto& member : decl.members)
    if (!check_property(member, out)) check_dist_member(member, params, value, out, members);
  if (!out.member("logpdf") && out.ok) {
    report(Code::no_density, decl.name.span, {out.name}).suggest("write `logpdf(x) = ..;`");
    out.ok = false;
  }
  out.dims = types_.own_dims();
}

}  // namespace elba::frontend
