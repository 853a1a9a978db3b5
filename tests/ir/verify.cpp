// The verifier: for every invariant, modules that break it and the line that says so. Each starts from the
// same sound module.
#include <catch2/catch.hpp>

#include "ir/builder.h"
#include "ir/text.h"
#include "ir/verify.h"

using namespace elba;
using namespace elba::ir;

namespace {

Module read(const char* text) {
  auto module = parse_module(Source("m", text));
  INFO((module ? std::string() : module.diagnostics()[0].message));
  REQUIRE(module);
  return std::move(*module);
}

const char* const tensor_text = R"(module @m level tensor {
  dim N
  func @f(%x: f64[N], %i: i64) -> (f64, f64) {
    %0 = read %x, %i : f64
    %1 = nest (%i0 < N) -> (sum f64) {
      %2 = read %x, %i0 : f64
      %3 = mul %2, %0 : f64
      yield %3
    }
    %4, %5 = scan (%i1 < N) carry (%c0 = %1 : f64) -> (stack f64[N]) {
      %6 = add %c0, 1.0 : f64
      next %6
      yield %6
    }
    return %0, %4
  }
})";

const char* const density_text = R"(module @m level density {
  dim N
  dist @normal(mu: f64, sigma: f64) scalar(f64) support(real) noise(normal) location_scale members(logpdf)
  dist @dirichlet(alpha: f64[K]) scalar(f64[K]) support(simplex) members()
  func @normal.logpdf(%x: f64, %mu: f64, %sigma: f64) -> (f64) {
    %0 = sub %x, %mu : f64
    return %0
  }
  func @helper<D>(%x: f64[D]) -> (f64[D]) {
    return %x
  }
  func @model(%y: f64[N] data, %a: f64[3] data, %key: key key) -> () {
    %0 = dist 0.0, 1.0 {name="normal"} : dist<f64, 0>
    %1 = latent %0 {prior=1, site="b", support="real"} : f64
    %2 = latent 0.0, %1 {prior=0, site="c", support="interval"} : f64
    %3 = call %y {callee="helper"} : f64[N]
    %4 = dist %3, 1.0 {name="normal"} : dist<f64[N], 0>
    %5 = gt %y, 0.0 : i1[N]
    observe %4, %y, %5 {role="data", site="y"}
    %6 = dist %a {name="dirichlet"} : dist<f64[3], 1>
    %7 = sample %6, %key (N) : f64[N, 3]
    %8 = contract %7, %a {maps="nk,k->n", semiring="sum_mul"} : f64[N]
    factor %8 {site="f"}
    return
  }
})";

const char* const loop_text = R"(module @m level loop {
  dim N
  func @f(%x: buffer<f64[N]> data, %out0: buffer<f64> output) -> () {
    %0 = alloc {place="arena", slot=0} : buffer<f64[N]>
    copy %0, %x
    loop (%i0 < N) {
      %1 = load %0, %i0 : f64
      accumulate %out0, %1 {combiner="sum"}
      yield
    }
    return
  }
})";

// The op of @f (or @model) at a path of indices through regions.
Op& op_at(Module& module, const char* func, std::initializer_list<std::size_t> path) {
  std::vector<Op>* ops = &module.find(func)->body.ops;
  Op* op = nullptr;
  for (std::size_t i : path) {
    if (op) ops = &op->regions.at(0).ops;
    op = &ops->at(i);
  }
  return *op;
}

struct Breakage {
  const char* text;
  std::function<void(Module&)> breaks;
  const char* line;  // part of what is reported
};

void check_all(const std::vector<Breakage>& breakages) {
  for (const Breakage& breakage : breakages) {
    Module module = read(breakage.text);
    REQUIRE(verify(module).empty());
    breakage.breaks(module);
    const auto broken = verify(module);
    std::string all;
    for (const std::string& line : broken)
      all += line + "\n";
    INFO("wanted: " << breakage.line << "\nfound: " << all);
    CHECK(all.find(breakage.line) != std::string::npos);
    CHECK_FALSE(print(module).empty());  // a broken module can still be shown
  }
}

}  // namespace

TEST_CASE("invariant 1: operands are in scope", "[ir]") {
  check_all({
      {tensor_text,
       [](Module& m) {
         auto& ops = m.find("f")->body.ops;
         std::swap(ops[0], ops[1]);
       },
       "used before its definition"},
      {tensor_text, [](Module& m) { op_at(m, "f", {3}).operands[0] = op_at(m, "f", {1, 0}).results[0]; },
       "a region that has ended"},
      {tensor_text, [](Module& m) { op_at(m, "f", {1, 1}).operands[0] = op_at(m, "f", {1, 1}).results[0]; },
       "used before its definition"},
      {tensor_text, [](Module& m) { op_at(m, "f", {3}).operands[0] = m.find("f")->add_value(Type::real()); },
       "used before its definition"},
  });
}

TEST_CASE("invariant 2: values are defined once, ids are in range", "[ir]") {
  check_all({
      {tensor_text, [](Module& m) { op_at(m, "f", {3}).operands[0] = {100000}; }, "out of range"},
      {tensor_text, [](Module& m) { op_at(m, "f", {0}).results[0] = {100000}; }, "out of range"},
      {tensor_text, [](Module& m) { op_at(m, "f", {1}).results[0] = op_at(m, "f", {0}).results[0]; },
       "defined twice"},
      {tensor_text, [](Module& m) { op_at(m, "f", {0}).results[0] = m.find("f")->params[0].value; },
       "defined twice"},
      {tensor_text, [](Module& m) { op_at(m, "f", {1}).regions[0].params[0] = m.find("f")->params[1].value; },
       "defined twice"},
      {tensor_text, [](Module& m) { op_at(m, "f", {0}).results[0] = m.find("f")->add_constant(1.0); },
       "is a constant"},
      {tensor_text, [](Module& m) { m.find("f")->params[1].name = "x"; }, "two parameters"},
      {tensor_text, [](Module& m) { m.find("f")->params[1].name = "a b"; }, "not the name"},
      {tensor_text, [](Module& m) { m.funcs.push_back(m.funcs[0]); }, "defined twice"},
      {tensor_text, [](Module& m) { m.find("f")->result_names = {"a"}; }, "differ in number"},
  });
}

TEST_CASE("invariant 3: types satisfy the rows", "[ir]") {
  const auto set_type = [](Module& m, ValueId value, Type type) {
    m.find("f")->values[value.index].type = std::move(type);
  };
  check_all({
      {tensor_text, [&](Module& m) { set_type(m, op_at(m, "f", {0}).results[0], Type::integer()); },
       "gives (f64)"},
      {tensor_text, [&](Module& m) { set_type(m, m.find("f")->params[1].value, Type::real()); },
       "an index must be"},
      {tensor_text, [&](Module& m) { op_at(m, "f", {1, 1}).operands.pop_back(); }, "takes 2 operands"},
      {tensor_text,
       [&](Module& m) { op_at(m, "f", {1, 2}).operands.push_back(op_at(m, "f", {1, 1}).results[0]); },
       "yields 2 values"},
      {tensor_text, [&](Module& m) { op_at(m, "f", {1}).combiners[0] = Combiner::argmax; }, "argmax f64"},
      {tensor_text, [&](Module& m) { op_at(m, "f", {1}).combiners[0] = Combiner::stack; },
       "the stack of the yielded values is f64[N]"},
      {tensor_text, [&](Module& m) { op_at(m, "f", {1}).combiners.clear(); }, "differ in number"},
      {tensor_text,
       [&](Module& m) {
         op_at(m, "f", {1}).regions[0].params.clear();
         op_at(m, "f", {1, 0}).operands[1] = m.find("f")->params[1].value;
       },
       "0 parameters"},
      {tensor_text, [&](Module& m) { set_type(m, op_at(m, "f", {1}).regions[0].params[0], Type::real()); },
       "an iterator is f64"},
      {tensor_text, [&](Module& m) { op_at(m, "f", {2}).operands[0] = m.find("f")->params[1].value; },
       "carry 0 is f64"},
      {tensor_text, [&](Module& m) { op_at(m, "f", {2}).dims.emplace_back(2); }, "one iterator"},
      {tensor_text, [&](Module& m) { op_at(m, "f", {1}).operands.push_back(m.find("f")->params[1].value); },
       "takes no operands"},
      {tensor_text, [&](Module& m) { op_at(m, "f", {0}).combiners.push_back(Combiner::sum); },
       "has combiners"},
      {tensor_text, [&](Module& m) { op_at(m, "f", {1}).regions.clear(); }, "has 0 regions"},
      {tensor_text,
       [&](Module& m) { m.find("f")->values[m.find("f")->add_constant(1.0).index].type = Type::integer(); },
       "a constant has type"},
      {density_text, [&](Module& m) { op_at(m, "model", {9}).set_attr("maps", "nk,n->n"); },
       "the extents of an axis differ"},
      {density_text,
       [&](Module& m) { op_at(m, "model", {6}).operands[1] = m.find("model")->params[1].value; },
       "the batch of f64[3]"},
      {loop_text, [&](Module& m) { op_at(m, "f", {2, 0}).operands.pop_back(); },
       "operands do not fit the buffer"},
      {loop_text, [&](Module& m) { op_at(m, "f", {1}).operands[1] = m.find("f")->params[1].value; },
       "as many elements"},
  });
}

TEST_CASE("invariant 4: regions end once", "[ir]") {
  check_all({
      {tensor_text, [](Module& m) { m.find("f")->body.ops.pop_back(); }, "does not end in return_values"},
      {tensor_text, [](Module& m) { m.find("f")->body.ops.clear(); }, "does not end in return_values"},
      {tensor_text, [](Module& m) { op_at(m, "f", {1}).regions[0].ops.pop_back(); }, "does not end in yield"},
      {tensor_text,
       [](Module& m) {
         auto& ops = op_at(m, "f", {1}).regions[0].ops;
         ops.push_back(ops.back());
       },
       "ends a region that goes on"},
      {tensor_text, [](Module& m) { op_at(m, "f", {3}).code = Opcode::yield; },
       "does not end in return_values"},
  });
}

TEST_CASE("invariant 5: dims are declared", "[ir]") {
  check_all({
      {tensor_text, [](Module& m) { m.dims.clear(); }, "mentions the dim N, which is not declared"},
      {tensor_text, [](Module& m) { op_at(m, "f", {1}).dims[0] = Dim::symbol("M"); }, "mentions the dim M"},
      {tensor_text, [](Module& m) { op_at(m, "f", {1}).dims[0] = Dim(-1); }, "the extent -1"},
      {tensor_text, [](Module& m) { m.dims.push_back(m.dims[0]); }, "declared twice"},
      {tensor_text, [](Module& m) { m.find("f")->params[1].upper = Dim::symbol("Q"); }, "mentions the dim Q"},
      {tensor_text, [](Module& m) { m.find("f")->params[1].upper = std::string("nobody"); },
       "is no parameter"},
  });
}

TEST_CASE("invariant 6: ops are legal at the level", "[ir]") {
  check_all({
      {density_text, [](Module& m) { m.level = Level::tensor; }, "latent is not legal at level tensor"},
      {density_text, [](Module& m) { m.level = Level::tensor; }, "contract is not legal"},
      {density_text, [](Module& m) { m.level = Level::tensor; }, "elementwise gt is not legal"},
      {density_text, [](Module& m) { m.level = Level::tensor; }, "is a distribution, which only"},
      {tensor_text, [](Module& m) { m.level = Level::loop; }, "nest is not legal at level loop"},
      {tensor_text, [](Module& m) { m.level = Level::loop; }, "is a tensor; the loop level has buffers"},
      {tensor_text, [](Module& m) { op_at(m, "f", {1}).combiners[0] = Combiner::lse; }, "lse is not legal"},
      {loop_text, [](Module& m) { m.level = Level::tensor; }, "is a buffer, which only"},
      {loop_text, [](Module& m) { m.level = Level::density; }, "alloc is not legal"},
  });
}

namespace {

// @b0 calls @helper, @b1 calls @b0 `times` times, ..
void double_bodies(Module& m, int count, int times) {
  for (int k = 0; k < count; ++k) {
    Func next = *m.find("helper");
    next.name = "b" + std::to_string(k);
    for (int call_number = 0; call_number < times; ++call_number) {
      Op call;
      call.code = Opcode::call;
      call.operands = {next.params[0].value};
      call.results = {next.add_value(next.type(next.params[0].value))};
      call.set_attr("callee", k == 0 ? std::string("helper") : "b" + std::to_string(k - 1));
      next.body.ops.insert(next.body.ops.begin(), call);
    }
    m.funcs.push_back(next);
  }
}

}  // namespace

TEST_CASE("invariant 7: calls and distributions fit what they name", "[ir]") {
  check_all({
      {density_text, [](Module& m) { op_at(m, "model", {3}).set_attr("callee", "nobody"); },
       "no function @nobody"},
      {density_text,
       [](Module& m) { op_at(m, "model", {3}).operands[0] = op_at(m, "model", {1}).results[0]; },
       "do not fit @helper"},
      {density_text,
       [](Module& m) {
         m.find("model")->values[op_at(m, "model", {3}).results[0].index].type = Type::real();
       },
       "@helper gives (f64[N])"},
      {density_text, [](Module& m) { op_at(m, "model", {0}).set_attr("name", "cauchy"); },
       "no distribution @cauchy"},
      {density_text, [](Module& m) { op_at(m, "model", {0}).operands.pop_back(); }, "takes 2 arguments"},
      {density_text, [](Module& m) { op_at(m, "model", {4}).operands[1] = m.find("model")->params[1].value; },
       "batch shapes of the arguments differ"},
      {density_text,
       [](Module& m) {
         m.find("model")->values[op_at(m, "model", {7}).results[0].index].type.event_rank = 0;
       },
       "the distribution is dist<f64[3], 1>"},
      {density_text, [](Module& m) { m.dists[0].members.push_back("sample"); }, "no function @normal.sample"},
      {density_text, [](Module& m) { m.dists[0].gaussian = GaussianForm::covariance; },
       "do not fit gaussian(covariance)"},
      {density_text, [](Module& m) { m.dists[0].may_be_infinite = {"tau"}; },
       "@tau, which may be infinite, is no parameter"},
      {density_text,
       [](Module& m) {
         Op call;
         call.code = Opcode::call;
         Func& helper = *m.find("helper");
         call.operands = {helper.params[0].value};
         call.results = {helper.add_value(helper.type(helper.params[0].value))};
         call.set_attr("callee", "helper");
         helper.body.ops.insert(helper.body.ops.begin(), call);
       },
       "its calls never end"},
      {density_text, [](Module& m) { double_bodies(m, 30, 2); }, "more than 4000000 operations"},
      {density_text, [](Module& m) { double_bodies(m, 300, 1); }, "calls are nested more than 200 deep"},
  });
}

TEST_CASE("invariant 7: a distribution whose density is made of itself", "[ir]") {
  const auto read = parse_module(Source("m", R"(module @m level density {
  dist @odd(mu: f64) scalar(f64) support(real) noise(normal) members(logpdf)
  func @odd.logpdf(%x: f64, %mu: f64) -> (f64) {
    %0 = dist %mu {name="odd"} : dist<f64, 0>
    %1 = logpdf %0, %x : f64
    return %1
  }
})"));
  REQUIRE(!read);
  CHECK_THAT(read.diagnostics()[0].message, Catch::Contains("its calls never end"));
}

TEST_CASE("invariant 8: attributes", "[ir]") {
  check_all({
      {density_text, [](Module& m) { op_at(m, "model", {1}).attrs.clear(); },
       "the attribute site must be a string"},
      {density_text, [](Module& m) { op_at(m, "model", {1}).set_attr("prior", "yes"); },
       "the attribute prior must be 0 or 1"},
      {density_text, [](Module& m) { op_at(m, "model", {6}).set_attr("role", "other"); },
       "the attribute role is \"other\""},
      {density_text, [](Module& m) { op_at(m, "model", {9}).set_attr("semiring", "min_add"); },
       "unknown semiring"},
      {density_text,
       [](Module& m) { std::swap(op_at(m, "model", {6}).attrs[0], op_at(m, "model", {6}).attrs[1]); },
       "not sorted"},
      {density_text, [](Module& m) { op_at(m, "model", {2}).set_attr("support", "lower"); },
       "takes 1 operands, found 2"},
      {tensor_text, [](Module& m) { op_at(m, "f", {2}).set_attr("reverse", std::int64_t{2}); },
       "the attribute reverse must be 0 or 1"},
      {loop_text, [](Module& m) { op_at(m, "f", {0}).set_attr("slot", std::int64_t{-1}); }, "slot"},
      {loop_text, [](Module& m) { op_at(m, "f", {2, 1}).set_attr("combiner", "mean"); },
       "the attribute combiner"},
  });
}
