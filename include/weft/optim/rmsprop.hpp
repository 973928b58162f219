// SPDX-License-Identifier: BSL-1.0
// Rules that divide a gradient by its size so far: RMSprop (Tieleman and Hinton, 2012; centered:
// Graves, 2013) and AdaGrad (Duchi, Hazan and Singer, 2011).
#pragma once

#include <weft/optim/rule.hpp>

namespace weft::optim {

/// What rmsprop keeps of a model M: the average of the gradient's square, and a velocity.
template <class M, bool Centered>
struct rmsprop_state {
    M square = zeros_like(M{});
    M velocity = zeros_like(M{});
    static constexpr no_counters counters{};
    constexpr auto slots() { return std::tie(square, velocity); }
};
/// Centered, the average of the gradient too.
template <class M>
struct rmsprop_state<M, true> {
    M square = zeros_like(M{});
    M velocity = zeros_like(M{});
    M mean = zeros_like(M{});
    static constexpr no_counters counters{};
    constexpr auto slots() { return std::tie(square, velocity, mean); }
};

/// square = smoothing * square + (1 - smoothing) g^2; velocity = momentum * velocity + g /
/// (sqrt(square) + epsilon); parameter -= rate * velocity. Centered, the square of the average
/// gradient is taken off `square` first: an estimate of the variance.
template <bool Centered>
struct rmsprop_rule {
    scheduled rate = 1e-2;
    setting<double> smoothing = 0.99;
    setting<double> epsilon = 1e-8;
    scheduled momentum = 0;

    template <class M>
    using state_of = rmsprop_state<M, Centered>;
    constexpr auto begin(no_counters) const {
        return [rate = rate.traced(), part = 1 - smoothing, small = epsilon.traced(),
                kept = momentum.traced()](symbol& w, symbol g, symbol& square, symbol& velocity,
                                          auto&... mean) {
            square = square + (g * g - square) * like(part, w);
            symbol size = square;
            ((mean = mean + (g - mean) * like(part, w), size = maximum(size - mean * mean, 0)),
             ...);
            velocity = like(kept, w) * velocity + g * reciprocal(root(size) + like(small, w));
            w = w - like(rate, w) * velocity;
        };
    }

    template <class M>
    state_of<M> start(M const& model) const {
        return optim::start(*this, model);
    }
    template <class M>
    constexpr void update(M& model, M const& gradient, state_of<M>& s) const {
        optim::update(*this, model, gradient, s);
    }
};
using rmsprop = rmsprop_rule<false>;
using centered_rmsprop = rmsprop_rule<true>;

/// What adagrad keeps of a model M: the sum of the gradient's squares.
template <class M>
struct adagrad_state {
    M square = zeros_like(M{});
    static constexpr no_counters counters{};
    constexpr auto slots() { return std::tie(square); }
};

/// square += g^2; parameter -= rate * g / (sqrt(square) + epsilon).
struct adagrad {
    scheduled rate = 1e-2;
    setting<double> epsilon = 1e-10;

    template <class M>
    using state_of = adagrad_state<M>;
    constexpr auto begin(no_counters) const {
        return
            [rate = rate.traced(), small = epsilon.traced()](symbol& w, symbol g, symbol& square) {
                square = square + g * g;
                w = w - like(rate, w) * g * reciprocal(root(square) + like(small, w));
            };
    }

    template <class M>
    adagrad_state<M> start(M const& model) const {
        return optim::start(*this, model);
    }
    template <class M>
    constexpr void update(M& model, M const& gradient, adagrad_state<M>& s) const {
        optim::update(*this, model, gradient, s);
    }
};

}  // namespace weft::optim
