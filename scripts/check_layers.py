#!/usr/bin/env python3
"""Checks that includes point one way through the house and that third-party headers stay behind their fences.

support < ir < {frontend, passes, codegen} < api < {cli, bench}; runtime knows no compiler and no more of support than elementary functions; codegen sees only runtime/abi.
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
    "codegen": {"support", "ir", "runtime/abi"},
    "api": {"support", "ir", "frontend", "passes", "codegen", "runtime"},
    "cli": {"support", "api"},
    "bench": {"support", "api"},
}
# header prefix -> the files that may include it
FENCES = {
    "llvm/": lambda path: path.parts[0] == "codegen" and path.suffix == ".cpp",
    "antlr4": lambda path: path == pathlib.PurePath("frontend/parse.cpp"),
    "ModelParser": lambda path: path == pathlib.PurePath("frontend/parse.cpp"),
    "ModelLexer": lambda path: path == pathlib.PurePath("frontend/parse.cpp"),
    # The bench's yardstick is written with it too.
    "Eigen/": lambda path: path.parts[0] in ("runtime", "bench") and (path.suffix == ".cpp" or path.name == "eigen_solvers.h"),
    "sleef": lambda path: path.parts[0] == "support" and path.name.startswith("elementary"),
    "netcdf": lambda path: path == pathlib.PurePath("api/netcdf.cpp"),
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


def main() -> int:
    root = pathlib.Path(__file__).resolve().parent.parent
    found = list(problems(root))
    for line in found:
        print(f"layers: {line}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
