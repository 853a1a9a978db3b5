#include "api/draw_source.h"

#include <algorithm>

#include "api/parallel.h"
#include "runtime/interruption.h"

namespace elba {

namespace {

constexpr std::size_t row_block = std::size_t{4} << 20;   // bytes of rows that are made at a time
constexpr std::size_t most_blocks = 8;
constexpr std::size_t columns_between_looks = 64;

// Does `work` again where it was cut short and there is a last while (runtime/interruption.h). False when there is none.
bool whole(const std::function<void()>& work) {
  if (runtime::is_past_grace()) return false;
  work();
  if (!runtime::is_stopped()) return true;
  if (runtime::is_past_grace()) return false;
  work();
  return !runtime::is_stopped();
}

}  // namespace

void KeptDraws::rows(std::size_t first, std::size_t count, double* out) const {
  const auto begin = values_.begin() + static_cast<std::ptrdiff_t>(first * width());
  std::copy(begin, begin + static_cast<std::ptrdiff_t>(count * width()), out);
}

std::size_t block_bytes(const DrawSource& source, std::size_t columns, std::size_t most) {
  const double all = 8.0 * static_cast<double>(source.draws()) * static_cast<double>(columns);
  const auto eighth = static_cast<std::size_t>(std::min(all / most_blocks, 1e18)) + 1;
  return std::min(std::max(usual_block, eighth), most);
}

bool for_each_column(const DrawSource& source, std::size_t first, std::size_t count, std::size_t bytes, const std::function<void(std::size_t column, std::span<const double> values)>& see) {
  const std::size_t draws = source.draws(), width = source.width();
  if (draws == 0 || count == 0) return true;
  const std::size_t at_once = std::clamp<std::size_t>(bytes / (8 * draws), 1, count), blocks = (count + at_once - 1) / at_once;
  const std::size_t held = (count + blocks - 1) / blocks;   // of equal size
  const std::size_t rows = std::clamp<std::size_t>(row_block / (8 * width), std::min(core_count(), draws), draws);
  std::vector<double> made(rows * width), columns(held * draws);
  for (std::size_t from = first; from < first + count; from += held) {
    const std::size_t to = std::min(from + held, first + count);
    for (std::size_t draw = 0; draw < draws; draw += rows) {
      const std::size_t now = std::min(rows, draws - draw);
      if (!whole([&] { source.rows(draw, now, made.data()); })) return false;
      in_parallel(to - from, core_count(), [&](std::size_t, std::size_t low, std::size_t high) {
        for (std::size_t j = low; j < high; ++j)
          for (std::size_t k = 0; k < now; ++k) columns[j * draws + draw + k] = made[k * width + from + j];
      });
    }
    for (std::size_t at = from; at < to; at += columns_between_looks * core_count()) {
      const std::size_t part = std::min(columns_between_looks * core_count(), to - at);
      const auto look = [&](std::size_t, std::size_t low, std::size_t high) {
        for (std::size_t j = at + low; j < at + high && !runtime::is_stopped(); ++j) see(j, std::span<const double>(columns).subspan((j - from) * draws, draws));
      };
      if (!whole([&] { in_parallel(part, core_count(), look); })) return false;
    }
  }
  return true;
}

bool for_each_block(const DrawSource& source, std::size_t first, std::size_t count, std::size_t most_rows, const std::function<bool(std::size_t first, std::size_t count, const double* rows)>& see) {
  const std::size_t rows = std::clamp<std::size_t>(most_rows, 1, std::max<std::size_t>(count, 1));
  std::vector<double> made(rows * source.width());
  for (std::size_t draw = first; draw < first + count; draw += rows) {
    const std::size_t now = std::min(rows, first + count - draw);
    source.rows(draw, now, made.data());
    if (runtime::is_stopped() || !see(draw, now, made.data())) return false;
  }
  return true;
}

}  // namespace elba
