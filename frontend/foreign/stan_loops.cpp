// stan_loops: loops of Stan, of which those that add up or renew values become definitions.
//
//     real s = 0; for (n in 1:N) s += x[n];
//       ->  let s = 0; let s_2 = sum(x[n] for n in 1:N);
//     vector[K] lp = log(w); for (k in 1:K) lp[k] += normal_lpdf(y | m[k], 1);
//       ->  let lp_2 = [lp[k] + normal_logpdf(y, m[k], 1) for k in 1:K];
//     for (t in 2:T) h[t] += phi * (h[t-1] - mu);
//       ->  let h_2: real[T]; h_2[1] = h[1]; for t in 2:T { h_2[t] = h[t] + phi * (h_2[t-1] - mu); }
#include <algorithm>

#include "frontend/foreign/stan_writer.h"

namespace elba::stan {

using StmtKind = Stmt::Kind;

// `for (n in 1:N) s += e;`, with definitions before it that only `e` reads; s is a number, or an array over
// the loop.
bool Writer::fold(const Stmt& loop) {
  if (loop.body.empty() || loop.kind != StmtKind::loop) return false;
  const std::vector<Stmt>& body = loop.body.size() == 1 && loop.body[0].kind == StmtKind::block
                                      ? loop.body[0].body
                                      : loop.body;
  if (body.empty() || body.back().kind != StmtKind::assign) return false;
  for (std::size_t k = 0; k + 1 < body.size(); ++k)
    if (body[k].kind != StmtKind::declare || !body[k].value || body[k].type.base == "void") return false;
  const Stmt& last = body.back();
  const std::string root = root_of(last.target);
  const auto at = names_.find(root);
  if (at == names_.end() || at->second.role == Name::Role::array || !at->second.has_value ||
      at->second.is_own_loop || at->second.depth != depth_)
    return false;
  const Name found = at->second;
  ExprPtr term = last.value;
  std::string op = last.op;
  if (op == "=" && term->kind == Expr::Kind::binary && (term->text == "+" || term->text == "*") &&
      term->args[0]->kind == Expr::Kind::name && term->args[0]->text == root) {
    op = term->text + "=";
    term = term->args[1];
  }
  bool reads_itself = false;
  walk(term,
       [&](const Expr& e) { reads_itself = reads_itself || (e.kind == Expr::Kind::name && e.text == root); });
  if ((op != "+=" && op != "-=" && op != "*=") || reads_itself || draws(term)) return false;
  const Names around = names_;
  Name variable{
      Name::Role::variable, {Shape::Form::scalar, 0, true, {}}, loop.name, depth_, true, false, nullptr};
  names_[loop.name] = variable;
  for (std::size_t k = 0; k + 1 < body.size(); ++k)
    names_[body[k].name] = {
        Name::Role::text, shape_of(body[k].type), "(" + number(body[k].value) + ")", depth_, true, false,
        nullptr};
  const std::string low = text(loop.low), high = text(loop.high), value = number(term);
  const bool by_element = last.target->kind == Expr::Kind::index;
  std::string written;
  if (by_element) {
    const auto& args = last.target->args;
    const bool fits = args.size() == 2 && args[1]->kind == Expr::Kind::name && args[1]->text == loop.name &&
                      is_number(loop.low, "1") && found.shape.rank() == 1 && found.shape.sizes[0] == high;
    if (fits)
      written = "[" + found.here + "[" + loop.name + "] " + op.substr(0, 1) + " (" + value + ") for " +
                loop.name + " in 1:" + high + "]";
  } else if (found.shape.is_scalar()) {
    const std::string total = (op == "*=" ? "prod(" : "sum(") + value + " for " + loop.name + " in " + low +
                              ":" + high + ")";
    const bool from_nothing = (op == "+=" && is_number(found.start, "0")) ||
                              (op == "*=" && is_number(found.start, "1"));
    written = from_nothing ? total : found.here + " " + op.substr(0, 1) + " " + total;
  }
  names_ = around;
  if (written.empty()) return false;
  define(root, found.shape, written, nullptr, loop.line);
  return true;
}

// Whether every statement of a loop gives elements of an array that has its values new ones, each its own.
bool Writer::is_update(const Stmt& loop, const std::vector<Stmt>& body) {
  for (const Stmt& stmt : body) {
    const auto at = stmt.kind == StmtKind::assign && stmt.target->kind == Expr::Kind::index
                        ? names_.find(root_of(stmt.target))
                        : names_.end();
    if (at == names_.end() || at->second.role != Name::Role::value || !at->second.has_value ||
        at->second.depth != depth_ || draws(stmt.value))
      return false;
    const auto& args = stmt.target->args;
    for (std::size_t k = 1; k < args.size(); ++k)
      if (args[k]->kind != Expr::Kind::name || args[k]->text != loop.name) return false;
    if (args.size() != static_cast<std::size_t>(at->second.shape.rank()) + 1 || args.size() > 3 ||
        at->second.shape.sizes.empty())
      return false;
    if (text(loop.high) != at->second.shape.sizes[0] || (args.size() == 3 && !is_number(loop.low, "1")))
      return false;
    if (std::any_of(body.begin(), body.end(),
                    [&](const Stmt& other) { return &other != &stmt && reads({other}, at->first); }))
      return false;
  }
  return true;
}

// What is added to the diagonal, as the change of the old value.
bool Writer::update_diagonal(const Stmt& loop, const Stmt& stmt, const Name& found, const std::string& here) {
  const std::string root = root_of(stmt.target);
  const ExprPtr& value = stmt.value;
  const bool adds = stmt.op == "+=" ||
                    (stmt.op == "=" && value->kind == Expr::Kind::binary && value->text == "+" &&
                     value->args[0]->kind == Expr::Kind::index && root_of(value->args[0]) == root);
  if (!adds) return false;
  const std::string change = number(stmt.op == "=" ? value->args[1] : value);
  line("let " + here + " = " + found.here + " + diag([" + change + " for " + loop.name +
       " in 1:" + found.shape.sizes[0] + "]);");
  return true;
}

// A loop over the elements, in front of which those before its first iteration are kept.
void Writer::update_elements(const Stmt& loop, const Stmt& stmt, const Name& found, const std::string& here) {
  const std::string root = root_of(stmt.target);
  const std::string sign = stmt.op == "=" ? "" : stmt.op.substr(0, stmt.op.size() - 1);
  const std::string low = text(loop.low), high = text(loop.high);
  line("let " + here + ": real[" + found.shape.sizes[0] + "];");
  if (low == "2")
    line(here + "[1] = " + found.here + "[1];");
  else if (low != "1")
    line(here + "[1:(" + low + " - 1)] = " + found.here + "[1:(" + low + " - 1)];");
  names_[root].here = here;
  renewed_ = Renewed{root, loop.name, found.here};
  const std::string value = number(stmt.value);
  const std::string written = sign.empty() ? value
                                           : found.here + "[" + loop.name + "] " + sign + " (" + value + ")";
  renewed_.reset();
  line("for " + loop.name + " in " + low + ":" +
       (loop.high->kind == Expr::Kind::binary ? "(" + high + ")" : high) + " { " + here + "[" + loop.name +
       "] = " + written + "; }");
}

// `for (t in 2:T) h[t] += phi * (h[t-1] - mu);`, `for (n in 1:N) s[n] = exp(s[n]);` and `for (i in 1:N) K[i,
// i] += e;` of an array that has its values.
bool Writer::update(const Stmt& loop) {
  if (loop.kind != StmtKind::loop || loop.body.empty()) return false;
  const std::vector<Stmt>& body = loop.body.size() == 1 && loop.body[0].kind == StmtKind::block
                                      ? loop.body[0].body
                                      : loop.body;
  if (!is_update(loop, body)) return false;
  for (const Stmt& stmt : body) {
    const std::string root = root_of(stmt.target);
    const Name found = names_.at(root);
    Name entry = found;
    entry.here = fresh(root);
    entry.start = nullptr;
    const Names around = names_;
    names_[loop.name] = {
        Name::Role::variable, {Shape::Form::scalar, 0, true, {}}, loop.name, depth_, true, false, nullptr};
    bool fits = true;
    if (stmt.target->args.size() == 3)
      fits = update_diagonal(loop, stmt, found, entry.here);
    else
      update_elements(loop, stmt, found, entry.here);
    names_ = around;
    if (!fits) return false;
    names_[root] = entry;
  }
  return true;
}

// The statements of a loop without those that add to numbers around it, which nothing else in it reads: these
// become loops of their own.
std::vector<Stmt> Writer::without_sums(const Stmt& loop, std::vector<Stmt>& sums) const {
  std::vector<Stmt> rest;
  const std::vector<Stmt>& body = loop.body.size() == 1 && loop.body[0].kind == StmtKind::block
                                      ? loop.body[0].body
                                      : loop.body;
  for (const Stmt& stmt : body) {
    const Stmt* inner = &stmt;
    ExprPtr condition;
    if (stmt.kind == StmtKind::branch && stmt.other.empty() && stmt.body.size() == 1) {
      condition = stmt.value;
      inner = &stmt.body[0];
      if (inner->kind == StmtKind::block && inner->body.size() == 1) inner = &inner->body[0];
    }
    const auto at = inner->kind == StmtKind::assign && inner->target->kind == Expr::Kind::name
                        ? names_.find(inner->target->text)
                        : names_.end();
    ExprPtr term = inner->value;
    bool adds = at != names_.end() && at->second.role == Name::Role::value && at->second.has_value &&
                at->second.depth == depth_ && at->second.shape.is_scalar();
    if (adds && inner->op == "=" && term->kind == Expr::Kind::binary && term->text == "+" &&
        term->args[0]->kind == Expr::Kind::name && term->args[0]->text == at->first)
      term = term->args[1];
    else
      adds = adds && inner->op == "+=";
    if (adds && std::count_if(body.begin(), body.end(),
                              [&](const Stmt& other) { return reads({other}, at->first); }) > 1)
      adds = false;
    if (!adds) {
      rest.push_back(stmt);
      continue;
    }
    Stmt one = loop;
    Stmt add = *inner;
    add.op = "+=";
    const auto make = [&](Expr::Kind kind, std::string word, std::vector<ExprPtr> parts) -> ExprPtr {
      return std::make_shared<const Expr>(Expr{kind, std::move(word), std::move(parts), stmt.line});
    };
    add.value = condition ? make(Expr::Kind::paren, "()",
                                 {make(Expr::Kind::conditional, "?",
                                       {condition, term, make(Expr::Kind::number, "0", {})})})
                          : term;
    one.body.clear();
    for (const Stmt& definition : body)
      if (definition.kind == StmtKind::declare && definition.value) one.body.push_back(definition);
    one.body.push_back(std::move(add));
    sums.push_back(std::move(one));
  }
  return rest;
}

// `for (s in 1:S) for (t in 1:T) lp[s] += e;` as one sum for each s.
bool Writer::fold_rows(const Stmt& loop) {
  const auto only = [](const std::vector<Stmt>& body) -> const Stmt* {
    const Stmt* found = body.size() == 1 ? &body[0] : nullptr;
    return found && found->kind == StmtKind::block ? (found->body.size() == 1 ? &found->body[0] : nullptr)
                                                   : found;
  };
  const Stmt* inner = loop.kind == StmtKind::loop && is_number(loop.low, "1") ? only(loop.body) : nullptr;
  const Stmt* add = inner && inner->kind == StmtKind::loop ? only(inner->body) : nullptr;
  if (!add || add->kind != StmtKind::assign || add->target->kind != Expr::Kind::index ||
      add->target->args.size() != 2)
    return false;
  const ExprPtr& index = add->target->args[1];
  const auto at = names_.find(root_of(add->target));
  if (at == names_.end() || at->second.role != Name::Role::value || !at->second.has_value ||
      at->second.depth != depth_ || at->second.shape.rank() != 1)
    return false;
  if (index->kind != Expr::Kind::name || index->text != loop.name ||
      at->second.shape.sizes[0] != text(loop.high))
    return false;
  const Name found = at->second;
  const std::string root = at->first;
  ExprPtr term = add->value;
  const bool longhand = add->op == "=" && term->kind == Expr::Kind::binary && term->text == "+" &&
                        term->args[0]->kind == Expr::Kind::index && root_of(term->args[0]) == root;
  if (longhand) term = term->args[1];
  bool itself = false;
  walk(term, [&](const Expr& e) { itself = itself || (e.kind == Expr::Kind::name && e.text == root); });
  if ((!longhand && add->op != "+=") || itself || draws(term)) return false;
  const Names around = names_;
  for (const Stmt* one : {&loop, inner})
    names_[one->name] = {
        Name::Role::variable, {Shape::Form::scalar, 0, true, {}}, one->name, depth_, true, false, nullptr};
  const std::string low = text(inner->low), high = text(inner->high), value = number(term);
  names_ = around;
  define(root, found.shape,
         "[" + found.here + "[" + loop.name + "] + sum(" + value + " for " + inner->name + " in " + low +
             ":" + high + ") for " + loop.name + " in 1:" + text(loop.high) + "]",
         nullptr, loop.line);
  return true;
}

void Writer::loop(const Stmt& stmt) {
  if (fold(stmt) || update(stmt) || fold_rows(stmt)) return;
  if (stmt.kind == StmtKind::loop) {
    std::vector<Stmt> sums;
    const std::vector<Stmt> rest = without_sums(stmt, sums);
    if (!sums.empty()) {
      if (std::any_of(rest.begin(), rest.end(), [](const Stmt& s) { return s.kind != StmtKind::declare; })) {
        Stmt kept = stmt;
        kept.body = rest;
        loop(kept);
      }
      for (const Stmt& one : sums)
        if (!fold(one)) fail(stmt.line, "what the loop adds up is not a sum over it alone");
      return;
    }
  }
  std::string range;
  if (stmt.kind == StmtKind::loop) {
    const auto side = [&](const ExprPtr& e) {
      return e->kind == Expr::Kind::binary ? "(" + text(e) + ")" : text(e);
    };
    range = side(stmt.low) + ":" + side(stmt.high);
  } else {
    range = text(stmt.value);
  }
  const Names around = names_;
  names_[stmt.name] = {
      Name::Role::variable, {Shape::Form::scalar, 0, true, {}}, stmt.name, depth_ + 1, true, false, nullptr};
  loops_.push_back(stmt.name);
  const bool own_block = stmt.body.size() == 1 && stmt.body[0].kind == StmtKind::block;
  nested("for " + stmt.name + " in " + range + " {", own_block ? stmt.body[0].body : stmt.body, "}");
  loops_.pop_back();
  names_ = around;
}

}  // namespace elba::stan
