#include "tests/fuzz_corpus/entries.h"

#include "api/elba.hpp"
#include "api/model/pipeline.h"
#include "frontend/frontend.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "passes/passes.h"
#include "support/render.h"

namespace elba::test {

namespace {

// Larger texts are read, but not compiled to the end: the fuzzers would spend their time on a few of them.
constexpr std::size_t compiled_bytes = 4000;

std::string refused(const std::vector<Diagnostic>& diagnostics, const Source& source) {
  (void)render_text(diagnostics, source);
  (void)render_json(diagnostics, source);
  bool error = false;
  for (const Diagnostic& diagnostic : diagnostics) {
    if (diagnostic.code == Code::internal_error) return "a defect: " + diagnostic.message;
    error |= diagnostic.severity() == Severity::error;
  }
  return error ? "" : "refused without an error";
}

std::string same_after_reading(const ir::Module& module) {
  const std::string once = ir::print(module);
  const auto again = ir::parse_module(Source("<printed>", once));
  if (!again) return "printed IR does not parse: " + again.diagnostics()[0].message + "\n" + once;
  return ir::print(*again) == once ? "" : "printing is not canonical:\n" + once;
}

std::string formatted(std::string_view text) {
  const auto once = format_source(text);
  if (!once) return {};
  const auto twice = format_source(*once);
  if (!twice) return "formatted text does not parse:\n" + *once;
  return *twice == *once ? "" : "formatting is not idempotent:\n" + *once + "\n" + *twice;
}

}  // namespace

std::string model_entry(std::string_view text) {
  const Source source("<fuzz>", std::string(text));
  const auto read = compile_frontend(source, "", {});
  if (!read.module) {
    if (auto broken = refused(read.diagnostics, source); !broken.empty()) return broken;
    return formatted(text);
  }
  (void)render_text(read.diagnostics, source);
  if (const auto problems = ir::verify(*read.module); !problems.empty())
    return "the front end made broken IR: " + problems[0];
  if (text.size() <= compiled_bytes) {
    PipelineOptions options;
    options.until = ir::Level::loop;
    options.verify = true;
    for (const char* function : {"log_joint.grad", "predict", "elbo.grad"}) {
      const auto module = run_pipeline(*read.module, {function, ""}, options);
      if (module) continue;
      if (auto broken = refused(module.diagnostics(), source); !broken.empty())
        return std::string(function) + ": " + broken;
    }
  }
  return formatted(text);
}

std::string ir_entry(std::string_view text) {
  const Source source("<fuzz>", std::string(text));
  auto read = ir::parse_module(source);
  if (!read) return refused(read.diagnostics(), source);
  if (auto broken = same_after_reading(*read); !broken.empty()) return broken;
  ir::Module module = std::move(*read);
  if (text.size() > compiled_bytes) return {};
  for (const auto& pass : passes::all_passes()) {
    if (pass.needs != module.level) continue;
    module = pass.run(std::move(module));
    if (const auto problems = ir::verify(module); !problems.empty())
      return std::string(pass.name) + " broke the IR: " + problems[0] + "\n" + ir::print(module);
  }
  return same_after_reading(module);
}

std::string data_entry(std::string_view bytes) {
  if (bytes.empty()) return {};
  const std::string_view text = bytes.substr(1);
  const auto data = static_cast<unsigned char>(bytes[0]) % 2 == 0 ? Data::from_json(text)
                                                                  : Data::from_csv(text);
  return data ? "" : refused(data.diagnostics(), Source("<fuzz>", std::string(text)));
}

}  // namespace elba::test
