// guide_models: log densities with known answers, and the Gaussian guides around them as compiled code would
// evaluate them.
#pragma once

#include <cmath>
#include <functional>
#include <memory>
#include <numbers>
#include <string>
#include <vector>

#include "runtime/inference/variational/fit.h"
#include "runtime/inference/noise.h"

namespace guide_models {

using elba::runtime::FitProblem;
using elba::runtime::NormalForm;
using elba::runtime::ParameterKind;
using elba::runtime::ParameterTable;

// Value and gradient of a log density on R^n.
struct Model {
  std::size_t size = 0;
  std::function<double(const double* u, double* gradient)> log_density;
};

inline double softplus(double w) { return w > 30 ? w : std::log1p(std::exp(w)); }

// phi = m, then w (meanfield) or L row by row (fullrank): u = m + s e or m + L e.
inline ParameterTable table_of(std::size_t n, NormalForm form) {
  ParameterTable table;
  const bool is_full = form == NormalForm::full;
  table.groups.push_back({.form = form, .starts_from = {}, .places = {}});
  for (std::size_t i = 0; i < n; ++i)
    table.groups[0].places.push_back(i);
  table.blocks.push_back({"m", ParameterKind::mean, 0, 0, n, 0, n});
  table.blocks.push_back({is_full ? "L" : "w", is_full ? ParameterKind::factor : ParameterKind::scale, 0, n,
                          is_full ? n * n : n, 0, n});
  table.shared.push_back({"u", 0, 0, 0, n, false});
  table.size = n + (is_full ? n * n : n);
  table.latent_size = table.noise_size = n;
  return table;
}

inline FitProblem problem_of(const Model& model, NormalForm form) {
  const std::size_t n = model.size;
  const bool is_full = form == NormalForm::full;
  FitProblem out;
  out.parameters = std::make_shared<const ParameterTable>(table_of(n, form));
  out.latent_size = n;
  const auto width = [=](std::size_t i) { return is_full ? n + i * n + i : n + i; };
  struct Room {
    std::vector<double> noise, u, gradient;
  };
  const auto room = std::make_shared<Room>(
      Room{std::vector<double>(n), std::vector<double>(n), std::vector<double>(n)});
  const auto place = [=](const double* phi, const double* noise) {
    std::copy_n(noise, n, room->noise.data());
    double log_scale = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const double s = softplus(phi[width(i)]);
      log_scale += std::log(s);
      room->u[i] = phi[i] + s * room->noise[i];
      for (std::size_t j = 0; is_full && j < i; ++j)
        room->u[i] += phi[n + i * n + j] * room->noise[j];
    }
    return log_scale;
  };
  const double half_log_two_pi = 0.5 * std::log(2 * std::numbers::pi);
  out.elbo = [=](const double* phi, const double* noise, double& value, double* gradient) {
    const double log_scale = place(phi, noise);
    value = model.log_density(room->u.data(), room->gradient.data()) + log_scale +
            static_cast<double>(n) * (0.5 + half_log_two_pi);
    for (std::size_t i = 0; i < n; ++i) {
      const double s = softplus(phi[width(i)]), slope = 1 / (1 + std::exp(-phi[width(i)]));
      gradient[i] = room->gradient[i];
      if (is_full)
        for (std::size_t j = 0; j < n; ++j)
          gradient[n + i * n + j] = j < i ? room->gradient[i] * room->noise[j] : 0;
      gradient[width(i)] = (room->gradient[i] * room->noise[i] + 1 / s) * slope;
    }
    return std::isfinite(value);
  };
  out.draw_at = [=](const double* phi, const double* noise, double* u, double& log_p, double& log_q) {
    const double log_scale = place(phi, noise);
    std::copy(room->u.begin(), room->u.end(), u);
    log_p = model.log_density(u, room->gradient.data());
    log_q = -log_scale - static_cast<double>(n) * half_log_two_pi;
    for (const double e : room->noise)
      log_q -= 0.5 * e * e;
    return true;
  };
  out.draw = [draw_at = out.draw_at, normals = elba::runtime::Noise(n)](
                 const double* phi, std::uint64_t key, double* u, double& log_p, double& log_q) mutable {
    return draw_at(phi, normals.of(key), u, log_p, log_q);
  };
  out.log_joint = [=](const double* u, std::uint64_t, double& value, double* gradient) {
    return value = model.log_density(u, gradient), std::isfinite(value);
  };
  out.constrain = [=](const double* u, double* quantities) { return std::copy_n(u, n, quantities), true; };
  for (std::size_t i = 0; i < n; ++i)
    out.quantity_names.push_back("u[" + std::to_string(i + 1) + "]");
  return out;
}

// Its ELBO at the normals of a key.
inline elba::runtime::Evaluate by_key(const FitProblem& problem) {
  return [elbo = problem.elbo, normals = elba::runtime::Noise(problem.parameters->noise_size)](
             const double* phi, std::uint64_t key, double& value, double* gradient) mutable {
    return elbo(phi, normals.of(key), value, gradient);
  };
}

// -1/2 (u - c)' A (u - c), with its log normaliser.
struct Gaussian {
  std::size_t n;
  std::vector<double> precision, centre;

  // A_ij: scales over four orders of magnitude, correlations that fall off as rho^|i - j| in the precision.
  Gaussian(std::size_t size, double rho) : n(size), precision(size * size), centre(size) {
    for (std::size_t i = 0; i < n; ++i) {
      centre[i] = 3 * std::sin(static_cast<double>(i + 1));
      for (std::size_t j = 0; j < n; ++j)
        precision[i * n + j] = std::pow(rho, std::abs(static_cast<double>(i) - static_cast<double>(j))) /
                               (scale(i) * scale(j));
    }
  }
  [[nodiscard]] double scale(std::size_t i) const {
    return std::pow(10.0, n > 1 ? -2 + 4 * static_cast<double>(i) / static_cast<double>(n - 1) : 0.5);
  }

  // The precision is D^-1 R D^-1 with R of an autoregression: log det R = (n - 1) log(1 - rho^2).
  [[nodiscard]] double log_evidence(double rho) const {
    double out = static_cast<double>(n) * 0.5 * std::log(2 * std::numbers::pi) -
                 0.5 * static_cast<double>(n - 1) * std::log1p(-rho * rho);
    for (std::size_t i = 0; i < n; ++i)
      out += std::log(scale(i));
    return out;
  }
  // Mean field: s_i^2 = 1 / A_ii, and the ELBO loses (sum log A_ii - log det A) / 2.
  [[nodiscard]] double meanfield_elbo(double rho) const {
    return log_evidence(rho) + 0.5 * static_cast<double>(n - 1) * std::log1p(-rho * rho);
  }

  [[nodiscard]] Model model() const {
    return {n, [self = *this](const double* u, double* gradient) {
              double value = 0;
              for (std::size_t i = 0; i < self.n; ++i) {
                double row = 0;
                for (std::size_t j = 0; j < self.n; ++j)
                  row += self.precision[i * self.n + j] * (u[j] - self.centre[j]);
                gradient[i] = -row;
                value -= 0.5 * row * (u[i] - self.centre[i]);
              }
              return value;
            }};
  }
};

// Eight schools (Rubin 1981), mu ~ N(0, 5), tau ~ half-Cauchy(0, 5); coordinates z[8], mu, log tau; theta =
// mu + tau z.
inline Model eight_schools() {
  return {10, [](const double* u, double* gradient) {
            constexpr double y[] = {28, 8, -3, 7, -1, 1, 18, 12}, sigma[] = {15, 10, 16, 11, 9, 11, 10, 18};
            const double half_log_two_pi = 0.5 * std::log(2 * std::numbers::pi);
            const double mu = u[8], tau = std::exp(u[9]), ratio = tau / 5;
            double value = -mu * mu / 50 - std::log(5) - half_log_two_pi +
                           std::log(2 / (5 * std::numbers::pi)) - std::log1p(ratio * ratio) + u[9];
            gradient[8] = -mu / 25;
            gradient[9] = 1 - 2 * ratio * ratio / (1 + ratio * ratio);
            for (int j = 0; j < 8; ++j) {
              const double gap = (y[j] - mu - tau * u[j]) / sigma[j], pull = gap / sigma[j];
              value += -0.5 * u[j] * u[j] - 0.5 * gap * gap - std::log(sigma[j]) - 2 * half_log_two_pi;
              gradient[j] = -u[j] + pull * tau;
              gradient[8] += pull;
              gradient[9] += pull * tau * u[j];
            }
            return value;
          }};
}

}  // namespace guide_models
