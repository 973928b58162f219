// SPDX-License-Identifier: BSL-1.0
// Convolution as the product of the matrix of windows, packed a block at a time, with the weights:
// the register tiles are those of the matrix product, and so is what finishes blocks of the result.
#pragma once

#include <weft/cpu/gemm.hpp>
#include <weft/cpu/window_pack.hpp>

namespace weft {
inline namespace WEFT_ISA {
namespace window_detail {

/// One convolution: image, weights (at the first tap), the result or null, and what finishes
/// blocks.
template <class T>
struct window_call {
    window_shape shape;
    T const* x;
    T const* weights;
    T* c;
    std::int64_t c_row;
    epilogue<T> finish;
    T* work;
};

/// The operands of tiles, with strides in elements. Of A one stride is 1. `b_row` is 0 where whole
/// vectors can be read from the ends of the rows of B.
template <class T>
struct tile_operands {
    std::int64_t k = 0;
    T const* a = nullptr;
    std::int64_t a_row = 1, a_step = 1;
    T const* b = nullptr;
    std::int64_t b_step = 0, b_row = 0;
    bool add = false;
};

/// Tiles of rows over a block of `columns` columns: what is left of `o` is the same for all.
template <class T, class A, class B>
WEFT_INLINE void run_tiles(std::int64_t rows, std::int64_t columns, tile_operands<T> o, T* c,
                           std::int64_t c_row, A a_of, B b_of) {
    using shape = gemm_tile<T>;
    constexpr auto size = static_cast<std::int64_t>(sizeof(T));
    gemm_detail::row_split<T> const split(rows);
    gemm_detail::tile_call<T> t{};
    t.by_columns = o.a_step != 1;
    t.a_stride = (t.by_columns ? o.a_step : o.a_row) * size;
    t.c_row = c_row * size;
    t.add = o.add;
    std::int64_t i = 0;
    for (std::int64_t at = 0; at < split.tiles; ++at) {
        t.a = a_of(i);
        t.ahead = t.a;
        for (std::int64_t j = 0; j < columns; j += shape::columns) {
            b_of(j, o);
            gemm_detail::set_size(t,
                                  static_cast<int>(gemm_detail::smaller_of<std::int64_t>(
                                      shape::columns, columns - j)),
                                  o.k, o.b_row);
            t.b = o.b;
            t.b_step = o.b_step * size;
            t.c = c + i * c_row + j;
            gemm_detail::run_tile(t, split.rows(at));
        }
        i += split.rows(at);
    }
}

template <class T>
[[gnu::noinline]] void window_gather(window_call<T> const& g, window_blocks<T> const& q) noexcept {
    using shape = gemm_tile<T>;
    constexpr int lanes = shape::lanes, strip = shape::columns;
    window_shape const& w = g.shape;
    std::int64_t const m = w.m(), n = w.n(), k = w.k();
    T* const packed = g.work;
    T* const weights = g.work + q.packed;
    T* const sums = g.work + q.packed + q.weights;
    T* const results = sums + q.sums;
    bool const once = q.packs_weights && q.block_rows < m;
    if (once) pack_weights(w, q.columns, g.weights, 0, k, weights);
    std::int64_t const sum_row = q.block_rows + lanes;

    for (std::int64_t i = 0; i < m; i += q.block_rows) {
        std::int64_t const rows = gemm_detail::smaller_of(q.block_rows, m - i);
        T* const c = g.c != nullptr ? g.c + i * g.c_row : results;
        std::int64_t const c_row = g.c != nullptr ? g.c_row : n;
        for (std::int64_t p = 0; p < k || p == 0; p += q.block_columns) {
            std::int64_t const depth = gemm_detail::smaller_of(q.block_columns, k - p);
            if (q.packs_weights && !once && depth > 0)
                pack_weights(w, q.columns, g.weights, p, p + depth, weights);
            if (depth > 0 && q.runs_of_columns)
                pack_window(w, g.x, q.rows, q.columns, i, i + rows, p, p + depth, packed, q.line);
            else if (depth > 0)
                pack_window(w, g.x, q.columns, q.rows, p, p + depth, i, i + rows, packed, q.line);
            // Weights as the operand of a tile: column j from row p on, and the step to the next
            // row.
            std::int64_t const packed_k = once ? k : depth;
            auto const weights_at = [&](std::int64_t j, std::int64_t& step) WEFT_INLINE_LAMBDA {
                if (!q.packs_weights) {
                    step = q.weight_step;
                    return g.weights + p * step + j;
                }
                std::int64_t const width = gemm_detail::packed_width<T>(
                    static_cast<int>(gemm_detail::smaller_of<std::int64_t>(strip, n - j)));
                step = width;
                return static_cast<T const*>(weights + j * packed_k + (once ? p * width : 0));
            };
            tile_operands<T> t{};
            t.k = depth;
            t.b_row = q.turned || q.packs_weights ? 0 : q.weight_step;
            t.add = p > 0;
            if (q.turned) {
                T const* const a = weights_at(0, t.a_step);
                t.a_row = 1;
                t.b_step = q.line;
                run_tiles<T>(
                    n, rows, t, sums, sum_row, [&](std::int64_t f) { return a + f; },
                    [&](std::int64_t j, auto& its) { its.b = packed + j; });
                continue;
            }
            t.a_row = q.runs_of_columns ? q.line : 1;
            t.a_step = q.runs_of_columns ? 1 : q.line;
            run_tiles<T>(
                rows, n, t, c, c_row, [&](std::int64_t r) { return packed + r * t.a_row; },
                [&](std::int64_t j, auto& its) { its.b = weights_at(j, its.b_step); });
        }
        if (q.turned)
            for (std::int64_t r = 0; r < rows; r += lanes)
                gemm_detail::transpose_part(
                    static_cast<int>(n),
                    static_cast<int>(gemm_detail::smaller_of<std::int64_t>(lanes, rows - r)),
                    sums + r, sum_row, c + r * c_row, c_row, static_cast<int>(n));
        if (g.finish.run != nullptr) g.finish.run(g.finish.context, {c, c_row, i, 0, rows, n});
    }
}

/// From a padded image, line by line: a tile's rows are results side by side, whose windows overlap
/// in memory; its sum goes on from line to line of the window.
template <class T>
[[gnu::noinline]] void window_direct(window_call<T> const& g, window_blocks<T> const& q) noexcept {
    constexpr int strip = gemm_tile<T>::columns;
    window_shape const& w = g.shape;
    int const last = w.axes - 1;
    std::int64_t const n = w.n(), k = w.k(), per_image = w.results(), width = w.at[last].result,
                       depth = q.block_columns;
    T* const padded = g.work;
    T* const weights = padded + q.packed;
    T* const results = weights + q.weights + q.sums;
    if (q.packs_weights) pack_weights(w, q.columns, g.weights, 0, k, weights);
    bool inside = true;  // no padding: the image itself is read
    for (int d = 0; d <= last; ++d)
        inside = inside && w.at[d].padding == 0 && window_blocks<T>::reach(w.at[d]) <= w.at[d].size;
    std::int64_t steps[3], step = w.channels;
    for (int d = last; d >= 0; --d) {
        steps[d] = inside ? w.at[d].step : step;
        step *= window_blocks<T>::reach(w.at[d]);
    }
    for (std::int64_t image = 0; image < w.images; ++image) {
        T const* const whole = inside ? g.x + image * w.image_step : padded;
        if (!inside) pad_image(w, g.x + image * w.image_step, 1, w.channels, padded);
        std::int64_t row = 0, first = 0;
        odometer line;
        do {
            T* const c = g.c != nullptr ? g.c + (image * per_image + row) * g.c_row
                                        : results + (row - first) * n;
            T const* x = whole;
            for (int d = 0; d < last; ++d) x += line.at[d] * w.at[d].stride * steps[d];
            odometer tap;
            std::int64_t p = 0;
            do {
                T const* from = x;
                for (int d = 0; d < last; ++d) from += tap.at[d] * w.at[d].dilation * steps[d];
                tile_operands<T> t{};
                t.k = depth;
                t.a_row = w.at[last].stride * w.channels;
                t.b_row = q.packs_weights ? 0 : q.weight_step;
                t.add = p > 0;
                run_tiles<T>(
                    width, n, t, c, g.c != nullptr ? g.c_row : n,
                    [&](std::int64_t r) { return from + r * t.a_row; },
                    [&](std::int64_t j, auto& its) {
                        its.b_step = q.packs_weights
                                         ? gemm_detail::packed_width<T>(static_cast<int>(
                                               gemm_detail::smaller_of<std::int64_t>(strip, n - j)))
                                         : q.weight_step;
                        its.b = q.packs_weights ? weights + j * k + p * its.b_step
                                                : g.weights + p * its.b_step + j;
                    });
                p += depth;
            } while (tap.next(last, [&](int d) { return w.at[d].taps; }) >= 0);
            row += width;
            if (g.finish.run != nullptr && (row - first >= q.block_rows || row == per_image)) {
                g.finish.run(g.finish.context,
                             {results, n, image * per_image + first, 0, row - first, n});
                first = row;
            }
        } while (line.next(last, [&](int d) { return w.at[d].result; }) >= 0);
    }
}

}  // namespace window_detail
}  // namespace WEFT_ISA
}  // namespace weft
