#!/bin/sh
# Makes a Python environment with ArviZ and CmdStanPy in the folder given, unless it is there: the tests open what `elba fit --out` writes with them.
set -eu
folder=$1
packages="arviz==0.23.4 netcdf4 cmdstanpy==1.3.2"
[ -f "$folder/ready" ] && [ "$(cat "$folder/ready")" = "$packages" ] && exit 0
rm -rf "$folder"
/usr/bin/python3 -m venv "$folder" >&2
# shellcheck disable=SC2086
"$folder/bin/pip" install --quiet --disable-pip-version-check $packages >&2
echo "$packages" > "$folder/ready"
