#include "passes/density/sites.h"

#include "ir/library.h"
#include "ir/text.h"
#include "passes/rewrite/defect.h"

namespace elba::passes {

using namespace ir;

namespace {

void substitute_region(Region& region, const std::map<std::string, Dim>& dims) {
  for (Op& op : region.ops) {
    for (Dim& dim : op.dims)
      dim = dim.substitute(dims);
    for (Region& inner : op.regions)
      substitute_region(inner, dims);
  }
}

// The function with some of its own dims fixed, for those that its arguments do not determine.
Func with_dims(Func func, const std::map<std::string, Dim>& dims) {
  for (ValueInfo& value : func.values)
    value.type = value.type.substitute(dims);
  substitute_region(func.body, dims);
  std::erase_if(func.dims, [&](const std::string& name) { return dims.contains(name); });
  return func;
}

// n (n - 1) / 2: a number, or a derived dim of the module, declared at its first use.
Dim pairs_dim(Module& module, const Dim& n) {
  if (n.is_constant()) return Dim(n.constant() * (n.constant() - 1) / 2);
  for (const DimDecl& dim : module.dims)
    if (dim.pairs_of && *dim.pairs_of == n) return Dim::symbol(dim.name);
  const auto is_taken = [&](const std::string& name) {
    for (const DimDecl& dim : module.dims)
      if (dim.name == name) return true;
    return false;
  };
  const std::string stem = n.as_symbol().value_or("n") + "_pairs";
  std::string name = stem;
  for (int i = 2; is_taken(name); ++i)
    name = stem + "_" + std::to_string(i);
  module.dims.push_back({name, std::nullopt, n});
  return Dim::symbol(name);
}

// Applies `func` to each event of `x` (rank `event_rank`), reading bounds that vary along; results are
// combined.
ValueId map_events(Builder& b, const Func& func, ValueId x, int event_rank, std::span<const ValueId> bounds,
                   Combiner combiner) {
  const Type type = b.type(x);
  std::vector<ValueId> reals;
  for (ValueId bound : bounds)
    reals.push_back(b.type(bound).scalar == Scalar::f64 ? bound : b.emit(Opcode::to_real, {bound}));
  std::vector<ValueId> arguments{x};
  if (type.rank() == event_rank) {
    arguments.insert(arguments.end(), reals.begin(), reals.end());
    return b.inline_call(func, arguments).at(0);
  }
  const auto iterators = b.open_nest({type.shape.begin(), type.shape.end() - event_rank});
  arguments[0] = b.read(x, iterators);
  for (ValueId bound : reals)
    arguments.push_back(b.type(bound).is_scalar() ? bound : b.read(bound, iterators));
  const ValueId result = b.inline_call(func, arguments).at(0);
  return b.close_nest({{combiner, {result}}}).at(0);
}

}  // namespace

const Module& Transforms::library(const std::string& support) {
  const auto it = libraries_.find(support);
  if (it != libraries_.end()) return it->second;
  auto parsed = parse_module(Source(support + ".ir", std::string(transform_source(support))));
  if (!parsed)
    pass_defect("no transform for the support `" + support + "`" +
                (parsed.diagnostics().empty() ? "" : ": " + parsed.diagnostics()[0].message));
  return libraries_.emplace(support, std::move(*parsed)).first->second;
}

std::size_t Transforms::bound_count(const std::string& support) {
  return library(support).find(support + ".forward")->params.size() - 1;
}

// The dims of the transform (K; M derived from it) for a value of the given type.
std::map<std::string, Dim> Transforms::event_dims(const std::string& support, const Type& type) {
  const Module& text = library(support);
  const Func& transform = *text.find(support + ".forward");
  const Type formal = transform.result_types().at(0);
  if (formal.rank() > type.rank())
    pass_defect("a value of type " + type.text() + " cannot have the support `" + support + "`");
  const Type event = Type::real({type.shape.end() - formal.rank(), type.shape.end()});
  std::map<std::string, Dim> bound;
  if (!match_dims(transform.dims, {formal}, {event}, bound))
    pass_defect("a value of type " + type.text() + " cannot have the support `" + support + "`");
  for (const DimDecl& dim : text.dims)
    if (dim.pairs_of) bound[dim.name] = pairs_dim(module_, dim.pairs_of->substitute(bound));
  return bound;
}

std::vector<Dim> Transforms::free_shape(const std::string& support, const Type& type) {
  const Func& transform = *library(support).find(support + ".forward");
  const Type formal = transform.type(transform.params[0].value);
  if (formal.is_scalar()) return type.shape;
  std::vector<Dim> shape(type.shape.begin(), type.shape.end() - transform.result_types().at(0).rank());
  for (const Dim& dim : formal.substitute(event_dims(support, type)).shape)
    shape.push_back(dim);
  return shape;
}

Func Transforms::instance(const Site& site, const char* member) {
  return with_dims(*library(site.support).find(site.support + "." + member),
                   event_dims(site.support, site.type));
}

ValueId Transforms::forward(Builder& b, const Site& site, ValueId u, std::span<const ValueId> bounds) {
  if (site.support == "real") return u;
  const Func func = instance(site, "forward");
  return map_events(b, func, u, func.type(func.params[0].value).rank(), bounds, Combiner::stack);
}

ValueId Transforms::inverse(Builder& b, const Site& site, ValueId x, std::span<const ValueId> bounds) {
  if (site.support == "real") return x;
  const Func func = instance(site, "inverse");
  return map_events(b, func, x, func.type(func.params[0].value).rank(), bounds, Combiner::stack);
}

ValueId Transforms::log_jacobian(Builder& b, const Site& site, ValueId u, std::span<const ValueId> bounds) {
  if (site.support == "real") return {};
  const Func func = instance(site, "log_jacobian");
  return map_events(b, func, u, func.type(func.params[0].value).rank(), bounds, Combiner::sum);
}

std::vector<Site> find_sites(const Func& model, Transforms& transforms) {
  std::vector<Site> sites;
  Dim offset(0);
  for (std::size_t i = 0; i < model.body.ops.size(); ++i) {
    const Op& op = model.body.ops[i];
    if (op.code != Opcode::latent && op.code != Opcode::param) continue;
    Site site;
    site.op = i;
    site.name = op.attr_string("site");
    site.support = op.attr_string("support");
    site.is_param = op.code == Opcode::param;
    site.value = op.results.at(0);
    site.type = model.type(site.value);
    site.free_shape = transforms.free_shape(site.support, site.type);
    site.offset = offset;
    site.size = Type::real(site.free_shape).element_count();
    offset = offset + site.size;
    std::size_t at = 0;
    if (!site.is_param && op.attr_int("prior") == 1) site.prior = op.operands.at(at++);
    for (std::size_t k = transforms.bound_count(site.support); k > 0; --k)
      site.bounds.push_back(op.operands.at(at++));
    if (site.is_param && op.attr_int("has_init") == 1) site.init = op.operands.at(at++);
    sites.push_back(std::move(site));
  }
  return sites;
}

Dim total_size(const std::vector<Site>& sites) {
  return sites.empty() ? Dim(0) : sites.back().offset + sites.back().size;
}

namespace {

void mark_operands(const Op& op, std::vector<bool>& wanted, std::size_t but_last = 0) {
  for (std::size_t k = 0; k + but_last < op.operands.size(); ++k)
    wanted[op.operands[k].index] = true;
  for (const Region& region : op.regions)
    for (const Op& inner : region.ops)
      mark_operands(inner, wanted);
}

}  // namespace

std::vector<bool> needed_ops(const Func& func, std::span<const ValueId> roots,
                             const std::vector<bool>& kept) {
  std::vector<bool> wanted(func.values.size()), needed(func.body.ops.size());
  for (ValueId value : roots)
    wanted[value.index] = true;
  for (std::size_t i = func.body.ops.size(); i-- > 0;) {
    const Op& op = func.body.ops[i];
    bool is_needed = i < kept.size() && kept[i];
    for (ValueId value : op.results)
      is_needed = is_needed || wanted[value.index];
    if (!is_needed) continue;
    needed[i] = true;
    mark_operands(op, wanted, op.code == Opcode::param && op.attr_int("has_init") == 1 ? 1 : 0);
  }
  return needed;
}

void copy_data_params(const Func& model, Builder& b, Builder::ValueMap& map) {
  for (const Param& param : model.params) {
    if (param.role == Role::key) continue;
    map[param.value] = b.add_param(param.name, model.type(param.value), param.role);
    b.func().params.back().lower = param.lower;
    b.func().params.back().upper = param.upper;
  }
}

void copy_key_param(const Func& model, Builder& b, Builder::ValueMap& map) {
  for (const Param& param : model.params) {
    if (param.role != Role::key) continue;
    map[param.value] = b.add_param(free_name(b.func(), param.name), Type::key(), Role::key);
    return;
  }
  b.add_param(free_name(b.func(), "key"), Type::key(), Role::key);
}

std::string free_name(const Func& func, std::string name) {
  while (func.find_param(name))
    name += "_";
  return name;
}

void copy_model(const Func& model, const std::vector<Site>& sites, const std::vector<bool>& needed,
                Builder& b, Builder::ValueMap& map, const ModelCopy& copy) {
  std::size_t site = 0;
  for (std::size_t i = 0; i + 1 < model.body.ops.size(); ++i) {
    const Op& op = model.body.ops[i];
    b.set_origin(op.origin);
    if (op.code == Opcode::latent || op.code == Opcode::param) {
      if (needed[i]) map[op.results.at(0)] = copy.unknown(site);
      ++site;
    } else if (op.code == Opcode::observe || op.code == Opcode::factor) {
      if (needed[i] && copy.density) copy.density(op);
    } else if (needed[i]) {
      b.clone_op(model, op, map);
    }
  }
  if (site != sites.size()) pass_defect("the sites of @" + model.name + " are not those of its body");
  b.set_origin({});
}

std::vector<ValueId> mapped_values(const Func& from, std::span<const ValueId> values, Builder& b,
                                   Builder::ValueMap& map) {
  std::vector<ValueId> results;
  for (ValueId value : values)
    results.push_back(b.mapped(from, value, map));
  return results;
}

ValueId emit_logpdf(Builder& b, const std::vector<ValueId>& operands, const std::string& site) {
  Op op;
  op.code = Opcode::logpdf;
  op.operands = operands;
  if (!site.empty()) op.set_attr("site", site);
  return b.append(std::move(op)).at(0);
}

ValueId sum_elements(Builder& b, ValueId tensor) {
  const Type type = b.type(tensor);
  if (type.is_scalar()) return tensor;
  const auto iterators = b.open_nest(type.shape);
  const ValueId element = b.read(tensor, iterators);
  return b.close_nest({{Combiner::sum, {element}}}).at(0);
}

ValueId sum_terms(Builder& b, std::span<const ValueId> terms) {
  if (terms.empty()) return b.constant(0.0);
  ValueId total = terms[0];
  for (ValueId term : terms.subspan(1))
    total = b.add(total, term);
  return total;
}

ValueId pack_all(Builder& b, std::span<const ValueId> parts, const Dim& size) {
  return b.pack(parts, {size});
}

ValueId filled(Builder& b, const std::vector<Dim>& shape, ValueId scalar) {
  if (shape.empty()) return scalar;
  b.open_nest(shape);
  return b.close_nest({{Combiner::stack, {scalar}}}).at(0);
}

}  // namespace elba::passes
