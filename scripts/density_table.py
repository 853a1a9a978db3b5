"""Makes docs/density_accuracy.md of two runs of the same test, on the tree before a change and after it:

    build/release/tests/elba_tests "[density_table]" > after.txt          (and before.txt, in the other tree)
    python3 scripts/density_table.py before.txt after.txt > docs/density_accuracy.md
"""
import sys

HEAD = """# Accuracy of densities

How far log densities and log cdfs of the library lie from the truth at extreme arguments: tails far out, shapes and counts from 1e-300 to 1e15, next to
the mode of a narrow law, values that underflow. Each distribution has forty points for its log density and as many for each tail of its cdf
(`tests/probability/extreme_values.txt`, made by `extreme_values.py` beside it with mpmath, to 50 digits). The arguments are taken as exactly
the doubles that they are. Each number is the worst error of the compiled code and of the interpreter, relative to the value, or to 0.1 where
the value is nearer to 0; `inf` says that a result was infinite or not a number. A law that states only its cdf is measured through `log(cdf)`.

The numbers before were taken with a first form of the table: some cdf values at shapes of 1e-200 and less were not right in it yet, and `lognormal` and
`logit_normal` had a point of sd 1e-15 instead of 1e-9.

The bound is 1e-12. What lies above it is listed in `tests/probability/extreme_densities.cpp` with the reason, and held there.

Made by `scripts/density_table.py` from two runs of `elba_tests "[density_table]"`.

| distribution | log density: before | after | log cdf: before | after | log ccdf: before | after |
| --- | --- | --- | --- | --- | --- | --- |"""


def table(path):
    rows = {}
    for line in open(path):
        cells = [cell.strip() for cell in line.strip().split("|")[1:]]
        if len(cells) > 4 and cells[1].isdigit():
            rows[cells[0]] = cells[2:5]
    return rows


before, after = table(sys.argv[1]), table(sys.argv[2])
print(HEAD)
for name in sorted(after):
    old = before.get(name, ["", "", ""])
    print("| `" + name + "` | " + " | ".join(f"{a} | {b}" for a, b in zip(old, after[name])) + " |")
