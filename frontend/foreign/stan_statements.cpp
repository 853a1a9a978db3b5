// stan_statements: statements of Stan as Elba writes them.
//
//     target += normal_lpdf(y | m, s);           ->  y ~ normal(m, s);
//     y_rep[n] = normal_rng(m[n], s);            ->  predict y_rep ~ normal(m[n], s);
#include <algorithm>

#include "frontend/foreign/stan_writer.h"

namespace elba::stan {

using StmtKind = Stmt::Kind;

namespace {

// The first statement that gives the name a value, among these and what stands in them.
const Stmt* first_assignment(const std::vector<Stmt>& stmts, std::size_t from, const std::string& name) {
  for (std::size_t k = from; k < stmts.size(); ++k) {
    if (stmts[k].kind == StmtKind::assign && root_of(stmts[k].target) == name) return &stmts[k];
    for (const auto* body : {&stmts[k].body, &stmts[k].other})
      if (const Stmt* found = first_assignment(*body, 0, name)) return found;
  }
  return nullptr;
}

// Whether the assignment's index names the variable of the loop.
bool names_loop(const Stmt& loop, const Stmt& assignment) {
  bool found = false;
  for (std::size_t k = 1; k < assignment.target->args.size(); ++k)
    walk(assignment.target->args[k],
         [&](const Expr& e) { found = found || (e.kind == Expr::Kind::name && e.text == loop.name); });
  return found;
}

bool is_draw(const ExprPtr& value) {
  return value && value->kind == Expr::Kind::call && value->text.ends_with("_rng");
}

}  // namespace

void Writer::list(const std::vector<Stmt>& stmts) {
  for (std::size_t k = 0; k < stmts.size(); ++k)
    if (!done_.contains(&stmts[k])) statement(stmts, k);
}

void Writer::nested(const std::string& head, const std::vector<Stmt>& body, const std::string& tail) {
  line(head);
  const Names around = names_;
  const auto taken = taken_;
  ++indent_;
  ++depth_;
  // A name that each iteration chooses by a condition.
  for (auto& [name, entry] : names_) {
    const Stmt* first = entry.role == Name::Role::value && !entry.has_value && head.starts_with("for")
                            ? first_assignment(body, 0, name)
                            : nullptr;
    const auto holder = first ? std::find_if(body.begin(), body.end(),
                                             [&](const Stmt& s) {
                                               return &s == first || first_assignment(s.body, 0, name) ||
                                                      first_assignment(s.other, 0, name);
                                             })
                              : body.end();
    if (holder == body.end()) continue;
    const bool chosen = holder->kind == StmtKind::branch && first->target->kind == Expr::Kind::name;
    const bool filled = first->target->kind == Expr::Kind::index &&
                        (holder->kind == StmtKind::branch || names_loop(*holder, *first));
    const bool by_hand = first->target->kind == Expr::Kind::index &&
                         std::any_of(body.begin(), body.end(), [&](const Stmt& s) { return &s == first; });
    if (!chosen && !filled && !by_hand) continue;
    entry.role = Name::Role::array;
    entry.has_value = true;
    taken_.insert(entry.here);
    std::string sizes;
    for (const std::string& size : entry.shape.sizes)
      sizes += (sizes.empty() ? "[" : ", ") + size;
    line("let " + entry.here + ": " + (entry.shape.is_integer ? "int" : "real") + sizes +
         (sizes.empty() ? "" : "]") + ";");
  }
  list(body);
  --depth_;
  --indent_;
  names_ = around;
  taken_ = taken;
  if (!tail.empty()) line(tail);
}

void Writer::statement(const std::vector<Stmt>& stmts, std::size_t at) {
  const Stmt& stmt = stmts[at];
  may_draw_ = generated_ && stmt.kind != StmtKind::branch;
  switch (stmt.kind) {
    case StmtKind::declare:
      return declare(stmts, at);
    case StmtKind::assign:
      return assign(stmt);
    case StmtKind::tilde:
      return tilde(stmt);
    case StmtKind::target:
      return target(stmt);
    case StmtKind::loop:
    case StmtKind::each:
      return loop(stmt);
    case StmtKind::branch:
      return branch(stmt);
    case StmtKind::block: {
      const Names around = names_;
      const bool was_local = std::exchange(local_, true);
      list(stmt.body);
      local_ = was_local;
      // What it declares is its own; what it assigns of the names around stays.
      for (const Stmt& inside : stmt.body)
        if (inside.kind == StmtKind::declare) {
          if (const auto before = around.find(inside.name); before != around.end())
            names_[inside.name] = before->second;
          else
            names_.erase(inside.name);
        }
      return;
    }
    case StmtKind::give:
      fail(stmt.line, "`return` does not end this function");
    case StmtKind::call:
      fail(stmt.line, "`" + stmt.value->text + "(..)` is called for what it does");
    case StmtKind::nothing:
      return;
  }
}

// A prediction that a loop over all of it makes: declared there. True when it is one.
bool Writer::generates(const std::string& name, const std::vector<Stmt>& stmts, std::size_t at,
                       const Stmt& declared) {
  const Shape shape = shape_of(declared.type);
  int count = 0;
  bool fits = true, read = false;
  const auto look = [&](const auto& self, const std::vector<Stmt>& body, std::size_t from,
                        std::vector<const Stmt*>& loops) -> void {
    for (std::size_t k = from; k < body.size(); ++k) {
      const Stmt& stmt = body[k];
      if (stmt.kind == StmtKind::assign && root_of(stmt.target) == name) {
        ++count;
        fits = fits && stmt.op == "=" && stmt.target->kind == Expr::Kind::index &&
               stmt.target->args.size() == loops.size() + 1 && static_cast<int>(loops.size()) == shape.rank();
        for (std::size_t axis = 0; fits && axis < loops.size(); ++axis) {
          const ExprPtr& index = stmt.target->args[axis + 1];
          fits = index->kind == Expr::Kind::name && index->text == loops[axis]->name &&
                 loops[axis]->kind == StmtKind::loop && is_number(loops[axis]->low, "1") &&
                 text(loops[axis]->high) == shape.sizes[axis];
        }
        walk(stmt.value, [&](const Expr& e) { read = read || e.text == name; });
        continue;
      }
      for (const ExprPtr& expr : {stmt.target, stmt.value, stmt.low, stmt.high})
        walk(expr, [&](const Expr& e) { read = read || (e.kind == Expr::Kind::name && e.text == name); });
      const bool is_loop = stmt.kind == StmtKind::loop || stmt.kind == StmtKind::each;
      if (stmt.kind == StmtKind::branch) {
        for (const auto* part : {&stmt.body, &stmt.other})
          if (first_assignment(*part, 0, name)) fits = false;
      }
      if (is_loop) loops.push_back(&stmt);
      self(self, stmt.body, 0, loops);
      if (is_loop) loops.pop_back();
      self(self, stmt.other, 0, loops);
    }
  };
  std::vector<const Stmt*> loops;
  look(look, stmts, at + 1, loops);
  return fits && count == 1 && !read;
}

// Whether the first statement that gives the name at `at` a value declares it here.
bool Writer::declares_itself(const std::vector<Stmt>& stmts, std::size_t at, const Stmt& first,
                             bool predicts) const {
  const Stmt& stmt = stmts[at];
  const bool direct = std::any_of(stmts.begin() + static_cast<std::ptrdiff_t>(at), stmts.end(),
                                  [&](const Stmt& s) { return &s == &first; });
  // Where its first statement stands: in a loop it is a name of each iteration.
  const auto holder = std::find_if(stmts.begin() + static_cast<std::ptrdiff_t>(at), stmts.end(),
                                   [&](const Stmt& s) {
                                     return &s == &first || first_assignment(s.body, 0, stmt.name) ||
                                            first_assignment(s.other, 0, stmt.name);
                                   });
  const bool in_loop = holder != stmts.end() &&
                       (holder->kind == StmtKind::loop || holder->kind == StmtKind::each);
  // An array that each iteration of a loop fills anew, and nothing else reads, is the loop's.
  const auto reads_name = [&](const Stmt& s) { return reads({s}, stmt.name); };
  const bool is_inner = in_loop && !predicts && first.target->kind == Expr::Kind::index &&
                        !names_loop(*holder, first) &&
                        std::none_of(stmts.begin() + static_cast<std::ptrdiff_t>(at) + 1, stmts.end(),
                                     [&](const Stmt& s) { return &s != &*holder && reads_name(s); });
  return ((direct || in_loop) && first.target->kind == Expr::Kind::name && first.op == "=") || is_inner;
}

void Writer::declare(const std::vector<Stmt>& stmts, std::size_t at) {
  const Stmt& stmt = stmts[at];
  const bool predicts = generated_ && depth_ == 0 && !local_;
  const Shape shape = shape_of(stmt.type);
  const Stmt* first = first_assignment(stmts, at + 1, stmt.name);
  // A start that statements replace by element is none.
  bool filled = first && first->op == "=" && first->target->kind == Expr::Kind::index;
  if (filled)
    walk(first->value,
         [&](const Expr& e) { filled = filled && !(e.kind == Expr::Kind::name && e.text == stmt.name); });
  if (stmt.value && !filled) return define(stmt.name, shape, "", stmt.value, stmt.line);
  Name name;
  name.shape = shape;
  name.depth = depth_;
  if (first == nullptr || declares_itself(stmts, at, *first, predicts)) {
    name.role = Name::Role::value;
    name.here = stmt.name;
    names_[stmt.name] = name;
    return;
  }
  if (predicts && generates(stmt.name, stmts, at, stmt)) {
    name.role = Name::Role::prediction;
    name.here = fresh(stmt.name);
    name.is_own_loop = true;
    names_[stmt.name] = name;
    return;
  }
  name.role = Name::Role::array;
  name.has_value = true;
  const std::string shown = predicts ? fresh(stmt.name) : "";
  name.here = fresh(predicts ? stmt.name + "_values" : stmt.name);
  names_[stmt.name] = name;
  std::string sizes;
  for (const std::string& size : shape.sizes)
    sizes += (sizes.empty() ? "[" : ", ") + size;
  line("let " + name.here + ": " + (shape.is_integer ? "int" : "real") + sizes + (sizes.empty() ? "" : "]") +
       ";");
  if (predicts) pending_.push_back("predict " + shown + " = " + name.here + ";");
}

// A new name, or a new value of one: `value`, or what `start` is in Elba.
void Writer::define(const std::string& name, const Shape& as, const std::string& value, const ExprPtr& start,
                    int at) {
  const bool predicts = generated_ && depth_ == 0 && !local_;
  std::string written = value;
  if (value.empty() && !(predicts && is_draw(start))) written = number(start);
  Name entry;
  entry.role = predicts ? Name::Role::prediction : Name::Role::value;
  entry.shape = as;
  if (start && entry.shape.sizes.empty()) entry.shape = shape(start);
  entry.depth = depth_;
  entry.has_value = true;
  entry.start = start;
  entry.here = fresh(name);
  if (predicts && is_draw(start) && value.empty()) {
    int rank = 0;
    for (const ExprPtr& arg : start->args)
      rank = std::max(rank, shape(arg).rank());
    std::string sizes;
    const std::string law = law_here(start->text.substr(0, start->text.size() - 4));
    if (rank == 0 && event_rank_of(law) == 0)
      for (const std::string& size : as.sizes)
        sizes += (sizes.empty() ? "[" : ", ") + size;
    line("predict " + entry.here + sizes + (sizes.empty() ? "" : "]") + " ~ " + draw(*start) + ";");
  } else if (as.rank() > 0 && start && value.empty() && shape(start).rank() == 0 &&
             shape(start).sizes.empty() && start->kind == Expr::Kind::number) {
    fail(at, "`" + name + "` is an array and gets a number");
  } else {
    line((predicts ? "predict " : "let ") + entry.here + " = " + written + ";");
  }
  names_[name] = entry;
}

void Writer::assign(const Stmt& stmt) {
  const std::string root = root_of(stmt.target);
  const auto at = names_.find(root);
  if (at == names_.end()) fail(stmt.line, "`" + root + "` is not declared");
  const Name found = at->second;
  const bool whole = stmt.target->kind == Expr::Kind::name;
  if (found.is_own_loop) {
    if (is_draw(stmt.value))
      line("predict " + found.here + " ~ " + draw(*stmt.value) + ";");
    else
      line("predict " + found.here + " = " + number(stmt.value) + ";");
    return;
  }
  if (found.role == Name::Role::array && stmt.op == "=") {
    if (generated_ && is_draw(stmt.value) && depth_ > 0 && loops_.empty())
      fail(stmt.line, "a draw within `if`");
    const std::string value = number(stmt.value);
    line(text(stmt.target) + " = " + value + ";");
    return;
  }
  const bool element = found.role == Name::Role::value && found.has_value && found.depth == depth_ &&
                       found.shape.rank() == 1 && !found.shape.sizes.empty() &&
                       stmt.target->kind == Expr::Kind::index && stmt.target->args.size() == 2 &&
                       stmt.target->args[1]->kind == Expr::Kind::number;
  if (element) {  // one element of what has its values
    const std::string variable = unused_variable({stmt.target, stmt.value}),
                      place = stmt.target->args[1]->text;
    const std::string sign = stmt.op == "=" ? "" : stmt.op.substr(0, stmt.op.size() - 1),
                      old = found.here + "[" + variable + "]";
    const std::string value = number(stmt.value);
    return define(root, found.shape,
                  "[" + variable + " == " + place + " ? " +
                      (sign.empty() ? value : old + " " + sign + " (" + value + ")") + " : " + old + " for " +
                      variable + " in 1:" + found.shape.sizes[0] + "]",
                  nullptr, stmt.line);
  }
  if (found.role == Name::Role::array || !whole) fail(stmt.line, "`" + root + "` is assigned a second time");
  if (found.role == Name::Role::value && !found.has_value && stmt.op == "=")
    return define(root, found.shape, "", stmt.value, stmt.line);
  if (found.role != Name::Role::value && found.role != Name::Role::prediction)
    fail(stmt.line, "`" + root + "` is assigned");
  if (found.depth != depth_)
    fail(stmt.line, "`" + root + "` is assigned anew in each iteration or by a condition");
  if (stmt.op == "=") return define(root, found.shape, "", stmt.value, stmt.line);
  const std::string op = stmt.op.substr(0, stmt.op.size() - 1);
  const bool product = op == "*" || op == "/" || op == ".*" || op == "./";
  const std::string value = number(stmt.value);
  define(root, found.shape, found.here + " " + op + " " + (product || op == "-" ? "(" + value + ")" : value),
         nullptr, stmt.line);
}

void Writer::branch(const Stmt& stmt) {
  nested("if (" + truth(stmt.value) + ") {", stmt.body, "");
  if (stmt.other.empty()) return line("}");
  nested("} else {", stmt.other, "}");
}

void Writer::tilde(const Stmt& stmt) {
  const std::string root = root_of(stmt.target);
  const auto at = names_.find(root);
  std::vector<ExprPtr> all{stmt.target};
  all.insert(all.end(), stmt.value->args.begin(), stmt.value->args.end());
  const auto [spelt, parts] = spelt_out(stmt.value->text, all);
  const Expr called{Expr::Kind::call, spelt, {parts.begin() + 1, parts.end()}, stmt.value->line};
  const bool site = at != names_.end() && (at->second.role == Name::Role::data ||
                                           (at->second.role == Name::Role::param && !free_.contains(root)));
  const Shape shape_here = shape(stmt.target);
  int spread = 0;  // a number beside arguments that are arrays is as many terms
  for (std::size_t k = 0; k < called.args.size(); ++k)
    spread = std::max(spread, shape(called.args[k]).rank() - argument_rank_of(law_here(called.text), k));
  const bool is_own = results_.contains(called.text + "_lpdf") || results_.contains(called.text + "_lpmf");
  const bool fits = is_own || spread <= shape_here.rank() - event_rank_of(law_here(called.text));
  if (site && fits) {
    std::string d = law(called);
    if (stmt.is_cut)
      d = "truncated(" + d + (stmt.low ? ", lower = " + number(stmt.low) : "") +
          (stmt.high ? ", upper = " + number(stmt.high) : "") + ")";
    return line(text(stmt.target) + " ~ " + d + ";");
  }
  if (stmt.is_cut) fail(stmt.line, "a truncated law of what is computed");
  std::vector<ExprPtr> args{stmt.target};
  args.insert(args.end(), called.args.begin(), called.args.end());
  line("factor " + density(called.text, "_logpdf", args) + ";");
}

// A lone density of data or of a parameter is its `~`.
void Writer::target(const Stmt& stmt) {
  const Expr& value = *stmt.value;
  std::string member;
  const auto named = value.kind == Expr::Kind::call ? split_density(value.text, member) : std::nullopt;
  if (named && member == "_logpdf" && value.args.size() >= 1) {
    Stmt site;
    site.kind = StmtKind::tilde;
    site.line = stmt.line;
    site.target = value.args[0];
    Expr called{Expr::Kind::call, *named, {value.args.begin() + 1, value.args.end()}, value.line};
    site.value = std::make_shared<const Expr>(std::move(called));
    return tilde(site);
  }
  // Stan adds up the elements of what is an array, and so does `factor`.
  line("factor " + number(stmt.value) + ";");
}

}  // namespace elba::stan
