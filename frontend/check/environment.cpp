// environment: declarations of files, imports and the library, each checked once and in the order of
// use.
#include "frontend/check/environment.h"

#include <algorithm>

#include "frontend/check/checker.h"
#include "frontend/check/size_arguments.h"
#include "frontend/syntax/parse.h"
#include "frontend/tokens/text_check.h"
#include "ir/library.h"

namespace elba::frontend {

namespace {

constexpr int deepest_check = 100;  // functions that are checked because one under check calls them

}  // namespace

Environment::Environment(const Source& source, ast::Program program, const ImportLoader& loader, Sink& sink)
    : sink_(&sink) {
  auto file = std::make_unique<File>();
  file->source = source;
  file->program = std::move(program);
  file->is_model = true;
  file->prefix = "fun";
  files_.push_back(std::move(file));
  importing_.insert(source.name());
  declare(root());
  for (const auto& decl : root().program.decls)
    if (const auto* found = std::get_if<ast::ImportDecl>(&decl)) import(root(), *found, loader, 1);
}

void place_in(const File& file, Diagnostic& diagnostic) {
  diagnostic.file = file.source.name();
  if (!file.shown) file.shown = std::make_shared<const Source>(file.source);
  diagnostic.source = file.shown;
}

void Environment::report(const File& file, Diagnostic diagnostic) {
  if (!file.is_model && diagnostic.file.empty()) place_in(file, diagnostic);
  sink_->add(std::move(diagnostic));
}

void Environment::declare(File& file) {
  for (const auto& decl : file.program.decls) {
    if (const auto* fun = std::get_if<ast::FunDecl>(&decl)) {
      auto entry = std::make_unique<FuncEntry>();
      entry->decl = fun;
      entry->file = &file;
      const auto [at, fresh] = file.functions.try_emplace(fun->name.text, entry.get());
      if (!fresh && file.is_library) {
        FuncEntry* last = at->second;
        while (last->overload)
          last = last->overload;
        last->overload = entry.get();
      } else if (!fresh) {
        auto diagnostic = make_diagnostic(Code::redeclared_name, fun->name.span, {fun->name.text});
        if (at->second->file == &file) diagnostic.label(at->second->decl->name.span, "first declared here");
        report(file, std::move(diagnostic));
      }
      funcs_.push_back(std::move(entry));
    } else if (const auto* dist = std::get_if<ast::DistDecl>(&decl)) {
      auto entry = std::make_unique<DistEntry>();
      entry->decl = dist;
      entry->file = &file;
      const auto [at, fresh] = file.distributions.try_emplace(dist->name.text, entry.get());
      if (!fresh) {
        auto diagnostic = make_diagnostic(Code::redeclared_name, dist->name.span, {dist->name.text});
        if (at->second->file == &file) diagnostic.label(at->second->decl->name.span, "first declared here");
        report(file, std::move(diagnostic));
      }
      if (!file.is_library && (!ir::distribution_source(dist->name.text).empty() ||
                               !ir::combinator_source(dist->name.text).empty())) {
        entry->checked.ir_name = "own." + dist->name.text;
        report(file,
               make_diagnostic(Code::shadowed_distribution, dist->name.span, {dist->name.text})
                   .note("every use of the name in this file and in those that import it means this one"));
      }
      dists_.push_back(std::move(entry));
    }
  }
}

// Stands for every function and distribution that a file which could not be imported may declare.
constexpr const char* any_import = "";

// Each file hands what it declares to the one that imports it, so a chain of them costs time with the square
// of its length.
std::string Environment::import_problem(const Source& loaded, int depth) {
  constexpr int deepest_imports = 50;
  constexpr std::size_t most_files = 500;
  imported_bytes_ += loaded.text().size();
  if (depth > deepest_imports)
    return "files import one another more than " + std::to_string(deepest_imports) + " deep";
  if (imported_.size() >= most_files)
    return "more than " + std::to_string(most_files) + " files are imported";
  if (imported_bytes_ > max_source_size)
    return "the imported files hold more than " + std::to_string(max_source_size) + " bytes together";
  return {};
}

// The text of a file; nothing after a report.
std::optional<Source> Environment::load_import(File& into, const ast::ImportDecl& import_decl,
                                               const ImportLoader& loader, int depth) {
  const std::string& path = import_decl.path;
  if (!loader) {
    report(into, make_diagnostic(Code::import_not_possible, import_decl.span, {path})
                     .suggest("save the model as a file beside `" + path +
                              "`, or copy what it needs of it into the text"));
    return std::nullopt;
  }
  auto loaded = loader(path);
  if (!loaded) {
    for (Diagnostic diagnostic : loaded.diagnostics()) {
      if (diagnostic.span == Span{}) diagnostic.span = import_decl.span;
      report(into, std::move(diagnostic));
    }
    return std::nullopt;
  }
  if (const std::string problem = import_problem(*loaded, depth); !problem.empty()) {
    report(into, make_diagnostic(Code::too_many_imports, import_decl.span, {path, problem})
                     .suggest("join small files into one"));
    return std::nullopt;
  }
  return std::move(*loaded);
}

// Reads a file that is imported for the first time, and what it imports.
File* Environment::add_import(Source source, const std::string& path, const ImportLoader& loader, int depth) {
  auto file = std::make_unique<File>();
  file->source = std::move(source);
  ParseResult parsed = parse(file->source);
  file->program = std::move(parsed.program);
  lose(std::move(parsed.lost_names));
  file->prefix = "fun." + std::to_string(files_.size());
  File* const imported = file.get();
  imported_.emplace(path, imported);
  files_.push_back(std::move(file));
  for (auto& diagnostic : parsed.diagnostics)
    report(*imported, std::move(diagnostic));
  declare(*imported);
  importing_.insert(path);
  for (const auto& decl : imported->program.decls)
    if (const auto* inner = std::get_if<ast::ImportDecl>(&decl)) import(*imported, *inner, loader, depth + 1);
  importing_.erase(path);
  return imported;
}

void Environment::import(File& into, const ast::ImportDecl& import_decl, const ImportLoader& loader,
                         int depth) {
  const std::string& path = import_decl.path;
  File* imported = nullptr;
  if (const auto known = imported_.find(path); known != imported_.end()) {
    imported = known->second;
    if (importing_.count(path)) {
      report(into, make_diagnostic(Code::import_cycle, import_decl.span, {path})
                       .suggest("move what the two files share into a third"));
      lose({any_import});
      return;
    }
  } else if (auto loaded = load_import(into, import_decl, loader, depth)) {
    imported = add_import(std::move(*loaded), path, loader, depth);
  } else {
    lose({any_import});
    return;
  }
  const auto twice = [&](const std::string& name) {
    report(into, make_diagnostic(Code::redeclared_name, import_decl.span, {name})
                     .note("`" + path + "` declares it too"));
  };
  for (const auto& [name, entry] : imported->functions)
    if (into.functions.try_emplace(name, entry).first->second != entry) twice(name);
  for (const auto& [name, entry] : imported->distributions)
    if (into.distributions.try_emplace(name, entry).first->second != entry) twice(name);
}

FuncEntry* Environment::function(File& file, const std::string& name) {
  const auto at = file.functions.find(name);
  if (at == file.functions.end()) return nullptr;
  at->second->used = true;
  return at->second;
}

FuncEntry* Environment::library_function(const std::string& name) {
  if (const auto at = library_functions_.find(name); at != library_functions_.end()) return at->second;
  const std::string_view text = ir::function_source(name);
  if (text.empty()) return library_functions_[name] = nullptr;
  File& loaded = load_library(name, text, "std");
  for (const auto& [declared, entry] : loaded.functions)
    library_functions_.emplace(declared, entry);
  return library_functions_[name];
}

File& Environment::load_library(const std::string& name, std::string_view text, std::string prefix) {
  auto loaded = std::make_unique<File>();
  loaded->source = Source("library/" + name + ".elba", std::string(text));
  ParseResult parsed = parse(loaded->source);
  loaded->program = std::move(parsed.program);
  loaded->is_library = true;
  loaded->prefix = std::move(prefix);
  for (auto& diagnostic : parsed.diagnostics)
    report(*loaded, std::move(diagnostic));
  declare(*loaded);
  files_.push_back(std::move(loaded));
  return *files_.back();
}

DistEntry* Environment::distribution(File& file, const std::string& name) {
  if (const auto at = file.distributions.find(name); at != file.distributions.end()) {
    at->second->used = true;
    return at->second;
  }
  if (const auto at = library_.find(name); at != library_.end()) return at->second;
  const std::string_view text = ir::distribution_source(name);
  if (text.empty()) return library_[name] = nullptr;
  File& loaded = load_library(name, text, name);
  const auto own = loaded.distributions.find(name);
  return library_[name] = own == loaded.distributions.end() ? nullptr : own->second;
}

const std::set<std::string>& Environment::sizes_of(FuncEntry& entry) {
  if (entry.sizes) return *entry.sizes;
  entry.sizes.emplace();  // what a function that calls itself sees
  if (sizing_ >= deepest_check) return *entry.sizes;
  ++sizing_;
  auto found = size_arguments(*entry.decl, [&](const std::string& name, std::size_t position) {
    FuncEntry* callee = function(*entry.file, name);
    if (!callee) {
      if (const Function* row = find_function(name))
        return row->sizes_from >= 0 && position >= static_cast<std::size_t>(row->sizes_from);
      if (entry.file->is_library || !ir::is_private(name)) callee = library_function(name);
    }
    for (; callee; callee = callee->overload)
      if (position < callee->decl->formals.size() &&
          sizes_of(*callee).contains(callee->decl->formals[position].name.text))
        return true;
    return false;
  });
  --sizing_;
  return *(entry.sizes = std::move(found));
}

DistEntry& Environment::combination(const std::string& name, std::string text,
                                    const std::vector<DistEntry*>& parts, std::string& defect) {
  const auto [known, fresh] = combinations_.try_emplace({text, parts});
  if (!fresh) return *known->second;
  std::string ir_name = name;
  for (const DistEntry* part : parts)
    ir_name += "." + part->checked.ir_name;
  if (const int count = ++combination_names_[ir_name]; count > 1) ir_name += "." + std::to_string(count);
  auto made = std::make_unique<File>();
  made->source = Source("library/combinators/" + name + ".elba", std::move(text));
  ParseResult parsed = parse(made->source);
  made->program = std::move(parsed.program);
  made->is_library = true;
  made->prefix = ir_name;
  for (std::size_t i = 0; i < parts.size(); ++i)
    made->distributions["part" + std::to_string(i + 1)] = parts[i];
  Sink own;
  Sink* const outer = sink_;
  sink_ = &own;
  for (auto& diagnostic : parsed.diagnostics)
    report(*made, std::move(diagnostic));
  declare(*made);
  DistEntry* entry = made->distributions.at(name);
  entry->checked.ir_name = ir_name;
  check(*entry);
  sink_ = outer;
  for (const auto& diagnostic : own.sorted())
    if (diagnostic.severity() == Severity::error && defect.empty())
      defect = std::string(code_info(diagnostic.code).code) + " in `" + name + "`: " + diagnostic.message;
  files_.push_back(std::move(made));
  known->second = entry;
  return *entry;
}

void Environment::check(FuncEntry& entry) {
  if (entry.state != FuncEntry::State::fresh) return;
  entry.state = FuncEntry::State::running;
  if (running_ >= deepest_check) {
    report(*entry.file,
           make_diagnostic(Code::nesting_too_deep, entry.decl->name.span, {std::to_string(deepest_check)}));
    entry.state = FuncEntry::State::done;
    return;
  }
  ++running_;
  entry.checked.ir_name = entry.file->prefix + "." + entry.decl->name.text;
  if (entry.file->is_library) {
    int number = 1;  // among the declarations of its name
    for (const FuncEntry* other = entry.file->functions.at(entry.decl->name.text); other != &entry;
         other = other->overload)
      ++number;
    if (number > 1) entry.checked.ir_name += "." + std::to_string(number);
  }
  entry.checked.foreign = !entry.file->is_model;
  Checker checker(*this, *entry.file, entry.checked.body, BodyKind::function);
  checker.check_function(*entry.decl, sizes_of(entry), entry.checked);
  --running_;
  entry.state = FuncEntry::State::done;
}

void Environment::check(DistEntry& entry) {
  if (entry.state != DistEntry::State::fresh) return;
  entry.state = DistEntry::State::running;
  Body scratch;  // of the parameters' types
  Checker checker(*this, *entry.file, scratch, BodyKind::function);
  checker.check_dist(*entry.decl, entry.checked, entry.members);
  entry.state = DistEntry::State::done;
}

void Environment::check_all() {
  // By index: checking one may load others.
  for (std::size_t i = 0; i < funcs_.size(); ++i)
    if (!funcs_[i]->file->is_library) check(*funcs_[i]);
  for (std::size_t i = 0; i < dists_.size(); ++i)
    if (!dists_[i]->file->is_library) check(*dists_[i]);
}

void Environment::warn_unused() {
  const auto& decls = root().program.decls;
  const bool has_model = std::any_of(decls.begin(), decls.end(), [](const auto& decl) {
    return std::holds_alternative<ast::ModelDecl>(decl);
  });
  for (const auto& entry : funcs_) {
    if (entry->file != &root()) continue;
    const ast::Name& name = entry->decl->name;
    if (has_model && !entry->used) sink_->report(Code::unused_name, name.span, {name.text});
    if (find_function(name.text))
      sink_->report(Code::library_name, name.span, {name.text, "function"})
          .suggest("give it another name when you did not mean to replace it");
  }
  for (const auto& entry : dists_) {
    if (entry->file != &root()) continue;
    const ast::Name& name = entry->decl->name;
    if (has_model && !entry->used) sink_->report(Code::unused_name, name.span, {name.text});
  }
}

std::vector<std::string> Environment::function_names(const File& file) const {
  auto names = frontend::function_names();
  for (auto& name : ir::library_function_names())
    names.push_back(std::move(name));
  for (const auto& [name, entry] : file.functions)
    names.push_back(name);
  return names;
}

std::vector<std::string> Environment::distribution_names(const File& file) const {
  auto names = ir::distribution_names();
  for (const auto& [name, entry] : file.distributions)
    names.push_back(name);
  return names;
}

}  // namespace elba::frontend
