// elba: the C++ interface on which the command line stands. Opaque handles, no exception crosses it, nothing
// is printed, no environment variable is read. Program and Bound are immutable and may be shared between
// threads; a Workspace belongs to one thread. What a handle that holds nothing, a length that does not fit, a
// callback that throws and a lack of memory lead to: docs/embedding.md.
//
//     auto program = elba::Program::compile(text, {.name = "model.elba"});
//     auto data = elba::Data::from_json(json, "data.json");
//     auto bound = program->bind(*data);
//     auto workspace = bound->workspace();                       // allocates; the calls below do not
//     bound->log_density(*workspace, u, jacobian, &value, gradient);
//     auto posterior = bound->fit({.method = "meanfield", .seed = 1});
//
// Latents stand in declaration order, arrays row-major (a `matrix` of Stan is column-major:
// Bound::stan_order); unconstrained coordinates follow Stan's transforms.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "runtime/inference/method.h"
#include "runtime/inference/posterior.h"
#include "runtime/inference/progress.h"
#include "support/result.h"

namespace elba {

// Gives the text of an imported file, or nothing when the host does not allow it.
using ImportReader = std::function<std::optional<std::string>(const std::string& path)>;

// Of a model's text, and of all that it imports.
inline constexpr std::size_t most_model_bytes = std::size_t{16} << 20;

struct CompileOptions {
  std::string name = "<model>";  // of the source, as messages show it
  std::string model;             // which model of the file; empty: the only one
  std::string guide;             // which guide of the file for that model; empty: the only one, or none
  std::string import_folder;     // files below it can be imported: regular ones, not by way of links; empty:
                                 // `import_reader` is asked
  ImportReader import_reader;    // called on the thread that compiles
  bool pedantic = false;         // also the warnings that are often unfounded
};

struct JitOptions {
  std::string cache_dir;   // folder of compiled objects; empty: no cache
  double max_work = 1e10;  // operations that one call of a compiled function may take with these data, by
                           // count; what would take more is refused (E0614)
  double max_memory = 0;   // bytes that the data, one call and one fit may take, by estimate before they are
                           // taken (E0612); 0: half of what this process may have
};

// While it lives, what this thread does here ends soon after `max_seconds` or after `cancel` is set, in the
// middle of a loop if need be: numbers are then nan, and what has nothing to show is an error (E0703). Fits
// have limits of their own in FitOptions, and heed this one too. One for which there was no memory limits
// nothing, and is over.
class WorkLimit {
 public:
  explicit WorkLimit(double max_seconds, const std::atomic<bool>* cancel = nullptr);
  ~WorkLimit();
  WorkLimit(const WorkLimit&) = delete;
  WorkLimit& operator=(const WorkLimit&) = delete;
  [[nodiscard]] bool is_over() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Milliseconds spent so far, by phase.
struct PhaseTimes {
  double parse = 0, check = 0, passes = 0, llvm = 0, link = 0;
  bool object_cached = false;  // the last compile took its object from the cache
};

// Known quantities by name, from JSON as CmdStan reads it, CSV columns, or the host's arrays.
class Data {
 public:
  static Result<Data> from_json(std::string_view text, std::string name = "<data>");
  static Result<Data> from_csv(std::string_view text, std::string name = "<data>");
  // Row-major values; integers as doubles. Replaces a field of that name. As many values as the shape holds:
  // else the error is given here, and again by whatever binds these data, until the field is set anew.
  Status set(std::string name, std::vector<std::int64_t> shape, std::vector<double> values);

  struct Impl;
  [[nodiscard]] const Impl& impl() const;
  // There was no memory for a field: nothing binds these data.
  [[nodiscard]] bool is_short() const { return is_short_; }

 private:
  std::shared_ptr<Impl> impl_;  // null: no fields
  bool is_short_ = false;
};

struct Field {
  std::string name, type, support;  // as the user would write them
  std::string shape;                // "[N, D]"
  std::string unconstrained_size;   // a polynomial in dims; empty for data
  bool required = true;
};
struct ProgramSignature {
  std::string model;
  std::vector<Field> dims, data, latents, params, predicts;
};

enum class Stage { tokens, ast, density, tensor, loop, llvm, assembly };

struct Program;
struct Bound;
class Workspace;

struct PassStep {
  std::string name;  // "input", then the passes in order
  std::string text;  // the module after it
  std::size_t ops = 0;
  double ms = 0;
  bool changed = true;
};

// What the compiler decided, as JSON (the keys of `elba explain --format=json`) and as text for people.
struct Explanation {
  std::string json, text;
};

[[nodiscard]] bool is_fit_method(const std::string& name);
[[nodiscard]] std::string list_fit_methods();  // in words, for messages

struct FitOptions {
  std::string method = "auto";     // a name of list_fit_methods(); of guides with a number, as lowrank(5)
  std::string optimiser = "auto";  // of meanfield and fullrank: auto, natural (gradients), adam (averaged)
  std::uint64_t seed = 1;
  int draws = 2000;               // nuts: over all chains
  int chains = 4, warmup = 1000;  // of nuts
  bool dense_metric = false;      // of nuts
  double acceptance = 0.8;        // wanted, of nuts
  bool check_nuts = false;        // fit by nuts too and compare
  // Of map: ascents, from `start` and from dispersed places; 0: until the best was met often enough.
  int starts = 0;
  double max_seconds = 600;
  // Unconstrained coordinates to begin at; empty: params at their `init`, the rest 0.
  std::vector<double> start;
  bool streams_predictions = false;  // predictions of more than 64 MiB are summarised, and not kept with the
                                     // draws: what writes them makes them again, block by block
  // From the thread that called; the fit is an error (E0923) once it throws.
  std::function<void(const Progress&)> progress;
  const std::atomic<bool>* cancel = nullptr;  // set to stop: the fit ends with what it has
};

// How a fit can be killed and gone on with: the host keeps the bytes that `save` is handed, and gives the
// last of them as `resume`. A fit that is resumed ends with the draws and numbers of one that was never
// interrupted; only its times differ.
struct Checkpointing {
  std::function<void(const std::string& bytes)> save;
  double seconds = 10;              // at least, between two calls of `save`
  std::string resume;               // refused when it is of another model, other data or other options
  std::string name = "checkpoint";  // of `resume`, as messages show it
};

// The options with which the fit of a checkpoint was made: "seed" -> "1".
[[nodiscard]] Result<std::map<std::string, std::string>> checkpoint_options(const std::string& bytes,
                                                                            const std::string& name);

struct Program {
  static Result<Program> compile(std::string_view text, const CompileOptions& options = {});

  [[nodiscard]] const ProgramSignature& signature() const;
  [[nodiscard]] Result<Bound> bind(const Data& data, const JitOptions& options = {}) const;
  // For predictions from saved draws: data that only the likelihood reads may be left out.
  [[nodiscard]] Result<Bound> bind_for_prediction(const Data& data, const JitOptions& options = {}) const;
  // For simulation: data that a `~` gives a law may be left out.
  [[nodiscard]] Result<Bound> bind_for_simulation(const Data& data, const JitOptions& options = {}) const;
  [[nodiscard]] Result<std::string> emit(Stage stage, const std::string& function = "log_joint.grad") const;
  [[nodiscard]] Result<std::vector<PassStep>> trace(const std::string& function = "log_joint.grad") const;
  [[nodiscard]] Result<Explanation> explain() const;
  [[nodiscard]] PhaseTimes times() const;

  struct Impl;
  std::shared_ptr<const Impl> impl;
};

// One per thread; owns every buffer that a step writes, and what they were made from, so that it may outlive
// its Bound. For the Bound that made it and for copies of that; what `rebind` gives has workspaces of its
// own.
class Workspace {
 public:
  struct Impl;
  explicit Workspace(std::unique_ptr<Impl> made);
  ~Workspace();
  Workspace(Workspace&&) noexcept;
  [[nodiscard]] bool is_empty() const { return impl_ == nullptr; }  // moved from
  [[nodiscard]] Impl& impl() { return *impl_; }
  // What its calls had to add to the diagonal of a matrix that was not quite positive definite, as a part of
  // its mean diagonal element: the largest since the last `forget_jitter`, 0 where none.
  [[nodiscard]] double largest_jitter() const;
  void forget_jitter();

 private:
  std::unique_ptr<Impl> impl_;
};

// The log densities of one `~` statement on data, one number an observation. A second statement on the same
// data is named "y_2".
struct ObservationArray {
  std::string name;
  std::vector<std::string> dims;  // "N", "T - 1"
  std::vector<std::int64_t> shape;
};

struct DataTraffic {
  int passes = 0;    // traversals of the data
  double bytes = 0;  // of data read
};

struct Bound {
  [[nodiscard]] std::size_t dimension() const;  // unconstrained coordinates
  // The same program with other data. What is compiled already is shared: sizes are run-time values of it.
  // Only inner ones of at most 16 (columns, groups of a few) are constants, and code for other values of
  // those is made when it is first asked for.
  [[nodiscard]] Result<Bound> rebind(const Data& data) const;
  // "theta.1", as Stan prints them.
  [[nodiscard]] const std::vector<std::string>& unconstrained_names() const;
  [[nodiscard]] const std::vector<std::string>& constrained_names() const;  // "theta[1]"
  // Arrays are row-major here and a `matrix` of Stan is column-major: element k is the position here of
  // coordinate k there, where `matrices` (nothing: every latent of two axes or more with one coordinate an
  // element) are its matrices over their last two axes. Arrays of vectors, simplexes, Cholesky factors ..
  // have one order in both.
  [[nodiscard]] Result<std::vector<std::size_t>> stan_order(
      const std::vector<std::string>& matrices = {}) const;

  // Compiles what the three calls need; they then allocate nothing.
  [[nodiscard]] Result<std::unique_ptr<Workspace>> workspace() const;
  // Log joint density at unconstrained coordinates, with all constants; its log Jacobian counts when
  // `jacobian`. `gradient` may be empty.
  Status log_density(Workspace& workspace, std::span<const double> u, bool jacobian, double& value,
                     std::span<double> gradient) const;
  // product = Hessian of the same, with Jacobian, times v.
  Status hessian_product(Workspace& workspace, std::span<const double> u, std::span<const double> v,
                         std::span<double> product) const;
  Status constrain(Workspace& workspace, std::span<const double> u, std::vector<double>& values) const;
  // What the model observes, and the log density of each observation at u: the arrays of `observations`, one
  // after the other.
  [[nodiscard]] Result<std::vector<ObservationArray>> observations() const;
  // An error when there are none.
  Status log_likelihood(Workspace& workspace, std::span<const double> u, std::vector<double>& values) const;
  // From values by name (row-major); names every missing or ill-shaped one.
  [[nodiscard]] Result<std::vector<double>> unconstrain(
      Workspace& workspace, const std::map<std::string, std::vector<double>>& values) const;

  // One stochastic ELBO gradient of a guide family ("meanfield", "fullrank"); phi_size() parameters.
  [[nodiscard]] Result<std::size_t> phi_size(const std::string& family) const;
  [[nodiscard]] Result<std::vector<double>> initial_phi(const std::string& family) const;
  Status elbo_step(Workspace& workspace, const std::string& family, std::span<const double> phi,
                   std::uint64_t key, double& elbo, std::span<double> gradient) const;

  [[nodiscard]] Result<Posterior> fit(const FitOptions& options = {}) const;
  [[nodiscard]] Result<Posterior> fit(const FitOptions& options, const Checkpointing& checkpoint) const;

  [[nodiscard]] Result<DataTraffic> data_traffic() const;  // of one gradient
  // Whether the density and the predictions keep within JitOptions::max_work. Whatever compiles them asks by
  // itself.
  Status check_work() const;
  [[nodiscard]] PhaseTimes times() const;

  struct Impl;
  std::shared_ptr<Impl> impl;
};

// Which passes run over textual IR: those of a list, or those that make `pipeline`, a function such as
// log_joint.grad, of @model; without those that are skipped.
struct IrPasses {
  std::vector<std::string> names;
  std::string pipeline = {};
  std::vector<std::string> skipped = {};
};
// Passes over textual IR; `elba opt`.
[[nodiscard]] Result<std::string> run_passes(std::string_view ir_text, const IrPasses& passes,
                                             std::string name = "<ir>");
[[nodiscard]] std::vector<std::pair<std::string, std::string>> pass_names();  // name, sentence
// Canonical source, with the warnings about its text; errors when it does not parse.
[[nodiscard]] Result<std::string> format_source(std::string_view text, std::string name = "<model>");

// A distribution or function of the library as text: parameters with bounds, formula, members, an example.
// Empty when there is none.
[[nodiscard]] std::string describe_name(std::string_view name);
// To a misspelt one; empty when none is near.
[[nodiscard]] std::string nearest_library_name(std::string_view name);
[[nodiscard]] std::string library_names();  // all of them, by family
enum class LibraryPage { distributions, functions };
// Markdown: docs/distributions.md, docs/functions.md.
[[nodiscard]] std::string library_page(LibraryPage page);

// Starts LLVM on a helper thread, so that its start-up hides behind reading and checking. The thread is the
// caller's: keep it until the first program is bound, and destroy it, which joins it, before the process
// exits. Without a thread where none can be had.
[[nodiscard]] std::jthread warm_up();

}  // namespace elba
