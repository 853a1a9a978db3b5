// Destination passing: which modules need workspace, copies or zeroing, counted.
#include <catch2/catch.hpp>

#include "ir/text.h"
#include "passes/passes.h"
#include "tests/codegen/modules.h"

namespace elba::test {

TEST_CASE("tensors are produced where they are wanted", "[codegen]") {
  struct Row {
    const char* name;
    int arena, copies, fills;
  };
  // What remains has a reason: a tensor that a later loop reads (wells: gb, radon: gz), two uses, a carry, a
  // parameter that is returned.
  const Row rows[] = {
      {"parameters_returned", 0, 3, 0},
      {"wells", 1, 0, 1},
      {"wells_constant_width", 0, 1, 1},
      {"radon", 1, 0, 1},
      {"scatter_into_parts", 0, 1, 2},
      {"garch", 0, 0, 0},
      {"nested_stacks", 0, 0, 1},
      {"many_extents", 0, 0, 1},
      {"sums_of_sums", 1, 0, 2},
      {"packs", 0, 3, 1},
      {"unpacks", 0, 1, 0},
      {"rows_of_maxima", 0, 0, 0},
      {"booleans", 0, 0, 0},
      {"tensor_carries", 2, 6, 0},
      {"cholesky", 1, 0, 0},
      {"random", 0, 0, 0},
  };
  for (const Row& row : rows) {
    const ir::Module loops = bufferise_checked(parse(example(row.name).text()));
    INFO(ir::print(loops));
    CHECK(count_arena(loops.funcs[0]) == row.arena);
    CHECK(count_opcode(loops.funcs[0], ir::Opcode::copy) == row.copies);
    CHECK(count_opcode(loops.funcs[0], ir::Opcode::fill) == row.fills);
  }
}

TEST_CASE("an inner array that is summed takes no memory and no pass of its own", "[codegen]") {
  const ir::Module loops = bufferise_checked(parse(R"(module @m level tensor {
  dim N
  dim D
  func @f(%x: f64[N, D]) -> (g: f64[D]) {
    %g = nest (%i < N) -> (sum f64[D]) {
      %t = nest (%d < D) -> (stack f64[D]) {
        %v = read %x, %i, %d : f64
        %e = exp %v : f64
        yield %e
      }
      yield %t
    }
    return %g
  }
})"));
  CHECK(ir::print(loops) == R"(module @m level loop {
  dim N
  dim D
  func @f(%x: buffer<f64[N, D]>, %g: buffer<f64[D]> output) -> () {
    fill %g, 0.0
    loop (%i0 < N) {
      loop (%i1 < D) {
        %0 = load %x, %i0, %i1 : f64
        %1 = exp %0 : f64
        accumulate %g, %i1, %1 {combiner="sum"}
        yield
      }
      yield
    }
    return
  }
}
)");
}

TEST_CASE("buffers whose uses do not interleave share a slot", "[codegen]") {
  const ir::Module loops = bufferise_checked(parse(example("reused_slots").text()));
  CHECK(count_arena(loops.funcs[0]) == 3);
  std::size_t slots = 0;
  for (const auto& buffer : codegen::buffers_of(loops.funcs[0]))
    slots += buffer.arena;
  CHECK(slots == 2);
}

TEST_CASE("library functions do not reach the loop level, outputs keep their names apart", "[codegen]") {
  const ir::Module loops = bufferise_checked(parse(R"(module @m level tensor {
  dim N
  func @lib<K>(%x: f64[K]) -> (f64[K]) {
    return %x
  }
  func @f(%a: f64[N]) -> (a: f64[N], b: f64[N]) {
    return %a, %a
  }
})"));
  REQUIRE(loops.funcs.size() == 1);
  const auto buffers = codegen::buffers_of(loops.funcs[0]);
  REQUIRE(buffers.size() == 3);
  CHECK(buffers[1].name == "a_out");
  CHECK(buffers[2].name == "b");
  CHECK(buffers[2].role == ir::Role::output);
}

}  // namespace elba::test
