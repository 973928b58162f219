// SPDX-License-Identifier: BSL-1.0
// Layers without parameters that make images smaller: pooling, and flatten.
#pragma once

#include <weft/nn/layer.hpp>
#include <weft/ops/pool.hpp>

namespace weft::nn {

/// The largest element of each window: `max_pool<2>`, `max_pool<3, window{.stride = 2}>`.
template <window_sizes Kernel, window How = window{}>
struct max_pool {
    template <class X>
    constexpr symbol operator()(X const& x) const {
        return weft::max_pool(detail::operand(x), Kernel, How);
    }
};

/// The mean of each window.
template <window_sizes Kernel, window How = window{}>
struct avg_pool {
    template <class X>
    constexpr symbol operator()(X const& x) const {
        return weft::avg_pool(detail::operand(x), Kernel, How);
    }
};

/// The mean over the spatial axes: (N, spatial..., C) to (N, C).
template <image_layout Layout = channels_last>
struct global_avg_pool {
    template <class X>
    constexpr symbol operator()(X const& x) const {
        return weft::global_avg_pool(detail::operand(x), Layout);
    }
};

/// All axes but the first as one: (N, a, b, ...) to (N, a b ...).
struct flatten {
    template <class X>
    constexpr symbol operator()(X const& input) const {
        symbol const x = detail::operand(input);
        if (!x.valid()) return x;
        ir::builder& b = *x.builder();
        if (x.rank() == 0) return b.fail(ir::sentence("flatten", x) << ", a scalar has no batch");
        extent n{1};
        for (int i = 1; i < x.rank(); ++i) n = b.extents().multiply(n, x.size(i));
        return ops::reshape::apply(x, b.shape(list<extent>{x.size(0), n}));
    }
};

}  // namespace weft::nn
