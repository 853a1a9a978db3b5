// names: what is said about names that nothing declares, and which names are free.
#pragma once

#include <initializer_list>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "frontend/check/concern.h"
#include "frontend/check/scopes.h"

namespace elba::frontend {

class Names : Concern {
 public:
  Names(Terms& terms, Scopes& scopes) : Concern(terms), scopes_(scopes) {}

  void note_declared(const ast::Stmt& stmt);
  void note_absent(const std::string& dim) { absent_dims_.push_back(dim); }
  void note_reported(const std::string& name) { unknown_names_.insert(name); }
  void set_declaring(const std::string& latent) { declaring_ = latent; }
  void unknown_name(const std::string& name, Span span);
  [[nodiscard]] std::string near_name(const std::string& name);
  // The first of them that nothing has; the last when all are taken.
  [[nodiscard]] std::string free_name(std::initializer_list<const char*> names) const;

  // A size or the end of a range is under check.
  class SizeWanted {
   public:
    explicit SizeWanted(Names& names) : names_(names) { ++names_.sizes_wanted_; }
    ~SizeWanted() { --names_.sizes_wanted_; }
    SizeWanted(const SizeWanted&) = delete;
    SizeWanted& operator=(const SizeWanted&) = delete;

   private:
    Names& names_;
  };

 private:
  [[nodiscard]] std::vector<std::string> visible_names() const;

  std::size_t compared_names_ = 0;                    // for advice on unknown names
  std::set<std::string, std::less<>> unknown_names_;  // that have been reported
  // Every name that a statement at the top of the model declares.
  std::map<std::string, Span, std::less<>> declared_below_;
  std::vector<std::string> absent_dims_;  // of a member: dims of its distribution that nothing it takes has
  std::string declaring_;                 // the latent whose prior is under check
  int sizes_wanted_ = 0;
  Scopes& scopes_;
};

}  // namespace elba::frontend
