#include "api/draw_source.h"

#include <algorithm>

#include "api/model/parallel.h"
#include "runtime/control/interruption.h"

namespace elba {

namespace {

constexpr std::size_t row_block = std::size_t{1} << 20;  // bytes of rows that a thread makes at a time
constexpr std::size_t most_blocks = 8;
constexpr std::size_t columns_at_once = 16;  // that a thread looks through

std::size_t rows_at_once(const DrawSource& source) {
  return std::clamp<std::size_t>(row_block / (8 * std::max<std::size_t>(source.width(), 1)), 1, 256);
}

}  // namespace

std::size_t KeptDraws::workers() const { return core_count(); }

void KeptDraws::rows(std::size_t first, std::size_t count, double* out, std::size_t) const {
  const auto begin = values_.begin() + static_cast<std::ptrdiff_t>(first * width());
  std::copy(begin, begin + static_cast<std::ptrdiff_t>(count * width()), out);
}

std::size_t block_bytes(const DrawSource& source, std::size_t columns, std::size_t most) {
  const double all = 8.0 * static_cast<double>(source.draws()) * static_cast<double>(columns);
  const auto eighth = static_cast<std::size_t>(std::min(all / most_blocks, 1e18)) + 1;
  return std::min(std::max(usual_block, eighth), most);
}

bool for_each_column(const DrawSource& source, std::size_t first, std::size_t count, std::size_t bytes,
                     const std::function<void(std::size_t column, std::span<const double> values)>& see) {
  const std::size_t draws = source.draws(), width = source.width();
  if (draws == 0 || count == 0) return true;
  const std::size_t at_once = std::clamp<std::size_t>(bytes / (8 * draws), 1, count),
                    blocks = (count + at_once - 1) / at_once;
  const std::size_t held = (count + blocks - 1) / blocks;  // of equal size
  const std::size_t rows = rows_at_once(source);
  std::vector<std::vector<double>> made(source.workers());
  std::vector<double> columns(held * draws);
  for (std::size_t from = first; from < first + count; from += held) {
    const std::size_t to = std::min(from + held, first + count);
    const bool is_made = all_in_parallel(
        (draws + rows - 1) / rows, made.size(), [&](std::size_t worker, std::size_t item) {
          const std::size_t draw = item * rows, now = std::min(rows, draws - draw);
          made[worker].resize(rows * width);
          source.rows(draw, now, made[worker].data(), worker);
          for (std::size_t j = from; j < to; ++j)
            for (std::size_t k = 0; k < now; ++k)
              columns[(j - from) * draws + draw + k] = made[worker][k * width + j];
        });
    if (!is_made) return false;
    const bool is_seen = all_in_parallel(
        (to - from + columns_at_once - 1) / columns_at_once, core_count(),
        [&](std::size_t, std::size_t item) {
          const std::size_t low = from + item * columns_at_once, high = std::min(low + columns_at_once, to);
          for (std::size_t j = low; j < high && !runtime::is_stopped(); ++j)
            see(j, std::span<const double>(columns).subspan((j - from) * draws, draws));
        });
    if (!is_seen) return false;
  }
  return true;
}

bool make_rows(const DrawSource& source, std::size_t first, std::size_t count, double* out) {
  const std::size_t rows = rows_at_once(source);
  return all_in_parallel((count + rows - 1) / rows, source.workers(),
                         [&](std::size_t worker, std::size_t item) {
                           source.rows(first + item * rows, std::min(rows, count - item * rows),
                                       out + item * rows * source.width(), worker);
                         });
}

bool for_each_block(
    const DrawSource& source, std::size_t first, std::size_t count, std::size_t most_rows,
    const std::function<bool(std::size_t first, std::size_t count, const double* rows)>& see) {
  const std::size_t rows = std::clamp<std::size_t>(most_rows, 1, std::max<std::size_t>(count, 1));
  std::vector<double> made(rows * source.width());
  for (std::size_t draw = first; draw < first + count; draw += rows) {
    const std::size_t now = std::min(rows, first + count - draw);
    if (!make_rows(source, draw, now, made.data()) || !see(draw, now, made.data())) return false;
  }
  return true;
}

}  // namespace elba
