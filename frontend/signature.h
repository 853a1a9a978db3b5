// signature: what a model asks for and what it has to say, as its declarations have it: sizes, data, unknowns
// and predictions with their types and supports.
//
//     model m { dim N; data y: real[N]; latent mu ~ normal(0, 1); .. }
//     ->  dims N | data y: f64[N] | unknowns mu: f64, real line
//
// Checked models write it; `elba check` prints it, data are bound against it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ir/module.h"
#include "ir/supports.h"
#include "support/diagnostics.h"
#include "support/result.h"

namespace elba {

// The text behind `import "path";`. The host decides what may be read; its diagnostics are shown at the
// import.
using ImportLoader = std::function<Result<Source>(const std::string& path)>;

struct Signature {
  struct DimField {
    std::string name;
    std::optional<ir::Dim> default_value;
    std::string computed_by;    // the function of the density module that gives it from data, or none
    std::string computed_text;  // as the user wrote it: "max(y)"
    Span span;
  };
  struct DataField {
    std::string name;
    ir::Type type;  // f64 or i64; integers are 1-based as the user wrote them
    ir::Bound lower, upper;
    ir::Support support = ir::Support::real;  // of the last dims; bounds stand apart
    bool optional = false;                    // `real?`
    std::string declared;                     // the type as the user wrote it: "int<1, J>[N]"
    std::string upper_reason;                 // where the upper bound is from, when it is no part of the type
    Span span;
  };
  // A latent or a param. `shape` is that of the value; the last `event_rank` dims are one simplex, ordered
  // vector, factor, ..
  struct Unknown {
    std::string name;
    ir::Type type;
    int event_rank = 0;
    std::string support;       // as in the IR: "real", "lower", ... (ir/supports.def)
    std::string support_text;  // as the user would write it: "real<lower=0>", "simplex"
    bool is_param = false;
    bool is_bounded = false;  // every element lies between two finite ends
    // The unconstrained coordinates, row-major. n (n - 1) / 2 of `pairs_of`, which is no polynomial, adds to
    // the last dim.
    std::vector<ir::Dim> unconstrained_shape;
    std::optional<ir::Dim> pairs_of;
    Span span;

    [[nodiscard]] std::optional<std::vector<std::int64_t>> unconstrained_sizes(
        const std::map<std::string, std::int64_t>& sizes) const;
    [[nodiscard]] std::optional<std::int64_t> unconstrained_size(
        const std::map<std::string, std::int64_t>& sizes) const;
    [[nodiscard]] std::string unconstrained_text() const;  // "J", "K*(D - 1)", "P choose 2"
  };
  struct Prediction {
    std::string name;
    ir::Type type;
    Span span;
    bool is_bounded = false;  // as far as it can be seen (bounded.h)
  };
  // A polynomial in dims that must not be negative for the model to make sense: checked when sizes are known.
  struct Requirement {
    ir::Dim value;
    std::string reason;  // "`y[1]` needs T >= 1"
    Span span;
  };

  std::string model;
  std::string guide;  // of the file, for this model; empty: none
  std::vector<DimField> dims;
  std::vector<DataField> data;
  std::vector<Unknown> unknowns;  // latents and params in declaration order
  std::vector<Prediction> predictions;
  std::vector<Requirement> requirements;
};

}  // namespace elba
