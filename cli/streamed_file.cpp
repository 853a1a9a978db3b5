#include "cli/streamed_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <random>

#include "cli/files.h"

namespace elba::cli {

namespace {

namespace fs = std::filesystem;

// Waits for the disk: a rename alone may be there before what is in the file.
int sync_path(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return errno;
  const int cause = fsync(descriptor) == 0 || errno == EINVAL ? 0 : errno;
  close(descriptor);
  return cause;
}

}  // namespace

StreamedFile::StreamedFile(const std::string& path) : path_(path), target_(behind_links(path)) {
  std::error_code error;
  const auto kind = fs::status(target_, error).type();
  is_in_place_ = fs::exists(fs::file_status(kind)) && kind != fs::file_type::regular;
  if (is_in_place_) {
    temporary_ = target_;
    descriptor_ = open(target_.c_str(), O_WRONLY | O_CLOEXEC);
    if (descriptor_ < 0) cause_ = errno;
    return;
  }
  const fs::path folder = fs::path(target_).parent_path();
  std::random_device random;
  constexpr int most_attempts = 100;
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    temporary_ = ((folder.empty() ? fs::path(".") : folder) / (".writing-" + std::to_string(random()))).string();
    descriptor_ = open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    cause_ = descriptor_ < 0 ? errno : 0;
    if (cause_ != EEXIST) break;
  }
  is_there_ = descriptor_ >= 0;
}

StreamedFile::~StreamedFile() {
  if (descriptor_ >= 0) close(descriptor_);
  if (is_there_) std::remove(temporary_.c_str());
}

bool StreamedFile::write(std::string_view piece) {
  while (cause_ == 0 && !piece.empty()) {
    const auto written = ::write(descriptor_, piece.data(), piece.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) cause_ = errno;
    else piece.remove_prefix(static_cast<std::size_t>(written));
  }
  return cause_ == 0;
}

bool StreamedFile::commit() {
  if (descriptor_ >= 0 && close(descriptor_) != 0 && cause_ == 0) cause_ = errno;
  descriptor_ = -1;
  if (!is_in_place_ && cause_ == 0) {
    struct stat before {};
    if (stat(target_.c_str(), &before) == 0) chmod(temporary_.c_str(), before.st_mode & 07777);   // as the file that it replaces
    cause_ = sync_path(temporary_);
    if (cause_ == 0 && std::rename(temporary_.c_str(), target_.c_str()) != 0) cause_ = errno;
    is_there_ = cause_ != 0;
    if (cause_ == 0) {
      const std::string folder = fs::path(target_).parent_path().string();
      cause_ = sync_path(folder.empty() ? "." : folder);
    }
  }
  if (cause_ == 0) return true;
  report({make_diagnostic(Code::file_not_writable, {}, {path_, std::strerror(cause_)})}, path_, {}, "text");
  return false;
}

}  // namespace elba::cli
