#include "runtime/inference/reason.h"

#include <algorithm>
#include <utility>

namespace elba {

namespace {

constexpr std::pair<std::string_view, std::string_view> rows[] = {
#define REASON(code, name, text) {#code, text},
#include "runtime/inference/reasons.def"
#undef REASON
};

// `{n}` becomes the n-th argument.
std::string filled(std::string_view text, const std::vector<std::string>& arguments) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_place = text[i] == '{' && i + 2 < text.size() && text[i + 2] == '}';
    const auto index = is_place ? static_cast<std::size_t>(text[i + 1] - '0') : arguments.size();
    if (index < arguments.size())
      out += arguments[index], i += 2;
    else
      out += text[i];
  }
  return out;
}

Reason made(Verdict weight, ReasonCode code, const std::vector<std::string>& arguments) {
  return {code, weight, filled(rows[static_cast<std::size_t>(code)].second, arguments)};
}

}  // namespace

std::string_view verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::trust:
      return "trust";
    case Verdict::caution:
      return "caution";
    case Verdict::do_not_trust:
      return "do_not_trust";
  }
  return {};
}

std::string_view code_of(const Reason& reason) { return rows[static_cast<std::size_t>(reason.code)].first; }

void Assessment::add(Verdict weight, ReasonCode code, const std::vector<std::string>& arguments) {
  verdict = std::max(verdict, weight);
  reasons.push_back(made(weight, code, arguments));
}

void Assessment::add_first(Verdict weight, ReasonCode code, const std::vector<std::string>& arguments) {
  verdict = std::max(verdict, weight);
  reasons.insert(reasons.begin(), made(weight, code, arguments));
}

}  // namespace elba
