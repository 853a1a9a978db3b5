// streamed_file: a file that is written piece by piece under a name of its own in the same folder, and takes its place when it is whole.
//
//     StreamedFile file("out/chain_1.csv");
//     const bool is_whole = write_chain_csv(.., [&](std::string_view piece) { return file.write(piece); });
//     if (is_whole) file.commit();          // else, and where it fails, the temporary file goes with the object
#pragma once

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
  // On the disk and under its name. False, with a line on standard error, when that, or any `write`, failed.
  bool commit();
  [[nodiscard]] bool has_failed() const { return cause_ != 0; }

 private:
  std::string path_, target_, temporary_;
  int descriptor_ = -1, cause_ = 0;
  bool is_in_place_ = false, is_there_ = false;   // the temporary file
};

}  // namespace elba::cli
