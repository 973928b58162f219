// SPDX-License-Identifier: BSL-1.0
// Registers of x86 on the vectors of g++ and clang: 16, 32 or 64 bytes of one element type, and
// masks, which are all bits of a lane, or a bit a lane in whole AVX-512 registers.
#pragma once

#include <weft/cpu/register.hpp>

namespace weft {
inline namespace WEFT_ISA {
namespace simd {

/// What intrinsics take, and the same at any alignment.
template <class T, std::size_t Bytes>
struct raw_register;
template <class T>
struct raw_register<T, 16> {
    using type = __m128i;
    using loose = __m128i_u;
};
template <>
struct raw_register<float, 16> {
    using type = __m128;
    using loose = __m128_u;
};
template <>
struct raw_register<double, 16> {
    using type = __m128d;
    using loose = __m128d_u;
};
#if defined(__AVX__)
template <class T>
struct raw_register<T, 32> {
    using type = __m256i;
    using loose = __m256i_u;
};
template <>
struct raw_register<float, 32> {
    using type = __m256;
    using loose = __m256_u;
};
template <>
struct raw_register<double, 32> {
    using type = __m256d;
    using loose = __m256d_u;
};
#endif
#if defined(__AVX512F__)
template <class T>
struct raw_register<T, 64> {
    using type = __m512i;
    using loose = __m512i_u;
};
template <>
struct raw_register<float, 64> {
    using type = __m512;
    using loose = __m512_u;
};
template <>
struct raw_register<double, 64> {
    using type = __m512d;
    using loose = __m512d_u;
};
template <class T>
struct raw_mask {
    using type = lane_mask<static_cast<int>(64 / sizeof(T))>;
};
#endif

/// A lane of it is all ones or all zeros.
template <class T, std::size_t Bytes, bool Bits = Bytes == 64>
struct lane_masks {
    using register_type = typename raw_register<T, Bytes>::type;
    static constexpr int width = static_cast<int>(Bytes / sizeof(T));
    register_type data;

    lane_masks() = default;
    WEFT_INLINE lane_masks(register_type x) : data(x) {}
    WEFT_INLINE lane_masks(std::same_as<bool> auto x) {
        using I = signed_of<T>;
        data = (register_type)(vec<I, width>{} - static_cast<I>(x));
    }
};
#if defined(__AVX512F__)
/// A bit a lane.
template <class T, std::size_t Bytes>
struct lane_masks<T, Bytes, true> {
    using register_type = typename raw_mask<T>::type;
    static constexpr int width = static_cast<int>(Bytes / sizeof(T));
    register_type data;

    lane_masks() = default;
    WEFT_INLINE lane_masks(register_type x) : data(x) {}
    WEFT_INLINE lane_masks(std::same_as<bool> auto x)
        : data(static_cast<register_type>(x ? -1 : 0)) {}
};
#endif

template <class T, std::size_t Bytes>
struct lane_values {
    using register_type = typename raw_register<T, Bytes>::type;
    using loose = typename raw_register<T, Bytes>::loose;
    using mask = lane_masks<T, Bytes>;
    static constexpr int width = static_cast<int>(Bytes / sizeof(T));
    register_type data;

    lane_values() = default;
    WEFT_INLINE lane_values(register_type x) : data(x) {}
    WEFT_INLINE lane_values(T x) : data((register_type)(x - vec<T, width>{})) {}  // keeps -0

    static WEFT_INLINE lane_values load_unaligned(T const* p) {
        return *reinterpret_cast<loose const*>(p);
    }
    static WEFT_INLINE lane_values load_aligned(T const* p) {
        return *reinterpret_cast<register_type const*>(p);
    }
    WEFT_INLINE void store_unaligned(T* p) const { *reinterpret_cast<loose*>(p) = data; }
    WEFT_INLINE void store_aligned(T* p) const { *reinterpret_cast<register_type*>(p) = data; }
};

#if defined(__AVX512F__)
enum class relation { equal, less, at_most };
template <relation R, class T>
WEFT_INLINE auto compare_bits(typename raw_register<T, 64>::type a,
                              typename raw_register<T, 64>::type b) {
    constexpr int real = R == relation::equal  ? _CMP_EQ_OQ
                         : R == relation::less ? _CMP_LT_OQ
                                               : _CMP_LE_OQ;
    constexpr auto whole = R == relation::equal  ? _MM_CMPINT_EQ
                           : R == relation::less ? _MM_CMPINT_LT
                                                 : _MM_CMPINT_LE;
    constexpr bool sign = std::is_signed_v<T>;
    if constexpr (std::is_same_v<T, float>)
        return _mm512_cmp_ps_mask(a, b, real);
    else if constexpr (std::is_same_v<T, double>)
        return _mm512_cmp_pd_mask(a, b, real);
    else if constexpr (sizeof(T) == 8 && sign)
        return _mm512_cmp_epi64_mask(a, b, whole);
    else if constexpr (sizeof(T) == 8)
        return _mm512_cmp_epu64_mask(a, b, whole);
    else if constexpr (sizeof(T) == 4 && sign)
        return _mm512_cmp_epi32_mask(a, b, whole);
    else if constexpr (sizeof(T) == 4)
        return _mm512_cmp_epu32_mask(a, b, whole);
#if defined(__AVX512BW__)
    else if constexpr (sizeof(T) == 2 && sign)
        return _mm512_cmp_epi16_mask(a, b, whole);
    else if constexpr (sizeof(T) == 2)
        return _mm512_cmp_epu16_mask(a, b, whole);
    else if constexpr (sign)
        return _mm512_cmp_epi8_mask(a, b, whole);
    else
        return _mm512_cmp_epu8_mask(a, b, whole);
#endif
}
#define WEFT_COMPARISON(op, name)                                                             \
    template <class T, std::size_t Bytes>                                                     \
    WEFT_INLINE lane_masks<T, Bytes> operator op(lane_values<T, Bytes> a,                     \
                                                 lane_values<T, Bytes> b) {                   \
        if constexpr (Bytes == 64) {                                                          \
            return compare_bits<relation::name, T>(a.data, b.data);                           \
        } else {                                                                              \
            using v = vec<T, lane_values<T, Bytes>::width>;                                   \
            return (typename lane_masks<T, Bytes>::register_type)((v)a.data op(v) b.data);    \
        }                                                                                     \
    }
#else
#define WEFT_COMPARISON(op, name)                                                             \
    template <class T, std::size_t Bytes>                                                     \
    WEFT_INLINE lane_masks<T, Bytes> operator op(lane_values<T, Bytes> a,                     \
                                                 lane_values<T, Bytes> b) {                   \
        using v = vec<T, lane_values<T, Bytes>::width>;                                       \
        return (typename lane_masks<T, Bytes>::register_type)((v)a.data op(v) b.data);        \
    }
#endif
WEFT_COMPARISON(==, equal)
WEFT_COMPARISON(<, less)
WEFT_COMPARISON(<=, at_most)
#undef WEFT_COMPARISON

/// Bytes of the largest register of elements of this size; AVX-512 without BW has only 32 for
/// small ones.
consteval std::size_t largest_register([[maybe_unused]] std::size_t element) {
#if defined(__AVX512F__) && !defined(__AVX512BW__)
    if (element < 4) return 32;
#endif
    return static_cast<std::size_t>(vector_bytes);
}
template <class T>
consteval int native_lanes() {
    if constexpr (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>)
        return static_cast<int>(largest_register(sizeof(T)) / sizeof(T));
    else
        return 1;
}

// The unit that N lanes of T are made of: the largest registers, one smaller one, or scalars.
template <class T, int N>
consteval auto unit_of_pack() {
    constexpr std::size_t bytes = sizeof(T) * static_cast<std::size_t>(N);
    constexpr std::size_t largest = largest_register(sizeof(T));
    if constexpr (bytes >= largest)
        return std::type_identity<lane_values<T, largest>>{};
    else if constexpr (bytes >= 16)
        return std::type_identity<lane_values<T, bytes>>{};
    else
        return std::type_identity<T>{};
}
template <class T, int N>
using unit = typename decltype(unit_of_pack<T, N>())::type;

template <class B>
struct register_traits {
    static constexpr bool vector = false;
};
template <class T, std::size_t Bytes>
struct register_traits<lane_values<T, Bytes>> {
    using value = T;
    using mask = lane_masks<T, Bytes>;
    static constexpr int width = lane_values<T, Bytes>::width;
    static constexpr bool vector = true;
};
template <class T, std::size_t Bytes, bool Bits>
struct register_traits<lane_masks<T, Bytes, Bits>> {
    using value = T;
    static constexpr int width = lane_masks<T, Bytes, Bits>::width;
    static constexpr bool vector = true, bits = Bits;
};

// Lanes by masks of whole lanes, on raw registers. With AVX-512 not by blendv: g++ 12 then takes
// the wrong lanes after a comparison of unsigned 16-bit integers.
template <class R>
WEFT_INLINE R raw_select(R m, R a, R b) {
#if defined(__AVX512VL__)
    if constexpr (sizeof(R) == 16)
        return (R)_mm_ternarylogic_epi32((__m128i)m, (__m128i)a, (__m128i)b, 0xca);
    else
        return (R)_mm256_ternarylogic_epi32((__m256i)m, (__m256i)a, (__m256i)b, 0xca);
#else
    using bits = typename raw_register<int, sizeof(R)>::type;
    return (R)(((bits)m & (bits)a) | (~(bits)m & (bits)b));
#endif
}
#if defined(__SSE4_1__) && !defined(__AVX512VL__)
WEFT_INLINE __m128 raw_select(__m128 m, __m128 a, __m128 b) { return _mm_blendv_ps(b, a, m); }
WEFT_INLINE __m128d raw_select(__m128d m, __m128d a, __m128d b) { return _mm_blendv_pd(b, a, m); }
WEFT_INLINE __m128i raw_select(__m128i m, __m128i a, __m128i b) { return _mm_blendv_epi8(b, a, m); }
#if defined(__AVX__)
WEFT_INLINE __m256 raw_select(__m256 m, __m256 a, __m256 b) { return _mm256_blendv_ps(b, a, m); }
WEFT_INLINE __m256d raw_select(__m256d m, __m256d a, __m256d b) {
    return _mm256_blendv_pd(b, a, m);
}
#endif
#if defined(__AVX2__)
WEFT_INLINE __m256i raw_select(__m256i m, __m256i a, __m256i b) {
    return _mm256_blendv_epi8(b, a, m);
}
#endif
#endif

#if defined(__SSE4_1__)
WEFT_INLINE __m128 raw_floor(__m128 x) { return _mm_floor_ps(x); }
WEFT_INLINE __m128d raw_floor(__m128d x) { return _mm_floor_pd(x); }
#endif
#if defined(__AVX__)
WEFT_INLINE __m256 raw_floor(__m256 x) { return _mm256_floor_ps(x); }
WEFT_INLINE __m256d raw_floor(__m256d x) { return _mm256_floor_pd(x); }
#endif
#if defined(__AVX512F__)
WEFT_INLINE __m512 raw_floor(__m512 x) { return _mm512_floor_ps(x); }
WEFT_INLINE __m512d raw_floor(__m512d x) { return _mm512_floor_pd(x); }
#endif

#if defined(__AVX512F__)
WEFT_INLINE __m512 raw_select(__mmask16 m, __m512 a, __m512 b) {
    return _mm512_mask_blend_ps(m, b, a);
}
WEFT_INLINE __m512d raw_select(__mmask8 m, __m512d a, __m512d b) {
    return _mm512_mask_blend_pd(m, b, a);
}
WEFT_INLINE __m512i raw_select(__mmask16 m, __m512i a, __m512i b) {
    return _mm512_mask_blend_epi32(m, b, a);
}
WEFT_INLINE __m512i raw_select(__mmask8 m, __m512i a, __m512i b) {
    return _mm512_mask_blend_epi64(m, b, a);
}
#endif
template <class M, class B>
WEFT_INLINE B select_lanes(M m, B a, B b) {
    return B(raw_select(m.data, a.data, b.data));
}
#if defined(__SSE4_1__)
template <class B>
WEFT_INLINE B floor_lanes(B x) {
    return B(raw_floor(x.data));
}
#endif

}  // namespace simd
}  // namespace WEFT_ISA
}  // namespace weft
