// text_print: a module to its canonical text. Values are numbered in order of appearance, constants stand
// inline, a parameter keeps its name, iterators are %i<n> and carries %c<n> (numbers that a parameter's name
// takes are left out).
//
// Not here: origins (spans of the model's text), which the text form does not carry; facts of constants,
// which are always the same.
#include <array>
#include <charconv>
#include <cmath>
#include <set>

#include "ir/ops.h"
#include "ir/text.h"

namespace elba::ir {

namespace {

std::string real_text(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  std::array<char, 40> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  std::string text(buffer.data(), end);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::string constant_text(const Constant& constant) {
  if (const auto* real = std::get_if<double>(&constant)) return real_text(*real);
  if (const auto* integer = std::get_if<std::int64_t>(&constant)) return std::to_string(*integer);
  return std::get<bool>(constant) ? "true" : "false";
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 32 || byte == 127) {
      constexpr char digits[] = "0123456789abcdef";
      out += "\\x";
      out += digits[byte >> 4];
      out += digits[byte & 15];
    } else {
      out += c;
    }
  }
  return out + "\"";
}

template <class List, class Text>
std::string joined(const List& list, Text text) {
  std::string out;
  for (const auto& item : list)
    out += (out.empty() ? "" : ", ") + text(item);
  return out;
}

std::string dims_text(const std::vector<Dim>& dims) {
  return joined(dims, [](const Dim& dim) { return dim.text(); });
}

std::string attr_text(const AttrValue& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return std::to_string(*integer);
  if (const auto* real = std::get_if<double>(&value)) return real_text(*real);
  if (const auto* text = std::get_if<std::string>(&value)) return quoted(*text);
  if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&value))
    return "[" + joined(*integers, [](std::int64_t i) { return std::to_string(i); }) + "]";
  const auto& texts = std::get<std::vector<std::string>>(value);
  return texts.empty() ? "string[]" : "[" + joined(texts, quoted) + "]";
}

std::string bound_text(const Bound& bound) {
  if (const auto* real = std::get_if<double>(&bound)) return real_text(*real);
  if (const auto* dim = std::get_if<Dim>(&bound)) return dim->text();
  return "@" + std::get<std::string>(bound);
}

std::string bounds_text(const Bound& lower, const Bound& upper) {
  std::string out;
  if (!std::holds_alternative<std::monostate>(lower)) out += " lower(" + bound_text(lower) + ")";
  if (!std::holds_alternative<std::monostate>(upper)) out += " upper(" + bound_text(upper) + ")";
  return out;
}

class Printer {
 public:
  explicit Printer(const Func& func) : func_(func), names_(func.values.size()) {
    for (const Param& param : func.params) {
      taken_.insert(param.name);
      if (param.value.index < names_.size()) names_[param.value.index] = param.name;
    }
  }

  std::string run(int indent) {
    std::string head = "func @" + func_.name;
    if (!func_.dims.empty())
      head += "<" + joined(func_.dims, [](const std::string& dim) { return dim; }) + ">";
    head += "(" + joined(func_.params, [&](const Param& param) { return param_text(param); }) + ") -> (";
    const auto results = func_.body.ops.empty() ? std::vector<ValueId>{} : func_.body.ops.back().operands;
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (i) head += ", ";
      if (i < func_.result_names.size()) head += func_.result_names[i] + ": ";
      head += results[i].index < names_.size() ? func_.type(results[i]).text() : "?";
    }
    line(indent, head + ") {");
    region(func_.body, indent + 1);
    line(indent, "}");
    return std::move(out_);
  }

 private:
  const Func& func_;
  std::vector<std::string> names_;
  std::set<std::string> taken_;
  std::string out_;
  int next_value_ = 0, next_iterator_ = 0, next_carry_ = 0;

  void line(int indent, const std::string& text) {
    out_ += std::string(static_cast<std::size_t>(indent) * 2, ' ') + text + "\n";
  }

  std::string fresh(const char* prefix, int& next) {
    std::string name;
    do
      name = prefix + std::to_string(next++);
    while (taken_.contains(name));
    return name;
  }

  std::string define(ValueId value, const char* prefix, int& next) {
    std::string name = fresh(prefix, next);
    if (value.index < names_.size()) names_[value.index] = name;
    return "%" + name;
  }

  // What is not defined before its use prints as %?<id>, so that a broken module can be shown; it does not
  // parse back.
  std::string use(ValueId value) const {
    if (value.index >= names_.size()) return "%?";
    if (const auto& constant = func_.constant(value)) return constant_text(*constant);
    return names_[value.index].empty() ? "%?" + std::to_string(value.index) : "%" + names_[value.index];
  }
  std::string uses(std::span<const ValueId> values) const {
    return joined(values, [&](ValueId value) { return use(value); });
  }

  std::string facts(ValueId value) const {
    if (value.index >= names_.size()) return "";
    const ValueInfo& info = func_.values[value.index];
    std::string out;
    if (info.stage) out += " stage(" + std::string(stage_name(*info.stage)) + ")";
    if (info.active) out += " active";
    return out;
  }

  std::string type_text(ValueId value) const {
    return value.index < names_.size() ? func_.type(value).text() + facts(value) : "?";
  }

  std::string param_text(const Param& param) const {
    constexpr std::string_view roles[] = {"", " data", " input", " key", " noise", " cache", " output"};
    return "%" + param.name + ": " +
           (param.value.index < names_.size() ? func_.type(param.value).text() : "?") +
           std::string(roles[static_cast<std::size_t>(param.role)]) + bounds_text(param.lower, param.upper) +
           facts(param.value);
  }

  static std::string attrs_text(const Op& op) {
    if (op.attrs.empty()) return "";
    return " {" +
           joined(op.attrs, [](const auto& attr) { return attr.first + "=" + attr_text(attr.second); }) + "}";
  }

  void region(const Region& body, int indent, std::size_t carries = 0) {
    for (const Op& op : body.ops)
      print_op(op, indent, &op == &body.ops.back() ? carries : 0);
  }

  // (%i0 < N, %i1 < D), with the iterators as the region's first parameters.
  std::string iterators(const Op& op) {
    std::string out;
    for (std::size_t i = 0; i < op.dims.size(); ++i) {
      const ValueId iterator = !op.regions.empty() && i < op.regions[0].params.size()
                                   ? op.regions[0].params[i]
                                   : ValueId{};
      out += (i ? ", " : "") + define(iterator, "i", next_iterator_) + facts(iterator) + " < " +
             op.dims[i].text();
    }
    return "(" + out + ")";
  }

  std::string combined(const Op& op, std::size_t first) const {
    std::string out;
    for (std::size_t i = 0; i < op.combiners.size(); ++i)
      out += (i ? ", " : "") + std::string(combiner_name(op.combiners[i])) + " " +
             (first + i < op.results.size() ? type_text(op.results[first + i]) : "?");
    return "(" + out + ")";
  }

  void print_nested(const Op& op, int indent) {
    const bool is_scan = op.code == Opcode::scan;
    const std::size_t carries = carries_of(op);
    // Results are numbered before the body, where they appear.
    std::string text;
    for (std::size_t i = 0; i < op.results.size(); ++i)
      text += (i ? ", " : "") + define(op.results[i], "", next_value_) +
              (i < carries ? facts(op.results[i]) : "");
    if (!text.empty()) text += " = ";
    text += std::string(op_info(op.code).name) + " " + iterators(op);
    if (is_bounded(op))
      text += " from " + use(op.operands[op.operands.size() - 2]) + " to " + use(op.operands.back());
    if (is_scan) {
      text += " carry (";
      for (std::size_t i = 0; i < carries; ++i) {
        const ValueId carry = !op.regions.empty() && i + 1 < op.regions[0].params.size()
                                  ? op.regions[0].params[i + 1]
                                  : ValueId{};
        text += (i ? ", " : "") + define(carry, "c", next_carry_) + " = " + use(op.operands[i]) + " : " +
                type_text(carry);
      }
      text += ")";
    }
    if (op.code != Opcode::loop) text += " -> " + combined(op, carries);
    line(indent, text + attrs_text(op) + " {");
    if (!op.regions.empty()) region(op.regions[0], indent + 1, carries);
    line(indent, "}");
  }

  void print_op(const Op& op, int indent, std::size_t carries) {
    if (op.code == Opcode::nest || op.code == Opcode::scan || op.code == Opcode::loop)
      return print_nested(op, indent);
    if (op.code == Opcode::yield && carries > 0) {
      const std::size_t n = std::min(carries, op.operands.size());
      line(indent, "next " + uses(std::span(op.operands).first(n)));
      line(indent, n < op.operands.size() ? "yield " + uses(std::span(op.operands).subspan(n)) : "yield");
      return;
    }
    std::string text = op.code == Opcode::return_values ? "return" : std::string(op_info(op.code).name);
    if (!op.operands.empty()) text += " " + uses(op.operands);
    if (!op.dims.empty()) text += " (" + dims_text(op.dims) + ")";
    text += attrs_text(op);
    std::string names, types;
    for (ValueId result : op.results) {
      names += (names.empty() ? "" : ", ") + define(result, "", next_value_);
      types += (types.empty() ? "" : ", ") + type_text(result);
    }
    line(indent, names.empty() ? text : names + " = " + text + " : " + types);
  }
};

std::string dist_text(const DistDecl& dist) {
  std::string out = "dist @" + dist.name + "(";
  for (std::size_t i = 0; i < dist.param_names.size(); ++i)
    out += (i ? ", " : "") + dist.param_names[i] + ": " +
           (i < dist.param_types.size() ? dist.param_types[i].text() : "?");
  out += ") scalar(" + Type{Kind::tensor, dist.scalar, dist.event_shape, 0}.text() + ") support(" +
         dist.support + ")" + bounds_text(dist.lower, dist.upper);
  if (!dist.noise.empty()) out += " noise(" + dist.noise + ")";
  if (dist.gaussian != GaussianForm::none)
    out += " gaussian(" + std::string(gaussian_form_info(dist.gaussian).name) + ")";
  if (!dist.may_be_infinite.empty())
    out += " may_be_infinite(" + joined(dist.may_be_infinite, [](const std::string& name) { return name; }) +
           ")";
  if (dist.location_scale) out += " location_scale";
  if (dist.periodic) out += " periodic";
  return out + " members(" + joined(dist.members, [](const std::string& member) { return member; }) + ")";
}

}  // namespace

std::string print(const Func& func) { return Printer(func).run(0); }

std::string print(const Module& module) {
  std::string out = "module @" + module.name + " level " + std::string(level_name(module.level)) + " {\n";
  for (const DimDecl& dim : module.dims)
    out += "  dim " + dim.name + (dim.default_value ? " = " + dim.default_value->text() : "") +
           (dim.pairs_of ? " pairs (" + dim.pairs_of->text() + ")" : "") +
           (dim.computed_by.empty() ? "" : " by @" + dim.computed_by) +
           (dim.size ? " size " + std::to_string(*dim.size) : "") + "\n";
  for (const DistDecl& dist : module.dists)
    out += "  " + dist_text(dist) + "\n";
  for (const Func& func : module.funcs)
    out += Printer(func).run(1);
  return out + "}\n";
}

}  // namespace elba::ir
