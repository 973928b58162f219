// SPDX-License-Identifier: BSL-1.0
// What users of a compiled step include: its signature and its types.
#pragma once

#include <weft/program/compiled.hpp>
#include <weft/tensor/state.hpp>
#include <weft/tensor/tensor.hpp>

struct line {
    weft::tensor<float, 3, 2> weight;
    weft::tensor<float, 2> bias;
    weft::setting<float> rate = 0.1f;
    template <class X>
    constexpr auto operator()(X const& x) const;
};

using rows = weft::tensor<float, weft::dyn, 3>;
using targets = weft::tensor<float, weft::dyn, 2>;

extern const weft::compiled<float(line&, rows const&, targets const&)> step;
extern const weft::compiled<weft::tensor<float, 2>(line const&, weft::tensor<float, 3> const&)> infer;
