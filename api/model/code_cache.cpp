// code_cache: whether code that was made for some sizes is what would be made for others. Two passes depend
// on sizes: `specialise` makes constants of small inner dims, `place_polls` lets long loops check whether
// they are to stop.
#include <algorithm>

#include "api/model/handles.h"
#include "passes/passes.h"

namespace elba {

namespace {

bool serves(const CodeShelf::Item& item, const Sizes& sizes) {
  if (item.sizes == sizes) return true;
  if (item.sizes.size() != sizes.size()) return false;
  for (const auto& [name, size] : sizes) {
    const auto it = item.sizes.find(name);
    if (it == item.sizes.end() ||
        (item.inner.contains(name) && !passes::is_specialised_alike(it->second, size)))
      return false;
  }
  return passes::has_same_polls(*item.module, sizes);
}

}  // namespace

std::optional<CodeShelf::Item> CodeShelf::find(const std::string& entry, const Sizes& sizes) const {
  const std::lock_guard lock(mutex_);
  const auto it = items_.find(entry);
  if (it == items_.end()) return std::nullopt;
  const auto found = std::find_if(it->second.rbegin(), it->second.rend(),
                                  [&](const Item& item) { return serves(item, sizes); });
  return found == it->second.rend() ? std::nullopt : std::optional(*found);
}

void CodeShelf::put(const std::string& entry, Item item) {
  const std::lock_guard lock(mutex_);
  std::vector<Item>& items = items_[entry];
  if (items.size() == most) items.erase(items.begin());
  items.push_back(std::move(item));
}

}  // namespace elba
