#include "api/output/json_stream.h"

#include <cmath>

namespace elba {

namespace {

// Without the braces, and the line breaks beside them.
std::string members(const nlohmann::ordered_json& object, bool is_indented) {
  if (object.empty()) return {};
  const std::string text = object.dump(is_indented ? 2 : -1);
  const std::size_t edge = is_indented ? 2 : 1;
  return text.substr(edge, text.size() - 2 * edge);
}

std::string indented(std::string text) {
  for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1))
    text.insert(at + 1, "    ");
  return text;
}

}  // namespace

nlohmann::ordered_json finite_or_null(double value) {
  if (std::isfinite(value)) return value;
  return nullptr;
}

bool stream_json(const nlohmann::ordered_json& head, const std::string& name, std::size_t count,
                 const std::function<nlohmann::ordered_json(std::size_t)>& item,
                 const nlohmann::ordered_json& tail, bool is_indented, const TextSink& sink) {
  const std::string line = is_indented ? "\n" : "", space = is_indented ? "  " : "",
                    next = is_indented ? ",\n" : ",";
  std::string text = "{" + line;
  if (!head.empty()) text += members(head, is_indented) + next;
  text += space + nlohmann::ordered_json(name).dump() + (is_indented ? ": [" : ":[");
  constexpr std::size_t piece = std::size_t{1} << 16;
  for (std::size_t k = 0; k < count; ++k) {
    text += (k == 0 ? line : next) + (is_indented ? "    " + indented(item(k).dump(2)) : item(k).dump());
    if (text.size() < piece) continue;
    if (!sink(text)) return false;
    text.clear();
  }
  text += (count == 0 ? "" : line + space) + "]";
  if (!tail.empty()) text += next + members(tail, is_indented);
  text += line + "}";
  return sink(text);
}

}  // namespace elba
