#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# tests/diagnostics/run.sh CXX [NAME...]: compiles the programs of this folder, each of which holds
# one mistake, and looks for the sentence of its first lines among the compiler's first three
# lines that match `error:|[Ii]n instantiation`.
#   // expect: SENTENCE            what every compiler says, or a part of it
#   // expect-clang: SENTENCE      what clang says; expect-gcc likewise
#   // errors: N                   how many errors there are, where that is not one
# clang breaks a sentence into lines, "matmul(arg0, arg1):  ", "(32, 128) x ...": they are joined.
set -euo pipefail
export LC_ALL=C
unset CXXFLAGS
cxx=$1
shift
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
family=gcc
[[ $("$cxx" --version) != *clang* ]] || family=clang

# WEFT_WORK: a copy of the headers, so that nobody edits them meanwhile, and a precompiled prelude.
work=${WEFT_WORK-}
if [[ -z $work ]]; then
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    cp -r "$here/../../include" "$work/include"
fi
flags=(-std=c++20 -fsyntax-only -w "-I$work/include")

join() { sed -e 's|  *", "| |g' -e 's|", "||g' -e 's|  *| |g'; }

# Says what is wrong with the diagnostics of one program, and nothing where they are right.
check() {  # PROGRAM
    local program=$1 errors=1 found output heard=0 rc=0
    local -a prelude=() expected=()
    # What a program defines before it includes weft does not go with the precompiled headers.
    if ! grep -q '^#define' "$program"; then
        prelude=(-include "$work/prelude.hpp")
        [[ $family != clang ]] || prelude=(-include-pch "$work/prelude.hpp.pch")
    fi
    mapfile -t expected < <(sed -nE "s,^// expect(-$family)?: ,,p" "$program")
    found=$(sed -nE 's,^// errors: ,,p' "$program")
    errors=${found:-$errors}
    [[ ${#expected[@]} != 0 ]] || { echo "no sentence is expected for $family"; return 1; }
    output=$("$cxx" "${flags[@]}" ${prelude[@]+"${prelude[@]}"} "$program" 2>&1) || rc=$?
    [[ $rc != 0 ]] || { echo "it compiles"; return 1; }
    local first
    first=$(grep -E 'error:|[Ii]n instantiation' <<<"$output" | head -n 3 | join) || true
    for sentence in "${expected[@]}"; do
        if ! grep -qF -- "$(join <<<"$sentence")" <<<"$first"; then
            echo "expected: $sentence"
            heard=1
        fi
    done
    found=$(grep -cE 'error:' <<<"$output") || true
    [[ $found == "$errors" ]] || { echo "expected $errors error(s), found $found"; heard=1; }
    if [[ $heard != 0 ]]; then
        echo "found:"
        cut -c1-600 <<<"$first"
        echo "of:"
        head -n 6 <<<"$output" | cut -c1-300
    fi
    return $heard
}

if [[ ${1-} == --one ]]; then
    shift
    for program; do
        if ! what=$(check "$program"); then
            echo "FAILED $(basename "$program" .cpp) ($family): $what"
            exit 1
        fi
    done
    exit 0
fi

printf '#include <weft/%s.hpp>\n' program/compile autodiff/grad nn/nn >"$work/prelude.hpp"
if [[ $family == clang ]]; then
    "$cxx" "${flags[@]/-fsyntax-only/-xc++-header}" "$work/prelude.hpp" -o "$work/prelude.hpp.pch"
else
    "$cxx" "${flags[@]/-fsyntax-only/-xc++-header}" "$work/prelude.hpp" -o "$work/prelude.hpp.gch"
fi
export WEFT_WORK=$work

if [[ $# != 0 ]]; then
    programs=("${@/#/$here/}")
    programs=("${programs[@]/%/.cpp}")
else
    programs=()
    for program in "$here"/*.cpp; do
        [[ $program == */good.cpp ]] || programs+=("$program")
    done
    # The control compiles without a word, and the check notices that, and a sentence not said.
    "$cxx" "${flags[@]/-w/-Wall}" "$here/good.cpp"
    for sentence in 'matmul(arg1, arg0)' 'inner extents of matmul'; do
        { echo "// expect: $sentence"; cat "$here/matmul_function.cpp"; } >"$work/missing.cpp"
        if bash "$0" "$cxx" --one "$work/missing.cpp" >/dev/null; then
            echo "the check does not notice that a sentence is missing: $sentence" >&2
            exit 1
        fi
    done
    { echo "// expect: weft"; cat "$here/good.cpp"; } >"$work/missing.cpp"
    if bash "$0" "$cxx" --one "$work/missing.cpp" >/dev/null; then
        echo "the check does not notice that a program compiles" >&2
        exit 1
    fi
fi

if ! printf '%s\0' "${programs[@]}" | xargs -0 -n 1 -P 2 bash "$0" "$cxx" --one; then
    echo "diagnostics ($family): some of ${#programs[@]} programs failed" >&2
    exit 1
fi
echo "diagnostics ($family): ${#programs[@]} programs with a mistake each, all explained"
