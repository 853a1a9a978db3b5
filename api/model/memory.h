// memory: how much there is, and what work would take, item by item, before it is taken.
//
//     MemoryNeed need("the fit");
//     need.add("4000 draws of `y_rep`, of 20000 numbers each", 640e6, "take fewer draws");
//     need.check(limit, "use smaller data")      E0612, which names the largest item, or Done
#pragma once

#include <string>

#include "support/result.h"

namespace elba {

// Bytes that this process may have: the least of what the machine has, what its control groups allow
// (memory.max, memory.limit_in_bytes) and its own limit on addresses (RLIMIT_AS).
[[nodiscard]] double memory_of_process();
// Half of that.
[[nodiscard]] double usual_memory_limit();

inline constexpr double beyond_machines = 0x1p60;  // bytes
// E0612 of sizes that no machine has room for, in words that are the same on every one.
[[nodiscard]] Diagnostic no_machine_holds(const std::string& what, Span place = {});

[[nodiscard]] std::string bytes_text(double bytes);  // "320 GB", "1.5 MB"

class MemoryNeed {
 public:
  explicit MemoryNeed(std::string work) : work_(std::move(work)) {}
  // `advice`: how to need less of it, as an imperative; empty: that of check().
  void add(const std::string& what, double bytes, const std::string& advice = {});
  [[nodiscard]] double total() const { return total_; }
  [[nodiscard]] Status check(double limit, const std::string& advice) const;

 private:
  std::string work_, largest_, advice_;
  double total_ = 0, largest_bytes_ = 0;
};

}  // namespace elba
