// ops_probability: the rows of densities, unknowns and randomness. Random draws are defined in docs/ir.md, "Randomness".
#include "ir/ops_table.h"

namespace elba::ir {

namespace {

constexpr OpInfo rows[] = {
    {.code = Opcode::dist, .name = "dist", .group = Group::probability, .doc = "a declared distribution of its arguments", .lower = "special", .cost = 0},
    {.code = Opcode::latent, .name = "latent", .group = Group::probability, .doc = "an unknown, with its prior when prior=1, then the bounds of its support",
     .lower = "special"},
    {.code = Opcode::param, .name = "param", .group = Group::probability, .doc = "a point-estimated quantity: the bounds of its support, then its start when has_init=1",
     .lower = "special"},
    {.code = Opcode::observe, .name = "observe", .group = Group::probability, .doc = "adds the log density of a value, where the mask is true", .lower = "special"},
    {.code = Opcode::factor, .name = "factor", .group = Group::probability, .arity = 1, .doc = "adds the sum of a tensor to the log density", .lower = "special"},
    {.code = Opcode::logpdf, .name = "logpdf", .group = Group::probability, .doc = "the log density of a value, summed over the batch, where the mask is true",
     .lower = "special", .cost = 50},
    {.code = Opcode::sample, .name = "sample", .group = Group::probability, .arity = 2, .doc = "a draw of a distribution, the prefix shape in front", .lower = "special", .cost = 100},
    {.code = Opcode::call, .name = "call", .group = Group::probability, .doc = "a function of the module", .lower = "special", .cost = 50},
    {.code = Opcode::key_fold, .name = "key_fold", .group = Group::random, .arity = 2, .doc = "an independent key, a function of key and number", .lower = "special", .cost = 20},
    {.code = Opcode::rng_normal, .name = "rng_normal", .group = Group::random, .arity = 1, .doc = "standard normal draws, element k a function of (key, k)",
     .lower = "special", .cost = 50},
    {.code = Opcode::rng_uniform, .name = "rng_uniform", .group = Group::random, .arity = 1, .doc = "uniform draws in (0, 1), element k a function of (key, k)",
     .lower = "special", .cost = 20},
    {.code = Opcode::rng_gamma, .name = "rng_gamma", .group = Group::random, .arity = 2, .doc = "key, shape > 0 -> gamma with rate 1", .lower = "special", .cost = 150},
    {.code = Opcode::rng_poisson, .name = "rng_poisson", .group = Group::random, .arity = 2, .doc = "key, rate >= 0 -> Poisson; -1 for a rate that is none",
     .lower = "special", .cost = 150},
    {.code = Opcode::rng_binomial, .name = "rng_binomial", .group = Group::random, .arity = 3, .doc = "key, n >= 0, p in [0, 1] -> binomial; -1 for other arguments",
     .lower = "special", .cost = 150},
};
static_assert(rows_in_order(rows, Opcode::dist, Opcode::rng_binomial), "rows must be complete and follow ops.def");

}  // namespace

std::span<const OpInfo> probability_rows() { return rows; }

}  // namespace elba::ir
