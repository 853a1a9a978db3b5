// Compiled code, bufferised modules and the interpreter agree.
#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

#include "ir/builder.h"
#include "ir/ops.h"
#include "tests/codegen/modules.h"

namespace elba::test {

TEST_CASE("compiled examples agree with the interpreter", "[codegen]") {
  for (const Example& example : examples()) {
    const ir::Module module = parse(example.text());
    for (const Sizes& sizes : example.sizes) {
      INFO(example.name);
      check_agreement(module, "f", sizes, 1);
      check_agreement(module, "f", sizes, 2);
    }
  }
}

namespace {

// A function of this op, over vectors of the given element types.
ir::Module module_of(const ir::OpInfo& info, const std::vector<ir::Scalar>& scalars) {
  ir::Module module;
  module.name = "op";
  module.level = ir::Level::tensor;
  module.dims.push_back({"N", std::nullopt});
  module.funcs.emplace_back();
  module.funcs[0].name = "f";
  ir::Builder b(module.funcs[0]);
  std::vector<ir::ValueId> params;
  for (std::size_t i = 0; i < scalars.size(); ++i)
    params.push_back(
        b.add_param("x" + std::to_string(i), {ir::Kind::tensor, scalars[i], {ir::Dim::symbol("N")}, 0}));
  const auto iterators = b.open_nest({ir::Dim::symbol("N")});
  std::vector<ir::ValueId> operands;
  for (ir::ValueId param : params)
    operands.push_back(b.read(param, iterators));
  const ir::ValueId value = b.emit(info.code, operands);
  b.finish({b.close_nest({{ir::Combiner::stack, {value}}})[0]});
  return module;
}

std::vector<std::vector<ir::Scalar>> operand_types(const ir::OpInfo& info) {
  using ir::Scalar;
  using ir::Signature;
  const auto arity = static_cast<std::size_t>(info.arity);
  const auto all = [&](Scalar scalar) { return std::vector<Scalar>(arity, scalar); };
  switch (info.signature) {
    case Signature::real:
      return {all(Scalar::f64)};
    case Signature::numeric:
      if (!info.eval_int) return {all(Scalar::f64)};
      return {all(Scalar::f64), all(Scalar::i64)};
    case Signature::integer:
      return {all(Scalar::i64)};
    case Signature::compare:
      return {all(Scalar::f64), all(Scalar::i64)};
    case Signature::logical:
      return {all(Scalar::i1)};
    case Signature::select:
      return {{Scalar::i1, Scalar::f64, Scalar::f64},
              {Scalar::i1, Scalar::i64, Scalar::i64},
              {Scalar::i1, Scalar::i1, Scalar::i1}};
    case Signature::to_real:
      return {{Scalar::i64}, {Scalar::i1}};
    case Signature::to_int:
      return {{Scalar::f64}, {Scalar::i1}};
    case Signature::same:
      return {{Scalar::f64}, {Scalar::i64}, {Scalar::i1}};
    case Signature::none:
      break;
  }
  return {};
}

}  // namespace

TEST_CASE("every scalar operation is compiled as its row says", "[codegen]") {
  const double infinity = std::numeric_limits<double>::infinity();
  int checked = 0;
  for (const ir::OpInfo& info : ir::all_ops()) {
    if (info.group != ir::Group::scalar) continue;
    for (const auto& scalars : operand_types(info)) {
      const ir::Module module = module_of(info, scalars);
      constexpr std::int64_t count = 41;
      std::vector<ir::Tensor> arguments;
      for (std::size_t i = 0; i < scalars.size(); ++i) {
        const ir::Interval domain = info.domain[i];
        ir::Tensor tensor{scalars[i], {count}, {}, 0};
        for (std::int64_t k = 0; k < count; ++k) {
          const double at = static_cast<double>((k * (static_cast<std::int64_t>(i) + 7)) % count) /
                            (count - 1);
          double value = domain.low + (domain.high - domain.low) * at;
          if (scalars[i] == ir::Scalar::i64) value = std::round(value);
          if (scalars[i] == ir::Scalar::i1) value = static_cast<double>((k >> i) & 1);
          tensor.values.push_back(value);
        }
        // The ends of the reals, where rounding does not matter but the choice of formula does.
        if (scalars[i] == ir::Scalar::f64 && info.arity <= 2 && info.code != ir::Opcode::polygamma &&
            i == 0) {
          tensor.values[0] = infinity;
          tensor.values[1] = std::numeric_limits<double>::quiet_NaN();
          tensor.values[2] = -infinity;
          tensor.values[3] = 0;
        }
        arguments.push_back(std::move(tensor));
      }
      INFO(info.name);
      const auto expected = ir::interpret(module, "f", arguments, {{"N", count}});
      REQUIRE(expected);
      const auto found = run_compiled(compile(bufferise_checked(module)), "f", arguments, {{"N", count}});
      check_equal(*expected, found, 2e-12);
      ++checked;
    }
  }
  REQUIRE(checked > 60);
}

TEST_CASE("what is not at loop level is refused", "[codegen]") {
  const auto jit = codegen::Jit::create();
  REQUIRE(jit);
  CHECK_FALSE((*jit)->compile(parse(example("wells").text())));
  ir::Module unknown = bufferise_checked(parse(R"(module @m level tensor {
  func @f(%x: f64[2, 2]) -> (f64[2, 2]) {
    %l = chol %x : f64[2, 2]
    return %l
  }
})"));
  for (ir::Op& op : unknown.funcs[0].body.ops)
    if (op.code == ir::Opcode::kernel) op.set_attr("symbol", std::string("system"));
  CHECK_FALSE((*jit)->compile(unknown));
}

}  // namespace elba::test
