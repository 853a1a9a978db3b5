// stan_read: Stan's text to stan_program.h, by recursive descent over its grammar (Stan Reference
// Manual 2.33, chapters 4 to 9; the old spellings `int y[N]`, `<-` and `increment_log_prob` too). The first
// mistake ends the reading. Expressions are in stan_read_expressions.
#include "frontend/foreign/stan_read_expressions.h"
#include "frontend/foreign/stan_program.h"

namespace elba::stan {
namespace {

constexpr std::size_t longest = 1 << 20;

bool is_type(const std::string& word) {
  static constexpr std::string_view types[] = {"int",
                                               "real",
                                               "vector",
                                               "row_vector",
                                               "matrix",
                                               "array",
                                               "simplex",
                                               "ordered",
                                               "positive_ordered",
                                               "unit_vector",
                                               "sum_to_zero_vector",
                                               "cholesky_factor_corr",
                                               "cholesky_factor_cov",
                                               "corr_matrix",
                                               "cov_matrix",
                                               "complex",
                                               "void"};
  for (const auto type : types)
    if (word == type) return true;
  return false;
}

class Reader : private ExpressionReader {
 public:
  explicit Reader(std::string_view text) : ExpressionReader(text) {}

  void program(Program& out) {
    while (now().kind != Token::Kind::end) {
      if (take("functions")) {
        expect("{");
        while (!take("}"))
          out.functions.push_back(function());
      } else if (take("data")) {
        block(out.data);
      } else if (take("parameters")) {
        block(out.parameters);
      } else if (take("model")) {
        block(out.model);
      } else if (take("transformed")) {
        const bool data = take("data");
        if (!data) expect("parameters");
        block(data ? out.transformed_data : out.transformed_parameters);
      } else if (take("generated")) {
        expect("quantities");
        block(out.generated);
      } else {
        fail();
      }
    }
  }

 private:
  void block(std::vector<Stmt>& out) {
    expect("{");
    while (!take("}"))
      statements(out);
  }

  // ---- Types and declarations ----

  std::vector<ExprPtr> sizes() {
    std::vector<ExprPtr> out;
    if (!take("[")) return out;
    if (take("]")) return {nullptr};
    for (;;) {
      out.push_back(is(",") || is("]") ? nullptr : expression());
      if (take("]")) return out;
      expect(",");
    }
  }
  Type type() {
    Type out;
    out.base = name();
    if (!is_type(out.base)) fail();
    if (out.base == "array") {
      out.arrays = sizes();
      Type inner = type();
      inner.arrays.insert(inner.arrays.begin(), out.arrays.begin(), out.arrays.end());
      return inner;
    }
    if (out.base == "complex")
      throw Problem{"line " + std::to_string(now().line) + ": there are no complex numbers"};
    const auto bounds = [&] {
      if (!take("<")) return;
      do {
        const std::string which = name();
        expect("=");
        const ExprPtr value = sum();  // `>` ends it
        if (which == "lower") out.lower = value;
        if (which == "upper") out.upper = value;
      } while (take(","));
      expect(">");
    };
    bounds();
    out.sizes = sizes();
    if (out.base == "int" || out.base == "real") out.arrays = std::move(out.sizes), out.sizes.clear();
    return out;
  }
  void declaration(std::vector<Stmt>& out) {
    const int line = now().line;
    const Type shared = type();
    do {
      Stmt one;
      one.kind = Stmt::Kind::declare;
      one.line = line;
      one.type = shared;
      one.name = name();
      const auto arrays = sizes();  // the old spelling
      one.type.arrays.insert(one.type.arrays.begin(), arrays.begin(), arrays.end());
      if (take("=") || take("<-")) one.value = expression();
      out.push_back(std::move(one));
    } while (take(","));
    expect(";");
  }
  Function function() {
    Function out;
    out.line = now().line;
    out.result = type();
    if (is("[")) {
      const auto dims = sizes();
      out.result.arrays.insert(out.result.arrays.end(), dims.begin(), dims.end());
    }
    out.name = name();
    expect("(");
    while (!take(")")) {
      take("data");
      Type formal = type();
      out.formals.emplace_back(std::move(formal), name());
      if (!is(")") && !take("|")) expect(",");
    }
    if (take(";")) return function();  // declared ahead
    block(out.body);
    return out;
  }

  // ---- Statements ----

  std::vector<Stmt> body() {
    std::vector<Stmt> out;
    if (take("{"))
      while (!take("}"))
        statements(out);
    else
      statements(out);
    return out;
  }

  void loop(Stmt& one) {
    expect("(");
    one.name = name();
    expect("in");
    one.value = expression();
    one.kind = Stmt::Kind::each;
    if (take(":")) {
      one.kind = Stmt::Kind::loop;
      one.low = std::exchange(one.value, nullptr);
      one.high = expression();
    }
    expect(")");
    one.body = body();
  }
  void branch(Stmt& one) {
    one.kind = Stmt::Kind::branch;
    expect("(");
    one.value = expression();
    expect(")");
    one.body = body();
    if (take("else")) one.other = body();
  }
  // Prints nothing here; a model cannot reject.
  void output(const Stmt& one) {
    if (!is("print"))
      throw Problem{"line " + std::to_string(one.line) + ": a model cannot `" + now().text +
                    "`; give the unknown its bounds"};
    while (!take(";")) {
      if (now().kind == Token::Kind::end) fail();
      ++at_;
    }
  }
  // What follows `~`.
  void distribution(Stmt& one) {
    one.kind = Stmt::Kind::tilde;
    one.value = postfix();
    if (one.value->kind != Expr::Kind::call) fail();
    if (is("T") && (is("[", 1) || is("(", 1))) {
      at_ += 2;
      one.is_cut = true;
      if (!is(",")) one.low = expression();
      expect(",");
      if (!is("]") && !is(")")) one.high = expression();
      if (!take(")")) expect("]");
    }
  }
  // A statement that begins with an expression.
  void relation(Stmt& one) {
    one.target = expression();
    if (take("~")) {
      distribution(one);
    } else if (is("=") || is("<-") || is("+=") || is("-=") || is("*=") || is("/=") || is(".*=") ||
               is("./=")) {
      one.kind = Stmt::Kind::assign;
      one.op = tokens_[at_++].text;
      if (one.op == "<-") one.op = "=";
      one.value = expression();
    } else if (is(";") && one.target->kind == Expr::Kind::call) {
      one.kind = Stmt::Kind::call;
      one.value = one.target;
    } else {
      fail();
    }
    expect(";");
  }

  void statements(std::vector<Stmt>& out) {
    const Level level(*this);
    if (now().kind == Token::Kind::end) fail();
    if (is_type(now().text) && now().kind == Token::Kind::name) return declaration(out);
    Stmt one;
    one.line = now().line;
    if (take(";")) return;
    if (take("{")) {
      one.kind = Stmt::Kind::block;
      while (!take("}"))
        statements(one.body);
    } else if (take("for")) {
      loop(one);
    } else if (take("if")) {
      branch(one);
    } else if (is("while") || is("break") || is("continue") || is("profile")) {
      throw Problem{"line " + std::to_string(one.line) + ": `" + now().text + "` has no counterpart"};
    } else if (take("return")) {
      one.kind = Stmt::Kind::give;
      if (!is(";")) one.value = expression();
      expect(";");
    } else if (is("print") || is("reject") || is("fatal_error")) {
      output(one);
      return;
    } else if (is("target") && is("+=", 1)) {
      at_ += 2;
      one.kind = Stmt::Kind::target;
      one.value = expression();
      expect(";");
    } else if (is("increment_log_prob")) {
      one.kind = Stmt::Kind::target;
      const ExprPtr call = expression();
      if (call->args.empty()) fail();
      one.value = call->args[0];
      expect(";");
    } else {
      relation(one);
    }
    out.push_back(std::move(one));
  }
};

}  // namespace

Program read(std::string_view text) {
  Program out;
  if (text.size() > longest) {
    out.problems.push_back("the program is longer than " + std::to_string(longest) + " bytes");
    return out;
  }
  try {
    Reader(text).program(out);
  } catch (const Problem& problem) {
    out.problems.push_back(problem.text);
  }
  return out;
}

}  // namespace elba::stan
