// SPDX-License-Identifier: BSL-1.0
// All layers, losses and initial numbers. nn/summary.hpp, which prints, is apart.
#pragma once

#include <weft/nn/act.hpp>
#include <weft/nn/attention.hpp>
#include <weft/nn/batch_norm.hpp>
#include <weft/nn/conv.hpp>
#include <weft/nn/dropout.hpp>
#include <weft/nn/embedding.hpp>
#include <weft/nn/init.hpp>
#include <weft/nn/linear.hpp>
#include <weft/nn/loss.hpp>
#include <weft/nn/norm.hpp>
#include <weft/nn/pool.hpp>
#include <weft/nn/repeat.hpp>
#include <weft/nn/sequential.hpp>
