// files_read: what may be opened, and the limits while it is read.
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "support/files.h"

namespace elba {

namespace {

FileRead refused(std::string problem) { return {{}, std::move(problem)}; }

std::string kind_problem(mode_t mode) {
  if (S_ISDIR(mode)) return "it is a folder; give a file";
  if (S_ISCHR(mode) || S_ISBLK(mode)) return "it is a device; give a file";
  if (S_ISFIFO(mode)) return "it is a pipe; give a file";
  if (S_ISSOCK(mode)) return "it is a socket; give a file";
  return "it is no file";
}

std::string limit_text(std::size_t most_bytes) { return std::to_string(most_bytes >> 20) + " MiB"; }

// Reads until the end or the limit; the descriptor stays open.
FileRead read_to_end(int descriptor, std::size_t most_bytes, std::size_t expected) {
  constexpr std::size_t piece = std::size_t{1} << 16;
  FileRead out;
  out.text.reserve(std::min(expected, most_bytes));
  for (;;) {
    const std::size_t before = out.text.size();
    out.text.resize(std::min(before + std::max(piece, before / 2), most_bytes + 1));
    const ssize_t got = ::read(descriptor, out.text.data() + before, out.text.size() - before);
    if (got < 0 && errno == EINTR) {
      out.text.resize(before);
      continue;
    }
    if (got < 0) return refused(std::strerror(errno));
    out.text.resize(before + static_cast<std::size_t>(got));
    if (got == 0) return out;
    if (out.text.size() > most_bytes)
      return refused("it holds more than " + limit_text(most_bytes) + ", the limit");
  }
}

FileRead read_open(int descriptor, std::size_t most_bytes, bool takes_pipes) {
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) return refused(std::strerror(errno));
  const bool is_pipe = S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode);
  if (!S_ISREG(status.st_mode) && !(is_pipe && takes_pipes)) return refused(kind_problem(status.st_mode));
  const auto size = static_cast<std::size_t>(std::max<off_t>(status.st_size, 0));
  if (size > most_bytes)
    return refused("it holds " + limit_text(size) + ", and the limit is " + limit_text(most_bytes));
  return read_to_end(descriptor, most_bytes, size + 1);
}

constexpr int reading = O_RDONLY | O_CLOEXEC | O_NOCTTY;

// One step of the path at a time, none of them a link, for systems without openat2.
int open_by_steps(int folder, const std::filesystem::path& path) {
  int at = ::fcntl(folder, F_DUPFD_CLOEXEC, 0);
  for (auto step = path.begin(); at >= 0 && step != path.end();) {
    const std::string name = step->string();
    const bool is_last = ++step == path.end();
    const int next = name == ".." ? -1
                                  : ::openat(at, name.c_str(),
                                             is_last ? reading | O_NONBLOCK | O_NOFOLLOW
                                                     : O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    const int cause = name == ".." ? EXDEV : errno;
    ::close(at);
    errno = cause;
    at = next;
  }
  return at;
}

int open_beneath(int folder, const std::filesystem::path& path) {
  // O_NONBLOCK: a pipe without a writer must not block.
  open_how how{};
  how.flags = reading | O_NONBLOCK;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  const auto opened = static_cast<int>(::syscall(SYS_openat2, folder, path.c_str(), &how, sizeof how));
  // Kernels before 5.6 do not have the call, and containers may forbid it.
  if (opened >= 0 || (errno != ENOSYS && errno != EPERM && errno != E2BIG && errno != EINVAL)) return opened;
  return open_by_steps(folder, path);
}

}  // namespace

FileRead read_file(const std::string& path, std::size_t most_bytes) {
  struct stat status{};
  // Devices are not opened at all: to open some of them does something.
  if (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode) && !S_ISFIFO(status.st_mode) &&
      !S_ISSOCK(status.st_mode))
    return refused(kind_problem(status.st_mode));
  const int descriptor = ::open(path.c_str(), reading);
  if (descriptor < 0) return refused(std::strerror(errno));
  FileRead out = read_open(descriptor, most_bytes, true);
  ::close(descriptor);
  return out;
}

FileRead read_descriptor(int descriptor, std::size_t most_bytes) {
  return read_to_end(descriptor, most_bytes, 0);
}

FileRead read_beneath(const std::string& folder, const std::string& path, std::size_t most_bytes) {
  const std::filesystem::path relative = std::filesystem::path(path).lexically_normal();
  if (relative.empty() || relative.is_absolute() || *relative.begin() == "..")
    return refused("it lies outside of the folder");
  const int root = ::open(folder.empty() ? "." : folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (root < 0) return refused(std::strerror(errno));
  const int descriptor = open_beneath(root, relative);
  const int cause = errno;
  ::close(root);
  if (descriptor < 0) {
    if (cause == ELOOP) return refused("there is a link on the way to it, and imports follow none");
    if (cause == EXDEV) return refused("it lies outside of the folder");
    if (cause == ENXIO) return refused("it is a socket; give a file");
    return refused(std::strerror(cause));
  }
  FileRead out = read_open(descriptor, most_bytes, false);
  ::close(descriptor);
  return out;
}

}  // namespace elba
