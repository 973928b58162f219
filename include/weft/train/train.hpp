// SPDX-License-Identifier: BSL-1.0
// Training: steps, the loop around them, metrics, progress.
#pragma once

#include <weft/train/metrics.hpp>
#include <weft/train/progress.hpp>
#include <weft/train/step.hpp>
#include <weft/train/trainer.hpp>
