// functions: the table of built-in functions: name, arity, rule, emitter. A name used in a model is a
// row here, a `fun` of the user, or a mistake with a suggestion.
//
// Elementwise rows take scalars and equal shapes (a scalar goes with anything). Other rows check their
// arguments themselves.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/typed_tree/tree.h"
#include "ir/builder.h"

namespace elba::frontend {

class Terms;

// How the result follows from the arguments.
enum class Rule {
  elementwise_real,     // all become real
  elementwise_numeric,  // integers stay integers
  reduction,            // an array, or a generator, or (min, max, log_sum_exp) two numbers
  custom,
};

struct CallSite {
  Terms& check;
  const Function& function;
  Span span;
  std::vector<TermId>& args;  // a rule may convert and drop
};

struct EmitInput {
  ir::Builder& b;
  std::span<const ir::ValueId> args;
  const ir::Type& type;  // of the result
};

struct Function {
  std::string_view name;
  int min_args = 1, max_args = 1;  // max -1: any number
  std::string_view usage;          // "solve_lower(L, b)"
  Rule rule = Rule::elementwise_real;
  std::optional<ir::Opcode> opcode;                 // elementwise rows that are one op
  ir::ValueId (*emit)(const EmitInput&) = nullptr;  // the others
  ValueType (*check)(CallSite&) = nullptr;          // custom rows; the error type after a report
  std::optional<ir::Combiner> combiner;             // reductions that a generator may feed
  void (*refine)(Terms&, Term&) = nullptr;          // integer bounds and exact values of the result
  bool keeps_integers = false;                      // reductions of integers give an integer
  bool divides = false;                             // mean: a generator's sum, by its count
  std::string_view doc = {};                        // what it gives; rows that are one op have the op's
  int sizes_from = -1;                              // the arguments from here on are sizes
};

[[nodiscard]] const Function* find_function(std::string_view name);
[[nodiscard]] std::vector<std::string> function_names();
// The Elba spelling of a function of Stan, R or NumPy, as advice: "write `dot({a}, {b})`"; empty when not
// known. `fill_advice` puts the user's arguments in, when there are as many; else the names stand there.
[[nodiscard]] std::string fill_advice(std::string_view advice, const std::vector<std::string>& arguments);
[[nodiscard]] std::string_view foreign_function(std::string_view name);
[[nodiscard]] std::string_view foreign_distribution(std::string_view name);
struct Foreign {
  std::string_view name, advice;
};
[[nodiscard]] std::span<const Foreign> foreign_functions();
[[nodiscard]] std::span<const Foreign> foreign_distributions();

std::span<const Function> scalar_functions();     // functions_scalar.cpp
std::span<const Function> reduction_functions();  // functions_reduce.cpp
std::span<const Function> array_functions();      // frontend/check/functions_array.cpp
std::span<const Function> draw_functions();       // frontend/check/functions_draws.cpp
std::span<const Function> group_functions();      // frontend/check/functions_group.cpp
std::span<const Function> dense_functions();      // frontend/check/functions_dense.cpp

// Shorthands of emitters.
ir::ValueId reduce(ir::Builder& b, ir::ValueId x, ir::Combiner combiner);
ir::ValueId count(ir::Builder& b, ir::ValueId x);  // number of elements, as a real

}  // namespace elba::frontend
