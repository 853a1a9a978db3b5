#include "api/fit/checkpoint.h"

#include <fmt/format.h>

#include "api/model/unguarded.h"
#include "ir/text.h"

namespace elba {

namespace {

const std::string magic = "elba checkpoint 1\n";
const std::string option_prefix = "option ", data_prefix = "data ";

// Fowler, Noll and Vo, 64 bits (FNV-1a): two fingerprints that agree by accident are not feared here, damage
// and other inputs are.
std::uint64_t fingerprint(std::string_view bytes, std::uint64_t hash = 0xcbf29ce484222325ULL) {
  for (const char c : bytes)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash;
}

template <class T>
std::string_view bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

std::string shown(std::uint64_t hash) { return fmt::format("{:016x}", hash); }

std::optional<std::pair<Subject, runtime::Journal::Entries>> unpacked(const std::string& bytes) {
  if (!bytes.starts_with(magic) || bytes.size() < magic.size() + sizeof(std::uint64_t)) return std::nullopt;
  const std::string body = bytes.substr(magic.size(), bytes.size() - magic.size() - sizeof(std::uint64_t));
  std::uint64_t sum = 0;
  std::memcpy(&sum, bytes.data() + bytes.size() - sizeof sum, sizeof sum);
  if (sum != fingerprint(body)) return std::nullopt;
  runtime::ByteReader reader(body);
  std::vector<std::string> subject, entries;
  reader.get_all(subject, entries);
  if (!reader.is_whole() || subject.size() % 2 != 0 || entries.size() % 2 != 0) return std::nullopt;
  std::pair<Subject, runtime::Journal::Entries> out;
  for (std::size_t k = 0; k + 1 < subject.size(); k += 2)
    out.first.emplace_back(subject[k], subject[k + 1]);
  for (std::size_t k = 0; k + 1 < entries.size(); k += 2)
    out.second[entries[k]] = std::move(entries[k + 1]);
  return out;
}

Diagnostic damaged(const std::string& name) {
  return make_diagnostic(Code::checkpoint_damaged, {}, {name})
      .suggest("start the fit anew, without `--resume`");
}

}  // namespace

Subject subject_of(const Bound& bound, const FitOptions& options) {
  Subject subject;
  subject.emplace_back(
      "model", shown(fingerprint(ir::print(keep_functions(bound.impl->program->density, {"model"})))));
  for (const auto& [name, size] : bound.impl->data->sizes)
    subject.emplace_back("size " + name, std::to_string(size));
  for (const auto& [name, array] : bound.impl->data->arrays)
    subject.emplace_back(
        data_prefix + name,
        shown(fingerprint(bytes_of(array.reals),
                          fingerprint(bytes_of(array.integers), fingerprint(bytes_of(array.shape))))));
  const auto option = [&](const char* name, const std::string& value) {
    subject.emplace_back(option_prefix + name, value);
  };
  option("method", options.method);
  option("optimiser", options.optimiser);
  option("seed", std::to_string(options.seed));
  option("draws", std::to_string(options.draws));
  option("chains", std::to_string(options.chains));
  option("warmup", std::to_string(options.warmup));
  option("dense-metric", options.dense_metric ? "yes" : "no");
  option("acceptance", fmt::format("{}", options.acceptance));
  option("starts", std::to_string(options.starts));
  option("check", options.check_nuts ? "nuts" : "");
  option("init", options.start.empty() ? "" : shown(fingerprint(bytes_of(options.start))));
  return subject;
}

std::string checkpoint_bytes(const Subject& subject, const runtime::Journal::Entries& entries) {
  std::vector<std::string> about, kept;
  for (const auto& [what, value] : subject)
    about.push_back(what), about.push_back(value);
  for (const auto& [name, bytes] : entries)
    kept.push_back(name), kept.push_back(bytes);
  runtime::ByteWriter writer;
  writer.put_all(about, kept);
  const std::string body = writer.take();
  runtime::ByteWriter sum;
  sum.put(fingerprint(body));
  return magic + body + sum.take();
}

Result<runtime::Journal::Entries> read_checkpoint(const std::string& bytes, const Subject& subject,
                                                  const std::string& name) {
  auto found = unpacked(bytes);
  if (!found) return damaged(name);
  const std::map<std::string, std::string> theirs(found->first.begin(), found->first.end()),
      ours(subject.begin(), subject.end());
  std::vector<std::string> differences;
  const auto add = [&](const std::string& what, const std::string& there, const std::string& here) {
    if (what == "model")
      differences.emplace_back("the model is another one");
    else if (what.starts_with(option_prefix))
      differences.push_back(what == "option init"
                                ? "`--init` gives another start"
                                : fmt::format("`--{}` was `{}`, and is `{}` now",
                                              what.substr(option_prefix.size()), there, here));
    else if (what.starts_with(data_prefix))
      differences.push_back("the data `" + what.substr(data_prefix.size()) + "` have other values");
    else
      differences.push_back(
          fmt::format("`{}` was {}, and is {} now", what.substr(what.find(' ') + 1), there, here));
  };
  const auto value = [](const std::map<std::string, std::string>& of, const std::string& what) {
    return of.contains(what) ? of.at(what) : std::string("nothing");
  };
  for (const auto& [what, here] : subject)
    if (value(theirs, what) != here) add(what, value(theirs, what), here);
  for (const auto& [what, there] : found->first)
    if (!ours.contains(what)) add(what, there, "nothing");
  if (differences.empty()) return std::move(found->second);
  auto diagnostic = make_diagnostic(Code::checkpoint_of_another, {}, {name, differences.front()});
  for (std::size_t k = 1; k < differences.size(); ++k)
    diagnostic.note(differences[k]);
  return diagnostic.suggest(
      "give the model, data and options of the fit that wrote it, or start anew without `--resume`");
}

Result<std::map<std::string, std::string>> unguarded::checkpoint_options(const std::string& bytes,
                                                                         const std::string& name) {
  const auto found = unpacked(bytes);
  if (!found) return damaged(name);
  std::map<std::string, std::string> options;
  for (const auto& [what, value] : found->first)
    if (what.starts_with(option_prefix)) options[what.substr(option_prefix.size())] = value;
  return options;
}

}  // namespace elba
