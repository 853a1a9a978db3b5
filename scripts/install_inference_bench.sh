#!/bin/sh
# What bench/inference/compare.py compares with, in the folder given, unless it is there: Stan (compiler and headers, from the httpstan package), NumPyro,
# and, compiled once for all models as CmdStan does, Stan's precompiled header and the driver of its algorithms.
set -eu
folder=$1
here=$(cd "$(dirname "$0")/.." && pwd)
packages="httpstan==4.13.0 numpyro==0.22.0"
[ -f "$folder/ready" ] && [ "$(cat "$folder/ready")" = "$packages" ] && exit 0
[ -x "$folder/bin/pip" ] || /usr/bin/python3 -m venv "$folder" >&2
# shellcheck disable=SC2086
"$folder/bin/pip" install --quiet --disable-pip-version-check $packages >&2
stan=$("$folder/bin/python" -c 'import os, httpstan; print(os.path.dirname(httpstan.__file__))')
ln -sfn "$stan" "$folder/stan"
flags="-std=c++17 -O3 -D_REENTRANT -DBOOST_DISABLE_ASSERTS -w -I $folder/stan/include"
mkdir -p "$folder/header/stan/model"
# shellcheck disable=SC2086
g++ $flags -x c++-header "$folder/stan/include/stan/model/model_header.hpp" -o "$folder/header/stan/model/model_header.hpp.gch"
# shellcheck disable=SC2086
g++ -I "$folder/header" $flags -c "$here/bench/inference/stan/driver.cpp" -o "$folder/driver.o"
echo "$packages" > "$folder/ready"
