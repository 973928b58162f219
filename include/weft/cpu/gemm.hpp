// SPDX-License-Identifier: BSL-1.0
// The matrix product of the CPU backend, C = A B, with an epilogue that sees every block of C while
// it is in cache: bias and activation, or an optimizer's update of the matrix that C is a gradient
// of. Works on raw pointers and allocates nothing.
#pragma once

#include <cstdint>

#include <weft/cpu/executor.hpp>
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

/// What happens to each finished block: called once for every element of C, in a fixed order, or
/// from several threads if it is `concurrent`.
template <class T>
struct epilogue {
    void (*run)(void const* context, block<T> const&) = nullptr;
    void const* context = nullptr;
    bool concurrent = false;
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

/// An inner extent of zero.
template <class T>
[[gnu::noinline]] void gemm_empty(gemm_call<T> const& g) noexcept {
    for (std::int64_t i = 0; i < g.m; ++i)
        for (std::int64_t j = 0; j < g.n; j += gemm_block_elements) {
            std::int64_t const count = smaller_of(gemm_block_elements, g.n - j);
            T* const to = g.c != nullptr ? g.c + i * g.c_row + j : g.work;
            if (g.c == nullptr || !g.accumulate) clear(to, count);
            if (g.finish.run != nullptr)
                g.finish.run(g.finish.context, {to, count, i, j, 1, count});
        }
}

/// Whether few columns of C are computed as rows of its transpose: A is transposed, so that its
/// rows, which are long, can be read as vectors.
template <class T>
bool gemm_is_narrow(gemm_call<T> const& g) {
    using shape = gemm_tile<T>;
    return cheap_masks && g.n <= shape::rows && g.m >= shape::columns && g.a.row == 1 &&
           g.a.column != 1 && (g.b.row == 1 || g.b.column == 1) &&
           (g.c == nullptr || !g.accumulate) && g.k <= 2 * gemm_block_sizes<T>(g.n, g.k).k;
}

template <class T>
[[gnu::noinline]] void gemm_narrow(gemm_call<T> const& g) noexcept {
    using shape = gemm_tile<T>;
    constexpr int lanes = shape::lanes, strip = shape::columns;
    constexpr auto size = static_cast<std::int64_t>(sizeof(T));
    gemm_blocks const q = gemm_block_sizes<T>(g.n, g.k);
    int const n = static_cast<int>(g.n);
    T* const turned = g.work;  // a strip of the transpose
    T* const sums = g.work + gemm_a_elements<T>(q);
    std::int64_t const c_row = g.c != nullptr ? g.c_row : n;
    std::int64_t const together = larger_of<std::int64_t>(1, shape::rows * q.tiles / strip) * strip;
    tile_call<T> t{};
    t.a = g.b.data;
    t.by_columns = g.b.column == 1;
    t.a_stride = (t.by_columns ? g.b.row : g.b.column) * size;
    t.ahead = t.a;
    t.b_step = g.a.column * size;
    t.c = turned;
    t.c_row = strip * size;
    T* block_data = g.c != nullptr ? g.c : sums;
    std::int64_t first = 0;
    for (std::int64_t i = 0; i < g.m; i += strip) {
        set_size(t, static_cast<int>(smaller_of<std::int64_t>(strip, g.m - i)), g.k, g.a.column);
        t.b = g.a.data + i;
        run_tile(t, n);
        T* const c = block_data + (i - first) * c_row;
        for (int v = 0; v < t.columns; v += lanes)
            for (int j = 0; j < n; j += lanes)
                transpose_part(smaller_of(lanes, n - j), smaller_of(lanes, t.columns - v),
                               turned + j * strip + v, strip, c + v * c_row + j, c_row,
                               smaller_of(lanes, n - j));
        std::int64_t const end = i + t.columns;
        if (end - first >= together || end == g.m) {
            if (g.finish.run != nullptr)
                g.finish.run(g.finish.context, {block_data, c_row, first, 0, end - first, g.n});
            if (g.c != nullptr) block_data += (end - first) * c_row;
            first = end;
        }
    }
}

/// Rows in tiles of as equal heights as can be.
template <class T>
struct row_split {
    std::int64_t tiles, high;  // of which so many have one row more
    int low;

    explicit row_split(std::int64_t m)
        : tiles(ceil_div(m, gemm_tile<T>::rows)),
          high(m % tiles),
          low(static_cast<int>(m / tiles)) {}
    int rows(std::int64_t i) const { return low + (i < high); }
    std::int64_t same(std::int64_t i) const { return (i < high ? high : tiles) - i; }
};

/// Whether all of it stays in the first caches, and nothing has to be copied.
template <class T>
WEFT_INLINE bool gemm_is_small(gemm_call<T> const& g) {
    using shape = gemm_tile<T>;
    constexpr auto size = static_cast<std::int64_t>(sizeof(T));
    constexpr std::int64_t most = 128;
    return g.m <= most && g.n <= most && g.k <= most && g.b.column == 1 &&
           (cheap_masks || g.n % shape::columns == 0) &&
           (g.a.column == 1 ||
            (g.a.row == 1 && (g.n < 4 * shape::columns || g.a.column * size < 1024))) &&
           (g.c != nullptr || g.m * g.n <= gemm_block_elements);
}

template <class T>
WEFT_INLINE void gemm_small(gemm_call<T> const& g) noexcept {
    using shape = gemm_tile<T>;
    constexpr int strip = shape::columns, size = sizeof(T);
    int const m = static_cast<int>(g.m), n = static_cast<int>(g.n);
    int const tiles = (m + shape::rows - 1) / shape::rows, low = m / tiles, high = m % tiles;
    std::int64_t const c_row = g.c != nullptr ? g.c_row : g.n;
    T* const out = g.c != nullptr ? g.c : g.work;
    tile_call<T> t;
    t.by_columns = g.a.column != 1;
    t.a_stride = (t.by_columns ? g.a.column : g.a.row) * size;
    t.ahead = g.a.data;
    t.ahead_step = 0;
    t.b_step = g.b.row * size;
    t.c_row = c_row * size;
    t.add = g.accumulate && g.c != nullptr;
    for (int j = 0; j < n; j += strip) {
        set_size(t, smaller_of(strip, n - j), g.k, g.b.row);
        t.a = g.a.data;
        t.b = g.b.data + j;
        t.c = out + j;
        for (int i = 0; i < tiles; ++i) {
            int const rows = low + (i < high);
            run_tile(t, rows);
            t.a += rows * g.a.row;
            t.c += rows * c_row;
        }
    }
    if (g.finish.run != nullptr) g.finish.run(g.finish.context, {out, c_row, 0, 0, g.m, g.n});
}

/// A part of A that the tiles bring into the second-level cache before it is due: each call takes a
/// row, or of all rows the next two cache lines.
struct fetcher {
    char const* at = nullptr;
    std::int64_t move = 0, step = 0, calls = 0;  // from call to call, and within one

    template <class T>
    WEFT_INLINE void prepare(tile_call<T>& t) {
        bool const some = calls > 0;
        t.ahead = some ? static_cast<void const*>(at) : t.a;
        t.ahead_step = some ? step : 0;
        at += move;
        --calls;
    }
};

template <class T>
[[gnu::noinline]] void gemm_blocked(gemm_call<T> const& g) noexcept {
    using shape = gemm_tile<T>;
    constexpr int strip = shape::columns;
    constexpr auto size = static_cast<std::int64_t>(sizeof(T));
    gemm_blocks const q = gemm_block_sizes<T>(g.n, g.k);
    bool const packs_b = gemm_packs_b<T>(g.m, g.n, g.k, g.b.column == 1);
    bool const row_form = g.a.column == 1;
    std::int64_t const stride = (row_form ? g.a.row : g.a.column) * size;
    // Strides that share cache sets or pages: a tile of A is copied if many strips read it.
    bool const packs_a =
        (!row_form && g.a.row != 1) ||
        (g.n >= 4 * strip && g.k >= 32 && (row_form ? stride % 4096 == 0 : stride >= 1024));
    bool const many_k = q.k < g.k;
    std::int64_t const most = q.n <= q.shared || g.n <= q.shared ? q.tiles : 1;
    bool const far_a = g.m * g.k * size > gemm_cache_bytes / 2;
    T* const packed_a = g.work;
    T* const packed_b = packed_a + gemm_a_elements<T>(q);
    T* const sums = packed_b + (packs_b ? q.k * q.n : 0);
    row_split<T> const split(g.m);
    auto const fetch = [&](std::int64_t row, std::int64_t count, std::int64_t p, std::int64_t k) {
        count = smaller_of(count, g.m - row);
        auto const* const from =
            reinterpret_cast<char const*>(g.a.data + row * g.a.row + p * g.a.column);
        return row_form ? fetcher{from, stride, size, count}
                        : fetcher{from, 128, smaller_of<std::int64_t>(k, 1) * stride,
                                  ceil_div(count * size + 63, 128)};
    };

    for (std::int64_t j0 = 0; j0 < g.n; j0 += q.n) {
        std::int64_t const j1 = smaller_of(g.n, j0 + q.n);
        for (std::int64_t p0 = 0; p0 < g.k; p0 += q.k) {
            std::int64_t const k = smaller_of(q.k, g.k - p0);
            bool const last = p0 + k >= g.k;
            T const* const b = g.b.data + p0 * g.b.row;
            tile_call<T> t{};
            t.by_columns = !row_form;
            t.a_stride = stride;
            t.b_step = g.b.row * size;
            std::int64_t const c_row = g.c != nullptr ? g.c_row : many_k ? q.n : q.shared;
            t.c_row = c_row * size;
            t.add = p0 > 0 || (g.accumulate && g.c != nullptr);
            T* next_a = nullptr;
            std::int64_t packed_tiles = 0;        // of A, from the first on
            std::int64_t first = 0, waiting = 0;  // rows whose epilogue has not run
            std::int64_t i = 0;
            fetcher ahead{};
            for (std::int64_t at = 0; at < split.tiles; ++at) {
                int const rows = split.rows(at);
                std::int64_t const end = i + rows;
                t.a = g.a.data + i * g.a.row + p0 * g.a.column;
                if (packs_a) {
                    std::int64_t const packed_row = k + shape::lanes;
                    t.a_stride = (row_form ? packed_row : gemm_packed_rows<T>)*size;
                    std::int64_t const tile_size =
                        row_form ? rows * packed_row : k * gemm_packed_rows<T>;
                    if (at == packed_tiles) {
                        int const count = static_cast<int>(
                            smaller_of<std::int64_t>(gemm_a_tiles, split.same(at)));
                        if (row_form)
                            pack_rows(k, count * rows, t.a, g.a.row, packed_a, packed_row);
                        else
                            pack_columns(k, rows, count, g.m - i, t.a, g.a.row, g.a.column,
                                         packed_a);
                        packed_tiles += count;
                        next_a = packed_a;
                        if (far_a) ahead = fetch(i + count * rows, gemm_a_tiles * rows, p0, k);
                    }
                    t.a = next_a;
                    next_a += tile_size;
                } else if (far_a) {
                    ahead = fetch(end, rows, p0, k);
                }
                for (std::int64_t c0 = j0; c0 < j1; c0 += q.shared) {
                    std::int64_t const c1 = smaller_of(j1, c0 + q.shared);
                    T* const c = g.c != nullptr ? g.c + i * g.c_row + c0
                                 : many_k       ? sums + i * q.n + (c0 - j0)
                                                : sums + (i - first) * q.shared;
                    for (std::int64_t j = c0; j < c1; j += strip) {
                        set_size(t, static_cast<int>(smaller_of<std::int64_t>(strip, c1 - j)), k,
                                 packs_b ? 0 : g.b.row);
                        t.c = c + (j - c0);
                        t.b = b + j * g.b.column;
                        if (packs_b) {
                            T* const to = packed_b + (j - j0) * k;
                            if (at == 0) pack_b(k, t.columns, t.b, g.b.row, g.b.column, to);
                            t.b = to;
                            t.b_step = packed_width<T>(t.columns) * size;
                        }
                        if (packs_b && at == 0 && g.b.column == 1) {
                            t.ahead = b + j + (j + strip < j1 ? strip : 0);
                            t.ahead_step = g.b.row * size;
                        } else if (packs_b && at == 0 && g.b.row == 1) {
                            // While k columns are copied, two lines at a time of the next k ones.
                            std::int64_t const turns = ceil_div(k * size, 128);
                            std::int64_t const turn = (j - j0) / strip % turns;
                            std::int64_t const next = j + (turns - turn) * strip;
                            bool const some = next < j1;
                            t.ahead = some ? b + next * g.b.column + turn * (128 / size) : t.b;
                            t.ahead_step = some ? g.b.column * size : 0;
                        } else {
                            ahead.prepare(t);
                        }
                        run_tile(t, rows);
                    }
                    if (last && g.finish.run != nullptr && (++waiting == most || end == g.m)) {
                        g.finish.run(g.finish.context, {c - (i - first) * c_row, c_row, first, c0,
                                                        end - first, c1 - c0});
                        waiting = 0;
                    }
                }
                i = end;
                if (waiting == 0) first = end;
            }
        }
    }
}

/// The epilogue of a part of C.
template <class T>
struct part_epilogue {
    epilogue<T> whole;
    std::int64_t row, column;

    static void run(void const* context, block<T> const& b) {
        auto const& its = *static_cast<part_epilogue const*>(context);
        its.whole.run(its.whole.context, {b.data, b.stride, its.row + b.row, its.column + b.column,
                                          b.rows, b.columns});
    }
};

/// Multiplications below which threads cost more than they give.
inline constexpr std::int64_t gemm_worth_threads = 1 << 21;

/// Blocks of C for several threads; false if there is none but the calling one, or nothing to gain.
/// Each element is computed as it would be by itself.
template <class T>
bool gemm_parallel(gemm_call<T> const& g) noexcept {
    using shape = gemm_tile<T>;
    auto const* const e = detail::current_executor;
    if (e == nullptr || g.m * g.n * g.k < gemm_worth_threads ||
        (g.finish.run != nullptr && !g.finish.concurrent))
        return false;
    // Columns first: each part then copies its own part of B.
    std::int64_t const across = within<std::int64_t>(g.n / (4 * shape::columns), 1, e->threads);
    std::int64_t const down = within<std::int64_t>(
        smaller_of(ceil_div(e->threads, across), g.m / (2 * shape::rows)), 1, e->threads);
    if (across * down == 1) return false;
    auto const row = [&](std::int64_t piece) {
        return detail::part_begin(g.m, shape::rows, down, piece);
    };
    auto const column = [&](std::int64_t piece) {
        return detail::part_begin(g.n, shape::columns, across, piece);
    };
    std::int64_t bytes = 0;
    for (std::int64_t r = 0; r < down; ++r)
        for (std::int64_t c = 0; c < across; ++c)
            bytes = larger_of(
                bytes, gemm_workspace_bytes<T>(row(r + 1) - row(r), column(c + 1) - column(c), g.k,
                                               {.c_given = g.c != nullptr}));
    char* const memory = detail::piece_memory(across * down * bytes + 64);
    if (memory == nullptr) return false;
    char* const aligned = memory + (64 - reinterpret_cast<std::uintptr_t>(memory) % 64) % 64;
    detail::in_pieces(*e, across * down, [&](std::int64_t piece) {
        std::int64_t const r = piece / across, c = piece % across;
        std::int64_t const i = row(r), j = column(c);
        part_epilogue<T> const finish{g.finish, i, j};
        gemm_call<T> part = g;
        part.m = row(r + 1) - i;
        part.n = column(c + 1) - j;
        part.a.data += i * g.a.row;
        part.b.data += j * g.b.column;
        if (g.c != nullptr) part.c += i * g.c_row + j;
        if (g.finish.run != nullptr) part.finish = {&part_epilogue<T>::run, &finish};
        part.work = reinterpret_cast<T*>(aligned + piece * bytes);
        gemm_blocked(part);
    });
    return true;
}

}  // namespace gemm_detail

/// C = A B, or C += A B, of an m x k and a k x n matrix; C has contiguous rows `ldc` apart. If C is
/// null, only the epilogue sees it. `workspace` has gemm_workspace_bytes<T>(m, n, k) bytes.
/// The sum of an element runs over k in order, split at fixed places: the same bits on every run,
/// with any number of threads (see executor.hpp).
template <class T>
void gemm(std::int64_t m, std::int64_t n, std::int64_t k, matrix<T> a, matrix<T> b, T* c,
          std::int64_t ldc, bool accumulate, epilogue<T> e, void* workspace) noexcept {
    if (m <= 0 || n <= 0) return;
    auto const address = reinterpret_cast<std::uintptr_t>(workspace);
    auto* const work =
        reinterpret_cast<T*>(static_cast<char*>(workspace) + ((64 - address % 64) % 64));
    gemm_detail::gemm_call<T> const g{
        m, n, gemm_detail::larger_of<std::int64_t>(0, k), a, b, c, ldc, accumulate, e, work};
    if (m == 1 || n == 1)
        gemm_detail::gemm_vector(g);
    else if (g.k == 0)
        gemm_detail::gemm_empty(g);
    else if (gemm_detail::gemm_is_small(g))
        gemm_detail::gemm_small(g);
    else if (gemm_detail::gemm_is_narrow(g))
        gemm_detail::gemm_narrow(g);
    else if (!gemm_detail::gemm_parallel(g))
        gemm_detail::gemm_blocked(g);
}

}  // namespace WEFT_ISA
}  // namespace weft
