// SPDX-License-Identifier: BSL-1.0
// Activation functions as layers without parameters, for nn::sequential. In a call operator of
// one's own they are plain functions: relu(x).
#pragma once

#include <weft/nn/layer.hpp>
#include <weft/ops/activations.hpp>

namespace weft::nn::act {

struct relu {
    template <class X>
    constexpr symbol operator()(X const& x) const {
        return weft::relu(detail::operand(x));
    }
};
struct leaky_relu {
    template <class X>
    constexpr symbol operator()(X const& x) const {
        return weft::leaky_relu(detail::operand(x));
    }
};
struct elu {
    template <class X>
    constexpr symbol operator()(X const& x) const {
        return weft::elu(detail::operand(x));
    }
};
struct gelu {
    template <class X>
    constexpr symbol operator()(X const& x) const {
        return weft::gelu(detail::operand(x));
    }
};
struct silu {
    template <class X>
    constexpr symbol operator()(X const& x) const {
        return weft::silu(detail::operand(x));
    }
};
struct softplus {
    template <class X>
    constexpr symbol operator()(X const& x) const {
        return weft::softplus(detail::operand(x));
    }
};
struct sigmoid {
    template <class X>
    constexpr symbol operator()(X const& x) const {
        return weft::sigmoid(detail::operand(x));
    }
};
struct tanh {
    template <class X>
    constexpr symbol operator()(X const& x) const {
        return weft::tanh(detail::operand(x));
    }
};
/// Over the last axis.
struct softmax {
    template <class X>
    constexpr symbol operator()(X const& x) const {
        return weft::softmax(detail::operand(x));
    }
};

}  // namespace weft::nn::act
