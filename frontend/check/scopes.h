// scopes: the symbols that are in sight, and the loops and conditions around what is checked.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/check/concern.h"

namespace elba::frontend {

inline constexpr int deepest_level = 60;  // of loops and generators within one another

class Scopes : Concern {
 public:
  explicit Scopes(Terms& terms) : Concern(terms) {}

  SymbolId declare(Symbol symbol);
  [[nodiscard]] SymbolId lookup(std::string_view name) const;
  [[nodiscard]] std::size_t depth() const { return stack_.size(); }
  using Scope = std::map<std::string, SymbolId, std::less<>>;
  [[nodiscard]] const std::vector<Scope>& stack() const { return stack_; }
  void warn_unused();

  // A scope, and the levels of loops and generators that are opened in it.
  class Guard {
   public:
    explicit Guard(Scopes& scopes) : scopes_(scopes), level_(scopes.next_level_) {
      scopes_.stack_.emplace_back();
    }
    ~Guard() {
      scopes_.stack_.pop_back();
      scopes_.next_level_ = level_;
    }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

   private:
    Scopes& scopes_;
    int level_;
  };

  // Binders of the `for` statements around, and how many `if` statements there are.
  void enter_loop(SymbolId binder) { loops_.push_back(binder); }
  void leave_loop() { loops_.pop_back(); }
  [[nodiscard]] const std::vector<SymbolId>& loops() const { return loops_; }
  [[nodiscard]] std::vector<Dim> loop_extents() const;
  void enter_condition() { ++conditions_; }
  void leave_condition() { --conditions_; }
  [[nodiscard]] int conditions() const { return conditions_; }
  [[nodiscard]] bool is_ragged(SymbolId binder) const {
    return body_.symbol(binder).bounded || body_.symbol(binder).where.valid();
  }
  [[nodiscard]] bool in_ragged_loop() const;

  // Levels of loops and generators within one another: one bit each.
  [[nodiscard]] bool is_too_deep() const { return next_level_ >= deepest_level; }
  std::uint64_t next_level() { return std::uint64_t{1} << next_level_++; }
  int next_order() { return ++order_; }  // of a statement, in the text

 private:
  std::vector<Scope> stack_{1};
  std::vector<SymbolId> loops_;
  int conditions_ = 0;
  int next_level_ = 0;
  int order_ = 0;
};

}  // namespace elba::frontend
