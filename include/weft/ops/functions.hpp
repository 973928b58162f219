// SPDX-License-Identifier: BSL-1.0
// Functions that are compositions of operations: mean, variance, softmax, log_softmax, logsumexp.
#pragma once

#include <weft/ops/custom.hpp>
#include <weft/ops/dot.hpp>
#include <weft/ops/index.hpp>
#include <weft/ops/math.hpp>
#include <weft/ops/reduce.hpp>

namespace weft {

namespace detail {

/// The number of elements that a reduction over the axes folds into one, as a value like y.
template <int... A>
constexpr symbol folded(symbol x, symbol y, axes_t<A...>) {
    ir::builder& b = *x.builder();
    extent n{1};
    if constexpr (sizeof...(A) == 0)
        n = element_count(b, x.node().shape);
    else
        ((n = b.extents().multiply(n, x.size(A < 0 ? A + x.rank() : A))), ...);
    return b.number(n, real_type(y.type()), y.node().shape);
}

/// Whether x has these axes; a mistake is recorded under the name of the call.
template <int... A>
constexpr bool has_axes(symbol x, axes_t<A...>, [[maybe_unused]] std::string_view call) {
    return x.valid() && (... && (checked_axis(x, A, call) >= 0));
}

}  // namespace detail

/// The mean over the named axes, over all if none is named.
template <Symbolic X, int... A, class... Keep>
constexpr symbol mean(X const& a, axes_t<A...> axes = {}, Keep... kept) {
    symbol x = a.traced();
    if (!detail::has_axes(x, axes, "mean")) return {x.builder(), -1};
    dtype const type = is_inexact(x.type()) ? x.type() : dtype::f32;
    x = ir::cast(x, size_of(type) == 2 ? dtype::f32 : type);
    symbol const y = sum(x, axes, kept...);
    return y.valid() ? ir::cast(y / detail::folded(x, y, axes), type) : y;
}

/// Elements less by which the squared deviations of a variance are divided: `variance(x, axis<0>,
/// ddof{1})` is that of a sample.
struct ddof {
    double less = 0;
};

namespace detail {

/// T, or one that the type says: `number<ddof{1}>`.
template <class Option, class T>
inline constexpr bool is_option = std::is_same_v<Option, T>;
template <class Option, class T>
    requires requires { typename Option::value_type; }
inline constexpr bool is_option<Option, T> =
    std::is_same_v<std::remove_const_t<typename Option::value_type>, T>;

/// An option among the last arguments of a call, in any order.
template <class T, class... Options>
constexpr T option(T otherwise, Options const&... given) {
    [[maybe_unused]] auto const take = [&](auto const& one) {
        if constexpr (is_option<std::remove_cvref_t<decltype(one)>, T>) otherwise = one;
    };
    (take(given), ...);
    return otherwise;
}
template <class T, class... Options>
inline constexpr bool has_option = (std::is_same_v<T, Options> || ...);

/// A reduced value whose axes were kept, without them unless they shall stay.
template <bool Keeps, int... A>
constexpr symbol kept_or_not(symbol y, axes_t<A...>) {
    if (Keeps || !y.valid()) return y;
    std::int64_t mask = sizeof...(A) == 0 ? -1 : 0;
    ((mask |= std::int64_t{1} << (A < 0 ? A + y.rank() : A)), ...);
    list<extent> shape;
    for (int i = 0; i < y.rank(); ++i)
        if (!(mask >> i & 1)) shape.push(y.size(i));
    return reshape_to(y, y.builder()->shape(shape));
}

}  // namespace detail

/// The mean of squared deviations from the mean, over the named axes; `keep` and `ddof{1}` may
/// follow.
template <Symbolic X, int... A, class... Options>
constexpr symbol variance(X const& a, axes_t<A...> axes = {}, Options... options) {
    static_assert(((std::is_same_v<Options, keep_t> || detail::is_option<Options, ddof>) && ...),
                  "weft::variance: behind the axes stand keep and ddof{n}");
    symbol const x = a.traced();
    if (!detail::has_axes(x, axes, "variance")) return {x.builder(), -1};
    symbol const d = x - mean(x, axes, weft::keep);
    symbol const squares = is_complex(d.type()) ? square(real(d)) + square(imag(d)) : square(d);
    double const less = detail::option(ddof{}, options...).less;
    symbol y = mean(squares, axes, weft::keep);
    if (less != 0) {
        y = sum(squares, axes, weft::keep);
        y = y / (detail::folded(squares, y, axes) - less);
    }
    return detail::kept_or_not<detail::has_option<keep_t, Options...>>(y, axes);
}

/// log(sum(exp(x))) over the named axes, without overflow: -inf where all elements are, or none are
/// there, inf where one is.
template <Symbolic X, int... A, class... Keep>
constexpr symbol logsumexp(X const& a, axes_t<A...> axes = {}, Keep...) {
    symbol x = a.traced();
    if (!detail::has_axes(x, axes, "logsumexp")) return {x.builder(), -1};
    if (!is_floating(x.type())) x = ir::cast(x, dtype::f32);
    symbol const top = stop_gradient(max(x, axes, keep)),
                 m = where(abs(top) < __builtin_inf(), top, 0);
    return detail::kept_or_not<detail::has_option<keep_t, Keep...>>(
        log(sum(exp(x - m), axes, keep)) + m, axes);
}

/// x - logsumexp(x) over one axis, the last by default.
template <Symbolic X, int A = -1>
constexpr symbol log_softmax(X const& a, axes_t<A> axes = {}) {
    symbol const x = a.traced();
    if (!detail::has_axes(x, axes, "log_softmax")) return {x.builder(), -1};
    symbol const z = x - stop_gradient(max(x, axes, keep));
    return z - log(sum(exp(z), axes, keep));
}

/// exp(x) over its sum along one axis, the last by default.
template <Symbolic X, int A = -1>
constexpr symbol softmax(X const& a, axes_t<A> axes = {}) {
    symbol const x = a.traced();
    if (!detail::has_axes(x, axes, "softmax")) return {x.builder(), -1};
    symbol const e = exp(x - stop_gradient(max(x, axes, keep)));
    return e * (1 / sum(e, axes, keep));  // one division a row
}

WEFT_EAGER(mean)
WEFT_EAGER(variance)
WEFT_EAGER(logsumexp)
WEFT_EAGER(log_softmax)
WEFT_EAGER(softmax)

}  // namespace weft
