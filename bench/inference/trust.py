#!/usr/bin/env python3
"""May the verdict be trusted? Generated posteriors with known moments, of kinds that single reference posteriors do not show.

    bench/inference/trust.py build/release/cli/elba [--families a,b] [--instances 5] [--first 0] [--seeds 1]

Truth is a closed form, or a sum over a grid. A fit is good (mean within 0.1 sd, sd within a tenth), fair (0.3; 0.7 to 1.4) or bad. SILENT: bad, and not
`do_not_trust`. false alarm: good, and `do_not_trust`. Prints a line for each fit that is not good, and a table. Needs NumPy. Exit code 1 when a fit is silent.
"""
import argparse
import json
import math
import os
import resource
import subprocess
import sys
import tempfile

import numpy as np

LOG2PI = math.log(2 * math.pi)


def normal(x, m, s):
    return -0.5 * ((x - m) / s) ** 2 - np.log(s) - 0.5 * LOG2PI


def inv_logit(u):
    return 1 / (1 + np.exp(-u))


def moments(w, x):
    mean = float((w * x).sum() / w.sum())
    return mean, math.sqrt(float((w * (x - mean) ** 2).sum() / w.sum()))


def on_grid(logp, box, points, quantities):
    mesh = np.meshgrid(*[np.linspace(a, b, points) for a, b in box], indexing="ij", sparse=True)
    lp = logp(*mesh) + 0 * sum(mesh)
    w = np.exp(lp - lp.max())
    return {name: moments(w, value(*mesh) + 0 * sum(mesh)) for name, value in quantities.items()}


def of_mixture(w, means, variances):
    w = np.array(w) / np.sum(w)
    mean = float((w * means).sum())
    return mean, math.sqrt(float((w * (np.array(variances) + (np.array(means) - mean) ** 2)).sum()))


def three_modes(rng, i):
    D = [1, 2, 3][i % 3]
    b = np.round(rng.normal(size=(3, D)) * rng.uniform(2, 6), 3)
    s = np.round(rng.uniform(0.3, 1.5, size=3), 3)
    w = np.round(rng.dirichlet([2, 2, 2]), 3)
    model = """model m { dim D; data w: real<lower=0>[3]; data b: real[3, D]; data s: real<lower=0>[3]; latent x[D] ~ flat();
  factor log_sum_exp(log(w[k]) + sum(normal_logpdf(x[d], b[k, d], s[k]) for d in 1:D) for k in 1:3); }"""
    return model, {"D": D, "w": w.tolist(), "b": b.tolist(), "s": s.tolist()}, {f"x[{d + 1}]": of_mixture(w, b[:, d], s ** 2) for d in range(D)}


def correlated_modes(rng, i):
    D, r = 10, round(float(rng.uniform(-0.1, 0.9)), 2)
    S = (1 - r) * np.eye(D) + r
    L = np.linalg.cholesky(S)
    b = rng.normal(size=D)
    b = np.round(b / np.linalg.norm(np.linalg.solve(L, b)) * rng.uniform(4, 9), 3)
    w = round(float(rng.uniform(0.5, 0.8)), 3)
    model = """model m { dim D; data w: real<0, 1>; data b: real[D]; data L: real[D, D]; latent x: real[D] ~ flat(); let z0 = solve_lower(L, x); let z1 = solve_lower(L, x - b);
  factor log_sum_exp(log(w) - 0.5 * dot_self(z0), log1m(w) - 0.5 * dot_self(z1)); }"""
    return model, {"D": D, "w": w, "b": b.tolist(), "L": L.tolist()}, {f"x[{d + 1}]": of_mixture([w, 1 - w], np.array([0, b[d]]), np.array([1.0, 1.0])) for d in range(D)}


def mixed_regressions(rng, i):
    n, s = int(rng.integers(6, 20)), round(float(rng.choice([0.3, 0.6, 1.0])), 2)
    x = np.round(rng.normal(size=n), 3)
    slopes = rng.normal(0, 2, size=2)
    y = np.round(np.where(rng.random(n) < 0.6, slopes[0], slopes[1]) * x + s * rng.normal(size=n), 3)
    model = """model m { dim N; data x: real[N]; data y: real[N]; data s: real<lower=0>; latent a ~ normal(0, 3); latent b ~ normal(0, 3);
  for i in 1:N { y[i] ~ mixture([0.6, 0.4], normal([a * x[i], b * x[i]], s)); } }"""
    lp = lambda a, b: normal(a, 0, 3) + normal(b, 0, 3) + sum(np.logaddexp(math.log(0.6) + normal(k, a * v, s), math.log(0.4) + normal(k, b * v, s)) for k, v in zip(y, x))
    return model, {"x": x.tolist(), "y": y.tolist(), "s": s}, on_grid(lp, [(-14, 14)] * 2, 1201, {"a": lambda a, b: a, "b": lambda a, b: b})


def three_labels(rng, i):
    n, gap = int(rng.integers(6, 15)), rng.uniform(1, 5)
    y = np.round(rng.normal(gap * rng.integers(0, 3, size=n), 1), 2)
    model = "model m { dim N; data y: real[N]; latent mu[3] ~ normal(0, 5); y ~ mixture([1, 1, 1] / 3, normal(mu, 1)); }"
    lp = lambda a, b, c: normal(a, 0, 5) + normal(b, 0, 5) + normal(c, 0, 5) + sum(np.log(np.exp(normal(k, a, 1)) + np.exp(normal(k, b, 1)) + np.exp(normal(k, c, 1)) + 1e-300) for k in y)
    return model, {"y": y.tolist()}, on_grid(lp, [(-20, 22)] * 3, 141, {f"mu[{k + 1}]": (lambda *m, k=k: m[k]) for k in range(3)})


def at_boundaries(rng, i):
    n, a = int(rng.integers(1, 8)), round(float(rng.uniform(0.3, 1.2)), 2)
    k = int(rng.integers(0, 2))
    y = np.round(rng.normal(-0.3, 0.7, size=n), 3)
    model = """model m { dim N; data y: real[N]; data a: real<lower=0>; data k: int<lower=0>; latent p ~ beta(a, a); latent x: real<lower=0> ~ half_normal(1);
  y ~ normal(x * p, 0.7); k ~ binomial(3, p); }"""
    lp = lambda u, v: (a + k) * np.log(inv_logit(u)) + (a + 3 - k) * np.log(inv_logit(-u)) - 0.5 * np.exp(2 * v) + v + sum(normal(t, np.exp(v) * inv_logit(u), 0.7) for t in y)
    return model, {"y": y.tolist(), "a": a, "k": k}, on_grid(lp, [(-45, 45), (-35, 2.5)], 1501, {"p": lambda u, v: inv_logit(u), "x": lambda u, v: np.exp(v)})


def two_levels(rng, i):
    J, K = int(rng.integers(3, 7)), int(rng.integers(2, 5))
    group = np.repeat(np.arange(J), K)
    y = np.round(1 + rng.normal(size=J)[group] * rng.choice([0.2, 1, 4]) + rng.normal(size=J * K) * rng.choice([0.2, 1]) + 0.5 * rng.normal(size=J * K), 3)
    model = """model m { dim N, J; data g: int<1, J>[N]; data y: real[N]; latent mu ~ normal(0, 5); latent s ~ half_normal(2); latent t ~ half_normal(2);
  latent a[J] ~ normal(mu, s); latent b[N] ~ normal(a[g], t); y ~ normal(b, 0.5); }"""
    grid = np.linspace(-9, 2.6, 301)
    u, v = np.meshgrid(grid, grid, indexing="ij")
    s2, t2 = np.exp(2 * u), np.exp(2 * v) + 0.25
    # Given both scales: group means have variance s2 + t2 / K around mu, and what is left within groups has t2.
    means = y.reshape(J, K).mean(1)
    within = float(((y.reshape(J, K) - means[:, None]) ** 2).sum())
    V = s2 + t2 / K
    precision = J / V + 1 / 25
    m = means.sum() / V / precision
    lp = u - 0.5 * np.exp(2 * u) / 4 + v - 0.5 * np.exp(2 * v) / 4 - 0.5 * J * (K - 1) * np.log(t2) - 0.5 * within / t2 - 0.5 * J * np.log(V) - 0.5 * np.log(precision) - 0.5 * ((means ** 2).sum() / V - m ** 2 * precision)
    w = np.exp(lp - lp.max())
    mean = float((w * m).sum() / w.sum())
    variance = float((w * (1 / precision + (m - mean) ** 2)).sum() / w.sum())
    return model, {"N": J * K, "J": J, "g": (group + 1).tolist(), "y": y.tolist()}, {"mu": (mean, math.sqrt(variance)), "s": moments(w, np.exp(u)), "t": moments(w, np.exp(v))}


FAMILIES = {f.__name__: f for f in (three_modes, correlated_modes, mixed_regressions, three_labels, at_boundaries, two_levels)}


def fit(elba, model, data, seed, folder):
    paths = [os.path.join(folder, name) for name in ("model.elba", "data.json")]
    open(paths[0], "w").write(model + "\n")
    json.dump(data, open(paths[1], "w"))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run = subprocess.run([elba, "fit", paths[0], "--data", paths[1], "--format=json", "--seed", str(seed), "--cache", os.path.join(folder, "cache")], capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    if run.returncode not in (0, 4):
        sys.exit(f"elba fit ended with exit code {run.returncode}\n{run.stdout}{run.stderr}")
    return json.loads(run.stdout), seconds


def grade(truth, answer):
    found = {q["name"]: q for q in answer["quantities"]}
    worst, name = 0.0, ""
    for quantity, (mean, sd) in truth.items():
        one = found[quantity]
        far = math.inf if one["mean"] is None else abs(one["mean"] - mean) / sd / 0.3
        if one["sd"] is not None:
            far = max(far, abs(math.log(max(one["sd"], 1e-12) / sd)) / math.log(1.4))
        if far > worst:
            worst, name = far, quantity
    kind = "good" if worst <= 1 / 3 else "fair" if worst <= 1 else "bad"
    refused = answer["verdict"] == "do_not_trust"
    return {"good": "false alarm" if refused else "good", "fair": "fair", "bad": "refused" if refused else "SILENT"}[kind], name, worst


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("elba")
    parser.add_argument("--families", default=",".join(FAMILIES))
    parser.add_argument("--instances", type=int, default=5)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seeds", type=int, default=1)
    a = parser.parse_args()
    np.seterr(all="ignore")
    kinds = ["good", "fair", "SILENT", "false alarm", "refused"]
    silent = 0
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for family in a.families.split(","):
            counts, longest = dict.fromkeys(kinds, 0), 0.0
            for i in range(a.first, a.first + a.instances):
                model, data, truth = FAMILIES[family](np.random.default_rng([list(FAMILIES).index(family), i]), i)
                for seed in range(1, a.seeds + 1):
                    answer, seconds = fit(a.elba, model, data, seed, folder)
                    kind, name, worst = grade(truth, answer)
                    counts[kind] += 1
                    longest = max(longest, seconds)
                    if kind != "good":
                        print(f"{family}_{i} seed {seed}: {kind}, {answer['verdict']}, {answer['method']}, `{name}` at {worst:.2f} of the limit, {seconds:.1f} s", flush=True)
            silent += counts["SILENT"]
            rows.append(f"{family:18s} " + " ".join(f"{counts[k]:{max(len(k), 5)}d}" for k in kinds) + f" {longest:8.1f}")
    print(f"\n{'family':18s} " + " ".join(f"{k:>{max(len(k), 5)}s}" for k in kinds) + "    max s")
    print("\n".join(rows))
    return 1 if silent else 0


if __name__ == "__main__":
    sys.exit(main())
