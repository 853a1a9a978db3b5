// names: did-you-mean, and why a name is not in sight.
#include "frontend/check/names.h"

#include <algorithm>
#include <map>
#include <set>

namespace elba::frontend {

namespace {

// The identifiers of the statement that declares a name, behind that name.
std::vector<std::string_view> read_by(std::string_view source, Span declared) {
  const std::string_view rest = source.substr(declared.end);
  const std::string_view statement = rest.substr(0, rest.find(';'));
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < statement.size();) {
    const std::string_view name = leading_name(statement.substr(i));
    if (!name.empty()) names.push_back(name);
    i += std::max<std::size_t>(name.size(), 1);
  }
  return names;
}

// The name whose statement reads `name` at `place`, when the declaration of `name` below needs it in turn,
// perhaps through others.
std::string declared_in_circle(std::string_view source,
                               const std::map<std::string, Span, std::less<>>& declared,
                               const std::string& name, Span place) {
  const auto* reader = static_cast<const std::pair<const std::string, Span>*>(nullptr);
  for (const auto& entry : declared)
    if (entry.second.begin < place.begin && (reader == nullptr || entry.second.begin > reader->second.begin))
      reader = &entry;
  if (reader == nullptr ||
      source.substr(reader->second.end, place.begin - reader->second.end).find(';') != std::string_view::npos)
    return {};
  std::set<std::string_view> seen{name};
  std::vector<std::string_view> left{name};
  while (!left.empty()) {
    const auto at = declared.find(left.back());
    left.pop_back();
    if (at == declared.end()) continue;
    for (const std::string_view read : read_by(source, at->second)) {
      if (read == reader->first) return reader->first;
      if (seen.insert(read).second) left.push_back(read);
    }
  }
  return {};
}

// Comparing every unknown name with every known one would take time with the product of both; a text with
// that many mistakes has had advice enough.
constexpr std::size_t most_comparisons = 500'000;

}  // namespace

// For names that are read above their declaration.
void Names::note_declared(const ast::Stmt& stmt) {
  const auto note = [&](const ast::Name& name) { declared_below_.emplace(name.text, name.span); };
  ast::match(
      stmt.node,
      [&](const ast::DimStmt& dims) {
        for (const ast::DimDef& dim : dims.dims)
          note(dim.name);
      },
      [&](const ast::DataStmt& data) { note(data.name); },
      [&](const ast::ParamStmt& param) { note(param.name); },
      [&](const ast::LatentStmt& latent) { note(latent.name); },
      [&](const ast::LetStmt& let) { note(let.name); },
      [&](const ast::PredictStmt& predict) { note(predict.name); },
      ast::ignore<ast::FactorStmt, ast::AutoStmt, ast::ForStmt, ast::IfStmt, ast::ReturnStmt, ast::AssignStmt,
                  ast::SampleStmt>);
}

std::vector<std::string> Names::visible_names() const {
  std::vector<std::string> names;
  for (const Scopes::Scope& scope : scopes_.stack())
    for (const auto& [name, id] : scope)
      names.push_back(name);
  return names;
}

std::string Names::near_name(const std::string& name) {
  if (compared_names_ > most_comparisons) return {};
  const auto names = visible_names();
  compared_names_ += names.size();
  return nearest_name(name, names);
}

void Names::unknown_name(const std::string& name, Span span) {
  if (!terms_.is_muted() && !unknown_names_.insert(name).second) return;
  auto& diagnostic = report(Code::unknown_name, span, {name});
  if (std::find(absent_dims_.begin(), absent_dims_.end(), name) != absent_dims_.end()) {
    diagnostic
        .note("`" + name + "` is the size of the value, which this member does not take and no parameter has")
        .suggest("give a parameter this size: `alpha: real[" + name + "]`");
    return;
  }
  if (name == declaring_) {
    diagnostic.note("it is declared by this statement, and a prior does not read what it is the prior of")
        .suggest("use a number or another latent, such as `normal(0, 1)`");
    return;
  }
  if (const auto below = declared_below_.find(name);
      below != declared_below_.end() && below->second.begin > span.begin) {
    if (const std::string circle = declared_in_circle(file_.source.text(), declared_below_, name, span);
        !circle.empty()) {
      diagnostic.message = "`" + name + "` is defined by `" + circle + "`, and `" + circle + "` by `" + name +
                           "`";
      diagnostic.label(below->second, "`" + name + "` is declared here, below")
          .note("a name is declared before it is read, which neither can be")
          .suggest("define one of the two without the other");
      return;
    }
    diagnostic.label(below->second, "`" + name + "` is declared here, below")
        .suggest("a name is declared before it is read: move its declaration up");
    return;
  }
  static constexpr std::pair<std::string_view, std::string_view> foreign[] = {
      {"TRUE", "`true`"}, {"True", "`true`"},      {"FALSE", "`false`"}, {"False", "`false`"},
      {"Inf", "`inf()`"}, {"INFINITY", "`inf()`"}, {"M_PI", "`pi()`"},   {"PI", "`pi()`"}};
  for (const auto& [theirs, ours] : foreign)
    if (name == theirs)
      return void(diagnostic.suggest("write " + std::string(ours))
                      .fix(span, std::string(ours.substr(1, ours.size() - 2))));
  if (name == "NULL" || name == "None" || name == "NA" || name == "nan" || name == "NaN")
    return void(diagnostic.note("a model has no word for a missing value"));
  if (compared_names_ > most_comparisons) return;
  const auto functions = env_.function_names(file_);
  compared_names_ += functions.size();
  if (std::find(functions.begin(), functions.end(), name) != functions.end() || find_function(name)) {
    diagnostic.suggest("`" + name + "` is a function: write `" + name + "(..)`");
    return;
  }
  const std::string near = near_name(name);
  if (near.empty()) {
    if (sizes_wanted_ > 0 && context_.kind == BodyKind::model)
      diagnostic.suggest("declare it above: `dim " + name + ";`");
    else if (context_.kind == BodyKind::function)
      diagnostic.note("a function reads its parameters only").suggest("add it to them: `" + name + ": real`");
    else if (context_.kind == BodyKind::model)
      diagnostic.suggest("declare it above: `data " + name + ": real;` when it is known, `latent " + name +
                         " ~ ..;` when it is not");
    return;
  }
  diagnostic.label(body_.symbol(scopes_.lookup(near)).span, "`" + near + "` is declared here")
      .suggest("did you mean `" + near + "`?")
      .fix(span, near);
}

// Names that a size may have where the text has it.
std::string Names::free_name(std::initializer_list<const char*> names) const {
  for (const char* name : names)
    if (!scopes_.lookup(name).valid() && !declared_below_.contains(name)) return name;
  return *(names.end() - 1);
}

}  // namespace elba::frontend
