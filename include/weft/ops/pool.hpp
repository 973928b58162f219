// SPDX-License-Identifier: BSL-1.0
// Pooling: max_pool, avg_pool over windows of one to three axes, and both over all of an image.
#pragma once

#include <initializer_list>

#include <weft/ops/convolution.hpp>
#include <weft/ops/functions.hpp>
#include <weft/ops/rounding.hpp>
#include <weft/ops/window.hpp>

namespace weft {
namespace ops {

/// What the three operations of max pooling share: attributes are taps, stride, dilation and
/// padding of each axis; x (N, S..., C) to (N, O..., C). The kernels, pool_best, pool_pull and
/// pool_pick, are the backend's, found beside the type of the call.
struct pool_base : ir::operation_base {
    static constexpr auto kind = ir::kind::whole;

    template <class Op>
    static constexpr symbol make(symbol like, int shape, std::initializer_list<symbol> operands,
                                 range<std::int64_t> attributes) {
        list<int> ids;
        for (symbol s : operands) ids.push(s.id());
        list<std::int64_t> const kept(attributes);
        return like.builder()->add(ir::op<Op>, like.type(), shape, ids, kept);
    }
    /// A batch of images is more images.
    template <class Op>
    static constexpr symbol batch_images(ir::batching& b) {
        auto& g = b.builder;
        auto fold = [&](symbol x) {
            list<extent> shape{g.extents().multiply(b.size, x.size(1))};
            for (int i = 2; i < x.rank(); ++i) shape.push(x.size(i));
            return reshape::apply(x, g.shape(shape));
        };
        list<int> ids;
        for (int i = 0; i < b.operand_count(); ++i) ids.push(fold(b.spread(i)).id());
        symbol const y = b.result();
        list<extent> shape{g.extents().multiply(b.size, y.size(0))};
        for (int i = 1; i < y.rank(); ++i) shape.push(y.size(i));
        list<std::int64_t> const kept(b.attributes());
        symbol const all = g.add(ir::op<Op>, y.type(), g.shape(shape), ids, kept);
        list<extent> const one(g.view().shape(y.node().shape));
        return reshape::apply(all, b.shape(one));
    }
    /// f(x's element, y's element) for each tap that is inside, in order; `image` and `result` are
    /// the shapes of x and y, begin(y's element) comes before the taps of each.
    template <class Begin, class F>
    static void each_tap(range<std::int64_t> image, range<std::int64_t> result,
                         std::int64_t const* attributes, Begin begin, F f) {
        int const axes = image.size() - 2;
        auto const steps = ir::row_major(image);
        std::int64_t const channels = image.back();
        std::int64_t count = 1, taps = 1;
        for (std::int64_t e : result) count *= e;
        for (int d = 0; d < axes; ++d) taps *= attributes[4 * d];
        for (std::int64_t i = 0; i < count; ++i) {
            begin(i);
            for (std::int64_t t = 0; t < taps; ++t) {
                std::int64_t at = i / channels, tap = t, from = i % channels;
                bool inside = true;
                for (int d = axes - 1; d >= 0; --d) {
                    std::int64_t const* const a = attributes + 4 * d;
                    std::int64_t const p = at % result[d + 1] * a[1] + tap % a[0] * a[2] - a[3];
                    at /= result[d + 1], tap /= a[0];
                    inside = inside && p >= 0 && p < image[d + 1];
                    from += p * steps[d + 1];
                }
                if (inside) f(from + at * steps[0], i);
            }
        }
    }
    static bool is_better(double x, double best) { return x > best || (x != x && best == best); }
    /// The element of x that each result is: -1 where there is none.
    static list<std::int64_t> chosen(ir::reference_call const& c, range<std::int64_t> result) {
        std::int64_t count = 1;
        for (std::int64_t e : result) count *= e;
        list<std::int64_t> best(static_cast<int>(count), -1);
        double const* const x = c.operands[0];
        each_tap(
            c.operand_shape(0), result, c.graph.attributes(c.node).first, [](std::int64_t) {},
            [&](std::int64_t from, std::int64_t to) {
                std::int64_t& b = best[static_cast<int>(to)];
                if (b < 0 || is_better(x[from], x[b])) b = from;
            });
        return best;
    }
};

/// Tangents at the elements that are the largest. Operands: x, its tangent.
struct max_pool_pick : pool_base {
    static constexpr std::string_view name = "max_pool_pick";
    static constexpr int arity = 2;
    static constexpr void vjp(ir::pullback& p);
    static constexpr symbol jvp(ir::pushforward& p) {
        if (!p.tangent(1).valid()) return {};
        return make<max_pool_pick>(p.operand(0), p.result().node().shape,
                                   {p.operand(0), p.tangent(1)}, p.attributes());
    }
    static constexpr symbol batch(ir::batching& b) { return batch_images<max_pool_pick>(b); }
    template <class Call>
    static void run(Call const& c) noexcept {
        pool_pick(c);
    }
    static void reference_whole(ir::reference_call const& c) {
        auto const best = chosen(c, c.result_shape());
        for (int i = 0; i < best.size(); ++i)
            c.result[i] = best[i] < 0 ? 0 : c.operands[1][best[i]];
    }
};

/// Cotangents at the elements that are the largest, the first of equal ones; zero elsewhere.
/// Operands: x, the cotangent of the result.
struct max_pool_pull : pool_base {
    static constexpr std::string_view name = "max_pool_pull";
    static constexpr int arity = 2;
    static constexpr void vjp(ir::pullback& p) {
        if (p.wants(1))
            p.add(1, make<max_pool_pick>(p.operand(0), p.operand(1).node().shape,
                                         {p.operand(0), p.cotangent}, p.attributes()));
    }
    static constexpr symbol jvp(ir::pushforward& p) {
        if (!p.tangent(1).valid()) return {};
        return make<max_pool_pull>(p.operand(0), p.result().node().shape,
                                   {p.operand(0), p.tangent(1)}, p.attributes());
    }
    static constexpr symbol batch(ir::batching& b) { return batch_images<max_pool_pull>(b); }
    template <class Call>
    static void run(Call const& c) noexcept {
        pool_pull(c);
    }
    static void reference_whole(ir::reference_call const& c) {
        for (std::int64_t i = 0, n = c.count(); i < n; ++i) c.result[i] = 0;
        auto const best = chosen(c, c.operand_shape(1));
        for (int i = 0; i < best.size(); ++i)
            if (best[i] >= 0) c.result[best[i]] += c.operands[1][i];
    }
};

constexpr void max_pool_pick::vjp(ir::pullback& p) {
    if (p.wants(1))
        p.add(1, make<max_pool_pull>(p.operand(0), p.operand(0).node().shape,
                                     {p.operand(0), p.cotangent}, p.attributes()));
}

/// The largest element of each window; NaN where there is one.
struct max_pool : pool_base {
    static constexpr std::string_view name = "max_pool", onnx = "MaxPool";
    static constexpr int cost = 4;
    static constexpr void vjp(ir::pullback& p) {
        p.add(0, make<max_pool_pull>(p.operand(0), p.operand(0).node().shape,
                                     {p.operand(0), p.cotangent}, p.attributes()));
    }
    static constexpr symbol jvp(ir::pushforward& p) {
        if (!p.tangent(0).valid()) return {};
        return make<max_pool_pick>(p.operand(0), p.result().node().shape,
                                   {p.operand(0), p.tangent(0)}, p.attributes());
    }
    static constexpr symbol batch(ir::batching& b) { return batch_images<max_pool>(b); }
    template <class Call>
    static void run(Call const& c) noexcept {
        pool_best(c);
    }
    static void reference_whole(ir::reference_call const& c) {
        auto const best = chosen(c, c.result_shape());
        for (int i = 0; i < best.size(); ++i)
            c.result[i] = best[i] < 0 ? -__builtin_inf() : c.operands[0][best[i]];
    }
};

}  // namespace ops

namespace detail {

/// What a call of pooling says: the image with channels behind, and its windows.
struct pool_call {
    symbol x;
    bool one_image = false;
    window_axis at[3] = {};
    std::int64_t taps[3] = {};
    list<extent> sizes{};
    int axes = 0;
    bool good;  // last: it is made by `read`

    constexpr pool_call(std::string_view call, symbol image, window_sizes kernel, window const& how)
        : x(image), good(read(call, kernel, how)) {}

    constexpr int result_shape() const {
        list<extent> shape{x.size(0)};
        shape.append(sizes);
        shape.push(x.size(x.rank() - 1));
        return x.builder()->shape(shape);
    }
    constexpr symbol finish(symbol y, window const& how) const {
        if (how.layout == channels_first) y = channels_to_front(y);
        return one_image ? without_batch_axis(y) : y;
    }

private:
    constexpr bool read(std::string_view call, window_sizes kernel, window const& how) {
        if (!x.valid()) return false;
        ir::builder& b = *x.builder();
        text const sentence = ir::sentence(call, x);
        auto refuse = [&](std::string_view why) {
            b.fail(text(sentence.view()) << why);
            return false;
        };
        axes = kernel.count > 1 ? kernel.count : x.rank() - 2;
        if (axes < 1 || axes > 3 || (x.rank() != axes + 2 && x.rank() != axes + 1))
            return refuse(
                ", expected (N, spatial..., C), or (N, C, spatial...) with channels_first");
        if (is_complex(x.type()) || x.type() == dtype::boolean)
            return refuse(", the elements have no order");
        if (!window_fits(b, sentence, how, axes)) return false;
        if ((one_image = x.rank() == axes + 1)) x = with_batch_axis(x);
        if (how.layout == channels_first) x = channels_to_back(x);
        for (int i = 0; i < axes; ++i) {
            taps[i] = kernel.or_else(i, 0);
            if (taps[i] < 1) return refuse(", a window of no elements");
            if (!place_window(b, sentence, how, i, x.size(i + 1), extent{taps[i]}, taps[i], at[i]))
                return false;
            std::int64_t const reach = (taps[i] - 1) * at[i].dilation + 1;
            if (at[i].before >= reach || at[i].behind >= reach)
                return refuse(", as much padding as the window is long: it would see nothing else");
            sizes.push(at[i].result);
        }
        return true;
    }
};

/// A value for each channel, repeated over images and their elements.
constexpr bool is_of_channels(ir::graph_view const& g, int n) {
    if (!ir::is<ir::broadcast_to_op>(g.nodes[n].op)) return false;
    auto const shape = g.shape_of(g.operand(n, 0));
    for (int i = 0; i + 1 < shape.size(); ++i)
        if (shape[i] != extent{1}) return false;
    return true;
}

/// How many of a window's elements are inside along one axis, as a value over the results.
constexpr symbol inside(pool_call const& c, int axis, int shape) {
    ir::builder& b = *c.x.builder();
    std::int64_t const along = axis + 1;
    window_axis const& a = c.at[axis];
    symbol const o = b.add(ir::op<ops::iota>, dtype::int32, shape, {}, {&along, 1});
    symbol const first = o * a.stride - a.before;
    symbol const size = b.number(c.x.size(axis + 1), dtype::int32, shape);
    // Taps from the first that is not before the image to the last that is not behind it.
    symbol const skipped = maximum(a.dilation - 1 - first, 0), left = size - 1 - first;
    auto over = [&](symbol v) {
        if (a.dilation == 1) return v;
        return ir::cast(floor(ir::cast(v, dtype::f64) / static_cast<double>(a.dilation)),
                        dtype::int32);
    };
    return minimum(over(left), c.taps[axis] - 1) + 1 - over(skipped);
}

}  // namespace detail

/// The largest element of each window, x (N, spatial..., C) or one image without N, to
/// (N, results..., C). Windows touch each other unless `.stride` says otherwise. Its derivative
/// goes to the first of equal elements, as PyTorch's.
template <Symbolic X>
constexpr symbol max_pool(X const& image, window_sizes kernel, window const& how = {}) {
    detail::pool_call const c("max_pool", image.traced(), kernel, how);
    if (!c.good) return {c.x.builder(), -1};
    list<std::int64_t> attributes;
    for (int i = 0; i < c.axes; ++i)
        for (std::int64_t v : {c.taps[i], c.at[i].stride, c.at[i].dilation, c.at[i].before})
            attributes.push(v);
    auto const pool = [&](symbol x) {
        return ops::pool_base::make<ops::max_pool>(x, c.result_shape(), {x}, attributes);
    };
    // Functions that grow with each element, and are the same for all of a window, are the same
    // after pooling, where there are fewer elements, and so in the derivative: relu, and a bias.
    list<symbol> outer;
    symbol x = c.x;
    auto const g = x.builder()->view();
    for (; is_floating(x.type()); x = {x.builder(), g.operand(x.id(), 0)}) {
        bool const add = ir::is<ops::add>(x.node().op);
        if (!add && !ir::is<ops::maximum>(x.node().op)) break;
        int const other = g.operand(x.id(), 1);
        if (!(add ? detail::is_of_channels(g, other) : g.kind(other) == ir::kind::constant)) break;
        outer.push(x);
    }
    symbol y = pool(x);
    while (!outer.empty()) {
        auto const now = x.builder()->view();  // nodes were added
        int const n = outer.back().id(), other = now.operand(n, 1);
        if (ir::is<ops::add>(now.nodes[n].op))
            y = y + symbol(x.builder(), now.operand(other, 0));
        else
            y = maximum(y, __builtin_bit_cast(double, now.attribute(other, 0)));
        outer.pop();
    }
    return c.finish(y, how);
}

/// The mean of each window. Zeros of the padding count as elements, unless `.count_padding =
/// false`.
template <Symbolic X>
constexpr symbol avg_pool(X const& image, window_sizes kernel, window const& how = {}) {
    detail::pool_call c("avg_pool", image.traced(), kernel, how);
    if (!c.good) return {c.x.builder(), -1};
    ir::builder& b = *c.x.builder();
    if (!is_floating(c.x.type())) c.x = ir::cast(c.x, dtype::f32);
    // A convolution with ones, channel by channel.
    ops::convolution::form form;
    form.g = true, form.c = false, form.f = false, form.axes = c.axes;
    list<extent> window;
    std::int64_t all = 1;
    for (int i = 0; i < c.axes; ++i) {
        form.at[i] = {c.at[i].stride, c.at[i].dilation, 1, c.at[i].before};
        window.push(extent{c.taps[i]});
        all *= c.taps[i];
    }
    window.push(c.x.size(c.x.rank() - 1));
    symbol const ones = b.constant(c.x.type(), b.shape(window), 1);
    symbol y = ops::convolution::apply(c.x, ones, form, c.sizes);
    if (how.count_padding) {
        y = y * (1. / static_cast<double>(all));
    } else {
        // The shape of the counts has no more than the spatial axes.
        list<extent> shape{extent{1}};
        shape.append(c.sizes);
        shape.push(extent{1});
        symbol count;
        for (int i = 0; i < c.axes; ++i) {
            symbol const n = detail::inside(c, i, b.shape(shape));
            count = count.valid() ? count * n : n;
        }
        y = y / ir::cast(count, y.type());
    }
    return c.finish(y, how);
}

/// The mean over the spatial axes: (N, spatial..., C) to (N, C).
template <Symbolic X>
constexpr symbol global_avg_pool(X const& image, image_layout layout = channels_last) {
    symbol x = image.traced();
    if (!x.valid()) return x;
    ir::builder& b = *x.builder();
    if (x.rank() < 3)
        return b.fail(ir::sentence("global_avg_pool", x) << ", expected (N, spatial..., C)");
    if (!is_floating(x.type())) x = ir::cast(x, dtype::f32);
    int const first = layout == channels_first ? 2 : 1;
    std::int64_t axes = 0;
    extent n{1};
    for (int i = first; i < first + x.rank() - 2; ++i) {
        axes |= std::int64_t{1} << i;
        n = b.extents().multiply(n, x.size(i));
    }
    list<extent> const shape{x.size(0), x.size(layout == channels_first ? 1 : x.rank() - 1)};
    symbol const sums = ops::reshape::apply(ops::reduce<ops::sum>(x, axes), b.shape(shape));
    return sums / b.number(n, sums.type(), sums.node().shape);
}

/// The largest element over the spatial axes: (N, spatial..., C) to (N, C).
template <Symbolic X>
constexpr symbol global_max_pool(X const& image, image_layout layout = channels_last) {
    symbol const x = image.traced();
    if (!x.valid()) return x;
    ir::builder& b = *x.builder();
    if (x.rank() < 3)
        return b.fail(ir::sentence("global_max_pool", x) << ", expected (N, spatial..., C)");
    int const first = layout == channels_first ? 2 : 1;
    std::int64_t axes = 0;
    for (int i = first; i < first + x.rank() - 2; ++i) axes |= std::int64_t{1} << i;
    list<extent> const shape{x.size(0), x.size(layout == channels_first ? 1 : x.rank() - 1)};
    return ops::reshape::apply(ops::reduce<ops::max>(x, axes), b.shape(shape));
}

WEFT_EAGER(global_avg_pool)
WEFT_EAGER(global_max_pool)

namespace ir {
template <>
struct struct_of<hash("max_pool")> {
    using type = ops::max_pool;
};
template <>
struct struct_of<hash("max_pool_pick")> {
    using type = ops::max_pool_pick;
};
template <>
struct struct_of<hash("max_pool_pull")> {
    using type = ops::max_pool_pull;
};
}  // namespace ir
}  // namespace weft
