// guides: what a `guide` says of the latents of its model.
//
//     guide q for m { auto fullrank for mu, tau;  auto banded(2) for h; }
//   ->
//     the latents of @model carry {guide="fullrank", guide_group=1} and {guide="banded(2)", guide_group=2};
//     the rest have no attribute, which means `meanfield`
//
// `auto NAME(k);` without `for` covers the latents that no other statement names. Not compiled: guides that
// state their own `~`.
#pragma once

#include <map>
#include <string>

#include "frontend/signature.h"
#include "frontend/syntax/ast.h"
#include "support/diagnostics.h"

namespace elba::frontend {

struct GuideAssignment {
  std::string choice;  // ir/guide_families.h
  std::int64_t group = 0;
};

// By the name of the latent. Reports what is wrong; the result is then of no use.
[[nodiscard]] std::map<std::string, GuideAssignment> check_guide(const ast::GuideDecl& guide,
                                                                 const Signature& signature, Sink& sink);

void assign_guide(ir::Module& module, const std::map<std::string, GuideAssignment>& families);

}  // namespace elba::frontend
