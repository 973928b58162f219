// SPDX-License-Identifier: BSL-1.0
// Convolution on the CPU: one of the ways that window_blocks.hpp chooses, and the plain one for
// element types that have no register tiles.
#pragma once

#include <weft/cpu/window_lanes.hpp>
#include <weft/cpu/window_lines.hpp>
#include <weft/cpu/window_scatter.hpp>

namespace weft {
inline namespace WEFT_ISA {
namespace window_detail {

/// A convolution without its batch axes, in one of the ways of which Ways has a bit. `call.work`
/// has window_workspace_bytes<T> bytes. The sum of an element runs in a fixed order: the same bits
/// on every run.
template <class T, unsigned Ways = ~0u>
[[gnu::noinline]] void run_window(window_call<T> call) noexcept {
    window_blocks<T> const q(call.shape);
    auto const address = reinterpret_cast<std::uintptr_t>(call.work);
    call.work =
        reinterpret_cast<T*>(reinterpret_cast<char*>(call.work) + ((64 - address % 64) % 64));
    constexpr auto may = [](window_way way) { return (Ways >> static_cast<int>(way) & 1u) != 0; };
    if constexpr (may(window_way::gather))
        if (q.way == window_way::gather) return window_gather(call, q);
    if constexpr (may(window_way::direct))
        if (q.way == window_way::direct) return window_direct(call, q);
    if constexpr (may(window_way::scatter))
        if (q.way == window_way::scatter) return window_scatter(call, q);
    if constexpr (may(window_way::lanes))
        if (q.way == window_way::lanes) return window_lanes(call, q);
    if constexpr (may(window_way::lines))
        if (q.way == window_way::lines) return window_lines(call, q);
}

/// One row of results after the other into `sums`, each handed to finish(row, sums); x(i) and w(i)
/// are elements of the image and of the weights.
template <class T, class Finish, class X, class W>
[[gnu::noinline]] void each_window_row(window_shape const& w, T* sums, Finish finish, X x,
                                       W weight) {
    window_side const rows = rows_of(w), columns = columns_of(w);
    std::int64_t const m = w.m(), n = w.n(), k = w.k();
    if (n <= 0) return;
    window_cursor row(rows, rows.parts, 0);
    for (std::int64_t i = 0; i < m; ++i, row.next()) {
        for (std::int64_t j = 0; j < n; ++j) sums[j] = T(0);
        window_cursor column(columns, columns.parts, 0);
        for (std::int64_t q = 0; q < k; ++q, column.next()) {
            std::int64_t from = row.offset + column.offset;
            bool inside = true;
            for (int d = 0; d < w.axes; ++d)
                inside = inside &&
                         at_position(w.at[d],
                                     row.position[d] + column.position[d] - w.at[d].padding, from);
            if (!inside) continue;
            for (std::int64_t f = 0; f < w.filters; ++f)
                for (std::int64_t l = 0; l < w.lanes; ++l) {
                    T& sum = sums[f * w.lanes + l];
                    sum = static_cast<T>(
                        sum + x(from + l * w.lane_step) *
                                  weight(column.weight + f * w.filter_weight + l * w.lane_weight));
                }
        }
        finish(i, sums);
    }
}

}  // namespace window_detail
}  // namespace WEFT_ISA
}  // namespace weft
