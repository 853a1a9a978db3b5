// bind_partial: a program bound to data of which some fields are missing, because what will be called does
// not read them.
//
// The fields that are not there leave the signature; zeros (ones for integers, which may be indices) of their
// size stand in their place.
#include "api/model/handles.h"

namespace elba {

Result<Bound> bind_without(const Program& program, const Data& data, const JitOptions& options,
                           const std::function<bool(const std::string&)>& may_be_missing) {
  auto reduced = std::make_shared<Program::Impl>(*program.impl);
  std::vector<Signature::DataField> missing;
  std::erase_if(reduced->signature.data, [&](const auto& field) {
    const bool is_left_out = data.impl().set.find(field.name) == nullptr && may_be_missing(field.name);
    if (is_left_out) missing.push_back(field);
    return is_left_out;
  });
  Program partial;
  partial.impl = reduced;
  auto bound = partial.bind(data, options);
  if (!bound || missing.empty()) return bound;
  auto filled = std::make_shared<BoundData>(*bound->impl->data);
  for (const auto& field : missing) {
    HostArray array{field.type, {}, {}, {}};
    std::size_t count = 1;
    for (const ir::Dim& dim : field.type.shape) {
      array.shape.push_back(dim.evaluate(filled->sizes).value_or(0));
      count *= static_cast<std::size_t>(array.shape.back());
    }
    if (field.type.scalar == ir::Scalar::i64)
      array.integers.assign(count, 1);
    else
      array.reals.assign(count, 0.0);
    filled->arrays[field.name] = std::move(array);
  }
  bound->impl->data = std::move(filled);
  return bound;
}

std::unique_ptr<Workspace> bare_workspace(const Bound& bound) {
  auto made = std::make_unique<Workspace::Impl>();
  made->bound = bound.impl;
  return std::make_unique<Workspace>(std::move(made));
}

}  // namespace elba
