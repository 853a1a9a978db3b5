#include "tests/probability/extreme_values.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tests/support/paths.h"

namespace elba::probability::extreme {

namespace {

std::vector<double> numbers(const std::string& text) {
  std::vector<double> out;
  std::istringstream in(text);
  for (std::string word; in >> word;)
    out.push_back(std::strtod(word.c_str(), nullptr));
  return out;
}

std::vector<std::string> split(const std::string& text, char by) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, by);)
    out.push_back(part);
  return out;
}

}  // namespace

const std::vector<Distribution>& distributions() {
  static const std::vector<Distribution> all = [] {
    std::vector<Distribution> out;
    std::ifstream file(std::string(test::source_dir) + "/tests/probability/extreme_values.txt");
    for (std::string line; std::getline(file, line);) {
      std::istringstream in(line);
      std::string first;
      in >> first;
      if (first == "distribution") {
        Distribution dist;
        in >> dist.name;
        for (std::string formal; in >> formal;)
          dist.formals.push_back({formal.substr(0, formal.find(':')), formal.substr(formal.find(':') + 1)});
        out.push_back(dist);
      } else if (first != "#") {
        const auto parts = split(line.substr(first.size()), '|');
        Row row{first,
                line,
                {},
                std::strtod(parts.at(1).c_str(), nullptr),
                numbers(parts.size() > 2 ? parts[2] : "")};
        for (const std::string& argument : split(parts[0], ';'))
          row.arguments.push_back(numbers(argument));
        out.back().rows.push_back(row);
      }
    }
    return out;
  }();
  return all;
}

}  // namespace elba::probability::extreme
