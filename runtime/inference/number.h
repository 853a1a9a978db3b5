// number: a number in the text of a reason.
#pragma once

#include <cstdio>
#include <string>

namespace elba::runtime {

[[nodiscard]] inline std::string number(double value, const char* format = "%.2f") {
  char text[40];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

}  // namespace elba::runtime
