// IR text through its reader, its printer and every pass of its level; mutated token by token.
#include <cstdio>
#include <cstdlib>

#include "tests/fuzz/token_mutator.h"
#include "tests/fuzz_corpus/entries.h"

namespace {

// Words of one kind stand together; the formatter would give each a line of its own.
// clang-format off
constexpr std::string_view words[] = {
    "module", "level", "density", "tensor", "loop", "func", "dim N", "dim M pairs (N)", "dist", "data",
    "input", "key", "cache", "output", "value", "lower(1)", "upper(N)", "return", "yield", "next",
    "f64", "i64", "i1", "f64[N]", "f64[N, K]", "f64[]", "f64[0]", "f64[-1]", "buffer<f64[N]>",
    "dist<f64, 0>", "N", "K", "N - 1", "(N)", "0", "1", "-1", "0.0", "1.5", "-0.0", "inf", "nan", "-inf",
    "1e308",
    "true", "false", "9223372036854775807", "-9223372036854775808", "%0", "%1", "%2", "%3", "%i0", "%i1",
    "%c0", "%x", "%u", "%y", "{", "}", "(", ")", "[", "]", "<", ">", ":", ",", "=", "->", "@f", "@model",
    "nest (%i0 < N) -> (sum f64) {", "nest (%i0 < N) -> (stack f64[N]) {", "nest () -> (sum f64) {",
    "scan (%i0 < N) carry (%c0 = 0.0 : f64) -> () {", "loop (%i0 < N) {", "scatter f64[N]", "sum", "stack",
    "prod", "max",
    "min", "lse", "argmax", "read", "pack", "unpack", "contract", "chol", "trisolve", "{trans=1}",
    "{reverse=1}", "{maps=\"nd,d->n\", semiring=\"sum_mul\"}", "call {callee=\"f\"}", "select", "add", "sub",
    "mul",
    "div", "neg", "exp", "log", "sqrt", "pow", "stop_grad", "to_real", "to_int", "lt", "eq", "and", "not",
    "floor", "lgamma", "dim (N)", "latent", "observe", "factor", "param", "logpdf", "sample",
    "rng_normal %key (N)",
    "key_fold", "from %a to %b ->", "{bounded=1}", "{lower=1}", "{trans=0}", "{combiner=\"sum\"}",
    "{site=\"x.centering\", via=\"vip\"}", "{recovers=\"x\"}", "solve", "eigh", "qr", "svd", "sort_order",
    "search_sorted", "log_gamma_p", "lbeta",
    "alloc {place=\"arena\", slot=0}", "view", "load", "store", "accumulate", "fill", "copy", "kernel",
    "stage(step)", "active", "\"", "//", "\n"};
// clang-format on

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string broken = elba::test::ir_entry({reinterpret_cast<const char*>(bytes), size});
  if (broken.empty()) return 0;
  std::fprintf(stderr, "%s\n", broken.c_str());
  std::abort();
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* bytes, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  return elba::fuzz::mutate_tokens(bytes, size, max_size, seed, words);
}
