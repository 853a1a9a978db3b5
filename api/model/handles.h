// handles: what the handles of elba.hpp hold; shared by the sources of api/ only.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "api/elba.hpp"
#include "api/model/bind.h"
#include "api/model/executable.h"
#include "api/model/number_text.h"
#include "api/model/pipeline.h"
#include "frontend/frontend.h"
#include "runtime/inference/coordinates.h"

namespace elba {

struct Data::Impl {
  runtime::DataSet set;
  DataWords words;                            // of a file; numbers that a host gives have none
  std::map<std::string, Diagnostic> refused;  // what was set but does not fit its own shape, by field
};

// What a host did wrong when it set these data; said by whatever binds them.
[[nodiscard]] Status check_set(const Data& data);

struct Program::Impl {
  Source source;
  Signature signature;
  ProgramSignature shown;
  ir::Module density;
  PhaseTimes times;
};

// Code by the name of its entry, shared by the bounds of one program. Sizes are run-time values of compiled
// code, except small inner ones, and long loops look whether they are to end: code is found again for all
// sizes for which the same would be made.
class CodeShelf {
 public:
  struct Item {
    codegen::CompiledModule code;
    std::shared_ptr<const ir::Module> module;  // at loop level, of which the code was made
    std::set<std::string> inner;               // dims that may have become constants
    Sizes sizes;                               // of the data for which it was made
  };
  [[nodiscard]] std::optional<Item> find(const std::string& entry, const Sizes& sizes) const;
  void put(const std::string& entry, Item item);

 private:
  static constexpr std::size_t most = 16;  // of one entry; the oldest goes

  mutable std::mutex mutex_;
  std::map<std::string, std::vector<Item>> items_;
};

// The names of coordinates, in order: "theta.1" and "theta[1]".
struct CoordinateNames {
  std::vector<std::string> unconstrained, constrained;
};

struct Bound::Impl {
  std::shared_ptr<const Program::Impl> program;
  std::shared_ptr<const BoundData> data;
  std::shared_ptr<codegen::Jit> jit;
  Coordinates coordinates;
  // Made when they are first asked for: there may be more of them than the work with the density needs
  // memory.
  [[nodiscard]] const CoordinateNames& names() const;
  std::shared_ptr<CodeShelf> shelf = std::make_shared<CodeShelf>();
  double max_work = JitOptions{}.max_work;
  double max_memory = 0;  // bytes; set when it is bound

  // Compiled on first use; safe from several threads.
  Result<std::shared_ptr<const Executable>> executable(const Entry& entry);
  // Refuses loops that would not come back: of a module at loop level.
  [[nodiscard]] Status check_work(const ir::Module& module) const;
  [[nodiscard]] PhaseTimes times() const;

 private:
  Result<CodeShelf::Item> compile(const Entry& entry);
  Result<CodeShelf::Item> code_of(const Entry& entry, const std::string& key);  // from the shelf, or compiled

  mutable std::once_flag named_;
  mutable CoordinateNames names_;
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
  // Of all its calls since the last `forget`.
  [[nodiscard]] runtime::Factorisations factorisations() const;
  void forget_factorisations();
};

// Data that may be missing are bound as zeros (integers as ones); sizes must follow from the rest.
[[nodiscard]] Result<Bound> bind_without(const Program& program, const Data& data, const JitOptions& options,
                                         const std::function<bool(const std::string&)>& may_be_missing);
// Without the density, which may read data that are not there.
[[nodiscard]] std::unique_ptr<Workspace> bare_workspace(const Bound& bound);

// The same program and data, of which nothing has been computed: what depends on data only will be, when it
// is first asked for.
[[nodiscard]] Bound bound_again(const Bound& bound);

[[nodiscard]] ProgramSignature shown_signature(const Signature& signature);

[[nodiscard]] Coordinates coordinates_of(const Signature& signature, const Sizes& sizes);
[[nodiscard]] CoordinateNames coordinate_names(const Signature& signature, const Sizes& sizes);

[[nodiscard]] Diagnostic empty_handle(const char* name);  // of a handle that holds nothing
// Both lengths, of what a host hands over.
[[nodiscard]] Diagnostic point_length(std::size_t found, std::size_t needed);
[[nodiscard]] Diagnostic wrong_length(const std::string& name, std::size_t found, std::size_t needed);
[[nodiscard]] Diagnostic defect(const std::string& what);
[[nodiscard]] Diagnostic interrupted();  // of work that has nothing to show

}  // namespace elba
