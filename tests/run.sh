#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Installs what is missing, builds weft's tests and runs them; see docs/testing.md.
#   tests/run.sh          g++; then with clang++-16 a part, and the rest up to its analysis; a part
#                         with g++'s sanitizers; kernels for other instruction sets and with xsimd
#   tests/run.sh quick    g++ only
#   tests/run.sh PRESET   gcc, clang16, clang19, debug: all tests; asan: those that own memory;
#                         tsan: those with threads; sse2, avx2, avx512f, avx512, xsimd, xsimd-new:
#                         kernels
#   tests/run.sh NAME     g++, only the tests whose names match the regular expression NAME
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source cmake/packages.sh

# Which test programs run under the sanitizers: those that own, index or parse memory; large
# kernels take minutes to compile there.
sanitized='core_|tensor_|data_|cpu_window|pass_plan|program_compile|ops_repeat'
# Which test programs run under the thread sanitizer.
threaded='^(cpu_executor|eager_threads|autodiff_tape)$'
# Which are built by the second compiler: what it may do in its own way, and each kind of kernel.
second='^((core|data|ir|math|cpu|tensor|pass)_|ops_(conv|einsum|map|math|scan|sort)|no_exceptions'
second+='|program_(isas|light|once|math|reduce|executor|conv)|nn_(linear|conv)|optim_sgd'
second+='|train_metrics)'
# Which are built for each instruction set: packs, functions, loops, products, windows.
kernels='^(cpu_(simd|run|turn|whole_rows|gemm|window)|math_accuracy)$'
tools=(g++ cmake ninja-build doctest-dev zlib1g-dev libeigen3-dev)

# unit_tests FOLDER PREFIX CTEST_ARGUMENT...: the targets PREFIX_NAME of the chosen test programs.
unit_tests() {
    local folder=$1 prefix=$2
    shift 2
    ctest --test-dir "$folder" -N -L unit "$@" | sed -n "s/^ *Test *#[0-9]*: /${prefix}_/p"
}

configure() {  # PRESET; sets `folder`
    folder=build/tests-$1
    [[ $1 != gcc ]] || folder=build/tests
    echo "== $1: configure ($folder)"
    cmake --preset "$1" --log-level=WARNING >/dev/null
}

# pass PRESET CTEST_ARGUMENT...: configures, builds the chosen test programs, runs the chosen tests.
pass() {
    local preset=$1 folder names
    shift
    configure "$preset"
    mapfile -t names < <(unit_tests "$folder" weft_test "$@")
    if [[ ${#names[@]} != 0 ]]; then
        echo "== $preset: build ${#names[@]} test programs"
        cmake --build "$folder" --parallel "$jobs" --target "${names[@]}"
    fi
    echo "== $preset: run"
    ctest --preset "$preset" --no-label-summary --parallel "$jobs" "$@"
}

# analysis PRESET CTEST_ARGUMENT...: compiles the chosen test programs up to machine code.
analysis() {
    local preset=$1 folder names
    shift
    configure "$preset"
    mapfile -t names < <(unit_tests "$folder" weft_syntax "$@")
    echo "== $preset: analyse ${#names[@]} test programs"
    cmake --build "$folder" --parallel "$jobs" --target "${names[@]}"
}

gcc() { pass gcc "$@"; }
clang16() { need clang-16; pass clang16 -LE consumer "$@"; }
clang19() { need clang-19; pass clang19 -LE consumer "$@"; }
asan() { pass asan -L unit -R "$sanitized"; }
tsan() { pass tsan -L unit -R "$threaded"; }
debug() { pass debug -L unit; }

# A second compiler, as far as it may differ from the first.
second() {
    analysis clang16 -E "$second"
    clang16 -R "$second|^diagnostics$"
}

# variant PRESET [FLAG]: the kernels, where the machine has FLAG.
variant() {
    local preset=$1 flag=${2-}
    if [[ -n $flag ]] && ! grep -qw "$flag" /proc/cpuinfo; then
        echo "== $preset: left out, this machine has no $flag"
        return
    fi
    pass "$preset" -L unit -R "$kernels"
}
sse2() { variant sse2; }
avx2() { variant avx2 avx2; }
avx512f() { variant avx512f avx512f; }
avx512() { variant avx512 avx512vl; }
xsimd() { need libxsimd-dev; variant xsimd; }
xsimd-new() {
    local version
    if version=$(tests/newer_xsimd.sh build/xsimd-new); then
        echo "== xsimd-new: xsimd $version"
        variant xsimd-new
    else
        echo "== xsimd-new: left out"
    fi
}

need "${tools[@]}"
case ${1-} in
"")
    gcc
    if need clang-16; then second; else echo "== clang16: left out, there is no clang-16"; fi
    asan
    for part in sse2 avx2 avx512f xsimd xsimd-new; do "$part"; done
    ;;
quick) gcc ;;
gcc | clang16 | clang19 | asan | tsan | debug | sse2 | avx2 | avx512f | avx512 | xsimd | xsimd-new) "$1" ;;
*) gcc -R "$1" ;;
esac
