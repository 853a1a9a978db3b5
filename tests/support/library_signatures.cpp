#include "tests/support/library_signatures.h"

#include "ir/library.h"

namespace elba::test {

namespace {

std::string trimmed(const std::string& text) {
  const auto from = text.find_first_not_of(" \n"), to = text.find_last_not_of(" \n");
  return from == std::string::npos ? "" : text.substr(from, to - from + 1);
}

// The place after the bracket that closes the one at `open`.
std::size_t past_closing(const std::string& text, std::size_t open) {
  int depth = 0;
  std::size_t at = open;
  do {
    depth += text[at] == '(' ? 1 : text[at] == ')' ? -1 : 0;
    ++at;
  } while (depth > 0 && at < text.size());
  return at;
}

// At commas outside of brackets.
std::vector<std::string> parts_of(const std::string& text) {
  std::vector<std::string> parts;
  std::string part;
  int depth = 0;
  for (const char at : text) {
    depth += at == '[' || at == '<' || at == '(' ? 1 : at == ']' || at == '>' || at == ')' ? -1 : 0;
    if (at == ',' && depth == 0) {
      parts.push_back(trimmed(part));
      part.clear();
    } else {
      part += at;
    }
  }
  if (!trimmed(part).empty()) parts.push_back(trimmed(part));
  return parts;
}

std::vector<Parameter> parameters(const std::string& text) {
  std::vector<Parameter> params;
  for (const std::string& part : parts_of(text))
    if (const auto colon = part.find(':'); colon != std::string::npos)
      params.push_back({trimmed(part.substr(0, colon)), trimmed(part.substr(colon + 1))});
  return params;
}

std::vector<LibraryDistribution> read_distributions() {
  std::vector<LibraryDistribution> distributions;
  for (const std::string& name : ir::distribution_names()) {
    const std::string text(ir::distribution_source(name));
    const auto head = text.find("dist " + name + "(");
    if (head == std::string::npos) continue;
    const auto open = text.find('(', head), close = past_closing(text, open), brace = text.find('{', close);
    distributions.push_back({name, trimmed(text.substr(close + 1, brace - close - 1)),
                             parameters(text.substr(open + 1, close - open - 2))});
  }
  return distributions;
}

std::vector<LibraryFunction> read_functions() {
  std::vector<LibraryFunction> functions;
  for (const std::string& name : ir::library_function_names()) {
    const std::string text(ir::function_source(name));
    for (std::size_t head = text.find("fun " + name + "("); head != std::string::npos;
         head = text.find("fun " + name + "(", head + 1)) {
      const auto open = text.find('(', head), close = past_closing(text, open),
                 end = text.find_first_of("={", close);
      functions.push_back({name, trimmed(text.substr(close + 1, end - close - 1)),
                           parameters(text.substr(open + 1, close - open - 2))});
    }
  }
  return functions;
}

}  // namespace

const std::vector<LibraryDistribution>& library_distributions() {
  static const std::vector<LibraryDistribution> all = read_distributions();
  return all;
}

const std::vector<LibraryFunction>& library_functions() {
  static const std::vector<LibraryFunction> all = read_functions();
  return all;
}

std::vector<std::string> dims_of(const std::string& type) {
  const auto open = type.find('['), close = type.rfind(']');
  return open == std::string::npos || close == std::string::npos
             ? std::vector<std::string>{}
             : parts_of(type.substr(open + 1, close - open - 1));
}

}  // namespace elba::test
