// SPDX-License-Identifier: BSL-1.0
// What each file gives: the same programs, under its own flags.
#pragma once

#include <weft/tensor/tensor.hpp>

using grid = weft::tensor<float, 9, 37>;
using matrix = weft::tensor<float, 37, 21>;

struct part {
    char const* name;
    void const* kernel;  // the function that runs one
    grid (*chain)(grid const&, grid const&);
    weft::tensor<float, 9, 21> (*product)(grid const&, matrix const&);
    grid (*softmax)(grid const&);
};

part baseline();
part avx2();
part native();
