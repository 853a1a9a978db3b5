#include "ir/type.h"

namespace elba::ir {

std::string_view scalar_name(Scalar scalar) {
  switch (scalar) {
    case Scalar::f64:
      return "f64";
    case Scalar::i64:
      return "i64";
    case Scalar::i1:
      return "i1";
  }
  return "?";
}

Dim Type::element_count() const {
  Dim count(1);
  for (const Dim& dim : shape)
    count = count * dim;
  return count;
}

Type Type::substitute(const std::map<std::string, Dim>& replacement) const {
  Type type = *this;
  for (Dim& dim : type.shape)
    dim = dim.substitute(replacement);
  return type;
}

std::string Type::text() const {
  std::string base(scalar_name(scalar));
  if (!shape.empty()) {
    base += "[";
    for (std::size_t i = 0; i < shape.size(); ++i)
      base += (i ? ", " : "") + shape[i].text();
    base += "]";
  }
  switch (kind) {
    case Kind::tensor:
      return base;
    case Kind::dist:
      return "dist<" + base + ", " + std::to_string(event_rank) + ">";
    case Kind::key:
      return "key";
    case Kind::buffer:
      return "buffer<" + base + ">";
  }
  return base;
}

}  // namespace elba::ir
