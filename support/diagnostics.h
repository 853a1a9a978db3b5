// diagnostics: what the compiler says to its user, as data. Codes stand in diagnostics.def; rendering is
// render.h.
//
// A report has one primary span, labels on other spans, notes and a help line that says what to write
// instead. Three classes (see DiagnosticKind): a user's error, a known limitation, a defect in Elba.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "support/source.h"

namespace elba {

enum class Severity { error, warning };
enum class DiagnosticKind { user, limitation, data, runtime, bug };

enum class Code {
#define DIAG(code, name, kind, severity, text) name,
#include "support/diagnostics.def"
#undef DIAG
};

struct CodeInfo {
  std::string_view code;  // "E0305"
  std::string_view name;  // "support_mismatch"
  DiagnosticKind kind;
  Severity severity;
  std::string_view text;  // with {0}, {1}, ...
};
[[nodiscard]] const CodeInfo& code_info(Code code);
[[nodiscard]] const std::vector<CodeInfo>& all_codes();

struct Label {
  Span span;
  std::string text;
};

// A replacement that would follow the help line to the letter: for editors.
struct Fix {
  Span span;  // empty: an insertion
  std::string text;
};

struct Diagnostic {
  Code code{};
  std::string message;  // the row's text with its arguments filled in
  Span span;            // begin == end == 0 when there is no place in a source
  std::string file;     // name of the source the spans point into; empty for the model file itself
  std::shared_ptr<const Source> source;  // that source, when it is not the model file and its text is known
  std::vector<Label> labels;
  std::vector<std::string> notes;
  std::string help;
  std::vector<Fix> fixes;  // all of them together

  Diagnostic& label(Span where, std::string text);
  Diagnostic& note(std::string text);
  Diagnostic& suggest(std::string text);  // the help line
  Diagnostic& fix(Span where, std::string text);
  [[nodiscard]] Severity severity() const { return code_info(code).severity; }
};

[[nodiscard]] Diagnostic make_diagnostic(Code code, Span span, std::vector<std::string> arguments = {});

// What a call answers that has no memory even for its own diagnostic.
[[nodiscard]] const std::vector<Diagnostic>& out_of_memory() noexcept;

// Collects reports; sorted by place when rendered. Equal reports at one place are kept once. Of a text with
// very many errors the first thousand errors and warnings are kept, and the others counted.
class Sink {
 public:
  Diagnostic& report(Code code, Span span, std::vector<std::string> arguments = {});
  void add(Diagnostic diagnostic);
  // The reports of another, as far as `wanted` selects them; what it only counted is counted here.
  void take(const Sink& other, const std::function<bool(const Diagnostic&)>& wanted);
  [[nodiscard]] bool has_errors() const { return errors_ > 0; }
  // Of errors: what is reported now is only counted.
  [[nodiscard]] bool is_full() const { return errors_ >= most_kept; }
  [[nodiscard]] std::size_t dropped() const;
  [[nodiscard]] std::vector<Diagnostic> sorted() const;

 private:
  static constexpr std::size_t most_kept = 1000;
  bool keeps(const Diagnostic& diagnostic);

  std::vector<Diagnostic> diagnostics_;
  std::size_t errors_ = 0, warnings_ = 0;
  Diagnostic unkept_;
};

// The first hundred errors and the first hundred warnings of sorted reports; the last of them says how many
// more there are, with those that `dropped` counts.
[[nodiscard]] std::vector<Diagnostic> first_reports(std::vector<Diagnostic> sorted, std::size_t dropped = 0);

// As much of a text as fits into a message: the middle of what is longer than `most` bytes becomes `...`.
[[nodiscard]] std::string shortened(std::string text, std::size_t most);

// Did-you-mean: the nearest of `candidates` by edit distance, or empty when none is near enough.
[[nodiscard]] std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace elba
