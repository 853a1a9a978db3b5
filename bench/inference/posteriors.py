"""posteriors: what the scripts of this folder share: the posteriors with reference draws, commands that are timed, and the errors of Monte Carlo estimates.

Effective sizes: Geyer's initial monotone sequence over chains, Vehtari and others 2021, without rank normalisation, since it is the error of a mean that is asked for.
"""
import csv
import json
import math
import os
import pathlib
import resource
import subprocess
import time

root = pathlib.Path(__file__).resolve().parents[2]
reference_draws = 10_000  # of the public database; thinned until they are as good as independent


class Posterior:
    def __init__(self, name, summary):
        self.name, self.summary = name, summary
        self.short = name.split("-", 1)[1]
        self.model = root / "tests" / "reference" / (name + ".elba")
        self.data = root / "tests" / "reference" / "data" / (name.split("-")[0] + ".data.json")


def posteriors(folder, names=()):
    """All with reference draws and a model here; an ODE has none."""
    for file in sorted(pathlib.Path(folder).glob("*-*.json")):
        summary = (json.loads(file.read_text()).get("reference") or {}).get("summary")
        found = Posterior(file.stem, summary)
        if summary and found.model.exists() and (not names or any(part in found.name for part in names)):
            found.summary = {name: one for name, one in summary.items() if one["sd"] > 1e-12}
            yield found


class Run:
    """A command that ended: its output, wall seconds, and seconds of processor of it and its children."""

    def __init__(self, command, limit=None, **settings):
        before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        try:
            done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=limit, **settings)
            self.code, self.out, self.err = done.returncode, done.stdout, done.stderr
        except subprocess.TimeoutExpired:
            self.code, self.out, self.err = None, "", f"not done after {limit} s"
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.wall = time.monotonic() - begin
        self.cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def read_draws(files):
    """name -> list of chains. `theta.1.2` of Stan's files becomes `theta[1,2]`. Comment lines may stand anywhere."""
    chains = {}
    for file in files:
        with open(file) as lines:
            rows = csv.reader(line for line in lines if not line.startswith("#"))
            names = [flattened(name) for name in next(rows)]
            columns = [[float(value) for value in column] for column in zip(*(row for row in rows if row and flattened(row[0]) != names[0]))]
        for name, column in zip(names, columns):
            chains.setdefault(name, []).append(column)
    return chains


def flattened(name):
    head, *indices = name.split(".")
    return head + "[" + ",".join(indices) + "]" if indices else head


def mean(values):
    return math.fsum(values) / len(values)


def variance(values):
    middle = mean(values)
    return math.fsum((x - middle) ** 2 for x in values) / (len(values) - 1)


def mean_error(chains):
    """Monte Carlo standard error of the mean over chains."""
    m, n = len(chains), min(len(chain) for chain in chains)
    means, variances = [mean(chain) for chain in chains], [variance(chain) for chain in chains]
    within = mean(variances)
    total = within * (n - 1) / n + (variance(means) if m > 1 else 0)
    if not total > 0:
        return 0.0
    centred = [[x - middle for x in chain] for chain, middle in zip(chains, means)]

    def correlation(lag):
        covariance = mean([math.fsum(c[t] * c[t + lag] for t in range(n - lag)) / n for c in centred])
        return 1 - (within * (n - 1) / n - covariance) / total

    time_scale, last = -1.0, math.inf
    for lag in range(0, n - 1, 2):
        pair = correlation(lag) + correlation(lag + 1)
        if pair <= 0:
            break
        last = min(last, pair)
        time_scale += 2 * last
    size = min(m * n / max(time_scale, 1e-3), m * n * math.log10(m * n))
    return math.sqrt(total / size)


def sd_error(chains):
    """Monte Carlo standard error of the sd: that of the mean square, over 2 sd."""
    everything = [x for chain in chains for x in chain]
    middle, sd = mean(everything), math.sqrt(variance(everything))
    return mean_error([[(x - middle) ** 2 for x in chain] for chain in chains]) / (2 * sd) if sd > 0 else 0.0


def median(values):
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else 0.5 * (ordered[half - 1] + ordered[half])


def environment():
    """One thread for those libraries that would take all."""
    return {**os.environ, "OMP_NUM_THREADS": "1", "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"}
