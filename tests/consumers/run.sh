#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# tests/consumers/run.sh KIND BUILD CXX: uses weft as another project does, in the folder
# BUILD/consumers/KIND. BUILD is a configured build of weft.
set -euo pipefail
unset CXXFLAGS LDFLAGS
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
kind=$1 build=$2 cxx=$3
work=$build/consumers/$kind
rm -rf "$work"
mkdir -p "$work"
cd "$work"

fail() { echo "consumer $kind: $*" >&2; exit 1; }

configure() {  # FOLDER SOURCE ARGUMENT...
    local folder=$1 source=$2
    shift 2
    cmake -S "$here/$source" -B "$folder" -G Ninja -DCMAKE_CXX_COMPILER="$cxx" "$@" 2>&1
}

install_weft() { cmake --install "$build" --prefix "$work/prefix" >install.log; }

# Builds and runs; nothing but the language, the include folders (as system ones) and what the
# consumer asks for may stand in its command lines.
build_and_run() {  # INCLUDE_FOLDER
    cmake --build out
    local program
    for program in consumer hello consumer_data consumer_linalg; do
        [[ ! -x out/$program ]] || ./out/$program
    done
    [[ -x out/consumer ]] || fail "the program was not built"
    if grep -oE -- ' -(march|m[a-z0-9]|W|O|f|D)[^ ]*' out/compile_commands.json; then
        fail "the flags above reach a consumer"
    fi
    grep -q -- "-isystem $1 " out/compile_commands.json ||
        fail "$1 is not a system include folder"
}

# An xsimd of another version, as a package (given as xsimd_DIR) and as a header.
fake_xsimd() {  # VERSION
    local folder=$work/xsimd-$1 numbers
    IFS=. read -ra numbers <<<"$1"
    mkdir -p "$folder/xsimd/config"
    echo "add_library(xsimd INTERFACE IMPORTED)
set_target_properties(xsimd PROPERTIES INTERFACE_INCLUDE_DIRECTORIES $folder)" \
        >"$folder/xsimdConfig.cmake"
    echo "set(PACKAGE_VERSION $1)" >"$folder/xsimdConfigVersion.cmake"
    echo "#define XSIMD_VERSION_MAJOR ${numbers[0]}
#define XSIMD_VERSION_MINOR ${numbers[1]}
#define XSIMD_VERSION_PATCH ${numbers[2]}" >"$folder/xsimd/config/xsimd_config.hpp"
    echo "$folder"
}

accepts() {  # VERSION SOURCE ARGUMENT...
    local version=$1
    shift
    configure "out-$version-$1" "$@" >log || { cat log; fail "xsimd $version was refused"; }
    grep -q "xsimd-$version.* -DWEFT_USE_XSIMD\|-DWEFT_USE_XSIMD .*xsimd-$version" \
        "out-$version-$1/compile_commands.json" ||
        fail "the include folder of xsimd $version does not reach the consumer"
}

refuses() {  # VERSION SOURCE ARGUMENT...
    local version=$1
    shift
    if configure "out-$version-$1" "$@" >log; then fail "xsimd $version was accepted"; fi
    tr -s ' \n' ' ' <log | grep -q "weft needs xsimd 8.1 to 14, and found $version" ||
        { cat log; fail "xsimd $version was refused without the sentence"; }
}

case $kind in
find_package)
    install_weft
    configure out find_package -DCMAKE_PREFIX_PATH="$work/prefix"
    build_and_run "$work/prefix/include"
    ;;
add_subdirectory)
    configure out add_subdirectory
    build_and_run "$root/include"
    ! ninja -C out -t targets all | grep -E 'weft_(test|example|bench)' ||
        fail "weft's own programs are part of a consumer"
    ;;
copied)
    mkdir include
    cp -r "$root/include/weft" include/
    for flags in "" "-fno-exceptions -fno-rtti"; do
        for source in "$here/main.cpp" "$root/examples/hello.cpp"; do
            [[ -e $source ]] || continue
            echo "${cxx##*/} -std=c++20 $flags -I include ${source##*/}"
            # shellcheck disable=SC2086
            "$cxx" -std=c++20 $flags -I include "$source" -o program
            ./program
        done
    done
    ;;
xsimd_versions)
    install_weft
    found=(find_package -DCMAKE_PREFIX_PATH="$work/prefix" -DWEFT_USE_XSIMD=ON)
    added=(add_subdirectory -DWEFT_USE_XSIMD=ON)
    refuses 7.6.0 "${found[@]}" -Dxsimd_DIR="$(fake_xsimd 7.6.0)"
    accepts 8.1.0 "${found[@]}" -Dxsimd_DIR="$(fake_xsimd 8.1.0)"
    accepts 14.2.0 "${found[@]}" -Dxsimd_DIR="$(fake_xsimd 14.2.0)"
    refuses 15.0.0 "${found[@]}" -Dxsimd_DIR="$(fake_xsimd 15.0.0)"
    refuses 15.0.0 "${added[@]}" -Dxsimd_DIR="$work/xsimd-15.0.0"
    accepts 13.2 "${added[@]}" -DOWN_XSIMD="$(fake_xsimd 13.2.0)"
    refuses 7.6 "${added[@]}" -DOWN_XSIMD="$work/xsimd-7.6.0"
    ;;
*) fail "no such kind" ;;
esac
echo "consumer $kind: passed"
