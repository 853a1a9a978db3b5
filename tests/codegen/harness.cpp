#include "tests/codegen/harness.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "ir/text.h"
#include "ir/verify.h"
#include "passes/passes.h"

namespace elba::test {

namespace {

using ir::Scalar;
using ir::Tensor;

std::string messages(const std::vector<Diagnostic>& diagnostics) {
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics)
    text += diagnostic.message + "\n";
  return text;
}

std::vector<std::int64_t> shape_at(const ir::Type& type, const Sizes& sizes) {
  std::vector<std::int64_t> shape;
  for (const ir::Dim& dim : type.shape)
    shape.push_back(std::max<std::int64_t>(dim.evaluate(sizes).value(), 0));
  return shape;
}

std::size_t count_of(const std::vector<std::int64_t>& shape) {
  std::size_t count = 1;
  for (std::int64_t extent : shape)
    count *= static_cast<std::size_t>(extent);
  return count;
}

std::size_t bytes_of(Scalar scalar) { return scalar == Scalar::i1 ? 1 : 8; }

double bound_at(const ir::Bound& bound, const Sizes& sizes, double absent) {
  if (const auto* real = std::get_if<double>(&bound)) return *real;
  if (const auto* dim = std::get_if<ir::Dim>(&bound))
    return static_cast<double>(dim->evaluate(sizes).value());
  return absent;
}

// Memory of a buffer, as compiled code sees it.
std::vector<std::byte> to_bytes(const Tensor& tensor) {
  std::vector<std::byte> bytes(std::max<std::size_t>(tensor.values.size() * bytes_of(tensor.scalar), 8));
  for (std::size_t i = 0; i < tensor.values.size(); ++i) {
    if (tensor.scalar == Scalar::f64) {
      std::memcpy(bytes.data() + 8 * i, &tensor.values[i], 8);
    } else if (tensor.scalar == Scalar::i64) {
      const auto integer = static_cast<std::int64_t>(tensor.values[i]);
      std::memcpy(bytes.data() + 8 * i, &integer, 8);
    } else {
      bytes[i] = static_cast<std::byte>(tensor.values[i] != 0);
    }
  }
  return bytes;
}

Tensor from_bytes(const std::vector<std::byte>& bytes, Scalar scalar, std::vector<std::int64_t> shape) {
  Tensor tensor;
  tensor.scalar = scalar;
  const std::size_t count = count_of(shape);
  tensor.shape = std::move(shape);
  for (std::size_t i = 0; i < count; ++i) {
    if (scalar == Scalar::f64) {
      double real;
      std::memcpy(&real, bytes.data() + 8 * i, 8);
      tensor.values.push_back(real);
    } else if (scalar == Scalar::i64) {
      std::int64_t integer;
      std::memcpy(&integer, bytes.data() + 8 * i, 8);
      tensor.values.push_back(static_cast<double>(integer));
    } else {
      tensor.values.push_back(static_cast<double>(bytes[i]));
    }
  }
  return tensor;
}

}  // namespace

ir::Module parse(const std::string& text) {
  auto parsed = ir::parse_module(Source("test", text));
  INFO(messages(parsed.diagnostics()));
  REQUIRE(parsed);
  return *parsed;
}

ir::Module bufferise_checked(const ir::Module& module) {
  const ir::Module made = passes::bufferise(module);
  const std::string text = ir::print(made);
  INFO(text);
  for (const std::string& broken : ir::verify(made))
    FAIL(broken);
  auto again = ir::parse_module(Source("again", text));
  INFO(messages(again.diagnostics()));
  REQUIRE(again);
  REQUIRE(ir::print(*again) == text);
  return made;
}

std::vector<Tensor> random_arguments(const ir::Module& module, const std::string& name, const Sizes& sizes,
                                     std::uint64_t seed) {
  std::mt19937_64 engine(seed);
  const ir::Func& func = *module.find(name);
  std::vector<Tensor> arguments;
  for (const ir::Param& param : func.params) {
    const ir::Type& type = func.type(param.value);
    Tensor tensor;
    tensor.scalar = type.scalar;
    if (type.kind == ir::Kind::key) {
      tensor.key = engine();
    } else {
      tensor.shape = shape_at(type, sizes);
      tensor.values.resize(count_of(tensor.shape));
    }
    const bool whole = type.scalar != Scalar::f64;
    const double low = bound_at(param.lower, sizes, whole ? 0 : -1);
    const double high = type.scalar == Scalar::i1 ? 1
                                                  : bound_at(param.upper, sizes, whole ? low + 5 : low + 2);
    for (double& value : tensor.values) {
      value = whole ? static_cast<double>(std::uniform_int_distribution<std::int64_t>(
                          static_cast<std::int64_t>(low), static_cast<std::int64_t>(high))(engine))
                    : low + (high - low) * std::uniform_real_distribution<double>(0.1, 0.9)(engine);
    }
    arguments.push_back(std::move(tensor));
  }
  return arguments;
}

codegen::CompiledModule compile(const ir::Module& loop_module) {
  static const auto jit = codegen::Jit::create();
  REQUIRE(jit);
  auto compiled = (*jit)->compile(loop_module);
  INFO(messages(compiled.diagnostics()));
  REQUIRE(compiled);
  return *compiled;
}

std::vector<Tensor> run_compiled(const codegen::CompiledModule& compiled, const std::string& name,
                                 const std::vector<Tensor>& arguments, const Sizes& sizes) {
  const codegen::CompiledFunction* function = compiled.find(name);
  REQUIRE(function);
  std::vector<std::vector<std::byte>> memory;
  std::size_t next = 0;
  for (const codegen::BufferInfo& buffer : function->buffers) {
    if (buffer.arena || buffer.role == ir::Role::output) {
      memory.emplace_back(
          std::max<std::size_t>(count_of(shape_at(buffer.type, sizes)) * bytes_of(buffer.type.scalar), 8),
          std::byte{0xff});
    } else if (buffer.type.kind == ir::Kind::key) {
      memory.emplace_back(8);
      std::memcpy(memory.back().data(), &arguments.at(next++).key, 8);
    } else {
      memory.push_back(to_bytes(arguments.at(next++)));
    }
  }
  std::vector<void*> addresses;
  for (auto& bytes : memory)
    addresses.push_back(bytes.data());
  std::vector<std::int64_t> dims;
  for (const std::string& dim : compiled.dims())
    dims.push_back(sizes.at(dim));
  const std::atomic<bool> stop{false};
  function->entry(addresses.data(), dims.data(), &stop);
  std::vector<Tensor> results;
  for (std::size_t i = 0; i < memory.size(); ++i) {
    const codegen::BufferInfo& buffer = function->buffers[i];
    if (buffer.role == ir::Role::output)
      results.push_back(from_bytes(memory[i], buffer.type.scalar, shape_at(buffer.type, sizes)));
  }
  return results;
}

void check_equal(const std::vector<Tensor>& expected, const std::vector<Tensor>& found, double tolerance) {
  REQUIRE(expected.size() == found.size());
  for (std::size_t k = 0; k < expected.size(); ++k) {
    REQUIRE(expected[k].shape == found[k].shape);
    REQUIRE(expected[k].scalar == found[k].scalar);
    REQUIRE(expected[k].values.size() == found[k].values.size());
    for (std::size_t i = 0; i < expected[k].values.size(); ++i) {
      const double a = expected[k].values[i], b = found[k].values[i];
      INFO("result " << k << ", element " << i << ": " << a << " and " << b);
      const bool same = a == b || (std::isnan(a) && std::isnan(b)) ||
                        std::abs(a - b) <= tolerance * (1 + std::max(std::abs(a), std::abs(b)));
      REQUIRE(same);
    }
  }
}

void check_agreement(const ir::Module& module, const std::string& func, const Sizes& sizes,
                     std::uint64_t seed) {
  const auto arguments = random_arguments(module, func, sizes, seed);
  const auto expected = ir::interpret(module, func, arguments, sizes);
  INFO(ir::print(module) << messages(expected.diagnostics()));
  REQUIRE(expected);
  const ir::Module loops = bufferise_checked(module);
  INFO(ir::print(loops));
  const auto interpreted = ir::interpret(loops, func, arguments, sizes);
  INFO(messages(interpreted.diagnostics()));
  REQUIRE(interpreted);
  check_equal(*expected, *interpreted);
  check_equal(*expected, run_compiled(compile(loops), func, arguments, sizes));
}

namespace {

template <class Test>
int count_if(const ir::Region& region, Test test) {
  int count = 0;
  for (const ir::Op& op : region.ops) {
    count += test(op);
    for (const ir::Region& inner : op.regions)
      count += count_if(inner, test);
  }
  return count;
}

}  // namespace

int count_opcode(const ir::Func& func, ir::Opcode code) {
  return count_if(func.body, [&](const ir::Op& op) { return op.code == code; });
}

int count_arena(const ir::Func& func) {
  return count_if(func.body, [](const ir::Op& op) {
    return op.code == ir::Opcode::alloc && op.attr_string("place") == "arena";
  });
}

}  // namespace elba::test
