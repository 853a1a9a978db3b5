// stan_translate: the whole of a program of Stan: sizes, data, functions, unknowns in Stan's order, and the
// statements of its blocks.
//
// A parameter's `~` moves into its declaration where all that it reads is declared before; else it stays
// where it is. A scalar int that a shape or a range needs is a dim, and the bound of an index follows from
// what it indexes.
#include <algorithm>

#include "frontend/foreign/stan_writer.h"

namespace elba::stan {

using StmtKind = Stmt::Kind;

namespace {

constexpr std::string_view keywords[] = {"dim", "data", "param", "latent", "let", "predict", "factor", "auto",
                                         "in",  "true", "false", "for",    "if",  "else",    "return"};

void note_names(const ExprPtr& expr, std::set<std::string>& out) {
  walk(expr, [&](const Expr& e) {
    if (e.kind == Expr::Kind::name) out.insert(e.text);
  });
}

// Every name as an Elba program may have it.
void check_names(const std::vector<Stmt>& stmts) {
  walk(
      stmts, [](const Expr&) {},
      [](const Stmt& stmt) {
        if (stmt.kind == StmtKind::declare &&
            std::find(std::begin(keywords), std::end(keywords), stmt.name) != std::end(keywords))
          throw Problem{"line " + std::to_string(stmt.line) + ": `" + stmt.name +
                        "` is a keyword here; give it another name"};
      });
}

}  // namespace

std::string Writer::bounds(const Type& type) {
  std::string out;
  if (type.lower) out = "lower=" + text(type.lower);
  if (type.upper) out += (out.empty() ? "" : ", ") + ("upper=" + text(type.upper));
  return out.empty() ? "" : "<" + out + ">";
}

Shape Writer::shape_of(const Type& type) {
  Shape out;
  out.arrays = static_cast<int>(type.arrays.size());
  out.is_integer = type.base == "int";
  const bool scalar = type.base == "int" || type.base == "real" || type.base == "void";
  const bool square = type.base == "cholesky_factor_corr" || type.base == "cholesky_factor_cov" ||
                      type.base == "corr_matrix" || type.base == "cov_matrix";
  out.form = scalar                            ? Shape::Form::scalar
             : type.base == "row_vector"       ? Shape::Form::row
             : type.base == "matrix" || square ? Shape::Form::matrix
                                               : Shape::Form::vector;
  for (const auto* sizes : {&type.arrays, &type.sizes})
    for (const ExprPtr& size : *sizes)
      out.sizes.push_back(size ? text(size) : "");
  if (square && type.sizes.size() == 1) out.sizes.push_back(out.sizes.back());
  return out;
}

std::string Writer::type_text(const Type& type) {
  std::string base = type.base;
  if (base == "vector" || base == "row_vector" || base == "matrix") base = "real";
  if (base == "cholesky_factor_corr") base = "cholesky_corr";
  if (base == "cholesky_factor_cov") base = "cholesky_cov";
  if (base == "sum_to_zero_vector") base = "sum_to_zero";
  std::string sizes;
  for (const auto* part : {&type.arrays, &type.sizes})
    for (const ExprPtr& size : *part)
      sizes += (sizes.empty() ? "" : ", ") + (size ? text(size) : "");
  return base + bounds(type) + (sizes.empty() ? "" : "[" + sizes + "]");
}

void Writer::find_sizes() {
  std::set<std::string> wanted;
  const auto in_expr = [&](const Expr& e) {
    if (e.kind == Expr::Kind::range && e.args.size() == 2)
      for (const ExprPtr& end : e.args)
        note_names(end, wanted);
    const bool sizes = e.kind == Expr::Kind::call &&
                       (e.text.starts_with("rep_") || e.text == "identity_matrix" ||
                        e.text == "zeros_vector" || e.text == "ones_vector" || e.text == "segment" ||
                        e.text == "head" || e.text == "tail");
    if (sizes)
      for (std::size_t k = e.text.starts_with("rep_") || e.text == "head" || e.text == "tail" ? 1 : 0;
           k < e.args.size(); ++k)
        note_names(e.args[k], wanted);
  };
  const auto in_stmt = [&](const Stmt& stmt) {
    for (const auto* sizes : {&stmt.type.arrays, &stmt.type.sizes})
      for (const ExprPtr& size : *sizes)
        note_names(size, wanted);
    if (stmt.kind == StmtKind::loop)
      for (const ExprPtr& end : {stmt.low, stmt.high})
        note_names(end, wanted);
  };
  const std::vector<Stmt>* blocks[] = {&program_.data,       &program_.transformed_data,
                                       &program_.parameters, &program_.transformed_parameters,
                                       &program_.model,      &program_.generated};
  for (const auto* block : blocks) {
    check_names(*block);
    walk(*block, in_expr, in_stmt);
  }
  // What a computed size is made of is a size too.
  for (int round = 0; round < 4; ++round)
    for (const Stmt& stmt : program_.transformed_data)
      if (stmt.kind == StmtKind::declare && stmt.type.base == "int" && wanted.contains(stmt.name))
        note_names(stmt.value, wanted);
  for (const Stmt& stmt : program_.data)
    if (stmt.type.base == "int" && stmt.type.arrays.empty() && wanted.contains(stmt.name))
      sizes_.insert(stmt.name);
}

// `a[g[n]]` and `a[g]` with `int g[N]` without an upper bound: it is the size of a.
void Writer::infer_bounds() {
  // `int k = g[n]; .. a[k]`
  std::map<std::string, std::string> same;
  const auto note = [&](const Stmt& stmt) {
    const ExprPtr target = stmt.kind == StmtKind::assign ? stmt.target : nullptr;
    const std::string left = stmt.kind == StmtKind::declare && stmt.type.base == "int" ? stmt.name
                             : target && target->kind == Expr::Kind::name              ? target->text
                                                                                       : "",
                      right = root_of(stmt.value);
    if (!left.empty() && !right.empty()) same[left] = right;
  };
  for (const auto* block : {&program_.transformed_parameters, &program_.model, &program_.generated})
    walk(*block, [](const Expr&) {}, note);
  const auto in_expr = [&](const Expr& e) {
    if (e.kind != Expr::Kind::index) return;
    const auto base = names_.find(root_of(e.args[0]));
    if (base == names_.end() || e.args[0]->kind != Expr::Kind::name) return;
    for (std::size_t k = 1; k < e.args.size() && k <= base->second.shape.sizes.size(); ++k) {
      std::string root = root_of(e.args[k]);
      if (const auto alias = same.find(root); alias != same.end() && e.args[k]->kind == Expr::Kind::name)
        root = alias->second;
      const auto at = names_.find(root);
      const std::string& size = base->second.shape.sizes[k - 1];
      if (at == names_.end() || at->second.role != Name::Role::data || !at->second.shape.is_integer ||
          !sizes_.contains(size))
        continue;
      inferred_.try_emplace(at->first, size);
    }
  };
  const auto nothing = [](const Stmt&) {};
  for (const auto* block :
       {&program_.transformed_data, &program_.transformed_parameters, &program_.model, &program_.generated})
    walk(*block, in_expr, nothing);
}

// `dim N >= 2`: what a size is known to be, beside sizes declared before.
std::string Writer::relation_text(const Type& type, const std::set<std::string>& known) {
  std::string relation;
  const auto made_of_dims = [&](const ExprPtr& bound) {
    std::set<std::string> names;
    note_names(bound, names);
    return std::all_of(names.begin(), names.end(),
                       [&](const std::string& name) { return known.contains(name); });
  };
  if (type.lower && !is_number(type.lower, "0") && made_of_dims(type.lower))
    relation += " >= " + text(type.lower);
  if (type.upper && made_of_dims(type.upper)) relation += " <= " + text(type.upper);
  return relation;
}

// The type of a field of the data. A bound that is computed checks the data, and no more.
std::string Writer::data_type_text(const Stmt& stmt) {
  Type checked = stmt.type;
  for (ExprPtr* bound : {&checked.lower, &checked.upper}) {
    bool computed = false;
    walk(*bound, [&](const Expr& e) {
      computed = computed || e.kind == Expr::Kind::call || e.kind == Expr::Kind::index ||
                 (e.kind == Expr::Kind::name && *bound && (*bound)->kind != Expr::Kind::name &&
                  !sizes_.contains(e.text));
    });
    if (computed) *bound = nullptr;
  }
  std::string type = type_text(checked);
  if (const auto at = inferred_.find(stmt.name);
      at != inferred_.end() && (!stmt.type.upper || is_number(stmt.type.lower, "0"))) {
    Type plain = stmt.type;
    plain.lower = plain.upper = nullptr;
    type = "int<1, " + (stmt.type.upper ? text(stmt.type.upper) : at->second) + ">" +
           type_text(plain).substr(3);
  }
  return type;
}

void Writer::note_declared() {
  for (const auto* block : {&program_.data, &program_.parameters})
    for (const Stmt& stmt : *block) {
      if (sizes_.contains(stmt.name) && block == &program_.data) continue;
      if (stmt.kind != StmtKind::declare) fail(stmt.line, "a statement among declarations");
      names_[stmt.name] = {block == &program_.data ? Name::Role::data : Name::Role::param,
                           shape_of(stmt.type),
                           stmt.name,
                           0,
                           true,
                           false,
                           nullptr};
      taken_.insert(stmt.name);
    }
  // Local arrays may be what is indexed.
  for (const auto* block : {&program_.transformed_data, &program_.transformed_parameters})
    for (const Stmt& stmt : *block)
      if (stmt.kind == StmtKind::declare && !names_.contains(stmt.name))
        names_[stmt.name] = {Name::Role::value, shape_of(stmt.type), stmt.name, 0, false, false, nullptr};
}

void Writer::declare_data() {
  std::set<std::string> known;
  for (const Stmt& stmt : program_.data) {
    if (!sizes_.contains(stmt.name)) continue;
    line("dim " + stmt.name + relation_text(stmt.type, known) + ";");
    names_[stmt.name] = {Name::Role::size, {Shape::Form::scalar, 0, true, {}}, stmt.name, 0, true, false,
                         nullptr};
    known.insert(stmt.name);
    taken_.insert(stmt.name);
  }
  note_declared();
  infer_bounds();
  for (const Stmt& stmt : program_.data) {
    if (sizes_.contains(stmt.name)) continue;
    line("data " + stmt.name + ": " + data_type_text(stmt) + ";");
  }
}

// The parameter that a statement gives a density; empty for any other statement.
std::string Writer::site_of(const Stmt& stmt) const {
  if (stmt.kind == StmtKind::tilde) return root_of(stmt.target);
  std::string member;
  const bool lone = stmt.kind == StmtKind::target && stmt.value->kind == Expr::Kind::call &&
                    split_density(stmt.value->text, member) && member == "_logpdf" &&
                    !stmt.value->args.empty();
  return lone ? root_of(stmt.value->args[0]) : "";
}

Writer::Sites Writer::find_sites() const {
  Sites out;
  walk(
      program_.model, [](const Expr&) {},
      [&](const Stmt& stmt) {
        if (const std::string root = site_of(stmt); !root.empty()) out.all[root].push_back(&stmt);
      });
  for (const Stmt& stmt : program_.model) {
    const std::string root = site_of(stmt);
    if (root.empty()) continue;
    const ExprPtr& left = stmt.kind == StmtKind::tilde ? stmt.target : stmt.value->args[0];
    if (left->kind == Expr::Kind::name) out.whole[root] = &stmt;
  }
  return out;
}

// By how many axes the arguments of a prior have more than its parameters.
int Writer::spread_of(const std::vector<ExprPtr>& args, std::size_t from, const std::string& called) {
  int spread = 0;
  for (std::size_t k = from; k < args.size(); ++k)
    spread = std::max(spread, shape(args[k]).rank() - argument_rank_of(law_here(called), k - from));
  return spread;
}

// The one `~` of a parameter as part of its declaration, where all that it reads is declared `above`; empty
// where it stays where it is.
std::string Writer::prior_in_declaration(const Stmt& stmt, const Stmt& site,
                                         const std::set<std::string>& above) {
  const std::vector<ExprPtr>& args = site.value->args;
  const std::size_t from = site.kind == StmtKind::tilde ? 0 : 1;
  std::set<std::string> names;
  const int rank = shape_of(stmt.type).rank();
  for (std::size_t k = from; k < args.size(); ++k)
    note_names(args[k], names);
  note_names(site.low, names);
  note_names(site.high, names);
  const bool ready = std::all_of(names.begin(), names.end(),
                                 [&](const std::string& name) { return above.contains(name); });
  std::string member;
  const std::string called = site.kind == StmtKind::tilde ? site.value->text
                                                          : *split_density(site.value->text, member);
  const int spread = spread_of(args, from, called);
  const bool is_own = results_.contains(called + "_lpdf") || results_.contains(called + "_lpmf");
  if (!is_own && spread > rank - event_rank_of(law_here(called))) {
    free_.insert(stmt.name);
    return " ~ flat()";
  }
  if (!ready) return {};
  std::string d = law({Expr::Kind::call,
                       called,
                       {args.begin() + static_cast<std::ptrdiff_t>(from), args.end()},
                       site.value->line});
  if (site.is_cut)
    d = "truncated(" + d + (site.low ? ", lower = " + text(site.low) : "") +
        (site.high ? ", upper = " + text(site.high) : "") + ")";
  done_.insert(&site);
  return " ~ " + d;
}

// Parameters in Stan's order. One whole `name ~ law` at the top of the model goes into the declaration where
// it reads nothing below.
void Writer::declare_parameters() {
  const Sites sites = find_sites();
  std::set<std::string> above;
  for (const auto& [name, entry] : names_)
    if (entry.role != Name::Role::param && entry.role != Name::Role::value) above.insert(name);
  for (const Stmt& stmt : program_.transformed_data) {
    if (stmt.kind == StmtKind::declare) above.insert(stmt.name);
  }
  for (const Stmt& declared : program_.parameters) {
    Stmt stmt = declared;
    const auto found = sites.all.find(stmt.name);
    const auto whole = sites.whole.find(stmt.name);
    const bool has_whole = whole != sites.whole.end();
    // Beyond the ends of a truncated law there is nothing.
    if (has_whole && whole->second->is_cut && shape_of(stmt.type).is_scalar()) {
      if (whole->second->low) stmt.type.lower = whole->second->low;
      if (whole->second->high) stmt.type.upper = whole->second->high;
    }
    std::string prior;
    if (found == sites.all.end() || (found->second.size() > 1 && (manner_.priors_as_factors || has_whole)) ||
        (manner_.priors_as_factors && !has_whole)) {
      free_.insert(stmt.name);
      prior = " ~ flat()";
    } else if (found->second.size() == 1 && has_whole) {
      prior = prior_in_declaration(stmt, *whole->second, above);
    }
    line("latent " + stmt.name + ": " + type_text(stmt.type) + prior + ";");
    above.insert(stmt.name);
  }
}

std::string Writer::run() {
  find_sizes();
  functions();
  out_ += "model my_model {\n";
  declare_data();
  const Names declared = names_;
  for (const auto* block : {&program_.transformed_data, &program_.transformed_parameters})
    for (const Stmt& stmt : *block)
      if (stmt.kind == StmtKind::declare) names_.erase(stmt.name);
  for (const Stmt& stmt : program_.transformed_data)
    if (stmt.kind == StmtKind::declare) taken_.erase(stmt.name);
  list(program_.transformed_data);
  declare_parameters();
  list(program_.transformed_parameters);
  // Names of the model block are its own.
  const Names outside = names_;
  list(program_.model);
  names_ = outside;
  generated_ = true;
  list(program_.generated);
  for (const std::string& prediction : pending_)
    line(prediction);
  return out_ + "}\n";
}

Translation translate(const Program& program, const Manner& manner) {
  Translation out;
  out.problems = program.problems;
  if (!out.problems.empty()) return out;
  try {
    Writer writer(program, manner);
    out.text = writer.run();
  } catch (const Problem& problem) {
    out.problems.push_back(problem.text);
  }
  return out;
}

}  // namespace elba::stan
