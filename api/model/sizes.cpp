#include "api/model/sizes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "api/model/memory.h"
#include "ir/interpret.h"

namespace elba {

namespace {

// What one array, or a number in the data, says of a dim.
struct Claim {
  std::int64_t size = 0;
  std::string source;                           // "`y`", "the columns of `X`"
  const Signature::DataField* field = nullptr;  // null: the dim's own number
  std::size_t axis = 0;
};

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (std::size_t k = 0; k < words.size(); ++k)
    out += (k == 0 ? "" : k + 1 == words.size() ? " and " : ", ") + words[k];
  return out;
}

class Finder {
 public:
  Finder(const Signature& signature, const ir::Module& density, const runtime::DataSet& data,
         const DataWords& words, const std::set<std::string>& broken,
         const std::vector<std::string>& undeclared, Sink& sink)
      : signature_(signature),
        density_(density),
        given_(data),
        words_(words),
        broken_(broken),
        undeclared_(undeclared),
        sink_(sink) {}

  FoundSizes run() {
    for (const auto& field : signature_.data)
      if (const auto* given = given_.find(field.name);
          given != nullptr && !broken_.contains(field.name) && has_axes(field, *given))
        claim_axes(field, *given);
    for (const auto& dim : signature_.dims)
      if (const auto* given = given_.find(dim.name);
          given != nullptr && !broken_.contains(dim.name) && is_size(dim, *given))
        claim_itself(dim, *given);
    find_transposed();
    for (const auto& dim : signature_.dims)
      settle(dim);
    for (const auto& dim : signature_.dims)
      complete(dim);
    return std::move(found_);
  }

 private:
  bool has_axes(const Signature::DataField& field, const runtime::Field& given) {
    const int rank = field.type.rank();
    // A lone number stands for a vector of length one, as CmdStan writes it; [] is the right value of real[0,
    // D].
    if (static_cast<int>(given.shape.size()) == rank || (given.shape.empty() && rank == 1) ||
        (given.values.empty() && !given.shape.empty()))
      return true;
    found_.misfits.insert(field.name);
    auto& report = sink_.report(Code::data_shape, field.span,
                                {field.name, shape_text(given.shape), "`" + field.declared + "`"});
    if (rank == 0)
      report.suggest(fmt::format("give `{0}` one number, or declare it with its shape: `{0}: {1}[..]`",
                                 field.name, field.declared));
    else if (rank == 1)
      report.suggest(fmt::format("give `{}` as one array of numbers, `[1, 2, ..]`", field.name));
    else if (rank == 2)
      report.suggest(fmt::format("give `{}` as an array of rows, `[[1, 2], [3, 4], ..]`", field.name));
    else
      report.suggest(fmt::format("give `{}` as arrays nested {} deep", field.name, rank));
    return false;
  }

  void claim_axes(const Signature::DataField& field, const runtime::Field& given) {
    const bool lone = given.shape.empty();
    for (std::size_t axis = 0; axis < std::min(field.type.shape.size(), lone ? 1 : given.shape.size());
         ++axis) {
      const auto symbol = field.type.shape[axis].as_symbol();
      if (!symbol) continue;
      const std::string name = "`" + field.name + "`";
      const std::string source = field.type.rank() == 1 ? name
                                 : field.type.rank() == 2
                                     ? (axis == 0 ? "the rows of " : "the columns of ") + name
                                     : fmt::format("axis {} of {}", axis + 1, name);
      claims_[*symbol].push_back({lone ? 1 : given.shape[axis], source, &field, axis});
    }
  }

  bool is_size(const Signature::DimField& dim, const runtime::Field& given) {
    found_.misfits.insert(dim.name);
    if (!given.shape.empty()) {
      sink_.report(Code::data_shape, dim.span, {dim.name, shape_text(given.shape), "`dim " + dim.name + "`"})
          .note("a dim is one whole number");
      return false;
    }
    const double value = given.values[0];
    if (given.missing.empty() && value >= exact_integers) {
      sink_
          .report(Code::data_out_of_bounds, dim.span,
                  {dim.name, "is " + written(words_, dim.name, 0, value) + ", too large for a size", dim.name,
                   "dim " + dim.name})
          .note("a dim is a whole number, 0 or more");
      return false;
    }
    if (given.missing.empty() && (value < 0 || value != std::floor(value))) {
      sink_
          .report(Code::data_not_whole, dim.span,
                  {dim.name, fmt::format("{}", value), dim.name, "dim " + dim.name})
          .note("a dim is a whole number, 0 or more");
      return false;
    }
    if (!given.missing.empty()) {
      sink_.report(Code::data_value_missing, dim.span, {dim.name, dim.name, "dim " + dim.name})
          .suggest("give its number, or leave `" + dim.name + "` out where arrays have this size");
      return false;
    }
    found_.misfits.erase(dim.name);
    return true;
  }

  void claim_itself(const Signature::DimField& dim, const runtime::Field& given) {
    claims_[dim.name].push_back(
        {static_cast<std::int64_t>(given.values[0]), "the `" + dim.name + "` in the data", nullptr, 0});
  }

  // The size that most claims have; of as many, the one that is claimed first. `except`: a field that is not
  // asked.
  std::optional<std::int64_t> majority(const std::string& dim,
                                       const Signature::DataField* except = nullptr) const {
    std::map<std::int64_t, int> votes;
    const auto it = claims_.find(dim);
    if (it == claims_.end()) return std::nullopt;
    for (const Claim& claim : it->second)
      if (except == nullptr || claim.field != except) ++votes[claim.size];
    std::optional<std::int64_t> best;
    for (const Claim& claim : it->second)
      if (votes.contains(claim.size) && (!best || votes[claim.size] > votes[*best])) best = claim.size;
    return best;
  }

  void withdraw(const Signature::DataField& field) {
    for (auto& [dim, claims] : claims_)
      std::erase_if(claims, [&](const Claim& claim) { return claim.field == &field; });
  }

  // real[N, D] that is given D by N: one report, instead of one for each of its sizes.
  void find_transposed() {
    for (const auto& field : signature_.data) {
      const auto* given = given_.find(field.name);
      if (given == nullptr || broken_.contains(field.name) || found_.misfits.contains(field.name) ||
          field.type.rank() != 2 || given->shape.size() != 2)
        continue;
      const auto rows = field.type.shape[0].as_symbol(), columns = field.type.shape[1].as_symbol();
      if (!rows || !columns || *rows == *columns || given->shape[0] == given->shape[1]) continue;
      const auto n = majority(*rows, &field), d = majority(*columns, &field);
      if (!(n || d) || (n && *n != given->shape[1]) || (d && *d != given->shape[0])) continue;
      found_.misfits.insert(field.name);
      sink_
          .report(Code::data_shape, field.span,
                  {field.name, shape_text(given->shape), fmt::format("`{}`", field.declared)})
          .note(fmt::format("{0} is {1} by {2}", n ? "`" + *rows + "`" : "`" + *columns + "`", n ? *n : *d,
                            by(n ? *rows : *columns, n ? *n : *d, &field)))
          .suggest(fmt::format("transpose it: `{}` is an array of `{}` rows with `{}` numbers each",
                               field.name, *rows, *columns));
      withdraw(field);
    }
  }

  std::string by(const std::string& dim, std::int64_t size,
                 const Signature::DataField* except = nullptr) const {
    std::vector<std::string> sources;
    for (const Claim& claim : claims_.at(dim))
      if (claim.size == size && (except == nullptr || claim.field != except)) sources.push_back(claim.source);
    if (sources.size() > 4) sources = {sources[0], sources[1], fmt::format("{} more", sources.size() - 2)};
    return joined(sources);
  }

  void settle(const Signature::DimField& dim) {
    const auto it = claims_.find(dim.name);
    if (it == claims_.end() || it->second.empty()) return;
    const std::int64_t size = *majority(dim.name);
    found_.sizes[dim.name] = size;
    std::set<std::int64_t> told;
    for (const Claim& claim : it->second) {
      if (claim.size == size) continue;
      found_.misfits.insert(claim.field != nullptr ? claim.field->name : dim.name);
      if (!told.insert(claim.size).second) continue;
      auto& report = sink_.report(Code::data_size_conflict,
                                  claim.field != nullptr ? claim.field->span : dim.span,
                                  {dim.name, std::to_string(claim.size), by(dim.name, claim.size),
                                   std::to_string(size), by(dim.name, size)});
      if (claim.field == nullptr)
        report.suggest("correct `" + dim.name + "`, or leave it out: it follows from " + by(dim.name, size));
      else
        report.suggest(fmt::format("make them agree: a dim has one size, and `{}` is declared `{}`",
                                   claim.field->name, claim.field->declared));
    }
  }

  void complete(const Signature::DimField& dim) {
    if (found_.sizes.contains(dim.name)) return;
    if (const auto size = dim.default_value ? dim.default_value->evaluate(found_.sizes) : std::nullopt) {
      found_.sizes[dim.name] = *size;
      return;
    }
    if (broken_.contains(dim.name) || found_.misfits.contains(dim.name) || waits_for(dim.name)) return;
    if (dim.default_value && exceeds_numbers(*dim.default_value, found_.sizes)) {
      sink_.add(no_machine_holds("an array of that size", dim.span)
                    .note("`" + dim.name + "` is `" + dim.default_value->text() +
                          "`, which is more than a number of 64 bits holds"));
      return;
    }
    if (!dim.computed_by.empty()) return compute(dim);
    auto& report = sink_.report(Code::data_size_unknown, dim.span, {dim.name});
    if (const auto near = nearest_name(dim.name, undeclared_); !near.empty()) {
      report.suggest("the data have `" + near + "`; did you mean `" + dim.name + "`?");
      found_.misspelt.insert(near);
    } else {
      report.suggest("add `\"" + dim.name + "\": ..` to the data, a whole number");
    }
  }

  // The value of the dim's function, by the interpreter: once, on numbers that are whole and have the shapes
  // that it is declared for.
  void compute(const Signature::DimField& dim) {
    const ir::Func* function = density_.find(dim.computed_by);
    if (function == nullptr) return;
    std::vector<ir::Tensor> arguments;
    for (const ir::Param& param : function->params) {
      const auto* given = given_.find(param.name);
      if (given == nullptr) {
        const bool is_left_out = std::none_of(signature_.data.begin(), signature_.data.end(),
                                              [&](const auto& field) { return field.name == param.name; });
        if (is_left_out)
          sink_.report(Code::data_size_unknown, dim.span, {dim.name})
              .note(fmt::format("it is `{}`, and `{}` is not among the data", dim.computed_text, param.name))
              .suggest(fmt::format("add `\"{}\": ..` to the data, a whole number", dim.name));
        return;
      }
      if (broken_.contains(param.name) || found_.misfits.contains(param.name) || !given->unread.empty())
        return;
      const auto& type = function->type(param.value);
      ir::Tensor tensor{type.scalar, given->shape, given->values, 0};
      if (given->shape.empty() && type.rank() == 1) tensor.shape = {1};
      for (std::size_t axis = 0; axis < type.shape.size(); ++axis)
        if (axis >= tensor.shape.size() || type.shape[axis].evaluate(found_.sizes) != tensor.shape[axis])
          return;
      const bool whole = type.scalar == ir::Scalar::i64;
      for (const double value : tensor.values)
        if (std::isnan(value) ||
            (whole && (value != std::floor(value) || std::fabs(value) >= exact_integers)))
          return;  // reported with the field
      arguments.push_back(std::move(tensor));
    }
    const bool nothing = std::any_of(arguments.begin(), arguments.end(),
                                     [](const ir::Tensor& tensor) { return tensor.values.empty(); });
    const auto value = ir::interpret(density_, dim.computed_by, arguments, found_.sizes);
    const double size = value ? value->front().values.front() : std::nan("");
    if (size >= 0 && size < exact_integers && size == std::floor(size)) {
      found_.sizes[dim.name] = static_cast<std::int64_t>(size);
      return;
    }
    found_.misfits.insert(dim.name);
    auto& report = sink_.report(
        Code::data_size_computed, dim.span,
        {dim.name, dim.computed_text,
         nothing || std::isnan(size) || std::fabs(size) >= exact_integers ? "no number"
                                                                          : fmt::format("{}", size)});
    if (nothing) report.note("there is nothing in the data to compute it from");
    report.note("a dim is a whole number, 0 or more")
        .suggest(fmt::format("add `\"{}\": ..` to the data, or correct what it is computed from", dim.name));
  }

  // A size that a missing or misshapen field would have given has been spoken about.
  bool waits_for(const std::string& dim) const {
    for (const auto& field : signature_.data)
      if (broken_.contains(field.name) || found_.misfits.contains(field.name))
        for (const ir::Dim& extent : field.type.shape)
          if (const auto names = extent.symbols(); std::find(names.begin(), names.end(), dim) != names.end())
            return true;
    return false;
  }

  const Signature& signature_;
  const ir::Module& density_;
  const runtime::DataSet& given_;
  const DataWords& words_;
  const std::set<std::string>& broken_;
  const std::vector<std::string>& undeclared_;
  Sink& sink_;
  std::map<std::string, std::vector<Claim>> claims_;
  FoundSizes found_;
};

}  // namespace

bool exceeds_numbers(const ir::Dim& dim, const Sizes& sizes) {
  const auto symbols = dim.symbols();
  return !dim.evaluate(sizes) && std::all_of(symbols.begin(), symbols.end(),
                                             [&](const std::string& name) { return sizes.contains(name); });
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  if (shape.empty()) return "a single number";
  std::string text = "[";
  for (std::size_t k = 0; k < shape.size(); ++k)
    text += (k ? ", " : "") + std::to_string(shape[k]);
  return text + "]";
}

FoundSizes find_sizes(const Signature& signature, const ir::Module& density, const runtime::DataSet& data,
                      const DataWords& words, const std::set<std::string>& broken,
                      const std::vector<std::string>& undeclared, Sink& sink) {
  return Finder(signature, density, data, words, broken, undeclared, sink).run();
}

}  // namespace elba
