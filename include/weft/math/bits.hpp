// SPDX-License-Identifier: BSL-1.0
// Tests for infinity, and shifts by as many bits as another value says. The reference evaluator's
// integers are doubles, whose bits are those of the integer they hold.
#pragma once

#include <weft/math/value.hpp>

namespace weft {
inline namespace WEFT_ISA {
namespace math {

template <Number T>
inline std::int64_t bits_of(T x) {
    return x >= static_cast<T>(0x1p63) ? static_cast<std::int64_t>(static_cast<std::uint64_t>(x))
                                       : static_cast<std::int64_t>(x);
}
template <Number T>
inline T of_bits(std::int64_t x) {
    return static_cast<T>(x);
}

template <class V>
WEFT_INLINE auto isinf(V x) {
    if constexpr (std::is_floating_point_v<element<V>>)
        return abs(x) == V(infinity<element<V>>);
    else
        return x != x;
}
template <class V>
WEFT_INLINE auto isfinite(V x) {
    if constexpr (std::is_floating_point_v<element<V>>)
        return abs(x) < V(infinity<element<V>>);
    else
        return x == x;
}

/// a 2^b; 0 where b is negative or at least the number of bits.
template <class V>
WEFT_INLINE V shifted_left(V a, V b) {
    if constexpr (Number<V>) {
        if (b < 0 || b > 63) return V(0);
        return of_bits<V>(static_cast<std::int64_t>(static_cast<std::uint64_t>(bits_of(a))
                                                    << static_cast<int>(b)));
    } else {
        using U = bits_element<V>;
        auto const within = bits(b) < bits_of_value<V>(U{8 * sizeof(U)});
        V const count = select(within, b, V(element<V>(0)));
        return select(within, shift_lanes_left(a, count), V(element<V>(0)));
    }
}
/// floor(a / 2^b); b that is negative or at least the number of bits shifts all out but the sign.
template <class V>
WEFT_INLINE V shifted_right(V a, V b) {
    if constexpr (Number<V>) {
        if (b < 0 || b > 63) return V(a < 0 ? -1 : 0);
        return of_bits<V>(bits_of(a) >> static_cast<int>(b));
    } else {
        using T = element<V>;
        using U = bits_element<V>;
        constexpr auto last = static_cast<U>(8 * sizeof(U) - 1);
        auto const within = bits(b) <= bits_of_value<V>(last);
        V const y = shift_lanes_right(a, select(within, b, V(static_cast<T>(last))));
        return std::is_signed_v<T> ? y : select(within, y, V(T(0)));
    }
}

}  // namespace math
}  // namespace WEFT_ISA
}  // namespace weft
