#!/bin/sh
# The form of the C++ files: that of .clang-format, by the version that it is for, and no line over 120 characters.
# `sh scripts/check_format.sh --fix` rewrites them first.
set -eu
cd "$(dirname "$0")/.."
tool=$(command -v clang-format-19) || { echo "check_format: clang-format-19 is missing; \`make deps\` installs it" >&2; exit 1; }
files=$(find support ir frontend passes runtime codegen api cli bench tests -name '*.cpp' -o -name '*.h' -o -name '*.hpp')
if [ "${1:-}" = "--fix" ]; then
  echo "$files" | xargs "$tool" -i
fi
echo "$files" | xargs "$tool" --dry-run --Werror
python3 - $files <<'PYTHON'
import sys
long = [(name, k) for name in sys.argv[1:] for k, line in enumerate(open(name, encoding="utf-8"), 1) if len(line.rstrip("\n")) > 120]
for name, k in long:
    print(f"{name}:{k}: more than 120 characters")
sys.exit(1 if long else 0)
PYTHON
