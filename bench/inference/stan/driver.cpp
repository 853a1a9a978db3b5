// One run of a Stan program with one of Stan's own algorithms, at CmdStan's defaults: DRIVER (meanfield |
// pathfinder | nuts) DATA.json SEED DRAWS.csv A model is compiled apart and linked with this; both against
// the headers of the httpstan package.
#include <stan/model/model_header.hpp>  // first, since it is precompiled

#include <fstream>
#include <iostream>
#include <memory>
#include <stan/callbacks/interrupt.hpp>
#include <stan/callbacks/stream_logger.hpp>
#include <stan/callbacks/structured_writer.hpp>
#include <stan/callbacks/unique_stream_writer.hpp>
#include <stan/io/empty_var_context.hpp>
#include <stan/io/json/json_data.hpp>
#include <stan/services/experimental/advi/meanfield.hpp>
#include <stan/services/pathfinder/multi.hpp>
#include <stan/services/sample/hmc_nuts_diag_e_adapt.hpp>
#include <tbb/global_control.h>

stan::model::model_base& new_model(stan::io::var_context& data, unsigned int seed, std::ostream* messages);

int main(int count, char** words) {
  if (count != 5) return 2;
  // Without STAN_THREADS, as CmdStan is built, the tape of derivatives belongs to no thread: the paths of
  // Pathfinder must run one after the other.
  const tbb::global_control one_thread(tbb::global_control::max_allowed_parallelism, 1);
  const std::string method = words[1];
  const unsigned int seed = std::stoul(words[3]);
  std::ifstream file(words[2]);
  stan::json::json_data data(file);
  stan::model::model_base& model = new_model(data, seed, &std::cerr);
  auto out = std::make_unique<std::ofstream>(words[4]);
  out->precision(17);
  stan::callbacks::unique_stream_writer<std::ofstream> draws(std::move(out), "# ");
  stan::callbacks::writer none;
  stan::callbacks::interrupt interrupt;
  stan::callbacks::stream_logger logger(std::cerr, std::cerr, std::cerr, std::cerr, std::cerr);
  stan::io::empty_var_context init;
  const double init_radius = 2;
  if (method == "meanfield")
    return stan::services::experimental::advi::meanfield(model, init, seed, 1, init_radius, 1, 100, 10000,
                                                         0.01, 1.0, true, 50, 100, 1000, interrupt, logger,
                                                         none, draws, none);
  if (method == "pathfinder") {
    constexpr int paths = 4;
    std::vector<std::shared_ptr<stan::io::var_context>> inits;
    for (int k = 0; k < paths; ++k)
      inits.push_back(std::make_shared<stan::io::empty_var_context>());
    std::vector<stan::callbacks::writer> init_writers(paths), single_writers(paths);
    std::vector<stan::callbacks::structured_writer> single_diagnostics(paths);
    stan::callbacks::structured_writer diagnostics;
    return stan::services::pathfinder::pathfinder_lbfgs_multi(
        model, inits, seed, 1, init_radius, 5, 0.001, 1e-12, 1e4, 1e-8, 1e7, 1e-8, 1000, 25, 1000, 1000,
        paths, false, 0, interrupt, logger, init_writers, single_writers, single_diagnostics, draws,
        diagnostics, true, true);
  }
  if (method != "nuts") return 2;
  // Four chains, one after the other, in one file.
  for (unsigned int chain = 1; chain <= 4; ++chain) {
    const int code = stan::services::sample::hmc_nuts_diag_e_adapt(
        model, init, seed, chain, init_radius, 1000, 1000, 1, false, 0, 1, 0, 10, 0.8, 0.05, 0.75, 10, 75, 50,
        25, interrupt, logger, none, draws, none);
    if (code != 0) return code;
  }
  return 0;
}
