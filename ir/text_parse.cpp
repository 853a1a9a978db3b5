// text_parse: the canonical text of a module (docs/ir.md) to a module, by recursive descent over the
// characters (text_reader.h).
//
// The text is untrusted. The first error stops the reader with a diagnostic at its place; regions nest at
// most max_depth deep, dim texts are short and flat, and the module is verified before it is returned, so
// that what comes out is safe to hand to any pass.
#include <array>
#include <unordered_map>

#include "ir/ops.h"
#include "ir/text.h"
#include "ir/text_types.h"
#include "ir/verify.h"

namespace elba::ir {

namespace {

constexpr int max_depth = 64;
constexpr std::size_t max_source = std::size_t{64} << 20;

// Operations, functions, the module.
class Parser : TypeReader {
 public:
  using TypeReader::TypeReader;

  Module module() {
    Module result;
    expect_word("module");
    result.name = sigil_name('@');
    expect_word("level");
    result.level = choice<Level>("a level", {"density", "tensor", "loop"});
    expect("{");
    while (!take("}")) {
      if (take_word("dim"))
        result.dims.push_back(dim_decl());
      else if (take_word("dist"))
        result.dists.push_back(dist());
      else if (take_word("func"))
        result.funcs.push_back(func());
      else
        fail("expected `dim`, `dist`, `func` or `}`");
    }
    if (peek() != '\0' || at_ < text_.size()) fail("expected the end of the text");
    return result;
  }

 private:
  Func func_;
  // What a definition hid, to bring back at the end of its region.
  std::vector<std::pair<std::string, std::optional<ValueId>>> shadowed_;
  std::unordered_map<std::string, ValueId> names_;
  std::unordered_map<std::string, ValueId> constants_;

  void define(std::string name, ValueId value) {
    const auto it = names_.find(name);
    shadowed_.emplace_back(name, it == names_.end() ? std::nullopt : std::optional(it->second));
    names_[std::move(name)] = value;
  }
  void leave_scope(std::size_t mark) {
    for (; shadowed_.size() > mark; shadowed_.pop_back()) {
      auto& [name, hidden] = shadowed_.back();
      if (hidden)
        names_[name] = *hidden;
      else
        names_.erase(name);
    }
  }

  // Equal constants of one function are one value.
  ValueId constant(Constant value, std::string_view text) {
    const auto [it, fresh] = constants_.try_emplace(std::string(text));
    if (fresh) it->second = func_.add_constant(value);
    return it->second;
  }
  bool at_value() { return peek() == '%' || at_number() || peek_word() == "true" || peek_word() == "false"; }
  ValueId value() {
    const std::size_t begin = (skip(), at_);
    if (peek() == '%') {
      const auto it = names_.find(sigil_name('%'));
      if (it == names_.end())
        fail_at(begin, at_, "`" + std::string(text_.substr(begin, at_ - begin)) + "` is not defined here");
      return it->second;
    }
    if (take_word("true")) return constant(true, "true");
    if (take_word("false")) return constant(false, "false");
    if (!at_number()) fail("expected a value");
    const Constant read = number();
    return constant(read, text_.substr(begin, at_ - begin));
  }
  std::vector<ValueId> values() {
    std::vector<ValueId> result;
    if (!at_value()) return result;
    do
      result.push_back(value());
    while (take(","));
    return result;
  }

  // `{name=value, ...}`, distinguished from a region by the `=` after its first word.
  void attrs(Op& op) {
    const std::size_t begin = (skip(), at_);
    if (!take("{")) return;
    const auto first = peek_word();
    const std::size_t mark = at_;
    at_ += first.size();
    const bool is_attrs = !first.empty() && peek() == '=';
    at_ = is_attrs ? mark : begin;
    if (!is_attrs) return;
    do {
      std::string name = word("the name of an attribute");
      if (op.attr(name)) fail("attribute `" + name + "` is given twice");
      expect("=");
      op.set_attr(std::move(name), attr_value());
    } while (take(","));
    expect("}");
  }

  ValueId new_value(Type made) { return func_.add_value(std::move(made)); }

  struct Target {
    std::string name;
    ValueInfo facts;
  };

  // The results of one op take their names only here: its operands cannot see them.
  void bind_results(Op& op, std::vector<Target>& targets, std::vector<Type> types,
                    std::vector<ValueInfo> info, std::size_t begin) {
    if (targets.size() != types.size())
      fail_at(begin, at_,
              std::to_string(targets.size()) + " names for " + std::to_string(types.size()) + " results");
    for (std::size_t i = 0; i < types.size(); ++i) {
      const ValueId result = new_value(std::move(types[i]));
      func_.values[result.index].stage = info[i].stage ? info[i].stage : targets[i].facts.stage;
      func_.values[result.index].active = info[i].active || targets[i].facts.active;
      op.results.push_back(result);
      define(std::move(targets[i].name), result);
    }
  }

  // Parameters of a region, which are defined once the operands of its op are read.
  using RegionParams = std::vector<std::pair<std::string, ValueId>>;

  // (%i < N, %j < M)
  void iterators(Op& op, Region& region, RegionParams& params) {
    expect("(");
    while (!take(")")) {
      if (!op.dims.empty()) expect(",");
      if (op.dims.size() == max_rank) fail("more than " + std::to_string(max_rank) + " iterators");
      std::string name = sigil_name('%');
      region.params.push_back(new_value(Type::integer()));
      facts(func_.values[region.params.back().index]);
      params.emplace_back(std::move(name), region.params.back());
      expect("<");
      op.dims.push_back(dim());
    }
  }

  // carry (%c = %start : f64, ..); the types are those of the final values.
  void carried(Op& op, Region& region, RegionParams& params, std::vector<Type>& types) {
    expect_word("carry");
    expect("(");
    while (!take(")")) {
      if (!op.operands.empty()) expect(",");
      std::string name = sigil_name('%');
      expect("=");
      op.operands.push_back(value());
      expect(":");
      types.push_back(type());
      region.params.push_back(new_value(types.back()));
      facts(func_.values[region.params.back().index]);
      params.emplace_back(std::move(name), region.params.back());
    }
  }

  void nested(Op& op, std::vector<Target>& targets, int depth, std::size_t begin) {
    const std::size_t scope = shadowed_.size();
    Region region;
    std::vector<Type> types;
    RegionParams params;
    iterators(op, region, params);
    std::vector<ValueId> bounds;
    if (take_word("from")) {
      bounds.push_back(value());
      expect_word("to");
      bounds.push_back(value());
    }
    if (op.code == Opcode::scan) carried(op, region, params, types);
    std::vector<ValueInfo> info(types.size());
    if (op.code != Opcode::loop) {
      expect("->");
      expect("(");
      for (bool first = true; !take(")"); first = false) {
        if (!first) expect(",");
        op.combiners.push_back(combiner());
        types.push_back(type());
        facts(info.emplace_back());
      }
    }
    attrs(op);
    const std::size_t carries = op.operands.size();
    op.operands.insert(op.operands.end(), bounds.begin(), bounds.end());
    for (auto& [name, param] : params)
      define(std::move(name), param);
    expect("{");
    body(region, carries, depth + 1);
    leave_scope(scope);
    op.regions.push_back(std::move(region));
    bind_results(op, targets, std::move(types), std::move(info), begin);
  }

  // The ops of a region up to its `}`. `next` and `yield` make one op.
  void body(Region& region, std::size_t carries, int depth) {
    if (depth > max_depth) fail("regions nest more than " + std::to_string(max_depth) + " deep");
    while (!take("}")) {
      const std::size_t begin = at_;
      std::vector<Target> targets;
      if (peek() == '%') {
        do {
          Target& target = targets.emplace_back();
          target.name = sigil_name('%');
          facts(target.facts);
        } while (take(","));
        expect("=");
      }
      Op op;
      const std::size_t name_begin = (skip(), at_);
      std::vector<ValueId> nexts;
      if (carries > 0 && take_word("next")) {
        nexts = values();
        expect_word("yield");
        op.code = Opcode::yield;
      } else {
        const std::string name = word("an operation");
        const OpInfo* row = name == "return"          ? &op_info(Opcode::return_values)
                            : name == "return_values" ? nullptr
                                                      : find_op(name);
        if (!row) fail_at(name_begin, at_, "there is no operation `" + name + "`");
        op.code = row->code;
      }
      if (op.code == Opcode::nest || op.code == Opcode::scan || op.code == Opcode::loop) {
        nested(op, targets, depth, begin);
      } else {
        op.operands = std::move(nexts);
        for (ValueId operand : values())
          op.operands.push_back(operand);
        if (take("(")) op.dims = dim_list(")");
        attrs(op);
        std::vector<Type> types;
        std::vector<ValueInfo> info;
        if (!targets.empty() || peek() == ':') {
          expect(":");
          do {
            types.push_back(type());
            facts(info.emplace_back());
          } while (take(","));
        }
        bind_results(op, targets, std::move(types), std::move(info), begin);
      }
      region.ops.push_back(std::move(op));
    }
  }

  void parameter() {
    Param param;
    const std::size_t begin = (skip(), at_);
    param.name = sigil_name('%');
    if (names_.contains(param.name)) fail_at(begin, at_, "two parameters are named `" + param.name + "`");
    expect(":");
    param.value = new_value(type());
    constexpr std::array<std::string_view, 6> roles = {"data", "input", "key", "noise", "cache", "output"};
    for (std::size_t i = 0; i < roles.size(); ++i)
      if (take_word(roles[i])) param.role = static_cast<Role>(i + 1);
    bounds(param.lower, param.upper);
    facts(func_.values[param.value.index]);
    define(param.name, param.value);
    func_.params.push_back(std::move(param));
  }

  Func func() {
    func_ = {};
    names_.clear();
    shadowed_.clear();
    constants_.clear();
    func_.name = sigil_name('@');
    if (take("<")) {
      do
        func_.dims.push_back(word("the name of a dim"));
      while (take(","));
      expect(">");
    }
    expect("(");
    while (!take(")")) {
      if (!func_.params.empty()) expect(",");
      parameter();
    }
    expect("->");
    const std::size_t results_begin = (skip(), at_);
    expect("(");
    std::vector<Type> results;
    while (!take(")")) {
      if (!results.empty()) expect(",");
      // `name: type` or `type`; a name may read as a type (`key: key`).
      const auto name = peek_word();
      const std::size_t mark = at_;
      at_ += name.size();
      if (!name.empty() && take(":"))
        func_.result_names.emplace_back(name);
      else
        at_ = mark;
      results.push_back(type());
    }
    const std::size_t results_end = at_;
    expect("{");
    body(func_.body, 0, 0);
    if (!func_.result_names.empty() && func_.result_names.size() != results.size())
      fail_at(results_begin, results_end, "all results have a name, or none");
    if (func_.body.ops.empty() || func_.result_types() != results)
      fail_at(results_begin, results_end, "the body of @" + func_.name + " does not return these types");
    return std::move(func_);
  }
};

}  // namespace

Result<Module> parse_module(const Source& source) {
  if (source.text().size() > max_source)
    return make_diagnostic(Code::ir_syntax, {}, {"the text is longer than 64 MiB"});
  try {
    Module module = Parser(source.text()).module();
    std::vector<Diagnostic> errors;
    for (std::string& broken : verify(module))
      errors.push_back(make_diagnostic(Code::ir_text_invalid, {}, {std::move(broken)}));
    if (!errors.empty()) return errors;
    return module;
  } catch (Stop& stop) {
    return std::move(stop.diagnostic);
  }
}

}  // namespace elba::ir
