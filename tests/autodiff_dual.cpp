// SPDX-License-Identifier: BSL-1.0
// Dual numbers as numbers: arithmetic in every width, nesting, comparisons, the rest of <cmath>,
// and templates that were written for double.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <cstring>
#include <limits>
#include <numeric>
#include <sstream>
#include <vector>

#include <weft/autodiff/dual.hpp>
#include <weft/autodiff/taylor.hpp>
#include <weft/ops/activations.hpp>

namespace {

using doctest::Approx;
using weft::dual;
using weft::dyn;

/// The same formula for any number.
template <class T>
T formula(T const& a, T const& b) {
    using std::exp, std::sin, std::sqrt;
    T c = a * b + 3.0 * a - b / a;
    c += sin(a) * 2;
    c -= exp(-b);
    c *= 1.5f;
    c /= sqrt(b) + 1;
    return -c + a;
}

/// Directions i and j of D see a and b.
template <class D>
void check_formula(int i, int j) {
    using T = typename D::value_type;
    using P = dual<double>;
    P const by_a = formula(P(1.25, 0), P(0.75)), by_b = formula(P(1.25), P(0.75, 0));
    D const y = formula(D(T(1.25), i), D(T(0.75), j));
    double const tolerance = sizeof(T) == 4 ? 1e-6 : 1e-14;
    CAPTURE(D::directions);
    CHECK(y.value() == Approx(by_a.value()).epsilon(tolerance));
    CHECK(y.derivative(i) == Approx(by_a.derivative()).epsilon(tolerance));
    CHECK(y.derivative(j) == Approx(by_b.derivative()).epsilon(tolerance));
    for (int k = 0; k < y.size(); ++k)
        if (k != i && k != j) CHECK(y.derivative(k) == 0);
}

}  // namespace

TEST_CASE("a formula in every width") {
    double const h = 1e-6, a = 1.25, b = 0.75;
    CHECK(formula(dual<double>(a, 0), dual<double>(b)).derivative() ==
          Approx((formula(a + h, b) - formula(a - h, b)) / (2 * h)).epsilon(1e-8));
    check_formula<dual<double, 2>>(1, 0);
    check_formula<dual<double, 3>>(0, 2);
    check_formula<dual<double, 15>>(14, 7);
    check_formula<dual<float, 5>>(4, 1);
    check_formula<dual<double, dyn>>(0, 3);
}

TEST_CASE("directions that are not there are zero") {
    dual<double, dyn> const a(2.0, 1), b(3.0), c = a * b + 1;
    CHECK(c.size() == 2);
    CHECK(b.size() == 0);
    CHECK(c.derivative(1) == 3);
    CHECK(c.derivative(7) == 0);
    dual<double, dyn> d = b;
    d = c;
    d += a;
    dual<double, dyn> e = std::move(d);
    CHECK(e.derivative(1) == 4);
    double out[2];
    e.derivatives(out);
    CHECK(out[0] == 0);
    CHECK(out[1] == 4);
    dual<float, 3> const f(1.5f, 2);
    float three[3];
    f.derivatives(three);
    CHECK(three[2] == 1);
    CHECK(three[0] == 0);
}

TEST_CASE("derivatives of derivatives") {
    using D3 = dual<dual<dual<double>>>;
    D3 const x(dual<dual<double>>(dual<double>(0.5, 0), 0), 0);
    D3 const y = x * x * x * exp(2 * x);
    double const e = std::exp(1.0);  // (x^3 e^2x)'' = (4x^3 + 12x^2 + 6x) e^2x, and so on
    CHECK(y.value().derivative().derivative() == Approx((0.5 + 3 + 3) * e).epsilon(1e-14));
    CHECK(y.derivative().derivative().derivative() == Approx((1 + 9 + 18 + 6) * e).epsilon(1e-14));
    // A number of an inner level is a constant of the outer ones.
    dual<double> const inner(3, 0);
    dual<dual<double>> const outer(dual<double>(2), 0);
    auto const product = outer * inner;
    CHECK(product.derivative().value() == 3);
    CHECK(product.value().derivative() == 2);
    CHECK(product.derivative().derivative() == 1);
}

TEST_CASE("comparisons see values") {
    dual<double, 3> const a(1, 0), b(2, 1);
    CHECK(a < b);
    CHECK(a <= 1);
    CHECK(2 >= a);
    CHECK(b > 1.5f);
    CHECK(a == 1);
    CHECK(a != b);
    static_assert(std::is_same_v<decltype(a < b), bool>);
    CHECK(std::max(a, b).derivative(1) == 1);
    CHECK(std::abs(-3) == 3);
    CHECK(isnan(a / 0.0 - a / 0.0));
    CHECK_FALSE(isfinite(b / 0));
    CHECK(isinf(b / 0));
    CHECK(signbit(-a));
    CHECK(isnormal(a));
    CHECK(fpclassify(a) == FP_NORMAL);
    CHECK(lround(b + 0.5) == 3);
}

TEST_CASE("a direction that does not move stays zero where the derivative is infinite") {
    dual<double, 8> const zero(0, 3), still(0);
    auto const root = sqrt(zero);
    CHECK(root.derivative(3) == std::numeric_limits<double>::infinity());
    for (int i : {0, 1, 2, 4, 7}) CHECK(root.derivative(i) == 0);
    CHECK(sqrt(still).derivative(0) == 0);
    CHECK(log(still).derivative(5) == 0);
    CHECK((sqrt(still) * still).derivative(5) == 0);
}

TEST_CASE("the rest of <cmath>") {
    using D = dual<double>;
    auto const at = [](double x) { return D(x, 0); };
    for (double x : {-2.5, -0.3, 0.4, 2.5}) {
        CAPTURE(x);
        CHECK(floor(at(x)).value() == std::floor(x));
        CHECK(ceil(at(x)).value() == std::ceil(x));
        CHECK(trunc(at(x)).value() == std::trunc(x));
        CHECK(round(at(x)).value() == std::round(x));
        CHECK(rint(at(x)).value() == std::rint(x));
        CHECK(nearbyint(at(x)).value() == std::nearbyint(x));
        for (D const& y : {floor(at(x)), ceil(at(x)), trunc(at(x)), round(at(x)), rint(at(x))})
            CHECK(y.derivative() == 0);
        int e = 0, wanted = 0;
        CHECK(frexp(at(x), &e).value() == std::frexp(x, &wanted));
        CHECK(e == wanted);
        CHECK(frexp(at(x), &e).derivative() == std::ldexp(1.0, -e));
        D whole;
        double part;
        CHECK(modf(at(x), &whole).value() == std::modf(x, &part));
        CHECK(whole.value() == part);
        CHECK(modf(at(x), &whole).derivative() == 1);
        CHECK(ldexp(at(x), 3).derivative() == 8);
        CHECK(scalbn(at(x), -1).value() == x / 2);
        CHECK(copysign(at(x), -1).derivative() == (x > 0 ? -1 : 1));
        CHECK(fmax(at(x), 0.0).derivative() == (x > 0 ? 1 : 0));
        CHECK(fmin(at(x), 0.0).derivative() == (x > 0 ? 0 : 1));
        CHECK(fdim(at(x), 0.1).derivative() == (x > 0.1 ? 1 : 0));
        CHECK(fdim(0.1, at(x)).derivative() == (x < 0.1 ? -1 : 0));
        CHECK(fma(at(x), at(x), at(x)).derivative() == Approx(2 * x + 1));
        CHECK(nextafter(at(x), 9).derivative() == 1);
        CHECK(logb(at(x)).value() == std::logb(x));
        CHECK(ilogb(at(x)) == std::ilogb(x));
        CHECK((+at(x)).derivative() == 1);
    }
    D const nan = std::numeric_limits<D>::quiet_NaN();
    CHECK(fmax(at(1), nan).derivative() == 1);
    CHECK(fmax(nan, at(1)).derivative() == 1);
    CHECK(fmin(at(1), nan).value() == 1);
    // 1 / 0.1 is rounded to 10, but the double 0.1 is more than a tenth: fmod subtracts 9 of it.
    CHECK(fmod(D(1), at(0.1)).derivative() == -9);
    CHECK(polygamma(1, at(2.5)).value() == digamma(at(2.5)).derivative());
    CHECK(relu(at(-1)).derivative() == 0);
    CHECK(square(at(3)).derivative() == 6);
    CHECK(gelu(at(0)).derivative() == 0.5);
    CHECK(gelu_tanh(at(0)).derivative() == 0.5);
    for (double x : {-1e200, 1e200}) CHECK(gelu_tanh(at(x)).derivative() == (x > 0 ? 1 : 0));
    for (double x : {-40.0, -1.5, 0.5, 900.0}) {
        double const down = x > 0 ? 0 : x, scale = 1.0507009873554805, alpha = 1.6732632423543772;
        CHECK(leaky_relu(at(x), 0.1).derivative() == (x > 0 ? 1 : 0.1));
        CHECK(elu(at(x), 2).value() == (x > 0 ? x : 2 * std::expm1(down)));
        CHECK(elu(at(x), 2).derivative() == Approx(x > 0 ? 1 : 2 * std::exp(down)));
        CHECK(celu(at(x), 2).derivative() == Approx(x > 0 ? 1 : std::exp(down / 2)));
        CHECK(selu(at(x)).derivative() == Approx(x > 0 ? scale : scale * alpha * std::exp(down)));
    }
    CHECK(clamp(at(3), 0, 2).derivative() == 0);
    CHECK(where(at(3) > 2, at(3), 7).derivative() == 1);
    CHECK(lerp(at(3), 5, 0.25).derivative() == 0.75);
}

TEST_CASE("primal values are those of double, bit by bit") {
    double const x[] = {0.7, 1.3, 2.9};
    for (double a : x)
        for (double b : x) {
            double const y = std::atan2(std::pow(a, b), std::hypot(a, b)) + std::tgamma(a) -
                             std::erfc(b) / std::cbrt(a) + std::fmod(b, a);
            using D = dual<double, 4>;
            D const p(a, 0), q(b, 1);
            D const d = atan2(pow(p, q), hypot(p, q)) + tgamma(p) - erfc(q) / cbrt(p) + fmod(q, p);
            CHECK(std::memcmp(&d.value(), &y, sizeof y) == 0);
        }
}

TEST_CASE("templates that know nothing of derivatives") {
    using D = dual<double, 2>;
    std::vector<D> v{D(3, 0), D(1), D(2, 1)};
    std::sort(v.begin(), v.end());
    CHECK(v[1].derivative(1) == 1);
    CHECK(std::accumulate(v.begin(), v.end(), D(0)).derivative(0) == 1);
    CHECK(std::inner_product(v.begin(), v.end(), v.begin(), D(0)).derivative(1) == 4);
    // Newton's method carries the derivative of the root: of x^2 = a.
    D const a(2, 0);
    D root = 1;
    for (int i = 0; i < 8; ++i) root -= (root * root - a) / (2 * root);
    CHECK(root.derivative(0) == Approx(0.5 / std::sqrt(2.0)).epsilon(1e-14));
    CHECK(std::numeric_limits<D>::max() == std::numeric_limits<double>::max());
    static_assert(std::numeric_limits<D>::digits == 53);
    std::ostringstream out;
    out << D(1.5, 0);
    CHECK(out.str() == "1.5");
}

template <class T>
auto squared(T x) {
    return x * x;
}

TEST_CASE("what expression templates of others got wrong") {
    using D = dual<double>;
    D a(3, 0);
    auto const square = squared(a) + squared(2 * a);  // results of copies that are gone
    CHECK(square.value() == 45);
    CHECK(square.derivative() == 30);
    a = a - 2 * a;  // a on both sides
    CHECK(a.value() == -3);
    CHECK(a.derivative() == -1);
    auto const negated = -(a * a);
    CHECK(negated.derivative() == -6);
    // Sums are formed from the left, as with double.
    double const x[] = {1e16, 1, -1e16, 1};
    CHECK((D(x[0]) + D(x[1]) + D(x[2]) + D(x[3])).value() == x[0] + x[1] + x[2] + x[3]);
}

TEST_CASE("complex numbers of dual numbers") {
    using C = std::complex<dual<double>>;
    std::complex<double> const w(0.5, 2);
    C const z(dual<double>(0.5, 0), 2.0);  // moves along the real axis: f'(z)
    auto const derivative = [](C const& c) {
        return std::complex<double>(c.real().derivative(), c.imag().derivative());
    };
    CHECK(std::abs(derivative(z * z * z) - 3. * w * w) < 1e-14);
    CHECK(std::abs(derivative(C(1.0) / z) + 1. / (w * w)) < 1e-14);
    CHECK(std::abs(derivative(exp(z)) - std::exp(w)) < 1e-14);
    CHECK(norm(z).derivative() == Approx(1));
    CHECK(abs(z).derivative() == Approx(0.5 / std::abs(w)));
}

TEST_CASE("series of high order") {
    weft::taylor<double, 20> const t(0.5, 1);
    // The 20th coefficient of tanh(sin(exp(t))) about 1/2, by mpmath.
    CHECK(tanh(sin(exp(t))).coefficient(20) == Approx(-13.708332335792988).epsilon(1e-12));
    weft::taylor<double, 4> const x(2, 1),
        y = pow(x, 3) - 1 / x + fmax(x, 1.0) * where(x > 1, x, 0);
    CHECK(y.derivative(1) == Approx(12 + 0.25 + 4));
    CHECK(y.derivative(2) == Approx(12 - 0.25 + 2));
    CHECK(y.derivative(3) == Approx(6 + 6.0 / 16));
    CHECK(y.derivative(4) == Approx(-24.0 / 32));
    // Both operands move, and a series of dual numbers.
    CHECK(pow(x, x).derivative(1) == Approx(4 * (1 + std::log(2.0))));
    using S = weft::taylor<dual<double>, 2>;
    S const s(dual<double>(2, 0), dual<double>(1));
    CHECK((s * s * s).derivative(2).derivative() == Approx(6));
}
