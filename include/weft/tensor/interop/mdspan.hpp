// SPDX-License-Identifier: BSL-1.0
// std::mdspan, or the reference implementation's, as views and back, without copies. Opt-in: it
// includes <mdspan> where the standard library has it; include the other one before this header.
#pragma once

#if __has_include(<mdspan>)
#include <mdspan>
#endif

#include <array>

#include <weft/tensor/tensor.hpp>

namespace weft {

namespace detail {

template <class M>
struct extents_of_mdspan {
    static constexpr int rank = static_cast<int>(M::rank());
    static constexpr dims<rank> value = [] {
        dims<rank> d;
        if constexpr (rank > 0)
            for (std::size_t a = 0; a < M::rank(); ++a)
                d.values[a] = M::static_extent(a) == static_cast<std::size_t>(-1)
                                  ? dyn
                                  : static_cast<std::int64_t>(M::static_extent(a));
        return d;
    }();
};

}  // namespace detail

/// A view of the elements of an mdspan whose accessor gives plain references, with its strides and
/// its static extents. Raises where the mapping has no strides.
template <class M>
    requires requires(M const& m) {
        m.data_handle();
        m.stride(0);
        M::rank();
        M::static_extent(0);
    }
auto from_mdspan(M const& m) {
    using T = typename M::element_type;
    static_assert(std::is_same_v<typename M::reference, T&>,
                  "weft: from_mdspan: the accessor does not give plain references");
    if (!m.is_strided()) raise("from_mdspan: the layout has no strides");
    constexpr int rank = static_cast<int>(M::rank());
    dims<rank> shape, strides;
    for (int a = 0; a < rank; ++a)
        shape[a] = static_cast<std::int64_t>(m.extent(static_cast<std::size_t>(a))),
        strides[a] = static_cast<std::int64_t>(m.stride(static_cast<std::size_t>(a)));
    using viewed = detail::view_with<T, rank, detail::extents_of_mdspan<M>>;
    return viewed(m.data_handle(), shape, strides);
}

/// The elements of a tensor or view as an mdspan of this type, whose layout is strided:
/// `to_mdspan<std::mdspan<float, std::dextents<int, 2>, std::layout_stride>>(a)`. Strides must not
/// be negative.
template <class M, class X>
    requires requires(X& x) { detail::view_of(x); }
M to_mdspan(X&& x) {
    auto const v = detail::view_of(x);
    using V = std::remove_const_t<decltype(v)>;
    static_assert(V::rank == static_cast<int>(M::rank()), "weft: to_mdspan: another rank");
    using index = typename M::index_type;
    std::array<index, static_cast<std::size_t>(V::rank)> shape{}, strides{};
    for (int a = 0; a < V::rank; ++a) {
        if (v.stride(a) < 0) raise("to_mdspan: an mdspan has no negative strides");
        shape[static_cast<std::size_t>(a)] = static_cast<index>(v.extent(a));
        strides[static_cast<std::size_t>(a)] = static_cast<index>(v.stride(a));
    }
    using extents = typename M::extents_type;
    return M(v.data(), typename M::mapping_type(extents(shape), strides));
}

}  // namespace weft
