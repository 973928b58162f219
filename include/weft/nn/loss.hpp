// SPDX-License-Identifier: BSL-1.0
// Losses, as objects that can be handed on as values: train::trainer(net, nn::mse, ...). Each takes
// options beside: nn::huber(p, y, {.delta = 0.5, .reduce = nn::reduction::sum}).
#pragma once

#include <weft/nn/loss/binary.hpp>
#include <weft/nn/loss/classes.hpp>
#include <weft/nn/loss/distance.hpp>
#include <weft/nn/loss/regression.hpp>
