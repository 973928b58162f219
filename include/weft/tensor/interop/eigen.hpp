// SPDX-License-Identifier: BSL-1.0
// Eigen's matrices and vectors as views, and tensors and views as Eigen::Map, without copies.
// Opt-in: needs Eigen (CMake component eigen).
#pragma once

#include <Eigen/Core>

#include <weft/tensor/tensor.hpp>

namespace weft {

namespace detail {

using eigen_stride = Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>;

template <class T, std::int64_t Rows, std::int64_t Columns>
using eigen_map = Eigen::Map<
    std::conditional_t<
        std::is_const_v<T>,
        Eigen::Matrix<std::remove_const_t<T>, static_cast<int>(Rows), static_cast<int>(Columns),
                      Rows == 1 && Columns != 1 ? Eigen::RowMajor : Eigen::ColMajor> const,
        Eigen::Matrix<std::remove_const_t<T>, static_cast<int>(Rows), static_cast<int>(Columns),
                      Rows == 1 && Columns != 1 ? Eigen::RowMajor : Eigen::ColMajor>>,
    Eigen::Unaligned, eigen_stride>;

[[noreturn]] WEFT_COLD inline void raise_negative_stride() {
    raise("as_eigen: Eigen::Map knows no negative strides: copy the view to a tensor first");
}

}  // namespace detail

/// A matrix of Eigen's type over the elements of a tensor or view of two axes, or a column vector
/// over those of one. Raises where a stride is negative.
template <class X>
    requires requires(X& x) { detail::view_of(x); }
auto as_eigen(X&& x) {
    auto const v = detail::view_of(x);
    using V = std::remove_const_t<decltype(v)>;
    using T = typename V::element_type;
    static_assert(V::rank == 1 || V::rank == 2, "weft: as_eigen is of vectors and matrices");
    static_assert(detail::is_view<std::remove_cvref_t<X>> || std::is_lvalue_reference_v<X>,
                  "weft: as_eigen of a temporary tensor would dangle");
    constexpr auto size = [](int axis) -> std::int64_t {
        return V::extents[axis] == dyn ? Eigen::Dynamic : V::extents[axis];
    };
    for (std::int64_t s : v.strides())
        if (s < 0) detail::raise_negative_stride();
    if constexpr (V::rank == 1) {
        return detail::eigen_map<T, size(0), 1>(v.data(), v.extent(0), 1,
                                                detail::eigen_stride(v.size(), v.stride(0)));
    } else {
        // Columns of a column-major matrix: inner stride between rows, outer between columns.
        constexpr bool one_row = size(0) == 1 && size(1) != 1;
        auto const stride = one_row ? detail::eigen_stride(v.stride(0), v.stride(1))
                                    : detail::eigen_stride(v.stride(1), v.stride(0));
        return detail::eigen_map<T, size(0), size(1)>(v.data(), v.extent(0), v.extent(1), stride);
    }
}

/// A view of the elements of an Eigen matrix, array, map or block that has memory; a vector of
/// Eigen's has one axis. It must outlive the view.
template <class X>
    requires requires(X& x) {
        x.derived().data();
        x.innerStride();
    }
auto from_eigen(X&& x) {
    using M = std::remove_cvref_t<X>;
    using pointer = decltype(x.derived().data());
    using T = std::remove_pointer_t<pointer>;
    static_assert(std::is_lvalue_reference_v<X> || !std::is_same_v<typename M::PlainObject, M>,
                  "weft: from_eigen of a temporary matrix would dangle");
    constexpr auto extent = [](int n) { return n == Eigen::Dynamic ? dyn : std::int64_t{n}; };
    if constexpr (M::IsVectorAtCompileTime) {
        return view<T, extent(M::SizeAtCompileTime)>(x.derived().data(), {x.size()},
                                                     {x.innerStride()});
    } else {
        std::int64_t const inner = x.innerStride(), outer = x.outerStride();
        return view<T, extent(M::RowsAtCompileTime), extent(M::ColsAtCompileTime)>(
            x.derived().data(), {x.rows(), x.cols()},
            {M::IsRowMajor ? outer : inner, M::IsRowMajor ? inner : outer});
    }
}

}  // namespace weft
