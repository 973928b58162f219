// SPDX-License-Identifier: BSL-1.0
// Losses between predictions and numbers: mse, mae, huber, smooth_l1.
#pragma once

#include <weft/nn/loss/reduction.hpp>

namespace weft::nn {

/// (prediction - target)^2; both have one shape.
struct mse_t {
    template <class P, class Y>
    constexpr symbol operator()(P const& p, Y const& y, loss_options o = {}) const {
        symbol const prediction = detail::operand(p), target = detail::operand(y);
        if (!detail::same_shape("mse", prediction, target)) return detail::failed(prediction);
        return detail::reduced(square(prediction - target), o.reduce);
    }
};

/// |prediction - target|; both have one shape.
struct mae_t {
    template <class P, class Y>
    constexpr symbol operator()(P const& p, Y const& y, loss_options o = {}) const {
        symbol const prediction = detail::operand(p), target = detail::operand(y);
        if (!detail::same_shape("mae", prediction, target)) return detail::failed(prediction);
        return detail::reduced(abs(prediction - target), o.reduce);
    }
};

struct huber_options {
    /// Where the parabola goes over into a line.
    double delta = 1;
    reduction reduce = reduction::mean;
};

namespace detail {

/// d^2 / 2 up to delta, delta * (d - delta / 2) beyond: without a branch.
constexpr symbol huber(symbol difference, double delta) {
    symbol const size = abs(difference), capped = minimum(size, delta);
    return capped * (size - 0.5 * capped);
}

}  // namespace detail

/// d^2 / 2 for differences d up to delta, delta * (|d| - delta / 2) beyond; both have one shape.
struct huber_t {
    template <class P, class Y>
    constexpr symbol operator()(P const& p, Y const& y, huber_options o = {}) const {
        symbol const prediction = detail::operand(p), target = detail::operand(y);
        if (!detail::same_shape("huber", prediction, target)) return detail::failed(prediction);
        return detail::reduced(detail::huber(prediction - target, o.delta), o.reduce);
    }
};

/// huber / delta: of slope 1 far from the target, whatever delta is.
struct smooth_l1_t {
    template <class P, class Y>
    constexpr symbol operator()(P const& p, Y const& y, huber_options o = {}) const {
        symbol const prediction = detail::operand(p), target = detail::operand(y);
        if (!detail::same_shape("smooth_l1", prediction, target)) return detail::failed(prediction);
        return detail::reduced(detail::huber(prediction - target, o.delta) * (1 / o.delta),
                               o.reduce);
    }
};

inline constexpr mse_t mse{};
inline constexpr mae_t mae{};
inline constexpr huber_t huber{};
inline constexpr smooth_l1_t smooth_l1{};

}  // namespace weft::nn
