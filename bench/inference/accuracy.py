#!/usr/bin/env python3
"""How good are fits with no options? Every posterior of tests/reference that has reference draws, against their means and sds.

    bench/inference/accuracy.py build/release/cli/elba [--reference DIR] [--method M] [--seed S] [NAME..]

Prints, a line each: worst |mean - reference| in reference sd, smallest and largest sd ratio, k-hat of the best guide, method, verdict, wall time (compile
included, object cache off). ok: within 0.1 sd and ratios in [0.9, 1.1]. FAR: outside 0.3 sd or [0.7, 1.4], which must then not be trusted. Exit code 1 when a
trusted answer is FAR. Posteriors whose model needs an ODE are left out.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import time

root = pathlib.Path(__file__).resolve().parents[2]


def compare(fit, summary):
    found = {q["name"]: q for q in fit["quantities"]}
    error, ratios = (0.0, ""), []
    for name, reference in summary.items():
        if name not in found or not reference["sd"] > 1e-12:
            continue
        if found[name]["mean"] is None or found[name]["sd"] is None:   # left out, and said so
            continue
        error = max(error, (abs(found[name]["mean"] - reference["mean"]) / reference["sd"], name))
        ratios.append(found[name]["sd"] / reference["sd"])
    return error, min(ratios), max(ratios)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("elba")
    parser.add_argument("names", nargs="*", help="parts of names of posteriors; none: all")
    parser.add_argument("--reference", type=pathlib.Path, default=root.parent / "shared" / "reference")
    parser.add_argument("--method", default="auto")
    parser.add_argument("--seed", default="1")
    arguments = parser.parse_intermixed_args()
    tally, silent = {"ok": 0, "mid": 0, "FAR": 0}, 0
    for file in sorted(arguments.reference.glob("*-*.json")):
        name = file.stem
        model = root / "tests" / "reference" / (name + ".elba")
        summary = (json.loads(file.read_text()).get("reference") or {}).get("summary")
        if not summary or not model.exists() or (arguments.names and not any(part in name for part in arguments.names)):
            continue
        data = root / "tests" / "reference" / "data" / (name.split("-")[0] + ".data.json")
        command = [arguments.elba, "fit", model, "--data", data, "--format", "json", "--cache", "off", "--method", arguments.method, "--seed", arguments.seed]
        begin = time.monotonic()
        run = subprocess.run([str(part) for part in command], capture_output=True, text=True)
        seconds = time.monotonic() - begin
        if run.returncode not in (0, 4):
            sys.exit(f"{name}: elba fit ended with exit code {run.returncode}\n{run.stderr}")
        fit = json.loads(run.stdout)
        (error, worst), low, high = compare(fit, summary)
        kind = "ok" if error <= 0.1 and low >= 0.9 and high <= 1.1 else "FAR" if error > 0.3 or low < 0.7 or high > 1.4 else "mid"
        tally[kind] += 1
        silent += kind == "FAR" and fit["verdict"] != "do_not_trust"
        khat = fit.get("khat")
        print(f"{kind:3s} {name.split('-', 1)[1]:32s} error {error:.3f} ({worst})  sd {low:.2f}-{high:.2f}  k-hat {'-' if khat is None else format(khat, '.2f')}  {fit['method']:10s} {fit['verdict']:12s} {seconds:.2f} s", flush=True)
    print(f"{tally['ok']} ok, {tally['mid']} between, {tally['FAR']} far, of which {silent} without a word")
    return 1 if silent else 0


if __name__ == "__main__":
    sys.exit(main())
