// checker: one body (of a model, function or member of a distribution) from syntax to checked terms and
// statements. Internal to the files of this folder, each of which holds the members of one concern:
//
//     scope               names and scopes            index                indices, slices, gathers and their ranges
//     ranges              loop variables and their ranges
//     types               types, bounds, dims         calls                built-in and user functions, generators
//     expr                literals, names, control    distributions        distributions applied to arguments
//     operators           arithmetic and shapes       statements           declarations and sites
//     members             members as functions    sizes                dims, their relations, sizes from data
//     each                functions over arrays       observed_lets        `~` of what data give
//     constants           numbers of the text         combinators          distributions of distributions
//     mixture             mixtures and their supports
//     arrays              coverage and lags           functions_*          the function table
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "frontend/check/environment.h"
#include "frontend/syntax/ast.h"
#include "frontend/typed_tree/coverage.h"
#include "frontend/typed_tree/functions.h"
#include "frontend/typed_tree/tree.h"
#include "support/diagnostics.h"

namespace elba::frontend {

// A declared type: its support, and the value's shape with the support's own dims at the end.
struct TypeInfo {
  ValueType type;
  Support support = Support::real;
  TermId lower, upper;
  bool has_bounds = false;
  bool optional = false;
  bool ok = false;
  Span span;
};

enum class BodyKind { model, function };

inline constexpr int deepest_level = 60;  // of loops and generators within one another

class Checker {
 public:
  Checker(Environment& env, File& file, Body& body, BodyKind kind);

  // statements, check_model
  void check_model(const ast::ModelDecl& model, CheckedModel& out, Signature& signature);
  void check_function(const ast::FunDecl& fun, const std::set<std::string>& size_names, CheckedFunc& out);
  // A member of a distribution: its own formals (already typed), then the distribution's parameters.
  struct TypedFormal {
    std::string name;
    ValueType type;
    std::optional<Dim> lower, upper;
    Span span;
  };
  void check_member(const ast::DistMember& member, const std::vector<TypedFormal>& formals,
                    const std::vector<std::string>& dims, Element result_element,
                    const std::vector<Dim>& result_shape, CheckedFunc& out);
  bool check_property(const ast::DistMember& member, CheckedDist& out);
  void check_dist(const ast::DistDecl& decl, CheckedDist& out,
                  std::vector<std::unique_ptr<CheckedFunc>>& members);

  // Terms; public for the function table.
  [[nodiscard]] const Term& term(TermId id) const { return body_.terms[id.index]; }
  [[nodiscard]] Term& term(TermId id) { return body_.terms[id.index]; }
  [[nodiscard]] const ValueType& type(TermId id) const { return term(id).type; }
  TermId add(Term term);
  TermId error_term(Span span);
  TermId real_literal(double value, Span span);
  TermId exact_term(Dim value, Span span);
  TermId apply(ir::Opcode opcode, std::vector<TermId> args, ValueType type, Span span);
  TermId to_real(TermId id);  // integers become real; others stay
  // Reports and returns false unless the term is a number (integer when asked).
  bool need_number(TermId id, bool integer = false);
  bool need_data(CallSite& site, std::size_t arg);  // that an op without derivative takes
  bool need_rank(CallSite& site, std::size_t arg, int rank);
  std::optional<Dim> need_extent(CallSite& site, std::size_t arg);  // an integer over dims, not negative
  bool need_data(TermId arg, const std::string& callee, const std::string& operation);
  bool common_shape(const std::vector<TermId>& args, Span span, std::vector<Dim>& shape);
  Diagnostic& report(Code code, Span span, std::vector<std::string> arguments = {});
  [[nodiscard]] std::string text(Span span) const;
  void require(const Dim& value, Span span, const std::string& reason);
  // For all sizes that keep the relations of the model.
  [[nodiscard]] Truth at_least_zero(const Dim& dim) const {
    return frontend::at_least_zero(dim, body_.ranges.facts);
  }
  [[nodiscard]] const BinderRanges& ranges() const { return body_.ranges; }

 private:
  // scope
  struct Scope {
    std::map<std::string, SymbolId, std::less<>> names;
  };
  SymbolId declare(Symbol symbol);
  SymbolId lookup(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> visible_names() const;
  [[nodiscard]] std::string near_name(const std::string& name);
  void unknown_name(const std::string& name, Span span);

  // ranges

  // Declares it in the innermost scope; invalid after a report.
  SymbolId open_binder(const ast::Binder& binder);
  SymbolId open_values(const ast::Binder& binder);
  SymbolId open_rows_of(const ast::Binder& binder, const ast::CallExpr& call);
  std::optional<Symbol> make_binder(const ast::Binder& binder, Dim low, Dim high, Span range);
  TermId position(const Symbol& binder, Span span);
  // Also for an integer of the data with bounds, under a symbol of its own.
  std::optional<Dim> as_exact(TermId id);
  [[nodiscard]] bool is_ragged(SymbolId binder) const {
    return body_.symbol(binder).bounded || body_.symbol(binder).where.valid();
  }
  [[nodiscard]] bool in_ragged_loop() const;
  TermId count_of(const std::vector<SymbolId>& binders, Span span);
  std::optional<TermId> reduce_slice(const Function& function, const ast::Expr& argument, Span span);
  void warn_unused();
  struct ScopeGuard {
    explicit ScopeGuard(Checker& checker) : check(checker), level(checker.next_level_) {
      check.scopes_.emplace_back();
    }
    ~ScopeGuard() {
      check.scopes_.pop_back();
      check.next_level_ = level;
    }
    ScopeGuard(const ScopeGuard&) = delete;
    ScopeGuard& operator=(const ScopeGuard&) = delete;
    Checker& check;
    int level;
  };

  // types
  std::optional<Dim> dim_of(const ast::Expr& expr, bool bind_unknown = false);
  TypeInfo check_type(const ast::TypeExpr& type, bool bind_dims = false);
  bool check_shape(const std::vector<ast::ExprPtr>& shape, std::vector<Dim>& out, bool bind_dims = false);
  ir::Bound bound_of(TermId bound) const;  // a number, dim or data field; empty when it is none of them
  void set_integer_bounds(const TypeInfo& info, Symbol& symbol) const;

  // constants
  [[nodiscard]] std::optional<double> constant(TermId id, int depth = 0) const;
  [[nodiscard]] std::optional<double> end_number(const ir::Bound& bound, const DistTerm& dist);
  mutable std::map<SymbolId, std::optional<double>> constants_;  // of names

  // expr, operators
  TermId check(const ast::Expr& expr);
  TermId check_name(const ast::NameExpr& name, Span span);
  TermId check_array(const ast::ArrayLiteral& literal, Span span);
  TermId check_comprehension(const ast::Comprehension& node, Span span);
  TermId check_conditional(const ast::ConditionalExpr& node, Span span);
  TermId check_unary(const ast::UnaryExpr& node, Span span);
  TermId check_binary(const ast::BinaryExpr& node, Span span);
  TermId arithmetic(const ast::BinaryExpr& node, TermId left, TermId right, Span span);
  TermId power(TermId left, TermId right, Span span);
  TermId matmul(const ast::BinaryExpr& node, TermId left, TermId right, Span span);
  TermId transpose(TermId operand, Span span);
  void shape_error(TermId left, TermId right, Span span, ast::BinaryOp op);
  TermId nest(std::vector<SymbolId> binders, TermId element, ir::Combiner combiner, Span span);
  std::optional<std::vector<SymbolId>> open_binders(const std::vector<ast::Binder>& binders,
                                                    std::size_t from = 0);
  TermId symbol_term(SymbolId symbol, Span span);
  bool is_matrix(TermId id) const { return type(id).rank() >= 2; }

  // index
  TermId check_index(const ast::IndexExpr& node, Span span);
  // The indices of `symbol` or of a base of that type; nothing after a report.
  std::optional<std::vector<IndexTerm>> check_indices(const ValueType& base, const std::string& name,
                                                      const std::vector<const ast::Index*>& indices,
                                                      Span span);
  TermId index_term(SymbolId symbol, TermId base, std::vector<IndexTerm> indices, Span span);
  bool prove_inside(TermId index, const Dim& extent, const std::string& name, Span span);
  bool prove_range(const Dim& low, const Dim& high, const Dim& extent, const std::string& what,
                   const std::string& name, Span span, const Dim& start = Dim(1));
  [[nodiscard]] KnownIndex known_index(const std::vector<IndexTerm>& indices,
                                       const std::vector<Dim>& shape) const;

  // calls
  TermId check_call(const ast::CallExpr& call, Span span);
  TermId call_builtin(const Function& function, const ast::CallExpr& call, Span span);
  void bound_extremum(TermId id);
  TermId call_generator(const Function& function, const ast::CallExpr& call, Span span);
  FuncEntry* choose_overload(FuncEntry& first, const std::vector<TermId>& args);
  TermId call_scalar_overload(FuncEntry& first, std::vector<TermId> args, Span span);
  static std::string head_text(const FuncEntry& entry);
  TermId call_function(const CheckedFunc& callee, const std::string& shown, std::vector<TermId> args,
                       Span span);
  std::optional<std::vector<TermId>> plain_arguments(const ast::CallExpr& call);
  void unknown_function(const ast::CallExpr& call);
  // None when one is named or a generator.
  [[nodiscard]] std::vector<std::string> argument_texts(const ast::CallExpr& call) const;

  // each: what is declared for one element, over arrays. `Spread` says which formals may have axes in
  // front of their own.
  enum class Spread { scalars, all };
  struct Member {  // of a distribution
    const CheckedDist& law;
    std::string_view name;
  };
  TermId call_each(const CheckedFunc& callee, const std::string& shown, std::vector<TermId> args,
                   Spread spread, Span span, std::optional<Member> member = {});
  [[nodiscard]] std::size_t axes_in_front(const CheckedFunc& callee, std::size_t index, TermId arg,
                                          Spread spread) const;

  // outside
  TermId call_anywhere(const CheckedDist& law, std::string_view member, const CheckedFunc& callee,
                       const std::string& shown, std::vector<TermId> args, Span span);

  // members
  std::optional<TermId> call_member_of(const ast::CallExpr& call, Span span);
  // Nothing: the name holds no distribution.
  std::optional<TermId> call_member_named(const ast::CallExpr& call, Span span);
  TermId call_member(const std::string& dist, const std::string& member, const ast::CallExpr& call,
                     Span span);
  void distribution_called(const ast::CallExpr& call, Span span);
  bool suggest_member(const ast::CallExpr& call, Diagnostic& diagnostic);

  // distributions
  std::optional<DistTerm> check_distribution(const ast::Expr& expr);
  std::optional<std::vector<TermId>> dist_arguments(const CheckedDist& dist, const ast::CallExpr& call,
                                                    Span span);
  DistEntry* find_distribution(const ast::CallExpr& call);
  // combinators: distributions made of distributions
  struct Cut;
  [[nodiscard]] bool is_combinator(const std::string& name);  // and not a distribution of the user's
  [[nodiscard]] bool is_distribution(const ast::Expr& expr);
  std::optional<DistTerm> check_combination(const ast::CallExpr& call, Span span);
  std::optional<DistTerm> check_cut(const ast::CallExpr& call, Span span);
  std::optional<DistTerm> check_with_zero(const ast::CallExpr& call, Span span);
  std::optional<DistTerm> check_mixture(const ast::CallExpr& call, Span span);
  std::optional<DistTerm> mixture_of_components(DistTerm part, TermId weights, struct Template values,
                                                Span span);
  std::optional<DistTerm> mixture_of_parts(std::vector<DistTerm> parts, TermId weights,
                                           struct Template values, Span span);
  struct Joined;
  std::optional<Joined> join_supports(const std::vector<DistTerm>& parts,
                                      std::vector<struct PartText>& texts);
  std::optional<DistTerm> cut(DistTerm part, Cut lower, Cut upper, bool censors, Span span);
  std::optional<std::vector<const ast::Expr*>> combinator_arguments(const ast::CallExpr& call, Span span,
                                                                    const std::vector<std::string>& names,
                                                                    std::size_t required);
  bool check_weights(TermId weights, const ast::Expr& written);
  bool need_part_member(const DistTerm& part, const std::string& member, const std::string& combinator);
  bool need_scalar_part(const DistTerm& part, const std::string& combinator);
  std::optional<DistTerm> combine(const std::string& name, struct Template values,
                                  std::vector<DistTerm> parts, std::vector<TermId> own,
                                  const std::string& file, Span span);
  bool check_argument_bounds(const CheckedDist& dist, std::size_t index, TermId arg);
  // Unifies the event with the end of `shape` and checks batch against the rest; false after a report.
  bool fit_value(DistTerm& dist, const ValueType& value, const std::string& name, Span span, Span declared);

  // statements
  void note_declared(const ast::Stmt& stmt);
  void check_block(const std::vector<ast::Stmt>& stmts, std::vector<Stmt>& out);
  void check_statement(const ast::Stmt& stmt, std::vector<Stmt>& out);
  // sizes
  void check_dim(const ast::DimStmt& stmt);
  void check_relation(const Symbol& dim, const ast::DimRelation& relation);
  // An integer of the data; nothing when it is made of dims, or no size.
  std::optional<TermId> size_of_data(const ast::Expr& expr);
  void compute_size(const ast::DimDef& def, TermId value);
  void bound_by_maximum(const ast::Expr& expr, const Dim& size, const std::string& shown);
  [[nodiscard]] bool reads_array(TermId term) const;
  // What to declare for it to hold; empty when it is not so simple.
  std::string relation_advice(const Dim& slack) const;
  std::string free_name(std::initializer_list<const char*> names) const;
  void check_data(const ast::DataStmt& stmt);
  void check_latent(const ast::LatentStmt& stmt, const ast::Stmt& whole, const std::string& centering,
                    std::vector<Stmt>& out);
  std::optional<ValueType> latent_shape(DistTerm& dist, const std::vector<Dim>& prefix, bool has_prefix,
                                        const std::string& name, Span span);
  void check_param(const ast::ParamStmt& stmt, const ast::Stmt& whole, std::vector<Stmt>& out);
  bool need_sampler(const DistTerm& dist);
  void check_predict(const ast::PredictStmt& stmt, const ast::Stmt& whole, std::vector<Stmt>& out);
  void check_let(const ast::LetStmt& stmt, const ast::Stmt& whole, std::vector<Stmt>& out);
  void check_site(const ast::SampleStmt& stmt, const ast::Stmt& whole, std::vector<Stmt>& out);
  void check_assign(const ast::AssignStmt& stmt, const ast::Stmt& whole, std::vector<Stmt>& out);
  void check_factor(const ast::FactorStmt& stmt, const ast::Stmt& whole, std::vector<Stmt>& out);
  void check_for(const ast::ForStmt& stmt, const ast::Stmt& whole, std::size_t binder,
                 std::vector<Stmt>& out);
  bool order_loop(ForStmt& loop, Span span);
  void check_observation(SymbolId symbol, const std::vector<IndexTerm>& target, const DistTerm& dist,
                         Span span);
  // observed_lets
  [[nodiscard]] bool is_observable(const Symbol& symbol) const;
  void refuse_site(const Symbol& symbol, Span span);
  void check_observed_lets(const CheckedModel& model);
  void check_if(const ast::IfStmt& stmt, const ast::Stmt& whole, std::vector<Stmt>& out);
  std::string check_attributes(const ast::Stmt& stmt);
  void finish_function(const std::vector<ast::Stmt>& stmts, const ast::Expr* value, const ValueType* declared,
                       Span declared_span, CheckedFunc& out);
  SymbolId declare_formal(const TypedFormal& formal);
  SymbolId declare_size(const ast::Formal& formal);
  TermId fit_type(TermId value, const ValueType& wanted, const std::string& what, Span declared);
  std::vector<Dim> loop_extents() const;

  // support
  bool fit_support(const TypeInfo* declared, const DistTerm& dist, const std::string& name, Span name_span,
                   Support& support, TermId& lower, TermId& upper);
  TermId support_bound(const ir::Bound& bound, const DistTerm& dist);
  void add_unknown(const Symbol& symbol, Support support, TermId lower, TermId upper, bool is_param);
  [[nodiscard]] std::string bounds_text(Element element, Support support, TermId lower, TermId upper) const;

  // elements: statements for single elements of latents
  std::vector<KnownIndex> known_indices(const std::vector<IndexTerm>& indices,
                                        const std::vector<Dim>& shape) const;
  TermId end_of(TermId declared, const ir::Bound& law, const DistTerm& dist);
  bool fit_elements(SymbolId id, const std::vector<IndexTerm>& target, const DistTerm& dist);
  void finish_elements(std::vector<Stmt>& stmts);

  // arrays: coverage of `let` arrays and of latents without a prior of their own
  struct Covered {
    bool is_latent = false;
    std::vector<Dim> shape;
    std::vector<View> views;               // the first is the whole array; one more for each loop around
    std::vector<std::vector<Span>> spans;  // per view: where each box was stated
    std::vector<int> lags, leads;          // per view: how far back and how far ahead it is read
    struct Past {  // per view: whether any element before, or behind, is read, and from where on
      bool back = false, ahead = false;
      std::vector<Dim> lowest, highest;  // of what it names
    };
    std::vector<Past> pasts;
    std::size_t depth = 0;  // of scopes, where it is declared
    bool broken = false;    // a mistake in it has been reported
  };
  void open_covered(SymbolId symbol, bool is_latent);
  void close_covered();  // what the innermost scope declared must be whole
  void cover(SymbolId symbol, const std::vector<IndexTerm>& target, Span span);
  void add_box(SymbolId symbol, Covered& covered, Box box, Span span);
  void note_completion(const Stmt& stmt);
  std::vector<LoopArray> open_loop_arrays(const ast::ForStmt& stmt, SymbolId binder, Span span);
  void close_loop_arrays(std::vector<LoopArray>& arrays, SymbolId binder, Span span);
  void check_first_values(const LoopArray& array, const Covered& covered, const Covered::Past& past,
                          SymbolId binder, Span span);
  bool check_array_read(SymbolId symbol, const std::vector<IndexTerm>& indices, Span span);
  std::optional<Dim> quiet_exact(const ast::Expr& expr);
  void merge_branches(const std::map<SymbolId, Covered>& before,
                      const std::map<SymbolId, Covered>& then_covered, Span span);
  [[nodiscard]] bool reads_any(TermId term, const std::vector<SymbolId>& symbols) const;
  [[nodiscard]] std::string_view relation(const Covered& covered) const {
    return covered.is_latent ? "`~`" : "value";
  }

  Environment& env_;
  File& file_;
  Body& body_;
  BodyKind kind_;
  Signature* signature_ = nullptr;
  CheckedModel* model_ = nullptr;
  std::vector<DimRequirement> requirements_;
  std::vector<std::string> own_dims_;
  std::vector<std::string> absent_dims_;  // of a member: dims of its distribution that nothing it takes has
  std::vector<Scope> scopes_;
  std::vector<SymbolId> loops_;  // binders of the `for` statements around
  int conditions_ = 0;           // `if` statements around
  std::map<SymbolId, Covered> covered_;
  std::size_t weighed_ = 0;  // entries of it that branches have been compared with
  std::map<SymbolId, TypeInfo> latent_types_;
  std::map<SymbolId, std::vector<ElementBounds>> element_bounds_;
  std::map<SymbolId, Span> priors_;  // of latents that were declared with one
  struct Observed {
    SymbolId symbol;
    Box box;
    Span span;
  };
  std::vector<Observed> observed_;
  std::vector<std::pair<SymbolId, Span>> observed_lets_;
  std::map<std::string, std::uint64_t> binder_levels_;
  int next_binder_ = 0;
  std::map<std::string, Dim> interned_;  // integers of the data by their text
  int next_level_ = 0;
  std::size_t compared_names_ = 0;                    // for advice on unknown names
  std::set<std::string, std::less<>> unknown_names_;  // that have been reported
  // Every name that a statement at the top of the model declares.
  std::map<std::string, Span, std::less<>> declared_below_;
  std::string declaring_;  // the latent whose prior is under check
  int sizes_wanted_ = 0;   // a size or the end of a range is under check
  int order_ = 0;
  int chain_ = 0;          // the longest chain of definitions that the expression under check reads
  std::string data_only_;  // of the function under check
  int call_depth_ = 0;     // of the functions that this body calls
  TermId returned_;
  int muted_ = 0;
  Diagnostic muted_diagnostic_;
};

// Whether the name stands anywhere in the expression.
[[nodiscard]] bool mentions(const ast::Expr& expr, const std::string& name);

}  // namespace elba::frontend
