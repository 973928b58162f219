// SPDX-License-Identifier: BSL-1.0
// Groups of registers: the lanes of one pack, converted between element types and between the
// mask forms that belong to them. Stands between batch.hpp (one register) and pack.hpp.
#pragma once

#include <weft/cpu/batch.hpp>

#include <utility>

namespace weft {
inline namespace WEFT_ISA {
namespace simd {

/// P registers (or scalars) that hold the lanes of one pack in order.
template <class B, int P>
struct group {
    using unit = B;
    static constexpr int parts = P;
    static constexpr int width = width_of<B>;
    static constexpr int lanes = P * width_of<B>;
    B part[static_cast<std::size_t>(P)];
};

/// How many of the first n lanes lie in part i.
template <class G>
WEFT_INLINE int count_in_part(int n, int i) {
    if constexpr (G::parts == 1) return n;
    int const rest = n - i * G::width;
    return rest < 0 ? 0 : rest > G::width ? G::width : rest;
}

/// Calls f(integral_constant<int, I>) for I in [0, N), unrolled, and returns R{f(0), f(1), ...}.
template <class R, int N, class F>
WEFT_INLINE R build(F f) {
    return [&]<int... I>(std::integer_sequence<int, I...>) WEFT_INLINE_LAMBDA {
        return R{{f(std::integral_constant<int, I>{})...}};
    }
    (std::make_integer_sequence<int, N>{});
}
template <int N, class F>
WEFT_INLINE void repeat(F f) {
    [&]<int... I>(std::integer_sequence<int, I...>) WEFT_INLINE_LAMBDA {
        (f(std::integral_constant<int, I>{}), ...);
    }
    (std::make_integer_sequence<int, N>{});
}

#if defined(__GNUC__)
// A group seen as compiler vectors of `W` lanes. Scalars are one short vector.
template <class G>
inline constexpr int chunk_width = is_vector<typename G::unit> ? G::width : G::lanes;

template <int Offset, class T, int W, class V>
WEFT_INLINE auto sub_vector(V x) {
    return [&]<int... I>(std::integer_sequence<int, I...>) WEFT_INLINE_LAMBDA {
        return __builtin_shufflevector(x, x, (Offset + I)...);
    }
    (std::make_integer_sequence<int, W>{});
}
template <int W, class V>
WEFT_INLINE auto join(V a, V b) {
    return [&]<int... I>(std::integer_sequence<int, I...>) WEFT_INLINE_LAMBDA {
        return __builtin_shufflevector(a, b, I...);
    }
    (std::make_integer_sequence<int, 2 * W>{});
}

/// Lanes [First, First + W) of a group of T, as a compiler vector.
template <class T, int First, int W, class G>
WEFT_INLINE auto chunk(G const& x) {
    if constexpr (!is_vector<typename G::unit>) {
        auto const whole = __builtin_bit_cast(vec<T, G::lanes>, x.part);
        if constexpr (W == G::lanes)
            return whole;
        else
            return sub_vector<First, T, W>(whole);
    } else if constexpr (W <= G::width) {
        auto const whole = to_vec<T>(x.part[First / G::width]);
        if constexpr (W == G::width)
            return whole;
        else
            return sub_vector<First % G::width, T, W>(whole);
    } else {
        return join<W / 2>(chunk<T, First, W / 2>(x), chunk<T, First + W / 2, W / 2>(x));
    }
}

/// Bytes and 16-bit integers to 32-bit ones; one instruction from SSE4.1 on, where g++ 12 would
/// take the lanes one by one.
template <class From, int W>
WEFT_INLINE vec<std::int32_t, W> widen(vec<From, W> x) {
#if defined(__SSE4_1__)
    constexpr bool byte = sizeof(From) == 1, plus = std::is_unsigned_v<From>;
    [[maybe_unused]] __m128i r{};
    if constexpr (sizeof(x) == 16) r = __builtin_bit_cast(__m128i, x);
    if constexpr (sizeof(x) == 8) r = _mm_cvtsi64_si128(__builtin_bit_cast(std::int64_t, x));
    if constexpr (sizeof(x) == 4) r = _mm_cvtsi32_si128(__builtin_bit_cast(std::int32_t, x));
    using to = vec<std::int32_t, W>;
    if constexpr (W == 4 && byte)
        return __builtin_bit_cast(to, plus ? _mm_cvtepu8_epi32(r) : _mm_cvtepi8_epi32(r));
    else if constexpr (W == 4)
        return __builtin_bit_cast(to, plus ? _mm_cvtepu16_epi32(r) : _mm_cvtepi16_epi32(r));
#if defined(__AVX2__)
    else if constexpr (W == 8 && byte)
        return __builtin_bit_cast(to, plus ? _mm256_cvtepu8_epi32(r) : _mm256_cvtepi8_epi32(r));
    else if constexpr (W == 8)
        return __builtin_bit_cast(to, plus ? _mm256_cvtepu16_epi32(r) : _mm256_cvtepi16_epi32(r));
#endif
#if defined(__AVX512F__)
    else if constexpr (W == 16 && byte)
        return __builtin_bit_cast(to, plus ? _mm512_maskz_cvtepu8_epi32(0xffff, r)
                                           : _mm512_maskz_cvtepi8_epi32(0xffff, r));
    else if constexpr (W == 16)
        return __builtin_bit_cast(
            to, plus ? _mm512_maskz_cvtepu16_epi32(0xffff, __builtin_bit_cast(__m256i, x))
                     : _mm512_maskz_cvtepi16_epi32(0xffff, __builtin_bit_cast(__m256i, x)));
#endif
    else
#endif
        return __builtin_convertvector(x, vec<std::int32_t, W>);
}

// One conversion of W lanes. What takes two instructions goes through 32-bit integers, because g++
// 12 has no such pair and falls back to scalars.
template <class To, class From, int W>
WEFT_INLINE auto convert_vector(vec<From, W> x) {
    constexpr bool to_float = std::is_floating_point_v<To>;
    constexpr bool from_float = std::is_floating_point_v<From>;
#if defined(__AVX512F__)
    if constexpr (std::is_same_v<To, double> && std::is_same_v<From, float> && W == 8)
        return __builtin_bit_cast(vec<To, W>,
                                  _mm512_maskz_cvtps_pd(0xff, __builtin_bit_cast(__m256, x)));
    else
#endif
        if constexpr (W > 1 && !from_float && sizeof(From) < 4 && sizeof(To) >= 4)
        return __builtin_convertvector((widen<From, W>(x)), vec<To, W>);
    else if constexpr (W > 1 && from_float && !to_float && sizeof(To) < 4)
        return __builtin_convertvector(__builtin_convertvector(x, vec<std::int32_t, W>),
                                       vec<To, W>);
    else
        return __builtin_convertvector(x, vec<To, W>);
}

// A conversion in the width of the wider side, so that no vector exceeds a register.
template <class To, class From, int First, int W, int Step, class G>
WEFT_INLINE auto converted(G const& x) {
    if constexpr (W <= Step)
        return convert_vector<To, From, W>(chunk<From, First, W>(x));
    else
        return join<W / 2>(converted<To, From, First, W / 2, Step>(x),
                           converted<To, From, First + W / 2, W / 2, Step>(x));
}
#endif

/// Converts the lanes of x, seen as From, to a group G of To.
template <class G, class To, class From, class X>
WEFT_INLINE G convert(X const& x) {
#if defined(__GNUC__)
    if constexpr (is_vector<typename G::unit> || is_vector<typename X::unit>) {
        if constexpr (!is_vector<typename G::unit>) {
            constexpr int step = chunk_width<X>;
            auto const all = converted<To, From, 0, G::lanes, step>(x);
            return __builtin_bit_cast(G, all);
        } else {
            constexpr int step = chunk_width<X> < chunk_width<G> ? chunk_width<X> : chunk_width<G>;
            return build<G, G::parts>([&](auto i) WEFT_INLINE_LAMBDA {
                return from_vec<typename G::unit>(
                    converted<To, From, i * G::width, G::width, step>(x));
            });
        }
    } else
#endif
    {
        From from[static_cast<std::size_t>(G::lanes)];
        To to[static_cast<std::size_t>(G::lanes)];
        static_assert(sizeof(from) == sizeof(x) && sizeof(to) == sizeof(G));
        std::memcpy(from, &x, sizeof from);
        for (int i = 0; i < G::lanes; ++i) to[i] = static_cast<To>(from[i]);
        G result;
        std::memcpy(&result, to, sizeof to);
        return result;
    }
}

template <class X>
WEFT_INLINE std::uint64_t all_bits(X const& x) {
    static_assert(X::lanes <= 64, "weft::pack: masks of more than 64 lanes do not convert");
    std::uint64_t bits = 0;
    repeat<X::parts>([&](auto i)
                         WEFT_INLINE_LAMBDA { bits |= mask_bits(x.part[i]) << (i * X::width); });
    return bits;
}

/// The same mask in the form that belongs to another element type.
template <class G, class X>
WEFT_INLINE G regroup(X const& x) {
    static_assert(G::lanes == X::lanes);
    using to = typename G::unit;
    using from = typename X::unit;
    if constexpr (std::is_same_v<G, X>) {
        return x;
    } else if constexpr (G::width == X::width && is_vector<to> && is_vector<from> &&
                         !unit_traits<to>::bits && !unit_traits<from>::bits &&
                         sizeof(to) == sizeof(from)) {
        return build<G, G::parts>([&](auto i) WEFT_INLINE_LAMBDA { return recast<to>(x.part[i]); });
#if defined(__GNUC__)
    } else if constexpr (is_vector<to> && is_vector<from> && !unit_traits<to>::bits &&
                         !unit_traits<from>::bits) {
        return convert<G, signed_of<value_of<to>>, signed_of<value_of<from>>>(x);
#endif
    } else {
        auto const bits = all_bits(x);
        return build<G, G::parts>(
            [&](auto i) WEFT_INLINE_LAMBDA { return mask_from_bits<to>(bits >> (i * G::width)); });
    }
}

}  // namespace simd
}  // namespace WEFT_ISA
}  // namespace weft
