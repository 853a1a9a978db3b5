"""Opens what `elba fit --out DIR` wrote with ArviZ itself and says what is wrong with it, one line each; exit code 1 when anything is.

    arviz_check.py DIR method
"""
import csv
import json
import sys

import arviz as az
import numpy as np

folder, method = sys.argv[1:3]
problems = []


def check(holds, what):
    if not holds:
        problems.append(what)


idata = az.from_netcdf(folder + "/posterior.nc")
summary = json.load(open(folder + "/summary.json"))
groups = ["posterior", "posterior_predictive", "log_likelihood", "sample_stats", "prior", "observed_data", "constant_data"]
check(set(groups) == set(idata.groups()), f"the groups are {sorted(idata.groups())}")

# eight schools: mu, tau, theta[J], y[J], sigma[J]; predict y_rep
posterior = idata.posterior
check(posterior["theta"].dims == ("chain", "draw", "J"), f"theta has dims {posterior['theta'].dims}")
check(list(posterior["J"].values) == list(range(1, 9)), "the elements of J do not count from 1")
check(posterior.sizes["chain"] == (2 if method == "nuts" else 1), f"there are {posterior.sizes['chain']} chains")
check(posterior.sizes["chain"] * posterior.sizes["draw"] == summary["draws"], "draws are missing")
check(posterior.attrs["model_name"] == "eight_schools_predictive", f"the model is called {posterior.attrs['model_name']}")
check(posterior.attrs["method"] == method and summary["method"] == method, f"the method is called {posterior.attrs['method']}")
check(posterior.attrs["verdict"] == summary["verdict"], "the verdicts differ")
check(posterior.attrs["reasons"] == "\n".join(reason["text"] for reason in summary["reasons"]), "the reasons differ")
check(posterior.attrs["seed"] == "3" and posterior.attrs["inference_library"] == "elba", "seed or library is missing")

table = az.summary(idata, var_names=["mu", "tau", "theta"], kind="stats", round_to="none", hdi_prob=0.9)
for quantity in summary["quantities"]:
    name = quantity["name"]
    if name not in table.index:
        continue
    # Resampled draws and weighted summaries differ by sampling noise.
    check(abs(table.loc[name, "mean"] - quantity["mean"]) < 0.15 * quantity["sd"], f"the mean of {name} is {table.loc[name, 'mean']} by ArviZ, {quantity['mean']} by Elba")

y, sigma = idata.observed_data["y"].values, idata.constant_data["sigma"].values
check(list(y) == [28, 8, -3, 7, -1, 1, 18, 12] and list(sigma) == [15, 10, 16, 11, 9, 11, 10, 18], "the data differ")
theta = posterior["theta"].values
expected = -0.5 * ((y - theta) / sigma) ** 2 - np.log(sigma) - 0.5 * np.log(2 * np.pi)
check(np.allclose(idata.log_likelihood["y"].values, expected, rtol=1e-9), "log_likelihood is not the density of y")
check(idata.posterior_predictive["y"].dims == ("chain", "draw", "J"), "posterior_predictive has no y")
residual = (idata.posterior_predictive["y"].values - theta) / sigma
check(abs(residual.mean()) < 0.05 and abs(residual.std() - 1) < 0.05, "posterior_predictive is not normal(theta, sigma)")
check(abs(idata.prior["mu"].values.mean()) < 1 and (idata.prior["tau"].values > 0).all(), "the prior is another")

loo = az.loo(idata)
check(-33 < loo.elpd_loo < -29, f"elpd_loo is {loo.elpd_loo}")
stats = idata.sample_stats
check(np.isfinite(stats["lp"].values).all(), "lp is not finite")
if method == "nuts":
    for name in ["acceptance_rate", "step_size", "tree_depth", "n_steps", "diverging", "energy"]:
        check(name in stats, f"sample_stats has no {name}")
    check(stats["diverging"].dtype == bool, "diverging is not boolean")
    check(0.5 < stats["acceptance_rate"].values.mean() <= 1, "the acceptance rate is no rate")
    check((az.rhat(posterior)["theta"].values < 1.1).all(), "R-hat by ArviZ is large")

rows = []
for chain in range(1, posterior.sizes["chain"] + 1):
    with open(f"{folder}/chain_{chain}.csv") as file:
        rows += list(csv.DictReader(line for line in file if not line.startswith("#")))
check(np.array_equal([float(row["theta.3"]) for row in rows], theta[..., 2].ravel()), "theta.3 of the CSV is not theta[3]")
check(np.array_equal([float(row["lp__"]) for row in rows], stats["lp"].values.ravel()), "lp__ of the CSV is not lp")
read = az.from_cmdstan([f"{folder}/chain_{chain}.csv" for chain in range(1, posterior.sizes["chain"] + 1)])
check(np.array_equal(read.posterior["theta"].values, theta), "ArviZ reads another theta from the CSV")

print("\n".join(problems))
sys.exit(1 if problems else 0)
