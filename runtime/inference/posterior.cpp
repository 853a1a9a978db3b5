#include "runtime/inference/posterior.h"

namespace elba {

std::string_view verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::trust:
      return "trust";
    case Verdict::caution:
      return "caution";
    case Verdict::do_not_trust:
      return "do_not_trust";
  }
  return {};
}

}  // namespace elba
