// SPDX-License-Identifier: BSL-1.0
// Linear algebra on matrices of variables and of dual numbers: each call is one entry of the tape,
// with the derivative that the operation of linalg/ has, from the factors of the way there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

#include <weft/autodiff/matrix_entry.hpp>
#include <weft/autodiff/matrix_functions.hpp>
#include <weft/core/error.hpp>
#include <weft/core/text.hpp>

namespace weft::linalg {

/// Symmetric: a = vectors diag(values) vectors^T.
template <class Values, class Vectors>
struct eigen_pairs {
    Values values;
    Vectors vectors;
};

namespace detail {

using weft::detail::matrix_numbers;
template <class M>
using plain_of =
    std::remove_cvref_t<decltype(weft::detail::plain_matrix(std::declval<M const&>()))>;

template <class A, class B = A>
using result_number = weft::detail::common_number<weft::detail::number_in<plain_of<A>>,
                                                  weft::detail::number_in<plain_of<B>>>;
/// Numbers of a result of type N come from numbers of type X.
template <class N, class X>
concept GoesInto =
    std::is_same_v<X, N> || std::is_floating_point_v<X> || active_depth<X> < active_depth<N>;

/// A result in a matrix like M.
template <class M, class N>
struct matrix_result {
    using known = matrix_numbers<M>;
    using type = decltype(known::template like<N>(0, 0));

    std::optional<type> made;
    std::int64_t columns = 0;

    void shape(std::int64_t r, std::int64_t c) {
        made.emplace(known::template like<N>(r, c));
        columns = c;
    }
    N& operator()(std::size_t i) {
        auto const k = static_cast<std::int64_t>(i);
        return matrix_numbers<type>::at(*made, k / columns, k % columns);
    }
};
template <class N>
struct number_result {
    N number;
    void shape(std::int64_t, std::int64_t) {}
    N& operator()(std::size_t) { return number; }
};

template <class A>
void require_square(char const* call, A const& a) {
    using known = matrix_numbers<A>;
    static_assert(known::static_rows == dyn || known::static_columns == dyn ||
                      known::static_rows == known::static_columns,
                  "weft::linalg: the matrix is not square");
    if (known::rows(a) != known::columns(a))
        raise(text("weft::linalg::")
              << call << ": the matrix has " << known::rows(a) << " rows and " << known::columns(a)
              << " columns, expected a square one");
}
template <class E, class A, class B>
auto solution(char const* call, A const& matrix, B const& right) {
    auto const& a = weft::detail::plain_matrix(matrix);
    auto const& b = weft::detail::plain_matrix(right);
    require_square(call, a);
    if (matrix_numbers<plain_of<A>>::rows(a) != matrix_numbers<plain_of<B>>::rows(b))
        raise(text("weft::linalg::")
              << call << ": the matrix has " << matrix_numbers<plain_of<A>>::rows(a)
              << " rows, the right side " << matrix_numbers<plain_of<B>>::rows(b));
    using N = result_number<A, B>;
    static_assert(GoesInto<N, weft::detail::number_in<plain_of<A>>> &&
                      GoesInto<N, weft::detail::number_in<plain_of<B>>>,
                  "weft::linalg: matrices of different numbers that differentiate do not mix");
    matrix_result<plain_of<B>, N> to;
    weft::detail::matrix_entry<E, N>::run(to, a, b);
    return *std::move(to.made);
}
template <class E, class A>
auto matrix_of(char const* call, A const& matrix) {
    auto const& a = weft::detail::plain_matrix(matrix);
    require_square(call, a);
    matrix_result<plain_of<A>, result_number<A>> to;
    weft::detail::matrix_entry<E, result_number<A>>::run(to, a);
    return *std::move(to.made);
}
template <class E, class A>
auto number_of(char const* call, A const& matrix) {
    auto const& a = weft::detail::plain_matrix(matrix);
    require_square(call, a);
    number_result<result_number<A>> to;
    weft::detail::matrix_entry<E, result_number<A>>::run(to, a);
    return to.number;
}

}  // namespace detail

/// A matrix of numbers: of Eigen, or a dense_matrix.
template <class M>
concept NumberMatrix = weft::detail::matrix_numbers<detail::plain_of<M>>::known;

/// x of a x = b: of a vector b a vector, else a matrix, of the kind of b. Numbers are double or
/// float, dual numbers or variables; one of a and b may be of plain numbers. On a tape this is one
/// entry, which keeps the factors and the solution. Raises where rows do not fit.
template <class A, class B>
requires NumberMatrix<A> && NumberMatrix<B>
auto solve(A const& a, B const& b) { return detail::solution<entries::solve>("solve", a, b); }
/// The same for a symmetric positive definite matrix, through its Cholesky factor.
template <class A, class B>
requires NumberMatrix<A> && NumberMatrix<B>
auto solve_positive(A const& a, B const& b) {
    return detail::solution<entries::solve_positive>("solve_positive", a, b);
}
/// x of a x = b from l = cholesky(a), which serves several right sides and the determinant.
template <class L, class B>
requires NumberMatrix<L> && NumberMatrix<B>
auto cholesky_solve(L const& l, B const& b) {
    return detail::solution<entries::cholesky_solve>("cholesky_solve", l, b);
}
/// The inverse; to solve a system, `solve` is faster and more accurate.
template <NumberMatrix A>
auto inverse(A const& a) {
    return detail::matrix_of<entries::inverse>("inverse", a);
}
/// The lower triangular l with l l^T = a, of which the lower triangle is read.
template <NumberMatrix A>
auto cholesky(A const& a) {
    return detail::matrix_of<entries::cholesky>("cholesky", a);
}
template <NumberMatrix A>
auto determinant(A const& a) {
    using which = ops::lu_determinant;
    return detail::number_of<entries::determinant_of<which::value>>("determinant", a);
}
/// log|det a|.
template <NumberMatrix A>
auto log_determinant(A const& a) {
    using which = ops::lu_determinant;
    return detail::number_of<entries::determinant_of<which::log_size>>("log_determinant", a);
}
/// 1, -1 or 0, without a derivative.
template <NumberMatrix A>
auto determinant_sign(A const& matrix) {
    using N = detail::result_number<A>;
    using T = weft::detail::plain_number<N>;
    auto const& a = weft::detail::plain_matrix(matrix);
    detail::require_square("determinant_sign", a);
    detail::number_result<T> to;
    weft::detail::matrix_entry<entries::determinant_of<ops::lu_determinant::sign>, T>::run(to, a);
    return N(to.number);
}
/// Ascending eigenvalues of a symmetric matrix, and its vectors as columns:
/// `auto [values, vectors] = eigh(a)`. Where eigenvalues are equal, vectors have no derivative: use
/// `eigvalsh` for values alone.
template <NumberMatrix A>
auto eigh(A const& matrix) {
    using N = detail::result_number<A>;
    using known = weft::detail::matrix_numbers<detail::plain_of<A>>;
    auto const& a = weft::detail::plain_matrix(matrix);
    detail::require_square("eigh", a);
    using values = decltype(known::template column<N>(0));
    using vectors = detail::matrix_result<detail::plain_of<A>, N>;
    struct {
        values w;
        vectors v;
        void shape(std::int64_t, std::int64_t n) {
            w = known::template column<N>(n);
            v.shape(n, n);
        }
        N& operator()(std::size_t i) {
            auto const n = static_cast<std::size_t>(v.columns);
            return i < n ? weft::detail::matrix_numbers<values>::at(w, static_cast<std::int64_t>(i),
                                                                    0)
                         : v(i - n);
        }
    } to;
    weft::detail::matrix_entry<entries::eigh, N>::run(to, a);
    return eigen_pairs<values, typename vectors::type>{std::move(to.w), *std::move(to.v.made)};
}
/// Ascending eigenvalues of a symmetric matrix.
template <NumberMatrix A>
auto eigvalsh(A const& matrix) {
    using N = detail::result_number<A>;
    using known = weft::detail::matrix_numbers<detail::plain_of<A>>;
    auto const& a = weft::detail::plain_matrix(matrix);
    detail::require_square("eigvalsh", a);
    detail::matrix_result<decltype(known::template column<N>(0)), N> to;
    weft::detail::matrix_entry<entries::eigvalsh, N>::run(to, a);
    return *std::move(to.made);
}

}  // namespace weft::linalg
