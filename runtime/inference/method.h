// method: the table of methods of inference (methods.def). What names, checks, offers, compares or documents
// a method reads its row; no name is compared as a string elsewhere.
//
//     find_method("nuts")  ->  {nuts, "nuts", sampler, priors, draws | chains, 4000, ..}
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace elba {

// Of an answer too: a point has no draws, a sampler's come in chains, a guide's by importance weights; a
// strategy's are those of several parts.
enum class MethodKind { point, guide, sampler, strategy };

}  // namespace elba

namespace elba::runtime {

enum class MethodId {
#define METHOD(id, name, kind, needs, gives, draws, is, good_for) id,
#include "runtime/inference/methods.def"
#undef METHOD
};

// What a model must have: a prior for every unknown.
enum MethodNeeds : unsigned { priors = 1 };
enum MethodGives : unsigned { draws = 1, chains = 2, elbo = 4, evidence = 8 };

struct Method {
  MethodId id = MethodId::automatic;
  std::string_view name;  // empty: the row of all families of guides
  MethodKind kind = MethodKind::guide;
  unsigned needs = 0, gives = 0;
  int draws = 0;  // when no number of them is given
  std::string_view is, good_for;
};

// In the order of the documents.
[[nodiscard]] std::span<const Method> methods();
[[nodiscard]] const Method& method(MethodId id);
// Null for what is none; families of guides have no name here.
[[nodiscard]] const Method* find_method(std::string_view name);

}  // namespace elba::runtime
