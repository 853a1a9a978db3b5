#include "tests/support/random_model.h"

#include <sstream>

#include "frontend/check_functions.h"
#include "ir/library.h"

namespace elba::test {

std::size_t Choices::below(std::size_t n) {
  if (n <= 1) return 0;
  if (is_finite_) return at_ < bytes_.size() ? static_cast<unsigned char>(bytes_[at_++]) % n : 0;
  // splitmix64
  std::uint64_t z = state_ += 0x9e3779b97f4a7c15ULL;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return static_cast<std::size_t>((z ^ (z >> 31)) % n);
}

namespace {

// N = 5 rows, K = 3 columns or groups.
const std::string declarations = R"(  dim N, K;
  data y: real[N];
  data p: real<lower=0>[N];
  data q: real<0, 1>[N];
  data g: int<1, K>[N];
  data b: int<0, 1>[N];
  data c: int<lower=0>[N];
  data X: real[N, K];
  data s: real<lower=0>;
  data w: simplex[K];
)";
const std::string data_text = R"({"y": [0.3, -1.2, 0.8, 2.1, -0.4], "p": [0.5, 1.2, 3.1, 0.7, 2.2], "q": [0.2, 0.5, 0.9, 0.4, 0.7], "g": [1, 3, 2, 3, 1],
 "b": [0, 1, 1, 0, 1], "c": [0, 2, 5, 1, 3], "X": [[0.1, -0.5, 1.2], [0.7, 0.3, -0.2], [-1.1, 0.4, 0.6], [0.2, 0.9, -0.8], [1.3, -0.6, 0.5]], "s": 1.5, "w": [0.2, 0.5, 0.3]})";

enum class Want { real, positive, unit, integer, index };

struct Name {
  std::string text;
  Want kind;
  std::string shape;  // "", "N", "K", "N,K", "K,K"
};

struct Parameter {
  std::string name, type;
};
struct Law {
  std::string name, support;
  std::vector<Parameter> params;
};

std::string trimmed(std::string text) {
  const auto from = text.find_first_not_of(" \n"), to = text.find_last_not_of(" \n");
  return from == std::string::npos ? "" : text.substr(from, to - from + 1);
}

// `dist name(a: type, b: type): support {`, as the library writes it.
std::vector<Law> read_laws() {
  std::vector<Law> laws;
  for (const std::string& name : ir::distribution_names()) {
    const std::string text(ir::distribution_source(name));
    const auto head = text.find("dist " + name + "(");
    if (head == std::string::npos) continue;
    const auto open = text.find('(', head), brace = text.find('{', open);
    int depth = 0;
    std::size_t close = open;
    do {
      depth += text[close] == '(' ? 1 : text[close] == ')' ? -1 : 0;
      ++close;
    } while (depth > 0 && close < text.size());
    Law law{name, trimmed(text.substr(close + 1, brace - close - 1)), {}};
    std::string part;
    depth = 0;
    const auto flush = [&] {
      const auto colon = part.find(':');
      if (colon != std::string::npos) law.params.push_back({trimmed(part.substr(0, colon)), trimmed(part.substr(colon + 1))});
      part.clear();
    };
    for (std::size_t i = open + 1; i + 1 < close; ++i) {
      const char at = text[i];
      depth += at == '[' || at == '<' || at == '(' ? 1 : at == ']' || at == '>' || at == ')' ? -1 : 0;
      if (at == ',' && depth == 0)
        flush();
      else
        part += at;
    }
    flush();
    laws.push_back(std::move(law));
  }
  return laws;
}

const std::vector<Law>& laws() {
  static const std::vector<Law> all = read_laws();
  return all;
}

const std::vector<std::string>& functions() {
  // find_interval means something for ascending knots only, which random expressions are not.
  static const std::vector<std::string> all = [] {
    auto names = frontend::function_names();
    std::erase(names, "find_interval");
    return names;
  }();
  return all;
}

class Writer {
 public:
  Writer(Choices& choices, const RandomModelOptions& options) : choices_(choices), options_(options) {
    names_ = {{"y", Want::real, "N"}, {"p", Want::positive, "N"}, {"q", Want::unit, "N"}, {"g", Want::index, "N"},   {"b", Want::integer, "N"},
              {"c", Want::integer, "N"}, {"X", Want::real, "N,K"}, {"s", Want::positive, ""}, {"w", Want::unit, "K"}, {"N", Want::integer, ""}, {"K", Want::integer, ""}};
  }

  // A statement, and what it declares.
  std::string statement(std::vector<Name>& declared) {
    switch (choices_.below(12)) {
      case 0:
      case 1:
      case 2: return latent(declared);
      case 3: return definition(declared);
      case 4:
      case 5: return observation();
      case 6: return looped_observation();
      case 7: return "  factor " + scalar(options_.depth) + ";\n";
      case 8: return recurrence(declared);
      case 9: return chain(declared);
      case 10: return prediction();
      default: return constrained(declared);
    }
  }

  void declare(const std::vector<Name>& names) { names_.insert(names_.end(), names.begin(), names.end()); }

 private:
  std::string fresh() { return "v" + std::to_string(++count_); }
  std::string pick(std::initializer_list<const char*> texts) { return *(texts.begin() + choices_.below(texts.size())); }
  std::string shape() { return pick({"", "", "N", "K", "N,K"}); }
  static std::string brackets(const std::string& shape) { return shape.empty() ? "" : "[" + shape + "]"; }

  std::string known(Want kind, const std::string& shape) {
    std::vector<const Name*> fitting;
    for (const Name& name : names_)
      if (name.shape == shape && (kind == Want::real ? name.kind != Want::index || choices_.one_in(4) : name.kind == kind)) fitting.push_back(&name);
    return fitting.empty() ? "" : fitting[choices_.below(fitting.size())]->text;
  }

  std::string literal(Want kind) {
    switch (kind) {
      case Want::real: return pick({"0", "1", "-0.5", "2.5", "0.1", "-3", "1e-3", "7"});
      case Want::positive: return pick({"1", "0.5", "2.5", "3"});
      case Want::unit: return pick({"0.5", "0.2", "0.9"});
      case Want::integer: return pick({"1", "2", "3", "0"});
      case Want::index: return pick({"1", "2"});
    }
    return "1";
  }

  std::string scalar(int depth) { return expression(Want::real, "", depth); }

  std::string expression(Want kind, const std::string& shape, int depth) {
    if (kind == Want::positive && choices_.one_in(2)) return pick({"exp(", "square(", "softplus("}) + expression(Want::real, shape, depth - 1) + ")" + pick({"", " + 0.1"});
    if (kind == Want::unit && choices_.one_in(2)) return "(0.05 + 0.9 * inv_logit(" + expression(Want::real, shape, depth - 1) + "))";  // 1 - p keeps its digits
    if (depth <= 0 || kind == Want::integer || kind == Want::index || choices_.one_in(4)) {
      const std::string name = known(kind, shape);
      if (!name.empty() && !choices_.one_in(5)) return name;
      return shape.empty() ? literal(kind) : "rep(" + literal(kind) + ", " + shape + ")";
    }
    if (kind != Want::real) return expression(kind, shape, 0);
    switch (choices_.below(shape.empty() ? 9 : 8)) {
      case 0: return "(" + expression(Want::real, shape, depth - 1) + pick({" + ", " - ", " .* ", " + ", " ./ "}) + expression(Want::real, choices_.one_in(3) ? "" : shape, depth - 1) + ")";
      case 1: return "(" + scalar(depth - 1) + " * " + expression(Want::real, shape, depth - 1) + ")";
      case 2: return call(shape, depth);
      case 3: return call(shape, depth);
      case 4: return "-" + expression(Want::real, shape, depth - 1);
      case 5:
        if (shape == "N") return choices_.one_in(2) ? "(X @ " + expression(Want::real, "K", depth - 1) + ")" : "(" + expression(Want::real, "K", depth - 1) + ")[g]";
        if (shape == "K") return "(X' @ " + expression(Want::real, "N", depth - 1) + ")";
        return "(" + scalar(depth - 1) + pick({" > ", " < ", " >= "}) + scalar(depth - 1) + " ? " + expression(Want::real, shape, depth - 1) + " : " + expression(Want::real, shape, depth - 1) + ")";
      case 6: return comprehension(shape, depth);
      case 7: return "(" + expression(Want::positive, shape, depth - 1) + ")^" + pick({"2", "0.5", "3", "-1"});
      default: return reduction(depth);
    }
  }

  // A row of the table, with as many arguments as it takes; the shapes are a guess.
  std::string call(const std::string& shape, int depth) {
    const std::string& name = functions()[choices_.below(functions().size())];
    const frontend::Function* row = frontend::find_function(name);
    const int most = row->max_args < 0 ? row->min_args + 2 : row->max_args;
    const int count = row->min_args + static_cast<int>(choices_.below(static_cast<std::size_t>(most - row->min_args) + 1));
    const bool is_elementwise = row->rule == frontend::Rule::elementwise_real || row->rule == frontend::Rule::elementwise_numeric;
    std::string text = name + "(";
    for (int i = 0; i < count; ++i) {
      const std::string of_argument = is_elementwise ? (i > 0 && choices_.one_in(3) ? "" : shape) : pick({"", "N", "K", "N", "K", "N,K"});
      text += (i ? ", " : "") + expression(choices_.one_in(4) ? Want::positive : choices_.one_in(6) ? Want::unit : Want::real, of_argument, depth - 1);
    }
    return text + ")";
  }

  std::string reduction(int depth) {
    const std::string name = pick({"sum", "mean", "max", "min", "log_sum_exp", "sum"});
    if (choices_.one_in(2)) return name + "(" + expression(Want::real, pick({"N", "K", "N,K"}), depth - 1) + ")";
    return name + "(" + under_binders(pick({"N", "K"}), depth) + ")";
  }

  // `e for i in 1:N`, where e may read elements.
  std::string under_binders(const std::string& shape, int depth) {
    const std::size_t mark = names_.size();
    const std::string i = "i" + std::to_string(++count_);
    std::string binders = i + " in 1:" + shape.substr(0, 1), j;
    if (shape == "N,K" || shape == "K,K") {
      j = "j" + std::to_string(++count_);
      binders += ", " + j + " in 1:K";
    }
    const std::vector<Name> outside = names_;
    for (const Name& name : outside) {
      if (name.shape == shape) names_.push_back({name.text + "[" + i + (j.empty() ? "" : ", " + j) + "]", name.kind, ""});
      if (name.shape == "N" && shape != "N" && j.empty()) continue;
      if (name.shape == shape.substr(0, 1) && !j.empty()) names_.push_back({name.text + "[" + i + "]", name.kind, ""});
      if (name.shape == shape.substr(0, 1) + ",K" && j.empty()) names_.push_back({name.text + "[" + i + ", :]", name.kind, "K"});
    }
    names_.push_back({i, Want::integer, ""});
    const std::string value = scalar(depth - 1);
    names_.resize(mark);
    return value + " for " + binders;
  }
  std::string comprehension(const std::string& shape, int depth) { return shape.empty() ? scalar(depth - 1) : "[" + under_binders(shape, depth) + "]"; }

  std::string argument(const std::string& type, const std::string& batch, int depth) {
    const bool is_integer = type.starts_with("int");
    const auto bracket = type.find('[');
    const std::string element = type.substr(0, bracket);
    if (bracket != std::string::npos) {
      if (element.starts_with("simplex")) return choices_.one_in(2) ? "w" : "softmax(" + expression(Want::real, "K", depth) + ")";
      const bool is_matrix = type.find(',', bracket) != std::string::npos || element.find("c") == 0;
      if (is_matrix) return pick({"eye(K)", "(X' @ X + eye(K))", "chol(X' @ X + eye(K))", "(s * eye(K))"});
      return expression(element.find('0') != std::string::npos ? Want::positive : Want::real, pick({"K", "K", "N"}), depth);
    }
    const Want kind = is_integer                                          ? Want::integer
                      : element.find("0, 1") != std::string::npos || element.find("upper=1") != std::string::npos ? Want::unit
                      : element.find('0') != std::string::npos            ? Want::positive
                                                                          : Want::real;
    return expression(kind, choices_.one_in(2) ? "" : batch, depth);
  }

  std::string distribution(const Law& law, const std::string& batch, int depth) {
    std::string text = law.name + "(";
    for (std::size_t k = 0; k < law.params.size(); ++k) text += (k ? ", " : "") + argument(law.params[k].type, batch, depth);
    text += ")";
    return depth > 0 && event_of(law.support).empty() && choices_.one_in(8) ? combination(law, text, batch, depth) : text;
  }
  // A distribution made of this one. What does not fit together is refused, as with every statement.
  std::string combination(const Law& law, const std::string& part, const std::string& batch, int depth) {
    const std::string end = kind_of(law.support) == Want::integer ? pick({"1", "2", "4"}) : pick({"-0.5", "0.25", "s", "3"});
    switch (choices_.below(6)) {
      case 0: return "truncated(" + part + ", lower = " + end + ")";
      case 1: return "truncated(" + part + ", upper = " + end + ")";
      case 2: return "censored(" + part + ", upper = " + end + ")";
      case 3: return "mixture([0.25, 0.75], " + part + ", " + distribution(law, batch, depth - 1) + ")";
      case 4: return "zero_inflated(" + expression(Want::unit, "", depth) + ", " + part + ")";
      default: return "hurdle(" + expression(Want::unit, "", depth) + ", " + part + ")";
    }
  }
  const Law& any_law() { return laws()[choices_.below(laws().size())]; }

  static Want kind_of(const std::string& support) {
    if (support.starts_with("int")) return Want::integer;
    if (support.find("0, 1") != std::string::npos) return Want::unit;
    return support.find("lower=0") != std::string::npos ? Want::positive : Want::real;
  }
  static std::string event_of(const std::string& support) {
    const auto bracket = support.find('[');
    if (bracket == std::string::npos) return "";
    return support.starts_with("cholesky") || support.starts_with("co") || support.find(',', bracket) != std::string::npos ? "K,K" : "K";
  }

  std::string latent(std::vector<Name>& declared) {
    const Law& law = any_law();
    const std::string name = fresh(), event = event_of(law.support), batch = event.empty() ? pick({"", "", "N", "K"}) : "";
    declared.push_back({name, kind_of(law.support), event.empty() ? batch : event});
    const std::string attribute = choices_.one_in(8) ? pick({"  @centered ", "  @noncentered "}) : "  ";
    return attribute + "latent " + name + brackets(batch) + " ~ " + distribution(law, batch, 1) + ";\n";
  }

  // A stated type with a prior that may not know its size, or apart from it.
  std::string constrained(std::vector<Name>& declared) {
    const std::string name = fresh();
    const std::string type = pick({"real<lower=0>", "real<-1, 1>", "real<upper=2>", "simplex", "ordered", "cholesky_corr", "positive_ordered", "unit_vector", "sum_to_zero",
                                   "corr_matrix", "cov_matrix", "cholesky_cov", "real<lower=s>"});
    const bool is_scalar = type.starts_with("real");
    const std::string shape = is_scalar ? pick({"", "N", "K"}) : "K";
    const bool is_matrix = type.starts_with("c");
    declared.push_back({name, is_scalar && type == "real<lower=0>" ? Want::positive : Want::real, is_matrix ? "K,K" : shape});
    const std::string prior = choices_.one_in(2) ? "flat()" : choices_.one_in(2) ? "normal(0, 1)" : distribution(any_law(), "", 1);
    const std::string head = "  latent " + name + ": " + type + brackets(shape);
    return choices_.one_in(3) ? head + ";\n  " + name + " ~ " + prior + ";\n" : head + " ~ " + prior + ";\n";
  }

  std::string definition(std::vector<Name>& declared) {
    const std::string name = fresh(), of = shape();
    declared.push_back({name, Want::real, of});
    return "  let " + name + " = " + expression(Want::real, of, options_.depth) + ";\n";
  }

  std::string observed(const Law& law) {
    const Want kind = kind_of(law.support);
    if (!event_of(law.support).empty()) return "X[1]";
    return kind == Want::integer ? pick({"c", "b", "g"}) : kind == Want::unit ? "q" : kind == Want::positive ? "p" : "y";
  }

  std::string observation() {
    const Law& law = any_law();
    return "  " + observed(law) + " ~ " + distribution(law, "N", 2) + ";\n";
  }

  std::string looped_observation() {
    const std::size_t mark = names_.size();
    const std::vector<Name> outside = names_;
    for (const Name& name : outside)
      if (name.shape == "N") names_.push_back({name.text + "[t]", name.kind, ""});
    const Law& law = any_law();
    const std::string of = observed(law), site = of.starts_with("X") ? "X[t]" : of + "[t]";
    const std::string body = site + " ~ " + distribution(law, "", 2) + ";";
    std::string text = "  for t in 1:N { " + (choices_.one_in(3) ? "if (b[t] == 1) { " + body + " }" : body) + " }\n";
    names_.resize(mark);
    return text;
  }

  std::string recurrence(std::vector<Name>& declared) {
    const std::string name = fresh();
    const std::size_t mark = names_.size();
    const std::string first = scalar(1);
    const std::vector<Name> outside = names_;
    for (const Name& known_name : outside)
      if (known_name.shape == "N") names_.push_back({known_name.text + "[t]", known_name.kind, ""});
    names_.push_back({name + "[t-1]", Want::real, ""});
    const std::string step = scalar(options_.depth);
    names_.resize(mark);
    declared.push_back({name, Want::real, "N"});
    return "  let " + name + ": real[N];\n  " + name + "[1] = " + first + ";\n  for t in 2:N { " + name + "[t] = " + step + " + 0.5 * " + name + "[t-1]; }\n";
  }

  std::string chain(std::vector<Name>& declared) {
    const std::string name = fresh();
    declared.push_back({name, Want::real, "N"});
    return "  latent " + name + "[N];\n  " + name + "[1] ~ normal(0, 1);\n  for t in 2:N { " + name + "[t] ~ normal(" + scalar(1) + " * " + name + "[t-1], " +
           expression(Want::positive, "", 1) + "); }\n";
  }

  std::string prediction() {
    const std::string name = fresh();
    if (choices_.one_in(2)) return "  predict " + name + " = " + expression(Want::real, shape(), options_.depth) + ";\n";
    return "  predict " + name + " ~ " + distribution(any_law(), "N", 1) + ";\n";
  }

  Choices& choices_;
  const RandomModelOptions& options_;
  std::vector<Name> names_;
  int count_ = 0;
};

}  // namespace

RandomModel random_model(Choices& choices, const std::function<bool(const std::string&)>& accept, const RandomModelOptions& options) {
  RandomModel model;
  model.data = data_text;
  Writer writer(choices, options);
  std::string body;
  const auto whole = [](const std::string& statements) { return "model random {\n" + declarations + statements + "}\n"; };
  int accepted = 0;
  while (accepted < options.statements && model.proposed < 6 * options.statements && !choices.is_over()) {
    std::vector<Name> declared;
    const std::string statement = writer.statement(declared);
    ++model.proposed;
    if (!accept(whole(body + statement))) {
      ++model.refused;
      continue;
    }
    body += statement;
    writer.declare(declared);
    ++accepted;
  }
  model.text = whole(body);
  return model;
}

}  // namespace elba::test
