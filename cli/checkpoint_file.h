// checkpoint_file: the file that a killed fit can be gone on with. Replaced as a whole; removed when the fit
// has ended.
#pragma once

#include <optional>
#include <string>

#include "api/elba.hpp"
#include "cli/commands.h"

namespace elba::cli {

class CheckpointFile {
 public:
  // Where the arguments request one: --checkpoint FILE, or beside what --out (or --resume of a folder) holds.
  // Fills in, from the checkpoint that is resumed, options that were not given. Nothing, with a message and
  // the exit code, when it cannot be read.
  static std::optional<CheckpointFile> open(FitArguments& arguments, int& code);

  // What the fit receives. A file that cannot be written is reported once; the fit continues without.
  [[nodiscard]] Checkpointing hooks();
  void remove() const;

 private:
  std::string path_, resumed_, bytes_;
  double seconds_ = 10;
  bool has_failed_ = false;
};

}  // namespace elba::cli
