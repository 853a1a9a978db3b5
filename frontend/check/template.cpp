#include "frontend/check/template.h"

#include "ir/library.h"

namespace elba::frontend {

namespace {

class Filler {
 public:
  explicit Filler(const Template& values) : values_(values) {}
  std::string out;

  void text(std::string_view source) {
    std::vector<std::string_view> lines;
    while (!source.empty()) {
      const auto end = source.find('\n');
      lines.push_back(source.substr(0, end));
      source.remove_prefix(end == std::string_view::npos ? source.size() : end + 1);
    }
    block(lines, 0, lines.size());
  }

 private:
  static bool is(std::string_view line, std::string_view directive) {
    return line.substr(0, directive.size()) == directive;
  }

  // The line of the #else (or the end) and of the #end of what opens at `at`.
  static std::pair<std::size_t, std::size_t> extent(const std::vector<std::string_view>& lines,
                                                    std::size_t at, std::size_t end) {
    int depth = 0;
    std::size_t otherwise = end;
    for (std::size_t k = at; k < end; ++k) {
      if (is(lines[k], "#if ") || is(lines[k], "#each")) ++depth;
      if (is(lines[k], "#else") && depth == 1) otherwise = k;
      if (is(lines[k], "#end") && --depth == 0) return {std::min(otherwise, k), k};
    }
    return {end, end};
  }

  [[nodiscard]] bool flag(std::string_view name) const {
    if (part_ < values_.parts.size() && values_.parts[part_].flags.contains(name)) return true;
    return values_.whole.flags.contains(name);
  }

  [[nodiscard]] bool holds(std::string_view conditions) const {
    while (!conditions.empty()) {
      const auto end = conditions.find(' ');
      std::string_view word = conditions.substr(0, end);
      conditions.remove_prefix(end == std::string_view::npos ? conditions.size() : end + 1);
      const bool negated = word.front() == '!';
      if (negated) word.remove_prefix(1);
      if (flag(word) == negated) return false;
    }
    return true;
  }

  void block(const std::vector<std::string_view>& lines, std::size_t begin, std::size_t end) {
    for (std::size_t k = begin; k < end; ++k) {
      const std::string_view line = lines[k];
      if (is(line, "//")) continue;
      if (is(line, "#include ")) {
        text(ir::combinator_source(line.substr(9)));
      } else if (is(line, "#if ")) {
        const auto [otherwise, close] = extent(lines, k, end);
        if (holds(line.substr(4)))
          block(lines, k + 1, otherwise);
        else if (otherwise < close)
          block(lines, otherwise + 1, close);
        k = close;
      } else if (is(line, "#each")) {
        const auto close = extent(lines, k, end).second;
        const std::size_t outer = part_;
        for (part_ = 0; part_ < values_.parts.size(); ++part_)
          block(lines, k + 1, close);
        part_ = outer;
        k = close;
      } else {
        fill(line);
      }
    }
  }

  void fill(std::string_view line) {
    while (true) {
      const auto gap = line.find("${");
      out += line.substr(0, gap);
      if (gap == std::string_view::npos) break;
      const auto close = line.find('}', gap);
      const std::string_view name = line.substr(gap + 2, close - gap - 2);
      const auto* from = &values_.whole.words;
      if (part_ < values_.parts.size() && values_.parts[part_].words.contains(name))
        from = &values_.parts[part_].words;
      if (const auto word = from->find(name); word != from->end()) out += word->second;
      line.remove_prefix(close + 1);
    }
    out += '\n';
  }

  const Template& values_;
  std::size_t part_ = 0;
};

}  // namespace

std::string fill_template(std::string_view name, const Template& values) {
  Filler filler(values);
  filler.text(ir::combinator_source(name));
  return std::move(filler.out);
}

}  // namespace elba::frontend
