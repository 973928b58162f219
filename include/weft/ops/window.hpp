// SPDX-License-Identifier: BSL-1.0
// How a window moves over an image: what convolution and pooling are told, by users and in the
// template arguments of layers. Below ops/convolution.hpp and ops/pool.hpp.
#pragma once

#include <cstdint>

#include <weft/ops/layout.hpp>

namespace weft {

/// Zeros at the edges, by name.
enum class padding : std::uint8_t {
    valid,  ///< none: the window stays inside
    same,   ///< as many that a stride of 1 keeps the size, and a stride of s divides it by s,
           ///< rounded up; where their number is odd, the one more stands behind
};

/// Where the channels of an image stand: (N, spatial..., C), or (N, C, spatial...) as in PyTorch.
enum class image_layout : std::uint8_t { channels_last, channels_first };
using enum image_layout;

/// A number for each spatial axis: `3` for all of them, or `{3, 5}`. Structural, so that it can
/// stand among template arguments.
struct window_sizes {
    int count = 0;
    std::int64_t at[3] = {};

    constexpr window_sizes() = default;
    template <std::integral I>
    constexpr window_sizes(I all) : count(1), at{all, all, all} {}
    constexpr window_sizes(std::int64_t a, std::int64_t b) : count(2), at{a, b, 0} {}
    constexpr window_sizes(std::int64_t a, std::int64_t b, std::int64_t c)
        : count(3), at{a, b, c} {}

    /// Given for so many axes; not given is fine too.
    constexpr bool fits(int axes) const { return count <= 1 || count == axes; }
    constexpr std::int64_t or_else(int axis, std::int64_t otherwise) const {
        return count == 0 ? otherwise : at[axis];
    }
    friend constexpr bool operator==(window_sizes const&, window_sizes const&) = default;
};

/// Zeros before and behind an axis.
struct edges {
    std::int64_t before, behind;
};

/// Zeros at the edges: `1`, `{1, 2}` by axis, `{edges{0, 1}, edges{1, 1}}`,
/// `padding::same`.
struct window_padding {
    bool is_same = false;
    int count = 0;
    std::int64_t before[3] = {}, behind[3] = {};

    constexpr window_padding() = default;
    constexpr window_padding(weft::padding named) : is_same(named == weft::padding::same) {}
    template <std::integral I>
    constexpr window_padding(I all) : count(1), before{all, all, all}, behind{all, all, all} {}
    constexpr window_padding(std::int64_t a, std::int64_t b)
        : count(2), before{a, b, 0}, behind{a, b, 0} {}
    constexpr window_padding(std::int64_t a, std::int64_t b, std::int64_t c)
        : count(3), before{a, b, c}, behind{a, b, c} {}
    constexpr window_padding(edges a) : count(1) {
        for (int i = 0; i < 3; ++i) before[i] = a.before, behind[i] = a.behind;
    }
    constexpr window_padding(edges a, edges b)
        : count(2), before{a.before, b.before, 0}, behind{a.behind, b.behind, 0} {}
    constexpr window_padding(edges a, edges b, edges c)
        : count(3), before{a.before, b.before, c.before}, behind{a.behind, b.behind, c.behind} {}

    constexpr bool fits(int axes) const { return count <= 1 || count == axes; }
    friend constexpr bool operator==(window_padding const&, window_padding const&) = default;
};

/// How a window moves: `{.stride = 2, .padding = 1}`. Sizes are numbers for all spatial axes, or
/// one for each.
struct window {
    window_sizes stride{};  ///< 1 for convolutions, the window's size for pooling
    window_padding padding{};
    window_sizes dilation{};        ///< from one element of the window to the next: 1
    std::int64_t groups = 1;        ///< of channels that do not see each other
    window_sizes output_padding{};  ///< conv_transpose: further rows behind the result
    image_layout layout = channels_last;
    bool count_padding = true;  ///< avg_pool: zeros at the edges count as elements

    friend constexpr bool operator==(window const&, window const&) = default;
};

namespace detail {

/// One axis of a window in numbers, and the size of its result.
struct window_axis {
    std::int64_t stride, dilation, before, behind;
    extent result;
};

/// A window along one axis of `size` elements; false, and a recorded mistake, where it has no
/// place. The sentence begins with `call`.
constexpr bool place_window(ir::builder& b, text const& call, window const& how, int axis,
                            extent size, extent kernel, std::int64_t default_stride,
                            window_axis& out) {
    auto& e = b.extents();
    auto refuse = [&](auto&&... pieces) {
        text t(call.view());
        t << ", ";
        ((t << pieces), ...);
        b.fail(t);
        return false;
    };
    out.stride = how.stride.or_else(axis, default_stride);
    out.dilation = how.dilation.or_else(axis, 1);
    out.before = how.padding.before[axis], out.behind = how.padding.behind[axis];
    if (out.stride < 1) return refuse("a stride of ", out.stride);
    if (out.dilation < 1) return refuse("a dilation of ", out.dilation);
    if (out.before < 0 || out.behind < 0) return refuse("a negative padding");
    extent const reach =
        e.add(e.multiply(e.subtract(kernel, extent{1}), extent{out.dilation}), extent{1});
    if (how.padding.is_same) {
        if (!kernel.is_static()) return refuse("padding `same` needs a window of known size");
        if (!size.is_static() && out.stride != 1)
            return refuse("padding `same` in strides needs an image of known size");
        std::int64_t total = reach.value() - 1;
        if (size.is_static()) {
            std::int64_t const results = (size.value() + out.stride - 1) / out.stride;
            total = (results - 1) * out.stride + reach.value() - size.value();
            if (total < 0) total = 0;
        }
        out.before = total / 2, out.behind = total - total / 2;
    }
    extent const padded = e.add(size, extent{out.before + out.behind});
    extent const room = e.subtract(padded, reach);
    if (!e.is_nonnegative(room) && !e.assume_equal(e.maximum(padded, reach), padded)) {
        text t(call.view());
        t << ", a window of ";
        e.write(t, reach);
        t << " over axis " << axis << ", which has ";
        e.write(t, padded);
        if (out.before + out.behind > 0) t << " with its padding";
        b.fail(t);
        return false;
    }
    if (kernel == extent{0}) return refuse("a window of no elements");
    out.result = e.add(e.floor_divide(room, extent{out.stride}), extent{1});
    return true;
}

/// Sizes that are given for another number of axes.
constexpr bool window_fits(ir::builder& b, text const& call, window const& how, int axes) {
    if (how.stride.fits(axes) && how.padding.fits(axes) && how.dilation.fits(axes) &&
        how.output_padding.fits(axes))
        return true;
    b.fail(text(call.view()) << ", stride, padding and dilation have one size, or one for each of "
                             << axes << (axes == 1 ? " axis" : " axes"));
    return false;
}

/// (N, C, S...) to (N, S..., C), or back.
constexpr symbol channels_to_back(symbol x) {
    list<std::int64_t> order{0};
    for (int i = 2; i < x.rank(); ++i) order.push(i);
    order.push(1);
    return ops::transpose::apply(x, order);
}
constexpr symbol channels_to_front(symbol x) {
    list<std::int64_t> order{0, x.rank() - 1};
    for (int i = 1; i + 1 < x.rank(); ++i) order.push(i);
    return ops::transpose::apply(x, order);
}
constexpr symbol with_batch_axis(symbol x) {
    list<extent> shape{extent{1}};
    shape.append(x.builder()->view().shape(x.node().shape));
    return ops::reshape::apply(x, x.builder()->shape(shape));
}
constexpr symbol without_batch_axis(symbol x) {
    list<extent> shape;
    for (int i = 1; i < x.rank(); ++i) shape.push(x.size(i));
    return ops::reshape::apply(x, x.builder()->shape(shape));
}

}  // namespace detail
}  // namespace weft
