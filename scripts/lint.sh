#!/bin/sh
# What clang-tidy 19 finds by .clang-tidy in the C++ files of the product, or of the folders that are named:
#
#     sh scripts/lint.sh                 all
#     sh scripts/lint.sh cli passes/loop
#
# The folder $BUILD (build/lint) is for its compile commands alone, without precompiled headers and groups of files; what is generated is made there.
# JOBS: how many files at a time (all cores). A file takes about 6 s of one core.
set -eu
cd "$(dirname "$0")/.."
tool=$(command -v clang-tidy-19) || { echo "lint: clang-tidy-19 is missing; \`sh scripts/install_packages.sh clang-tidy-19\` installs it" >&2; exit 1; }
build=${BUILD:-build/lint}
mkdir -p "$build"
cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DELBA_GROUP_SOURCES=OFF -DELBA_PRECOMPILE=OFF -DCMAKE_EXPORT_COMPILE_COMMANDS=ON >"$build/configure.log" 2>&1 ||
  { cat "$build/configure.log"; exit 1; }
ninja -C "$build" frontend/generated/ModelParser.h >"$build/generate.log" 2>&1 || { cat "$build/generate.log"; exit 1; }
[ $# -gt 0 ] || set -- support ir frontend passes runtime codegen api cli bench
files=$(find "$@" -name '*.cpp' | sort)
echo "== clang-tidy of $(echo "$files" | wc -l) files in $*"
# Its own count of suppressed warnings is noise; what it found is on standard output.
echo "$files" | xargs -P "${JOBS:-$(nproc)}" -n 1 "$tool" -p "$build" --quiet --extra-arg=-Wno-unknown-warning-option --extra-arg=-Wno-deprecated-declarations 2>"$build/lint.log" ||
  { echo "lint: the findings are above; errors of clang-tidy itself, if any, in $build/lint.log"; exit 1; }
