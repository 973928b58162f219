// SPDX-License-Identifier: BSL-1.0
// Orthogonal factors of matrices in row-major memory, by Eigen, which allocates. Eigen's loops are
// compiled for columns: a matrix in row-major order is its transpose in theirs.
#pragma once

#include <Eigen/Eigenvalues>
#include <Eigen/QR>
#include <Eigen/SVD>

#include <weft/linalg/kernels.hpp>

namespace weft::linalg::kernels {

template <class T>
using columns = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;
template <class T>
using mapped_columns = Eigen::Map<columns<T>>;
template <class T>
using mapped_columns_const = Eigen::Map<columns<T> const>;

/// A = Q R, k = min(m, n): Q (m, k), then R (k, n). The diagonal of R may be negative.
template <class T>
void qr(T const* a, T* to, std::int64_t m, std::int64_t n) {
    std::int64_t const k = m < n ? m : n;
    Eigen::HouseholderQR<columns<T>> const f(mapped_columns_const<T>(a, n, m).transpose());
    columns<T> q = columns<T>::Identity(m, k);
    q.applyOnTheLeft(f.householderQ());
    mapped_columns<T>(to, k, m) = q.transpose();
    for (std::int64_t i = 0; i < k; ++i)
        for (std::int64_t j = 0; j < n; ++j) to[m * k + i * n + j] = j < i ? T(0) : f.matrixQR()(i, j);
}

/// A = V diag(w) V^T for a symmetric A: a row of w, ascending, then V.
template <class T>
void eigh(T const* a, T* to, std::int64_t n) {
    if (n == 0) return;
    Eigen::SelfAdjointEigenSolver<columns<T>> const f(mapped_columns_const<T>(a, n, n));
    if (f.info() != Eigen::Success) return fill_nan(to, n * (n + 1));
    for (std::int64_t i = 0; i < n; ++i) to[i] = f.eigenvalues()[i];
    mapped_columns<T>(to + n, n, n) = f.eigenvectors().transpose();
}

/// A = U diag(s) V^T, k = min(m, n): U (m, k), s (k) descending, V^T (k, n). By Jacobi rotations:
/// accurate to the smallest value, and quick to compile; a divide-and-conquer would be faster from
/// some hundred columns on, and takes a compiler 20 seconds and a gigabyte.
template <class T>
void svd(T const* a, T* to, std::int64_t m, std::int64_t n) {
    std::int64_t const k = m < n ? m : n;
    if (k == 0) return;
    // The factors of A^T are those of A the other way round.
    Eigen::JacobiSVD<columns<T>, Eigen::HouseholderQRPreconditioner> const f(
        mapped_columns_const<T>(a, n, m), Eigen::ComputeThinU | Eigen::ComputeThinV);
    if (f.info() != Eigen::Success) return fill_nan(to, k * (m + n + 1));
    mapped_columns<T>(to, k, m) = f.matrixV().transpose();
    for (std::int64_t i = 0; i < k; ++i) to[m * k + i] = f.singularValues()[i];
    mapped_columns<T>(to + m * k + k, n, k) = f.matrixU();
}

}  // namespace weft::linalg::kernels
