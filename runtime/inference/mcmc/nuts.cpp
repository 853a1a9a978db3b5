#include "runtime/inference/mcmc/nuts.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "runtime/control/threads.h"
#include "runtime/inference/diagnostics/rank_normalised.h"
#include "runtime/inference/diagnostics/summaries.h"
#include "runtime/inference/mcmc/nuts_chain.h"
#include "runtime/inference/number.h"
#include "runtime/kernels/normal_quantile.h"
#include "runtime/kernels/rng.h"

namespace elba::runtime {

namespace {

// Vehtari et al. 2021: R-hat below 1.01 and 100 effective draws a chain for quantiles that can be quoted.
// Beyond the second pair the chains have not found the same law.
constexpr double good_rhat = 1.01, bad_rhat = 1.05, good_size = 400, bad_size = 100, good_energy = 0.3,
                 few_divergences = 0.001;
constexpr std::size_t many_quantities = 100;  // from here on limits are those of the worst of many

// Variance of the steps between energies over the variance of the energies.
double energy_fraction(const std::vector<Transition>& transitions) {
  double mean = 0, spread = 0, steps = 0;
  for (const auto& t : transitions)
    mean += t.energy / static_cast<double>(transitions.size());
  for (std::size_t k = 0; k < transitions.size(); ++k) {
    spread += (transitions[k].energy - mean) * (transitions[k].energy - mean);
    if (k > 0)
      steps += (transitions[k].energy - transitions[k - 1].energy) *
               (transitions[k].energy - transitions[k - 1].energy);
  }
  return spread > 0 ? steps / spread : 1;
}

double low_of(std::vector<double> values, std::size_t rank) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(rank), values.end());
  return values[rank];
}

// What R-hat reaches by chance, with probability 0.01, in the worst of many quantities of well-mixed chains.
// The means of 2 m half chains with E effective draws in all differ by a variance of 2 m / E in units of the
// quantity's own: R-hat^2 ~ 1 + (2 m / E) chi^2 / (2 m - 1), chi^2 with 2 m - 1 degrees of freedom; bulk and
// folded values are two trials each. E is the median over all quantities, so that a few that have not mixed
// do not raise their own limit.
double chance_rhat(std::size_t quantities, std::size_t chains, double effective) {
  const double parts = 2 * static_cast<double>(chains), freedom = parts - 1;
  const double z = normal_quantile(1 - 0.01 / (2 * static_cast<double>(quantities)));
  const double cube = 1 - 2 / (9 * freedom) + z * std::sqrt(2 / (9 * freedom));  // Wilson and Hilferty 1931
  return std::sqrt(1 + parts / effective * cube * cube * cube);
}

void run_all(const NutsProblem& problem, const NutsOptions& options, std::vector<Chain>& chains) {
  std::atomic<std::int64_t> done{0};
  std::atomic<std::size_t> next{0};
  const double total = static_cast<double>(options.warmup + options.draws) * options.chains;
  const auto begin = Journal::Clock::now();
  const auto work = [&](std::size_t worker, Watch& watch) {
    const StopScope scope(watch.flag());
    NutsOptions own = options;
    for (std::size_t c = next++; c < chains.size(); c = next++) {
      own.budget.max_seconds =
          options.budget.max_seconds -
          std::chrono::duration<double>(Journal::Clock::now() - begin).count();  // of what is left for all
      chains[c] = run_chain(problem.workers[worker], problem.start, problem.spread,
                            fold_key(options.seed, c + 1), own,
                            options.record.part("chain " + std::to_string(c + 1)), done);
    }
  };
  // Progress is told from the thread that called.
  const auto tell = [&] {
    options.budget.progress(
        {"sample", static_cast<double>(done) / total, 0, done, static_cast<std::int64_t>(total)});
  };
  run_threads(std::min(problem.workers.size(), chains.size()), work,
              options.budget.progress ? tell : std::function<void()>());
}

// How the run ended. False: nothing more can be said of it.
bool judge_ending(NutsResult& result) {
  if (result.stop == Stop::diverged) {
    result.add(Verdict::do_not_trust, ReasonCode::no_start_for_chains);
    return false;
  }
  if (result.stop == Stop::cancelled) result.add(Verdict::do_not_trust, ReasonCode::sampler_interrupted);
  if (result.stop == Stop::seconds) result.add(Verdict::do_not_trust, ReasonCode::sampler_out_of_time);
  if (result.stop == Stop::iterations) result.add(Verdict::do_not_trust, ReasonCode::sampler_out_of_work);
  if (result.draw_count >= 8) return true;
  result.add(Verdict::do_not_trust, ReasonCode::too_few_draws);
  return false;
}

void judge_divergences(NutsResult& result) {
  const double share = static_cast<double>(result.divergences) / static_cast<double>(result.draw_count);
  const std::vector<std::string> counts{std::to_string(result.divergences),
                                        std::to_string(result.draw_count)};
  if (share <= few_divergences)
    result.add(Verdict::trust, ReasonCode::few_divergences, counts);
  else
    result.add(share > 0.01 ? Verdict::do_not_trust : Verdict::caution, ReasonCode::divergences, counts);
}

void judge_chains(NutsResult& result, const NutsOptions& options, const std::string& worst_name) {
  result.verdict = Verdict::trust;
  if (!judge_ending(result)) return;
  if (!(result.worst_rhat <= result.rhat_limit))
    result.add(!(result.worst_rhat <= std::max(bad_rhat, result.rhat_limit)) ? Verdict::do_not_trust
                                                                             : Verdict::caution,
               ReasonCode::chains_disagree,
               {worst_name, number(result.worst_rhat, "%.3f"),
                number(result.rhat_limit, result.rhat_limit > good_rhat ? "%.3f" : "%.2f")});
  if (!(result.low_size >= good_size) || !(result.least_size >= bad_size))
    result.add(!(result.least_size >= bad_size) ? Verdict::do_not_trust : Verdict::caution,
               ReasonCode::few_independent_draws,
               {number(result.least_size, "%.0f"), number(good_size, "%.0f")});
  if (result.divergences > 0) judge_divergences(result);
  if (static_cast<double>(result.cut_short) > 0.05 * static_cast<double>(result.draw_count))
    result.add(Verdict::caution, ReasonCode::largest_depth_reached,
               {std::to_string(result.cut_short), std::to_string(options.max_depth)});
  if (result.least_energy_fraction < good_energy)
    result.add(Verdict::caution, ReasonCode::low_energy_fraction,
               {number(result.least_energy_fraction), number(good_energy)});
  if (result.verdict == Verdict::trust)
    result.add_first(Verdict::trust, ReasonCode::chains_agree,
                     {number(result.worst_rhat, "%.3f"), number(result.least_size, "%.0f"),
                      result.divergences > 0 ? "" : ", and no transition diverged"});
}

}  // namespace

Quantity summarise_chains(std::string name, std::span<const double> values, std::size_t chains,
                          bool is_bounded) {
  Quantity quantity = summarise(std::move(name), values, {}, is_bounded);
  if (std::isnan(quantity.mean)) return quantity;
  std::vector<std::span<const double>> parts;
  const std::size_t length = values.size() / chains;
  for (std::size_t c = 0; c < chains; ++c)
    parts.push_back(values.subspan(c * length, length));
  const ChainMeasures measured = measure_chains(parts);
  quantity.rhat = measured.rhat;
  quantity.ess_bulk = measured.bulk_size;
  quantity.ess_tail = measured.tail_size;
  quantity.mcse = quantity.sd > 0 ? quantity.sd / std::sqrt(measured.mean_size) : 0;
  return quantity;
}

namespace {

// The quantities of each draw, chain by chain, as far as time goes: `length` draws of each, all chains
// alongside so that they stay of one length. Counts the draws with an unknown that is not finite.
std::vector<std::vector<double>> constrained(const NutsProblem& problem, const std::vector<Chain>& chains,
                                             std::size_t& length, std::size_t& overflown) {
  const std::size_t n = problem.start.size();
  std::vector<double> row(problem.quantity_names.size());
  std::vector<std::vector<double>> rows(chains.size());
  std::size_t made = 0;
  for (; made < length && !is_past_grace(); ++made)
    for (std::size_t c = 0; c < chains.size(); ++c) {
      bool is_finite = problem.constrain(&chains[c].draws[made * n], row.data());
      if (!is_finite && is_stopped() && !is_past_grace())
        is_finite = problem.constrain(&chains[c].draws[made * n], row.data());  // it was cut short
      overflown += !is_finite && !is_stopped();
      rows[c].insert(rows[c].end(), row.begin(), row.end());
    }
  if (is_stopped() && made > 0) --made;  // the last may be half made
  length = made;
  return rows;
}

// How the first `length` draws of a chain came about.
void add_chain(NutsResult& result, const Chain& chain, int number_of_chain, std::size_t length,
               const NutsOptions& options) {
  result.step_length.push_back(chain.step);
  for (std::size_t k = 0; k < length; ++k) {
    const Transition& t = chain.transitions[k];
    result.log_density.push_back(chain.log_density[k]);
    result.acceptance.push_back(t.acceptance);
    result.energy.push_back(t.energy);
    result.depth.push_back(t.depth);
    result.steps.push_back(t.steps);
    result.chain.push_back(number_of_chain);
    result.is_divergent.push_back(t.is_divergent);
    result.divergences += t.is_divergent;
    result.cut_short += t.depth >= options.max_depth;
  }
  result.least_energy_fraction = std::min(result.least_energy_fraction, energy_fraction(chain.transitions));
}

// Of each quantity, from its values chain after chain; the name of the one whose R-hat is worst.
std::string summarise_quantities(NutsResult& result, const NutsProblem& problem,
                                 const std::vector<std::vector<double>>& values, std::size_t chains) {
  std::vector<double> sizes;  // of what is not constant
  std::string worst_name;
  result.least_size = static_cast<double>(result.draw_count);
  for (std::size_t j = 0; j < values.size() && result.draw_count > 0; ++j) {
    if (j > 0 && is_past_grace()) {
      if (result.stop == Stop::converged) result.stop = Stop::seconds;
      result.quantities.push_back(without_moments(problem.quantity_names[j]));
      continue;
    }
    Quantity quantity = summarise_chains(problem.quantity_names[j], values[j], chains,
                                         !problem.is_bounded.empty() && problem.is_bounded[j]);
    if (quantity.sd > 0) {  // constants mix at once
      if (!(quantity.rhat <= result.worst_rhat))
        result.worst_rhat = quantity.rhat, worst_name = quantity.name;
      const double size = std::isnan(quantity.ess_tail) ? quantity.ess_bulk
                                                        : std::min(quantity.ess_bulk, quantity.ess_tail);
      result.least_size = std::min(result.least_size, size);
      sizes.push_back(size);
    }
    result.quantities.push_back(std::move(quantity));
  }
  result.low_size = sizes.size() < many_quantities ? result.least_size : low_of(sizes, sizes.size() / 100);
  if (sizes.size() >= many_quantities)
    result.rhat_limit = std::max(good_rhat,
                                 chance_rhat(sizes.size(), chains, low_of(sizes, sizes.size() / 2)));
  return worst_name;
}

}  // namespace

NutsResult sample_nuts(const NutsProblem& problem, const NutsOptions& options) {
  NutsResult result;
  std::vector<Chain> chains(static_cast<std::size_t>(std::max(1, options.chains)));
  run_all(problem, options, chains);
  result.stop = Stop::converged;
  // Interrupted chains may have different lengths; what all have is used.
  std::size_t length = chains.front().transitions.size();
  for (const Chain& chain : chains) {
    length = std::min(length, chain.transitions.size());
    if (chain.stop != Stop::converged) result.stop = chain.stop;
    result.evaluations += chain.evaluations;
  }
  const std::size_t n = problem.start.size(), columns = problem.quantity_names.size(), sampled = length;
  std::size_t overflown = 0;
  std::vector<std::vector<double>> rows = constrained(problem, chains, length, overflown);
  if (length < sampled && result.stop == Stop::converged) result.stop = Stop::seconds;
  std::vector<std::vector<double>> values(columns);  // chain after chain
  for (std::size_t c = 0; c < chains.size() && length > 0; ++c) {
    result.draws.insert(result.draws.end(), rows[c].begin(),
                        rows[c].begin() + static_cast<std::ptrdiff_t>(length * columns));
    for (std::size_t j = 0; j < columns; ++j)
      for (std::size_t k = 0; k < length; ++k)
        values[j].push_back(rows[c][k * columns + j]);
    rows[c] = {};
    if (problem.keeps_positions)
      result.positions.insert(result.positions.end(), chains[c].draws.begin(),
                              chains[c].draws.begin() + static_cast<std::ptrdiff_t>(length * n));
    add_chain(result, chains[c], static_cast<int>(c) + 1, length, options);
  }
  result.draw_count = length * chains.size();
  if (length == 0) result.worst_rhat = std::numeric_limits<double>::quiet_NaN();
  const std::string worst_name = summarise_quantities(result, problem, values, chains.size());
  judge_chains(result, options, worst_name);
  if (overflown > 0)
    result.add(Verdict::do_not_trust, ReasonCode::unknown_not_finite,
               {std::to_string(overflown), std::to_string(result.draw_count)});
  return result;
}

}  // namespace elba::runtime
