#include "api/model/infinite_data.h"

#include <algorithm>
#include <map>

#include "passes/rewrite/rewrite.h"

namespace elba {

namespace {

class Limits {
 public:
  explicit Limits(const ir::Func& func) : func_(func) {
    for (const ir::Param& param : func.params)
      names_[param.value.index] = param.name;
    passes::walk(func.body, [&](const ir::Op& op) {
      for (std::size_t k = 0; k < op.results.size(); ++k)
        made_[op.results[k].index] = {&op, k};
    });
  }

  // The data of which this value is the whole, a slice or an element.
  void collect(ir::ValueId value, std::set<std::string>& names) const {
    if (const auto name = names_.find(value.index); name != names_.end()) names.insert(name->second);
    const auto found = made_.find(value.index);
    if (found == made_.end()) return;
    const auto& [op, result] = found->second;
    if (op->code == ir::Opcode::read) collect(op->operands[0], names);
    if (op->code == ir::Opcode::nest)
      for (const ir::ValueId one : passes::yielded(func_, *op, result))
        collect(one, names);
  }

 private:
  const ir::Func& func_;
  std::map<std::uint32_t, std::string> names_;
  std::map<std::uint32_t, std::pair<const ir::Op*, std::size_t>> made_;
};

}  // namespace

std::set<std::string> data_that_may_be_infinite(const Signature& signature, const ir::Module& density) {
  std::set<std::string> names;
  for (const auto& field : signature.data)
    for (const ir::Bound& bound : {field.lower, field.upper})
      if (const auto* name = std::get_if<std::string>(&bound)) names.insert(*name);
  const ir::Func* model = density.find("model");
  if (model == nullptr) return names;
  const Limits limits(*model);
  passes::walk(model->body, [&](const ir::Op& op) {
    if (op.code != ir::Opcode::dist) return;
    const ir::DistDecl* dist = density.find_dist(op.attr_string("name"));
    if (dist == nullptr) return;
    const auto& infinite = dist->may_be_infinite;
    for (std::size_t k = 0; k < std::min(dist->param_names.size(), op.operands.size()); ++k)
      if (std::find(infinite.begin(), infinite.end(), dist->param_names[k]) != infinite.end())
        limits.collect(op.operands[k], names);
  });
  return names;
}

}  // namespace elba
