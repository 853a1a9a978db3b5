// match: dispatch over the alternatives of a variant. One that no function takes does not compile, so those
// that need nothing are named:
//
//     match(
//         stmt.node, [&](const ForStmt& loop) { visit(loop.body); },
//         ignore<LetStmt, AssignStmt>);
#pragma once

#include <concepts>
#include <utility>
#include <variant>

namespace elba {

template <class... Fs>
struct Overload : Fs... {
  using Fs::operator()...;
};
template <class... Fs>
Overload(Fs...) -> Overload<Fs...>;

template <class Node, class... Fs>
decltype(auto) match(Node&& node, Fs&&... fs) {
  return std::visit(Overload{std::forward<Fs>(fs)...}, std::forward<Node>(node));
}

template <class T, class... Ts>
concept OneOf = (std::same_as<T, Ts> || ...);

// Does nothing for alternatives Ts.
template <class... Ts>
struct Ignore {
  template <OneOf<Ts...> T>
  void operator()(const T&) const {}
};
template <class... Ts>
inline constexpr Ignore<Ts...> ignore{};

// Gives the same for each of the alternatives Ts.
template <class Value, class... Ts>
struct Always {
  Value value;
  template <OneOf<Ts...> T>
  Value operator()(const T&) const {
    return value;
  }
};
template <class... Ts, class Value>
[[nodiscard]] constexpr Always<Value, Ts...> always(Value value) {
  return {value};
}

}  // namespace elba
