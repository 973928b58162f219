// SPDX-License-Identifier: BSL-1.0
// Tensors of one axis as arguments of the drivers: the function is given their numbers as a
// std::array, or as a std::vector where the extent is dyn; gradients are tensors.
#pragma once

#include <weft/autodiff/drivers.hpp>
#include <weft/tensor/tensor.hpp>

namespace weft::detail {

template <class T, std::int64_t N>
    requires std::is_floating_point_v<T>
struct numbers_in<tensor<T, N>> : numbers_by_index<tensor<T, N>> {
    using type = T;
    static constexpr std::int64_t extent = N;
    static constexpr bool single = false;
    static std::size_t size(tensor<T, N> const& x) { return static_cast<std::size_t>(x.size()); }
    template <class U>
    static auto like(tensor<T, N> const& x) {
        if constexpr (std::is_same_v<U, T> && N == dyn)
            return tensor<T, N>(x.size());
        else if constexpr (std::is_same_v<U, T>)
            return tensor<T, N>();
        else if constexpr (N == dyn)
            return std::vector<U>(size(x));
        else
            return std::array<U, static_cast<std::size_t>(N)>();
    }
    static T const& at(tensor<T, N> const& x, std::size_t i) { return x.data()[i]; }
};

}  // namespace weft::detail
