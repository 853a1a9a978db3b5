// copier: rebuilds a function op by op through a builder, with calls replaced by the bodies they stand for. A
// pass overrides `replace` for the ops it turns into something else; everything else is copied, its dims and
// types renamed to the caller's.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ir/builder.h"

namespace elba::passes {

class Copier {
 public:
  Copier(const ir::Module& module, ir::Func& target) : module_(module), b(target) {}
  virtual ~Copier() = default;
  Copier(const Copier&) = delete;
  Copier& operator=(const Copier&) = delete;

  // The whole of `from`, into the target, which has no ops and no parameters yet.
  void copy_function(const ir::Func& from);

 protected:
  // Where the copied ops come from: their function, what its values are called in the target, and what its
  // own dims stand for.
  struct Scope {
    const ir::Func& from;
    ir::Builder::ValueMap map;
    std::map<std::string, ir::Dim> dims;
  };

  // True when the pass made something of the op itself (and entered its results into the scope's map).
  virtual bool replace(Scope& scope, const ir::Op& op) = 0;

  // The mapped operands of the region's end.
  std::vector<ir::ValueId> copy_region(Scope& scope, const ir::Region& region);
  void copy_op(Scope& scope, const ir::Op& op);
  // The results of a call, as copies of the callee's body.
  // `dims`: those of the callee that its arguments may leave open.
  std::vector<ir::ValueId> inlined(const ir::Func& callee, std::span<const ir::ValueId> arguments,
                                   std::map<std::string, ir::Dim> dims = {});

  [[nodiscard]] ir::ValueId mapped(Scope& scope, ir::ValueId value) {
    return b.mapped(scope.from, value, scope.map);
  }
  [[nodiscard]] std::vector<ir::ValueId> mapped(Scope& scope, const std::vector<ir::ValueId>& values);
  [[nodiscard]] static ir::Type type_in(const Scope& scope, ir::ValueId value) {
    return scope.from.type(value).substitute(scope.dims);
  }
  void enter(Scope& scope, const ir::Op& op, std::span<const ir::ValueId> results);
  // Closes the loop under construction; a pass may make something else of its combined results. Results:
  // carries, then combined.
  virtual std::vector<ir::ValueId> close_loop(std::span<const ir::ValueId> nexts,
                                              const std::vector<ir::YieldSpec>& specs) {
    return b.close_scan(nexts, specs);
  }

  const ir::Module& module_;
  ir::Builder b;

 private:
  void copy_loop(Scope& scope, const ir::Op& op);

  int calls_ = 0;  // how many callees deep the ops being copied are
};

}  // namespace elba::passes
