// ast: the syntax tree of a model file, closed: every node kind is listed here, and `match` must name each of
// them.
//
// Nodes keep their span (for messages) and nothing that is inferred: types, shapes and roles live in the
// checker's tables. An `ErrorExpr` stands where a subterm could not be parsed; it silences follow-on
// messages.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "support/match.h"
#include "support/source.h"

namespace elba::ast {

struct Expr;
struct Stmt;
using ExprPtr = std::unique_ptr<Expr>;
using StmtPtr = std::unique_ptr<Stmt>;

struct Name {
  std::string text;
  Span span;
};

// `i in 1:N` (range) or `i in rows` (last is null: every index of a range-valued expression).
struct Binder {
  Name name;
  ExprPtr first;
  ExprPtr last;
  Span span;
};

// A call's argument: `e`, `name = e`, or a generator `e for i in 1:N, j in 1:M`.
struct Argument {
  std::optional<Name> name;
  ExprPtr value;
  std::vector<Binder> binders;
};

// An index: `e`, `a:b`, or `:` (both null, is_all).
struct Index {
  ExprPtr first;
  ExprPtr last;
  bool is_all = false;
  Span span;
};

enum class UnaryOp { negate, plus, logical_not };
enum class BinaryOp {
  add,
  subtract,
  multiply,
  divide,
  matmul,
  elementwise_multiply,
  elementwise_divide,
  modulo,
  power,
  elementwise_power,
  less,
  less_equal,
  greater,
  greater_equal,
  equal,
  not_equal,
  logical_and,
  logical_or,
};

struct IntLiteral {
  std::int64_t value;
  std::string text;
};
struct RealLiteral {
  double value;
  std::string text;
};
struct StringLiteral {
  std::string value;
};
struct BoolLiteral {
  bool value;
};
struct NameExpr {
  std::string name;
};
struct CallExpr {
  Name callee;
  std::vector<Argument> arguments;
};
// Kept so that the formatter prints what the user grouped.
struct ParenExpr {
  ExprPtr inner;
};
struct ArrayLiteral {
  std::vector<ExprPtr> elements;
};
struct Comprehension {
  ExprPtr element;
  std::vector<Binder> binders;
};
struct IndexExpr {
  ExprPtr base;
  std::vector<Index> indices;
};
struct TransposeExpr {
  ExprPtr operand;
};
struct UnaryExpr {
  UnaryOp op;
  ExprPtr operand;
};
struct BinaryExpr {
  BinaryOp op;
  ExprPtr left;
  ExprPtr right;
  Span op_span;
};
struct ConditionalExpr {
  ExprPtr condition;
  ExprPtr then_value;
  ExprPtr else_value;
};
struct ErrorExpr {};

struct Expr {
  Span span;
  std::variant<IntLiteral, RealLiteral, StringLiteral, BoolLiteral, NameExpr, CallExpr, ParenExpr,
               ArrayLiteral, Comprehension, IndexExpr, TransposeExpr, UnaryExpr, BinaryExpr, ConditionalExpr,
               ErrorExpr>
      node;
};

inline const Expr& without_parentheses(const Expr& expr) {
  const Expr* inner = &expr;
  while (const auto* paren = std::get_if<ParenExpr>(&inner->node))
    inner = paren->inner.get();
  return *inner;
}

// `real<lower=0>?[N, K]`, `int<1, J>[N]`, `simplex[K]`. Dim expressions are ordinary expressions; the checker
// restricts them.
struct Bound {
  std::optional<Name> name;  // lower, upper; positional when absent
  ExprPtr value;
};
struct TypeExpr {
  Name base;
  std::vector<Bound> bounds;
  bool optional = false;  // `real?`: missing entries become latents
  std::vector<ExprPtr> shape;
  Span span;
};

struct Attribute {  // `@centered`, `@minibatch(256)`
  Name name;
  std::vector<Argument> arguments;
  Span span;
};

// `S >= n`: what a dim is known to be, beside another size.
struct DimRelation {
  BinaryOp op;
  ExprPtr value;
  Span span;
};
struct DimDef {
  Name name;
  std::vector<DimRelation> relations;
  ExprPtr default_value;  // null when none
};

struct LValue {
  Name name;
  std::vector<Index> indices;
  Span span;
};

struct DimStmt {
  std::vector<DimDef> dims;
};
struct DataStmt {
  Name name;
  TypeExpr type;
};
struct ParamStmt {
  Name name;
  TypeExpr type;
  ExprPtr init;
};
// `latent x ~ d;` `latent x[S] ~ d;` `latent x: T ~ d;` `latent x: T;` A shape without a type stands in
// `shape`.
struct LatentStmt {
  Name name;
  std::optional<TypeExpr> type;
  std::vector<ExprPtr> shape;
  ExprPtr distribution;
};
struct LetStmt {
  Name name;
  std::optional<TypeExpr> type;
  ExprPtr value;
};
// Exactly one of `distribution` and `value` is set.
struct PredictStmt {
  Name name;
  std::optional<TypeExpr> type;
  std::vector<ExprPtr> shape;
  ExprPtr distribution;
  ExprPtr value;
};
struct FactorStmt {
  ExprPtr value;
};
struct AutoStmt {
  Name family;
  std::vector<Argument> arguments;
  std::vector<Name> targets;
};
struct ForStmt {
  std::vector<Binder> binders;
  std::vector<Stmt> body;
};
struct IfStmt {
  ExprPtr condition;
  std::vector<Stmt> then_body;
  std::vector<Stmt> else_body;
  bool has_else = false;
};
struct ReturnStmt {
  ExprPtr value;
};
struct AssignStmt {
  LValue target;
  ExprPtr value;
};
// `y[i] ~ normal(mu, s);`
struct SampleStmt {
  LValue target;
  ExprPtr distribution;
};

struct Stmt {
  Span span;
  std::vector<Attribute> attributes;
  std::variant<DimStmt, DataStmt, ParamStmt, LatentStmt, LetStmt, PredictStmt, FactorStmt, AutoStmt, ForStmt,
               IfStmt, ReturnStmt, AssignStmt, SampleStmt>
      node;
};

struct Formal {
  Name name;
  TypeExpr type;
};

// `fun f(x: real[N]): real = e;` or with a block that ends in `return`.
struct FunDecl {
  Name name;
  std::vector<Formal> formals;
  std::optional<TypeExpr> result;
  ExprPtr value;
  std::vector<Stmt> body;
  Span span;
};

// `logpdf(x) = e;`, `sample(z: normal) = e;`, `entropy = e;`, `location_scale(mu, sigma);` inside a dist
// declaration. A member has a value or, for longer densities, a block that ends in `return`.
struct DistMember {
  Name name;
  std::vector<Formal> formals;
  bool has_formals = false;
  ExprPtr value;
  std::vector<Stmt> body;
  Span span;
};
struct DistDecl {
  Name name;
  std::vector<Formal> formals;
  TypeExpr support;
  std::vector<DistMember> members;
  Span span;
};

struct ModelDecl {
  Name name;
  std::vector<Stmt> body;
  Span span;
};
struct GuideDecl {
  Name name;
  std::optional<Name> model;
  std::vector<Stmt> body;
  Span span;
};
struct ImportDecl {
  std::string path;
  Span span;
};

using Decl = std::variant<FunDecl, DistDecl, ModelDecl, GuideDecl, ImportDecl>;

struct Comment {     // kept for the formatter
  std::string text;  // with its // or /* */
  Span span;
};

struct Program {
  std::vector<Decl> decls;
  std::vector<Comment> comments;
};

// Exhaustive dispatch: a missing alternative does not compile.
using elba::always;
using elba::ignore;
using elba::match;
using elba::OneOf;

}  // namespace elba::ast
