// SPDX-License-Identifier: BSL-1.0
// Convolution of channels that do not see each other (depthwise) and its derivatives: channels
// along the lanes of registers, a few results at a time.
#pragma once

#include <weft/cpu/window_gather.hpp>

namespace weft {
inline namespace WEFT_ISA {
namespace window_detail {

/// `Count` results along the last axis, a vector of groups each: sums over taps and channels.
/// `there` says that no tap of the last axis is outside.
template <class T, int Count, bool There>
[[gnu::noinline]] void lane_sums(window_shape const& w, T const* x, T const* weights,
                                 std::int64_t const* first, int groups, T* to,
                                 std::int64_t to_row) noexcept {
    using B = gemm_unit<T>;
    int const last = w.axes - 1;
    window_axis const& a = w.at[last];
    B sum[Count];
    WEFT_UNROLL
    for (int i = 0; i < Count; ++i) sum[i] = simd::broadcast<B>(T(0));
    std::int64_t const next = There && a.spread == 1 ? a.stride * a.step : 0;
    for (std::int64_t c = 0; c < w.channels; ++c) {
        std::int64_t outer[2] = {};
        for (;;) {
            std::int64_t from = c * w.channel_step, weight = c * w.channel_weight;
            bool inside = true;
            for (int d = 0; d < last; ++d) {
                inside =
                    inside && at_position(w.at[d], first[d] + outer[d] * w.at[d].dilation, from);
                weight += outer[d] * w.at[d].weight;
            }
            if (inside)
                for (std::int64_t t = 0; t < a.taps; ++t) {
                    B const factor = simd::load_first<B>(weights + weight + t * a.weight, groups);
                    if constexpr (There) {
                        T const* p = x + from + (first[last] + t * a.dilation) * a.step;
                        WEFT_UNROLL
                        for (int i = 0; i < Count; ++i, p += next)
                            sum[i] = simd::fused(factor, simd::load_first<B>(p, groups), sum[i]);
                    } else {
                        WEFT_UNROLL
                        for (int i = 0; i < Count; ++i) {
                            std::int64_t one = from;
                            if (at_position(a, first[last] + t * a.dilation + i * a.stride, one))
                                sum[i] = simd::fused(factor, simd::load_first<B>(x + one, groups),
                                                     sum[i]);
                        }
                    }
                }
            int d = last - 1;
            for (; d >= 0; --d) {
                if (++outer[d] < w.at[d].taps) break;
                outer[d] = 0;
            }
            if (d < 0) break;
        }
    }
    WEFT_UNROLL
    for (int i = 0; i < Count; ++i) simd::store_first(to + i * to_row, sum[i], groups);
}

/// `count` results along the last axis, up to 4.
template <class T>
void lane_results(window_shape const& w, T const* x, T const* weights, std::int64_t const* first,
                  std::int64_t count, int groups, T* to, std::int64_t to_row) noexcept {
    window_axis const& a = w.at[w.axes - 1];
    std::int64_t const p = first[w.axes - 1], end = p + 3 * a.stride + (a.taps - 1) * a.dilation;
    bool const there = a.spread == 1 && a.stride > 0 && p >= 0 && end < a.size;
    if (count >= 4)
        return there ? lane_sums<T, 4, true>(w, x, weights, first, groups, to, to_row)
                     : lane_sums<T, 4, false>(w, x, weights, first, groups, to, to_row);
    std::int64_t at[3] = {first[0], first[1], first[2]};
    for (std::int64_t i = 0; i < count; ++i, at[w.axes - 1] += a.stride, to += to_row)
        lane_sums<T, 1, false>(w, x, weights, at, groups, to, to_row);
}

template <class T>
[[gnu::noinline]] void window_lanes(window_call<T> const& g, window_blocks<T> const& q) noexcept {
    constexpr int lanes = gemm_tile<T>::lanes;
    window_shape const& w = g.shape;
    int const last = w.axes - 1;
    std::int64_t const n = w.n(), width = w.at[last].result, lines = w.results() / width;
    // Images behind the spatial axes: the results of a line stand apart.
    bool const apart = w.inner && w.images > 1;
    T* const results = g.work + q.packed + q.weights + q.sums;
    for (std::int64_t image = 0; image < w.images; ++image)
        for (std::int64_t line = 0; line < lines; ++line) {
            std::int64_t first[3] = {}, rest = line;
            for (int d = last - 1; d >= 0; --d) {
                first[d] = rest % w.at[d].result * w.at[d].stride - w.at[d].padding;
                rest /= w.at[d].result;
            }
            std::int64_t const row = apart ? line * width * w.images + image
                                           : (image * lines + line) * width,
                               next = apart ? w.images : 1;
            T* const to = g.c != nullptr ? g.c + row * g.c_row : results;
            std::int64_t const to_row = g.c != nullptr ? next * g.c_row : n;
            for (std::int64_t f = 0; f < w.filters; ++f)
                for (std::int64_t l = 0; l < w.lanes; l += lanes) {
                    int const groups =
                        static_cast<int>(gemm_detail::smaller_of<std::int64_t>(lanes, w.lanes - l));
                    for (std::int64_t o = 0; o < width; o += 4) {
                        first[last] = o * w.at[last].stride - w.at[last].padding;
                        lane_results(w, g.x + image * w.image_step + l,
                                     g.weights + f * w.filter_weight + l, first,
                                     gemm_detail::smaller_of<std::int64_t>(4, width - o), groups,
                                     to + o * to_row + f * w.lanes + l, to_row);
                    }
                }
            if (g.finish.run == nullptr) continue;
            if (!apart)
                g.finish.run(g.finish.context, {to, to_row, row, 0, width, n});
            else
                for (std::int64_t o = 0; o < width; ++o)
                    g.finish.run(g.finish.context,
                                 {to + o * to_row, to_row, row + o * next, 0, 1, n});
        }
}

}  // namespace window_detail
}  // namespace WEFT_ISA
}  // namespace weft
