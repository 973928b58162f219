#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# tests/docs/run.sh PAGE FOLDER CXX [FLAG...]: compiles and runs the code of a page (see
# extract.awk) in FOLDER, and compares what it prints with what the page says.
set -euo pipefail
export LC_ALL=C
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
page=$1 folder=$2 cxx=$3
shift 3
flags=(-std=c++20 -Wall -Wextra -Wconversion -Wshadow -Werror -Wno-unused
    -Wfatal-errors "$@" "-I$root/include")
rm -rf "$folder"
mkdir -p "$folder"
awk -v page="$page" -v out="$folder" -f "$here/extract.awk" "$root/$page"
cd "$folder"

# Parts of other files stand there word for word.
while read -r name; do
    sed -n "s,^$name:,,p" blocks.txt | awk -v file="$root/$name" '
        BEGIN { while ((getline line < file) > 0) text = text line "\n" }
        /^BEGIN$/ { if (block != "") check(); block = ""; next }
        { block = block $0 "\n" }
        END { check(); exit wrong }
        function check() {
            if (index(text, block) == 0) { wrong = 1; printf "not in %s:\n%s", file, block }
        }'
done < <(sed 's,:.*,,' blocks.txt | sort -u)

shopt -s nullglob
sources=(*.cpp)
if [[ ${#sources[@]} != 0 ]]; then
    objects=()
    for source in "${sources[@]}"; do
        "$cxx" "${flags[@]}" -c "$source" -o "$source.o"
        objects+=("$source.o")
    done
    "$cxx" "${flags[@]}" "${objects[@]}" -o program
    ./program >printed.txt
    diff -u --label "$page" --label printed expected.txt printed.txt
fi
echo "$page: passed"
