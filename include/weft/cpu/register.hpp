// SPDX-License-Identifier: BSL-1.0
// One SIMD register as a type. On x86 with g++ or clang it is the compiler's own vector and a few
// intrinsics, because including xsimd takes as long as half of Eigen/Core; elsewhere, and where
// WEFT_USE_XSIMD is defined, it is xsimd's. batch.hpp gives both the same functions.
#pragma once

#include <weft/cpu/isa.hpp>

#if defined(__AVX__) || defined(_MSC_VER)  // the whole of it costs an SSE2 build 0.3 s
#include <immintrin.h>
#elif defined(__SSE4_1__)
#include <smmintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#endif
#if defined(__SSE2__) || defined(_M_X64)
#define WEFT_X86 1
#else
#define WEFT_X86 0
#endif

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace weft {
inline namespace WEFT_ISA {
namespace simd {

/// The signed and unsigned integers of a size, and the floating-point type where there is one.
template <std::size_t Bytes>
struct of_size;
template <>
struct of_size<1> {
    using i = std::int8_t;
    using u = std::uint8_t;
};
template <>
struct of_size<2> {
    using i = std::int16_t;
    using u = std::uint16_t;
};
template <>
struct of_size<4> {
    using i = std::int32_t;
    using u = std::uint32_t;
};
template <>
struct of_size<8> {
    using i = std::int64_t;
    using u = std::uint64_t;
};
template <std::size_t Bytes>
using signed_of_size = typename of_size<Bytes>::i;
template <class T>
using signed_of = signed_of_size<sizeof(T)>;
template <class T>
using unsigned_of = typename of_size<sizeof(T)>::u;

#if defined(__GNUC__)
/// The compiler's own vector of N lanes, with which + or a conversion compile to what fits best.
template <class T, int N>
struct native_vector {
    typedef T type __attribute__((vector_size(sizeof(T) * static_cast<std::size_t>(N))));
};
template <class T, int N>
using vec = typename native_vector<T, N>::type;
#endif
#if defined(__AVX512F__)
/// The mask of so many lanes.
template <int Lanes>
using lane_mask =
    std::conditional_t<Lanes <= 8, __mmask8,
                       std::conditional_t<Lanes == 16, __mmask16,
                                          std::conditional_t<Lanes == 32, __mmask32, __mmask64>>>;
#endif

}  // namespace simd
}  // namespace WEFT_ISA
}  // namespace weft

#if WEFT_X86 && defined(__GNUC__) && !defined(WEFT_USE_XSIMD)
#include <weft/cpu/register_x86.hpp>
#else
#include <weft/cpu/register_xsimd.hpp>
#endif
