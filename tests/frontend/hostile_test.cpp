// Hostile texts: every kind of repetition that the grammar and its repairs allow, on a thread with the stack
// that a host may have. Each ends with a program or a message; time grows no faster than the text, and a
// report stays a page long.
#include <pthread.h>

#include <catch2/catch.hpp>
#include <ctime>
#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "api/elba.hpp"
#include "support/deep_stack.h"
#include "support/render.h"

using namespace elba;

namespace {

std::string repeat(const std::string& text, std::size_t times) {
  std::string out;
  for (std::size_t k = 0; k < times; ++k)
    out += text;
  return out;
}

// Each k-th piece with `#` for its number.
std::string numbered(const std::string& piece, std::size_t times) {
  std::string out;
  for (std::size_t k = 0; k < times; ++k)
    for (const char c : piece)
      out += c == '#' ? std::to_string(k) : std::string(1, c);
  return out;
}

// let v1 = v0 * v0; let v2 = v1 * v1; ..
std::string doubled(std::size_t times) {
  std::string out;
  for (std::size_t k = 1; k <= times; ++k)
    out += " let v" + std::to_string(k) + " = v" + std::to_string(k - 1) + " * v" + std::to_string(k - 1) +
           ";\n";
  return out;
}

std::string model(const std::string& body) {
  return "model m {\n dim N;\n data y: real[N];\n latent a ~ normal(0, 1);\n" + body +
         "\n y ~ normal(a, 1);\n}\n";
}

// The thread of the test waits meanwhile, so assertions may stand in the work.
void on_small_stack(const std::function<void()>& work) {
  constexpr std::size_t small = std::size_t{512} << 10;
  pthread_attr_t attributes;
  REQUIRE(pthread_attr_init(&attributes) == 0);
  REQUIRE(pthread_attr_setstacksize(&attributes, small) == 0);
  pthread_t thread{};
  const auto run = [](void* argument) -> void* {
    return (*static_cast<const std::function<void()>*>(argument))(), nullptr;
  };
  REQUIRE(pthread_create(&thread, &attributes, run, const_cast<void*>(static_cast<const void*>(&work))) == 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

struct Outcome {
  std::size_t reports = 0, bytes = 0;
  bool has_defect = false, has_program = false, is_formatted = false;
  double seconds = 0;
};

Outcome read_hostile(const std::string& text) {
  Outcome out;
  on_small_stack([&] {
    const double before = processor_seconds();
    const auto program = Program::compile(text, {.name = "m.elba"});
    const auto formatted = format_source(text, "m.elba");
    out.seconds = processor_seconds() - before;
    out.has_program = static_cast<bool>(program);
    out.is_formatted = static_cast<bool>(formatted);
    out.reports = program.diagnostics().size();
    for (const Diagnostic& diagnostic : program.diagnostics())
      out.has_defect = out.has_defect || code_info(diagnostic.code).kind == DiagnosticKind::bug;
    out.bytes = render_text(program.diagnostics(), Source("m.elba", text)).size();
  });
  return out;
}

struct Family {
  std::string name;
  std::function<std::string(std::size_t)> text;
};

std::vector<Family> families() {
  std::vector<Family> all;
  const auto add = [&](const std::string& name, std::function<std::string(std::size_t)> text) {
    all.push_back({name, std::move(text)});
  };
  for (const std::string sign :
       {"(",  "[", "{", ")", "]", "}", "@", "-", "+", "!", "~", ";", ",", ":",  "?",        "'",
        "\"", "#", "^", "=", "<", ">", "&", "|", "%", ".", "/", "*", "$", "\\", "\xC3\xA9", "\xE2\x80\xAE"}) {
    add("only " + sign, [sign](std::size_t n) { return repeat(sign, n); });
    add("in a value " + sign, [sign](std::size_t n) { return model(" let b = a " + repeat(sign, n) + ";"); });
    add("lines of " + sign, [sign](std::size_t n) { return model(repeat(sign + "\n", n)); });
  }
  for (const std::string word : {"import", "fun",    "dist",   "model",   "guide",  "dim",  "data", "param",
                                 "init",   "latent", "let",    "predict", "factor", "auto", "for",  "in",
                                 "if",     "else",   "return", "true",    "x",      "1",    "1.5"}) {
    add("words " + word, [word](std::size_t n) { return repeat(word + " ", n); });
    add("words in a model " + word, [word](std::size_t n) { return model(repeat(word + " ", n)); });
    add("lines of " + word, [word](std::size_t n) { return model(repeat(word + "\n", n)); });
  }
  for (const std::string op :
       {"+", "-", "*", "/", "@", ".*", "./", "%", "<", "<=", "==", "!=", "&&", "||", "^", ".^", "? a :"})
    add("a chain of " + op,
        [op](std::size_t n) { return model(" let b = a" + repeat(" " + op + " a", n) + ";\n factor b;"); });
  add("indices",
      [](std::size_t n) { return model(" let b = " + repeat("y[", n) + "1" + repeat("]", n) + ";"); });
  add("attributes",
      [](std::size_t n) { return model(repeat("@centered ", n) + "latent q ~ normal(0, 1);"); });
  add("attributes, a line each",
      [](std::size_t n) { return model(repeat("@minibatch(1)\n", n) + "latent q ~ normal(0, 1);"); });
  add("loop variables",
      [](std::size_t n) { return model(" for " + numbered("i# in 1:N, ", n) + "j in 1:N { factor a; }"); });
  add("variables of a generator",
      [](std::size_t n) { return model(" factor sum(a for " + numbered("i# in 1:N, ", n) + "j in 1:N);"); });
  add("ifs without braces", [](std::size_t n) { return model(repeat("if (N > 1) ", n) + "factor a;"); });
  add("else ifs", [](std::size_t n) {
    return model("if (N > 1) { factor a; } " + repeat("else if (N > 1) { factor a; } ", n));
  });
  add("loops without braces", [](std::size_t n) { return model(repeat("for i in 1:N ", n) + "factor a;"); });
  add("loops of Stan", [](std::size_t n) { return model(repeat("for (i in 1:N) ", n) + "factor a;"); });
  add("loops of C",
      [](std::size_t n) { return model(repeat("for (i = 1; i < N; i++) { factor a; }\n", n)); });
  add("a long name", [](std::size_t n) { return model(" factor " + std::string(n, 'x') + ";"); });
  add("a long number", [](std::size_t n) {
    return model(" let b = 1." + std::string(n, '1') + "; let c = " + std::string(n, '1') + ";");
  });
  add("unknown names", [](std::size_t n) { return model(numbered(" factor u#;\n", n)); });
  add("unknown names beside known ones",
      [](std::size_t n) { return model(numbered(" let v# = a;\n factor w#;\n", n)); });
  add("a line of mistakes", [](std::size_t n) { return model(numbered(" factor u#;", n)); });
  add("definitions", [](std::size_t n) { return model(numbered(" let v# = a;\n", n)); });
  add("sizes",
      [](std::size_t n) { return "model m { dim " + numbered("d#, ", n) + "e; latent a ~ normal(0, 1); }"; });
  add("one name declared again", [](std::size_t n) { return model(repeat(" let v = a;\n", n)); });
  add("functions",
      [](std::size_t n) { return numbered("fun f#(x: real): real = x;\n", n) + model(" factor f1(a);"); });
  add("models", [](std::size_t n) { return numbered("model m# { latent a ~ normal(0, 1); }\n", n); });
  add("guides", [](std::size_t n) { return model("") + repeat("guide g for m { auto meanfield; }\n", n); });
  add("a long array",
      [](std::size_t n) { return model(" let b = [" + repeat("1, ", n) + "1];\n factor sum(b) * a;"); });
  add("arguments", [](std::size_t n) { return model(" factor f(" + repeat("a, ", n) + "a);"); });
  add("comments", [](std::size_t n) { return model(repeat("/**/", n) + repeat("//\n", n)); });
  add("comments of R", [](std::size_t n) { return model(repeat("# x y z\n", n)); });
  add("a program of Stan", [](std::size_t n) {
    return "data { " + numbered("int N#; ", n) + "}\nparameters { " + numbered("real p#; ", n) +
           "}\nmodel { " + numbered("p# ~ normal(0, 1); ", n) + "}\n";
  });
  add("a program of R", [](std::size_t n) { return model(numbered("x# <- a\n", n)); });
  add("a program of BUGS",
      [](std::size_t n) { return "model m {\n" + numbered("v# ~ dnorm(0, 1)\n", n) + "}\n"; });
  add("no semicolons",
      [](std::size_t n) { return "model m {\n" + numbered("latent v# ~ normal(0, 1)\n", n) + "}\n"; });
  add("a program of Python",
      [](std::size_t n) { return "import pymc as pm\n" + numbered("x# = pm.Normal('x#', 0, 1)\n", n); });
  add("definitions that read the one before twice", [](std::size_t n) {
    return model(" let v0 = a;\n" + doubled(n) + " factor v" + std::to_string(n) + ";");
  });
  add("the same in a loop", [](std::size_t n) {
    // A chain in a loop has at most 500.
    const std::string last = std::to_string(std::min<std::size_t>(n, 400));
    return model(" let z: real[N];\n latent w: real[N];\n for t in 1:N { let v0 = a * y[t];\n" +
                 doubled(std::min<std::size_t>(n, 400)) + " z[t] = v" + last +
                 "; w[t] ~ normal(z[t], 1); }\n factor sum(z);");
  });
  add("functions that call the one before twice", [](std::size_t n) {
    std::string text = "fun f0(x: real): real = x;\n";
    for (std::size_t k = 1; k <= std::min<std::size_t>(n, 90); ++k)
      text += "fun f" + std::to_string(k) + "(x: real): real = f" + std::to_string(k - 1) + "(x) * f" +
              std::to_string(k - 1) + "(x);\n";
    return text + model(" factor f" + std::to_string(std::min<std::size_t>(n, 90)) +
                        "(a);\n predict p = f9(tanh(a));");
  });
  add("elements one by one", [](std::size_t n) {
    return model(" let b: real[" + std::to_string(n) + "];\n factor sum(b);\n" + numbered(" b[#] = a;\n", n));
  });
  add("text never closed", [](std::size_t n) { return model(repeat("\"\n", n)); });
  add("a comment never closed", [](std::size_t n) { return model("/*" + repeat("*", n)); });
  add("byte order marks", [](std::size_t n) { return repeat("\xEF\xBB\xBF", n) + model(""); });
  return all;
}

}  // namespace

TEST_CASE("hostile texts end with a message of a page, and in time that grows with the text", "[frontend]") {
  constexpr std::size_t small = 1500, large = 4 * small;
  constexpr double slack = 0.15;  // seconds of the processor, for what else it does
  for (const Family& family : families()) {
    INFO(family.name);
    const Outcome little = read_hostile(family.text(small)), much = read_hostile(family.text(large));
    for (const Outcome* outcome : {&little, &much}) {
      CHECK(!outcome->has_defect);
      CHECK((outcome->has_program || outcome->reports > 0));
      CHECK(outcome->reports <= 200);
      CHECK(outcome->bytes < 200'000);
    }
    // With the square of the text it would be sixteen times as much.
    CHECK(much.seconds < 9 * little.seconds + slack);
  }
}

TEST_CASE("what is nested as deeply as the limits allow runs on a thread of 512 KiB", "[frontend]") {
  const std::pair<const char*, std::string> deep[] = {
      {"a sum", " factor a" + repeat(" + a", 1900) + ";"},
      {"a product", " factor a" + repeat(" * a", 1900) + ";"},
      {"comparisons", " factor (" + repeat("a > 0 && ", 900) + "a > 0) ? a : 1;"},
      {"parentheses", " factor " + repeat("(", 190) + "a" + repeat(")", 190) + ";"},
      {"calls", " factor " + repeat("tanh(", 190) + "a" + repeat(")", 190) + ";"},
      {"signs", " factor " + repeat("- ", 190) + "a;"},
      {"powers", " factor " + repeat("1 ^ ", 150) + "a;"},
      {"choices", " factor " + repeat("a > 0 ? a : ", 150) + "a;"},
      {"choices within choices", " factor " + repeat("a > 0 ? ", 150) + "a" + repeat(" : a", 150) + ";"},
      {"transposes", " factor a * sum(outer(y, y)" + repeat("'", 1800) + ");"},
      {"arrays, each read twice by the next", " let v0 = y;\n" +
                                                  [] {
                                                    std::string out;
                                                    for (int k = 1; k < 600; ++k)
                                                      out += " let v" + std::to_string(k) + " = [0.5 * (v" +
                                                             std::to_string(k - 1) + "[k] + v" +
                                                             std::to_string(k - 1) +
                                                             "[N + 1 - k]) for k in 1:N];\n";
                                                    return out;
                                                  }() +
                                                  " factor a * sum(v599);"},
      {"branches", repeat("if (N > 1) { ", 150) + " factor a; " + repeat("}", 150)},
      {"loops", numbered("for i# in 1:N { ", 14) + " factor a; " + repeat("}", 14)},
      {"generators", " factor " + repeat("sum(", 14) + "a" + numbered(" for i# in 1:N)", 14) + ";"},
      {"definitions", " let v0 = a;\n" +
                          [] {
                            std::string out;
                            for (int k = 1; k < 1500; ++k)
                              out += " let v" + std::to_string(k) + " = tanh(v" + std::to_string(k - 1) +
                                     ") + 1;\n";
                            return out;
                          }() +
                          " factor v1499;"},
      {"many values at once", numbered(" let v# = exp(a * #);\n", 1000) + " factor 0" +
                                  numbered(" + v#", 700) + numbered(" + v# * v#", 550) + ";"}};
  for (const auto& [name, body] : deep) {
    INFO(name);
    std::string problem;
    double value = 0;
    on_small_stack([&] {
      CHECK(remaining_stack() < enough_stack);
      const auto say = [&](const std::vector<Diagnostic>& diagnostics) {
        problem = render_text(diagnostics, Source("m.elba", ""));
      };
      const auto program = Program::compile(model(body), {.name = "m.elba"});
      if (!program) return say(program.diagnostics());
      Data data;
      data.set("y", {2}, {1, 2});
      const auto bound = program->bind(data);
      if (!bound) return say(bound.diagnostics());
      auto workspace = bound->workspace();
      if (!workspace) return say(workspace.diagnostics());
      const double u[] = {0.1};
      double gradient[] = {0};
      if (const auto status = bound->log_density(**workspace, u, true, value, gradient); !status)
        return say(status.diagnostics());
      if (const auto text = program->emit(Stage::loop); !text) return say(text.diagnostics());
      if (const auto explained = program->explain(); !explained) return say(explained.diagnostics());
    });
    CHECK(problem == "");
    CHECK(value == value);
  }
}

TEST_CASE("callbacks of the host run on its thread, and what they throw reaches it", "[frontend]") {
  on_small_stack([] {
    const pthread_t host = pthread_self();
    bool is_host = false;
    CHECK(run_deep([&] {
      CHECK(!pthread_equal(pthread_self(), host));
      CHECK(remaining_stack() >= enough_stack);
      run_outside([&] { is_host = pthread_equal(pthread_self(), host) != 0; });
    }));
    CHECK(is_host);
    CHECK_THROWS_AS(run_deep([] { run_outside([] { throw 1; }); }), int);
    CHECK_THROWS_AS(run_deep([] { throw 1.0; }), double);
    pthread_t reader{};
    CompileOptions options;
    options.import_reader = [&](const std::string&) -> std::optional<std::string> {
      reader = pthread_self();
      return "fun f(x: real): real = x;";
    };
    CHECK(Program::compile("import \"f.elba\";\n" + model(" factor f(a);"), options));
    CHECK(pthread_equal(reader, host));
  });
}
