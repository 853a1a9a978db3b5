// object_cache: compiled objects on disk, so that a program that was compiled before starts without a
// compiler.
//
// A file holds one object: magic, key, length, checksum, bytes. What does not agree with its header is not
// used and is replaced by the next store. Files are written aside and renamed, so processes that race see
// whole files. Every failure of the cache costs a compilation and nothing else.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace llvm {
class MemoryBuffer;
}

namespace elba::codegen {

using CacheKey = std::array<std::uint8_t, 32>;

// Of everything that an object depends on: the text of the module, the host, LLVM's version and this code
// generator.
[[nodiscard]] CacheKey cache_key(std::string_view module_text);

class ObjectCache {
 public:
  // No directory: finds nothing, stores nothing. It is made when the first object is stored.
  ObjectCache(std::string directory, std::uint64_t limit_bytes)
      : directory_(std::move(directory)), limit_(limit_bytes) {}

  // Null when absent or damaged.
  [[nodiscard]] std::unique_ptr<llvm::MemoryBuffer> find(const CacheKey& key) const;
  void store(const CacheKey& key, std::string_view object) const;
  void remove(const CacheKey& key) const;
  [[nodiscard]] std::string path(const CacheKey& key) const;

 private:
  void trim() const;  // the oldest objects go until the rest fits the limit

  std::string directory_;
  std::uint64_t limit_;
};

}  // namespace elba::codegen
