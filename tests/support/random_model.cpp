#include "tests/support/random_model.h"

#include <cctype>
#include <map>

#include "frontend/typed_tree/functions.h"
#include "tests/support/library_signatures.h"

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

// N = 5 rows, K = 3 columns or groups. The numbers are uneven: sums of round ones meet 0, where rounding
// decides what a logarithm is.
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
const std::string data_text =
    R"({"y": [0.31, -1.23, 0.82, 2.17, -0.44], "p": [0.53, 1.21, 3.14, 0.72, 2.26],
 "q": [0.2, 0.5, 0.9, 0.4, 0.7], "g": [1, 3, 2, 3, 1],
 "b": [0, 1, 1, 0, 1], "c": [0, 2, 5, 1, 3],
 "X": [[0.13, -0.51, 1.27], [0.71, 0.32, -0.19], [-1.16, 0.43, 0.61],
 [0.23, 0.97, -0.83], [1.31, -0.67, 0.53]], "s": 1.5, "w": [0.2, 0.5, 0.3]})";

enum class Want { real, positive, unit, integer, index };

struct Name {
  std::string text;
  Want kind;
  std::string shape;  // "", "N", "K", "N,K", "K,K"
};

const std::vector<std::string>& functions() {
  static const std::vector<std::string> all = frontend::function_names();
  return all;
}

class Writer {
 public:
  Writer(Choices& choices, const RandomModelOptions& options) : choices_(choices), options_(options) {
    names_ = {{"y", Want::real, "N"},   {"p", Want::positive, "N"}, {"q", Want::unit, "N"},
              {"g", Want::index, "N"},  {"b", Want::integer, "N"},  {"c", Want::integer, "N"},
              {"X", Want::real, "N,K"}, {"s", Want::positive, ""},  {"w", Want::unit, "K"},
              {"N", Want::integer, ""}, {"K", Want::integer, ""}};
  }

  // A statement, and what it declares.
  std::string statement(std::vector<Name>& declared) {
    switch (choices_.below(14)) {
      case 0:
      case 1:
      case 2:
        return latent(declared);
      case 12:
        return ragged_observation();
      case 13:
        return chosen_definition(declared);
      case 3:
        return definition(declared);
      case 4:
      case 5:
        return observation();
      case 6:
        return looped_observation();
      case 7:
        return "  factor " + scalar(options_.depth) + ";\n";
      case 8:
        return recurrence(declared);
      case 9:
        return chain(declared);
      case 10:
        return prediction();
      default:
        return constrained(declared);
    }
  }

  void declare(const std::vector<Name>& names) { names_.insert(names_.end(), names.begin(), names.end()); }

 private:
  std::string fresh() { return "v" + std::to_string(++count_); }
  std::string pick(std::initializer_list<std::string> texts) {
    return *(texts.begin() + choices_.below(texts.size()));
  }
  std::string shape() { return pick({"", "", "N", "K", "N,K"}); }
  static std::string brackets(const std::string& shape) { return shape.empty() ? "" : "[" + shape + "]"; }

  std::string known(Want kind, const std::string& shape) {
    std::vector<const Name*> fitting;
    for (const Name& name : names_)
      if (name.shape == shape &&
          (kind == Want::real ? name.kind != Want::index || choices_.one_in(4) : name.kind == kind))
        fitting.push_back(&name);
    return fitting.empty() ? "" : fitting[choices_.below(fitting.size())]->text;
  }

  std::string literal(Want kind) {
    switch (kind) {
      case Want::real:
        return pick({"0", "1", "-0.5", "2.5", "0.1", "-3", "1e-3", "7"});
      case Want::positive:
        return pick({"1", "0.5", "2.5", "3"});
      case Want::unit:
        return pick({"0.5", "0.2", "0.9"});
      case Want::integer:
        return pick({"1", "2", "3", "0"});
      case Want::index:
        return pick({"1", "2"});
    }
    return "1";
  }

  // Constants of a shape, unequal: what has no spread turns roundings into quotients.
  std::string uneven(Want kind, const std::string& shape) {
    const std::string element = literal(kind);
    const std::map<std::string, std::string> of_shape = {{"N", "q"},
                                                         {"K", "w"},
                                                         {"N,K", "inv_logit(X)"},
                                                         {"K,N", "inv_logit(X')"},
                                                         {"K,K", "inv_logit(X' @ X)"},
                                                         {"N,N", "inv_logit(X @ X')"}};
    const auto known = of_shape.find(shape);
    if (known == of_shape.end() || kind == Want::integer || kind == Want::index)
      return "rep(" + element + ", " + shape + ")";
    return "(" + element + (kind == Want::real ? " + " : " * ") + known->second + ")";
  }

  std::string scalar(int depth) { return expression(Want::real, "", depth); }

  std::string expression(Want kind, const std::string& shape, int depth) {
    if (kind == Want::positive && choices_.one_in(2))
      return pick({"exp(", "square(", "softplus("}) + expression(Want::real, shape, depth - 1) + ")" +
             pick({"", " + 0.1"});
    if (kind == Want::unit && choices_.one_in(2))
      return "(0.05 + 0.9 * inv_logit(" + expression(Want::real, shape, depth - 1) +
             "))";  // 1 - p keeps its digits
    if (depth <= 0 || kind == Want::integer || kind == Want::index || choices_.one_in(4)) {
      const std::string name = known(kind, shape);
      if (!name.empty() && !choices_.one_in(5)) return name;
      return shape.empty() ? literal(kind) : uneven(kind, shape);
    }
    if (kind != Want::real) return expression(kind, shape, 0);
    switch (choices_.below(shape.empty() ? 9 : 8)) {
      case 0:
        return "(" + expression(Want::real, shape, depth - 1) + pick({" + ", " - ", " .* ", " + ", " ./ "}) +
               expression(Want::real, choices_.one_in(3) ? "" : shape, depth - 1) + ")";
      case 1:
        return "(" + scalar(depth - 1) + " * " + expression(Want::real, shape, depth - 1) + ")";
      case 2:
        return call(shape, depth);
      case 3:
        return call(shape, depth);
      case 4:
        return "-" + expression(Want::real, shape, depth - 1);
      case 5:
        if (shape == "N")
          return choices_.one_in(2) ? "(X @ " + expression(Want::real, "K", depth - 1) + ")"
                                    : "(" + expression(Want::real, "K", depth - 1) + ")[g]";
        if (shape == "K")
          return choices_.one_in(3) ? pick({"group_sum(", "group_mean(", "group_max("}) +
                                          expression(Want::real, "N", depth - 1) + ", g)"
                                    : "(X' @ " + expression(Want::real, "N", depth - 1) + ")";
        if (shape == "K,K") return "(X' @ " + expression(Want::real, "N,K", depth - 1) + ")";
        if (shape == "N,N") return "(" + expression(Want::real, "N,K", depth - 1) + " @ X')";
        return "(" + scalar(depth - 1) + pick({" > ", " < ", " >= "}) + scalar(depth - 1) + " ? " +
               expression(Want::real, shape, depth - 1) + " : " + expression(Want::real, shape, depth - 1) +
               ")";
      case 6:
        return comprehension(shape, depth);
      case 7:
        return "(" + expression(Want::positive, shape, depth - 1) + ")^" + pick({"2", "0.5", "3", "-1"});
      default:
        return reduction(depth);
    }
  }

  std::string call(const std::string& shape, int depth) {
    if (shape.empty() && choices_.one_in(4)) return member(depth);
    return choices_.one_in(3) ? library_call(shape, depth) : table_call(shape, depth);
  }

  // A number of a distribution.
  std::string member(int depth) {
    const LibraryDistribution& dist = any_distribution();
    const std::string written = distribution(dist, "", depth - 1), event = event_of(dist.support);
    switch (choices_.below(6)) {
      case 0:
        return "mean(" + written + ")";
      case 1:
        return "entropy(" + written + ")";
      case 2:
        return "quantile(" + expression(Want::unit, "", depth - 1) + ", " + written + ")";
      default:
        return pick({"logpdf(", "cdf(", "log_cdf(", "log_ccdf("}) +
               expression(event.empty() ? kind_of(dist.support) : Want::real, event, depth - 1) + ", " +
               written + ")";
    }
  }

  // A row of the table, with as many arguments as it takes; the shapes are a guess.
  std::string table_call(const std::string& shape, int depth) {
    const std::string& name = functions()[choices_.below(functions().size())];
    if (name == "find_interval")
      return "find_interval(" + expression(Want::real, shape, depth - 1) + ", " + ascending("K", depth - 1) +
             ")";
    const frontend::Function* row = frontend::find_function(name);
    const int most = row->max_args < 0 ? row->min_args + 2 : row->max_args;
    const int count = row->min_args +
                      static_cast<int>(choices_.below(static_cast<std::size_t>(most - row->min_args) + 1));
    const bool is_elementwise = row->rule == frontend::Rule::elementwise_real ||
                                row->rule == frontend::Rule::elementwise_numeric;
    std::string text = name + "(";
    for (int i = 0; i < count; ++i) {
      const std::string of_argument = is_elementwise ? (i > 0 && choices_.one_in(3) ? "" : shape)
                                                     : pick({"", "N", "K", "N", "K", "N,K"});
      text += (i ? ", " : "") + expression(choices_.one_in(4)   ? Want::positive
                                           : choices_.one_in(6) ? Want::unit
                                                                : Want::real,
                                           of_argument, depth - 1);
    }
    return text + ")";
  }

  // What is solved with must not amplify rounding without limit, as a singular matrix with jitter does.
  std::string well_conditioned(const std::string& shape, int depth) {
    if (shape != "K,K" && shape != "N,N") return expression(Want::real, shape, depth);
    const std::string gram = shape == "K,K" ? "X' @ X" : "X @ X'", axis = shape.substr(0, 1),
                      size = "(1 + inv_logit(" + scalar(depth) + "))";
    return pick({"(" + gram + " + " + size + " * eye(" + axis + "))",
                 "(" + size + " * chol(" + gram + " + eye(" + axis + ")))"});
  }

  // Knots mean something in ascending order only, which random expressions are not.
  std::string ascending(const std::string& shape, int depth) {
    if (shape == "K" && choices_.one_in(2)) return "cumsum(w)";
    return choices_.one_in(2) ? "cumsum(0.1 + " + expression(Want::positive, shape, depth) + ")"
           : shape == "N"     ? "cumsum(p)"
                              : "cumsum(exp(X[1]))";
  }

  // A function of the library, its dims those of the wanted shape where the result has as many, else N or K;
  // a result of another rank is summed.
  std::string library_call(const std::string& shape, int depth) {
    const LibraryFunction& function = library_functions()[choices_.below(library_functions().size())];
    std::map<std::string, std::string> sizes;
    const auto sized = [&](const std::string& type) {
      std::string text;
      for (const std::string& dim : dims_of(type)) {
        const bool is_symbol = dim.size() == 1 && std::isupper(static_cast<unsigned char>(dim[0])) != 0;
        if (is_symbol && !sizes.contains(dim)) sizes[dim] = pick({"N", "K"});
        text += (text.empty() ? "" : ",") + (is_symbol ? sizes[dim] : "N");
      }
      return text;
    };
    const auto result = dims_of(function.result), wanted = dims_of("[" + shape + "]");
    const bool fits = result.size() == wanted.size();
    for (std::size_t k = 0; fits && k < result.size(); ++k)
      if (result[k].size() == 1) sizes.emplace(result[k], wanted[k]);
    std::string text = function.name + "(";
    for (std::size_t k = 0; k < function.params.size(); ++k) {
      const Parameter& param = function.params[k];
      const std::string of_argument = sized(param.type);
      text += k > 0 ? ", " : "";
      if (param.type.starts_with("int"))
        text += pick({"1", "2", "2", "3", "K"});
      else if (param.name == "knots" || param.name == "xs")
        text += ascending(of_argument, depth - 1);
      else if (function.name.find("inverse") != std::string::npos ||
               function.name.find("solve") != std::string::npos ||
               param.type.find("[N, N]") != std::string::npos)
        text += well_conditioned(of_argument, depth - 1);
      else
        text += expression(choices_.one_in(4) ? Want::positive : Want::real, of_argument, depth - 1);
    }
    text += ")";
    return fits ? text : shape.empty() ? "sum(" + text + ")" : "rep(sum(" + text + "), " + shape + ")";
  }

  std::string reduction(int depth) {
    const std::string name = pick({"sum", "mean", "max", "min", "log_sum_exp", "sum"});
    switch (choices_.below(5)) {
      case 0:
      case 1:
        return name + "(" + expression(Want::real, pick({"N", "K", "N,K"}), depth - 1) + ")";
      case 2:
        return "sum(" + over_rows(depth) + ")";
      default:
        return name + "(" + under_binders(pick({"N", "K"}), depth) + ")";
    }
  }

  // Loops over rows that are not 1:N: triangles, groups, lengths that data give.
  std::string row_binders(const std::string& i) {
    const std::string other = "k" + std::to_string(++count_);
    return pick({"rows_of(g, 2)", "1:K", "2:N"}) +
           (choices_.one_in(2) ? ""
                               : ", " + other + " in " +
                                     pick({"1:c[" + i + "]", "(" + i + "+1):N", "max(1, " + i + "-2):" + i,
                                           "rows_of(g, g[" + i + "])"}));
  }
  std::string over_rows(int depth) {
    const std::size_t mark = names_.size();
    const std::string i = "i" + std::to_string(++count_);
    const std::vector<Name> outside = names_;
    const std::string binders = row_binders(i);
    const std::string row = binders.starts_with("1:K") ? "K" : "N";
    for (const Name& name : outside)
      if (name.shape == row) names_.push_back({name.text + "[" + i + "]", name.kind, ""});
    const std::string value = scalar(depth - 1);
    names_.resize(mark);
    return value + " for " + i + " in " + binders;
  }

  // `e for i in 1:N`, where e may read elements.
  std::string under_binders(const std::string& shape, int depth) {
    const std::size_t mark = names_.size();
    const std::string i = "i" + std::to_string(++count_);
    std::string binders = i + " in 1:" + shape.substr(0, 1), j;
    if (shape.size() == 3) {
      j = "j" + std::to_string(++count_);
      binders += ", " + j + " in 1:" + shape.substr(2);
    }
    const std::vector<Name> outside = names_;
    for (const Name& name : outside) {
      if (name.shape == shape)
        names_.push_back({name.text + "[" + i + (j.empty() ? "" : ", " + j) + "]", name.kind, ""});
      if (name.shape == "N" && shape != "N" && j.empty()) continue;
      if (name.shape == shape.substr(0, 1) && !j.empty())
        names_.push_back({name.text + "[" + i + "]", name.kind, ""});
      if (name.shape == shape.substr(0, 1) + ",K" && j.empty())
        names_.push_back({name.text + "[" + i + ", :]", name.kind, "K"});
    }
    names_.push_back({i, Want::integer, ""});
    const std::string value = scalar(depth - 1);
    names_.resize(mark);
    return value + " for " + binders;
  }
  std::string comprehension(const std::string& shape, int depth) {
    return shape.empty() ? scalar(depth - 1) : "[" + under_binders(shape, depth) + "]";
  }

  std::string argument(const std::string& type, const std::string& batch, int depth) {
    const bool is_integer = type.starts_with("int");
    const auto bracket = type.find('[');
    const std::string element = type.substr(0, bracket);
    if (bracket != std::string::npos) {
      if (element.starts_with("simplex"))
        return choices_.one_in(2) ? "w" : "softmax(" + expression(Want::real, "K", depth) + ")";
      const bool is_matrix = type.find(',', bracket) != std::string::npos || element.find("c") == 0;
      if (is_matrix) return pick({"eye(K)", "(X' @ X + eye(K))", "chol(X' @ X + eye(K))", "(s * eye(K))"});
      return expression(element.find('0') != std::string::npos ? Want::positive : Want::real,
                        pick({"K", "K", "N"}), depth);
    }
    const Want kind = is_integer ? Want::integer
                      : element.find("0, 1") != std::string::npos ||
                              element.find("upper=1") != std::string::npos
                          ? Want::unit
                      : element.find('0') != std::string::npos ? Want::positive
                                                               : Want::real;
    return expression(kind, choices_.one_in(2) ? "" : batch, depth);
  }

  std::string distribution(const LibraryDistribution& dist, const std::string& batch, int depth) {
    std::string text = dist.name + "(";
    for (std::size_t k = 0; k < dist.params.size(); ++k)
      text += (k ? ", " : "") + argument(dist.params[k].type, batch, depth);
    text += ")";
    return depth > 0 && event_of(dist.support).empty() && choices_.one_in(8)
               ? combination(dist, text, batch, depth)
               : text;
  }
  // A distribution made of this one. What does not fit together is refused, as with every statement.
  std::string combination(const LibraryDistribution& dist, const std::string& part, const std::string& batch,
                          int depth) {
    const std::string end = kind_of(dist.support) == Want::integer ? pick({"1", "2", "4"})
                                                                   : pick({"-0.5", "0.25", "s", "3"});
    switch (choices_.below(6)) {
      case 0:
        return "truncated(" + part + ", lower = " + end + ")";
      case 1:
        return "truncated(" + part + ", upper = " + end + ")";
      case 2:
        return "censored(" + part + ", upper = " + end + ")";
      case 3:
        return "mixture([0.25, 0.75], " + part + ", " + distribution(dist, batch, depth - 1) + ")";
      case 4:
        return "zero_inflated(" + expression(Want::unit, "", depth) + ", " + part + ")";
      default:
        return "hurdle(" + expression(Want::unit, "", depth) + ", " + part + ")";
    }
  }
  const LibraryDistribution& any_distribution() {
    return library_distributions()[choices_.below(library_distributions().size())];
  }

  static Want kind_of(const std::string& support) {
    if (support.starts_with("int")) return Want::integer;
    if (support.find("0, 1") != std::string::npos) return Want::unit;
    return support.find("lower=0") != std::string::npos ? Want::positive : Want::real;
  }
  static std::string event_of(const std::string& support) {
    const auto bracket = support.find('[');
    if (bracket == std::string::npos) return "";
    return support.starts_with("cholesky") || support.starts_with("co") ||
                   support.find(',', bracket) != std::string::npos
               ? "K,K"
               : "K";
  }

  std::string latent(std::vector<Name>& declared) {
    const LibraryDistribution& dist = any_distribution();
    const std::string name = fresh(), event = event_of(dist.support),
                      batch = event.empty() ? pick({"", "", "N", "K"}) : "";
    declared.push_back({name, kind_of(dist.support), event.empty() ? batch : event});
    const std::string attribute = choices_.one_in(8) ? pick({"  @centered ", "  @noncentered "}) : "  ";
    return attribute + "latent " + name + brackets(batch) + " ~ " + distribution(dist, batch, 1) + ";\n";
  }

  // A stated type with a prior that may not know its size, or apart from it.
  std::string constrained(std::vector<Name>& declared) {
    const std::string name = fresh();
    const std::string type = pick({"real<lower=0>", "real<-1, 1>", "real<upper=2>", "simplex", "ordered",
                                   "cholesky_corr", "positive_ordered", "unit_vector", "sum_to_zero",
                                   "corr_matrix", "cov_matrix", "cholesky_cov", "real<lower=s>"});
    const bool is_scalar = type.starts_with("real");
    const std::string shape = is_scalar ? pick({"", "N", "K"}) : "K";
    const bool is_matrix = type.starts_with("c");
    declared.push_back({name, is_scalar && type == "real<lower=0>" ? Want::positive : Want::real,
                        is_matrix ? "K,K" : shape});
    const std::string prior = choices_.one_in(2)   ? "flat()"
                              : choices_.one_in(2) ? "normal(0, 1)"
                                                   : distribution(any_distribution(), "", 1);
    const std::string head = "  latent " + name + ": " + type + brackets(shape);
    return choices_.one_in(3) ? head + ";\n  " + name + " ~ " + prior + ";\n" : head + " ~ " + prior + ";\n";
  }

  std::string definition(std::vector<Name>& declared) {
    const std::string name = fresh(), of = shape();
    declared.push_back({name, Want::real, of});
    return "  let " + name + " = " + expression(Want::real, of, options_.depth) + ";\n";
  }

  // One of two definitions, by what data say; or a point estimate.
  std::string chosen_definition(std::vector<Name>& declared) {
    const std::string name = fresh(), of = shape();
    declared.push_back({name, Want::real, of});
    if (choices_.one_in(4)) return "  param " + name + ": real" + brackets(of) + " init 0.5;\n";
    const std::string yes = expression(Want::real, of, 2), no = expression(Want::real, of, 2);
    return "  let " + name + ": real" + brackets(of) + ";\n  if (" +
           pick({"K > 2", "b[1] == 1", "c[2] > 1 && s > 1"}) + ") { " + name + " = " + yes + "; } else { " +
           name + " = " + no + "; }\n";
  }

  std::string ragged_observation() {
    const std::size_t mark = names_.size();
    const std::vector<Name> outside = names_;
    for (const Name& name : outside)
      if (name.shape == "N") names_.push_back({name.text + "[i]", name.kind, ""});
    const LibraryDistribution& dist = any_distribution();
    const std::string of = observed(dist), site = of.starts_with("X") ? "X[i]" : of + "[i]";
    const std::string text = "  for " +
                             pick({"j in 1:K, i in rows_of(g, j)", "i in rows_of(g, 1)",
                                   "j in 2:N, i in 1:(j-1)", "i in 1:N, j in 2:c[i]"}) +
                             " { " + site + " ~ " + distribution(dist, "", 2) + "; }\n";
    names_.resize(mark);
    return text;
  }

  std::string observed(const LibraryDistribution& dist) {
    const Want kind = kind_of(dist.support);
    if (!event_of(dist.support).empty()) return "X[1]";
    return kind == Want::integer    ? pick({"c", "b", "g"})
           : kind == Want::unit     ? "q"
           : kind == Want::positive ? "p"
                                    : "y";
  }

  std::string observation() {
    const LibraryDistribution& dist = any_distribution();
    return "  " + observed(dist) + " ~ " + distribution(dist, "N", 2) + ";\n";
  }

  std::string looped_observation() {
    const std::size_t mark = names_.size();
    const std::vector<Name> outside = names_;
    for (const Name& name : outside)
      if (name.shape == "N") names_.push_back({name.text + "[t]", name.kind, ""});
    const LibraryDistribution& dist = any_distribution();
    const std::string of = observed(dist), site = of.starts_with("X") ? "X[t]" : of + "[t]";
    const std::string body = site + " ~ " + distribution(dist, "", 2) + ";";
    std::string text = "  for t in 1:N { " + (choices_.one_in(3) ? "if (b[t] == 1) { " + body + " }" : body) +
                       " }\n";
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
    return "  let " + name + ": real[N];\n  " + name + "[1] = " + first + ";\n  for t in 2:N { " + name +
           "[t] = " + step + " + 0.5 * " + name + "[t-1]; }\n";
  }

  std::string chain(std::vector<Name>& declared) {
    const std::string name = fresh();
    declared.push_back({name, Want::real, "N"});
    return "  latent " + name + "[N];\n  " + name + "[1] ~ normal(0, 1);\n  for t in 2:N { " + name +
           "[t] ~ normal(" + scalar(1) + " * " + name + "[t-1], " + expression(Want::positive, "", 1) +
           "); }\n";
  }

  std::string prediction() {
    const std::string name = fresh();
    if (choices_.one_in(2))
      return "  predict " + name + " = " + expression(Want::real, shape(), options_.depth) + ";\n";
    return "  predict " + name + " ~ " + distribution(any_distribution(), "N", 1) + ";\n";
  }

  Choices& choices_;
  const RandomModelOptions& options_;
  std::vector<Name> names_;
  int count_ = 0;
};

}  // namespace

RandomModel random_model(Choices& choices, const std::function<bool(const std::string&)>& accept,
                         const RandomModelOptions& options) {
  RandomModel model;
  model.data = data_text;
  Writer writer(choices, options);
  std::string body;
  const auto whole = [](const std::string& statements) {
    return "model random {\n" + declarations + statements + "}\n";
  };
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
