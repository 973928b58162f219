// SPDX-License-Identifier: BSL-1.0
// All optimizers.
#pragma once

#include <weft/optim/adam.hpp>
#include <weft/optim/sgd.hpp>
