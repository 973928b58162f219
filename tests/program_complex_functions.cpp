// SPDX-License-Identifier: BSL-1.0
// Functions of complex tensors beside recorded values of NumPy, with branch cuts and special
// values, and their derivatives beside those of JAX.
#include <complex>
#include <string>

#include "compiled.hpp"
#include "recorded/complex.hpp"

#include <weft/autodiff/autodiff.hpp>
#include <weft/ops/ops.hpp>

namespace {

using weft::axis;
using weft::symbol;
using weft::tensor;
namespace given = recorded::complex;

template <class T>
using c = std::complex<T>;

constexpr std::int64_t points = std::size(given::z) / 2;

template <class X>
X filled(double const* from) {
    X x;
    for (auto& v : x) {
        using C = std::remove_reference_t<decltype(v)>;
        using T = typename C::value_type;
        v = C{static_cast<T>(from[0]), static_cast<T>(from[1])};
        from += 2;
    }
    return x;
}

c<double> wide(auto const& z) { return {z.real(), z.imag()}; }

bool same(double found, double expected) {
    return found == expected || (found != found && expected != expected);
}

/// Beside the size of the number; or the same infinities and NaN in both parts.
bool close(auto const& y, c<double> expected, double tolerance) {
    c<double> const found = wide(y);
    if (std::isfinite(expected.real()) && std::isfinite(expected.imag()))
        return std::abs(found - expected) <= tolerance * std::abs(expected);
    auto const part = [&](double f, double e) {
        return std::isfinite(e) ? std::fabs(f - e) <= tolerance * std::fabs(e) : same(f, e);
    };
    return part(found.real(), expected.real()) && part(found.imag(), expected.imag());
}

struct function {
    char const* name;
    double const *values, *slopes, *special;
};
#define WEFT_C99(name, recorded) \
    { name, given::recorded##_of_z, given::recorded##_slope, given::recorded##_of_special }
// In the order of `all_functions`.
constexpr function functions[] = {WEFT_C99("exp", exp),
                                  WEFT_C99("log", log),
                                  WEFT_C99("sqrt", sqrt),
                                  WEFT_C99("sin", sin),
                                  WEFT_C99("cos", cos),
                                  WEFT_C99("tan", tan),
                                  WEFT_C99("sinh", sinh),
                                  WEFT_C99("cosh", cosh),
                                  WEFT_C99("tanh", tanh),
                                  WEFT_C99("asin", arcsin),
                                  WEFT_C99("acos", arccos),
                                  WEFT_C99("atan", arctan),
                                  WEFT_C99("asinh", arcsinh),
                                  WEFT_C99("acosh", arccosh),
                                  WEFT_C99("atanh", arctanh),
                                  {"exp2", given::exp2_of_z, given::exp2_slope, nullptr},
                                  {"expm1", given::expm1_of_z, given::expm1_slope, nullptr},
                                  {"log2", given::log2_of_z, given::log2_slope, nullptr},
                                  {"log10", given::log10_of_z, given::log10_slope, nullptr},
                                  {"log1p", given::log1p_of_z, given::log1p_slope, nullptr},
                                  {"power", given::power_of_z, given::power_slope, nullptr},
                                  {"sign", given::sign_of_z, given::sign_slope, nullptr},
                                  {"angle", given::angle_of_z, given::angle_slope, nullptr},
                                  {"reciprocal", given::reciprocal_of_z, nullptr, nullptr},
                                  {"square", given::square_of_z, nullptr, nullptr}};

constexpr auto all_functions = [](symbol z, symbol w) {
    return stack(0, exp(z), log(z), sqrt(z), sin(z), cos(z), tan(z), sinh(z), cosh(z), tanh(z),
                 asin(z), acos(z), atan(z), asinh(z), acosh(z), atanh(z), exp2(z), expm1(z),
                 log2(z), log10(z), log1p(z), power(z, w), sign(z), make_complex(angle(z), 0),
                 reciprocal(z), square(z));
};

template <class T>
void check_values(double tolerance) {
    using vector = tensor<c<T>, points>;
    auto const found =
        weft::call(all_functions, filled<vector>(given::z), filled<vector>(given::w));
    double const* sizes = given::polar_of_z;
    for (std::size_t f = 0; f < std::size(functions); ++f)
        for (int i = 0; i < points; ++i) {
            CAPTURE(std::string(functions[f].name));
            CAPTURE(i);
            auto const y = found(static_cast<std::int64_t>(f), i);
            double const* const e = functions[f].values + 2 * i;
            double const more = std::string(functions[f].name) == "power" ? 20 : 1;
            CHECK(close(y, {e[0], e[1]}, more * tolerance));
        }
    auto const polars =
        weft::call([](symbol z) { return polar(real(z), imag(z)); }, filled<vector>(given::z));
    for (int i = 0; i < points; ++i)
        CHECK(close(polars(i), {sizes[2 * i], sizes[2 * i + 1]}, tolerance));
}

}  // namespace

TEST_CASE("values of functions of complex numbers are NumPy's") {
    check_values<double>(2e-15);
    check_values<float>(1e-6);
}

TEST_CASE("special values of functions of complex numbers are C's") {
    constexpr std::int64_t n = std::size(given::special) / 2;
    using vector = tensor<c<double>, n>;
    auto const x = filled<vector>(given::special);
    auto const found = weft::call(all_functions, x, x);
    for (std::size_t f = 0; functions[f].special; ++f)
        for (int i = 0; i < n; ++i) {
            CAPTURE(std::string(functions[f].name));
            CAPTURE(x(i).real());
            CAPTURE(x(i).imag());
            c<double> const y = wide(found(static_cast<std::int64_t>(f), i));
            double const* const e = functions[f].special + 2 * i;
            CAPTURE(y);
            CHECK(close(y, {e[0], e[1]}, 2e-15));
            for (double const* part : {&reinterpret_cast<double const(&)[2]>(y)[0],
                                       &reinterpret_cast<double const(&)[2]>(y)[1]}) {
                double const other = e[part - reinterpret_cast<double const*>(&y)];
                if (other == 0 && !std::isnan(*part))
                    CHECK(std::signbit(*part) == std::signbit(other));
            }
        }
    auto const [nan, inf, finite] = weft::call(
        [](symbol v) {
            return std::tuple{isnan(v), isinf(v), isfinite(v)};
        },
        x);
    for (int i = 0; i < n; ++i) {
        double const re = x(i).real(), im = x(i).imag();
        CHECK(nan(i) == (std::isnan(re) || std::isnan(im)));
        CHECK(inf(i) == (std::isinf(re) || std::isinf(im)));
        CHECK(finite(i) == (std::isfinite(re) && std::isfinite(im)));
    }
    // 0 to a power, and whole powers, which are products.
    auto const powers = weft::call(
        [](symbol v) {
            return stack(0, power(v, 0), power(v, 2.5), power(v, c<double>(0, 1)), power(v, -7),
                         power(v, 40));
        },
        tensor<c<double>, 2>{c<double>(0, 0), c<double>(1, 1)});
    CHECK(wide(powers(0, 0)) == c<double>(1, 0));
    CHECK(wide(powers(1, 0)) == c<double>(0, 0));
    CHECK(std::isnan(powers(2, 0).real()));
    CHECK(wide(powers(3, 1)) == c<double>(0.0625, 0.0625));
    CHECK(wide(powers(4, 1)) == c<double>(1048576, 0));
}

TEST_CASE("derivatives of functions of complex numbers are JAX's") {
    using vector = tensor<c<double>, points>;
    auto const z = filled<vector>(given::z), w = filled<vector>(given::w);
    constexpr auto count = static_cast<std::int64_t>(std::size(functions));
    auto const slope = weft::grad(
        [](symbol v, symbol u, symbol weights) {
            return sum(weights * sum(real(all_functions(v, u)), axis<1>));
        },
        weft::wrt<0, 1>);
    for (std::int64_t f = 0; f < count; ++f) {
        function const& one = functions[f];
        tensor<double, count> weights{};
        weights(f) = 1;
        auto const [by_z, by_w] = slope(z, w, weights);
        CAPTURE(std::string(one.name));
        // On the cuts of inverse functions JAX does not tell both sides, and left of them its
        // derivative of acosh has the other sign.
        std::string const name = one.name;
        bool const inverse = (name.starts_with("a") && f < 15) || name == "sqrt";
        for (int i = 0; i < points; ++i) {
            if (inverse && i >= 6 && i <= 11) continue;
            CAPTURE(i);
            c<double> expected;
            if (name == "acosh")
                expected = 1.0 / (std::sqrt(wide(z(i)) - 1.0) * std::sqrt(wide(z(i)) + 1.0));
            else if (one.slopes)
                expected = {one.slopes[2 * i], one.slopes[2 * i + 1]};
            else
                expected = name == "square" ? 2.0 * wide(z(i)) : -1.0 / (wide(z(i)) * wide(z(i)));
            CHECK(std::abs(wide(by_z(i)) - expected) <= 1e-12 * (1 + std::abs(expected)));
            if (name == "power")
                CHECK(close(by_w(i),
                            {given::power_slope_of_w[2 * i], given::power_slope_of_w[2 * i + 1]},
                            1e-12));
        }
    }
}

TEST_CASE("running and reduced products, variances, norms and einsum of complex numbers") {
    using matrix = tensor<c<double>, 2, 4>;
    auto const z = filled<matrix>(given::z), w = filled<matrix>(given::w);
    auto const [sums, products, rows, inner, back] = weft::call(
        [](symbol a, symbol b) {
            return std::tuple{cumsum(a, axis<1>), cumprod(a, axis<0>), product(a, axis<1>),
                              weft::einsum("ij,kj->ik", a, b), cumsum(a, axis<1>, weft::reversed)};
        },
        z, w);
    auto const check = [](auto const& found, double const* expected) {
        for (auto const& v : found) {
            CHECK(close(v, {expected[0], expected[1]}, 4e-15));
            expected += 2;
        }
    };
    check(sums, given::cumsum_of_z);
    check(products, given::cumprod_of_z);
    check(rows, given::product_of_z);
    check(inner, given::einsum_of_z);
    CHECK(close(back(1, 2), wide(z(1, 2)) + wide(z(1, 3)), 1e-15));

    using vector = tensor<c<double>, points>;
    auto const all = filled<vector>(given::z);
    auto const [spread, size] = weft::call(
        [](symbol v) {
            return std::tuple{variance(v), norm(v)};
        },
        all);
    static_assert(std::is_same_v<decltype(spread), tensor<double> const>);
    CHECK(spread.item() == doctest::Approx(given::variance_of_z[0]).epsilon(1e-14));
    CHECK(size.item() == doctest::Approx(given::norm_of_z[0]).epsilon(1e-14));
    check(weft::grad([](symbol v) { return variance(v); })(all), given::variance_slope);

    using eight = tensor<c<double>, 8>;
    auto const some = filled<eight>(given::z), weights = filled<eight>(given::w);
    auto const slope = weft::grad([](symbol v) { return real(product(v)); })(some);
    auto const running = weft::grad(
        [](symbol v, symbol u) { return real(sum(cumprod(v, axis<0>) * u)); })(some, weights);
    for (int i = 0; i < 8; ++i) {
        CHECK(
            close(slope(i), {given::product_slope[2 * i], given::product_slope[2 * i + 1]}, 1e-13));
        CHECK(close(running(i), {given::cumprod_slope[2 * i], given::cumprod_slope[2 * i + 1]},
                    1e-13));
    }
}
