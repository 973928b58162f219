// SPDX-License-Identifier: BSL-1.0
// Arithmetic functions of one register or scalar: the part of the xsimd adapter that pack_math.hpp
// builds on. Where xsimd is wrong or slow in some version, the instruction is called directly.
#pragma once

#include <weft/cpu/batch.hpp>

namespace weft {
inline namespace WEFT_ISA {
namespace simd {

template <class B>
inline constexpr bool is_float = std::is_floating_point_v<value_of<B>>;
template <class B>
inline constexpr std::size_t register_bytes = sizeof(B);

// Builtins, because <cmath> takes 50 ms.
WEFT_INLINE float scalar_fused(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
WEFT_INLINE double scalar_fused(double a, double b, double c) { return __builtin_fma(a, b, c); }
WEFT_INLINE float scalar_root(float x) { return __builtin_sqrtf(x); }
WEFT_INLINE double scalar_root(double x) { return __builtin_sqrt(x); }
WEFT_INLINE float scalar_floor(float x) { return __builtin_floorf(x); }
WEFT_INLINE double scalar_floor(double x) { return __builtin_floor(x); }
WEFT_INLINE float scalar_nearest(float x) { return __builtin_nearbyintf(x); }
WEFT_INLINE double scalar_nearest(double x) { return __builtin_nearbyint(x); }

// Overloads on raw registers. larger(a, b) is `a > b ? a : b`, exactly.
#if WEFT_X86
WEFT_INLINE __m128 raw_max(__m128 a, __m128 b) { return _mm_max_ps(a, b); }
WEFT_INLINE __m128d raw_max(__m128d a, __m128d b) { return _mm_max_pd(a, b); }
WEFT_INLINE __m128 raw_min(__m128 a, __m128 b) { return _mm_min_ps(a, b); }
WEFT_INLINE __m128d raw_min(__m128d a, __m128d b) { return _mm_min_pd(a, b); }
WEFT_INLINE __m128 raw_sqrt(__m128 a) { return _mm_sqrt_ps(a); }
WEFT_INLINE __m128d raw_sqrt(__m128d a) { return _mm_sqrt_pd(a); }
WEFT_INLINE __m128i raw_multiply_even(__m128i a, __m128i b) { return _mm_mul_epu32(a, b); }
#if defined(__SSE4_1__)
inline constexpr int to_nearest = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
WEFT_INLINE __m128 raw_nearest(__m128 a) { return _mm_round_ps(a, to_nearest); }
WEFT_INLINE __m128d raw_nearest(__m128d a) { return _mm_round_pd(a, to_nearest); }
#endif
#if defined(__AVX__)
WEFT_INLINE __m256 raw_nearest(__m256 a) { return _mm256_round_ps(a, to_nearest); }
WEFT_INLINE __m256d raw_nearest(__m256d a) { return _mm256_round_pd(a, to_nearest); }
WEFT_INLINE __m256 raw_max(__m256 a, __m256 b) { return _mm256_max_ps(a, b); }
WEFT_INLINE __m256d raw_max(__m256d a, __m256d b) { return _mm256_max_pd(a, b); }
WEFT_INLINE __m256 raw_min(__m256 a, __m256 b) { return _mm256_min_ps(a, b); }
WEFT_INLINE __m256d raw_min(__m256d a, __m256d b) { return _mm256_min_pd(a, b); }
WEFT_INLINE __m256 raw_sqrt(__m256 a) { return _mm256_sqrt_ps(a); }
WEFT_INLINE __m256d raw_sqrt(__m256d a) { return _mm256_sqrt_pd(a); }
#endif
#if defined(__AVX2__)
WEFT_INLINE __m256i raw_multiply_even(__m256i a, __m256i b) { return _mm256_mul_epu32(a, b); }
#elif defined(__AVX__)
WEFT_INLINE __m256i raw_multiply_even(__m256i a, __m256i b) {
    return _mm256_setr_m128i(
        _mm_mul_epu32(_mm256_castsi256_si128(a), _mm256_castsi256_si128(b)),
        _mm_mul_epu32(_mm256_extractf128_si256(a, 1), _mm256_extractf128_si256(b, 1)));
}
#endif
#if defined(__FMA__)
WEFT_INLINE __m128 raw_fma(__m128 a, __m128 b, __m128 c) { return _mm_fmadd_ps(a, b, c); }
WEFT_INLINE __m128d raw_fma(__m128d a, __m128d b, __m128d c) { return _mm_fmadd_pd(a, b, c); }
WEFT_INLINE __m256 raw_fma(__m256 a, __m256 b, __m256 c) { return _mm256_fmadd_ps(a, b, c); }
WEFT_INLINE __m256d raw_fma(__m256d a, __m256d b, __m256d c) { return _mm256_fmadd_pd(a, b, c); }
#endif
#if defined(__AVX512F__)
// With a mask of all lanes: below -O2 g++ 12 warns of an operand that its header leaves undefined in
// the forms without one.
WEFT_INLINE __m512 raw_nearest(__m512 a) {
    return _mm512_maskz_roundscale_ps(0xffff, a, to_nearest);
}
WEFT_INLINE __m512d raw_nearest(__m512d a) {
    return _mm512_maskz_roundscale_pd(0xff, a, to_nearest);
}
WEFT_INLINE __m512 raw_max(__m512 a, __m512 b) { return _mm512_maskz_max_ps(0xffff, a, b); }
WEFT_INLINE __m512d raw_max(__m512d a, __m512d b) { return _mm512_maskz_max_pd(0xff, a, b); }
WEFT_INLINE __m512 raw_min(__m512 a, __m512 b) { return _mm512_maskz_min_ps(0xffff, a, b); }
WEFT_INLINE __m512d raw_min(__m512d a, __m512d b) { return _mm512_maskz_min_pd(0xff, a, b); }
WEFT_INLINE __m512 raw_sqrt(__m512 a) { return _mm512_maskz_sqrt_ps(0xffff, a); }
WEFT_INLINE __m512d raw_sqrt(__m512d a) { return _mm512_maskz_sqrt_pd(0xff, a); }
WEFT_INLINE __m512 raw_fma(__m512 a, __m512 b, __m512 c) { return _mm512_fmadd_ps(a, b, c); }
WEFT_INLINE __m512d raw_fma(__m512d a, __m512d b, __m512d c) { return _mm512_fmadd_pd(a, b, c); }
WEFT_INLINE __m512i raw_multiply_even(__m512i a, __m512i b) {
    return _mm512_maskz_mul_epu32(0xff, a, b);
}
WEFT_INLINE __m512 raw_rsqrt(__m512 a) { return _mm512_maskz_rsqrt14_ps(0xffff, a); }
WEFT_INLINE __m512 raw_reciprocal(__m512 a) { return _mm512_maskz_rcp14_ps(0xffff, a); }
WEFT_INLINE __m512 raw_scale(__m512 a, __m512 n) { return _mm512_maskz_scalef_ps(0xffff, a, n); }
WEFT_INLINE __m512d raw_scale(__m512d a, __m512d n) { return _mm512_maskz_scalef_pd(0xff, a, n); }
WEFT_INLINE __m512 raw_exponent(__m512 a) { return _mm512_maskz_getexp_ps(0xffff, a); }
WEFT_INLINE __m512d raw_exponent(__m512d a) { return _mm512_maskz_getexp_pd(0xff, a); }
WEFT_INLINE __m512 raw_mantissa(__m512 a) {
    return _mm512_maskz_getmant_ps(0xffff, a, _MM_MANT_NORM_p75_1p5, _MM_MANT_SIGN_nan);
}
WEFT_INLINE __m512d raw_mantissa(__m512d a) {
    return _mm512_maskz_getmant_pd(0xff, a, _MM_MANT_NORM_p75_1p5, _MM_MANT_SIGN_nan);
}
WEFT_INLINE __m512 raw_look_up(float const* table, __m512i at) {
    return _mm512_maskz_permutex2var_ps(0xffff, _mm512_load_ps(table), at,
                                        _mm512_load_ps(table + 16));
}
#if defined(__AVX512DQ__)
WEFT_INLINE __m512 raw_fraction(__m512 a) {
    return _mm512_maskz_reduce_ps(0xffff, a, to_nearest);
}
WEFT_INLINE __m512d raw_fraction(__m512d a) {
    return _mm512_maskz_reduce_pd(0xff, a, to_nearest);
}
#endif
#if defined(__AVX512VL__)
#if defined(__AVX512DQ__)
WEFT_INLINE __m128 raw_fraction(__m128 a) { return _mm_reduce_ps(a, to_nearest); }
WEFT_INLINE __m128d raw_fraction(__m128d a) { return _mm_reduce_pd(a, to_nearest); }
WEFT_INLINE __m256 raw_fraction(__m256 a) { return _mm256_reduce_ps(a, to_nearest); }
WEFT_INLINE __m256d raw_fraction(__m256d a) { return _mm256_reduce_pd(a, to_nearest); }
#endif
WEFT_INLINE __m128 raw_scale(__m128 a, __m128 n) { return _mm_scalef_ps(a, n); }
WEFT_INLINE __m128d raw_scale(__m128d a, __m128d n) { return _mm_scalef_pd(a, n); }
WEFT_INLINE __m256 raw_scale(__m256 a, __m256 n) { return _mm256_scalef_ps(a, n); }
WEFT_INLINE __m256d raw_scale(__m256d a, __m256d n) { return _mm256_scalef_pd(a, n); }
WEFT_INLINE __m128 raw_exponent(__m128 a) { return _mm_getexp_ps(a); }
WEFT_INLINE __m128d raw_exponent(__m128d a) { return _mm_getexp_pd(a); }
WEFT_INLINE __m256 raw_exponent(__m256 a) { return _mm256_getexp_ps(a); }
WEFT_INLINE __m256d raw_exponent(__m256d a) { return _mm256_getexp_pd(a); }
WEFT_INLINE __m128 raw_mantissa(__m128 a) {
    return _mm_getmant_ps(a, _MM_MANT_NORM_p75_1p5, _MM_MANT_SIGN_nan);
}
WEFT_INLINE __m128d raw_mantissa(__m128d a) {
    return _mm_getmant_pd(a, _MM_MANT_NORM_p75_1p5, _MM_MANT_SIGN_nan);
}
WEFT_INLINE __m256 raw_mantissa(__m256 a) {
    return _mm256_getmant_ps(a, _MM_MANT_NORM_p75_1p5, _MM_MANT_SIGN_nan);
}
WEFT_INLINE __m256d raw_mantissa(__m256d a) {
    return _mm256_getmant_pd(a, _MM_MANT_NORM_p75_1p5, _MM_MANT_SIGN_nan);
}
#endif
#endif
#endif

template <class B>
WEFT_INLINE B larger(B a, B b) {
    if constexpr (!is_vector<B>)
        return a > b ? a : b;
    else if constexpr (is_float<B> && WEFT_X86)
        return B(raw_max(a.data, b.data));
    else
        return choose<B>(b < a, a, b);
}

template <class B>
WEFT_INLINE B smaller(B a, B b) {
    if constexpr (!is_vector<B>)
        return a < b ? a : b;
    else if constexpr (is_float<B> && WEFT_X86)
        return B(raw_min(a.data, b.data));
    else
        return choose<B>(a < b, a, b);
}

template <class B>
WEFT_INLINE B fused(B a, B b, B c) {
    if constexpr (!has_fma)
        return arithmetic([](auto x, auto y, auto z) WEFT_INLINE_LAMBDA { return x * y + z; }, a, b,
                          c);
    else if constexpr (!is_vector<B>)
        return scalar_fused(a, b, c);
    else if constexpr (WEFT_X86)
        return B(raw_fma(a.data, b.data, c.data));
    else
        return fused_lanes(a, b, c);
}

template <class B>
WEFT_INLINE B root(B x) {
    if constexpr (!is_vector<B>)
        return scalar_root(x);
    else if constexpr (WEFT_X86)
        return B(raw_sqrt(x.data));
    else
        return root_lanes(x);
}

template <class B>
WEFT_INLINE B round_down(B x) {
    if constexpr (!is_vector<B>) {
        return scalar_floor(x);
    } else {
#if WEFT_X86 && !defined(__SSE4_1__) && defined(__GNUC__)
        // To the nearest integer by adding 2^23 (2^52), then one down where that is above x. Signs
        // are kept apart, for -0.
        using T = value_of<B>;
        using U = unsigned_of<T>;
        constexpr T big = T(U{1} << (std::numeric_limits<T>::digits - 1));
        auto const v = to_vec<T>(x);
        auto const bits = to_vec<U>(x);
        auto const sign = bits & (U{1} << (8 * sizeof(T) - 1));
        auto const size = __builtin_bit_cast(decltype(v), bits ^ sign);
        auto const near = __builtin_bit_cast(
            decltype(v), sign | __builtin_bit_cast(decltype(bits), (size + big) - big));
        auto const one = __builtin_bit_cast(decltype(bits), decltype(v){} + T(1));
        auto const down =
            near -
            __builtin_bit_cast(decltype(v), __builtin_bit_cast(decltype(bits), near > v) & one);
        auto const keep = __builtin_bit_cast(decltype(bits), size < big);
        return from_vec<B>((keep & __builtin_bit_cast(decltype(bits), down)) | (~keep & bits));
#else
        return floor_lanes(x);
#endif
    }
}

/// The nearest integer, the even one of two.
template <class B>
WEFT_INLINE B round_nearest(B x) {
    if constexpr (!is_vector<B>) {
        return scalar_nearest(x);
    } else {
#if defined(__SSE4_1__)
        return B(raw_nearest(x.data));
#elif defined(__GNUC__)
        // By adding 2^23 (2^52); signs are kept apart, for -0.
        using T = value_of<B>;
        using U = unsigned_of<T>;
        constexpr T big = T(U{1} << (std::numeric_limits<T>::digits - 1));
        auto const bits = to_vec<U>(x);
        auto const sign = bits & (U{1} << (8 * sizeof(T) - 1));
        auto const size = __builtin_bit_cast(vec<T, width_of<B>>, bits ^ sign);
        auto const near = __builtin_bit_cast(decltype(bits), (size + big) - big) | sign;
        auto const keep = __builtin_bit_cast(decltype(bits), size < big);
        return from_vec<B>((keep & near) | (~keep & bits));
#else
        return nearest_lanes(x);
#endif
    }
}

/// True where a register has instructions that split and scale by powers of two (AVX-512).
#if defined(__AVX512VL__)
template <class B>
inline constexpr bool can_scale = is_vector<B>;
#elif defined(__AVX512F__)
template <class B>
inline constexpr bool can_scale = is_vector<B> && sizeof(B) == 64;
#else
template <class B>
inline constexpr bool can_scale = false;
#endif

/// True where one instruction takes an integer off (AVX-512 DQ).
#if defined(__AVX512DQ__)
template <class B>
inline constexpr bool has_fraction = can_scale<B>;
#else
template <class B>
inline constexpr bool has_fraction = false;
#endif
/// x minus the nearest integer, the even one of two; 0 for infinity.
template <class B>
WEFT_INLINE B fraction(B x) {
    return B(raw_fraction(x.data));
}

#if defined(__AVX512F__)
/// The number at the low five bits of each lane; the table is aligned to a register.
template <class B, class I>
WEFT_INLINE B looked_up(float const (&table)[32], I at) {
    if constexpr (!is_vector<B>)
        return table[at % 32];
    else if constexpr (sizeof(B) == 64)
        return B(raw_look_up(table, at.data));
    else if constexpr (sizeof(B) == 32)
        return B(_mm512_castps512_ps256(raw_look_up(table, _mm512_castsi256_si512(at.data))));
    else
        return B(_mm512_castps512_ps128(raw_look_up(table, _mm512_castsi128_si512(at.data))));
}
#endif

/// a * 2^n, rounded once.
template <class B>
WEFT_INLINE B scale_by(B a, B n) {
    return B(raw_scale(a.data, n.data));
}

/// x / 2^e in [0.75, 1.5); 1 for 0 and infinity, NaN for negative x.
template <class B>
WEFT_INLINE B mantissa(B x) {
    return B(raw_mantissa(x.data));
}

/// e, for m = mantissa(x); -infinity for 0 and infinity for infinity.
template <class B>
WEFT_INLINE B exponent(B x, B m) {
    B const e(raw_exponent(x.data));
    return choose<B>(m < B(1), B(e.data + B(1).data), e);
}

/// 1 / sqrt(x), to 1.5 ulp.
template <class B>
WEFT_INLINE B inverse_root(B x) {
    using T = value_of<B>;
#if defined(__AVX512F__)
    if constexpr (is_vector<B> && sizeof(B) == 64 && sizeof(T) == 4) {
        // One Newton step of third order; where it meets 0 * infinity the estimate is exact.
        B const y(raw_rsqrt(x.data));
        B const e = fused(B(-(x.data * y.data)), y, B(T(1)));
        B const better = fused(B(y.data * e.data), fused(e, B(T(0.375)), B(T(0.5))), y);
        return choose<B>(e == e, better, y);
    }
#endif
    return arithmetic([](auto a, auto b) WEFT_INLINE_LAMBDA { return a / b; }, B(T(1)), root(x));
}

/// 1 / x. With AVX-512, f32 goes without the division, which takes the time of ten products.
template <class B>
WEFT_INLINE B inverse(B x) {
    using T = value_of<B>;
#if defined(__AVX512F__)
    if constexpr (is_vector<B> && sizeof(B) == 64 && sizeof(T) == 4) {
        // One Newton step of third order; where it meets 0 * infinity the estimate is exact.
        B const y(raw_reciprocal(x.data));
        B const e = fused(B(-x.data), y, B(T(1)));
        B const better = fused(B(y.data * e.data), B(e.data + B(T(1)).data), y);
        return choose<B>(B(e.data * e.data) < B(T(1)), better, y);
    }
#endif
    return arithmetic([](auto a, auto b) WEFT_INLINE_LAMBDA { return a / b; }, B(T(1)), x);
}

/// The upper 32 bits of products of unsigned 32-bit lanes.
template <class B>
WEFT_INLINE B high_product(B a, B b) {
    if constexpr (!is_vector<B>) {
        return static_cast<std::uint32_t>(std::uint64_t{a} * b >> 32);
    } else {
#if WEFT_X86
        using wide = vec<std::uint64_t, width_of<B> / 2>;
        using raw = typename B::register_type;
        auto const x = __builtin_bit_cast(wide, a.data);
        auto const y = __builtin_bit_cast(wide, b.data);
        auto const even = __builtin_bit_cast(wide, raw_multiply_even(a.data, b.data)) >> 32;
        auto const odd =
            __builtin_bit_cast(wide, raw_multiply_even(__builtin_bit_cast(raw, x >> 32),
                                                       __builtin_bit_cast(raw, y >> 32))) >>
            32 << 32;
        return from_vec<B>(even | odd);
#else
        value_of<B> x[width_of<B>], y[width_of<B>];
        a.store_unaligned(x);
        b.store_unaligned(y);
        for (int i = 0; i < width_of<B>; ++i) x[i] = high_product(x[i], y[i]);
        return B::load_unaligned(x);
#endif
    }
}

}  // namespace simd
}  // namespace WEFT_ISA
}  // namespace weft
