// SPDX-License-Identifier: BSL-1.0
// Tensors and their algebra, without models, training and data: what array code needs.
#pragma once

#include <weft/ops/ops.hpp>
#include <weft/program/call.hpp>
#include <weft/program/eager.hpp>
#include <weft/tensor/random.hpp>
#include <weft/tensor/select.hpp>
#include <weft/tensor/several.hpp>
#include <weft/version.hpp>
