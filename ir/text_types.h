// text_types: the parts of IR text that name no value: dims, types, bounds, facts, distributions, attribute
// values. Internal to ir/.
#pragma once

#include <initializer_list>

#include "ir/text_reader.h"

namespace elba::ir {

class TypeReader : protected Reader {
 public:
  using Reader::Reader;

 protected:
  // The word's place in the list, as an enumeration.
  template <class Enum>
  Enum choice(std::string_view what, std::initializer_list<std::string_view> words) {
    int i = 0;
    for (std::string_view candidate : words) {
      if (take_word(candidate)) return static_cast<Enum>(i);
      ++i;
    }
    fail("expected " + std::string(what));
  }
  Combiner combiner();
  Scalar scalar();
  DimDecl dim_decl();
  Type tensor_type(Kind kind);
  Type type();
  Bound bound();
  void bounds(Bound& lower, Bound& upper);
  void facts(ValueInfo& info);
  DistDecl dist();
  AttrValue attr_value();

 private:
  template <class T>
  std::vector<T> list_of();
  std::vector<std::string> names(const std::string& what);
};

}  // namespace elba::ir
