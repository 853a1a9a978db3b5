// draw_source: numbers that a posterior has at each of its draws, made when they are looked at and forgotten
// afterwards.
//
//     [draws, width]: draws that are kept, predictions, densities of observations
//         ->  blocks of rows, which are written (for_each_block)
//         ->  columns, which are summarised (for_each_column): as many at a time as a block of memory holds,
//             one pass over the draws for each block
//
// A pass makes the numbers anew: that costs time where there are more of them than memory may hold, but
// neither memory nor a temporary file.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace elba {

class DrawSource {
 public:
  DrawSource(std::size_t draws, std::size_t width) : draws_(draws), width_(width) {}
  virtual ~DrawSource() = default;
  DrawSource(const DrawSource&) = delete;
  DrawSource& operator=(const DrawSource&) = delete;

  [[nodiscard]] std::size_t draws() const { return draws_; }
  [[nodiscard]] std::size_t width() const { return width_; }
  [[nodiscard]] double bytes() const {
    return 8.0 * static_cast<double>(draws_) * static_cast<double>(width_);
  }
  // Rows first .. first + count - 1, one after the other. Where this thread is told to stop, numbers are nan.
  // `worker` is below workers(), and has one call at a time.
  virtual void rows(std::size_t first, std::size_t count, double* out, std::size_t worker = 0) const = 0;
  [[nodiscard]] virtual std::size_t workers() const = 0;

 private:
  std::size_t draws_, width_;
};

// Draws that stand in memory, which outlives it unless it is handed over.
class KeptDraws : public DrawSource {
 public:
  KeptDraws(std::span<const double> values, std::size_t draws, std::size_t width)
      : DrawSource(draws, width), values_(values) {}
  KeptDraws(std::vector<double> values, std::size_t draws, std::size_t width)
      : DrawSource(draws, width), own_(std::move(values)), values_(own_) {}
  void rows(std::size_t first, std::size_t count, double* out, std::size_t worker = 0) const override;
  [[nodiscard]] std::size_t workers() const override;
  [[nodiscard]] std::span<const double> row(std::size_t draw) const {
    return values_.subspan(draw * width(), width());
  }

 private:
  std::vector<double> own_;
  std::span<const double> values_;
};

constexpr std::size_t usual_block = std::size_t{256} << 20;  // bytes

// The numbers of `columns` columns take so much, in as few blocks as `most` bytes allow; never more than
// eight where they allow that.
[[nodiscard]] std::size_t block_bytes(const DrawSource& source, std::size_t columns, std::size_t most);

// All rows from `first` on, on several threads. False when it was told to stop.
[[nodiscard]] bool make_rows(const DrawSource& source, std::size_t first, std::size_t count, double* out);

// Columns first .. first + count - 1, each with its number and its values at all draws: several at a time, on
// several threads. False when it was told to stop.
[[nodiscard]] bool for_each_column(
    const DrawSource& source, std::size_t first, std::size_t count, std::size_t bytes,
    const std::function<void(std::size_t column, std::span<const double> values)>& see);

// Blocks of at most `most_rows` rows from draw `first` on, in order. Ends when `see` gives false, or when it
// is told to stop: false then.
[[nodiscard]] bool for_each_block(
    const DrawSource& source, std::size_t first, std::size_t count, std::size_t most_rows,
    const std::function<bool(std::size_t first, std::size_t count, const double* rows)>& see);

}  // namespace elba
