// reason: why a fit has its verdict, as a diagnostic: a code of family F (reasons.def, with a page that
// `elba explain F0103` prints), how much it weighs, and its text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace elba {

enum class Verdict { trust, caution, do_not_trust };
[[nodiscard]] std::string_view verdict_name(Verdict verdict);  // "trust", "caution", "do_not_trust"

enum class ReasonCode {
#define REASON(code, name, text) name,
#include "runtime/inference/reasons.def"
#undef REASON
};

struct Reason {
  ReasonCode code{};
  Verdict weight = Verdict::trust;  // the verdict is no better than this
  std::string text;                 // the row's, with its arguments filled in

  bool operator==(const Reason&) const = default;
};
[[nodiscard]] std::string_view code_of(const Reason& reason);  // "F0103"

// A verdict and what led to it.
struct Assessment {
  Verdict verdict = Verdict::do_not_trust;
  std::vector<Reason> reasons;

  // The verdict becomes no better than `weight`.
  void add(Verdict weight, ReasonCode code, const std::vector<std::string>& arguments = {});
  void add_first(Verdict weight, ReasonCode code, const std::vector<std::string>& arguments = {});
};

}  // namespace elba

namespace elba::runtime {
using elba::Verdict;
}  // namespace elba::runtime
