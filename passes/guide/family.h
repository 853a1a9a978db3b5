// family: what a guide family is to the compiler: it writes the part of @guide that draws one group of
// latents.
//
//     expand(writer):   parameters and noise  ->  a draw of every latent of the group, u on the real line
//
// A family names its parameters as it needs them; where they stand in phi is the writer's matter (writer.h).
// A row of ir/guide_families.def, a file here.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/builder.h"
#include "ir/module.h"

namespace elba::passes {

// mean: one per coordinate. scale: the standard deviation is softplus of it. factor: rows x rows, of which
// the lower triangle is used: the diagonal through softplus, below it as it is. slope: of a coordinate by
// noise that another one has too. lag: of a coordinate by those before it. weight: of a small network, no
// coordinate's own; readout: of its last layer, so that at 0 the network does nothing. centering: c = sigmoid
// of it. point: a param's unconstrained coordinates.
enum class ParameterKind { mean, scale, factor, slope, lag, weight, readout, centering, point };

// Latents that one distribution covers together. Its coordinates are theirs, one site after the other.
struct GuideFamily;
struct GuideGroup {
  const GuideFamily* family = nullptr;
  std::int64_t argument = 0;  // of the family: rank, bandwidth
  struct Member {
    std::size_t site = 0;        // its index among all sites
    std::vector<ir::Dim> shape;  // free
    ir::Dim size;
    bool has_parents = false;  // its prior depends on other latents
  };
  std::vector<Member> members;
  ir::Dim size;
};

// One draw of a group: coordinates u, and of their distribution the marginal means and variances, all
// f64[size of the group]. Invalid: not at hand in closed form (entropy: 0; log_q: 0).
struct Drawn {
  ir::ValueId u, mean, variance;
  ir::ValueId entropy;  // exact, constants included, or an unbiased estimate at the draw
  ir::ValueId log_q;    // log density at u
};

class GuideWriter;
struct GuideFamily {
  std::string_view name;
  void (*order)(GuideGroup& group);     // of the members; null: as declared
  void (*expand)(GuideWriter& writer);  // asks for the means first
};
#define FAMILY(name, argument, standard, form, properties, starts_from, sentence, good_for) \
  [[nodiscard]] const GuideFamily& name##_family();
#include "ir/guide_families.def"
#undef FAMILY
[[nodiscard]] const GuideFamily* find_family(std::string_view name);

// ---- what the families share

// The lower-triangular families: u = m + L eps, so that ln det L is the sum of the logs of its diagonal.
[[nodiscard]] Drawn triangular_draw(ir::Builder& b, const ir::Dim& size, ir::ValueId eps,
                                    ir::ValueId log_diagonal, Drawn draw);
struct FullPart {
  ir::ValueId u, variance;  // f64[n]; u without the mean
  ir::ValueId log_diagonal;
};
// L eps of a square factor, stored row by row, its diagonal through softplus.
[[nodiscard]] FullPart full_part(ir::Builder& b, const ir::Dim& size, ir::ValueId factor, ir::ValueId eps);
// Members that are shared by others come first; the number of their coordinates.
void order_shared_first(GuideGroup& group, bool (*is_shared)(const GuideGroup::Member&));
[[nodiscard]] ir::Dim shared_size(const GuideGroup& group, bool (*is_shared)(const GuideGroup::Member&));

ir::ValueId real_of(ir::Builder& b, const ir::Dim& dim);

}  // namespace elba::passes
