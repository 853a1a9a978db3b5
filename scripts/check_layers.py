#!/usr/bin/env python3
"""Checks that includes point one way through the house and that third-party headers stay behind their fences.

support < ir < {frontend, passes, codegen} < api < {cli, bench}; runtime knows no compiler and no more of support than elementary functions; codegen sees only runtime/kernels/abi.
Inside of frontend, passes, runtime and api the order of the folders is that of scripts/layers.txt.
"""
import pathlib
import re
import sys

MAY_USE = {
    "support": set(),
    "ir": {"support"},
    "frontend": {"support", "ir"},
    "passes": {"support", "ir"},
    "runtime": {"support/elementary"},
    "codegen": {"support", "ir", "runtime/kernels/abi"},
    "api": {"support", "ir", "frontend", "passes", "codegen", "runtime"},
    "cli": {"support", "api"},
    "bench": {"support", "api"},
}
# header prefix -> the files that may include it
FENCES = {
    "llvm/": lambda path: path.parts[0] == "codegen" and path.suffix == ".cpp",
    "antlr4": lambda path: path == pathlib.PurePath("frontend/syntax/parse.cpp"),
    "ModelParser": lambda path: path == pathlib.PurePath("frontend/syntax/parse.cpp"),
    "ModelLexer": lambda path: path == pathlib.PurePath("frontend/syntax/parse.cpp"),
    # The bench's yardstick is written with it too.
    "Eigen/": lambda path: path.parts[0] in ("runtime", "bench") and (path.suffix == ".cpp" or path.name == "eigen_solvers.h"),
    "sleef": lambda path: path.parts[0] == "support" and path.name.startswith("elementary"),
    "netcdf": lambda path: path == pathlib.PurePath("api/output/netcdf.cpp"),
    "CLI/": lambda path: path.parts[0] == "cli",
}
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)
SCALAR_ROW = re.compile(r"^OP\((\w+), scalar\)", re.MULTILINE)
CASE = re.compile(r"case\s+(?:ir::)?Opcode::(\w+)")


def problems(root: pathlib.Path):
    # What a scalar operation does stands in its row; only structure (loops, reads, buffers) may be told apart elsewhere.
    scalar = set(SCALAR_ROW.findall((root / "ir/ops.def").read_text()))
    for folder, allowed in MAY_USE.items():
        for source in sorted(root.glob(f"{folder}/**/*")):
            if source.suffix not in (".h", ".hpp", ".cpp", ".def"):
                continue
            path = pathlib.PurePath(source.relative_to(root))
            text = source.read_text()
            for header in INCLUDE.findall(text):
                top = header.split("/")[0]
                if top in MAY_USE and top != folder:
                    ok = top in allowed or any(header.startswith(a) for a in allowed if "/" in a)
                    if not ok:
                        yield f"{path}: {folder} may not include {header}"
                for prefix, fence in FENCES.items():
                    if header.startswith(prefix) and not fence(path):
                        yield f"{path}: {header} is outside its fence"
            switched = sorted(scalar & set(CASE.findall(text)))
            if folder != "ir" and switched:
                yield f"{path}: switches over operations ({', '.join(switched)}); only ir/ may"


def read_layers(path: pathlib.Path):
    """Rows of layers.txt: node -> what it may include, and the includes that are still to go. A row names rows above it only, so that there is no circle."""
    layers, cuts = {}, set()
    for number, line in enumerate(path.read_text().splitlines(), 1):
        kind, _, rest = line.split("#")[0].strip().partition(" ")
        row, _, allowed = rest.partition(":")
        if kind == "layer":
            names = allowed.split()
            found = set(layers) if ".." in names else set()
            for name in names:
                below = {n for n in layers if n == name or (name.endswith("/*") and (n + "/").startswith(name[:-1]))}
                if not below and name != "..":
                    sys.exit(f"{path}:{number}: no row above for `{name}`")
                found |= below
            layers[row.strip()] = found
        elif kind == "cut":
            cuts.add(tuple(row.split()))
        elif kind:
            sys.exit(f"{path}:{number}: `{kind}` is no row")
    return layers, cuts


def node_of(path: str, layers):
    fits = [n for n in layers if path == n or path.startswith(n + "/") or re.sub(r"\.\w+$", "", path) == n]
    return max(fits, key=len) if fits else None


def folder_problems(root: pathlib.Path):
    layers, cuts = read_layers(root / "scripts/layers.txt")
    tops = sorted({node.split("/")[0] for node in layers})
    seen = set()
    for source in sorted(source for top in tops for source in root.glob(f"{top}/**/*") if source.suffix in (".h", ".hpp", ".cpp", ".def")):
        path = str(source.relative_to(root))
        own = node_of(path, layers)
        if own is None:
            yield f"{path}: in no folder of scripts/layers.txt"
            continue
        for header in INCLUDE.findall(source.read_text()):
            node = node_of(header, layers) if header.split("/")[0] in tops else None
            if node is None or node == own or node in layers[own]:
                continue
            if (path, header) in cuts:
                seen.add((path, header))
            else:
                yield f"{path}: {own} may not include {node}: {header}"
    for path, header in sorted(cuts - seen):
        yield f"scripts/layers.txt: stale cut: {path} {header}"


def main() -> int:
    root = pathlib.Path(__file__).resolve().parent.parent
    found = [*problems(root), *folder_problems(root)]
    for line in found:
        print(f"layers: {line}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
