// SPDX-License-Identifier: BSL-1.0
// The operations that nearly every program uses: what functions, layers and optimizers bring along.
// Other families are headers of their own; ops/ops.hpp has all of them.
#pragma once

#include <weft/ops/arithmetic.hpp>
#include <weft/ops/constant.hpp>
#include <weft/ops/custom.hpp>
#include <weft/ops/dot.hpp>
#include <weft/ops/functions.hpp>
#include <weft/ops/index.hpp>
#include <weft/ops/layout.hpp>
#include <weft/ops/math.hpp>
#include <weft/ops/random.hpp>
#include <weft/ops/reduce.hpp>
#include <weft/ops/repeat.hpp>
