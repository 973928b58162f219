// SPDX-License-Identifier: BSL-1.0
// A function of each slice, one after the other: a repeat that carries nothing. Where vmap makes one
// operation of all elements, map keeps the intermediate values of one element only.
#pragma once

#include <weft/ops/repeat.hpp>

namespace weft {

/// The results of f(slices...) for each slice of the values along their first axis, stacked, as
/// jax.lax.map. f is traced once, and may capture values and models of the trace around it. Its
/// intermediate values take the memory of one slice, also backwards, where they are computed again.
template <class F, class... A>
    requires Symbols<A...>
constexpr symbol map(F f, A const&... values) {
    symbol const x[] = {values.traced()...};
    for (symbol const& s : x)
        if (!s.valid()) return s;
    ir::builder& b = *x[0].builder();
    for (symbol const& s : x)
        if (s.rank() == 0 || !b.extents().assume_equal(s.size(0), x[0].size(0)))
            return b.fail(ir::sentence("map", x[0], s, "and")
                          << ": values have as many slices as each other");
    return ir::emit_repeat(b, x[0].size(0), {}, {x, sizeof...(A)}, {}, false,
                           [&](ir::builder&, ir::iteration& it) {
                               [&]<int... I>(std::integer_sequence<int, I...>) {
                                   it.results.push(f(it.slices[I]...).traced());
                               }(std::make_integer_sequence<int, sizeof...(A)>{});
                           })[0];
}

WEFT_EAGER(map)

}  // namespace weft
