// internal: what the handles of elba.hpp hold; shared by the sources of api/ only.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "api/bind.h"
#include "api/data_words.h"
#include "api/driver.h"
#include "api/elba.hpp"
#include "api/executable.h"
#include "frontend/frontend.h"

namespace elba {

struct Data::Impl {
  runtime::DataSet set;
  DataWords words;   // of a file; numbers that a host gives have none
};

struct Program::Impl {
  Source source;
  Signature signature;
  ProgramSignature shown;
  ir::Module density;
  PhaseTimes times;
};

// Code by the name of its entry, with the sizes of its module's dims: shared by bounds of one program and equal sizes.
class CodeShelf {
 public:
  struct Item {
    codegen::CompiledModule code;
    Sizes sizes;
  };
  [[nodiscard]] std::optional<Item> find(const std::string& entry) const {
    const std::lock_guard lock(mutex_);
    const auto it = items_.find(entry);
    return it == items_.end() ? std::nullopt : std::optional(it->second);
  }
  void put(const std::string& entry, Item item) {
    const std::lock_guard lock(mutex_);
    items_.insert_or_assign(entry, std::move(item));
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Item> items_;
};

struct Bound::Impl {
  std::shared_ptr<const Program::Impl> program;
  std::shared_ptr<const BoundData> data;
  std::shared_ptr<codegen::Jit> jit;
  std::size_t dimension = 0;
  std::vector<std::string> unconstrained_names, constrained_names;
  std::shared_ptr<CodeShelf> shelf = std::make_shared<CodeShelf>();
  double max_work = JitOptions{}.max_work;
  double max_memory = 0;   // bytes; set when it is bound

  // Compiled on first use; safe from several threads.
  Result<std::shared_ptr<const Executable>> executable(const Entry& entry);
  // Refuses loops that would not come back: of a module at loop level.
  [[nodiscard]] Status check_work(const ir::Module& module) const;
  [[nodiscard]] PhaseTimes times() const;

 private:
  Result<CodeShelf::Item> compile(const Entry& entry);

  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const Executable>> executables_;
  PhaseTimes times_;
};

// An executable with the memory of one thread's calls.
struct Call {
  std::shared_ptr<const Executable> executable;
  Executable::Frame frame;
};

struct Workspace::Impl {
  std::shared_ptr<Bound::Impl> bound;
  std::map<std::string, Call> calls;
  // The calls of a sampler's inner loop, without a look-up. Null until first used.
  Call* density = nullptr;
  Call* gradient = nullptr;
  Call* product = nullptr;
  struct Step {
    std::string family;
    Call* call;
  };
  std::vector<Step> steps;

  Result<Call*> call(const Entry& entry);
};

// Data that may be missing are bound as zeros (integers as ones); sizes must follow from the rest.
[[nodiscard]] Result<Bound> bind_without(const Program& program, const Data& data, const JitOptions& options, const std::function<bool(const std::string&)>& may_be_missing);
// Without the density, which may read data that are not there.
[[nodiscard]] std::unique_ptr<Workspace> bare_workspace(const Bound& bound);

// The same program and data, of which nothing has been computed: what depends on data only will be, when it is first asked for.
[[nodiscard]] Bound bound_again(const Bound& bound);

[[nodiscard]] ProgramSignature shown_signature(const Signature& signature);

// The names of coordinates, in order: "theta.1" and "theta[1]".
struct CoordinateNames {
  std::vector<std::string> unconstrained, constrained;
};
[[nodiscard]] CoordinateNames coordinate_names(const Signature& signature, const Sizes& sizes);

[[nodiscard]] Diagnostic defect(const std::string& what);
[[nodiscard]] Diagnostic interrupted();   // of work that has nothing to show

}  // namespace elba
