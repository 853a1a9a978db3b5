// random_model: well-formed model text with data, drawn from the tables of the language, so that new
// functions and distributions are tried by themselves.
//
// Statements are proposed one by one, mostly well typed; one that `accept` refuses is left out, so what
// results always checks. The choices come from a seed or from a fuzzer's bytes: flipping one byte changes one
// decision.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace elba::test {

class Choices {
 public:
  explicit Choices(std::uint64_t seed) : state_(seed) {}
  explicit Choices(std::string_view bytes) : bytes_(bytes), is_finite_(true) {}

  std::size_t below(std::size_t n);  // 0 once the bytes have run out
  bool one_in(std::size_t n) { return below(n) == 0; }
  [[nodiscard]] bool is_over() const { return is_finite_ && at_ >= bytes_.size(); }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
  std::uint64_t state_ = 0;
  bool is_finite_ = false;
};

struct RandomModel {
  std::string text, data;  // data: JSON
  int proposed = 0, refused = 0;
};

struct RandomModelOptions {
  int statements = 8;
  int depth = 3;  // of expressions
};

// `accept` says whether a text checks. It sees every text on the way, the refused ones too.
[[nodiscard]] RandomModel random_model(Choices& choices,
                                       const std::function<bool(const std::string&)>& accept,
                                       const RandomModelOptions& options = {});

}  // namespace elba::test
