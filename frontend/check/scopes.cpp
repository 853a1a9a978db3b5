// scopes: names to symbols.
//
// Scopes nest with blocks; an inner scope may not hide an outer name, for a model that does so is misread
// more often than meant.
#include "frontend/check/scopes.h"

#include <algorithm>

namespace elba::frontend {

namespace {

std::string_view kind_word(Symbol::Kind kind) {
  constexpr std::string_view words[] = {"dim", "data",          "param",    "latent", "let",
                                        "let", "loop variable", "argument", "predict"};
  return words[static_cast<std::size_t>(kind)];
}

}  // namespace

SymbolId Scopes::declare(Symbol symbol) {
  if (const SymbolId before = lookup(symbol.name); before.valid()) {
    const Symbol& other = body_.symbol(before);
    report(Code::redeclared_name, symbol.span, {symbol.name})
        .label(other.span, "first declared here, as a " + std::string(kind_word(other.kind)))
        .suggest("give one of them another name");
  }
  symbol.used = symbol.used || symbol.name.empty();
  body_.symbols.push_back(std::move(symbol));
  const SymbolId id{static_cast<std::uint32_t>(body_.symbols.size() - 1)};
  stack_.back().insert_or_assign(body_.symbols.back().name, id);
  return id;
}

SymbolId Scopes::lookup(std::string_view name) const {
  for (auto scope = stack_.rbegin(); scope != stack_.rend(); ++scope)
    if (const auto at = scope->find(name); at != scope->end()) return at->second;
  return {};
}

bool Scopes::in_ragged_loop() const {
  return std::any_of(loops_.begin(), loops_.end(), [this](SymbolId loop) { return is_ragged(loop); });
}

std::vector<Dim> Scopes::loop_extents() const {
  std::vector<Dim> extents;
  for (SymbolId loop : loops_)
    extents.push_back(body_.symbol(loop).last - body_.symbol(loop).first + Dim(1));
  return extents;
}

void Scopes::warn_unused() {
  if (env_.sink().has_errors()) return;  // what failed may have been the use
  for (const Symbol& symbol : body_.symbols) {
    const bool counts = symbol.kind == Symbol::Kind::dim || symbol.kind == Symbol::Kind::data ||
                        symbol.kind == Symbol::Kind::let_value || symbol.kind == Symbol::Kind::let_array;
    if (counts && !symbol.used && !symbol.type.is_error())
      report(Code::unused_name, symbol.span, {symbol.name});
  }
}

}  // namespace elba::frontend
