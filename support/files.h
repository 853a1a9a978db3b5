// files: reading with a limit, and writing so that no file is ever half there; the one place where Elba
// touches files that a user or a model names.
//
//     const FileRead read = read_file("m.elba", 16 << 20);          // not a folder, not a device, not more than 16 MiB
//     const FileRead found = read_beneath("models", "lib.elba", ..); // follows no link, and never leaves the folder
//     const std::string problem = replace_file("out/summary.json", text);
//
// Before a file is replaced its new text is whole and on the disk under a name of its own in the same folder,
// which did not exist before (O_EXCL); the rename is on the disk when the call returns. What is left out:
// exclusive access to a file while it is read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace elba {

struct FileRead {
  std::string text;
  std::string problem;  // why there is no text; empty when there is
};

// A regular file or a pipe. The limit holds while it is read: a pipe may never end.
[[nodiscard]] FileRead read_file(const std::string& path, std::size_t most_bytes);
// An open descriptor, such as standard input; it stays open.
[[nodiscard]] FileRead read_descriptor(int descriptor, std::size_t most_bytes);
// A regular file below a folder ("." where it is empty), by a relative path on whose way there is no link.
[[nodiscard]] FileRead read_beneath(const std::string& folder, const std::string& path,
                                    std::size_t most_bytes);

struct WriteOptions {
  bool is_synced = true;  // to the disk, the file before its rename and the folder behind it
  unsigned mode = 0666;   // of a file that is not there yet, less the umask; one that is there keeps its own
  std::string_view temporary_prefix = ".writing-";  // of the name under which it is written
};
// A file of a name; a link of that name is replaced, not followed. Empty, or why the file has not been
// replaced.
[[nodiscard]] std::string replace_file(const std::string& path, std::span<const std::string_view> parts,
                                       const WriteOptions& options = {});
[[nodiscard]] std::string replace_file(const std::string& path, std::string_view text,
                                       const WriteOptions& options = {});

// A file that is read, and then perhaps rewritten with its mode, owner and all of its names: a lone one
// through a temporary name, one of several hard links in place (a copy of the new text lies beside it while
// it is written). Links are not followed.
class EditedFile {
 public:
  EditedFile(const std::string& path, std::size_t most_bytes);
  EditedFile(const EditedFile&) = delete;
  EditedFile& operator=(const EditedFile&) = delete;
  ~EditedFile();
  [[nodiscard]] const FileRead& read() const { return read_; }
  // Empty, or why it could not be written: also where the name has come to mean another file since it was
  // read.
  [[nodiscard]] std::string write(std::string_view text);

 private:
  std::string path_;
  int descriptor_ = -1;
  FileRead read_;
};

// Held while it lives, and let go when the process ends in whatever way: no other process gets the same
// folder. On file systems without locks it holds nothing.
class FolderLock {
 public:
  explicit FolderLock(const std::string& folder);
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  ~FolderLock();
  [[nodiscard]] bool is_taken_by_another() const { return is_taken_; }

 private:
  int descriptor_ = -1;
  bool is_taken_ = false;
};

}  // namespace elba
