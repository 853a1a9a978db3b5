// diagnostics: the code table, reports filled in from it, and did-you-mean.
//
// Not here: wording (diagnostics.def) and layout (render.cpp).
#include "support/diagnostics.h"

#include <algorithm>
#include <array>
#include <tuple>

namespace elba {

const std::vector<CodeInfo>& all_codes() {
  static const std::vector<CodeInfo> codes = {
#define DIAG(code, name, kind, severity, text) {#code, #name, DiagnosticKind::kind, Severity::severity, text},
#include "support/diagnostics.def"
#undef DIAG
  };
  return codes;
}

const CodeInfo& code_info(Code code) { return all_codes()[static_cast<std::size_t>(code)]; }

namespace {

// Names, numbers and pieces of text stand in messages, and all of them may be megabytes long in untrusted
// text.
constexpr std::size_t longest_argument = 400, longest_line = 2000;

}  // namespace

std::string shortened(std::string text, std::size_t most) {
  if (text.size() <= most) return text;
  // A character of several bytes.
  const auto is_inside = [&](std::size_t at) {
    return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
  };
  std::size_t head = most / 2, tail = text.size() - most / 4;
  while (head > 0 && is_inside(head))
    --head;
  while (is_inside(tail))
    ++tail;
  return text.substr(0, head) + "..." + text.substr(tail);
}

Diagnostic& Diagnostic::label(Span where, std::string text) {
  labels.push_back({where, shortened(std::move(text), longest_line)});
  return *this;
}

Diagnostic& Diagnostic::note(std::string text) {
  // A defect shows the module, whole.
  notes.push_back(code_info(code).kind == DiagnosticKind::bug ? std::move(text)
                                                              : shortened(std::move(text), longest_line));
  return *this;
}

Diagnostic& Diagnostic::fix(Span where, std::string text) {
  fixes.push_back({where, std::move(text)});
  return *this;
}

Diagnostic& Diagnostic::suggest(std::string text) {
  help = shortened(std::move(text), longest_line);
  return *this;
}

namespace {

// `{n}` becomes the n-th argument; anything else in braces stays as it is, since messages quote braces of the
// language.
std::string fill(std::string_view text, const std::vector<std::string>& arguments) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool placeholder = text[i] == '{' && i + 2 < text.size() && text[i + 2] == '}' &&
                             text[i + 1] >= '0' && text[i + 1] <= '9';
    const auto index = placeholder ? static_cast<std::size_t>(text[i + 1] - '0') : arguments.size();
    if (index < arguments.size()) {
      out += shortened(arguments[index], longest_argument);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace

Diagnostic make_diagnostic(Code code, Span span, std::vector<std::string> arguments) {
  Diagnostic diagnostic;
  diagnostic.code = code;
  diagnostic.message = fill(code_info(code).text, arguments);
  diagnostic.span = span;
  return diagnostic;
}

const std::vector<Diagnostic>& out_of_memory() noexcept {
  static const std::vector<Diagnostic> only{
      make_diagnostic(Code::out_of_memory, {})
          .suggest("give it fewer rows, draws or threads, or more memory")};
  return only;
}

namespace {

[[maybe_unused]] const auto& made_at_start = out_of_memory();

}  // namespace

bool Sink::keeps(const Diagnostic& diagnostic) {
  std::size_t& count = diagnostic.severity() == Severity::error ? errors_ : warnings_;
  return ++count <= most_kept;
}

Diagnostic& Sink::report(Code code, Span span, std::vector<std::string> arguments) {
  Diagnostic made = make_diagnostic(code, span, std::move(arguments));
  if (!keeps(made)) return unkept_ = std::move(made);
  diagnostics_.push_back(std::move(made));
  return diagnostics_.back();
}

void Sink::add(Diagnostic diagnostic) {
  if (keeps(diagnostic)) diagnostics_.push_back(std::move(diagnostic));
}

void Sink::take(const Sink& other, const std::function<bool(const Diagnostic&)>& wanted) {
  for (Diagnostic& diagnostic : other.sorted())
    if (wanted(diagnostic)) add(std::move(diagnostic));
  errors_ += other.errors_ - std::min(other.errors_, most_kept);
  warnings_ += other.warnings_ - std::min(other.warnings_, most_kept);
}

std::size_t Sink::dropped() const { return errors_ + warnings_ - diagnostics_.size(); }

std::vector<Diagnostic> Sink::sorted() const {
  std::vector<Diagnostic> out = diagnostics_;
  const auto place = [](const Diagnostic& d) { return std::tie(d.file, d.span.begin, d.span.end); };
  std::stable_sort(out.begin(), out.end(),
                   [&](const Diagnostic& a, const Diagnostic& b) { return place(a) < place(b); });
  // The first of equal reports wins. After the sort, equal ones stand among the neighbours with the same
  // place.
  std::vector<Diagnostic> kept;
  for (auto& d : out) {
    bool seen = false;
    for (auto k = kept.rbegin(); k != kept.rend() && place(*k) == place(d) && !seen; ++k)
      seen = k->code == d.code && k->message == d.message;
    if (!seen) kept.push_back(std::move(d));
  }
  return kept;
}

std::vector<Diagnostic> first_reports(std::vector<Diagnostic> sorted, std::size_t dropped) {
  constexpr std::size_t most_shown = 100;  // more are not read
  std::size_t shown[2] = {0, 0};
  std::vector<Diagnostic> first;
  for (Diagnostic& d : sorted) {
    if (++shown[d.severity() == Severity::error ? 0 : 1] <= most_shown)
      first.push_back(std::move(d));
    else
      ++dropped;
  }
  if (dropped > 0 && !first.empty())
    first.back().note("and " + std::to_string(dropped) + " more, which are not shown");
  return first;
}

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Damerau-Levenshtein distance (optimal string alignment) in half edits: a change of case costs 1, any other
// edit 2.
int edit_distance(std::string_view a, std::string_view b) {
  std::vector<int> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j)
    last[j] = static_cast<int>(2 * j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = static_cast<int>(2 * i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const int change = a[i - 1] == b[j - 1] ? 0 : lower(a[i - 1]) == lower(b[j - 1]) ? 1 : 2;
      row[j] = std::min({last[j] + 2, row[j - 1] + 2, last[j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 2);
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

}  // namespace

std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates) {
  // Comparing takes time with the product of the lengths, and no name of that length is mistyped for
  // another.
  constexpr std::size_t longest = 200;
  if (name.size() > longest) return {};
  // A third of the letters may be wrong; one-letter names match by case alone, for else any would be near to
  // any.
  const int limit = name.size() < 2   ? 1
                    : name.size() < 4 ? 2
                                      : static_cast<int>(2 * (name.size() / 3 + (name.size() > 4)));
  std::string best;
  int best_distance = limit + 1;
  for (const auto& candidate : candidates) {
    // A difference in length is a difference in letters.
    if (candidate == name || candidate.size() > name.size() + 8 ||
        2 * (name.size() - std::min(name.size(), candidate.size())) > static_cast<std::size_t>(limit))
      continue;
    const int distance = edit_distance(name, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace elba
