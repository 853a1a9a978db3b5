#include "ir/verify_op.h"

#include <algorithm>

#include "ir/builder.h"
#include "ir/contraction.h"
#include "ir/supports.h"

namespace elba::ir {

namespace {

using Errors = std::vector<std::string>;

std::vector<Type> types_of(const Func& func, std::span<const ValueId> values) {
  std::vector<Type> types;
  for (ValueId value : values)
    types.push_back(func.type(value));
  return types;
}

std::string text(const std::vector<Type>& types) {
  std::string out;
  for (const Type& type : types)
    out += (out.empty() ? "" : ", ") + type.text();
  return "(" + out + ")";
}

// What one combined result takes from the yields, starting at `at`.
void check_combined(const Op& op, Combiner combiner, const Type& result, std::span<const Type> yielded,
                    Errors& errors) {
  const std::string name(combiner_name(combiner));
  const auto expect = [&](bool fine, const std::string& what) {
    if (!fine) errors.push_back(name + " " + result.text() + ": " + what);
  };
  const Type& value = yielded.back();
  expect(value.is_tensor(), "yields " + value.text());
  switch (combiner) {
    case Combiner::stack: {
      Type stacked = value;
      stacked.shape.insert(stacked.shape.begin(), op.dims.begin(), op.dims.end());
      return expect(stacked == result, "the stack of the yielded values is " + stacked.text());
    }
    case Combiner::sum:
    case Combiner::prod:
    case Combiner::max:
    case Combiner::min:
      return expect(value == result && value.scalar != Scalar::i1, "yields " + value.text());
    case Combiner::lse:
      return expect(value == result && value.is_real(), "yields " + value.text());
    case Combiner::argmax:
      return expect(value.is_scalar() && value.scalar != Scalar::i1 && result == Type::integer(),
                    "yields " + value.text());
    case Combiner::scatter:
      for (std::size_t i = 0; i + 1 < yielded.size(); ++i)
        expect(yielded[i] == Type::integer(), "an index is " + yielded[i].text());
      return expect(value.is_scalar() && value.scalar == result.scalar && result.is_tensor() &&
                        value.scalar != Scalar::i1,
                    "yields " + value.text());
  }
}

void check_nested(const Func& func, const Op& op, Errors& errors) {
  const Region& body = op.regions[0];
  const bool is_scan = op.code == Opcode::scan, is_loop = op.code == Opcode::loop;
  const bool bounded = op.attr_int("bounded") == 1;
  if (bounded && (op.operands.size() < 2 || op.dims.size() != 1))
    return errors.push_back("a bounded loop has one iterator and two bounds");
  const std::size_t carries = carries_of(op);
  if (is_scan && op.dims.size() != 1) return errors.push_back("a scan has one iterator");
  if (!is_scan && op.operands.size() != (bounded ? 2u : 0u)) return errors.push_back("takes no operands");
  for (std::size_t i = op.operands.size() - (bounded ? 2 : 0); i < op.operands.size(); ++i)
    if (!(func.type(op.operands[i]) == Type::integer()))
      errors.push_back("a bound is " + func.type(op.operands[i]).text());
  if (is_loop && !(op.combiners.empty() && op.results.empty()))
    return errors.push_back("a loop has no results");
  if (body.params.size() != op.dims.size() + carries)
    return errors.push_back("its region has " + std::to_string(body.params.size()) + " parameters");
  if (op.results.size() != carries + op.combiners.size())
    return errors.push_back("results and combiners differ in number");
  if (body.ops.empty() || body.ops.back().code != Opcode::yield) return;  // reported already
  for (std::size_t i = 0; i < op.dims.size(); ++i)
    if (!(func.type(body.params[i]) == Type::integer()))
      errors.push_back("an iterator is " + func.type(body.params[i]).text());
  const Op& end = body.ops.back();
  if (std::any_of(end.operands.begin(), end.operands.end(),
                  [&](ValueId value) { return value.index >= func.values.size(); }))
    return;
  const auto yielded = types_of(func, end.operands);
  std::size_t wanted = carries;
  for (std::size_t i = 0; i < op.combiners.size(); ++i)
    wanted += yields_of(op.combiners[i], func.type(op.results[carries + i]));
  if (yielded.size() != wanted)
    return errors.push_back("its region yields " + std::to_string(yielded.size()) +
                            " values, the results take " + std::to_string(wanted));
  for (std::size_t i = 0; i < carries; ++i) {
    const Type& carry = func.type(body.params[1 + i]);
    if (!(carry.is_tensor() || carry.kind == Kind::key)) errors.push_back("a carry is " + carry.text());
    if (!(func.type(op.operands[i]) == carry && yielded[i] == carry && func.type(op.results[i]) == carry))
      errors.push_back("carry " + std::to_string(i) + " is " + carry.text() +
                       ", but its start, next or final value is not");
  }
  std::size_t at = carries;
  for (std::size_t i = 0; i < op.combiners.size(); ++i) {
    const Type& result = func.type(op.results[carries + i]);
    const std::size_t count = yields_of(op.combiners[i], result);
    check_combined(op, op.combiners[i], result, std::span(yielded).subspan(at, count), errors);
    at += count;
  }
}

Dim total_count(const std::vector<Type>& types) {
  Dim count(0);
  for (const Type& type : types)
    count = count + type.element_count();
  return count;
}

void check_pack(const std::vector<Type>& parts, const std::vector<Type>& whole, Errors& errors) {
  if (whole.size() != 1 || !whole[0].is_tensor()) return errors.push_back("the whole is not one tensor");
  for (const Type& part : parts)
    if (!part.is_tensor() || part.scalar != whole[0].scalar)
      return errors.push_back("a part is " + part.text() + " of " + whole[0].text());
  if (!(total_count(parts) == whole[0].element_count()))
    errors.push_back("the parts have " + total_count(parts).text() + " elements, the whole " +
                     whole[0].element_count().text());
}

void check_call(const Module& module, const Op& op, const std::vector<Type>& arguments,
                const std::vector<Type>& results, Errors& errors) {
  const Func* callee = module.find(op.attr_string("callee"));
  if (!callee) return errors.push_back("there is no function @" + op.attr_string("callee"));
  std::vector<Type> formals;
  for (const Param& param : callee->params) {
    if (param.value.index >= callee->values.size()) return;  // reported at the callee
    formals.push_back(callee->type(param.value));
  }
  for (ValueId value : callee->body.ops.empty() ? std::vector<ValueId>{} : callee->body.ops.back().operands)
    if (value.index >= callee->values.size()) return;
  std::map<std::string, Dim> bound;
  if (!bind_stated_dims(*callee, op.dims, bound)) {
    return errors.push_back("@" + callee->name + " has " + std::to_string(stated_dims(*callee).size()) +
                            " dims that its parameters do not determine, " + std::to_string(op.dims.size()) +
                            " are stated");
  }
  bool fits = match_dims(callee->dims, formals, arguments, bound);
  for (std::size_t i = 0; fits && i < formals.size(); ++i)
    fits = formals[i].substitute(bound) == arguments[i];
  if (!fits)
    return errors.push_back("arguments " + text(arguments) + " do not fit @" + callee->name + text(formals));
  auto types = callee->result_types();
  for (Type& type : types)
    type = type.substitute(bound);
  if (types != results) errors.push_back("@" + callee->name + " gives " + text(types));
}

// Arguments have the declared shape, or that of the batch on top; all batched ones agree.
void check_dist(const Module& module, const Op& op, const std::vector<Type>& arguments,
                const std::vector<Type>& results, Errors& errors) {
  const DistDecl* decl = module.find_dist(op.attr_string("name"));
  if (!decl) return errors.push_back("there is no distribution @" + op.attr_string("name"));
  if (arguments.size() != decl->param_types.size())
    return errors.push_back("@" + decl->name + " takes " + std::to_string(decl->param_types.size()) +
                            " arguments");
  std::vector<Dim> batch;
  std::vector<Type> own;  // the arguments without their batch dims
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const Type& formal = decl->param_types[i];
    const int extra = arguments[i].rank() - formal.rank();
    if (!arguments[i].is_tensor() || extra < 0 || arguments[i].scalar != formal.scalar)
      return errors.push_back("argument " + std::to_string(i) + " is " + arguments[i].text());
    const auto split = arguments[i].shape.begin() + extra;
    const std::vector<Dim> front(arguments[i].shape.begin(), split);
    if (extra > 0 && !batch.empty() && front != batch)
      return errors.push_back("the batch shapes of the arguments differ");
    if (extra > 0) batch = front;
    own.push_back({Kind::tensor, formal.scalar, {split, arguments[i].shape.end()}, 0});
  }
  std::vector<std::string> dims;
  for (const Type& formal : decl->param_types)
    for (const Dim& dim : formal.shape)
      for (std::string& symbol : dim.symbols())
        dims.push_back(std::move(symbol));
  std::map<std::string, Dim> bound;
  if (!match_dims(dims, decl->param_types, own, bound))
    return errors.push_back("the shapes of " + text(arguments) + " do not fit @" + decl->name);
  // What no argument determines (the size of an lkj_chol) is what the result says.
  if (results.size() == 1 && results[0].shape.size() == batch.size() + decl->event_shape.size())
    for (std::size_t i = 0; i < decl->event_shape.size(); ++i)
      if (const auto symbol = decl->event_shape[i].as_symbol())
        bound.try_emplace(*symbol, results[0].shape[batch.size() + i]);
  std::vector<Dim> shape = batch;
  for (const Dim& dim : decl->event_shape)
    shape.push_back(dim.substitute(bound));
  const Type made = Type::dist(decl->scalar, shape, static_cast<int>(decl->event_shape.size()));
  if (results.size() != 1 || !(results[0] == made)) errors.push_back("the distribution is " + made.text());
}

// The shape of a value without its event dims equals the batch of the distribution, which may also be empty.
void check_value_of(const Type& dist, const Type& value, Errors& errors, const Type* mask = nullptr) {
  const auto event = static_cast<std::size_t>(dist.event_rank);
  if (value.scalar != dist.scalar || value.shape.size() < event)
    return errors.push_back(value.text() + " is no value of " + dist.text());
  const auto split = [&](const Type& type) { return type.shape.end() - static_cast<std::ptrdiff_t>(event); };
  const std::vector<Dim> value_batch(value.shape.begin(), split(value)),
      dist_batch(dist.shape.begin(), split(dist));
  if (!std::equal(split(value), value.shape.end(), split(dist), dist.shape.end()))
    return errors.push_back("the event of " + value.text() + " is not that of " + dist.text());
  if (!dist_batch.empty() && dist_batch != value_batch)
    errors.push_back("the batch of " + value.text() + " is not that of " + dist.text());
  if (mask && !mask->shape.empty() && mask->shape != value_batch)
    errors.push_back("the mask is " + mask->text());
}

void check_unknown(const Op& op, const std::vector<Type>& operands, const std::vector<Type>& results,
                   Errors& errors) {
  if (results.size() != 1 || !results[0].is_tensor()) return errors.push_back("gives one tensor");
  const bool is_latent = op.code == Opcode::latent;
  const std::string support = op.attr_string("support");
  const std::size_t prior = is_latent ? static_cast<std::size_t>(op.attr_int("prior") == 1) : 0;
  const std::size_t init = is_latent ? 0 : static_cast<std::size_t>(op.attr_int("has_init") == 1);
  const SupportInfo* row = find_support(support);
  if (!row) return errors.push_back("there is no support " + support);
  const auto& shape = results[0].shape;
  const auto event = static_cast<std::size_t>(row->event_rank),
             bounds = static_cast<std::size_t>(row->bounds);
  if (results[0].scalar != Scalar::f64 || shape.size() < event ||
      (event == 2 && row->sizes == 1 && shape[shape.size() - 1] != shape[shape.size() - 2]))
    return errors.push_back("a value of type " + results[0].text() + " cannot have the support " + support);
  if (operands.size() != prior + bounds + init)
    return errors.push_back("takes " + std::to_string(prior + bounds + init) + " operands, found " +
                            std::to_string(operands.size()));
  if (prior == 1) {
    if (operands[0].kind != Kind::dist) return errors.push_back("the prior is " + operands[0].text());
    check_value_of(operands[0], results[0], errors);
  }
  for (std::size_t i = prior; i < operands.size(); ++i)
    if (!operands[i].is_tensor() || operands[i].scalar != results[0].scalar ||
        !(operands[i].shape.empty() || operands[i].shape == results[0].shape))
      errors.push_back("operand " + std::to_string(i) + " is " + operands[i].text());
}

void check_memory(const Op& op, const std::vector<Type>& operands, const std::vector<Type>& results,
                  Errors& errors) {
  const auto expect = [&](bool fine, const char* what) {
    if (!fine) errors.emplace_back(what);
  };
  if (op.code == Opcode::alloc)
    return expect(operands.empty() && results.size() == 1 && results[0].kind == Kind::buffer,
                  "alloc gives one buffer");
  if (op.code == Opcode::kernel) {
    return expect(results.empty() && std::none_of(operands.begin(), operands.end(),
                                                  [](const Type& type) { return type.kind == Kind::dist; }),
                  "kernel takes scalars, keys and buffers");
  }
  if (operands.empty() || operands[0].kind != Kind::buffer)
    return errors.push_back("the first operand is not a buffer");
  const Type& buffer = operands[0];
  const auto indices = [&](std::size_t first, std::size_t count) {
    for (std::size_t i = first; i < first + count; ++i)
      expect(operands[i] == Type::integer(), "an index is not an i64 scalar");
  };
  if (op.code == Opcode::view) {
    expect(results.size() == 1 && results[0].kind == Kind::buffer && results[0].scalar == buffer.scalar &&
               op.dims.size() <= 1,
           "view gives a buffer of the same scalars");
    expect(operands.size() <= buffer.shape.size() + 1, "view has more indices than dims");
    return indices(1, operands.size() - 1);
  }
  if (op.code == Opcode::copy) {
    const bool fine = operands.size() == 2 && operands[1].kind == Kind::buffer &&
                      operands[1].scalar == buffer.scalar &&
                      operands[1].element_count() == buffer.element_count();
    return expect(fine && results.empty(), "copy takes two buffers of as many elements");
  }
  // load: indices; store and accumulate: indices and a scalar; fill: a scalar.
  const std::size_t rank = op.code == Opcode::fill ? 0 : buffer.shape.size();
  const std::size_t value = op.code == Opcode::load ? 0 : 1;
  if (operands.size() != 1 + rank + value) return errors.push_back("operands do not fit the buffer");
  indices(1, rank);
  if (value == 1)
    expect(results.empty() && operands.back().is_scalar() && operands.back().scalar == buffer.scalar,
           "the value does not fit the buffer");
  if (op.code == Opcode::load)
    expect(results.size() == 1 && results[0].is_scalar() && results[0].scalar == buffer.scalar,
           "load gives a scalar of the buffer");
}

}  // namespace

// Below the density level a contraction is a call of a kernel; the others are nests by then.
static bool is_matrix_product(const Op& op) {
  const auto maps = op.attr_string("semiring") == "sum_mul" ? parse_contraction(op.attr_string("maps"))
                                                            : std::nullopt;
  return maps && matrix_product(*maps);
}

void check_legality(const Module& module, const Func& func, const Op& op, bool typed, Errors& errors) {
  const OpInfo& row = op_info(op.code);
  const auto illegal = [&](const std::string& what) {
    errors.push_back(what + " is not legal at level " + std::string(level_name(module.level)));
  };
  switch (module.level) {
    case Level::density:
      if (row.group == Group::loop) illegal(std::string(row.name));
      return;
    case Level::tensor:
      if (row.group == Group::loop || row.group == Group::probability ||
          (op.code == Opcode::contract && !is_matrix_product(op)))
        illegal(std::string(row.name));
      if (std::find(op.combiners.begin(), op.combiners.end(), Combiner::lse) != op.combiners.end())
        illegal("the combiner lse");
      if (row.group == Group::scalar && typed &&
          std::any_of(op.results.begin(), op.results.end(),
                      [&](ValueId value) { return !func.type(value).is_scalar(); }))
        illegal("elementwise " + std::string(row.name));
      return;
    case Level::loop: {
      constexpr Opcode array_fillers[] = {Opcode::rng_normal, Opcode::rng_uniform};
      const bool fine = row.group == Group::scalar || row.group == Group::loop ||
                        row.group == Group::control || op.code == Opcode::dim ||
                        (row.group == Group::random &&
                         std::find(std::begin(array_fillers), std::end(array_fillers), op.code) ==
                             std::end(array_fillers));
      if (!fine) illegal(std::string(row.name));
      return;
    }
  }
}

void check_types(const Module& module, const Func& func, const Op& op, Errors& errors) {
  const auto operands = types_of(func, op.operands), results = types_of(func, op.results);
  const OpInfo& row = op_info(op.code);
  if (row.arity >= 0 && operands.size() != static_cast<std::size_t>(row.arity))
    return errors.push_back("takes " + std::to_string(row.arity) + " operands, found " +
                            std::to_string(operands.size()));
  switch (op.code) {
    case Opcode::nest:
    case Opcode::scan:
    case Opcode::loop:
      return check_nested(func, op, errors);
    case Opcode::pack:
      return check_pack(operands, results, errors);
    case Opcode::unpack:
      return check_pack(results, operands, errors);
    case Opcode::call:
      return check_call(module, op, operands, results, errors);
    case Opcode::dist:
      return check_dist(module, op, operands, results, errors);
    case Opcode::latent:
    case Opcode::param:
      return check_unknown(op, operands, results, errors);
    default:
      break;
  }
  if (row.group == Group::loop) return check_memory(op, operands, results, errors);
  const auto inferred = infer_types(func, op);
  if (!inferred.error.empty()) return errors.push_back(inferred.error + ": " + text(operands));
  if (inferred.types != results)
    return errors.push_back("gives " + text(inferred.types) + ", not " + text(results));
  if (op.code == Opcode::observe || op.code == Opcode::logpdf)
    check_value_of(operands[0], operands[1], errors, operands.size() == 3 ? &operands[2] : nullptr);
}

}  // namespace elba::ir
