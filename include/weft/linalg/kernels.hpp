// SPDX-License-Identifier: BSL-1.0
// Triangular factors of matrices in row-major memory, by Eigen. Up to 8 x 8 nothing is allocated;
// larger ones allocate inside of Eigen.
#pragma once

#include <cstdint>
#include <limits>

#include <Eigen/Cholesky>
#include <Eigen/LU>

static_assert(EIGEN_VERSION_AT_LEAST(3, 4, 0), "weft: linalg needs Eigen 3.4 or newer");

namespace weft::linalg::kernels {

template <class T, int Most = Eigen::Dynamic>
using matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor, Most, Most>;
template <class T>
using mapped = Eigen::Map<matrix<T>>;
template <class T>
using mapped_const = Eigen::Map<matrix<T> const>;

template <class T>
void fill_nan(T* x, std::int64_t n) {
    for (std::int64_t i = 0; i < n; ++i) x[i] = std::numeric_limits<T>::quiet_NaN();
}

template <class T, int Most>
void lu_of(T const* a, T* to, std::int64_t n) {
    Eigen::PartialPivLU<matrix<T, Most>> const lu(mapped_const<T>(a, n, n));
    mapped<T>(to, n, n) = lu.matrixLU();
    for (std::int64_t i = 0; i < n; ++i)
        to[n * n + i] = static_cast<T>(lu.permutationP().indices()[i]);
}
/// P A = L U, with partial pivoting: n rows of both factors, then one of the permutation. Row i of
/// the operand is row p[i] of the product.
template <class T>
void lu(T const* a, T* to, std::int64_t n) {
    if (n <= 8)
        lu_of<T, 8>(a, to, n);
    else
        lu_of<T, Eigen::Dynamic>(a, to, n);
}

/// x = A^-1 b, or A^-T b, of m columns, from `lu` of A.
template <class T>
void lu_solve(T const* factors, T const* b, T* x, std::int64_t n, std::int64_t m, bool transposed) {
    mapped_const<T> const f(factors, n, n), from(b, n, m);
    mapped<T> to(x, n, m);
    T const* const p = factors + n * n;
    auto const row = [&](std::int64_t i) { return static_cast<Eigen::Index>(p[i]); };
    if (!transposed) {
        for (std::int64_t i = 0; i < n; ++i) to.row(row(i)) = from.row(i);
        f.template triangularView<Eigen::UnitLower>().solveInPlace(to);
        f.template triangularView<Eigen::Upper>().solveInPlace(to);
        return;
    }
    // The permutation comes last, cycle by cycle in place: a row is not copied elsewhere.
    to = from;
    f.transpose().template triangularView<Eigen::Lower>().solveInPlace(to);
    f.transpose().template triangularView<Eigen::UnitUpper>().solveInPlace(to);
    for (std::int64_t i = 0; i < n; ++i) {
        std::int64_t j = row(i);
        while (j < i) j = row(j);  // where that row went in an earlier exchange
        if (j != i) to.row(i).swap(to.row(j));
    }
}

/// log|det A|, and the sign of the determinant (0 where A is singular), from `lu` of A.
template <class T>
void lu_determinant(T const* factors, std::int64_t n, T& log_size, T& sign, T& value) {
    T const* const p = factors + n * n;
    log_size = 0, sign = 1, value = 1;
    for (std::int64_t i = 0; i < n; ++i) {
        T const d = factors[i * n + i];
        value *= d;
        log_size += std::log(std::abs(d));
        if (d < 0) sign = -sign;
        if (d == 0) sign = 0;
        // A cycle of the permutation, met at its smallest row, changes the sign if it is even.
        std::int64_t length = 1, j = static_cast<std::int64_t>(p[i]);
        for (; j > i; j = static_cast<std::int64_t>(p[j])) ++length;
        if (j == i && length % 2 == 0) sign = -sign, value = -value;
    }
}

/// The cofactors of A from its `lu`: det(A) A^-T, or where a pivot is as good as zero, what stays of
/// it. With P A Q = L U by full pivoting and U = (V u; 0 0) they are det(P Q) det(V) z x^T, where
/// x = Q (-V^-1 u; 1) and z = P^T L^-T e_n; zero where two pivots are.
template <class T>
void lu_cofactors(T const* factors, T* to, std::int64_t n) {
    mapped_const<T> const f(factors, n, n);
    mapped<T> c(to, n, n);
    auto const pivots = f.diagonal().cwiseAbs();
    T const least = std::numeric_limits<T>::epsilon() * static_cast<T>(n);
    matrix<T> const one = matrix<T>::Identity(n, n);
    if (n == 0) return;
    if (!(pivots.minCoeff() <= least * pivots.maxCoeff())) {
        T log_size, sign, value;
        lu_determinant(factors, n, log_size, sign, value);
        lu_solve(factors, one.data(), to, n, n, true);
        c *= value;
        return;
    }
    matrix<T> a(n, n);
    matrix<T> const product = matrix<T>(f.template triangularView<Eigen::UnitLower>()) *
                              matrix<T>(f.template triangularView<Eigen::Upper>());
    for (std::int64_t i = 0; i < n; ++i)
        a.row(i) = product.row(static_cast<Eigen::Index>(factors[n * n + i]));
    Eigen::FullPivLU<matrix<T>> const full(a);
    auto const& lu = full.matrixLU();
    Eigen::Index const m = static_cast<Eigen::Index>(n) - 1;
    T size = static_cast<T>(full.permutationP().determinant() * full.permutationQ().determinant());
    for (Eigen::Index i = 0; i < m; ++i) size *= lu(i, i);
    if (size == 0) {
        c.setZero();
        return;
    }
    Eigen::Matrix<T, Eigen::Dynamic, 1> x(n), z = one.col(m);
    x(m) = 1;
    x.head(m) = -lu.topRightCorner(m, 1);
    auto head = x.head(m);
    lu.topLeftCorner(m, m).template triangularView<Eigen::Upper>().solveInPlace(head);
    lu.transpose().template triangularView<Eigen::UnitUpper>().solveInPlace(z);
    x = full.permutationQ() * x;
    z = full.permutationP().transpose() * z;
    c.noalias() = size * z * x.transpose();
}

template <class T, int Most>
void cholesky_of(T const* a, T* to, std::int64_t n) {
    Eigen::LLT<matrix<T, Most>> const llt(mapped_const<T>(a, n, n));
    mapped<T> l(to, n, n);
    l.setZero();
    l.template triangularView<Eigen::Lower>() = llt.matrixLLT();
    if (llt.info() != Eigen::Success) fill_nan(to, n * n);
}
/// A = L L^T from the lower triangle of A; NaN where A is not positive definite.
template <class T>
void cholesky(T const* a, T* to, std::int64_t n) {
    if (n <= 8)
        cholesky_of<T, 8>(a, to, n);
    else
        cholesky_of<T, Eigen::Dynamic>(a, to, n);
}

/// x of op(T) x = b, m columns, from one triangle of T; `unit`: its diagonal is taken as ones.
template <class T>
void triangular_solve(T const* t, T const* b, T* x, std::int64_t n, std::int64_t m, bool lower,
                      bool transposed, bool unit) {
    mapped_const<T> const a(t, n, n);
    mapped<T> to(x, n, m);
    to = mapped_const<T>(b, n, m);
    auto const solve = [&]<unsigned Lower, unsigned Upper>(std::integral_constant<unsigned, Lower>,
                                                           std::integral_constant<unsigned, Upper>) {
        if (lower && !transposed) a.template triangularView<Lower>().solveInPlace(to);
        if (!lower && !transposed) a.template triangularView<Upper>().solveInPlace(to);
        if (lower && transposed) a.transpose().template triangularView<Upper>().solveInPlace(to);
        if (!lower && transposed) a.transpose().template triangularView<Lower>().solveInPlace(to);
    };
    if (unit)
        solve(std::integral_constant<unsigned, Eigen::UnitLower>{},
              std::integral_constant<unsigned, Eigen::UnitUpper>{});
    else
        solve(std::integral_constant<unsigned, Eigen::Lower>{},
              std::integral_constant<unsigned, Eigen::Upper>{});
}

}  // namespace weft::linalg::kernels
