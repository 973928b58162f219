#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# examples/run.sh NAME [ARGUMENT...]: installs what is missing, builds examples/NAME.cpp and runs it
# in the top folder. Without arguments it gets its file of examples/data, if it has one there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source cmake/packages.sh

name=${1-}
if [[ -z $name || ! -e examples/$name.cpp ]]; then
    [[ -z $name ]] || echo "no example $name" >&2
    echo "usage: examples/run.sh NAME [ARGUMENT...]; NAME is one of:" >&2
    find examples -maxdepth 1 -name '*.cpp' -printf '  %f\n' | sed 's/\.cpp$//' | sort >&2
    exit 1
fi
shift
if [[ $# == 0 ]]; then
    for file in examples/data/"$name".*; do
        [[ ! -e $file ]] || set -- "$file"
    done
fi

need g++ cmake ninja-build libxsimd-dev zlib1g-dev
echo "== configure (build/examples)"
cmake --preset examples --log-level=WARNING >/dev/null
echo "== build $name"
cmake --build build/examples --parallel "$jobs" --target "weft_example_$name"
echo "== run $name $*"
"build/examples/examples/$name" "$@"
