// SPDX-License-Identifier: BSL-1.0
// Factorisations by what they must multiply back to, derivatives of both modes by central
// differences, batches, and matrices that have no factorisation.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <tuple>
#include <weft/autodiff/autodiff.hpp>
#include <weft/linalg/linalg.hpp>
#include <weft/ops/trigonometric.hpp>
#include <weft/program/call.hpp>

namespace la = weft::linalg;

namespace {

/// Two matrices, well conditioned and with distinct eigenvalues.
template <int M, int N>
weft::tensor<double, 2, M, N> batch() {
    weft::tensor<double, 2, M, N> x;
    for (int b = 0; b < 2; ++b)
        for (int i = 0; i < M; ++i)
            for (int j = 0; j < N; ++j)
                x(b, i, j) = (i == j ? 3 + 0.7 * i + b : 0) + std::sin(1 + 3 * i + 7 * j + 2 * b);
    return x;
}

template <class X>
void check_small(X const& x, double tolerance = 1e-12) {
    for (std::int64_t i = 0; i < x.size(); ++i) {
        CAPTURE(i);
        CHECK(std::abs(x.data()[i]) < tolerance);
    }
}

/// The derivative of f(x) along a direction: reverse and forward mode, and central differences.
template <class F, class X>
void check_derivatives(F f, X const& x) {
    X d = x, up = x, down = x;
    for (std::int64_t i = 0; i < x.size(); ++i) {
        d.data()[i] = std::cos(2.0 * static_cast<double>(i) + 1);
        up.data()[i] += 1e-5 * d.data()[i], down.data()[i] -= 1e-5 * d.data()[i];
    }
    double const slope = (weft::call(f, up).data()[0] - weft::call(f, down).data()[0]) / 2e-5;
    auto const g = weft::grad(f)(x);
    double reverse = 0;
    for (std::int64_t i = 0; i < x.size(); ++i) reverse += g.data()[i] * d.data()[i];
    auto const [y, forward] = weft::jvp(f)(d, x);
    CHECK(reverse == doctest::Approx(slope).epsilon(1e-6));
    CHECK(forward.data()[0] == doctest::Approx(slope).epsilon(1e-6));
}

/// A sum in which no two elements weigh alike.
constexpr weft::symbol weighted(weft::symbol x) {
    weft::symbol const y = weft::reshape(x, {-1});
    return sum(y * tanh(0.3 * weft::iota<double>(y, {y.size(0)}) - 1));
}
constexpr weft::symbol turned(weft::symbol x) { return transpose(x, {0, 2, 1}); }

}  // namespace

TEST_CASE("a solution solves, for batches, vectors and matrices without a batch") {
    auto const a = batch<4, 4>();
    auto const b = batch<4, 3>();
    check_small(weft::call([](auto m, auto v) { return matmul(m, la::solve(m, v)) - v; }, a, b));
    weft::tensor<double, 2, 2> const one{{0, 2}, {4, 0}};
    auto const x = weft::call([](auto m, auto v) { return la::solve(m, v); }, one,
                              weft::tensor<double, 2>{6, 8});
    CHECK(array_equal(x, weft::tensor<double, 2>{2, 3}));
    // The same matrix for each right side of a batch.
    auto const y = weft::call([](auto m, auto v) { return la::solve(m, v); }, one,
                              weft::tensor<double, 2, 2, 1>{{{6}, {8}}, {{2}, {4}}});
    CHECK(y(1, 0, 0) == 1);
    CHECK(y(1, 1, 0) == 1);
    check_small(weft::call(
        [](auto m) { return matmul(m, la::inverse(m)) - weft::eye<double>(m, 4); }, a));
}

TEST_CASE("pivots of all orders, transposed and not") {
    // Each permutation of four rows, scaled so that it can be told from the others.
    int order[] = {0, 1, 2, 3};
    int odd = 0;
    do {
        weft::tensor<double, 4, 4> p{};
        for (int i = 0; i < 4; ++i) p(i, order[i]) = 1 + i;
        weft::tensor<double, 4> const b{1, 2, 3, 4};
        auto const x = weft::call([](auto m, auto v) { return la::solve(m, v); }, p, b);
        for (int i = 0; i < 4; ++i) CHECK(x[order[i]] == doctest::Approx(1));
        auto const g = weft::grad([](auto v, auto m) { return sum(la::solve(m, v)); })(b, p);
        for (int i = 0; i < 4; ++i) CHECK(g[i] == doctest::Approx(1. / (1 + i)));
        int inversions = 0;
        for (int i = 0; i < 4; ++i)
            for (int j = 0; j < i; ++j) inversions += order[j] > order[i];
        double const det = weft::call([](auto m) { return la::determinant(m); }, p);
        CHECK(det == doctest::Approx(inversions % 2 ? -24 : 24));
        odd += inversions % 2;
    } while (std::next_permutation(order, order + 4));
    CHECK(odd == 12);
}

TEST_CASE("determinants, their logarithms and signs, also of singular matrices") {
    auto const f = [](auto m) {
        return std::tuple{la::determinant(m), la::log_determinant(m), la::determinant_sign(m)};
    };
    auto const [d, l, s] = weft::call(
        f, weft::tensor<double, 3, 2, 2>{{{1, 2}, {3, 4}}, {{2, 0}, {0, 3}}, {{1, 2}, {2, 4}}});
    CHECK(d[0] == doctest::Approx(-2));
    CHECK(l[0] == doctest::Approx(std::log(2)));
    CHECK(array_equal(s, weft::tensor<double, 3>{-1, 1, 0}));
    CHECK(d[1] == 6);
    CHECK(d[2] == 0);
    CHECK(l[2] == -std::numeric_limits<double>::infinity());
}

TEST_CASE("triangles: only what is asked for is read") {
    auto const t = batch<4, 4>();
    auto const b = batch<4, 2>();
    check_small(weft::call(
        [](auto m, auto v) {
            auto const low = tril(m), up = triu(m);
            auto const unit = tril(m, -1) + weft::eye<double>(m, 4);
            return matmul(low, la::triangular_solve(m, v)) - v +
                   square(matmul(up, la::triangular_solve(m, v, {.lower = false})) - v) +
                   square(matmul(turned(low), la::triangular_solve(m, v, {.transposed = true})) - v) +
                   square(matmul(unit, la::triangular_solve(m, v, {.unit = true})) - v);
        },
        t, b));
}

TEST_CASE("factors multiply back") {
    auto const square_ones = batch<4, 4>();
    auto const tall = batch<5, 3>();
    auto const wide = batch<3, 5>();
    auto const spd = weft::call([](auto m) { return matmul(m, turned(m)); }, square_ones);
    check_small(weft::call(
        [](auto m) {
            auto const l = la::cholesky(m);
            return matmul(l, turned(l)) - m;
        },
        spd));
    check_small(weft::call(
        [](auto m) {
            auto const [w, v] = la::eigh(m);
            return matmul(v * reshape(w, {2, 1, 4}), turned(v)) - m;
        },
        spd));
    auto const back = [](auto m) {
        auto const [q, r] = la::qr(m);
        auto const [u, s, vt] = la::svd(m);
        auto const columns = matmul(turned(q), q);
        return std::tuple{matmul(q, r) - m, matmul(u * reshape(s, {2, 1, -1}), vt) - m,
                          columns - la::detail::identity_like(columns)};
    };
    auto const check = [&](auto const& x) {
        auto const [a, b, c] = weft::call(back, x);
        check_small(a), check_small(b), check_small(c);
    };
    check(tall), check(wide), check(square_ones);
}

TEST_CASE("sizes above the small ones, and float") {
    auto a = weft::tensor<float, 30, 30>::uninitialized();
    for (int i = 0; i < 900; ++i) a.data()[i] = static_cast<float>(std::sin(i * i));
    auto const residual = [](auto m) {
        auto const p = matmul(m, transpose(m)) + weft::eye(m, 30);
        auto const l = la::cholesky(p);
        return max(abs(matmul(l, transpose(l)) - p)) +
               max(abs(matmul(p, la::solve(p, m)) - m));
    };
    CHECK(weft::call(residual, a).data()[0] < 1e-3f);
}

TEST_CASE("derivatives of both modes") {
    auto const a = batch<4, 4>();
    auto const tall = batch<5, 3>();
    check_derivatives([](auto m) { return weighted(la::solve(m, square(m))); }, a);
    check_derivatives([](auto m) { return weighted(la::inverse(m)); }, a);
    check_derivatives(
        [](auto m) { return weighted(la::determinant(m)) + weighted(la::log_determinant(m)); }, a);
    check_derivatives(
        [](auto m) {
            return weighted(la::triangular_solve(m, square(m))) +
                   weighted(la::triangular_solve(m, m, {.lower = false, .transposed = true})) +
                   weighted(la::triangular_solve(m, m, {.unit = true}));
        },
        a);
    check_derivatives(
        [](auto m) {
            auto const p = matmul(m, turned(m));
            return weighted(la::cholesky(p)) + weighted(la::solve_positive(p, square(m)));
        },
        a);
    check_derivatives(
        [](auto m) {
            auto const [w, v] = la::eigh(m);
            return weighted(w) + weighted(square(v));
        },
        a);
    check_derivatives(
        [](auto m) {
            auto const [q, r] = la::qr(m);
            return weighted(q) + weighted(r);
        },
        tall);
    check_derivatives(
        [](auto m) {
            auto const [u, s, vt] = la::svd(m);
            return weighted(matmul(u, vt)) + weighted(s);
        },
        tall);
    check_derivatives(
        [](auto m) {
            auto const [u, s, vt] = la::svd(m);
            return weighted(square(u)) + weighted(s) + weighted(square(vt));
        },
        batch<3, 5>());
    check_derivatives(
        [](auto m) {
            auto const [q, r] = la::qr(m);
            return weighted(q) + weighted(r);
        },
        batch<3, 5>());
    check_derivatives([](auto m) { return weighted(la::least_squares(m, square(m))); }, tall);
    check_derivatives([](auto m) { return weighted(la::least_squares(m, square(m))); },
                      batch<3, 5>());
    check_derivatives([](auto m) { return weighted(la::expm(0.2 * m)); }, a);
    // Derivatives of derivatives use the same factors.
    check_derivatives(
        [](auto m) {
            return weighted(weft::grad([](auto x) { return weighted(la::determinant(x)); })(m));
        },
        a);
    check_derivatives(
        [](auto m) {
            return weighted(weft::grad([](auto x) { return sum(la::expm(0.2 * x)); })(m));
        },
        batch<2, 2>());
    check_derivatives(
        [](auto m) {
            return weighted(weft::grad([](auto x) { return sum(la::log_determinant(x)); })(m));
        },
        a);
}

TEST_CASE("the derivative of a determinant where it is zero") {
    auto const f = [](auto m) { return weighted(la::determinant(m)); };
    // Of rank 2, 1 and 0; a pivot that is zero though the rank is 2; nothing singular.
    check_derivatives(f, weft::tensor<double, 5, 3, 3>{{{1, 2, 3}, {4, 5, 6}, {7, 8, 9}},
                                                       {{1, 2, 3}, {2, 4, 6}, {-1, -2, -3}},
                                                       {{0, 0, 0}, {0, 0, 0}, {0, 0, 0}},
                                                       {{0, 1, 0}, {0, 0, 1}, {0, 0, 0}},
                                                       {{2, 1, 0}, {1, 3, 1}, {0, 1, 4}}});
    check_derivatives(f, weft::tensor<double, 1, 1, 1>{});
    auto const g = weft::grad([](auto m) { return la::determinant(m); })(
        weft::tensor<double, 2, 2>{{1, 2}, {2, 4}});
    double const cofactors[] = {4, -2, -2, 1};
    for (int i = 0; i < 4; ++i) CHECK(g.data()[i] == doctest::Approx(cofactors[i]));
}

TEST_CASE("exponentials of matrices") {
    // 17 digits by mpmath; of A, and of 6 A, which is scaled and squared.
    weft::tensor<double, 3, 3> const a{{1, 2, -1}, {0.5, -3, 2}, {4, 0.25, 1}};
    double const once[] = {1.371533040536301,  0.81717318581486152, -0.46369260847249621,
                           3.758631300400437,  1.5005791669886724,  0.70696115468473062,
                           8.9634464417834282, 3.642708148282313,   1.1511089782760392};
    double const six[] = {-90.356639594869284, -44.502980095989728, 5.1639875929052366,
                          1091.0181633292835,  545.44939915997824,  -78.677985006168982,
                          2183.631866334941,   1092.3091602275098,  -158.70664941522779};
    auto const [x, y] =
        weft::call([](auto m) { return std::tuple{la::expm(m), la::expm(6 * m)}; }, a);
    auto const z = weft::call([](auto m) { return la::expm(weft::cast<float>(m)); }, a);
    for (int i = 0; i < 9; ++i) {
        CHECK(std::abs(x.data()[i] - once[i]) < 2e-14);
        CHECK(std::abs(y.data()[i] - six[i]) < 1e-10);
        CHECK(std::abs(static_cast<double>(z.data()[i]) - once[i]) < 1e-5);
    }
    // Small ones, each of another degree; nilpotent, with large elements; not finite.
    for (double size : {1e-3, 0.1, 0.5, 1.5, 4.0}) {
        auto const e = weft::call([](auto m) { return la::expm(m); },
                                  weft::tensor<double, 2, 2>{{0, size}, {-size, 0}});
        CHECK(e(0, 0) == doctest::Approx(std::cos(size)).epsilon(1e-14));
        CHECK(e(0, 1) == doctest::Approx(std::sin(size)).epsilon(1e-14));
    }
    auto const e = weft::call(
        [](auto m) { return la::expm(m); },
        weft::tensor<double, 3, 2, 2>{
            {{0, 1e6}, {0, 0}}, {{0, 0}, {0, 0}}, {{1, 0}, {std::nan(""), 1}}});
    CHECK(e(0, 0, 1) == doctest::Approx(1e6));
    CHECK(e(0, 1, 0) == 0);
    CHECK(e(1, 1, 1) == 1);
    CHECK(std::isnan(e(2, 0, 0)));
}

TEST_CASE("one factorisation serves the solution and its derivatives") {
    auto const f = [](auto m, auto v) {
        return weft::value_and_grad(
            [v](auto x) { return sum(la::solve(x, v)) + la::log_determinant(x); })(m);
    };
    using program = weft::program<decltype(f), weft::tensor<double, 4, 4>, weft::tensor<double, 4>>;
    constexpr auto factorisations = [] {
        int n = 0;
        for (auto const& node : program::simplified.nodes) n += weft::ir::is<la::ops::lu>(node.op);
        return n;
    }();
    static_assert(factorisations == 1);
}

TEST_CASE("vmap, least squares, the pseudo-inverse") {
    auto const a = batch<4, 4>();
    auto const each = weft::vmap([](auto m) { return la::log_determinant(m); })(a);
    auto const all = weft::call([](auto m) { return la::log_determinant(m); }, a);
    CHECK(array_equal(each, all));
    auto const tall = batch<5, 3>();
    // The residual stands on all columns.
    check_small(weft::call(
        [](auto m) {
            auto const b = square(m);
            return matmul(turned(m), b - matmul(m, la::least_squares(m, b)));
        },
        tall));
    check_small(weft::call(
        [](auto m) { return matmul(matmul(m, la::pseudo_inverse(m)), m) - m; }, batch<3, 5>()));
    // Of a wide matrix the smallest solution, which the pseudo-inverse gives.
    check_small(weft::call(
        [](auto m) {
            auto const b = matmul(m, turned(m));
            return la::least_squares(m, b) - matmul(la::pseudo_inverse(m), b);
        },
        batch<3, 5>()));
}

TEST_CASE("what has no factorisation is NaN, and nothing else is touched") {
    weft::tensor<double, 2, 2, 2> const x{{{1, 2}, {2, 1}}, {{4, 0}, {0, 9}}};
    auto const l = weft::call([](auto m) { return la::cholesky(m); }, x);
    CHECK(std::isnan(l(0, 0, 0)));
    CHECK(l(1, 1, 1) == 3);
    double const nan = std::numeric_limits<double>::quiet_NaN();
    auto const [w, s] = weft::call(
        [](auto m) { return std::tuple{la::eigh(m).values, la::svd(m).s}; },
        weft::tensor<double, 2, 2>{{nan, 1}, {1, 2}});
    CHECK(std::isnan(w[0]));
    CHECK(std::isnan(s[1]));
    auto const y = weft::call([](auto m, auto b) { return la::solve(m, b); },
                              weft::tensor<double, 2, 2>{{1, 2}, {2, 4}},
                              weft::tensor<double, 2>{1, 1});
    CHECK(!std::isfinite(y[0]));
}

TEST_CASE("mistakes are sentences") {
    auto const sentence = []<class F, class... A>(F, A const&...) {
        constexpr auto text = weft::program<F, A...>::traced.mistake;
        return std::string(text.view());
    };
    weft::tensor<double, 2, 3> const wide;
    weft::tensor<double, 3, 3> const a;
    weft::tensor<double, 4> const b;
    CHECK(sentence([](auto x) { return la::inverse(x); }, wide) ==
          "linalg::inverse(arg0): (2, 3) is no square matrix");
    CHECK(sentence([](auto x, auto y) { return la::solve(x, y); }, a, b) ==
          "linalg::solve(arg0, arg1): (3, 3) and (4) do not fit: another number of rows");
    CHECK(sentence([](auto x) { return la::eigh(x).values; }, b) ==
          "linalg::eigh(arg0): (4) is no matrix");
    CHECK(sentence([](auto x) { return la::expm(x); }, wide) ==
          "linalg::expm(arg0): (2, 3) is no square matrix");
    weft::tensor<double, weft::dyn, weft::dyn> const unknown(3, 2);
    CHECK(sentence([](auto x) {
              return weft::grad([](auto y) { return sum(la::qr(y).r); })(x);
          }, unknown) ==
          "linalg::qr(arg0): (n0, n1) has no derivative: it has more columns than rows");
}
