// text: entries as the pages docs/distributions.md and docs/functions.md, and as text for a
// terminal.
#include <algorithm>

#include "frontend/reference/reference.h"
#include "frontend/typed_tree/functions.h"
#include "support/diagnostics.h"

namespace elba::frontend {

namespace {

std::string code_words(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words)
    out += (out.empty() ? "`" : ", `") + word + "`";
  return out;
}

std::string spaced(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words)
    out += (out.empty() ? "" : " ") + word;
  return out;
}

// A cell of a table: `|` would end it.
std::string cell(const std::string& text) {
  std::string out;
  for (const char c : text)
    out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

template <class Each>
void by_family(const std::vector<ReferenceEntry>& entries, const Each& each) {
  for (std::size_t i = 0; i < entries.size();) {
    std::size_t end = i;
    while (end < entries.size() && entries[end].family == entries[i].family)
      ++end;
    each(std::span(entries).subspan(i, end - i));
    i = end;
  }
}

std::string terminal_text(const ReferenceEntry& entry) {
  std::string out = entry.signature + "\n";
  for (const std::string& line : entry.about)
    out += "    " + line + "\n";
  const auto line = [&](const std::string& title, const std::string& text) {
    if (!text.empty()) out += "  " + title + std::string(11 - title.size(), ' ') + text + "\n";
  };
  line("members", spaced(entry.members));
  line("elsewhere", spaced(entry.elsewhere));
  line("example", entry.example);
  return out;
}

constexpr std::string_view made =
    "Made from the tables that the compiler reads; a test holds it to them and compiles every example. `elba "
    "doc NAME` prints one entry.\n";

}  // namespace

std::string distribution_page() {
  const auto entries = distribution_reference();
  std::string out = "# Distributions\n\n" + std::string(made) +
                    "\nThe first line of an entry gives the parameters with their bounds and, after the last "
                    "colon, the support. Members are functions too:\n"
                    "`normal_logpdf(x, mu, sigma)`, `normal_cdf(x, mu, sigma)`; `sample` is what a "
                    "prediction needs. \"Elsewhere\" are names of other languages.\n\n";
  by_family(entries, [&](std::span<const ReferenceEntry> family) {
    out += "- " + family[0].family + ":";
    for (const auto& entry : family)
      out += " [" + entry.name + "](#" + entry.name + ")";
    out += "\n";
  });
  by_family(entries, [&](std::span<const ReferenceEntry> family) {
    out += "\n## " + family[0].family + "\n";
    for (const auto& entry : family) {
      out += "\n### " + entry.name + "\n\n```text\n" + entry.signature + "\n";
      for (const std::string& line : entry.about)
        out += line + "\n";
      out += "```\n\n`" + entry.example + "`";
      if (!entry.members.empty()) out += " Members: " + code_words(entry.members) + ".";
      if (!entry.elsewhere.empty()) out += " Elsewhere: " + code_words(entry.elsewhere) + ".";
      out += "\n";
    }
  });
  return out;
}

std::string function_page() {
  std::string out = "# Functions\n\n" + std::string(made);
  by_family(function_reference(), [&](std::span<const ReferenceEntry> family) {
    out += "\n## " + family[0].family +
           "\n\n| function | is | example | elsewhere |\n| --- | --- | --- | --- |\n";
    for (const auto& entry : family)
      out += "| `" + entry.name + "`: `" + cell(entry.signature) + "` | " + cell(spaced(entry.about)) +
             " | " + (entry.example.empty() ? "" : "`" + cell(entry.example) + "`") + " | " +
             code_words(entry.elsewhere) + " |\n";
  });
  return out;
}

std::string describe(std::string_view name) {
  std::string out;
  for (const auto& entries : {distribution_reference(), function_reference()})
    for (const ReferenceEntry& entry : entries)
      if (entry.name == name) out += terminal_text(entry);
  if (!out.empty()) return out;
  for (const std::string_view advice : {foreign_distribution(name), foreign_function(name)})
    if (!advice.empty())
      out += "`" + std::string(name) + "` of another language: " + fill_advice(advice, {}) + "\n";
  return out;
}

std::string list_names() {
  std::string out;
  for (const auto& entries : {distribution_reference(), function_reference()}) {
    by_family(entries, [&](std::span<const ReferenceEntry> family) {
      out += family[0].family + "\n";
      std::string line = " ";
      for (const auto& entry : family) {
        if (line.size() + entry.name.size() > 100) {
          out += line + "\n";
          line = " ";
        }
        line += " " + entry.name;
      }
      out += line + "\n";
    });
  }
  return out;
}

std::string nearest_entry(std::string_view name) {
  std::vector<std::string> names;
  for (const auto& entries : {distribution_reference(), function_reference()})
    for (const ReferenceEntry& entry : entries)
      names.push_back(entry.name);
  return nearest_name(name, names);
}

}  // namespace elba::frontend
