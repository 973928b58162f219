// SPDX-License-Identifier: BSL-1.0
// Functions of matrices of variables and dual numbers: first and second derivatives against
// differences, what a tape keeps, and matrices that do not fit.
#include <doctest/doctest.h>

#include <cmath>

#include <weft/autodiff/linalg.hpp>
#include <weft/autodiff/reverse.hpp>

namespace la = weft::linalg;
using weft::mode;

namespace {

constexpr int n = 3;
using numbers = std::array<double, n * n>;
template <class T>
using matrix = Eigen::Matrix<T, n, n>;

/// Well conditioned, with distinct eigenvalues.
numbers const point = [] {
    numbers x{};
    for (int i = 0; i < n * n; ++i)
        x[static_cast<std::size_t>(i)] =
            std::sin(1.0 + 2 * i) + (i % (n + 1) == 0 ? 3 + 0.4 * i : 0);
    return x;
}();

template <class X>
auto square(X const& x) {
    matrix<typename X::value_type> m;
    for (int i = 0; i < n * n; ++i) m(i) = x[static_cast<std::size_t>(i)];
    return m;
}
template <class X>
auto positive(X const& x) {
    using M = matrix<typename X::value_type>;
    M const m = square(x);
    return M(m + m.transpose());
}
/// A sum in which no two numbers weigh alike.
template <class M>
auto weighted(M const& m) {
    typename M::Scalar sum = 0;
    for (int i = 0; i < m.size(); ++i) sum += m.data()[i] * std::cos(1.0 + i);
    return sum;
}

/// Of a normal distribution, without its constant.
template <class M, class V>
auto log_density(M const& covariance, V const& y) {
    auto const l = weft::linalg::cholesky(covariance);
    auto const z = weft::linalg::cholesky_solve(l, y);
    return -0.5 * y.dot(z) - l.diagonal().array().log().sum();
}

template <class F>
numbers differences(F f, double step = 1e-5) {
    numbers g{};
    for (std::size_t i = 0; i < g.size(); ++i) {
        numbers up = point, down = point;
        up[i] += step, down[i] -= step;
        g[i] = (f(up) - f(down)) / (2 * step);
    }
    return g;
}
template <mode... M, class F>
void check(char const* name, F f) {
    CAPTURE(name);
    numbers const expected = differences(f);
    auto const compare = [&](auto const& r) {
        CHECK(r.value == doctest::Approx(f(point)).epsilon(1e-14));
        for (std::size_t i = 0; i < r.gradient.size(); ++i)
            CHECK(r.gradient[i] == doctest::Approx(expected[i]).epsilon(1e-7));
    };
    (compare(weft::value_and_gradient<M>(f, point)), ...);
}

}  // namespace

TEST_CASE("derivatives of matrix functions in both modes") {
    check<mode::reverse, mode::forward>("solve", [](auto const& x) {
        auto const a = square(x);
        return weighted(la::solve(a, (a.transpose() * 2.0).eval()));
    });
    check<mode::reverse>("solve_positive", [](auto const& x) {
        return weighted(la::solve_positive(positive(x), square(x)));
    });
    check<mode::reverse>("inverse", [](auto const& x) { return weighted(la::inverse(square(x))); });
    check<mode::reverse>("determinants", [](auto const& x) {
        auto const a = square(x);
        return la::determinant(a) + la::log_determinant(a) * la::determinant_sign(a);
    });
    check<mode::reverse>("cholesky", [](auto const& x) {
        using T = typename std::remove_cvref_t<decltype(x)>::value_type;
        return T(log_density(positive(x), square(x).col(0).eval()));
    });
    check<mode::reverse, mode::forward>("eigh", [](auto const& x) {
        auto const [values, vectors] = la::eigh(square(x));
        // A vector is known but for its sign.
        auto const squares = vectors.cwiseProduct(vectors).eval();
        return weighted(values) + weighted(squares);
    });
    check<mode::reverse>("eigvalsh",
                         [](auto const& x) { return weighted(la::eigvalsh(square(x))); });
}

TEST_CASE("second derivatives") {
    auto const f = [](auto const& x) {
        auto const a = square(x);
        return weighted(la::solve(a, a.col(0)));
    };
    auto const h = weft::hessian<mode::reverse>(f, point);
    for (std::size_t i = 0; i < point.size(); ++i) {
        auto const row =
            differences([&](numbers const& x) { return weft::gradient<mode::reverse>(f, x)[i]; });
        for (std::size_t k = 0; k < row.size(); ++k)
            CHECK(h(i, k) == doctest::Approx(row[k]).epsilon(1e-6));
    }
}

TEST_CASE("one entry for each call, on vectors and matrices of any kind") {
    using var = weft::var<double>;
    weft::tape<double> t;
    weft::dense_matrix<double> a(2, 2);
    a(0, 0) = 4, a(0, 1) = 1, a(1, 0) = 2, a(1, 1) = 3;
    auto const b = t.inputs(std::vector<double>{1, 2});
    std::vector<var> const x = la::solve(a, b);
    CHECK(x[0].value() == doctest::Approx(0.1));
    CHECK(t.statistics().calls == 1);
    CHECK(t.statistics().statements == 0);
    // Rows of the inverse: eight directions, one entry.
    auto const j = t.jacobian(x);
    CHECK(j[0] == doctest::Approx(0.3));
    CHECK(j[1] == doctest::Approx(-0.1));
    CHECK(j[2] == doctest::Approx(-0.2));
    CHECK(j[3] == doctest::Approx(0.4));
    // The same numbers twice, and one that does not vary.
    auto const y = t.inputs(std::array{1.0, 2.0});
    weft::dense_matrix<var, 2, 2> m(2, 2);
    m(0, 0) = y[0], m(0, 1) = y[1], m(1, 0) = y[1], m(1, 1) = 5;
    auto const g = t.gradient(la::determinant(m));
    CHECK(g[0] == 5);
    CHECK(g[1] == -4);
    // No tape, no entry; and plain numbers.
    CHECK(la::determinant(m).value() == doctest::Approx(1));
    CHECK(la::inverse(a)(1, 1) == doctest::Approx(0.4));
}

TEST_CASE("a determinant of zero, and equal eigenvalues") {
    auto const product = [](auto const& x) {
        using T = typename std::remove_cvref_t<decltype(x)>::value_type;
        matrix<T> m = matrix<T>::Identity();
        m(0, 0) = x[0], m(1, 1) = x[1];
        return la::determinant(m);
    };
    CHECK(weft::gradient<mode::reverse>(product, std::vector{0.0, 2.0})[0] == doctest::Approx(2));
    auto const largest = [](auto const& x) {
        using T = typename std::remove_cvref_t<decltype(x)>::value_type;
        matrix<T> m = matrix<T>::Identity();
        for (int i = 0; i < n; ++i) m(i, i) *= x[0];
        return la::eigvalsh(m)(n - 1);
    };
    CHECK(weft::gradient<mode::reverse>(largest, std::vector{2.0})[0] == doctest::Approx(1));
}

TEST_CASE("matrices that do not fit") {
    weft::dense_matrix<double> const wide(2, 3), a(2, 2);
    auto const text = [](auto f) {
        try {
            f();
        } catch (weft::error const& e) {
            return std::string(e.what());
        }
        return std::string();
    };
    CHECK(text([&] { la::inverse(wide); }) ==
          "weft::linalg::inverse: the matrix has 2 rows and 3 columns, expected a square one");
    CHECK(text([&] { la::solve(a, std::vector<double>(3)); }) ==
          "weft::linalg::solve: the matrix has 2 rows, the right side 3");
}
