// program_entry: one generated model, from text to compiled numbers.
#include <cmath>
#include <optional>
#include <sstream>

#include "api/elba.hpp"
#include "passes/passes.h"
#include "tests/fuzz_corpus/entries.h"
#include "tests/fuzz_corpus/program_entry.h"
#include "tests/support/oracle.h"

namespace elba::test {

namespace {

std::string first_defect(const std::vector<Diagnostic>& diagnostics) {
  for (const Diagnostic& diagnostic : diagnostics)
    if (diagnostic.severity() == Severity::error &&
        (diagnostic.code == Code::internal_error || diagnostic.code == Code::ir_invalid))
      return "a defect: " + diagnostic.message;
  return "";
}

// Sums of many terms of either sign lose digits; what is asked for is that nothing is wrong, not that nothing
// is rounded.
bool agree(double a, double b, double scale) { return std::fabs(a - b) <= 1e-6 * scale; }

// How far the value and each derivative move when arguments move in their last digits; nothing where one of
// them leaves the line.
std::optional<OracleValue> swing(const Bound& bound, const std::vector<double>& u, const OracleValue& at) {
  OracleValue widest{0, std::vector<double>(u.size(), 0)};
  for (std::uint64_t nudge = 1; nudge <= 6; ++nudge) {
    const auto moved = oracle_log_joint(bound, u, nudge);
    if (!moved || !std::isfinite(moved->value)) return std::nullopt;
    widest.value = std::max(widest.value, std::fabs(moved->value - at.value));
    for (std::size_t k = 0; k < u.size(); ++k) {
      if (!std::isfinite(moved->gradient[k])) return std::nullopt;
      widest.gradient[k] = std::max(widest.gradient[k], std::fabs(moved->gradient[k] - at.gradient[k]));
    }
  }
  return widest;
}

std::string differences(const OracleValue& found, const OracleValue& oracle, double largest,
                        const OracleValue& allowed) {
  std::ostringstream out;
  out.precision(17);
  // By their negations, so that nan differs from everything.
  const auto differ = [](double a, double b, double scale, double more) {
    return !agree(a, b, scale) && !(std::fabs(a - b) <= 10 * more);
  };
  if (differ(found.value, oracle.value, std::max(1.0, std::fabs(oracle.value)), allowed.value))
    out << "value " << found.value << " against " << oracle.value << "\n";
  for (std::size_t k = 0; k < oracle.gradient.size(); ++k)
    if (differ(found.gradient[k], oracle.gradient[k], largest, allowed.gradient[k]))
      out << "gradient " << k << ": " << found.gradient[k] << " against " << oracle.gradient[k] << "\n";
  return out.str();
}

std::string compare(const Bound& bound, Workspace& workspace, double shift) {
  // Nowhere 0, where the kinks are.
  std::vector<double> u(bound.dimension());
  for (std::size_t k = 0; k < u.size(); ++k)
    u[k] = shift * std::sin(1.3 * static_cast<double>(k) + 0.4);
  const auto oracle = oracle_log_joint(bound, u);
  if (!oracle) return "the interpreter stops: " + oracle.diagnostics()[0].message;
  // Where the density is not finite, the algebra of the compiler need not keep which kind of not.
  if (!std::isfinite(oracle->value)) return "";
  OracleValue found{0, std::vector<double>(u.size(), 0)}, none = found;
  if (const auto status = bound.log_density(workspace, u, true, found.value, found.gradient); !status)
    return first_defect(status.diagnostics());
  double largest = 1;
  bool is_smooth = true;
  for (const double g : oracle->gradient) {
    is_smooth &= std::isfinite(g);
    largest = std::max(largest, std::fabs(g));
  }
  OracleValue wanted = *oracle;
  if (!is_smooth) wanted.gradient.clear();  // the value alone
  if (differences(found, wanted, largest, none).empty()) return "";
  const auto allowed = swing(bound, u, *oracle);
  return allowed ? differences(found, wanted, largest, *allowed) : "";
}

// The log density of each observation: compiled against interpreted.
std::string compare_observations(const Bound& bound, Workspace& workspace) {
  const auto arrays = bound.observations();
  if (!arrays) return first_defect(arrays.diagnostics());
  if (arrays->empty()) return "";
  std::vector<double> u(bound.dimension()), values;
  for (std::size_t k = 0; k < u.size(); ++k)
    u[k] = 0.3 * std::sin(1.3 * static_cast<double>(k) + 0.4);
  const auto oracle = interpret_bound(
      bound, passes::log_likelihood(passes::inline_calls(bound.impl->program->density)), "log_likelihood", u);
  if (!oracle) return "the interpreter stops: " + oracle.diagnostics()[0].message;
  if (const auto status = bound.log_likelihood(workspace, u, values); !status)
    return "log_likelihood: " + first_defect(status.diagnostics());
  std::ostringstream out;
  out.precision(17);
  std::size_t at = 0;
  for (const ir::Tensor& tensor : *oracle)
    for (const double expected : tensor.values) {
      const double value = values.at(at++);
      if (std::isfinite(expected) && !agree(value, expected, std::max(1.0, std::fabs(expected))))
        out << "observation " << at << ": " << value << " against " << expected << "\n";
    }
  return out.str();
}

}  // namespace

bool checks(const std::string& text) { return static_cast<bool>(Program::compile(text)); }

std::string run_random_model(const RandomModel& model) {
  const auto described = [&](const std::string& broken) {
    return broken.empty() ? "" : broken + "\n" + model.text;
  };
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
  return described(compare_observations(*bound, **workspace));
}

std::string program_entry(std::string_view bytes) {
  Choices choices(bytes);
  return run_random_model(random_model(choices, checks));
}

}  // namespace elba::test
