"""Reads what `elba fit --out DIR` wrote with CmdStanPy and says what is wrong with it, one line each; exit code 1 when anything is.

    cmdstanpy_check.py DIR nuts|guide|map

The model is that of the test: a scalar `mu`, an array `R[2, 3]`, a vector `x[4]` and the prediction `P[3, 2] = R'`.
"""
import json
import logging
import sys

import arviz as az
import cmdstanpy
import numpy as np

logging.getLogger("cmdstanpy").setLevel(logging.ERROR)
folder, kind = sys.argv[1:3]
problems = []


def check(holds, what):
    if not holds:
        problems.append(what)


shapes = {"mu": (), "R": (2, 3), "x": (4,), "P": (3, 2)}
posterior = az.from_netcdf(folder + "/posterior.nc").posterior
chains, draws = posterior.sizes["chain"], posterior.sizes["draw"]
fit = cmdstanpy.from_csv(folder)
if kind == "map":
    check(isinstance(fit, cmdstanpy.CmdStanMLE), f"a mode is read as {type(fit).__name__}")
    for name, shape in shapes.items():
        check(np.array_equal(np.asarray(fit.stan_variable(name)).reshape(shape), posterior[name].values[0, 0]), f"{name} is another")
else:
    check(isinstance(fit, cmdstanpy.CmdStanMCMC), f"draws are read as {type(fit).__name__}")
    check(fit.chains == chains and fit.num_draws_sampling == draws, f"{fit.chains} chains of {fit.num_draws_sampling} draws, not {chains} of {draws}")
    for name, shape in shapes.items():
        check(fit.stan_variable(name).shape == (chains * draws,) + shape, f"{name} has shape {fit.stan_variable(name).shape}")
        # CmdStanPy takes the files of a folder in any order.
        ours, theirs = posterior[name].values, fit.stan_variable(name).reshape((chains, draws) + shape)
        check(sorted(c.tobytes() for c in ours) == sorted(np.ascontiguousarray(c).tobytes() for c in theirs), f"{name} is another")
    table = fit.draws_pd()
    check(np.isfinite(table["lp__"]).all(), "lp__ is not finite")
if kind == "nuts":
    summary = json.load(open(folder + "/summary.json"))
    check(fit.divergences.sum() == summary["divergences"], "divergent transitions are counted otherwise")
    check((fit.step_size > 0).all() and fit.metric_type == "unit_e", "the adaptation is not read")
    check(fit.num_draws_warmup == 300, f"{fit.num_draws_warmup} transitions of warm-up")
    for name in ["accept_stat__", "stepsize__", "treedepth__", "n_leapfrog__", "divergent__", "energy__"]:
        check(name in fit.method_variables(), f"there is no {name}")

print("\n".join(problems))
sys.exit(1 if problems else 0)
