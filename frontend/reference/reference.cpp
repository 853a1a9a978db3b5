// reference: entries from their sources. A distribution: the comment lines in front of its `dist`, its head
// and its members; a line `// example: ..` there takes the place of the example that follows from the types.
// A function: its row, and that of the operation it is.
#include "frontend/reference/reference.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <sstream>

#include "frontend/check/combination.h"
#include "frontend/reference/example.h"
#include "frontend/syntax/ast_names.h"
#include "frontend/syntax/format_expr.h"
#include "frontend/syntax/parse.h"
#include "frontend/typed_tree/functions.h"
#include "ir/library.h"
#include "ir/ops.h"

namespace elba::frontend {

namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words)
    out += (out.empty() ? "" : ", ") + word;
  return out;
}

// Names of other languages whose advice is a plain call: "write `name(a, b)`", not "write `name(f(a),
// g(b))`".
std::vector<std::string> names_elsewhere(std::span<const Foreign> table, const std::string& name) {
  std::vector<std::string> out;
  const std::string call = "write `" + name + "(";
  for (const Foreign& row : table)
    if (row.advice.starts_with(call) &&
        row.advice.find_first_of("(@*/+^", call.size()) > row.advice.find(")`"))
      out.emplace_back(row.name);
  return out;
}

// The comment in front of a declaration, without `//` and the name that opens it.
struct Comment {
  std::vector<std::string> lines;
  std::string example;
};

Comment comment_of(std::string_view text, const std::string& name) {
  Comment comment;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line) && line.starts_with("//");) {
    std::string words = line.substr(line.starts_with("// ") ? 3 : 2);
    if (words.starts_with(name + ": ")) words.erase(0, name.size() + 2);
    if (words.starts_with("example: "))
      comment.example = words.substr(9);
    else
      comment.lines.push_back(std::move(words));
  }
  return comment;
}

std::string formals_text(const FormatExpr& format, const std::vector<ast::Formal>& formals) {
  std::vector<std::string> parts;
  for (const ast::Formal& formal : formals)
    parts.push_back(formal.name.text + ": " + layout::flat(format.type(formal.type)));
  return joined(parts);
}

void collect_names(const ast::TypeExpr& type, std::set<std::string>& names) {
  for (const ast::ExprPtr& extent : type.shape)
    frontend::collect_names(*extent, names);
}

std::string support_family(const ast::TypeExpr& type) {
  const std::string& kind = type.base.text;
  const bool matrix = kind.starts_with("corr_") || kind.starts_with("cov_") ||
                      kind.starts_with("cholesky_") || type.shape.size() > 1;
  if (matrix) return "Of matrices";
  if (!type.shape.empty()) return kind == "int" ? "Of vectors of counts" : "Of vectors";
  if (kind == "int" || kind == "bool") return "Of integers";
  if (type.bounds.empty()) return "On the real line";
  return type.bounds.size() == 1 ? "On a half line" : "On an interval";
}

const std::vector<std::string> distribution_families = {
    "On the real line", "On a half line",       "On an interval", "Of integers",
    "Of vectors",       "Of vectors of counts", "Of matrices"};

ReferenceEntry distribution_entry(const std::string& name) {
  const std::string_view text = ir::distribution_source(name);
  const Source source(name, std::string(text));
  const ParseResult parsed = parse(source);
  const ast::DistDecl* decl = nullptr;
  for (const ast::Decl& each : parsed.program.decls)
    if (const auto* dist = std::get_if<ast::DistDecl>(&each); dist && dist->name.text == name) decl = dist;
  ReferenceEntry entry;
  entry.name = name;
  if (!decl) return entry;
  const FormatExpr format(source);
  const ast::TypeExpr& support = decl->support;
  const std::string support_text = layout::flat(format.type(support));
  entry.family = support_family(support);
  entry.signature = name + "(" + formals_text(format, decl->formals) + "): " + support_text;
  const Comment comment = comment_of(text, name);
  entry.about = comment.lines;
  for (const ast::DistMember& member : decl->members)
    entry.members.push_back(member.name.text);
  entry.elsewhere = names_elsewhere(foreign_distributions(), name);

  ExampleArguments arguments;
  const std::string call = name + "(" + joined(arguments.of(decl->formals)) + ")";
  const bool discrete = support.base.text == "int";
  std::set<std::string> bound, needed;
  for (const ast::Formal& formal : decl->formals)
    collect_names(formal.type, bound);
  collect_names(support, needed);
  const bool free_dims = !std::includes(bound.begin(), bound.end(), needed.begin(), needed.end());
  const std::string kind = support.base.text + (discrete ? arguments.bounds(support) : std::string()) +
                           arguments.extents(support);
  entry.example = !comment.example.empty()
                      ? comment.example
                      : (discrete ? "x ~ " : "latent x" + (free_dims ? ": " + kind : "") + " ~ ") + call +
                            ";";
  const bool declares = entry.example.starts_with("latent ");
  entry.program = "model example {\n" + (declares ? std::string() : "  data x: " + kind + ";\n") + "  " +
                  entry.example + "\n" + (declares ? "  data y: real;\n  y ~ normal(0, 1);\n" : "") + "}\n";
  return entry;
}

// A combinator has parameters of its own and those of its parts, so its example is stated here.
struct CombinatorExample {
  std::string_view name, data, statement;
};
constexpr CombinatorExample combinator_examples[] = {
    {"truncated", "", "latent x ~ truncated(normal(0, 1), lower = 0);"},
    {"censored", "data x: real<0, 30>;", "x ~ censored(exponential(0.1), upper = 30);"},
    {"mixture", "", "latent x ~ mixture([0.9, 0.1], normal(0, 1), cauchy(0, 1));"},
    {"zero_inflated", "data x: int<lower=0>;", "x ~ zero_inflated(0.2, poisson(3));"},
    {"hurdle", "data x: int<lower=0>;", "x ~ hurdle(0.2, poisson(3));"},
};

ReferenceEntry combinator_entry(const std::string& name) {
  ReferenceEntry entry;
  entry.name = name;
  entry.family = "Made of distributions";
  entry.signature = combinator_usage(name);
  entry.about = comment_of(ir::combinator_source(name), name).lines;
  for (const CombinatorExample& example : combinator_examples) {
    if (example.name != name) continue;
    entry.example = example.statement;
    entry.program = "model example {\n  " +
                    std::string(example.data.empty() ? "data y: real;" : example.data) + "\n  " +
                    entry.example + "\n" + (example.data.empty() ? "  y ~ normal(0, 1);\n" : "") + "}\n";
  }
  return entry;
}

// What a function of the table can be called with in an example: usages name their arguments by what they
// are.
constexpr std::string_view example_names =
    "  dim n;\n  data x: real[n];\n  data y: real[n];\n  data p: real<0, 1>[n];\n  data a: real[n];\n  data "
    "b: real[n];\n  data v: real[n];\n  data g: int<1, 9>[n];\n"
    "  data knots: real[n];\n  data A: real[n, n];\n  data L: real[n, n];\n  data M: real[n, n];\n  data X: "
    "real[n, n];\n  data B: real[n, n];\n"
    "  data i: int;\n  data j: int<lower=1>;\n  data k: int;\n  data value: real;\n";

constexpr std::string_view drawing_family = "Draws, in the `sample(k: key)` of a distribution";

ReferenceEntry function_entry(const Function& row, std::string family) {
  ReferenceEntry entry;
  entry.name = std::string(row.name);
  entry.family = std::move(family);
  entry.signature = std::string(row.usage);
  if (!row.doc.empty())
    entry.about.emplace_back(row.doc);
  else if (row.opcode)
    entry.about.emplace_back(ir::op_info(*row.opcode).doc);
  entry.elsewhere = names_elsewhere(foreign_functions(), entry.name);
  const bool compiled = row.opcode || row.emit || row.refine;
  if (!compiled) {
    entry.about.emplace_back("Read but not compiled yet");
    return entry;
  }
  const std::string call = entry.signature.substr(0, entry.signature.find("), ") == std::string::npos
                                                         ? std::string::npos
                                                         : entry.signature.find("), ") + 1);
  if (entry.family == drawing_family) {
    entry.example = "let r = " + call + ";";
    entry.program =
        "dist example(shape: real<lower=0>, rate: real<lower=0>, p: real<0, 1>, n: int<lower=0>, i: int): "
        "real {\n  logpdf(x) = 0.0;\n"
        "  sample(key: key) {\n    " +
        entry.example + "\n    return 0.0;\n  }\n}\nmodel empty {\n  data y: real;\n  y ~ normal(0, 1);\n}\n";
  } else {
    entry.example = "let z = " + call + ";";
    entry.program = "model example {\n" + std::string(example_names) + "  data w: real;\n  " + entry.example +
                    "\n  w ~ normal(0, 1);\n}\n";
  }
  return entry;
}

// A function written in the language: the heads of its forms and its comment. The example takes what the
// first form does: each argument as data of its type, a size as a dim.
ReferenceEntry library_entry(const std::string& name, std::string family) {
  const std::string_view text = ir::function_source(name);
  const Source source(name, std::string(text));
  const ParseResult parsed = parse(source);
  const FormatExpr format(source);
  ReferenceEntry entry;
  entry.name = name;
  entry.family = std::move(family);
  entry.about = comment_of(text, name).lines;
  entry.elsewhere = names_elsewhere(foreign_functions(), name);
  const ast::FunDecl* first = nullptr;
  for (const ast::Decl& each : parsed.program.decls) {
    const auto* fun = std::get_if<ast::FunDecl>(&each);
    if (!fun || fun->name.text != name) continue;
    if (!first) first = fun;
    entry.signature += (entry.signature.empty() ? "" : "; ") + name + "(" +
                       formals_text(format, fun->formals) + ")" +
                       (fun->result ? ": " + layout::flat(format.type(*fun->result)) : "");
  }
  std::set<std::string> dims, formals;
  std::string declarations;
  std::vector<std::string> arguments;
  for (const ast::Formal& formal : first->formals)
    collect_names(formal.type, dims);
  if (first->result) collect_names(*first->result, dims);
  // The environment decides which arguments are sizes; an unbounded `int` is written as a dim here, which is
  // an integer too.
  for (const ast::Formal& formal : first->formals) {
    arguments.push_back(formal.name.text);
    const bool integer = formal.type.base.text == "int" && formal.type.shape.empty();
    if (integer)
      dims.insert(formal.name.text);
    else
      declarations += "  data " + formal.name.text + ": " + layout::flat(format.type(formal.type)) + ";\n";
  }
  std::string dim_list;
  for (const std::string& dim : dims)
    dim_list += (dim_list.empty() ? "  dim " : ", ") + dim;
  if (!dim_list.empty()) dim_list += ";\n";
  entry.example = "let result = " + name + "(" + joined(arguments) + ");";
  entry.program = "model example {\n" + dim_list + declarations + "  data observed: real;\n  " +
                  entry.example + "\n  observed ~ normal(0, 1);\n}\n";
  return entry;
}

}  // namespace

std::vector<ReferenceEntry> distribution_reference() {
  std::vector<ReferenceEntry> entries;
  for (const std::string& name : ir::distribution_names())
    entries.push_back(distribution_entry(name));
  const auto place = [](const ReferenceEntry& entry) {
    return std::find(distribution_families.begin(), distribution_families.end(), entry.family) -
           distribution_families.begin();
  };
  std::stable_sort(entries.begin(), entries.end(),
                   [&](const auto& a, const auto& b) { return place(a) < place(b); });
  for (const std::string_view name : combinator_names())
    entries.push_back(combinator_entry(std::string(name)));
  return entries;
}

std::vector<ReferenceEntry> function_reference() {
  std::vector<ReferenceEntry> entries;
  for (const Function& row : scalar_functions())
    entries.push_back(function_entry(row, "Of each element"));
  for (const Function& row : reduction_functions())
    entries.push_back(function_entry(row, "Of an array, or of `e for i in 1:N`"));
  for (const Function& row : group_functions())
    entries.push_back(function_entry(row, "Of the rows of each group"));
  for (const Function& row : dense_functions())
    entries.push_back(function_entry(row, "Systems, decompositions, order"));
  for (const ir::FunctionFamily& family : ir::function_families()) {
    // The first line, `// kernels: covariance functions ..`, is the heading.
    std::string heading(family.text.substr(3, family.text.find('\n') - 3));
    heading.erase(0, heading.find(": ") + 2);
    heading[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(heading[0])));
    for (const std::string& name : ir::function_names(family))
      entries.push_back(library_entry(name, heading));
  }
  std::vector<ReferenceEntry> constants, draws;
  for (const auto rows : {array_functions(), draw_functions()})
    for (const Function& row : rows) {
      if (row.max_args == 0)
        constants.push_back(function_entry(row, "Constants"));
      else if (row.usage.find("(key") != std::string_view::npos)
        draws.push_back(function_entry(row, std::string(drawing_family)));
      else
        entries.push_back(function_entry(row, "Of vectors, matrices and sizes"));
    }
  for (auto* more : {&constants, &draws})
    entries.insert(entries.end(), more->begin(), more->end());
  return entries;
}

}  // namespace elba::frontend
