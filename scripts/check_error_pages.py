#!/usr/bin/env python3
"""Holds support/diagnostics.def, runtime/inference/reasons.def and docs/errors/ together: every code has a page and every page has a code.

Also: codes and names are unique, every code is reported somewhere in the sources, and each page opens with its own code.
"""
import re
import sys
from pathlib import Path

root = Path(__file__).resolve().parent.parent
sources = "support frontend ir passes codegen runtime api cli".split()

rows = re.findall(r"^DIAG\((\w+), (\w+), ", (root / "support/diagnostics.def").read_text(), re.M)
reasons = re.findall(r"^REASON\((\w+), (\w+), ", (root / "runtime/inference/reasons.def").read_text(), re.M)
codes = [code for code, _ in rows + reasons]
names = [f"Code::{name}" for _, name in rows] + [f"ReasonCode::{name}" for _, name in reasons]
pages = {page.stem: page for page in (root / "docs/errors").glob("*.md") if page.stem != "README"}
text = "\n".join(
    path.read_text() for folder in sources for path in (root / folder).rglob("*") if path.suffix in (".cpp", ".h")
)

problems = [f"{code} stands twice in the tables" for code in sorted({c for c in codes if codes.count(c) > 1})]
problems += [f"{name} stands twice in the tables" for name in sorted({n for n in names if names.count(n) > 1})]
problems += [f"{code} has no page docs/errors/{code}.md" for code in codes if code not in pages]
problems += [f"docs/errors/{code}.md has no row in a table" for code in sorted(pages) if code not in codes]
for code, page in sorted(pages.items()):
    if not page.read_text().startswith(f"# {code}: "):
        problems.append(f"{page.relative_to(root)} must open with `# {code}: `")
problems += [f"{code} is never reported: {name}" for code, name in zip(codes, names) if not re.search(rf"\b{name}\b", text)]

print("\n".join(problems) if problems else f"{len(codes)} codes, each with its page")
sys.exit(1 if problems else 0)
