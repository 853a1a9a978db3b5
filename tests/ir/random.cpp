// Random modules: they verify, print and read back, and give finite values; the same seed gives the same
// module.
#include <catch2/catch.hpp>
#include <cmath>
#include <set>

#include "ir/ops.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "tests/support/random_module.h"

using namespace elba;
using namespace elba::ir;
using elba::test::random_case;
using elba::test::random_module;
using elba::test::RandomOptions;

namespace {

void collect(const Region& region, std::set<Opcode>& codes, std::set<Combiner>& combiners) {
  for (const Op& op : region.ops) {
    codes.insert(op.code);
    combiners.insert(op.combiners.begin(), op.combiners.end());
    for (const Region& inner : op.regions)
      collect(inner, codes, combiners);
  }
}

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

}  // namespace

TEST_CASE("random modules are sound, read back and run", "[ir]") {
  std::set<Opcode> codes;
  std::set<Combiner> combiners;
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    RandomOptions options;
    options.level = seed % 3 == 0 ? Level::density : Level::tensor;
    options.has_key = seed % 5 == 0;
    options.has_stop_grad = seed % 2 == 0;
    const Module module = random_module(seed, options);
    const std::string text = print(module);
    INFO(text);
    const auto broken = verify(module);
    INFO((broken.empty() ? std::string() : broken[0]));
    REQUIRE(broken.empty());
    CHECK(print(random_module(seed, options)) == text);
    const auto read = parse_module(Source("m", text));
    REQUIRE(read);
    CHECK(print(*read) == text);
    for (const auto& dims : {std::map<std::string, std::int64_t>{}, {{"N", 1}, {"K", 1}}}) {
      const auto example = random_case(module, seed, dims);
      const auto results = interpret(module, "f", example.arguments, example.dims);
      INFO((results ? std::string() : results.diagnostics()[0].message));
      REQUIRE(results);
      CHECK(std::isfinite(results->at(0).values.at(0)));
      const auto again = interpret(*read, "f", example.arguments, example.dims);
      REQUIRE(again);
      for (std::size_t i = 0; i < results->size(); ++i) {
        REQUIRE((*again)[i].values.size() == (*results)[i].values.size());
        for (std::size_t k = 0; k < (*results)[i].values.size(); ++k)
          CHECK(same((*again)[i].values[k], (*results)[i].values[k]));
      }
    }
    collect(module.funcs[0].body, codes, combiners);
  }
  // The generator reaches every scalar op, the array ops and all combiners. Left to tests of their own: dear
  // special functions, and operations on general matrices and on orders, most of which take data only.
  const std::set<Opcode> elsewhere{Opcode::solve,      Opcode::logabsdet,  Opcode::eigh,
                                   Opcode::eigh_gap,   Opcode::qr,         Opcode::svd,
                                   Opcode::matrix_exp, Opcode::sort_order, Opcode::search_sorted};
  for (const OpInfo& op : all_ops()) {
    if (op.group != Group::scalar && op.group != Group::array && op.group != Group::linalg) continue;
    if ((op.group == Group::scalar && op.cost > 90) || elsewhere.contains(op.code)) continue;
    INFO(op.name);
    CHECK(codes.contains(op.code));
  }
  CHECK(combiners.size() == 8);
}
