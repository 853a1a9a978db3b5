// files_write: temporary names, syncing and renaming; locks of folders.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "support/files.h"

namespace elba {

namespace {

std::string cause_text() { return std::strerror(errno != 0 ? errno : EIO); }

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t put = ::write(descriptor, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

// File systems that cannot sync (some that are mounted over a network) say so; what is written there is as
// safe as it can be.
bool sync_file(int descriptor) {
  return ::fsync(descriptor) == 0 || errno == EINVAL || errno == ENOSYS || errno == EROFS;
}

struct Place {
  std::string folder, name;
};
Place place_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {".", path};
  return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

// A new file in a folder, under a name that is unused and cannot be guessed. It is removed unless it has been
// renamed.
class Temporary {
 public:
  Temporary(const std::string& path, std::string_view prefix) {
    const Place place = place_of(path);
    target_ = place.name;
    folder_ = ::open(place.folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int attempt = 0; folder_ >= 0 && descriptor_ < 0 && attempt < 100; ++attempt) {
      std::array<unsigned char, 9> bytes{};
      if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) return;
      name_ = std::string(prefix);
      for (const unsigned char byte : bytes)
        name_ += "abcdefghijklmnopqrstuvwxyz012345"[byte & 31];
      descriptor_ = ::openat(folder_, name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                             0600);
      if (descriptor_ < 0 && errno != EEXIST) return;
    }
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  ~Temporary() {
    const int cause = errno;
    if (descriptor_ >= 0) ::close(descriptor_);
    if (is_there_) ::unlinkat(folder_, name_.c_str(), 0);
    if (folder_ >= 0) ::close(folder_);
    errno = cause;
  }

  [[nodiscard]] int folder() const { return folder_; }
  [[nodiscard]] const std::string& target() const { return target_; }
  [[nodiscard]] int descriptor() const { return descriptor_; }
  [[nodiscard]] bool fill(std::span<const std::string_view> parts, bool is_synced) {
    if (descriptor_ < 0) return false;
    is_there_ = true;
    for (const std::string_view part : parts)
      if (!write_all(descriptor_, part)) return false;
    return !is_synced || sync_file(descriptor_);
  }
  // In the place of what has the name now.
  [[nodiscard]] bool take_place(bool is_synced) {
    const int closed = ::close(descriptor_);
    descriptor_ = -1;
    if (closed != 0 || ::renameat(folder_, name_.c_str(), folder_, target_.c_str()) != 0) return false;
    is_there_ = false;
    return !is_synced || sync_file(folder_);
  }

 private:
  int folder_ = -1, descriptor_ = -1;
  std::string name_, target_;
  bool is_there_ = false;
};

// What open(2) would have given a new file. The umask of a process can only be read by setting it, which
// would be visible to other threads.
mode_t new_mode(unsigned wanted) {
  mode_t mask = 022;
  if (std::FILE* status = std::fopen("/proc/self/status", "re"); status != nullptr) {
    char line[256];
    while (std::fgets(line, sizeof line, status) != nullptr)
      if (std::strncmp(line, "Umask:", 6) == 0)
        mask = static_cast<mode_t>(std::strtoul(line + 6, nullptr, 8));
    std::fclose(status);
  }
  return static_cast<mode_t>(wanted) & ~mask;
}

}  // namespace

std::string replace_file(const std::string& path, std::span<const std::string_view> parts,
                         const WriteOptions& options) {
  errno = 0;
  Temporary temporary(path, options.temporary_prefix);
  if (!temporary.fill(parts, false)) return cause_text();
  struct stat status{};
  const bool is_there = ::fstatat(temporary.folder(), temporary.target().c_str(), &status,
                                  AT_SYMLINK_NOFOLLOW) == 0 &&
                        S_ISREG(status.st_mode);
  if (::fchmod(temporary.descriptor(), is_there ? status.st_mode & 0777 : new_mode(options.mode)) != 0)
    return cause_text();
  if (options.is_synced && !sync_file(temporary.descriptor())) return cause_text();
  return temporary.take_place(options.is_synced) ? "" : cause_text();
}

std::string replace_file(const std::string& path, std::string_view text, const WriteOptions& options) {
  const std::array parts{text};
  return replace_file(path, std::span<const std::string_view>(parts), options);
}

EditedFile::EditedFile(const std::string& path, std::size_t most_bytes) : path_(path) {
  descriptor_ = ::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  if (descriptor_ < 0 && (errno == EACCES || errno == EROFS || errno == EPERM))
    descriptor_ = ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  struct stat status{};
  if (descriptor_ < 0)
    read_.problem = errno == ELOOP    ? "it is a link; name the file that it leads to"
                    : errno == EISDIR ? "it is a folder; give a file"
                                      : cause_text();
  else if (::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode))
    read_.problem = S_ISDIR(status.st_mode) ? "it is a folder; give a file"
                                            : "it is no file that could be rewritten";
  else
    read_ = read_descriptor(descriptor_, most_bytes);
}

EditedFile::~EditedFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::string EditedFile::write(std::string_view text) {
  errno = 0;
  const std::array parts{text};
  Temporary temporary(path_, ".formatting-");
  if (!temporary.fill(parts, true)) return cause_text();
  struct stat opened{}, named{};
  if (::fstat(descriptor_, &opened) != 0) return cause_text();
  if (::fstatat(temporary.folder(), temporary.target().c_str(), &named, AT_SYMLINK_NOFOLLOW) != 0 ||
      named.st_dev != opened.st_dev || named.st_ino != opened.st_ino)
    return "another file has taken its place while it was read";
  struct stat made{};
  const bool has_owner = ::fstat(temporary.descriptor(), &made) == 0 &&
                         ((made.st_uid == opened.st_uid && made.st_gid == opened.st_gid) ||
                          ::fchown(temporary.descriptor(), opened.st_uid, opened.st_gid) == 0);
  if (opened.st_nlink == 1 && has_owner) {
    if (::fchmod(temporary.descriptor(), opened.st_mode & 07777) != 0 || !sync_file(temporary.descriptor()))
      return cause_text();
    return temporary.take_place(true) ? "" : cause_text();
  }
  // A rename would part the names of one file, or give it another owner. Shortened behind, so that no time is
  // without text.
  if (::lseek(descriptor_, 0, SEEK_SET) != 0 || !write_all(descriptor_, text) ||
      ::ftruncate(descriptor_, static_cast<off_t>(text.size())) != 0 || !sync_file(descriptor_))
    return cause_text();
  return {};
}

FolderLock::FolderLock(const std::string& folder)
    : descriptor_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  is_taken_ = descriptor_ >= 0 && ::flock(descriptor_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

FolderLock::~FolderLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace elba
