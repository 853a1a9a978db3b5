// commands: one function per sub-command of `elba`; each returns the exit code of cli.md.
#pragma once

#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "api/elba.hpp"

namespace elba::cli {

enum ExitCode : int {
  exit_done = 0,
  exit_model = 1,  // the model has errors
  exit_usage = 2,
  exit_data = 3,  // the data do not fit the model
  exit_distrust = 4,
  exit_defect = 5,
};

struct CommonOptions {
  std::string model_file;
  std::string data_file;
  std::string model_name, guide_name;
  std::string format = "text";  // text (table) or json
  std::string cache_dir;        // empty: the default; "off": none
  double max_work = JitOptions{}.max_work;
  std::string max_memory;  // "2GB"; empty: half of what this process may have
  double max_seconds = 0;  // of the whole command; 0: no limit. A fit has its own
  bool pedantic = false;   // also the warnings that are often unfounded
};

// Of what a command does, its files and data included.
[[nodiscard]] inline double seconds_of(const CommonOptions& options) {
  return options.max_seconds > 0 ? options.max_seconds : std::numeric_limits<double>::infinity();
}
[[nodiscard]] JitOptions jit_options(const CommonOptions& options);

struct FitArguments {
  CommonOptions common;
  std::string method = "auto";
  std::string optimiser = "auto";
  std::uint64_t seed = 1;
  int draws = 0;  // 0: the method's default
  int chains = 4, warmup = 1000;
  bool dense_metric = false;
  double acceptance = 0.8;
  int starts = 0;  // of map; 0: as many as it takes
  std::string check;
  bool profile = false;  // print where the seconds went
  double max_seconds = 600;
  std::string out_dir;
  std::string report_file;      // HTML
  std::string init_dir;         // of a saved fit, to start from
  std::string checkpoint_file;  // empty: in the folder of --out, where there is one
  double checkpoint_seconds = 10;
  std::string resume;           // a checkpoint, or the folder that holds one
  std::set<std::string> given;  // names of options that stand on the command line
};

struct PredictArguments {
  CommonOptions common;
  std::string draws_dir;  // of a saved fit
  std::uint64_t seed = 1;
  int count = 0;  // draws used; 0: all
  std::string out_dir;
};

struct SimulateArguments {
  CommonOptions common;
  std::uint64_t seed = 1;
  std::vector<std::string> params;  // "tau=0.5", "theta=[1,2]"
  std::string out_file;             // empty: standard output
};

struct CalibrateArguments {
  CommonOptions common;
  std::string method = "auto";
  std::uint64_t seed = 1;
  int replications = 200, draws = 99;
  int chains = 4, warmup = 1000;  // of nuts
};

struct OptArguments {
  std::string ir_file;
  std::string passes, pipeline;  // "cse,dce"; or the function whose passes run
  std::vector<std::string> skipped;
  bool list = false, check_gradient = false;
  std::string data_file;           // of --check-gradient, as the next two
  std::vector<std::string> sizes;  // "N=3"
  std::uint64_t seed = 1;
};

int check(const CommonOptions& options);
int check_distributions(const CommonOptions& options);
int fit(FitArguments arguments);
int predict(const PredictArguments& arguments);
int simulate(const SimulateArguments& arguments);
int sbc(const CalibrateArguments& arguments);
int log_density(const CommonOptions& options, const std::string& points_file, const std::string& order);
int emit(const CommonOptions& options, const std::string& stage, const std::string& function,
         const std::string& print_after, const std::string& dump_dir, bool time_passes);
int opt(const OptArguments& arguments);
int explain(const std::string& what, const CommonOptions& options);
int format(const std::vector<std::string>& files, bool check_only);
int doc(const std::vector<std::string>& names, const std::string& page);
int bench(const CommonOptions& options, double seconds);
int bench_child(const CommonOptions& options, double seconds);

}  // namespace elba::cli
