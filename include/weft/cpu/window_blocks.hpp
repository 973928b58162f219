// SPDX-License-Identifier: BSL-1.0
// Convolution as a product of matrices: the numbers of a window once they are bound, which of the
// ways it is computed, in which blocks, and so how much workspace. Plain arithmetic without SIMD,
// so that a plan can ask for it in constant evaluation.
#pragma once

#include <cstdint>

#include <weft/cpu/gemm_blocks.hpp>
#include <weft/pass/window.hpp>

namespace weft {
inline namespace WEFT_ISA {
namespace window_detail {

using gemm_detail::ceil_div;
using gemm_detail::round_up;

struct window_axis {
    std::int64_t result, size, step, taps, weight, stride, dilation, spread, padding;
};

/// See pass/window.hpp and ops/convolution.hpp.
struct window_shape {
    int axes;
    bool inner;
    std::int64_t images, image_step, channels, channel_step, channel_weight, filters, filter_weight,
        lanes, lane_step, lane_weight;
    window_axis at[3];

    constexpr std::int64_t results() const {
        std::int64_t n = 1;
        for (int i = 0; i < axes; ++i) n *= at[i].result;
        return n;
    }
    constexpr std::int64_t taps() const {
        std::int64_t n = 1;
        for (int i = 0; i < axes; ++i) n *= at[i].taps;
        return n;
    }
    /// Of the product: rows, columns, inner extent.
    constexpr std::int64_t m() const { return images * results(); }
    constexpr std::int64_t n() const { return filters * lanes; }
    constexpr std::int64_t k() const { return channels * taps(); }
};

/// From places of bound extents; `value` gives the number of a place.
template <class Value>
constexpr window_shape read_window(std::int64_t const* p, Value value) {
    using at = pass::window_place;
    window_shape w{static_cast<int>(p[at::axes]),
                   p[at::inner] != 0,
                   value(p[at::images]),
                   value(p[at::image_step]),
                   value(p[at::channels]),
                   value(p[at::channel_step]),
                   value(p[at::channel_weight]),
                   value(p[at::filters]),
                   value(p[at::filter_weight]),
                   value(p[at::lanes]),
                   value(p[at::lane_step]),
                   value(p[at::lane_weight]),
                   {}};
    for (int i = 0; i < w.axes; ++i) {
        std::int64_t const* const q = p + at::first_axis + i * at::per_axis;
        w.at[i] = {value(q[at::result]),
                   value(q[at::size]),
                   value(q[at::step]),
                   value(q[at::taps]),
                   value(q[at::weight]),
                   pass::from_natural(q[at::stride]),
                   pass::from_natural(q[at::dilation]),
                   pass::from_natural(q[at::spread]),
                   pass::from_natural(q[at::padding])};
        // From the last tap to the first is the same sum.
        window_axis& a = w.at[i];
        if (a.dilation < 0) {
            a.padding -= (a.taps - 1) * a.dilation;
            a.dilation = -a.dilation;
            a.weight = -a.weight;
        }
    }
    return w;
}
/// Where the weights of the first tap are, in elements, now that taps may run backwards.
constexpr std::int64_t first_weight(window_shape const& w) {
    std::int64_t at = 0;
    for (int i = 0; i < w.axes; ++i)
        if (w.at[i].weight < 0) at -= w.at[i].weight * (w.at[i].taps - 1);
    return at;
}

/// One of the loops over rows (images and results) or columns (channels and taps) of the matrix
/// that the window makes of an image: along a spatial axis, or in steps of elements.
struct side_part {
    std::int64_t count;
    int axis;            // spatial, or -1
    std::int64_t along;  // positions on that axis, or elements
    std::int64_t weight;
};
/// All of them, from the outermost to the innermost. The innermost ones make a run, the elements of
/// which stand side by side in the image: `unit` of them, or 0 if they do not.
struct window_side {
    int parts = 0;
    side_part at[4] = {};
    int run_parts = 0;
    std::int64_t unit = 0, length = 1;  // of the run, whether or not it is contiguous

    constexpr void add(side_part p) {
        if (p.count != 1) at[parts++] = p;
    }
    constexpr void find_run(window_shape const& w) {
        run_parts = parts > 0 ? 1 : 0;
        length = parts > 0 ? at[parts - 1].count : 1;
        if (parts == 0) {
            unit = 1;
            return;
        }
        side_part const& last = at[parts - 1];
        if (last.axis >= 0) {
            window_axis const& a = w.at[last.axis];
            unit = last.along == 1 && a.spread == 1 && a.step == 1 ? length : 0;
            return;
        }
        unit = last.along == 1 ? length : 0;
        if (unit == 0 || parts == 1) return;
        side_part const& before = at[parts - 2];
        if (before.axis < 0 || before.along != 1 || w.at[before.axis].spread != 1 ||
            w.at[before.axis].step != last.count)
            return;
        run_parts = 2;
        unit = length = before.count * last.count;
    }
    constexpr std::int64_t count() const {
        std::int64_t n = 1;
        for (int i = 0; i < parts; ++i) n *= at[i].count;
        return n;
    }
};

constexpr window_side rows_of(window_shape const& w) {
    window_side s;
    if (!w.inner) s.add({w.images, -1, w.image_step, 0});
    for (int i = 0; i < w.axes; ++i) s.add({w.at[i].result, i, w.at[i].stride, 0});
    if (w.inner) s.add({w.images, -1, w.image_step, 0});
    s.find_run(w);
    return s;
}
/// Channels innermost where they stand side by side: the order of a sum is free.
constexpr window_side columns_of(window_shape const& w) {
    window_side s;
    side_part const channels{w.channels, -1, w.channel_step, w.channel_weight};
    if (w.channel_step != 1) s.add(channels);
    for (int i = 0; i < w.axes; ++i) s.add({w.at[i].taps, i, w.at[i].dilation, w.at[i].weight});
    if (w.channel_step == 1) s.add(channels);
    s.find_run(w);
    return s;
}

enum class window_way : std::uint8_t {
    none,     ///< no results
    gather,   ///< a product of the matrix of windows, packed in blocks, with the weights
    direct,   ///< the same from a padded image, in which windows are read where they are
    scatter,  ///< products of the image's elements with all weights, added to where they belong
    lanes,    ///< groups of one channel: sums in the lanes of registers
    lines,    ///< results along the last axis in the lanes of registers, weights spread over them
};

/// How a convolution is computed.
template <class T>
struct window_blocks {
    using tile = gemm_detail::gemm_tile<T>;
    window_way way = window_way::none;
    window_side rows{}, columns{};
    bool runs_of_columns = false;  // lines of the packed block are rows, else columns
    bool turned = false;           // the transposed product is computed
    bool packs_weights = false;
    std::int64_t weight_step = 0;  // from column to column, where it is the same for all
    std::int64_t block_rows = 0, block_columns = 0;
    std::int64_t line = 0;  // from line to line of the packed block
    // Elements of workspace:
    std::int64_t packed = 0, weights = 0, sums = 0, results = 0;

    constexpr std::int64_t elements() const { return packed + weights + sums + results; }

    constexpr explicit window_blocks(window_shape const& w)
        : rows(rows_of(w)), columns(columns_of(w)) {
        constexpr std::int64_t lanes = tile::lanes, strip = tile::columns;
        std::int64_t const m = w.m(), n = w.n(), k = gemm_detail::larger_of<std::int64_t>(1, w.k());
        if (m <= 0 || n <= 0) return;
        if (w.lanes > 1) {
            way = window_way::lanes;
            results = w.at[w.axes - 1].result * n + strip;
            return;
        }
        if (scatters(w)) {
            way = window_way::scatter;
            std::int64_t const width = round_up(w.taps() * n, lanes) + lanes;
            line = width;
            weights = w.channels * width;
            block_rows =
                tile::rows * gemm_detail::larger_of<std::int64_t>(1, 8192 / (width * tile::rows));
            block_rows = gemm_detail::smaller_of<std::int64_t>(block_rows, 8 * tile::rows);
            sums = block_rows * width;
            packed = block_rows * (w.channels + lanes);
            results = w.results() * n + lanes;
            return;
        }
        runs_of_columns = columns.unit >= rows.unit;
        if (goes_along_lines(w)) {
            way = window_way::lines;
            packed = w.channels;
            for (int i = 0; i < w.axes; ++i) packed *= reach(w.at[i]);
            packed += 2 * strip;
            weights = round_up(n, 8) * k;
            results = w.results() * n + lanes;
            sums = 16 * lanes + k;
            return;
        }
        way = window_way::gather;
        bool const is_direct = runs_of_columns && goes_direct(w);
        auto const up = [](std::int64_t x, std::int64_t unit) { return round_up(x, unit); };
        // Few results a row fill registers badly; then rows go along the lanes.
        turned = !runs_of_columns && n <= lanes && n * 3 <= 2 * lanes;
        bool const all_rows = m * n <= 1 << 16 && k >= 2 * m;
        std::int64_t const room = 8192;
        if (all_rows) {
            block_rows = m;
            block_columns = gemm_detail::within<std::int64_t>(3 * room / m, 32, 512);
        } else {
            block_columns = 640;
            std::int64_t const grain = runs_of_columns ? tile::rows : 3 * strip;
            std::int64_t const some =
                room / gemm_detail::smaller_of(k, block_columns) / grain * grain;
            block_rows = gemm_detail::within<std::int64_t>(some, grain,
                                                           runs_of_columns ? 8 * grain : 6 * grain);
        }
        block_rows = gemm_detail::smaller_of(block_rows, m);
        // Even parts of the inner extent.
        block_columns = gemm_detail::smaller_of(up(ceil_div(k, ceil_div(k, block_columns)), 4), k);
        line = (runs_of_columns ? block_columns : block_rows) + lanes;
        packed = (runs_of_columns ? block_rows : block_columns) * line + strip;
        bool uniform = w.filter_weight == 1 || n == 1;
        for (int i = 0; i + 1 < columns.parts; ++i)
            uniform = uniform &&
                      columns.at[i].weight == columns.at[i + 1].weight * columns.at[i + 1].count;
        if (columns.parts > 0) weight_step = columns.at[columns.parts - 1].weight;
        if (is_direct) {
            way = window_way::direct;
            block_columns = w.at[w.axes - 1].taps * w.channels;
            std::int64_t const width = w.at[w.axes - 1].result;
            block_rows = width * gemm_detail::larger_of<std::int64_t>(1, 4096 / (width * n));
            packed = w.channels;
            for (int i = 0; i < w.axes; ++i) packed *= reach(w.at[i]);
            packed += 2 * strip;
        }
        packs_weights =
            !uniform || !gemm_detail::cheap_masks ||
            (block_rows < m && k * n * static_cast<int>(sizeof(T)) > gemm_detail::gemm_cache_bytes);
        std::int64_t const packed_k = is_direct || block_rows < m ? k : block_columns;
        if (packs_weights)
            weights = packed_k * up(n, gemm_detail::cheap_masks ? lanes : strip) + strip;
        if (turned) sums = n * (block_rows + lanes) + strip;
        results = block_rows * n + strip;
    }

    /// Elements along an axis that the windows see, padding included.
    static constexpr std::int64_t reach(window_axis const& a) {
        return (a.result - 1) * a.stride + (a.taps - 1) * a.dilation + 1;
    }
    /// Whether a padded image stays in cache, and windows in it are long runs, rows of which make
    /// tiles.
    static constexpr bool goes_direct(window_shape const& w) {
        window_axis const& a = w.at[w.axes - 1];
        if (w.inner || w.channel_step != 1 || a.step != w.channels || a.dilation != 1) return false;
        std::int64_t elements = w.channels;
        for (int i = 0; i < w.axes; ++i) {
            if (w.at[i].spread != 1 || w.at[i].stride < 1) return false;
            elements *= reach(w.at[i]);
        }
        // Rows of a line fill tiles to two thirds.
        std::int64_t const tiles = gemm_detail::ceil_div(a.result, tile::rows);
        return elements <= 1 << 17 && a.taps * w.channels >= 24 && w.n() >= tile::lanes &&
               3 * (a.result / tiles) >= 2 * tile::rows;
    }
    /// Whether a padded image stays in cache, and its lines are runs of results.
    constexpr bool goes_along_lines(window_shape const& w) const {
        if (runs_of_columns || !gemm_detail::cheap_masks || (w.inner && w.images > 1) || w.k() <= 0)
            return false;
        if (w.at[w.axes - 1].stride != 1 || w.at[w.axes - 1].step != 1) return false;
        std::int64_t elements = w.channels, results_of_image = w.filters;
        for (int i = 0; i < w.axes; ++i) {
            if (w.at[i].spread != 1 || w.at[i].stride < 1) return false;
            elements *= reach(w.at[i]), results_of_image *= w.at[i].result;
        }
        return elements <= 1 << 17 && results_of_image <= 1 << 18;
    }

    /// Whether each element of the image is sent to all results that it is part of: for a spread
    /// image, of whose windows most elements are gaps, and for few results an element.
    static constexpr bool scatters(window_shape const& w) {
        bool spread = false;
        for (int i = 0; i < w.axes; ++i) {
            if (w.at[i].stride != 1) return false;
            spread = spread || w.at[i].spread > 1;
        }
        if (w.inner || w.taps() == 1 || w.results() * w.filters > 1 << 18) return false;
        return spread ||
               (w.filters * 3 <= 2 * tile::lanes && w.channels >= 4 && w.channel_step == 1);
    }
};

/// A bit for each way in which a convolution may be computed, of which only the number of images
/// may be known at run time; others are all ways. In the derivative along weights, images are
/// channels.
template <class T>
constexpr unsigned window_ways(std::int64_t const* places) {
    using at = pass::window_place;
    int const numbers = at::first_axis + static_cast<int>(places[at::axes]) * at::per_axis;
    for (int i = 0; i < numbers; ++i)
        if (places[i] < 0 && i != at::images && !(i == at::channels && places[at::inner] != 0))
            return ~0u;
    unsigned ways = 0;
    // What depends on them changes once, as they grow.
    for (std::int64_t images : {std::int64_t{1}, std::int64_t{2}, std::int64_t{1} << 30})
        ways |=
            1u << static_cast<int>(window_blocks<T>(read_window(places, [&](std::int64_t place) {
                                       return place < 0 ? images : place;
                                   })).way);
    return ways;
}

template <class T>
constexpr std::int64_t window_workspace_bytes(window_shape const& w) {
    window_blocks<T> const q(w);
    return q.elements() == 0
               ? 0
               : 64 + round_up(q.elements() * static_cast<std::int64_t>(sizeof(T)), 64);
}

}  // namespace window_detail
}  // namespace WEFT_ISA
}  // namespace weft
