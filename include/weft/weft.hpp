// SPDX-License-Identifier: BSL-1.0
// All of weft on the CPU, but for what needs further libraries or streams: data/gzip.hpp (zlib),
// tensor/print.hpp (<ostream>).
#pragma once

#include <weft/autodiff/autodiff.hpp>
#include <weft/data/data.hpp>
#include <weft/nn/nn.hpp>
#include <weft/ops/ops.hpp>
#include <weft/optim/optim.hpp>
#include <weft/program/call.hpp>
#include <weft/program/compile.hpp>
#include <weft/program/eager.hpp>
#include <weft/tensor/random.hpp>
#include <weft/tensor/select.hpp>
#include <weft/tensor/several.hpp>
#include <weft/train/train.hpp>
#include <weft/version.hpp>
