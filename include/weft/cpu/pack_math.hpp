// SPDX-License-Identifier: BSL-1.0
// Functions of packs: fused product-sum, extrema, roots, rounding and reductions.
#pragma once

#include <weft/cpu/batch_math.hpp>
#include <weft/cpu/pack.hpp>

namespace weft {
inline namespace WEFT_ISA {
namespace simd {

/// Applies f to each register (or scalar) of the packs.
template <class F, class T, int N, class... More>
WEFT_INLINE pack<T, N> lanewise(F f, pack<T, N> a, More... more) {
    using group = typename pack<T, N>::group;
    return build<group, group::parts>(
        [&](auto i) WEFT_INLINE_LAMBDA { return f(a.lane.part[i], more.lane.part[i]...); });
}

}  // namespace simd

/// a * b + c, rounded once where `has_fma`.
template <class T, int N>
WEFT_INLINE pack<T, N> fma(pack<T, N> a, std::type_identity_t<pack<T, N>> b,
                           std::type_identity_t<pack<T, N>> c) {
    if constexpr (std::is_integral_v<T>)
        return a * b + c;
    else
        return simd::lanewise([](auto x, auto y, auto z)
                                  WEFT_INLINE_LAMBDA { return simd::fused(x, y, z); },
                              a, b, c);
}

/// The larger lane; NaN if either is NaN.
template <class T, int N>
WEFT_INLINE pack<T, N> maximum(pack<T, N> a, std::type_identity_t<pack<T, N>> b) {
    if constexpr (std::is_same_v<T, bool>)
        return a | b;
    else
        return simd::lanewise(
            [](auto x, auto y) WEFT_INLINE_LAMBDA {
                auto const larger = simd::larger(x, y);
                if constexpr (std::is_integral_v<T>)
                    return larger;
                else
                    return simd::choose<decltype(x)>(x == x, larger, x);
            },
            a, b);
}

/// The smaller lane; NaN if either is NaN.
template <class T, int N>
WEFT_INLINE pack<T, N> minimum(pack<T, N> a, std::type_identity_t<pack<T, N>> b) {
    if constexpr (std::is_same_v<T, bool>)
        return a & b;
    else
        return simd::lanewise(
            [](auto x, auto y) WEFT_INLINE_LAMBDA {
                auto const smaller = simd::smaller(x, y);
                if constexpr (std::is_integral_v<T>)
                    return smaller;
                else
                    return simd::choose<decltype(x)>(x == x, smaller, x);
            },
            a, b);
}

/// The larger (smaller) lane, by one instruction: the second operand where either is NaN.
template <class T, int N>
WEFT_INLINE pack<T, N> larger_of(pack<T, N> a, pack<T, N> b) {
    return simd::lanewise(
        [](auto x, auto y) WEFT_INLINE_LAMBDA { return simd::larger(x, y); }, a, b);
}
template <class T, int N>
WEFT_INLINE pack<T, N> smaller_of(pack<T, N> a, pack<T, N> b) {
    return simd::lanewise(
        [](auto x, auto y) WEFT_INLINE_LAMBDA { return simd::smaller(x, y); }, a, b);
}

template <class T, int N>
WEFT_INLINE pack<T, N> abs(pack<T, N> x) {
    if constexpr (std::is_floating_point_v<T>) {
        using U = simd::unsigned_of<T>;
        return bit_cast_to<T>(bit_cast_to<U>(x) & pack<U, N>(static_cast<U>(~U{0} >> 1)));
    } else if constexpr (std::is_signed_v<T>) {
        return select(x < pack<T, N>(T(0)), -x, x);
    } else {
        return x;
    }
}

template <class T, int N>
WEFT_INLINE pack<T, N> sqrt(pack<T, N> x) {
    return simd::lanewise([](auto v) WEFT_INLINE_LAMBDA { return simd::root(v); }, x);
}

/// 1 / sqrt(x), at most 1.5 ulp.
template <class T, int N>
WEFT_INLINE pack<T, N> rsqrt(pack<T, N> x) {
    return simd::lanewise([](auto v) WEFT_INLINE_LAMBDA { return simd::inverse_root(v); }, x);
}

/// 1 / x, at most 1.5 ulp.
template <class T, int N>
WEFT_INLINE pack<T, N> reciprocal(pack<T, N> x) {
    return simd::lanewise([](auto v) WEFT_INLINE_LAMBDA { return simd::inverse(v); }, x);
}

template <class T, int N>
WEFT_INLINE pack<T, N> floor(pack<T, N> x) {
    return simd::lanewise([](auto v) WEFT_INLINE_LAMBDA { return simd::round_down(v); }, x);
}

/// The nearest integer, the even one of two.
template <class T, int N>
WEFT_INLINE pack<T, N> nearest(pack<T, N> x) {
    return simd::lanewise([](auto v) WEFT_INLINE_LAMBDA { return simd::round_nearest(v); }, x);
}

/// y * 2^n, rounded once, where one instruction does it.
template <class T, int N>
requires simd::can_scale<typename pack<T, N>::unit>
WEFT_INLINE pack<T, N> scale_exponent(pack<T, N> y, pack<T, N> n) {
    return simd::lanewise(
        [](auto a, auto b) WEFT_INLINE_LAMBDA { return simd::scale_by(a, b); }, y, n);
}
/// x minus the nearest integer, and 0 for infinity, where one instruction does it.
template <class T, int N>
requires simd::has_fraction<typename pack<T, N>::unit>
WEFT_INLINE pack<T, N> fraction(pack<T, N> x) {
    return simd::lanewise([](auto v) WEFT_INLINE_LAMBDA { return simd::fraction(v); }, x);
}
#if defined(__AVX512F__)
/// The number of a table, aligned to 64 bytes, that the low five bits of each lane say.
template <class V>
requires std::same_as<typename V::value_type, float>
WEFT_INLINE V look_up(float const (&table)[32], pack<std::uint32_t, V::size> at) {
    using group = typename V::group;
    return simd::build<group, group::parts>([&](auto i) WEFT_INLINE_LAMBDA {
        return simd::looked_up<typename V::unit>(table, at.lane.part[i]);
    });
}
#endif
/// m in [0.75, 1.5) and an integer e with x = m 2^e; 0 and infinity have m = 1, negative x NaN.
template <class T, int N>
requires simd::can_scale<typename pack<T, N>::unit>
WEFT_INLINE pack<T, N> split_exponent(pack<T, N> x, pack<T, N>& e) {
    auto const m = simd::lanewise([](auto v) WEFT_INLINE_LAMBDA { return simd::mantissa(v); }, x);
    e = simd::lanewise([](auto v, auto w) WEFT_INLINE_LAMBDA { return simd::exponent(v, w); }, x,
                       m);
    return m;
}

/// Each lane shifted by its own count, 0 <= count < bits of T; >> keeps the sign of signed integers.
template <class T, int N>
WEFT_INLINE pack<T, N> shift_lanes_left(pack<T, N> a, pack<T, N> count) {
    return simd::lanewise(
        [](auto x, auto n) WEFT_INLINE_LAMBDA {
            return simd::arithmetic([](auto v, auto w) WEFT_INLINE_LAMBDA { return v << w; }, x, n);
        },
        a, count);
}
template <class T, int N>
WEFT_INLINE pack<T, N> shift_lanes_right(pack<T, N> a, pack<T, N> count) {
    return simd::lanewise(
        [](auto x, auto n) WEFT_INLINE_LAMBDA { return simd::shift_right_lanes(x, n); }, a, count);
}

/// The upper 32 bits of each 64-bit product.
template <int N>
WEFT_INLINE pack<std::uint32_t, N> multiply_high(pack<std::uint32_t, N> a,
                                                 pack<std::uint32_t, N> b) {
    return simd::lanewise(
        [](auto x, auto y) WEFT_INLINE_LAMBDA { return simd::high_product(x, y); }, a, b);
}

namespace simd {

template <bool Upper, class T, int N>
WEFT_INLINE pack<T, N / 2> half(pack<T, N> x) {
    using from = typename pack<T, N>::group;
    using to = typename pack<T, N / 2>::group;
    if constexpr (std::is_same_v<typename from::unit, typename to::unit>) {
        return build<to, to::parts>(
            [&](auto i) WEFT_INLINE_LAMBDA { return x.lane.part[i + (Upper ? to::parts : 0)]; });
    } else {
#if defined(__GNUC__)
        auto const v = chunk < T, Upper ? N / 2 : 0, N / 2 > (x.lane);
        if constexpr (is_vector<typename to::unit>)
            return pack<T, N / 2>(to{{from_vec<typename to::unit>(v)}});
        else
            return pack<T, N / 2>(__builtin_bit_cast(to, v));
#else
        T lane[static_cast<std::size_t>(N)];
        x.store(lane);
        return pack<T, N / 2>::load(lane + (Upper ? N / 2 : 0));
#endif
    }
}

#if defined(__GNUC__)
template <int Step, class F, class T, int N>
WEFT_INLINE pack<T, N> fold(F f, pack<T, N> x) {
    using group = typename pack<T, N>::group;
    if constexpr (Step == 0) {
        return x;
    } else {
        auto const v = to_vec<T>(x.lane.part[0]);
        auto const moved = [&]<int... I>(std::integer_sequence<int, I...>) WEFT_INLINE_LAMBDA {
            return __builtin_shufflevector(v, v, ((I + Step) % N)...);
        }
        (std::make_integer_sequence<int, N>{});
        return fold<Step / 2>(f, f(x, pack<T, N>(group{{from_vec<typename group::unit>(moved)}})));
    }
}
template <class T, int N>
WEFT_INLINE T first_lane(pack<T, N> x) {
    return to_vec<T>(x.lane.part[0])[0];
}
#endif

/// Lane i with lane i + N/2, then the same with half as many lanes: the order is the same on every
/// instruction set.
template <class F, class T, int N>
WEFT_INLINE T reduce(F f, pack<T, N> x) {
    using group = typename pack<T, N>::group;
    if constexpr (N == 1) {
        return x.lane.part[0];
#if defined(__GNUC__)
    } else if constexpr (is_vector<typename group::unit> && sizeof(T) * N == 16) {
        // The smallest register: its halves are folded in place, and lane 0 is the answer.
        return first_lane(fold<N / 2>(f, x));
#endif
    } else {
        return reduce(f, f(half<false>(x), half<true>(x)));
    }
}

}  // namespace simd

template <class T, int N>
WEFT_INLINE T reduce_add(pack<T, N> x) {
    return simd::reduce([](auto a, auto b) WEFT_INLINE_LAMBDA { return a + b; }, x);
}
template <class T, int N>
WEFT_INLINE T reduce_multiply(pack<T, N> x) {
    return simd::reduce([](auto a, auto b) WEFT_INLINE_LAMBDA { return a * b; }, x);
}
/// NaN if any lane is NaN.
template <class T, int N>
WEFT_INLINE T reduce_max(pack<T, N> x) {
    return simd::reduce([](auto a, auto b) WEFT_INLINE_LAMBDA { return maximum(a, b); }, x);
}
/// NaN if any lane is NaN.
template <class T, int N>
WEFT_INLINE T reduce_min(pack<T, N> x) {
    return simd::reduce([](auto a, auto b) WEFT_INLINE_LAMBDA { return minimum(a, b); }, x);
}

}  // namespace WEFT_ISA
}  // namespace weft
