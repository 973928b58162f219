# SPDX-License-Identifier: BSL-1.0
# shellcheck shell=bash
# Sourced by the run.sh scripts: `need g++ cmake` installs through apt what is missing of the named
# Debian packages, and says so.

missing_of() {
    local name
    for name; do
        [[ $(dpkg -s "$name" 2>/dev/null) == *"Status: install ok installed"* ]] || echo "$name"
    done
}

need() {
    if ! command -v dpkg >/dev/null; then
        echo "no dpkg here; make sure that you have what these Debian packages hold: $*"
        return
    fi
    local missing as_root=()
    mapfile -t missing < <(missing_of "$@")
    if [[ ${#missing[@]} == 0 ]]; then return; fi
    if [[ $(id -u) != 0 ]]; then
        if ! command -v sudo >/dev/null; then
            echo "missing: ${missing[*]}; install them as root: apt-get install ${missing[*]}" >&2
            return 1
        fi
        as_root=(sudo)
    fi
    echo "missing, installing through apt: ${missing[*]}"
    local log
    log=$(mktemp)
    if ! { "${as_root[@]}" apt-get update -qq || true
           "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
               apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        echo "apt could not install: ${missing[*]}" >&2
        return 1
    fi
    rm -f "$log"
}

# How the scripts build: with ccache where there is one, JOBS compilers at a time.
if command -v ccache >/dev/null; then export CMAKE_CXX_COMPILER_LAUNCHER=ccache; fi
jobs=${JOBS:-$(nproc)}
export CMAKE_BUILD_PARALLEL_LEVEL=$jobs
