#include "passes/objective/expectations.h"

namespace elba::passes {

using namespace ir;

std::vector<ExpectationDecision> expectation_decisions(const Module& module, const Func& model,
                                                       const FactorGraph& graph) {
  std::vector<ExpectationDecision> decisions;
  for (const Site& site : graph.sites) {
    const auto decide = [&]() -> ExpectationDecision {
      if (site.is_param) return {false, "a point parameter"};
      const Prior prior = prior_of(model, site);
      if (!prior.dist.valid()) return {false, "its prior is not one distribution of the whole value"};
      const Op* dist = defining_op(model, prior.dist);
      const DistDecl* decl = dist ? module.find_dist(dist->attr_string("name")) : nullptr;
      if (!decl || decl->gaussian != GaussianForm::elementwise) return {false, "its prior is not normal"};
      if (site.support != "real") return {false, "its support is bounded"};
      for (ValueId argument : dist->operands)
        for (std::size_t parent : graph.depends[argument.index])
          if (!graph.sites[parent].is_param)
            return {false, "its prior depends on `" + graph.sites[parent].name + "`"};
      return {true, "a normal prior with known arguments"};
    };
    decisions.push_back(decide());
  }
  return decisions;
}

ValueId expected_normal(Builder& b, ValueId dist, ValueId scale, ValueId mean, ValueId variance,
                        const std::string& site) {
  const ValueId at_mean = emit_logpdf(b, {dist, mean}, site);
  const ValueId ratio = b.div(variance, b.emit(Opcode::square, {scale}));
  return b.sub(at_mean, b.mul(b.constant(0.5), sum_elements(b, ratio)));
}

}  // namespace elba::passes
