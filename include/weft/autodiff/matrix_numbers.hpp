// SPDX-License-Identifier: BSL-1.0
// Which matrices of numbers the functions of autodiff/linalg.hpp take: Eigen's, dense_matrix, and
// vectors of any kind as columns; and how one of other numbers is made like them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <weft/autodiff/containers.hpp>
#include <weft/autodiff/eigen.hpp>

namespace weft::detail {

/// What is known of a matrix type M: `type`, its numbers; static extents or dyn; `rows(m)`,
/// `columns(m)`, `at(m, i, j)`. `like<U>(rows, columns)` and `column<U>(rows)` are of its kind,
/// filled through `at`.
template <class M>
struct matrix_numbers {
    static constexpr bool known = false;
};
template <class M>
using number_in = typename matrix_numbers<M>::type;

template <class T, std::int64_t R, std::int64_t C>
struct matrix_numbers<dense_matrix<T, R, C>> {
    static constexpr bool known = true, is_vector = false;
    using type = T;
    using matrix = dense_matrix<T, R, C>;
    static constexpr std::int64_t static_rows = R, static_columns = C;
    static std::int64_t rows(matrix const& m) { return static_cast<std::int64_t>(m.rows()); }
    static std::int64_t columns(matrix const& m) { return static_cast<std::int64_t>(m.columns()); }
    template <class Matrix>
    static auto& at(Matrix& m, std::int64_t i, std::int64_t j) {
        return m(static_cast<std::size_t>(i), static_cast<std::size_t>(j));
    }
    template <class U>
    static auto like(std::int64_t rows, std::int64_t columns) {
        return dense_matrix<U, R, C>(static_cast<std::size_t>(rows),
                                     static_cast<std::size_t>(columns));
    }
    template <class U>
    static auto column(std::int64_t rows) {
        return std::vector<U>(static_cast<std::size_t>(rows));
    }
};

/// A column.
template <class V>
requires(Numbers<V> && !numbers<V>::single &&
         !std::derived_from<V, Eigen::DenseBase<V>>) struct matrix_numbers<V> {
    static constexpr bool known = true, is_vector = true;
    using type = typename numbers<V>::type;
    static constexpr std::int64_t static_rows = numbers<V>::extent, static_columns = 1;
    static std::int64_t rows(V const& v) { return static_cast<std::int64_t>(numbers<V>::size(v)); }
    static std::int64_t columns(V const&) { return 1; }
    template <class Vector>
    static auto& at(Vector& v, std::int64_t i, std::int64_t) {
        return v[static_cast<std::size_t>(i)];
    }
    template <class U>
    static auto like(std::int64_t rows, std::int64_t) {
        if constexpr (static_rows == dyn)
            return std::vector<U>(static_cast<std::size_t>(rows));
        else
            return std::array<U, static_cast<std::size_t>(static_rows)>();
    }
};

template <class M>
requires std::derived_from<M, Eigen::DenseBase<M>>
struct matrix_numbers<M> {
    static constexpr bool known = Real<typename M::Scalar>;
    using type = typename M::Scalar;
    static constexpr std::int64_t extent(int n) { return n == Eigen::Dynamic ? dyn : n; }
    static constexpr std::int64_t static_rows = extent(M::RowsAtCompileTime),
                                  static_columns = extent(M::ColsAtCompileTime);
    static constexpr bool is_vector = static_columns == 1;
    static std::int64_t rows(M const& m) { return m.rows(); }
    static std::int64_t columns(M const& m) { return m.cols(); }
    template <class Matrix>
    static decltype(auto) at(Matrix& m, std::int64_t i, std::int64_t j) {
        return m.coeffRef(i, j);
    }
    template <class U>
    using like_t =
        Eigen::Matrix<U, M::RowsAtCompileTime, M::ColsAtCompileTime, M::PlainObject::Options,
                      M::MaxRowsAtCompileTime, M::MaxColsAtCompileTime>;
    template <class U>
    static like_t<U> like(std::int64_t rows, std::int64_t columns) {
        return like_t<U>(rows, columns);
    }
    template <class U>
    static auto column(std::int64_t rows) {
        return Eigen::Matrix<U, M::RowsAtCompileTime, 1, 0, M::MaxRowsAtCompileTime, 1>(rows);
    }
};

/// The matrix, or the value of an expression of Eigen.
template <class M>
decltype(auto) plain_matrix(M const& m) {
    if constexpr (requires { typename M::PlainObject; })
        return m.eval();
    else
        return (m);
}

/// Calls f(number) row by row.
template <class M, class F>
void for_each_number(M const& m, F f) {
    std::int64_t const rows = matrix_numbers<M>::rows(m), columns = matrix_numbers<M>::columns(m);
    for (std::int64_t i = 0; i < rows; ++i)
        for (std::int64_t j = 0; j < columns; ++j) f(matrix_numbers<M>::at(m, i, j));
}
template <class M>
std::size_t count_of(M const& m) {
    return static_cast<std::size_t>(matrix_numbers<M>::rows(m) * matrix_numbers<M>::columns(m));
}

}  // namespace weft::detail
