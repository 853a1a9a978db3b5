#include "frontend/check/combination.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace elba::frontend {

namespace {

bool letter(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// Every name of the distribution gets the suffix; `lower=` and `upper=` are words of types.
std::string with_names(std::string_view text, const CheckedDist& dist, const std::string& suffix,
                       const std::map<std::string, std::string>& shared = {}) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    if (!letter(text[at]) || std::isdigit(static_cast<unsigned char>(text[at])) != 0) {
      out += text[at++];
      while (at < text.size() && std::isdigit(static_cast<unsigned char>(text[at - 1])) != 0 &&
             letter(text[at]))
        out += text[at++];
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && letter(text[end]))
      ++end;
    const std::string word(text.substr(at, end - at));
    std::size_t next = end;
    while (next < text.size() && text[next] == ' ')
      ++next;
    const bool is_label = next < text.size() && text[next] == '=';
    bool own = std::find(dist.dims.begin(), dist.dims.end(), word) != dist.dims.end();
    for (const auto& param : dist.params)
      own = own || param.name == word;
    const auto other = shared.find(word);
    out += !own || is_label ? word : other != shared.end() ? other->second : word + suffix;
    at = end;
  }
  return out;
}

End end_of(const ir::Bound& bound, const std::string& suffix, bool integer) {
  End end;
  if (const auto* number = std::get_if<double>(&bound)) {
    end.text = exact_text(*number, integer);
    end.number = *number;
  } else if (const auto* name = std::get_if<std::string>(&bound)) {
    end.text = *name + suffix;
  } else if (std::get_if<Dim>(&bound)) {
    end.is_dim = true;
  }
  return end;
}

}  // namespace

std::string exact_text(double value, bool integer) {
  char digits[64];
  const auto written = integer
                           ? std::to_chars(digits, digits + sizeof digits, static_cast<std::int64_t>(value))
                           : std::to_chars(digits, digits + sizeof digits, value);
  std::string text(digits, written.ptr);
  if (!integer && text.find_first_of(".en") == std::string::npos) text += ".0";
  return value < 0 ? "(" + text + ")" : text;
}

PartText part_text(const DistEntry& entry, std::size_t number, const std::vector<bool>& over_components,
                   const std::map<std::string, std::string>& shared) {
  const CheckedDist& dist = entry.checked;
  const std::string suffix = "_" + std::to_string(number);
  const std::string_view source = entry.file->source.text();
  const auto written = [&](Span span) { return source.substr(span.begin, span.end - span.begin); };
  PartText part;
  for (std::size_t i = 0; i < entry.decl->formals.size(); ++i) {
    const ast::Formal& formal = entry.decl->formals[i];
    const bool spread = i < over_components.size() && over_components[i];
    std::string type(written(formal.type.span));
    if (spread && formal.type.shape.empty()) type += "[C_0]";
    if (spread && !formal.type.shape.empty())
      type.insert(formal.type.shape.front()->span.begin - formal.type.span.begin, "C_0, ");
    const std::string separator = i == 0 ? "" : ", ", name = formal.name.text + suffix;
    part.formals += separator + name + ": " + with_names(type, dist, suffix, shared);
    part.names += separator + name;
    part.arguments += separator + name + (spread ? "[c]" : "");
  }
  part.support = with_names(written(entry.decl->support.span), dist, suffix, shared);
  part.is_integer = dist.element == Element::integer;
  part.value = part.is_integer ? "int" : "real";
  if (!dist.event.empty() || std::holds_alternative<Dim>(dist.upper)) part.value = part.support;
  part.low = end_of(dist.lower, suffix, part.is_integer);
  part.high = end_of(dist.upper, suffix, part.is_integer);
  for (const auto& member : entry.decl->members) {
    if (member.name.text != "sample" || member.formals.size() != 1) continue;
    const ast::TypeExpr& type = member.formals[0].type;
    std::string shape;
    for (const auto& extent : type.shape)
      shape += ", " + with_names(written(extent->span), dist, suffix, shared);
    if (type.shape.empty() && dist.noise != "key")
      for (const Dim& extent : dist.event)
        shape += ", " + with_names(extent.text(), dist, suffix, shared);
    const std::string key = "key_fold(k, " + std::to_string(number) + ")";
    part.noise = dist.noise == "key" ? key : "rng_" + dist.noise + "(" + key + shape + ")";
    part.noise_type = dist.noise;
  }
  return part;
}

std::string not_below(const End& end, const std::string& x) {
  return end.text ? x + " >= " + *end.text : "true";
}
std::string not_above(const End& end, const std::string& x) {
  return end.text ? x + " <= " + *end.text : "true";
}

std::string inner_point(const PartText& part) {
  if (part.is_integer) return part.low.text ? *part.low.text : part.high.text ? *part.high.text : "0";
  if (part.low.text && part.high.text) return "0.5 * (" + *part.low.text + " + " + *part.high.text + ")";
  if (part.low.text) return "(" + *part.low.text + " + 1.0)";
  if (part.high.text) return "(" + *part.high.text + " - 1.0)";
  return "0.0";
}

std::string support_type(bool is_integer, const End& low, const End& high) {
  std::string bounds = low.text ? "lower=" + *low.text : "";
  if (high.text) bounds += (bounds.empty() ? "" : ", ") + ("upper=" + *high.text);
  return (is_integer ? "int" : "real") + (bounds.empty() ? "" : "<" + bounds + ">");
}

TemplateWords part_words(const DistEntry& entry, const PartText& part, std::size_t number) {
  TemplateWords out;
  const auto after = [](const std::string& list) { return list.empty() ? "" : ", " + list; };
  out.words = {
      {"i", std::to_string(number)},   {"previous", std::to_string(number - 1)},
      {"params", after(part.formals)}, {"args", after(part.arguments)},
      {"list", part.arguments},        {"value", part.value},
      {"safe", inner_point(part)},     {"noise", part.noise},
      {"noise_type", part.noise_type},
  };
  // A cdf starts to rise at the lower end: at a whole number, behind a real one.
  out.words["begun"] = part.low.text ? "x " + std::string(part.is_integer ? ">= " : "> ") + *part.low.text
                                     : "true";
  out.words["ended"] = part.high.text ? "x >= " + *part.high.text : "false";
  out.words["inside"] = not_below(part.low) + " && " + not_above(part.high);
  // The members of a law of whole numbers between two numbers may index with their value, so that it has to
  // be seen to lie there.
  if (part.is_integer && part.low.number && part.high.number) {
    out.words["hold"] = "max(min(";
    out.words["held"] = ", " + *part.high.text + "), " + *part.low.text + ")";
  }
  for (const auto& [name, func] : entry.checked.members)
    out.flags.insert(name);
  if (part.is_integer) out.flags.insert("discrete");
  return out;
}

}  // namespace elba::frontend
