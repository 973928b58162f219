// SPDX-License-Identifier: BSL-1.0
// Which containers of numbers the drivers take, and how one of other numbers is made like them:
// std::array, std::vector, std::span, a single number; Eigen's vectors in autodiff/eigen.hpp.
#pragma once

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

#include <weft/core/dyn.hpp>
#include <weft/core/error.hpp>
#include <weft/core/text.hpp>
#include <weft/ops/emit.hpp>

namespace weft {

/// Rows times columns of numbers, row by row; extents known at compile time, or dyn.
template <class T, std::int64_t Rows = dyn, std::int64_t Columns = dyn>
class dense_matrix {
public:
    dense_matrix(std::size_t rows, std::size_t columns) : rows_(rows), columns_(columns) {
        if constexpr (Rows == dyn || Columns == dyn) numbers_.resize(rows * columns);
    }
    std::size_t rows() const { return rows_; }
    std::size_t columns() const { return columns_; }
    T& operator()(std::size_t i, std::size_t j) { return numbers_[i * columns_ + j]; }
    T const& operator()(std::size_t i, std::size_t j) const { return numbers_[i * columns_ + j]; }
    T* data() { return numbers_.data(); }
    T const* data() const { return numbers_.data(); }

private:
    static constexpr bool is_static = Rows != dyn && Columns != dyn;
    std::size_t rows_, columns_;
    std::conditional_t<is_static,
                       std::array<T, is_static ? static_cast<std::size_t>(Rows* Columns) : 1>,
                       std::vector<T>>
        numbers_{};
};

namespace detail {

/// c[i]: Eigen's vectors and tensors count with signed integers.
template <class C>
constexpr auto& element(C& c, std::size_t i) {
    if constexpr (requires { typename C::Index; } || requires { C::rank; })
        return c[static_cast<std::int64_t>(i)];
    else
        return c[i];
}

template <class T>
concept Real = std::is_floating_point_v<T> || ActiveNumber<T>;

/// What the drivers know of a container X of numbers. `like<U>(x)` has as many numbers of type U;
/// `argument(c)` is it as the function is given it.
template <class X>
struct numbers_in {
    static constexpr bool known = false;
};

template <class Derived>
struct numbers_by_index {
    static constexpr bool known = true;
    using index = std::size_t;
    template <class C>
    static auto const& argument(C const& c) {
        return c;
    }
    template <class T, std::int64_t R, std::int64_t C>
    using matrix = dense_matrix<T, R, C>;
};

template <Real T>
struct numbers_in<T> : numbers_by_index<T> {
    using type = T;
    static constexpr std::int64_t extent = 1;
    static constexpr bool single = true;
    static std::size_t size(T const&) { return 1; }
    template <class U>
    static std::array<U, 1> like(T const&) {
        return {};
    }
    static T const& at(T const& x, std::size_t) { return x; }
    template <class C>
    static auto const& argument(C const& c) {
        return c[0];
    }
};

template <template <class, std::size_t> class Array, Real T, std::size_t N>
    requires(!requires { Array<T, N>::extent; })
struct numbers_in<Array<T, N>> : numbers_by_index<Array<T, N>> {
    using type = T;
    static constexpr std::int64_t extent = static_cast<std::int64_t>(N);
    static constexpr bool single = false;
    static std::size_t size(Array<T, N> const&) { return N; }
    template <class U>
    static Array<U, N> like(Array<T, N> const&) {
        return {};
    }
    static T const& at(Array<T, N> const& x, std::size_t i) { return x[i]; }
};

template <template <class...> class Vector, Real T, class... More>
    requires requires(Vector<T, More...> const& v) { v.size(), v[0], v.data(); }
struct numbers_in<Vector<T, More...>> : numbers_by_index<Vector<T, More...>> {
    using type = T;
    static constexpr std::int64_t extent = dyn;
    static constexpr bool single = false;
    static std::size_t size(Vector<T, More...> const& x) { return x.size(); }
    template <class U>
    static Vector<U> like(Vector<T, More...> const& x) {
        return Vector<U>(x.size());
    }
    static T const& at(Vector<T, More...> const& x, std::size_t i) { return x[i]; }
};

/// std::span, whose numbers are kept in an array or a vector.
template <template <class, std::size_t> class Span, class T, std::size_t N>
    requires(Real<std::remove_const_t<T>> && requires { Span<T, N>::extent; })
struct numbers_in<Span<T, N>> : numbers_by_index<Span<T, N>> {
    using type = std::remove_const_t<T>;
    static constexpr bool is_static = N != static_cast<std::size_t>(-1);
    static constexpr std::int64_t extent = is_static ? static_cast<std::int64_t>(N) : dyn;
    static constexpr bool single = false;
    static std::size_t size(Span<T, N> x) { return x.size(); }
    template <class U>
    static auto like(Span<T, N> x) {
        if constexpr (is_static)
            return std::array<U, N>();
        else
            return std::vector<U>(x.size());
    }
    static type const& at(Span<T, N> x, std::size_t i) { return x[i]; }
    template <class C>
    static auto argument(C const& c) {
        return Span<typename C::value_type const, N>(c);
    }
};

template <class X>
using numbers = numbers_in<std::remove_cvref_t<X>>;

}  // namespace detail

/// A number or a container of numbers that a driver differentiates by.
template <class X>
concept Numbers = detail::numbers<X>::known;

}  // namespace weft
