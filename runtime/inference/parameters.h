// parameters: all that inference knows of a guide: which coordinates of phi are means, scales, factors .. of
// which latents, for given sizes of the data. Written by the compiler (passes/guide/writer.h), evaluated at
// bind.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace elba::runtime {

// The covariance of a guide that is one normal distribution and has it as a parameter.
enum class NormalForm { none, diagonal, full };

// As in passes/guide/family.h.
enum class ParameterKind { mean, scale, factor, slope, lag, weight, readout, centering, point };

struct ParameterBlock {
  std::string name;  // "m", "w", "L", .., or the site's name
  ParameterKind kind = ParameterKind::mean;
  std::size_t group = 0;
  std::size_t offset = 0, size = 0;  // in phi
  std::size_t first = 0, rows = 0;   // the coordinates of its group that it is about
};

// Latents that one distribution covers together.
struct ParameterGroup {
  NormalForm form = NormalForm::none;
  bool is_normal = true, is_point = false, takes_fixed_draws = true;
  std::string starts_from;          // the family whose short fit it begins at
  std::vector<std::size_t> places;  // of its coordinates in U', all latents' coordinates in declaration order
};

// A run of coordinates that phi (a mean or a point param) shares with u of the log joint density; of a
// reparameterised site, with z.
struct SharedCoordinates {
  std::string site;
  std::size_t group = 0;
  std::size_t phi_offset = 0, u_offset = 0, size = 0;
  bool is_param = false;
};

struct ParameterTable {
  std::vector<ParameterGroup> groups;
  std::vector<ParameterBlock> blocks;
  std::vector<SharedCoordinates> shared;
  std::size_t size = 0;         // of phi
  std::size_t latent_size = 0;  // of U'
  std::size_t noise_size = 0;   // standard normals of a draw

  // Of one normal distribution over all latents, whose phi begins with means m[n], then w[n] (diagonal: sd =
  // softplus(w)) or L[n, n] row by row (full: softplus on its diagonal, unused above it), n = noise_size;
  // else none.
  [[nodiscard]] NormalForm form() const;
  // Every latent's coordinates are normal, none of them a point.
  [[nodiscard]] bool is_normal() const;
  [[nodiscard]] bool takes_fixed_draws() const;
  // The family whose short fit the guide begins at; empty: it searches by itself.
  [[nodiscard]] std::string starts_from() const;
  [[nodiscard]] std::vector<std::size_t> means() const;  // places in phi, of latents

  // phi with means and point params at u (coordinates of the log joint density; may be shorter), standard
  // deviations sd, centering weights 1/2. For a standard coordinate u is a rough start only: it takes z where
  // it has the value.
  [[nodiscard]] std::vector<double> initial(std::span<const double> u, double sd) const;
  // The size of one posterior unit of every coordinate of phi, when those of the latents (U') have the given
  // standard deviations; 1 where that says nothing.
  [[nodiscard]] std::vector<double> units(std::span<const double> sd) const;
};

// Where a guide is, as another guide or a sampler begins with it.
struct GuideStart {
  std::vector<double> mean, spread;  // of the latents' coordinates, reparameterised
  std::vector<double> factor;        // L[n, n] of their covariance L L', instead of `spread`; or empty
  // Centering weights, and point params: by the name of their site.
  std::map<std::string, std::vector<double>> points;
};
// Mean, standard deviations and centering weights of a guide that has a `form`; of another one the points
// only.
[[nodiscard]] GuideStart start_of(const ParameterTable& table, const std::vector<double>& phi);
// The other way, to a family that has at least as much room. Empty when the parts do not fit.
[[nodiscard]] std::vector<double> phi_from(const ParameterTable& table, const GuideStart& start);

}  // namespace elba::runtime
