// program_entry: one generated model, from text to compiled numbers.
#include <cmath>
#include <sstream>

#include "api/elba.hpp"
#include "tests/fuzz_corpus/entries.h"
#include "tests/fuzz_corpus/program_entry.h"
#include "tests/support/oracle.h"

namespace elba::test {

namespace {

std::string first_defect(const std::vector<Diagnostic>& diagnostics) {
  for (const Diagnostic& diagnostic : diagnostics)
    if (diagnostic.severity() == Severity::error && (diagnostic.code == Code::internal_error || diagnostic.code == Code::ir_invalid)) return "a defect: " + diagnostic.message;
  return "";
}

// Sums of many terms of either sign lose digits; what is asked for is that nothing is wrong, not that nothing is rounded.
bool agree(double a, double b, double scale) { return std::fabs(a - b) <= 1e-6 * scale; }

std::string compare(const Bound& bound, Workspace& workspace, double shift) {
  // Nowhere 0, where the kinks are.
  std::vector<double> u(bound.dimension()), gradient(u.size());
  for (std::size_t k = 0; k < u.size(); ++k) u[k] = shift * std::sin(1.3 * static_cast<double>(k) + 0.4);
  const auto oracle = oracle_log_joint(bound, u);
  if (!oracle) return "the interpreter stops: " + oracle.diagnostics()[0].message;
  // Where the density is not finite, the algebra of the compiler need not keep which kind of not.
  if (!std::isfinite(oracle->value)) return "";
  double value = 0, largest = 1;
  if (const auto status = bound.log_density(workspace, u, true, value, gradient); !status) return first_defect(status.diagnostics());
  std::ostringstream out;
  out.precision(17);
  if (!agree(value, oracle->value, std::max(1.0, std::fabs(oracle->value)))) out << "value " << value << " against " << oracle->value << "\n";
  for (const double g : oracle->gradient) {
    if (!std::isfinite(g)) return out.str();
    largest = std::max(largest, std::fabs(g));
  }
  for (std::size_t k = 0; k < u.size(); ++k)
    if (!agree(gradient[k], oracle->gradient[k], largest)) out << "gradient " << k << ": " << gradient[k] << " against " << oracle->gradient[k] << "\n";
  return out.str();
}

}  // namespace

bool checks(const std::string& text) { return static_cast<bool>(Program::compile(text)); }

std::string run_random_model(const RandomModel& model) {
  const auto described = [&](const std::string& broken) { return broken.empty() ? "" : broken + "\n" + model.text; };
  if (auto broken = model_entry(model.text); !broken.empty()) return described(broken);
  const auto program = Program::compile(model.text);
  if (!program) return described(first_defect(program.diagnostics()));
  const auto data = Data::from_json(model.data);
  if (!data) return described("the data of the generator are refused: " + data.diagnostics()[0].message);
  const auto bound = program->bind(*data);
  if (!bound) return described(first_defect(bound.diagnostics()));
  auto workspace = bound->workspace();
  if (!workspace) return described(first_defect(workspace.diagnostics()));
  for (const double shift : {0.05, 0.7})
    if (auto broken = compare(*bound, **workspace, shift); !broken.empty()) return described(broken);
  return "";
}

std::string program_entry(std::string_view bytes) {
  Choices choices(bytes);
  return run_random_model(random_model(choices, checks));
}

}  // namespace elba::test
