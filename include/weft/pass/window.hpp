// SPDX-License-Identifier: BSL-1.0
// The numbers of a convolution's window as they stand in the extent pool of a plan: written by
// fusion, read by backends.
#pragma once

#include <cstdint>

namespace weft::pass {

/// Places of the numbers, from kernel::window on. Sizes and strides are extents; strides are in
/// elements, 0 where there is no such axis.
struct window_place {
    enum : int {
        axes,
        inner,  ///< images stand behind the spatial axes of the result
        images,
        image_step,
        channels,
        channel_step,
        channel_weight,
        filters,
        filter_weight,
        lanes,  ///< groups of one channel each, side by side
        lane_step,
        lane_weight,
        first_axis
    };
    /// Of each spatial axis, from first_axis + i * per_axis on; the last four are numbers in the
    /// form of to_natural.
    enum : int { result, size, step, taps, weight, stride, dilation, spread, padding, per_axis };
};

/// A number that may be negative as one that is not: extents that are negative are expressions.
constexpr std::int64_t to_natural(std::int64_t x) { return x < 0 ? -2 * x - 1 : 2 * x; }
constexpr std::int64_t from_natural(std::int64_t x) { return x % 2 ? -(x / 2) - 1 : x / 2; }

}  // namespace weft::pass
