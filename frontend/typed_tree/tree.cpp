// tree: words for types and supports, and their IR counterparts.
#include "frontend/typed_tree/tree.h"

#include <array>
#include <cstdio>
#include <cstdlib>

namespace elba::frontend {

namespace {

std::string_view element_name(Element element) {
  switch (element) {
    case Element::real:
      return "real";
    case Element::integer:
      return "int";
    case Element::boolean:
      return "bool";
    case Element::key:
      return "key";
    case Element::error:
      break;
  }
  return "error";
}

std::string bound_text(const ir::Bound& bound) {
  if (const auto* number = std::get_if<double>(&bound)) return number_text(*number);
  if (const auto* dim = std::get_if<Dim>(&bound)) return user_text(*dim);
  if (const auto* name = std::get_if<std::string>(&bound)) return *name;
  return {};
}

}  // namespace

// As short as reads back to the same number.
std::string number_text(double value) {
  std::array<char, 32> digits{};
  for (const int count : {10, 15, 16, 17}) {
    std::snprintf(digits.data(), digits.size(), "%.*g", count, value);
    if (std::strtod(digits.data(), nullptr) == value) break;
  }
  return digits.data();
}

std::string ValueType::text() const {
  return std::string(element_name(element)) + (shape.empty() ? "" : shape_text(shape));
}

ir::Type ValueType::ir_type() const {
  switch (element) {
    case Element::integer:
      return ir::Type::integer(shape);
    case Element::boolean:
      return ir::Type::boolean(shape);
    case Element::key:
      return ir::Type::key();
    default:
      return ir::Type::real(shape);
  }
}

const CheckedFunc* CheckedDist::member(std::string_view wanted) const {
  for (const auto& [member_name, func] : members)
    if (member_name == wanted) return func;
  return nullptr;
}

std::string CheckedDist::support_text() const {
  if (event_rank(support) > 0)
    return std::string(support_name(support)) +
           shape_text({event.end() - ir::support_info(support).sizes, event.end()});
  std::string bounds;
  if (!std::holds_alternative<std::monostate>(lower)) bounds += "lower=" + bound_text(lower);
  if (!std::holds_alternative<std::monostate>(upper))
    bounds += (bounds.empty() ? "" : ", ") + ("upper=" + bound_text(upper));
  return std::string(element_name(element)) + (bounds.empty() ? "" : "<" + bounds + ">") +
         (event.empty() ? "" : shape_text(event));
}

}  // namespace elba::frontend
