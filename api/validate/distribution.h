// distribution: one distribution at one set of arguments, its members as numbers. By the interpreter, whose
// code the compiler shares nothing with.
#pragma once

#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/model/handles.h"
#include "ir/interpret.h"
#include "support/elementary.h"

namespace elba {

class Law {
 public:
  Law(const ir::Module& module, const ir::DistDecl& decl, Sizes sizes)
      : module_(module), decl_(decl), sizes_(std::move(sizes)) {}
  std::vector<ir::Tensor> arguments;
  std::string shown;  // "mu = 0.31, sigma = 1.2"

  [[nodiscard]] bool has(std::string_view member) const;
  [[nodiscard]] bool discrete() const { return decl_.scalar == ir::Scalar::i64; }

  [[nodiscard]] std::vector<double> call(const std::string& member,
                                         std::optional<ir::Tensor> first = std::nullopt) const;
  [[nodiscard]] double at(const std::string& member, double x) const;
  [[nodiscard]] double density(double x) const { return math::exp(at("logpdf", x)); }
  [[nodiscard]] std::vector<double> draw(std::uint64_t key) const;

  // The ends of the support; -+inf where there is none.
  [[nodiscard]] double low() const;
  [[nodiscard]] double high() const;

 private:
  [[nodiscard]] double bound(const ir::Bound& bound, double absent) const;

  const ir::Module& module_;
  const ir::DistDecl& decl_;
  Sizes sizes_;
};

}  // namespace elba
