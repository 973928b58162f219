#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# tests/newer_xsimd.sh FOLDER: unpacks the xsimd of Debian's next release into FOLDER, from the
# mirror that apt is configured for; nothing is installed, and apt's own state stays as it is.
# Prints its version. Only tests do this: a consumer brings an xsimd or needs none.
set -euo pipefail
folder=$1 suite=${2:-testing}
fail() { echo "no newer xsimd: $*" >&2; exit 1; }

if [[ ! -e $folder/usr/include/xsimd/xsimd.hpp ]]; then
    command -v apt-get >/dev/null || fail "there is no apt here"
    # shellcheck source=/dev/null
    codename=$(. /etc/os-release && echo "${VERSION_CODENAME-}")
    site=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' "Release: $codename" \
        'Component: main' | head -n 1)
    [[ -n $site ]] || fail "apt has no source for the main part of '$codename'"

    rm -rf "$folder"
    mkdir -p "$folder"/apt/{state/lists/partial,cache/archives/partial}
    apt=$(cd "$folder/apt" && pwd)
    touch "$apt/status"
    echo "deb $site $suite main" >"$apt/sources.list"
    private() {
        apt-get -qq -o Dir::Etc::SourceList="$apt/sources.list" -o Dir::Etc::SourceParts=- \
            -o Dir::State="$apt/state" -o Dir::State::Status="$apt/status" \
            -o Dir::Cache="$apt/cache" -o Acquire::Languages=none -o APT::Sandbox::User=root "$@"
    }
    (private update && cd "$apt" && private download libxsimd-dev) >"$apt/log" 2>&1 ||
        fail "apt could not get libxsimd-dev of Debian's $suite: $(tail -n 1 "$apt/log")"
    dpkg-deb -x "$apt"/libxsimd-dev_*.deb "$apt/.."
    rm -rf "$apt"
fi
awk '/#define XSIMD_VERSION_(MAJOR|MINOR|PATCH) / { printf "%s%s", dot, $3; dot = "." }' \
    "$folder/usr/include/xsimd/config/xsimd_config.hpp"
echo
