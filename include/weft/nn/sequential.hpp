// SPDX-License-Identifier: BSL-1.0
// Layers one after the other, and around each other, without a struct of one's own.
#pragma once

#include <tuple>

#include <weft/nn/layer.hpp>

namespace weft::nn {

/// Each layer applied to what the one before gave:
///
///     nn::sequential<nn::linear<784, 128>, nn::act::relu, nn::linear<128, 10>> net;
///
/// Layers are named by their numbers, `0.weight`; `layer<0>()` is the first.
template <class... Layer>
class sequential {
    static_assert(sizeof...(Layer) > 0, "weft::nn::sequential: at least one layer");

public:
    template <int I>
    constexpr auto& layer() {
        return std::get<static_cast<std::size_t>(I)>(layers_);
    }
    template <int I>
    constexpr auto const& layer() const {
        return std::get<static_cast<std::size_t>(I)>(layers_);
    }
    constexpr std::tuple<Layer...>& parts() { return layers_; }
    constexpr std::tuple<Layer...> const& parts() const { return layers_; }

    template <class X>
    constexpr symbol operator()(X const& x) {
        return apply(layers_, detail::operand(x));
    }
    template <class X>
    constexpr symbol operator()(X const& x) const {
        return apply(layers_, detail::operand(x));
    }

private:
    template <class Layers>
    static constexpr symbol apply(Layers& layers, symbol x) {
        std::apply([&](auto&... l) { ((x = l(x)), ...); }, layers);
        return x;
    }

    std::tuple<Layer...> layers_;
};

/// x + inner(x): He et al., "Deep residual learning" (2015).
template <class Layer>
struct residual {
    Layer inner;

    template <class X>
    constexpr symbol operator()(X const& x) {
        return detail::operand(x) + inner(x);
    }
    template <class X>
    constexpr symbol operator()(X const& x) const {
        return detail::operand(x) + inner(x);
    }
};

}  // namespace weft::nn
