// SPDX-License-Identifier: BSL-1.0
// Copies parts of the matrix that a window makes of an image, a block at a time: it never stands in
// memory as a whole. Elements outside of the image, or between those of a spread one, are zero.
#pragma once

#include <weft/cpu/gemm_pack.hpp>
#include <weft/cpu/window_blocks.hpp>

namespace weft {
inline namespace WEFT_ISA {
namespace window_detail {

using gemm_detail::cheap_masks;
using gemm_detail::gemm_tile;
using gemm_detail::gemm_unit;

/// Where one side stands at an index: positions on the spatial axes, and elements beside them.
struct window_cursor {
    window_side const* side;
    int parts;  // the outer ones, of which it goes through
    std::int64_t index[4] = {}, position[3] = {}, offset = 0, weight = 0;

    window_cursor(window_side const& s, int outer, std::int64_t at) : side(&s), parts(outer) {
        for (int i = parts - 1; i >= 0; --i) {
            std::int64_t const n = gemm_detail::larger_of<std::int64_t>(1, s.at[i].count);
            index[i] = at % n;
            at /= n;
            add(i, index[i]);
        }
    }
    void add(int part, std::int64_t times) {
        side_part const& p = side->at[part];
        if (p.axis >= 0)
            position[p.axis] += times * p.along;
        else
            offset += times * p.along;
        weight += times * p.weight;
    }
    void next() {
        for (int i = parts - 1; i >= 0; --i) {
            add(i, 1);
            if (++index[i] < side->at[i].count) return;
            add(i, -index[i]);
            index[i] = 0;
        }
    }
};

/// Copies n elements; up to a vector behind them is written too.
template <class T>
WEFT_INLINE void copy_run(T* to, T const* from, std::int64_t n) {
    using B = gemm_unit<T>;
    constexpr int lanes = gemm_tile<T>::lanes;
    for (; n >= lanes; n -= lanes, to += lanes, from += lanes)
        simd::store_all(to, simd::load_all<B>(from));
    if (n > 0) simd::store_all(to, simd::load_first<B>(from, static_cast<int>(n)));
}
template <class T>
WEFT_INLINE void zero_run(T* to, std::int64_t n) {
    using B = gemm_unit<T>;
    constexpr int lanes = gemm_tile<T>::lanes;
    for (; n > 0; n -= lanes, to += lanes) simd::store_all(to, simd::broadcast<B>(T(0)));
}

/// The element of the image at a position along one axis; false where there is none.
WEFT_INLINE bool at_position(window_axis const& a, std::int64_t position, std::int64_t& offset) {
    if (a.spread != 1) {
        if (position < 0 || position % a.spread != 0) return false;
        position /= a.spread;
    }
    if (position < 0 || position >= a.size) return false;
    offset += position * a.step;
    return true;
}

/// `count` lines of n elements, of which those before `before` and from `behind` on are zero: both
/// move by `shift` from line to line, and the source by `from_step`.
template <class T>
[[gnu::noinline]] void copy_lines(std::int64_t count, std::int64_t n, T const* from,
                                  std::int64_t from_step, T* to, std::int64_t to_step,
                                  std::int64_t before, std::int64_t behind,
                                  std::int64_t shift) noexcept {
    using B = gemm_unit<T>;
    constexpr int lanes = gemm_tile<T>::lanes;
    auto const whole = [&]() WEFT_INLINE_LAMBDA { return before <= 0 && behind >= n; };
    auto const next = [&]() WEFT_INLINE_LAMBDA {
        from += from_step, to += to_step, before += shift, behind += shift;
        --count;
    };
    auto const clipped = [&]() WEFT_INLINE_LAMBDA {
        std::int64_t const low = gemm_detail::within<std::int64_t>(before, 0, n),
                           high = gemm_detail::within(behind, low, n);
        if (low > 0) zero_run(to, low);
        copy_run(to + low, from + low, high - low);
        if (high < n) zero_run(to + high, n - high);
    };
    if (n <= 2 * lanes && cheap_masks) {
        int const head = static_cast<int>(gemm_detail::smaller_of<std::int64_t>(n, lanes)),
                  tail = static_cast<int>(n) - head;
        while (count > 0) {
            if (tail == 0)
                for (; count > 0 && whole(); next())
                    simd::store_all(to, simd::load_first<B>(from, head));
            else
                for (; count > 0 && whole(); next()) {
                    simd::store_all(to, simd::load_all<B>(from));
                    simd::store_all(to + lanes, simd::load_first<B>(from + lanes, tail));
                }
            if (count > 0) clipped(), next();
        }
        return;
    }
    while (count > 0) {
        if (whole())
            copy_run(to, from, n);
        else
            clipped();
        next();
    }
}

/// Lines [first, last) of one side, each the elements [begin, end) of the other one: to[line *
/// step]. Behind each line, and behind the last one, there is room for a vector.
template <class T>
[[gnu::noinline]] void pack_window(window_shape const& w, T const* x, window_side const& lines,
                                   window_side const& runs, std::int64_t first, std::int64_t last,
                                   std::int64_t begin, std::int64_t end, T* to,
                                   std::int64_t step) noexcept {
    // Lines that differ in the innermost part only are copied together, run by run.
    side_part const one{1, -1, 0, 0};
    side_part const line = lines.parts > 0 ? lines.at[lines.parts - 1] : one;
    int const outer_lines = lines.parts > 0 ? lines.parts - 1 : 0,
              outer_runs = runs.parts - runs.run_parts;
    // Of the run: the axis that clips it, and how many elements a position of it has.
    side_part const inner = runs.parts > 0 ? runs.at[runs.parts - 1] : one;
    int const axis = runs.run_parts == 2 ? runs.at[runs.parts - 2].axis : inner.axis;
    std::int64_t const each = runs.run_parts == 2 ? inner.count : 1;
    std::int64_t const first_skip = begin % runs.length;
    window_cursor const first_run(runs, outer_runs, begin / runs.length);
    window_cursor here(lines, outer_lines, first / line.count);
    for (std::int64_t l = first, at = first % line.count; l < last; here.next(), at = 0) {
        std::int64_t const count = gemm_detail::smaller_of(line.count - at, last - l);
        std::int64_t const here_position[3] = {
            here.position[0] + (line.axis == 0 ? at * line.along : 0),
            here.position[1] + (line.axis == 1 ? at * line.along : 0),
            here.position[2] + (line.axis == 2 ? at * line.along : 0)};
        std::int64_t const here_offset = here.offset + (line.axis < 0 ? at * line.along : 0);
        window_cursor r = first_run;
        T* target = to + (l - first) * step;
        std::int64_t skip = first_skip;
        for (std::int64_t c = begin; c < end; r.next(), skip = 0) {
            std::int64_t const n = gemm_detail::smaller_of(runs.length - skip, end - c);
            std::int64_t offset = here_offset + r.offset, position = 0;
            bool inside = true;
            for (int d = 0; d < w.axes; ++d) {
                std::int64_t const p = here_position[d] + r.position[d] - w.at[d].padding;
                if (d == axis)
                    position = p;
                else if (d != line.axis)
                    inside = inside && at_position(w.at[d], p, offset);
            }
            T* d = target;
            target += n;
            c += n;
            if (!inside) {
                for (std::int64_t i = 0; i < count; ++i, d += step) zero_run(d, n);
                continue;
            }
            bool const along = line.axis >= 0 && line.axis == axis;
            if (runs.unit > 0 && (along || line.axis < 0)) {
                // The elements of the image that are there, counted from the first of the run.
                std::int64_t const shift = along ? line.along * each : 0,
                                   start = axis < 0 ? 0 : position * each + skip,
                                   size = axis < 0 ? n : w.at[axis].size * each;
                copy_lines(count, n, x + offset + (axis < 0 ? skip : start),
                           along ? shift : line.along, d, step, -start, size - start, -shift);
                continue;
            }
            std::int64_t apart = line.axis >= 0 ? here_position[line.axis] + r.position[line.axis] -
                                                      w.at[line.axis].padding
                                                : 0;
            for (std::int64_t i = 0; i < count; ++i, d += step, apart += line.along) {
                std::int64_t from = offset, start = position;
                bool there = true;
                if (line.axis < 0)
                    from += i * line.along;
                else if (along)
                    start += i * line.along;
                else
                    there = at_position(w.at[line.axis], apart, from);
                if (!there) {
                    zero_run(d, n);
                } else if (runs.unit > 0) {
                    std::int64_t const e = axis < 0 ? 0 : start * each + skip,
                                       size = axis < 0 ? n : w.at[axis].size * each;
                    copy_lines<T>(1, n, x + from + (axis < 0 ? skip : e), 0, d, step, -e, size - e,
                                  0);
                } else if (axis < 0) {
                    for (std::int64_t j = 0; j < n; ++j) d[j] = x[from + (skip + j) * inner.along];
                } else {
                    for (std::int64_t j = 0; j < n; ++j) {
                        std::int64_t element = from;
                        bool const is =
                            at_position(w.at[axis], start + (skip + j) * inner.along, element);
                        d[j] = is ? x[element] : T(0);
                    }
                }
            }
        }
        l += count;
    }
}

/// Indices of some axes from the first to the last, without a division.
struct odometer {
    std::int64_t at[3] = {};
    /// One step further within `count` sizes; the axis that moved, or -1 at the end.
    template <class Size>
    WEFT_INLINE int next(int count, Size size) {
        int d = count - 1;
        for (; d >= 0; --d) {
            if (++at[d] < size(d)) break;
            at[d] = 0;
        }
        return d;
    }
};

/// The image with its padding, plane by plane, channel_step apart, and line by line, in elements of
/// `each` channels; a vector behind is written too.
template <class T>
[[gnu::noinline]] void pad_image(window_shape const& w, T const* x, std::int64_t planes,
                                 std::int64_t each, T* to) noexcept {
    int const last = w.axes - 1;
    window_axis const& a = w.at[last];
    // Of each line [0, length): the image from `low` on.
    std::int64_t const length = window_blocks<T>::reach(a),
                       low = gemm_detail::within<std::int64_t>(a.padding, 0, length),
                       skip = gemm_detail::larger_of<std::int64_t>(0, -a.padding),
                       there = gemm_detail::within<std::int64_t>(a.size - skip, 0, length - low);
    for (std::int64_t c = 0; c < planes; ++c) {
        odometer line;
        do {
            std::int64_t from = c * w.channel_step + skip * a.step;
            bool inside = there > 0;
            for (int d = 0; d < last; ++d)
                inside = inside && at_position(w.at[d], line.at[d] - w.at[d].padding, from);
            if (inside) {
                zero_run(to, low * each);
                copy_run(to + low * each, x + from, there * each);
                zero_run(to + (low + there) * each, (length - low - there) * each);
            } else {
                zero_run(to, length * each);
            }
            to += length * each;
        } while (line.next(last, [&](int d) { return window_blocks<T>::reach(w.at[d]); }) >= 0);
    }
}

/// Rows [first, last) of the weights, `n` columns, as strips of the product's tiles.
template <class T>
[[gnu::noinline]] void pack_weights(window_shape const& w, window_side const& columns,
                                    T const* from, std::int64_t first, std::int64_t last,
                                    T* to) noexcept {
    constexpr int strip = gemm_tile<T>::columns;
    std::int64_t const k = last - first, n = w.n();
    side_part const one{1, -1, 0, 0};
    side_part const inner = columns.parts > 0 ? columns.at[columns.parts - 1] : one;
    for (std::int64_t j = 0; j < n; j += strip) {
        int const width = static_cast<int>(gemm_detail::smaller_of<std::int64_t>(strip, n - j));
        T* d = to + j * k;
        for (std::int64_t q = first; q < last;) {
            window_cursor const at(columns, columns.parts, q);
            std::int64_t const count =
                gemm_detail::smaller_of(inner.count - q % inner.count, last - q);
            gemm_detail::pack_b(count, width, from + at.weight + j * w.filter_weight, inner.weight,
                                w.filter_weight, d);
            d += count * gemm_detail::packed_width<T>(width);
            q += count;
        }
    }
}

}  // namespace window_detail
}  // namespace WEFT_ISA
}  // namespace weft
