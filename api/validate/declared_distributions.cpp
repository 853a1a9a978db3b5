// declared_distributions: the battery over each `dist` that a file declares, one at a time, as the only site
// of a model made for it:
//
//     dist skewed(mu: real, k: real<lower=0>): real {..}
//       ->  model .. { param mu: real; param k: real<lower=0>; latent x: real ~ skewed(mu, k); }
#include <algorithm>
#include <limits>
#include <set>

#include "api/distribution_check.h"
#include "api/output/unguarded.h"
#include "frontend/syntax/ast_names.h"
#include "frontend/syntax/parse.h"

namespace elba {

namespace {

// Names in the shapes of the formals and of the support that are no formals: the dims of the declaration.
void collect_names(const ast::TypeExpr& type, std::set<std::string>& out) {
  for (const auto& extent : type.shape)
    frontend::collect_names(*extent, out);
  for (const auto& bound : type.bounds)
    frontend::collect_names(*bound.value, out);
}

}  // namespace

Result<std::vector<BatteryRow>> unguarded::check_distributions(std::string_view text,
                                                               const CompileOptions& compile,
                                                               const BatteryOptions& options) {
  const Source source(compile.name, std::string(text));
  const ParseResult parsed = parse(source);
  if (!parsed.ok()) return parsed.diagnostics;
  std::vector<BatteryRow> rows;
  Sink problems;  // each once, though every model below has them
  for (const auto& declared : parsed.program.decls) {
    const auto* dist = std::get_if<ast::DistDecl>(&declared);
    if (!dist) continue;
    // A model with the arguments as params, or as data where they are whole numbers, and one site.
    std::set<std::string> dims, formals;
    std::string statements, arguments;
    const auto written = [&](Span span) { return source.text().substr(span.begin, span.end - span.begin); };
    const bool clash = std::any_of(dist->formals.begin(), dist->formals.end(),
                                   [](const ast::Formal& formal) { return formal.name.text == "x"; });
    if (clash) {
      rows.push_back({dist->name.text, "arguments", 1, std::numeric_limits<double>::infinity(),
                      "a parameter is named `x`, as the value is; the battery needs that name"});
      continue;
    }
    for (const auto& formal : dist->formals) {
      collect_names(formal.type, dims);
      formals.insert(formal.name.text);
      statements += "  " + std::string(formal.type.base.text == "int" ? "data " : "param ") +
                    formal.name.text + ": " + written(formal.type.span) + ";\n";
      arguments += (arguments.empty() ? "" : ", ") + formal.name.text;
    }
    collect_names(dist->support, dims);
    for (const auto& formal : formals)
      dims.erase(formal);
    std::string header;
    for (const auto& dim : dims)
      header += "  dim " + dim + ";\n";
    const bool discrete = dist->support.base.text == "int";
    const std::string site = discrete ? "  data x: " + written(dist->support.span) + ";\n  x ~ "
                                      : "  latent x: " + written(dist->support.span) + " ~ ";
    CompileOptions own = compile;
    own.model = "battery_of_" + dist->name.text;
    const auto checked = unguarded::check_site_distribution(source.text() + "\nmodel " + own.model + " {\n" +
                                                                header + statements + site + dist->name.text +
                                                                "(" + arguments + ");\n}\n",
                                                            dist->name.text, options, own);
    if (!checked) {
      for (const Diagnostic& diagnostic : checked.diagnostics())
        problems.add(diagnostic);
      continue;
    }
    rows.insert(rows.end(), checked->begin(), checked->end());
  }
  if (problems.has_errors()) return problems.sorted();
  return rows;
}

}  // namespace elba
