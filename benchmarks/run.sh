#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Builds the benchmarks and runs them beside their peers on one core; results in
# build/bench/results.json.
#   benchmarks/run.sh                    all of them, and compile times
#   benchmarks/run.sh train axpbz_1000   programs, or parts of case names
#   benchmarks/run.sh compile [part...]  compile times; --steps counts clang's constexpr steps too
#   benchmarks/run.sh accuracy [name...] the largest errors of elementwise functions, and their times
#   benchmarks/run.sh table [part...]    eager tensors beside all peers, as a table in Markdown
# Further options: --peers (also cases that only peers have), --rounds N, --seconds S.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source cmake/packages.sh

out=build/bench
need g++ cmake ninja-build libxsimd-dev libeigen3-dev python3 python3-venv util-linux

table=
if [[ ${1:-} == table ]]; then
    shift
    table=1
    for package in libxtensor-dev libopenblas-dev libdnnl-dev libxsmm-dev; do
        need $package || echo "going on without it" >&2
    done
    if [[ $# == 0 ]]; then set -- eager_; fi
    set -- --rounds 3 --seconds 0.04 "$@"
fi

if [[ ${1:-} == accuracy ]]; then
    shift
    need libmpfr-dev
    mkdir -p $out
    "${CXX:-g++}" -std=c++20 -O2 -march=native -Iinclude benchmarks/accuracy/accuracy.cpp \
        -o $out/accuracy -lmpfr -lgmp
    exec $out/accuracy "$@"
fi

if [[ ${1:-} == compile ]]; then
    shift
    exec python3 benchmarks/compile/measure.py --out $out "$@"
fi

mkdir -p $out
python3 benchmarks/peers/install.py $out/venv &
peers=$!
trap 'kill $peers 2>/dev/null || true' EXIT
cmake --preset bench --log-level=WARNING >/dev/null
cmake --build --preset bench --parallel "$jobs"
wait $peers || echo "the peers could not be installed; going on without those that are missing" >&2
trap - EXIT

programs=()
for source in benchmarks/*.cpp; do
    programs+=("$out/benchmarks/$(basename "$source" .cpp)")
done

export PYTHONDONTWRITEBYTECODE=1
status=0
python3 benchmarks/report.py "$@" --python $out/venv/bin/python --out $out \
    --programs "${programs[@]}" || status=$?
if [[ $table ]]; then
    echo
    python3 benchmarks/eager_table.py $out/details.json
fi
if [[ $# == 0 ]]; then
    echo
    python3 benchmarks/compile/measure.py --append --out $out || status=$?
fi
exit $status
