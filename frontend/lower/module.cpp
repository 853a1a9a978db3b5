// module: @model first, then what it calls, each function and distribution once.
#include <algorithm>
#include <map>
#include <string_view>

#include "frontend/lower/lower.h"
#include "frontend/lower/lowerer.h"

namespace elba::frontend {

using ir::Func;
using ir::ValueId;

namespace {

void collect_blocks(const std::vector<Stmt>& stmts, bool top,
                    std::map<SymbolId, const std::vector<Stmt>*>& out) {
  for (const Stmt& stmt : stmts) {
    match(
        stmt.node,
        [&](const ArrayStmt& array) {
          if (!top) out[array.symbol] = &stmts;
        },
        [&](const ForStmt& loop) { collect_blocks(loop.body, false, out); },
        [&](const IfStmt& branch) {
          collect_blocks(branch.then_body, false, out);
          collect_blocks(branch.else_body, false, out);
        },
        ignore<LetStmt, AssignStmt, SiteStmt, LatentStmt, ParamStmt, PredictStmt, FactorStmt>);
  }
}

}  // namespace

Lowerer::Lowerer(ModuleLowerer& module, const Body& body, Func& func, bool keep_spans)
    : module_(module), body_(body), b_(func), keep_spans_(keep_spans), func_(func) {
  frames_.emplace_back();
  for (std::size_t i = 0; i < body.symbols.size(); ++i)
    if (body.symbols[i].kind == Symbol::Kind::binder && body.symbols[i].exact)
      binders_[*body.symbols[i].exact->as_symbol()] = {static_cast<std::uint32_t>(i)};
  collect_blocks(body.statements, true, local_blocks_);
}

const Func& ModuleLowerer::function(const CheckedFunc& func) {
  if (sizes_.count(&func) == 0) {
    Func out;
    out.name = func.ir_name;
    out.dims = func.dims;
    Lowerer lowerer(*this, func.body, out, !func.foreign);
    for (SymbolId formal : func.formals) {
      const Symbol& symbol = func.body.symbol(formal);
      if (symbol.kind == Symbol::Kind::dim) continue;
      lowerer.bind(formal, lowerer.builder().add_param(symbol.name, symbol.type.ir_type()));
    }
    lowerer.statements();
    const ValueId result = lowerer.term(func.result);
    lowerer.builder().finish({result});
    sizes_[&func] = lowerer.inlined_size();
    module_.funcs.push_back(std::move(out));
  }
  return *module_.find(func.ir_name);
}

void ModuleLowerer::distribution(const CheckedDist& dist) {
  if (!distributions_.insert(&dist).second) return;
  if (module_.find_dist(dist.ir_name))
    throw LoweringDefect{"two distributions are named `" + dist.name + "`", {}};
  ir::DistDecl decl;
  decl.name = dist.ir_name;
  for (const auto& param : dist.params) {
    decl.param_names.push_back(param.name);
    decl.param_types.push_back(param.type.ir_type());
  }
  decl.scalar = dist.element == Element::integer ? ir::Scalar::i64 : ir::Scalar::f64;
  decl.event_shape = dist.event;
  decl.support = dist.element == Element::integer ? "int" : std::string(support_name(dist.support));
  decl.lower = dist.lower;
  decl.upper = dist.upper;
  decl.noise = dist.noise;
  decl.gaussian = dist.gaussian;
  decl.may_be_infinite = dist.may_be_infinite;
  decl.location_scale = dist.location_scale;
  decl.periodic = dist.periodic;
  for (const auto& [name, func] : dist.members) {
    decl.members.push_back(name);
    function(*func);
  }
  module_.dists.push_back(std::move(decl));
}

namespace {

void collect_data(const Body& body, TermId id, std::set<SymbolId>& out) {
  if (!id.valid()) return;
  const Term& term = body.term(id);
  if (term.exact && !term.exact->is_constant())
    for (const auto& symbol : term.exact->symbols())
      if (const auto unnamed = body.unnamed.find(symbol); unnamed != body.unnamed.end())
        collect_data(body, unnamed->second, out);
  if (term.symbol.valid()) {
    const Symbol& symbol = body.symbol(term.symbol);
    if (symbol.kind == Symbol::Kind::data) out.insert(term.symbol);
    if (symbol.kind == Symbol::Kind::let_value) collect_data(body, symbol.value, out);
  }
  for (TermId arg : term.args)
    collect_data(body, arg, out);
  for (const IndexTerm& index : term.indices)
    collect_data(body, index.value, out);
  for (SymbolId binder : term.binders) {
    const Symbol& symbol = body.symbol(binder);
    collect_data(body, symbol.where, out);
    for (const Dim& end : {symbol.low, symbol.high})
      for (const auto& name : end.symbols())
        if (const auto unnamed = body.unnamed.find(name); unnamed != body.unnamed.end())
          collect_data(body, unnamed->second, out);
  }
}

// dim K = max(y)   ->   func @size.K(%y: i64[N]) -> (i64)
Func size_function(ModuleLowerer& functions, const CheckedModel& model, const ComputedSize& size) {
  Func func;
  func.name = "size." + size.dim;
  Lowerer lowerer(functions, model.body, func, true);
  std::set<SymbolId> read;
  collect_data(model.body, size.value, read);
  for (SymbolId id : read) {
    const Symbol& symbol = model.body.symbol(id);
    lowerer.bind(id, lowerer.builder().add_param(symbol.name, symbol.type.ir_type(), ir::Role::data));
  }
  lowerer.builder().finish({lowerer.term(size.value)});
  return func;
}

}  // namespace

Result<ir::Module> lower(const CheckedModel& model, const Signature& signature) {
  ir::Module module;
  module.name = model.name;
  module.level = ir::Level::density;
  module.dims = model.dims;
  try {
    ModuleLowerer functions(module);
    Func func;
    func.name = "model";
    Lowerer lowerer(functions, model.body, func, true);
    std::map<std::string_view, const Signature::DataField*> fields;
    for (const auto& field : signature.data)
      fields.emplace(field.name, &field);
    for (std::size_t i = 0; i < model.body.symbols.size(); ++i) {
      const Symbol& symbol = model.body.symbols[i];
      if (symbol.kind != Symbol::Kind::data) continue;
      const auto found = fields.find(symbol.name);
      if (found == fields.end()) continue;
      const Signature::DataField* field = found->second;
      lowerer.bind({static_cast<std::uint32_t>(i)},
                   lowerer.builder().add_param(symbol.name, field->type, ir::Role::data));
      func.params.back().lower = field->lower;
      func.params.back().upper = field->upper;
    }
    // A data field may bear any name.
    const std::string key = func.find_param("key") ? "model.key" : "key";
    lowerer.set_key(lowerer.builder().add_param(key, ir::Type::key(), ir::Role::key));
    lowerer.statements();
    lowerer.builder().finish(lowerer.predictions, lowerer.prediction_names);
    for (const ComputedSize& size : model.sizes)
      module.funcs.push_back(size_function(functions, model, size));
    module.funcs.insert(module.funcs.begin(), std::move(func));
  } catch (const TooLarge& limit) {
    return make_diagnostic(Code::model_too_large, limit.span, {std::to_string(most_values)})
        .note("each call of a function is a copy of it")
        .suggest("compute what is used twice once, with `let`");
  } catch (const LoweringDefect& defect) {
    return make_diagnostic(Code::internal_error, defect.span, {defect.what});
  }
  return module;
}

}  // namespace elba::frontend
