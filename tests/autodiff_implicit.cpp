// SPDX-License-Identifier: BSL-1.0
// Roots and fixed points as functions of their parameters: closed forms in both modes, second
// derivatives, and equations without a solution.
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <string>
#include <vector>

#include <weft/autodiff/eigen.hpp>
#include <weft/autodiff/fixed_point.hpp>
#include <weft/autodiff/implicit_root.hpp>
#include <weft/autodiff/reverse.hpp>

#include "raised.hpp"

using weft::mode;

namespace {

/// x^2 - p = 0, and three unknowns.
constexpr auto square = [](auto const& x, auto const& p) { return x * x - p; };
constexpr auto system = [](auto const& x, auto const& p, auto& r) {
    r[0] = x[0] * p[0] + x[0] * x[1] * x[1] - 1;
    r[1] = x[1] + x[2] * p[1] - p[0];
    r[2] = x[2] + x[0] * x[1] - 2 * p[1];
};
constexpr auto roots = [](auto const& p) {
    auto const x = weft::implicit_root(system, std::array{1.0, 1.0, 1.0}, p);
    return x[0] + 2.0 * x[1] * x[2];
};
/// A contraction in two numbers.
constexpr auto map = [](auto const& x, auto const& p, auto& next) {
    next[0] = 0.5 * cos(p[0] * x[1]);
    next[1] = 0.3 * sin(x[0]) + 0.1 * x[1] + p[1];
};
constexpr auto rests = [](auto const& p) {
    auto const x = weft::fixed_point(map, std::vector{0.0, 0.0}, p);
    return x[0] * x[1];
};
std::array const point{1.5, 0.7};

template <class F>
void check(F f, double tolerance) {
    auto const forward = weft::gradient<mode::forward>(f, point);
    auto const [value, reverse] = weft::value_and_gradient<mode::reverse>(f, point);
    auto const h = weft::hessian<mode::reverse>(f, point);
    CHECK(value == doctest::Approx(f(point)).epsilon(1e-12));
    for (std::size_t i = 0; i < 2; ++i) {
        auto up = point, down = point;
        up[i] += 1e-5, down[i] -= 1e-5;
        CHECK(reverse[i] == doctest::Approx((f(up) - f(down)) / 2e-5).epsilon(1e-7));
        CHECK(reverse[i] == doctest::Approx(forward[i]).epsilon(tolerance));
        auto const g = weft::gradient<mode::reverse>(f, up),
                   b = weft::gradient<mode::reverse>(f, down);
        for (std::size_t k = 0; k < 2; ++k)
            CHECK(h(i, k) == doctest::Approx((g[k] - b[k]) / 2e-5).epsilon(1e-6));
    }
}

}  // namespace

TEST_CASE("roots by Newton's method") {
    check(roots, 1e-12);
    // One number; its derivatives are known.
    weft::dual<weft::dual<double, 1>, 1> p(weft::dual<double, 1>(4, 0), 0);
    auto const x = weft::implicit_root(square, 1.0, p);
    CHECK(x.value().value() == 2);
    CHECK(x.derivative().value() == doctest::Approx(0.25));
    CHECK(x.derivative().derivative() == doctest::Approx(-1. / 32));
    // One entry of the tape.
    weft::tape<double> t;
    auto const v = t.inputs(4.0);
    weft::var<double> const y = weft::implicit_root(square, 1.0, v);
    CHECK(t.statistics().calls == 1);
    CHECK(t.statistics().statements == 0);
    CHECK(t.gradient(y)[0] == doctest::Approx(0.25));
}

TEST_CASE("roots by a solver of the user's, and Eigen's vectors") {
    int calls = 0;
    auto const solver = [&](double p) {
        ++calls;
        return -std::sqrt(p);
    };
    weft::dual<double, 1> const d(9, 0);
    CHECK(weft::implicit_root(square, solver, d).derivative() == doctest::Approx(-1. / 6));
    CHECK(weft::implicit_root(square, solver, 9.0) == -3);
    CHECK(calls == 2);
    auto const f = [](auto const& p) {
        return weft::implicit_root(
            [](auto const& x, auto const& q, auto& r) { r = x.cwiseProduct(x) - q; },
            Eigen::Vector2d(1, 1), p);
    };
    Eigen::Matrix2d const j = weft::jacobian(f, Eigen::Vector2d(4, 16));
    CHECK(j(0, 0) == doctest::Approx(0.25));
    CHECK(j(1, 1) == doctest::Approx(0.125));
    CHECK(j(0, 1) == 0);
}

TEST_CASE("fixed points") {
    check(rests, 1e-9);
    weft::tape<double> t;
    auto const p = t.inputs(0.5);
    auto const x =
        weft::fixed_point([](auto const& y, auto const& q) { return cos(q * y); }, 1.0, p);
    CHECK(t.statistics().calls == 1);
    // x = cos(p x): x' = -x sin(p x) / (1 + p sin(p x)).
    double const v = x.value(), s = std::sin(0.5 * v);
    CHECK(v == doctest::Approx(std::cos(0.5 * v)).epsilon(1e-11));
    CHECK(t.gradient(x)[0] == doctest::Approx(-v * s / (1 + 0.5 * s)).epsilon(1e-10));
}

TEST_CASE("equations without a solution") {
    CHECK(sentence([] {
              weft::implicit_root(square, 1.0, -1.0);
          }).starts_with("weft::implicit_root: Newton's method "));
    CHECK(sentence([] { weft::implicit_root(square, 0.0, 1.0); }) ==
          "weft::implicit_root: Newton's method meets a singular derivative after 0 steps, with a "
          "residual of 1");
    CHECK(
        sentence([] { weft::implicit_root(square, 1.0, 1e6, {.most_steps = 3}); })
            .starts_with("weft::implicit_root: Newton's method does not reach the tolerance after "
                         "3 steps, with a residual of "));
    CHECK(sentence([] {
              weft::fixed_point([](auto const& x, auto const& p) { return x + p; }, 0.0, 1.0,
                                {.most_steps = 10});
          }) ==
          "weft::fixed_point: the first 10 steps do not reach the tolerance: the last one "
          "changes a number by 1");
}
