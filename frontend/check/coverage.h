// coverage: which elements of `let` arrays and of latents without a prior of their own have been stated, and
// the lags of recurrences (formula and terms in frontend/typed_tree/coverage.h).
//
// Entering `for t` opens a view of every array that the loop assigns, with the axis that t indexes fixed at t
// + offset. Leaving it turns what an iteration covered into boxes over the whole range. A lag of L needs the
// L elements before the range.
#pragma once

#include <map>
#include <string_view>
#include <vector>

#include "frontend/check/concern.h"
#include "frontend/check/scopes.h"
#include "frontend/typed_tree/coverage.h"

namespace elba::frontend {

class Coverage : Concern {
 public:
  Coverage(Terms& terms, Scopes& scopes) : Concern(terms), scopes_(scopes) {}

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
  using All = std::map<SymbolId, Covered>;

  void open_covered(SymbolId symbol, bool is_latent);
  void close_covered();  // what the innermost scope declared must be whole
  void cover(SymbolId symbol, const std::vector<IndexTerm>& target, Span span);
  void note_completion(const Stmt& stmt);
  void open_view(const LoopArray& array, const Symbol& variable);
  void close_loop_arrays(std::vector<LoopArray>& arrays, SymbolId binder, Span span);
  bool check_array_read(SymbolId symbol, const std::vector<IndexTerm>& indices, Span span);
  void merge_branches(const All& before, const All& then_covered, Span span);

  [[nodiscard]] const Covered* find(SymbolId symbol) const {
    const auto at = covered_.find(symbol);
    return at == covered_.end() ? nullptr : &at->second;
  }
  void forget(SymbolId symbol) { covered_.erase(symbol); }
  void forget_incomplete() {
    std::erase_if(covered_, [](const auto& entry) { return !entry.second.views.front().complete; });
  }
  [[nodiscard]] const All& all() const { return covered_; }
  void restore(All before) { covered_ = std::move(before); }
  [[nodiscard]] static std::string_view relation(const Covered& covered) {
    return covered.is_latent ? "`~`" : "value";
  }

  // Indices as far as they are known; of lists one for each combination of their elements.
  [[nodiscard]] KnownIndex known_index(const std::vector<IndexTerm>& indices,
                                       const std::vector<Dim>& shape) const;
  [[nodiscard]] std::vector<KnownIndex> known_indices(const std::vector<IndexTerm>& indices,
                                                      const std::vector<Dim>& shape) const;

 private:
  bool check_recurrence(const std::vector<LoopArray>& arrays, const LoopArray& array, const View& inner,
                        bool both, bool whole, const Symbol& variable, Span span);
  void add_loop_boxes(const LoopArray& array, Covered& covered, const View& inner,
                      const std::vector<Span>& spans, bool whole, const Symbol& variable, Span span);
  void add_box(SymbolId symbol, Covered& covered, Box box, Span span);
  void check_first_values(const LoopArray& array, const Covered& covered, const Covered::Past& past,
                          SymbolId binder, Span span);

  All covered_;
  Scopes& scopes_;
};

}  // namespace elba::frontend
