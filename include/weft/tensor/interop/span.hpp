// SPDX-License-Identifier: BSL-1.0
// Tensors and contiguous views as std::span, and their elements as a std::vector. (A std::span,
// vector or array becomes a view by itself: `view<float, dyn> v(numbers)`; raw memory by
// `view<float, dyn, dyn>(data, {n, m}, {row_stride, column_stride})`.)
#pragma once

#include <span>
#include <vector>

#include <weft/tensor/tensor.hpp>

namespace weft {

/// All elements, in row-major order. Raises where they do not lie in one piece.
template <class X>
    requires requires(X& x) { detail::view_of(x); }
auto as_span(X&& x) {
    static_assert(detail::is_view<std::remove_cvref_t<X>> || std::is_lvalue_reference_v<X>,
                  "weft: as_span of a temporary tensor would dangle");
    auto const v = detail::view_of(x);
    if (!v.contiguous()) raise("as_span: the elements do not lie in one piece");
    return std::span<typename decltype(v)::element_type>(v.data(),
                                                         static_cast<std::size_t>(v.size()));
}

/// A copy of all elements, in row-major order.
template <class X>
    requires requires(X const& x) { detail::view_of(x); }
auto to_vector(X const& x) {
    auto const v = detail::view_of(x);
    using T = typename decltype(v)::value_type;
    std::vector<T> out;
    out.reserve(static_cast<std::size_t>(v.size()));
    for (T const& e : v) out.push_back(e);
    return out;
}

}  // namespace weft
