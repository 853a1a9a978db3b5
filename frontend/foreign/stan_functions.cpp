// stan_functions: functions of a program of Stan, and its `_lpdf`s as distributions.
//
//     real f(vector x) { return sum(x); }       ->  fun f(x: real[N]) = sum(x);
//     real d_lpdf(real y, real m) { .. }        ->  dist d(m: real): real { logpdf(y) = ..; }
#include <utility>

#include "frontend/foreign/stan_writer.h"

namespace elba::stan {

using StmtKind = Stmt::Kind;

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

void Writer::check_kind(const Function& function, bool is_density, const std::string& member) {
  if (is_density && member != "_logpdf")
    fail(function.line,
         "`" + function.name + "` is the cdf of a distribution; declare it as a member of the `dist`");
  if (function.name.ends_with("_rng") || function.name.ends_with("_lp"))
    fail(function.line, "`" + function.name + "` is a kind of function that there is not");
  if (function.result.base == "void") fail(function.line, "`" + function.name + "` gives no value");
}

// `x: real[N]` of each parameter, which become names.
std::vector<std::string> Writer::formals_of(const Function& function) {
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
  return formals;
}

// Statements that end in one `return`.
void Writer::function_body(const Function& function) {
  std::size_t last = 0;
  while (last < function.body.size() && given(function.body, last).empty())
    ++last;
  if (last == function.body.size())
    fail(function.line, "`" + function.name + "` does not end in one `return`");
  const std::vector<Stmt> first(function.body.begin(),
                                function.body.begin() + static_cast<std::ptrdiff_t>(last));
  list(first);
  line("return " + given(function.body, last) + ";");
}

std::string Writer::function(const Function& function) {
  const Names around = std::exchange(names_, {});
  const auto taken = std::exchange(taken_, {});
  const std::string before = std::exchange(out_, "");
  std::string member;
  const auto law_name = split_density(function.name, member);
  check_kind(function, law_name.has_value(), member);
  const std::vector<std::string> formals = formals_of(function);
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
    function_body(function);
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

}  // namespace elba::stan
