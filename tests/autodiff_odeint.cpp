// SPDX-License-Identifier: BSL-1.0
// Ordinary differential equations: closed forms, orders of convergence, both adjoints against
// forward sensitivities and differences, and what cannot be solved.
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <numeric>
#include <string>

#include <weft/autodiff/odeint.hpp>
#include <weft/autodiff/reverse.hpp>

#include "raised.hpp"

using weft::dormand_prince;
using weft::runge_kutta_4;

namespace {

constexpr auto oscillator = [](double, auto y, auto p, auto dy) {
    dy[0] = y[1];
    dy[1] = -p[0] * y[0];
};
constexpr auto logistic = [](double, auto y, auto p, auto dy) {
    dy[0] = p[0] * y[0] * (1 - y[0] / p[1]);
};
/// Depends on time, and on each parameter in each number.
constexpr auto driven = [](double t, auto y, auto p, auto dy) {
    dy[0] = p[0] * y[1] + std::sin(t);
    dy[1] = (1 - y[0] * y[0]) * y[1] * p[1] - y[0];
};

template <class T>
T logistic_at(double t, T const& y0, T const& r, T const& k) {
    return k / (1 + (k / y0 - 1) * exp(-r * t));
}

/// The largest error of the oscillator's solution at its end.
template <class Method>
double oscillator_error(Method method) {
    std::array const y =
        weft::odeint(oscillator, std::array{1.0, 0.0}, 0, 3, std::array{4.0}, method);
    return std::max(std::abs(y[0] - std::cos(6.0)), std::abs(y[1] + 2 * std::sin(6.0)));
}
/// Steps of one size: no tolerance is met.
dormand_prince equal_steps(double h) {
    return {.relative = 1, .absolute = 1e6, .first_step = h, .largest_step = h};
}
double order(double coarse, double fine) { return std::log2(coarse / fine); }

/// A number that depends on the solution at several times, as a function of y0 and parameters.
template <class Method, class Adjoint = weft::discrete_adjoint>
auto weigh(Method method, Adjoint adjoint = {}) {
    return [=](auto const& x) {
        std::array const y0{x[0], x[1]}, p{x[2], x[3]};
        auto const y = weft::odeint(driven, y0, std::array{0.0, 1.0, 2.5, 4.0}, p, method, adjoint);
        return (y(0, 1) + y(1, 0) * 2 + y(2, 1) * y(3, 0) + sin(y(3, 1))) * 1.0;
    };
}
std::array const point{1.0, 0.5, 1.2, 0.8};

template <class A, class B>
double distance(A const& a, B const& b) {
    double d = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        d = std::max(d, std::abs(a[i] - b[i]) / (1 + std::abs(b[i])));
    return d;
}

}  // namespace

TEST_CASE("closed forms") {
    CHECK(oscillator_error(dormand_prince{.relative = 1e-10, .absolute = 1e-12}) < 1e-8);
    CHECK(oscillator_error(runge_kutta_4{.steps = 1000}) < 1e-9);
    using D = weft::dual<double, 3>;
    std::vector<D> const y0{D(0.1, 0)};
    std::array const p{D(1.5, 1), D(2.0, 2)};
    weft::dense_matrix<D> const y = weft::odeint(logistic, y0, std::vector<double>{0, 0.7, 3}, p,
                                                 dormand_prince{.relative = 1e-11});
    for (std::size_t i = 0; i < 3; ++i) {
        D const exact = logistic_at(std::array{0.0, 0.7, 3.0}[i], y0[0], p[0], p[1]);
        CHECK(y(i, 0).value() == doctest::Approx(exact.value()).epsilon(1e-9));
        for (int k = 0; k < 3; ++k)
            CHECK(y(i, 0).derivative(k) == doctest::Approx(exact.derivative(k)).epsilon(1e-8));
    }
    // Parameters may be plain numbers, and there may be none.
    auto const decay = [](double, auto s, auto, auto ds) { ds[0] = -s[0]; };
    D const end = weft::odeint(decay, y0, 0, 1, std::array<double, 0>())[0];
    CHECK(end.derivative(0) == doctest::Approx(std::exp(-1)).epsilon(1e-6));
}

TEST_CASE("orders of convergence") {
    CHECK(order(oscillator_error(runge_kutta_4{20}), oscillator_error(runge_kutta_4{40})) ==
          doctest::Approx(4).epsilon(0.05));
    // Its terms of order 5 are small: order 6 still shows.
    CHECK(order(oscillator_error(equal_steps(3. / 32)), oscillator_error(equal_steps(3. / 64))) >
          4.9);
    // Between steps.
    auto const dense_error = [](auto method) {
        auto const s =
            weft::odeint_dense(oscillator, std::array{1.0, 0.0}, 0, 3, std::array{4.0}, method);
        double worst = 0;
        for (int i = 0; i <= 1000; ++i)
            worst = std::max(worst, std::abs(s(0.003 * i)[0] - std::cos(0.006 * i)));
        return worst;
    };
    CHECK(order(dense_error(equal_steps(3. / 32)), dense_error(equal_steps(3. / 64))) > 4.8);
    CHECK(order(dense_error(runge_kutta_4{20}), dense_error(runge_kutta_4{40})) > 3.8);
    // The error follows the tolerance.
    for (double tolerance : {1e-4, 1e-6, 1e-8, 1e-10})
        CHECK(oscillator_error(dormand_prince{.relative = tolerance, .absolute = tolerance}) <
              30 * tolerance);
}

TEST_CASE("the adjoint of the steps is forward sensitivity") {
    auto const check = [](auto method) {
        auto const f = weigh(method);
        auto const forward = weft::gradient<weft::mode::forward>(f, point);
        auto const [value, g] = weft::value_and_gradient<weft::mode::reverse>(f, point);
        CHECK(value == doctest::Approx(f(point)).epsilon(1e-14));
        CHECK(distance(g, forward) < 1e-12);
        for (std::size_t states : {1u, 3u, 1000u}) {
            auto const kept = weigh(method, weft::discrete_adjoint{{.states = states}});
            CHECK(distance(weft::gradient<weft::mode::reverse>(kept, point), forward) < 1e-12);
        }
        std::array<double, 4> differences;
        for (std::size_t i = 0; i < 4; ++i) {
            auto up = point, down = point;
            up[i] += 1e-5, down[i] -= 1e-5;
            differences[i] = (f(up) - f(down)) / 2e-5;
        }
        CHECK(distance(g, differences) < 1e-6);
    };
    check(runge_kutta_4{.steps = 20});
    check(dormand_prince{.relative = 1e-9, .absolute = 1e-10});
}

TEST_CASE("the adjoint equation comes close to it") {
    dormand_prince const fine{.relative = 1e-10, .absolute = 1e-12};
    auto const expected = weft::gradient<weft::mode::forward>(weigh(fine), point);
    for (double tolerance : {1e-5, 1e-9}) {
        dormand_prince const back{.relative = tolerance, .absolute = tolerance};
        auto const g =
            weft::gradient<weft::mode::reverse>(weigh(fine, weft::continuous_adjoint{back}), point);
        CHECK(distance(g, expected) < 100 * tolerance);
        CHECK(distance(g, expected) > 0);
    }
    auto const classical = weft::gradient<weft::mode::reverse>(
        weigh(fine, weft::continuous_adjoint{runge_kutta_4{200}}), point);
    CHECK(distance(classical, expected) < 1e-8);
}

TEST_CASE("a solution is one entry of the tape") {
    weft::tape<double> t;
    auto const entries = [&](auto adjoint) {
        auto const x = t.inputs(point);
        auto const y = weigh(runge_kutta_4{.steps = 50}, adjoint)(x);
        t.gradient(y);
        CHECK(t.statistics().statements == 1);  // what is made of it
        return t.statistics().calls;
    };
    CHECK(entries(weft::continuous_adjoint{}) == 1);
    CHECK(entries(weft::discrete_adjoint{{.bytes = 1000}}) == 1);
    CHECK(entries(weft::discrete_adjoint{}) == 1);
    // Outside of a recording, variables are numbers.
    std::array<weft::var<double>, 1> const y0{1.0};
    CHECK(!weft::odeint(logistic, y0, 0, 1, std::array{1.0, 2.0})[0].is_active());
}

TEST_CASE("what cannot be solved") {
    std::array const y0{1.0};
    std::array<double, 0> const none;
    auto const square = [](double, auto y, auto, auto dy) { dy[0] = y[0] * y[0]; };
    auto const root = [](double t, auto, auto, auto dy) { dy[0] = std::sqrt(1 - t); };
    auto const still = [](double, auto, auto, auto dy) { dy[0] = 0; };
    CHECK(sentence([&] {
              weft::odeint(square, y0, 0, 2, none, dormand_prince{.most_steps = 50});
          }).starts_with("weft::odeint: 50 steps did not reach t = 2: the last one, of "));
    CHECK(sentence([&] {
              weft::odeint(square, y0, 0, 2, none, runge_kutta_4{});
          }).starts_with("weft::odeint: the solution or its right side is not finite at t = 1."));
    CHECK(sentence([&] { weft::odeint(root, y0, 0, 2, none); }).starts_with("weft::odeint: "));
    CHECK(sentence([&] { weft::odeint(root, y0, 2, 3, none); }) ==
          "weft::odeint: the solution or its right side is not finite at t = 2");
    CHECK(sentence([&] {
              weft::odeint(still, y0, std::array{0.0, 1.0, 1.0}, none);
          }) == "weft::odeint: times increase, found 1 behind 1");
    CHECK(sentence([&] { weft::odeint(still, y0, 1, 0, none); }) ==
          "weft::odeint: times increase, found 0 behind 1");
    CHECK(weft::odeint(still, y0, 0, 1e6, none)[0] == 1);
    auto const s = weft::odeint_dense(still, y0, 0, 1, none);
    CHECK(sentence([&] { s(1.5); }) == "weft::ode_solution: t = 1.5 is not between 0 and 1");
}
