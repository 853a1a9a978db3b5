// streamed_file: a file that is written piece by piece under a name of its own in the same folder, and takes
// its place when it is whole.
//
//     std::vector<std::unique_ptr<StreamedFile>> files;
//     files.push_back(std::make_unique<StreamedFile>("out/chain_1.csv"));
//     const bool is_whole = write_chain_csv(.., [&](std::string_view piece) { return files.back()->write(piece); });
//     if (is_whole) commit_all(files);      // else, and where it fails, the temporary files go with the objects
//
// Files that belong together take their places together, after all of them are on the disk: one wait for
// their folder instead of one for each.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace elba::cli {

class StreamedFile {
 public:
  explicit StreamedFile(const std::string& path);
  ~StreamedFile();
  StreamedFile(const StreamedFile&) = delete;
  StreamedFile& operator=(const StreamedFile&) = delete;

  bool write(std::string_view piece);
  // For what writes by itself: the name to write to. A device or a pipe is written to as it is.
  [[nodiscard]] const std::string& name() const { return temporary_; }
  [[nodiscard]] bool has_failed() const { return cause_ != 0; }

  // Each on the disk and under its name. False, with a line on standard error for each file for which that,
  // or any `write`, failed.
  friend bool commit_all(std::span<const std::unique_ptr<StreamedFile>> files);

 private:
  void finish();
  void take_place();
  [[nodiscard]] std::string folder() const;

  std::string path_, target_, temporary_;
  int descriptor_ = -1, cause_ = 0;
  bool is_in_place_ = false, is_there_ = false;  // the temporary file
};

bool commit_all(std::span<const std::unique_ptr<StreamedFile>> files);

}  // namespace elba::cli
