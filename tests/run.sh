#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Installs what is missing, builds weft's tests and runs them.
#   tests/run.sh          g++; then the same tests with clang++-16; then with g++'s sanitizers
#   tests/run.sh quick    g++ only
#   tests/run.sh PRESET   one of the presets gcc, clang16, clang19, asan, debug
#   tests/run.sh NAME     g++, only the tests whose names match the regular expression NAME
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source cmake/packages.sh

# Which of the test programs run under the sanitizers: those that own, index or parse memory; large
# kernels take minutes to compile there.
sanitized='core_|tensor_|data_|cpu_window|pass_plan|program_compile|ops_repeat'
tools=(g++ cmake ninja-build libxsimd-dev doctest-dev zlib1g-dev libeigen3-dev)

# pass PRESET CTEST_ARGUMENT...: configures, builds the chosen test programs, runs the chosen tests.
pass() {
    local preset=$1 folder=build/tests-$1 names
    shift
    [[ $preset != gcc ]] || folder=build/tests
    echo "== $preset: configure ($folder)"
    cmake --preset "$preset" --log-level=WARNING >/dev/null
    mapfile -t names < <(ctest --test-dir "$folder" -N -L unit "$@" |
        sed -n 's/^ *Test *#[0-9]*: /weft_test_/p')
    if [[ ${#names[@]} != 0 ]]; then
        echo "== $preset: build ${#names[@]} test programs"
        cmake --build "$folder" --parallel "$jobs" --target "${names[@]}"
    fi
    echo "== $preset: run"
    ctest --preset "$preset" --no-label-summary --parallel "$jobs" "$@"
}

gcc() { pass gcc "$@"; }
clang16() { need clang-16; pass clang16 -LE consumer; }
clang19() { need clang-19; pass clang19 -LE consumer; }
asan() { pass asan -L unit -R "$sanitized"; }
debug() { pass debug -L unit; }

need "${tools[@]}"
case ${1-} in
"")
    gcc
    if need clang-16; then clang16; else echo "== clang16: left out, there is no clang-16"; fi
    asan
    ;;
quick) gcc ;;
gcc | clang16 | clang19 | asan | debug) "$1" ;;
*) gcc -R "$1" ;;
esac
