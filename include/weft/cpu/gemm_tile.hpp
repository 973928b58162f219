// SPDX-License-Identifier: BSL-1.0
// The innermost part of the matrix product: a block of C stays in registers while one pass over
// the inner extent runs. Plain loops, unrolled by pragmas that -O2 obeys, on single registers:
// lambdas and index sequences in their place made one product compile 0.8 s longer.
#pragma once

#include <algorithm>
#include <cstdint>

#include <weft/cpu/batch_math.hpp>
#include <weft/cpu/batch_memory.hpp>
#include <weft/cpu/gemm_blocks.hpp>

#if defined(__GNUC__)
#define WEFT_UNROLL _Pragma("GCC unroll 16")
#else
#define WEFT_UNROLL
#endif

namespace weft {
inline namespace WEFT_ISA {
namespace gemm_detail {

template <class T>
using gemm_unit = simd::unit<T, gemm_tile<T>::lanes>;

template <class B>
WEFT_INLINE B plus(B a, B b) {
    return simd::arithmetic([](auto x, auto y) WEFT_INLINE_LAMBDA { return x + y; }, a, b);
}

/// One call of a tile: C(skip.., 0..columns) = A B, or C += A B.
template <class T>
struct tile_call {
    std::int64_t k;
    T const* a;
    std::int64_t a_row, a_step;  // from one row to the next, and along k
    T const* b;
    std::int64_t b_step;
    T* c;
    std::int64_t c_row;
    int columns;
    int skip;  // leading rows that another tile has written, or that there are not
    bool add;
};

/// R rows times V vectors, of which the last may be partial. Rows to skip have all tiles of one
/// step of rows, and only these.
template <class T, int R, int V>
[[gnu::noinline]] void tile(tile_call<T> const& t) noexcept {
    using B = gemm_unit<T>;
    constexpr int lanes = gemm_tile<T>::lanes;
    static_assert(simd::width_of<B> == lanes);
    constexpr int groups = (R + 2) / 3;  // one pointer serves three rows by addressing modes
    constexpr bool may_skip = R == gemm_tile<T>::step;
    int const last = t.columns - (V - 1) * lanes;
    bool const whole = last == lanes;  // a masked store is slow on some machines
    std::int64_t const row = t.a_row, step = t.a_step, b_step = t.b_step, c_row = t.c_row;
    T* const c = t.c;

    B sum[R][V];
    WEFT_UNROLL
    for (int i = 0; i < R; ++i) {
        WEFT_UNROLL
        for (int v = 0; v < V; ++v) sum[i][v] = simd::broadcast<B>(T(0));
    }
    if (t.add) {
        WEFT_UNROLL
        for (int i = 0; i < R; ++i) {
            if (may_skip && i < t.skip) continue;
            WEFT_UNROLL
            for (int v = 0; v + 1 < V; ++v)
                sum[i][v] = simd::load_all<B>(c + i * c_row + v * lanes);
            sum[i][V - 1] = simd::load_first<B>(c + i * c_row + (V - 1) * lanes, last);
        }
    } else {
        WEFT_UNROLL
        for (int i = 0; i < R; ++i) {
            __builtin_prefetch(c + i * c_row, 1);
            if (V > 1) __builtin_prefetch(c + i * c_row + t.columns - 1, 1);
        }
    }

    T const* a[groups];
    WEFT_UNROLL
    for (int g = 0; g < groups; ++g) a[g] = t.a + 3 * g * row;
    T const* b = t.b;
    for (std::int64_t p = t.k; p > 0; --p) {
        B x[V];
        WEFT_UNROLL
        for (int v = 0; v < V; ++v) {
            if (v + 1 == V && cheap_masks)
                x[v] = simd::load_first<B>(b + v * lanes, last);
            else
                x[v] = simd::load_all<B>(b + v * lanes);
            if (V > 1) __builtin_prefetch(b + 8 * b_step + v * lanes);
        }
        b += b_step;
        WEFT_UNROLL
        for (int i = 0; i < R; ++i) {
            B const y = simd::broadcast<B>(a[i / 3][i % 3 * row]);
            WEFT_UNROLL
            for (int v = 0; v < V; ++v) sum[i][v] = simd::fused(y, x[v], sum[i][v]);
        }
        WEFT_UNROLL
        for (int g = 0; g < groups; ++g) a[g] += step;
    }

    WEFT_UNROLL
    for (int i = 0; i < R; ++i) {
        if (may_skip && i < t.skip) continue;
        T* const to = c + i * c_row;
        WEFT_UNROLL
        for (int v = 0; v + 1 < V; ++v) simd::store_all(to + v * lanes, sum[i][v]);
        if (whole)
            simd::store_all(to + (V - 1) * lanes, sum[i][V - 1]);
        else
            simd::store_first(to + (V - 1) * lanes, sum[i][V - 1], last);
    }
}

template <class T>
using tile_function = void (*)(tile_call<T> const&) noexcept;

/// By steps of rows, less one, and vectors, less one.
template <class T>
inline constexpr tile_function<T> tiles[3][2] = {
    {tile<T, 1 * gemm_tile<T>::step, 1>, tile<T, 1 * gemm_tile<T>::step, 2>},
    {tile<T, 2 * gemm_tile<T>::step, 1>, tile<T, 2 * gemm_tile<T>::step, 2>},
    {tile<T, 3 * gemm_tile<T>::step, 1>, tile<T, 3 * gemm_tile<T>::step, 2>}};

}  // namespace gemm_detail
}  // namespace WEFT_ISA
}  // namespace weft
