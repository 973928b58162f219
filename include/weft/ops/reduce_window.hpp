// SPDX-License-Identifier: BSL-1.0
// Sums, extremes, means and products over windows along any axes, and any associative function of
// two values. Windows double in size until they are as large as asked for, so that a window of n
// elements costs log2(n) steps. Pooling of images is faster: pool.hpp.
#pragma once

#include <weft/ops/logical.hpp>
#include <weft/ops/padding.hpp>
#include <weft/ops/window.hpp>

namespace weft {

namespace detail {

/// f over windows of `taps` elements along one axis, `apart` from each other.
template <class F>
constexpr symbol fold_windows(F f, symbol x, int axis, std::int64_t taps, std::int64_t apart) {
    auto& e = x.builder()->extents();
    // y: over the taps so far; doubled: over 1, 2, 4, ... of them.
    symbol y, doubled = x;
    std::int64_t done = 0;
    auto const join = [&](symbol a, symbol b, std::int64_t shift) {
        extent const by{shift * apart}, n = e.subtract(b.size(axis), by);
        return f(part_of(a, axis, extent{0}, n), part_of(b, axis, by, n));
    };
    for (std::int64_t size = 1;; size *= 2) {
        if (taps & size) {
            y = y.valid() ? join(y, doubled, done) : doubled;
            done += size;
        }
        if (done == taps) return y;
        doubled = join(doubled, doubled, size);
    }
}

template <class F, int... A>
constexpr symbol reduce_window(std::string_view call, F f, symbol x, double identity, axes_t<A...>,
                               window_sizes size, window const& how) {
    constexpr int count = sizeof...(A);
    static_assert(count >= 1 && count <= 3,
                  "weft: windows stand along one to three axes: reduce_window(x, axis<1, 2>, 3)");
    if (!x.valid()) return x;
    ir::builder& b = *x.builder();
    text const sentence = ir::sentence(call, x);
    if (!window_fits(b, sentence, how, count)) return {&b, -1};
    if (!size.fits(count) || size.count == 0)
        return b.fail(text(sentence.view())
                      << ", a window has one size, or one for each of " << count << " axes");
    int const named[] = {A...};
    for (int i = 0; i < count; ++i) {
        int const axis = checked_axis(x, named[i], call);
        if (axis < 0) return {&b, -1};
        if (size.at[i] < 1) return b.fail(text(sentence.view()) << ", a window of no elements");
        window_axis at{};
        if (!place_window(b, sentence, how, i, x.size(axis), extent{size.at[i]}, 1, at))
            return {&b, -1};
        x = padded(x, axis, {at.before, at.behind}, pad_mode::constant, identity);
        x = fold_windows(f, x, axis, size.at[i], at.dilation);
        if (at.stride > 1) x = slice(x, axis, 0, axis_size(x.size(axis)), at.stride);
    }
    return x;
}

/// The lowest value of a type.
constexpr double lowest_of(dtype type) {
    if (is_floating(type)) return -__builtin_inf();
    return type >= dtype::uint8 || type == dtype::boolean
               ? 0
               : -static_cast<double>(std::uint64_t{1} << (8 * size_of(type) - 1));
}

}  // namespace detail

/// f over all windows of `size` elements along the named axes, one to three: f(a, b) is associative
/// and takes symbols, and f(x, identity) is x: the identity stands where padding is. A stride is 1
/// unless `how` says otherwise; the result has (n + padding - (size - 1) dilation - 1) / stride + 1
/// elements. The derivative is that of f.
template <Symbolic X, class F, int... A>
constexpr symbol reduce_window(X const& x, F f, double identity, axes_t<A...> axes,
                               window_sizes size, window const& how = {}) {
    return detail::reduce_window("reduce_window", f, x.traced(), identity, axes, size, how);
}
/// The sum of each window. Sums of 16-bit floats are kept in floats; booleans are counted.
template <Symbolic X, int... A>
constexpr symbol window_sum(X const& a, axes_t<A...> axes, window_sizes size,
                            window const& how = {}) {
    symbol const x = a.traced();
    if (!x.valid()) return x;
    bool const narrow = is_floating(x.type()) && size_of(x.type()) == 2;
    symbol const wide = narrow                       ? ir::cast(x, dtype::f32)
                        : x.type() == dtype::boolean ? ir::cast(x, dtype::int32)
                                                     : x;
    symbol const y = detail::reduce_window(
        "window_sum", [](symbol u, symbol v) { return u + v; }, wide, 0, axes, size, how);
    return narrow && y.valid() ? ir::cast(y, x.type()) : y;
}
/// The product of each window.
template <Symbolic X, int... A>
constexpr symbol window_product(X const& x, axes_t<A...> axes, window_sizes size,
                                window const& how = {}) {
    return detail::reduce_window(
        "window_product", [](symbol u, symbol v) { return u * v; }, x.traced(), 1, axes, size, how);
}
/// The largest element of each window; NaN where there is one. The derivative goes to one of equal
/// elements.
template <Symbolic X, int... A>
constexpr symbol window_max(X const& a, axes_t<A...> axes, window_sizes size,
                            window const& how = {}) {
    symbol const x = a.traced();
    if (!detail::is_real(x, "window_max")) return {x.builder(), -1};
    return detail::reduce_window(
        "window_max", [](symbol u, symbol v) { return maximum(u, v); }, x,
        detail::lowest_of(x.type()), axes, size, how);
}
/// The smallest element of each window, otherwise as window_max.
template <Symbolic X, int... A>
constexpr symbol window_min(X const& a, axes_t<A...> axes, window_sizes size,
                            window const& how = {}) {
    symbol const x = a.traced();
    if (!detail::is_real(x, "window_min")) return {x.builder(), -1};
    auto const least = [](symbol u, symbol v) { return minimum(u, v); };
    if (is_floating(x.type()))
        return detail::reduce_window("window_min", least, x, __builtin_inf(), axes, size, how);
    // The largest integer is no double; the complement turns the order round.
    symbol const y = window_max(x.type() == dtype::boolean ? logical_not(x) : ~x, axes, size, how);
    if (!y.valid()) return y;
    return y.type() == dtype::boolean ? logical_not(y) : ~y;
}
/// The mean of each window; zeros of the padding count as elements, unless `.count_padding =
/// false`.
template <Symbolic X, int... A>
constexpr symbol window_mean(X const& a, axes_t<A...> axes, window_sizes size,
                             window const& how = {}) {
    symbol const x = a.traced();
    if (!x.valid()) return x;
    dtype const type = is_inexact(x.type()) ? x.type() : dtype::f32;
    symbol const wide = ir::cast(x, size_of(type) == 2 ? dtype::f32 : type);
    symbol const y = window_sum(wide, axes, size, how);
    if (!y.valid()) return y;
    ir::builder& b = *x.builder();
    double all = 1;
    for (int i = 0; i < static_cast<int>(sizeof...(A)); ++i) all *= static_cast<double>(size.at[i]);
    if (how.count_padding) return ir::cast(y * (1 / all), type);
    // The counts have no more than the axes of the windows.
    list<extent> shape(b.view().shape(wide.node().shape));
    std::int64_t const mask = ((std::int64_t{1} << (A < 0 ? A + x.rank() : A)) | ...);
    for (int i = 0; i < shape.size(); ++i)
        if (!(mask >> i & 1)) shape[i] = extent{1};
    symbol const ones = b.constant(real_type(wide.type()), b.shape(shape), 1);
    return ir::cast(y / window_sum(ones, axes, size, how), type);
}

}  // namespace weft
