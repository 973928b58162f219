// SPDX-License-Identifier: BSL-1.0
// The tests of packs once more, on the registers of xsimd, which other machines and compilers use.
#define WEFT_USE_XSIMD

#include "cpu_simd.cpp"
