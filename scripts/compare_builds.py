#!/usr/bin/env python3
"""Do two builds give the same answers? compare_builds.py OLD NEW [--what WHAT,..] [--cases FOLDER ..] [--methods M,..] [--seeds S,..] [--limit N]

OLD and NEW are two `elba` commands, or NEW may be the folder of an earlier record (--record FOLDER writes one). WHAT:

    emit       the text of the stages ast, density, tensor and loop, and of the llvm stage of each function
    density    log densities and gradients at two points, all digits
    fits       `fit --format=json` for each method and seed, seconds aside
    commands   explain, check, simulate (one key), predictions of a short nuts fit and its CSV files

A case is a model with data: every examples/*/model.elba, and X.elba beside X.json in the folders given by --cases.
Prints one line for each answer that differs, with the largest difference of a number where only numbers do, and ends with 1 if any does.
Reasons (sentences) are compared apart from the rest, so that a change of words is seen as one: --ignore-words leaves them out.
"""
import argparse
import concurrent.futures
import json
import pathlib
import re
import subprocess
import sys
import tempfile

TIMES = {"seconds", "wall_seconds", "profile"}
WORDS = {"reasons", "diagnostics"}
FUNCTIONS = ["log_joint", "log_joint.grad", "log_joint.hvp", "elbo.grad", "draw", "constrain", "predict"]
ROOT = pathlib.Path(__file__).resolve().parent.parent


def run(elba, arguments, text=None):
    done = subprocess.run([elba, *arguments], capture_output=True, text=True, input=text, timeout=900)
    return done.stdout, done.stderr, done.returncode


def without(value, keys):
    if isinstance(value, dict):
        return {k: without(v, keys) for k, v in value.items() if k not in keys}
    return [without(v, keys) for v in value] if isinstance(value, list) else value


def cases(folders, limit):
    found = [(m, m.with_name("data.json")) for m in sorted(ROOT.glob("examples/*/model.elba"))]
    for folder in folders:
        found += [(m, m.with_suffix(".json")) for m in sorted(pathlib.Path(folder).rglob("*.elba"))]
    return [(m, d if d.exists() else None) for m, d in found][:limit]


def of_data(data):
    return ["--data", str(data)] if data else []


def emits(elba, model, data, _):
    for stage in ("ast", "density", "tensor", "loop"):
        yield f"emit {stage}", lambda s=stage: run(elba, ["emit", f"--stage={s}", str(model)])
    for function in FUNCTIONS:
        yield f"emit llvm {function}", lambda f=function: run(elba, ["emit", "--stage=llvm", f"--function={f}", str(model)])


def densities(elba, model, data, _):
    def ask():
        common = [str(model), *of_data(data), "--cache=off"]
        with tempfile.TemporaryDirectory() as folder:
            points = pathlib.Path(folder) / "points.json"
            points.write_text('{"points": [{"unconstrained": []}]}')
            out, error, _ = run(elba, ["log-density", *common, f"--at={points}", "--format=json"])
            size = re.search(r"the model has (\d+)", error + out)
            count = int(size[1]) if size else 0
            rows = [{"unconstrained": [((7 * k + 3 * j) % 11 - 5) / 10 for k in range(count)]} for j in range(2)]
            points.write_text(json.dumps({"points": rows}))
            return run(elba, ["log-density", *common, f"--at={points}", "--format=json"])
    yield "density", ask


def fits(elba, model, data, options):
    for method in options.methods.split(","):
        for seed in options.seeds.split(","):
            arguments = ["fit", str(model), *of_data(data), f"--method={method}", f"--seed={seed}", "--format=json", "--cache=off"]
            yield f"fit {method} {seed}", lambda a=arguments: run(elba, a)


def commands(elba, model, data, _):
    with_data = [str(model), *of_data(data)]
    yield "explain", lambda: run(elba, ["explain", str(model)])
    yield "check", lambda: run(elba, ["check", *with_data])
    yield "simulate", lambda: run(elba, ["simulate", *with_data, "--seed=3"])

    def saved():
        with tempfile.TemporaryDirectory() as folder:
            fitted = run(elba, ["fit", *with_data, "--method=nuts", "--warmup=200", "--draws=200", f"--out={folder}", "--cache=off"])
            texts = [p.read_text() for p in sorted(pathlib.Path(folder).glob("chain_*.csv"))]
            predicted = run(elba, ["predict", *with_data, f"--draws={folder}", "--format=json"])
            return "".join(re.sub(r"(?m)^#.*\n", "", t) for t in texts) + predicted[0], "", (fitted[2], predicted[2])
    yield "files and predict", saved


KINDS = {"emit": emits, "density": densities, "fits": fits, "commands": commands}


def canonical(answer, options):
    out, error, code = answer
    try:
        value = without(json.loads(out), TIMES | (WORDS if options.ignore_words else set()))
        return json.dumps(value), "" if options.ignore_words else error, code
    except ValueError:
        return out, "" if options.ignore_words else error, code


def largest_difference(a, b):
    """Of the numbers of two texts, relative to their size; nothing where more than numbers differs."""
    number = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
    if number.sub("#", a) != number.sub("#", b):
        return None
    pairs = zip(number.findall(a), number.findall(b))
    return max((abs(float(x) - float(y)) / max(1.0, abs(float(x)), abs(float(y))) for x, y in pairs), default=0.0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old")
    parser.add_argument("new", nargs="?")
    parser.add_argument("--what", default="emit,density")
    parser.add_argument("--cases", nargs="*", default=[])
    parser.add_argument("--methods", default="auto,map,meanfield,fullrank,laplace,pathfinder,nuts")
    parser.add_argument("--seeds", default="1,2")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--record", help="write the answers of OLD into this folder")
    parser.add_argument("--ignore-words", action="store_true")
    options = parser.parse_args()

    jobs = []
    for model, data in cases(options.cases, options.limit):
        name = model.parent.name if model.name == "model.elba" else model.stem
        for what in options.what.split(","):
            of_old = dict(KINDS[what](options.old, model, data, options))
            is_command = options.new and not pathlib.Path(options.new).is_dir()
            of_new = dict(KINDS[what](options.new, model, data, options)) if is_command else {}
            jobs += [(name, kind, ask, of_new.get(kind)) for kind, ask in of_old.items()]

    def ask(job):
        name, kind, old, new = job
        file = f"{name} {kind}.json".replace("/", "_")
        before = canonical(old(), options)
        if options.record:
            folder = pathlib.Path(options.record)
            folder.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(json.dumps(before))
        if not options.new:
            return None
        after = canonical(new(), options) if new else tuple(json.loads((pathlib.Path(options.new) / file).read_text()))
        if list(before) == list(after):
            return None
        gap = largest_difference(" ".join(map(str, before)), " ".join(map(str, after)))
        return f"{name}: {kind} differs" + ("" if gap is None else f", numbers by at most {gap:.2g}")

    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        found = [line for line in pool.map(ask, jobs) if line]
    for line in found:
        print(line)
    print(f"{len(jobs)} answers, {len(found)} differ")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
