"""AutoNormal SVI of NumPyro on one posterior: numpyro_fit.py NAME DATA.json REFERENCE.json TOLERANCE, run in the environment of scripts/install_inference_bench.sh.

NumPyro has no stopping rule, so it is given the best one that could be: it ends at the first of a list of step counts where the median error of the means is
within the tolerance. Prints JSON: seconds of processor to there, with and without compilation (imports never count), errors, steps. Adam with step 0.01.
"""
import json
import sys
import time

import jax
import jax.numpy as jnp
import numpyro
import numpyro.distributions as dist
from numpyro.distributions import constraints
from numpyro.infer import SVI, Trace_ELBO
from numpyro.infer.autoguide import AutoNormal
from numpyro.optim import Adam

checkpoints = [1000, 2000, 5000, 10_000, 20_000, 50_000]


def flat(name, shape=(), support=constraints.real):
    return numpyro.sample(name, dist.ImproperUniform(support, (), event_shape=shape if support is constraints.real else ()))


def linear(design, y, beta, sigma):
    numpyro.sample("y", dist.Normal(design @ beta, sigma), obs=y)


def columns(*parts):
    return jnp.stack([jnp.broadcast_to(jnp.asarray(p, float), jnp.shape(parts[-1])) for p in parts], axis=1)


def arK(d):
    K, T, y = d["K"], d["T"], d["y"]
    alpha = numpyro.sample("alpha", dist.Normal(0, 10))
    beta = numpyro.sample("beta", dist.Normal(0, 10).expand([K]))
    sigma = numpyro.sample("sigma", dist.HalfCauchy(2.5))
    lags = jnp.stack([y[K - 1 - k : T - 1 - k] for k in range(K)], axis=1)
    numpyro.sample("y", dist.Normal(alpha + lags @ beta, sigma), obs=y[K:])


def arma11(d):
    y = d["y"]
    mu = numpyro.sample("mu", dist.Normal(0, 10))
    phi = numpyro.sample("phi", dist.Normal(0, 2))
    theta = numpyro.sample("theta", dist.Normal(0, 2))
    sigma = numpyro.sample("sigma", dist.HalfCauchy(2.5))
    first = mu + phi * mu

    def step(error, pair):
        nu = mu + phi * pair[0] + theta * error
        return pair[1] - nu, nu

    _, rest = jax.lax.scan(step, y[0] - first, (y[:-1], y[1:]))
    numpyro.sample("y", dist.Normal(jnp.concatenate([first[None], rest]), sigma), obs=y)


def diamonds(d):
    X = d["X"][:, 1:]
    b = numpyro.sample("b", dist.Normal(0, 1).expand([X.shape[1]]))
    intercept = numpyro.sample("Intercept", dist.StudentT(3, 8, 10))
    sigma = numpyro.sample("sigma", dist.LeftTruncatedDistribution(dist.StudentT(3, 0, 10), low=0.0))
    numpyro.sample("y", dist.Normal(intercept + (X - X.mean(0)) @ b, sigma), obs=d["Y"])


def earn_height(d):
    linear(columns(1, d["height"]), d["earn"], flat("beta", (2,)), flat("sigma", support=constraints.positive))


def logearn_interaction(d):
    linear(columns(1, d["height"], d["male"], d["height"] * d["male"]), jnp.log(d["earn"]), flat("beta", (4,)), flat("sigma", support=constraints.positive))


def eight_schools_noncentered(d):
    z = numpyro.sample("theta_trans", dist.Normal(0, 1).expand([d["J"]]))
    mu = numpyro.sample("mu", dist.Normal(0, 5))
    tau = numpyro.sample("tau", dist.HalfCauchy(5))
    theta = numpyro.deterministic("theta", mu + tau * z)
    numpyro.sample("y", dist.Normal(theta, d["sigma"]), obs=d["y"])


def garch11(d):
    y = d["y"]
    mu = flat("mu")
    alpha0 = flat("alpha0", support=constraints.positive)
    alpha1 = flat("alpha1", support=constraints.unit_interval)
    share = numpyro.sample("share", dist.Uniform(0, 1))  # beta1 is uniform on (0, 1 - alpha1): a constant density there
    beta1 = numpyro.deterministic("beta1", share * (1 - alpha1))
    numpyro.factor("length", jnp.log1p(-alpha1))

    def step(square, before):
        now = alpha0 + alpha1 * (before - mu) ** 2 + beta1 * square
        return now, now

    first = jnp.asarray(d["sigma1"], float) ** 2
    _, rest = jax.lax.scan(step, first, y[:-1])
    numpyro.sample("y", dist.Normal(mu, jnp.sqrt(jnp.concatenate([first[None], rest]))), obs=y)


def kernel(d):
    rho = numpyro.sample("rho", dist.Gamma(25, 4))
    alpha = numpyro.sample("alpha", dist.HalfNormal(2))
    return alpha**2 * jnp.exp(-0.5 * ((d["x"][:, None] - d["x"]) / rho) ** 2)


def gp_pois_regr(d):
    # In 64 bits a jitter of 1e-10 is enough.
    f_tilde = numpyro.sample("f_tilde", dist.Normal(0, 1).expand([d["N"]]))
    f = numpyro.deterministic("f", jnp.linalg.cholesky(kernel(d) + 1e-10 * jnp.eye(d["N"])) @ f_tilde)
    numpyro.sample("k", dist.Poisson(jnp.exp(f)), obs=d["k"])


def gp_regr(d):
    sigma = numpyro.sample("sigma", dist.HalfNormal(1))
    numpyro.sample("y", dist.MultivariateNormal(jnp.zeros(d["N"]), covariance_matrix=kernel(d) + sigma * jnp.eye(d["N"])), obs=d["y"])


def hmm_example(d):
    y = d["y"]
    theta1 = numpyro.sample("theta1", dist.Dirichlet(jnp.ones(2)))
    theta2 = numpyro.sample("theta2", dist.Dirichlet(jnp.ones(2)))
    mu = numpyro.sample("mu", dist.ImproperUniform(constraints.positive_ordered_vector, (), (2,)))
    numpyro.factor("prior", dist.Normal(jnp.array([3.0, 10.0]), 1).log_prob(mu).sum())
    move = jnp.log(jnp.stack([theta1, theta2]))
    density = dist.Normal(mu, 1).log_prob(y[:, None])
    last, _ = jax.lax.scan(lambda g, row: (jax.scipy.special.logsumexp(g[:, None] + move, axis=0) + row, None), density[0], density[1:])
    numpyro.factor("likelihood", jax.scipy.special.logsumexp(last))


def kidscore_interaction(d):
    linear(columns(1, d["mom_hs"], d["mom_iq"], d["mom_hs"] * d["mom_iq"]), d["kid_score"], flat("beta", (4,)), numpyro.sample("sigma", dist.HalfCauchy(2.5)))


def kidscore_momiq(d):
    linear(columns(1, d["mom_iq"]), d["kid_score"], flat("beta", (2,)), numpyro.sample("sigma", dist.HalfCauchy(2.5)))


def low_dim_gauss_mix(d):
    mu = numpyro.sample("mu", dist.ImproperUniform(constraints.ordered_vector, (), (2,)))
    numpyro.factor("prior", dist.Normal(0, 2).log_prob(mu).sum())
    sigma = numpyro.sample("sigma", dist.HalfNormal(2).expand([2]))
    theta = numpyro.sample("theta", dist.Beta(5, 5))
    parts = jnp.log(jnp.stack([theta, 1 - theta])) + dist.Normal(mu, sigma).log_prob(d["y"][:, None])
    numpyro.factor("likelihood", jax.scipy.special.logsumexp(parts, axis=1).sum())


def logmesquite(d):
    logs = [jnp.log(d[name]) for name in ("diam1", "diam2", "canopy_height", "total_height", "density")]
    linear(columns(1, *logs, d["group"]), jnp.log(d["weight"]), flat("beta", (7,)), flat("sigma", support=constraints.positive))


def nes(d):
    ages = [(d["age_discrete"] == k).astype(float) for k in (2, 3, 4)]
    linear(columns(1, d["real_ideo"], d["race_adj"], *ages, d["educ1"], d["gender"], d["income"]), d["partyid7"], flat("beta", (9,)), flat("sigma", support=constraints.positive))


def blr(d):
    linear(d["X"], d["y"], numpyro.sample("beta", dist.Normal(0, 10).expand([d["D"]])), numpyro.sample("sigma", dist.HalfNormal(10)))


def means_of(draws):
    out = {}
    for name, values in draws.items():
        middle = values.mean(0)
        if middle.ndim == 0:
            out[name] = float(middle)
        else:
            out.update({f"{name}[{k + 1}]": float(x) for k, x in enumerate(middle)})
    return out


def main():
    name, data_file, reference_file, tolerance = sys.argv[1:5]
    numpyro.enable_x64()
    model = globals()[name.split("-", 1)[1]]
    data = {key: value if isinstance(value, int) else jnp.asarray(value) for key, value in json.load(open(data_file)).items()}
    summary = {key: one for key, one in json.load(open(reference_file))["reference"]["summary"].items() if one["sd"] > 1e-12}
    begin = time.process_time()
    guide = AutoNormal(model)
    svi = SVI(model, guide, Adam(0.01), Trace_ELBO())
    state = svi.init(jax.random.PRNGKey(1), data)
    advance = jax.jit(lambda s, n: jax.lax.fori_loop(0, n, lambda _, now: svi.update(now, data)[0], s))
    advance(state, 1)
    compiled = time.process_time() - begin
    begin, done = time.process_time(), 0
    for steps in checkpoints:
        state = jax.block_until_ready(advance(state, steps - done))
        done = steps
        spent = time.process_time() - begin
        found = means_of(guide.sample_posterior(jax.random.PRNGKey(2), svi.get_params(state), data, sample_shape=(1000,)))
        errors = sorted(abs(found[key] - one["mean"]) / one["sd"] for key, one in summary.items() if key in found)
        middle = 0.5 * (errors[len(errors) // 2] + errors[(len(errors) - 1) // 2])
        begin += time.process_time() - begin - spent  # looking does not count
        if middle <= float(tolerance):
            break
    print(json.dumps({"compile": compiled, "run": spent, "median": middle, "worst": errors[-1], "steps": steps}))


main()
