// SPDX-License-Identifier: BSL-1.0
// Copies of parts of A and B for the matrix product, in the order in which the tiles read them.
#pragma once

#include <cstdint>
#include <utility>

#include <weft/cpu/gemm_tile.hpp>

namespace weft {
inline namespace WEFT_ISA {
namespace gemm_detail {

#if defined(__GNUC__)
// Exchanges the odd blocks of D lanes of each row with the even ones of the row D further on; this
// for D = lanes / 2, ..., 1 transposes a square.
template <class B, int D, int... J>
WEFT_INLINE void exchange(B* rows, std::integer_sequence<int, J...> all) {
    using T = simd::value_of<B>;
    constexpr int N = sizeof...(J);
    WEFT_UNROLL
    for (int i = 0; i < N / 2; ++i) {
        B &x = rows[i / D * 2 * D + i % D], &y = rows[i / D * 2 * D + i % D + D];
        auto const a = simd::to_vec<T>(x), b = simd::to_vec<T>(y);
        x = simd::from_vec<B>(__builtin_shufflevector(a, b, (J / D % 2 == 0 ? J : J - D + N)...));
        y = simd::from_vec<B>(__builtin_shufflevector(a, b, (J / D % 2 == 0 ? J + D : J + N)...));
    }
    if constexpr (D > 1) exchange<B, D / 2>(rows, all);
}
#endif

/// to(j, i) = from(i, j) for i < m and j < n, where m and n are at most the number of lanes. Of the
/// rows of the result, `width` lanes are written; those from m on have any value.
template <class T>
[[gnu::noinline]] void transpose_part(int m, int n, T const* from, std::int64_t from_row, T* to,
                                      std::int64_t to_row, int width) noexcept {
    constexpr int N = gemm_tile<T>::lanes;
#if defined(__GNUC__)
    using B = gemm_unit<T>;
    if constexpr (simd::is_vector<B> && cheap_masks) {
        B rows[N];
        WEFT_UNROLL
        for (int i = 0; i < N; ++i) {
            rows[i] = simd::load_first<B>(from, n);
            if (i + 1 < m) from += from_row;
        }
        exchange<B, N / 2>(rows, std::make_integer_sequence<int, N>{});
        WEFT_UNROLL
        for (int i = 0; i < N; ++i) {
            if (i >= n) break;
            simd::store_first(to + i * to_row, rows[i], width);
        }
        return;
    }
#endif
    for (int j = 0; j < n; ++j)
        for (int i = 0; i < width; ++i)
            to[j * to_row + i] = from[smaller_of(i, m - 1) * from_row + j];
}

/// Elements of a packed row of `columns` columns: what the tiles read without masks.
template <class T>
WEFT_INLINE std::int64_t packed_width(int columns) {
    return round_up(columns, cheap_masks ? gemm_tile<T>::lanes : gemm_tile<T>::columns);
}

/// k rows of a strip of B, `columns` wide, into rows of whole vectors; what is beyond is finite if
/// B is.
template <class T>
[[gnu::noinline]] void pack_b(std::int64_t k, int columns, T const* b, std::int64_t row,
                              std::int64_t column, T* to) noexcept {
    using B = gemm_unit<T>;
    constexpr int lanes = gemm_tile<T>::lanes;
    std::int64_t const width = packed_width<T>(columns);
    if (column == 1) {
        int const first = smaller_of(lanes, columns), second = columns - first;
        for (std::int64_t p = 0; p < k; ++p, b += row, to += width) {
            simd::store_all(to, simd::load_first<B>(b, first));
            if (width > lanes) simd::store_all(to + lanes, simd::load_first<B>(b + lanes, second));
        }
        return;
    }
    for (int j = 0; j < width; j += lanes) {
        int const count = within(columns - j, 0, lanes);
        T const* const from = b + j * column;
        T* const d = to + j;
        if (row == 1 && count > 0) {
            for (std::int64_t p = 0; p < k; p += lanes)
                transpose_part(count, static_cast<int>(smaller_of<std::int64_t>(lanes, k - p)),
                               from + p, column, d + p * width, width, lanes);
            continue;
        }
        for (std::int64_t p = 0; p < k; ++p)
            for (int i = 0; i < lanes; ++i)
                d[p * width + i] = i < count ? from[p * row + i * column] : T(0);
    }
}

/// Rows of A, as they are, but `to_row` apart.
template <class T>
[[gnu::noinline]] void pack_rows(std::int64_t k, int rows, T const* a, std::int64_t row, T* to,
                                 std::int64_t to_row) noexcept {
    using B = gemm_unit<T>;
    constexpr int lanes = gemm_tile<T>::lanes;
    for (int i = 0; i < rows; ++i, a += row, to += to_row) {
        std::int64_t p = 0;
        for (; p + lanes <= k; p += lanes) simd::store_all(to + p, simd::load_all<B>(a + p));
        for (; p < k; ++p) to[p] = a[p];
    }
}

/// `count` tiles of `rows` rows of A each, k * gemm_packed_rows apart, in the order of the loop
/// over k. `known` is the number of rows from the first one on that A has.
template <class T>
[[gnu::noinline]] void pack_columns(std::int64_t k, int rows, int count, std::int64_t known,
                                    T const* a, std::int64_t row, std::int64_t column,
                                    T* to) noexcept {
    using B = gemm_unit<T>;
    constexpr int lanes = gemm_tile<T>::lanes, step = gemm_packed_rows<T>;
    constexpr int all = gemm_a_tiles * (step / lanes);
    std::int64_t const to_tile = k * step;
    auto const offset = [](int part, std::int64_t tile) {
        return part / (step / lanes) * tile + part % (step / lanes) * lanes;
    };
    if (row == 1 && count == gemm_a_tiles && (count - 1) * rows + step <= known) {
        for (std::int64_t p = 0; p < k; ++p, a += column, to += step) {
            B part[all];
            WEFT_UNROLL
            for (int i = 0; i < all; ++i) part[i] = simd::load_all<B>(a + offset(i, rows));
            WEFT_UNROLL
            for (int i = 0; i < all; ++i) simd::store_all(to + offset(i, to_tile), part[i]);
        }
        return;
    }
    for (int t = 0; t < count; ++t, a += rows * row)
        for (std::int64_t p = 0; p < k; ++p, to += step)
            if (row == 1)
                for (int i = 0; i < rows; i += lanes)
                    simd::store_all(to + i, simd::load_first<B>(a + p * column + i,
                                                                smaller_of(lanes, rows - i)));
            else
                for (int i = 0; i < rows; ++i) to[i] = a[p * column + i * row];
}

}  // namespace gemm_detail
}  // namespace WEFT_ISA
}  // namespace weft
