// verify: a walk over every function that tracks what is in scope, checks each op against its row, and
// collects a line per broken invariant (numbered in verify.h). Checks of one op's types and attributes stand
// in verify_op.cpp.
#include "ir/verify.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "ir/verify_op.h"

namespace elba::ir {

bool is_name(std::string_view name, bool leading_digit) {
  if (name.empty() || (!leading_digit && name[0] >= '0' && name[0] <= '9')) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
  });
}

namespace {

class FuncVerifier {
 public:
  FuncVerifier(const Module& module, const Func& func, std::vector<std::string>& broken)
      : module_(module), func_(func), broken_(broken), scope_(func.values.size(), State::undefined) {}

  void run() {
    for (const DimDecl& dim : module_.dims)
      dims_.insert(dim.name);
    // They may shadow dims of the module: a library function does not depend on the model's.
    std::set<std::string> own;
    for (const std::string& dim : func_.dims) {
      if (!own.insert(dim).second) report("dim " + dim + " is declared twice");
      dims_.insert(dim);
    }
    std::set<std::string> names;
    for (const Param& param : func_.params) {
      if (!is_name(param.name, true)) report("`" + param.name + "` is not the name of a parameter");
      if (!names.insert(param.name).second) report("two parameters are named " + param.name);
      if (!define(param.value, "parameter " + param.name)) continue;
      check_type(func_.type(param.value), "parameter " + param.name);
      for (const Bound* bound : {&param.lower, &param.upper}) {
        if (const auto* dim = std::get_if<Dim>(bound)) check_dim(*dim, "a bound of " + param.name, true);
        if (const auto* field = std::get_if<std::string>(bound); field && !func_.find_param(*field))
          report("the bound @" + *field + " of " + param.name + " is no parameter");
      }
    }
    for (std::size_t i = 0; i < func_.values.size(); ++i) {
      const ValueInfo& info = func_.values[i];
      if (!info.constant) continue;
      // Constant lists its alternatives as Scalar does.
      const Scalar held = static_cast<Scalar>(info.constant->index());
      if (!info.type.is_scalar() || info.type.scalar != held)
        report("a constant has type " + info.type.text());
    }
    if (!func_.body.params.empty()) report("the body has region parameters");
    region(func_.body, Opcode::return_values);
    const std::size_t results = func_.body.ops.empty() ? 0 : func_.body.ops.back().operands.size();
    if (!func_.result_names.empty() && func_.result_names.size() != results)
      report("result names and results differ in number");
    for (const std::string& name : func_.result_names)
      if (!is_name(name, true)) report("`" + name + "` is not the name of a result");
  }

 private:
  enum class State : std::uint8_t { undefined, visible, left };

  const Module& module_;
  const Func& func_;
  std::vector<std::string>& broken_;
  std::vector<State> scope_;
  std::set<std::string> dims_;
  std::string at_;  // the op under check

  void report(const std::string& what) {
    broken_.push_back("@" + func_.name + ": " + (at_.empty() ? "" : at_ + ": ") + what);
  }

  bool define(ValueId value, const std::string& what) {
    if (value.index >= func_.values.size()) {
      report(what + " has an id out of range");
      return false;
    }
    if (func_.constant(value)) {
      report(what + " is a constant");
      return false;
    }
    if (scope_[value.index] != State::undefined) {
      report(what + " is defined twice");
      return false;
    }
    scope_[value.index] = State::visible;
    return true;
  }

  void check_dim(const Dim& dim, const std::string& what, bool may_be_negative = false) {
    for (const std::string& symbol : dim.symbols())
      if (!dims_.contains(symbol)) report(what + " mentions the dim " + symbol + ", which is not declared");
    if (!may_be_negative && dim.is_constant() && dim.constant() < 0)
      report(what + " has the extent " + dim.text());
  }

  void check_type(const Type& type, const std::string& what) {
    for (const Dim& dim : type.shape)
      check_dim(dim, what);
    if ((type.kind == Kind::buffer) && module_.level != Level::loop)
      report(what + " is a buffer, which only the loop level has");
    if (type.kind == Kind::dist && module_.level != Level::density)
      report(what + " is a distribution, which only the density level has");
    if (type.kind == Kind::tensor && !type.shape.empty() && module_.level == Level::loop)
      report(what + " is a tensor; the loop level has buffers");
  }

  bool operands_fine(const Op& op) {
    bool fine = true;
    for (ValueId value : op.operands) {
      if (value.index >= func_.values.size()) {
        report("an operand has an id out of range");
        fine = false;
      } else if (!func_.constant(value) && scope_[value.index] != State::visible) {
        report(scope_[value.index] == State::left ? "an operand is defined in a region that has ended"
                                                  : "an operand is used before its definition");
        fine = false;
      }
    }
    return fine;
  }

  void region(const Region& body, Opcode end) {
    if (body.ops.empty() || body.ops.back().code != end)
      report("a region does not end in " + std::string(op_info(end).name));
    for (const Op& op : body.ops) {
      const std::string outer = at_;
      at_ = (outer.empty() ? "" : outer + " / ") + std::string(op_info(op.code).name) + " #" +
            std::to_string(&op - body.ops.data());
      check_op(op, end, &op == &body.ops.back());
      at_ = outer;
    }
  }

  void check_op(const Op& op, Opcode end, bool is_last) {
    const bool ends = op.code == Opcode::yield || op.code == Opcode::return_values;
    if (ends && !(is_last && op.code == end)) report("ends a region that goes on, or one of another kind");
    bool fine = operands_fine(op);
    const bool has_region = op.code == Opcode::nest || op.code == Opcode::scan || op.code == Opcode::loop;
    if (op.regions.size() != (has_region ? 1 : 0)) {
      report("has " + std::to_string(op.regions.size()) + " regions");
      fine = false;
    }
    if (!has_region && !op.combiners.empty()) report("has combiners");
    for (const Dim& dim : op.dims)
      check_dim(dim, "an extent", op.code == Opcode::dim);
    std::vector<ValueId> inner;
    for (const Region& body : op.regions) {
      for (ValueId param : body.params) {
        if (define(param, "a region parameter"))
          inner.push_back(param);
        else
          fine = false;
      }
      for (ValueId param : inner)
        check_type(func_.type(param), "a region parameter");
      region(body, Opcode::yield);
      close(body);
    }
    for (std::size_t i = 0; i < op.results.size(); ++i) {
      const std::string what = "result " + std::to_string(i);
      if (define(op.results[i], what))
        check_type(func_.type(op.results[i]), what);
      else
        fine = false;
    }
    std::vector<std::string> errors;
    check_legality(module_, func_, op, fine, errors);
    if (fine) check_types(module_, func_, op, errors);
    check_attributes(op, errors);
    for (const std::string& error : errors)
      report(error);
  }

  // What the region defined is out of sight from here on.
  void close(const Region& body) {
    const auto hide = [&](ValueId value) {
      if (value.index < scope_.size() && scope_[value.index] == State::visible)
        scope_[value.index] = State::left;
    };
    for (ValueId param : body.params)
      hide(param);
    for (const Op& op : body.ops)
      for (ValueId result : op.results)
        hide(result);
  }
};

void check_dist(const Module& module, const DistDecl& dist, std::vector<std::string>& broken) {
  const auto report = [&](const std::string& what) { broken.push_back("dist @" + dist.name + ": " + what); };
  if (dist.param_names.size() != dist.param_types.size())
    report("parameter names and types differ in number");
  for (const Type& type : dist.param_types)
    if (!type.is_tensor()) report("a parameter is not a tensor");
  for (const Bound* bound : {&dist.lower, &dist.upper})
    if (const auto* name = std::get_if<std::string>(bound);
        name && std::find(dist.param_names.begin(), dist.param_names.end(), *name) == dist.param_names.end())
      report("the bound @" + *name + " is no parameter");
  if (!(dist.noise.empty() || dist.noise == "normal" || dist.noise == "uniform" || dist.noise == "key"))
    report("unknown noise " + dist.noise);
  for (const std::string& name : dist.may_be_infinite)
    if (std::find(dist.param_names.begin(), dist.param_names.end(), name) == dist.param_names.end())
      report("@" + name + ", which may be infinite, is no parameter");
  if (dist.gaussian != GaussianForm::none) {
    const GaussianFormInfo& form = gaussian_form_info(dist.gaussian);
    if (dist.param_names.size() != form.params || dist.event_shape.size() != form.event_rank)
      report("its parameters do not fit gaussian(" + std::string(form.name) + ")");
  }
  // Below the density level nothing refers to the members, and their functions may be gone.
  for (const std::string& member : dist.members)
    if (module.level == Level::density && !module.find(dist.name + "." + member))
      report("there is no function @" + dist.name + "." + member);
}

// A function of the graph of calls: ops of its own, how often it needs each other one (a distribution's
// members wherever one of its values is used), and what becomes of it with everything written out.
struct CallNode {
  double ops = 0;
  std::map<std::string, double> needs;
  std::vector<std::string> callers;
  std::size_t waiting = 0;  // distinct callees not yet written out
  std::size_t depth = 0;
};

void collect_calls(const Module& module, const Region& region, CallNode& node,
                   std::unordered_map<std::uint32_t, const DistDecl*>& dists) {
  const auto need_members = [&](const DistDecl& dist, double times) {
    for (const std::string& member : dist.members)
      node.needs[dist.name + "." + member] += times;
  };
  for (const Op& op : region.ops) {
    ++node.ops;
    if (op.code == Opcode::call) ++node.needs[op.attr_string("callee")];
    for (const ValueId operand : op.operands)
      if (const auto found = dists.find(operand.index); found != dists.end()) need_members(*found->second, 1);
    if (op.code == Opcode::dist && op.results.size() == 1)
      if (const DistDecl* dist = module.find_dist(op.attr_string("name"))) {
        dists.emplace(op.results[0].index, dist);
        need_members(*dist, 0);
      }
    for (const Region& inner : op.regions)
      collect_calls(module, inner, node, dists);
  }
}

// Calls must end, and what they stand for must fit: a few lines of text can double and double a body.
constexpr double most_inlined_ops = 4e6;
constexpr std::size_t deepest_calls = 200;

void check_calls(const Module& module, std::vector<std::string>& broken) {
  std::map<std::string, CallNode> nodes;
  for (const Func& func : module.funcs) {
    std::unordered_map<std::uint32_t, const DistDecl*> dists;
    collect_calls(module, func.body, nodes[func.name], dists);
  }
  std::vector<std::string> ready;
  for (auto& [name, node] : nodes) {
    std::erase_if(node.needs, [&](const auto& need) { return !nodes.contains(need.first); });
    for (const auto& need : node.needs)
      nodes.at(need.first).callers.push_back(name);
    node.waiting = node.needs.size();
    if (node.waiting == 0) ready.push_back(name);
  }
  double total = 0;
  bool is_deep = false;
  while (!ready.empty()) {
    CallNode& node = nodes.at(ready.back());
    ready.pop_back();
    for (const auto& [name, times] : node.needs) {
      node.ops += times * nodes.at(name).ops;
      node.depth = std::max(node.depth, nodes.at(name).depth + 1);
    }
    total += node.ops;
    is_deep = is_deep || node.depth > deepest_calls;
    for (const std::string& caller : node.callers)
      if (--nodes.at(caller).waiting == 0) ready.push_back(caller);
  }
  if (is_deep) broken.push_back("calls are nested more than " + std::to_string(deepest_calls) + " deep");
  if (total > most_inlined_ops)
    broken.push_back("with its calls written out, the module has more than " +
                     std::to_string(static_cast<long>(most_inlined_ops)) + " operations");
  for (const auto& [name, node] : nodes) {
    if (node.waiting == 0) continue;
    const auto through = std::find_if(node.needs.begin(), node.needs.end(),
                                      [&](const auto& need) { return nodes.at(need.first).waiting > 0; });
    broken.push_back("@" + name + ": its calls never end: it reaches itself through @" + through->first);
  }
}

}  // namespace

std::vector<std::string> verify(const Module& module) {
  std::vector<std::string> broken;
  std::set<std::string> dims, dists, funcs;
  if (!is_name(module.name, true)) broken.push_back("`" + module.name + "` is not the name of a module");
  for (const DimDecl& dim : module.dims) {
    if (!is_name(dim.name, false) || dim.name.find('-') != std::string::npos)
      broken.push_back("`" + dim.name + "` is not the name of a dim");
    if (!dims.insert(dim.name).second) broken.push_back("dim " + dim.name + " is declared twice");
    for (const std::string& symbol : dim.pairs_of ? dim.pairs_of->symbols() : std::vector<std::string>{})
      if (symbol == dim.name || !dims.contains(symbol))
        broken.push_back("dim " + dim.name + " is derived from " + symbol +
                         ", which is not declared before it");
    if (const Func* by = dim.computed_by.empty() ? nullptr : module.find(dim.computed_by);
        !dim.computed_by.empty() && (!by || by->result_types() != std::vector<Type>{Type::integer()}))
      broken.push_back("dim " + dim.name + " is computed by @" + dim.computed_by +
                       ", which is no function that gives one integer");
    if (dim.default_value && (!dim.default_value->is_constant() || dim.default_value->constant() < 0))
      broken.push_back("the default of dim " + dim.name + " is not a size");
  }
  for (const DistDecl& dist : module.dists) {
    if (!dists.insert(dist.name).second) broken.push_back("dist @" + dist.name + " is declared twice");
    check_dist(module, dist, broken);
  }
  for (const Func& func : module.funcs) {
    if (!is_name(func.name, true)) broken.push_back("`" + func.name + "` is not the name of a function");
    if (!funcs.insert(func.name).second) broken.push_back("function @" + func.name + " is defined twice");
    FuncVerifier(module, func, broken).run();
  }
  check_calls(module, broken);
  return broken;
}

}  // namespace elba::ir
