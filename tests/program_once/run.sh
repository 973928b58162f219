#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# tests/program_once/run.sh CXX: each program is traced once and planned once, however often it is
# used: clang's time trace names every constant that it evaluates. Skipped (77) without a
# clang of version 16 or later.
set -euo pipefail
export LC_ALL=C
unset CXXFLAGS
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
clang=
for cxx in "$1" clang++-16 clang++-19; do
    if command -v "$cxx" >/dev/null && [[ $("$cxx" --version) == *clang* ]]; then
        clang=$cxx
        break
    fi
done
[[ -n $clang ]] || { echo "no clang"; exit 77; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$clang" -std=c++20 -O1 "-I${WEFT_INCLUDE-$here/../../include}" -ftime-trace \
    -ftime-trace-granularity=0 -c "$here/program.cpp" -o "$work/program.o"

# Lines "start duration name detail" of all evaluations. Each of the five constants is evaluated
# once, and nothing else that holds none of them takes half as long as the trace.
sed 's/},{/}\n{/g; s/"dur"/,&/g' "$work/program.json" | sed -nE \
    's/.*"ts":([0-9]+),.*"dur":([0-9]+),"name":"(Evaluate\w*)".*"detail":"(.*)"\}.*/\1 \2 \3 \4/p' |
    awk '
    $3 == "EvaluateAsInitializer" &&
    match($0, /weft::program<.*>::(traced|simplified|clusters|fused|plan)$/) {
        name = $0
        sub(/.*::/, "", name)
        ++count[name]
        start[++known] = $1; stop[known] = $1 + $2
        if (name == "traced") half = $2 / 2
        next
    }
    { line[++lines] = $0 }
    END {
        bad = 0
        split("traced simplified clusters fused plan", names)
        for (i in names)
            if (count[names[i]] != 1) {
                print "program::" names[i] " was evaluated " count[names[i]] + 0 " times, expected once"
                bad = 1
            }
        for (i = 1; i <= lines; ++i) {
            split(line[i], f)
            if (f[2] < half) continue
            inner = 0
            for (k = 1; k <= known; ++k)
                if ((start[k] >= f[1] && stop[k] <= f[1] + f[2]) ||
                    (f[1] >= start[k] && f[1] + f[2] <= stop[k])) inner = 1
            if (inner) continue
            print "as long as half a trace: " substr(line[i], 1, 300)
            bad = 1
        }
        exit bad
    }'
