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
    return b.number(n, y.type(), y.node().shape);
}

/// Whether x has these axes; a mistake is recorded under the name of the call.
template <int... A>
constexpr bool has_axes(symbol x, axes_t<A...>, [[maybe_unused]] std::string_view call) {
    return x.valid() && (... && (checked_axis(x, A, call) >= 0));
}

}  // namespace detail

/// The mean over the named axes, over all if none is named.
template <Traced X, int... A, class... Keep>
constexpr symbol mean(X const& a, axes_t<A...> axes = {}, Keep... kept) {
    symbol x = a.traced();
    if (!detail::has_axes(x, axes, "mean")) return {x.builder(), -1};
    if (!is_floating(x.type())) x = ir::cast(x, dtype::f32);
    symbol const y = sum(x, axes, kept...);
    return y.valid() ? y / detail::folded(x, y, axes) : y;
}

/// The mean of squared deviations from the mean, over the named axes.
template <Traced X, int... A, class... Keep>
constexpr symbol variance(X const& a, axes_t<A...> axes = {}, Keep... kept) {
    symbol const x = a.traced();
    if (!detail::has_axes(x, axes, "variance")) return {x.builder(), -1};
    return mean(square(x - mean(x, axes, weft::keep)), axes, kept...);
}

/// log(sum(exp(x))) over the named axes, without overflow.
template <Traced X, int... A>
constexpr symbol logsumexp(X const& a, axes_t<A...> axes, keep_t) {
    symbol const x = a.traced();
    if (!detail::has_axes(x, axes, "logsumexp")) return {x.builder(), -1};
    symbol const m = stop_gradient(max(x, axes, keep));
    return log(sum(exp(x - m), axes, keep)) + m;
}

/// x - logsumexp(x) over one axis, the last by default.
template <Traced X, int A = -1>
constexpr symbol log_softmax(X const& a, axes_t<A> axes = {}) {
    symbol const x = a.traced();
    if (!detail::has_axes(x, axes, "log_softmax")) return {x.builder(), -1};
    symbol const z = x - stop_gradient(max(x, axes, keep));
    return z - log(sum(exp(z), axes, keep));
}

/// exp(x) over its sum along one axis, the last by default.
template <Traced X, int A = -1>
constexpr symbol softmax(X const& a, axes_t<A> axes = {}) {
    symbol const x = a.traced();
    if (!detail::has_axes(x, axes, "softmax")) return {x.builder(), -1};
    symbol const e = exp(x - stop_gradient(max(x, axes, keep)));
    return e / sum(e, axes, keep);
}

}  // namespace weft
