// overloads: the library declares some names several times, for arguments of other ranks and elements.
#include "frontend/check/calls.h"

#include <algorithm>

namespace elba::frontend {

// Of the declarations of one name, that whose ranks and elements are those of the arguments; an integer may
// become real. The only one there is stands for itself when it takes arrays, for what is wrong can then be
// said of its arguments.
FuncEntry* Calls::choose_overload(FuncEntry& first, const std::vector<TermId>& args) {
  FuncEntry* promoted = nullptr;
  for (FuncEntry* entry = &first; entry; entry = entry->overload) {
    const auto& formals = entry->decl->formals;
    bool fits = formals.size() == args.size(), exact = true;
    for (std::size_t i = 0; fits && i < args.size(); ++i) {
      const ValueType& found = type(args[i]);
      const bool integer = formals[i].type.base.text == "int";
      fits = found.rank() == static_cast<int>(formals[i].type.shape.size()) &&
             (integer ? found.element == Element::integer : true);
      exact = exact && integer == (found.element == Element::integer);
    }
    if (fits && exact) return entry;
    if (fits && !promoted) promoted = entry;
  }
  if (promoted) return promoted;
  const auto& formals = first.decl->formals;
  const bool scalars = std::all_of(formals.begin(), formals.end(),
                                   [](const ast::Formal& formal) { return formal.type.shape.empty(); });
  return first.overload || (scalars && formals.size() == args.size()) ? nullptr : &first;
}

// Of the declarations of one name, that of scalars serves for the elements of arrays.
TermId Calls::call_scalar_overload(FuncEntry& first, std::vector<TermId> args, Span span) {
  FuncEntry* scalar = nullptr;
  for (FuncEntry* entry = &first; entry; entry = entry->overload) {
    const auto& formals = entry->decl->formals;
    const bool scalars = std::all_of(formals.begin(), formals.end(),
                                     [](const ast::Formal& formal) { return formal.type.shape.empty(); });
    if (scalars && formals.size() == args.size() && entry->decl->result && entry->decl->result->shape.empty())
      scalar = entry;
  }
  const std::string& shown = first.decl->name.text;
  if (!scalar) {
    std::string found;
    for (TermId arg : args)
      found += (found.empty() ? "" : ", ") + type(arg).text();
    auto& diagnostic = report(Code::no_overload, span, {shown, found.empty() ? "no arguments" : found});
    for (const FuncEntry* entry = &first; entry; entry = entry->overload)
      diagnostic.note("it is called as `" + head_text(*entry) + "`");
    return error_term(span);
  }
  for (TermId arg : args)
    if (!need_number(arg)) return error_term(span);
  env_.check(*scalar);
  return call_each(scalar->checked, shown, std::move(args), Spread::scalars, span);
}

std::string Calls::head_text(const FuncEntry& entry) {
  std::string text = entry.decl->name.text + "(";
  for (const auto& formal : entry.decl->formals)
    text += (text.back() == '(' ? "" : ", ") + formal.name.text + ": " +
            std::string(entry.file->source.text(formal.type.span));
  return text + ")";
}

}  // namespace elba::frontend
