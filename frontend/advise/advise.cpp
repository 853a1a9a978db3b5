#include "frontend/advise/advise.h"

namespace elba::frontend {

std::string Advice::text(Span span) const {
  std::string out;
  for (const char c : source.text(span)) {
    const bool blank = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    if (!blank)
      out += c;
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
  }
  return out;
}

void advise(const Advice& advice) {
  const Reads reads(advice.model);
  advise_on_information(advice, reads);
  advise_on_jacobians(advice, reads);
  advise_on_arguments(advice, reads);
  if (advice.pedantic) advise_on_priors(advice);
}

}  // namespace elba::frontend
