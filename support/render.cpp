#include "support/render.h"
namespace elba {
std::string render_text(const std::vector<Diagnostic>& ds, const Source& s) { std::string o; for (auto& d : ds) { auto p = s.position(d.span.begin); o += std::string(code_info(d.code).code) + ": " + d.message + " @" + std::to_string(p.line) + ":" + std::to_string(p.column) + " help: " + d.help + "\n"; } return o; }
std::string render_json(const std::vector<Diagnostic>&, const Source&) { return {}; }
}
