#include "codegen/object_cache.h"

#include <algorithm>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <llvm/Config/llvm-config.h>
#include <llvm/Support/BLAKE3.h>
#include <llvm/Support/MemoryBuffer.h>

#include "codegen/optimise.h"
#include "support/files.h"

namespace elba::codegen {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view suffix = ".elbaobj";
constexpr std::string_view temporary_prefix = ".writing-";
constexpr char magic[8] = {'e', 'l', 'b', 'a', 'o', 'b', 'j', '1'};
constexpr std::uint64_t largest_object = 1u << 30;

using Digest = std::array<std::uint8_t, 32>;

struct Header {
  char magic[8];
  CacheKey key;
  std::uint64_t size;
  Digest checksum;
};

Digest digest(std::initializer_list<std::string_view> parts) {
  llvm::BLAKE3 hash;
  for (std::string_view part : parts) {
    const std::uint64_t size = part.size();  // lengths keep the parts apart
    hash.update(llvm::StringRef(reinterpret_cast<const char*>(&size), sizeof size));
    hash.update(llvm::StringRef(part.data(), part.size()));
  }
  return hash.final();
}

class File {
 public:
  File(const std::string& path, int flags) : descriptor_(::open(path.c_str(), flags | O_CLOEXEC)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  [[nodiscard]] explicit operator bool() const { return descriptor_ >= 0; }
  [[nodiscard]] int descriptor() const { return descriptor_; }
  bool read(void* to, std::size_t size) {
    auto* at = static_cast<char*>(to);
    while (size > 0) {
      const ssize_t got = ::read(descriptor_, at, size);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return false;
      at += got;
      size -= static_cast<std::size_t>(got);
    }
    return true;
  }

 private:
  int descriptor_;
};

// An object is code: one that another user could have written is not run.
bool is_ours(const struct stat& status) {
  return S_ISREG(status.st_mode) && status.st_uid == ::geteuid() &&
         (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

}  // namespace

CacheKey cache_key(std::string_view module_text) {
  return digest(
      {module_text, host().triple, host().cpu, host().features, LLVM_VERSION_STRING, ELBA_CODEGEN_IDENTITY});
}

std::string ObjectCache::path(const CacheKey& key) const {
  constexpr char digits[] = "0123456789abcdef";
  std::string name;
  for (std::uint8_t byte : key) {
    name += digits[byte >> 4];
    name += digits[byte & 15];
  }
  return directory_ + "/" + name + std::string(suffix);
}

std::unique_ptr<llvm::MemoryBuffer> ObjectCache::find(const CacheKey& key) const {
  if (directory_.empty()) return nullptr;
  File file(path(key), O_RDONLY | O_NOFOLLOW);
  struct stat status{};
  Header header;
  if (!file || ::fstat(file.descriptor(), &status) != 0 || !is_ours(status) ||
      !file.read(&header, sizeof header))
    return nullptr;
  if (std::memcmp(header.magic, magic, sizeof magic) != 0 || header.key != key ||
      header.size > largest_object ||
      static_cast<std::uint64_t>(status.st_size) != sizeof header + header.size)
    return nullptr;
  auto object = llvm::WritableMemoryBuffer::getNewUninitMemBuffer(header.size, "elba");
  if (!object || !file.read(object->getBufferStart(), header.size)) return nullptr;
  if (digest({std::string_view(object->getBufferStart(), header.size)}) != header.checksum) return nullptr;
  ::futimens(file.descriptor(), nullptr);  // young again: the cap removes what was not used for longest
  return object;
}

void ObjectCache::store(const CacheKey& key, std::string_view object) const {
  if (directory_.empty() || object.size() > largest_object) return;
  std::error_code ignored;
  if (!fs::exists(directory_, ignored)) {
    fs::create_directories(directory_, ignored);
    fs::permissions(directory_, fs::perms::owner_all, ignored);
  }
  Header header;
  std::memcpy(header.magic, magic, sizeof magic);
  header.key = key;
  header.size = object.size();
  header.checksum = digest({object});
  // What stands there was not good enough, its mode perhaps: a file that is replaced keeps that.
  remove(key);
  // Not synced: a file that a crash has cut short does not agree with its checksum.
  const std::array parts{std::string_view(reinterpret_cast<const char*>(&header), sizeof header), object};
  if (!replace_file(path(key), parts,
                    {.is_synced = false, .mode = S_IRUSR | S_IWUSR, .temporary_prefix = temporary_prefix})
           .empty())
    return;
  trim();
}

void ObjectCache::remove(const CacheKey& key) const {
  if (!directory_.empty()) ::unlink(path(key).c_str());
}

void ObjectCache::trim() const {
  struct Entry {
    fs::path path;
    std::uint64_t size;
    fs::file_time_type time;
  };
  std::vector<Entry> entries;
  std::uint64_t total = 0;
  std::error_code error;
  const auto abandoned = fs::file_time_type::clock::now() - std::chrono::hours(1);
  for (fs::directory_iterator it(directory_, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    std::error_code missing;
    const auto time = fs::last_write_time(it->path(), missing);
    if (missing) continue;
    if (name.starts_with(temporary_prefix) && time < abandoned) fs::remove(it->path(), missing);
    if (!name.ends_with(suffix)) continue;
    const std::uint64_t size = fs::file_size(it->path(), missing);
    if (missing) continue;
    entries.push_back({it->path(), size, time});
    total += size;
  }
  if (total <= limit_) return;
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.time < b.time; });
  for (const Entry& entry : entries) {
    if (total <= limit_) return;
    std::error_code ignored;
    fs::remove(entry.path, ignored);
    total -= entry.size;
  }
}

}  // namespace elba::codegen
