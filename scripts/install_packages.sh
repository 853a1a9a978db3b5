#!/bin/sh
# Installs the Debian packages that Elba builds with, and those that are named, when they are missing. Works as root and through sudo;
# can be repeated.
set -eu

packages="g++ cmake ninja-build ccache mold python3 pkg-config llvm-19-dev antlr4 libantlr4-runtime-dev
zlib1g-dev libzstd-dev libz3-dev libeigen3-dev catch2 nlohmann-json3-dev libcli11-dev libfmt-dev libbenchmark-dev libnetcdf-dev libsleef-dev python3-venv $*"

missing=""
for package in $packages; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then as_root=""
elif command -v sudo >/dev/null 2>&1; then as_root="sudo"
else
  echo "make: these Debian packages are missing and neither root nor sudo is available:$missing" >&2
  exit 1
fi
echo "== installing Debian packages:$missing"
log=$(mktemp)
if ! { $as_root apt-get update -qq && $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing; } >"$log" 2>&1; then
  tail -n 15 "$log" >&2
  echo "make: apt-get could not install:$missing" >&2
  exit 1
fi
rm -f "$log"
