// stan_program: a program of Stan, read as far as a translation of it needs. Types are checked no more than
// is needed to tell a product of matrices from one of numbers; what is not understood becomes a problem, in
// words, with its line.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace elba::stan {

struct Expr;
using ExprPtr = std::shared_ptr<const Expr>;

struct Expr {
  enum class Kind {
    number,
    string,
    name,
    call,
    index,
    unary,
    binary,
    conditional,
    braces,
    bracket,
    transpose,
    paren,
    range
  };
  Kind kind{};
  std::string text;  // of a number, name, callee or operator
  // An index: the base, then the indices; a range: its ends, null where one is left out.
  std::vector<ExprPtr> args;
  int line = 0;
};

struct Type {
  std::string base;  // real, int, vector, ..; "void" of a function without value
  // Sizes in front: array[N, M] real; null where none is stated, as in array[] real.
  std::vector<ExprPtr> arrays;
  std::vector<ExprPtr> sizes;  // the type's own: vector[K]
  ExprPtr lower, upper;
};

struct Stmt {
  enum class Kind { declare, assign, tilde, target, loop, each, branch, block, call, give, nothing };
  Kind kind{};
  int line = 0;
  Type type;            // declare
  std::string name;     // declare, the variable of a loop, call
  ExprPtr target;       // assign, tilde: the left side
  std::string op;       // assign: =, +=, -=, *=, /=
  ExprPtr value;        // declare (or null), assign, target, give, each; branch: the condition; tilde: the
                        // distribution, a call
  ExprPtr low, high;    // loop; tilde: of T[low, high]
  bool is_cut = false;  // tilde
  std::vector<Stmt> body, other;
};

struct Function {
  Type result;
  std::string name;
  std::vector<std::pair<Type, std::string>> formals;
  std::vector<Stmt> body;
  int line = 0;
};

struct Program {
  std::vector<Function> functions;
  std::vector<Stmt> data, transformed_data, parameters, transformed_parameters, model, generated;
  std::vector<std::string> problems;  // of reading
};

[[nodiscard]] Program read(std::string_view text);

// The same model in Elba, one way of writing it; or the problems that stand in the way.
struct Translation {
  std::string text;
  std::vector<std::string> problems;
};
struct Manner {
  // Of latents with statements that do not cover each element once: `flat()`, and terms.
  bool priors_as_factors = false;
  bool one_size = true;  // vectors that a function takes are of one size
};
[[nodiscard]] Translation translate(const Program& program, const Manner& manner);

}  // namespace elba::stan
