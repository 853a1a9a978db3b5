#include "passes/density/inverse_observation.h"

#include <algorithm>
#include <set>

#include "passes/rewrite/rewrite.h"

namespace elba::passes {

using namespace ir;

namespace {

constexpr int deepest = 200;
constexpr std::size_t most_ways = 8;

bool starts_at_zero(const Func& model, ValueId source) {
  const auto param = std::find_if(model.params.begin(), model.params.end(),
                                  [&](const Param& p) { return p.value == source; });
  const auto* lower = param == model.params.end() ? nullptr : std::get_if<double>(&param->lower);
  return lower && *lower >= 0;
}

}  // namespace

std::string WaysBack::name(ValueId source) const {
  for (const Param& param : model_.params)
    if (param.value == source) return param.name;
  return "an unknown";
}

bool WaysBack::reads(ValueId value, ValueId source) const {
  std::set<ValueId> seen;
  std::vector<ValueId> open{value};
  while (!open.empty()) {
    const ValueId next = open.back();
    open.pop_back();
    if (next == source) return true;
    const auto found = definitions_.find(next);
    if (found == definitions_.end() || !seen.insert(next).second) continue;
    const auto add = [&](const Op& op) { open.insert(open.end(), op.operands.begin(), op.operands.end()); };
    add(*found->second);
    for (const Region& region : found->second->regions)
      walk(region, add);
  }
  return false;
}

void WaysBack::search(ValueId value, WayBack way, std::vector<WayBack>& found, std::string& why,
                      int depth) const {
  if (is_source_(value)) {
    way.source = value;
    found.push_back(std::move(way));
    return;
  }
  const auto defined = definitions_.find(value);
  if (defined == definitions_.end() || depth > deepest || found.size() >= most_ways) return;
  const Op& op = *defined->second;
  if (op.code == Opcode::read) {
    way.steps.push_back({&op, {}});
    return search(op.operands[0], std::move(way), found, why, depth + 1);
  }
  if (op.code == Opcode::nest) {
    const auto result = static_cast<std::size_t>(std::find(op.results.begin(), op.results.end(), value) -
                                                 op.results.begin());
    if (op.combiners[result] != Combiner::stack || is_bounded(op)) {
      why = "it is computed from many elements at once";
      return;
    }
    way.steps.push_back({&op, {}});
    return search(yielded(model_, op, result)[0], std::move(way), found, why, depth + 1);
  }
  if (op_info(op.code).group != Group::scalar) {
    if (op.code != Opcode::dim)
      why = "it is put together from pieces, or computed from many elements at once";
    return;
  }
  if (const auto pattern = inverse_of_pattern(model_, definitions_, op)) {
    WayBack next = way;
    next.steps.push_back({nullptr, *pattern});
    return search(pattern->inner, std::move(next), found, why, depth + 1);
  }
  const std::size_t rank = model_.type(value).shape.size();
  for (std::size_t k = 0; k < op.operands.size(); ++k) {
    // One number of which an array is made is not determined by any one of its elements.
    if (model_.type(op.operands[k]).shape.size() != rank) continue;
    const auto inverse = inverse_of(op, k);
    std::vector<WayBack> inner;
    WayBack next = way;
    next.steps.push_back({nullptr, inverse.value_or(Inverse{})});
    std::string inner_why;
    search(op.operands[k], std::move(next), inner, inner_why, depth + 1);
    if (!inner_why.empty()) why = inner_why;
    if (!inverse && !inner.empty()) {
      why = "`" + std::string(op_info(op.code).name) + "` has no inverse";
      continue;
    }
    for (WayBack& one : inner) {
      const bool returns = std::any_of(inverse->others.begin(), inverse->others.end(),
                                       [&](ValueId other) { return reads(other, one.source); });
      if (returns)
        why = "an element of it depends on `" + name(one.source) + "` in more than one way";
      else
        found.push_back(std::move(one));
    }
  }
}

std::vector<WayBack> WaysBack::all(ValueId value, bool is_whole, std::string& why) const {
  std::vector<WayBack> found, fit;
  search(value, {}, found, why, 0);
  for (WayBack& way : found) {
    const bool undoes = std::any_of(way.steps.begin(), way.steps.end(),
                                    [](const auto& step) { return step.op == nullptr; });
    const bool keeps_whole = std::all_of(way.steps.begin(), way.steps.end(), [](const auto& step) {
      return step.op != nullptr || step.inverse.keeps_whole;
    });
    const bool from_zero = std::any_of(way.steps.begin(), way.steps.end(), [](const auto& step) {
      return step.op == nullptr && step.inverse.from_zero;
    });
    // What is squared is the data themselves: of what is made of them before, the sign is not known.
    const auto last = std::find_if(way.steps.rbegin(), way.steps.rend(),
                                   [](const auto& step) { return step.op == nullptr; });
    const bool is_first = last != way.steps.rend() && last->inverse.from_zero &&
                          std::none_of(last + 1, way.steps.rend(), [](const auto& step) {
                            return step.op == nullptr && step.inverse.from_zero;
                          });
    std::size_t axes = model_.type(value).shape.size();
    for (const auto& step : way.steps)
      if (step.op != nullptr)
        axes = step.op->code == Opcode::nest ? axes - step.op->dims.size()
                                             : axes + step.op->operands.size() - 1;
    if (axes != model_.type(way.source).shape.size())
      why = "`" + name(way.source) + "` is one number for many elements of it";
    else if (undoes && model_.type(way.source).scalar == Scalar::i64 && !(is_whole && keeps_whole))
      why = "`" + name(way.source) + "` holds whole numbers, and a draw need not be one";
    else if (from_zero && !(is_first && starts_at_zero(model_, way.source)))
      why = "a square or a power tells no sign: declare `" + name(way.source) + ": real<lower=0>`";
    else
      fit.push_back(std::move(way));
  }
  return fit;
}

std::vector<std::string> WaysBack::sources(ValueId value, bool is_whole) const {
  std::string unused;
  std::vector<std::string> names;
  for (const WayBack& way : all(value, is_whole, unused))
    names.push_back(name(way.source));
  return names;
}

std::optional<WayBack> WaysBack::find(ValueId value, bool is_whole, const std::string& wanted,
                                      std::string& why) const {
  auto fit = all(value, is_whole, why);
  if (!wanted.empty()) std::erase_if(fit, [&](const WayBack& way) { return name(way.source) != wanted; });
  if (fit.size() == 1) return std::move(fit.front());
  if (fit.size() > 1)
    why = "it is computed from `" + name(fit[0].source) + "` and `" + name(fit[1].source) +
          "`, and nothing says which of them a draw is of: leave that one out of the data";
  if (why.empty()) why = "it is not computed from data";
  return std::nullopt;
}

ValueId WaysBack::undo(const WayBack& way, Builder& b, Builder::ValueMap& map, ValueId drawn,
                       std::vector<ValueId>& index) const {
  const auto real = [&](ValueId value) {
    return b.type(value).scalar == Scalar::f64 ? value : b.emit(Opcode::to_real, {value});
  };
  for (const WayBack::Step& step : way.steps) {
    if (step.op == nullptr) {
      std::vector<ValueId> others;
      for (const ValueId other : step.inverse.others) {
        const ValueId value = b.mapped(model_, other, map);
        others.push_back(real(b.type(value).is_scalar() ? value : b.read(value, index)));
      }
      drawn = step.inverse.apply(b, others, drawn);
    } else if (step.op->code == Opcode::nest) {
      const Region& body = step.op->regions[0];
      for (std::size_t k = 0; k < body.params.size(); ++k)
        map[body.params[k]] = index[k];
      for (std::size_t k = 0; k + 1 < body.ops.size(); ++k)
        b.clone_op(model_, body.ops[k], map);
      index.erase(index.begin(), index.begin() + static_cast<std::ptrdiff_t>(body.params.size()));
    } else {
      std::vector<ValueId> at;
      for (std::size_t k = 1; k < step.op->operands.size(); ++k)
        at.push_back(b.mapped(model_, step.op->operands[k], map));
      index.insert(index.begin(), at.begin(), at.end());
    }
  }
  return drawn;
}

}  // namespace elba::passes
