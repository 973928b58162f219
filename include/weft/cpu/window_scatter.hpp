// SPDX-License-Identifier: BSL-1.0
// Convolution from the image's side: each of its elements times all weights, in a product of
// matrices, added to the results that it is part of. Beside window_gather.hpp: transposed ones and
// gradients of strided ones have no zeros to multiply here, and few results an element fill
// registers.
#pragma once

#include <cstring>

#include <weft/cpu/window_gather.hpp>

namespace weft {
inline namespace WEFT_ISA {
namespace window_detail {

/// to[0, n) += from[0, n).
template <class T>
WEFT_INLINE void add_run(T* to, T const* from, std::int64_t n) {
    using B = gemm_unit<T>;
    constexpr int lanes = gemm_tile<T>::lanes;
    for (; n >= lanes; n -= lanes, to += lanes, from += lanes)
        simd::store_all(to, gemm_detail::plus(simd::load_all<B>(to), simd::load_all<B>(from)));
    if (n > 0) {
        int const part = static_cast<int>(n);
        simd::store_first(
            to, gemm_detail::plus(simd::load_first<B>(to, part), simd::load_first<B>(from, part)),
            part);
    }
}

/// A row of products, (taps..., filters), added to the results around the position of its element.
/// Taps run backwards here, so that along the last axis they are results side by side.
template <class T>
WEFT_INLINE void scatter_row(window_shape const& w, std::int64_t const* index, T const* row,
                             T* to) {
    int const last = w.axes - 1;
    window_axis const& a = w.at[last];
    std::int64_t const n = w.filters, run = a.taps * n;
    std::int64_t start[3];  // the result of the first tap along each axis
    for (int d = 0; d < w.axes; ++d)
        start[d] =
            index[d] * w.at[d].spread + w.at[d].padding - (w.at[d].taps - 1) * w.at[d].dilation;
    std::int64_t outer[2] = {};
    for (;;) {
        std::int64_t line = 0;
        bool inside = true;
        for (int d = 0; d < last; ++d) {
            std::int64_t const o = start[d] + outer[d] * w.at[d].dilation;
            inside = inside && o >= 0 && o < w.at[d].result;
            line = line * w.at[d].result + o;
        }
        if (inside) {
            T* const target = to + line * a.result * n;
            if (a.dilation == 1) {
                std::int64_t const low = gemm_detail::within<std::int64_t>(-start[last], 0, a.taps),
                                   high = gemm_detail::within(a.result - start[last], low, a.taps);
                add_run(target + (start[last] + low) * n, row + low * n, (high - low) * n);
            } else {
                for (std::int64_t i = 0; i < a.taps; ++i) {
                    std::int64_t const o = start[last] + i * a.dilation;
                    if (o >= 0 && o < a.result) add_run(target + o * n, row + i * n, n);
                }
            }
        }
        row += run;
        int d = last - 1;
        for (; d >= 0; --d) {
            if (++outer[d] < w.at[d].taps) break;
            outer[d] = 0;
        }
        if (d < 0) return;
    }
}

template <class T>
[[gnu::noinline]] void window_scatter(window_call<T> const& g, window_blocks<T> const& q) noexcept {
    using shape = gemm_tile<T>;
    constexpr int lanes = shape::lanes;
    window_shape const& w = g.shape;
    std::int64_t const n = w.filters, taps = w.taps(), width = taps * n, per_image = w.results();
    T* const image_rows = g.work;  // of elements of the image, where they stand apart
    T* const weights = image_rows + q.packed;
    T* const sums = weights + q.weights;
    T* const results = sums + q.sums;
    for (std::int64_t c = 0; c < w.channels; ++c) {
        T* to = weights + c * q.line;
        for (std::int64_t t = taps; t-- > 0;) {  // backwards
            std::int64_t rest = t, from = c * w.channel_weight;
            for (int d = w.axes - 1; d >= 0; --d) {
                from += rest % w.at[d].taps * w.at[d].weight;
                rest /= w.at[d].taps;
            }
            for (std::int64_t f = 0; f < n; ++f) *to++ = g.weights[from + f * w.filter_weight];
        }
        for (T* const end = weights + (c + 1) * q.line; to < end;) *to++ = T(0);
    }
    // Elements of the image in one step from row to row: all of it, or a line along the last axis.
    int const last = w.axes - 1;
    std::int64_t elements = w.at[last].size;
    int outer = last;
    while (outer > 0 && w.at[outer - 1].step == elements * w.at[last].step)
        elements *= w.at[--outer].size;
    std::int64_t lines = 1;
    for (int d = 0; d < outer; ++d) lines *= w.at[d].size;

    for (std::int64_t image = 0; image < w.images; ++image) {
        bool const direct = g.c != nullptr && g.c_row == n;
        T* const to = direct ? g.c + image * per_image * n : results;
        gemm_detail::clear(to, per_image * n);
        for (std::int64_t line = 0; line < lines; ++line) {
            std::int64_t index[3] = {}, rest = line;
            T const* x = g.x + image * w.image_step;
            for (int d = outer - 1; d >= 0; --d) {
                index[d] = rest % w.at[d].size;
                x += index[d] * w.at[d].step;
                rest /= w.at[d].size;
            }
            for (std::int64_t i = 0; i < elements; i += q.block_rows) {
                std::int64_t const rows = gemm_detail::smaller_of(q.block_rows, elements - i);
                tile_operands<T> t{};
                t.k = w.channels;
                t.b_step = q.line;
                t.a_row = w.at[last].step;
                t.a_step = w.channel_step;
                T const* a = x + i * t.a_row;
                if (t.a_row != 1 && t.a_step != 1) {
                    t.a_row = w.channels + lanes;
                    T* const copy = image_rows;
                    for (std::int64_t r = 0; r < rows; ++r)
                        for (std::int64_t c = 0; c < w.channels; ++c)
                            copy[r * t.a_row + c] = a[r * w.at[last].step + c * t.a_step];
                    a = copy;
                    t.a_step = 1;
                }
                run_tiles<T>(
                    rows, width, t, sums, q.line, [&](std::int64_t r) { return a + r * t.a_row; },
                    [&](std::int64_t j, auto& its) { its.b = weights + j; });
                for (std::int64_t r = 0; r < rows; ++r) {
                    std::int64_t at = i + r;
                    for (int d = last; d >= outer; --d) {
                        index[d] = at % w.at[d].size;
                        at /= w.at[d].size;
                    }
                    scatter_row(w, index, sums + r * q.line, to);
                }
            }
        }
        if (g.c != nullptr && !direct)
            for (std::int64_t r = 0; r < per_image; ++r)
                std::memcpy(g.c + (image * per_image + r) * g.c_row, to + r * n,
                            static_cast<std::size_t>(n) * sizeof(T));
        if (g.finish.run != nullptr)
            g.finish.run(g.finish.context, {to, n, image * per_image, 0, per_image, n});
    }
}

}  // namespace window_detail
}  // namespace WEFT_ISA
}  // namespace weft
