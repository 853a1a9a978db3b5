#include "api/model/memory.h"

#include "support/elementary.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>

namespace elba {

namespace {

constexpr double no_limit = std::numeric_limits<double>::infinity();

// Of a file that holds one number, or "max".
double number_in(const std::string& path) {
  std::ifstream in(path);
  double value = no_limit;
  return in >> value ? value : no_limit;
}

// Of a control group and those around it.
double limit_along(const std::string& root, std::string path, const std::string& file) {
  double least = number_in(root + "/" + file);
  while (path.size() > 1) {
    least = std::min(least, number_in(root + path + "/" + file));
    path.resize(path.rfind('/'));
  }
  return least;
}

double control_group_limit() {
  double least = no_limit;
  std::ifstream in("/proc/self/cgroup");  // "0::/path" of version 2, "5:memory:/path" of version 1
  for (std::string line; std::getline(in, line);) {
    const auto first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string kind = line.substr(first + 1, second - first - 1), path = line.substr(second + 1);
    if (kind.empty()) least = std::min(least, limit_along("/sys/fs/cgroup", path, "memory.max"));
    if (("," + kind + ",").find(",memory,") != std::string::npos)
      least = std::min(least, limit_along("/sys/fs/cgroup/memory", path, "memory.limit_in_bytes"));
  }
  return least;
}

}  // namespace

double memory_of_process() {
  double least = static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGE_SIZE));
  if (rlimit addresses{}; getrlimit(RLIMIT_AS, &addresses) == 0 && addresses.rlim_cur != RLIM_INFINITY)
    least = std::min(least, static_cast<double>(addresses.rlim_cur));
  return std::min(least, control_group_limit());
}

double usual_memory_limit() { return 0.5 * memory_of_process(); }

std::string bytes_text(double bytes) {
  static constexpr const char* units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
  std::size_t unit = 0;
  while (bytes >= 999.5 && unit + 1 < std::size(units))
    bytes /= 1000, ++unit;
  return fmt::format("{:.3g} {}", bytes, units[unit]);
}

Diagnostic no_machine_holds(const std::string& what, Span place) {
  return make_diagnostic(Code::data_too_large, place,
                         {what, "more than any machine has", "half of what this one has"})
      .suggest("check the sizes in the data");
}

void MemoryNeed::add(const std::string& what, double bytes, const std::string& advice) {
  total_ += bytes;
  if (bytes > largest_bytes_) largest_bytes_ = bytes, largest_ = what, advice_ = advice;
}

Status MemoryNeed::check(double limit, const std::string& advice) const {
  if (!(total_ > limit)) return Done{};
  constexpr double whole = 0.95;  // of the total: it goes without saying
  const std::string share = largest_bytes_ > whole * total_ ? ""
                                                            : fmt::format(", {}", bytes_text(largest_bytes_));
  const double unit = math::pow(10, std::floor(math::log10(total_)));  // rounded up, to one digit
  std::string enough = bytes_text(unit * std::ceil(1.05 * total_ / unit));
  std::erase(enough, ' ');
  return make_diagnostic(Code::data_too_large, {}, {work_, bytes_text(total_), bytes_text(limit)})
      .note("most of it is for " + largest_ + share)
      .suggest(fmt::format("{}; `--max-memory {}` allows it all the same", advice_.empty() ? advice : advice_,
                           enough));
}

}  // namespace elba
