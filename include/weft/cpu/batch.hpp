// SPDX-License-Identifier: BSL-1.0
// One vector register, whichever register.hpp has chosen: hides what differs between the compiler's
// vectors and xsimd 8.1 to 14 and what is wrong in any, and gives scalars the same functions.
// pack.hpp builds packs of any number of lanes on it.
#pragma once

#include <weft/cpu/isa.hpp>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // in GCC's own AVX-512 headers
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif
#include <weft/cpu/register.hpp>
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

namespace weft {
inline namespace WEFT_ISA {
namespace simd {

template <class B, bool = register_traits<B>::vector>
struct unit_traits : register_traits<B> {};
template <class B>
struct unit_traits<B, false> {  // a scalar
    using value = B;
    using mask = bool;
    static constexpr int width = 1;
    static constexpr bool vector = false;
};
template <>
struct unit_traits<bool, false> {
    using value = bool;
    static constexpr int width = 1;
    static constexpr bool vector = false;
    static constexpr bool bits = false;
};

template <class B>
using value_of = typename unit_traits<B>::value;
template <class B>
using mask_of = typename unit_traits<B>::mask;
template <class B>
inline constexpr int width_of = unit_traits<B>::width;
template <class B>
inline constexpr bool is_vector = unit_traits<B>::vector;

/// The same bits in a register class of another element type.
template <class To, class From>
WEFT_INLINE To recast(From x) {
    if constexpr (is_vector<To> && is_vector<From>)
        return To(__builtin_bit_cast(typename To::register_type, x.data));
    else
        return __builtin_bit_cast(To, x);
}

#if defined(__GNUC__)

template <class T, class B>
WEFT_INLINE auto to_vec(B x) {
    return __builtin_bit_cast(vec<T, width_of<B>>, x.data);
}
template <class B, class V>
WEFT_INLINE B from_vec(V x) {
    return B(__builtin_bit_cast(typename B::register_type, x));
}
#endif

/// The type in which arithmetic on T wraps around instead of being undefined.
template <class T>
using wrapping =
    std::conditional_t<std::is_integral_v<T>,
                       std::conditional_t<(sizeof(T) < 4), std::uint32_t, unsigned_of<T>>, T>;

/// The same for the lanes of vectors, which are not promoted.
template <class T, bool = std::is_integral_v<T>>
struct lane_arithmetic {
    using type = T;
};
template <class T>
struct lane_arithmetic<T, true> {
    using type = unsigned_of<T>;
};
template <class T>
using wrapping_lane = typename lane_arithmetic<T>::type;

/// Applies + - * / or a bit operator to each lane.
template <class F, class B, class... More>
WEFT_INLINE B arithmetic(F f, B a, More... more) {
    using T = value_of<B>;
    if constexpr (!is_vector<B>) {
        using W = wrapping<T>;
        return static_cast<T>(f(static_cast<W>(a), static_cast<W>(more)...));
    } else {
#if defined(__GNUC__)
        if constexpr (std::is_integral_v<T>)
            return from_vec<B>(f(to_vec<unsigned_of<T>>(a), to_vec<unsigned_of<T>>(more)...));
        else
            return from_vec<B>(f(to_vec<T>(a), to_vec<T>(more)...));
#else
        return f(a, more...);
#endif
    }
}

template <class B>
WEFT_INLINE B broadcast(value_of<B> x) {
    return B(x);
}

template <class B>
WEFT_INLINE B shift_left(B a, int n) {
    return arithmetic([n](auto x) WEFT_INLINE_LAMBDA { return x << n; }, a);
}

template <class B>
WEFT_INLINE B shift_right(B a, int n) {
    using T = value_of<B>;
    if constexpr (!is_vector<B>)
        return static_cast<T>(a >> n);
    else
#if defined(__GNUC__)
        return from_vec<B>(to_vec<T>(a) >> n);
#else
        return a >> n;
#endif
}

/// Each lane by its own count.
template <class B>
WEFT_INLINE B shift_right_lanes(B a, B n) {
    using T = value_of<B>;
    if constexpr (!is_vector<B>)
        return static_cast<T>(a >> n);
    else
#if defined(__GNUC__)
        return from_vec<B>(to_vec<T>(a) >> to_vec<T>(n));
#else
        return a >> n;
#endif
}

template <class M>
WEFT_INLINE M mask_not(M a) {
    if constexpr (!is_vector<M>)
        return !a;
    else if constexpr (unit_traits<M>::bits)
        return M(static_cast<typename M::register_type>(~a.data));
    else
#if defined(__GNUC__)
        return from_vec<M>(~to_vec<signed_of<value_of<M>>>(a));
#else
        return ~a;
#endif
}

// xsimd's ^ on masks is | on AVX-512 before 14; bits are bits.
template <class F, class M>
WEFT_INLINE M mask_logic(F f, M a, M b) {
    if constexpr (!is_vector<M>)
        return f(a, b) != 0;
    else if constexpr (unit_traits<M>::bits)
        return M(static_cast<typename M::register_type>(f(a.data, b.data)));
    else
#if defined(__GNUC__)
        return from_vec<M>(f(to_vec<signed_of<value_of<M>>>(a), to_vec<signed_of<value_of<M>>>(b)));
#else
        return f(a, b);
#endif
}

/// Bit i of the result is lane i.
template <class M>
WEFT_INLINE std::uint64_t mask_bits(M a) {
    if constexpr (!is_vector<M>) {
        return a;
    } else if constexpr (unit_traits<M>::bits) {
        // xsimd 14 keeps 4 lanes in 8 bits, of which `~` sets the upper ones.
        return a.data & (~std::uint64_t{0} >> (64 - width_of<M>));
    } else {
        constexpr std::size_t element = sizeof(value_of<M>), bytes = sizeof(a.data);
#if WEFT_X86
        if constexpr (bytes == 16) {
            auto const r = __builtin_bit_cast(__m128i, a.data);
            if constexpr (element == 1)
                return static_cast<std::uint32_t>(_mm_movemask_epi8(r));
            else if constexpr (element == 2)
                return static_cast<std::uint32_t>(
                    _mm_movemask_epi8(_mm_packs_epi16(r, _mm_setzero_si128())));
            else if constexpr (element == 4)
                return static_cast<std::uint32_t>(_mm_movemask_ps(_mm_castsi128_ps(r)));
            else
                return static_cast<std::uint32_t>(_mm_movemask_pd(_mm_castsi128_pd(r)));
        }
#if defined(__AVX__)
        if constexpr (bytes == 32) {
            auto const r = __builtin_bit_cast(__m256i, a.data);
            auto const low = _mm256_castsi256_si128(r), high = _mm256_extractf128_si256(r, 1);
            if constexpr (element == 1)
                return static_cast<std::uint32_t>(_mm_movemask_epi8(low)) |
                       static_cast<std::uint64_t>(
                           static_cast<std::uint32_t>(_mm_movemask_epi8(high)))
                           << 16;
            else if constexpr (element == 2)
                return static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_packs_epi16(low, high)));
            else if constexpr (element == 4)
                return static_cast<std::uint32_t>(_mm256_movemask_ps(_mm256_castsi256_ps(r)));
            else
                return static_cast<std::uint32_t>(_mm256_movemask_pd(_mm256_castsi256_pd(r)));
        }
#endif
#endif
        if constexpr (!(WEFT_X86 && (bytes == 16 || bytes == 32))) {
            bool lane[width_of<M>];
            a.store_unaligned(lane);
            std::uint64_t bits = 0;
            for (int i = 0; i < width_of<M>; ++i) bits |= std::uint64_t{lane[i]} << i;
            return bits;
        }
    }
}

template <class M>
WEFT_INLINE M mask_from_bits(std::uint64_t bits) {
    if constexpr (!is_vector<M>) {
        return (bits & 1) != 0;
    } else if constexpr (unit_traits<M>::bits) {
        return M(static_cast<typename M::register_type>(bits));
    } else {
#if defined(__GNUC__)
        constexpr int n = width_of<M>;
        using U = unsigned_of<value_of<M>>;
#if defined(__AVX512BW__) && defined(__AVX512VL__)
        if constexpr (sizeof(U) == 1 && n == 16)
            return from_vec<M>(_mm_movm_epi8(static_cast<__mmask16>(bits)));
        if constexpr (sizeof(U) == 1 && n == 32)
            return from_vec<M>(_mm256_movm_epi8(static_cast<__mmask32>(bits)));
        if constexpr (sizeof(U) == 2 && n == 8)
            return from_vec<M>(_mm_movm_epi16(static_cast<__mmask8>(bits)));
        if constexpr (sizeof(U) == 2 && n == 16)
            return from_vec<M>(_mm256_movm_epi16(static_cast<__mmask16>(bits)));
#endif
        auto const lane_bit = [&]<std::size_t... I>(std::index_sequence<I...>) WEFT_INLINE_LAMBDA {
            return vec<U, n>{static_cast<U>(1u << (sizeof(U) == 1 ? I % 8 : I))...};
        }
        (std::make_index_sequence<static_cast<std::size_t>(n)>{});
        if constexpr (sizeof(U) == 1) {
            auto const spread = [&]<std::size_t... I>(std::index_sequence<I...>)
                WEFT_INLINE_LAMBDA {
                return vec<std::uint64_t, n / 8>{
                    (((bits >> (8 * I)) & 255) * std::uint64_t{0x0101010101010101})...};
            }
            (std::make_index_sequence<static_cast<std::size_t>(n / 8)>{});
            auto const all = __builtin_bit_cast(vec<U, n>, spread);
            return from_vec<M>((all & lane_bit) == lane_bit);
        } else {
            auto const all = vec<U, n>{} + static_cast<U>(bits);
            return from_vec<M>((all & lane_bit) == lane_bit);
        }
#else
        bool lane[width_of<M>];
        for (int i = 0; i < width_of<M>; ++i) lane[i] = ((bits >> i) & 1) != 0;
        return M::load_unaligned(lane);
#endif
    }
}

#if defined(__AVX512BW__) && defined(__AVX512VL__)
// xsimd 8.1's select of integers does not compile at -O0.
template <class T, class R>
WEFT_INLINE R blend(lane_mask<static_cast<int>(sizeof(R) / sizeof(T))> k, R a, R b) {
    if constexpr (std::is_same_v<T, float> && sizeof(R) == 64)
        return _mm512_mask_blend_ps(k, b, a);
    else if constexpr (std::is_same_v<T, double> && sizeof(R) == 64)
        return _mm512_mask_blend_pd(k, b, a);
    else if constexpr (std::is_same_v<T, float> && sizeof(R) == 32)
        return _mm256_mask_blend_ps(k, b, a);
    else if constexpr (std::is_same_v<T, double> && sizeof(R) == 32)
        return _mm256_mask_blend_pd(k, b, a);
    else if constexpr (std::is_same_v<T, float> && sizeof(R) == 16)
        return _mm_mask_blend_ps(k, b, a);
    else if constexpr (std::is_same_v<T, double> && sizeof(R) == 16)
        return _mm_mask_blend_pd(k, b, a);
    else if constexpr (sizeof(R) == 64 && sizeof(T) == 1)
        return _mm512_mask_blend_epi8(k, b, a);
    else if constexpr (sizeof(R) == 64 && sizeof(T) == 2)
        return _mm512_mask_blend_epi16(k, b, a);
    else if constexpr (sizeof(R) == 64 && sizeof(T) == 4)
        return _mm512_mask_blend_epi32(k, b, a);
    else if constexpr (sizeof(R) == 64)
        return _mm512_mask_blend_epi64(k, b, a);
    else if constexpr (sizeof(R) == 32 && sizeof(T) == 1)
        return _mm256_mask_blend_epi8(k, b, a);
    else if constexpr (sizeof(R) == 32 && sizeof(T) == 2)
        return _mm256_mask_blend_epi16(k, b, a);
    else if constexpr (sizeof(R) == 32 && sizeof(T) == 4)
        return _mm256_mask_blend_epi32(k, b, a);
    else if constexpr (sizeof(R) == 32)
        return _mm256_mask_blend_epi64(k, b, a);
    else if constexpr (sizeof(T) == 1)
        return _mm_mask_blend_epi8(k, b, a);
    else if constexpr (sizeof(T) == 2)
        return _mm_mask_blend_epi16(k, b, a);
    else if constexpr (sizeof(T) == 4)
        return _mm_mask_blend_epi32(k, b, a);
    else
        return _mm_mask_blend_epi64(k, b, a);
}
#endif

template <class B>
WEFT_INLINE B choose(mask_of<B> m, B a, B b) {
    if constexpr (!is_vector<B>) return m ? a : b;
#if defined(__AVX512BW__) && defined(__AVX512VL__)
    else if constexpr (unit_traits<mask_of<B>>::bits)
        return B(blend<value_of<B>>(static_cast<lane_mask<width_of<B>>>(m.data), a.data, b.data));
#endif
    else
        return select_lanes(m, a, b);
}

/// Where lanes can be taken in an order that is known only at run time.
#if defined(__AVX512F__)
template <class B>
inline constexpr bool can_permute = is_vector<B> &&
                                    sizeof(B) == 64 && std::is_floating_point_v<value_of<B>>;
#elif defined(__AVX2__)
template <class B>
inline constexpr bool can_permute = is_vector<B> &&
                                    sizeof(B) == 32 && std::is_same_v<value_of<B>, float>;
#else
template <class B>
inline constexpr bool can_permute = false;
#endif

/// Lane i is lane order[i] of x; `order` is a register of integers of the same size.
template <class B, class I>
WEFT_INLINE B permute(B x, [[maybe_unused]] I order) {
    static_assert(can_permute<B>);
#if defined(__AVX512F__)
    if constexpr (sizeof(value_of<B>) == 8)
        return B(_mm512_maskz_permutexvar_pd(0xff, order.data, x.data));
    else
        return B(_mm512_maskz_permutexvar_ps(0xffff, order.data, x.data));
#elif defined(__AVX2__)
    return B(_mm256_permutevar8x32_ps(x.data, order.data));
#else
    return x;
#endif
}

}  // namespace simd
}  // namespace WEFT_ISA
}  // namespace weft
