// SPDX-License-Identifier: BSL-1.0
// A table of vectors, chosen by number.
#pragma once

#include <weft/nn/init.hpp>
#include <weft/nn/layer.hpp>

namespace weft::nn {

/// Integers (...) to vectors (..., Width). A number outside of the table is clamped to it.
template <std::int64_t Rows, std::int64_t Width, class T = float>
struct embedding {
    tensor<T, Rows, Width> weight;

    template <class X>
    constexpr symbol operator()(X const& indices) const {
        return take(weight, detail::operand(indices));
    }
    /// The scores of the rows for vectors (..., Width): the output layer that shares this table.
    template <class X>
    constexpr symbol scores(X const& x) const {
        return matmul(detail::operand(x), transpose(weight));
    }
    /// Standard normal numbers, as PyTorch's.
    void init(random::key k) { normal(weight, k, 1); }
};

}  // namespace weft::nn
