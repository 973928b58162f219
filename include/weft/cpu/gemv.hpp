// SPDX-License-Identifier: BSL-1.0
// The product of a row with a matrix, y = x W: as a sum of rows of W where these are contiguous,
// as inner products where its columns are. Many accumulators hide the latency of the additions.
#pragma once

#include <cstdint>
#include <type_traits>

#include <weft/cpu/gemm_tile.hpp>
#include <weft/cpu/pack.hpp>
#include <weft/cpu/pack_math.hpp>

namespace weft {
inline namespace WEFT_ISA {
namespace gemm_detail {

/// Rows of W at a time for V vectors of y, so that enough sums are under way.
constexpr int rows_at_once(int vectors) { return (7 + vectors) / vectors; }

/// V vectors of y at once; if `Part`, the last has only `last` elements.
template <class T, int V, bool Part>
WEFT_INLINE void sum_rows(std::int64_t k, int last, T const* x, std::int64_t x_step, T const* w,
                          std::int64_t w_row, T* y, bool add) {
    using B = gemm_unit<T>;
    constexpr int lanes = gemm_tile<T>::lanes, U = rows_at_once(V);
    auto const load = [&](T const* p, int v) WEFT_INLINE_LAMBDA {
        return Part && v + 1 == V ? simd::load_first<B>(p + v * lanes, last)
                                  : simd::load_all<B>(p + v * lanes);
    };
    B sum[U][V];
    WEFT_UNROLL
    for (int u = 0; u < U; ++u) {
        WEFT_UNROLL
        for (int v = 0; v < V; ++v) sum[u][v] = simd::broadcast<B>(T(0));
    }
    std::int64_t p = 0;
    for (; p + U <= k; p += U) {
        WEFT_UNROLL
        for (int u = 0; u < U; ++u) {
            B const factor = simd::broadcast<B>(x[u * x_step]);
            WEFT_UNROLL
            for (int v = 0; v < V; ++v)
                sum[u][v] = simd::fused(factor, load(w + u * w_row, v), sum[u][v]);
        }
        x += U * x_step;
        w += U * w_row;
    }
    for (; p < k; ++p, x += x_step, w += w_row) {
        B const factor = simd::broadcast<B>(*x);
        WEFT_UNROLL
        for (int v = 0; v < V; ++v) sum[0][v] = simd::fused(factor, load(w, v), sum[0][v]);
    }
    WEFT_UNROLL
    for (int v = 0; v < V; ++v) {
        B total = sum[0][v];
        WEFT_UNROLL
        for (int u = 1; u < U; ++u) total = plus(total, sum[u][v]);
        if (add) total = plus(total, load(y, v));
        if (Part && v + 1 == V)
            simd::store_first(y + v * lanes, total, last);
        else
            simd::store_all(y + v * lanes, total);
    }
}

/// The same as a function.
template <class T, int V, bool Part>
[[gnu::noinline]] void sum_columns(std::int64_t k, int last, T const* x, std::int64_t x_step,
                                   T const* w, std::int64_t w_row, T* y, bool add) noexcept {
    sum_rows<T, V, Part>(k, last, x, x_step, w, w_row, y, add);
}

/// All of y from U rows of W after the other: for a W beyond the caches, which is read from end to
/// end.
template <class T, int U>
[[gnu::noinline]] void add_rows(std::int64_t n, std::int64_t k, T const* x, std::int64_t x_step,
                                T const* w, std::int64_t w_row, T* y, bool add) noexcept {
    using B = gemm_unit<T>;
    constexpr int lanes = gemm_tile<T>::lanes;
    for (std::int64_t p = 0; p < k; p += U, x += U * x_step, w += U * w_row, add = true) {
        int const rows = static_cast<int>(smaller_of<std::int64_t>(U, k - p));
        B factor[U];
        WEFT_UNROLL
        for (int u = 0; u < U; ++u) factor[u] = simd::broadcast<B>(u < rows ? x[u * x_step] : T(0));
        for (std::int64_t j = 0; j < n; j += lanes) {
            int const part = static_cast<int>(smaller_of<std::int64_t>(lanes, n - j));
            B sum = add ? simd::load_first<B>(y + j, part) : simd::broadcast<B>(T(0));
            WEFT_UNROLL
            for (int u = 0; u < U; ++u) {
                if (u >= rows) break;
                __builtin_prefetch(w + u * w_row + j + 512 / sizeof(T));
                sum = simd::fused(factor[u], simd::load_first<B>(w + u * w_row + j, part), sum);
            }
            simd::store_first(y + j, sum, part);
        }
    }
}

/// G phases (below) of a product with short rows, from element `at` of W on: sums of the elements
/// of the stream that have the same place in all periods.
template <class T, int G>
[[gnu::noinline]] void sum_phases(int n, int rows, std::int64_t k, T const* x, T const* w, int at,
                                  T* sums) noexcept {
    using B = gemm_unit<T>;
    using P = pack<T, gemm_tile<T>::lanes>;
    constexpr int lanes = gemm_tile<T>::lanes, U = 2;
    int const period = rows * n;
    P const inverse(T(1) / static_cast<T>(n));
    using I = decltype(cast<simd::signed_of<T>>(inverse).lane.part[0]);
    std::remove_reference_t<I> order[G];
    B sum[U][G];
    WEFT_UNROLL
    for (int g = 0; g < G; ++g) {
        P const place = P::iota(T(0.5)) + P(static_cast<T>(at + g * lanes));
        order[g] = cast<simd::signed_of<T>>(place * inverse).lane.part[0];
        WEFT_UNROLL
        for (int u = 0; u < U; ++u) sum[u][g] = simd::broadcast<B>(T(0));
    }
    w += at;
    for (; k >= U * rows; k -= U * rows) {
        WEFT_UNROLL
        for (int u = 0; u < U; ++u, x += rows, w += period) {
            B const factors = simd::load_first<B>(x, rows);
            WEFT_UNROLL
            for (int g = 0; g < G; ++g)
                sum[u][g] = simd::fused(simd::permute(factors, order[g]),
                                        simd::load_all<B>(w + g * lanes), sum[u][g]);
        }
    }
    for (; k > 0; k -= rows, x += rows, w += period) {
        int const count = static_cast<int>(smaller_of<std::int64_t>(k, rows));
        int const elements = count * n - at;
        B const factors = simd::load_first<B>(x, count);
        WEFT_UNROLL
        for (int g = 0; g < G; ++g) {
            B const part =
                simd::load_first<B>(w + g * lanes, within(elements - g * lanes, 0, lanes));
            sum[0][g] = simd::fused(simd::permute(factors, order[g]), part, sum[0][g]);
        }
    }
    WEFT_UNROLL
    for (int g = 0; g < G; ++g) simd::store_all(sums + g * lanes, plus(sum[0][g], sum[1][g]));
}

/// n elements of y for rows of W that are shorter than a vector and have no gaps. W is read as a
/// stream of whole vectors; every n / gcd(n, lanes) vectors, or 2 if that is 1, they begin at the
/// same column again, so that each of these phases has its own fixed order of the elements of x.
template <class T>
[[gnu::noinline]] void gemv_narrow(int n, std::int64_t k, T const* x, T const* w, T* y,
                                   bool add) noexcept {
    using B = gemm_unit<T>;
    constexpr int lanes = gemm_tile<T>::lanes;
    int const common = n & -n, rows = common == n ? 2 * lanes / n : lanes / common;
    int const period = rows * n;
    T sums[lanes * lanes];
    for (int at = 0; at < period;) {
        if ((period - at) % (2 * lanes) != 0 && period - at >= 3 * lanes) {
            sum_phases<T, 3>(n, rows, k, x, w, at, sums + at);
            at += 3 * lanes;
        } else {
            sum_phases<T, 2>(n, rows, k, x, w, at, sums + at);
            at += 2 * lanes;
        }
    }
    B total = add ? simd::load_first<B>(y, n) : simd::broadcast<B>(T(0));
    for (int r = 0; r < rows; ++r) total = plus(total, simd::load_first<B>(sums + r * n, n));
    simd::store_first(y, total, n);
}

/// `groups` times J elements of y, U vectors of x at a time.
template <class T, int J, int U>
[[gnu::noinline]] void inner_products(std::int64_t groups, std::int64_t k, T const* x, T const* w,
                                      std::int64_t w_column, T* y, bool add) noexcept {
    using B = gemm_unit<T>;
    constexpr int lanes = gemm_tile<T>::lanes;
    using P = pack<T, lanes>;
    for (; groups > 0; --groups, y += J, w += J * w_column) {
        B sum[J][U];
        WEFT_UNROLL
        for (int j = 0; j < J; ++j) {
            WEFT_UNROLL
            for (int u = 0; u < U; ++u) sum[j][u] = simd::broadcast<B>(T(0));
        }
        std::int64_t p = 0;
        for (; p + U * lanes <= k; p += U * lanes) {
            WEFT_UNROLL
            for (int u = 0; u < U; ++u) {
                B const factor = simd::load_all<B>(x + p + u * lanes);
                WEFT_UNROLL
                for (int j = 0; j < J; ++j)
                    sum[j][u] = simd::fused(
                        factor, simd::load_all<B>(w + j * w_column + p + u * lanes), sum[j][u]);
            }
        }
        for (; p < k; p += lanes) {
            int const part = static_cast<int>(smaller_of<std::int64_t>(k - p, lanes));
            B const factor = simd::load_first<B>(x + p, part);
            WEFT_UNROLL
            for (int j = 0; j < J; ++j)
                sum[j][0] =
                    simd::fused(factor, simd::load_first<B>(w + j * w_column + p, part), sum[j][0]);
        }
        WEFT_UNROLL
        for (int j = 0; j < J; ++j) {
            WEFT_UNROLL
            for (int u = 1; u < U; ++u) sum[j][0] = plus(sum[j][0], sum[j][u]);
            T const total = reduce_add(P(typename P::group{{sum[j][0]}}));
            y[j] = add ? y[j] + total : total;
        }
    }
}

/// y = x W, or y += x W, with y contiguous; `work` has room for k elements.
template <class T>
void gemv(std::int64_t n, std::int64_t k, T const* x, std::int64_t x_step, T const* w,
          std::int64_t w_row, std::int64_t w_column, T* y, bool add, T* work) noexcept {
    constexpr int lanes = gemm_tile<T>::lanes;
    bool const by_rows = w_column == 1 && (n > 1 || w_row != 1);
    bool const narrow = by_rows && simd::can_permute<gemm_unit<T>> && n < lanes && w_row == n;
    if ((narrow || (w_row == 1 && !by_rows)) && x_step != 1) {
        for (std::int64_t p = 0; p < k; ++p) work[p] = x[p * x_step];
        x = work;
        x_step = 1;
    }
    if constexpr (simd::can_permute<gemm_unit<T>>)
        if (narrow) return gemv_narrow(static_cast<int>(n), k, x, w, y, add);
    auto const advance = [&](std::int64_t columns) {
        n -= columns;
        w += columns * w_column;
        y += columns;
    };
    if (cheap_masks && by_rows && n >= 8 * lanes &&
        n * k * static_cast<std::int64_t>(sizeof(T)) > gemm_cache_bytes)
        return add_rows<T, 8>(n, k, x, x_step, w, w_row, y, add);
    if (by_rows) {
        auto const next = [&]<int V, bool Part>(std::int64_t columns) {
            int const last = static_cast<int>(columns - (V - 1) * lanes);
            sum_columns<T, V, Part>(k, last, x, x_step, w, w_row, y, add);
            advance(columns);
        };
        while (n >= 4 * lanes) next.template operator()<4, false>(4 * lanes);
        if constexpr (!cheap_masks) {
            while (n >= lanes) next.template operator()<1, false>(lanes);
        } else if (n > 3 * lanes) {
            next.template operator()<4, true>(n);
        } else if (n > 2 * lanes) {
            next.template operator()<3, true>(n);
        } else if (n > lanes) {
            next.template operator()<2, true>(n);
        } else if (n > 0) {
            next.template operator()<1, true>(n);
        }
    } else if (w_row == 1) {
        inner_products<T, 4, 2>(n / 4, k, x, w, w_column, y, add);
        advance(n / 4 * 4);
        inner_products<T, 1, 8>(n, k, x, w, w_column, y, add);
        n = 0;
    }
    while (n > 0) {
        T sum(0);
        for (std::int64_t p = 0; p < k; ++p) sum += x[p * x_step] * w[p * w_row];
        *y = add ? *y + sum : sum;
        advance(1);
    }
}

}  // namespace gemm_detail
}  // namespace WEFT_ISA
}  // namespace weft
