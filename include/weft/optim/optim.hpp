// SPDX-License-Identifier: BSL-1.0
// All optimizers, what they are composed of, and schedules.
#pragma once

#include <weft/optim/adam.hpp>
#include <weft/optim/average.hpp>
#include <weft/optim/chain.hpp>
#include <weft/optim/lion.hpp>
#include <weft/optim/rmsprop.hpp>
#include <weft/optim/sgd.hpp>
