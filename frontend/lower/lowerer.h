// lowerer: the state of lowering one body. Internal to the other files of this folder:
//
//     module         functions, distributions, @model       arrays         `let` arrays: pieces, recurrences, assembly
//     terms          expressions and indices                loops          nests over loop variables, ragged ones too
//     elements bounds of single elements              sites          latents, observations, factors, predictions
//
// A frame holds what has been computed in the region under construction; leaving the region drops it. A name
// that a loop defines is computed where it is first needed, in each nest anew: all of it is pure, and `hoist`
// and `cse` remove what is repeated.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "frontend/signature.h"
#include "frontend/typed_tree/coverage.h"
#include "frontend/typed_tree/functions.h"
#include "frontend/typed_tree/tree.h"
#include "ir/builder.h"

namespace elba::frontend {

// Thrown and caught within `lower`: a state that the checks should have excluded.
struct LoweringDefect {
  std::string what;
  Span span;
};

// Likewise for a program that is sound and too large.
struct TooLarge {
  Span span;
};
inline constexpr std::size_t most_values = 100'000;  // in a function, with its calls inlined

class ModuleLowerer {
 public:
  explicit ModuleLowerer(ir::Module& module) : module_(module) {}
  [[nodiscard]] std::size_t inlined_size(const CheckedFunc& func) const { return sizes_.at(&func); }
  const ir::Func& function(const CheckedFunc& func);  // the reference lasts until the next function is made
  void distribution(const CheckedDist& dist);

 private:
  ir::Module& module_;
  std::map<const CheckedFunc*, std::size_t> sizes_;  // of the functions made
  std::set<const CheckedDist*> distributions_;
};

class Lowerer {
 public:
  Lowerer(ModuleLowerer& module, const Body& body, ir::Func& func, bool keep_spans);

  void bind(SymbolId symbol, ir::ValueId value) { frames_.front().values[symbol] = value; }
  ir::Builder& builder() { return b_; }
  void statements();  // of the body
  ir::ValueId term(TermId id);
  [[nodiscard]] std::size_t inlined_size() const { return calls_ + func_.values.size(); }
  void set_key(ir::ValueId key) { key_ = key; }
  std::vector<ir::ValueId> predictions;  // of a model
  std::vector<std::string> prediction_names;

 private:
  using ValueId = ir::ValueId;

  // An index in the terms of the IR: 0-based, of a value at hand.
  struct At {
    enum class Kind { element, gather, range, all };
    Kind kind = Kind::all;
    ValueId value;             // element: 0-based; gather: 1-based, as the array holds them
    std::optional<Dim> first;  // range: 0-based start
    Dim extent;                // range, all
  };
  struct ArrayState {
    std::vector<Dim> shape;
    std::vector<View> views;
    struct Values {
      std::vector<ValueId> boxes;
      ValueId complete;
      std::vector<ValueId> carries;  // by lag, from 1
      ValueId history;               // the array as far as it is, of the shape that the view around has left
    };
    std::vector<Values> values;  // as many as views
  };
  struct Frame {
    std::map<SymbolId, ValueId> values;
    std::map<SymbolId, ArrayState> arrays;
  };
  class FrameGuard {
   public:
    explicit FrameGuard(Lowerer& lowerer) : lowerer_(lowerer) { lowerer_.frames_.emplace_back(); }
    ~FrameGuard() { lowerer_.frames_.pop_back(); }
    FrameGuard(const FrameGuard&) = delete;
    FrameGuard& operator=(const FrameGuard&) = delete;

   private:
    Lowerer& lowerer_;
  };

  // terms
  ValueId symbol_value(SymbolId id);
  ValueId integer(Dim value);
  ValueId lower_nest(const Term& term);
  ValueId lower_index(const Term& term);
  ValueId indexed(ValueId base, std::vector<At> indices);
  At element(const Dim& one_based);
  std::vector<At> at_of(const std::vector<IndexTerm>& indices, const std::vector<Dim>& shape);
  void prepare(TermId id);
  [[nodiscard]] const ValueId* find_value(SymbolId id) const;
  [[nodiscard]] Dim extent_of(SymbolId binder) const;

  // loops
  using LoopBody = std::function<std::vector<ir::YieldSpec>()>;
  // Nests over the binders and the extents `tail` behind them, with their bounds and conditions; each result
  // is combined as the body says.
  std::vector<ValueId> nested(std::span<const SymbolId> binders, std::vector<Dim> tail, const LoopBody& body);
  std::vector<ValueId> guarded(ValueId condition, const LoopBody& body);
  [[nodiscard]] bool is_ragged(SymbolId binder) const {
    return body_.symbol(binder).bounded || body_.symbol(binder).where.valid();
  }
  [[nodiscard]] bool in_ragged_loop() const;
  // Sums over rows_of(g, j) within a loop over all groups j: one pass over the rows for all groups, before
  // that loop.
  void scatter_groups(std::span<const SymbolId> binders, TermId id, std::vector<TermId>& made);
  void forget_groups(const std::vector<TermId>& made);

  // arrays
  ArrayState* find_array(SymbolId id);
  ArrayState& need_array(SymbolId id);
  ValueId array_read(SymbolId id, const std::vector<IndexTerm>& indices);
  void open_array(SymbolId id, Frame& frame);
  void define_local(SymbolId id);
  void run_arrays(const std::vector<Stmt>& stmts, const std::set<SymbolId>& outer);
  void run_array(const Stmt& stmt, const std::set<SymbolId>& active);
  void run_assign(const AssignStmt& stmt);
  // An array that a loop fills: the range of its index there.
  struct OpenArray {
    const LoopArray* loop;
    Dim first, last;
  };
  // What a loop yields of an array: a box of its inner view, whose axes `left` are left.
  struct LoopPiece {
    const OpenArray* array;
    Box inner;
    std::vector<std::size_t> left;
  };
  struct LoopYield {
    std::vector<ValueId> nexts;
    std::vector<ir::YieldSpec> yields;
    std::vector<LoopPiece> pieces;
  };
  [[nodiscard]] std::vector<OpenArray> open_arrays(const ForStmt& stmt,
                                                   const std::set<SymbolId>& active) const;
  std::vector<ValueId> carried_values(const std::vector<OpenArray>& open, const Symbol& binder);
  void open_views(const std::vector<OpenArray>& open, const Symbol& binder,
                  const std::vector<ValueId>& carries);
  void close_view(const OpenArray& array, LoopYield& out);
  void place_piece(const LoopPiece& piece, ValueId value);
  void run_for(const ForStmt& stmt, const std::set<SymbolId>& active);
  void run_if(const IfStmt& stmt, const std::set<SymbolId>& active);
  void add_piece(ArrayState& state, Box box, ValueId value);
  void complete_if_whole(ArrayState& state);
  ValueId assemble(const Partition& partition, const std::vector<Box>& boxes,
                   const std::vector<ValueId>& values, bool keep_rank);
  ValueId flipped(ValueId value);
  ValueId permuted(ValueId value, const std::vector<std::size_t>& order);
  ValueId element_before(const ArrayState& state, std::size_t axis, const Dim& at);
  std::vector<ValueId> pieces_of(const ArrayState& state, const Part& part, std::size_t axis,
                                 const std::optional<Dim>& at);
  ValueId history_before(const ArrayState& state, const LoopArray& array, const Symbol& binder);
  ValueId with_element(ValueId whole, std::size_t axis, const Dim& at, ValueId value);

  // sites
  enum class Pass { all, latents, others };
  struct Condition {
    TermId term;
    bool negated;
  };
  void block(const std::vector<Stmt>& stmts, Pass pass);
  void statement(const Stmt& stmt, Pass pass);
  void top_arrays(const Stmt& stmt);
  void lower_for(const Stmt& stmt, const ForStmt& loop, Pass pass);
  void lower_if(const Stmt& stmt, const IfStmt& branch, Pass pass);
  void lower_latent(const LatentStmt& stmt);
  std::vector<ValueId> element_bounds(const LatentStmt& stmt);
  void lower_late_prior(const LatentStmt& stmt);
  void lower_param(const ParamStmt& stmt);
  void lower_site(const SiteStmt& stmt);
  void lower_guarded_site(const SiteStmt& stmt, const std::vector<Dim>& batch);
  ValueId sum_over(const std::vector<SymbolId>& loops, const std::function<ValueId()>& value);
  void add_factor(ValueId total, std::string site, Span span);
  void lower_predict(const PredictStmt& stmt);
  void lower_factor(const FactorStmt& stmt);
  [[nodiscard]] std::vector<Dim> extents() const;
  [[nodiscard]] bool varies(TermId id) const;  // with a statement loop around
  // A term over the loops around: its value where it does not vary, else one element per iteration, spread
  // over `tail` behind.
  ValueId over_loops(TermId id, const std::vector<Dim>& tail = {});
  void over_loops(const std::vector<TermId>& terms, const std::vector<Dim>& tail, std::vector<ValueId>& out);
  std::optional<ValueId> whole_symbol(TermId id);
  ValueId distribution(const DistTerm& dist, const std::vector<Dim>& batch,
                       std::vector<Dim>* whole_batch = nullptr);
  ValueId mask(const std::vector<Dim>& batch);
  ValueId bound_over_loops(TermId id, const std::vector<Dim>& shape);
  ValueId next_key();
  ValueId condition_value();

  ModuleLowerer& module_;
  const Body& body_;
  ir::Builder b_;
  bool keep_spans_;
  std::vector<Frame> frames_;
  std::map<SymbolId, ValueId> whole_;  // plate-local latents and predictions, for all iterations
  std::map<std::string, SymbolId> binders_;
  // By the term: one value per group, and the loop over groups.
  std::map<TermId, std::pair<ValueId, SymbolId>> group_sums_;
  // Where an array of a loop or branch is defined.
  std::map<SymbolId, const std::vector<Stmt>*> local_blocks_;
  std::vector<SymbolId> loops_;
  std::vector<Condition> conditions_;
  std::set<SymbolId> late_priors_;  // latents of the loop under way whose priors read its arrays
  int position_ = 0;                // of the statement under way: what stands behind it does not exist yet
  const ir::Func& func_;
  std::size_t calls_ = 0;  // the sizes of what is called
  int factors_ = 0;
  std::int64_t keys_ = 0;
  ValueId key_;
};

}  // namespace elba::frontend
