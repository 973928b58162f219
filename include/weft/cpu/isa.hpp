// SPDX-License-Identifier: BSL-1.0
// Names the instruction set that a translation unit is compiled for. All code that depends on it
// lives in `namespace weft { inline namespace WEFT_ISA { ... } }`, so that files built with
// different -m flags never share a function. Stands below everything else in cpu/.
#pragma once

#if defined(__GNUC__)
#define WEFT_INLINE inline __attribute__((always_inline))
#define WEFT_INLINE_LAMBDA __attribute__((always_inline))
#elif defined(_MSC_VER)
#define WEFT_INLINE __forceinline
#define WEFT_INLINE_LAMBDA
#else
#define WEFT_INLINE inline
#define WEFT_INLINE_LAMBDA
#endif

#if defined(__AVX512F__) && defined(__AVX512CD__) && defined(__AVX512BW__) && \
    defined(__AVX512DQ__) && defined(__AVX512VL__)
#define WEFT_ISA_BASE avx512
#elif defined(__AVX512F__)
#define WEFT_ISA_BASE avx512f
#elif defined(__AVX2__)
#define WEFT_ISA_BASE avx2
#elif defined(__AVX__)
#define WEFT_ISA_BASE avx
#elif defined(__SSE4_2__)
#define WEFT_ISA_BASE sse42
#elif defined(__SSE4_1__)
#define WEFT_ISA_BASE sse41
#elif defined(__SSSE3__)
#define WEFT_ISA_BASE ssse3
#elif defined(__SSE2__) || defined(_M_X64)
#define WEFT_ISA_BASE sse2
#elif defined(__aarch64__) || defined(_M_ARM64)
#define WEFT_ISA_BASE neon64
#elif defined(__ARM_NEON)
#define WEFT_ISA_BASE neon
#else
#define WEFT_ISA_BASE scalar
#endif

// Flags that change the instructions, or the results, of code for the same base.
#if defined(__FMA__)
#define WEFT_ISA_FMA _fma
#else
#define WEFT_ISA_FMA
#endif
#if defined(__BMI2__)
#define WEFT_ISA_BMI _bmi
#else
#define WEFT_ISA_BMI
#endif
#if defined(__AVX512FP16__)
#define WEFT_ISA_EXTRA _fp16
#elif defined(__AVX512BF16__)
#define WEFT_ISA_EXTRA _bf16
#elif defined(__AVX512VNNI__) || defined(__AVXVNNI__)
#define WEFT_ISA_EXTRA _vnni
#else
#define WEFT_ISA_EXTRA
#endif
#if defined(__FAST_MATH__)
#define WEFT_ISA_MATH _fastmath
#else
#define WEFT_ISA_MATH
#endif
#if defined(WEFT_USE_XSIMD)
#define WEFT_ISA_FROM _xsimd
#else
#define WEFT_ISA_FROM
#endif

#define WEFT_ISA_PASTE_(a, b, c, d, e, f) a##b##c##d##e##f
#define WEFT_ISA_PASTE(a, b, c, d, e, f) WEFT_ISA_PASTE_(a, b, c, d, e, f)
/// The name of the inline namespace: `avx512_fma_bmi`, `sse2`, `neon64` ...
#define WEFT_ISA \
    WEFT_ISA_PASTE(WEFT_ISA_BASE, WEFT_ISA_FMA, WEFT_ISA_BMI, WEFT_ISA_EXTRA, WEFT_ISA_MATH, \
                   WEFT_ISA_FROM)

namespace weft {
inline namespace WEFT_ISA {

/// Bytes in the widest vector register; 8 where there is none, so that a double still fits.
#if defined(__AVX512F__)
inline constexpr int vector_bytes = 64;
#elif defined(__AVX__)
inline constexpr int vector_bytes = 32;
#elif defined(__SSE2__) || defined(_M_X64) || defined(__aarch64__) || defined(_M_ARM64) || \
    defined(__ARM_NEON)
inline constexpr int vector_bytes = 16;
#else
inline constexpr int vector_bytes = 8;
#endif

/// True where `fma` is one instruction that rounds once; elsewhere it is a product and a sum.
#if defined(__FMA__) || defined(__aarch64__) || defined(_M_ARM64)
inline constexpr bool has_fma = true;
#else
inline constexpr bool has_fma = false;
#endif

}  // namespace WEFT_ISA
}  // namespace weft
