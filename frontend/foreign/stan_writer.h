// stan_writer: the state of writing one program of Stan in Elba. Internal to stan_expressions,
// stan_shapes, stan_statements, stan_loops, stan_functions and stan_translate.
//
// A name that Stan assigns again gets a new name, x_2; a sum that a loop adds up becomes `sum(.. for ..)`.
// Names of Elba are in `Name`.
#pragma once

#include <map>
#include <optional>
#include <set>

#include "frontend/foreign/stan_lex.h"
#include "frontend/foreign/stan_names.h"
#include "frontend/foreign/stan_program.h"

namespace elba::stan {

struct Name {
  // array: filled by statements; text: stands for itself.
  enum class Role { size, data, param, value, array, prediction, argument, variable, text };
  Role role{};
  Shape shape;
  std::string here;
  int depth = 0;  // of loops and branches, where it is declared
  bool has_value = false;
  bool is_own_loop = false;  // a prediction whose loop declares it
  ExprPtr start;             // of a value: as Stan has it
};

constexpr int most_translation_steps = 300'000;

class Writer {
 public:
  Writer(const Program& program, const Manner& manner) : program_(program), manner_(manner) {}
  std::string run();

 private:
  using Names = std::map<std::string, Name>;

  // stan_expressions
  std::string text(const ExprPtr& expr);
  Shape shape(const ExprPtr& expr);
  Shape shape_of_list(const Expr& expr);  // {a, b}, [a, b]
  Shape shape_of_call_expr(const Expr& expr);
  Shape shape_of_index(const Expr& expr);
  std::string indexed_size(const ExprPtr& index, const std::string& whole, const Shape& shape);
  Shape shape_of_binary(const Expr& expr);
  std::string truth(const ExprPtr& expr);   // as a condition
  std::string number(const ExprPtr& expr);  // a comparison as 0 or 1
  std::string product(const Expr& expr);
  std::string call(const Expr& expr);
  std::string indices(const Expr& expr);
  std::string law(const Expr& call, std::size_t from = 0);
  // Summed.
  std::string density(const std::string& law, const std::string& member, const std::vector<ExprPtr>& args);
  std::string draw(const Expr& call);
  std::pair<std::string, std::vector<ExprPtr>> spelt_out(const std::string& law,
                                                         const std::vector<ExprPtr>& args) const;
  bool fold_rows(const Stmt& loop);
  bool update(const Stmt& loop);  // a loop that gives the elements of an array new values
  bool is_update(const Stmt& loop, const std::vector<Stmt>& body);
  bool update_diagonal(const Stmt& loop, const Stmt& stmt, const Name& found, const std::string& here);
  void update_elements(const Stmt& loop, const Stmt& stmt, const Name& found, const std::string& here);
  std::vector<Stmt> without_sums(const Stmt& loop, std::vector<Stmt>& sums) const;
  std::optional<std::string> split_density(const std::string& callee, std::string& member) const;
  std::string fresh(const std::string& name);
  std::string unused_variable(const std::vector<ExprPtr>& args);

  // stan_statements, stan_loops
  void list(const std::vector<Stmt>& stmts);
  void statement(const std::vector<Stmt>& stmts, std::size_t at);
  void declare(const std::vector<Stmt>& stmts, std::size_t at);
  bool declares_itself(const std::vector<Stmt>& stmts, std::size_t at, const Stmt& first,
                       bool predicts) const;
  void define(const std::string& name, const Shape& as, const std::string& value, const ExprPtr& start,
              int line);
  void assign(const Stmt& stmt);
  bool fold(const Stmt& loop);  // a loop that only adds up
  void loop(const Stmt& stmt);
  void branch(const Stmt& stmt);
  void tilde(const Stmt& stmt);
  void target(const Stmt& stmt);
  void nested(const std::string& head, const std::vector<Stmt>& body, const std::string& tail);
  bool generates(const std::string& name, const std::vector<Stmt>& stmts, std::size_t at,
                 const Stmt& declared);
  [[noreturn]] static void fail(int line, const std::string& what) {
    throw Problem{"line " + std::to_string(line) + ": " + what};
  }

  // stan_translate
  void find_sizes();
  void infer_bounds();
  void declare_data();
  void note_declared();
  std::string relation_text(const Type& type, const std::set<std::string>& known);
  std::string data_type_text(const Stmt& stmt);
  struct Sites {
    std::map<std::string, std::vector<const Stmt*>> all;  // each statement that gives some of it a law
    std::map<std::string, const Stmt*> whole;
  };
  [[nodiscard]] std::string site_of(const Stmt& stmt) const;
  [[nodiscard]] Sites find_sites() const;
  int spread_of(const std::vector<ExprPtr>& args, std::size_t from, const std::string& called);
  std::string prior_in_declaration(const Stmt& stmt, const Stmt& site, const std::set<std::string>& above);
  void declare_parameters();
  void functions();
  std::string function(const Function& function);
  static void check_kind(const Function& function, bool is_density, const std::string& member);
  std::vector<std::string> formals_of(const Function& function);
  void function_body(const Function& function);
  std::string given(const std::vector<Stmt>& body, std::size_t at);
  std::string type_text(const Type& type);
  Shape shape_of(const Type& type);
  std::string bounds(const Type& type);
  void line(const std::string& what) {
    out_ += std::string(2 * static_cast<std::size_t>(indent_), ' ') + what + "\n";
  }

  const Program& program_;
  Manner manner_;
  Names names_;
  std::set<std::string> taken_;                  // names of Elba at the top
  std::set<std::string> sizes_;                  // ints that shapes and ranges need
  std::map<std::string, std::string> inferred_;  // upper bounds of data that index
  std::map<std::string, Shape> results_;         // of the program's functions
  std::map<std::string, std::string> merged_;    // parameters, and the prior that their declaration has
  std::set<const Stmt*> done_;                   // statements that declarations have taken
  std::set<std::string> free_;                   // parameters with `flat()`, whose `~` are terms
  struct Renewed {
    std::string name, variable, before;  // `name[variable]` is an element before its loop changes it
  };
  std::optional<Renewed> renewed_;
  std::vector<std::string> loops_;    // variables of the loops around
  std::vector<std::string> pending_;  // predictions of what statements fill, at the end
  std::string out_;
  int indent_ = 1;
  int depth_ = 0;
  bool generated_ = false;
  bool local_ = false;     // in a block of its own
  int steps_ = 0;          // of writing expressions
  bool may_draw_ = false;  // a draw inside of an expression gets a line of its own
};

template <class F>
void walk(const ExprPtr& expr, const F& each) {
  if (!expr) return;
  each(*expr);
  for (const ExprPtr& arg : expr->args)
    walk(arg, each);
}
template <class F, class G>
void walk(const std::vector<Stmt>& stmts, const F& each_expr, const G& each_stmt) {
  for (const Stmt& stmt : stmts) {
    each_stmt(stmt);
    for (const ExprPtr& expr :
         {stmt.target, stmt.value, stmt.low, stmt.high, stmt.type.lower, stmt.type.upper})
      walk(expr, each_expr);
    for (const ExprPtr& size : stmt.type.arrays)
      walk(size, each_expr);
    for (const ExprPtr& size : stmt.type.sizes)
      walk(size, each_expr);
    walk(stmt.body, each_expr, each_stmt);
    walk(stmt.other, each_expr, each_stmt);
  }
}
[[nodiscard]] inline bool reads(const std::vector<Stmt>& stmts, const std::string& name) {
  bool found = false;
  walk(
      stmts, [&](const Expr& expr) { found = found || (expr.kind == Expr::Kind::name && expr.text == name); },
      [](const Stmt&) {});
  return found;
}
[[nodiscard]] inline bool draws(const ExprPtr& value) {
  bool found = false;
  walk(value,
       [&](const Expr& e) { found = found || (e.kind == Expr::Kind::call && e.text.ends_with("_rng")); });
  return found;
}
[[nodiscard]] bool is_comparison(const Expr& expr);  // a condition: ==, <, &&, !, ..
[[nodiscard]] inline bool is_number(const ExprPtr& expr, const std::string& value) {
  return expr && expr->kind == Expr::Kind::number && (expr->text == value || expr->text == value + ".0");
}
// `theta` of theta, theta[k] and theta[k][j]; empty for anything else.
[[nodiscard]] inline std::string root_of(const ExprPtr& expr) {
  if (!expr) return {};
  if (expr->kind == Expr::Kind::name) return expr->text;
  return expr->kind == Expr::Kind::index ? root_of(expr->args[0]) : std::string();
}

}  // namespace elba::stan
