// text_types: by recursive descent, as text_reader.h reads words and literals. The first error leaves the
// reader.
#include "ir/text_types.h"

namespace elba::ir {

Combiner TypeReader::combiner() {
  return choice<Combiner>("a combiner", {"stack", "sum", "prod", "max", "min", "lse", "argmax", "scatter"});
}

Scalar TypeReader::scalar() { return choice<Scalar>("a type", {"f64", "i64", "i1"}); }

DimDecl TypeReader::dim_decl() {
  DimDecl decl;
  decl.name = word("the name of a dim");
  const auto whole = [&](const char* what) {
    const std::size_t begin = (skip(), at_);
    const Constant value = number();
    const auto* size = std::get_if<std::int64_t>(&value);
    if (!size) fail_at(begin, at_, std::string("the ") + what + " of a dim is a whole number");
    return *size;
  };
  if (take("=")) {
    decl.default_value = Dim(whole("default"));
  } else if (take_word("pairs")) {
    expect("(");
    decl.pairs_of = dim();
    expect(")");
  } else if (take_word("by")) {
    decl.computed_by = sigil_name('@');
  }
  if (take_word("size")) decl.size = whole("size");
  return decl;
}

Type TypeReader::tensor_type(Kind kind) {
  Type type{kind, scalar(), {}, 0};
  if (take("[")) type.shape = dim_list("]");
  return type;
}

Type TypeReader::type() {
  if (take_word("key")) return Type::key();
  Type result;
  if (take_word("buffer")) {
    expect("<");
    result = tensor_type(Kind::buffer);
    expect(">");
  } else if (take_word("dist")) {
    expect("<");
    result = tensor_type(Kind::dist);
    expect(",");
    const Constant rank = number();
    const auto* value = std::get_if<std::int64_t>(&rank);
    if (!value || *value < 0 || *value > result.rank()) fail("the event rank is between 0 and the rank");
    result.event_rank = static_cast<int>(*value);
    expect(">");
  } else {
    result = tensor_type(Kind::tensor);
  }
  return result;
}

Bound TypeReader::bound() {
  expect("(");
  Bound result;
  const std::size_t begin = (skip(), at_);
  if (peek() == '@') {
    result = sigil_name('@');
  } else {
    // A real has a point or an exponent, or is inf; everything else is a dim.
    bool is_real = false;
    if (at_number()) {
      const Constant value = number();
      if (const auto* real = std::get_if<double>(&value)) {
        result = *real;
        is_real = true;
      }
    }
    if (!is_real) {
      at_ = begin;
      result = dim();
    }
  }
  expect(")");
  return result;
}

void TypeReader::bounds(Bound& lower, Bound& upper) {
  if (take_word("lower")) lower = bound();
  if (take_word("upper")) upper = bound();
}

void TypeReader::facts(ValueInfo& info) {
  if (take_word("stage")) {
    expect("(");
    info.stage = choice<Stage>("a stage", {"constant", "bind", "batch", "step", "particle"});
    expect(")");
  }
  if (take_word("active")) info.active = true;
}

DistDecl TypeReader::dist() {
  DistDecl decl;
  decl.name = sigil_name('@');
  expect("(");
  while (!take(")")) {
    if (!decl.param_names.empty()) expect(",");
    decl.param_names.push_back(word("the name of a parameter"));
    expect(":");
    decl.param_types.push_back(tensor_type(Kind::tensor));
  }
  const auto field = [&](std::string_view name) {
    expect_word(name);
    expect("(");
  };
  field("scalar");
  Type event = tensor_type(Kind::tensor);
  decl.scalar = event.scalar;
  decl.event_shape = std::move(event.shape);
  expect(")");
  field("support");
  decl.support = word("a support");
  expect(")");
  bounds(decl.lower, decl.upper);
  if (take_word("noise")) {
    expect("(");
    decl.noise = word("a noise");
    expect(")");
  }
  if (take_word("gaussian")) {
    expect("(");
    const GaussianFormInfo* form = find_gaussian_form(word("a form"));
    if (form == nullptr) fail("no such form of a normal distribution");
    decl.gaussian = form->form;
    expect(")");
  }
  if (take_word("may_be_infinite")) {
    expect("(");
    decl.may_be_infinite = names("a parameter");
  }
  decl.location_scale = take_word("location_scale");
  decl.periodic = take_word("periodic");
  field("members");
  decl.members = names("a member");
  return decl;
}

// a, b)
std::vector<std::string> TypeReader::names(const std::string& what) {
  std::vector<std::string> list;
  while (!take(")")) {
    if (!list.empty()) expect(",");
    list.push_back(word(what));
  }
  return list;
}

template <class T>
std::vector<T> TypeReader::list_of() {
  std::vector<T> result;
  do {
    if constexpr (std::is_same_v<T, std::string>) {
      result.push_back(string());
    } else {
      const Constant item = number();
      const auto* integer = std::get_if<std::int64_t>(&item);
      if (!integer) fail("a list holds whole numbers or strings");
      result.push_back(*integer);
    }
  } while (take(","));
  expect("]");
  return result;
}

AttrValue TypeReader::attr_value() {
  if (peek() == '"') return string();
  if (take("string[]")) return std::vector<std::string>{};
  if (take("[")) {
    if (take("]")) return std::vector<std::int64_t>{};
    if (peek() == '"') return list_of<std::string>();
    return list_of<std::int64_t>();
  }
  if (!at_number()) fail("expected the value of an attribute");
  const Constant read = number();
  if (const auto* real = std::get_if<double>(&read)) return *real;
  return std::get<std::int64_t>(read);
}

}  // namespace elba::ir
