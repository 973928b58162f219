// SPDX-License-Identifier: BSL-1.0
// The linear layer: x @ weight + bias.
#pragma once

#include <weft/nn/init.hpp>
#include <weft/nn/layer.hpp>

namespace weft::nn {

/// (..., In) to (..., Out).
template <std::int64_t In, std::int64_t Out, class T = float>
struct linear {
    static_assert(In > 0 && Out > 0, "weft::nn::linear<In, Out>: both sizes are at least 1");

    tensor<T, In, Out> weight;
    tensor<T, Out> bias;

    template <class X>
    constexpr symbol operator()(X const& x) const {
        return matmul(detail::operand(x), weight) + bias;
    }

    /// Weights and biases uniform within 1 / sqrt(In), as PyTorch's.
    void init(random::key k) {
        auto const [first, second] = random::split(k);
        fan_in_uniform(weight, first);
        double const bound = 1 / __builtin_sqrt(static_cast<double>(In));
        uniform(bias, second, -bound, bound);
    }
};

}  // namespace weft::nn
