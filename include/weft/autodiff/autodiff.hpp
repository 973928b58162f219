// SPDX-License-Identifier: BSL-1.0
// All derivatives.
#pragma once

#include <weft/autodiff/checkpoint.hpp>
#include <weft/autodiff/grad.hpp>
#include <weft/autodiff/jacobian.hpp>
#include <weft/autodiff/vmap.hpp>
