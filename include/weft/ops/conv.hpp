// SPDX-License-Identifier: BSL-1.0
// Convolution as users call it: conv and conv_transpose of one to three spatial axes, in groups,
// with channels behind or in front.
#pragma once

#include <weft/ops/convolution.hpp>
#include <weft/ops/dot.hpp>
#include <weft/ops/window.hpp>

namespace weft {

namespace detail {

/// `conv(x, weight): (2, 28, 28, 1) x (5, 5, 1, 6)`, the operands in order with channels behind.
struct conv_call {
    text sentence;
    symbol x, w;
    bool one_image = false;
    int axes = 0;
    extent in{1}, out{1};
    bool good;  // last: it is made by `read`, which fills in the others

    constexpr conv_call(std::string_view call, symbol image, symbol weight, window const& how,
                        bool transposed)
        : x(image), w(weight), good(read(call, how, transposed)) {}

    /// The convolution itself, in groups, as an image with channels behind.
    constexpr symbol apply(ops::convolution::form form, range<extent> sizes, window const& how) {
        ir::builder& b = *x.builder();
        form.axes = axes;
        extent const groups{how.groups};
        auto shaped = [&](symbol s, int first, int count, std::initializer_list<extent> rest) {
            list<extent> shape;
            for (int i = 0; i < count; ++i) shape.push(s.size(first + i));
            for (extent e : rest) shape.push(e);
            return ops::reshape::apply(s, b.shape(shape));
        };
        symbol y;
        if (how.groups == 1) {
            y = ops::convolution::apply(x, w, form, sizes);
        } else if (in == extent{1}) {
            // Each channel by itself: they stay side by side.
            form.g = true, form.c = false;
            form.f = out != extent{1};
            symbol weights = shaped(w, 0, axes, {groups, out});
            if (form.f)
                weights = ops::convolution::ordered(weights, {{0, axes}, {axes + 1, 1}, {axes, 1}});
            else
                weights = shaped(w, 0, axes, {groups});
            y = ops::convolution::apply(x, weights, form, sizes);
            if (form.f) {
                y = ops::convolution::ordered(y, {{0, axes + 1}, {axes + 2, 1}, {axes + 1, 1}});
                y = shaped(y, 0, axes + 1, {w.size(axes + 1)});
            }
        } else {
            form.batches = 1;
            symbol const image =
                ops::convolution::ordered(shaped(x, 0, axes + 1, {groups, in}),
                                          {{axes + 1, 1}, {0, axes + 1}, {axes + 2, 1}});
            symbol const weights =
                ops::convolution::ordered(shaped(w, 0, axes + 1, {groups, out}),
                                          {{axes + 1, 1}, {0, axes + 1}, {axes + 2, 1}});
            y = ops::convolution::apply(image, weights, form, sizes);
            y = ops::convolution::ordered(y, {{1, axes + 1}, {0, 1}, {axes + 2, 1}});
            y = shaped(y, 0, axes + 1, {w.size(axes + 1)});
        }
        if (how.layout == channels_first) y = channels_to_front(y);
        return one_image ? without_batch_axis(y) : y;
    }

private:
    constexpr bool read(std::string_view call, window const& how, bool transposed) {
        if (!x.valid() || !w.valid()) return false;
        ir::builder& b = *x.builder();
        if (w.builder() != &b) {
            b.fail(text(call) << ": operands belong to different traces");
            return false;
        }
        sentence = ir::sentence(call, x, w, "x");
        auto refuse = [&](std::string_view why) {
            b.fail(text(sentence.view()) << why);
            return false;
        };
        axes = w.rank() - 2;
        bool const first = how.layout == channels_first;
        if (axes < 1 || axes > 3 || (x.rank() != axes + 2 && x.rank() != axes + 1))
            return refuse(first
                              ? ", expected x (N, C, spatial...) and weights (out, in, window...)"
                              : ", expected x (N, spatial..., C) and weights (window..., in, out)");
        if (!window_fits(b, sentence, how, axes)) return false;
        dtype const type = promote(x.type(), w.type());
        x = ir::cast(x, type), w = ir::cast(w, type);
        if ((one_image = x.rank() == axes + 1)) x = with_batch_axis(x);
        if (first) {
            x = channels_to_back(x);
            if (!transposed) {  // (out, in / groups, window...)
                list<std::int64_t> order;
                for (int i = 2; i < w.rank(); ++i) order.push(i);
                order.push(1), order.push(0);
                w = ops::transpose::apply(w, order);
            } else {  // (in, out / groups, window...)
                w = by_groups_of_in(w, how.groups);
            }
        }
        auto& e = b.extents();
        if (how.groups < 1) return refuse(", the number of groups is at least 1");
        extent const groups{how.groups};
        in = w.size(axes);
        if (!e.assume_equal(x.size(axes + 1), e.multiply(in, groups))) {
            text t(sentence.view());
            t << ", the weights read ";
            e.write(t, e.multiply(in, groups));
            t << " channels";
            if (how.groups > 1) t << " in " << how.groups << " groups";
            t << ", x has ";
            e.write(t, x.size(axes + 1));
            b.fail(t);
            return false;
        }
        out = e.floor_divide(w.size(axes + 1), groups);
        if (!e.assume_equal(e.multiply(out, groups), w.size(axes + 1))) {
            text t(sentence.view());
            e.write(t << ", ", w.size(axes + 1));
            b.fail(t << " results do not divide into " << how.groups << " groups");
            return false;
        }
        return true;
    }

    /// (in, out / groups, K...) to (K..., in / groups, out), groups of results side by side.
    static constexpr symbol by_groups_of_in(symbol w, std::int64_t groups) {
        ir::builder& b = *w.builder();
        int const axes = w.rank() - 2;
        if (groups <= 1) {
            list<std::int64_t> order;
            for (int i = 2; i < w.rank(); ++i) order.push(i);
            order.push(0), order.push(1);
            return ops::transpose::apply(w, order);
        }
        list<extent> shape{extent{groups}, b.extents().floor_divide(w.size(0), extent{groups})};
        for (int i = 1; i < w.rank(); ++i) shape.push(w.size(i));
        symbol const apart = ops::reshape::apply(w, b.shape(shape));
        list<std::int64_t> order;
        for (int i = 3; i < axes + 3; ++i) order.push(i);
        order.push(1), order.push(0), order.push(2);
        symbol const turned = ops::transpose::apply(apart, order);
        shape.clear();
        for (int i = 0; i <= axes; ++i) shape.push(turned.size(i));
        shape.push(b.extents().multiply(extent{groups}, w.size(1)));
        return ops::reshape::apply(turned, b.shape(shape));
    }
};

}  // namespace detail

/// Convolution (cross-correlation, as everywhere in deep learning) over one to three spatial axes:
/// x (N, spatial..., in) or one image without N, weights (window..., in / groups, out), result
/// (N, spatial..., out). With `.layout = channels_first`: x (N, in, spatial...), weights
/// (out, in / groups, window...), result (N, out, spatial...), as in PyTorch.
template <class X, class W>
    requires Symbols<X, W>
constexpr symbol conv(X const& image, W const& weights, window const& how = {}) {
    detail::conv_call c("conv", image.traced(), weights.traced(), how, false);
    if (!c.good) return {c.x.builder(), -1};
    ir::builder& b = *c.x.builder();
    ops::convolution::form form;
    list<extent> sizes;
    bool plain = how.groups == 1;
    for (int i = 0; i < c.axes; ++i) {
        detail::window_axis a{};
        if (!detail::place_window(b, c.sentence, how, i, c.x.size(i + 1), c.w.size(i), 1, a))
            return {&b, -1};
        form.at[i] = {a.stride, a.dilation, 1, a.before};
        sizes.push(a.result);
        plain =
            plain && c.w.size(i) == extent{1} && a.stride == 1 && a.before == 0 && a.behind == 0;
    }
    if (!plain) return c.apply(form, sizes, how);
    // One element of the image at a time: a product of matrices.
    int const shape = b.shape(list<extent>{c.w.size(c.axes), c.w.size(c.axes + 1)});
    symbol y = matmul(c.x, ops::reshape::apply(c.w, shape));
    if (how.layout == channels_first) y = detail::channels_to_front(y);
    return c.one_image ? detail::without_batch_axis(y) : y;
}

/// The transposed convolution, which is the derivative of conv along its image: `stride` spreads
/// the image, padding is cut from the result: (S - 1) stride + (window - 1) dilation + 1 - padding
/// + output_padding elements along each axis. Weights (window..., in / groups, out); with
/// `.layout = channels_first` (in, out / groups, window...), as in PyTorch.
template <class X, class W>
    requires Symbols<X, W>
constexpr symbol conv_transpose(X const& image, W const& weights, window const& how = {}) {
    detail::conv_call c("conv_transpose", image.traced(), weights.traced(), how, true);
    if (!c.good) return {c.x.builder(), -1};
    ir::builder& b = *c.x.builder();
    auto& e = b.extents();
    ops::convolution::form form;
    list<extent> sizes;
    for (int i = 0; i < c.axes; ++i) {
        std::int64_t const stride = how.stride.or_else(i, 1), dilation = how.dilation.or_else(i, 1),
                           more = how.output_padding.or_else(i, 0);
        std::int64_t before = how.padding.before[i], behind = how.padding.behind[i];
        auto refuse = [&](std::string_view why) { return b.fail(text(c.sentence.view()) << why); };
        if (stride < 1 || dilation < 1 || before < 0 || behind < 0 || more < 0)
            return refuse(", strides and dilations are at least 1, paddings at least 0");
        if (more >= stride && more >= dilation && more > 0)
            return refuse(", output_padding is less than the stride or the dilation");
        extent const reach =
            e.add(e.multiply(e.subtract(c.w.size(i), extent{1}), extent{dilation}), extent{1});
        if (how.padding.is_same) {
            if (!reach.is_static()) return refuse(", padding `same` needs a window of known size");
            std::int64_t const cut = reach.value() > stride ? reach.value() - stride : 0;
            before = cut / 2, behind = cut - before;
        }
        extent const whole =
            e.add(e.multiply(e.subtract(c.x.size(i + 1), extent{1}), extent{stride}), reach);
        extent const size = e.subtract(e.add(whole, extent{more}), extent{before + behind});
        extent const enough = e.add(whole, extent{more}), cut{before + behind + 1};
        if (!e.is_nonnegative(e.subtract(enough, cut)) &&
            !e.assume_equal(e.maximum(enough, cut), enough))
            return refuse(", the padding cuts off all of the result");
        form.at[i] = {1, -dilation, stride, -before};
        sizes.push(size);
    }
    return c.apply(form, sizes, how);
}

}  // namespace weft
