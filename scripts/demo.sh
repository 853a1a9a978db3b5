#!/bin/sh
# What `make demo` shows once Elba is built: eight schools, from a model file to a fitted posterior.
set -eu
build=$1
elba="$build/cli/elba"
model=examples/eight_schools/model.elba
data=examples/eight_schools/data.json

echo
echo "== the model ($model)"
cat "$model"
echo
echo "== elba fit $model --data $data"
status=0
"$elba" fit "$model" --data "$data" || status=$?
case $status in 0 | 4) ;; *) echo "demo: elba fit ended with exit code $status" >&2; exit "$status" ;; esac
echo
echo "== where the time of compiling goes (elba bench)"
"$elba" bench "$model" --data "$data"
echo
echo "Next:"
echo "  edit $model and run:  $elba fit $model --data $data"
echo "  what the compiler decided:  $elba explain $model"
echo "  its machine code:           $elba emit --stage=llvm $model --data $data"
echo "  other models:               ls examples;  the language: docs/language.md"
