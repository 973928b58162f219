// SPDX-License-Identifier: BSL-1.0
// What the algorithms of this folder are written in: primitives that exist alike for numbers, here,
// and for packs, which bring their own in cpu/. Compiler builtins only; no SIMD header is known.
#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>

#include <weft/cpu/isa.hpp>

namespace weft {
inline namespace WEFT_ISA {
/// Elementwise functions of a value V: a number (float, double) or a pack of them. At most 2 ulp
/// off, 4 in powers, with the special values of NumPy; docs/measurements/accuracy.md.
namespace math {

namespace detail {

template <class V>
struct element_of {
    using type = typename V::value_type;
};
template <class V>
requires std::is_arithmetic_v<V>
struct element_of<V> {
    using type = V;
};

template <int Bytes>
struct unsigned_of_size;
template <>
struct unsigned_of_size<1> {
    using type = std::uint8_t;
};
template <>
struct unsigned_of_size<2> {
    using type = std::uint16_t;
};
template <>
struct unsigned_of_size<4> {
    using type = std::uint32_t;
};
template <>
struct unsigned_of_size<8> {
    using type = std::uint64_t;
};

}  // namespace detail

template <class V>
using element = typename detail::element_of<V>::type;
template <class V>
using bits_element = typename detail::unsigned_of_size<sizeof(element<V>)>::type;

template <class T>
concept Number = std::is_arithmetic_v<T>;

// ---- the primitives of numbers ----

template <Number T>
WEFT_INLINE T fma(T a, std::type_identity_t<T> b, std::type_identity_t<T> c) {
    if constexpr (!has_fma)
        return a * b + c;
    else if constexpr (sizeof(T) == 4)
        return __builtin_fmaf(a, b, c);
    else
        return __builtin_fma(a, b, c);
}
template <Number T>
WEFT_INLINE T select(bool c, T a, std::type_identity_t<T> b) {
    return c ? a : b;
}
template <Number T>
WEFT_INLINE T abs(T x) {
    if constexpr (!std::is_floating_point_v<T>)
        return x < 0 ? static_cast<T>(-x) : x;
    else if constexpr (sizeof(T) == 4)
        return __builtin_fabsf(x);
    else
        return __builtin_fabs(x);
}
template <Number T>
WEFT_INLINE T sqrt(T x) {
    if constexpr (sizeof(T) == 4)
        return __builtin_sqrtf(x);
    else
        return __builtin_sqrt(x);
}
template <Number T>
WEFT_INLINE T floor(T x) {
    if constexpr (sizeof(T) == 4)
        return __builtin_floorf(x);
    else
        return __builtin_floor(x);
}
/// The nearest integer, the even one of two.
template <Number T>
WEFT_INLINE T nearest(T x) {
    if constexpr (sizeof(T) == 4)
        return __builtin_nearbyintf(x);
    else
        return __builtin_nearbyint(x);
}
template <class To, Number From>
WEFT_INLINE To bit_cast_to(From x) {
    return __builtin_bit_cast(To, x);
}
template <class To, Number From>
WEFT_INLINE To cast(From x) {
    return static_cast<To>(x);
}
WEFT_INLINE bool any(bool m) { return m; }
WEFT_INLINE bool all(bool m) { return m; }

// ---- what follows from the primitives ----

template <class V>
using bits_of_value = decltype(bit_cast_to<bits_element<V>>(V()));
template <class V>
using mask_of_value = decltype(V() < V());

template <class T>
inline constexpr T infinity = static_cast<T>(__builtin_inf());
template <class T>
inline constexpr T not_a_number = static_cast<T>(__builtin_nan(""));
template <class T>
inline constexpr int fraction_bits = sizeof(T) == 4 ? 23 : 52;
template <class T>
inline constexpr int exponent_bias = sizeof(T) == 4 ? 127 : 1023;
template <class T>
inline constexpr T smallest_normal = static_cast<T>(sizeof(T) == 4 ? 0x1p-126 : 0x1p-1022);
/// Added to a number of moderate size, it rounds to an integer that stands in the low bits.
template <class T>
inline constexpr T rounder = static_cast<T>(sizeof(T) == 4 ? 0x1.8p23 : 0x1.8p52);

/// The bits of x; `value_of` goes back.
template <class V>
WEFT_INLINE auto bits(V x) {
    return bit_cast_to<bits_element<V>>(x);
}
template <class T, class U>
WEFT_INLINE auto value_of(U x) {
    return bit_cast_to<T>(x);
}
template <class V>
WEFT_INLINE auto sign_bit(V x) {
    using U = bits_element<V>;
    return bits(x) & bits_of_value<V>(static_cast<U>(U{1} << (8 * sizeof(U) - 1)));
}
/// x with the sign flipped where `sign` has the upper bit.
template <class V, class U>
WEFT_INLINE V flipped(V x, U sign) {
    return value_of<element<V>>(bits(x) ^ sign);
}
/// The size of the first with the sign of the second.
template <class V>
WEFT_INLINE V copysign(V x, V sign) {
    return flipped(abs(x), sign_bit(sign));
}

/// x, but where it is above `high` (below `low`) that; NaN stays.
template <class V>
WEFT_INLINE V at_most(V x, element<V> high) {
    if constexpr (requires { smaller_of(V(high), x); })
        return smaller_of(V(high), x);
    else
        return select(x > V(high), V(high), x);
}
template <class V>
WEFT_INLINE V at_least(V x, element<V> low) {
    if constexpr (requires { larger_of(V(low), x); })
        return larger_of(V(low), x);
    else
        return select(x < V(low), V(low), x);
}

/// A number as the sum of two, of which the second is at most half a place of the first.
template <class V>
struct two {
    V high, low;
};

/// a + b exactly, for |a| >= |b|.
template <class V>
WEFT_INLINE two<V> fast_sum(V a, V b) {
    V const s = a + b;
    return {s, b - (s - a)};
}
/// a + b exactly.
template <class V>
WEFT_INLINE two<V> exact_sum(V a, V b) {
    V const s = a + b, t = s - a;
    return {s, (a - (s - t)) + (b - t)};
}
/// a * b exactly, if it neither overflows nor becomes subnormal.
template <class V>
WEFT_INLINE two<V> exact_product(V a, V b) {
    V const p = a * b;
    if constexpr (has_fma) {
        return {p, fma(a, b, -p)};
    } else {  // Dekker: halves, whose products are exact
        using U = bits_element<V>;
        constexpr U mask = static_cast<U>(~U{0} << (sizeof(U) == 4 ? 12 : 27));
        V const ah = value_of<element<V>>(bits(a) & bits_of_value<V>(mask)), al = a - ah;
        V const bh = value_of<element<V>>(bits(b) & bits_of_value<V>(mask)), bl = b - bh;
        return {p, ((ah * bh - p) + ah * bl + al * bh) + al * bl};
    }
}
/// c - a * b, rounded once where that is exact or `has_fma`.
template <class V>
WEFT_INLINE V minus_product(V c, V a, V b) {
    if constexpr (has_fma) {
        return fma(-a, b, c);
    } else {
        two<V> const p = exact_product(a, b);
        return (c - p.high) - p.low;
    }
}

namespace detail {

template <class V, class T, int... I>
WEFT_INLINE V horner(V x, T const* c, std::integer_sequence<int, I...>) {
    V y(c[sizeof...(I)]);
    ((y = fma(y, x, V(c[static_cast<int>(sizeof...(I)) - 1 - I]))), ...);
    return y;
}
template <class V, class T, int... I>
WEFT_INLINE V two_horners(V x, T const* c, std::integer_sequence<int, I...>) {
    constexpr int n = 2 * sizeof...(I);
    V const square = x * x;
    V even(c[n]), odd(c[n + 1]);
    ((even = fma(even, square, V(c[n - 2 - 2 * I])), odd = fma(odd, square, V(c[n - 1 - 2 * I]))),
     ...);
    return fma(odd, x, even);
}

}  // namespace detail

/// c[0] + c[1] x + c[2] x^2 ... Long ones as two chains, one after even and one after odd powers.
template <class V, class T, int N>
WEFT_INLINE V polynomial(V x, T const (&c)[N]) {
    if constexpr (N < 8)
        return detail::horner(x, c, std::make_integer_sequence<int, N - 1>());
    else if constexpr (N % 2 == 0)
        return detail::two_horners(x, c, std::make_integer_sequence<int, N / 2 - 1>());
    else
        return fma(detail::two_horners(x, c + 1, std::make_integer_sequence<int, N / 2 - 1>()), x,
                   V(c[0]));
}

/// One chain: for coefficients whose signs alternate, so that the two others would cancel.
template <class V, class T, int N>
WEFT_INLINE V alternating(V x, T const (&c)[N]) {
    return detail::horner(x, c, std::make_integer_sequence<int, N - 1>());
}

/// y * 2^n, rounded once also where it is subnormal; n is an integer.
template <class V>
WEFT_INLINE V scaled(V y, V n) {
    if constexpr (requires { scale_exponent(y, n); }) {
        return scale_exponent(y, n);
    } else {
        // By 2^(n/2), exactly, then by the rest. The upper bits of the rounder are shifted out.
        using T = element<V>;
        using U = bits_element<V>;
        using B = bits_of_value<V>;
        constexpr int shift = fraction_bits<T>;
        B const k = bits(n + V(rounder<T>));
        B const half = ((k >> 1) << shift) + B(U(exponent_bias<T>) << shift);
        B const rest = ((k + B(U(2 * exponent_bias<T>))) << shift) - half;
        return y * value_of<T>(half) * value_of<T>(rest);
    }
}
/// 2^n for an integer n, within the normal range.
template <class V>
WEFT_INLINE V power_of_two(V n) {
    using T = element<V>;
    using U = bits_element<V>;
    using B = bits_of_value<V>;
    if constexpr (requires { scale_exponent(n, n); })
        return scale_exponent(V(T(1)), n);
    else
        return value_of<T>((bits(n + V(rounder<T>)) + B(U(exponent_bias<T>))) << fraction_bits<T>);
}

/// x = m 2^e with 0.75 <= m < 1.5. 0 and infinity have m = 1 and an infinite e, a negative x NaN.
template <class V>
struct parts {
    V m, e;
};
template <class V>
WEFT_INLINE parts<V> split(V x) {
    if constexpr (requires { split_exponent(x, x); }) {
        V e;
        V const m = split_exponent(x, e);
        return {m, e};
    } else {
        using T = element<V>;
        using U = bits_element<V>;
        using B = bits_of_value<V>;
        constexpr int shift = fraction_bits<T>;
        constexpr U bias = U(exponent_bias<T>);
        constexpr U start = (bias << shift) - __builtin_bit_cast(U, T(0.75));
        constexpr U round = __builtin_bit_cast(U, rounder<T>);
        bool const ordinary = all((x >= V(smallest_normal<T>)) & (x < V(infinity<T>)));
        V whole = x, less(T(0));
        if (!ordinary) [[unlikely]] {
            whole = select(x < V(smallest_normal<T>), x * V(T(U{1} << shift)), x);
            less = select(x < V(smallest_normal<T>), V(T(shift)), V(T(0)));
        }
        B const k = (bits(whole) + B(start)) >> shift;  // the exponent, biased
        parts<V> result{value_of<T>(bits(whole) - ((k - B(bias)) << shift)),
                        value_of<T>(k + B(round - bias)) - V(rounder<T>) - less};
        if (!ordinary) [[unlikely]] {
            auto const endless = (x == V(T(0))) | (x == V(infinity<T>));
            result.m = select(endless, V(T(1)), result.m);
            result.m = select(x < V(T(0)), V(not_a_number<T>), result.m);
            result.m = select(x == x, result.m, x);
            result.e = select(endless, select(x == V(T(0)), V(-infinity<T>), x), result.e);
        }
        return result;
    }
}

/// y, but f(x...) where the mask holds, number by number: for what is rare.
template <class F, class V, class... More>
[[gnu::noinline, gnu::cold]] V patched(F f, mask_of_value<V> const& mask, V const& y, V const& x,
                                       More const&... more) {
    if constexpr (Number<V>) {
        return mask ? f(x, more...) : y;
    } else {
        using T = element<V>;
        constexpr auto n = static_cast<std::size_t>(V::size);
        constexpr std::size_t count = 1 + sizeof...(More);
        bool at[n];
        T value[n], from[count][n];
        mask.store(at);
        y.store(value);
        std::size_t next = 0;
        x.store(from[next++]);
        (more.store(from[next++]), ...);
        for (std::size_t i = 0; i < n; ++i)
            if (at[i]) {
                if constexpr (count == 1)
                    value[i] = f(from[0][i]);
                else
                    value[i] = f(from[0][i], from[1][i]);
            }
        return V::load(value);
    }
}

}  // namespace math
}  // namespace WEFT_ISA
}  // namespace weft
