// interpret_density: distributions as values, their densities and draws through the module's functions
// <dist>.logpdf and <dist>.sample, one call per batch element; calls of the module's own functions.
#include "ir/builder.h"
#include <algorithm>

#include "ir/interpreter.h"
#include "ir/random.h"

namespace elba::ir {

namespace {

// Slice `element` of the leading dims of `whole` that are left when the last `rank` are taken away; the whole
// when there are none.
Tensor slice(const Tensor& whole, std::size_t rank, std::size_t element) {
  if (whole.shape.size() == rank) return whole;
  Tensor part{
      whole.scalar, {whole.shape.end() - static_cast<std::ptrdiff_t>(rank), whole.shape.end()}, {}, 0};
  const auto count = static_cast<std::size_t>(count_of(part.shape));
  const auto first = whole.values.begin() + static_cast<std::ptrdiff_t>(element * count);
  part.values.assign(first, first + static_cast<std::ptrdiff_t>(count));
  return part;
}

}  // namespace

void Interpreter::run_dist(const Op& op) {
  auto value = std::make_shared<DistValue>();
  value->decl = module_.find_dist(op.attr_string("name"));
  if (!value->decl) fail("there is no distribution @" + op.attr_string("name"));
  for (ValueId operand : op.operands)
    value->arguments.push_back(tensor(operand));
  cell(op.results[0]).dist = std::move(value);
}

void Interpreter::run_logpdf(const Op& op) {
  const DistValue& dist = *cell(op.operands[0]).dist;
  const Func* density = module_.find(dist.decl->name + ".logpdf");
  if (!density) fail("there is no function @" + dist.decl->name + ".logpdf");
  const Tensor& value = tensor(op.operands[1]);
  const std::size_t event_rank = dist.decl->event_shape.size();
  const std::vector<std::int64_t> batch(value.shape.begin(),
                                        value.shape.end() - static_cast<std::ptrdiff_t>(event_rank));
  double sum = 0;
  for (std::size_t element = 0; element < static_cast<std::size_t>(count_of(batch)); ++element) {
    if (op.operands.size() == 3) {
      const Tensor& mask = tensor(op.operands[2]);
      if (mask.values[mask.shape.empty() ? 0 : element] == 0) continue;
    }
    std::vector<Tensor> arguments = {slice(value, event_rank, element)};
    for (std::size_t i = 0; i < dist.arguments.size(); ++i)
      arguments.push_back(slice(dist.arguments[i], dist.decl->param_types[i].shape.size(), element));
    sum += call(*density, arguments).at(0).values.at(0);
  }
  set_number(op.results[0], Scalar::f64, sum);
}

// The noise has the shape of the sampler's first parameter, in dims that the other arguments bind; `open` are
// those that only the event has. Each element of a site takes the next numbers of the key.
Tensor Interpreter::noise_of(const DistValue& dist, const Func& sampler, const std::vector<Tensor>& arguments,
                             const Sizes& open, std::uint64_t key, std::size_t element) const {
  Sizes sizes = sizes_;
  for (const auto& [dim, size] : open)
    sizes[dim] = size;
  for (std::size_t i = 1; i < arguments.size() && i < sampler.params.size(); ++i) {
    const Type& formal = sampler.type(sampler.params[i].value);
    for (std::size_t axis = 0; axis < formal.shape.size() && axis < arguments[i].shape.size(); ++axis)
      if (const auto symbol = formal.shape[axis].as_symbol()) sizes[*symbol] = arguments[i].shape[axis];
  }
  std::vector<std::int64_t> shape;
  for (const Dim& dim : sampler.type(sampler.params[0].value).shape) {
    const auto size = dim.evaluate(sizes);
    if (!size || *size < 0) fail("the noise of @" + dist.decl->name + " has no size");
    shape.push_back(*size);
  }
  Tensor noise = make(Scalar::f64, shape);
  const std::size_t count = noise.values.size();
  for (std::size_t k = 0; k < count; ++k) {
    const auto position = static_cast<std::uint64_t>(element * count + k);
    noise.values[k] = dist.decl->noise == "normal" ? random::normal(key, position)
                                                   : random::uniform(key, position);
  }
  return noise;
}

void Interpreter::run_sample(const Op& op) {
  const DistValue& dist = *cell(op.operands[0]).dist;
  const Func* sampler = module_.find(dist.decl->name + ".sample");
  if (!sampler || sampler->params.empty()) fail("@" + dist.decl->name + " has no sampler");
  const std::uint64_t key = tensor(op.operands[1]).key;
  const Type& type = func_.type(op.results[0]);
  Tensor draws = make(type.scalar, shape_of(type.shape));
  const std::size_t event_rank = dist.decl->event_shape.size();
  const std::vector<std::int64_t> index_space(draws.shape.begin(),
                                              draws.shape.end() - static_cast<std::ptrdiff_t>(event_rank));
  // The arguments of a draw repeat over the prefix.
  const std::vector<std::int64_t> batch(index_space.begin() + static_cast<std::ptrdiff_t>(op.dims.size()),
                                        index_space.end());
  const auto batch_count = static_cast<std::size_t>(count_of(batch));

  // A dim that no argument holds (the size of lkj_chol) is known from the event.
  Sizes open;
  for (std::size_t axis = 0; axis < event_rank; ++axis)
    if (const auto symbol = dist.decl->event_shape[axis].as_symbol())
      open[*symbol] = draws.shape[draws.shape.size() - event_rank + axis];

  for (std::size_t element = 0, at = 0; element < static_cast<std::size_t>(count_of(index_space));
       ++element) {
    std::vector<Tensor> arguments(dist.decl->noise.empty() ? 0 : 1);
    for (std::size_t i = 0; i < dist.arguments.size(); ++i)
      arguments.push_back(
          slice(dist.arguments[i], dist.decl->param_types[i].shape.size(), element % batch_count));
    if (dist.decl->noise == "key") {
      arguments[0].key = random::key_fold(key, static_cast<std::int64_t>(element));
    } else if (!dist.decl->noise.empty()) {
      arguments[0] = noise_of(dist, *sampler, arguments, open, key, element);
    }
    const Tensor draw = call(*sampler, arguments, open).at(0);
    if (draw.values.size() > draws.values.size() - at)
      fail("a draw of @" + dist.decl->name + " does not fit its event");
    std::copy(draw.values.begin(), draw.values.end(), draws.values.begin() + static_cast<std::ptrdiff_t>(at));
    at += draw.values.size();
  }
  cell(op.results[0]).tensor = std::move(draws);
}

void Interpreter::run_call(const Op& op) {
  const Func* callee = module_.find(op.attr_string("callee"));
  if (!callee) fail("there is no function @" + op.attr_string("callee"));
  std::vector<Tensor> arguments;
  for (ValueId operand : op.operands)
    arguments.push_back(tensor(operand));
  const auto names = stated_dims(*callee);
  if (names.size() != op.dims.size()) fail("the call of @" + callee->name + " states another number of dims");
  Sizes stated;
  for (std::size_t i = 0; i < names.size(); ++i)
    stated[names[i]] = extent(op.dims[i]);
  auto results = call(*callee, arguments, stated);
  if (results.size() != op.results.size()) fail("@" + callee->name + " gives another number of results");
  for (std::size_t i = 0; i < results.size(); ++i)
    cell(op.results[i]).tensor = std::move(results[i]);
}

}  // namespace elba::ir
