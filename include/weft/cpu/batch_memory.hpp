// SPDX-License-Identifier: BSL-1.0
// Loads and stores of one register or scalar: whole, partial (masked where the machine can, so that
// memory past the end is never touched) and past the caches. Part of the xsimd adapter.
#pragma once

#include <weft/cpu/batch.hpp>

namespace weft {
inline namespace WEFT_ISA {
namespace simd {

template <class B>
WEFT_INLINE B load_all(value_of<B> const* p) {
    if constexpr (is_vector<B>)
        return B::load_unaligned(p);
    else
        return *p;
}
template <class B>
WEFT_INLINE void store_all(value_of<B>* p, B x) {
    if constexpr (is_vector<B>)
        x.store_unaligned(p);
    else
        *p = x;
}

#if WEFT_X86
/// A register of `Bytes` bytes.
template <std::size_t Bytes>
struct int_register {
    using type = __m128i;
};
#if defined(__AVX__)
template <>
struct int_register<32> {
    using type = __m256i;
};
#endif
#if defined(__AVX512F__)
template <>
struct int_register<64> {
    using type = __m512i;
};
#endif

template <std::size_t Bytes, std::size_t Element>
consteval bool has_masked_memory() {
#if defined(__AVX512BW__) && defined(__AVX512VL__)
    return true;
#elif defined(__AVX512F__)
    return Element >= 4;
#elif defined(__AVX2__)
    return Element >= 4;
#else
    return false;
#endif
}

#if defined(__AVX512F__)
WEFT_INLINE std::uint64_t low_bits(int n) {
    return n >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << n) - 1;
}
template <int Lanes>
WEFT_INLINE auto first_lanes(int n) {
    using mask = lane_mask<Lanes>;
    if constexpr (Lanes < 32)
        return static_cast<mask>((1u << n) - 1);
    else
        return static_cast<mask>(low_bits(n));
}
#endif
#if defined(__AVX2__)
/// All bits of the first n elements of a register.
template <std::size_t Bytes, class I>
WEFT_INLINE auto first_elements(int n) {
    return [&]<std::size_t... L>(std::index_sequence<L...>) WEFT_INLINE_LAMBDA {
        using v = vec<I, static_cast<int>(Bytes / sizeof(I))>;
        auto const below = v{static_cast<I>(L)...} < v{} + static_cast<I>(n);
        return __builtin_bit_cast(typename int_register<Bytes>::type, below);
    }
    (std::make_index_sequence<Bytes / sizeof(I)>{});
}
#endif

template <std::size_t Element, std::size_t Bytes>
WEFT_INLINE auto masked_load([[maybe_unused]] void const* p, [[maybe_unused]] int n) {
    if constexpr (!has_masked_memory<Bytes, Element>()) {
        return;
#if defined(__AVX512F__)
    } else if constexpr (Bytes == 64) {
        auto const k = first_lanes<64 / Element>(n);
        if constexpr (Element == 4) return _mm512_maskz_loadu_epi32(k, p);
        if constexpr (Element == 8) return _mm512_maskz_loadu_epi64(k, p);
#if defined(__AVX512BW__)
        if constexpr (Element == 2) return _mm512_maskz_loadu_epi16(k, p);
        if constexpr (Element == 1) return _mm512_maskz_loadu_epi8(k, p);
#endif
#endif
#if defined(__AVX512BW__) && defined(__AVX512VL__)
    } else if constexpr (Element < 4) {
        auto const k = first_lanes<Bytes / Element>(n);
        if constexpr (Element == 2 && Bytes == 32) return _mm256_maskz_loadu_epi16(k, p);
        if constexpr (Element == 1 && Bytes == 32) return _mm256_maskz_loadu_epi8(k, p);
        if constexpr (Element == 2 && Bytes == 16) return _mm_maskz_loadu_epi16(k, p);
        if constexpr (Element == 1 && Bytes == 16) return _mm_maskz_loadu_epi8(k, p);
#endif
#if defined(__AVX2__)
    } else {
        auto const k = first_elements<Bytes, signed_of_size<Element>>(n);
        auto const i = static_cast<int const*>(p);
        auto const l = static_cast<long long const*>(p);
        if constexpr (Element == 4 && Bytes == 32) return _mm256_maskload_epi32(i, k);
        if constexpr (Element == 8 && Bytes == 32) return _mm256_maskload_epi64(l, k);
        if constexpr (Element == 4 && Bytes == 16) return _mm_maskload_epi32(i, k);
        if constexpr (Element == 8 && Bytes == 16) return _mm_maskload_epi64(l, k);
#endif
    }
}

template <std::size_t Element, std::size_t Bytes, class R>
WEFT_INLINE void masked_store([[maybe_unused]] void* p, [[maybe_unused]] R x,
                              [[maybe_unused]] int n) {
    if constexpr (!has_masked_memory<Bytes, Element>()) {
        return;
#if defined(__AVX512F__)
    } else if constexpr (Bytes == 64) {
        auto const k = first_lanes<64 / Element>(n);
        if constexpr (Element == 4) _mm512_mask_storeu_epi32(p, k, x);
        if constexpr (Element == 8) _mm512_mask_storeu_epi64(p, k, x);
#if defined(__AVX512BW__)
        if constexpr (Element == 2) _mm512_mask_storeu_epi16(p, k, x);
        if constexpr (Element == 1) _mm512_mask_storeu_epi8(p, k, x);
#endif
#endif
#if defined(__AVX512BW__) && defined(__AVX512VL__)
    } else if constexpr (Element < 4) {
        auto const k = first_lanes<Bytes / Element>(n);
        if constexpr (Element == 2 && Bytes == 32) _mm256_mask_storeu_epi16(p, k, x);
        if constexpr (Element == 1 && Bytes == 32) _mm256_mask_storeu_epi8(p, k, x);
        if constexpr (Element == 2 && Bytes == 16) _mm_mask_storeu_epi16(p, k, x);
        if constexpr (Element == 1 && Bytes == 16) _mm_mask_storeu_epi8(p, k, x);
#endif
#if defined(__AVX2__)
    } else {
        auto const k = first_elements<Bytes, signed_of_size<Element>>(n);
        auto const i = static_cast<int*>(p);
        auto const l = static_cast<long long*>(p);
        if constexpr (Element == 4 && Bytes == 32) _mm256_maskstore_epi32(i, k, x);
        if constexpr (Element == 8 && Bytes == 32) _mm256_maskstore_epi64(l, k, x);
        if constexpr (Element == 4 && Bytes == 16) _mm_maskstore_epi32(i, k, x);
        if constexpr (Element == 8 && Bytes == 16) _mm_maskstore_epi64(l, k, x);
#endif
    }
}
#else
template <std::size_t Bytes, std::size_t Element>
consteval bool has_masked_memory() {
    return false;
}
#endif

/// The first n (0 <= n <= width) lanes; the others are zero and their memory is not touched.
template <class B>
WEFT_INLINE B load_first(value_of<B> const* p, int n) {
    using T = value_of<B>;
    if constexpr (!is_vector<B>) {
        return n > 0 ? *p : T{};
    } else if constexpr (has_masked_memory<sizeof(B), sizeof(T)>()) {
        return B(
            __builtin_bit_cast(typename B::register_type, masked_load<sizeof(T), sizeof(B)>(p, n)));
    } else {
        alignas(B) T buffer[static_cast<std::size_t>(width_of<B>)] = {};
        for (int i = 0; i < n; ++i) buffer[i] = p[i];
        return B::load_aligned(buffer);
    }
}

/// Lane i is p[i * stride] for i < n; the others are zero.
template <class B>
WEFT_INLINE B gather_first(value_of<B> const* p, std::ptrdiff_t stride, int n) {
    using T = value_of<B>;
    if constexpr (!is_vector<B>) {
        return n > 0 ? *p : T{};
    } else {
#if defined(__AVX512F__)
        if constexpr (sizeof(B) == 64 && sizeof(T) == 8) {
            auto const index = _mm512_setr_epi64(0, stride, 2 * stride, 3 * stride, 4 * stride,
                                                 5 * stride, 6 * stride, 7 * stride);
            return B(
                __builtin_bit_cast(typename B::register_type,
                                   _mm512_mask_i64gather_epi64(_mm512_setzero_si512(),
                                                               first_lanes<8>(n), index, p, 8)));
        }
        if constexpr (sizeof(B) == 64 && sizeof(T) == 4) {
            constexpr std::ptrdiff_t limit = std::numeric_limits<int>::max() / 16;
            if (stride <= limit && stride >= -limit) [[likely]] {
                auto const index = _mm512_mullo_epi32(
                    _mm512_set1_epi32(static_cast<int>(stride)),
                    _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
                return B(__builtin_bit_cast(
                    typename B::register_type,
                    _mm512_mask_i32gather_epi32(_mm512_setzero_si512(), first_lanes<16>(n), index,
                                                p, 4)));
            }
        }
#endif
#if defined(__GNUC__)
        if (n == width_of<B>)
            return [&]<std::size_t... I>(std::index_sequence<I...>) WEFT_INLINE_LAMBDA {
                return from_vec<B>(
                    vec<T, width_of<B>>{p[static_cast<std::ptrdiff_t>(I) * stride]...});
            }
        (std::make_index_sequence<static_cast<std::size_t>(width_of<B>)>{});
#endif
        alignas(B) T buffer[static_cast<std::size_t>(width_of<B>)] = {};
        for (int i = 0; i < n; ++i) buffer[i] = p[i * stride];
        return B::load_aligned(buffer);
    }
}

/// Writes the first n (0 <= n <= width) lanes only.
template <class B>
WEFT_INLINE void store_first(value_of<B>* p, B x, int n) {
    using T = value_of<B>;
    if constexpr (!is_vector<B>) {
        if (n > 0) *p = x;
    } else if constexpr (has_masked_memory<sizeof(B), sizeof(T)>()) {
        masked_store<sizeof(T), sizeof(B)>(
            p, __builtin_bit_cast(typename int_register<sizeof(B)>::type, x.data), n);
    } else {
        alignas(B) T buffer[static_cast<std::size_t>(width_of<B>)];
        x.store_aligned(buffer);
        for (int i = 0; i < n; ++i) p[i] = buffer[i];
    }
}

template <class B>
WEFT_INLINE void stream(value_of<B>* p, B x) {
#if WEFT_X86
    if constexpr (is_vector<B>) {
        constexpr std::size_t bytes = sizeof(typename B::register_type);
        if (reinterpret_cast<std::uintptr_t>(p) % bytes == 0) {
#if defined(__AVX512F__)
            if constexpr (bytes == 64)
                return _mm512_stream_si512(reinterpret_cast<__m512i*>(p),
                                           __builtin_bit_cast(__m512i, x.data));
#endif
#if defined(__AVX__)
            if constexpr (bytes == 32)
                return _mm256_stream_si256(reinterpret_cast<__m256i*>(p),
                                           __builtin_bit_cast(__m256i, x.data));
#endif
            if constexpr (bytes == 16)
                return _mm_stream_si128(reinterpret_cast<__m128i*>(p),
                                        __builtin_bit_cast(__m128i, x.data));
        }
    }
#endif
    store_all(p, x);
}

}  // namespace simd

/// Orders streaming stores before what follows; call it once after a loop of `stream`.
WEFT_INLINE void stream_fence() {
#if WEFT_X86
    _mm_sfence();
#endif
}
}  // namespace WEFT_ISA
}  // namespace weft
