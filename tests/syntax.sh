#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# tests/syntax.sh COMPILER ARGUMENT...: runs the compiler up to the end of its analysis, and leaves
# an empty object, so that a build knows that it was done.
set -euo pipefail
"$@" -fsyntax-only
while [[ $# -gt 1 && $1 != -o ]]; do shift; done
: >"$2"
