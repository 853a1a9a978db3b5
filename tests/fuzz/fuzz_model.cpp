// Model text: parse, check, lower, and print every diagnostic; format what parses. Nothing may crash, hang or grow without bound.
#include <cstddef>
#include <cstdint>

#include "api/elba.hpp"
#include "support/render.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  const auto program = elba::Program::compile(text);
  (void)elba::render_text(program.diagnostics(), elba::Source("<fuzz>", text));
  (void)elba::render_json(program.diagnostics(), elba::Source("<fuzz>", text));
  if (program) (void)program->emit(elba::Stage::tensor);
  (void)elba::format_source(text);
  return 0;
}
