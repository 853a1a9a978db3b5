#!/usr/bin/env python3
"""What each rung of `auto` costs and brings: one line for each model, with the seconds and the verdict of every rung.

    bench/inference/ladder.py build/release/cli/elba [--limit SECONDS] MODEL.elba DATA.json [MODEL.elba DATA.json ..]
    bench/inference/ladder.py build/release/cli/elba --all      every model of tests/reference and of examples

Seconds are of the wall, by rung as the fit counts them; the last column is the whole command, compilation included (object cache off).
"""
import argparse
import json
import pathlib
import subprocess
import time

root = pathlib.Path(__file__).resolve().parents[2]
short = {"trust": "trust", "caution": "caution", "do_not_trust": "refused"}


def all_models():
    for model in sorted((root / "tests" / "reference").glob("*.elba")):
        yield model, root / "tests" / "reference" / "data" / (model.stem.split("-")[0] + ".data.json")
    for model in sorted((root / "examples").glob("*/model.elba")):
        yield model, model.with_name("data.json")


def rung_text(rung):
    told = f"R-hat {rung['rhat']:.3f}" if rung.get("rhat") is not None else f"k-hat {rung['khat']:.2f}" if rung.get("khat") is not None else "-"
    return f"{rung['method']} {rung['seconds']:.1f} s ({told}, {short[rung['verdict']]})"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("elba")
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--limit", type=float, default=600)
    arguments = parser.parse_intermixed_args()
    pairs = list(all_models()) if arguments.all else list(zip(arguments.files[::2], arguments.files[1::2]))
    print("| model | unknowns | rungs | answer | whole |\n| --- | --- | --- | --- | --- |")
    for model, data in pairs:
        begin = time.monotonic()
        run = subprocess.run([arguments.elba, "fit", str(model), "--data", str(data), "--format=json", "--cache", "off", "--max-seconds", str(arguments.limit)], capture_output=True, text=True)
        seconds = time.monotonic() - begin
        name = model.stem if model.stem != "model" else model.parent.name
        if run.returncode not in (0, 4):
            print(f"| {name} | - | exit code {run.returncode} | - | {seconds:.1f} s |", flush=True)
            continue
        fit = json.loads(run.stdout)
        rungs = fit.get("rungs") or [{"method": fit["method"], "seconds": fit["seconds"]["infer"], "verdict": fit["verdict"]}]
        print(f"| {name.split('-', 1)[-1]} | {len(fit['quantities'])} | {', '.join(map(rung_text, rungs))} | {fit['method']}, {short[fit['verdict']]} | {seconds:.1f} s |", flush=True)


if __name__ == "__main__":
    main()
