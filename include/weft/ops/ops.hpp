// SPDX-License-Identifier: BSL-1.0
// All operations.
#pragma once

#include <weft/ops/activations.hpp>
#include <weft/ops/along_axis.hpp>
#include <weft/ops/argmax.hpp>
#include <weft/ops/arithmetic.hpp>
#include <weft/ops/arrange.hpp>
#include <weft/ops/checked.hpp>
#include <weft/ops/constant.hpp>
#include <weft/ops/conv.hpp>
#include <weft/ops/custom.hpp>
#include <weft/ops/distributions.hpp>
#include <weft/ops/dot.hpp>
#include <weft/ops/einsum.hpp>
#include <weft/ops/exponential.hpp>
#include <weft/ops/functions.hpp>
#include <weft/ops/hyperbolic.hpp>
#include <weft/ops/index.hpp>
#include <weft/ops/layout.hpp>
#include <weft/ops/logical.hpp>
#include <weft/ops/map.hpp>
#include <weft/ops/math.hpp>
#include <weft/ops/matrix_parts.hpp>
#include <weft/ops/padding.hpp>
#include <weft/ops/pool.hpp>
#include <weft/ops/power.hpp>
#include <weft/ops/random.hpp>
#include <weft/ops/reduce.hpp>
#include <weft/ops/repeat.hpp>
#include <weft/ops/rounding.hpp>
#include <weft/ops/scan.hpp>
#include <weft/ops/scatter.hpp>
#include <weft/ops/sort.hpp>
#include <weft/ops/special.hpp>
#include <weft/ops/statistics.hpp>
#include <weft/ops/trigonometric.hpp>
