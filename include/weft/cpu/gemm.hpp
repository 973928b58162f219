// SPDX-License-Identifier: BSL-1.0
// The matrix product of the CPU backend, C = A B, with an epilogue that sees every block of C while
// it is in cache: bias and activation, or an optimizer's update of the matrix that C is a gradient
// of. Works on raw pointers and allocates nothing.
#pragma once

#include <algorithm>
#include <cstdint>

#include <weft/cpu/gemm_blocks.hpp>
#include <weft/cpu/gemm_pack.hpp>
#include <weft/cpu/gemm_tile.hpp>
#include <weft/cpu/gemv.hpp>

namespace weft {
inline namespace WEFT_ISA {

/// One operand of a product: element (i, j) stands at data[i * row + j * column]. Any strides are
/// right; products are fast if one of them is 1.
template <class T>
struct matrix {
    T const* data;
    std::int64_t row, column;
};

/// A finished part of C: rows x columns values at (row, column), its rows `stride` apart.
template <class T>
struct block {
    T* data;
    std::int64_t stride, row, column, rows, columns;
};

/// What happens to each finished block: called once for every element of C, in a fixed order.
template <class T>
struct epilogue {
    void (*run)(void const* context, block<T> const&) = nullptr;
    void const* context = nullptr;
};

namespace gemm_detail {

template <class T>
struct gemm_call {
    std::int64_t m, n, k;
    matrix<T> a, b;
    T* c;
    std::int64_t c_row;
    bool accumulate;
    epilogue<T> finish;
    T* work;
};

template <class T>
[[gnu::noinline]] void gemm_vector(gemm_call<T> const& g) noexcept {
    bool const row = g.m == 1;
    std::int64_t const n = row ? g.n : g.m;
    bool const direct = g.c != nullptr && (row || g.c_row == 1);
    T* const y = direct ? g.c : g.work;
    matrix<T> const x = row ? g.a : matrix<T>{g.b.data, 0, g.b.row};
    matrix<T> const w = row ? g.b : matrix<T>{g.a.data, g.a.column, g.a.row};
    gemv(n, g.k, x.data, x.column, w.data, w.row, w.column, y, g.accumulate && direct, g.work + n);
    if (!direct && g.c != nullptr)
        for (std::int64_t i = 0; i < n; ++i) {
            T& to = g.c[i * g.c_row];
            y[i] = to = g.accumulate ? to + y[i] : y[i];
        }
    if (g.finish.run != nullptr) g.finish.run(g.finish.context, {y, row ? n : 1, 0, 0, g.m, g.n});
}

/// Whether few columns of C are computed as rows of its transpose: A is transposed, so that its
/// rows, which are long, can be read as vectors.
template <class T>
bool gemm_is_narrow(gemm_call<T> const& g) {
    using shape = gemm_tile<T>;
    return cheap_masks && g.n <= shape::rows && g.m >= shape::columns && g.a.row == 1 &&
           g.a.column != 1 && (g.c == nullptr || !g.accumulate) &&
           g.k <= 2 * gemm_block_sizes<T>(g.n, g.k).k;
}

template <class T>
[[gnu::noinline]] void gemm_narrow(gemm_call<T> const& g) noexcept {
    using shape = gemm_tile<T>;
    constexpr int lanes = shape::lanes, strip = shape::columns;
    gemm_blocks const q = gemm_block_sizes<T>(g.n, g.k);
    int const n = static_cast<int>(g.n), rows = static_cast<int>(round_up(n, shape::step));
    T* const turned = g.work + rows * g.k;  // a strip of the transpose
    T* const sums = g.work + gemm_a_elements<T>(q);
    std::int64_t const c_row = g.c != nullptr ? g.c_row : n;
    std::int64_t const together = std::max<std::int64_t>(1, shape::rows * q.tiles / strip) * strip;
    if (n < rows) std::fill_n(g.work, rows * g.k, T(0));
    pack_a(g.k, n, 1, g.b.data, g.b.column, g.b.row, g.work, 1, rows, 0);
    tile_call<T> t{};
    t.k = g.k;
    t.a = g.work;
    t.a_row = 1;
    t.a_step = rows;
    t.b_step = g.a.column;
    t.c = turned;
    t.c_row = strip;
    T* block_data = g.c != nullptr ? g.c : sums;
    std::int64_t first = 0;
    for (std::int64_t i = 0; i < g.m; i += strip) {
        t.columns = static_cast<int>(std::min<std::int64_t>(strip, g.m - i));
        t.b = g.a.data + i;
        tiles<T>[rows / shape::step - 1][t.columns > lanes](t);
        T* const c = block_data + (i - first) * c_row;
        for (int v = 0; v < t.columns; v += lanes)
            for (int j = 0; j < n; j += lanes)
                transpose_part(std::min(lanes, n - j), std::min(lanes, t.columns - v),
                               turned + j * strip + v, strip, c + v * c_row + j, c_row,
                               std::min(lanes, n - j));
        std::int64_t const end = i + t.columns;
        if (end - first >= together || end == g.m) {
            if (g.finish.run != nullptr)
                g.finish.run(g.finish.context, {block_data, c_row, first, 0, end - first, g.n});
            if (g.c != nullptr) block_data += (end - first) * c_row;
            first = end;
        }
    }
}

/// The rows of the next tile: as many as fit; the last tile reaches back over rows that are done,
/// or over rows that there are not.
template <class T>
struct tile_rows {
    using shape = gemm_tile<T>;
    int rows, skip;

    constexpr explicit tile_rows(std::int64_t rest)
        : rows(static_cast<int>(std::clamp<std::int64_t>(rest / shape::step * shape::step,
                                                         shape::step, shape::rows))),
          skip(static_cast<int>(std::max<std::int64_t>(0, rows - rest))) {}
};

template <class T>
[[gnu::noinline]] void gemm_blocked(gemm_call<T> const& g) noexcept {
    using shape = gemm_tile<T>;
    bool const few = g.m < shape::step;  // one tile, filled up in a copy of A
    constexpr int strip = shape::columns;
    gemm_blocks const q = gemm_block_sizes<T>(g.n, g.k);
    bool const packs_b = gemm_packs_b<T>(g.m, g.n, g.k, g.b.column == 1);
    bool const row_form = g.a.column == 1 || few;
    std::int64_t const stride = (row_form ? g.a.row : g.a.column) * static_cast<int>(sizeof(T));
    // Strides that share cache sets or pages: a tile of A is copied if many strips read it.
    bool const packs_a =
        few || (g.n >= 4 * strip && g.k >= 32 && (row_form ? stride % 1024 == 0 : stride >= 1024));
    bool const many_k = q.k < g.k;
    std::int64_t const most = q.n <= q.shared || g.n <= q.shared ? q.tiles : 1;
    T* const packed_a = g.work;
    T* const packed_b = packed_a + gemm_a_elements<T>(q);
    T* const sums = packed_b + (packs_b ? q.k * q.n : 0);

    for (std::int64_t j0 = 0; j0 < g.n; j0 += q.n) {
        std::int64_t const j1 = std::min(g.n, j0 + q.n);
        std::int64_t p0 = 0;
        do {
            std::int64_t const k = std::min(q.k, g.k - p0);
            bool const last = p0 + k >= g.k;
            T const* const b = g.b.data + p0 * g.b.row;
            tile_call<T> t{};
            t.k = k;
            t.a_row = g.a.row;
            t.a_step = g.a.column;
            t.b_step = g.b.row;
            t.c_row = g.c != nullptr ? g.c_row : many_k ? q.n : q.shared;
            t.add = p0 > 0 || (g.accumulate && g.c != nullptr);
            T* next_a = nullptr;
            std::int64_t packed_end = 0;          // rows before it are in packed_a or done
            std::int64_t first = 0, waiting = 0;  // rows whose epilogue has not run
            for (std::int64_t i0 = 0; i0 < g.m;) {
                tile_rows<T> const r(g.m - i0);
                std::int64_t const i = i0 - r.skip, end = i + r.rows;
                t.skip = r.skip;
                t.a = g.a.data + (few ? 0 : i) * g.a.row + p0 * g.a.column;
                if (packs_a) {
                    std::int64_t const tile_size = r.rows * (k + shape::lanes);
                    t.a_row = row_form ? k + shape::lanes : 1;
                    t.a_step = row_form ? 1 : r.rows;
                    if (i0 == packed_end) {
                        auto const full =
                            std::min<std::int64_t>(gemm_a_tiles, (g.m - i0) / shape::rows);
                        int const count = static_cast<int>(std::max<std::int64_t>(1, full));
                        int const none = few ? r.skip : 0;
                        std::fill_n(packed_a, none * t.a_row, T(0));
                        pack_a(k, r.rows - none, count, t.a, g.a.row, g.a.column,
                               packed_a + none * t.a_row, t.a_row, t.a_step, tile_size);
                        packed_end = i + count * r.rows;
                        next_a = packed_a;
                    }
                    t.a = next_a;
                    next_a += tile_size;
                }
                for (std::int64_t c0 = j0; c0 < j1; c0 += q.shared) {
                    std::int64_t const c1 = std::min(j1, c0 + q.shared);
                    T* const c = g.c != nullptr ? g.c + i * g.c_row + c0
                                 : many_k       ? sums + i * q.n + (c0 - j0)
                                                : sums + (i - first) * q.shared;
                    for (std::int64_t j = c0; j < c1; j += strip) {
                        t.columns = static_cast<int>(std::min<std::int64_t>(strip, c1 - j));
                        t.c = c + (j - c0);
                        t.b = b + j * g.b.column;
                        if (packs_b) {
                            T* const to = packed_b + (j - j0) * k;
                            if (i0 == 0) pack_b(k, t.columns, t.b, g.b.row, g.b.column, to);
                            t.b = to;
                            t.b_step = round_up(t.columns, shape::lanes);
                        }
                        tiles<T>[r.rows / shape::step - 1][t.columns > shape::lanes](t);
                    }
                    if (last && g.finish.run != nullptr && (++waiting == most || end == g.m)) {
                        g.finish.run(g.finish.context, {c - (i - first) * t.c_row, t.c_row, first,
                                                        c0, end - first, c1 - c0});
                        waiting = 0;
                    }
                }
                i0 = end;
                if (waiting == 0) first = end;
            }
            p0 += q.k;
        } while (p0 < g.k);
    }
}

}  // namespace gemm_detail

/// C = A B, or C += A B, of an m x k and a k x n matrix; C has contiguous rows `ldc` apart. If C is
/// null, only the epilogue sees it. `workspace` has gemm_workspace_bytes<T>(m, n, k) bytes.
/// The sum of an element runs over k in order, split at fixed places: the same bits on every run.
template <class T>
void gemm(std::int64_t m, std::int64_t n, std::int64_t k, matrix<T> a, matrix<T> b, T* c,
          std::int64_t ldc, bool accumulate, epilogue<T> e, void* workspace) noexcept {
    if (m <= 0 || n <= 0) return;
    auto const address = reinterpret_cast<std::uintptr_t>(workspace);
    auto* const work =
        reinterpret_cast<T*>(static_cast<char*>(workspace) + ((64 - address % 64) % 64));
    gemm_detail::gemm_call<T> const g{
        m, n, std::max<std::int64_t>(0, k), a, b, c, ldc, accumulate, e, work};
    if (m == 1 || n == 1)
        gemm_detail::gemm_vector(g);
    else if (gemm_detail::gemm_is_narrow(g))
        gemm_detail::gemm_narrow(g);
    else
        gemm_detail::gemm_blocked(g);
}

}  // namespace WEFT_ISA
}  // namespace weft
