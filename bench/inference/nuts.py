#!/usr/bin/env python3
"""Is the sampler right? `--method nuts` on every posterior with reference draws: means and sds against the reference, in Monte Carlo standard errors.

    bench/inference/nuts.py build/release/cli/elba [--reference DIR] [--draws N] [--seed S] [NAME..]

Prints, a line each: worst |mean - reference| / MCSE and worst |sd - reference| / MCSE with the quantity, worst R-hat, least effective size, divergences, and
seconds of processor. MCSE: ours and the reference's together, the latter from its 10 000 draws, with the kurtosis of ours for its sd. With q quantities the largest of
that many normal deviations is 2 to 3 even when all is right; exit code 1 when one is above 4.
"""
import argparse
import json
import math
import pathlib
import sys
import tempfile

from posteriors import Run, mean, mean_error, posteriors, read_draws, reference_draws, root, sd_error, variance

limit = 4


def deviations(chains, one):
    everything = [x for chain in chains for x in chain]
    middle, spread = mean(everything), math.sqrt(variance(everything))
    kurtosis = mean([(x - middle) ** 4 for x in everything]) / spread**4
    of_mean = math.hypot(mean_error(chains), one["sd"] / math.sqrt(reference_draws))
    of_sd = math.hypot(sd_error(chains), one["sd"] * math.sqrt(max(kurtosis - 1, 1) / (4 * reference_draws)))
    return abs(middle - one["mean"]) / of_mean, abs(spread - one["sd"]) / of_sd


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("elba")
    parser.add_argument("names", nargs="*", help="parts of names of posteriors; none: all")
    parser.add_argument("--reference", type=pathlib.Path, default=root.parent / "shared" / "reference")
    parser.add_argument("--draws", default="4000")
    parser.add_argument("--seed", default="1")
    arguments = parser.parse_intermixed_args()
    beyond = count = 0
    for posterior in posteriors(arguments.reference, arguments.names):
        with tempfile.TemporaryDirectory() as folder:
            run = Run([arguments.elba, "fit", posterior.model, "--data", posterior.data, "--format", "json", "--cache", "off", "--method", "nuts", "--seed", arguments.seed,
                       "--draws", arguments.draws, "--out", folder])
            if run.code not in (0, 4):
                sys.exit(f"{posterior.name}: elba fit ended with exit code {run.code}\n{run.err}")
            fit = json.loads(run.out)
            draws = read_draws(sorted(pathlib.Path(folder).glob("chain_*.csv")))
        found = {name: deviations(draws[name], one) for name, one in posterior.summary.items() if name in draws}
        by_mean = max(found, key=lambda name: found[name][0])
        by_sd = max(found, key=lambda name: found[name][1])
        is_within = found[by_mean][0] <= limit and found[by_sd][1] <= limit
        count += 1
        beyond += not is_within
        print(f"{'ok ' if is_within else 'FAR'} {posterior.short:26s} mean {found[by_mean][0]:4.1f} ({by_mean})  sd {found[by_sd][1]:4.1f} ({by_sd})  of {len(found):2d}  R-hat {fit['rhat']:.3f}  ESS {fit['ess']:6.0f}  "
              f"divergent {fit['divergences']:2d}  {fit['verdict']:12s} {run.cpu:.2f} s", flush=True)
    print(f"{count - beyond} of {count} within {limit} Monte Carlo standard errors")
    return 1 if beyond else 0


if __name__ == "__main__":
    sys.exit(main())
