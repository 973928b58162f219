// SPDX-License-Identifier: BSL-1.0
// Values, first and second derivatives of the functions of <cmath> on dual numbers and on series,
// beside numbers of 50 digits: 1e-12 relative, also for tiny and huge arguments and at the ends of
// domains.
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstddef>

#include <weft/autodiff/dual.hpp>
#include <weft/autodiff/taylor.hpp>
#include <weft/ops/activations.hpp>

#include "recorded/scalar_derivatives.hpp"

namespace {

namespace expected = recorded::scalar_derivatives;
using once = weft::dual<double>;
using twice = weft::dual<once>;

bool close(double found, double wanted) {
    if (found == wanted) return true;
    return std::fabs(found - wanted) <= 1e-12 * std::fabs(wanted);
}

/// x, f(x), f'(x), f''(x), row by row.
template <std::size_t N, class F>
void check(char const* name, double const (&table)[N], F f) {
    static_assert(N % 4 == 0);
    for (std::size_t i = 0; i < N; i += 4) {
        double const x = table[i];
        CAPTURE(name);
        CAPTURE(x);
        twice const y = f(twice(once(x, 0), 0));
        CHECK_MESSAGE(close(y.value().value(), table[i + 1]), y.value().value());
        CHECK_MESSAGE(close(y.value().derivative(), table[i + 2]), y.value().derivative());
        CHECK_MESSAGE(y.derivative().value() == y.value().derivative(), y.derivative().value());
        CHECK_MESSAGE(close(y.derivative().derivative(), table[i + 3]),
                      y.derivative().derivative());
        weft::taylor<double, 2> const series = f(weft::taylor<double, 2>(x, 1));
        CHECK_MESSAGE(close(series.derivative(1), table[i + 2]), series.derivative(1));
        CHECK_MESSAGE(close(series.derivative(2), table[i + 3]), series.derivative(2));
    }
}

/// Where the derivative is infinite a direction that does not move x stays zero.
template <std::size_t N, class F>
void check_end(char const* name, double const (&end)[N], F f) {
    CAPTURE(name);
    once const moving = f(once(end[0], 0)), still = f(once(end[0]));
    CHECK(close(moving.value(), end[1]));
    CHECK(close(moving.derivative(), end[2]));
    CHECK(still.derivative() == 0);
    if constexpr (N > 3) {
        twice const y = f(twice(once(end[0], 0), 0));
        CHECK_MESSAGE(close(y.derivative().derivative(), end[3]), y.derivative().derivative());
    }
}

/// The operands, f, its gradient, and the lower triangle of its Hessian.
template <int Operands, std::size_t N, class F>
void check_several(char const* name, double const (&table)[N], F f) {
    constexpr std::size_t n = Operands, row = n + 1 + n + n * (n + 1) / 2;
    static_assert(N % row == 0);
    using inner = weft::dual<double, Operands>;
    using outer = weft::dual<inner, Operands>;
    for (std::size_t r = 0; r < N; r += row) {
        double const* const x = table + r;
        CAPTURE(name);
        CAPTURE(x[0]);
        CAPTURE(x[1]);
        outer a[n];
        for (int i = 0; i < Operands; ++i) a[i] = outer(inner(x[i], i), i);
        outer const y = f(a);
        double const* next = x + n;
        CHECK_MESSAGE(close(y.value().value(), *next), y.value().value());
        ++next;
        for (int i = 0; i < Operands; ++i, ++next)
            CHECK_MESSAGE(close(y.value().derivative(i), *next), y.value().derivative(i));
        for (int i = 0; i < Operands; ++i)
            for (int j = 0; j <= i; ++j, ++next) {
                CHECK_MESSAGE(close(y.derivative(i).derivative(j), *next),
                              y.derivative(i).derivative(j));
                CHECK(close(y.derivative(j).derivative(i), *next));
            }
    }
}

#define FUNCTION(f) check(#f, expected::f, [](auto const& x) { return f(x); })
#define END(f) check_end(#f, expected::f##_end, [](auto const& x) { return f(x); })

}  // namespace

TEST_CASE("functions of one number, and two derivatives of each") {
    FUNCTION(sqrt);
    FUNCTION(cbrt);
    FUNCTION(exp);
    FUNCTION(exp2);
    FUNCTION(expm1);
    FUNCTION(log);
    FUNCTION(log2);
    FUNCTION(log10);
    FUNCTION(log1p);
    FUNCTION(sin);
    FUNCTION(cos);
    FUNCTION(tan);
    FUNCTION(asin);
    FUNCTION(acos);
    FUNCTION(atan);
    FUNCTION(sinh);
    FUNCTION(cosh);
    FUNCTION(tanh);
    FUNCTION(asinh);
    FUNCTION(acosh);
    FUNCTION(atanh);
    FUNCTION(erf);
    FUNCTION(erfc);
    FUNCTION(tgamma);
    FUNCTION(lgamma);
    FUNCTION(digamma);
    FUNCTION(sigmoid);
    FUNCTION(softplus);
    FUNCTION(gelu_tanh);
    FUNCTION(fabs);
}

TEST_CASE("ends of domains") {
    END(sqrt);
    END(cbrt);
    END(log);
    END(log1p);
    END(asin);
    END(acos);
    END(atanh);
    END(acosh);
}

TEST_CASE("functions of several numbers, their gradients and Hessians") {
    check_several<2>("hypot", expected::hypot, [](auto const* x) { return hypot(x[0], x[1]); });
    check_several<3>("hypot3", expected::hypot3,
                     [](auto const* x) { return hypot(x[0], x[1], x[2]); });
    check_several<2>("atan2", expected::atan2, [](auto const* x) { return atan2(x[0], x[1]); });
    check_several<2>("pow", expected::pow, [](auto const* x) { return pow(x[0], x[1]); });
    check_several<2>("fmod", expected::fmod, [](auto const* x) { return fmod(x[0], x[1]); });
    check_several<2>("remainder", expected::remainder,
                     [](auto const* x) { return remainder(x[0], x[1]); });
}

TEST_CASE("powers at zero, of negative numbers, and with exponents that are numbers") {
    auto const second = [](double x, double n) {
        twice const y = pow(twice(once(x, 0), 0), n);
        return std::array{y.value().value(), y.value().derivative(), y.derivative().derivative()};
    };
    CHECK(second(0, 2) == std::array{0., 0., 2.});
    CHECK(second(0, 3) == std::array{0., 0., 0.});
    CHECK(second(0, 1) == std::array{0., 1., 0.});
    CHECK(second(0, 0) == std::array{1., 0., 0.});
    CHECK(second(-2, 3) == std::array{-8., 12., -12.});
    CHECK(second(-2, -1) == std::array{-0.5, -0.25, -0.25});
    CHECK(pow(once(0, 0), 0.5).derivative() == __builtin_inf());
    CHECK(pow(once(1e200, 0), 2).derivative() == 2e200);  // the value overflows
    CHECK(pow(2.0, once(3, 0)).derivative() == doctest::Approx(8 * std::log(2.0)).epsilon(1e-15));
    CHECK(hypot(once(0, 0), once(0)).derivative() == 0);
    CHECK(fabs(once(0, 0)).derivative() == 0);
}
