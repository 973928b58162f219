// SPDX-License-Identifier: BSL-1.0
// ceil, round, trunc, sign, and the quotients and remainders of floor division, exactly.
#pragma once

#include <weft/math/value.hpp>

namespace weft {
inline namespace WEFT_ISA {
namespace math {

/// The nearest integer, the even one of two.
template <class V>
WEFT_INLINE V round(V x) {
    return nearest(x);
}
template <class V>
WEFT_INLINE V ceil(V x) {
    return -floor(-x);
}
template <class V>
WEFT_INLINE V trunc(V x) {
    return copysign(floor(abs(x)), x);
}

/// -1, 0 or 1; NaN of NaN.
template <class V>
WEFT_INLINE V sign(V x) {
    using T = element<V>;
    V const zero(T(0));
    return select(x > zero, V(T(1)), select(x < zero, V(static_cast<T>(-1)), V(x + zero)));
}

namespace detail {

struct fmod_of_numbers {
    template <class T>
    T operator()(T a, T b) const {
        return static_cast<T>(__builtin_fmod(a, b));
    }
};

/// Where a remainder with the sign of a must become one with the sign of b.
template <class V>
WEFT_INLINE auto signs_differ(V r, V b) {
    V const zero(element<V>(0));
    return (r != zero) & ((r < zero) != (b < zero));
}

}  // namespace detail

/// a - trunc(a / b) b, exactly. Of integers: 0 where b is 0.
template <class V>
WEFT_INLINE V fmod(V a, V b) {
    using T = element<V>;
    if constexpr (Number<V> && std::is_floating_point_v<T>) {
        return detail::fmod_of_numbers()(a, b);
    } else if constexpr (std::is_integral_v<T>) {
        return select(b == V(T(0)), V(T(0)), V(a - a / b * b));
    } else {
        // The quotient may be rounded up to an integer, never down past one.
        V const size = abs(a), by = abs(b), q = floor(size / by);
        V const r = minus_product(size, q, by), exact = select(r < V(T(0)), r + by, r);
        V const y = copysign(exact, a);
        constexpr T least = has_fma ? T(0) : static_cast<T>(sizeof(T) == 4 ? 0x1p-70 : 0x1p-900);
        auto const ordinary = (q < V(static_cast<T>(sizeof(T) == 4 ? 0x1p23 : 0x1p52))) &
                              (by < V(infinity<T>)) & (by > V(least));
        if (all(ordinary)) [[likely]]
            return y;
        return patched(detail::fmod_of_numbers(), !ordinary, y, a, b);
    }
}

/// a - floor(a / b) b, exactly: with the sign of b.
template <class V>
WEFT_INLINE V remainder(V a, V b) {
    using T = element<V>;
    V const r = fmod(a, b);
    V const y = select(detail::signs_differ(r, b), V(r + b), r);
    if constexpr (std::is_integral_v<T>)
        return y;
    else
        return select(y == V(T(0)), copysign(y, b), y);
}

template <class V>
WEFT_INLINE V floor_divide(V a, V b) {
    using T = element<V>;
    if constexpr (std::is_integral_v<T>) {
        V const q = a / b, r = a - q * b, zero(T(0));
        return select(detail::signs_differ(r, b) & (b != zero), V(q - V(T(1))), q);
    } else {
        // (a - remainder) / b is an integer but for rounding.
        V const r = fmod(a, b), quotient = a / b, one(T(1)), zero(T(0));
        V const near = (a - r) / b - select(detail::signs_differ(r, b), one, zero);
        V const low = floor(near), q = select(near - low > V(T(0.5)), low + one, low);
        return select(b == zero, quotient, select(q == zero, copysign(zero, quotient), q));
    }
}

}  // namespace math
}  // namespace WEFT_ISA
}  // namespace weft
