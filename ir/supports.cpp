#include "ir/supports.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <map>

namespace elba::ir {

namespace {

enum Condition : unsigned {
  none = 0,
  not_negative = 1u << 0,
  increasing = 1u << 1,
  rows_sum_to_one = 1u << 2,
  columns_sum_to_one = 1u << 3,
  rows_sum_to_zero = 1u << 4,
  columns_sum_to_zero = 1u << 5,
  rows_of_length_one = 1u << 6,
  lower_triangular = 1u << 7,
  positive_diagonal = 1u << 8,
  unit_diagonal = 1u << 9,
  symmetric = 1u << 10,
  positive_definite = 1u << 11,
};

constexpr SupportInfo rows[] = {
#define SUPPORT(name, event_rank, sizes, bounds, coordinates, pairs_of, laws, conditions) \
  {Support::name, #name, event_rank, sizes, bounds, coordinates, pairs_of, Laws::laws, conditions},
#include "ir/supports.def"
#undef SUPPORT
};

constexpr double tolerance = 1e-8;

std::string number(double value) {
  std::array<char, 32> digits{};
  std::snprintf(digits.data(), digits.size(), "%.10g", value);
  return digits.data();
}

// The conditions on one value, seen as a matrix of `rows` x `columns`; a vector is one row. The first broken
// one is reported.
class Examination {
 public:
  Examination(std::span<const double> value, std::span<const std::int64_t> event)
      : value_(value),
        is_vector_(event.size() == 1),
        rows_(is_vector_ ? 1 : event[0]),
        columns_(event.back()) {}

  std::optional<Violation> run(unsigned conditions) {
    const auto wants = [&](Condition condition) { return (conditions & condition) != 0; };
    for (std::int64_t i = 0; i < rows_ && !found_; ++i)
      for (std::int64_t j = 0; j < columns_ && !found_; ++j) {
        const double x = at(i, j);
        if (!std::isfinite(x))
          tell(i, j, "is " + number(x));
        else if (wants(not_negative) && x < 0)
          tell(i, j, "is " + number(x) + ", below 0");
        else if (wants(increasing) && j > 0 && !(x > at(i, j - 1)))
          tell(i, j, "is " + number(x) + ", not above " + number(at(i, j - 1)) + " before it");
        else if (wants(lower_triangular) && j > i && x != 0)
          tell(i, j, "is " + number(x) + " above the diagonal, not 0");
        else if (wants(positive_diagonal) && i == j && !(x > 0))
          tell(i, j, "is " + number(x) + " on the diagonal, not positive");
        else if (wants(unit_diagonal) && i == j && std::fabs(x - 1) > tolerance)
          tell(i, j, "is " + number(x) + " on the diagonal, not 1");
        else if (wants(symmetric) && j < i && std::fabs(x - at(j, i)) > tolerance)
          tell(i, j, "is " + number(x) + ", its mirror element " + number(at(j, i)));
      }
    for (std::int64_t i = 0; i < rows_ && !found_; ++i) {
      double sum = 0, squares = 0;
      for (std::int64_t j = 0; j < columns_; ++j) {
        sum += at(i, j);
        squares += at(i, j) * at(i, j);
      }
      if (wants(rows_sum_to_one) && std::fabs(sum - 1) > tolerance)
        tell_row(i, "sums to " + number(sum) + ", not to 1");
      else if (wants(rows_sum_to_zero) && std::fabs(sum) > tolerance)
        tell_row(i, "sums to " + number(sum) + ", not to 0");
      else if (wants(rows_of_length_one) && std::fabs(squares - 1) > tolerance)
        tell_row(i, "has squares that sum to " + number(squares) + ", not to 1");
    }
    for (std::int64_t j = 0; j < columns_ && !found_; ++j) {
      double sum = 0;
      for (std::int64_t i = 0; i < rows_; ++i)
        sum += at(i, j);
      if (wants(columns_sum_to_one) && std::fabs(sum - 1) > tolerance)
        tell_column(j, number(sum) + ", not to 1");
      else if (wants(columns_sum_to_zero) && std::fabs(sum) > tolerance)
        tell_column(j, number(sum) + ", not to 0");
    }
    if (!found_ && wants(positive_definite)) examine_definite();
    return found_;
  }

 private:
  double at(std::int64_t i, std::int64_t j) const {
    return value_[static_cast<std::size_t>(i * columns_ + j)];
  }

  void tell(std::int64_t i, std::int64_t j, std::string what) {
    found_ = Violation{is_vector_ ? std::vector<std::int64_t>{j} : std::vector<std::int64_t>{i, j},
                       std::move(what)};
  }
  void tell_row(std::int64_t i, std::string what) {
    found_ = Violation{is_vector_ ? std::vector<std::int64_t>{} : std::vector<std::int64_t>{i},
                       std::move(what)};
  }
  void tell_column(std::int64_t j, const std::string& sum) {
    found_ = Violation{{}, "has a column " + std::to_string(j + 1) + " that sums to " + sum};
  }

  // Cholesky by rows: a leading minor that is not positive shows itself as a pivot that is not.
  void examine_definite() {
    std::vector<double> factor(value_.begin(), value_.end());
    const auto f = [&](std::int64_t i, std::int64_t j) -> double& {
      return factor[static_cast<std::size_t>(i * columns_ + j)];
    };
    for (std::int64_t i = 0; i < rows_; ++i)
      for (std::int64_t j = 0; j <= i; ++j) {
        double rest = f(i, j);
        for (std::int64_t k = 0; k < j; ++k)
          rest -= f(i, k) * f(j, k);
        if (i != j) {
          f(i, j) = rest / f(j, j);
        } else if (rest > 0) {
          f(i, i) = std::sqrt(rest);
        } else {
          found_ = Violation{{},
                             "is not positive definite: its leading " + std::to_string(i + 1) + " x " +
                                 std::to_string(i + 1) + " block is not"};
          return;
        }
      }
  }

  std::span<const double> value_;
  bool is_vector_;
  std::int64_t rows_, columns_;
  std::optional<Violation> found_;
};

}  // namespace

std::span<const SupportInfo> all_supports() { return rows; }
const SupportInfo& support_info(Support support) { return rows[static_cast<std::size_t>(support)]; }
std::string_view support_name(Support support) { return support_info(support).name; }
int event_rank(Support support) { return support_info(support).event_rank; }

const SupportInfo* find_support(std::string_view name) {
  for (const SupportInfo& row : rows)
    if (row.name == name) return &row;
  return nullptr;
}

FreeCount free_count(const SupportInfo& support, std::span<const Dim> event) {
  std::map<std::string, Dim> dims{{"K", event.back()}, {"R", event.front()}};
  FreeCount count;
  count.polynomial = Dim::parse(support.coordinates).value_or(Dim(0)).substitute(dims);
  if (!support.pairs_of.empty())
    count.pairs_of = Dim::parse(support.pairs_of).value_or(Dim(0)).substitute(dims);
  return count;
}

std::optional<Violation> violation(const SupportInfo& support, std::span<const double> value,
                                   std::span<const std::int64_t> event) {
  if (support.event_rank == 0 || support.conditions == none) return std::nullopt;
  return Examination(value, event).run(support.conditions);
}

}  // namespace elba::ir
