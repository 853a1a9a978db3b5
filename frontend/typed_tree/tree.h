// tree: the checked program. Names are symbols, expressions are terms with types, sugar is gone;
// nothing in it can be wrong any more, so lowering it needs no messages. What could not be checked is an
// error term, which silences follow-on messages.
//
// Terms and symbols live in their body and are named by ids. An integer that is a polynomial over dims and
// loop variables is kept as that polynomial (`exact`): shapes, index ranges and lags are decided on it.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "frontend/typed_tree/coverage.h"
#include "frontend/typed_tree/dims.h"
#include "ir/module.h"
#include "ir/supports.h"
#include "support/ids.h"
#include "support/match.h"
#include "support/source.h"

namespace elba::frontend {

using TermId = Id<struct TermTag>;
using SymbolId = Id<struct SymbolTag>;

enum class Element { error, real, integer, boolean, key };

// When a value is known: from the text and the sizes, from the data, only as an unknown of the posterior, or
// only as a prediction.
enum class Knowledge { fixed, data, unknown, drawn };

struct ValueType {
  Element element = Element::error;
  std::vector<Dim> shape;

  [[nodiscard]] bool is_error() const { return element == Element::error; }
  [[nodiscard]] bool is_scalar() const { return shape.empty(); }
  [[nodiscard]] bool is_number() const { return element == Element::real || element == Element::integer; }
  [[nodiscard]] int rank() const { return static_cast<int>(shape.size()); }
  [[nodiscard]] std::string text() const;  // "real[N, D]"
  [[nodiscard]] ir::Type ir_type() const;
};

enum class TermKind {
  error,
  literal,  // a real (number) or bool (truth) constant
  integer,  // an exact integer
  symbol,
  apply,     // an elementwise op of the IR on args
  builtin,   // a row of the function table on args
  call,      // a function of the module on args
  contract,  // `@` and dot, with the maps of the IR op
  index,     // args[0][indices], or the symbol's when args is empty
  nest,      // comprehension or generator: args[0] for each value of the binders, combined
  stack,     // [a, b, c]
};

struct IndexTerm {
  enum class Kind { element, gather, slice, all };
  Kind kind = Kind::all;
  TermId value;           // element, gather
  Dim first = 1, extent;  // slice, all
};

struct Function;
struct CheckedFunc;
struct CheckedDist;

struct Term {
  TermKind kind = TermKind::error;
  ValueType type;
  Span span;
  Knowledge known = Knowledge::fixed;
  std::uint64_t levels = 0;                // the loop levels it varies with
  std::optional<Dim> exact, lower, upper;  // integers; bounds hold for every element
  double number = 0;
  bool truth = false;
  SymbolId symbol;  // symbol, and index of a symbol
  ir::Opcode opcode{};
  const Function* function = nullptr;
  const CheckedFunc* callee = nullptr;
  std::vector<TermId> args;
  std::vector<IndexTerm> indices;
  std::vector<SymbolId> binders;
  std::vector<std::pair<std::string, Dim>> sizes;  // call: what its arguments state of the callee's dims
  ir::Combiner combiner = ir::Combiner::stack;
  std::string maps;
};

struct Symbol {
  enum class Kind { dim, data, param, latent, let_value, let_array, binder, formal, predict };
  Kind kind{};
  std::string name;
  Span span;
  ValueType
      type;  // as it reads where it is declared; a plate-local latent has its loops' extents in front of it
  Knowledge known = Knowledge::fixed;
  std::uint64_t levels = 0;
  std::optional<Dim> exact, lower, upper;  // integers
  TermId value;                            // let_value
  Dim first, last;  // binder: its range, or the hull over all outer iterations when it is `bounded`
  // Binder: from `low` to `high` in each iteration of the loops around, which may be nothing.
  bool bounded = false;
  Dim low, high;
  TermId where;  // binder: a condition on its iterations, that group == group_value
  TermId group, group_value;
  std::vector<SymbolId> loops;  // the binders of the loops it is declared in
  bool is_discrete = false;     // a latent that is an integer
  bool is_simplex = false;
  bool used = false;
  int chain = 0;  // let_value: how many definitions stand behind each other
};

using ir::event_rank;
using ir::Support;
using ir::support_name;

// A distribution applied to arguments. Arguments have the declared rank of their parameter, or `batch` in
// front of it.
struct DistTerm {
  const CheckedDist* dist = nullptr;
  struct DistEntry* entry = nullptr;
  std::map<std::string, Dim> dims;  // of the declaration, bound by the arguments
  std::vector<TermId> args;
  std::vector<Dim> batch;
  std::vector<Dim> event;
  Element element = Element::error;
  Span span;

  [[nodiscard]] bool is_error() const { return dist == nullptr; }
};

struct Stmt;
// An array assigned in a loop: which axis the loop variable indexes, with which offset, and how far back it
// is read.
struct LoopArray {
  SymbolId array;
  std::size_t axis = 0;
  Dim offset;  // index = loop variable + offset, or offset - loop variable when it is reflected
  int lag = 0;
  bool history = false;  // any element before is read, not only those of the last `lag` iterations
  bool reflected = false;
  bool ahead = false;  // what is read comes from later iterations, so the loop runs backwards

  [[nodiscard]] bool recurs() const { return lag > 0 || history; }
  // The index at a value of the loop variable.
  [[nodiscard]] Dim index(const Dim& variable) const {
    return reflected ? offset - variable : variable + offset;
  }
  // The lowest and highest index over the range of the loop variable.
  [[nodiscard]] Dim lowest(const Symbol& binder) const {
    return index(reflected ? binder.last : binder.first);
  }
  [[nodiscard]] Dim highest(const Symbol& binder) const {
    return index(reflected ? binder.first : binder.last);
  }
  // The element that the iteration to run first reads `back` before itself.
  [[nodiscard]] Dim before(const Symbol& binder, int back) const {
    return reflected == ahead ? lowest(binder) - Dim(back) : highest(binder) + Dim(back);
  }
};

// The bounds of some elements of a latent, where they are not those of its type.
struct ElementBounds {
  std::vector<Box> boxes;
  TermId lower, upper;
  bool narrows = false;
};

// Its value is the symbol's.
struct LetStmt {
  SymbolId symbol;
};
// let x: T; defined element by element.
struct ArrayStmt {
  SymbolId symbol;
};
struct AssignStmt {
  SymbolId array;
  std::vector<IndexTerm> target;
  TermId value;
};
// target ~ dist, of data or of a latent declared before.
struct SiteStmt {
  SymbolId symbol;
  TermId target;
  DistTerm dist;
};
struct LatentStmt {
  SymbolId symbol;
  Support support{};
  TermId lower, upper;
  std::optional<DistTerm> dist;
  std::string centering;
  std::vector<ElementBounds> elements;
};
struct ParamStmt {
  SymbolId symbol;
  Support support{};
  TermId lower, upper;
  TermId init;
  std::optional<DistTerm> init_dist;
};
struct PredictStmt {
  SymbolId symbol;
  TermId value;
  std::optional<DistTerm> dist;
};
struct FactorStmt {
  TermId value;
};
struct ForStmt {
  SymbolId binder;
  std::vector<LoopArray> arrays;
  std::vector<Stmt> body;
  bool arrays_first = false;
  std::vector<SymbolId> late_priors;
};
struct IfStmt {
  TermId condition;
  std::vector<Stmt> then_body, else_body;
};

struct Stmt {
  Span span;
  int order = 0;                  // position in the text
  std::vector<SymbolId> assigns;  // arrays of an enclosing scope that get elements here
  std::variant<LetStmt, ArrayStmt, AssignStmt, SiteStmt, LatentStmt, ParamStmt, PredictStmt, FactorStmt,
               ForStmt, IfStmt>
      node;
};

struct Body {
  std::deque<Term> terms;
  std::deque<Symbol> symbols;
  std::vector<Stmt> statements;
  BinderRanges ranges;
  // Symbols of polynomials that stand for an integer of the data, such as len[i].
  std::map<std::string, TermId> unnamed;

  [[nodiscard]] const Term& term(TermId id) const { return terms[id.index]; }
  [[nodiscard]] const Symbol& symbol(SymbolId id) const { return symbols[id.index]; }
};

// The elements of an index that lists them, x[[1, 3]]; nothing for any other.
[[nodiscard]] std::optional<std::vector<Dim>> listed_indices(const Body& body, const IndexTerm& index);

struct DimRequirement {
  Dim value;
  std::string reason;
  Span span;
};

struct CheckedFunc {
  std::string name;  // as the user calls it
  std::string ir_name;
  Body body;
  std::vector<SymbolId> formals;  // one that is a dim is a size: size_arguments.h
  std::vector<std::string> dims;
  TermId result;
  ValueType type;  // in its own dims
  std::vector<DimRequirement> requirements;
  int depth = 1;  // of calls
  // An operation without derivative that it applies to its arguments, which must be data then.
  std::string data_only;
  std::optional<Dim> lower, upper;  // of an integer result
  bool foreign = false;             // from another file: its spans do not point into the model
  bool ok = false;
};

// What advice on priors depends on. constant: within its support. gamma: of a gamma density or its
// reciprocal, which for small parameters has a spike at 0 or a heavy tail. beta: its parameters are shapes.
enum class DensityForm { other, constant, gamma, beta };

struct CheckedDist {
  struct Parameter {
    std::string name;
    ValueType type;
    ir::Bound lower, upper;
    Span span;
  };
  std::string name;  // as messages show it
  std::string ir_name;
  std::vector<Parameter> params;
  std::vector<std::string> dims;
  Element element = Element::real;
  std::vector<Dim> event;
  Support support{};
  ir::Bound lower, upper;  // a string names a parameter
  std::string noise;
  ir::GaussianForm gaussian = ir::GaussianForm::none;
  std::vector<std::string> may_be_infinite;
  DensityForm density_form = DensityForm::other;
  bool location_scale = false;
  bool periodic = false;
  bool mixed = false;  // continuous, with mass at points
  bool jumps = false;  // a mixture of parts with different supports
  // And these end where data or unknowns say: bounds that are not stated here may be there.
  bool open_ended = false;
  std::vector<std::pair<std::string, const CheckedFunc*>> members;
  bool ok = false;

  [[nodiscard]] const CheckedFunc* member(std::string_view wanted) const;
  [[nodiscard]] std::string support_text() const;  // "real<lower=0>"
  // Constant over the whole line: a distribution that says nothing, under any declared type.
  [[nodiscard]] bool is_flat() const {
    return density_form == DensityForm::constant && support == Support::real;
  }
};

// A number as a user writes it: 0, 0.5, 1e-09.
[[nodiscard]] std::string number_text(double value);

struct ComputedSize {
  std::string dim;
  TermId value;
};
struct CheckedModel {
  std::string name;
  Body body;
  std::vector<ir::DimDecl> dims;
  std::vector<ComputedSize> sizes;  // of the dims that are computed from data
};

}  // namespace elba::frontend
