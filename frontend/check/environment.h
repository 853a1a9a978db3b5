// environment: what can be named across bodies: functions and distributions of the file, of its imports
// and of the library.
//
// Each is checked once, on first use; those of the user's own file also when nothing uses them. Library texts
// are parsed on first use. A function of a file sees the functions of that file; imports add theirs to the
// file that imports.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "frontend/signature.h"
#include "frontend/syntax/ast.h"
#include "frontend/typed_tree/tree.h"
#include "support/diagnostics.h"

namespace elba::frontend {

struct File {
  Source source;
  ast::Program program;
  bool is_model = false;  // the file that was given: spans of its ops are kept
  bool is_library = false;
  std::string prefix;  // of the IR names of its functions
  std::map<std::string, struct FuncEntry*, std::less<>> functions;
  std::map<std::string, struct DistEntry*, std::less<>> distributions;
  // A copy of the source for messages, made for the first of them.
  mutable std::shared_ptr<const Source> shown;
};

// Says of a diagnostic that its spans point into this file.
void place_in(const File& file, Diagnostic& diagnostic);

struct FuncEntry {
  const ast::FunDecl* decl = nullptr;
  File* file = nullptr;
  enum class State { fresh, running, done } state = State::fresh;
  bool used = false;
  CheckedFunc checked;
  std::optional<std::set<std::string>> sizes;  // once asked for
  FuncEntry* overload = nullptr;  // of the library: the next declaration of this name, for other ranks
};

struct DistEntry {
  const ast::DistDecl* decl = nullptr;
  File* file = nullptr;
  enum class State { fresh, running, done } state = State::fresh;
  bool used = false;
  CheckedDist checked;
  std::vector<std::unique_ptr<CheckedFunc>> members;
};

class Environment {
 public:
  Environment(const Source& source, ast::Program program, const ImportLoader& loader, Sink& sink);

  [[nodiscard]] File& root() { return *files_.front(); }
  [[nodiscard]] Sink& sink() { return *sink_; }
  void use(Sink& sink) { sink_ = &sink; }
  // Names in what could not be read: nothing is said about their absence.
  void lose(std::set<std::string, std::less<>> names) { lost_.merge(names); }
  void set_pedantic(bool pedantic) { pedantic_ = pedantic; }
  [[nodiscard]] bool pedantic() const { return pedantic_; }
  void warn_unused();  // functions and distributions of the given file, when it has a model; functions that
                       // hide the library's
  [[nodiscard]] bool is_lost(std::string_view name) const { return lost_.contains(name); }
  void report(const File& file, Diagnostic diagnostic);

  // Null when there is none of that name; an entry whose check failed is not ok.
  FuncEntry* function(File& file, const std::string& name);
  FuncEntry* library_function(const std::string& name);
  DistEntry* distribution(File& file, const std::string& name);
  // The declaration in `text`, made by the front end, in which part1, part2, .. are the given ones; made
  // once.
  DistEntry& combination(const std::string& name, std::string text, const std::vector<DistEntry*>& parts,
                         std::string& defect);
  const std::set<std::string>& sizes_of(FuncEntry& entry);  // its arguments that are sizes
  // One that is under way stays so: it is recursive, or calls are nested too deep.
  void check(FuncEntry& entry);
  void check(DistEntry& entry);
  void check_all();  // everything that the given file declares
  [[nodiscard]] std::vector<std::string> function_names(const File& file) const;
  [[nodiscard]] std::vector<std::string> distribution_names(const File& file) const;

 private:
  void declare(File& file);
  File& load_library(const std::string& name, std::string_view text, std::string prefix);
  std::optional<Source> load_import(File& into, const ast::ImportDecl& import, const ImportLoader& loader,
                                    int depth);
  File* add_import(Source source, const std::string& path, const ImportLoader& loader, int depth);
  void import(File& into, const ast::ImportDecl& import, const ImportLoader& loader, int depth);
  std::string import_problem(const Source& loaded, int depth);  // why it is too much; empty when it is not

  Sink* sink_;
  std::set<std::string, std::less<>> lost_;
  bool pedantic_ = false;
  std::vector<std::unique_ptr<File>> files_;
  std::vector<std::unique_ptr<FuncEntry>> funcs_;
  std::vector<std::unique_ptr<DistEntry>> dists_;
  int running_ = 0;
  int sizing_ = 0;
  std::set<std::string> importing_;  // paths on the way, to see a cycle
  std::map<std::string, File*> imported_;
  std::size_t imported_bytes_ = 0;
  std::map<std::string, DistEntry*> library_;
  std::map<std::pair<std::string, std::vector<DistEntry*>>, DistEntry*> combinations_;
  std::map<std::string, int> combination_names_;
  std::map<std::string, FuncEntry*, std::less<>> library_functions_;
};

}  // namespace elba::frontend
