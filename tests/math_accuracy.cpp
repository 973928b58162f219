// SPDX-License-Identifier: BSL-1.0
// The functions of packs beside the C library's long double: errors in last places, the same result
// in every lane of every width, and special values. The whole sweep, against 50 digits, is
// benchmarks/run.sh accuracy.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <weft/core/philox.hpp>
#include <weft/cpu/simd.hpp>
#include <weft/math/bits.hpp>
#include <weft/math/erf.hpp>
#include <weft/math/exponential.hpp>
#include <weft/math/gamma.hpp>
#include <weft/math/hyperbolic.hpp>
#include <weft/math/inverse_trigonometric.hpp>
#include <weft/math/polygamma.hpp>
#include <weft/math/power.hpp>
#include <weft/math/rounding.hpp>
#include <weft/math/trigonometric.hpp>

namespace {

namespace math = weft::math;

template <class T>
struct function {
    char const* name;
    void (*call)(T const* a, T const* b, T* y, int n);  ///< n <= 64 lanes
    void (*single)(T const* a, T const* b, T* y);
    void (*plain)(T const* a, T const* b, T* y);  ///< on numbers, without packs
    long double (*expected)(long double, long double);
    double low, high;  ///< where to look densely
    double ulp;
};

template <class F, class T, int N>
void over_lanes(T const* a, T const* b, T* y, int n) {
    using V = weft::pack<T, N>;
    for (int i = 0; i < n; i += N) {
        int const count = n - i < N ? n - i : N;
        if constexpr (std::is_invocable_v<F, V, V>)
            F()(V::load(a + i, count), V::load(b + i, count)).store(y + i, count);
        else
            F()(V::load(a + i, count)).store(y + i, count);
    }
}

template <class T, class F>
function<T> make(char const* name, F, long double (*expected)(long double, long double), double low,
                 double high, double ulp = 2) {
    return {name,
            over_lanes<F, T, 2 * weft::lanes<T>>,
            [](T const* a, T const* b, T* y) { over_lanes<F, T, 1>(a, b, y, 1); },
            [](T const* a, T const* b, T* y) {
                if constexpr (std::is_invocable_v<F, T, T>)
                    *y = F()(*a, *b);
                else
                    *y = F()(*a);
            },
            expected,
            low,
            high,
            ulp};
}

using real = long double;

real sigmoid(real x, real) { return 1 / (1 + std::exp(-x)); }
real softplus(real x, real) { return (x > 0 ? x : 0) + std::log1p(std::exp(-std::fabs(x))); }

template <class T>
std::vector<function<T>> functions() {
    return {
        make<T>(
            "exp", [](auto x) { return math::exp(x); }, [](real x, real) { return std::exp(x); },
            -20, 20),
        make<T>(
            "log", [](auto x) { return math::log(x); }, [](real x, real) { return std::log(x); }, 0,
            4),
        make<T>(
            "exp2", [](auto x) { return math::exp2(x); }, [](real x, real) { return std::exp2(x); },
            -20, 20),
        make<T>(
            "expm1", [](auto x) { return math::expm1(x); },
            [](real x, real) { return std::expm1(x); }, -5, 5),
        make<T>(
            "log2", [](auto x) { return math::log2(x); }, [](real x, real) { return std::log2(x); },
            0, 4),
        make<T>(
            "log10", [](auto x) { return math::log10(x); },
            [](real x, real) { return std::log10(x); }, 0, 4),
        make<T>(
            "log1p", [](auto x) { return math::log1p(x); },
            [](real x, real) { return std::log1p(x); }, -1, 3),
        make<T>(
            "sigmoid", [](auto x) { return math::sigmoid(x); }, sigmoid, -10, 10),
        make<T>(
            "softplus", [](auto x) { return math::softplus(x); }, softplus, -10, 10),
        make<T>(
            "sin", [](auto x) { return math::sin(x); }, [](real x, real) { return std::sin(x); },
            -50, 50),
        make<T>(
            "cos", [](auto x) { return math::cos(x); }, [](real x, real) { return std::cos(x); },
            -50, 50),
        make<T>(
            "tan", [](auto x) { return math::tan(x); }, [](real x, real) { return std::tan(x); },
            -50, 50),
        make<T>(
            "asin", [](auto x) { return math::asin(x); }, [](real x, real) { return std::asin(x); },
            -1, 1),
        make<T>(
            "acos", [](auto x) { return math::acos(x); }, [](real x, real) { return std::acos(x); },
            -1, 1),
        make<T>(
            "atan", [](auto x) { return math::atan(x); }, [](real x, real) { return std::atan(x); },
            -4, 4),
        make<T>(
            "sinh", [](auto x) { return math::sinh(x); }, [](real x, real) { return std::sinh(x); },
            -5, 5),
        make<T>(
            "cosh", [](auto x) { return math::cosh(x); }, [](real x, real) { return std::cosh(x); },
            -5, 5),
        make<T>(
            "tanh", [](auto x) { return math::tanh(x); }, [](real x, real) { return std::tanh(x); },
            -5, 5),
        make<T>(
            "asinh", [](auto x) { return math::asinh(x); },
            [](real x, real) { return std::asinh(x); }, -5, 5),
        make<T>(
            "acosh", [](auto x) { return math::acosh(x); },
            [](real x, real) { return std::acosh(x); }, 1, 5),
        make<T>(
            "atanh", [](auto x) { return math::atanh(x); },
            [](real x, real) { return std::atanh(x); }, -1, 1),
        make<T>(
            "cbrt", [](auto x) { return math::cbrt(x); }, [](real x, real) { return std::cbrt(x); },
            -9, 9),
        make<T>(
            "erf", [](auto x) { return math::erf(x); }, [](real x, real) { return std::erf(x); },
            -4, 4),
        make<T>(
            "erfc", [](auto x) { return math::erfc(x); }, [](real x, real) { return std::erfc(x); },
            -4, 9),
        make<T>(
            "lgamma", [](auto x) { return math::lgamma(x); },
            [](real x, real) { return std::lgamma(x); }, -8, 12),
        make<T>(
            "tgamma", [](auto x) { return math::tgamma(x); },
            [](real x, real) { return std::tgamma(x); }, -8, 12, 3),
        make<T>(
            "power", [](auto x, auto y) { return math::power(x, y); },
            [](real x, real y) { return std::pow(x, y); }, 0, 9, 4),
        make<T>(
            "hypot", [](auto x, auto y) { return math::hypot(x, y); },
            [](real x, real y) { return std::hypot(x, y); }, -9, 9),
        make<T>(
            "atan2", [](auto x, auto y) { return math::atan2(x, y); },
            [](real x, real y) { return std::atan2(x, y); }, -9, 9),
        make<T>(
            "fmod", [](auto x, auto y) { return math::fmod(x, y); },
            [](real x, real y) { return std::fmod(x, y); }, -99, 99, 0.5),
        make<T>(
            "trunc", [](auto x) { return math::trunc(x); },
            [](real x, real) { return std::trunc(x); }, -9, 9, 0),
        make<T>(
            "ceil", [](auto x) { return math::ceil(x); }, [](real x, real) { return std::ceil(x); },
            -9, 9, 0),
        make<T>(
            "round", [](auto x) { return math::round(x); },
            [](real x, real) { return std::nearbyint(x); }, -9, 9, 0),
    };
}

template <class T>
std::vector<T> points(double low, double high, std::uint32_t seed) {
    std::vector<T> x;
    for (T v : {T(0),
                T(0.5),
                T(1),
                T(1.5),
                T(2),
                T(2.5),
                T(3),
                T(8),
                T(0.25),
                T(1e-10),
                T(700.5),
                T(1e6),
                T(3e9),
                T(1e20),
                std::numeric_limits<T>::infinity(),
                std::numeric_limits<T>::quiet_NaN(),
                std::numeric_limits<T>::max(),
                std::numeric_limits<T>::min(),
                std::numeric_limits<T>::denorm_min(),
                std::numeric_limits<T>::min() / 8,
                std::numeric_limits<T>::epsilon()}) {
        x.push_back(v);
        x.push_back(-v);
        x.push_back(std::nextafter(v, T(0)));
    }
    for (int k = -40; k <= 40; ++k) x.push_back(static_cast<T>(k * 1.57079632679489661923L));
    for (int k = -300; k < 300; ++k) x.push_back(static_cast<T>(std::ldexp(1.37, k)));
    for (std::uint64_t i = 0; i < 6000; ++i) {
        auto const w = weft::random::bits(weft::random::key(seed), i);
        double const u = weft::random::bits_to_uniform(w.word[0], w.word[1]);
        x.push_back(static_cast<T>(low + (high - low) * u));
        std::uint64_t const any = std::uint64_t{w.word[2]} << 32 | w.word[3];
        T number;
        std::memcpy(&number, &any, sizeof number);
        x.push_back(number);
    }
    while (x.size() % 64 != 0) x.push_back(T(1));
    return x;
}

/// How many last places y is off; a large number where it is wrong altogether.
template <class T>
double error(T y, real expected) {
    real const limit = std::numeric_limits<T>::max();
    if (std::isnan(expected)) return std::isnan(y) ? 0 : 1e9;
    if (std::isnan(y)) return 1e9;
    bool const endless = std::fabs(expected) > limit;
    if (endless || std::isinf(y))
        return std::fabs(expected) > limit * (1 - 4 * std::numeric_limits<T>::epsilon()) &&
                       std::fabs(y) >= limit && (y > 0) == (expected > 0)
                   ? 0
                   : 1e9;
    if (expected == 0 && y == 0 && std::signbit(expected) != std::signbit(y)) return 1e8;
    int exponent = 0;
    std::frexp(expected, &exponent);
    if (exponent < std::numeric_limits<T>::min_exponent)
        exponent = std::numeric_limits<T>::min_exponent;
    return static_cast<double>(std::fabs(static_cast<real>(y) - expected) /
                               std::ldexp(real(1), exponent - std::numeric_limits<T>::digits));
}

template <class T>
void check_all() {
    for (function<T> const& f : functions<T>()) {
        CAPTURE(std::string(f.name));
        std::vector<T> const a = points<T>(f.low, f.high, 1);
        std::vector<T> b = points<T>(-5, 5, 2);
        // The second operands in another order, so that special values meet ordinary ones and each
        // other.
        std::vector<T> y(a.size());
        for (int shift : {0, 1, 7, 62}) {
            if (shift != 0) std::rotate(b.begin(), b.begin() + shift, b.end());
            f.call(a.data(), b.data(), y.data(), static_cast<int>(a.size()));
            double worst = 0;
            std::size_t at = 0;
            bool lanes_agree = true;
            for (std::size_t i = 0; i < a.size(); ++i) {
                T alone, number;
                f.single(&a[i], &b[i], &alone);
                f.plain(&a[i], &b[i], &number);
                lanes_agree = lanes_agree && (std::memcmp(&alone, &y[i], sizeof(T)) == 0 ||
                                              (std::isnan(alone) && std::isnan(y[i])));
                real const expected = f.expected(a[i], b[i]);
                double e = std::max(error(y[i], expected), error(number, expected));
                // Doubles near roots of lgamma: in last places of 2.
                if (sizeof(T) == 8 && f.name == std::string_view("lgamma") && a[i] < 0 &&
                    std::fabs(expected) < 2)
                    e = std::ldexp(e, std::max(std::ilogb(expected), -1074) - 1);
                if (e > worst) worst = e, at = i;
            }
            CAPTURE(a[at]);
            CAPTURE(b[at]);
            CAPTURE(y[at]);
            CHECK(lanes_agree);
            CHECK(worst <= f.ulp);
        }
    }
}

}  // namespace

TEST_CASE("floats: errors, special values, lanes") { check_all<float>(); }
TEST_CASE("doubles: errors, special values, lanes") { check_all<double>(); }

TEST_CASE("digamma and polygamma at recorded points") {
    using V = weft::pack<double, weft::lanes<double>>;
    double const x[] = {-3.7, -0.5, 0.25, 1, 1.5, 4, 30, 1.4616321449683623, 3.4999, 2.5};
    double const expected[] = {-0.8450768588704193546, 0.03648997397857652056,
                               -4.227453533376265408,  -0.5772156649015328606,
                               0.03648997397857652056, 1.256117668431800473,
                               3.384438132685524877,   -9.241265521729427479e-17,
                               1.103123604328601118,   0.7031566406452431872};
    for (int i = 0; i < 10; ++i) {
        CAPTURE(x[i]);
        double y[V::size];
        math::digamma(V(x[i])).store(y);
        CHECK(error(y[0], expected[i]) <= (x[i] < 0 ? 40 : 2));  // a root is near -0.5
        float z[weft::lanes<float>];
        math::digamma(weft::pack<float, weft::lanes<float>>(static_cast<float>(x[i]))).store(z);
        if (i != 7) CHECK(z[0] == doctest::Approx(expected[i]).epsilon(1e-6));
    }
    double y[V::size];
    double const special[][2] = {{0, -INFINITY}, {-2, NAN}, {INFINITY, INFINITY}, {NAN, NAN}};
    for (auto const& s : special) {
        CAPTURE(s[0]);
        math::digamma(V(s[0])).store(y);
        CHECK((y[0] == s[1] || (std::isnan(y[0]) && std::isnan(s[1]))));
    }
}

TEST_CASE("polygamma at recorded points, and at its poles") {
    double const x[] = {-20.3, -3.7, -0.5, 0.25, 1, 30, -200.7, 1e10, 1e300, 0, -0.0, -3, -1e300};
    struct order {
        double n, expected[9];
    } const orders[] = {
        {1,
         {15.031346032626232, 14.84242186412428, 8.934802200544679, 17.197329154507113,
          1.6449340668482264, 0.033895060357739946, 15.074443534106424, 1.00000000005e-10, 1e-300}},
        {2,
         {68.8352336578373, -68.89345468867354, -0.82879664423432, -129.32773993753693,
          -2.4041138063191885, -0.0011487652037286, -68.83756841705237, -1.0000000001e-20, -0.0}},
        {3,
         {769.0206923407153, 768.994649440866, 193.40909103400244, 1538.7821440091884,
          6.493939402266829, 7.78600366473613e-05, 769.0209140878162, 2.0000000003e-30, 0.0}},
        {6,
         {3283537.0894637606, -3283537.1093814913, -43.457923803023284, -11796633.687743692,
          -726.0114797149845, -1.8170925411158237e-07, -3283537.0894644167, -1.20000000036e-58,
          -0.0}}};
    double const inf = std::numeric_limits<double>::infinity();
    for (order const& o : orders)
        for (int i = 0; i < 13; ++i) {
            double const expected = i < 9 ? o.expected[i] : o.n == 1 || o.n == 3 ? inf : -inf;
            CAPTURE(o.n);
            CAPTURE(x[i]);
            using V = weft::pack<double, weft::lanes<double>>;
            double y[V::size];
            math::polygamma(V(o.n), V(x[i])).store(y);
            CHECK(error(y[0], expected) <= 16);
            CHECK(y[0] == y[V::size - 1]);
            using F = weft::pack<float, weft::lanes<float>>;
            float const at = static_cast<float>(x[i]);
            float z[F::size];
            math::polygamma(F(static_cast<float>(o.n)), F(at)).store(z);
            if (at == x[i] && i < 9) CHECK(z[0] == static_cast<float>(expected));
        }
    // Orders that differ from lane to lane.
    using V = weft::pack<double, 4>;
    double const n[] = {1, 2, 3, 1};
    double y[4];
    math::polygamma(V::load(n), V(0.25)).store(y);
    for (int i = 0; i < 4; ++i)
        CHECK(error(y[i], orders[static_cast<int>(n[i]) - 1].expected[3]) <= 16);
}

TEST_CASE("integers: powers, remainders and shifts of every lane") {
    using V = weft::pack<std::int32_t, weft::lanes<std::int32_t>>;
    auto const first = [](V v) {
        std::int32_t x[V::size];
        v.store(x);
        for (int i = 1; i < V::size; ++i) CHECK(x[i] == x[0]);
        return x[0];
    };
    std::int32_t const low = std::numeric_limits<std::int32_t>::min();
    CHECK(first(math::power(V(-3), V(5))) == -243);
    CHECK(first(math::power(V(2), V(40))) == 0);
    CHECK(first(math::power(V(7), V(0))) == 1);
    CHECK(first(math::power(V(-1), V(-3))) == -1);
    CHECK(first(math::power(V(5), V(-1))) == 0);
    CHECK(first(math::remainder(V(-7), V(3))) == 2);
    CHECK(first(math::remainder(V(7), V(0))) == 0);
    CHECK(first(math::floor_divide(V(-7), V(3))) == -3);
    CHECK(first(math::floor_divide(V(7), V(0))) == 0);
    CHECK(first(math::floor_divide(V(low), V(-1))) == low);
    CHECK(first(math::fmod(V(-7), V(3))) == -1);
    CHECK(first(math::shifted_left(V(3), V(4))) == 48);
    CHECK(first(math::shifted_left(V(3), V(32))) == 0);
    CHECK(first(math::shifted_left(V(3), V(-1))) == 0);
    CHECK(first(math::shifted_right(V(-9), V(1))) == -5);
    CHECK(first(math::shifted_right(V(-9), V(99))) == -1);
    using B = weft::pack<std::uint8_t, 16>;
    std::uint8_t y[16];
    math::shifted_right(B(std::uint8_t{200}), B(std::uint8_t{3})).store(y);
    CHECK(y[5] == 25);
    math::shifted_left(B(std::uint8_t{200}), B(std::uint8_t{8})).store(y);
    CHECK(y[5] == 0);
    std::int32_t s[V::size];
    math::sign(V(-4)).store(s);
    CHECK(s[0] == -1);
}
