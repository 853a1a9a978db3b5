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

void Writer::declare_data() {
  std::set<std::string> known;
  for (const Stmt& stmt : program_.data) {
    if (!sizes_.contains(stmt.name)) continue;
    std::string relation;
    const auto made_of_dims = [&](const ExprPtr& bound) {
      std::set<std::string> names;
      note_names(bound, names);
      return std::all_of(names.begin(), names.end(),
                         [&](const std::string& name) { return known.contains(name); });
    };
    if (stmt.type.lower && !is_number(stmt.type.lower, "0") && made_of_dims(stmt.type.lower))
      relation += " >= " + text(stmt.type.lower);
    if (stmt.type.upper && made_of_dims(stmt.type.upper)) relation += " <= " + text(stmt.type.upper);
    known.insert(stmt.name);
    line("dim " + stmt.name + relation + ";");
    names_[stmt.name] = {Name::Role::size, {Shape::Form::scalar, 0, true, {}}, stmt.name, 0, true, false,
                         nullptr};
    taken_.insert(stmt.name);
  }
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
  infer_bounds();
  for (const Stmt& stmt : program_.data) {
    if (sizes_.contains(stmt.name)) continue;
    // A bound that is computed checks the data, and no more.
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
    line("data " + stmt.name + ": " + type + ";");
  }
}

// Parameters in Stan's order. One whole `name ~ law` at the top of the model goes into the declaration where
// it reads nothing below.
void Writer::declare_parameters() {
  std::map<std::string, std::vector<const Stmt*>> sites;  // each statement that gives some of it a law
  std::map<std::string, const Stmt*> whole;
  const auto site_of = [&](const Stmt& stmt) -> std::string {
    if (stmt.kind == StmtKind::tilde) return root_of(stmt.target);
    std::string member;
    const bool lone = stmt.kind == StmtKind::target && stmt.value->kind == Expr::Kind::call &&
                      split_density(stmt.value->text, member) && member == "_logpdf" &&
                      !stmt.value->args.empty();
    return lone ? root_of(stmt.value->args[0]) : "";
  };
  walk(
      program_.model, [](const Expr&) {},
      [&](const Stmt& stmt) {
        if (const std::string root = site_of(stmt); !root.empty()) sites[root].push_back(&stmt);
      });
  walk(program_.transformed_parameters, [](const Expr&) {}, [](const Stmt&) {});
  for (const Stmt& stmt : program_.model) {
    const std::string root = site_of(stmt);
    if (root.empty()) continue;
    const ExprPtr& left = stmt.kind == StmtKind::tilde ? stmt.target : stmt.value->args[0];
    if (left->kind == Expr::Kind::name) whole[root] = &stmt;
  }
  std::set<std::string> above;
  for (const auto& [name, entry] : names_)
    if (entry.role != Name::Role::param && entry.role != Name::Role::value) above.insert(name);
  for (const Stmt& stmt : program_.transformed_data) {
    if (stmt.kind == StmtKind::declare) above.insert(stmt.name);
  }
  for (const Stmt& declared : program_.parameters) {
    Stmt stmt = declared;
    const auto found = sites.find(stmt.name);
    // Beyond the ends of a truncated law there is nothing.
    if (const auto site = whole.find(stmt.name);
        site != whole.end() && site->second->is_cut && shape_of(stmt.type).is_scalar()) {
      if (site->second->low) stmt.type.lower = site->second->low;
      if (site->second->high) stmt.type.upper = site->second->high;
    }
    std::string prior;
    if (found == sites.end() ||
        (found->second.size() > 1 && (manner_.priors_as_factors || whole.contains(stmt.name))) ||
        (manner_.priors_as_factors && !whole.contains(stmt.name))) {
      free_.insert(stmt.name);
      prior = " ~ flat()";
    } else if (found->second.size() == 1 && whole.contains(stmt.name)) {
      const Stmt& site = *whole.at(stmt.name);
      std::set<std::string> names;
      const Shape shape = shape_of(stmt.type);
      const ExprPtr& value = site.value;
      for (std::size_t k = site.kind == StmtKind::tilde ? 0 : 1; k < value->args.size(); ++k)
        note_names(value->args[k], names);
      note_names(site.low, names);
      note_names(site.high, names);
      const bool ready = std::all_of(names.begin(), names.end(),
                                     [&](const std::string& name) { return above.contains(name); });
      int spread = 0;
      std::string member;
      const std::string called = site.kind == StmtKind::tilde ? value->text
                                                              : *split_density(value->text, member);
      for (std::size_t k = site.kind == StmtKind::tilde ? 0 : 1; k < value->args.size(); ++k)
        spread = std::max(spread,
                          this->shape(value->args[k]).rank() -
                              argument_rank_of(law_here(called), site.kind == StmtKind::tilde ? k : k - 1));
      const bool is_own = results_.contains(called + "_lpdf") || results_.contains(called + "_lpmf");
      if (!is_own && spread > shape.rank() - event_rank_of(law_here(called))) {
        free_.insert(stmt.name);
        prior = " ~ flat()";
      } else if (ready) {
        Expr law_call{Expr::Kind::call,
                      called,
                      {value->args.begin() + (site.kind == StmtKind::tilde ? 0 : 1), value->args.end()},
                      value->line};
        std::string d = law(law_call);
        if (site.is_cut)
          d = "truncated(" + d + (site.low ? ", lower = " + text(site.low) : "") +
              (site.high ? ", upper = " + text(site.high) : "") + ")";
        prior = " ~ " + d;
        done_.insert(&site);
      }
    }
    line("latent " + stmt.name + ": " + type_text(stmt.type) + prior + ";");
    above.insert(stmt.name);
  }
}

// The value that a function's statements from `at` on give, when they are `return` and `if` only; empty: they
// are more.
std::string Writer::given(const std::vector<Stmt>& body, std::size_t at) {
  if (at >= body.size()) return {};
  const Stmt& stmt = body[at];
  if (stmt.kind == StmtKind::give && stmt.value) return number(stmt.value);
  if (stmt.kind == StmtKind::block && at + 1 == body.size()) return given(stmt.body, 0);
  if (stmt.kind != StmtKind::branch) return {};
  const std::string yes = given(stmt.body, 0),
                    no = stmt.other.empty() ? given(body, at + 1) : given(stmt.other, 0);
  return yes.empty() || no.empty() ? "" : "(" + truth(stmt.value) + " ? " + yes + " : " + no + ")";
}

std::string Writer::function(const Function& function) {
  const Names around = std::exchange(names_, {});
  const auto taken = std::exchange(taken_, {});
  const std::string before = std::exchange(out_, "");
  std::string member;
  const auto law_name = split_density(function.name, member);
  if (law_name && member != "_logpdf")
    fail(function.line,
         "`" + function.name + "` is the cdf of a distribution; declare it as a member of the `dist`");
  if (function.name.ends_with("_rng") || function.name.ends_with("_lp"))
    fail(function.line, "`" + function.name + "` is a kind of function that there is not");
  if (function.result.base == "void") fail(function.line, "`" + function.name + "` gives no value");
  int vectors = 0, matrices = 0;
  std::vector<std::string> formals;
  for (const auto& [type, name] : function.formals) {
    Shape shape = shape_of(type);
    const bool first = manner_.one_size;
    const auto size = [&](const char* letter, int k) {
      return std::string(letter) + (first || k == 1 ? "" : std::to_string(k));
    };
    if (shape.rank() == 1) shape.sizes = {size("N", ++vectors)};
    if (shape.rank() == 2)
      ++matrices, shape.sizes = {size(first ? "N" : "R", matrices), size(first ? "D" : "C", matrices)};
    if (shape.rank() > 2) fail(function.line, "`" + name + "` has more than two axes");
    names_[name] = {Name::Role::argument, shape, name, 0, true, false, nullptr};
    taken_.insert(name);
    std::string sizes;
    for (const std::string& one : shape.sizes)
      sizes += (sizes.empty() ? "[" : ", ") + one;
    formals.push_back(name + ": " + (shape.is_integer ? "int" : "real") + sizes + (sizes.empty() ? "" : "]"));
  }
  std::string head, end;
  const int indent = std::exchange(indent_, 1);
  std::string one = given(function.body, 0);
  const auto listed = [&](std::size_t from) {
    std::string out;
    for (std::size_t k = from; k < formals.size(); ++k)
      out += (out.empty() ? "" : ", ") + formals[k];
    return out;
  };
  if (law_name) {
    if (formals.empty()) fail(function.line, "`" + function.name + "` takes nothing");
    const std::string value = function.formals[0].second, type = formals[0].substr(value.size() + 2);
    head = "dist " + *law_name + "(" + listed(1) + "): " + type + " {\n  logpdf(" + value + ")";
    end = "\n}\n";
    indent_ = 2;
  } else {
    head = "fun " + function.name + "(" + listed(0) + ")";
    end = "\n";
  }
  std::string body;
  if (!one.empty()) {
    body = " = " + one + ";";
  } else {
    std::size_t last = 0;
    while (last < function.body.size() && given(function.body, last).empty())
      ++last;
    if (last == function.body.size())
      fail(function.line, "`" + function.name + "` does not end in one `return`");
    const std::vector<Stmt> first(function.body.begin(),
                                  function.body.begin() + static_cast<std::ptrdiff_t>(last));
    list(first);
    line("return " + given(function.body, last) + ";");
    body = " {\n" + out_ + (law_name ? "  }" : "}");
  }
  indent_ = indent;
  names_ = around;
  taken_ = taken;
  out_ = before;
  return head + body + end;
}

void Writer::functions() {
  for (const Function& f : program_.functions)
    results_[f.name] = shape_of(f.result);
  std::string all;
  for (const Function& f : program_.functions)
    all += function(f);
  out_ += all;
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
