// members: members of distributions as functions: `normal_logpdf(x, mu, sigma)`, `log_cdf(x,
// poisson(rate))`.
//
// A name is a distribution and a member, and may be read in two ways: `poisson_log_cdf` is `log_cdf` of
// `poisson` and `cdf` of `poisson_log`. Members are words: of two readings within the library that with the
// longer member is meant, as in `normal_log_cdf`, and a warning shows both. Where the file declares one of
// the two distributions there is no rule that its author could know: that is an error. A reading whose
// distribution lacks the member is none.
#include "frontend/check/members.h"

#include <algorithm>

#include "ir/library.h"

namespace elba::frontend {

namespace {

struct Suffix {
  std::string_view written, member;
};
constexpr Suffix member_suffixes[] = {
    {"_logpdf", "logpdf"},   {"_logpmf", "logpdf"},     {"_cdf", "cdf"},
    {"_log_cdf", "log_cdf"}, {"_log_ccdf", "log_ccdf"}, {"_lcdf", "log_cdf"},
    {"_lccdf", "log_ccdf"},  {"_quantile", "quantile"}, {"_entropy", "entropy"},
    {"_mean", "mean"},       {"_variance", "variance"}, {"_mode", "mode"},
    {"_kl", "kl"},           {"_sample", "sample"},
};

// How other languages end such a name, and what is written here: the member, in a function around it where
// `around` is not empty.
struct ForeignEnding {
  std::string_view written, member, around;
};
constexpr ForeignEnding foreign_suffixes[] = {
    {"_lpdf", "_logpdf", ""},       {"_lpmf", "_logpmf", ""},      {"_lupdf", "_logpdf", ""},
    {"_lupmf", "_logpmf", ""},      {"_log", "_logpdf", ""},       {"_log_pdf", "_logpdf", ""},
    {"_log_pmf", "_logpmf", ""},    {"_log_prob", "_logpdf", ""},  {"_log_density", "_logpdf", ""},
    {"_logcdf", "_log_cdf", ""},    {"_logccdf", "_log_ccdf", ""}, {"_cdf_log", "_log_cdf", ""},
    {"_ccdf_log", "_log_ccdf", ""}, {"_logsf", "_log_ccdf", ""},   {"_log_sf", "_log_ccdf", ""},
    {"_ppf", "_quantile", ""},      {"_icdf", "_quantile", ""},    {"_inv_cdf", "_quantile", ""},
    {"_qf", "_quantile", ""},       {"_pdf", "_logpdf", "exp"},    {"_pmf", "_logpmf", "exp"},
    {"_ccdf", "_log_ccdf", "exp"},  {"_sf", "_log_ccdf", "exp"},
};
constexpr std::string_view stan_suffixes[] = {"_lpdf", "_lpmf", "_lupdf", "_lupmf"};  // nothing else ends so

bool ends_with(const std::string& name, std::string_view suffix) {
  return name.size() > suffix.size() && std::string_view(name).ends_with(suffix);
}

std::string before(const std::string& name, std::string_view suffix) {
  return name.substr(0, name.size() - suffix.size());
}

std::string_view member_of(std::string_view written) {
  for (const Suffix& suffix : member_suffixes)
    if (suffix.written == written) return suffix.member;
  return {};
}

bool takes_value(std::string_view member) {
  return member != "mean" && member != "entropy" && member != "variance" && member != "mode";
}

std::string joined(const std::vector<std::string>& parts, std::size_t first = 0) {
  std::string out;
  for (std::size_t i = first; i < parts.size(); ++i)
    out += (out.empty() ? "" : ", ") + parts[i];
  return out;
}

std::string members_text(const CheckedDist& dist) {
  std::string names;
  for (const auto& [name, func] : dist.members)
    names += (names.empty() ? "`" : ", `") + name + "`";
  return names;
}

// `log_cdf(x, poisson(rate))`, which can be read in one way only.
std::string spelled_out(const std::string& dist, std::string_view member,
                        const std::vector<std::string>& args) {
  const bool has_value = takes_value(member);
  const std::string value = args.empty() ? "x" : args[0];
  return std::string(member) + "(" + (has_value ? value + ", " : "") + dist + "(" +
         (args.empty() ? ".." : joined(args, has_value ? 1 : 0)) + "))";
}

}  // namespace

// `logpdf(x, d)`, `mean(d)`: a member of the distribution that stands as last argument.
std::optional<TermId> Members::call_member_of(const ast::CallExpr& call, Span span) {
  const std::string& name = call.callee.text;
  const auto* suffix = std::find_if(std::begin(member_suffixes), std::end(member_suffixes),
                                    [&](const Suffix& s) { return s.written.substr(1) == name; });
  const bool has_value = takes_value(name);
  if (suffix == std::end(member_suffixes) || name == "sample" || name == "kl" ||
      call.arguments.size() != (has_value ? 2 : 1))
    return std::nullopt;
  const ast::Argument& last = call.arguments.back();
  if (last.name || !last.binders.empty() || !distributions_.is_distribution(*last.value)) return std::nullopt;
  std::vector<TermId> args;
  if (has_value) args.push_back(inner_.check(*call.arguments[0].value));
  const auto dist = inner_.check_distribution(*last.value);
  if (!dist || (has_value && type(args[0]).is_error())) return error_term(span);
  const CheckedFunc* func = dist->dist->member(suffix->member);
  if (!func) {
    report(Code::no_member, last.value->span, {dist->dist->name, std::string(suffix->member)})
        .note("it has " + members_text(*dist->dist));
    return error_term(span);
  }
  args.insert(args.end(), dist->args.begin(), dist->args.end());
  return calls_.call_each(*func, name, std::move(args), Calls::Spread::all, span,
                          Calls::Member{*dist->dist, suffix->member});
}

std::optional<TermId> Members::call_member_named(const ast::CallExpr& call, Span span) {
  const std::string& name = call.callee.text;
  struct Reading {
    std::string dist;
    const Suffix* suffix;
    const DistEntry* entry;
    bool has_member;
  };
  std::vector<Reading> readings;
  for (const Suffix& suffix : member_suffixes) {
    if (!ends_with(name, suffix.written)) continue;
    const std::string dist = before(name, suffix.written);
    DistEntry* entry = env_.distribution(file_, dist);
    if (!entry) continue;
    env_.check(*entry);
    readings.push_back(
        {dist, &suffix, entry,
         entry->state == DistEntry::State::running || entry->checked.member(suffix.member) != nullptr});
  }
  if (readings.empty()) return std::nullopt;
  std::sort(readings.begin(), readings.end(), [](const Reading& a, const Reading& b) {
    return a.has_member != b.has_member ? a.has_member : a.suffix->written.size() > b.suffix->written.size();
  });
  const Reading& meant = readings.front();
  if (readings.size() > 1 && readings[1].has_member) {
    const auto args = calls_.argument_texts(call);
    std::string found, written;
    bool is_library = true;
    for (const Reading& reading : readings) {
      if (!reading.has_member) continue;
      found += (found.empty() ? "" : " and ") + ("`" + std::string(reading.suffix->member)) + "` of `" +
               reading.dist + "`";
      written += (written.empty() ? "`" : " or `") + spelled_out(reading.dist, reading.suffix->member, args) +
                 "`";
      is_library = is_library && reading.entry->file->is_library;
    }
    if (!is_library) {
      calls_.plain_arguments(call);
      report(Code::ambiguous_member, call.callee.span, {name, found}).suggest("write " + written);
      return error_term(span);
    }
    report(Code::member_read_two_ways, call.callee.span, {name, found})
        .note("it is read as `" + spelled_out(meant.dist, meant.suffix->member, args) +
              "`: the longer member")
        .suggest("write " + written);
  }
  return call_member(meant.dist, std::string(meant.suffix->member), call, span);
}

TermId Members::call_member(const std::string& dist, const std::string& member, const ast::CallExpr& call,
                            Span span) {
  auto args = calls_.plain_arguments(call);
  DistEntry* entry = env_.distribution(file_, dist);
  env_.check(*entry);
  if (!args || !entry->checked.ok) return error_term(span);
  const CheckedFunc* func = entry->checked.member(member);
  if (!func) {
    report(Code::no_member, call.callee.span, {dist, member}).note("it has " + members_text(entry->checked));
    return error_term(span);
  }
  return calls_.call_each(*func, call.callee.text, std::move(*args), Calls::Spread::all, span,
                          Calls::Member{entry->checked, member});
}

// A distribution where a value is needed. With one argument more than it has parameters it is a density as
// Stan wrote it once: `poisson_log(x, rate)`.
void Members::distribution_called(const ast::CallExpr& call, Span span) {
  const std::string& name = call.callee.text;
  DistEntry* entry = env_.distribution(file_, name);
  env_.check(*entry);
  auto& diagnostic = report(Code::distribution_as_value, call.callee.span, {name});
  const auto args = calls_.argument_texts(call);
  if (args.empty() || !entry->checked.ok || args.size() != entry->checked.params.size() + 1) {
    diagnostic.suggest("write `x ~ " + text(span) + "`, or `" + name + "_logpdf(x, ..)` for its log density");
    return;
  }
  const std::string other = ends_with(name, "_log") ? before(name, "_log") : std::string();
  const bool is_other = !other.empty() && env_.distribution(file_, other);
  diagnostic.suggest(
      "write `" + name + "_logpdf(" + joined(args) + ")` for its log density" +
      (is_other ? ", or `" + other + "_logpdf(" + joined(args) + ")` for that of `" + other + "`" : ""));
}

// What a name that is no function may mean of a distribution; false: nothing.
bool Members::suggest_member(const ast::CallExpr& call, Diagnostic& diagnostic) {
  const ast::Name& name = call.callee;
  const auto args = calls_.argument_texts(call);
  std::vector<std::string> written;
  std::string lone;  // the name alone, where it needs nothing around it
  const auto propose = [&](const std::string& law, std::string_view member, std::string_view around) {
    lone = around.empty() ? law + std::string(member) : std::string();
    const std::string proposed = law + std::string(member) + "(" + (args.empty() ? "x, .." : joined(args)) +
                                 ")";
    written.push_back("`" + (around.empty() ? proposed : std::string(around) + "(" + proposed + ")") + "`");
  };
  for (const ForeignEnding& foreign : foreign_suffixes) {
    if (!ends_with(name.text, foreign.written)) continue;
    const std::string law = before(name.text, foreign.written);
    DistEntry* entry = env_.distribution(file_, law);
    const bool is_stan = std::find(std::begin(stan_suffixes), std::end(stan_suffixes), foreign.written) !=
                         std::end(stan_suffixes);
    if (entry) env_.check(*entry);
    if (entry ? entry->checked.member(member_of(foreign.member)) != nullptr : is_stan)
      propose(law, foreign.member, foreign.around);
  }
  if (!written.empty()) {
    diagnostic.suggest("write " + written[0] + (written.size() > 1 ? " or " + joined(written, 1) : ""));
    if (written.size() == 1 && !lone.empty()) diagnostic.fix(name.span, lone);
    return true;
  }
  const auto underscore = name.text.rfind('_');
  const std::string law = underscore == std::string::npos ? std::string() : name.text.substr(0, underscore);
  if (law.empty() || !env_.distribution(file_, law)) return false;
  if (name.text.ends_with("_rng")) {
    const std::string whole = text(
        {name.span.begin, call.arguments.empty() ? name.span.end : call.arguments.back().value->span.end});
    diagnostic.suggest("a draw is a prediction: `predict x ~ " + law + whole.substr(name.text.size()) +
                       (call.arguments.empty() ? "()" : ")") + ";`");
    return true;
  }
  std::vector<std::string> members;
  for (const Suffix& suffix : member_suffixes)
    members.push_back(law + std::string(suffix.written));
  const std::string near = nearest_name(name.text, members);
  if (near.empty()) return false;
  diagnostic.suggest("did you mean `" + near + "`?").fix(name.span, near);
  return true;
}

}  // namespace elba::frontend
