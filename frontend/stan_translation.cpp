// stan_translation: a translation is shown only after it has been compiled.
#include "frontend/stan_translation.h"

#include "frontend/foreign/stan_program.h"
#include "frontend/frontend.h"

namespace elba::frontend {

StanAdvice advise_stan(const Source& source) {
  StanAdvice advice;
  const stan::Program program = stan::read(source.text());
  // Ways of writing it, the plainest first.
  for (const stan::Manner manner : {stan::Manner{false, true}, stan::Manner{true, true},
                                    stan::Manner{false, false}, stan::Manner{true, false}}) {
    stan::Translation found = stan::translate(program, manner);
    if (!found.problems.empty()) {
      advice.reasons = std::move(found.problems);
      return advice;
    }
    const FrontendResult compiled = compile_frontend(Source("advice.elba", found.text));
    if (compiled.ok()) {
      advice.program = std::move(found.text);
      advice.reasons.clear();
      return advice;
    }
    if (!advice.reasons.empty()) continue;
    for (const Diagnostic& diagnostic : compiled.diagnostics)
      if (diagnostic.severity() == Severity::error && advice.reasons.empty()) {
        const std::string line(
            Source("advice.elba", found.text)
                .line(Source("advice.elba", found.text).position(diagnostic.span.begin).line));
        advice.reasons.push_back("written here, `" +
                                 line.substr(std::min(line.find_first_not_of(' '), line.size())) +
                                 "` has a mistake that needs your judgement: " + diagnostic.message);
        if (!diagnostic.help.empty()) advice.reasons.push_back(diagnostic.help);
      }
  }
  return advice;
}

}  // namespace elba::frontend
