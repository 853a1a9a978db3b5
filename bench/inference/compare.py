#!/usr/bin/env python3
"""Elba beside Stan's ADVI, Pathfinder and NUTS and NumPyro's AutoNormal SVI: seconds to an answer, and how good it is. All in one run, one after the other.

    scripts/install_inference_bench.sh build/inference_bench
    bench/inference/compare.py build/release/cli/elba --environment build/inference_bench [--reference DIR] [--methods A,B] [--limit S] [--json FILE] [NAME..]

A method has the accuracy asked for when the median over quantities of |mean - reference| / reference sd is at most --tolerance (0.1); the worst is printed beside.
Everything runs at its defaults: `elba fit` with no options; CmdStan's settings for Stan, NUTS with four chains of 1000 + 1000; NumPyro, which has no rule to
stop by, is stopped at the first of 1000, 2000, .., 50 000 steps of Adam (0.01) that has the accuracy. Seconds are of processor, of all threads together, since wall
time on a shared machine says more about the others. total: from model text and data to the answer; Stan's model is compiled against a precompiled header, which
like starting Python does not count. run: without compilation; of Elba the whole command with the machine code in its cache. Ratios: theirs over Elba's; their
geometric means are over the posteriors where both have the accuracy. A method that is not installed is named and left out. Not a test.
"""
import argparse
import json
import math
import pathlib
import sys
import tempfile

from posteriors import Run, environment, mean, median, posteriors, read_draws, root

here = pathlib.Path(__file__).resolve().parent
stan_methods = {"stan_advi": "meanfield", "stan_pathfinder": "pathfinder", "stan_nuts": "nuts"}
methods = ["elba", *stan_methods, "numpyro_svi"]


def graded(found, summary, total, run, note=""):
    errors = [abs(found[name] - one["mean"]) / one["sd"] for name, one in summary.items() if name in found]
    return {"median": median(errors), "worst": max(errors), "total": total, "run": run, "note": note}


def failed(note, total=None):
    return {"median": None, "worst": None, "total": total, "run": None, "note": note}


def last_line(text):
    lines = text.strip().splitlines()
    return lines[-1][:80] if lines else "no output"


def elba(command, posterior, limit):
    with tempfile.TemporaryDirectory() as cache:
        words = [command, "fit", posterior.model, "--data", posterior.data, "--format", "json", "--cache", cache]
        cold, warm = Run(words, limit), Run(words, limit)
    if cold.code not in (0, 4) or warm.code not in (0, 4):
        return failed(last_line(cold.err))
    fit = json.loads(cold.out)
    return graded({one["name"]: one["mean"] for one in fit["quantities"]}, posterior.summary, cold.cpu, warm.cpu, f"{fit['method']}, {fit['verdict']}")


class Stan:
    """One posterior's program, compiled once for all of Stan's algorithms."""

    def __init__(self, environment_folder, posterior, folder, limit):
        self.posterior, self.folder, self.limit, self.program = posterior, folder, limit, folder / "program"
        stan = environment_folder / "stan"
        flags = ["-std=c++17", "-O3", "-D_REENTRANT", "-DBOOST_DISABLE_ASSERTS", "-w", "-I", environment_folder / "header", "-I", stan / "include"]
        steps = [[stan / "stanc", f"--o={folder}/model.cpp", here / "stan" / (posterior.name + ".stan")], ["g++", *flags, "-c", folder / "model.cpp", "-o", folder / "model.o"],
                 ["g++", folder / "model.o", environment_folder / "driver.o", "-o", self.program, "-L", stan / "lib", "-ltbb", f"-Wl,-rpath,{(stan / 'lib').resolve()}"]]
        runs = []
        for step in steps:
            runs.append(Run(step))
            if runs[-1].code != 0:
                break
        self.seconds, self.error = sum(run.cpu for run in runs), "" if runs[-1].code == 0 else "does not compile: " + last_line(runs[-1].err)

    def fit(self, method):
        if self.error:
            return failed(self.error)
        draws = self.folder / "draws.csv"
        run = Run([self.program, stan_methods[method], self.posterior.data, 1, draws], self.limit)
        if run.code != 0:
            return failed(run.err if run.code is None else last_line(run.err), self.seconds + run.cpu)
        # The first row of ADVI is the guide's mean, not a draw.
        begin = 1 if method == "stan_advi" else 0
        found = {name: mean([x for chain in chains for x in chain[begin:]]) for name, chains in read_draws([draws]).items()}
        return graded(found, self.posterior.summary, self.seconds + run.cpu, run.cpu)


def numpyro(environment_folder, reference, posterior, tolerance, limit):
    run = Run([environment_folder / "bin" / "python", here / "numpyro_fit.py", posterior.name, posterior.data, reference / (posterior.name + ".json"), tolerance], limit, env=environment())
    if run.code != 0:
        return failed(run.err if run.code is None else last_line(run.err))
    one = json.loads(run.out.strip().splitlines()[-1])
    return {"median": one["median"], "worst": one["worst"], "total": one["compile"] + one["run"], "run": one["run"], "note": f"{one['steps']} steps"}


def show(name, results, tolerance):
    ours = results["elba"]
    for method, one in results.items():
        if one["median"] is None:
            print(f"{name:26s} {method:16s} {one['note']}", flush=True)
            continue
        text = f"{name:26s} {method:16s} median {one['median']:8.3f}  worst {one['worst']:8.3f}  {'ok ' if one['median'] <= tolerance else 'off'}  total {one['total']:7.2f} s  run {one['run']:7.2f} s"
        if method != "elba" and ours["median"] is not None:
            text += f"  ratio {one['total'] / ours['total']:7.1f} {one['run'] / ours['run']:7.1f}"
        print(f"{text}  {one['note']}".rstrip(), flush=True)


def number(value):
    return f"{value:.0f}" if value >= 9.95 else f"{value:.2g}"


def markdown(table, tolerance):
    """The table of README.md: of the others error and ratios of total and run; errors above the tolerance in bold."""
    titles = {"stan_advi": "Stan's ADVI", "stan_pathfinder": "Pathfinder", "stan_nuts": "NUTS", "numpyro_svi": "NumPyro SVI"}
    print("| posterior | Elba: ended in, errors, total s, run s | " + " | ".join(titles.values()) + " |\n" + "| --- " * (2 + len(titles)) + "|")
    for name, row in table.items():
        ours = row["elba"]
        cells = [name.split("-", 1)[-1], f"{ours['note'].split(',')[0]}, {ours['median']:.3f} / {ours['worst']:.2f}, {ours['total']:.2f}, {ours['run']:.2f}"]
        for method in titles:
            one = row.get(method)
            if one is None or one["median"] is None:
                cells.append("no answer" if one else "")
                continue
            errors = f"{number(one['median'])} / {number(one['worst'])}"
            cells.append((errors if one["median"] <= tolerance else f"**{errors}**") + f", {number(one['total'] / ours['total'])}x, {number(one['run'] / ours['run'])}x")
        print("| " + " | ".join(cells) + " |")


def summarise(table, tolerance):
    def is_good(one):
        return one is not None and one["median"] is not None and one["median"] <= tolerance

    count = len(table)
    print(f"\nelba: {sum(is_good(row['elba']) for row in table.values())} of {count} with the accuracy")
    for method in methods[1:]:
        rows = [row for row in table.values() if method in row]
        if not rows:
            continue
        ahead = sum(row[method]["total"] is None or row[method]["total"] > row["elba"]["total"] for row in rows)
        both = [row for row in rows if is_good(row[method]) and is_good(row["elba"])]
        text = f"{method}: {sum(is_good(row[method]) for row in rows)} of {len(rows)} with the accuracy; Elba done first on {ahead}, compilation included, right or wrong; where both are right"
        for part in ("total", "run"):
            ratios = [row[method][part] / row["elba"][part] for row in both]
            if ratios:
                text += f"{',' if part == 'run' else ''} {part} {math.exp(mean([math.log(x) for x in ratios])):.1f} times Elba's ({min(ratios):.1f} to {max(ratios):.1f}), ahead on {sum(x > 1 for x in ratios)} of {len(ratios)}"
        print(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("elba")
    parser.add_argument("names", nargs="*", help="parts of names of posteriors; none: all")
    parser.add_argument("--environment", type=pathlib.Path, default=root / "build" / "inference_bench")
    parser.add_argument("--reference", type=pathlib.Path, default=root.parent / "shared" / "reference")
    parser.add_argument("--methods", default=",".join(methods[1:]))
    parser.add_argument("--tolerance", type=float, default=0.1)
    parser.add_argument("--limit", type=float, default=600, help="wall seconds of one run")
    parser.add_argument("--json", type=pathlib.Path, help="keep the numbers here, and go on from what is there")
    parser.add_argument("--markdown", action="store_true", help="print the table for README.md")
    arguments = parser.parse_intermixed_args()
    wanted = arguments.methods.split(",")
    place = arguments.environment
    for method, needed in [*((method, place / "driver.o") for method in stan_methods), ("numpyro_svi", place / "bin" / "python")]:
        if method in wanted and not needed.exists():
            print(f"{method} is not installed: {needed} is missing (scripts/install_inference_bench.sh)")
            wanted.remove(method)
    table = json.loads(arguments.json.read_text()) if arguments.json and arguments.json.exists() else {}
    for posterior in posteriors(arguments.reference, arguments.names):
        row = table.setdefault(posterior.name, {})
        if "elba" not in row:
            row["elba"] = elba(arguments.elba, posterior, arguments.limit)
        if any(method in stan_methods and method not in row for method in wanted):
            with tempfile.TemporaryDirectory() as folder:
                stan = Stan(place, posterior, pathlib.Path(folder), arguments.limit)
                row.update({method: stan.fit(method) for method in wanted if method in stan_methods and method not in row})
        if "numpyro_svi" in wanted and "numpyro_svi" not in row:
            row["numpyro_svi"] = numpyro(place, arguments.reference, posterior, arguments.tolerance, arguments.limit)
        show(posterior.short, row, arguments.tolerance)
        if arguments.json:
            arguments.json.write_text(json.dumps(table, indent=1))
    if arguments.markdown:
        markdown(table, arguments.tolerance)
    summarise(table, arguments.tolerance)
    return 0


if __name__ == "__main__":
    sys.exit(main())
