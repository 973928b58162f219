// SPDX-License-Identifier: BSL-1.0
// Eigen's matrices of dual numbers: products, `auto`, factorisations; Eigen's vectors as arguments
// of the drivers.
#include <doctest/doctest.h>

#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <Eigen/QR>

#include <weft/autodiff/eigen.hpp>
#include <weft/autodiff/tape.hpp>

namespace {

using D = weft::dual<double, 3>;
using matrix = Eigen::Matrix<D, 3, 3>;
using vector = Eigen::Matrix<D, 3, 1>;

/// Symmetric, positive definite, and moving differently in each direction.
matrix sample() {
    matrix a;
    for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j) {
            a(i, j) = i == j ? 4.0 + i : 0.5 * (i + j);
            a(i, j).derivative(0, 0.1 * (i + j));
            a(i, j).derivative(2, i == j ? 1.0 : -0.3);
        }
    return a;
}

/// Whether A x = b holds in its derivatives too: b does not move.
bool solves(matrix const& a, vector const& x, vector const& b) {
    vector const rest = a * x - b;
    for (D const& r : rest) {
        if (std::abs(r.value()) > 1e-13) return false;
        for (int k = 0; k < 3; ++k)
            if (std::abs(r.derivative(k) - 0) > 1e-13) return false;
    }
    // The solution itself moves.
    return std::abs(x(0).derivative(0)) > 1e-4 && std::abs(x(0).derivative(2)) > 1e-4 &&
           x(0).derivative(1) == 0;
}

constexpr auto energy = [](auto const& x) {
    return (x.array() * x.array()).sum() * x(0) + exp(x(1));
};

}  // namespace

TEST_CASE("solutions with every factorisation move with the matrix") {
    matrix const a = sample();
    vector b;
    b << D(1.0), D(-2.0), D(0.5);
    CHECK(solves(a, a.llt().solve(b), b));
    CHECK(solves(a, a.ldlt().solve(b), b));
    CHECK(solves(a, a.householderQr().solve(b), b));
    CHECK(solves(a, a.partialPivLu().solve(b), b));
    auto const x = a.colPivHouseholderQr().solve(b);
    CHECK(solves(a, x, b));
    CHECK(solves(a, a.inverse() * b, b));
}

TEST_CASE("products, auto, and mixtures with double") {
    matrix const a = sample();
    Eigen::Matrix3d const c = Eigen::Matrix3d::Identity() * 2;
    auto const product = a * c;
    auto const sum = product + a * 2.0 - a.cwiseProduct(c);
    D const trace = (sum * a.transpose()).trace();
    D wanted = 0;
    for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j) {
            D const s = 4 * a(i, j) - (i == j ? 2.0 : 0.0) * a(i, j);
            wanted += s * a(i, j);
        }
    CHECK(trace.value() == doctest::Approx(wanted.value()));
    for (int k = 0; k < 3; ++k) CHECK(trace.derivative(k) == doctest::Approx(wanted.derivative(k)));
    // d det(A) = det(A) tr(A^-1 dA)
    D const determinant = a.determinant();
    Eigen::Matrix3d value, step;
    for (int i = 0; i < 9; ++i) value(i) = a(i).value(), step(i) = a(i).derivative(2);
    CHECK(determinant.derivative(2) ==
          doctest::Approx(value.determinant() * (value.inverse() * step).trace()));
    // A number in front, where both libraries have an operator.
    Eigen::Matrix<D, 2, 1> two(D(1, 0), D(2, 1));
    Eigen::Matrix<D, 2, 1> const twice = D(3, 2) * two;
    CHECK(twice(1).derivative(2) == 2);
    CHECK(two.norm().derivative(1) == doctest::Approx(2 / std::sqrt(5.0)));
}

TEST_CASE("drivers on Eigen's vectors") {
    Eigen::VectorXd const x = Eigen::VectorXd::LinSpaced(5, 1, 2);
    Eigen::Vector3d const fixed(1, 1.5, 2);
    double const square = fixed.squaredNorm();
    Eigen::Vector3d const g = weft::gradient(energy, fixed);
    CHECK(g(0) == doctest::Approx(square + 2));
    CHECK(g(1) == doctest::Approx(3 + std::exp(1.5)));
    CHECK(weft::gradient<weft::mode::forward>(energy, x)(4) == doctest::Approx(4));
    CHECK(weft::gradient(energy, (fixed + fixed) / 2)(0) == doctest::Approx(square + 2));
    Eigen::Matrix3d const h = weft::hessian(energy, fixed);
    CHECK(h(0, 0) == doctest::Approx(6));
    CHECK(h(0, 2) == doctest::Approx(4));
    CHECK(h(2, 0) == h(0, 2));
    Eigen::MatrixXd const j = weft::jacobian([](auto const& v) { return (v * v(0)).eval(); }, x);
    CHECK(j(3, 3) == 1);
    CHECK(j(3, 0) == x(3));
    CHECK(j(3, 2) == 0);
    CHECK((weft::hvp(energy, fixed, fixed) - h * fixed).norm() < 1e-12);
    Eigen::Vector3d const d =
        weft::directional([](auto const& v) { return (v * v(0)).eval(); }, fixed, fixed);
    CHECK((d - 2 * fixed).norm() < 1e-14);
}

TEST_CASE("variables of a tape inside Eigen's decompositions") {
    using var = weft::var<double>;
    using var_matrix = Eigen::Matrix<var, Eigen::Dynamic, Eigen::Dynamic>;
    using var_matrix4 = Eigen::Matrix<var, 4, 4>;  // compiles faster
    using var_vector4 = Eigen::Matrix<var, 4, 1>;
    Eigen::MatrixXd const a = [] {
        Eigen::MatrixXd m(4, 4);
        for (int i = 0; i < 16; ++i) m(i / 4, i % 4) = std::sin(3.0 * i) + (i % 5 == 0 ? 4 : 0);
        return m;
    }();
    Eigen::Vector4d const b = Eigen::Vector4d::LinSpaced(4, 1, 2);
    // The gradient of sum(solve(A, b)) by b is solve(A^T, 1).
    auto const check = [&](char const* name, Eigen::MatrixXd const& m, auto solve) {
        CAPTURE(name);
        weft::tape<double> t;
        var_vector4 const x = t.inputs(b);
        var_matrix4 const n = m.cast<var>();
        auto const z = solve(n, x);  // `auto` of Eigen's own expression
        var const y = var_vector4(z).sum();
        Eigen::VectorXd const expected = m.transpose().lu().solve(Eigen::VectorXd::Ones(4));
        auto const g = t.gradient(y);
        for (int i = 0; i < 4; ++i)
            CHECK(g[static_cast<std::size_t>(i)] == doctest::Approx(expected(i)).epsilon(1e-10));
    };
    Eigen::MatrixXd const s = a * a.transpose();
    check("llt", s, [](auto const& m, auto const& x) { return m.llt().solve(x).eval(); });
    check("ldlt", s, [](auto const& m, auto const& x) { return m.ldlt().solve(x).eval(); });
    check("lu", a, [](auto const& m, auto const& x) { return m.partialPivLu().solve(x).eval(); });
    check("full lu", a, [](auto const& m, auto const& x) { return m.fullPivLu().solve(x).eval(); });
    check("qr", a, [](auto const& m, auto const& x) { return m.householderQr().solve(x).eval(); });
    check("inverse", a, [](auto const& m, auto const& x) { return (m.inverse() * x).eval(); });

    // By a matrix: d det(A) = det(A) A^-T; products with numbers, norms.
    weft::tape<double> t;
    var_matrix x(4, 4);
    CHECK(var_matrix4(a.cast<var>()).determinant().value() == doctest::Approx(a.determinant()));
    {
        auto const recording = t.record();
        for (int i = 0; i < 16; ++i) t.input(x(i / 4, i % 4) = a(i / 4, i % 4));
        var const y = x.determinant() + (2 * x).cwiseProduct(a.cast<var>()).sum() + x.norm();
        auto const g = t.gradient(y);
        Eigen::MatrixXd const e = a.determinant() * a.inverse().transpose() + 2 * a + a / a.norm();
        for (int i = 0; i < 16; ++i)
            CHECK(g[static_cast<std::size_t>(i)] ==
                  doctest::Approx(e(i / 4, i % 4)).epsilon(1e-10));
    }
}
