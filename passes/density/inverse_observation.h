// inverse_observation: from an observed value back to the data that it is computed from, element by element.
//
//     let le = log(earn);   le ~ normal(mu, s)      a draw of le is one of earn = exp(le)
//
// The way leads through reads, stacked loops and operations that have an inverse (ir/inverse.h). A draw that
// no element maps to gives nan.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ir/builder.h"
#include "ir/inverse.h"
#include "ir/module.h"

namespace elba::passes {

struct WayBack {
  struct Step {
    const ir::Op* op = nullptr;  // a nest or a read; null: an inverse
    ir::Inverse inverse;
  };
  ir::ValueId source;       // a parameter of @model, or the value of one of its sites
  std::vector<Step> steps;  // from the value to the source
};

class WaysBack {
 public:
  // `is_source`: the data and the unknowns.
  WaysBack(const ir::Func& model, const ir::Definitions& definitions,
           std::function<bool(ir::ValueId)> is_source)
      : model_(model), definitions_(definitions), is_source_(std::move(is_source)) {}

  // `is_whole`: what is drawn are whole numbers. `wanted` names the source, where there are ways to several.
  // Without a way back, `why` ends the sentence "a draw of it gives none of the data: ..".
  [[nodiscard]] std::optional<WayBack> find(ir::ValueId value, bool is_whole, const std::string& wanted,
                                            std::string& why) const;
  // The data that a value may be undone to.
  [[nodiscard]] std::vector<std::string> sources(ir::ValueId value, bool is_whole) const;

  // The element of the source for `drawn`, the element of the value at `index`, within a loop of `b`; bodies
  // of loops on the way are copied into it. `index` becomes its place in the source.
  [[nodiscard]] ir::ValueId undo(const WayBack& way, ir::Builder& b, ir::Builder::ValueMap& map,
                                 ir::ValueId drawn, std::vector<ir::ValueId>& index) const;

 private:
  [[nodiscard]] std::vector<WayBack> all(ir::ValueId value, bool is_whole, std::string& why) const;
  void search(ir::ValueId value, WayBack way, std::vector<WayBack>& found, std::string& why, int depth) const;
  [[nodiscard]] bool reads(ir::ValueId value, ir::ValueId source) const;
  [[nodiscard]] std::string name(ir::ValueId source) const;

  const ir::Func& model_;
  const ir::Definitions& definitions_;
  std::function<bool(ir::ValueId)> is_source_;
};

}  // namespace elba::passes
