// SPDX-License-Identifier: BSL-1.0
// The SIMD layer of the CPU backend: packs of lanes and their functions. What loops, reductions
// and matrix kernels include; none of them names an instruction set.
#pragma once

#include <weft/cpu/isa.hpp>
#include <weft/cpu/pack.hpp>
#include <weft/cpu/pack_math.hpp>
