// SPDX-License-Identifier: BSL-1.0
// The innermost part of the matrix product: a block of C stays in registers while one pass over
// the inner extent runs. Here in C++, for machines that gemm_tile_x86.hpp has no assembly for:
// plain loops, unrolled by pragmas that -O2 obeys, on single registers.
#pragma once

#include <cstdint>
#include <utility>

#include <weft/cpu/batch_math.hpp>
#include <weft/cpu/batch_memory.hpp>
#include <weft/cpu/gemm_blocks.hpp>
#include <weft/cpu/gemm_tile_x86.hpp>

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

/// One call of a tile: C(0..rows, 0..columns) = A B, or C += A B, with k > 0. Strides are in bytes.
template <class T>
struct tile_call {
    std::int64_t fours, ones;  // steps of k: with loads of B past the end of the row, and without
    T const* a;
    std::int64_t a_stride;  // from row to row, or along k; the other one is one element
    T const* b;
    std::int64_t b_step;
    T* c;
    std::int64_t c_row;
    void const* ahead;  // where to prefetch two cache lines for each step of k, but the last ones
    std::int64_t ahead_step;
    std::int64_t mask;  // of the last vector: bits, or the address of a vector
    int by_columns;     // whether the columns of A are contiguous
    int whole;          // whether the last vector is full
    int add;
    int columns;
};

#if !defined(WEFT_TILE_X86)
template <class T>
WEFT_INLINE T* moved(T* p, std::int64_t bytes) {
    return reinterpret_cast<T*>(reinterpret_cast<std::intptr_t>(p) + bytes);
}

/// R rows times two vectors, each of which may be partial.
template <class T, int R>
[[gnu::noinline]] void tile(tile_call<T> const& t) noexcept {
    using B = gemm_unit<T>;
    constexpr int lanes = gemm_tile<T>::lanes, V = 2;
    static_assert(simd::width_of<B> == lanes);
    constexpr int groups = (R + 2) / 3;  // one pointer serves three rows by addressing modes
    auto const count = [&](int v)
                           WEFT_INLINE_LAMBDA { return within(t.columns - v * lanes, 0, lanes); };
    constexpr std::int64_t size = sizeof(T);
    std::int64_t const row = t.by_columns ? size : t.a_stride,
                       step = t.by_columns ? t.a_stride : size, b_step = t.b_step, c_row = t.c_row;

    B sum[R][V];
    WEFT_UNROLL
    for (int i = 0; i < R; ++i) {
        WEFT_UNROLL
        for (int v = 0; v < V; ++v) sum[i][v] = simd::broadcast<B>(T(0));
    }
    T const* a[groups];
    WEFT_UNROLL
    for (int g = 0; g < groups; ++g) a[g] = moved(t.a, 3 * g * row);
    T const* b = t.b;
    for (std::int64_t p = 4 * t.fours + t.ones; p > 0; --p) {
        B x[V];
        WEFT_UNROLL
        for (int v = 0; v < V; ++v) {
            if (cheap_masks)
                x[v] = simd::load_first<B>(b + v * lanes, count(v));
            else
                x[v] = simd::load_all<B>(b + v * lanes);
        }
        b = moved(b, b_step);
        WEFT_UNROLL
        for (int i = 0; i < R; ++i) {
            B const y = simd::broadcast<B>(*moved(a[i / 3], i % 3 * row));
            WEFT_UNROLL
            for (int v = 0; v < V; ++v) sum[i][v] = simd::fused(y, x[v], sum[i][v]);
        }
        WEFT_UNROLL
        for (int g = 0; g < groups; ++g) a[g] = moved(a[g], step);
    }

    T part[R * V * lanes];  // for columns that are no whole vectors
    T* const to = t.whole ? t.c : part;
    std::int64_t const to_row = t.whole ? c_row : V * lanes * size;
    bool const adds = t.add && t.whole;
    WEFT_UNROLL
    for (int i = 0; i < R; ++i) {
        WEFT_UNROLL
        for (int v = 0; v < V; ++v) {
            T* const d = moved(to, i * to_row) + v * lanes;
            simd::store_all(d, adds ? plus(sum[i][v], simd::load_all<B>(d)) : sum[i][v]);
        }
    }
    if (t.whole) return;
    for (int i = 0; i < R; ++i)
        for (int j = 0; j < t.columns; ++j) {
            T& c = moved(t.c, i * c_row)[j];
            c = t.add ? c + part[i * V * lanes + j] : part[i * V * lanes + j];
        }
}
#endif

template <class T>
using tile_function = void (*)(tile_call<T> const&) noexcept;

#if defined(WEFT_TILE_X86)
inline constexpr int tile_widths = 2;
template <class T, int R>
inline constexpr tile_function<T> tile_of[2] = {tile<T, R, 1>, tile<T, R, 2>};
#else
inline constexpr int tile_widths = 1;
template <class T, int R>
inline constexpr tile_function<T> tile_of[1] = {tile<T, R>};
#endif

/// By rows, less one, and vectors, less one.
template <class T>
inline constexpr auto tiles = []<int... R>(std::integer_sequence<int, R...>) {
    struct {
        tile_function<T> at[sizeof...(R) * tile_widths];
    } result{};
    for (int v = 0; v < tile_widths; ++v)
        ((result.at[R * tile_widths + v] = tile_of<T, R + 1>[v]), ...);
    return result;
}
(std::make_integer_sequence<int, gemm_tile<T>::rows>{});

/// What the assembly masks the last vector of so many columns with.
template <class T>
WEFT_INLINE std::int64_t mask_of_columns([[maybe_unused]] int columns) {
#if defined(WEFT_TILE_X86)
    int const last = (columns - 1) % gemm_tile<T>::lanes + 1;
#if defined(__AVX512F__)
    return (std::int64_t{1} << last) - 1;
#else
    static constexpr std::int32_t window[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
    return reinterpret_cast<std::intptr_t>(window + 8 - last * static_cast<int>(sizeof(T) / 4));
#endif
#else
    return 0;
#endif
}

/// The columns of a call, at most those of a tile, and its steps along k; `row` elements are from
/// one row of B to the next, or 0 if it is packed.
template <class T>
WEFT_INLINE void set_size(tile_call<T>& t, int columns, std::int64_t k, std::int64_t row) {
    constexpr int lanes = gemm_tile<T>::lanes;
    [[maybe_unused]] int const last = (columns - 1) % lanes + 1;
    t.columns = columns;
    t.whole = tile_widths == 1 ? columns == gemm_tile<T>::columns : last == lanes;
    std::int64_t const past = lanes - last;  // elements that a whole vector reads beyond the row
    std::int64_t const careful = row == 0 || past == 0 ? 0
                                 : row < 0             ? k
                                 : row >= past         ? 1
                                                       : smaller_of(k, ceil_div(past, row));
    t.fours = (k - careful) / 4;
    t.ones = k - 4 * t.fours;
    t.mask = mask_of_columns<T>(columns);
}

template <class T>
WEFT_INLINE void run_tile(tile_call<T> const& t, int rows) {
    int const wide = tile_widths == 2 && t.columns > gemm_tile<T>::lanes;
    tiles<T>.at[(rows - 1) * tile_widths + wide](t);
}

}  // namespace gemm_detail
}  // namespace WEFT_ISA
}  // namespace weft
