// calls: functions of the table and of the file, applied to arguments, to generators and element by element.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/check/binders.h"
#include "frontend/check/indices.h"
#include "frontend/check/inner.h"
#include "frontend/check/concern.h"
#include "frontend/check/proofs.h"
#include "frontend/check/scopes.h"

namespace elba::frontend {

class Calls : Concern {
 public:
  Calls(Terms& terms, Scopes& scopes, Proofs& proofs, Indices& indices, Binders& binders, Inner& inner)
      : Concern(terms),
        scopes_(scopes),
        proofs_(proofs),
        indices_(indices),
        binders_(binders),
        inner_(inner) {}

  TermId call_builtin(const Function& function, const ast::CallExpr& call, Span span);
  FuncEntry* choose_overload(FuncEntry& first, const std::vector<TermId>& args);
  TermId call_scalar_overload(FuncEntry& first, std::vector<TermId> args, Span span);
  // What is declared for one element, over arrays. `Spread` says which formals may have axes in front of
  // their own.
  enum class Spread { scalars, all };
  struct Member {  // of a distribution
    const CheckedDist& law;
    std::string_view name;
  };
  TermId call_each(const CheckedFunc& callee, const std::string& shown, std::vector<TermId> args,
                   Spread spread, Span span, std::optional<Member> member = {});
  std::optional<std::vector<TermId>> plain_arguments(const ast::CallExpr& call);
  // None when one is named or a generator.
  [[nodiscard]] std::vector<std::string> argument_texts(const ast::CallExpr& call) const;
  [[nodiscard]] int depth() const { return call_depth_; }  // of the functions that this body calls

 private:
  void bound_extremum(TermId id);
  TermId call_generator(const Function& function, const ast::CallExpr& call, Span span);
  static std::string head_text(const FuncEntry& entry);
  TermId call_function(const CheckedFunc& callee, const std::string& shown, std::vector<TermId> args,
                       Span span);
  [[nodiscard]] std::size_t axes_in_front(const CheckedFunc& callee, std::size_t index, TermId arg,
                                          Spread spread) const;
  TermId call_anywhere(const CheckedDist& law, std::string_view member, const CheckedFunc& callee,
                       const std::string& shown, std::vector<TermId> args, Span span);

  using Bindings = std::map<std::string, Dim>;
  void argument_count_error(const CheckedFunc& callee, const std::string& shown, std::size_t given,
                            Span span);
  bool bind_size(const Symbol& formal, const Term& arg, const std::string& shown, Bindings& bound);
  bool bind_arguments(const CheckedFunc& callee, const std::string& shown, std::vector<TermId>& args,
                      Span span, Bindings& stated, Bindings& bound);
  bool prove_bounds(const CheckedFunc& callee, const std::string& shown, const std::vector<TermId>& args,
                    const Bindings& bound);
  bool keep_requirements(const CheckedFunc& callee, const std::string& shown, Span span,
                         const Bindings& bound);

  int call_depth_ = 0;
  Scopes& scopes_;
  Proofs& proofs_;
  Indices& indices_;
  Binders& binders_;
  Inner& inner_;
};

}  // namespace elba::frontend
