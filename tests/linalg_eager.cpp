// SPDX-License-Identifier: BSL-1.0
// Linear algebra on tensors and views; tensors as Eigen's types and back, without copies.
#include <doctest/doctest.h>

#include <cmath>
#include <weft/core/error.hpp>
#include <weft/linalg/eager.hpp>
#include <weft/tensor/interop/eigen.hpp>
#include <weft/tensor/create.hpp>

using weft::dyn;
using weft::tensor;
using weft::view;
namespace la = weft::linalg;

namespace {

using matrix = tensor<double, dyn, dyn>;
using vector = tensor<double, dyn>;

matrix const a{{4, 1, 0}, {1, 3, 1}, {0, 1, 2}};
vector const b{1, 2, 3};

bool near(vector const& x, vector const& y) {
    bool good = x.size() == y.size();
    for (std::int64_t i = 0; good && i < x.size(); ++i) good = std::abs(x[i] - y[i]) < 1e-12;
    return good;
}
bool near(matrix const& x, matrix const& y) {
    return x.shape() == y.shape() && near(vector(x.flat()), vector(y.flat()));
}
matrix product(matrix const& x, matrix const& y) { return matmul(x, y); }
vector product(matrix const& x, vector const& y) { return matmul(x, y); }
/// With columns times numbers.
matrix scaled(matrix const& x, vector const& y) { return x * y; }

}  // namespace

TEST_CASE("eager: linear systems") {
    vector const x = la::solve(a, b);
    CHECK(near(product(a, x), b));
    vector const y = la::solve(a.transposed(), b + 1);
    CHECK(near(product(a, y), vector{2, 3, 4}));
    matrix const inverse = la::inverse(a);
    CHECK(near(product(a, inverse), weft::eye<double>(3, 3)));
    matrix const negative = -a;
    CHECK(std::abs(tensor(la::determinant(a)).item() - 18) < 1e-12);
    CHECK(std::abs(tensor(la::log_determinant(negative)).item() - std::log(18.)) < 1e-12);
    CHECK(tensor(la::determinant_sign(negative)).item() == -1);
    matrix const l = la::cholesky(a);
    CHECK(near(product(l, matrix(l.transposed())), a));
    CHECK(near(vector(la::cholesky_solve(l, b)), x));
    CHECK(near(vector(la::solve_positive(a, b)), x));
    matrix const u(l.transposed());
    constexpr la::triangle upper{.lower = false};
    CHECK(near(product(u, vector(la::triangular_solve<upper>(u, b))), b));
    matrix const tall{{1, 0}, {1, 1}, {1, 2}};
    CHECK(near(vector(la::least_squares(tall, b)), vector{1, 1}));
    CHECK(near(product(matrix(la::pseudo_inverse(tall, 1e-9)), tall), weft::eye<double>(2, 2)));
    matrix const turn{{0, 1}, {-1, 0}}, turned = la::expm(turn);
    CHECK(near(turned, matrix{{std::cos(1.), std::sin(1.)}, {-std::sin(1.), std::cos(1.)}}));
    tensor<double, 2, 3, 3> pages;
    pages.row(0) = a;
    pages.row(1) = a;
    tensor<double, 2> const both = la::determinant(pages);
    CHECK(near(vector(both.view()), vector{18, 18}));
}

TEST_CASE("eager: factorisations") {
    auto const [q, r] = la::qr(a);
    CHECK(near(product(q, r), a));
    auto const [values, vectors] = la::eigh(a.transposed());
    CHECK(near(product(a, vectors), scaled(vectors, values)));
    auto const part = a(weft::every, weft::seq(0, 2));
    auto const [u, s, vt] = la::svd(part);
    CHECK(near(product(scaled(u, s), vt), matrix(part)));
}

TEST_CASE("eigen: maps of tensors") {
    tensor<float, 2, 3> t{{1, 2, 3}, {4, 5, 6}};
    auto m = weft::as_eigen(t);
    static_assert(decltype(m)::RowsAtCompileTime == 2 && decltype(m)::ColsAtCompileTime == 3);
    CHECK(m(1, 2) == 6);
    m(0, 0) = 10;
    CHECK(t(0, 0) == 10);
    weft::as_eigen(t.col(1)) *= 2;
    CHECK(t(1, 1) == 10);
    CHECK(weft::as_eigen(t.transposed())(2, 1) == 6);
    Eigen::MatrixXf const product = m * weft::as_eigen(std::as_const(t).transposed());
    CHECK(product(1, 1) == 16 + 100 + 36);
    CHECK_THROWS_AS(weft::as_eigen(t.flip(0)), weft::error);
    tensor<float, 1, 3> row{{1, 2, 3}};
    CHECK(weft::as_eigen(row)(0, 2) == 3);
}

TEST_CASE("eigen: views of its matrices") {
    Eigen::MatrixXf m(2, 3);
    m << 1, 2, 3, 4, 5, 6;
    auto const v = weft::from_eigen(m);
    static_assert(std::is_same_v<decltype(v), view<float, dyn, dyn> const>);
    CHECK(v(0, 2) == 3);
    v.row(0) = 7;
    CHECK(m(0, 2) == 7);
    CHECK(weft::from_eigen(m.block(0, 1, 2, 2))(1, 1) == 6);
    CHECK(weft::from_eigen(m.row(1))(2) == 6);
    Eigen::Matrix<double, 2, 2, Eigen::RowMajor> const fixed{{1, 2}, {3, 4}};
    static_assert(
        std::is_same_v<decltype(weft::from_eigen(fixed)), view<double const, 2, 2>>);
    CHECK(weft::from_eigen(fixed)(1, 0) == 3);
    Eigen::Array3i const three(1, 2, 3);
    tensor<int, 3> const twice = weft::from_eigen(three) * 2;
    CHECK(twice(2) == 6);
}
