// SPDX-License-Identifier: BSL-1.0
// Functions of several results on tensors: they return tensors, `auto [values, places] =
// top_k(a, k)`. Operands that are no tensors, or not in one piece, are computed first.
#pragma once

#include <weft/ops/arrange.hpp>
#include <weft/ops/sort.hpp>
#include <weft/program/call.hpp>
#include <weft/tensor/value.hpp>

namespace weft {

namespace detail {

/// The results of F, an empty function of symbols, on the values of the operands.
template <class F, class... A>
auto several(A const&... a) {
    return [](auto const&... x) { return weft::call(F{}, x...); }(value_of_operand(a)...);
}

template <class Array, std::size_t... I>
constexpr auto tuple_of(Array const& parts, std::index_sequence<I...>) {
    return std::tuple{parts[I]...};
}
template <std::size_t N>
constexpr auto tuple_of(std::array<symbol, N> const& parts) {
    return tuple_of(parts, std::make_index_sequence<N>{});
}

}  // namespace detail

namespace calls {

/// K: a number's type; or void, and the number is the extent of a second operand.
template <class K, class Axis>
struct top_k {
    constexpr auto operator()(symbol x) const { return weft::top_k(x, K{}, Axis{}); }
    constexpr auto operator()(symbol x, symbol k) const {
        return weft::top_k(x, k.size(0), Axis{});
    }
};
struct meshgrid {
    template <class... S>
    constexpr auto operator()(S const&... x) const {
        return detail::tuple_of(weft::meshgrid(x...));
    }
};
template <int N, class Axis>
struct split {
    constexpr auto operator()(symbol x) const {
        return detail::tuple_of(weft::split<N>(x, Axis{}));
    }
};
template <class Axis, std::int64_t... Places>
struct split_at {
    constexpr auto operator()(symbol x) const {
        return detail::tuple_of(weft::split(x, {axis_size(Places)...}, Axis{}));
    }
};

}  // namespace calls

/// The k largest elements along an axis, the largest first, and their places:
/// `auto [values, places] = top_k(a, k)`. `number<3>` for k makes an extent that is known.
template <Concrete A, std::integral K, int Axis = -1>
auto top_k(A const& a, K k, axes_t<Axis> = {}) {
    if (std::is_signed_v<K> && k < K{}) raise("top_k: a negative number of elements");
    // An extent: there is no element.
    view<bool const, dyn> const count(nullptr, {static_cast<std::int64_t>(k)});
    auto const& x = detail::value_of_operand(a);
    return weft::call(calls::top_k<void, axes_t<Axis>>{}, x, count);
}
template <Concrete A, auto K, int Axis = -1>
auto top_k(A const& a, std::integral_constant<decltype(K), K>, axes_t<Axis> = {}) {
    return detail::several<
        calls::top_k<std::integral_constant<decltype(K), K>, axes_t<Axis>>>(a);
}

/// Vectors, each repeated along the axes of all others (indexing "ij"):
/// `auto [x, y] = meshgrid(a, b)`.
template <Concrete... V>
auto meshgrid(V const&... vectors) {
    return detail::several<calls::meshgrid>(vectors...);
}

/// N equal parts along an axis: `auto [q, k, v] = split<3>(a + b, axis<-1>)`. Those of a tensor
/// need no copy: `a.split<3>(-1)`.
template <int N, Concrete A, int Axis = 0>
auto split(A const& a, axes_t<Axis> = {}) {
    return detail::several<calls::split<N, axes_t<Axis>>>(a);
}
/// Parts that begin at these places, the first at 0: `auto [a, b, c] = split(x, shape<2, 5>)`.
template <Concrete A, std::int64_t... Places, int Axis = 0>
auto split(A const& a, shape_t<Places...>, axes_t<Axis> = {}) {
    return detail::several<calls::split_at<axes_t<Axis>, Places...>>(a);
}

}  // namespace weft
