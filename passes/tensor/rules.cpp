#include "passes/tensor/rules.h"

#include <cctype>
#include <sstream>

#include "support/defect.h"

namespace elba::passes {

using namespace ir;

namespace {

constexpr const char* rules_text =
#include "passes/tensor/simplify_rules.def"
    ;

constexpr std::pair<std::string_view, Property> property_names[] = {
    {"constant", Property::constant},     {"varies", Property::varies},   {"negative", Property::negative},
    {"invertible", Property::invertible}, {"integer", Property::integer}, {"real", Property::real},
    {"finite", Property::finite},         {"nonneg", Property::nonneg},
};

// Recursive descent over one line:  pattern := number | name | name '(' pattern {',' pattern} ')'
struct RuleReader {
  std::string_view text;
  Rule& rule;
  std::size_t at = 0;

  [[noreturn]] void fail(const char* what) const {
    throw Defect{"rule `" + std::string(text) + "`: " + what};
  }
  void skip() {
    while (at < text.size() && std::isspace(static_cast<unsigned char>(text[at])))
      ++at;
  }
  bool take(std::string_view token) {
    skip();
    if (text.substr(at, token.size()) != token) return false;
    at += token.size();
    return true;
  }
  void expect(std::string_view token) {
    if (!take(token)) fail("malformed");
  }
  std::string word() {
    skip();
    const std::size_t begin = at;
    while (at < text.size() && (std::isalnum(static_cast<unsigned char>(text[at])) || text[at] == '_'))
      ++at;
    return std::string(text.substr(begin, at - begin));
  }

  int variable(const std::string& name, bool may_declare) {
    for (std::size_t k = 0; k < rule.names.size(); ++k)
      if (rule.names[k] == name) return static_cast<int>(k);
    if (!may_declare || rule.names.size() == max_rule_names) fail("unknown name, or too many");
    rule.names.push_back(name);
    return static_cast<int>(rule.names.size()) - 1;
  }

  Pattern pattern(bool is_left) {
    Pattern out;
    skip();
    const char first = at < text.size() ? text[at] : '\0';
    if (std::isdigit(static_cast<unsigned char>(first)) ||
        (first == '-' && at + 1 < text.size() && std::isdigit(static_cast<unsigned char>(text[at + 1])))) {
      std::size_t used = 0;
      out.number = std::stod(std::string(text.substr(at, 24)), &used);
      at += used;
      return out;
    }
    const std::string name = word();
    if (!take("(")) {
      out.kind = Pattern::Kind::variable;
      out.variable = variable(name, is_left);
      return out;
    }
    const OpInfo* info = find_op(name);
    if (info == nullptr || info->group != Group::scalar) fail("unknown op");
    out.kind = Pattern::Kind::op;
    out.code = info->code;
    do
      out.arguments.push_back(pattern(is_left));
    while (take(","));
    expect(")");
    if (out.arguments.size() != static_cast<std::size_t>(info->arity)) fail("wrong number of arguments");
    return out;
  }

  void condition() {
    const std::string name = word();
    for (const auto& [known, property] : property_names) {
      if (known != name) continue;
      expect("(");
      rule.conditions.push_back({property, variable(word(), false)});
      expect(")");
      return;
    }
    fail("unknown condition");
  }

  void read() {
    rule.left = pattern(true);
    if (rule.left.kind != Pattern::Kind::op) fail("the left side must be an op");
    expect("->");
    rule.right = pattern(false);
    if (take("where")) do
        condition();
      while (take(","));
    skip();
    if (at != text.size()) fail("text after the rule");
  }
};

// The ops listed on the line that begins with `head`.
std::vector<bool> ops_of_fact(std::string_view head) {
  std::vector<bool> out(all_ops().size(), false);
  std::istringstream lines(rules_text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(head)) continue;
    std::istringstream names(line.substr(head.size()));
    for (std::string name; names >> name;)
      out[static_cast<std::size_t>(find_op(name)->code)] = true;
  }
  return out;
}

}  // namespace

bool is_nonneg(Opcode code) {
  static const std::vector<bool> table = ops_of_fact("nonneg: ");
  return table[static_cast<std::size_t>(code)];
}

bool keeps_nonneg(Opcode code) {
  static const std::vector<bool> table = ops_of_fact("keeps_nonneg: ");
  return table[static_cast<std::size_t>(code)];
}

bool is_exact(Opcode code) {
  static const std::vector<bool> table = ops_of_fact("exact: ");
  return table[static_cast<std::size_t>(code)];
}

const std::vector<Rule>& simplify_rules() {
  static const std::vector<Rule> rules = [] {
    std::vector<Rule> out;
    std::istringstream lines(rules_text);
    for (std::string line; std::getline(lines, line);) {
      const auto first = line.find_first_not_of(" \t");
      if (first == std::string::npos || line[first] == '#' || line.find(": ") != std::string::npos) continue;
      Rule rule;
      rule.text = line;
      RuleReader{rule.text, rule}.read();
      out.push_back(std::move(rule));
    }
    return out;
  }();
  return rules;
}

std::span<const Rule* const> rules_of(Opcode code) {
  static const std::vector<std::vector<const Rule*>> table = [] {
    std::vector<std::vector<const Rule*>> out(all_ops().size());
    for (const Rule& rule : simplify_rules())
      out[static_cast<std::size_t>(rule.left.code)].push_back(&rule);
    return out;
  }();
  return table[static_cast<std::size_t>(code)];
}

}  // namespace elba::passes
