#include "cli/streamed_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <map>
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
  std::random_device random;
  constexpr int most_attempts = 100;
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    temporary_ = (fs::path(folder()) / (".writing-" + std::to_string(random()))).string();
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
    if (written < 0)
      cause_ = errno;
    else
      piece.remove_prefix(static_cast<std::size_t>(written));
  }
  return cause_ == 0;
}

// Closed and on the disk, with the permissions of the file that it replaces.
void StreamedFile::finish() {
  if (descriptor_ >= 0 && close(descriptor_) != 0 && cause_ == 0) cause_ = errno;
  descriptor_ = -1;
  if (is_in_place_ || cause_ != 0) return;
  struct stat before{};
  if (stat(target_.c_str(), &before) == 0) chmod(temporary_.c_str(), before.st_mode & 07777);
  cause_ = sync_path(temporary_);
}

void StreamedFile::take_place() {
  if (is_in_place_ || cause_ != 0) return;
  if (std::rename(temporary_.c_str(), target_.c_str()) != 0) cause_ = errno;
  is_there_ = cause_ != 0;
}

std::string StreamedFile::folder() const {
  const std::string parent = fs::path(target_).parent_path().string();
  return parent.empty() ? "." : parent;
}

bool commit_all(std::span<const std::unique_ptr<StreamedFile>> files) {
  for (const auto& file : files)
    file->finish();
  std::map<std::string, int> folders;  // and what their disk said
  for (const auto& file : files) {
    file->take_place();
    if (!file->is_in_place_ && file->cause_ == 0) folders.emplace(file->folder(), 0);
  }
  for (auto& [folder, cause] : folders)
    cause = sync_path(folder);
  bool is_whole = true;
  for (const auto& file : files) {
    if (const auto synced = folders.find(file->folder());
        synced != folders.end() && !file->is_in_place_ && file->cause_ == 0)
      file->cause_ = synced->second;
    if (file->cause_ == 0) continue;
    report({make_diagnostic(Code::file_not_writable, {}, {file->path_, std::strerror(file->cause_)})},
           file->path_, {}, "text");
    is_whole = false;
  }
  return is_whole;
}

}  // namespace elba::cli
