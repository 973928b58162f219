// SPDX-License-Identifier: BSL-1.0
// Convolution along lines: where the elements of an image along its last axis stand side by side
// (one channel, or channels in front), results along that axis are the lanes of registers, and
// weights are spread over them. The image is copied once, with its padding; windows are never
// copied.
#pragma once

#include <weft/cpu/window_gather.hpp>

namespace weft {
inline namespace WEFT_ISA {
namespace window_detail {

/// R filters times two vectors of results: `x` are where these begin in the padded image, `offsets`
/// where each tap of each channel is from there, `weights` R for each. Results: R rows of two
/// vectors.
template <class T, int R>
[[gnu::noinline]] void line_tile(std::int64_t k, T const* x0, T const* x1,
                                 std::int32_t const* offsets, T const* weights, T* to) noexcept {
    using B = gemm_unit<T>;
    constexpr int lanes = gemm_tile<T>::lanes;
    B sum[R][2];
    WEFT_UNROLL
    for (int i = 0; i < R; ++i) sum[i][0] = sum[i][1] = simd::broadcast<B>(T(0));
    for (; k > 0; --k, ++offsets, weights += R) {
        B const a = simd::load_all<B>(x0 + *offsets), b = simd::load_all<B>(x1 + *offsets);
        WEFT_UNROLL
        for (int i = 0; i < R; ++i) {
            B const w = simd::broadcast<B>(weights[i]);
            sum[i][0] = simd::fused(w, a, sum[i][0]);
            sum[i][1] = simd::fused(w, b, sum[i][1]);
        }
    }
    WEFT_UNROLL
    for (int i = 0; i < R; ++i) {
        simd::store_all(to + i * 2 * lanes, sum[i][0]);
        simd::store_all(to + i * 2 * lanes + lanes, sum[i][1]);
    }
}

template <class T>
void run_line_tile(int filters, std::int64_t k, T const* x0, T const* x1,
                   std::int32_t const* offsets, T const* weights, T* to) noexcept {
    switch (filters) {
        case 2:
            return line_tile<T, 2>(k, x0, x1, offsets, weights, to);
        case 4:
            return line_tile<T, 4>(k, x0, x1, offsets, weights, to);
        case 6:
            return line_tile<T, 6>(k, x0, x1, offsets, weights, to);
        default:
            return line_tile<T, 8>(k, x0, x1, offsets, weights, to);
    }
}

/// Filters of the next tile, of so many that are left: even, with less than two for nothing.
constexpr int line_filters(std::int64_t left) {
    return left >= 8 ? 8 : static_cast<int>((left + 1) / 2 * 2);
}

template <class T>
[[gnu::noinline]] void window_lines(window_call<T> const& g, window_blocks<T> const& q) noexcept {
    constexpr int lanes = gemm_tile<T>::lanes;
    window_shape const& w = g.shape;
    int const last = w.axes - 1;
    std::int64_t const n = w.filters, k = w.k(), per_image = w.results(), width = w.at[last].result,
                       groups = gemm_detail::ceil_div(n, 8);
    T* const padded = g.work;
    T* const weights = padded + q.packed;
    T* const results = weights + q.weights;
    T* const tile = results + q.results;
    auto* const offsets = reinterpret_cast<std::int32_t*>(tile + 16 * lanes);

    // Where each tap of each channel is in the padded image, and its weights, tile by tile.
    std::int64_t steps[3], plane = 1;
    for (int d = last; d >= 0; --d) steps[d] = plane, plane *= window_blocks<T>::reach(w.at[d]);
    for (std::int64_t c = 0, i = 0; c < w.channels; ++c) {
        odometer tap;
        do {
            std::int64_t offset = c * plane, from = c * w.channel_weight;
            for (int d = 0; d <= last; ++d) {
                offset += tap.at[d] * w.at[d].dilation * steps[d];
                from += tap.at[d] * w.at[d].weight;
            }
            offsets[i] = static_cast<std::int32_t>(offset);
            for (std::int64_t f = 0; f < groups; ++f) {
                int const count = line_filters(n - 8 * f);
                T* const to = weights + 8 * f * k + i * count;
                for (int r = 0; r < count; ++r)
                    to[r] = 8 * f + r < n ? g.weights[from + (8 * f + r) * w.filter_weight] : T(0);
            }
            ++i;
        } while (tap.next(w.axes, [&](int d) { return w.at[d].taps; }) >= 0);
    }

    // Two vectors of results at a time, which may stand on different lines.
    struct place {
        T const* x;
        T* to;
        int count;
    } pair[2];
    for (std::int64_t image = 0; image < w.images; ++image) {
        pad_image(w, g.x + image * w.image_step, w.channels, 1, padded);
        T* const c = g.c != nullptr ? g.c + image * per_image * g.c_row : results;
        std::int64_t const c_row = g.c != nullptr ? g.c_row : n;
        T* to = c;
        int waiting = 0;
        auto const compute = [&] {
            for (int i = waiting; i < 2; ++i) pair[i].x = pair[0].x;
            for (std::int64_t f = 0; f < groups; ++f) {
                run_line_tile(line_filters(n - 8 * f), k, pair[0].x, pair[1].x, offsets,
                              weights + 8 * f * k, tile);
                int const filters =
                    static_cast<int>(gemm_detail::smaller_of<std::int64_t>(8, n - 8 * f));
                for (int i = 0; i < waiting; ++i)
                    for (int r = 0; r < filters; r += lanes) {
                        int const some = gemm_detail::smaller_of(filters - r, lanes);
                        gemm_detail::transpose_part(some, pair[i].count,
                                                    tile + r * 2 * lanes + i * lanes, 2 * lanes,
                                                    pair[i].to + 8 * f + r, c_row, some);
                    }
            }
            waiting = 0;
        };
        odometer line;
        do {
            T const* x = padded;
            for (int d = 0; d < last; ++d) x += line.at[d] * w.at[d].stride * steps[d];
            for (std::int64_t o = 0; o < width; o += lanes) {
                int const count =
                    static_cast<int>(gemm_detail::smaller_of<std::int64_t>(lanes, width - o));
                pair[waiting++] = {x + o, to, count};
                to += count * c_row;
                if (waiting == 2) compute();
            }
        } while (line.next(last, [&](int d) { return w.at[d].result; }) >= 0);
        if (waiting > 0) compute();
        if (g.finish.run != nullptr)
            g.finish.run(g.finish.context, {c, c_row, image * per_image, 0, per_image, n});
    }
}

}  // namespace window_detail
}  // namespace WEFT_ISA
}  // namespace weft
